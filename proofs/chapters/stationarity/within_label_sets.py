r"""Samples of one label set share one feature, and what it costs if they do not (U1, U1a)."""

from typing import Any

import sympy as sp

from proofs.kernel.algebra import Algebra
from proofs.kernel.checks import Check, Equation
from proofs.kernel.compound import every, lemma
from proofs.kernel.derivation import Derivation, Step, proves, told
from proofs.kernel.formula import Family, Index, Letter, norm2
from proofs.kernel.models import Model
from proofs.kernel.outcome import Sign
from proofs.letters.feature_model import lambda_H, lambda_W
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
    kullback,
    labels,
    logits,
    multiplicity,
    over_labels,
    sigmoid,
    softmax,
)
from proofs.letters.vocabulary import HALF, PERCENT, K, W, d

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
    MSE.name: HALF * over_labels((logits[entry] - _w[entry]) ** 2),
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


_share = sp.Symbol("pi_S", positive=True)


def _samples_of_mse(
    name: str, classifier: sp.Matrix, feature: dict[int, sp.Matrix], penalties: tuple[int, int]
) -> Model:
    """Three samples of one label set under the MSE."""
    weight = {1: sp.Rational(1, 2), 2: sp.Rational(1, 3), 3: sp.Rational(1, 6)}
    bias, label = sp.Matrix([1, 0, -1]), sp.Matrix([1, 0, 1])
    logits = {i: classifier * v + bias for i, v in feature.items()}
    mean = sum((weight[i] * logits[i] for i in weight), sp.zeros(3, 1))

    def half_square(vector: sp.Matrix) -> list[list[Any]]:
        return [[HALF * (vector.T * vector)[0, 0]]]

    return Model(
        name=name,
        sizes={K: 3, d: 2, lambda_W: penalties[0], lambda_H: penalties[1], _share: sp.Rational(1, 3)},
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


_APART = _samples_of_mse(
    "three samples of one label set under the MSE, K = 3",
    sp.Matrix([[1, 2], [3, -1], [0, 1]]),
    {1: sp.Matrix([1, 0]), 2: sp.Matrix([-2, 3]), 3: sp.Matrix([0, 5])},
    (1, 2),
)
_UNSEEN = _samples_of_mse(
    "three samples of one label set under the MSE, K = 3, that differ in what W does not see",
    sp.Matrix([[1, 0], [3, 0], [0, 0]]),
    {1: sp.Matrix([1, 0]), 2: sp.Matrix([1, 3]), 3: sp.Matrix([1, -2])},
    (3, 1),
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
    models=(_APART, _UNSEEN),
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

    def convex(modulus: Any) -> Check:
        divergences = _pair(_i, _n) + _pair(_n, _i)
        return _SAMPLED.ge(
            -both, modulus * norm2(_feature(_i) - _feature(_n)), divergences, _tangent(_n, _i), _tangent(_i, _n)
        )

    return Derivation(
        symbols=_SAMPLE_SYMBOLS,
        steps=told(
            _divergences_of_the_losses(),
            _divergences_are_nonnegative(""),
            r"""Given $W$ and $b$ the objective is a sum over the samples of $f(h_i)$, with
            $\nabla f(h)=\lambda_Hh-W^\top r$. It lies above its tangents by""",
            _SAMPLED.eq(
                _cost(_i) - _cost(_n) - _slope(_n).T * (_feature(_i) - _feature(_n)),
                _pair(_i, _n) + lambda_H / 2 * norm2(_feature(_i) - _feature(_n)),
                _tangent(_n, _i),
            ),
            r"which is strong convexity with modulus $\lambda_H$.",
            r"Exchange the two samples and add. Between any two samples of one label set",
            convex(lambda_H),
            r"Where both gradients vanish the left-hand side is zero, so $h_i=h_n$.",
        ),
        variants={
            "the divergence of PAL-CE with the two predictions exchanged": ENTRIES.eq(
                _bregman(PAL), multiplicity * over_labels(kullback(softmax(at_z, entry), softmax(_at_w, entry)))
            ),
            "the divergence of PAL-CE without the factor m": ENTRIES.eq(
                _bregman(PAL), _DIVERGENCES[PAL.name] / multiplicity
            ),
            "modulus 1 % too large": convex(PERCENT * lambda_H),
            "lambda_W for lambda_H": convex(lambda_W),
            "the penalty on the features dropped": _SAMPLED.eq(
                _loss(_i) - _loss(_n) + (W.T * _residual(_n)).T * (_feature(_i) - _feature(_n)),
                _pair(_i, _n) + lambda_H / 2 * norm2(_feature(_i) - _feature(_n)),
                _tangent(_n, _i),
            ),
        },
    )


@proves("U1a")
def price_of_not_collapsing() -> Derivation:
    """U1a: exactly what the objective charges for features that differ within a label set."""
    cost = _loss(_i) + lambda_H / 2 * norm2(_feature(_i))
    saved = cost.over(_i) - (_mean_loss + lambda_H / 2 * norm2(_mean_feature))
    spread = norm2(_feature(_i) - _mean_feature).over(_i)
    return Derivation(
        symbols=(*_SAMPLE_SYMBOLS, (r"\bar h,\ \bar z,\ \bar r", "mean feature, its logits and its residual")),
        steps=told(
            _divergences_are_nonnegative("The divergences are those of U1."),
            r"Take the tangent at the mean: averaged over the samples its slope drops out, and what is left is",
            _SAMPLED.eq(saved, _to_mean(_i).over(_i) + lambda_H / 2 * spread, _TANGENT_AT_MEAN.over(_i)),
            "In particular the variance within a label set is bounded by what could be gained there:",
            _SAMPLED.ge(saved, lambda_H / 2 * spread, _to_mean(_i).over(_i), _TANGENT_AT_MEAN.over(_i)),
            r"""The objective gains the average of the left-hand side over the label sets, so it bounds the average
            of their variances; of one label set alone it gains only $\pi_S$ times as much.""",
        ),
        variants={
            "the whole penalty for half of it": _SAMPLED.eq(
                saved, _to_mean(_i).over(_i) + lambda_H * spread, _TANGENT_AT_MEAN.over(_i)
            ),
            "divergence left out": _SAMPLED.eq(saved, lambda_H / 2 * spread),
            "the inequality reversed": _SAMPLED.ge(lambda_H / 2 * spread, saved),
            "variance at most what is saved": _SAMPLED.ge(
                saved, lambda_H * spread, _to_mean(_i).over(_i), _TANGENT_AT_MEAN.over(_i)
            ),
            "the bound for every single label set": _SAMPLED.ge(
                _share * saved, lambda_H / 2 * spread, None, _share * _TANGENT_AT_MEAN.over(_i)
            ),
        },
    )
