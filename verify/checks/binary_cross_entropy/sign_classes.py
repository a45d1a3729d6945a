r"""B4a, B4b and B4c, checked: what makes the sign condition of binary cross entropy hold."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from random import Random
from typing import Any

from flint import arb, fmpq_mat

from verify.checks.evidence import HOLDS, Control, Finding, fails, skips
from verify.checks.shared.cases import witness
from verify.checks.shared.enclosures import OFTEN, checks_in_balls, together
from verify.exact.balls import Ball, ball, of_root, root, total
from verify.exact.rationals import to_fraction
from verify.exact.roots import RealRoots
from verify.geometry.sign_condition import TerminalGeometry
from verify.geometry.spectrum import LabelSpectrum
from verify.labels.masks import indicator
from verify.model.feature_model import Bias
from verify.model.losses import BCE

MOST = 6
"""Up to so many labels all their label sets are gone through."""

FOUR = witness([([], 1), ([0, 3], 1), ([1, 2], 1), ([1, 3], 1), ([1, 2, 3], 1)], 4)
"""Where the sign condition fails without a bias (B4)."""
THREE = witness([([], 1), ([1], 1), ([2], 1), ([0, 1, 2], 1)], 3)
"""Where it fails with one."""

EIGHT = witness(
    [([1, 3], 2), ([0, 2, 3], 3), ([1, 2, 3], 3), ([1, 2], 2), ([0, 2], 3), ([0, 3], 2), ([2], 2), ([3], 3)], 4
)
"""Where the covariance has the right signs for all label sets, and its inverse root has not."""

Inverse = Callable[[TerminalGeometry], fmpq_mat]


def _regular(case: LabelSpectrum) -> Iterator[TerminalGeometry]:
    """The geometries of full rank, for either bias."""
    biases: tuple[Bias, Bias] = ("zero", "free")
    for bias in biases:
        geometry = TerminalGeometry.for_loss(case.given, BCE, bias)
        if geometry.full_rank:
            yield geometry


def _worst(geometry: TerminalGeometry) -> Ball:
    """The largest of the numbers that the sign condition wants negative, over all label sets there are."""
    worst = arb("-inf")
    for mask in range(1 << geometry.K):
        for k in range(geometry.K):
            worst = worst.max(geometry.excess(mask, k))
    return worst


# ---------------------------------------------------------------------- B4a


def _exactly_right(geometry: TerminalGeometry, inverse: Inverse) -> bool:
    """Whether the inverse itself has the right signs for all label sets, in rational numbers."""
    rows = [[to_fraction(a) for a in row] for row in inverse(geometry).tolist()]
    for mask in range(1 << geometry.K):
        target, signs = geometry.target(mask), [2 * a - 1 for a in indicator(mask, geometry.K)]
        for sign, row in zip(signs, rows, strict=True):
            if sign * sum((a * x for a, x in zip(row, target, strict=True)), Fraction(0)) < 0:
                return False
    return True


@checks_in_balls(
    "B4a",
    "all label sets there are: dominance by enclosed row sums, the rational test exactly, against enclosed signs",
    Control("half of the other entries", {"share": Fraction(1, 2)}, FOUR),
    Control("the moment itself with these signs", {"inverse": lambda g: fmpq_mat(g.moment) / g.scale}, EIGHT),
    Control("whatever the signs of the inverse", {"asked": lambda _: True}, THREE),
    every=OFTEN,
)
def diagonal_dominance(
    case: LabelSpectrum,
    _: Random,
    share: Fraction = Fraction(1),
    inverse: Inverse = lambda geometry: geometry.pseudo_inverse,
    asked: Callable[[bool], bool] = bool,
) -> Finding:
    r"""B4a: without a bias the sign condition holds for all :math:`2^K` label sets iff :math:`N^{-1/2}` is diagonally
    dominant; with either bias it does if the inverse of the moment has these signs already. ``share`` is how much of
    the other entries counts."""
    if case.given.K > MOST:
        return skips("too many label sets")
    found = []
    for geometry in _regular(case):
        worst, Q, K = _worst(geometry), geometry.inverse_root, geometry.K
        if asked(_exactly_right(geometry, inverse)) and worst > 0:
            return fails(f"the rational test says yes, but {worst.str(6)} is on the wrong side")
        found.append(HOLDS)
        if geometry.free:
            continue
        spare = [Q[k, k] - ball(share) * total(abs(Q[k, j]) for j in range(K) if j != k) for k in range(K)]
        if all(a > 0 for a in spare) and worst > 0:
            return fails(f"dominant, but {worst.str(6)} is on the wrong side")
        if any(a < 0 for a in spare) and worst < 0:
            return fails("not dominant, but all signs are right")
    return together(found) if found else skips("not of full rank")


# ---------------------------------------------------------------------- B4b

Covers = Callable[[set[int], int, bool], bool]


def _covers(sizes: set[int], K: int, free: bool) -> bool:
    """One label each, or all but one each; with a free bias samples without labels too, or with all."""
    return any(sizes == {one} or (free and sizes in ({one, 0}, {one, K})) for one in (1, K - 1))


@checks_in_balls(
    "B4b",
    "the sign condition, decided exactly",
    Control("whatever the label sets", {"covers": lambda *_: True}, FOUR),
    Control("whatever the label sets, with a free bias", {"covers": lambda _sizes, _K, free: free}, THREE),
    every=OFTEN,
    labels=None,
)
def one_label_or_all_but_one(case: LabelSpectrum, _: Random, covers: Covers = _covers) -> Finding:
    """B4b: all singletons, or all complements of labels: strict, whatever the imbalance; with a free bias also with
    the empty, or the full set."""
    pi = case.given
    found, biases = [], ("zero", "free")
    if not all(0 < count < pi.total for count in pi.class_counts):
        return skips("a label is constant")
    for bias in biases:
        if not covers(set(pi.sizes), pi.K, bias == "free"):
            continue
        sign = TerminalGeometry.for_loss(pi, BCE, "free" if bias == "free" else "zero").sign
        right = sign.verdict == "strict"
        found.append(HOLDS if right else fails(f"bias {bias}: {sign.verdict}, {sign.value.str(6)}"))
    return together(found) if found else skips("other label sets")


# ---------------------------------------------------------------------- B4c

Cosine = Callable[[TerminalGeometry, int, int], Ball]


def _cosine(geometry: TerminalGeometry, mask: int, k: int) -> Ball:
    """Between a terminal logit vector and the axis of a label: without a bias one over the root of K."""
    target = geometry.target(mask)
    return ball(abs(target[k])) / root(ball(sum((a * a for a in target), Fraction(0))))


@checks_in_balls(
    "B4c",
    "enclosed signs of random label sets against the bound from exact extreme eigenvalues, in balls",
    Control("the angle twice as large", {"cosine": lambda g, mask, k: 2 * _cosine(g, mask, k)}, FOUR),
    Control("lambda_max and lambda_min exchanged", {"ends": lambda a, b: (b, a)}, FOUR),
    every=OFTEN,
    labels=None,
)
def kappa_control(
    case: LabelSpectrum,
    rng: Random,
    cosine: Cosine = _cosine,
    ends: Callable[[Any, Any], tuple[Any, Any]] = lambda a, b: (a, b),
) -> Finding:
    r"""B4c: for any label set :math:`s_kq_k\ge\frac{\|a\|}2\bigl(\alpha(1+\theta)-\beta(1-\theta)\bigr)`, with the
    extreme eigenvalues :math:`\alpha,\beta` of the inverse root and the cosine :math:`\theta` of the terminal logits
    ``a`` with the axis; so the signs are right if :math:`\beta/\alpha\le(1+\theta)/(1-\theta)`."""
    found = []
    for geometry in _regular(case):
        K, roots = geometry.K, RealRoots(geometry.characteristic, geometry.scale)
        low, high = ends(1 / of_root(roots.root(K - 1)).sqrt(), 1 / of_root(roots.root(0)).sqrt())
        masks = {*geometry.pi.masks[:8], *(rng.getrandbits(K) for _ in range(4))}
        for mask in sorted(masks):
            size = root(ball(sum((a * a for a in geometry.target(mask)), Fraction(0))))
            if not size > 0:
                continue
            for k in range(K):
                theta = cosine(geometry, mask, k)
                bound = size / 2 * (low * (1 + theta) - high * (1 - theta))
                if -geometry.excess(mask, k) < bound:
                    here = geometry.pi.spell(mask)
                    return fails(f"{here}: {(-geometry.excess(mask, k)).str(8)} is below {bound.str(8)}")
        found.append(HOLDS)
    return together(found) if found else skips("not of full rank")
