r"""Chapter O: perfect orthogonality and tag-wise averaging, derived.

The functions are in the order of the theory, one claim each. O2a, O2b and O3a say exactly when an ETF classifier, and
when residuals proportional to the centered labels, occur; they correct and sharpen O2 and O3.
"""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from proofs.kernel.algebra import Algebra
from proofs.kernel.checks import Equation, Identity, Solves
from proofs.kernel.compound import Lemma, every, lemma
from proofs.kernel.derivation import Control, Derivation, Part, Step, proves
from proofs.kernel.explicit import Instance
from proofs.kernel.formula import Letter, eye, norm2, number, trace
from proofs.kernel.normal_form import Rule
from proofs.kernel.scalars import Scalars
from proofs.letters.feature_model import Gradient, h, lam, lambda_H, lambda_W, r
from proofs.letters.prototypes import (
    R_LETTER,
    SINGLETON,
    SIZE_LETTER,
    etf_model,
    has_size,
    kappa_bar_of,
    n,
    two_groups,
    with_tagwise_residuals,
)
from proofs.letters.vocabulary import (
    FIXED,
    HALF,
    MIXED,
    K,
    P,
    S,
    Sigma,
    T,
    W,
    e,
    f,
    j,
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

__all__ = ["SCALAR", "excess", "gap", "scalar", "slope"]

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

_MODEL = etf_model(
    4,
    {(1,): 1, (2,): 1, (3,): 1, (4,): 1, **dict.fromkeys(pairs_of_four(), 2)},
    3,
    {1: sp.Rational(1, 2), 2: sp.Rational(1, 3)},
    sizes={c_1: HALF},
    name="uniform singletons and pairs of 4 labels",
)
_UNEVEN = etf_model(
    3,
    {(1,): 2, (2,): 1, (3,): 1, (1, 2): 3},
    3,
    {1: HALF, 2: sp.Rational(1, 3)},
    sizes={c_1: HALF},
    name="uneven singletons and a pair of 3 labels",
)
_TILTED = replace(_MODEL, name="a classifier that is no ETF", letters={**_MODEL.letters, "W": lambda: sp.eye(4)})
_THREE_EQUAL = label_model(
    3, {(1,): 1, (2,): 1, (3,): 1}, sizes={c_1: HALF, lambda_W: HALF / 2, lambda_H: sp.Rational(1, 3)}
)
_ISOTROPIC_SIGMA = FIXED.extended(models=(*FIXED.models, _THREE_EQUAL))
_ONE_PAIR = label_model(3, {(1, 2): 2, (2, 3): 1}, sizes={c_1: HALF})
TAGWISE = MIXED.extended(
    letters=(SIZE_LETTER,),
    definitions=(
        (r(S), c_S * y_tilde(S)),
        (h(S), (c_S / lambda_H) * (W.T * y_tilde(S))),
        (SINGLETON(k), (c_1 / lambda_H) * (W.T * P * e(k))),
    ),
    models=(_MODEL, _UNEVEN),
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
        steps=(
            Step(
                r"""The points $(s,c)$ that satisfy the equation form a curve, parametrised by
                $\varepsilon=\frac{K(1-c)}{mc}>0$. On it $s\,c=\log(1+\varepsilon)$, hence
                $s=\log(1+\varepsilon)/c$.""",
                SCALAR.eq(K * (1 - scalar) / (m * scalar), excess),
            ),
            Step(
                r"Along the curve $s$ increases strictly and $c$ decreases strictly:",
                every(
                    Gradient("s", slope, excess, rising, SCALAR),
                    SCALAR.gt(rising, 0),
                    Gradient("c", scalar, excess, -falling, SCALAR),
                    SCALAR.gt(falling, 0),
                ),
            ),
            Step(
                r"""and $s$ runs from 0 to infinity, because $s\ge\log(1+\varepsilon)$. So every $s>0$ is taken once,
                which defines $c_m(s)$; it starts at 1.""",
                SCALAR.ge(slope - gap, 0, m * excess * gap / K),
            ),
            Step(
                r"""With $x=m/K$ the equation reads $c\,(1+x(e^{sc}-1))=1$. Its left side has positive derivatives in
                $c$ and in $x$ (with $E=e^{sc}-1>0$), so at the same $s$ a larger multiplicity has the smaller $c$.""",
                every(
                    (r"in $c$", SCALAR.gt(sp.diff(equation, c_x).subs(power, 1 + odds), 0)),
                    (r"in $x$", SCALAR.gt(sp.diff(equation, x).subs(power, 1 + odds), 0)),
                ),
            ),
            Step(
                r"""The energy $\sum_m\pi_m\bar\kappa_mc_m(s)^2$ therefore decreases strictly in $s$ from
                $\sum_m\pi_m\bar\kappa_m>\lambda$. It is at most $1/s$, so it has come down to $\lambda$ by
                $s=1/\lambda$: first, $c_m^2s\le K/m$, since""",
                with_slack.ge(
                    K / m - scalar**2 * slope,
                    0,
                    K * (K + m * slack) / (m * (K + m * excess)),
                    below * (-K / (K + m * excess)),
                ),
            ),
            Step(
                r"and second $\frac Km\bar\kappa_m\le1$:",
                SCALAR.ge(1 - K / m * kappa_bar, 0, (m - 1) / (K - 1)),
                r"""By the intermediate value theorem and strict monotonicity exactly one $s$ solves the energy
                equation, and $g=\lambda_Hs\le\lambda_H/\lambda=1/\lambda_W$.""",
            ),
        ),
        controls=(
            Control(
                r"the curve parametrised with $K$ in place of $m$ in the denominator",
                SCALAR.eq(K * (1 - scalar) / (K * scalar), excess),
            ),
            Control(r"$c$ increasing along the curve", Gradient("c", scalar, excess, falling, SCALAR)),
            Control(r"$c_m^2s\le1$ for every $m$", SCALAR.ge(1 - scalar**2 * slope, 0)),
        ),
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
        steps=(
            Step(
                "The logits of the point are multiples of the centered labels:",
                TAGWISE.eq(W * h(S), (g * c_S / lambda_H) * y_tilde(S), ETF * ((c_S / lambda_H) * y_tilde(S))),
            ),
            Step(
                r"""The softmax of $t\tilde y_S$ has two values, one on the $m$ labels of $S$ and one on the $K-m$
                others. The residual $y_S-m\,\mathrm{softmax}(t\tilde y_S)$ is $c\,\tilde y_S$, whose two values are
                $c(1-\frac mK)$ and $-c\frac mK$, with $c=\frac K{K+m(e^t-1)}$:""",
                every(
                    ("on $S$", SCALAR.eq(1 - m * inside / total, c_of_t * (1 - m / K))),
                    ("off $S$", SCALAR.eq(-m * outside / total, -c_of_t * m / K)),
                ),
            ),
            Step(
                r"Solved for $t$, this is the scalar equation of (a):",
                SCALAR.eq(sp.log(1 + K * (1 - c_of_t) / (m * c_of_t)), t),
            ),
        ),
        controls=(
            Control("the logits without the factor $g$", _logits_without_gain()),
            Control("the residual on $S$ with $c$ in place of $c(1-m/K)$", SCALAR.eq(1 - m * inside / total, c_of_t)),
            Control(
                "the scalar equation without the factor $K$", SCALAR.eq(sp.log(1 + (1 - c_of_t) / (m * c_of_t)), t)
            ),
        ),
    )


def _logits_without_gain() -> Identity:
    return TAGWISE.eq(W * h(S), (c_S / lambda_H) * y_tilde(S), ETF * ((c_S / lambda_H) * y_tilde(S)))


def _global_certificate(isotropic: Equation, algebra: Algebra) -> Lemma:
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
        steps=(
            Step(
                r"""The residuals are isotropic: weight perfect orthogonality at multiplicity $m_n$ with $c_{m_n}^2$,
                sum over the multiplicities, and insert the energy equation.""",
                _isotropy(),
            ),
            Step(
                r"An ETF classifier has $\mathbf 1^\top W=0$:",
                TAGWISE.zero_iff(ones.T * (W * W.T - g * P) * ones, W.T * ones),
            ),
            Step("With these two facts", _global_certificate(ISOTROPIC, TAGWISE)),
        ),
        controls=(
            Control(
                r"isotropy with $c_m$ in place of $c_m^2$",
                TAGWISE.eq((c_S * (y_tilde(S) * y_tilde(S).T)).over(S), lam * P, ISOTROPIC),
            ),
            Control("the isotropy of the residuals without perfect orthogonality", _isotropy(ORTHOGONAL)),
            Control(
                r"$R\preceq\frac\lambda2I$",
                TAGWISE.ge(v.T * (lam / 2 * eye(K) - R) * v, 0, (lam / K) * norm2(ones.T * v), -v.T * ISOTROPIC * v),
            ),
        ),
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
        steps=(
            Step("From classifier rows:", TAGWISE.eq(h(S), rows_of, row_sum)),
            Step("From singleton prototypes:", TAGWISE.eq(h(S), singletons_of)),
        ),
        controls=(
            Control("rows that do not sum to zero", TAGWISE.extended(models=(_TILTED,)).eq(h(S), rows_of)),
            Control(
                "plain sums, without the factor $c_m/c_1$", TAGWISE.eq(h(S), ((e(k).T * y(S)) * SINGLETON(k)).over(k))
            ),
            Control("averages, with a factor $1/m$", TAGWISE.eq(h(S), singletons_of / m_of[S.symbol])),
        ),
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
        steps=(
            Step(
                r"The two penalties are equal at the optimum and add up to $\sum_S\pi_S\,t_m\,c_m\frac{m(K-m)}K$:",
                TAGWISE.eq(penalty, share, *balance),
            ),
            Step(
                r"The loss at logits $t\tilde y_S$, whose entries in $S$ sum to $tm(1-\frac mK)$, is",
                SCALAR.eq(m * sp.log(total) - t * m * (1 - m / K), loss),
            ),
            Step(
                r"""On the curve of (a), $t=\log(1+\varepsilon)$ and $c=\frac K{K+m\varepsilon}$, loss and penalty
                together are the entropy, multiplicity by multiplicity:""",
                SCALAR.eq(loss_on_curve + gap * scalar * m * (K - m) / K, entropy),
            ),
        ),
        controls=(
            Control("the penalties counted once", TAGWISE.eq(penalty, share / 2, *balance)),
            Control(
                "the entropy without the factor $m$",
                SCALAR.eq(loss_on_curve + gap * scalar * m * (K - m) / K, entropy / m),
            ),
        ),
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
        steps=(
            Step(
                "Both equations of (a), solved:",
                Solves((energy, equation), ((x, root), (gain, lambda_H / root * gaps)), SCALAR),
            ),
        ),
        controls=(
            Control(r"$c=\lambda/\bar\kappa_m$ without the root", Solves((energy,), ((x, ell / flat),), SCALAR)),
        ),
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
        steps=(
            Step(r"The bias is stationary at 0, since", TAGWISE.eq(r(S).over(S), 0, *using)),
            Step(
                r"""U7 holds for a free bias with the additional condition
                $\sum_S\pi_Sr_S=0$, so the point is still optimal. For a single multiplicity""",
                FIXED.eq((c_1 * y_tilde(S)).over(S), c_1 * (f - m / K * ones)),
                r"which is zero only for uniform frequencies.",
            ),
        ),
        controls=(
            Control(
                r"one multiplicity, $K=2m$, any frequencies",
                FIXED.extended(models=(uneven,)).eq((c_1 * y_tilde(S)).over(S), 0),
            ),
        ),
    )


# ====================================================================== O2: from an ETF back to the label distribution


STATIONARY = MIXED.extended(
    letters=(R_LETTER,),
    definitions=((h(S), W.T * r(S) / lambda_H),),
    rules=(Rule(ones.T * r(S), 0, "softmax sums to 1, so residuals of PAL-CE sum to 0"),),
    models=tuple(with_tagwise_residuals(model) for model in (_MODEL, _UNEVEN)),
)
CLASSIFIER = Equation("stationarity of the classifier", (r(S) * h(S).T).over(S), lambda_W * W)
BY_SIZE = (number(c_n**2) * (has_size(S, n) * (y_tilde(S) * y_tilde(S).T)).over(S)).over(n)


@proves("O2")
def etf_converse() -> Derivation:
    """O2: an ETF classifier can only be optimal if the weighted second moments add up to a multiple of the
    centering."""
    index = sp.Symbol("i", integer=True)
    p, q = sp.IndexedBase("p", positive=True), sp.IndexedBase("q", positive=True)
    a, b = sp.symbols("a b", real=True)
    ones_p, ones_q = (Equation("softmax sums to 1", sp.Sum(x[index], (index, 1, K)), sp.Integer(1)) for x in (p, q))
    logits = (sp.log(p[index]) + a - sp.log(q[index]) - b) * (p[index] - q[index])
    jeffreys = (sp.log(p[index]) - sp.log(q[index])) * (p[index] - q[index])
    p_1, q_1, s = sp.symbols("p q s", positive=True)
    rho, delta = Letter("rho", K, tex=r"\rho"), Letter("delta", K, tex=r"\delta")
    two = FIXED.extended(letters=(rho, delta), models=())
    both_solve = Equation("the equation for both solutions", rho(), -m * delta())
    eigen = Equation("the eigen-equation", R * W, lam * W)
    identity_etf = (eigen * W.T, -R * ETF, lam * eye(K) * ETF)
    iso = Equation("isotropy", c_1**2 * Sigma, lam * P)
    halves = {K: 2, p[1]: HALF, p[2]: HALF, q[1]: HALF, q[2]: HALF}
    return Derivation(
        symbols=(
            (
                r"\rho=r-r',\ \delta=p-p'",
                "the difference of two solutions of the residual equation, and of their softmax",
            ),
        ),
        steps=(
            Step(
                r"""The features are stationary, $h_S=\frac1{\lambda_H}W^\top r_S$, and $\mathbf 1^\top r_S=0$, so the
                logits are multiples of the residual:""",
                STATIONARY.eq(W * h(S), g / lambda_H * r(S), ETF * (r(S) / lambda_H)),
                r"""Hence $r_S$ solves $r+m\,\mathrm{softmax}(s\,r)=y_S$ with $s=g/\lambda_H$. By O1(b) so does
                $c_m\tilde y_S$; it remains to see that there is only one solution.""",
            ),
            Step(
                r"""Subtract the equation for two solutions, $\rho+m\,\delta=0$, and multiply by $s\rho$:""",
                two.eq(s * norm2(rho()), -s * m * (rho().T * delta()), s * rho().T * both_solve),
            ),
            Step(
                r"""The right side is not positive: $s\rho$ is the difference of the logits, a logit is $\log p_i$ up
                to a constant, and constants drop out because both softmaxes sum to 1,""",
                Scalars((K >= 2,), points=(halves,)).eq(
                    sp.Sum(logits, (index, 1, K)), sp.Sum(jeffreys, (index, 1, K)), ones_p * (a - b), ones_q * (b - a)
                ),
            ),
            Step(
                "where every term is positive or zero, since the logarithm increases:",
                every(
                    ("if $p>q$", Scalars((p_1 > q_1,)).gt((p_1 - q_1) * sp.log(p_1 / q_1), 0)),
                    ("if $q>p$", Scalars((q_1 > p_1,)).gt((q_1 - p_1) * sp.log(q_1 / p_1), 0)),
                ),
                r"So $\rho=0$, and $r_S=c_m\tilde y_S$.",
            ),
            Step(
                r"""The classifier is stationary too, $\lambda_WW=\sum_S\pi_Sr_Sh_S^\top$, which is the eigen-equation
                    U3:""",
                STATIONARY.eq(R * W, lam * W, number(lambda_H) * CLASSIFIER),
            ),
            Step(
                r"Multiplied by $W^\top$ it says that the residuals are isotropic (U8):",
                STATIONARY.eq(g * R, g * lam * P, *identity_etf),
            ),
            Step(
                r"Insert $r_S=c_m\tilde y_S$ and sort the label sets by multiplicity:",
                TAGWISE.eq(BY_SIZE, lam * P, ISOTROPIC, (y_tilde(S) * ONE_SIZE * y_tilde(S).T).over(S)),
            ),
            Step(
                r"""One multiplicity: $c^2\Sigma=\lambda P$, and the trace of $\Sigma$ is that of $\bar\kappa_mP$ (S2),
                so $\Sigma=\bar\kappa_mP$:""",
                _ISOTROPIC_SIGMA.eq(c_1**2 * Sigma, c_1**2 * kappa_bar * P, iso, (-1 / (K - 1)) * P * iso.traced),
            ),
        ),
        controls=(
            Control(
                "the logits a multiple of the residual for any classifier",
                STATIONARY.extended(models=(with_tagwise_residuals(_TILTED),)).eq(W * h(S), g / lambda_H * r(S)),
            ),
            Control(r"softmax decreasing in the logits", Scalars((p_1 > q_1,)).gt((q_1 - p_1) * sp.log(p_1 / q_1), 0)),
            Control(r"$R=\lambda I$ in place of $R=\lambda P$", STATIONARY.eq(g * R, g * lam * eye(K), *identity_etf)),
            Control("the eigen-equation without $\\lambda_H$", STATIONARY.eq(R * W, lambda_W * W, CLASSIFIER)),
            Control(
                r"perfect orthogonality without the hypothesis",
                FIXED.extended(models=(_ONE_PAIR,)).eq(c_1**2 * Sigma, c_1**2 * kappa_bar * P),
            ),
        ),
    )


@proves("O2a")
def etf_at_one_penalty() -> Derivation:
    """O2a: at a given penalty, an exact criterion for an ETF."""
    theta, u, e_1, e_2 = sp.symbols("theta u E_1 E_2", positive=True)
    third = sp.Rational(1, 3)
    singles, pairs = third + theta * u, third - theta * u * e_1 / e_2
    return Derivation(
        symbols=(
            (r"E_n=\pi_nc_n^2", "the weights of the two multiplicities in the condition"),
            (r"\theta u", "how far the frequency of one singleton is from $\\frac13$"),
        ),
        steps=(
            Step(
                r"""*Only if.* By O2 the condition holds with the $c_m(g/\lambda_H)$ of the optimal $g$. Its trace is
                the energy equation, whatever the distribution, so these are the scalars of O1:""",
                TAGWISE.eq(trace(R), (K - 1) * number(c_S**2 * kappa_bar_of(S)).over(S)),
            ),
            Step(
                r"""*If.* The point of O1(b) has $R=\sum_m\pi_mc_m^2\Sigma_m$, so the condition alone gives what O1(c)
                took from perfect orthogonality:""",
                _global_certificate(ISOTROPIC, TAGWISE),
            ),
            Step(
                r"""*Strictly weaker.* Take $K=3$, singletons with frequencies $\frac13+\theta u_k$ where
                $\sum_ku_k=0$, and the pairs $\{k\}^c$ with frequencies $\frac13-\theta u_kE_1/E_2$. By complement
                duality (S4) their second moments are $P\,\mathrm{diag}(\cdot)P$ of these frequencies, and the
                condition holds although neither is a multiple of $P$:""",
                Scalars().eq(e_1 * singles + e_2 * pairs, (e_1 + e_2) / 3),
                r"For small $\theta$ all frequencies are positive, at any given $\lambda$.",
            ),
        ),
        controls=(
            Control(
                r"the energy with $K$ in place of $K-1$",
                TAGWISE.eq(trace(R), K * number(c_S**2 * kappa_bar_of(S)).over(S)),
            ),
            Control(
                "the example with equal weights, $E_1/E_2$ dropped",
                Scalars().eq(e_1 * singles + e_2 * (third - theta * u), (e_1 + e_2) / 3),
            ),
        ),
    )


@proves("O2b")
def etf_at_every_penalty() -> Derivation:
    """O2b: an ETF at a sequence of penalties near the collapse threshold is perfect orthogonality."""
    x, s, sigma, tau, y_inv, c_x = sp.symbols("x s sigma tau y c", positive=True)
    count, phi = sp.Symbol("n", integer=True, nonnegative=True), sp.Symbol("varphi", positive=True)
    z = sigma * y_inv * c_x
    expansion = Equation("the exponential series", sp.exp(z), 1 + z + z**2 * phi)
    on_curve = c_x * (1 + x * (sp.exp(s * c_x) - 1)) - 1
    catalan = (1 - sp.sqrt(1 - 4 * tau)) / (2 * tau)
    number_of = sp.binomial(2 * count, count) / (count + 1)
    free = Scalars()
    at_one = Scalars(points=({sigma: 1, y_inv: 1, c_x: 1, phi: sp.E - 2},))
    return Derivation(
        symbols=(
            (r"x=m/K", "the relative multiplicity"),
            (r"\sigma=sx,\ y=1/x", "the variables in which the leading coefficients are seen"),
            (r"C_n", "the Catalan numbers"),
        ),
        steps=(
            Step(
                r"""By O1(a) $c_m(s)$ solves $c\,(1+x(e^{sc}-1))=1$, and the threshold is $s=0$.""",
                lemma(
                    "analytic implicit function theorem",
                    r"""Where an analytic equation $\Phi(c,s)=0$ has $\partial\Phi/\partial c\ne0$, its
                        solution $c$ is an analytic function of $s$.""",
                    (
                        "$c=1$ solves the equation at $s=0$:",
                        Solves(((on_curve.subs(s, 0), sp.Integer(0)),), ((c_x, sp.Integer(1)),), free),
                    ),
                    ("and the derivative in $c$ is not 0 there:", free.gt(sp.diff(on_curve, c_x).subs(s, 0), 0)),
                    gives=r"c_m(s)^2=\sum_{n\ge0}a_n(x)\,s^n\quad\text{near }s=0",
                ),
                r"The coefficients $a_n$ are polynomials in $x$; the next steps show that their degree is exactly $n$.",
            ),
            Step(
                r"""Write $s=\sigma/x$ and $y=1/x$. The equation becomes $c\,\bigl(1+(e^{\sigma yc}-1)/y\bigr)=1$,
                where $y$ comes only with $\sigma$: the coefficient of $\sigma^n$ is a polynomial in $y$ of degree at
                most $n$, that is, $a_n(x)$ has degree at most $n$ and its coefficient of $x^n$ is what is left at
                $y=0$. There the bracket is $1+\sigma c$, since $e^z=1+z+z^2\varphi(z)$ with an entire $\varphi$:""",
                at_one.eq(
                    (sp.exp(z) - 1) / y_inv, sigma * c_x + y_inv * sigma**2 * c_x**2 * phi, expansion * (1 / y_inv)
                ),
            ),
            Step(
                r"""so, with $\tau=-\sigma$, what is left solves $c=1+\tau c^2$. Its solution with $c=1$ at $\tau=0$ is
                $c=\frac{1-\sqrt{1-4\tau}}{2\tau}$, which also satisfies a linear differential equation:""",
                every(
                    free.eq(1 + tau * catalan**2, catalan),
                    free.eq(tau * (1 - 4 * tau) * sp.diff(catalan, tau) + (1 - 2 * tau) * catalan, sp.Integer(1)),
                ),
            ),
            Step(
                r"""Comparing coefficients of $\tau^{n+1}$ in the latter, the coefficients of $c$ satisfy
                $(n+2)C_{n+1}=2(2n+1)C_n$ with $C_0=1$: they are the Catalan numbers, all positive.""",
                every(
                    free.eq((count + 2) * number_of.subs(count, count + 1), 2 * (2 * count + 1) * number_of),
                    free.gt(number_of, 0),
                ),
                r"""As $c^2=(c-1)/\tau$ there, the coefficient of $x^n$ in $a_n(x)$ is $(-1)^nC_{n+1}\ne0$.""",
            ),
            Step(
                r"""An ETF at the penalty that belongs to $s$ means, by O2 and the energy equation, that
                $\sum_mc_m(s)^2B_m=0$ with $B_m=\pi_m(\Sigma_m-\bar\kappa_mP)$:""",
                TAGWISE.eq(
                    BY_SIZE - (number(c_n**2) * (has_size(S, n) * number(kappa_bar_of(n))).over(S)).over(n) * P,
                    0,
                    ISOTROPIC,
                    (y_tilde(S) * ONE_SIZE * y_tilde(S).T).over(S),
                    (number(-1) * P * ONE_SIZE_BALANCED).over(S),
                    number(-1) * P * ENERGY,
                ),
            ),
            Step(
                r"""The left side is analytic in $s$ and vanishes on a sequence $s\to0$, hence for all $s$, hence
                coefficient by coefficient: $\sum_ma_n(m/K)B_m=0$ for every $n$.""",
                lemma(
                    "Vandermonde determinant",
                    r"""Polynomials of degrees $0,1,\dots,N-1$, exactly, at $N$ distinct points form a
                        nonsingular matrix.""",
                    (
                        r"the leading coefficients are not zero, $C_{n+1}>0$:",
                        free.gt(number_of.subs(count, count + 1), 0),
                    ),
                    (
                        r"and different multiplicities are different points:",
                        SCALAR.gt((m + count + 1) / K - m / K, 0, (count + 1) / K),
                    ),
                    gives=r"B_m=0\quad\text{for every multiplicity } m",
                ),
            ),
        ),
        controls=(
            Control(r"$c=1-\tau c^2$, the sign of $\sigma$ lost", free.eq(1 - tau * catalan**2, catalan)),
            Control(
                "the recursion with $2n-1$ in place of $2n+1$",
                free.eq((count + 2) * number_of.subs(count, count + 1), 2 * (2 * count - 1) * number_of),
            ),
            Control(
                r"$\sum_mc_mB_m=0$, with $c_m$ in place of $c_m^2$",
                TAGWISE.eq(
                    (number(c_n) * (has_size(S, n) * (y_tilde(S) * y_tilde(S).T)).over(S)).over(n),
                    (number(c_n) * (has_size(S, n) * number(kappa_bar_of(n))).over(S)).over(n) * P,
                ),
            ),
        ),
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
        for model in (_MODEL, _UNEVEN)
    }
    algebra = TAGWISE.extended(letters=(inverse,), models=tuple(gamma_of.values()))
    full_rank = Equation("full rank", W * W.T * inverse(), P)
    classifier = Equation("stationarity of the classifier", (r(S) * h(S).T).over(S), lambda_W * W)
    eigen = Equation("the eigen-equation", R * W, lam * W)
    iso = Equation("isotropy", c_1**2 * Sigma, lam * P)
    c_a, c_b = sp.symbols("c_1 c_2", positive=True)
    first = c_a**2 * sp.Rational(6, 24) + c_b**2 * sp.Rational(2, 24)
    second = c_a**2 * sp.Rational(3, 24) + c_b**2 * sp.Rational(5, 24)
    return Derivation(
        symbols=((r"\Gamma", r"the inverse of $WW^\top$ on $\mathbf 1^\perp$"),),
        steps=(
            Step(
                r"Stationarity of features and classifier gives the eigen-equation U3:",
                algebra.eq(R * W, lam * W, number(lambda_H) * classifier),
            ),
            Step(
                r"and full rank allows to cancel $W$:",
                algebra.eq(R, lam * P, eigen * W.T * inverse(), -R * full_rank, lam * eye(K) * full_rank),
                r"where $R=\sum_S\pi_Sc_{m_S}^2\tilde y_S\tilde y_S^\top=\sum_m\pi_mc_m^2\Sigma_m$.",
            ),
            Step(
                r"""One multiplicity: as in O2, the trace makes $\Sigma=\bar\kappa_mP$ out of $c^2\Sigma=\lambda P$;
                and O1 is the other direction.""",
                _ISOTROPIC_SIGMA.eq(c_1**2 * Sigma, c_1**2 * kappa_bar * P, iso, (-1 / (K - 1)) * P * iso.traced),
            ),
            Step(
                r"""Not sufficient: $K=3$, singletons $\{1\},\{2\},\{3\}$ with masses 6, 3, 3 and their complements
                with masses 2, 5, 5, in 24ths. Then $\Sigma=\frac13P$, so the condition holds with
                $c_1=c_2=\sqrt{3\lambda}$:""",
                Instance(Sigma, "==", P / 3, MIXED, balanced_sum),
            ),
            Step(
                r"""But linear residuals make every $\tilde y_S$ an eigenvector of $WW^\top$ (O3a), and no two of the
                $\tilde e_k$ are orthogonal, since for $j\ne k$ what is left is $-\frac1K$:""",
                MIXED.eq((P * e(k)).T * (P * e(j)), e(k).T * e(j) - number(1 / K)),
                r"So $WW^\top=gP$, and then $c_1>c_2$ by O1(a).",
            ),
            Step(
                r"""With $c_1>c_2$ the condition fails: $\sum_m\pi_mc_m^2\Sigma_m=P\,\mathrm{diag}(\cdot)P$ has the
                diagonal $\frac{6c_1^2+2c_2^2}{24},\frac{3c_1^2+5c_2^2}{24},\frac{3c_1^2+5c_2^2}{24}$, which is not
                constant:""",
                Scalars((c_a > c_b,)).gt(first - second, 0, (c_a - c_b) * (c_a + c_b) / 8),
                r"The residuals of this distribution are linear at no $\lambda$ below the threshold.",
            ),
        ),
        controls=(
            Control(r"$R=\lambda P$ without stationarity", algebra.eq(R, lam * P)),
            Control(
                "perfect orthogonality at each multiplicity claimed for the example",
                Instance(
                    (has_size(S, n) * (y_tilde(S) * y_tilde(S).T)).over(S).over(n), "==", P / 2, TAGWISE, balanced_sum
                ),
            ),
            Control(
                "perfect orthogonality without the hypothesis",
                FIXED.extended(models=(_ONE_PAIR,)).eq(c_1**2 * Sigma, c_1**2 * kappa_bar * P),
            ),
        ),
    )


@proves("O3a")
def linear_residuals_exactly() -> Derivation:
    """O3a: linear residuals mean that every centered label vector is an eigenvector of the classifier's Gram matrix."""
    eigenvalue = sp.IndexedBase("a", positive=True)
    gram = W * W.T
    model = two_groups()
    with_values = tuple(
        replace(instance, functions={**instance.functions, "a": lambda _: sp.Integer(9)})
        for instance in (_MODEL, _UNEVEN)
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
        steps=(
            Step(
                r"""The logits are $Wh_S=\frac{c_S}{\lambda_H}WW^\top\tilde y_S$, centered because $\mathbf 1^\top
                    W=0$:""",
                TAGWISE.eq(W * h(S), c_S / lambda_H * (gram * y_tilde(S))),
            ),
            Step(
                r"""The residual is $c_S\tilde y_S$ iff the softmax is $(y_S-c_S\tilde y_S)/m_S$, which is
                $\frac{1-c(1-m/K)}m$ on $S$ and $\frac cK$ off $S$, so iff the centered logits are $\tilde y_S$ times
                the logarithm of the ratio""",
                SCALAR.eq(((1 - c_1 * (1 - m / K)) / m) / (c_1 / K), 1 + K * (1 - c_1) / (m * c_1)),
                r"That is $WW^\top\tilde y_S=a_S\tilde y_S$.",
            ),
            Step(
                r"""Optimality at full rank: stationarity of the classifier, $RW=\lambda W$, is $R=\lambda P$ (O3,
                where only this was used), and $R=\lambda P\preceq\lambda I$ is enough (U7); here""",
                TAGWISE.eq(R, P * (c_S**2 * (y(S) * y(S).T)).over(S) * P),
            ),
            Step(
                r"Eigenvectors of different eigenvalues are orthogonal:",
                algebra.eq(
                    (at[S] - at[T]) * (y_tilde(S).T * y_tilde(T)), 0, y_tilde(S).T * eigen_T, -eigen_S.T * y_tilde(T)
                ),
            ),
            Step(
                r"and the inner product counts common labels:",
                TAGWISE.eq(y_tilde(S).T * y_tilde(T), y(S).T * y(T) - number(m_S * m_T / K)),
            ),
            Step(
                r"""A singleton is orthogonal to no proper label set: $\tilde e_k^\top\tilde y_T$ is $1-\frac{m_T}K$ or
                $-\frac{m_T}K$.""",
                every(("$k\\in T$", SCALAR.gt(1 - m / K, 0, (K - m) / K)), ("$k\\notin T$", SCALAR.gt(m / K, 0))),
                r"""So with a singleton in the support all $a_S$ are equal, the $\tilde y_S$ span $\mathbf 1^\perp$ at
                full rank, and $WW^\top=gP$.""",
            ),
            Step(
                r"""Without singletons: six labels in two triples, the support being the nine pairs that take one label
                from each triple (together mass $\frac23$) and the two triples (together $\frac13$). The projector
                $Q_3$ on the contrast between the triples and its complement $Q_2$ separate the two multiplicities,""",
                every(
                    ("pairs", Instance(off_pairs, "==", 0, groups, model)),
                    ("triples", Instance(off_triples, "==", 0, groups, model)),
                ),
                r"so any $WW^\top=a_2Q_2+a_3Q_3$ has all $\tilde y_S$ as eigenvectors.",
            ),
            Step(
                r"At $c_2=\frac12$, $c_3=\frac13$ the residuals are isotropic, with $\lambda=\frac1{18}$:",
                every(
                    Instance(second_moment, "==", lam * P, groups, model),
                    Instance(number(lam), "==", number(sp.Rational(1, 18)), groups, model),
                ),
            ),
            Step(
                r"""so by the criterion this is the optimum. It is no ETF, because $a_3>a_2$ (in units of $\lambda_H$),
                and neither $\Sigma_2$ nor $\Sigma_3$ has full rank; yet $h_S=\frac{c_m}{\lambda_H}\sum_{k\in S}w_k$
                with constants that depend on the multiplicity alone.""",
                Scalars().gt(3 * sp.log(5) - 2 * sp.log(4), 0, 2 * sp.log(sp.Rational(5, 4)) + sp.log(5)),
            ),
        ),
        controls=(
            Control(
                r"the centered labels orthogonal when $|S\cap T|=0$",
                TAGWISE.eq(y_tilde(S).T * y_tilde(T), y(S).T * y(T)),
            ),
            Control(
                r"$\tilde y_S,\tilde y_T$ orthogonal whatever the eigenvalues", algebra.eq(y_tilde(S).T * y_tilde(T), 0)
            ),
            Control(
                r"equal constants $c_2=c_3$ in the example",
                Instance((y_tilde(S) * y_tilde(S).T).over(S), "==", 2 * lam * P, groups, model),
            ),
            Control("the example an ETF", Scalars().gt(2 * sp.log(4) - 3 * sp.log(5), 0)),
        ),
    )
