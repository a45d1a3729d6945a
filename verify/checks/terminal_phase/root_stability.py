r"""T5 and T5a, checked: how far roots of the second moment move with the distribution, and the floor of contrasts."""

from collections.abc import Callable
from fractions import Fraction
from itertools import combinations
from random import Random
from typing import Any

import numpy as np
from flint import arb, arb_mat

from verify.checks.evidence import HOLDS, Control, Finding, checks, fails, skips
from verify.checks.shared import cases
from verify.checks.shared.enclosures import OFTEN, PERCENT, checks_in_balls, largest, same, together
from verify.exact.balls import Ball, ball, of_root
from verify.exact.roots import Root
from verify.geometry.sign_condition import TerminalGeometry
from verify.geometry.spectrum import LabelSpectrum, Spectrum
from verify.labels.builders.imbalanced import balanced
from verify.labels.distribution import LabelDistribution

Bound = Callable[[Ball, Ball], Ball]


def of_roots(mine: Ball, theirs: Ball) -> Ball:
    """One over the sum of the roots of two least eigenvalues (T5)."""
    return 1 / (mine.sqrt() + theirs.sqrt())


def _of_inverses(mine: Ball, theirs: Ball) -> Ball:
    return of_roots(mine, theirs) / (mine * theirs).sqrt()


def _classifier(geometry: TerminalGeometry) -> Any:
    return geometry.root


def _columns_of(geometry: TerminalGeometry) -> Any:
    return geometry.inverse_root


def _weakest(geometry: TerminalGeometry, spectrum: Spectrum, j: int, k: int) -> bool:
    r"""Whether :math:`e_j-e_k` is an eigenvector for :math:`\kappa`, exactly."""
    x = [(i == j) - (i == k) for i in range(geometry.K)]
    image = [sum(int(a) * b for a, b in zip(row, x, strict=True)) for row in geometry.moment.tolist()]
    value = Fraction(image[j], geometry.scale)
    return image == [image[j] * a for a in x] and spectrum.kappa == value


def reweighted(pi: LabelDistribution, rng: Random) -> LabelDistribution:
    """The same label sets, each weight up to twice as large."""
    weights = {mask: w * rng.randint(8, 16) for mask, w in zip(pi.masks, pi.weights, strict=True)}
    return LabelDistribution.from_masks(weights, pi.labels)


def _rayleigh(A: Any) -> Ball:
    """A lower bound on the spectral norm of a symmetric matrix of balls: a Rayleigh quotient near the largest."""
    values, vectors = np.linalg.eigh(np.array([[float(x.mid()) for x in row] for row in A.tolist()]))
    x = arb_mat([[arb(c)] for c in vectors[:, int(np.argmax(np.abs(values)))].tolist()])
    return abs((x.transpose() * A * x)[0, 0] / (x.transpose() * x)[0, 0])


def _contrast_floor(
    geometry: TerminalGeometry,
    spectrum: Spectrum,
    floor: Callable[[Spectrum], Root],
    tight: Callable[[TerminalGeometry, Spectrum, int, int], bool],
) -> Finding:
    least, findings = 2 * of_root(floor(spectrum)).sqrt(), []
    for j, k in combinations(range(geometry.K), 2):
        distance = geometry.row_distance(j, k)
        if tight(geometry, spectrum, j, k):
            findings.append(same(f"|w_{j} - w_{k}|^2 and its floor", [distance], [least]))
        elif not distance > least:
            close = distance.overlaps(least)
            findings.append(
                (skips if close else fails)(f"|w_{j} - w_{k}|^2 = {distance.str(12)}, not above {least.str(12)}")
            )
    return together(findings)


# ---------------------------------------------------------------------- the checks


@checks_in_balls(
    "T5",
    "Rayleigh quotients of the difference of roots against exact eigenvalues; distances of rows against the floor",
    Control("1 % smaller", {"bound": lambda a, b: of_roots(a, b) / ball(PERCENT)}, cases.BALANCED),
    Control("kappa itself for its root", {"bound": lambda a, b: 1 / (1 + a + b)}, cases.BALANCED),
    Control("K in place of kappa in the floor", {"floor": lambda spectrum: spectrum.largest}, cases.FOUR_SINGLES),
    Control("always an equality", {"tight": lambda *_: True}, cases.FOUR_SINGLES),
    every=OFTEN,
    labels=None,
)
def stability(
    case: LabelSpectrum,
    rng: Random,
    of: Callable[[TerminalGeometry], Any] = _classifier,
    bound: Bound = of_roots,
    floor: Callable[[Spectrum], Root] | None = lambda spectrum: spectrum.kappa,
    tight: Callable[[TerminalGeometry, Spectrum, int, int], bool] = _weakest,
) -> Finding:
    r"""T5: :math:`\|\Sigma^{1/2}-\Sigma'^{1/2}\|_2\le\frac{\|\Sigma-\Sigma'\|_2}{\sqrt\kappa+\sqrt{\kappa'}}` for the
    same label sets reweighted at random and for balanced pairs, from below by a Rayleigh quotient and from above by
    exact eigenvalues; and the floor :math:`\|w_j-w_k\|^2\ge2\sqrt\kappa` for all pairs, an equality iff
    :math:`e_j-e_k` is an eigenvector for :math:`\kappa`, decided exactly. T5a: the same with the inverse roots.
    """
    spectrum, geometry = case.overall, TerminalGeometry.of(case.pi)
    if spectrum.kappa == 0:
        return skips("kappa = 0")
    kappa = of_root(spectrum.kappa)
    for other in (reweighted(case.pi, rng), balanced(case.K, min(2, case.K - 1))):
        theirs = Spectrum.of(other)
        difference = Spectrum(
            spectrum.form * theirs.scale - theirs.form * spectrum.scale, spectrum.scale * theirs.scale
        )
        distance = largest((of_root(difference.kappa), of_root(difference.largest)))
        least = _rayleigh(of(geometry) - of(TerminalGeometry.of(other)))
        most = distance * bound(kappa, of_root(theirs.kappa))
        if least > most:
            return fails(f"the roots differ by {least.str(10)}, more than {most.str(10)}")
    return HOLDS if floor is None else _contrast_floor(geometry, spectrum, floor, tight)


@checks(
    "T5a",
    "Rayleigh quotients of the difference of inverse roots against exact eigenvalues",
    Control("1 % smaller", {"bound": lambda a, b: _of_inverses(a, b) / ball(PERCENT)}, cases.BALANCED),
    Control("conditioned like the classifier", {"bound": of_roots}, cases.BALANCED),
    every=OFTEN,
)
def prototype_stability(case: LabelSpectrum, rng: Random, bound: Bound = _of_inverses) -> Finding:
    r"""T5a: :math:`\|\Sigma^{+1/2}-\Sigma'^{+1/2}\|_2\le
    \frac{\|\Sigma-\Sigma'\|_2}{\sqrt{\kappa\kappa'}(\sqrt\kappa+\sqrt{\kappa'})}`, as T5."""
    return stability(case, rng, of=_columns_of, bound=bound, floor=None)
