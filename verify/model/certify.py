r"""From a solution to a certificate: exact numbers, exactly feasible, and the claims they prove.

A float64 or multiprecision dual point satisfies its constraints up to rounding. Here they are made to hold exactly, in
integers over one denominator: row sums (PAL-CE), weighted column sums (free bias), then :math:`R\preceq\lambda I` by a
shrinking that grows eightfold until the exact test of positive semidefiniteness passes, mostly at once. What comes out
is *checked*, not believed: ``checker`` has the last word.
"""

import math
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import partial

import numpy as np
from flint import fmpz_mat

from verify.certificate.congruence import FEW
from verify.certificate.format import CLAIMS, Certificate, Claims, Enclosure, RationalMatrix, Weights
from verify.certificate.kernel import bracket, drafted
from verify.exact.rationals import minus
from verify.labels.errors import InputError
from verify.model.feature_model import FeatureModel, is_positive_semidefinite
from verify.model.program import mean_correction
from verify.model.solution import Solution

PASSES = 30
GUARD = 24  # bits beyond those of the gap: at 1e-9 and lambda = 1/100, numbers of one word
SURE = 1e-12  # relative to lambda: what float64 tells of the eigenvalues of R
MANY = 1 << 22  # residuals, whose second moment is not made in integers
ENOUGH = 2.0**-36  # a gap that leaves float64 sure of it: the shrinking tried first, an eighth of it, exceeds SURE
PAIRS = 4096
"""Inner products of prototypes are claimed by default up to this many pairs of label sets."""


def certify(solution: Solution, claims: tuple[str, ...] | None = None, *, rank: bool = True) -> Certificate:
    """The certificate of a solution.

    Args:
        solution: from ``solver.solve``.
        claims: names of the quantities to enclose (``certificate.CLAIMS``), those that the gap determines. All by
            default, but prototypes' inner products only for few label sets.
        rank: whether to claim bounds on the rank of the optimal classifier.

    Raises:
        InputError: an unknown quantity, or a solution that no shrinking makes feasible.

    Example:
        >>> from verify.certificate.kernel import check
        >>> from verify.labels.distribution import LabelDistribution
        >>> from verify.model.solver import solve
        >>> pi = LabelDistribution.from_sets([([0], 1), ([1], 2), ([0, 1], 1)], labels="abc")
        >>> certificate = certify(solve(pi, "pal", "1/10", "1/10"))
        >>> check(certificate).accepted, certificate.claims.rank, float(certificate.gap) < 1e-13
        (True, (2, 2), True)
    """
    model, bits = solution.model, _bits(solution)
    if claims is None:
        claims = tuple(name for name in CLAIMS if name != "hh" or len(model.distribution.masks) ** 2 <= PAIRS)
    unknown = set(claims) - set(CLAIMS)
    if unknown:
        raise InputError(f"unknown quantity {min(unknown)!r}: use some of {', '.join(CLAIMS)}")
    W, b, r = solution.point
    whole = _whole(model)
    certificate = Certificate(
        model.distribution,
        model.loss.name,
        model.bias if isinstance(model.bias, str) else f"{model.decay.numerator}/{model.decay.denominator}",
        model.lambda_W,
        model.lambda_H,
        RationalMatrix.nearest(W, 1 << bits),
        RationalMatrix.nearest([b], 1 << bits) if model.moves else None,
        _feasible(model, RationalMatrix.nearest(r, whole << bits), solution),
        Enclosure(1, ((0,),), ((0,),)),
        smoothing=model.loss.smoothing,
        loss_weights=_weights(model),
    )
    if not claims and not rank and model.distribution.K <= FEW:
        return replace(certificate, value=bracket(certificate, 1 << bits))
    certificate, optimum = drafted(certificate, 1 << bits)
    found = {
        name: Enclosure.tabulated(partial(optimum.interval, name), certificate.shape_of(name), 1 << bits)
        for name in claims
    }
    return replace(certificate, claims=Claims(**found, rank=optimum.rank if rank else None))


def _bits(solution: Solution) -> int:
    """Bits after the binary point: the digits that the gap has and some more, below the smallest scale of the problem,
    which is that of the residuals. The gap is of first order in them, of second in the classifier."""
    model = solution.model
    smallest = min(model.lam, model.lambda_W, model.lambda_H, model.decay or Fraction(1), Fraction(1))
    gap = _aim(solution)
    digits = min(solution.digits, max(0.0, -math.log10(gap))) if gap > 0 else solution.digits
    return round(3.35 * digits) + smallest.denominator.bit_length() - smallest.numerator.bit_length() + GUARD


def _aim(solution: Solution) -> float:
    """The relative gap that the certificate is to have."""
    return max(solution.relative_gap, ENOUGH if solution.r.size > MANY else 0.0)


def _weights(model: FeatureModel) -> Weights | None:
    """The weights of every answer, if there are any."""
    loss, rows = model.loss, model.distribution.rows
    if not loss.weights:
        return None
    present, absent = zip(*(loss.weights.of(y) for y in rows), strict=True)
    unit = math.lcm(*(a.denominator for row in (*present, *absent) for a in row))
    tables = [tuple(tuple(int(a * unit) for a in row) for row in rows) for rows in (present, absent)]
    return Weights(unit, tables[0], None if loss.centered else tables[1])


# ---------------------------------------------------------------------- exact feasibility


def _feasible(model: FeatureModel, r: RationalMatrix, solution: Solution) -> RationalMatrix:
    """The first shrinking tried costs a small part of the gap there is anyway, or about as much as rounding did."""
    shift = 48 if solution.exact is None else round(3.4 * solution.digits) + 8
    if (aim := _aim(solution)) > 0:
        shift = min(shift, max(1, 4 - round(math.log2(aim))))
    r = _inside(model, r)
    if model.free:
        r = _of_mean_zero(model, r)
    while shift > 0:
        up, down = (1 << shift) - 1, 1 << shift
        if model.free:
            shrunk = RationalMatrix(r.denominator * down, tuple(tuple(entry * up for entry in row) for row in r.rows))
        else:  # nothing but the domain keeps it from the grid it was on, where numbers are shorter
            rows = tuple(tuple((entry * up + (down >> 1)) >> shift for entry in row) for row in r.rows)
            shrunk = _inside(model, RationalMatrix(r.denominator, rows))
        if _feasible_already(model, shrunk):
            return shrunk
        shift -= 3
    raise InputError("the dual point is not near a feasible one: the solver did not converge, which is a fault of ours")


def _feasible_already(model: FeatureModel, r: RationalMatrix) -> bool:
    r"""Whether :math:`R\preceq\lambda I`: in float64 where that is sure of it, else exactly."""
    root = np.array([[entry / r.denominator for entry in row] for row in r.rows])
    root *= np.sqrt(model.distribution.probabilities)[:, None]
    excess = float(np.linalg.eigvalsh(root.T @ root)[-1]) / float(model.lam) - 1
    if abs(excess) > SURE:
        return excess < 0
    bound, moment = _slack(model, r)
    return is_positive_semidefinite(minus(bound, moment))


def _inside(model: FeatureModel, r: RationalMatrix) -> RationalMatrix:
    """Rounding may leave the domain by a unit, or a row sum off zero: put both right."""
    unit, rows = r.denominator, []
    for (target, mass), row in zip(_entries(model, unit), r.rows, strict=True):
        x = [model.loss.clipped(a - entry, c) for entry, a, c in zip(row, target, mass, strict=True)]
        inside = [a - entry for entry, a in zip(x, target, strict=True)]
        if model.loss.centered:
            inside[x.index(max(x))] -= sum(inside)
        rows.append(tuple(inside))
    return RationalMatrix(unit, tuple(rows))


def _of_mean_zero(model: FeatureModel, r: RationalMatrix) -> RationalMatrix:
    """Subtract the mean residual: in float64 as long as that gains something, then what is left exactly, which label
    sets bear in proportion to the room they have in the domain."""
    pi, unit = model.distribution, r.denominator
    y, p = model.targets, pi.probabilities
    for _ in range(PASSES):
        excess = _excess(model, r)
        largest = max(map(abs, excess))
        if largest <= len(pi.masks) * pi.total:  # rounding to the unit
            break
        near = np.array([[entry / unit for entry in row] for row in r.rows])
        scaled = np.array([entry / largest for entry in excess])
        change = mean_correction(model.loss, y, p, near, scaled)
        factor = Fraction(largest, pi.total)
        rows = [
            tuple(entry - round(factor * Fraction(d)) for entry, d in zip(row, moved, strict=True))
            for row, moved in zip(r.rows, change.tolist(), strict=True)
        ]
        r = _inside(model, RationalMatrix(unit, tuple(rows)))
    excess = _excess(model, r)
    shares = [_room(model, *entries, row, unit) for entries, row in zip(_entries(model, unit), r.rows, strict=True)]
    shares = [(share << 40) // max(shares) for share in shares]
    total = sum(w * share for w, share in zip(pi.weights, shares, strict=True))
    exact = [
        tuple(a * total - e * share for a, e in zip(row, excess, strict=True))
        for row, share in zip(r.rows, shares, strict=True)
    ]
    return RationalMatrix(unit * total, tuple(exact))


def _entries(model: FeatureModel, unit: int) -> Iterator[tuple[list[int], list[int]]]:
    """The targets and the masses in multiples of ``1/unit``, of which they are some, a label set at a time."""
    for y in model.distribution.rows:
        targets, masses = model.loss.entries(y)
        yield [int(unit * a) for a in targets], [int(unit * a) for a in masses]


def _whole(model: FeatureModel) -> int:
    """A number of which targets and masses are fractions."""
    rows = dict(zip(model.distribution.sizes, model.distribution.rows, strict=True)).values()
    some = model.distribution.rows if model.loss.weights else rows  # without weights they depend on the size alone
    return math.lcm(*(Fraction(a).denominator for y in some for row in model.loss.entries(y) for a in row))


def _excess(model: FeatureModel, r: RationalMatrix) -> list[int]:
    """Weighted column sums, in multiples of ``1/unit``."""
    columns = zip(*r.rows, strict=True)
    return [sum(w * a for w, a in zip(model.distribution.weights, column, strict=True)) for column in columns]


def _room(model: FeatureModel, target: list[int], mass: list[int], row: tuple[int, ...], unit: int) -> int:
    """Distance of the row to the boundary of the domain, in multiples of ``1/unit``; 1 if there is none."""
    distances = (model.loss.margins(a - entry, c) for a, c, entry in zip(target, mass, row, strict=True))
    return max(0, min((distance for entry in distances for distance in entry), default=unit))


def _slack(model: FeatureModel, r: RationalMatrix) -> tuple[int, fmpz_mat]:
    r"""A number and an integer matrix whose difference is a positive multiple of :math:`\lambda I-R`."""
    pi, lam = model.distribution, model.lam
    n, K = r.shape
    plain = fmpz_mat(n, K, [entry for row in r.rows for entry in row])
    weighted = fmpz_mat(n, K, [w * entry for w, row in zip(pi.weights, r.rows, strict=True) for entry in row])
    return lam.numerator * pi.total * r.denominator**2, plain.transpose() * weighted * lam.denominator
