r"""Chapter O, second half, checked: residuals that are multiples of the centered labels, and when an optimum has them.

Label sets whose centered indicators are not orthogonal must share an eigenvalue of the classifier's Gram matrix. The
groups they fall into, and projectors on their spans, are exact; from them classifiers with linear residuals are built.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import combinations, product
from random import Random

from flint import arb, arb_mat, fmpq_mat

from verify.checks.evidence import HOLDS, Control, Finding, fails, skips
from verify.checks.orthogonal_case.tag_wise_averages import (
    ANY_BIAS,
    UNEQUAL_PAIR,
    BiasOf,
    combined,
    optimum_of,
    orthogonal,
    where_uniform,
)
from verify.checks.shared import cases
from verify.checks.shared.cases import witness
from verify.checks.shared.enclosures import (
    PARTLY_DECIDED,
    PERCENT,
    checks_in_balls,
    collapse_residuals,
    frequencies,
    same,
    together,
)
from verify.exact.balls import Ball, ball, dot, total
from verify.exact.matrices import outer, projection
from verify.exact.rationals import matrix, second_moment, to_fmpq
from verify.geometry.spectrum import LabelSpectrum
from verify.geometry.tagwise import Gain, log_ratio, shrinkage
from verify.labels.distribution import LabelDistribution
from verify.model.feature_model import dominated
from verify.model.losses import PAL_CE
from verify.model.optimum import CertifiedOptimum, Instance


def _centered(pi: LabelDistribution) -> list[list[Fraction]]:
    return collapse_residuals(pi, PAL_CE, "zero")


# ---------------------------------------------------------------------- O3a

Meeting = Callable[[int, int, int, int], bool]


def _are_orthogonal(K: int, m: int, n: int, common: int) -> bool:
    r""":math:`|S\cap T|=m_Sm_T/K`, which is :math:`\tilde y_S\perp\tilde y_T`."""
    return common * K == m * n


@dataclass(frozen=True, eq=False)
class _Groups:
    """The label sets in groups, any two of different groups orthogonal, as far as ``meeting`` is right about that.

    Attributes:
        of: group of every label set.
        projectors: on the span of every group, exact.
    """

    of: list[int]
    projectors: list[fmpq_mat]

    @classmethod
    def among(cls, pi: LabelDistribution, meeting: Meeting) -> _Groups:
        of = list(range(len(pi.masks)))
        for (i, s), (j, t) in combinations(enumerate(pi.masks), 2):
            if of[i] != of[j] and not meeting(pi.K, s.bit_count(), t.bit_count(), (s & t).bit_count()):
                of = [of[i] if group == of[j] else group for group in of]
        names = sorted(set(of))
        of, rows = [names.index(group) for group in of], _centered(pi)
        spans = [[row for row, group in zip(rows, of, strict=True) if group == k] for k in range(len(names))]
        return cls(of, [_projector(span) for span in spans])

    def gram(self, eigenvalues: Sequence[Fraction]) -> fmpq_mat:
        """The matrix with one eigenvalue on each group's span, and 0 elsewhere."""
        K = self.projectors[0].nrows()
        zero = fmpq_mat(K, K)
        return sum((Q * to_fmpq(a) for Q, a in zip(self.projectors, eigenvalues, strict=True)), zero)


def _projector(rows: Sequence[Sequence[Fraction]]) -> fmpq_mat:
    reduced, rank = matrix(rows).rref()
    basis = fmpq_mat(reduced.tolist()[:rank])
    return basis.transpose() * (basis * basis.transpose()).inv() * basis


class _TagWise:
    r"""The point with classifier Gram matrix ``gram`` and features :math:`h_S=c_SW^\top\tilde y_S`, at
    :math:`\lambda_H=1`: its logits, its residuals, and the multiples they should be."""

    def __init__(self, pi: LabelDistribution, gram: fmpq_mat, c: Sequence[Ball]) -> None:
        pal, rows = PAL_CE.balls, _centered(pi)
        centered = arb_mat([[ball(x) for x in row] for row in rows])
        self.pi, self.gram, self.c = pi, gram, c
        self.multiples = arb_mat([[s * x for x in row] for s, row in zip(c, centered.tolist(), strict=True)])
        self.logits = self.multiples * arb_mat(gram)
        pairs = zip(self.logits.tolist(), pi.rows, strict=True)
        self.residuals = arb_mat([pal.residual(z, y) for z, y in pairs])

    def value(self, lam: Fraction) -> Ball:
        r""":math:`F` at :math:`\lambda_W=\lambda`."""
        rows = zip(frequencies(self.pi), self.logits.tolist(), self.multiples.tolist(), self.pi.rows, strict=True)
        fitted = total(ball(w) * (PAL_CE.balls.value(z, y) + dot(z, r) / 2) for w, z, r, y in rows)
        return fitted + ball(lam) / 2 * arb_mat(self.gram).trace()


def _without_eigenvectors(pi: LabelDistribution, gram: fmpq_mat, c: Sequence[Ball], rng: Random) -> Finding:
    """With a random contrast added to the Gram matrix, label sets that are no eigenvectors have no linear residuals."""
    x = [rng.randint(-3, 3) for _ in range(pi.K - 1)]
    column = fmpq_mat([[a] for a in (*x, -sum(x))])
    moved = gram + column * column.transpose()
    images = matrix(_centered(pi)) * moved
    broken = [
        fmpq_mat([[to_fmpq(a) for a in row], image]).rank() == 2
        for row, image in zip(_centered(pi), images.tolist(), strict=True)
    ]
    for factor in (Fraction(1, 2), Fraction(9, 10), Fraction(1)):
        point = _TagWise(pi, moved, [s * ball(factor) for s in c])
        for is_broken, r, s in zip(broken, point.residuals.tolist(), point.multiples.tolist(), strict=True):
            if is_broken and same("", r, s).state != "fails":
                return fails("residuals are linear though the label set is no eigenvector")
    return HOLDS


def _optimal_iff_isotropic(case: LabelSpectrum, point: _TagWise) -> Finding:
    mass, K = frequencies(case.pi), case.K
    R = outer(point.multiples, mass, point.multiples)
    trace = R.trace() / (K - 1)
    lam = Fraction(float(trace.mid())).limit_denominator(10**12)
    isotropic = same("R and lambda P", R.entries(), (projection(K) * trace).entries())
    at = CertifiedOptimum.of(case.given, Instance(PAL_CE, "zero", lam, Fraction(1)))
    value = point.value(lam)
    if isotropic.state == "holds":
        return same("F at linear residuals and min F", [value], [at.value])
    if isotropic.state == "fails" and value > at.value:
        return HOLDS
    return skips("R cannot be told from lambda P, or F from min F")


@lru_cache(maxsize=4)
def _linear_without_an_etf(constants: tuple[Fraction, Fraction]) -> bool:
    r"""Six labels in two triples: pairs across and the triples, with their constants, have :math:`R=\lambda P` exactly
    at some :math:`\lambda`; so the value meets its dual value and the point is optimal, with two eigenvalues of the
    classifier that certainly differ."""
    across = {1 << i | 1 << j: Fraction(2, 27) for i, j in product(range(3), range(3, 6))}
    pi = LabelDistribution.from_masks(across | {0b000111: Fraction(1, 6), 0b111000: Fraction(1, 6)}, "abcdef")
    chosen = dict(zip((2, 3), constants, strict=True))
    r = [[chosen[m] * a for a in row] for m, row in zip(pi.sizes, _centered(pi), strict=True)]
    R = second_moment(frequencies(pi), r)
    lam = sum((Fraction(int(R[k, k].p), int(R[k, k].q)) for k in range(6)), Fraction(0)) / 5
    if not dominated(R, lam):
        return False
    groups = _Groups.among(pi, _are_orthogonal)
    sizes = {groups.of[i]: m for i, m in enumerate(pi.sizes)}
    a = {m: log_ratio(6, m, ball(chosen[m])) / ball(chosen[m]) for m in (2, 3)}
    gram = sum((arb_mat(Q) * a[sizes[g]] for g, Q in enumerate(groups.projectors)), arb_mat(6, 6))
    pal, primal, dual = PAL_CE.balls, ball(lam) / 2 * gram.trace(), arb(0)
    for w, row, y in zip(frequencies(pi), r, pi.rows, strict=True):
        balls = [ball(x) for x in row]
        z = (arb_mat([balls]) * gram).entries()
        primal += ball(w) * (pal.value(z, y) + dot(z, balls) / 2)
        dual += ball(w) * pal.conjugate(balls, y)
    return same("", [primal], [dual]).state == "holds" and not a[2].overlaps(a[3])


# ---------------------------------------------------------------------- the checks

_PAIRS = witness([([0, 1], 1), ([0, 2], 2), ([1, 2], 3)], 3)


def _disjoint(_K: int, _m: int, _n: int, common: int) -> bool:
    """A false law: label sets without a common label are orthogonal."""
    return common == 0


# ---------------------------------------------------------------------- the checks


@checks_in_balls(
    "O3",
    "certified residuals against multiples of centered labels; the constants they give, in balls, against lambda P",
    Control(
        "linear wherever Sigma is a multiple of P",
        {"linear": lambda case: case.overall.is_multiple_of_centering(case.overall.trace / (case.K - 1))},
        cases.UNDONE,
    ),
    Control("c_m for its square", {"square": lambda c: c}, cases.TWO_SIZES),
    Control("lambda 1 % too large", {"factor": PERCENT}, cases.TWO_SIZES),
    Control("a free bias, whatever the class frequencies", ANY_BIAS, UNEQUAL_PAIR),
    every=PARTLY_DECIDED,
)
def linear_residuals(
    case: LabelSpectrum,
    _: Random,
    linear: Callable[[LabelSpectrum], bool] = orthogonal,
    square: Callable[[Ball], Ball] = lambda c: c * c,
    factor: Fraction = Fraction(1),
    bias: BiasOf = where_uniform,
) -> Finding:
    r"""O3 at certified optima of full rank: under perfect orthogonality the residuals are :math:`c_m\tilde y_S`; with
    one multiplicity they certainly are not otherwise; and where they may be, :math:`\sum_m\pi_mc_m^2\Sigma_m=\lambda P`
    with the constants read off the residuals.

    ``linear`` says where the residuals are linear, ``square`` stands for the square, ``factor`` multiplies
    :math:`\lambda`.
    """
    at, K = optimum_of(case, bias), case.K
    if not at.full_rank:
        return skips("the rank is not the largest")
    c: dict[int, Ball] = {}
    for row, y in zip(at.r.tolist(), at.y, strict=True):
        c.setdefault(sum(y), row[y.index(1)] / ball(1 - Fraction(sum(y), K)))
    multiples = [c[sum(y)] * ball(a) for row, y in zip(_centered(case.pi), at.y, strict=True) for a in row]
    found = same("r_S and c_m y~_S", at.r.entries(), multiples)
    if linear(case) or found.state == "skips":
        expected = found
    elif found.state == "fails":
        return HOLDS
    else:
        expected = skips("residuals cannot be told from linear ones") if len(c) == 1 else HOLDS
    if expected.state != "holds":
        return expected
    isotropic = projection(K) * ball(at.model.lam * factor)
    return same("sum pi c^2 Sigma and lambda P", combined(case, c, square).entries(), isotropic.entries())


@checks_in_balls(
    "O3a",
    "residuals in balls at classifiers with exact eigenspaces; values against the proven min F; exact isotropy",
    Control("the equation without m", {"law": lambda K, _, c: (1 + K * (1 - c) / c).log()}, _PAIRS),
    Control("orthogonal when disjoint", {"meeting": _disjoint}, cases.TWO_PAIRS),
    Control("orthogonal whatever the eigenvalues", {"meeting": lambda *_: True}, _PAIRS),
    Control("equal constants of pairs and triples", {"constants": (Fraction(1, 2), Fraction(1, 2))}, _PAIRS),
)
def linear_residuals_exactly(
    case: LabelSpectrum,
    rng: Random,
    law: Gain = log_ratio,
    meeting: Meeting = _are_orthogonal,
    constants: tuple[Fraction, Fraction] = (Fraction(1, 2), Fraction(1, 3)),
) -> Finding:
    r"""O3a: a classifier with random eigenvalues :math:`a` on the spans of the groups has the residuals
    :math:`c_S\tilde y_S` with :math:`c_S` from its equation; with a random contrast added, no label set that ceases to
    be an eigenvector keeps linear residuals, whatever its constant of three; at full rank the point has the least value
    iff :math:`\sum_S\pi_Sc_S^2\tilde y_S\tilde y_S^\top=\lambda P`; a singleton leaves one group; and six labels in two
    triples have an optimum with linear residuals that is no ETF.

    ``law`` is the equation, ``meeting`` when two label sets are orthogonal, ``constants`` those of pairs and triples.
    """
    pi, K = case.pi, case.K
    groups = _Groups.among(pi, meeting)
    if 1 in pi.multiplicities and len(groups.projectors) > 1:
        return fails("a singleton is orthogonal to a proper label set")
    if not _linear_without_an_etf(constants):
        return fails("the optimum of pairs and triples is not what it is said to be")
    a = [Fraction(rng.randint(10, 60), 10) for _ in groups.projectors]
    gram = groups.gram(a)
    c = [shrinkage(K, m, ball(a[g]), law) for m, g in zip(pi.sizes, groups.of, strict=True)]
    point = _TagWise(pi, gram, c)
    residuals = same("r_S and c_S y~_S", point.residuals.entries(), point.multiples.entries())
    if residuals.state != "holds":
        return residuals
    findings = [_without_eigenvectors(pi, gram, c, rng)]
    if sum(int(Q.rank()) for Q in groups.projectors) == K - 1:
        findings.append(_optimal_iff_isotropic(case, point))
    return together(findings)
