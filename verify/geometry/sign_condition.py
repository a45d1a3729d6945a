r"""The sign condition of the terminal phase: roots of the second moment, signs of the polar columns, the hard margin.

What the optimum of PAL-CE tends to as :math:`\lambda\to0` is written in :math:`\Sigma^{1/2}` and
:math:`\Sigma^{+1/2}` (claims T1, T2), and whether it does hangs on the signs of the polar columns
:math:`q_S=\Sigma^{+1/2}\tilde y_S` off their label sets. The roots are matrices of balls (``matrix_roots``). The rank
is decided exactly, and may be anything. A sign is read off the balls; where a ball meets zero, the entry is an
algebraic number of known degree and height, which is either as large as those allow or exactly zero, so that a few
more digits decide.

With a free bias everything is the same for :math:`\tilde C=P(M-ff^\top)P` and :math:`y_S-f` (centering ``"mean"``).
For BCE, which sees the level of the logits and the empty and the full label set, it is the same for the sign vectors
:math:`s_S=2y_S-1` and their second moment ``N`` (``"signs"``; claim B1), or :math:`2(y_S-f)` and ``4C`` with a free
bias (``"centered signs"``), and the condition is about every entry: :math:`s_S\circ q_S\ge0`.

Cost: that of a root; the signs of ``n K`` entries take one float64 product with a rigorous rounding bound, and exact
work only for the entries which that leaves open.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any, Literal

import flint
import numpy as np
from flint import arb, arb_mat, fmpq, fmpq_mat, fmpz_mat, fmpz_poly
from numpy.typing import NDArray

from verify.exact.balls import Ball, ball, dot, of_root, total
from verify.exact.matrices import frobenius
from verify.exact.matrix_roots import inverse_square_root
from verify.exact.roots import Root
from verify.geometry.spectrum import Spectrum, weighted_gram
from verify.labels.distribution import LabelDistribution
from verify.labels.errors import InputError, UnenclosedError
from verify.labels.masks import indicator, members
from verify.model.feature_model import Bias
from verify.model.losses import Loss

BITS = 128
"""Least working precision of the balls, doubled as often as an ill-conditioned moment needs it."""

MOST_BITS = 1 << 12
"""Precision at which a root is given up: by then the condition number has a thousand digits."""

MOST_EXACT_BITS = 200_000
"""Longest numbers with which an entry is decided to be zero; the need doubles with every distinct eigenvalue."""

MOST_EXACT_ENTRIES, MOST_EXACT_LABELS = 500, 64
"""So many entries are decided exactly before the rest is left open, and none with more labels than this."""

Verdict = Literal["strict", "equality", "violated", "undecided"]

Moment = Literal["class", "mean", "signs", "centered signs"]
"""Which second moment: that of the label sets' terminal logits without their bias."""

_MOMENTS: dict[tuple[bool, Bias], Moment] = {
    (True, "zero"): "class",
    (True, "free"): "mean",
    (False, "zero"): "signs",
    (False, "free"): "centered signs",
}
"""By whether the loss is blind to the level of the logits, and the bias."""


CONDITIONS: dict[Moment, str] = {
    "class": "the uncentered sign condition",
    "mean": "the centered sign condition",
    "signs": "the uncentered sign condition of BCE",
    "centered signs": "the centered sign condition of BCE",
}
"""Four conditions: with a free bias it is about the centered moment, and BCE has that of signs (T1, B1)."""


# ---------------------------------------------------------------------- the geometry of a distribution


@dataclass(frozen=True)
class SignCondition:
    r"""The sign condition of claim T1: :math:`(\Sigma^{+1/2}y_S)_j\le0` for ``S`` in the support and ``j`` not in it;
    for BCE that of B1, :math:`-s_{S,j}(N^{+1/2}s_S)_j\le0` for all ``j``.

    Attributes:
        verdict: ``"strict"`` if all these numbers are negative, ``"equality"`` if none is positive and some are 0,
            ``"violated"`` if one is positive, ``"undecided"`` if none is known to be and some could not be decided.
        worst: mask and label index of a largest one.
        value: that number, enclosed.
        violating: masks of the label sets with a positive one.
    """

    verdict: Verdict
    worst: tuple[int, int]
    value: Ball
    violating: tuple[int, ...]

    @property
    def holds(self) -> bool | None:
        """Whether the condition holds; ``None`` if undecided."""
        return None if self.verdict == "undecided" else self.verdict != "violated"


@dataclass(frozen=True)
class HardMargin:
    r"""The certificate of claim T1 (BCE: B1) that :math:`PY` (the signs) solves the hard-margin problem, in balls.

    Primal: the logits :math:`\tilde y_S` have margin 1 exactly, at nuclear norm ``primal``. Dual: the polar columns
    :math:`q_S` sum to zero over the labels, have second moment at most ``I``, and are nonpositive off ``S``: minus the
    multipliers of the margins. Their value is ``dual``, which is below every feasible nuclear norm.

    Attributes:
        primal: :math:`\|PYD^{1/2}\|_*=\operatorname{tr}\Sigma^{1/2}`, the trace of :attr:`TerminalGeometry.root`.
        dual: :math:`\sum_S\pi_Sq_S^\top y_S`; BCE: :math:`\sum_S\pi_Sq_S^\top s_S`.
        multipliers: the verdict on their signs.
    """

    primal: Ball
    dual: Ball
    multipliers: Verdict

    @property
    def optimal(self) -> bool | None:
        """Whether primal and dual point certify each other; ``None`` if a multiplier's sign is undecided."""
        if self.multipliers == "undecided":
            return None
        return self.multipliers != "violated" and bool(self.primal.overlaps(self.dual))


@dataclass(frozen=True, eq=False)
class TerminalGeometry:
    r"""Roots of the centered second moment of a distribution and what they decide about :math:`\lambda\to0`.

    Attributes:
        pi: the part of the distribution that the loss sees: for PAL-CE the proper one.
        centering: PAL-CE: ``"class"`` for :math:`\Sigma`, the model without bias; ``"mean"`` for :math:`\tilde C`, free
            bias. BCE: ``"signs"`` for ``N``, ``"centered signs"`` for ``4C``.
        bits: working precision; the inverse root is known to half as many bits of its norm.

    Example:
        >>> pi = LabelDistribution.from_sets([([0, 1], 1), ([0, 2], 1), ([3], 3)], labels="abcd")  # claim T4
        >>> geometry = TerminalGeometry.of(pi)
        >>> geometry.rank, geometry.sign.verdict, geometry.sign.value.str(12, radius=False)
        (3, 'violated', '0.0387447408006')
        >>> TerminalGeometry.of(LabelDistribution.from_sets([([k], k + 1) for k in range(4)])).sign.verdict
        'strict'
    """

    pi: LabelDistribution
    centering: Moment = "class"
    bits: int = BITS

    @staticmethod
    def of(pi: LabelDistribution, centering: Moment = "class") -> TerminalGeometry:
        """The geometry of what the loss sees, at the working precision; the last ones are remembered, for many claims
        look at one.

        Raises:
            InputError: every label set is empty or full, and the loss is blind to these.
        """
        seen = pi if centering.endswith("signs") else pi.proper
        return _remembered(seen, centering, max(BITS, flint.ctx.prec))

    @staticmethod
    def for_loss(pi: LabelDistribution, loss: Loss, bias: Bias) -> TerminalGeometry:
        """The geometry that a loss with margins tends to.

        Raises:
            InputError: the loss has a finite minimiser, so there is no margin; or as for :meth:`of`.

        Example:
            >>> from verify.model.losses import BCE
            >>> pi = LabelDistribution.from_sets([([], 1), ([0, 1], 1), ([0], 2)], labels="ab")
            >>> geometry = TerminalGeometry.for_loss(pi, BCE, "zero")
            >>> geometry.sign.verdict, [a.str(5, radius=False) for a in geometry.polar(0b01)]
            ('strict', ['1.0000', '-1.0000'])
        """
        if loss.quadratic:
            raise InputError(f"{loss.title} has no hard margin: its minimisers are finite")
        return TerminalGeometry.of(pi, _MOMENTS[loss.centered, bias])

    # ------------------------------------------------------------------ exact

    @property
    def K(self) -> int:
        """Number of labels."""
        return self.pi.K

    @property
    def centered(self) -> bool:
        """Whether the vectors are contrasts, and the condition is about the entries off the label sets only."""
        return not self.centering.endswith("signs")

    @property
    def free(self) -> bool:
        """Whether there is a free bias: the vectors have mean 0."""
        return self.centering in {"mean", "centered signs"}

    @property
    def gain(self) -> int:
        """What the indicator is multiplied by: signs are twice as far apart."""
        return 1 if self.centered else 2

    @cached_property
    def _offset(self) -> list[Fraction]:
        """What is taken off the multiple of the indicator."""
        if self.free:
            return [self.gain * f for f in self.pi.frequencies]
        return [Fraction(self.gain - 1)] * self.K

    @cached_property
    def _whole(self) -> tuple[int, list[int]]:
        """Gain and offset times the denominator of class frequencies, if these are taken off: integers."""
        total = self.pi.total if self.free else 1
        return self.gain * total, [int(total * a) for a in self._offset]

    def vector(self, mask: int) -> list[int]:
        r"""The terminal logits without bias of any label set times :attr:`unit`: :math:`\tilde y_S` (or
        :math:`P(y_S-f)`); for BCE :math:`s_S` (or :math:`2(y_S-f)`)."""
        gain, shift = self._whole
        values = [gain * a - c for a, c in zip(indicator(mask, self.K), shift, strict=True)]
        total = sum(values)
        return [self.K * a - total for a in values] if self.centered else values

    @property
    def unit(self) -> int:
        """The positive integer the vectors were multiplied by."""
        return (self.K if self.centered else 1) * (self.pi.total if self.free else 1)

    @cached_property
    def moment(self) -> fmpz_mat:
        r""":math:`\Sigma` (or :math:`\tilde C`) times :attr:`scale`: integers, shape ``(K, K)``."""
        return weighted_gram([self.vector(mask) for mask in self.pi.masks], self.pi.weights)

    @property
    def scale(self) -> int:
        """The positive integer the moment was multiplied by."""
        return self.unit**2 * self.pi.total

    @cached_property
    def characteristic(self) -> fmpz_poly:
        """Characteristic polynomial of the integer moment."""
        return self.moment.charpoly()

    @cached_property
    def rank(self) -> int:
        """Rank of the moment, exactly; ``K - 1`` (BCE: ``K``) unless some contrast (direction) is annihilated."""
        return int(self.moment.rank())

    @property
    def full_rank(self) -> bool:
        r"""Whether the moment is positive definite on :math:`1^\perp`; BCE: on all of :math:`\mathbb R^K`."""
        return self.rank == self.K - self.centered

    @cached_property
    def kernel(self) -> fmpq_mat:
        """The projector on the kernel of the moment, rational, shape ``(K, K)``."""
        K = self.K
        if self.full_rank:
            return fmpq_mat(K, K, [fmpq(int(self.centered), K)] * K**2)
        basis, nullity = self.moment.nullspace()
        Z: Any = fmpz_mat([[basis[i, j] for j in range(nullity)] for i in range(K)])
        projector: fmpq_mat = fmpq_mat(Z) * (Z.transpose() * Z).solve(Z.transpose())
        return projector

    @cached_property
    def pseudo_inverse(self) -> fmpq_mat:
        r""":math:`\Sigma^+`, rational, shape ``(K, K)``."""
        return (fmpq_mat(self.moment) / self.scale + self.kernel).inv() - self.kernel

    def target(self, mask: int) -> list[Fraction]:
        r"""The limit of the logits without their bias, :math:`Py_S` or :math:`P(y_S-f)` (BCE: :math:`s_S` or
        :math:`2(y_S-f)`), of any label set."""
        return [Fraction(a, self.unit) for a in self.vector(mask)]

    # ------------------------------------------------------------------ enclosed

    @cached_property
    def inverse_root(self) -> Any:
        r""":math:`\Sigma^{+1/2}`, shape ``(K, K)``.

        Raises:
            UnenclosedError: the condition number is beyond all measure.
        """
        bits = self.bits
        while bits <= max(MOST_BITS, self.bits):
            with flint.ctx.workprec(bits):
                try:
                    found = self._inverse_root()
                except UnenclosedError:
                    found = None
            if found is not None:
                return found
            bits *= 2
        raise UnenclosedError(f"{self.pi}: no root of the second moment at {MOST_BITS} bits")

    def _inverse_root(self) -> Any | None:
        """The inverse root at the working precision, or nothing if that leaves it too wide.

        On the kernel a multiple of the identity is added, of a size that does not worsen the condition.
        """
        sigma, kernel = arb_mat(self.moment) / self.scale, arb_mat(self.kernel)
        mean = float(sigma.trace()) / max(self.rank, 1)
        level = arb(2) ** round(np.log2(mean) / 2) if mean > 0 else arb(1)
        found = inverse_square_root(sigma + kernel * (level * level)) - kernel / level
        widest = max(x.rad() for x in found.entries())
        return found if widest * arb(2) ** (self.bits // 2) <= frobenius(found).lower() or self.rank == 0 else None

    @cached_property
    def root(self) -> Any:
        r""":math:`\Sigma^{1/2}`: the terminal :math:`WW^\top` for :math:`\lambda_W=\lambda_H` (claim T1)."""
        return self._precisely(lambda: arb_mat(self.moment) / self.scale * self.inverse_root)

    @cached_property
    def offsets(self) -> list[Ball]:
        r""":math:`\tilde C^{+1/2}f`, or 0 with class centering: what to take off sums of columns."""
        if not any(self._offset):
            return [arb(0)] * self.K

        def applied() -> list[Ball]:
            off = [ball(a) for a in self._offset]
            return [dot(row, off) for row in self.inverse_root.tolist()]

        return list(self._precisely(applied))

    def polar_entry(self, mask: int, label: int) -> Ball:
        r"""The entry :math:`(\Sigma^{+1/2}y_S)_j`, or :math:`(\tilde C^{+1/2}(y_S-f))_j`, of any label set; for BCE
        :math:`(N^{+1/2}s_S)_j`, or :math:`(C^{+1/2}(y_S-f))_j`."""
        inside = [self.inverse_root[label, k] for k in members(mask)]
        return self._precisely(lambda: self.gain * total(inside) - self.offsets[label])

    def excess(self, mask: int, label: int) -> Ball:
        """The number that the sign condition wants negative: the polar entry off the set, and minus it on the set."""
        entry = self.polar_entry(mask, label)
        return -entry if mask & 1 << label else entry

    def polar(self, mask: int) -> list[Ball]:
        """The polar column of a label set."""
        return [self.polar_entry(mask, label) for label in range(self.K)]

    def row_distance(self, first: int, second: int) -> Ball:
        r""":math:`\|w_j-w_k\|^2` in the terminal geometry, for :math:`\lambda_W=\lambda_H` (claims T1, T5)."""
        G = self.root
        return self._precisely(lambda: G[first, first] - 2 * G[first, second] + G[second, second])

    # ------------------------------------------------------------------ decided

    @cached_property
    def sign(self) -> SignCondition:
        """The sign condition, decided."""
        return _sign_condition(self)

    @cached_property
    def hard_margin(self) -> HardMargin:
        """The hard-margin certificate of claim T1."""
        return HardMargin(self._precisely(self.root.trace), self._precisely(self._dual_value), self.sign.verdict)

    def _dual_value(self) -> Ball:
        """Margins are between labels on and off the set, as contrasts; for BCE they are against 0, on both sides."""
        on: Callable[[int], Iterable[int]] = members if self.centered else lambda _: range(self.K)
        entries = ((w, mask, k) for mask, w in self.pi.weight_of.items() for k in on(mask))
        return total(-w * self.excess(mask, k) for w, mask, k in entries) / self.pi.total

    def _precisely(self, compute: Callable[[], Any]) -> Any:
        with flint.ctx.workprec(self.bits):
            return compute()


@lru_cache(maxsize=64)
def _remembered(pi: LabelDistribution, centering: Moment, bits: int) -> TerminalGeometry:
    return TerminalGeometry(pi, centering, bits)


# ---------------------------------------------------------------------- the sign condition

UNIT_ROUNDOFF = 2.0**-53


def _sign_condition(geometry: TerminalGeometry) -> SignCondition:
    """Signs of the numbers it is about: by a float64 product and its rounding bound, else by balls, else exactly."""
    values, errors = _screened(geometry)
    on, masks = geometry.pi.indicator > 0, geometry.pi.masks
    asked = ~on if geometry.centered else np.full_like(on, True)
    values = np.where(on, -values, values)
    positive = asked & (values > errors)
    open_ = [(int(S), int(j)) for S, j in np.argwhere(asked & (np.abs(values) <= errors))]
    signs = {(S, j): _sign(geometry, masks[S], j) for S, j in open_[:MOST_EXACT_ENTRIES]}
    for entry, sign in signs.items():
        positive[entry] = sign == 1
    left_open = len(signs) < len(open_) or None in signs.values()
    worst = _largest(geometry, np.where(asked, values, -np.inf), errors)
    return SignCondition(
        "violated" if positive.any() else _nowhere_positive(signs.values(), left_open),
        worst,
        geometry.excess(*worst),
        tuple(masks[S] for S in np.flatnonzero(positive.any(axis=1)).tolist()),
    )


def _nowhere_positive(signs: Collection[int | None], left_open: bool) -> Verdict:
    if left_open:
        return "undecided"
    return "equality" if 0 in signs else "strict"


def _screened(geometry: TerminalGeometry) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    r"""All polar entries in float64, shape ``(n, K)``, and bounds on their errors.

    A sum of ``K + 1`` numbers in any order is off by at most :math:`\frac{(K+1)u}{1-(K+1)u}` times the sum of their
    absolute values; products with 0 and 1 are exact. Twice that also covers the rounding of the bound itself.
    """
    inverse, spread = _as_floats(geometry.inverse_root)
    shift, shift_spread = _as_floats(arb_mat([geometry.offsets]))
    Y = geometry.pi.indicator
    rounding = (geometry.K + 1) * UNIT_ROUNDOFF / (1 - (geometry.K + 1) * UNIT_ROUNDOFF)
    gain = geometry.gain
    errors = 2 * (rounding * (gain * (Y @ np.abs(inverse)) + np.abs(shift)) + gain * (Y @ spread) + shift_spread)
    return gain * (Y @ inverse) - shift, errors


def _as_floats(A: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Midpoints in float64, and bounds on the distance of the true numbers from them."""
    rows = A.tolist()
    middle = np.array([[float(x.mid()) for x in row] for row in rows])
    radius = np.array([[float(x.rad()) for x in row] for row in rows])
    return middle, radius * (1 + 4 * UNIT_ROUNDOFF) + 2 * UNIT_ROUNDOFF * np.abs(middle)


def _largest(geometry: TerminalGeometry, values: NDArray[np.float64], errors: NDArray[np.float64]) -> tuple[int, int]:
    """Mask and label of the largest entry: among those that float64 cannot tell from the largest, by balls."""
    near = np.argwhere(values + errors >= (values - errors).max())[:MOST_EXACT_ENTRIES].tolist()
    best, top = None, arb("-inf")
    for S, j in near:
        entry = geometry.excess(geometry.pi.masks[S], j)
        if best is None or entry > top:
            best, top = (geometry.pi.masks[S], j), entry
    assert best is not None, "a proper label set leaves some label out"
    return best


def _sign(geometry: TerminalGeometry, mask: int, label: int) -> int | None:
    """The sign of what the condition wants negative."""
    entry = geometry.excess(mask, label)
    if entry > 0 or entry < 0:
        return 1 if entry > 0 else -1
    sign = sign_of_polar_entry(geometry, mask, label)
    return -sign if sign is not None and mask & 1 << label else sign


def sign_of_polar_entry(geometry: TerminalGeometry, mask: int, label: int) -> int | None:
    r"""The sign of :math:`(\Sigma^{+1/2}y_S)_j`, exactly: -1, 0 or 1; ``None`` if it would need absurdly long numbers.

    With the integer moment ``A`` and the integer vector ``v``, the resolvent :math:`e_j^\top(t-A)^{-1}v=n(t)/p(t)` in
    lowest terms has the eigenvalues that matter as its poles, and the entry is a positive multiple of
    :math:`\sum_{p(\alpha)=0}\frac{n(\alpha)}{p'(\alpha)\sqrt\alpha}`. No pole, and the entry is 0. Else the sum times
    :math:`p(0)\operatorname{disc}(p)` is an algebraic integer ``x``, whose conjugates differ in the signs of the roots
    only. If all are at most ``B``, then :math:`x^2` has at most :math:`2^{r-1}` of them, ``r`` the number of poles,
    and is 0 or at least :math:`B^{-2(2^{r-1}-1)}`, for the norm of an algebraic integer is an integer.

    Args:
        geometry: whose moment.
        mask: a label set of the support; at full rank, any.
        label: index of a label.

    Example:
        >>> pairs = LabelDistribution.from_sets([([0, 1], 1), ([0, 2], 1)], labels="abcd")
        >>> geometry = TerminalGeometry.of(pairs, "mean")
        >>> [sign_of_polar_entry(geometry, 0b0011, label) for label in range(4)]
        [0, 1, -1, 0]
    """
    if geometry.K > MOST_EXACT_LABELS:
        return None
    numerator, poles = _resolvent(geometry, geometry.vector(mask), label)
    count = int(poles.degree())
    if count == 0:
        return 0
    scale, bits = abs(int(poles.discriminant()) * int(poles[0])), BITS
    while bits <= MOST_EXACT_BITS:
        with flint.ctx.workprec(bits):
            terms = [scale * x for x in _pole_terms(numerator, poles)]
            entry, size, power = total(terms), total(abs(x) for x in terms), arb(2) ** (count - 1) - 1
            if entry > 0 or entry < 0:
                return 1 if entry > 0 else -1
            if power * size.log() < MOST_EXACT_BITS and abs(entry) < size**-power:
                return 0
        bits *= 2
    return None


def _resolvent(geometry: TerminalGeometry, v: Sequence[int], label: int) -> tuple[fmpz_poly, fmpz_poly]:
    """Numerator and denominator of ``e_j^T (t - A)^{-1} v`` in lowest terms, integer polynomials."""
    p, K = geometry.characteristic, len(v)
    coefficients, vector, powers = [int(c) for c in p.coeffs()], fmpz_mat(K, 1, list(v)), []
    for _ in range(K):
        powers.append(int(vector[label, 0]))  # e_j^T A^k v
        vector = geometry.moment * vector
    n = fmpz_poly([sum(coefficients[i + 1 + k] * powers[k] for k in range(K - i)) for i in range(K)])
    shared = n.gcd(p)
    return n // shared, p // shared


def _pole_terms(numerator: fmpz_poly, poles: fmpz_poly) -> list[Ball]:
    slope = poles.derivative()
    found: Any = poles.complex_roots()
    roots = [arb(root.real) for root, _ in found]
    return [_value(numerator, a) / (_value(slope, a) * a.sqrt()) for a in roots]


def _value(polynomial: fmpz_poly, at: Ball) -> Ball:
    value = arb(0)
    for coefficient in reversed(polynomial.coeffs()):
        value = value * at + arb(coefficient)
    return value


# ---------------------------------------------------------------------- kappa-control


def cosine_square(K: int, m: int) -> Fraction:
    r""":math:`\theta_m^2=\frac m{(K-m)(K-1)}` of claim T3.

    Example:
        >>> cosine_square(9, 6)
        Fraction(1, 4)
    """
    return Fraction(m, (K - m) * (K - 1))


def control_constant(K: int, m: int) -> float:
    r"""The largest :math:`\mathrm K/\kappa` under which claim T3 guarantees the sign condition, in float64.

    Example:
        >>> control_constant(9, 6), control_constant(4, 3)
        (9.0, inf)
    """
    theta = float(cosine_square(K, m)) ** 0.5
    return ((1 + theta) / (1 - theta)) ** 2 if m < K - 1 else float("inf")


def kappa_control(spectrum: Spectrum, m: int, square: Fraction | None = None) -> bool:
    r"""Whether claim T3 guarantees the sign condition: :math:`\sqrt{\mathrm K/\kappa}\,(1-\theta)\le1+\theta`, exactly.

    That is :math:`(\mathrm K-\kappa)(1+\theta^2)\le2\theta(\mathrm K+\kappa)` with :math:`\kappa>0`. The difference of
    the two sides, cleared of denominators, is an algebraic integer with a known number of conjugates of known size, so
    that refining the two eigenvalues far enough decides equality too.

    Args:
        spectrum: of one multiplicity, or overall.
        m: that multiplicity, or the least in the support.
        square: :math:`\theta^2`, if not that of the claim.

    Example:
        >>> kappa_control(Spectrum.of(LabelDistribution.from_sets([([k], 1 + k) for k in range(4)])), 1)
        True
        >>> kappa_control(Spectrum.of(LabelDistribution.from_sets([([k], 10**k) for k in range(4)])), 1)
        False
    """
    t = cosine_square(spectrum.K, m) if square is None else square
    low, high = spectrum.kappa, spectrum.largest
    if low == 0:
        return False
    if t >= 1 or low == high:
        return True
    distinct, bits = spectrum.roots.distinct.degree, BITS
    conjugates = 2 * distinct * (distinct - 1)  # ordered pairs of eigenvalues, times the sign of theta
    while True:
        with flint.ctx.workprec(2 * bits):
            a, b = (_unscaled(root, bits) for root in (low, high))
            middle = 2 * arb(t.numerator * t.denominator).sqrt() * (a + b)
            difference = (b - a) * (t.numerator + t.denominator) - middle
            if difference > 0 or difference < 0:
                return bool(difference < 0)
            size = (2 * b * (t.numerator + t.denominator) + 2 * middle).upper()
            if abs(difference) < size ** (1 - conjugates):
                return True
        bits *= 2


def _unscaled(root: Root, bits: int) -> Ball:
    """An eigenvalue times the scale of its polynomial, an algebraic integer, to :math:`2^{-bits}`."""
    scale = root.roots.scale
    return of_root(root, Fraction(1, scale << bits)) * scale
