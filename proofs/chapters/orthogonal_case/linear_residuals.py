r"""Residuals that are multiples of the centered labels (O3, O3a)."""

from dataclasses import replace

import sympy as sp

from proofs.chapters.orthogonal_case.etf_converses import ISOTROPIC_SIGMA, ONE_PAIR
from proofs.chapters.orthogonal_case.tag_wise_averages import ISOTROPIC, SCALAR, TAGWISE, UNEVEN, UNIFORM, R, c_1, c_S
from proofs.kernel.checks import Equation
from proofs.kernel.compound import every
from proofs.kernel.derivation import Derivation, proves, told
from proofs.kernel.explicit import Instance
from proofs.kernel.formula import Letter, eye, norm2, number
from proofs.kernel.scalars import Scalars
from proofs.letters.feature_model import h, lam, lambda_H, lambda_W, r
from proofs.letters.prototypes import etf_model, has_size, n, two_groups
from proofs.letters.vocabulary import (
    FIXED,
    HALF,
    MIXED,
    PERCENT,
    K,
    P,
    S,
    Sigma,
    T,
    W,
    e,
    j,
    k,
    kappa_bar,
    m,
    m_of,
    y,
    y_tilde,
)

# ====================================================================== O3: linear residuals


@proves("O3")
def linear_residuals() -> Derivation:
    """O3: an argument that takes residuals to be multiples of the centered labels has assumed orthogonality."""
    inverse = Letter("Gamma", K, K, tex=r"\Gamma", symmetric=True)
    root_g, weights = 3, {(1,): 6, (2,): 3, (3,): 3, (2, 3): 2, (1, 3): 5, (1, 2): 5}
    balanced_sum = etf_model(
        3, weights, root_g, {1: HALF, 2: HALF}, name="singletons 6, 3, 3 and their complements 2, 5, 5 (in 24ths)"
    )
    gamma_of = {
        model.name: replace(
            model,
            letters={
                **model.letters,
                "Gamma": lambda size=int(model.sizes[K]): (sp.eye(size) - sp.ones(size, size) / size) / 9,
            },
        )
        for model in (UNIFORM, UNEVEN)
    }
    algebra = TAGWISE.extended(letters=(inverse,), models=tuple(gamma_of.values()))
    full_rank = Equation("full rank", W * W.T * inverse(), P)
    classifier = Equation("stationarity of the classifier", (r(S) * h(S).T).over(S), lambda_W * W)
    eigen = Equation("the eigen-equation", R * W, lam * W)
    cancelled = (eigen * W.T * inverse(), -R * full_rank, lam * eye(K) * full_rank)
    iso = Equation("isotropy", c_1**2 * Sigma, lam * P)
    c_a, c_b = sp.symbols("c_1 c_2", positive=True)
    first = c_a**2 * sp.Rational(6, 24) + c_b**2 * sp.Rational(2, 24)
    second = c_a**2 * sp.Rational(3, 24) + c_b**2 * sp.Rational(5, 24)
    return Derivation(
        symbols=((r"\Gamma", r"the inverse of $WW^\top$ on $\mathbf 1^\perp$"),),
        steps=told(
            r"Stationarity of features and classifier gives the eigen-equation U3:",
            algebra.eq(R * W, lam * W, number(lambda_H) * classifier),
            r"and full rank allows to cancel $W$:",
            algebra.eq(R, lam * P, *cancelled),
            r"where $R=\sum_S\pi_Sc_{m_S}^2\tilde y_S\tilde y_S^\top=\sum_m\pi_mc_m^2\Sigma_m$.",
            r"""One multiplicity: as in O2, the trace makes $\Sigma=\bar\kappa_mP$ out of $c^2\Sigma=\lambda P$;
            and O1 is the other direction.""",
            ISOTROPIC_SIGMA.eq(c_1**2 * Sigma, c_1**2 * kappa_bar * P, iso, (-1 / (K - 1)) * P * iso.traced),
            r"""Not sufficient: $K=3$, singletons $\{1\},\{2\},\{3\}$ with masses 6, 3, 3 and their complements with
            masses 2, 5, 5, in 24ths. Then $\Sigma=\frac13P$, so the condition holds with $c_1=c_2=\sqrt{3\lambda}$:""",
            Instance(Sigma, "==", P / 3, MIXED, balanced_sum),
            r"""But linear residuals make every $\tilde y_S$ an eigenvector of $WW^\top$ (O3a), and no two of the
            $\tilde e_k$ are orthogonal, since for $j\ne k$ what is left is $-\frac1K$:""",
            MIXED.eq((P * e(k)).T * (P * e(j)), e(k).T * e(j) - number(1 / K)),
            r"So $WW^\top=gP$, and then $c_1>c_2$ by O1(a).",
            r"""With $c_1>c_2$ the condition fails: $\sum_m\pi_mc_m^2\Sigma_m=P\,\mathrm{diag}(\cdot)P$ has the diagonal
            $\frac{6c_1^2+2c_2^2}{24},\frac{3c_1^2+5c_2^2}{24},\frac{3c_1^2+5c_2^2}{24}$, which is not constant:""",
            Scalars((c_a > c_b,)).gt(first - second, 0, (c_a - c_b) * (c_a + c_b) / 8),
            r"The residuals of this distribution are linear at no $\lambda$ below the threshold.",
        ),
        variants={
            "R = lambda P without stationarity": algebra.eq(R, lam * P),
            "lambda 1 % too large": algebra.eq(R, PERCENT * lam * P, *cancelled),
            "c_m for its square": TAGWISE.eq((c_S * (y_tilde(S) * y_tilde(S).T)).over(S), lam * P, ISOTROPIC),
            "a free bias, whatever the class frequencies": TAGWISE.eq(r(S).over(S), 0),
            "perfect orthogonality at each multiplicity claimed for the example": Instance(
                (has_size(S, n) * (y_tilde(S) * y_tilde(S).T)).over(S).over(n), "==", P / 2, TAGWISE, balanced_sum
            ),
            "perfect orthogonality without the hypothesis": FIXED.extended(models=(ONE_PAIR,)).eq(
                c_1**2 * Sigma, c_1**2 * kappa_bar * P
            ),
        },
    )


@proves("O3a")
def linear_residuals_exactly() -> Derivation:
    """O3a: linear residuals mean that every centered label vector is an eigenvector of the classifier's Gram matrix."""
    eigenvalue = sp.IndexedBase("a", positive=True)
    gram = W * W.T
    model = two_groups()
    with_values = tuple(
        replace(instance, functions={**instance.functions, "a": lambda _: sp.Integer(9)})
        for instance in (UNIFORM, UNEVEN)
    )
    across, between = (
        Letter(name, K, K, tex=tex, symmetric=True) for name, tex in (("across", r"Q_2"), ("between", r"Q_3"))
    )
    algebra = TAGWISE.extended(models=with_values)
    groups = TAGWISE.extended(letters=(across, between), models=(model,))
    at = {index: eigenvalue[index.symbol] for index in (S, T)}
    eigen_S = Equation(r"the eigenvectors", gram * y_tilde(S), at[S] * y_tilde(S))
    eigen_T = Equation(r"the eigenvectors", gram * y_tilde(T), at[T] * y_tilde(T))
    m_S, m_T = m_of[S.symbol], m_of[T.symbol]
    second_moment = (c_S**2 * (y_tilde(S) * y_tilde(S).T)).over(S)
    off_pairs = norm2(across() * y_tilde(S) - (3 - m_S) * y_tilde(S)).over(S)
    off_triples = norm2(between() * y_tilde(S) - (m_S - 2) * y_tilde(S)).over(S)
    return Derivation(
        symbols=((r"Q_2,Q_3", "the projectors on the two groups of the example"),),
        steps=told(
            r"The logits are $Wh_S=\frac{c_S}{\lambda_H}WW^\top\tilde y_S$, centered because $\mathbf 1^\top W=0$:",
            TAGWISE.eq(W * h(S), c_S / lambda_H * (gram * y_tilde(S))),
            r"""The residual is $c_S\tilde y_S$ iff the softmax is $(y_S-c_S\tilde y_S)/m_S$, which is
            $\frac{1-c(1-m/K)}m$ on $S$ and $\frac cK$ off $S$, so iff the centered logits are $\tilde y_S$ times
            the logarithm of the ratio""",
            SCALAR.eq(((1 - c_1 * (1 - m / K)) / m) / (c_1 / K), 1 + K * (1 - c_1) / (m * c_1)),
            r"That is $WW^\top\tilde y_S=a_S\tilde y_S$.",
            r"""Optimality at full rank: stationarity of the classifier, $RW=\lambda W$, is $R=\lambda P$ (O3,
            where only this was used), and $R=\lambda P\preceq\lambda I$ is enough (U7); here""",
            TAGWISE.eq(R, P * (c_S**2 * (y(S) * y(S).T)).over(S) * P),
            r"Eigenvectors of different eigenvalues are orthogonal:",
            algebra.eq(
                (at[S] - at[T]) * (y_tilde(S).T * y_tilde(T)), 0, y_tilde(S).T * eigen_T, -eigen_S.T * y_tilde(T)
            ),
            r"and the inner product counts common labels:",
            TAGWISE.eq(y_tilde(S).T * y_tilde(T), y(S).T * y(T) - number(m_S * m_T / K)),
            r"""A singleton is orthogonal to no proper label set: $\tilde e_k^\top\tilde y_T$ is $1-\frac{m_T}K$ or
            $-\frac{m_T}K$.""",
            every(("$k\\in T$", SCALAR.gt(1 - m / K, 0, (K - m) / K)), ("$k\\notin T$", SCALAR.gt(m / K, 0))),
            r"""So with a singleton in the support all $a_S$ are equal, the $\tilde y_S$ span $\mathbf 1^\perp$ at
            full rank, and $WW^\top=gP$.""",
            r"""Without singletons: six labels in two triples, the support being the nine pairs that take one label
            from each triple (together mass $\frac23$) and the two triples (together $\frac13$). The projector
            $Q_3$ on the contrast between the triples and its complement $Q_2$ separate the two multiplicities,""",
            every(
                ("pairs", Instance(off_pairs, "==", 0, groups, model)),
                ("triples", Instance(off_triples, "==", 0, groups, model)),
            ),
            r"so any $WW^\top=a_2Q_2+a_3Q_3$ has all $\tilde y_S$ as eigenvectors.",
            r"At $c_2=\frac12$, $c_3=\frac13$ the residuals are isotropic, with $\lambda=\frac1{18}$:",
            every(
                Instance(second_moment, "==", lam * P, groups, model),
                Instance(number(lam), "==", number(sp.Rational(1, 18)), groups, model),
            ),
            r"""so by the criterion this is the optimum. It is no ETF, because $a_3>a_2$ (in units of $\lambda_H$),
            and neither $\Sigma_2$ nor $\Sigma_3$ has full rank; yet $h_S=\frac{c_m}{\lambda_H}\sum_{k\in S}w_k$
            with constants that depend on the multiplicity alone.""",
            Scalars().gt(3 * sp.log(5) - 2 * sp.log(4), 0, 2 * sp.log(sp.Rational(5, 4)) + sp.log(5)),
        ),
        variants={
            "orthogonal when disjoint": TAGWISE.eq(y_tilde(S).T * y_tilde(T), y(S).T * y(T)),
            "orthogonal whatever the eigenvalues": algebra.eq(y_tilde(S).T * y_tilde(T), 0),
            "equal constants of pairs and triples": Instance(
                (y_tilde(S) * y_tilde(S).T).over(S), "==", 2 * lam * P, groups, model
            ),
            "the equation without m": SCALAR.eq(((1 - c_1 * (1 - m / K)) / m) / (c_1 / K), 1 + K * (1 - c_1) / c_1),
            "the example an ETF": Scalars().gt(2 * sp.log(4) - 3 * sp.log(5), 0),
        },
    )
