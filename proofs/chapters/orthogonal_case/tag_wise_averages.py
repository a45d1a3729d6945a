r"""Perfect orthogonality makes scaled tag-wise averaging the exact optimum (O1)."""

from dataclasses import replace

import sympy as sp

from proofs.kernel.algebra import Algebra
from proofs.kernel.checks import Equation, Identity, Solves
from proofs.kernel.compound import Lemma, every, lemma
from proofs.kernel.derivation import Derivation, Part, proves, told
from proofs.kernel.formula import eye, norm2, number, trace
from proofs.kernel.scalars import Scalars
from proofs.letters.feature_model import Gradient, h, lam, lambda_H, lambda_W, r
from proofs.letters.prototypes import SINGLETON, SIZE_LETTER, etf_model, has_size, kappa_bar_of, n
from proofs.letters.vocabulary import (
    FIXED,
    HALF,
    MIXED,
    K,
    P,
    S,
    W,
    e,
    f,
    k,
    kappa_bar,
    label_model,
    m,
    m_of,
    ones,
    pairs_of_four,
    v,
    y,
    y_tilde,
)

# ====================================================================== the scalars of one multiplicity

g = sp.Symbol("g", positive=True)
c = sp.IndexedBase("c", positive=True)
c_S, c_n, c_1 = c[S.symbol], c[n.symbol], sp.Symbol("c_1", positive=True)

excess = sp.Symbol("varepsilon", positive=True)
SCALAR = Scalars((sp.GreaterThan(m, 1, evaluate=False), m + 1 <= K))  # SymPy would drop m >= 1 as evident
scalar = K / (K + m * excess)
gap = sp.log(1 + excess)
slope = gap / scalar

# ====================================================================== the point that O1 claims to be optimal

UNIFORM = etf_model(
    4,
    {(1,): 1, (2,): 1, (3,): 1, (4,): 1, **dict.fromkeys(pairs_of_four(), 2)},
    3,
    {1: sp.Rational(1, 2), 2: sp.Rational(1, 3)},
    sizes={c_1: HALF},
    name="uniform singletons and pairs of 4 labels",
)
UNEVEN = etf_model(
    3,
    {(1,): 2, (2,): 1, (3,): 1, (1, 2): 3},
    3,
    {1: HALF, 2: sp.Rational(1, 3)},
    sizes={c_1: HALF},
    name="uneven singletons and a pair of 3 labels",
)
TILTED = replace(UNIFORM, name="a classifier that is no ETF", letters={**UNIFORM.letters, "W": lambda: sp.eye(4)})


TAGWISE = MIXED.extended(
    letters=(SIZE_LETTER,),
    definitions=(
        (r(S), c_S * y_tilde(S)),
        (h(S), (c_S / lambda_H) * (W.T * y_tilde(S))),
        (SINGLETON(k), (c_1 / lambda_H) * (W.T * P * e(k))),
    ),
    models=(UNIFORM, UNEVEN),
)
R = (r(S) * r(S).T).over(S)

ETF = Equation("the ETF", W * W.T, g * P)
ROWS = Equation("rows of W that sum to zero", ones.T * W, 0)
ENERGY = Equation("the energy equation", (number(c_S**2 * kappa_bar_of(S))).over(S), lam)
ORTHOGONAL = Equation(
    "perfect orthogonality",
    (has_size(S, n) * (y_tilde(S) * y_tilde(S).T)).over(S),
    (has_size(S, n) * number(kappa_bar_of(n))).over(S) * P,
)
ONE_SIZE = Equation("every set has one size", (has_size(S, n) * number(c_n**2)).over(n), c_S**2)
ONE_SIZE_BALANCED = Equation(
    "every set has one size", (has_size(S, n) * number(c_n**2 * kappa_bar_of(n))).over(n), c_S**2 * kappa_bar_of(S)
)
ISOTROPIC = Equation("isotropy", R, lam * P)


@proves("O1")
def tagwise_averaging() -> Derivation:
    """O1: perfect orthogonality at every multiplicity makes scaled tag-wise averaging the exact optimum."""
    return Derivation.in_parts(
        _scalars_exist(),
        _residuals_are_tagwise(),
        _point_is_optimal(),
        _prototypes_average(),
        _optimal_value(),
        _one_multiplicity(),
        _free_bias(),
    )


def _scalars_exist() -> Part:
    slack = sp.Symbol("delta", nonnegative=True)
    below = Equation("log(1 + x) <= x", gap, excess - slack)
    with_slack = replace(SCALAR, points=({K: 2, m: 1, excess: 1, slack: 1 - sp.log(2)},))
    rising, falling = m / K * gap + (K + m * excess) / (K * (1 + excess)), K * m / (K + m * excess) ** 2
    x, s = sp.symbols("x s", positive=True)
    c_x = sp.Symbol("c", positive=True)
    power, odds = sp.exp(s * c_x), sp.Symbol("E", positive=True)
    equation = c_x * (1 + x * (power - 1)) - 1
    return Part(
        title="The scalars",
        statement=r"""For $s:=g/\lambda_H>0$ the equation $s\,c=\log(1+\frac{K(1-c)}{mc})$ has exactly one solution
            $c=c_m(s)\in(0,1)$, strictly decreasing in $s$ and in $m$; and $\sum_m\pi_mc_m(s)^2\bar\kappa_m=\lambda$
            for exactly one $s$, which lies in $(0,1/\lambda]$.""",
        source="new here",
        symbols=(
            (r"\varepsilon>0", r"the parameter of the curve $s\mapsto c_m(s)$: $c=\frac K{K+m\varepsilon}$"),
            (r"\delta\ge0", r"the slack $\varepsilon-\log(1+\varepsilon)$"),
        ),
        steps=told(
            r"""The points $(s,c)$ that satisfy the equation form a curve, parametrised by
            $\varepsilon=\frac{K(1-c)}{mc}>0$. On it $s\,c=\log(1+\varepsilon)$, hence $s=\log(1+\varepsilon)/c$.""",
            SCALAR.eq(K * (1 - scalar) / (m * scalar), excess),
            r"Along the curve $s$ increases strictly and $c$ decreases strictly:",
            every(
                Gradient("s", slope, excess, rising, SCALAR),
                SCALAR.gt(rising, 0),
                Gradient("c", scalar, excess, -falling, SCALAR),
                SCALAR.gt(falling, 0),
            ),
            r"""and $s$ runs from 0 to infinity, because $s\ge\log(1+\varepsilon)$. So every $s>0$ is taken once,
            which defines $c_m(s)$; it starts at 1.""",
            SCALAR.ge(slope - gap, 0, m * excess * gap / K),
            r"""With $x=m/K$ the equation reads $c\,(1+x(e^{sc}-1))=1$. Its left side has positive derivatives in
            $c$ and in $x$ (with $E=e^{sc}-1>0$), so at the same $s$ a larger multiplicity has the smaller $c$.""",
            every(
                (r"in $c$", SCALAR.gt(sp.diff(equation, c_x).subs(power, 1 + odds), 0)),
                (r"in $x$", SCALAR.gt(sp.diff(equation, x).subs(power, 1 + odds), 0)),
            ),
            r"""The energy $\sum_m\pi_m\bar\kappa_mc_m(s)^2$ therefore decreases strictly in $s$ from
            $\sum_m\pi_m\bar\kappa_m>\lambda$. It is at most $1/s$, so it has come down to $\lambda$ by
            $s=1/\lambda$: first, $c_m^2s\le K/m$, since""",
            with_slack.ge(
                K / m - scalar**2 * slope,
                0,
                K * (K + m * slack) / (m * (K + m * excess)),
                below * (-K / (K + m * excess)),
            ),
            r"and second $\frac Km\bar\kappa_m\le1$:",
            SCALAR.ge(1 - K / m * kappa_bar, 0, (m - 1) / (K - 1)),
            r"""By the intermediate value theorem and strict monotonicity exactly one $s$ solves the energy
            equation, and $g=\lambda_Hs\le\lambda_H/\lambda=1/\lambda_W$.""",
        ),
        variants={
            "the curve parametrised with K in place of m in the denominator": SCALAR.eq(
                K * (1 - scalar) / (K * scalar), excess
            ),
            "c increasing along the curve": Gradient("c", scalar, excess, falling, SCALAR),
            "c_m^2 s <= 1 for every m": SCALAR.ge(1 - scalar**2 * slope, 0),
        },
    )


def _residuals_are_tagwise() -> Part:
    t = sp.Symbol("t", real=True)
    inside, outside = sp.exp(t * (1 - m / K)), sp.exp(-t * m / K)
    total = m * inside + (K - m) * outside
    c_of_t = scalar.subs(excess, sp.exp(t) - 1)
    return Part(
        title="The residual of tag-wise logits",
        statement=r"""If $WW^\top=gP$ and $h_S=\frac{c_m}{\lambda_H}W^\top\tilde y_S$ with the scalars of (a), then the
            logits are $z_S=t_m\tilde y_S$ with $t_m=gc_m/\lambda_H$, and the residual is $r_S=c_m\tilde y_S$.""",
        source="new here",
        steps=told(
            "The logits of the point are multiples of the centered labels:",
            TAGWISE.eq(W * h(S), (g * c_S / lambda_H) * y_tilde(S), ETF * ((c_S / lambda_H) * y_tilde(S))),
            r"""The softmax of $t\tilde y_S$ has two values, one on the $m$ labels of $S$ and one on the $K-m$
            others. The residual $y_S-m\,\mathrm{softmax}(t\tilde y_S)$ is $c\,\tilde y_S$, whose two values are
            $c(1-\frac mK)$ and $-c\frac mK$, with $c=\frac K{K+m(e^t-1)}$:""",
            every(
                ("on $S$", SCALAR.eq(1 - m * inside / total, c_of_t * (1 - m / K))),
                ("off $S$", SCALAR.eq(-m * outside / total, -c_of_t * m / K)),
            ),
            r"Solved for $t$, this is the scalar equation of (a):",
            SCALAR.eq(sp.log(1 + K * (1 - c_of_t) / (m * c_of_t)), t),
        ),
        variants={
            "the logits without the factor g": _logits_without_gain(),
            "the residual on S with c in place of c(1 - m/K)": SCALAR.eq(1 - m * inside / total, c_of_t),
            "K - 1 for K": SCALAR.eq(sp.log(1 + (K - 1) * (1 - c_of_t) / (m * c_of_t)), t),
        },
    )


def _logits_without_gain() -> Identity:
    return TAGWISE.eq(W * h(S), (c_S / lambda_H) * y_tilde(S), ETF * ((c_S / lambda_H) * y_tilde(S)))


def global_certificate(isotropic: Equation, algebra: Algebra) -> Lemma:
    """U7 at a point whose residuals are isotropic; its hypotheses, checked."""
    return lemma(
        "U7 (global certificate)",
        r"""A point with $h_S=\frac1{\lambda_H}W^\top r_S$ and $\sum_S\pi_Sr_Sh_S^\top=\lambda_WW$ whose
            residuals satisfy $R\preceq\lambda I$ is a global optimum, and all optima have the same $WW^\top$ and
            residuals.""",
        ("the features are stationary:", algebra.eq(h(S), W.T * r(S) / lambda_H)),
        (
            "the classifier is stationary:",
            algebra.eq(
                (r(S) * h(S).T).over(S), lambda_W * W, isotropic * (W / lambda_H), (-lambda_W / K) * ones * ROWS
            ),
        ),
        (
            r"and $v^\top(\lambda I-R)v\ge0$ for every $v$:",
            algebra.ge(v.T * (lam * eye(K) - R) * v, 0, (lam / K) * norm2(ones.T * v), -v.T * isotropic * v),
        ),
        gives=r"\text{the point is the global optimum}",
    )


def _point_is_optimal() -> Part:
    return Part(
        title="The point is the global optimum",
        statement=r"""At perfect orthogonality the point of (b) is stationary and $R:=\sum_S\pi_Sr_Sr_S^\top=\lambda
            P\preceq\lambda I$, so it is a global optimum, and every optimum has its Gram matrices.""",
        source="new here",
        symbols=((r"[m_S=m_n]", r"1 if $S$ belongs to the $n$-th multiplicity $m_n$ of the support, otherwise 0"),),
        steps=told(
            r"""The residuals are isotropic: weight perfect orthogonality at multiplicity $m_n$ with $c_{m_n}^2$,
            sum over the multiplicities, and insert the energy equation.""",
            _isotropy(),
            r"An ETF classifier has $\mathbf 1^\top W=0$:",
            TAGWISE.zero_iff(ones.T * (W * W.T - g * P) * ones, W.T * ones),
            "With these two facts",
            global_certificate(ISOTROPIC, TAGWISE),
        ),
        variants={
            "c_m for its square": TAGWISE.eq((c_S * (y_tilde(S) * y_tilde(S).T)).over(S), lam * P, ISOTROPIC),
            "the isotropy of the residuals without perfect orthogonality": _isotropy(ORTHOGONAL),
            "R at most lambda/2 I": TAGWISE.ge(
                v.T * (lam / 2 * eye(K) - R) * v, 0, (lam / K) * norm2(ones.T * v), -v.T * ISOTROPIC * v
            ),
        },
    )


def _isotropy(*without: Equation) -> Identity:
    using = {
        ORTHOGONAL: (number(c_n**2) * ORTHOGONAL).over(n),
        ONE_SIZE: (number(-1) * y_tilde(S) * ONE_SIZE * y_tilde(S).T).over(S),
        ONE_SIZE_BALANCED: (P * ONE_SIZE_BALANCED).over(S),
        ENERGY: P * ENERGY,
    }
    return TAGWISE.eq(R, lam * P, *(use for equation, use in using.items() if equation not in without))


def _prototypes_average() -> Part:
    row_sum = ROWS.T * number(-c_S * m_of[S.symbol] / (K * lambda_H))
    rows_of = ((e(k).T * y(S)) * (c_S / lambda_H * (W.T * e(k)))).over(k)
    singletons_of = ((e(k).T * y(S)) * (c_S / c_1 * SINGLETON(k))).over(k)
    return Part(
        title="Prototypes are scaled tag-wise averages",
        statement=r"""At the point of (b), $h_S=\frac{c_m}{\lambda_H}\sum_{k\in S}w_k=\frac{c_m}{c_1}\sum_{k\in
            S}h_{\{k\}}$. A singleton that is not in the support gets the prototype that (a) and (b) give multiplicity
            1 at the same $g$: the feature a new sample with that one label would be fitted with.""",
        source="Li et al. 2024 for the balanced distribution",
        symbols=(
            (r"e_k^\top y_S", r"1 if $k\in S$, otherwise 0"),
            (r"W^\top e_k=w_k", "the classifier row of label $k$"),
            (r"h_{\{k\}}=\frac{c_1}{\lambda_H}W^\top Pe_k", "the prototype of the singleton, real or virtual"),
        ),
        steps=told(
            "From classifier rows:",
            TAGWISE.eq(h(S), rows_of, row_sum),
            "From singleton prototypes:",
            TAGWISE.eq(h(S), singletons_of),
        ),
        variants={
            "rows that do not sum to zero": TAGWISE.extended(models=(TILTED,)).eq(h(S), rows_of),
            "plain sums, one scalar for all multiplicities": TAGWISE.eq(h(S), ((e(k).T * y(S)) * SINGLETON(k)).over(k)),
            "averages, with a factor 1/m": TAGWISE.eq(h(S), singletons_of / m_of[S.symbol]),
        },
    )


def _optimal_value() -> Part:
    t = sp.Symbol("t", real=True)
    total = m * sp.exp(t * (1 - m / K)) + (K - m) * sp.exp(-t * m / K)
    loss = m * sp.log(m * sp.exp(t) + K - m) - m * t
    loss_on_curve = m * sp.log(K + m * excess) - m * gap
    inside, outside = (1 - scalar * (1 - m / K)) / m, scalar / K
    entropy = -m * (m * inside * sp.log(inside) + (K - m) * outside * sp.log(outside))
    share = (number(g / lambda_H * c_S**2 * m_of[S.symbol] * (K - m_of[S.symbol]) / K)).over(S)
    penalty = lambda_W / 2 * trace(W * W.T) + lambda_H / 2 * norm2(h(S)).over(S)
    balance = (
        ETF.traced * (lambda_W / 2),
        number(-g * (K - 1) / (2 * lambda_H)) * ENERGY,
        (number(c_S**2 / (2 * lambda_H)) * y_tilde(S).T * ETF * y_tilde(S)).over(S),
    )
    return Part(
        title="The optimal value",
        statement=r"""$\min F=\sum_m\pi_m\,m\,\mathcal H(p^{(m)})$, the entropy of the softmax, which has the value
            $p_{\mathrm{in}}=\frac{1-c_m(1-m/K)}m$ on $m$ labels and $p_{\mathrm{out}}=\frac{c_m}K$ on $K-m$.""",
        source="new here",
        symbols=(
            (r"\mathcal H", "Shannon entropy in nats"),
            ("t=gc_m/\\lambda_H", "the gap between the logits in and off $S$"),
        ),
        steps=told(
            r"The two penalties are equal at the optimum and add up to $\sum_S\pi_S\,t_m\,c_m\frac{m(K-m)}K$:",
            TAGWISE.eq(penalty, share, *balance),
            r"The loss at logits $t\tilde y_S$, whose entries in $S$ sum to $tm(1-\frac mK)$, is",
            SCALAR.eq(m * sp.log(total) - t * m * (1 - m / K), loss),
            r"""On the curve of (a), $t=\log(1+\varepsilon)$ and $c=\frac K{K+m\varepsilon}$, loss and penalty
            together are the entropy, multiplicity by multiplicity:""",
            SCALAR.eq(loss_on_curve + gap * scalar * m * (K - m) / K, entropy),
        ),
        variants={
            "the penalties counted once": TAGWISE.eq(penalty, share / 2, *balance),
            "the entropy without the factor m": SCALAR.eq(loss_on_curve + gap * scalar * m * (K - m) / K, entropy / m),
        },
    )


def _one_multiplicity() -> Part:
    x, gain, ell = sp.symbols("c g lambda", positive=True)
    flat = sp.Symbol(r"\bar\kappa_m", positive=True)
    root = sp.sqrt(ell / flat)
    gaps = sp.log(1 + K * (1 - root) / (m * root))
    energy, equation = (x**2 * flat, ell), (gain * x / lambda_H, sp.log(1 + K * (1 - x) / (m * x)))
    return Part(
        title="One multiplicity in closed form",
        statement=r"""With one multiplicity $c=\sqrt{\lambda/\bar\kappa_m}$ and
            $g=\frac{\lambda_H}c\log(1+\frac{K(1-c)}{mc})$; $c<1$ is $\lambda<\bar\kappa_m$.""",
        source="new here",
        steps=told(
            "Both equations of (a), solved:",
            Solves((energy, equation), ((x, root), (gain, lambda_H / root * gaps)), SCALAR),
        ),
        variants={"c = lambda/kappa-bar_m without the root": Solves((energy,), ((x, ell / flat),), SCALAR)},
    )


def _free_bias() -> Part:
    one_size = Equation(ONE_SIZE.name, (has_size(S, n) * number(c_n)).over(n), c_S)
    uniform = Equation(
        "uniform frequencies",
        (has_size(S, n) * y(S)).over(S),
        (has_size(S, n) * number(m_of[n.symbol] / K)).over(S) * ones,
    )
    using = ((number(c_n) * P * uniform).over(n), (number(-1) * y_tilde(S) * one_size).over(S))
    uneven = label_model(2, {(1,): 1, (2,): 2}, sizes={c_1: HALF})
    return Part(
        title="A free bias",
        statement=r"""If the frequencies $f_m$ given each multiplicity are uniform, the same point with $b=0$ is
            optimal for a free bias too. Perfect orthogonality makes them uniform at every $m\ne K/2$ (S2); at one
            multiplicity $m=K/2$ with frequencies that are not uniform, $b=0$ is not optimal.""",
        source="new here",
        steps=told(
            r"The bias is stationary at 0, since",
            TAGWISE.eq(r(S).over(S), 0, *using),
            r"""U7 holds for a free bias with the additional condition
            $\sum_S\pi_Sr_S=0$, so the point is still optimal. For a single multiplicity""",
            FIXED.eq((c_1 * y_tilde(S)).over(S), c_1 * (f - m / K * ones)),
            r"which is zero only for uniform frequencies.",
        ),
        variants={
            "a free bias, whatever the class frequencies": FIXED.extended(models=(uneven,)).eq(
                (c_1 * y_tilde(S)).over(S), 0
            )
        },
    )
