r"""Chapter U, first half: stationary points of the unconstrained feature model, and the exact weighted synthesis.

Everything here holds at *every* stationary point, optimal or not, for each of the three losses, at every
:math:`\lambda`, and for every label distribution. Optimality is the subject of ``proofs/chapters/duality/duality.py``.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from proofs.kernel.algebra import Algebra
from proofs.kernel.checks import Check, Equation
from proofs.kernel.compound import AllOf, every, lemma
from proofs.kernel.derivation import Control, Derivation, Step, proves
from proofs.kernel.explicit import Instance
from proofs.kernel.formula import Family, Formula, Index, Letter, eye, norm2, trace
from proofs.kernel.models import Model
from proofs.kernel.outcome import Sign
from proofs.kernel.scalars import Scalars
from proofs.letters.feature_model import (
    BIAS,
    CLASSIFIER,
    FEATURES,
    FREE_BIAS,
    FULL_RANK,
    INVERTED,
    PAL_RESIDUALS,
    PARTIAL_RANK,
    POINTS,
    Gradient,
    N,
    R,
    W_plus,
    h,
    lam,
    lambda_H,
    lambda_W,
    objective,
    r,
    with_letters,
)
from proofs.letters.losses import (
    BCE,
    ENTRIES,
    LOSSES,
    MSE,
    PAL,
    Loss,
    at_z,
    entry,
    fixed,
    indicator,
    kullback,
    labels,
    logits,
    multiplicity,
    over_labels,
    sigmoid,
    softmax,
)
from proofs.letters.vocabulary import SETS, K, S, T, W, d, e, k, ones

__all__ = [
    "collapse",
    "eigen_equation",
    "least_weights",
    "price_of_not_collapsing",
    "projector",
    "stationarity",
    "weighted_synthesis",
]

Half = sp.Rational(1, 2)


# ====================================================================== U1: the divergence of a loss

_w = sp.IndexedBase("w", real=True)


def _at_w(at: Any) -> Any:
    return _w[at]


def _bregman(loss: Loss) -> Any:
    """What is left of the loss at z after its tangent at w."""
    tangent = over_labels(loss.residual(_at_w, labels, multiplicity, entry) * (logits[entry] - _w[entry]))
    return loss.value(at_z, labels, multiplicity) - loss.value(_at_w, labels, multiplicity) + tangent


def _kullback_of_sigmoids() -> Any:
    before, after = sigmoid(_at_w, entry), sigmoid(at_z, entry)
    return kullback(before, after) + kullback(1 - before, 1 - after)


_DIVERGENCES = {
    PAL.name: multiplicity * over_labels(kullback(softmax(_at_w, entry), softmax(at_z, entry))),
    BCE.name: over_labels(_kullback_of_sigmoids()),
    MSE.name: Half * over_labels((logits[entry] - _w[entry]) ** 2),
}


def _divergences_of_the_losses() -> Step:
    return Step(
        r"""A loss lies above its tangent at $w$ by a divergence $\Delta(w,z)$, for PAL-CE, BCE and MSE in turn: for
            the first two Kullback-Leibler divergences between the predictions at $w$ and at $z$.""",
        every(*((loss.name, ENTRIES.eq(_bregman(loss), _DIVERGENCES[loss.name])) for loss in LOSSES)),
    )


def _divergences_are_nonnegative(why: str) -> Step:
    return Step(
        why,
        lemma(
            "Gibbs' inequality",
            r"""For probability vectors $p$ and $q>0$: $\sum_kp_k\log(p_k/q_k)\ge0$, with equality iff
                $p=q$.""",
            ("softmax is a probability vector:", ENTRIES.eq(over_labels(softmax(_at_w, entry)), 1)),
            ("and positive:", ENTRIES.gt(softmax(_at_w, fixed), 0)),
            (
                "so are a sigmoid and its complement:",
                ENTRIES.gt(1 - sigmoid(_at_w, fixed), 0, 1 / (1 + sp.exp(_w[fixed]))),
            ),
            gives=r"\Delta(w,z)\ \ge\ 0",
        ),
        r"For MSE the divergence is a sum of squares.",
    )


# ---------------------------------------------------------------------- samples of one label set

_SAMPLES = Family("samples", r"\sum_{{{0}}}\rho_{{{0}}}\,")
_i, _n = Index("i", _SAMPLES), Index("n", _SAMPLES)
_feature = Letter("h", d, indices=(_SAMPLES,), tex="h_{{{0}}}")
_logits = Letter("z", K, indices=(_SAMPLES,), tex="z_{{{0}}}")
_residual = Letter("r", K, indices=(_SAMPLES,), tex="r_{{{0}}}")
_loss = Letter("L", indices=(_SAMPLES,), tex="L(z_{{{0}}})")
_pair = Letter("Delta", indices=(_SAMPLES, _SAMPLES), tex=r"\Delta(z_{{{1}}},z_{{{0}}})", sign=Sign.NONNEGATIVE)
_to_mean = Letter("Delta-mean", indices=(_SAMPLES,), tex=r"\Delta(\bar z,z_{{{0}}})", sign=Sign.NONNEGATIVE)
_b = Letter("b", K)()
_mean_feature = Letter("mean h", d, tex=r"\bar h")()
_mean_logits = Letter("mean z", K, tex=r"\bar z")()
_mean_residual = Letter("mean r", K, tex=r"\bar r")()
_mean_loss = Letter("mean L", tex=r"L(\bar z)")()
_cost = Letter("f", indices=(_SAMPLES,), tex="f(h_{{{0}}})")
_slope = Letter("grad f", d, indices=(_SAMPLES,), tex=r"\nabla f(h_{{{0}}})")


def _samples_of_mse() -> Model:
    """Three samples of one label set under the MSE."""
    weight = {1: sp.Rational(1, 2), 2: sp.Rational(1, 3), 3: sp.Rational(1, 6)}
    classifier, bias, label = sp.Matrix([[1, 2], [3, -1], [0, 1]]), sp.Matrix([1, 0, -1]), sp.Matrix([1, 0, 1])
    feature = {1: sp.Matrix([1, 0]), 2: sp.Matrix([-2, 3]), 3: sp.Matrix([0, 5])}
    logits = {i: classifier * v + bias for i, v in feature.items()}
    mean = sum((weight[i] * logits[i] for i in weight), sp.zeros(3, 1))

    def half_square(vector: sp.Matrix) -> list[list[Any]]:
        return [[Half * (vector.T * vector)[0, 0]]]

    return Model(
        name="three samples of one label set under the MSE, K = 3",
        sizes={K: 3, d: 2, lambda_H: 2, lambda_W: 1},
        members={"samples": [(w, i) for i, w in weight.items()]},
        letters={
            "W": lambda: classifier,
            "b": lambda: bias,
            "h": lambda i: feature[i],
            "r": lambda i: label - logits[i],
            "L": lambda i: half_square(logits[i] - label),
            "Delta": lambda i, n: half_square(logits[i] - logits[n]),
            "Delta-mean": lambda i: half_square(logits[i] - mean),
            "mean r": lambda: label - mean,
            "mean L": lambda: half_square(mean - label),
        },
    )


_SAMPLED = Algebra(
    letters=(
        W.data[0],
        _b.data[0],
        _feature,
        _residual,
        _loss,
        _pair,
        _to_mean,
        _mean_residual.data[0],
        _mean_loss.data[0],
    ),
    definitions=(
        (_logits(_i), W * _feature(_i) + _b),
        (_mean_feature, _feature(_n).over(_n)),
        (_mean_logits, W * _mean_feature + _b),
        (_cost(_i), _loss(_i) + lambda_H / 2 * norm2(_feature(_i))),
        (_slope(_i), lambda_H * _feature(_i) - W.T * _residual(_i)),
    ),
    models=(_samples_of_mse(),),
)


def _tangent(at: Index, to: Index) -> Equation:
    """The loss at ``to`` above its tangent at ``at``, which is what the divergence is."""
    return Equation(
        "the divergence", _loss(to) - _loss(at), _pair(to, at) - _residual(at).T * (_logits(to) - _logits(at))
    )


_TANGENT_AT_MEAN = Equation(
    "the divergence", _loss(_i) - _mean_loss, _to_mean(_i) - _mean_residual.T * (_logits(_i) - _mean_logits)
)

_SAMPLE_SYMBOLS = (
    (r"\sum_i\rho_i\,(\cdot)", "the mean over the samples of one label set"),
    ("h_i,\\ z_i=Wh_i+b,\\ r_i", "feature, logits and residual of a sample"),
    (r"f(h)=L(Wh+b)+\frac{\lambda_H}2\|h\|^2", "what the objective charges for a feature"),
    (r"\Delta(w,z)", "the divergence of the loss, from the prediction at $w$ to that at $z$"),
)


@proves("U1")
def collapse() -> Derivation:
    """U1: all samples with one label set share one feature, at every stationary point."""
    both = _slope(_n).T * (_feature(_i) - _feature(_n)) + _slope(_i).T * (_feature(_n) - _feature(_i))
    return Derivation(
        symbols=_SAMPLE_SYMBOLS,
        steps=(
            _divergences_of_the_losses(),
            _divergences_are_nonnegative(""),
            Step(
                r"""Given $W$ and $b$ the objective is a sum over the samples of $f(h_i)$, with
                $\nabla f(h)=\lambda_Hh-W^\top r$. It lies above its tangents by""",
                _SAMPLED.eq(
                    _cost(_i) - _cost(_n) - _slope(_n).T * (_feature(_i) - _feature(_n)),
                    _pair(_i, _n) + lambda_H / 2 * norm2(_feature(_i) - _feature(_n)),
                    _tangent(_n, _i),
                ),
                r"which is strong convexity with modulus $\lambda_H$.",
            ),
            Step(
                r"""Exchange the two samples and add. Between any two samples of one label set""",
                _SAMPLED.ge(
                    -both,
                    lambda_H * norm2(_feature(_i) - _feature(_n)),
                    _pair(_i, _n) + _pair(_n, _i),
                    _tangent(_n, _i),
                    _tangent(_i, _n),
                ),
                r"Where both gradients vanish the left-hand side is zero, so $h_i=h_n$.",
            ),
        ),
        controls=(
            Control(
                r"the divergence of PAL-CE with the two predictions exchanged",
                ENTRIES.eq(
                    _bregman(PAL), multiplicity * over_labels(kullback(softmax(at_z, entry), softmax(_at_w, entry)))
                ),
            ),
            Control(
                r"the divergence of PAL-CE without the factor $m$",
                ENTRIES.eq(_bregman(PAL), _DIVERGENCES[PAL.name] / multiplicity),
            ),
            Control(
                r"eight times the modulus, $8\lambda_H$",
                _SAMPLED.ge(
                    -both - 8 * lambda_H * norm2(_feature(_i) - _feature(_n)),
                    0,
                    _pair(_i, _n) + _pair(_n, _i),
                    _tangent(_n, _i),
                    _tangent(_i, _n),
                ),
            ),
            Control(
                "the penalty on the features dropped",
                _SAMPLED.eq(
                    _loss(_i) - _loss(_n) + (W.T * _residual(_n)).T * (_feature(_i) - _feature(_n)),
                    _pair(_i, _n) + lambda_H / 2 * norm2(_feature(_i) - _feature(_n)),
                    _tangent(_n, _i),
                ),
            ),
        ),
    )


@proves("U1a")
def price_of_not_collapsing() -> Derivation:
    """U1a: exactly what the objective charges for features that differ within a label set."""
    cost = _loss(_i) + lambda_H / 2 * norm2(_feature(_i))
    mean_cost = _mean_loss + lambda_H / 2 * norm2(_mean_feature)
    spread = norm2(_feature(_i) - _mean_feature).over(_i)
    return Derivation(
        symbols=(*_SAMPLE_SYMBOLS, (r"\bar h,\ \bar z,\ \bar r", "mean feature, its logits and its residual")),
        steps=(
            _divergences_are_nonnegative("The divergences are those of U1."),
            Step(
                r"Take the tangent at the mean: averaged over the samples its slope drops out, and what is left is",
                _SAMPLED.eq(
                    cost.over(_i) - mean_cost, _to_mean(_i).over(_i) + lambda_H / 2 * spread, _TANGENT_AT_MEAN.over(_i)
                ),
            ),
            Step(
                "In particular the variance within a label set is bounded by what could be gained:",
                _SAMPLED.ge(
                    cost.over(_i) - mean_cost, lambda_H / 2 * spread, _to_mean(_i).over(_i), _TANGENT_AT_MEAN.over(_i)
                ),
            ),
        ),
        controls=(
            Control(
                "the full penalty instead of half of it",
                _SAMPLED.eq(
                    cost.over(_i) - mean_cost, _to_mean(_i).over(_i) + lambda_H * spread, _TANGENT_AT_MEAN.over(_i)
                ),
            ),
            Control("the divergence forgotten", _SAMPLED.eq(cost.over(_i) - mean_cost, lambda_H / 2 * spread)),
            Control("the inequality reversed", _SAMPLED.ge(lambda_H / 2 * spread - (cost.over(_i) - mean_cost), 0)),
        ),
    )


# ====================================================================== U2

_t, _c, _l = sp.symbols("t c l", integer=True)
_IN_RANGE = Scalars((K >= 2, _t >= 1, _t <= N, _c >= 1, _c <= d, fixed >= 1, fixed <= K), in_range=(_t, _c, fixed))


def _gradients(loss: Loss) -> AllOf:
    formula, letter = objective(loss)
    weight, classifier, feature = letter["pi"], letter["W"], letter["h"]
    residual = letter["residual"]
    s = sp.Symbol("s", integer=True)
    by_feature = weight[_t] * (lambda_H * feature[_t, _c] - over_labels(residual(_t, entry) * classifier[entry, _c]))
    by_classifier = lambda_W * classifier[fixed, _c] - sp.Sum(
        weight[s] * residual(s, fixed) * feature[s, _c], (s, 1, N)
    )
    by_bias = -sp.Sum(weight[s] * residual(s, fixed), (s, 1, N))
    return every(
        Gradient("F", formula, feature[_t, _c], by_feature, _IN_RANGE),
        Gradient("F", formula, classifier[fixed, _c], by_classifier, _IN_RANGE),
        Gradient("F", formula, letter["b"][fixed], by_bias, _IN_RANGE),
    )


def _wrong_gradients() -> tuple[Control, ...]:
    formula, letter = objective(PAL)
    weight, classifier, feature = letter["pi"], letter["W"], letter["h"]
    residual = letter["residual"]
    of_bce = objective(BCE)[1]["residual"]
    s = sp.Symbol("s", integer=True)

    def wrong(by: Any, value: Any) -> Check:
        return Gradient("F", formula, by, value, _IN_RANGE)

    return (
        Control(
            r"twice the penalty on the features (Li et al.'s normalisation of $\lambda_H$ read as this one)",
            wrong(
                feature[_t, _c],
                weight[_t]
                * (2 * lambda_H * feature[_t, _c] - over_labels(residual(_t, entry) * classifier[entry, _c])),
            ),
        ),
        Control(
            r"the gradient of the classifier without the weights $\pi_s$",
            wrong(
                classifier[fixed, _c],
                lambda_W * classifier[fixed, _c] - sp.Sum(residual(s, fixed) * feature[s, _c], (s, 1, N)),
            ),
        ),
        Control(
            "the residual of BCE for PAL-CE",
            wrong(letter["b"][fixed], -sp.Sum(weight[s] * of_bce(s, fixed), (s, 1, N))),
        ),
    )


@proves("U2")
def stationarity() -> Derivation:
    """U2: the gradient of the objective, for the three losses, and what follows at once."""
    count = over_labels(indicator[_l], _l)
    pal, bce = (loss.residual(at_z, labels, count, entry) for loss in (PAL, BCE))
    return Derivation(
        symbols=(
            ("N", "the number of label sets, numbered $s=1,\\dots,N$"),
            (r"h_{s,a},\ W_{k,a},\ b_k,\ y_{s,k}", "entries of the features, the classifier, the bias and the labels"),
        ),
        steps=(
            Step(
                r"""Differentiate $F$, written out in entries, with $K$, $d$, $N$ and all entries symbolic. PAL-CE,
                whose residual is $r_{s,k}=y_{s,k}-m_s\,\mathrm{softmax}(Wh_s+b)_k$:""",
                _gradients(PAL),
            ),
            Step(r"BCE, whose residual is $r_{s,k}=y_{s,k}-\sigma(Wh_s+b)_k$:", _gradients(BCE)),
            Step(
                r"MSE, whose residual is $r_{s,k}=y_{s,k}-(Wh_s+b)_k$:",
                _gradients(MSE),
                r"""The three gradients vanish iff (U2) holds, because $\pi_s>0$.""",
            ),
            Step(
                r"""The first equation, multiplied by $h_S^\top$, and the second, multiplied by $W$, balance the
                    penalties:""",
                POINTS.eq(
                    lambda_W * (W.T * W),
                    lambda_H * (h(S) * h(S).T).over(S),
                    lambda_W * W.T * CLASSIFIER,
                    (-lambda_H * FEATURES * h(S).T).over(S),
                ),
            ),
            Step(
                r"""The residuals of PAL-CE add up to zero, since softmax adds up to one and $m=\sum_ly_l$:""",
                ENTRIES.eq(over_labels(pal), 0),
            ),
            Step(
                r"so the columns of $W$ do too:",
                POINTS.eq(ones.T * W, 0, ones.T * CLASSIFIER, (PAL_RESIDUALS * (1 / lambda_W * h(S).T)).over(S)),
            ),
        ),
        controls=(
            *_wrong_gradients(),
            Control("residuals of BCE add up to zero", ENTRIES.eq(over_labels(bce), 0)),
            Control(
                "the penalties balanced the other way round",
                POINTS.eq(lambda_H * (W.T * W), lambda_W * (h(S) * h(S).T).over(S)),
            ),
            Control(r"$\mathbf 1^\top W=0$ for any loss", POINTS.eq(ones.T * W, 0, ones.T * CLASSIFIER)),
        ),
    )


# ====================================================================== U3

EIGEN = Equation("(U3)", R * W, lam * W)
_EIGEN_BY = ((-lambda_H * r(S) * FEATURES.T).over(S), -lam * CLASSIFIER)


@proves("U3")
def eigen_equation() -> Derivation:
    """U3: the classifier lives in the eigenspace of the residual second moment at lambda."""
    return Derivation(
        steps=(
            Step(
                r"Multiply (U2) for the features by $r_S$ and add up; (U2) for the classifier recognises the result:",
                POINTS.eq(R * W, lam * W, *_EIGEN_BY),
            ),
            Step(
                r"""Nothing is lost by passing to (U3): with the features of (U2) it gives back (U2) for the
                    classifier.""",
                POINTS.eq(
                    W,
                    1 / lambda_W * (r(S) * h(S).T).over(S),
                    (-1 / lambda_W * r(S) * FEATURES.T).over(S),
                    -1 / lam * EIGEN,
                ),
                r"""So at $b=0$ a stationary point is a classifier with $RW=\lambda W$, the residuals being those of
                $z_S=\frac1{\lambda_H}WW^\top r_S$.""",
            ),
        ),
        controls=(
            Control(r"$\lambda_W$ in place of $\lambda$", POINTS.eq(R * W, lambda_W * W, *_EIGEN_BY)),
            Control("features that are not stationary", POINTS.eq(R * W, lam * W, -lam * CLASSIFIER)),
            Control(r"$R=\lambda I$ at every stationary point", POINTS.eq(R, lam * eye(K), EIGEN * W.T)),
        ),
    )


# ====================================================================== U4

_U = Index("U", SETS)


def _overlap(one: Index, other: Index) -> Formula:
    """The synthesis weight per unit of mass, omega over pi."""
    overlap: Formula = 1 / lam * (r(one).T * r(other))
    return overlap


def _spanned(index: Index) -> Equation:
    return Equation("residuals in the range of the classifier", W * W_plus * r(index), r(index))


@proves("U4")
def weighted_synthesis() -> Derivation:
    """U4: every prototype is a synthesis of all prototypes, weighted by frequency times residual overlap."""
    synthesis = (_overlap(S, T) * h(T)).over(T)
    insert = (FEATURES, 1 / lambda_H * CLASSIFIER.T * r(S))
    squared = (_overlap(S, T) * _overlap(T, _U)).over(T)
    mean_zero = Equation(BIAS.name, r(T).over(T), 0)
    eigen = 1 / lam**2 * r(S).T * EIGEN * W_plus * r(_U)
    in_range = (-1 / lam**2 * (r(S).T * R) * _spanned(_U), 1 / lam * r(S).T * _spanned(_U))
    return Derivation(
        symbols=(
            (r"\omega_{ST}=\pi_T\cdot\frac1\lambda r_S^\top r_T", r"the weight; the sums below carry the $\pi_T$"),
            (r"W^{+}", r"the pseudo-inverse of $W$, so that $WW^{+}$ projects onto the range of $W$"),
        ),
        steps=(
            Step(
                "From the classifier rows: (U2) for the features, row by row,",
                POINTS.eq(h(S), 1 / lambda_H * ((e(k).T * r(S)) * (W.T * e(k))).over(k), FEATURES),
            ),
            Step(
                r"From the prototypes: insert the second equation (U2) into the first,",
                POINTS.eq(h(S), synthesis, *insert),
            ),
            Step(
                "With a free bias the weights of a synthesis add up to zero:",
                POINTS.eq(_overlap(S, T).over(T), 0, 1 / lam * r(S).T * mean_zero),
            ),
            Step(
                r"Two syntheses after each other go through the residual second moment,",
                POINTS.eq(squared, 1 / lam**2 * (r(S).T * R * r(_U))),
            ),
            Step(
                r"""which by (U3) acts as $\lambda$ on the range of $W$. So if $r_U=WW^{+}r_U$, the second synthesis
                changes nothing: $\Omega^2=\Omega$,""",
                INVERTED.eq(squared, _overlap(S, _U), *in_range, eigen),
                r"""On full rank the hypothesis holds: for BCE and MSE the range of $W$ is everything, and for PAL-CE
                it is $\mathbf 1^\perp$, where the residuals are.""",
            ),
            Step(r"The rank of a projector is its trace:", POINTS.eq(_overlap(S, S).over(S), 1 / lam * trace(R))),
        ),
        controls=(
            Control(
                r"the weights divided by $\lambda_W$ instead of $\lambda$",
                POINTS.eq(h(S), lambda_H * synthesis, *insert),
            ),
            Control(
                r"uniform synthesis from all prototypes, $h_S=\sum_T\pi_Th_T$", POINTS.eq(h(S), h(T).over(T), *insert)
            ),
            Control(
                "synthesis at a point that is not stationary in the classifier", POINTS.eq(h(S), synthesis, FEATURES)
            ),
            Control("weights that add up to zero without a free bias", POINTS.eq(_overlap(S, T).over(T), 0)),
            Control(
                r"$\Omega$ a projector although the residuals leave the range of $W$",
                INVERTED.eq(squared, _overlap(S, _U), eigen),
            ),
        ),
    )


@proves("U4a")
def projector() -> Derivation:
    """U4a: exactly when the synthesis matrix is a projector."""
    squared = (_overlap(S, T) * _overlap(T, _U)).over(T)
    excess = R - lam * eye(K)
    idempotent = Equation("the synthesis repeated", squared, _overlap(S, _U))
    return Derivation(
        symbols=((r"R-\lambda I", r"by (U3) zero on the range of $W$"),),
        steps=(
            Step(
                r"If $Rr_S=\lambda r_S$ for every $S$ then $R^2=\lambda R$:",
                POINTS.eq(R * R, lam * R, (Equation("the hypothesis", R * r(S), lam * r(S)) * r(S).T).over(S)),
            ),
            Step(
                r"and conversely, since what $R$ does to the residuals beyond $\lambda$ is a sum of squares,",
                POINTS.zero_iff(trace((R - lam * eye(K)) * (R * R - lam * R)), excess * r(S), over=(S,)),
                r"whose left-hand side is zero when $R^2=\lambda R$.",
            ),
            Step(
                r"Synthesis after synthesis differs from synthesis by",
                POINTS.eq(squared - _overlap(S, _U), 1 / lam**2 * (r(S).T * excess * r(_U))),
                r"which is zero if $Rr_U=\lambda r_U$ for every $U$.",
            ),
            Step(
                r"""Conversely let $\Omega^2=\Omega$, that is $r_S^\top(R-\lambda I)r_U=0$ for all $S,U$. Multiply by
                $r_S$ and $r_U^\top$ and add up: $R(R-\lambda I)R=0$,""",
                POINTS.eq(R * excess * R, 0, (lam**2 * r(S) * idempotent * r(_U).T).over(S, _U)),
            ),
            Step(
                r"and $R^2-\lambda R$ is zero, because its square is",
                POINTS.zero_iff(trace(R * excess * R * excess), R * excess),
            ),
            Step(
                r"""Less than full rank does not suffice. The MSE optimum of $K=2$ with probabilities $\frac45$ and
                $\frac15$ of the two single labels, $b=0$, at $\lambda=\frac9{20}$, has $W$ of rank 1. Its prototypes
                are reproduced, $RW=\lambda W$, but $R^2\ne\lambda R$:""",
                every(
                    Instance(R * W, "==", lam * W, POINTS, PARTIAL_RANK),
                    Instance(R * R, "!=", lam * R, POINTS, PARTIAL_RANK),
                    Instance(trace(R) / lam, "!=", 1, POINTS, PARTIAL_RANK),
                ),
            ),
        ),
        controls=(
            Control(r"$R^2=\lambda R$ at every stationary point", POINTS.eq(R * R, lam * R, EIGEN * W.T)),
            Control(
                r"$\Omega^2=\Omega$ at every stationary point",
                POINTS.eq(squared, _overlap(S, _U), 1 / lam**2 * r(S).T * EIGEN * W.T * r(_U)),
            ),
            Control(
                r"the same conclusion for the optimum of full rank: $R^2\ne\lambda R$",
                Instance(R * R, "!=", lam * R, POINTS, FULL_RANK),
            ),
            Control(
                r"the sum of squares with $R$ in place of $R-\lambda I$",
                POINTS.zero_iff(trace(R * (R * R - lam * R)), excess * r(S), over=(S,)),
            ),
        ),
    )


_OTHER = Letter("a'", indices=(SETS, SETS), tex=r"{{a'}}_{{{0}{1}}}")


def _with_other_weights(model: Model, other: dict[tuple[int, ...], dict[tuple[int, ...], Any]]) -> Model:
    """The model with a second synthesis: weights per unit of mass, zero where none is given."""
    inverted = next(m for m in INVERTED.models if m.name == model.name)
    table = {frozenset(s): {frozenset(t): value for t, value in row.items()} for s, row in other.items()}
    return with_letters(inverted, {"a'": lambda s, t: [[table[s].get(t, 0)]]})


@proves("U4b")
def least_weights() -> Derivation:
    """U4b: among all syntheses of a prototype the exact one has the least weights, measured by frequency."""
    algebra = INVERTED.extended(
        letters=(_OTHER,),
        models=(
            _with_other_weights(FREE_BIAS, {(1, 2): {(1, 2): 3}, (3, 4): {(1, 2): -Half * 3}}),
            _with_other_weights(PARTIAL_RANK, {(1,): {(1,): sp.Rational(5, 4)}, (2,): {}}),
        ),
    )
    other, given = _OTHER(S, T), _overlap(S, T)
    excess = other - given
    spread, least = norm2(other).over(T), norm2(given).over(T)
    pulled = r(S).T * W_plus.T
    using = (
        -2 / lam * _spanned(S).T * (excess * r(T)).over(T),
        (-2 / lambda_W * (excess * pulled) * Equation(FEATURES.name, h(T), 1 / lambda_H * (W.T * r(T)))).over(T),
        2 / lambda_W * pulled * Equation("the other synthesis", (other * h(T)).over(T), h(S)),
        -2 / lambda_W * pulled * Equation("(U4)", (given * h(T)).over(T), h(S)),
    )
    return Derivation(
        symbols=(
            (
                r"a'_{ST}=\omega'_{ST}/\pi_T",
                r"other weights per unit of mass, so that the norm is $\sum_T\pi_Ta_{ST}'^2$",
            ),
            (r"W^{+}", r"the pseudo-inverse of $W$; residuals in its range are $r_S=WW^{+}r_S$"),
        ),
        steps=(
            Step(
                r"""Two syntheses of the same prototype differ by weights $d_T$ with $\sum_T\pi_Td_Th_T=0$, that is
                $W^\top\sum_T\pi_Td_Tr_T=0$ by (U2). Such a difference is orthogonal to the weights of U4, because
                $r_S$ is in the range of $W$. So by Pythagoras""",
                algebra.eq(spread, least + norm2(excess).over(T), *using),
            ),
            Step("and the weights of U4 are the least:", algebra.ge(spread, least, norm2(excess).over(T), *using)),
        ),
        controls=(
            Control(
                "residuals that leave the range of $W$",
                algebra.ge(spread - least, 0, norm2(excess).over(T), *using[1:]),
            ),
            Control(
                "weights that synthesise something else",
                INVERTED.extended(
                    letters=(_OTHER,), models=(_with_other_weights(FULL_RANK, {(1,): {(2,): 1}, (2,): {}}),)
                ).eq(spread, least + norm2(excess).over(T), using[0], using[1], using[3]),
            ),
            Control(
                "twice the distance to the other weights", algebra.eq(spread, least + 2 * norm2(excess).over(T), *using)
            ),
        ),
    )
