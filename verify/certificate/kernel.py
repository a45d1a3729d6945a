"""The checker as the suite uses it: certificates in memory, exact fractions, and what a writer of certificates needs.

Nothing here has to be trusted: what is accepted, ``checker`` accepted, given bytes. Where a certificate for many labels
comes without congruences, they are guessed here and handed in.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from flint import arb, ctx, fmpq, fmpz, fmpz_mat

from verify.certificate import checker
from verify.certificate.congruence import FEW, congruence
from verify.certificate.format import CLAIMS, Certificate, Congruences, Enclosure, dumps, plain
from verify.labels.errors import InputError

OWN: Final = 10**6
"""Times the checker's limits for what this process has made itself."""

USUAL_BITS: Final = 384
"""Of the numbers in a matrix whose eigenvalues are counted."""


@dataclass(frozen=True)
class Verdict:
    """What the checker says.

    Attributes:
        accepted: whether every claim was proved.
        reason: empty when accepted; else one line that begins with "malformed", with "too large", or with what is not
            proved.
        checks: what was proved, in order.
        value: the proven interval for the global minimum of F, in nats; ``None`` when rejected, as is the optimum.
        optimum: enclosures of the global optimum.
    """

    accepted: bool
    reason: str
    checks: tuple[str, ...]
    value: tuple[Fraction, Fraction] | None = None
    optimum: Optimum | None = field(default=None, compare=False)

    @property
    def refused(self) -> bool:
        """Whether nothing was decided, as the input is malformed or too large."""
        return self.reason.startswith(("malformed", "too large"))


class Optimum:
    """The enclosures of the checker, as fractions.

    Quantities are named as the claims of a certificate are: ``p r R z b G wh hh``; indices are label sets, in the
    canonical order of the distribution, and labels. A quantity that the gap does not determine is ``None``.
    """

    def __init__(self, found: checker.Optimum) -> None:
        self._found, self._rows = found, dict[tuple[str, int], list[Any]]()

    def interval(self, name: str, i: int, j: int) -> tuple[Fraction, Fraction] | None:
        """The proven interval of one entry of a quantity."""
        ends = self._ends(name, i, j)
        return ends and (Fraction(int(ends[0]), int(self._found.one)), Fraction(int(ends[1]), int(self._found.one)))

    def ball(self, name: str, i: int, j: int) -> Any:
        """A ball that contains it, without bounds where there are none; no fractions are reduced on the way."""
        ends = self._ends(name, i, j)
        return arb("nan") if ends is None else arb(ends[0]).union(arb(ends[1])) / arb(self._found.one)

    def _ends(self, name: str, i: int, j: int) -> Any:
        if name not in CLAIMS:
            raise InputError(f"unknown quantity {name!r}: use one of {', '.join(CLAIMS)}")
        if (name, i) not in self._rows:
            self._rows[name, i] = self._found.row(name, i)
        return self._rows[name, i][j]

    @property
    def rank(self) -> tuple[int, int]:
        """Bounds on the rank of the optimal classifier."""
        return self._found.rank


def check(certificate: Certificate | bytes, factor: int = OWN) -> Verdict:
    """Prove every claim of a certificate, or say which one is not proved.

    Args:
        factor: how many times the limits of the checker to allow.

    Example:
        Two labels, MSE, and regularisation just strong enough for full collapse: W = 0 is optimal and min F = 1/2.

        >>> from dataclasses import replace
        >>> from verify.certificate.format import RationalMatrix
        >>> from verify.labels.distribution import LabelDistribution
        >>> pi = LabelDistribution.from_sets([([0], 1), ([1], 1)], labels="ab")
        >>> W, r, half = (
        ...     RationalMatrix(1, ((), ())),
        ...     RationalMatrix(1, ((1, 0), (0, 1))),
        ...     Enclosure(2, ((1,),), ((1,),)),
        ... )
        >>> collapsed = Certificate(pi, "mse", "zero", Fraction(1), Fraction(1, 2), W, None, r, half)
        >>> check(collapsed).value
        (Fraction(1, 2), Fraction(1, 2))
        >>> check(replace(collapsed, value=Enclosure(4, ((1,),), ((1,),)))).reason
        'value: the upper end 0.25 is below F(W,H,b) = 0.5'
        >>> check(replace(collapsed, lambda_H=Fraction(1, 3))).reason
        'r: R(r) <= lambda I fails: the residual second moment has an eigenvalue above lambda'
    """
    raw = certificate if isinstance(certificate, bytes) else dumps(certificate)
    few = isinstance(certificate, Certificate) and certificate.distribution.K <= FEW
    try:
        answer = checker.check(raw if few else _guessed(raw, factor), factor)
    except checker.RejectedError as why:
        return Verdict(False, str(why), ())
    if answer.optimum is None:
        return Verdict(False, answer.reason, answer.checks)
    value = _fraction(answer.optimum.at.low), _fraction(answer.optimum.at.high)
    return Verdict(True, "", answer.checks, value, Optimum(answer.optimum))


def check_file(path: str | Path, factor: int = 1) -> Verdict:
    """Check a certificate file.

    Raises:
        InputError: the file cannot be read.
    """
    try:
        with Path(path).open("rb") as stream:
            raw = stream.read(checker.LIMITS["bytes"] * factor + 1)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    return check(raw, factor)


def bracket(certificate: Certificate, denominator: int) -> Enclosure:
    """The value interval that the two points of a certificate prove, rounded outward to multiples of 1/denominator.

    For the writers of certificates: the claimed value is not looked at, and the claims are not either.

    Raises:
        InputError: a logit so large that nothing is proved.
    """
    return _bracket(_read(certificate), denominator)


def _bracket(at: checker.Certificate, denominator: int) -> Enclosure:
    with ctx.workprec(64 + denominator.bit_length()):
        try:
            dual, primal = checker.dual_and_primal(at)
            dual -= at.price
        except checker.RejectedError as why:
            raise InputError(str(why)) from None
        ends = [_fraction(x) if isinstance(x, fmpq) else _fraction(end(x).fmpq()) for end, x in
                ((arb.lower, dual), (arb.upper, primal))]  # fmt: skip
    return Enclosure.outward([[(ends[0], ends[1])]], denominator)


def drafted(certificate: Certificate, denominator: int) -> tuple[Certificate, Optimum]:
    """The certificate with the value interval that its points prove and with congruences, if they help; and what
    follows from the gap: :func:`bracket`, :func:`with_congruences` and :func:`enclose`, read once."""
    at = _read(certificate)
    value = _bracket(at, denominator)
    at.value_unit = fmpz(value.denominator)
    at.low, at.high = (fmpq(int(end.numerator), int(end.denominator)) for end in value.interval(0, 0))
    optimum, guesses = checker.Optimum(at), certificate.congruences
    if at.K > FEW and guesses == Congruences():
        guesses = _congruences(optimum)
        found = {name: rows for name, rows in vars(guesses).items() if rows is not None}
        at.congruences = {name: [list(map(fmpz, row)) for row in rows] for name, rows in found.items()}
    return replace(certificate, value=value, congruences=guesses), Optimum(optimum)


def enclose(certificate: Certificate) -> Optimum:
    """The enclosures that follow *if* the points are feasible and the value interval is true: for writing claims."""
    return Optimum(checker.Optimum(_read(with_congruences(certificate))))


def with_congruences(certificate: Certificate) -> Certificate:
    """The certificate with guesses at the congruences that its checks can use; few labels need none."""
    if certificate.distribution.K <= FEW or certificate.congruences != Congruences():
        return certificate
    return replace(certificate, congruences=_congruences(checker.Optimum(_read(certificate))))


def _read(certificate: Certificate) -> checker.Certificate:
    return checker.Certificate(plain(certificate), OWN)


def _congruences(optimum: checker.Optimum) -> Congruences:
    at = optimum.at
    K, p, q, one, level = at.K, at.lam.p, at.lam.q, optimum.one, at.lam.p * optimum.one - optimum.dR * at.lam.q
    identity = fmpz_mat(K, K, [int(j == k) for j in range(K) for k in range(K)])
    wanted = {
        "feasible": identity * (p * at.R_unit) - at.R * q,
        "collapsed": identity * (level * at.R_unit) - at.R * (q * one),
    }
    if optimum.dG is not None:
        wanted["alive"] = at.G * one - identity * (optimum.dG * at.G_unit)
    found = {name: congruence(matrix) for name, matrix in wanted.items()}
    return Congruences(**{name: rows for name, rows in found.items() if name != "feasible" or len(rows or ()) == K})


def _guessed(raw: bytes, factor: int) -> bytes:
    """The same bytes; with congruences put at their end where there are none and the checker would be slow without."""
    if b'"congruences"' in raw:
        return raw
    at = checker.Certificate(checker.read(raw, factor), factor)
    if at.K <= FEW:
        return raw
    checker.limit("K^3 bits", at.K**3 * USUAL_BITS, factor)
    guesses = {name: rows for name, rows in vars(_congruences(checker.Optimum(at))).items() if rows is not None}
    found = {name: [[str(a) for a in row] for row in rows] for name, rows in guesses.items()}
    return raw.rstrip()[:-1] + b',"congruences":' + json.dumps(found).encode() + b"}"


def _fraction(x: Any) -> Fraction:
    return Fraction(int(x.p), int(x.q))
