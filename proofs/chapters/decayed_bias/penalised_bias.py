r"""What a penalty of the bias adds to the model: stationarity (E1), and a fourth square in the gap identity (E2)."""

from typing import Any

import sympy as sp

from proofs.chapters.duality.gap_identities import BIASED, UNFIT
from proofs.kernel.checks import Equation
from proofs.kernel.derivation import Derivation, proves, told
from proofs.kernel.formula import Letter, eye, norm2, trace
from proofs.kernel.scalars import Scalars
from proofs.letters.feature_model import (
    FEASIBLE,
    FENCHEL_YOUNG_MEAN,
    POINTS,
    G,
    Gradient,
    N,
    R,
    b,
    dual,
    feature_mismatch,
    gaps,
    lam,
    lambda_H,
    objective,
    primal,
    r,
    with_letters,
)
from proofs.letters.losses import BCE, MSE, PAL, Loss, entry, fixed
from proofs.letters.vocabulary import HALF, K, S, entries

lambda_b = sp.Symbol("lambda_b", positive=True)
_IN_RANGE = Scalars((K >= 2, fixed >= 1, fixed <= K), in_range=(fixed,))


def _decaying(setting: Any, value: Any = HALF) -> Any:
    return setting.extended(models=tuple(with_letters(model, {}, {lambda_b: value}) for model in setting.models))


# ====================================================================== E1

_c = Letter("c", K)
c = _c()


def _best(model: Any) -> dict[str, Any]:
    """Letters for a model at lambda_b = 1/2: the best bias for its residuals, and another one."""
    mean = sum(
        (w * sp.Matrix(model.letters["r"](s)) for w, s in next(iter(model.members.values()))),
        sp.zeros(model.sizes[K], 1),
    )
    return {"b": lambda: 2 * mean, "c": lambda: entries("c", rows=model.sizes[K])}


_OTHER = POINTS.extended(
    letters=(_c,), models=tuple(with_letters(model, _best(model), {lambda_b: HALF}) for model in POINTS.models)
)
"""Points whose bias is the best one for their residuals, and another bias."""


_STATIONARY = Equation("(E1)", r(S).over(S), lambda_b * b)


def _gradient(loss: Loss, share: Any = 1) -> Gradient:
    formula, letter = objective(loss)
    s = sp.Symbol("s", integer=True)
    bias, penalised = letter["b"], formula + lambda_b / 2 * sp.Sum(letter["b"][entry] ** 2, (entry, 1, K))
    mean = sp.Sum(letter["pi"][s] * letter["residual"](s, fixed), (s, 1, N))
    return Gradient("F", penalised, bias[fixed], share * lambda_b * bias[fixed] - mean, _IN_RANGE)


@proves("E1")
def best_bias() -> Derivation:
    """E1: the derivative by the bias, and what another bias costs."""
    linear, penalties = (r(S).T * (c - b)).over(S), lambda_b / 2 * (norm2(c) - norm2(b))
    use = -1 * (c - b).T * _STATIONARY
    return Derivation(
        symbols=(("c", "another bias"),),
        steps=told(
            "Differentiate $F$ in an entry of the bias, for PAL-CE:",
            _gradient(PAL),
            "for BCE:",
            _gradient(BCE),
            "and for MSE:",
            _gradient(MSE),
            r"It vanishes iff $\lambda_bb=\bar r$.",
            r"""A convex loss is at least linear: $L_S(Wh_S+c)\ge L_S(z_S)-r_S^\top(c-b)$. So $F$ at $c$ is at least
            $F$ at $b$ plus""",
            _OTHER.eq(penalties - linear, lambda_b / 2 * norm2(c - b), use),
        ),
        variants={
            "the mean residual is zero": _gradient(MSE, share=0),
            "half of lambda_b": _gradient(MSE, share=HALF),
            "all of lambda_b |c - b|^2 more": _OTHER.eq(penalties - linear, lambda_b * norm2(c - b), use),
        },
    )


# ====================================================================== E2

_POINTS, _FEASIBLE, _BIASED = _decaying(POINTS), _decaying(FEASIBLE), _decaying(BIASED, sp.Rational(1, 10))
mean = r(S).over(S)
penalised = primal + lambda_b / 2 * norm2(b)


def _square(scale: Any = 1 / lambda_b) -> Any:
    return lambda_b / 2 * norm2(b - scale * mean)


@proves("E2")
def decayed_gap_identity() -> Derivation:
    """E2: the bias term of U6 and the penalty make a square, at the price of the mean residual."""
    unfit = gaps + lambda_H / 2 * feature_mismatch + 1 / (2 * lambda_H) * trace((lam * eye(K) - R) * G)
    price = 1 / (2 * lambda_b) * norm2(mean)

    def identity(price: Any, square: Any) -> Any:
        return _POINTS.eq(penalised - (dual - price), unfit + square, FENCHEL_YOUNG_MEAN)

    return Derivation(
        steps=told(
            r"""In U6a the bias enters through $-b^\top\bar r$. With the penalty, and $\frac1{2\lambda_b}\|\bar
            r\|^2$ on both sides, that is a square:""",
            identity(price, _square()),
            r"So every term is nonnegative when $R\preceq\lambda I$, whatever the mean residual is:",
            _FEASIBLE.ge(penalised - (dual - price), 0, gaps + UNFIT + _square(), FENCHEL_YOUNG_MEAN),
        ),
        variants={
            "the square of the bias left out": identity(price, 0),
            "half of the price of the mean residual": identity(HALF * price, _square()),
            "lambda_b for 1/lambda_b in the square": identity(price, _square(lambda_b)),
            "weak duality without the price of the mean residual": _BIASED.ge(
                penalised - dual, 0, gaps + UNFIT + _square(), FENCHEL_YOUNG_MEAN
            ),
        },
    )
