r"""Y1, Y1a, Y2 and Y2a: what prototypes inherit from finite targets."""

from dataclasses import replace
from typing import Any

import sympy as sp

from proofs.chapters.weighted_synthesis.squared_loss import (
    FREE,
    FROM_SINGLETONS,
    MEAN_SIZE,
    A,
    frequency,
    in_set,
    mean_size,
    size,
    surplus,
)
from proofs.kernel.checks import Check, Equation
from proofs.kernel.compound import every
from proofs.kernel.derivation import Derivation, Step, proves, told
from proofs.kernel.formula import Letter, number
from proofs.kernel.scalars import Scalars
from proofs.letters.feature_model import h, with_letters
from proofs.letters.prototypes import SINGLETON
from proofs.letters.readings import Circumstances, Reading, Term
from proofs.letters.vocabulary import MIXED, K, S, T, e, f, k, m_of, ones, y

eps, m, c1, total = (sp.Symbol(name, positive=True) for name in ("varepsilon", "m", "c_1", "F"))
c_of = sp.IndexedBase("c", positive=True)
c = c_of[S.symbol]
_FINITE = Scalars((eps > 0, eps < 1, K >= 2, m >= 1, m <= K - 1))
_SOME = A.data[0]


def _of_scale(labels: Any) -> Any:
    """Any factor of a label set, equal for sets of one label."""
    return sp.Rational(3, len(labels)) if labels else sp.Integer(2)


def _with_factors(model: Any) -> Any:
    members = next(iter(model.members.values()))
    value = sum(w * _of_scale(labels) * len(labels) for w, labels in members)
    scaled = with_letters(model, {}, {c1: 3, total: value})
    return replace(scaled, functions={**model.functions, "c": _of_scale})


_MODELS = tuple(_with_factors(model) for model in FREE.models)
_SIGNS = MIXED.extended(
    letters=(_SOME,),
    definitions=((h(S), A * (2 * y(S) - ones)), (SINGLETON(k), A * (2 * e(k) - ones))),
    models=FREE.models,
    scalars=Scalars((K >= 3,)),
)
_ft = Letter("ft", K, tex=r"\tilde f")
ft = _ft()
SCALED = MIXED.extended(
    letters=(_SOME,), definitions=((h(S), c * (A * y(S))), (SINGLETON(k), c1 * (A * e(k)))), models=_MODELS
)
_CENTERED = MIXED.extended(
    letters=(_SOME,),
    definitions=((ft, (c * y(S)).over(S)), (h(S), c * (A * y(S)) - A * ft), (SINGLETON(k), c1 * (A * e(k)) - A * ft)),
    models=_MODELS,
    scalars=Scalars((K >= 2, sp.Ne(c1, total))),
)
TOTAL = Equation("the sum of the scaled frequencies", number(c_of[T.symbol] * m_of[T.symbol]).over(T), total)


def _inherited(what: str, *targets: tuple[str, Check]) -> Step:
    return Step(
        f"The prediction is the target at $z^*_S={what}$:",
        every(*targets),
        then="so prototypes inherit the linear relations of these, up to the error of Y0.",
    )


_ell = (2 - eps) / eps
_BINARY = _inherited(
    r"\ell s_S",
    ("on the set:", _FINITE.eq(_ell / (1 + _ell), 1 - eps / 2)),
    ("off it:", _FINITE.eq((1 / _ell) / (1 + 1 / _ell), eps / 2)),
)
_ratio = 1 + K * (1 - eps) / (m * eps)
_PICKED = _inherited(
    "c_mPy_S",
    ("on the set:", _FINITE.eq(m * _ratio / (m * _ratio + K - m), 1 - eps + eps * m / K)),
    ("off it:", _FINITE.eq(m / (m * _ratio + K - m), eps * m / K)),
)


def _rule(setting: Any, weight: Any, *using: Any, loss: str = "BCE", bias: str = "none", also: str = "") -> Reading:
    where = Circumstances(f"{loss}, smoothed labels", bias, rf"$\lambda\to0${also}", limit=True)
    return Reading(h(S), (Term(weight, SINGLETON(k), k),), FROM_SINGLETONS, where, setting, using)


def uniform(bias: str = "none", also: str = "") -> Reading:
    """The rule of Y1."""
    return _rule(_SIGNS, in_set - (size - 1) / (K - 2), bias=bias, also=also + r", $K\ne2$")


def scaled(bias: str = "none", also: str = "") -> Reading:
    """The rule of Y2."""
    return _rule(SCALED, c / c1 * in_set, loss="PAL-CE", bias=bias, also=also)


@proves("Y1")
def smoothed_uniform_rule() -> Derivation:
    """Y1: the targets are multiples of sign vectors."""
    return Derivation(
        steps=told(_BINARY, "Sign vectors are affine in the indicator, hence", uniform()),
        variants={"plain sums": _rule(_SIGNS, in_set), "K in place of K - 2": _rule(_SIGNS, in_set - (size - 1) / K)},
    )


_CARDINALITY = MEAN_SIZE * ((1 / (1 - mean_size)) * ((ones.T * y(S) - number(1)) * (A * f)))


@proves("Y1a")
def smoothed_weighted_rule() -> Derivation:
    """Y1a: centered targets are multiples of centered indicators."""
    return Derivation(
        steps=told(
            _BINARY,
            "Less the mean it is $2\\ell(y_S-f)$, and as in W2",
            _rule(FREE, in_set - surplus * frequency, _CARDINALITY, bias="free", also=r", $\bar m\ne1$"),
        ),
        variants={"plain sums": _rule(FREE, in_set), "uniform corrections": _rule(FREE, in_set - (size - 1) / (K - 2))},
    )


@proves("Y2")
def scaled_averages() -> Derivation:
    """Y2: the targets are multiples of centered indicators, by multiplicity."""
    return Derivation(
        symbols=(("A", r"$\frac\mu{\lambda_H}W^\top M^{+1/2}P$"), ("c_S", "$c_m$ with $m=m_S$")),
        steps=told(_PICKED, "So prototypes are", scaled()),
        variants={"plain sums": _rule(SCALED, in_set), "the factor c_1/c_m": _rule(SCALED, c1 / c * in_set)},
    )


@proves("Y2a")
def scaled_weighted_rule() -> Derivation:
    """Y2a: centered by the mean target."""
    common = (c * size / c1 - 1) / (c1 - total)
    use = TOTAL * (common * (A * ft))
    return Derivation(
        symbols=(("A", r"$\frac\mu{\lambda_H}W^\top M^{+1/2}P$"), ("c_S", "$c_m$ with $m=m_S$"), ("F", r"$\tilde F$")),
        steps=told(
            _PICKED,
            "Less the mean $P\\tilde f$, prototypes are",
            _rule(
                _CENTERED,
                c / c1 * in_set + common * (e(k).T * ft),
                use,
                loss="PAL-CE",
                bias="free",
                also=r", $\tilde F\ne c_1$",
            ),
        ),
        variants={
            "scaled sums": _rule(_CENTERED, c / c1 * in_set),
            "plain class frequencies": _rule(_CENTERED, c / c1 * in_set + common * frequency),
        },
    )
