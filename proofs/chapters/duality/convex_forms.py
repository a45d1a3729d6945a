r"""The convex forms of the feature model (U5): conjugates, the nuclear norm, and the program in the Gram matrix."""

from typing import Any

import sympy as sp

from proofs.kernel.algebra import Algebra
from proofs.kernel.checks import Equation
from proofs.kernel.compound import every, lemma
from proofs.kernel.derivation import Derivation, Part, proves, told
from proofs.kernel.explicit import Instance
from proofs.kernel.formula import Formula, Letter, eye, norm2, trace
from proofs.kernel.models import Model
from proofs.kernel.normal_form import Rule
from proofs.kernel.outcome import Sign
from proofs.kernel.scalars import Scalars
from proofs.letters.feature_model import (
    FENCHEL_YOUNG,
    ONE_FEATURE,
    POINTS,
    G,
    R,
    b,
    dual_value,
    gap,
    h,
    lam,
    lambda_H,
    lambda_W,
    loss_value,
    primal,
    r,
)
from proofs.letters.losses import (
    BCE,
    ENTRIES,
    MSE,
    PAL,
    at_z,
    entry,
    fixed,
    indicator,
    kullback,
    labels,
    logits,
    multiplicity,
    odds,
    over_labels,
    sigmoid,
    simplex,
    softmax,
    unit,
)
from proofs.letters.vocabulary import HALF, PERCENT, SETS, K, S, W, d, label_model

_rr = sp.IndexedBase("r", real=True)


# ====================================================================== conjugates


def _log_odds(at: Any) -> Any:
    return sp.log(odds[at])


_PAL_DUAL = -multiplicity * over_labels(simplex(entry) * sp.log(simplex(entry)))
_BCE_DUAL = -over_labels(unit(entry) * sp.log(unit(entry)) + (1 - unit(entry)) * sp.log(1 - unit(entry)))
_MSE_DUAL = over_labels(_rr[entry] * indicator[entry]) - HALF * over_labels(_rr[entry] ** 2)
_PAL_GAP = multiplicity * over_labels(kullback(simplex(entry), softmax(at_z, entry)))
_BCE_GAP = over_labels(
    kullback(unit(entry), sigmoid(at_z, entry)) + kullback(1 - unit(entry), 1 - sigmoid(at_z, entry))
)
_MSE_GAP = HALF * over_labels((logits[entry] - (indicator[entry] - _rr[entry])) ** 2)


def _pal_residual(at: Any) -> Any:
    return indicator[at] - multiplicity * simplex(at)


def _bce_residual(at: Any) -> Any:
    return indicator[at] - unit(at)


def _conjugates() -> Part:
    t, n = sp.Symbol("t", nonnegative=True), sp.Symbol("n", positive=True)
    far = Scalars()
    shift = sp.Symbol("c", real=True)
    p_sum = sp.Symbol("s", real=True)
    q = sp.Symbol("q", real=True)
    pal = PAL.value(at_z, labels, multiplicity)
    bce = BCE.value(at_z, labels, multiplicity)
    mse = MSE.value(at_z, labels, multiplicity)
    one_down = 1 - (1 - 1 / (1 + t)) * sp.KroneckerDelta(entry, fixed)
    return Part(
        title="The conjugates",
        statement=r"""The dual value $D_S(r):=-L_S^*(-r)=\min_z\,[L_S(z)+r^\top z]$ is $m\,\mathcal H(p)$ with
            $p=(y_S-r)/m$ in the simplex for PAL-CE; $\sum_k\mathcal H_2(q_k)$ with $q=y_S-r\in[0,1]^K$ for BCE;
            $r^\top y_S-\frac12\|r\|^2$ for MSE; and $-\infty$ elsewhere. The deviation from the minimum is
            $\Delta_S(r,z)=L_S(z)+r^\top z-D_S(r)$: $m\,\mathrm{KL}(p\,\|\,\mathrm{softmax}(z))$, the binary
            divergences $\sum_k\mathrm{kl}(q_k\,\|\,\sigma(z_k))$, and $\frac12\|z-(y_S-r)\|^2$.""",
        source="textbook (log-sum-exp and entropy are conjugate)",
        symbols=(
            ("u_k>0", r"weights that parametrise $p_k=u_k/\sum_lu_l$, and odds that parametrise $q_k=u_k/(1+u_k)$"),
        ),
        steps=told(
            r"PAL-CE, with $p$ in the interior of the simplex:",
            ENTRIES.eq(pal - _PAL_DUAL, _PAL_GAP - over_labels(_pal_residual(entry) * logits[entry])),
            r"The divergence is zero at $z_k=\log u_k$, so the minimum over $z$ is attained there:",
            ENTRIES.eq(
                PAL.value(_log_odds, labels, multiplicity) + over_labels(_pal_residual(entry) * _log_odds(entry)),
                _PAL_DUAL,
            ),
            "BCE:",
            ENTRIES.eq(bce - _BCE_DUAL, _BCE_GAP - over_labels(_bce_residual(entry) * logits[entry])),
            r"again attained at $z_k=\log u_k$:",
            ENTRIES.eq(
                BCE.value(_log_odds, labels, multiplicity) + over_labels(_bce_residual(entry) * _log_odds(entry)),
                _BCE_DUAL,
            ),
            r"MSE, by completing the square, attained at $z=y-r$:",
            ENTRIES.eq(mse - _MSE_DUAL, _MSE_GAP - over_labels(_rr[entry] * logits[entry])),
            "The two divergences are Kullback-Leibler divergences of probability vectors.",
            lemma(
                "Gibbs' inequality",
                r"""For probability vectors $p$ and $q>0$: $\sum_kp_k\log(p_k/q_k)\ge0$, with equality iff
                $p=q$.""",
                ("a dual prediction is a probability vector:", ENTRIES.eq(over_labels(simplex(entry)), 1)),
                ("so is softmax,", ENTRIES.eq(over_labels(softmax(at_z, entry)), 1)),
                ("which is positive;", ENTRIES.gt(softmax(at_z, fixed), 0)),
                (
                    "so are a sigmoid and its complement:",
                    ENTRIES.gt(1 - sigmoid(at_z, fixed), 0, 1 / (1 + sp.exp(logits[fixed]))),
                ),
                gives=r"\Delta_S(r,z)\ \ge\ 0,\qquad\text{zero iff $r$ is the residual at $z$}",
            ),
            r"""On the boundary of the simplex and of the cube $0\log0=0$: the identities hold there by
            continuity, with the infimum approached instead of attained.""",
            r"""Outside the domain the value is $-\infty$. For PAL-CE write $r=y-mp$ for any $p$ with
            $\sum_kp_k=s$; along $z=c\mathbf 1$""",
            ENTRIES.eq(
                PAL.value(lambda at: shift, lambda at: indicator[at], multiplicity)  # noqa: ARG005
                + shift * (over_labels(indicator[entry]) - multiplicity * p_sum),
                multiplicity * sp.log(K) - multiplicity * shift * (p_sum - 1),
            ),
            r"which is unbounded below in $c$ unless $s=1$.",
            r"If $s=1$ and $p_j=-a<0$, let $z=-\log(1+t)\,e_j$ with $t\ge0$. The exponentials $e^{z_k}$ add up to",
            Scalars((K >= 2,), in_range=(fixed,)).eq(over_labels(one_down), K - 1 + 1 / (1 + t)),
            r"""so that $L(z)+r^\top z=m\log(K-1+\frac1{1+t})-ma\log(1+t)$, at most $m\log
            K-ma\log(1+t)\to-\infty$ as $t\to\infty$; with $n=K-1$,""",
            far.ge(sp.log(n + 1) - sp.log(n + 1 / (1 + t)), 0, sp.log((n + 1) / (n + 1 / (1 + t)))),
            r"""For BCE one coordinate suffices, where $L(z)+r^\top z$ is $\log(1+e^z)-qz$. If $q<0$ let
            $z=-\log(1+t)$, which gives $\log(1+\frac1{1+t})-|q|\log(1+t)$; if $q>1$ let $z=\log(1+t)$. Both are
            at most $\log2$ minus a positive multiple of $\log(1+t)$:""",
            every(
                ("for q<0", far.ge(sp.log(2) - sp.log(1 + 1 / (1 + t)), 0, sp.log(2 / (1 + 1 / (1 + t))))),
                (
                    "for q>1",
                    far.eq(sp.log(1 + (1 + t)) - q * sp.log(1 + t), sp.log(1 + 1 / (1 + t)) - (q - 1) * sp.log(1 + t)),
                ),
            ),
            r"and tend to $-\infty$ as $t\to\infty$.",
        ),
        variants={
            "the divergence of PAL-CE with its arguments exchanged": ENTRIES.eq(
                pal - _PAL_DUAL,
                multiplicity * over_labels(kullback(softmax(at_z, entry), simplex(entry)))
                - over_labels(_pal_residual(entry) * logits[entry]),
            ),
            "the dual value of PAL-CE without the factor m": ENTRIES.eq(
                pal - _PAL_DUAL / multiplicity, _PAL_GAP - over_labels(_pal_residual(entry) * logits[entry])
            ),
            "the sign of r^T z in BCE": ENTRIES.eq(
                bce - _BCE_DUAL, _BCE_GAP + over_labels(_bce_residual(entry) * logits[entry])
            ),
            "the dual value of MSE without the factor one half": ENTRIES.eq(
                mse - over_labels(_rr[entry] * indicator[entry]) + over_labels(_rr[entry] ** 2),
                _MSE_GAP - over_labels(_rr[entry] * logits[entry]),
            ),
            "the bound along the edge reversed": far.ge(sp.log(n + 1 / (1 + t)) - sp.log(n + 1), 0),
        },
    )


# ====================================================================== the nuclear norm

_q_dim = sp.Symbol("q", integer=True, positive=True)
_c = sp.Symbol("c", positive=True)
_left = Letter("U", K, _q_dim)
_root = Letter("s^1/2", _q_dim, _q_dim, tex=r"\Lambda^{1/2}", symmetric=True, sign=Sign.NONNEGATIVE)
_right = Letter("v_S", _q_dim, indices=(SETS,), tex="v_{{{0}}}")
_polar = Letter("q_S", K, indices=(SETS,), tex="q_{{{0}}}")
_product = Letter("Z", K, indices=(SETS,), tex="z_{{{0}}}")
_hh = Letter("h", d, indices=(SETS,), tex="h_{{{0}}}")
_U, _Root = _left(), _root()

_ORTHONORMAL = Equation("orthonormal right factors", (_right(S) * _right(S).T).over(S), eye(_q_dim))


def _decomposed() -> Algebra:
    """Logits of rank two over three label sets, by their singular value decomposition, and other factors of them."""
    right = {1: (1, 1), 2: (1, -1), 3: (-1, 1)}
    weight = {1: sp.Rational(1, 2), 2: sp.Rational(1, 4), 3: sp.Rational(1, 4)}
    left, roots = sp.Matrix([[1, 0], [0, 1], [0, 0]]), sp.diag(2, 1)
    classifier = sp.Matrix([[1, 1], [0, 2], [0, 0]])
    logits = {i: left * roots**2 * sp.Matrix(v) for i, v in right.items()}
    feature = {i: sp.Matrix([[1, 1], [0, 2]]).inv() * sp.Matrix(value[:2]) for i, value in logits.items()}
    model = Model(
        name="logits of rank 2 for K = 3, three label sets and penalties 1 and 16",
        sizes={K: 3, d: 2, _q_dim: 2, _c: 2, lambda_W: 1, lambda_H: 16},
        members={"label sets": [(w, i) for i, w in weight.items()]},
        letters={
            "U": lambda: left,
            "s^1/2": lambda: roots,
            "v_S": lambda i: sp.Matrix(right[i]),
            "W": lambda: classifier,
            "h": lambda i: feature[i],
        },
    )
    return Algebra(
        letters=(_left, _root, _right, _hh, W.data[0]),
        definitions=((_polar(S), _U * _right(S)), (_product(S), _U * _Root * _Root * _right(S))),
        rules=(Rule(_U.T * _U, eye(_q_dim), "orthonormal columns"),),
        models=(model,),
    )


def _nuclear_norm() -> Part:
    algebra = _decomposed()
    penalty = _c**4 * lambda_W
    mu = _c**2 * lambda_W
    factored = Equation("a factorization of the logits", W * _hh(S), _product(S))
    nuclear = trace(_Root * _Root)
    penalties = lambda_W / 2 * norm2(W) + penalty / 2 * norm2(_hh(S)).over(S)
    mismatch = norm2(_hh(S) - 1 / _c**2 * (W.T * _polar(S))).over(S)
    outside = norm2(W - _U * _U.T * W)
    best_w, best_h = _c * (_U * _Root), 1 / _c * (_Root * _right(S))
    against = (_polar(S).T * _product(S)).over(S)
    orthonormal = (_Root * _Root * _ORTHONORMAL).traced
    return Part(
        title="The nuclear norm",
        statement=r"""Over all $W,h_S$ with given products $z_S=Wh_S$ the least penalty is $\mu\|ZD^{1/2}\|_*$, for
            every $d\ge\mathrm{rank}\,Z$; hence $\min_{W,H}F=\min_Z\sum_S\pi_SL_S(z_S+b)+\mu\|ZD^{1/2}\|_*$.""",
        source="textbook (variational form of the nuclear norm)",
        symbols=(
            (
                r"z_S=U\Lambda v_S",
                r"""the singular value decomposition of $ZD^{1/2}$, column by column: $U^\top U=I$,
                $\sum_S\pi_Sv_Sv_S^\top=I$, and the nuclear norm is $\mathrm{tr}\Lambda$""",
            ),
            ("q_S=Uv_S", "the polar factor"),
            (r"c^4=\lambda_H/\lambda_W", r"so that $\mu=\sqrt{\lambda_W\lambda_H}=c^2\lambda_W$"),
        ),
        steps=told(
            r"The polar factor pairs with the logits to the nuclear norm:",
            algebra.eq(against, nuclear, orthonormal),
            r"For any $W$ and $h_S$ with $Wh_S=z_S$ the penalty exceeds that by squares, so it is never less,",
            algebra.ge(
                penalties,
                mu * nuclear,
                penalty / 2 * mismatch + lambda_W / 2 * outside,
                (mu * _polar(S).T * factored).over(S),
                mu * orthonormal,
                (-lambda_W / 2 * (W.T * _U) * _ORTHONORMAL * _U.T * W).traced,
            ),
            r"""and $W=c\,U\Lambda^{1/2}$, $h_S=\frac1c\Lambda^{1/2}v_S$ attains it (with zero columns where $d$
                is larger):""",
            every(
                algebra.eq(best_w * best_h, _product(S)),
                algebra.eq(
                    lambda_W / 2 * norm2(best_w) + penalty / 2 * norm2(best_h).over(S),
                    mu * nuclear,
                    (mu / 2 * (_Root * _Root) * _ORTHONORMAL).traced,
                ),
            ),
        ),
        variants={
            "half of mu": algebra.eq(
                lambda_W / 2 * norm2(best_w) + penalty / 2 * norm2(best_h).over(S),
                mu / 2 * nuclear,
                (mu / 2 * (_Root * _Root) * _ORTHONORMAL).traced,
            ),
            "mu 1 % too large": algebra.ge(
                lambda_W / 2 * norm2(best_w) + penalty / 2 * norm2(best_h).over(S), PERCENT * mu * nuclear
            ),
            "the penalties balanced without the fourth root": algebra.eq(
                lambda_W / 2 * norm2(_U * _Root) + penalty / 2 * norm2(_Root * _right(S)).over(S),
                mu * nuclear,
                (mu / 2 * (_Root * _Root) * _ORTHONORMAL).traced,
            ),
            "one feature dimension less": Instance(primal, "==", HALF / 2, POINTS, ONE_FEATURE),
        },
        remark=r"""For a smaller $d$ the least value can be larger. MSE, $b=0$, probabilities $\frac45$ and $\frac15$
            of two single labels, $\lambda=\frac1{20}$: the convex forms have the minimum $\frac14$, at rank 2, and the
            best point with $d=1$ has $F=\frac{11}{40}$.""",
    )


# ====================================================================== the Gram matrix

_other = Letter("r'", K, indices=(SETS,), tex="{{r'}}_{{{0}}}")
_other_dual = Letter("D'", indices=(SETS,), tex="D_{{{0}}}({{r'}}_{{{0}}})")
_gram2 = Letter("G'", K, K, tex="G'", symmetric=True)
_worse_here = Letter("deficit", indices=(SETS,), tex=r"\delta_{{{0}}}", sign=Sign.NONNEGATIVE)
_worse_there = Letter("deficit'", indices=(SETS,), tex=r"\delta'_{{{0}}}", sign=Sign.NONNEGATIVE)
_G2 = _gram2()


def _inner(value: Formula, residual: Formula, gram: Formula) -> Formula:
    """What the feature of one label set contributes, as a function of a dual candidate and the Gram matrix."""
    quadratic: Formula = value - residual.T * b - 1 / (2 * lambda_H) * (residual.T * gram * residual)
    return quadratic


def _eliminated_features() -> Part:
    here, there = _inner(dual_value(S), r(S), G), _inner(_other_dual(S), _other(S), _G2)
    algebra = POINTS.extended(
        letters=(_other, _other_dual, _gram2),
        definitions=(
            (_worse_here(S), here - _inner(_other_dual(S), _other(S), G)),
            (_worse_there(S), there - _inner(dual_value(S), r(S), _G2)),
        ),
        models=(_two_gram_matrices(),),
    )
    local = loss_value(S) + lambda_H / 2 * norm2(h(S))
    slope = -1 / (2 * lambda_H) * (r(S).T * (_G2 - G) * r(S))
    slope_there = -1 / (2 * lambda_H) * (_other(S).T * (_G2 - G) * _other(S))
    return Part(
        title="A convex program in the Gram matrix",
        statement=r"""Eliminating the features leaves
            $F=\min_{G\succeq0}\frac{\lambda_W}2\mathrm{tr}\,G+\sum_S\pi_S\phi_S(G)$ with
            $\phi_S(G)=\max_r\{D_S(r)-r^\top b-\frac1{2\lambda_H}r^\top Gr\}$, convex in $G$ and differentiable with
            $\nabla\phi_S=-\frac1{2\lambda_H}r_Sr_S^\top$, $r_S$ the maximiser. For $d\ge K$ every $G\succeq0$ is some
            $WW^\top$; for PAL-CE only the $K(K-1)/2$ entries of a $G$ with $G\mathbf 1=0$ matter.""",
        source="textbook (Fenchel duality); the reduction to the Gram matrix of the classifier is new here",
        symbols=(
            (r"G',\ r'_S", r"another Gram matrix and its maximiser"),
            (
                r"\delta_S,\ \delta'_S",
                r"""by how much $r'_S$ falls short of $r_S$ at $G$, and $r_S$ of $r'_S$ at $G'$: nonnegative, because
                each is the maximiser of its own""",
            ),
        ),
        steps=told(
            r"""For every feature and every dual candidate, by the Fenchel-Young identity of (a) and completing the
            square in $h_S$,""",
            POINTS.eq(local - here, gap(S) + lambda_H / 2 * norm2(h(S) - 1 / lambda_H * (W.T * r(S))), FENCHEL_YOUNG),
            r"""Both terms are nonnegative, and they vanish together at the feature that solves
            $h_S=\frac1{\lambda_H}W^\top r_S$ with $r_S$ its own residual, which exists because the left-hand
            function of $h_S$ is strongly convex (U1). So $\min_{h}=\max_r$, and the maximiser is unique.""",
            r"""$\phi_S$ is a maximum of affine functions of $G$, hence convex, and
            $-\frac1{2\lambda_H}r_Sr_S^\top$ is a subgradient:""",
            algebra.ge(there - here, slope, _worse_there(S)),
            r"From above the difference is bounded by the same with the other maximiser,",
            algebra.ge(slope_there, there - here, _worse_here(S)),
            r"The two bounds differ by",
            algebra.eq(_worse_here(S) + _worse_there(S), slope_there - slope),
            r"""which tends to 0 with $G'-G$ while the maximisers stay bounded. By the first formula of (c), at
            the feature of $r_S$, $\delta_S\ge\Delta_S(r'_S,z_S)$, so $r'_S\to r_S$, the difference is of smaller
            order than $G'-G$, and the subgradient is the gradient.""",
            r"The dual is the other order: for a residual family $r$ the minimum over $G\succeq0$ of",
            POINTS.eq(
                lambda_W / 2 * trace(G) - 1 / (2 * lambda_H) * (r(S).T * G * r(S)).over(S),
                1 / (2 * lambda_H) * trace((lam * eye(K) - R) * G),
            ),
            r"is zero if $R\preceq\lambda I$ and $-\infty$ otherwise: the constraint of the dual (U6).",
        ),
        variants={
            "1/lambda_H for 1/(2 lambda_H)": POINTS.eq(
                loss_value(S) + lambda_H / 2 * norm2(h(S)) - here + 1 / (2 * lambda_H) * (r(S).T * G * r(S)),
                gap(S) + lambda_H / 2 * norm2(h(S) - 1 / lambda_H * (W.T * r(S))),
                FENCHEL_YOUNG,
            ),
            "the subgradient with the opposite sign": algebra.ge(there - here + slope, 0, _worse_there(S)),
            "the bias forgotten": POINTS.eq(
                local - here - r(S).T * b,
                gap(S) + lambda_H / 2 * norm2(h(S) - 1 / lambda_H * (W.T * r(S))),
                FENCHEL_YOUNG,
            ),
            "lambda_W for lambda in the constraint": POINTS.eq(
                lambda_W / 2 * trace(G) - 1 / (2 * lambda_H) * (r(S).T * G * r(S)).over(S),
                1 / (2 * lambda_H) * trace((lambda_W * eye(K) - R) * G),
            ),
        },
    )


def _two_gram_matrices() -> Model:
    """MSE with two classifiers and the exact maximisers of each, r = (I + G / lambda_H)^-1 (y - b)."""
    indicator = {frozenset({1}): sp.Matrix([1, 0]), frozenset({2}): sp.Matrix([0, 1])}
    classifier, bias, penalty = sp.Matrix([[1, 1], [0, 1]]), sp.Matrix([1, -1]), sp.Integer(2)
    gram = {1: classifier * classifier.T, 2: sp.Matrix([[1, -1], [-1, 3]])}

    def maximiser(which: int, s: frozenset[int]) -> sp.Matrix:
        return (sp.eye(2) + gram[which] / penalty).inv() * (indicator[s] - bias)

    def value(which: int, s: frozenset[int]) -> Any:
        residual = maximiser(which, s)
        return residual.T * indicator[s] - residual.T * residual / 2

    return label_model(
        2,
        {(1,): 1, (2,): 2},
        name="MSE for K = 2 with 1/3 on {1}, 2/3 on {2}, at two Gram matrices",
        sizes={d: 2, lambda_W: 1, lambda_H: penalty},
        letters={
            "W": lambda: classifier,
            "b": lambda: bias,
            "G'": lambda: gram[2],
            "r": lambda s: maximiser(1, s),
            "r'": lambda s: maximiser(2, s),
            "D": lambda s: value(1, s),
            "D'": lambda s: value(2, s),
        },
    )


@proves("U5")
def convex_form() -> Derivation:
    """U5: conjugates, the nuclear-norm form, and the convex program in the Gram matrix."""
    return Derivation.in_parts(_conjugates(), _nuclear_norm(), _eliminated_features())
