"""Whether anything is true of which claims speak: an exact finite model of the hypotheses of each."""

import itertools
import random
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import pytest

from proofs import checker as untyped
from proofs.claims import CLAIMS
from proofs.claims.any_rank import DUAL_VALUE
from proofs.claims.binary_cross_entropy import OWN_LOGITS, PAST, SIGN_MOMENT
from proofs.claims.bottleneck import CERTIFIED, NARROWED
from proofs.claims.closed_form_formulas import BEST_BIAS, BINARY_LOSS, ENTROPY_OF, OWN_LOGITS_OF
from proofs.claims.duality import ANY_FEATURES, AT_THE_ORIGIN, DEEP, ENOUGH_FEATURES, LOCAL
from proofs.claims.hypotheses import ENTROPY, FACTORS, LEAST_ROOT, LOGITS, PAL_CE, SCALAR
from proofs.claims.label_spectrum import ALL_SETS, DETERMINANT, DISCS, POWER
from proofs.claims.layer_formulas import LOGS
from proofs.claims.loss_weights import ANSWER_LOGITS, ANSWER_LOSS, LIMIT
from proofs.claims.orthogonal_case import EIGENVALUE, ETF_AT_ONE, ETFS, SOFTMAX
from proofs.claims.second_order_formulas import ELL
from proofs.claims.softmax_formulas import SYMMETRIES
from proofs.kernel.formal import declare, formula, prefix
from proofs.kernel.terms import names
from proofs.kernel.theorems import as_json
from proofs.letters.signature import SIGNATURE
from tests.proofs.closed_form_models import CLOSED_FORMS, answers, exchanges, swapped
from tests.proofs.fuzz_kernel import Matrix, Model
from tests.proofs.layer_models import LAYERS
from tests.proofs.ridge_models import bias_of_ridge
from tests.proofs.sign_models import CORRECTED_PAIRS, NINE_LABELS, THREE_LABELS, TWO_PAIRS_AND_ONE, UNEQUAL_PAIRS
from tests.proofs.test_attacks import BY, ONE, ZERO, Term, _assumed, _check, _l, _psd_with_a_number, _q
from tests.proofs.true_in_a_model import (
    CONTRASTS,
    HALF,
    ZERO_,
    _column,
    _matrix,
    _moment,
    _spectral,
    _SquaredLoss,
    _times,
    _true,
    _unit,
)

checker: Any = untyped

PAIRS: list[tuple[int, ...]] = [(1, 1, 0, 0), (0, 0, 1, 1), (1, 0, 1, 0), (0, 1, 0, 1), (1, 0, 0, 1), (0, 1, 1, 0)]


def _model(weights: list[Any], values: dict[str, Any], indexed: dict[str, list[Any]], letters: Any) -> Model:
    """Labels, mostly four, and four features; numbers, matrices and, by member of their family, columns and numbers."""
    size = len(indexed["y"][0])
    model = Model(random.Random(0), {"letters": letters}, {"K": size, "d": 4, "n": 5, "l": 8})
    model.weights = {"sets": tuple(map(Fraction, weights)), "labels": (Fraction(1),) * size, "parts": (HALF, HALF)}
    for name, value in values.items():
        model.given[name, ()] = value if isinstance(value, tuple) else ((Fraction(value),),)
    for name, each in indexed.items():
        for m, value in enumerate(each):
            model.given[name, (m,)] = value if isinstance(value, tuple) else ((Fraction(value),),)
    return model


def _scalar(n: Any) -> Matrix:
    return _matrix([[n * (i == j) for j in range(4)] for i in range(4)])


P = _spectral(1, 1, 1)
NOTHING = _column((0,) * 4)


def _pairs(*couples: Any, **more: Any) -> tuple[list[Any], dict[str, Any], dict[str, list[Any]]]:
    """The six pairs of four labels; a couple is a pair and its complement, which share its probability equally."""
    weights = [Fraction(c) / 2 for c in couples for _ in range(2)]
    values: dict[str, Any] = {"P": P, "M": _moment(weights, PAIRS), "Sigma": _spectral(*couples), "size": 2}
    values |= {"kappa": min(couples), "Kappa": max(couples), "kbar": Fraction(1, 3)}
    values["f"] = _column([sum((w * y[i] for w, y in zip(weights, PAIRS, strict=True)), ZERO_) for i in range(4)])
    return weights, values | more, {"y": [_column(y) for y in PAIRS], "m": [2] * 6}


def _singles(**more: Any) -> tuple[list[Any], dict[str, Any], dict[str, list[Any]]]:
    """Four single labels, equally likely; the squared loss without bias at its optimum, W = I, h = y/2 and r = y/2."""
    quarter, y = Fraction(1, 4), _unit(4)
    values: dict[str, Any] = {
        "W": _scalar(1),
        "lambda_H": 1,
        "lambda_W": Fraction(1, 16),
        "lambda": Fraction(1, 16),
        "P": P,
    }
    values |= {"N": _scalar(HALF), "R": _scalar(Fraction(1, 16)), "b": NOTHING, "f": _column([quarter] * 4), "mbar": 1}
    halves = [_column([HALF * x for x in one]) for one in y]
    indexed: dict[str, list[Any]] = {
        "y": [_column(one) for one in y],
        "m": [1] * 4,
        "h": halves,
        "r": halves,
        "z": halves,
        "h1": halves,
        "t": halves,
        "t1": halves,
        "prob": halves,
        "prob1": halves,
    }
    return [quarter] * 4, values | more, indexed


def _sign_vectors() -> tuple[list[Any], dict[str, Any], dict[str, list[Any]]]:
    """Pairs of four labels whose sign vectors have a second moment with a rational root, which is W W' too; and twice
    these as other logits."""
    third = Fraction(1, 3)
    rows: list[tuple[Any, ...]] = [(1, third, third, third), (-third, 1, -third, third), (-third, 0, 2 * third, third)]
    roots, signs = (4 * third, 4 * third, 2 * third), [_column([2 * x - 1 for x in pair]) for pair in PAIRS]
    weights, values, indexed = _pairs(*(r * r / 4 for r in roots))
    entries: Any = [
        [sum(x[i] * m[j] for x, m in zip(CONTRASTS, rows, strict=True)) for j in range(4)] for i in range(4)
    ]
    values |= {"Root": _spectral(*roots), "Q": _spectral(*(1 / r for r in roots)), "W": _matrix(entries)}
    values |= {"W2": _scalar(1), "b": NOTHING, "b2": NOTHING, "Pi": P, "Pi2": P}
    values |= {"Root2": _spectral(*(2 * r for r in roots)), "Q2": _spectral(*(HALF / r for r in roots))}
    features = [_column([w * 2 / r * c for c in m]) for m, r in zip(rows, roots, strict=True) for w in (1, -1)]
    twice = [_column([2 * x for (x,) in sign]) for sign in signs]
    return weights, values, indexed | {"h2": twice, "z2": twice, "h": features}


def _collapsed_pair() -> tuple[list[Any], dict[str, Any], dict[str, list[Any]]]:
    """Three single labels and a pair, all collapsed: W = 0 and the residuals of the squared loss with the best bias."""
    sets, f = [*_unit(4)[:3], (1, 1, 0, 0)], [HALF, HALF, Fraction(1, 4), ZERO_]
    values: dict[str, Any] = {"W": _scalar(0), "lambda_H": 1, "f": _column(f), "mbar": Fraction(5, 4)}
    residuals = [_column([x - c for x, c in zip(y, f, strict=True)]) for y in sets]
    indexed: dict[str, list[Any]] = {"y": [_column(y) for y in sets], "m": [1, 1, 1, 2], "r": residuals}
    indexed |= {"a": [0, 0, 0, 1], "h": [NOTHING] * 4, "h1": [NOTHING] * 4}
    return [Fraction(1, 4)] * 4, values | {"v": _column(sets[3]), "g": NOTHING}, indexed


def _twice() -> tuple[list[Any], dict[str, Any], dict[str, list[Any]]]:
    """The optimum as the point and as itself, without a gap."""
    weights, values, indexed = _singles(W2=_scalar(1), b2=NOTHING, R2=_scalar(Fraction(1, 16)), eps=0)
    return weights, values, indexed | {"h2": indexed["h"], "r2": indexed["r"]}


def _all_collapsed() -> tuple[list[Any], dict[str, Any], dict[str, list[Any]]]:
    """The same at the penalty 1, which is above the largest eigenvalue of the covariance."""
    weights, values, indexed = _collapsed_pair()
    moment = _moment(weights, [tuple(x for (x,) in r) for r in indexed["r"]])
    values |= {"lambda_W": 1, "lambda": 1, "mu": 1, "b": values["f"], "R": moment, "C": moment, "N": _scalar(1)}
    return weights, values, indexed | {"a": indexed["r"]}


def _simplex(**more: Any) -> tuple[list[Any], dict[str, Any], dict[str, list[Any]]]:
    """The same with the best bias: W = P, and half of P y for features and residuals."""
    weights, values, indexed = _singles(**{"W": P, "s": 1, "b": _column([Fraction(1, 4)] * 4)} | more)
    halves = [_column([HALF * (row[i] - Fraction(1, 4)) for row in map(list, _unit(4))]) for i in range(4)]
    return weights, values, indexed | {"h": halves, "r": halves, "rate": [HALF] * 4}


def _decaying() -> tuple[list[Any], dict[str, Any], dict[str, list[Any]]]:
    """Four single labels, no features, and the best decaying bias at lambda_b = 1."""
    weights, values, indexed = _singles(b=_column([Fraction(1, 8)] * 4), lambda_b=1, c=NOTHING)
    residuals = [_column([x - Fraction(1, 8) for x in y]) for y in _unit(4)]
    return weights, values, indexed | {"h": [NOTHING] * 4, "r": residuals}


FLAT = (Fraction(1, 3),) * 3
STEEP = (HALF, Fraction(1, 3), Fraction(1, 6))
OTHER = (HALF, Fraction(1, 4), Fraction(1, 4))


def _deviations() -> list[tuple[Any, ...]]:
    """The pairs less their mean, whatever weights a pair and its complement share."""
    return [tuple(y - HALF for y in pair) for pair in PAIRS]


_DENSITY = [o / f for o, f in zip(OTHER, FLAT, strict=True) for _ in range(2)]
_TWO: dict[str, Any] = {"Sigma2": _spectral(*OTHER), "kappa2": Fraction(1, 4), "norm": Fraction(1, 6), "c": 1}
_ROOTS: dict[str, Any] = {
    "Root": _spectral(Fraction(1, 4), Fraction(1, 4), 1),
    "Root2": _spectral(*[Fraction(1, 4)] * 3),
}
_ROOTS |= {"Sigma": _spectral(Fraction(1, 16), Fraction(1, 16), 1), "Sigma2": _spectral(*[Fraction(1, 16)] * 3)}
_ROOTS |= {"s": Fraction(1, 4), "s2": Fraction(1, 4), "kappa": Fraction(1, 16), "kappa2": Fraction(1, 16)}
_ROOTS |= {"norm": Fraction(15, 16), "apart": Fraction(3, 4)}
_ROOTS["W"] = _matrix(
    [[r * x[i] for r, x in zip((HALF, HALF, Fraction(1)), CONTRASTS, strict=True)] + [0] for i in range(4)]
)
_COLLAPSED: dict[str, Any] = {"W": _scalar(0), "lambda_H": 1, "b": _column([Fraction(1, 4)] * 4)}
_AT_ZERO: dict[str, Any] = {"R": _scalar(Fraction(1, 4)), "b0": NOTHING, "top": Fraction(1, 4), "c": 1}
_QUARTER: dict[str, Any] = {"M": _scalar(Fraction(1, 4)), "Sigma": _spectral(*[Fraction(1, 4)] * 3)}
_QUARTER |= {"Root": _spectral(*[HALF] * 3), "Q": _spectral(2, 2, 2), "s": HALF, "s2": HALF, "size": 1}
_QUARTER |= {"kappa": Fraction(1, 4), "Kappa": Fraction(1, 4), "kbar": Fraction(1, 4), "mu": Fraction(1, 4)}
_HALVES = _QUARTER | {"Pi": P, "mean": HALF, **dict.fromkeys(("c", "c2", "c3", "c4"), HALF)}

_PARTS: dict[str, Any] = {"Plus": _scalar(Fraction(1, 4)), "Minus": _scalar(0)}


def _polar() -> tuple[list[Any], dict[str, Any], dict[str, list[Any]]]:
    """Four single labels, equally likely, and the polar residuals at mu = 1/4: half the centered indicators."""
    weights, values, indexed = _singles(**_HALVES)
    return weights, values, indexed | {"r": [_column([(x - Fraction(1, 4)) / 2 for x in y]) for y in _unit(4)]}


def _at_the_threshold() -> tuple[list[Any], dict[str, Any], dict[str, list[Any]]]:
    """Pairs of four labels with eigenvalues 16/81, 16/81 and 49/81, and the polar residuals at the largest of them."""
    roots = tuple(Fraction(n, 9) for n in (4, 4, 7))
    weights, values, indexed = _pairs(*(r * r for r in roots), lambda_H=1, mu=roots[2], c=1, Pi=P)
    values |= dict.fromkeys(("lambda", "lambda_W"), roots[2] ** 2)
    values |= {"Root": _spectral(*roots), "Q": _spectral(*(1 / r for r in roots))}
    polar = _spectral(*(roots[2] / r for r in roots))
    return weights, values, indexed | {"r": [_times(polar, y) for y in indexed["y"]]}


def _any_logits() -> tuple[list[Any], dict[str, Any], dict[str, list[Any]]]:
    """Pairs of four labels, their centered indicators as logits, of rank 3 and with two roots of eigenvalues."""
    roots = tuple(Fraction(n, 3) for n in (2, 2, 1))
    weights, values, indexed = _pairs(*(r * r for r in roots), lambda_W=4, lambda_H=Fraction(1, 9), mu=Fraction(2, 3))
    values |= {"lambda": Fraction(4, 9), "Root": _spectral(*roots), "Q": _spectral(*(1 / r for r in roots)), "Pi": P}
    return weights, values, indexed | {"z": [_column(one) for one in _deviations()]}


def _two_roots() -> tuple[list[Any], dict[str, Any], dict[str, list[Any]]]:
    """The same, and the root of the same moment once more."""
    weights, values, indexed = _polar()
    second = {f"{name}2": values[name] for name in ("Root", "Q", "Pi")}
    return weights, values | second, indexed | {"scale": [1] * 4}


def _polar_twice() -> tuple[list[Any], dict[str, Any], dict[str, list[Any]]]:
    """The same, as residuals and as what they are compared with."""
    weights, values, indexed = _polar()
    columns = [_column([4 * x for (x,) in r]) for r in indexed["r"]]
    return weights, values, indexed | {"q_own": columns, "q2_own": columns}


def _hard_margin() -> tuple[list[Any], dict[str, Any], dict[str, list[Any]]]:
    """All pairs of four labels and the full set, so likely that W = P/2 is the hard-margin solution, with h = 2 P y."""
    sets, pairs = [*PAIRS, (1, 1, 1, 1)], [_column([2 * y - 1 for y in one]) for one in PAIRS]
    values: dict[str, Any] = {"P": P, "Pi": P, "Root": _spectral(*[Fraction(1, 4)] * 3), "Q": _spectral(4, 4, 4)}
    values |= {"W": _spectral(*[HALF] * 3), "W2": _spectral(*[HALF] * 3), "b": NOTHING, "b2": NOTHING}
    weights = [Fraction(1, 32)] * 6 + [Fraction(13, 16)]
    values |= {
        "f": _column([Fraction(29, 32)] * 4),
        "M": _moment(weights, sets),
        "Sigma": _spectral(*[Fraction(1, 16)] * 3),
    }
    columns = [_column(one) for one in sets]
    indexed: dict[str, list[Any]] = {
        "y": columns,
        "a": columns,
        "m": [2] * 6 + [4],
        "h": [*pairs, NOTHING],
        "h2": [*pairs, NOTHING],
    }
    return weights, values, indexed | {"level": [HALF] * 6 + [0]}


def _two_points() -> tuple[list[Any], dict[str, Any], dict[str, list[Any]]]:
    """The optimum of the squared loss on single labels, and no classifier at all."""
    weights, values, indexed = _singles(mu=Fraction(1, 4), tau=1, W2=_scalar(0), b2=NOTHING)
    twice = [_column([2 * x for x in one]) for one in _unit(4)]
    return weights, values, indexed | {"h2": [NOTHING] * 4, "q_own": twice}


def _unequal() -> tuple[list[Any], dict[str, Any], dict[str, list[Any]]]:
    """Four single labels with three frequencies: 17/100 is a root of the secular equation."""
    weights = [Fraction(n, 50) for n in (7, 16, 16, 11)]
    moment = _moment(weights, _unit(4))
    values = {"P": P, "M": moment, "Sigma": _times(_times(P, moment), P), "f": _column(weights), "size": 1}
    values |= {"kappa": Fraction(17, 100), "e2": Fraction(909, 2500)}
    return weights, values, {"y": [_column(y) for y in _unit(4)], "m": [1] * 4}


def _with_places() -> tuple[list[Any], dict[str, Any], dict[str, list[Any]]]:
    """Four single labels, each with a vector of an orthonormal basis."""
    weights, values, indexed = _singles()
    return weights, values, indexed | {"place": [_column(one) for one in _unit(4)]}


def _singles_and_pairs(single: Any, pair: Any) -> tuple[list[Any], dict[str, Any], dict[str, list[Any]]]:
    """All single labels and all pairs of four labels."""
    sets, weights = [*_unit(4), *PAIRS], [single] * 4 + [pair] * 6
    values: dict[str, Any] = {"P": P, "M": _moment(weights, sets), "lambda_W": HALF, "lambda_H": 1, "lambda": HALF}
    return weights, values, {"y": [_column(y) for y in sets], "m": [1] * 4 + [2] * 6}


def _alone_and_in_pairs() -> tuple[list[Any], dict[str, Any], dict[str, list[Any]]]:
    """So likely that the root of Sigma is 5/9 P, and W of W W' = 5/9 P, h = W' Q y the hard-margin solution."""
    weights, values, indexed = _singles_and_pairs(Fraction(2, 27), Fraction(19, 162))
    third, two = Fraction(1, 3), Fraction(2, 3)
    rows: Any = ((third, two, 0, 0), (-two, third, 0, 0), (0, 0, third, two))
    w = _matrix(
        [[sum(x[i] * row[j] for x, row in zip(CONTRASTS, rows, strict=True)) for j in range(4)] for i in range(4)]
    )
    inverse = _spectral(*[Fraction(9, 5)] * 3)
    values |= {"W": w, "Pi": P, "Root": _spectral(*[Fraction(5, 9)] * 3), "Q": inverse}
    values["Sigma"] = _spectral(*[Fraction(25, 81)] * 3)
    polar = [_times(inverse, y) for y in indexed["y"]]
    features = [_times(tuple(zip(*w, strict=True)), q) for q in polar]
    level = [1 - Fraction(m, 4) for m in indexed["m"]]
    indexed |= {"q_own": polar, "q1": polar[:4], "h": features, "h1": features[:4], "level": level}
    return weights, values, indexed | {"level1": level[:4]}


def _averaged() -> tuple[list[Any], dict[str, Any], dict[str, list[Any]]]:
    """Single labels with probability 1/2 on their own label, pairs with 2/5 on each of theirs, and W = P."""
    weights, values, indexed = _singles_and_pairs(Fraction(1, 10), Fraction(1, 10))
    own, other = {1: HALF, 2: Fraction(2, 5)}, {1: Fraction(1, 6), 2: Fraction(1, 10)}
    sizes = list(zip(indexed["m"], indexed["y"], strict=True))
    prob = [_column([own[m] if x else other[m] for (x,) in y]) for m, y in sizes]
    rest = [
        _column([x - m * q for (x,), (q,) in zip(y, p, strict=True)]) for (m, y), p in zip(sizes, prob, strict=True)
    ]
    features = [_times(P, one) for one in rest]
    indexed |= {"prob": prob, "prob1": prob[:4], "h": features, "h1": features[:4], "r": rest}
    return weights, values | {"W": P, "b": NOTHING} | dict.fromkeys(("lambda", "lambda_W"), Fraction(86, 1125)), indexed


def _near_balance() -> tuple[list[Any], dict[str, Any], dict[str, list[Any]]]:
    """Four single labels, two as likely as (49/82)^2 and two as (31/82)^2: Sigma has a rational root."""
    first, last = Fraction(49, 82), Fraction(31, 82)
    pairs = ((first, (1, -1, 0, 0)), (last, (0, 0, 1, -1)))

    def on(value: Any) -> Matrix:
        """The matrix of a function of the root: on the difference of either two labels, and between the pairs."""
        ends = [[sum((value(r) * x[i] * x[j] / 2 for r, x in pairs), ZERO_) for j in range(4)] for i in range(4)]
        middle = CONTRASTS[0]
        return _matrix([[ends[i][j] + value(HALF) * middle[i] * middle[j] for j in range(4)] for i in range(4)])

    weights, shares = [first**2] * 2 + [last**2] * 2, [1 / first] * 2 + [1 / last] * 2
    values: dict[str, Any] = {"P": P, "Pi": P, "M": _moment(weights, _unit(4)), "Sigma": on(lambda r: r * r)}
    values |= {"Root": on(lambda r: r), "Q": on(lambda r: 1 / r), "f": _column(weights), "root": 2, "s": 1}
    values |= {"eps": 4 * first**2 - 1, "a": _column((1, 1, -1, -1))}
    return weights, values, {"y": [_column(y) for y in _unit(4)], "m": [1] * 4, "share": shares}


def _singles_and_all() -> tuple[list[Any], dict[str, Any], dict[str, list[Any]]]:
    """Four single labels and the full set, so likely that the second moment of sign vectors has a rational root.

    Its eigenvalues are (22/13)^2 on the ones and (8/13)^2 else: within the bound 3 on the ratio of their roots.
    """
    sets = [*_unit(4), (1, 1, 1, 1)]
    weights = [Fraction(16, 169)] * 4 + [Fraction(105, 169)]

    def isotropic(else_: Fraction, on_ones: Fraction) -> Matrix:
        return _matrix([[else_ * (i == j) + (on_ones - else_) / 4 for j in range(4)] for i in range(4)])

    small, large = Fraction(8, 13), Fraction(22, 13)
    values: dict[str, Any] = {"f": _column([Fraction(121, 169)] * 4), "s": small, "s2": large, "root": 2}
    values |= {"N": _moment(weights, [tuple(2 * x - 1 for x in one) for one in sets])}
    values |= {"Root": isotropic(small, large), "Q": isotropic(1 / small, 1 / large)}
    values |= {"Inv": isotropic(1 / small**2, 1 / large**2)}
    return weights, values, {"y": [_column(one) for one in sets], "m": [1] * 4 + [4]}


def _before_training() -> tuple[list[Any], dict[str, Any], dict[str, list[Any]]]:
    """Four single labels and the squared loss at W = 0: three directions are above the penalty 4/15, one is below."""

    def diagonal(*entries: Any) -> Matrix:
        return _matrix([[entries[i] * (i == j) for j in range(4)] for i in range(4)])

    one, zero = [list(row) for row in _scalar(1)], [list(row) for row in _scalar(0)]
    roots = [Fraction(x, 5) for x in (4, 2, 2, 1)]
    fifteenth, indicators = Fraction(1, 15), [_column(y) for y in _unit(4)]
    values: dict[str, Any] = {"W": _scalar(0), "b": NOTHING, "b2": NOTHING, "P": P, "c": 1, "mu": 4 * fifteenth}
    values["lambda_W"] = 2
    values |= {"lambda_H": Fraction(8, 225), "lambda": Fraction(16, 225), "R": diagonal(*(x * x for x in roots))}
    values |= {"Root": diagonal(*roots), "Plus": diagonal(*(x * fifteenth for x in (8, 2, 2, 0)))}
    values |= {"Minus": diagonal(0, 0, 0, fifteenth), "A": diagonal(*(x * fifteenth for x in (4, 2, 2, 0)))}
    values |= {"B": diagonal(*[Fraction(5, 2)] * 3, 0), "E1": _matrix(one + zero), "E2": _matrix(zero + one)}
    indexed: dict[str, list[Any]] = {"y": indicators, "m": [1] * 4, "h": [NOTHING] * 4, "r": indicators}
    return [x * x for x in roots], values, indexed


def _one_feature() -> tuple[list[Any], dict[str, Any], dict[str, list[Any]]]:
    """The same after training, with one feature for the first of three directions, and with four."""
    weights, values, indexed = _before_training()
    fifteenth = Fraction(1, 15)
    wide = [Fraction(5, 2) * (k < 3) for k in range(4)]
    values |= {"mu": 4 * fifteenth, "C": values["R"], "b0": NOTHING, "b2": NOTHING, "level": Fraction(1, 25)}
    values |= {"E": _column((1, 0, 0, 0)), "W": _column((4 * fifteenth, 0, 0, 0)), "W3": values["A"]}
    indexed |= {"a": indexed["y"], "h": [_matrix([[wide[0] * (k == 0)]]) for k in range(4)]}
    indexed["h3"] = [_column([x * (i == k) for i in range(4)]) for k, x in enumerate(wide)]
    return weights, values, indexed


def _near_polar(base: Any, columns: list[Any], root: Matrix, singles: list[Any]) -> Any:
    """Polar residuals of the squared loss at mu = 1/4: root is the inverse root of the second moment of the columns.

    The point is the one with these residuals, W = W2 = I and h = y - r, so that it is as good as itself.
    """
    weights, values, indexed = base
    polar = [_times(root, _column(a)) for a in columns]
    residuals = [_column([x / 4 for (x,) in q]) for q in polar]
    features = [
        _column([y - r for (y,), (r,) in zip(one, r_, strict=True)])
        for one, r_ in zip(indexed["y"], residuals, strict=True)
    ]
    values |= {"W": _scalar(1), "W2": _scalar(1), "b": NOTHING, "b2": NOTHING, "mu": Fraction(1, 4), "lambda_H": 1}
    values |= {"lambda_W": Fraction(1, 16), "lambda": Fraction(1, 16), "Q": root, "t": 1}
    values |= {"Pi": _times(_times(root, _moment(weights, columns)), root), "P": P}
    values["R"] = _moment(weights, [tuple(x for (x,) in r) for r in residuals])
    values["mbar"] = sum((w * m for w, m in zip(weights, indexed["m"], strict=True)), ZERO_)
    indexed |= {
        "a": [_column(a) for a in columns],
        "r": residuals,
        "h": features,
        "h2": features,
        "z": features,
        "r2": features,
        "g": polar,
    }
    indexed |= {"h1": [_times(root, _column(a)) for a in singles], "c": [1] * len(weights), "nu": [1] * len(weights)}
    return weights, values, indexed


def _singles_near_polar(sign: int = 0, **more: Any) -> Any:
    """Four single labels; their centered indicators, or their sign vectors, or (-1) the indicators themselves."""
    shift = {0: Fraction(1, 4), 1: HALF, -1: ZERO_}[sign]
    columns = [tuple((1 + (sign == 1)) * (x - shift) for x in one) for one in _unit(4)]
    root = {0: _spectral(2, 2, 2), 1: _scalar(1), -1: _scalar(2)}[sign]
    return _near_polar(_singles(**more), columns, root, columns)


def _weighted_answers() -> Any:
    """The same with sign vectors, and twice the weight on the label that is there."""
    weights, values, indexed = _singles_near_polar(1, top=Fraction(9, 16), most=2)
    signed = [_column([3 * x - 1 for x in one]) for one in _unit(4)]
    moment = _matrix([[Fraction(1, 4) * (9 * (i == j) - 2) for j in range(4)] for i in range(4)])
    return weights, values | {"N": _times(_scalar(Fraction(1, 4)), moment)}, indexed | {"signed": signed}


def _pairs_near_polar() -> Any:
    """All pairs of four labels and the full set, with cardinality above 1."""
    centered = [tuple(x - Fraction(sum(one), 4) for x in one) for one in [*PAIRS, (1, 1, 1, 1)]]
    singles = [tuple(x - Fraction(1, 4) for x in one) for one in _unit(4)]
    return _near_polar(_hard_margin(), centered, _spectral(4, 4, 4), singles)


def _virtual() -> Any:
    """The same with a fifth set, a copy of the first, that is not in the support."""
    weights, values, indexed = _singles_near_polar(-1, a1=_column([1, 0, 0, 0]))
    half = _column([HALF, 0, 0, 0])
    return (
        weights,
        values | {"h1": half, "r1": half},
        {k: v for k, v in indexed.items() if k != "h1"} | {"c": [4, 0, 0, 0]},
    )


def _finite(made: Any, offset: Any, **more: Any) -> Any:
    """The same for the squared distance to targets that are the columns and an offset, which is the bias."""
    weights, values, indexed = made
    bias = _column([offset] * 4)
    targets = [_column([x + offset for (x,) in a]) for a in indexed["a"]]
    features = [
        _column([x - y for (x,), (y,) in zip(a, r, strict=True)])
        for a, r in zip(indexed["a"], indexed["r"], strict=True)
    ]
    values |= {"b": bias, "b2": bias, "b3": bias, "alpha": 1, "ell": HALF, "c1": 1, "x1": NOTHING} | more
    return weights, values, indexed | {"target": targets, "h": features, "h2": features, "scale": [1] * len(weights)}


def _asked_for() -> Any:
    """Four single labels with polar residuals, and the decaying bias that these ask for at lambda_b = 1."""
    weights, values, indexed = _singles_near_polar(-1, lambda_b=1)
    bias = Fraction(1, 8)
    features = [_column([x - bias for (x,) in h]) for h in indexed["h"]]
    values |= {"b": _column([bias] * 4), "b2": _column([bias] * 4)}
    return weights, values, indexed | {"h": features, "h2": features}


def _pairs_of_targets(offset: Any) -> Any:
    """All pairs of four labels, so likely that their second moment has a rational root; F~ = 2."""
    centered = [tuple(x - HALF for x in one) for one in PAIRS]
    likely, halves = (Fraction(1, 9), Fraction(4, 9), Fraction(4, 9)), _column([HALF] * 4)
    made = _near_polar(_pairs(*likely), centered, _spectral(3, Fraction(3, 2), Fraction(3, 2)), _unit(4))
    return _finite(made, offset, ft=halves, total=2)


_COUNTED: dict[str, Any] = {"all_sets": 6, "with_one": 3, "with_one_of_two": 2}


def _eigenvectors() -> tuple[list[Any], dict[str, Any], dict[str, list[Any]]]:
    """Pairs whose three eigenvalues differ, and their eigenvectors: the weakest contrast, and the two others."""
    *others, low = map(_column, CONTRASTS)
    weights, values, indexed = _pairs(*STEEP, low=low, trace=1)
    return weights, values, indexed | {"q_own": others, "level": list(STEEP[:2])}


MODELS: dict[str, Any] = {
    "S1": _pairs(*FLAT, **_COUNTED),
    "S3": _unequal(),
    "S4": _pairs(*STEEP, Sigma_c=_spectral(*STEEP)),
    **{claim: _pairs(*STEEP) for claim in ("S2", "S5", "S9")},
    "S6": _pairs(*FLAT),
    "S7": _pairs(*FLAT, pair=Fraction(1, 6)),
    "S8": _pairs(*STEEP, t=Fraction(1, 6), disc=Fraction(1, 6), least=Fraction(1, 12), **_COUNTED),
    "S10": _pairs(*FLAT, **_TWO),
    "S11": _pairs(*STEEP, C=_moment([c / 2 for c in STEEP for _ in range(2)], _deviations())),
    "S12": _pairs(*FLAT, **_TWO),
    "S13": _eigenvectors(),
    "S14": _pairs(*STEEP, pair=1, Blocks=_moment([1] * 6, PAIRS), blocks=6, least=Fraction(1, 12)),
    "T5": _pairs(*FLAT, **_ROOTS),
    "T5a": _pairs(*FLAT, **_ROOTS, Q=_spectral(4, 4, 1), Q2=_spectral(4, 4, 4), away=3),
    **{claim: _singles(**_HALVES) for claim in ("L1", "L2", "L5a")},
    "L3": _singles(**(_HALVES | {"Root": _spectral(*[Fraction(1, 4)] * 3), "Q": _spectral(4, 4, 4), "s": 1})),
    "L5": _two_roots(),
    "L5b": _at_the_threshold(),
    "U5": _any_logits(),
    **{claim: _polar() for claim in ("L5c", "L5d")},
    **{claim: _hard_margin() for claim in ("T1", "W8a")},
    "T3a": UNEQUAL_PAIRS,
    "T3b": NINE_LABELS,
    "T4": TWO_PAIRS_AND_ONE,
    "T6": THREE_LABELS,
    "T3": _singles(**_QUARTER, theta=Fraction(1, 3)),
    "L4": _singles(**(_AT_ZERO | {"c": HALF})),
    "U9": _singles(**_AT_ZERO),
    "U1a": _singles(eps=0),
    **{claim: _twice() for claim in ("U11", "U11a")},
    "U10": _singles(G=_scalar(1)),
    **{claim: _singles(b2=NOTHING) for claim in ("U7", "U8a")},
    "U2": _singles(c=1),
    "W2a": _singles(mu=Fraction(1, 4), C=_scalar(Fraction(1, 4)), Root=_scalar(HALF), **_PARTS),
    **{claim: _singles(**_COLLAPSED) for claim in ("W2b", "W2c")},
    "W2d": _all_collapsed(),
    **{claim: _averaged() for claim in ("W5", "W6")},
    "W6a": LAYERS,
    "B0": _singles(h0=NOTHING, t0=NOTHING),
    "B2": _singles_near_polar(1),
    "B3": _singles_near_polar(1, h0=_column([-1] * 4)),
    "B3a": _singles_near_polar(h0=NOTHING),
    **{claim: _singles_near_polar() for claim in ("T2", "W3a", "W4")},
    "T2a": _near_polar(*CORRECTED_PAIRS),
    **{claim: _singles_near_polar(-1) for claim in ("T8", "D1", "V1", "V2", "C1")},
    "V3": _weighted_answers(),
    "W8": _singles_near_polar(Root=_spectral(HALF, HALF, HALF)),
    "W4c": _alone_and_in_pairs(),
    **{claim: _singles_and_all() for claim in ("B4a", "B4c")},
    **{claim: _before_training() for claim in ("U7a", "C2")},
    "C3": _one_feature(),
    "W8b": _near_balance(),
    "D2": _polar_twice(),
    "T7": _two_points(),
    "W3": _pairs_near_polar(),
    "T8a": _virtual(),
    "B1": _sign_vectors(),
    **CLOSED_FORMS,
    "B5f": _collapsed_pair(),
    **{claim: _simplex() for claim in ("O2", "O2a", "O2b")},
    "O3a": _simplex(b=NOTHING, b2=NOTHING),
    "E1": _decaying(),
    "E2": _singles(lambda_b=1),
    **{claim: _asked_for() for claim in ("E3", "E3a")},
    "E4": _singles_near_polar(lambda_b=1),
    "E5": bias_of_ridge(),
    "Y0": _finite(_singles_near_polar(-1), 0),
    "Y0a": _finite(_virtual(), 0),
    "Y3": _pairs(*FLAT, **_ROOTS, Span=P),
    "Y4": _singles(eps=HALF, odds=4),
    "Y1": _finite(_singles_near_polar(1), 0, ell=1),
    "Y1a": _pairs_of_targets(HALF),
    "Y2": _pairs_of_targets(0),
    "Y2a": _pairs_of_targets(HALF),
    "W3b": _singles(**_COLLAPSED),
    "U6b": _with_places(),
    **{claim: _singles() for claim in ("U1", "U3", "U4", "U4a", "U4b", "U6", "U6a", "U8", "W1", "W2", "O1", "O3")},
}


SOLVED = f"all S, s: 0 < s => 0 < c[S](s) and {SCALAR.format('c[S](s)', 'm[S]')}"
"""What names a solution c of O1's equation, which O1 proves to be there at every s and to be the only one."""
GREATEST_VALUE = f"{DUAL_VALUE.format('q2')} <= {DUAL_VALUE.format('q')}"
"""What says that the second residuals of D2 are no better: they are the same in its model."""
DEFINED = {SOLVED: "c", "log(mu) = -tau": "tau", FACTORS[0]: "c", FACTORS[1]: "c1", BINARY_LOSS: "L", OWN_LOGITS: "z"}
DEFINED |= {PAL_CE[0]: "ex", PAL_CE[1]: "L", ENTROPY[0]: "H", LOGITS[0]: "z", GREATEST_VALUE: "log"}
DEFINED |= {ANSWER_LOSS: "L", ANSWER_LOGITS: "z", SOFTMAX: "r", EIGENVALUE: "a", PAST: "past", ENTROPY_OF: "H"}
DEFINED |= {DETERMINANT: "det", POWER: "phi", BEST_BIAS: "b2", OWN_LOGITS_OF: "a", ELL: "ell"}
DEFINED |= {LOGS[0]: "logs", LOGS[1]: "G", LEAST_ROOT: "c", ETFS: "W_at"}
"""What says what ex, L, H, z, c, c_1, tau, ell and past are, and the letter: they have no rational model, or are no
polynomials."""
SPOKEN_OF = {"O2": {"L"}, "O2a": {"L", "c"}, "L3": {"c"}, "T2": {"L", "z"}, "B2": {"L", "z"}, "T7": {"tau"}}
SPOKEN_OF |= {"B6a": {"a"}, "T2a": {"L", "z", "tau", "ell"}, "W6a": {"G", "logs"}}
"""Claims in which another hypothesis speaks of them too.

Elsewhere what is checked here is a model of all hypotheses, with these letters as they are defined. In these claims the
other hypothesis is checked of the squared loss and of a c, z, ell or tau that is simply given: that it is true in some
case of PAL-CE or BCE, and of these letters as they are defined, is not checked here.
"""


def _exchanges_and_discs() -> dict[tuple[str, tuple[int, ...]], Matrix]:
    """The same as 1, whatever the probabilities, and the entries of M - 1/6 off the diagonal."""
    given = {at: ((value[0][0] / 6,),) for at, value in exchanges(PAIRS, Fraction(1, 6)).items()}
    moment = MODELS["S8"][1]["M"]
    off = [[(moment[i][j] - Fraction(1, 6)) * (i != j) for j in range(4)] for i in range(4)]
    near = {("near", (i, j)): ((abs(off[i][j]),),) for i, j in itertools.product(range(4), range(4))}
    return given | near | {("Off", ()): _matrix(off)}


MORE: dict[str, Any] = {
    "O2b": lambda: {("excess", (m,)): _matrix([[0] * 4] * 4) for m in range(4)},
    "S8": _exchanges_and_discs,
    "V3": answers,
    "S1": lambda: exchanges(PAIRS, Fraction(1, 6)),
    "B5c": swapped,
    "W2a": lambda: {("a", (m,)): _column(one) for m, one in enumerate(_unit(4))},
}
"""What else a claim speaks of."""
SIZES = {"U6b": {"n": 4}, "C3": {"d": 1, "l": 1}, "T3b": {"K": 9, "l": 6}, "T6": {"K": 3}}
"""Numbers of labels and of features, where they are not those of the others."""


def _of(claim: str) -> tuple[Model, list[Any]]:
    formal = CLAIMS[claim].formal
    weights, values, indexed = MODELS[claim]
    signature = declare(SIGNATURE, *formal.letters)
    letters = signature.as_json()["letters"]
    model = _model(weights, values, indexed, letters)
    y = [model.given["y", (m,)] for m in range(len(weights))]
    for m, one in enumerate(y):
        model.given["yc", (m,)] = _column([1 - x for (x,) in one])
        model.given["s", (m,)] = model.given.get(("r", (m,)))
        model.given["r0", (m,)] = model.given["r", (m,)] if claim == "V2" else one
        model.given |= {("g", (m, p)): model.given.get(("h", (m,))) for p in range(2 * (len(y) == 4))}
        model.given |= {("q", (m, p)): ((Fraction(1),),) for p in range(2 * (len(y) == 4))}
        for other in range(len(y)):
            model.given["same", (m, other)] = ((Fraction(m == other),),)
            model.given["cond", (m, other)] = ((Fraction(1),),)
            model.given["omega", (m, other)] = ((Fraction(4 * (m == other)),),)
        model.given["block", (m,)] = model.given["q", (m,)] = ((Fraction(1),),)
        if len(y) == 6 and ("a", (m,)) not in model.given:
            q2 = _DENSITY[m]
            model.given["q2", (m,)], model.given["a", (m,)] = ((q2,),), ((abs(1 - q2),),)
            model.given["q", (0, m)], model.given["q", (1, m)] = ((q2,),), ((2 - q2,),)
    model.given |= MORE.get(claim, dict)()
    model.sizes |= SIZES.get(claim, {})
    model.weights["labels"] = (Fraction(1),) * model.sizes["K"]
    for (name, members), value in list(model.given.items()):
        if name.endswith("_own"):  # a vector where other claims have a number of the same name
            model.given[name.removesuffix("_own"), members] = value
    if claim == "B1":
        for m, one in enumerate(y):
            model.given["a", (m,)] = _column([2 * x - 1 for (x,) in one])
    if claim in ("W2b", "W2c", "W3b"):
        for m, one in enumerate(y):
            model.given["h", (m,)] = model.given["h1", (m,)] = NOTHING
            model.given["r", (m,)] = _column([x - Fraction(1, 4) for (x,) in one])
    if claim == "S5":
        moment, size = model.given["M", ()], 4
        own = [sum(row, ZERO_) for row in moment]
        model.given["Laplacian", ()] = _matrix(
            [[(i == j) * own[i] - moment[i][j] for j in range(size)] for i in range(size)]
        )
    if claim == "S6":
        for p, part in enumerate((OTHER, [2 * f - o for f, o in zip(FLAT, OTHER, strict=True)])):
            model.given["Part", (p,)] = _spectral(*part)
            model.given["least", (p,)], model.given["greatest", (p,)] = ((min(part),),), ((max(part),),)
    return _SquaredLoss(model), [formula(text, signature) for text in formal.given if text not in DEFINED]


def _untrue(model: Any, claim: str, texts: Iterable[str], *more: str) -> list[str]:
    """Which of these, in the letters of the claim and more, are not so."""
    signature = declare(SIGNATURE, *CLAIMS[claim].formal.letters, *more)
    return [text for text in texts if not _true(model, formula(text, signature))]


CONVEX = ("U1",)
"""Claims that assume a loss to be convex, which is no quadratic form; the squared loss is."""
CONSISTENT = [c for c, entry in CLAIMS.items() if not entry.is_false and c not in CONVEX]
"""What refutes a claim that is false is a case of its hypotheses, checked with it."""


@pytest.mark.parametrize("claim", CONSISTENT)
def test_what_a_claim_assumes_is_true_of_something(claim: str) -> None:
    """No claim with a formal statement is proved from hypotheses that contradict each other."""
    model, given = _of(claim)
    texts = [text for text in CLAIMS[claim].formal.given if text not in DEFINED]
    assert [text for text, one in zip(texts, given, strict=True) if not _true(model, one)] == []


def test_which_hypotheses_speak_of_what_has_no_rational_model() -> None:
    found = {}
    for claim in CONSISTENT:
        formal = CLAIMS[claim].formal
        signature = declare(SIGNATURE, *formal.letters)
        others = [names(formula(text, signature)) for text in formal.given if text not in DEFINED]
        found[claim] = {DEFINED[text] for text in formal.given if text in DEFINED} & set().union(*others)
    assert {claim: letters for claim, letters in found.items() if letters} == SPOKEN_OF


def test_what_the_hardest_balance_assumes_is_true_above_the_threshold_too() -> None:
    """L3: that s belongs to the penalty, which is a premise of what is said below it, is not among the hypotheses."""
    model, given = _of("L3")
    model.given |= {(name, ()): ((Fraction(1),),) for name in ("lambda", "lambda_W", "lambda_H", "mu")}
    assert all(_true(model, one) for one in given)
    assert _true(model, formula("sum[S](m[S]*(K - m[S])) <= K*(K - 1)*lambda", SIGNATURE))


def test_what_weights_of_answers_assume_for_the_limit_is_true_of_something() -> None:
    """V3's second half has premises of its own, which its model meets; with another probability it does not.

    There z is given, and not by these probabilities; the point that costs no more is the same, whatever the loss.
    """
    model, _ = _of("V3")
    texts = [text for text in LIMIT if text not in DEFINED]
    assert _untrue(model, "V3", texts) == []
    model.given["wrong", (0, 0)] = ((Fraction(1, 4),),)
    assert _untrue(model, "V3", texts) == [LIMIT[9]]


def test_what_the_kappa_control_of_signs_assumes_without_a_bias_is_true_of_something() -> None:
    """B4c's first clause is about sign vectors whose moment is well conditioned, as its model is; nor is it by much."""
    model, _ = _of("B4c")
    by_much = "s2*(root - 1)*(1 + 1/10) <= s*(root + 1)"
    texts = [f"{SIGN_MOMENT} and root^2 = K and s2*(root - 1) <= s*(root + 1)", by_much]
    assert _untrue(model, "B4c", texts) == [by_much]


def test_what_symmetries_are_assumed_to_be_is_true_of_some() -> None:
    """W6: turning four labels round once, or not at all; what is turned into another set is not what stays."""
    model, _ = _of("W6")
    sets = [*_unit(4), *PAIRS]
    for p, by in enumerate((0, 1)):
        model.given["turn", (p,)] = _matrix([[i == (j + by) % 4 for j in range(4)] for i in range(4)])
        for (m, one), (n, two) in itertools.product(enumerate(sets), repeat=2):
            model.given["move", (p, m, n)] = ((Fraction(10 * (two == tuple(one[(i - by) % 4] for i in range(4)))),),)
    other = SYMMETRIES.replace("turn[p]*y[S]", "y[S]")
    assert _untrue(model, "W6", [SYMMETRIES, other]) == [other]


def test_what_etfs_along_penalties_are_assumed_to_be_is_true_of_one() -> None:
    """O2b: at one penalty, of the squared loss; that there are ETFs at all, for orthogonal labels, says O1."""
    model, _ = _of("O2b")
    model.given |= {("scale", ()): ((Fraction(1),),), ("t", ()): ((Fraction(3),),)}
    assert _untrue(model, "O2b", ETF_AT_ONE, "scale: 1") == []
    model.given["t", ()] = ((Fraction(2),),)
    assert _untrue(model, "O2b", ETF_AT_ONE, "scale: 1") == [ETF_AT_ONE[-1]]


def test_what_a_bottleneck_assumes_is_true_of_something() -> None:
    """C2 excludes a rank above d, and all else that it assumes there is true of an optimum.

    Not tried: that the squared loss has its dual value once.
    """
    optimum, _ = _of("C1")
    optimum.given["E", ()] = _scalar(1)
    texts = [text for text in (*CLAIMS["C2"].formal.given, *CERTIFIED[:-1]) if "=> E*x" not in text]
    assert _untrue(optimum, "C2", texts) == []


def test_what_lower_bounds_on_kappa_assume_is_true_of_something() -> None:
    """S8: all pairs occur, and the discs of M - 1/6 reach down to kappa; S13 assumes the eigenvectors of its last two.

    Not tried: that numbers have the logarithms or roots that they are said to have.
    """
    model, _ = _of("S8")
    assert _untrue(model, "S8", [*ALL_SETS, *DISCS]) == []
    model.given |= {(name, ()): ((Fraction(1, 5),),) for name in ("least", "disc")}
    assert _untrue(model, "S8", [*ALL_SETS, *DISCS]) == [ALL_SETS[3], DISCS[2]]


def test_what_the_depth_of_a_point_assumes_is_true_of_something() -> None:
    """U7a: what its depth needs is true at W = 0, of the squared loss, as its last clause is; its first at an optimum.

    Not tried: that no near point is better, and that there is nothing below the best value.
    """
    (start, _), (optimum, _) = _of("U7a"), _of("U7")
    texts = [*DEEP, *AT_THE_ORIGIN, ENOUGH_FEATURES.split(" and (all W2")[0]]
    assert _untrue(start, "U7a", texts) == []
    assert prefix(ANY_FEATURES)
    start.given["Minus", ()] = _scalar(0)
    assert _untrue(start, "U7a", texts) == [DEEP[9]] * 2
    optimum.given |= {("c", ()): ((Fraction(1),),), ("beta", ()): ((Fraction(0),),)}
    assert _untrue(optimum, "U7a", LOCAL[:-1]) == []
    optimum.given["c", ()] = ((HALF,),)
    assert _untrue(optimum, "U7a", LOCAL[:-1]) == [LOCAL[2]]


def test_the_best_point_of_a_width_is_true_of_something() -> None:
    """C3: what makes a point the best one is met, and it costs more than with as many features as labels."""
    model, _ = _of("C3")
    assert _untrue(model, "C3", [*NARROWED, "1/2*tr((I[K] - E*E')*Plus*Plus) = 4/225"]) == []
    model.given["W", ()] = _column((HALF, 0, 0, 0))
    assert _untrue(model, "C3", NARROWED[:1]) == [NARROWED[0]]


def test_hypotheses_that_fail_are_seen() -> None:
    """The evaluator can say no: to an eigenvalue that is not the least, and to a dual value that is too large."""
    model, _ = _of("S2")
    too_large = formula("all x: ones'*x = 0 => (kappa + 1/100)*(x'*x) <= x'*Sigma*x", SIGNATURE)
    assert not _true(model, too_large)
    model, _ = _of("U6")
    signature = declare(SIGNATURE, "L[sets](K): 1", "D[sets](K): 1")
    assert not _true(model, formula("all S, v, x: D[S](v) + 1/1000 - v'*x <= L[S](x)", signature))


@pytest.mark.parametrize("claim", ["U6", "U9", "L4"])
def test_what_a_claim_on_every_loss_assumes_is_compatible_with_pal_ce(claim: str) -> None:
    """PAL-CE does not see a constant added to all logits: D(v) - t v'1 <= L(0) for all t, and v'1 need not be 0.

    So there is no number D(1), and hypotheses that speak of D(v) for every v prove anything of PAL-CE. (Of BCE as well,
    whose slopes are between -1 and 1.) It is enough to ask for D at the residuals that the claim is about.
    """
    formal = CLAIMS[claim].formal
    signature = declare(SIGNATURE, *formal.letters, *(["t: 1"] if claim != "U9" else []))
    unmoved = as_json(formula("all S, t: L[S](t*ones) = L[S](0*ones)", signature))
    dual = [as_json(formula(text, signature)) for text in formal.given if "<= L[S](x)" in text]
    shift = ["*", ["inv", ["dim", "K"]], ["+", _dual(), ["*", _q(-1), _loss(["*", ZERO, ["ones", "labels"]])], _q(-2)]]
    logits = ["*", shift, ["ones", "labels"]]
    lines = [
        *_assumed(*dual, unmoved),
        {"rule": "at", "line": 0, "values": ["S", ["ones", "labels"], logits]},
        {"rule": "at", "line": 1, "values": ["S", shift]},
        {"rule": "size", "dim": "K"},
        {
            "rule": "order",
            "goal": ["<", ZERO, ["dim", "K"]],
            "pieces": [[1, 1, [{"line": 4, "at": []}]], [1, 1, []]],
            **BY,
        },
        {"rule": "nonzero", "line": 5},
        {
            "rule": "order",
            "goal": ["<", ONE, ZERO],
            "pieces": [[1, 1, [{"line": 2, "at": []}]], [1, 1, []]],
            **BY,
            "using": [[3, ["*", _q(-1), ["hole"]]]],
            "nonzero": [6],
        },
        {"rule": "impossible", "line": 7},
    ]
    with pytest.raises(checker.Rejected):
        _check(signature.as_json(), [*dual, unmoved], ["false"], lines)


def _dual() -> Term:
    return _l("D", "S", args=(["ones", "labels"],))


def _loss(at: Term) -> Term:
    return _l("L", "S", args=(at,))


def test_the_hypotheses_of_the_product_of_semidefinite_matrices_are_consistent() -> None:
    def outer(x: tuple[int, int]) -> Matrix:
        return tuple(tuple(Fraction(a * b) for b in x) for a in x)

    vectors = {"A": (1, 0), "B": (1, 1), "C": (-1, 2), "D": (0, 1), "E": (-1, 1), "G": (-2, -1)}
    model = Model(random.Random(0), {"letters": {n: {"shape": ["n", "n"], "args": []} for n in vectors}}, {"n": 2})
    model.given = {(name, ()): outer(x) for name, x in vectors.items()}
    _, given, _, _ = _psd_with_a_number()
    assert all(_true(model, checker.frozen(one)) for one in given)
