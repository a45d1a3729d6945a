"""Exact arithmetic with the roots of real-rooted integer polynomials: counting, enclosing, comparing.

Eigenvalues of a rational symmetric matrix are such roots. For a real-rooted polynomial Descartes' rule of signs is not
a bound but an equality, multiplicities included, so the number of roots on either side of a rational point is read off
the coefficients after one Taylor shift. Repeated roots, the normal case for label distributions with symmetry, need no
special treatment, and no floating-point number takes part in any decision.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from functools import cached_property
from math import isqrt
from operator import ne

from flint import fmpq, fmpq_poly, fmpz_poly

from verify.exact.rationals import to_fmpq, to_fraction


@dataclass(frozen=True)
class Enclosure:
    """A closed interval with rational end points that is proved to contain a real number.

    Example:
        >>> Enclosure(Fraction(1, 3), Fraction(1, 3)).exact
        True
        >>> print(Enclosure(Fraction(333, 1000), Fraction(334, 1000)))
        [0.333, 0.334]
    """

    lower: Fraction
    upper: Fraction

    @property
    def width(self) -> Fraction:
        """Length of the interval; 0 when the number is known exactly."""
        return self.upper - self.lower

    @property
    def exact(self) -> bool:
        """Whether the number is known exactly (it is rational then)."""
        return self.lower == self.upper

    @property
    def midpoint(self) -> Fraction:
        """Centre of the interval."""
        return (self.lower + self.upper) / 2

    def __float__(self) -> float:
        return float(self.midpoint)

    def __str__(self) -> str:
        if self.exact:
            return str(self.lower)
        return f"[{decimal(self.lower, 17, ROUND_FLOOR)}, {decimal(self.upper, 17, ROUND_CEILING)}]"


@dataclass(frozen=True)
class RealRoots:
    """The roots of a monic integer polynomial all of whose roots are real, divided by a positive integer ``scale``.

    The caller vouches for real-rootedness (characteristic polynomials of symmetric pencils have it). Roots are
    numbered from 0, ascending, repeated by multiplicity. Every rational root of a monic integer polynomial is an
    integer, so rational roots are always found exactly.

    Example:
        >>> golden = RealRoots(fmpz_poly([-1, -1, 1]))
        >>> golden.count_below(Fraction(0)), golden.count_below(Fraction(2))
        (1, 2)
        >>> golden.root(1).decimal(40)
        '1.618033988749894848204586834365638117720'
    """

    polynomial: fmpz_poly
    scale: int = 1

    @classmethod
    def around(cls, centre: Fraction, square: Fraction) -> RealRoots:
        r"""The two roots of :math:`(x-centre)^2=square`, for ``square >= 0``.

        Example:
            >>> RealRoots.around(Fraction(1, 2), Fraction(5, 4)).root(1).decimal(10)
            '1.618033989'
        """
        scale = centre.denominator * square.denominator
        constant = (centre**2 - square) * scale**2
        return cls(fmpz_poly([int(constant), int(-2 * centre * scale), 1]), scale)

    @property
    def degree(self) -> int:
        """Number of roots, multiplicities counted."""
        return int(self.polynomial.degree())

    @cached_property
    def _stretched(self) -> dict[int, fmpz_poly]:
        return {1: self.polynomial}

    def _on_grid(self, denominator: int) -> fmpz_poly:
        """The monic integer polynomial whose roots are ``denominator`` times those of :attr:`polynomial`."""
        if denominator not in self._stretched:
            n, coefficients = self.degree, self.polynomial.coeffs()
            self._stretched[denominator] = fmpz_poly([c * denominator ** (n - i) for i, c in enumerate(coefficients)])
        return self._stretched[denominator]

    def _counts(self, point: Fraction) -> tuple[int, int]:
        """Numbers of roots below and equal to ``point``."""
        at = point * self.scale
        return _descartes(self._on_grid(at.denominator), at.numerator)

    def count_below(self, point: Fraction) -> int:
        """Number of roots smaller than ``point``, exactly."""
        return self._counts(point)[0]

    def count_at_most(self, point: Fraction) -> int:
        """Number of roots at most ``point``, exactly."""
        return sum(self._counts(point))

    def root(self, index: int) -> Root:
        """Root number ``index`` (negative indices count from the largest)."""
        return Root(self, range(self.degree)[index])

    @cached_property
    def distinct(self) -> RealRoots:
        """The same roots, each once."""
        shared = self.polynomial.gcd(self.polynomial.derivative())
        return self if shared.degree() == 0 else RealRoots(self.polynomial // shared, self.scale)

    def in_common(self, other: RealRoots) -> RealRoots:
        """The roots that two polynomials share, each once."""
        mine, theirs = self.distinct._on_grid(other.scale), other.distinct._on_grid(self.scale)
        return RealRoots(mine.gcd(theirs), self.scale * other.scale)

    def interlaces(self, other: RealRoots) -> bool:
        r"""Whether :math:`\beta_0\le\alpha_0\le\beta_1\le\dots\le\beta_{n-1}\le\alpha_{n-1}`, decided exactly.

        :math:`\beta` are the roots of ``self``, :math:`\alpha` those of ``other``. Roots in common cancel; for
        coprime monic ``b``, ``a`` the order is strict exactly when all residues of ``b/a`` are positive, and Sturm's
        theorem counts those by the Euclidean algorithm.

        Example:
            >>> RealRoots(fmpz_poly([0, -2, 1])).interlaces(RealRoots(fmpz_poly([3, -4, 1])))
            True
        """
        b, a = self._on_grid(other.scale), other._on_grid(self.scale)
        if b.degree() != a.degree():
            raise ValueError(f"{b.degree()} roots cannot interlace with {a.degree()} in pairs")
        shared = b.gcd(a)
        a, b = a // shared, b // shared
        return _cauchy_index(b - a, a) == int(a.degree())


@dataclass(frozen=True)
class Root:
    """One root of a :class:`RealRoots`: an exactly known real number.

    Comparisons with rationals and with other roots are decided exactly, equality included.

    Example:
        >>> root_two = RealRoots(fmpz_poly([-2, 0, 1])).root(-1)
        >>> root_two > Fraction(141, 100), root_two == RealRoots(fmpz_poly([4, 0, -4, 0, 1])).root(3)
        (True, True)
    """

    roots: RealRoots
    index: int

    @cached_property
    def _isolation(self) -> tuple[Fraction, Fraction]:
        """End points ``l <= u``, in units of the polynomial, with this root as the only distinct one in ``(l, u]``.

        ``l == u`` when the root is an integer there.
        """
        polynomial, distinct = self.roots.polynomial, self.roots.distinct.polynomial
        low, high = -1, 1
        while sum(_descartes(polynomial, low)) > self.index:
            low *= 4
        while sum(_descartes(polynomial, high)) <= self.index:
            high *= 4
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if sum(_descartes(polynomial, middle)) > self.index else (middle, high)
        below, equal = _descartes(polynomial, high)
        if below <= self.index < below + equal:
            return Fraction(high), Fraction(high)
        left, right, inside = Fraction(low), Fraction(high), RealRoots(distinct)
        while inside.count_at_most(right) - inside.count_at_most(left) > 1:
            centre = (left + right) / 2
            enough = RealRoots(polynomial).count_at_most(centre) > self.index
            left, right = (left, centre) if enough else (centre, right)
        return left, right

    @property
    def rational(self) -> Fraction | None:
        """The root itself when it is rational, else ``None``."""
        low, high = self._isolation
        return low / self.roots.scale if low == high else None

    @cached_property
    def multiplicity(self) -> int:
        """How often the root is repeated, exactly."""
        low, high = self._isolation
        unscaled = RealRoots(self.roots.polynomial)
        return unscaled._counts(low)[1] if low == high else unscaled.count_at_most(high) - unscaled.count_at_most(low)

    def enclosure(self, width: Fraction) -> Enclosure:
        """An interval with rational end points, at most ``width`` long, that contains the root.

        Quadratic interval refinement (J. Abbott, *Quadratic interval refinement for real roots*, 2006): signs of an
        exact polynomial at rational points, with the number of correct digits doubling at each success.

        Raises:
            ValueError: ``width`` is not positive.
        """
        if width <= 0:
            raise ValueError(f"the width of an enclosure must be positive, not {width}")
        low, high = self._isolation
        scale = self.roots.scale
        if low == high:
            return Enclosure(low / scale, high / scale)
        ends = _refine(self.roots.distinct.polynomial, to_fmpq(low), to_fmpq(high), to_fmpq(width) * scale)
        return Enclosure(*(to_fraction(end / scale) for end in ends))

    def to_precision(self, digits: int) -> Enclosure:
        """An enclosure whose width is at most :math:`10^{-digits}` of the root's absolute value."""
        width = Fraction(1, 10**digits)
        while True:
            found = self.enclosure(width)
            smallest = min(abs(found.lower), abs(found.upper)) if found.lower * found.upper > 0 else Fraction(0)
            if found.exact or found.width * 10**digits <= smallest:
                return found
            width = min(width, smallest) / 10**digits if smallest else width**2

    def decimal(self, digits: int) -> str:
        """The root rounded half-to-even to ``digits`` significant decimal digits, every digit decided."""
        guard = 2
        while True:
            found = self.to_precision(digits + guard)
            low, high = (decimal(end, digits) for end in (found.lower, found.upper))
            if low == high:
                return low
            guard *= 2  # the root is irrational, hence no tie, and some precision separates it from one

    def __float__(self) -> float:
        return float(self.decimal(17)) if self.rational is None else float(self.rational)

    def compare(self, other: Root | Fraction | int) -> int:
        """-1, 0 or 1 as the root is smaller than, equal to or larger than ``other``: always decided."""
        if not isinstance(other, Root):
            return self._compare_rational(Fraction(other))
        mine, yours = self.rational, other.rational
        if yours is not None:
            return self._compare_rational(yours)
        if mine is not None:
            return -other._compare_rational(mine)
        width, shared = Fraction(1, 2**24), None
        while True:
            a, b = self.enclosure(width), other.enclosure(width)
            if a.upper < b.lower or b.upper < a.lower:
                return -1 if a.upper < b.lower else 1
            if shared is None:
                shared = self.roots.in_common(other.roots)
            # a shared root inside both isolating intervals is the only root either has there
            low, high = max(a.lower, b.lower), min(a.upper, b.upper)
            if shared.degree and shared.count_at_most(high) > shared.count_below(low):
                return 0
            width /= 2**24

    def _compare_rational(self, point: Fraction) -> int:
        below, equal = self.roots._counts(point)
        if self.index < below:
            return -1
        return 0 if self.index < below + equal else 1

    def __lt__(self, other: Root | Fraction | int) -> bool:
        return self.compare(other) < 0

    def __le__(self, other: Root | Fraction | int) -> bool:
        return self.compare(other) <= 0

    def __gt__(self, other: Root | Fraction | int) -> bool:
        return self.compare(other) > 0

    def __ge__(self, other: Root | Fraction | int) -> bool:
        return self.compare(other) >= 0

    def __eq__(self, other: object) -> bool:
        return self.compare(other) == 0 if isinstance(other, (Root, Fraction, int)) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # equality is of values, and equal values come from many polynomials


def _refine(p: fmpz_poly, low: fmpq, high: fmpq, width: fmpq) -> tuple[fmpq, fmpq]:
    """Shrink ``(low, high]`` around the one simple, irrational root of ``p`` in it to at most ``width``."""
    low_value, high_value = p(low), p(high)
    if low_value == 0:  # another root sits on the open end: step off it towards the root that is sought
        while True:
            middle = (low + high) / 2
            value = p(middle)
            if (value > 0) != (high_value > 0):
                low, low_value = middle, value
                break
            high, high_value = middle, value
    parts = 4
    while high - low > width:
        step = (high - low) / parts
        ratio = low_value / (low_value - high_value)
        guess = int((ratio * parts).floor()) if parts > 2 else 0
        left = low + step * min(guess, parts - 1)
        values = [p(left), p(left + step)]
        if (values[0] > 0) != (values[1] > 0):
            low, high, (low_value, high_value) = left, left + step, values
            parts *= parts
            continue
        # the guess missed: keep the side with the sign change, and guess less boldly
        if (values[0] > 0) == (low_value > 0):
            low, low_value = left + step, values[1]
        else:
            high, high_value = left, values[0]
        parts = max(isqrt(parts), 2)
    return low, high


def _cauchy_index(numerator: fmpz_poly, denominator: fmpz_poly) -> int:
    """Poles where the quotient jumps from -oo to +oo, less those where it jumps back (Sturm)."""
    sequence = [fmpq_poly(denominator), fmpq_poly(numerator)]
    while sequence[-1].degree() >= 0:
        sequence.append(-(sequence[-2] % sequence[-1]))
    leads = [(int(s.degree()), s.leading_coefficient() > 0) for s in sequence[:-1]]
    right = [positive for _, positive in leads]
    left = [positive != bool(degree % 2) for degree, positive in leads]
    return _variations(left) - _variations(right)


def _descartes(polynomial: fmpz_poly, point: int) -> tuple[int, int]:
    """Numbers of roots below and equal to ``point``: Descartes' rule of signs after a Taylor shift."""
    shifted = polynomial(fmpz_poly([point, 1])).coeffs()
    equal = 0
    while shifted[equal] == 0:
        equal += 1
    above = _variations([coefficient > 0 for coefficient in shifted[equal:] if coefficient != 0])
    return len(shifted) - 1 - equal - above, equal


def _variations(signs: list[bool]) -> int:
    return sum(map(ne, signs, signs[1:]))


def decimal(value: Fraction, digits: int, rounding: str = ROUND_HALF_EVEN) -> str:
    """A rational number in decimal notation, rounded to ``digits`` significant digits.

    Example:
        >>> decimal(Fraction(2, 3), 30)
        '0.666666666666666666666666666667'
    """
    context = Context(prec=digits, rounding=rounding)
    return str(context.divide(Decimal(value.numerator), Decimal(value.denominator)))
