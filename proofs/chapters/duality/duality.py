r"""Chapter U, second half: the dual of the unconstrained feature model, and what it certifies.

The gap between any point and any dual candidate is an exact sum of four terms, each with a meaning; everything else in
the chapter is read off from it: which stationary points are optimal, that the geometry is unique, that full-rank
residuals are isotropic, when everything collapses, and how a small gap encloses the whole geometry.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy as sp

from proofs.chapters.stationarity.stationarity import EIGEN
from proofs.kernel.checks import Equation, Identity
from proofs.kernel.compound import every, lemma
from proofs.kernel.derivation import Control, Derivation, Part, Step, proves
from proofs.kernel.explicit import Instance
from proofs.kernel.formula import Letter, eye, norm2, number, trace
from proofs.kernel.models import Model
from proofs.kernel.normal_form import Rule
from proofs.kernel.outcome import Sign
from proofs.kernel.scalars import Scalars
from proofs.letters.feature_model import (
    BIAS,
    BIAS_CASES,
    BOUNDED,
    CLASSIFIER,
    FEASIBLE,
    FEATURES,
    FENCHEL_YOUNG_MEAN,
    INVERTED,
    NO_BIAS,
    PAL_RESIDUALS,
    PARTIAL_RANK,
    PARTIAL_SADDLE,
    POINTS,
    SADDLE,
    Above,
    G,
    R,
    Slack,
    W_plus,
    b,
    dual,
    feature_mismatch,
    gap,
    gaps,
    h,
    lam,
    lambda_H,
    lambda_W,
    loss_value,
    point,
    primal,
    r,
    rho,
    slack_term,
    with_letters,
    without_bias_term,
    z,
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
    labels,
    logits,
    multiplicity,
    over_labels,
    sigmoid,
    softmax,
)
from proofs.letters.vocabulary import (
    FIXED,
    MIXED,
    SETS,
    K,
    M,
    P,
    S,
    Sigma,
    T,
    W,
    d,
    f,
    label_model,
    m,
    m_of,
    ones,
    v,
    y,
    y_tilde,
)

Half = sp.Rational(1, 2)


# ====================================================================== U6: the gap identity

_cross = Letter("A", K, d)
_A = _cross()
_CROSS = (_A, (r(S) * h(S).T).over(S))

_GAPS = POINTS.extended(definitions=(_CROSS,))
_CERTIFIED = FEASIBLE.extended(definitions=(_CROSS,))
_BOUNDED = BOUNDED.extended(definitions=(_CROSS,))

_BIASED = _CERTIFIED.extended(
    models=(
        point(
            "the collapsed MSE point of K = 2, 1/2 on {1}, 1/2 on {2}, with b = (1/2, 1/2) and r = y",
            2,
            {(1,): 1, (2,): 1},
            classifier=[[0, 0], [0, 0]],
            regularisation=(1, 1),
            residuals={(1,): (1, 0), (2,): (0, 1)},
            bias=(Half, Half),
        ),
    )
)

_bias_term = (b.T * r(S)).over(S)


@proves("U6")
def gap_identity() -> Derivation:
    """U6: the dual, weak duality and the exact gap, with and without a bias."""
    pairs = norm2(h(S)).over(S)
    mismatch = norm2(W - 1 / lambda_W * _A)
    identity = gaps + lambda_W / 2 * mismatch + 1 / (2 * lambda_W) * (lam * pairs - norm2(_A)) - _bias_term
    certificate = (
        gaps
        + lambda_W / 2 * mismatch
        + lambda_H / 2 * norm2(h(S) - 1 / lam * (_A.T * r(S))).over(S)
        + 1 / (2 * lambda_W * lam) * trace(_A.T * Slack * _A)
    )
    of_norm = rho * norm2(h(S) - 1 / rho * (_A.T * r(S))).over(S) + 1 / rho * trace(_A.T * Above * _A)
    return Derivation(
        symbols=(
            (r"D_S(r_S),\ \Delta_S(r_S,z_S)", "dual value and divergence of U5, for whichever of the three losses"),
            (r"A", r"the classifier that the pairs $(r_S,h_S)$ ask for, up to $\lambda_W$"),
            (r"\rho", r"any upper bound of the eigenvalues of $R$"),
        ),
        steps=(
            Step(
                r"""Add up the Fenchel-Young identities $L_S-D_S=\Delta_S-r_S^\top z_S$, which U5 gives for the three
                losses, and complete the square in $W$. The bias enters through $z_S=Wh_S+b$ alone:""",
                _GAPS.eq(primal - dual, identity, FENCHEL_YOUNG_MEAN),
            ),
            Step(
                r"""The third term is as large as the spectral norm allows: if $R\preceq\rho I$ then
                $\|A\|_F^2\le\rho\sum_S\pi_S\|h_S\|^2$,""",
                _BOUNDED.ge(rho * pairs, norm2(_A), of_norm),
            ),
            Step(
                r"""so with $\rho=\lambda$ every term is nonnegative, and the bias term is zero, either because there
                is no bias or because the residuals have mean zero:""",
                every(
                    *(
                        (
                            words,
                            _CERTIFIED.ge(primal - dual, 0, certificate, FENCHEL_YOUNG_MEAN, without_bias_term(case)),
                        )
                        for words, case in BIAS_CASES
                    )
                ),
            ),
        ),
        controls=(
            Control("the bias term forgotten", _GAPS.eq(primal - dual, identity + _bias_term, FENCHEL_YOUNG_MEAN)),
            Control(
                "the bias term with the opposite sign",
                _GAPS.eq(primal - dual, identity + 2 * _bias_term, FENCHEL_YOUNG_MEAN),
            ),
            Control(
                r"$\lambda_W$ in place of $\lambda$ in the third term",
                _GAPS.eq(
                    primal - dual,
                    gaps + lambda_W / 2 * mismatch + 1 / (2 * lambda_W) * (lambda_W * pairs - norm2(_A)) - _bias_term,
                    FENCHEL_YOUNG_MEAN,
                ),
            ),
            Control(r"the spectral norm halved", _BOUNDED.ge(rho / 2 * pairs - norm2(_A), 0, of_norm)),
            Control(
                r"weak duality without $R\preceq\lambda I$",
                _GAPS.ge(primal - dual, 0, None, FENCHEL_YOUNG_MEAN, without_bias_term("no bias")),
            ),
            Control(
                "weak duality with a bias although the residuals do not have mean zero",
                _BIASED.ge(primal - dual, 0, certificate, FENCHEL_YOUNG_MEAN),
            ),
        ),
    )


@proves("U6a")
def second_gap_identity() -> Derivation:
    """U6a: the gap as a sum whose terms are all visibly nonnegative, and complementary slackness."""
    identity = gaps + lambda_H / 2 * feature_mismatch + 1 / (2 * lambda_H) * trace((lam * eye(K) - R) * G) - _bias_term
    optimal = Equation("the absence of a gap", trace(W.T * Slack * W), 0)
    root = Letter("B", K, K)()
    rooted = FEASIBLE.extended(letters=(root.data[0],))
    factored = Equation("the Gram factorization", Slack, root.T * root)
    return Derivation(
        steps=(
            Step(
                r"Complete the square in the features instead of the classifier:",
                POINTS.eq(primal - dual, identity, FENCHEL_YOUNG_MEAN),
            ),
            Step(
                r"All terms are nonnegative when $R\preceq\lambda I$:",
                every(
                    *(
                        (
                            words,
                            FEASIBLE.ge(
                                primal - dual,
                                0,
                                gaps + lambda_H / 2 * feature_mismatch + slack_term,
                                FENCHEL_YOUNG_MEAN,
                                without_bias_term(case),
                            ),
                        )
                        for words, case in BIAS_CASES
                    )
                ),
            ),
            Step(
                r"A positive semidefinite slack has a root,",
                lemma(
                    "Gram factorization",
                    r"A symmetric positive semidefinite matrix is $B^\top B$ for some matrix $B$.",
                    ("symmetric:", FEASIBLE.eq(Slack.T, Slack)),
                    ("nonnegative:", FEASIBLE.ge(v.T * Slack * v, 0)),
                    gives=r"\lambda I-R = B^{\top}\,B",
                ),
            ),
            Step(
                r"so the last term is zero only if $BW=0$, hence $(\lambda I-R)W=B^\top BW=0$:",
                rooted.zero_iff(trace(W.T * Slack * W), root * W, (W.T * factored * W).traced),
            ),
        ),
        controls=(
            Control(
                r"the last term with $\frac1{2\lambda_W}$",
                POINTS.eq(
                    primal - dual,
                    gaps
                    + lambda_H / 2 * feature_mismatch
                    + 1 / (2 * lambda_W) * trace((lam * eye(K) - R) * G)
                    - _bias_term,
                    FENCHEL_YOUNG_MEAN,
                ),
            ),
            Control(
                "the features' term dropped",
                POINTS.eq(
                    primal - dual,
                    gaps + 1 / (2 * lambda_H) * trace((lam * eye(K) - R) * G) - _bias_term,
                    FENCHEL_YOUNG_MEAN,
                ),
            ),
            Control(
                r"complementary slackness $\mathrm{tr}\,(\lambda I-R)=0$ instead of on the range of $W$",
                FEASIBLE.eq(trace(Slack), 0, optimal),
            ),
        ),
    )


# ---------------------------------------------------------------------- existence

_m_bar = sp.Symbol(r"\bar{m}", positive=True)
_r0 = Letter("r0", K, indices=(SETS,), tex="{{r^{{0}}}}_{{{0}}}")
_Q = Letter("Q", K, K)()
_C = Letter("C", K, K, symmetric=True)()
_cardinality = Equation("the label cardinality", ones.T * f, _m_bar)
_OBLIQUE = MIXED.extended(
    definitions=(
        (_r0(S), y(S) - m_of[S.symbol] / _m_bar * f),
        (_Q, eye(K) - 1 / _m_bar * (f * ones.T)),
        (_C, M - f * f.T),
    ),
    models=(
        label_model(3, {(1,): 1, (2, 3): 2, (3,): 1}, sizes={_m_bar: sp.Rational(3, 2)}),
        label_model(4, {(1,): 1, (1, 2): 1, (2, 3, 4): 3, (3,): 2}, sizes={_m_bar: 2}),
    ),
)
_shift = Letter("delta", K, tex=r"\delta")
_scale = sp.Symbol("t", positive=True)


def _perturbed(model: Model) -> Model:
    """The model with a perturbation of the frequencies of the first two labels."""
    return with_letters(model, {"delta": lambda: [[1], [-1], *[[0]] * (model.sizes[K] - 2)]}, {_scale: Half})


_SHIFTED = _OBLIQUE.extended(letters=(_shift,), models=tuple(_perturbed(model) for model in _OBLIQUE.models))


@proves("U6b")
def existence() -> Derivation:
    """U6b: when a minimiser exists, and how large the bias can be."""
    t = _scale
    share, target, size = sp.symbols("y g m", positive=True)
    delta = _shift()
    of_pal = t * (y(S) - m_of[S.symbol] / _m_bar * (f + delta))
    of_bce = t * (y(S) - f - delta)
    cardinality = _cardinality * (t / _m_bar * (f + delta))
    return Derivation(
        symbols=(
            (
                r"\delta\in\mathbb R^K",
                r"a perturbation of the frequencies, small enough for $f+\delta$ to be frequencies",
            ),
        ),
        steps=(
            Step(
                r"""Without assuming $\sum_S\pi_Sr_S=0$ the gap identity U6a bounds the bias: for every $r$ with
                $R\preceq\lambda I$""",
                FEASIBLE.ge(
                    primal, dual - _bias_term, gaps + lambda_H / 2 * feature_mismatch + slack_term, FENCHEL_YOUNG_MEAN
                ),
                r"""With $r=0$ it reads $F\ge D(0)\ge0$, and U6a says that $F$ then exceeds $D(0)$ by at least the two
                    penalties.""",
            ),
            Step(
                r"""Perturb the frequencies that all predictions would be at collapse. For PAL-CE let
                $r_S=t\,(y_S-\frac{m_S}{\bar m}(f+\delta))$ with $\mathbf 1^\top\delta=0$ and $f+\delta\ge0$, for BCE
                $r_S=t\,(y_S-f-\delta)$ with $0\le f+\delta\le1$. They are in the domain, for PAL-CE because""",
                Scalars().eq(
                    (share - t * (share - size * target / _m_bar)) / size, (1 - t) * share / size + t * target / _m_bar
                ),
                r"""is a convex combination of probability vectors, with $g=f+\delta$; BCE in the same way. And
                $D(r)\ge0$, since entropies are nonnegative.""",
            ),
            Step(
                r"Their means are minus the perturbation:",
                every(
                    ("PAL-CE", _SHIFTED.eq(of_pal.over(S), -t * delta, -cardinality)),
                    ("BCE, MSE", _SHIFTED.eq(of_bce.over(S), -t * delta)),
                ),
                r"""So $F\ge t\,b^\top\delta$. With $\delta=\min_lf_l\,(e_j-e_k)$, respectively
                $\delta=\pm\min(f_k,1-f_k)\,e_k$, these are the bounds of the statement. For MSE any $\delta$ is
                allowed, and $D$ is bounded on $\|\delta\|\le1$. On a set where $F$ is bounded therefore so are $W$,
                $H$ and $b$ (for PAL-CE up to multiples of $\mathbf 1$, which change nothing), and the continuous
                function $F$ has a minimiser.""",
            ),
            Step(
                r"""Conversely, if label $j$ never occurs then $\partial F/\partial b_j=-\sum_s\pi_sr_{s,j}$ (U2) is
                positive at every point, for PAL-CE""",
                ENTRIES.gt(multiplicity * softmax(at_z, fixed), 0),
                r"""(for BCE with $\sigma$ in place of $m\,\mathrm{softmax}$), so no point is stationary.""",
            ),
            Step(
                r"""If label $j$ is always present, for BCE minus the derivative is a mean of $1-\sigma(z_{S,j})$,
                positive too:""",
                ENTRIES.gt(1 - sigmoid(at_z, fixed), 0, 1 / (1 + sp.exp(logits[fixed]))),
            ),
        ),
        controls=(
            Control(
                "the bound without the bias term",
                _BIASED.ge(primal - dual, 0, gaps + lambda_H / 2 * feature_mismatch + slack_term, FENCHEL_YOUNG_MEAN),
            ),
            Control("the mean with the opposite sign", _SHIFTED.eq(of_pal.over(S), t * delta, -cardinality)),
            Control("the residuals of BCE for PAL-CE, which do not add up to zero", _SHIFTED.eq(ones.T * of_bce, 0)),
            Control(
                r"a label that is always present pushed up for ever by PAL-CE too: $1-m\,\mathrm{softmax}\ge0$",
                ENTRIES.ge(1 - multiplicity * softmax(at_z, fixed), 0),
            ),
        ),
    )


# ====================================================================== U7: optimality

_GAP_ZERO = Equation("that r is the residual at z", gap(S), 0)
_eps, _alpha, _curv, _s, _mu = sp.symbols("epsilon alpha c s mu", positive=True)
_direction, _spare = Letter("v", K), Letter("u", d)
_new_loss = Letter("L'", tex="L_{{{0}}}({{z'}}_{{{0}}})", indices=(SETS,))
_excess = Letter("B_S", tex=r"\Delta'_{{{0}}}", indices=(SETS,), sign=Sign.NONNEGATIVE)
_W1 = Letter("W'", K, d)()
_h1 = Letter("h'", d, indices=(SETS,), tex="{{h'}}_{{{0}}}")
_z1 = Letter("z'", K, indices=(SETS,), tex="{{z'}}_{{{0}}}")
_unit_v, _u = Letter("v1", K, tex="v")(), _spare()


def _moved(model: Model, direction: Sequence[Any], spare: Sequence[Any], step: Any = 1) -> Model:
    """The model with a direction, a spare feature dimension, and the MSE after a step along them."""
    along, across = sp.Matrix(direction), sp.Matrix(spare)
    matrix = sp.Matrix(model.letters["W"]())
    energy = sum(
        weight * (along.T * sp.Matrix(model.letters["r"](s)))[0, 0] ** 2 for weight, s in model.members["label sets"]
    )
    slope = sp.Rational(3, 2)

    def new_logits(s: Any) -> sp.Matrix:
        pull = (along.T * sp.Matrix(model.letters["r"](s)))[0, 0]
        feature = sp.Matrix(model.letters["h"](s)) + step * pull * across
        return (matrix + step * slope * along * across.T) * feature + sp.Matrix(model.letters["b"]())

    def old_logits(s: Any) -> sp.Matrix:
        return matrix * sp.Matrix(model.letters["h"](s)) + sp.Matrix(model.letters["b"]())

    def half_square(vector: sp.Matrix) -> sp.Matrix:
        return vector.T * vector / 2

    return with_letters(
        model,
        {
            "v1": lambda: along,
            "u": lambda: across,
            "L'": lambda s: half_square(new_logits(s) - sp.Matrix(model.letters["y"](s))),
            "B_S": lambda s: half_square(new_logits(s) - old_logits(s)),
        },
        {_eps: step, _alpha: slope, rho: energy},
    )


_DESCENT = POINTS.extended(
    letters=(_unit_v.data[0], _spare, _new_loss, _excess),
    definitions=(
        (_W1, W + _eps * _alpha * (_unit_v * _u.T)),
        (_h1(S), h(S) + _eps * (_unit_v.T * r(S)) * _u),
        (_z1(S), _W1 * _h1(S) + b),
    ),
    rules=(
        Rule(_u.T * _u, 1, "a unit vector"),
        Rule(_unit_v.T * _unit_v, 1, "a unit vector"),
        Rule(W * _u, 0, "u is a spare direction of the features"),
    ),
    models=(
        _moved(PARTIAL_SADDLE, (1, 0), (1, 0)),
        _moved(SADDLE, (sp.Rational(3, 5), sp.Rational(4, 5)), (1, 0), 2),
        _moved(PARTIAL_RANK, (0, 1), (0, 1)),
    ),
)
_TANGENT = Equation("the divergence of the loss", _new_loss(S) - loss_value(S), _excess(S) - r(S).T * (_z1(S) - z(S)))
_ENERGY = Equation("the energy along v", _unit_v.T * R * _unit_v, rho)
_new_primal = _new_loss(S).over(S) + lambda_W / 2 * norm2(_W1) + lambda_H / 2 * norm2(_h1(S)).over(S)
_gain = lambda_W * _alpha**2 / 2 + lambda_H * rho / 2 - _alpha * rho


def _descent_steps() -> tuple[Step, ...]:
    pull = _unit_v.T * r(S)
    return (
        Step(
            r"""Let $v\in\mathbb R^K$ and $u\in\mathbb R^d$ be unit vectors with $Wu=0$, and move to
            $W'=W+\varepsilon\alpha\,vu^\top$, $h'_S=h_S+\varepsilon(v^\top r_S)u$. Since $u^\top
            h_S=\frac1{\lambda_H}(Wu)^\top r_S=0$ the logits move along $v$ alone, to second order in $\varepsilon$:""",
            _DESCENT.eq(_z1(S), z(S) + _eps**2 * _alpha * pull * _unit_v, _eps * _alpha * (_unit_v * _u.T) * FEATURES),
        ),
        Step(
            r"""The penalties move by squares, and the loss by its slope and by its divergence $\Delta'_S\ge0$ from
            the tangent. With $v^\top Rv=\rho$,""",
            _DESCENT.eq(
                _new_primal - primal,
                _excess(S).over(S) + _eps**2 * _gain,
                _TANGENT.over(S),
                (-_eps * _alpha * (r(S).T * _unit_v * _u.T) * FEATURES).over(S),
                (lambda_H * _eps * (pull * _u.T) * FEATURES).over(S),
                _eps**2 * (lambda_H / 2 - _alpha) * _ENERGY,
            ),
        ),
        Step(
            r"The second-order term is least at $\alpha=\rho/\lambda_W$, where it is negative iff $\rho>\lambda$:",
            Scalars().eq(_gain.subs(_alpha, rho / lambda_W), -rho * (rho - lam) / (2 * lambda_W)),
        ),
    )


def _sufficiency() -> Part:
    balanced = (
        FENCHEL_YOUNG_MEAN,
        _GAP_ZERO.over(S),
        (lambda_W / 2 * W.T * CLASSIFIER).traced,
        (lambda_H / 2 * h(S).T * FEATURES).over(S),
    )
    return Part(
        title="Sufficiency",
        statement=r"A stationary point with $R\preceq\lambda I$ is globally optimal, for any $d$.",
        source="new here",
        steps=(
            Step(
                r"At a stationary point its own residuals close the gap, whatever $R$ is:",
                every(
                    *(
                        (words, POINTS.eq(primal, dual, *balanced, without_bias_term(case)))
                        for words, case in BIAS_CASES
                    )
                ),
                r"""If $R\preceq\lambda I$ these residuals are dual feasible, so $F=D(r)\le\min F$ by U6.""",
            ),
        ),
        controls=(
            Control(
                "no gap at points that are stationary in the features only",
                POINTS.eq(primal, dual, balanced[0], balanced[1], balanced[3], without_bias_term("no bias")),
            ),
            Control(
                "no gap between a point and residuals of another one",
                POINTS.eq(primal, dual, balanced[0], *balanced[2:], without_bias_term("no bias")),
            ),
            Control(
                r"residuals at a stationary point always feasible",
                POINTS.ge(v.T * (lam * eye(K) - R) * v, 0, None, v.T * EIGEN * W.T * v),
            ),
        ),
    )


_ray, _direction_entries = sp.Symbol("t", real=True), sp.IndexedBase("v", real=True)


def _along(at: Any) -> Any:
    """Logits on a line."""
    return logits[at] + _ray * _direction_entries[at]


def _curvature_steps() -> tuple[Step, ...]:
    """The curvature of the three losses, and the bounds of it that Taylor's theorem needs."""
    t, a, along = _ray, _direction_entries, _along
    top, bottom = sp.symbols("v_max v_min", real=True)
    mean = over_labels(softmax(along, entry) * a[entry])
    square = over_labels(a[entry] ** 2)
    return (
        Step(
            r"The second derivatives of the losses along $v$ at any logits, for PAL-CE, BCE and MSE in turn:",
            every(
                (
                    "PAL-CE",
                    ENTRIES.eq(
                        sp.Derivative(PAL.value(along, labels, multiplicity), (t, 2)),
                        multiplicity * (over_labels(softmax(along, entry) * a[entry] ** 2) - mean**2),
                    ),
                ),
                (
                    "BCE",
                    ENTRIES.eq(
                        sp.Derivative(BCE.value(along, labels, multiplicity), (t, 2)),
                        over_labels(sigmoid(along, entry) * (1 - sigmoid(along, entry)) * a[entry] ** 2),
                    ),
                ),
                ("MSE", ENTRIES.eq(sp.Derivative(MSE.value(along, labels, multiplicity), (t, 2)), square)),
            ),
        ),
        Step(
            r"The curvature of PAL-CE is $m$ times a variance.",
            lemma(
                "Popoviciu's inequality",
                r"""The variance of a random variable with values between $v_{\min}$ and $v_{\max}$ is at most
                $\frac14(v_{\max}-v_{\min})^2$.""",
                ("softmax is a probability vector,", ENTRIES.eq(over_labels(softmax(at_z, entry)), 1)),
                ("and positive:", ENTRIES.gt(softmax(at_z, fixed), 0)),
                gives=r"\sum_kp_kv_k^2-\Bigl(\sum_kp_kv_k\Bigr)^2\ \le\ \frac14(v_{\max}-v_{\min})^2",
            ),
        ),
        Step(
            r"So the curvatures are at most $c\|v\|^2$, with $c=\frac m2$ for PAL-CE, $\frac14$ for BCE and 1 for MSE:",
            lemma(
                "Taylor's theorem",
                r"""If the second derivative along every direction $v$ is at most $c\|v\|^2$, the
                function lies above its tangent by at most $\frac c2$ times the squared distance.""",
                (
                    r"PAL-CE, where $\frac12\|v\|^2\ge\frac12(v_{\max}^2+v_{\min}^2)$:",
                    ENTRIES.ge((top**2 + bottom**2) / 2 - (top - bottom) ** 2 / 4, 0, (top + bottom) ** 2 / 4),
                ),
                (
                    "BCE, coordinate by coordinate:",
                    ENTRIES.ge(
                        sp.Rational(1, 4) - sigmoid(at_z, fixed) * (1 - sigmoid(at_z, fixed)),
                        0,
                        (Half - sigmoid(at_z, fixed)) ** 2,
                    ),
                ),
                gives=r"\Delta'_S\ \le\ \frac c2\,\left\lVert z'_S-z_S\right\rVert^{2}",
            ),
        ),
    )


def _necessity() -> Part:
    return Part(
        title="Necessity",
        statement=r"""If $d\ge K$ (for PAL-CE $d\ge K-1$) a stationary point with $\lambda_{\max}(R)>\lambda$ is not
            even a local minimum.""",
        source="new here",
        symbols=(
            ("u", r"a direction of the features that $W$ does not use, $v$ an eigenvector of $R$"),
            (r"\Delta'_S", r"$L_S(z'_S)-L_S(z_S)+r_S^\top(z'_S-z_S)$, the divergence of U1"),
        ),
        steps=(
            *_descent_steps(),
            *_curvature_steps(),
            Step(
                r"""where $c=\frac12\max_Sm_S$ for PAL-CE. The logits move by""",
                _DESCENT.eq(norm2(_z1(S) - z(S)).over(S), _eps**4 * _alpha**2 * rho, *_logit_step_squared()),
                r"""of fourth order in $\varepsilon$. So $F$ decreases for small $\varepsilon$ if
                $\rho=\lambda_{\max}(R)>\lambda$. A spare direction $u$ exists unless $\mathrm{rank}\,W=d$; then $W$
                has the largest possible rank, and $R=\lambda I$, for PAL-CE $R=\lambda P$ (U8), so $R\preceq\lambda
                I$.""",
            ),
        ),
        controls=(
            Control(
                r"the second-order term without the coupling of $W$ and $h$",
                _DESCENT.eq(
                    _new_primal - primal,
                    _excess(S).over(S) + _eps**2 * (_gain + _alpha * rho),
                    _TANGENT.over(S),
                    _eps**2 * (lambda_H / 2 - _alpha) * _ENERGY,
                ),
            ),
            Control(
                "the curvature of PAL-CE without the square of the mean",
                ENTRIES.eq(
                    sp.Derivative(PAL.value(_along, labels, multiplicity), (_ray, 2)),
                    multiplicity * over_labels(softmax(_along, entry) * _direction_entries[entry] ** 2),
                ),
            ),
            Control(
                r"the curvature of BCE at most $\frac15$",
                ENTRIES.ge(sp.Rational(1, 5) - sigmoid(at_z, fixed) * (1 - sigmoid(at_z, fixed)), 0),
            ),
            Control(
                r"a descent although $\rho<\lambda$", Scalars((rho < lam,)).gt(rho * (rho - lam) / (2 * lambda_W), 0)
            ),
        ),
        remark=r"""For smaller $d$ there may be no spare direction, and the optimum of the restricted problem need not
            satisfy $R\preceq\lambda I$.""",
    )


def _logit_step_squared() -> tuple[Equation, ...]:
    """The square of what the logits move by, from the first descent step."""
    move = Equation("the move of the logits", _z1(S) - z(S), _eps**2 * _alpha * (_unit_v.T * r(S)) * _unit_v)
    return (
        ((_z1(S) - z(S)).T * move).over(S),
        (move.T * (_eps**2 * _alpha * (_unit_v.T * r(S)) * _unit_v)).over(S),
        _eps**4 * _alpha**2 * _ENERGY,
    )


def _uniqueness() -> Part:
    return Part(
        title="Uniqueness",
        statement=r"""The dual optimum $r^*$ is unique, the residuals of every optimal point are $r^*$, and all
            optimal points have the same predictions, the same $G$ and the same inner products of features and
            classifier rows.""",
        source="new here",
        steps=(
            Step(
                r"""Let $(W,H,b)$ be optimal and $r$ feasible with $D(r)=\min F$. The gap is at least the divergence
                of the predictions,""",
                every(
                    *(
                        (
                            words,
                            FEASIBLE.ge(
                                primal - dual,
                                gaps,
                                lambda_H / 2 * feature_mismatch + slack_term,
                                FENCHEL_YOUNG_MEAN,
                                without_bias_term(case),
                            ),
                        )
                        for words, case in BIAS_CASES
                    )
                ),
                r"""and it is zero. So every $\Delta_S(r_S,z_S)$ is zero, that is $r_S$ is the residual at $z_S$ (U5).
                By sufficiency and necessity the residuals of some optimal point are dual optimal; hence there is one
                dual optimum, and it consists of the residuals of *every* optimal point. Equal residuals are equal
                predictions, and by U10 they determine $G$ and all inner products.""",
            ),
        ),
        controls=(
            Control(
                "the gap at least twice the divergence",
                FEASIBLE.ge(
                    primal - dual - 2 * gaps,
                    0,
                    lambda_H / 2 * feature_mismatch + slack_term,
                    FENCHEL_YOUNG_MEAN,
                    without_bias_term("no bias"),
                ),
            ),
        ),
        remark=r"""$W$ and $H$ themselves are unique up to a rotation of the features. A minimiser exists at $b=0$
            because $F$ is coercive, and for a free bias when $f_k>0$ (PAL-CE), $0<f_k<1$ (BCE).""",
    )


@proves("U7")
def global_certificate() -> Derivation:
    """U7: a stationary point is optimal iff R is at most lambda, and the geometry is unique."""
    return Derivation.in_parts(_sufficiency(), _necessity(), _uniqueness())


# ====================================================================== U7a: the depth

_large, _alive = sp.symbols("D q", integer=True, positive=True)
_g = sp.Symbol("g", positive=True)
_embedding, _unused = Letter("E", _large, d), Letter("U", _large, _alive)
_vectors = Letter("V", K, _alive)
_singular = Letter("Lambda", _alive, _alive, tex=r"\Lambda", symmetric=True)
_step = Letter("B", _alive, _alive, symmetric=True)
_E, _U, _V, _L, _B = _embedding(), _unused(), _vectors(), _singular(), _step()
_W2 = Letter("W''", K, _large, tex="W'")()
_h2 = Letter("h''", _large, indices=(SETS,), tex="{{h'}}_{{{0}}}")
_z2 = Letter("z''", K, indices=(SETS,), tex="{{z'}}_{{{0}}}")


def _enlarged() -> Model:
    """The MSE at ``W = 0`` with features that are wasted, and the best step along both coordinates for ``c = 2``."""
    wasted = point(
        "W = 0 and idle features for the MSE with K = 2, 16/25 on {1}, 9/25 on {2}, at lambda = (11/25)^2",
        2,
        {(1,): 16, (2,): 9},
        classifier=[[0], [0]],
        regularisation=(sp.Rational(11, 50), sp.Rational(22, 25)),
        residuals={(1,): (1, 0), (2,): (0, 1)},
        features={(1,): (1,), (2,): (-2,)},
    )
    roots, step = sp.diag(sp.Rational(4, 5), sp.Rational(3, 5)), sp.diag(sp.Rational(3, 8), sp.Rational(1, 3))

    def moved(s: Any) -> sp.Matrix:
        return 2 * roots * step**2 * sp.Matrix(wasted.letters["r"](s))

    def half_square(vector: sp.Matrix) -> sp.Matrix:
        return vector.T * vector / 2

    return with_letters(
        wasted,
        {
            "E": lambda: [[1], [0], [0]],
            "U": lambda: [[0, 0], [1, 0], [0, 1]],
            "V": lambda: sp.eye(2),
            "Lambda": lambda: roots,
            "B": lambda: step,
            "L'": lambda s: half_square(moved(s) - sp.Matrix(wasted.letters["y"](s))),
            "B_S": lambda s: half_square(moved(s)),
        },
        {_large: 3, _alive: 2, _g: 2, _mu: sp.Rational(11, 25), _curv: 2},
    )


_ENLARGED = POINTS.extended(
    letters=(_embedding, _unused, _vectors, _singular, _step, _new_loss, _excess),
    definitions=(
        (_W2, W * _E.T + _g * (_V * _L * _B * _U.T)),
        (_h2(S), _E * h(S) + _U * _B * _V.T * r(S)),
        (_z2(S), _W2 * _h2(S) + b),
    ),
    rules=(
        Rule(_E.T * _E, eye(d), "the old features are kept"),
        Rule(_U.T * _U, eye(_alive), "orthonormal new ones"),
        Rule(_E.T * _U, 0, "across the old ones"),
        Rule(_U.T * _E, 0, "across the old ones"),
        Rule(_V.T * _V, eye(_alive), "orthonormal eigenvectors"),
    ),
    models=(_enlarged(),),
)
_TANGENT_2 = Equation("the divergence of the loss", _new_loss(S) - loss_value(S), _excess(S) - r(S).T * (_z2(S) - z(S)))
_SPECTRUM = Equation("eigenvectors of R", _V.T * R * _V, _L * _L)
_RATIO = Equation("the ratio of the penalties", number(lambda_H), number(_g**2 * lambda_W))
_ROOT = Equation("the root of lambda", number(_mu), number(_g * lambda_W))
_BEST = Equation("the best step", _L * _L * _B * _B, 1 / (_curv * _g) * (_L - _mu * eye(_alive)))
_new_primal_2 = _new_loss(S).over(S) + lambda_W / 2 * norm2(_W2) + lambda_H / 2 * norm2(_h2(S)).over(S)
_effort, _pull = trace(_L * _L * _B * _B), trace(_L * _L * _L * _B * _B)
_depth = trace((_L - _mu * eye(_alive)) * (_L - _mu * eye(_alive)))


_lost = (sp.sqrt(sp.Rational(4, 5)) - sp.sqrt(sp.Rational(9, 20))) ** 2 / 2


def _completed(share: Any) -> Identity:
    """What the step changes at most, with the best step inserted."""
    square = trace(_L * _L * _B * _B * _L * _L * _B * _B)
    return _ENLARGED.eq(
        _g * _mu * _effort - _g * _pull + _curv / 2 * _g**2 * square,
        -share / _curv * _depth,
        (_g * _mu * _BEST).traced,
        (-_g * _L * _BEST).traced,
        (_curv / 2 * _g**2 * (_L * _L * _B * _B) * _BEST).traced,
        (_g / 2 * (_L - _mu * eye(_alive)) * _BEST).traced,
    )


def _two_penalties(linear: Any) -> Identity:
    return _ENLARGED.eq(
        _new_primal_2 - primal,
        _excess(S).over(S) + _g * _mu * _effort - linear * _pull,
        _TANGENT_2.over(S),
        (lambda_H / 2 * (_B * _B) * _SPECTRUM).traced,
        (-_g * (_L * _B * _B) * _SPECTRUM).traced,
        _RATIO * (_effort / 2),
        _ROOT * (-_g * _effort),
    )


@proves("U7a")
def depth_of_saddles() -> Derivation:
    """U7a: no spurious local minima, and how much any point can be improved."""
    return Derivation(
        symbols=(
            (
                r"V,\ \Lambda",
                r"orthonormal eigenvectors of $R$ with eigenvalue above $\lambda$, and the roots $\sqrt{\rho_i}$",
            ),
            (r"E,\ U", r"the old feature space in one that is larger, and new features for every eigenvector"),
            (r"g=\sqrt{\lambda_H/\lambda_W},\ \mu=\sqrt\lambda", "so that $\\mu=g\\lambda_W$"),
            ("B", "the size of the step, diagonal like $\\Lambda$"),
        ),
        steps=(
            Step(
                r"""Local minima are stationary points, and by U7 one that is not optimal is no local minimum. For the
                depth give the model more features, which does not change $\min F$: it is attained by factors of the
                best logits, whose rank is at most $K$ (PAL-CE: $K-1$; U5). With $W'=WE^\top+gV\Lambda BU^\top$ and
                $h'_S=Eh_S+UBV^\top r_S$ the logits move along their residuals:""",
                _ENLARGED.eq(_z2(S), z(S) + _g * (_V * _L * _B * _B * _V.T * r(S))),
            ),
            Step(
                r"The penalties and the slope of the loss add up to traces, whatever the point is:", _two_penalties(_g)
            ),
            Step(
                r"The divergence is at most $\frac c2\|z'_S-z_S\|^2$ (U7, by Taylor's theorem), which is on average",
                _ENLARGED.eq(
                    norm2(_z2(S) - z(S)).over(S),
                    _g**2 * trace(_L * _L * _B * _B * _L * _L * _B * _B),
                    (_g**2 * (_B * _B * _L * _L * _B * _B) * _SPECTRUM).traced,
                ),
            ),
            Step(
                r"""The best step is $B^2=\frac1{cg}\Lambda^{-2}(\Lambda-\mu I)$, positive because $\rho_i>\lambda$.
                It completes the square, and $F$ falls by the depth:""",
                _completed(Half),
            ),
            Step(
                r"""For MSE $c=1$ and nothing was lost. At $W=0$ with the best bias the residuals are the targets of
                W2a; a direction with singular value $s$ costs $\frac12s^2$ there and $\mu s-\frac12\mu^2$ at the
                optimum, if $s>\mu$:""",
                every(
                    Scalars().eq(_s**2 / 2 - (_mu * _s - _mu**2 / 2), (_s - _mu) ** 2 / 2),
                    ("with two labels, at $W=0$ and at the optimum:", Instance(primal, "==", Half, POINTS, SADDLE)),
                    Instance(primal, "==", Half - _lost, POINTS, PARTIAL_RANK),
                ),
                r"where $\rho=\frac45$ and $\lambda=\frac9{20}$.",
            ),
        ),
        controls=(
            Control("twice the depth", _completed(1)),
            Control("half of the slope", _two_penalties(_g / 2)),
            Control(
                r"$(\rho-\lambda)^2$ in place of $(\sqrt\rho-\sqrt\lambda)^2$",
                Scalars().eq(_s**2 / 2 - (_mu * _s - _mu**2 / 2), (_s**2 - _mu**2) ** 2 / 2),
            ),
        ),
    )


# ====================================================================== U8: isotropy

_Pi = Letter("Pi", K, K, tex=r"\Pi")()
_RANGE = INVERTED.extended(definitions=((_Pi, W * W_plus),))
_NORMAL = Equation("the defining equation of the pseudo-inverse", W.T * W * W_plus, W.T)
_AT_THRESHOLD = with_letters(
    point(
        "the collapsed MSE optimum of K = 2, 4/5 on {1}, 1/5 on {2}, at lambda = 4/5, with v = (1, 0)",
        2,
        {(1,): 4, (2,): 1},
        classifier=[[0, 0], [0, 0]],
        regularisation=(sp.Rational(4, 5), 1),
        residuals={(1,): (1, 0), (2,): (0, 1)},
    ),
    {"v": lambda: [[1], [0]]},
)
_BELOW_THRESHOLD = with_letters(PARTIAL_RANK, {"v": lambda: [[0], [1]]})


@proves("U8")
def isotropy() -> Derivation:
    """U8: on full rank the residual second moment is isotropic, whatever the label distribution."""
    spans_contrasts = Equation("rank K - 1", W * W_plus, P)
    spans_all = Equation("rank K", W * W_plus, eye(K))
    eigen = EIGEN * W_plus
    centered = (1 / K * r(S) * PAL_RESIDUALS.T * ones.T).over(S)
    isotropic = Equation("isotropy", R, lam * P)
    return Derivation(
        symbols=((r"W^{+}", r"the pseudo-inverse, so that $WW^{+}=\Pi$ projects onto the range of $W$"),),
        steps=(
            Step(
                r"""PAL-CE: the columns of $W$ are in $\mathbf 1^\perp$ (U2), so rank $K-1$ means $WW^{+}=P$. The
                residuals are in $\mathbf 1^\perp$ too, so $R=RP=RWW^{+}=\lambda WW^{+}$ by (U3):""",
                _RANGE.eq(R, lam * P, centered, -1 * R * spans_contrasts, eigen, lam * spans_contrasts),
            ),
            Step(r"BCE and MSE: $WW^{+}=I$,", _RANGE.eq(R, lam * eye(K), -1 * R * spans_all, eigen, lam * spans_all)),
            Step(
                r"The mean squared residual is therefore known in advance; for PAL-CE",
                _RANGE.eq(norm2(r(S)).over(S), lam * (K - 1), isotropic.traced),
            ),
            Step(
                r"At any rank $R$ splits along the range of $W$, with $\Pi=\Pi^\top$:",
                _RANGE.eq(
                    R,
                    lam * _Pi + (eye(K) - _Pi.T) * R * (eye(K) - _Pi),
                    eigen,
                    W_plus.T * EIGEN.T,
                    -1 * W_plus.T * EIGEN.T * W * W_plus,
                    -lam * W_plus.T * _NORMAL,
                ),
                r"""The second part acts on the collapsed directions. At an optimum it is at most $\lambda$ by U7.""",
            ),
            Step(
                r"""It need not be less. With probabilities $\frac45$ and $\frac15$ on two single labels, MSE and
                $b=0$, the collapsed point $W=0$ is optimal at $\lambda=\frac45$, and $R$ has the eigenvalue $\lambda$
                on the collapsed direction $v=e_1$; while the optimum at $\lambda=\frac9{20}$ has it strictly below on
                $v=e_2$:""",
                every(
                    ("at 4/5", Instance(R * v, "==", lam * v, POINTS, _AT_THRESHOLD)),
                    ("at 9/20", Instance(number(lam) * (v.T * v), ">", v.T * R * v, POINTS, _BELOW_THRESHOLD)),
                ),
            ),
        ),
        controls=(
            Control(r"isotropy without full rank", _RANGE.eq(R, lam * eye(K), eigen)),
            Control(
                r"$R=\lambda P$ although the residuals are not centered",
                _RANGE.eq(R, lam * P, -1 * R * spans_all, eigen),
            ),
            Control(
                r"$R=\lambda_HP$",
                _RANGE.eq(R, lambda_H * P, centered, -1 * R * spans_contrasts, eigen, lam * spans_contrasts),
            ),
            Control(
                r"strictly below $\lambda$ on every collapsed direction of every optimum",
                Instance(number(lam) * (v.T * v), ">", v.T * R * v, POINTS, _AT_THRESHOLD),
            ),
        ),
    )


@proves("U8a")
def full_rank_is_optimal() -> Derivation:
    """U8a: a stationary point of the largest possible rank is a global optimum."""
    isotropic = Equation("U8", R, lam * P)
    return Derivation(
        steps=(
            Step(
                r"""For BCE and MSE $R=\lambda I$ (U8), which is $\preceq\lambda I$. For PAL-CE $R=\lambda P$ leaves a
                    square,""",
                POINTS.ge(lam * (v.T * v), v.T * R * v, lam / K * norm2(ones.T * v), -1 * v.T * isotropic * v),
                r"""so $R\preceq\lambda I$ again, and U7 applies: the point is a global optimum, and $G$ is unique.""",
            ),
        ),
        controls=(
            Control(
                r"$\lambda I$ replaced by $\frac\lambda2I$",
                POINTS.ge(lam / 2 * (v.T * v) - v.T * R * v, 0, lam / K * norm2(ones.T * v), -1 * v.T * isotropic * v),
            ),
            Control(
                r"feasibility without U8", POINTS.ge(lam * (v.T * v) - v.T * R * v, 0, lam / K * norm2(ones.T * v))
            ),
        ),
    )


# ====================================================================== U9: the collapse threshold

_ONE_SIZE = FIXED.extended(definitions=((_C, M - f * f.T),))


@proves("U9")
def collapse_threshold() -> Derivation:
    """U9: when W = 0 is globally optimal, for each loss and bias."""
    frequency = sp.Symbol("f", positive=True)
    below_one = Scalars((frequency < 1,))
    total = sp.Symbol(r"\bar{m}", positive=True)
    of_labels = sp.IndexedBase("f", positive=True)
    at_frequencies = PAL.residual(lambda at: sp.log(of_labels[at]), labels, multiplicity, fixed)
    frequencies_add_up = Equation("the label cardinality", over_labels(of_labels[entry]), total)
    two_labels = Scalars((K >= 2,), points=({K: 2, of_labels[1]: Half, of_labels[2]: 1, total: 3 * Half},))
    cofactor = multiplicity * of_labels[fixed] / (total * over_labels(of_labels[entry]))

    def nothing(at: Any) -> Any:  # noqa: ARG001
        return sp.Integer(0)

    def log_odds(at: Any) -> Any:  # noqa: ARG001
        return sp.log(frequency) - sp.log(1 - frequency)

    half_off = (y(S) - Half * ones) * (y(S) - Half * ones).T
    mean_off = (y(S) - f) * (y(S) - f).T
    return Derivation(
        symbols=(
            (r"C", r"the covariance of the label indicator"),
            (r"Q", r"the oblique centering that takes $y_S$ to $y_S-\frac{m_S}{\bar m}f$"),
        ),
        steps=(
            Step(
                r"""Without bias the residuals are those at zero logits: $y$ for MSE, $y-\sigma(0)=y-\frac12\mathbf 1$
                for BCE, and for PAL-CE, where softmax is uniform, $\tilde y$:""",
                ENTRIES.eq(PAL.residual(nothing, labels, multiplicity, fixed), indicator[fixed] - multiplicity / K),
            ),
            Step(
                r"""With a free bias $b$ minimises a convex function, so it is optimal iff the mean residual is zero
                (U2). The candidates are $b=\log f$ for PAL-CE and $b=\log\frac f{1-f}$ for BCE, entry by entry, and
                $b=f$ for MSE. Their residuals are""",
                every(
                    (
                        "PAL-CE",
                        two_labels.eq(
                            at_frequencies,
                            indicator[fixed] - multiplicity / total * of_labels[fixed],
                            frequencies_add_up * cofactor,
                        ),
                    ),
                    (
                        "BCE",
                        below_one.eq(BCE.residual(log_odds, labels, multiplicity, fixed), indicator[fixed] - frequency),
                    ),
                ),
            ),
            Step(
                r"and both have mean zero:",
                every(
                    ("PAL-CE", _OBLIQUE.eq(_r0(S).over(S), 0, _cardinality * (-1 / _m_bar * f))),
                    ("BCE, MSE", MIXED.eq((y(S) - f).over(S), 0)),
                ),
            ),
            Step(
                r"""At $W=0$ and $h_S=0$ the equations (U2) hold with these residuals, so U7 applies, and with
                $\mathrm{rank}\,W=0$ its converse needs one feature dimension only: the collapsed point is optimal iff
                $R^0\preceq\lambda I$, that is iff $\lambda\ge\lambda_{\max}(R^0)$. The second moments:""",
                every(
                    ("PAL-CE", MIXED.eq((y_tilde(S) * y_tilde(S).T).over(S), Sigma)),
                    ("PAL-CE, bias", _OBLIQUE.eq((_r0(S) * _r0(S).T).over(S), _Q * M * _Q.T)),
                    (
                        "BCE",
                        MIXED.eq(half_off.over(S), M - Half * (f * ones.T + ones * f.T) + Half / 2 * (ones * ones.T)),
                    ),
                    ("BCE, MSE, bias", _OBLIQUE.eq(mean_off.over(S), _C)),
                ),
            ),
            Step(
                r"""For PAL-CE with bias and one multiplicity, $\bar m=m$ and $Q=I-\frac1mf\mathbf 1^\top$:""",
                _ONE_SIZE.eq((eye(K) - 1 / m * (f * ones.T)) * M * (eye(K) - 1 / m * (ones * f.T)), _C),
            ),
            Step(
                r"""Both sides of the threshold, in one instance: MSE, $b=0$, probabilities $\frac45$ and $\frac15$ of
                two single labels, where $\lambda_{\max}(R^0)=\frac45$. At $\lambda=\frac9{20}$ the collapsed point
                costs more than the optimum of rank 1:""",
                every(
                    ("collapsed", Instance(primal, "==", Half, POINTS, SADDLE)),
                    ("rank 1", Instance(number(Half), ">", primal, POINTS, PARTIAL_RANK)),
                ),
            ),
        ),
        controls=(
            Control("PAL-CE with bias: $R^0=C$ for mixed multiplicities", _OBLIQUE.eq((_r0(S) * _r0(S).T).over(S), _C)),
            Control(
                r"PAL-CE with bias: residuals $y_S-f$, which do not add up to zero over the labels",
                MIXED.eq(ones.T * (y(S) - f), 0),
            ),
            Control("BCE without bias: the threshold of MSE", MIXED.eq(half_off.over(S), M)),
            Control(
                "BCE with bias at log-frequencies instead of log-odds",
                below_one.eq(
                    BCE.residual(lambda _: sp.log(frequency), labels, multiplicity, fixed), indicator[fixed] - frequency
                ),
            ),
            Control(
                r"the optimum below the threshold as costly as the collapsed point",
                Instance(primal, "==", Half, POINTS, PARTIAL_RANK),
            ),
        ),
    )


# ====================================================================== U10: everything from the dual


@proves("U10")
def from_the_dual() -> Derivation:
    """U10: the whole geometry from the residuals and the logits."""
    pulled = 1 / lambda_W * (r(S) * z(S).T).over(S)
    classifier = CLASSIFIER * W.T
    columns = Equation("U2 for PAL-CE", ones.T * W, 0)
    bias_terms = {"no bias": (-1 / lambda_W * r(S) * NO_BIAS.T).over(S), "free bias": BIAS * (-1 / lambda_W * b.T)}
    probability = softmax(at_z, fixed)
    mean_log = over_labels(sp.log(softmax(at_z, entry))) / K
    mean_logit = over_labels(logits[entry]) / K
    return Derivation(
        steps=(
            Step(
                r"""Multiply (U2) for the classifier by $W^\top$. The bias drops out, because it is zero or because
                the residuals have mean zero:""",
                every(*((words, POINTS.eq(G, pulled, classifier, bias_terms[case])) for words, case in BIAS_CASES)),
            ),
            Step(
                r"For PAL-CE $\mathbf 1^\top W=0$, so $G=GP$ and the logits may be centered:",
                POINTS.eq(
                    G,
                    1 / lambda_W * (r(S) * (P * z(S)).T).over(S),
                    classifier * P,
                    1 / K * W * columns.T * ones.T,
                    (-1 / lambda_W * r(S) * NO_BIAS.T * P).over(S),
                ),
            ),
            Step(
                r"From (U2) for the features: what classifier rows and features make of each other,",
                every(
                    POINTS.eq(W * h(S), 1 / lambda_H * (G * r(S)), W * FEATURES),
                    POINTS.eq(
                        h(S).T * h(T),
                        1 / lambda_H**2 * (r(S).T * G * r(T)),
                        FEATURES.T * h(T),
                        1 / lambda_H * (r(S).T * W) * _FEATURES_T,
                    ),
                    POINTS.eq(b, z(S) - 1 / lambda_H * (G * r(S)), -1 * W * FEATURES),
                ),
            ),
            Step(
                r"""Predictions determine logits: for PAL-CE up to a constant, which centering removes; for BCE and MSE
                (where $z=y-r$) entirely.""",
                every(
                    ("PAL-CE", ENTRIES.eq(sp.log(probability) - mean_log, logits[fixed] - mean_logit)),
                    ("BCE", ENTRIES.eq(sp.log(sigmoid(at_z, fixed) / (1 - sigmoid(at_z, fixed))), logits[fixed])),
                ),
            ),
            Step(
                r"The penalties are equal, and known too:",
                POINTS.eq(
                    lambda_W * norm2(W),
                    (r(S).T * z(S)).over(S),
                    (lambda_W * classifier).traced,
                    (lambda_W * bias_terms["free bias"]).traced,
                ),
            ),
        ),
        controls=(
            Control("the bias not dropped out (residuals not of mean zero)", POINTS.eq(G, pulled, classifier)),
            Control(
                r"$\lambda_H$ in place of $\lambda_W$",
                POINTS.eq(G, 1 / lambda_H * (r(S) * z(S).T).over(S), classifier, bias_terms["no bias"]),
            ),
            Control(
                "centered logits for a loss whose classifier is not centered",
                POINTS.eq(G, 1 / lambda_W * (r(S) * (P * z(S)).T).over(S), classifier, bias_terms["no bias"]),
            ),
            Control(
                r"inner products of features with $\frac1{\lambda_H}$",
                POINTS.eq(
                    h(S).T * h(T),
                    1 / lambda_H * (r(S).T * G * r(T)),
                    FEATURES.T * h(T),
                    1 / lambda_H * (r(S).T * W) * _FEATURES_T,
                ),
            ),
            Control(
                "log-probabilities equal to logits without centering", ENTRIES.eq(sp.log(probability), logits[fixed])
            ),
        ),
    )


_FEATURES_T = Equation(FEATURES.name, h(T), 1 / lambda_H * (W.T * r(T)))
