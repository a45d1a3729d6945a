"""What a certificate is, and its file format: exact numbers only, canonical bytes, bounded sizes.

A certificate states a problem (distribution, loss, bias model, regularisation), a primal point, a dual point and what
they are claimed to prove about the *global* optimum of the unconstrained feature model. This file says what a
well-formed certificate is; whether one is true is decided by ``checker``. ``notes/certificate.md`` is the format's
specification.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from verify.labels.distribution import LabelDistribution
from verify.labels.errors import InputError, show

LOSSES: Final = ("pal", "bce", "mse")
BIASES: Final = ("zero", "free")
FORMATS: Final = "mlnc-certificate-4", "mlnc-certificate-3", "mlnc-certificate-2", "mlnc-certificate-1"
"""The format that is written, and the older ones that are read: without weights in the loss, smoothing or decay,
congruences."""

# What a reader must be prepared for, and no more; all of it is checked before anything is computed.
MAX_BYTES: Final = 1 << 30
MAX_BRACKETS: Final = 1 << 20  # "[" and "{" in the whole file: bounds the containers a parser builds
MAX_COMMAS: Final = 1 << 25  # bounds the numbers a parser builds
MAX_DIGITS: Final = 1000  # decimal digits of one integer
MAX_LABELS: Final = 1024

_INTEGER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)", re.ASCII)
_TOO_LARGE: Final = 10**MAX_DIGITS

_Part = TypeVar("_Part")


class Real(Protocol):
    """Anything that denotes one exact rational number: int, float, NumPy float, Fraction, Decimal."""

    def as_integer_ratio(self) -> tuple[int, int]: ...


@dataclass(frozen=True)
class RationalMatrix:
    """An exact matrix: integer numerators over one common positive denominator.

    Example:
        >>> m = RationalMatrix.nearest([[0.5, 1 / 3]], denominator=1000)
        >>> m.rows, m.shape
        (((500, 333),), (1, 2))
    """

    denominator: int
    rows: tuple[tuple[int, ...], ...]

    def __post_init__(self) -> None:
        _require_table(self.rows)
        _require_denominator(self.denominator)

    @classmethod
    def nearest(cls, values: Iterable[Iterable[Real]], denominator: int) -> RationalMatrix:
        """Round every entry to the nearest multiple of ``1/denominator`` (ties upward).

        Raises:
            InputError: an entry that is not finite, or rows of different length.
        """
        return cls(denominator, tuple(tuple(_nearest(value, denominator) for value in row) for row in values))

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of rows and of columns."""
        return len(self.rows), len(self.rows[0]) if self.rows else 0

    def fractions(self) -> tuple[tuple[Fraction, ...], ...]:
        """The entries as fractions, row by row."""
        return tuple(tuple(Fraction(entry, self.denominator) for entry in row) for row in self.rows)


@dataclass(frozen=True)
class Enclosure:
    """A matrix of closed intervals with rational ends over one common positive denominator.

    Raises:
        InputError: shapes differ, or a lower end lies above its upper end.

    Example:
        >>> Enclosure.outward([[(Fraction(1, 3), Fraction(2, 3))]], denominator=100)
        Enclosure(denominator=100, lower=((33,),), upper=((67,),))
    """

    denominator: int
    lower: tuple[tuple[int, ...], ...]
    upper: tuple[tuple[int, ...], ...]

    def __post_init__(self) -> None:
        _require_denominator(self.denominator)
        _require_table(self.lower)
        _require_table(self.upper)
        if [len(row) for row in self.lower] != [len(row) for row in self.upper]:
            raise InputError("the lower and the upper ends of an enclosure have different shapes: give one of each")
        for i, (low, high) in enumerate(zip(self.lower, self.upper, strict=True)):
            if any(a > b for a, b in zip(low, high, strict=True)):
                raise InputError(f"row {i} of an enclosure has a lower end above its upper end: swap them")

    @classmethod
    def outward(cls, intervals: Iterable[Iterable[tuple[Real, Real]]], denominator: int) -> Enclosure:
        """Round pairs (lower, upper) outward to multiples of ``1/denominator``."""
        table = [list(row) for row in intervals]
        lower = tuple(tuple(_floor(low, denominator) for low, _ in row) for row in table)
        upper = tuple(tuple(-_floor(high, denominator, sign=-1) for _, high in row) for row in table)
        return cls(denominator, lower, upper)

    @classmethod
    def tabulated(
        cls, interval: Callable[[int, int], tuple[Real, Real] | None], shape: tuple[int, int], denominator: int
    ) -> Enclosure | None:
        """The entries that a function of row and column gives, rounded outward; ``None`` if it does not give one."""
        table = list[list[tuple[Real, Real]]]()
        for i in range(shape[0]):
            table.append([])
            for j in range(shape[1]):
                entry = interval(i, j)
                if entry is None:
                    return None
                table[i].append(entry)
        return cls.outward(table, denominator)

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of rows and of columns."""
        return len(self.lower), len(self.lower[0]) if self.lower else 0

    def interval(self, i: int, j: int) -> tuple[Fraction, Fraction]:
        """The interval of one entry."""
        return Fraction(self.lower[i][j], self.denominator), Fraction(self.upper[i][j], self.denominator)


@dataclass(frozen=True)
class Claims:
    r"""What is claimed beyond the value; every field may be absent. ``n`` label sets in canonical order, ``K`` labels.

    Attributes:
        p: PAL-CE: :math:`p^*_S`; BCE: :math:`q^*_S`; shape ``(n, K)``. MSE has none.
        r: residuals :math:`r^*_S`, ``(n, K)``.
        R: residual second moment :math:`R(r^*)`, ``(K, K)``.
        z: logits :math:`z^*_S`, bias included, class-centered for PAL-CE, ``(n, K)``.
        b: bias :math:`b^*`, class-centered for PAL-CE, ``(1, K)``; free bias only.
        G: classifier Gram matrix :math:`\langle w_j,w_k\rangle`, ``(K, K)``.
        wh: :math:`\langle w_j,h_S\rangle` at row ``S``, column ``j``; ``(n, K)``.
        hh: :math:`\langle h_S,h_T\rangle`, ``(n, n)``.
        rank: lower and upper bound on the rank of the optimal classifier: how many directions are certainly alive,
            and how many are not certainly collapsed.
    """

    p: Enclosure | None = None
    r: Enclosure | None = None
    R: Enclosure | None = None
    z: Enclosure | None = None
    b: Enclosure | None = None
    G: Enclosure | None = None
    wh: Enclosure | None = None
    hh: Enclosure | None = None
    rank: tuple[int, int] | None = None


@dataclass(frozen=True)
class Weights:
    """Weights in the loss, over one common positive denominator, a row per label set and an entry per label.

    Attributes:
        present: of the answer that the label is there.
        absent: of the answer that it is not; PAL-CE has none.

    Raises:
        InputError: one that is not positive, or rows of different length.
    """

    denominator: int
    present: tuple[tuple[int, ...], ...]
    absent: tuple[tuple[int, ...], ...] | None

    def __post_init__(self) -> None:
        _require_denominator(self.denominator)
        for rows in self.tables.values():
            _require_table(rows)
            if any(entry <= 0 for row in rows for entry in row):
                raise InputError("a weight in the loss is not positive")

    @property
    def tables(self) -> dict[str, tuple[tuple[int, ...], ...]]:
        """The tables that there are, by name."""
        return {"present": self.present} | ({} if self.absent is None else {"absent": self.absent})


CLAIMS: Final = tuple(field.name for field in fields(Claims) if field.name != "rank")

Rows = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Congruences:
    r"""Guesses T at congruences that make a symmetric matrix M nearly diagonal; every one may be absent.

    If every diagonal entry of :math:`TMT^\top` exceeds the rest of its row, M has as many positive eigenvalues as T has
    rows. Only the shape ``(at most K, K)`` matters for well-formedness.

    Attributes:
        feasible: for :math:`\lambda I-R(r)`, ``(K, K)``.
        collapsed: for directions below :math:`\lambda` by more than the gap leaves open.
        alive: for directions of the Gram matrix above what the gap leaves open.
    """

    feasible: Rows | None = None
    collapsed: Rows | None = None
    alive: Rows | None = None


_CONGRUENCES: Final = tuple(field.name for field in fields(Congruences))


@dataclass(frozen=True)
class Certificate:
    r"""A problem, a primal point, a dual point and the claims; well-formed, but not believed.

    The prototypes are implied: :math:`h_S=W^\top r_S/\lambda_H` (claim U2), optimal for the given ``W`` up to second
    order in the error of ``r``, so they need not be stored.

    Attributes:
        distribution: the label distribution; for PAL-CE its proper part.
        loss: ``"pal"``, ``"bce"`` or ``"mse"``.
        bias: ``"zero"`` (fixed to 0), ``"free"``, or its penalty, as text: ``"1/100"``.
        smoothing: label smoothing, in [0, 1).
        loss_weights: weights in the loss; ``None`` if all are 1.
        lambda_W, lambda_H: the regularisation, positive.
        W: classifier, ``(K, d)`` with ``d <= K``; more columns than its rank are never needed.
        b: bias, ``(1, K)``; ``None`` exactly when the bias is fixed to 0.
        r: dual residuals, ``(n, K)``, rows in the canonical order of the distribution.
        value: the claimed interval for :math:`\min F` in nats, ``(1, 1)``.
        claims: everything else that is claimed.
        congruences: what makes the claims quick to check, and is not believed.

    Raises:
        InputError: a shape that does not fit, a number that is too long.
    """

    distribution: LabelDistribution
    loss: str
    bias: str
    lambda_W: Fraction
    lambda_H: Fraction
    W: RationalMatrix
    b: RationalMatrix | None
    r: RationalMatrix
    value: Enclosure
    claims: Claims = Claims()
    congruences: Congruences = Congruences()
    smoothing: Fraction = Fraction(0)
    loss_weights: Weights | None = None

    def __post_init__(self) -> None:
        n, K = len(self.distribution.masks), self.distribution.K
        if K > MAX_LABELS:
            raise InputError(f"{K} labels are more than a certificate may have ({MAX_LABELS})")
        _require_short(self.distribution.weights)
        if self.loss not in LOSSES:
            raise InputError(f"unknown loss {show(self.loss)}: use one of {', '.join(LOSSES)}")
        penalties = {"lambda_W": self.lambda_W, "lambda_H": self.lambda_H}
        if self.bias not in BIASES:
            try:
                penalties["bias"] = _fraction(self.bias, "bias")
            except InputError:
                how = f'use {", ".join(BIASES)} or its penalty, like "1/100"'
                raise InputError(f"unknown bias {show(self.bias)}: {how}") from None
        for name, value in penalties.items():
            _require_short((value.numerator, value.denominator))
            if value <= 0:
                raise InputError(f"{name} is {show(str(value))}: regularisation must be positive")
        self._require_targets()
        if (self.b is None) != (self.bias == "zero"):
            raise InputError('give a bias "b" exactly when the bias model is not zero')
        if self.W.shape[0] != K or self.W.shape[1] > K:
            raise InputError(f"W has shape {self.W.shape}: give one row per label ({K}) and at most {K} columns")
        parts = [("b", self.b, (1, K)), ("r", self.r, (n, K)), ("value", self.value, (1, 1))]
        parts += [(f"claims.{name}", getattr(self.claims, name), self.shape_of(name)) for name in CLAIMS]
        for name, part, shape in parts:
            if part is not None and part.shape != shape:
                raise InputError(f"{name} has shape {part.shape}: it must be {shape}")
        if self.claims.rank is not None and not 0 <= self.claims.rank[0] <= self.claims.rank[1] <= K:
            raise InputError(f"claims.rank is {list(self.claims.rank)}: give two ascending numbers in 0..{K}")

    def _require_targets(self) -> None:
        weights, shape = self.loss_weights, (len(self.distribution.masks), self.distribution.K)
        _require_short((self.smoothing.numerator, self.smoothing.denominator))
        if not 0 <= self.smoothing < 1:
            raise InputError(f"smoothing is {show(str(self.smoothing))}: it is between 0 and 1")
        for name, rows in ({} if weights is None else weights.tables).items():
            if (len(rows), len(rows[0])) != shape:
                raise InputError(f"loss_weights.{name} must have the shape {shape}")

    def shape_of(self, claim: str) -> tuple[int, int]:
        """Numbers of rows and of columns of a claimed quantity."""
        n, K = len(self.distribution.masks), self.distribution.K
        return {"R": (K, K), "G": (K, K), "b": (1, K), "hh": (n, n)}.get(claim, (n, K))

    @property
    def gap(self) -> Fraction:
        """Width of the claimed interval for the optimal value."""
        low, high = self.value.interval(0, 0)
        return high - low


# ---------------------------------------------------------------------- to bytes


def dumps(certificate: Certificate) -> bytes:
    """The canonical bytes: ASCII JSON, keys in the order of the specification, no spaces, one final newline.

    Example:
        >>> pi = LabelDistribution.from_sets([([0], 1), ([1], 1)], labels="ab")
        >>> zero, one = RationalMatrix(1, ((), ())), Fraction(1)
        >>> c = Certificate(
        ...     pi,
        ...     "mse",
        ...     "zero",
        ...     one,
        ...     one,
        ...     zero,
        ...     None,
        ...     RationalMatrix(1, ((1, 0), (0, 1))),
        ...     Enclosure(2, ((1,),), ((1,),)),
        ... )
        >>> loads(dumps(c)) == c
        True
    """
    return json.dumps(plain(certificate), separators=(",", ":")).encode("ascii") + b"\n"


def plain(certificate: Certificate) -> dict[str, Any]:
    """What the canonical bytes say, as objects, arrays and strings."""
    pi, claims = certificate.distribution, certificate.claims
    claimed: dict[str, Any] = {name: _plain(getattr(claims, name)) for name in CLAIMS if getattr(claims, name)}
    if claims.rank is not None:
        claimed["rank"] = list(claims.rank)
    data: dict[str, Any] = {
        "format": FORMATS[0],
        "loss": certificate.loss,
        "bias": certificate.bias,
        **({"smoothing": _text(certificate.smoothing)} if certificate.smoothing else {}),
        **({"loss_weights": _plain(certificate.loss_weights)} if certificate.loss_weights else {}),
        "lambda_W": _text(certificate.lambda_W),
        "lambda_H": _text(certificate.lambda_H),
        "labels": list(pi.labels),
        "sets": [[k for k in range(pi.K) if mask >> k & 1] for mask in pi.masks],
        "weights": [str(weight) for weight in pi.weights],
        "W": _plain(certificate.W),
        "r": _plain(certificate.r),
        "value": _plain(certificate.value),
        "claims": claimed,
    }
    if certificate.b is not None:
        data["b"] = _plain(certificate.b)
    guesses = {name: getattr(certificate.congruences, name) for name in _CONGRUENCES}
    if any(rows is not None for rows in guesses.values()):
        data["congruences"] = {
            n: [[str(a) for a in row] for row in rows] for n, rows in guesses.items() if rows is not None
        }
    return {name: data[name] for name in _KEYS if name in data}


def save(certificate: Certificate, path: str | Path) -> None:
    """Write the canonical bytes."""
    Path(path).write_bytes(dumps(certificate))


def _text(value: Fraction) -> str:
    return f"{value.numerator}/{value.denominator}"


def _plain(part: RationalMatrix | Enclosure | Weights) -> dict[str, Any]:
    tables = [name for name in ("rows", "lower", "upper", "present", "absent") if getattr(part, name, None) is not None]
    return {
        "denominator": str(part.denominator),
        **{name: [[str(entry) for entry in row] for row in getattr(part, name)] for name in tables},
    }


# ---------------------------------------------------------------------- from bytes

_KEYS: Final = (
    "format", "loss", "bias", "smoothing", "loss_weights", "lambda_W", "lambda_H", "labels", "sets", "weights", "W",
    "b", "r", "value", "claims", "congruences",
)  # fmt: skip


def load(path: str | Path) -> Certificate:
    """Read a certificate file.

    Raises:
        InputError: the file cannot be read or is not a well-formed certificate; one line naming file and entry.
    """
    try:
        with Path(path).open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    try:
        return loads(raw)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def loads(raw: bytes) -> Certificate:
    """Read a certificate from bytes; time and memory are bounded by the limits at the top of this file.

    Raises:
        InputError: not a well-formed certificate; one line naming the entry.
    """
    if len(raw) > MAX_BYTES:
        raise InputError(f"more than {MAX_BYTES} bytes: too large for a certificate")
    if raw.count(b"[") + raw.count(b"{") > MAX_BRACKETS or raw.count(b",") > MAX_COMMAS:
        raise InputError(f"more than {MAX_BRACKETS} brackets or {MAX_COMMAS} commas: too large for a certificate")
    try:
        data = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_without_duplicates,
            parse_int=_small_integer,
            parse_float=_no_float,
            parse_constant=_no_float,
        )
    except UnicodeDecodeError:
        raise InputError("not UTF-8 text: a certificate is a JSON file") from None
    except json.JSONDecodeError as error:
        raise InputError(f"not JSON: line {error.lineno} column {error.colno}: {error.msg}") from None
    except RecursionError:
        raise InputError("nested too deeply for a certificate") from None
    return _certificate(data)


def _certificate(data: object) -> Certificate:
    given = data if isinstance(data, dict) else {}
    absent = {key for key in ("smoothing", "loss_weights", "congruences") if key not in given}
    moves = given.get("bias") != "zero"
    wanted = tuple(key for key in _KEYS if key not in absent and (moves or key != "b"))
    top = _object(data, "the certificate", wanted)
    if top["format"] not in FORMATS:
        raise InputError(f'format is not "{FORMATS[0]}": make the certificate anew with `mlnc solve`')
    labels = tuple(_typed(name, str, f"labels[{k}]") for k, name in enumerate(_typed(top["labels"], list, "labels")))
    if len(labels) > MAX_LABELS:
        raise InputError(f"{len(labels)} labels are more than a certificate may have ({MAX_LABELS})")
    masks = tuple(_mask(s, len(labels), f"sets[{i}]") for i, s in enumerate(_typed(top["sets"], list, "sets")))
    return Certificate(
        distribution=LabelDistribution(labels, masks, _integers(top["weights"], "weights")),
        loss=_typed(top["loss"], str, "loss"),
        bias=_typed(top["bias"], str, "bias"),
        lambda_W=_fraction(top["lambda_W"], "lambda_W"),
        lambda_H=_fraction(top["lambda_H"], "lambda_H"),
        W=_matrix(top["W"], "W"),
        b=_matrix(top["b"], "b") if moves else None,
        r=_matrix(top["r"], "r"),
        value=_enclosure(top["value"], "value"),
        claims=_claims(top["claims"]),
        congruences=_congruences(top.get("congruences", {})),
        smoothing=_fraction(top["smoothing"], "smoothing") if "smoothing" in top else Fraction(0),
        loss_weights=_weights(top["loss_weights"]) if "loss_weights" in top else None,
    )


def _claims(data: object) -> Claims:
    given = _typed(data, dict, "claims")
    for name in given:
        if name not in CLAIMS and name != "rank":
            raise InputError(f"claims has an unknown entry {show(name)}: known are {', '.join(CLAIMS)}, rank")
    rank = None
    if "rank" in given:
        ends = [_typed(end, int, "claims.rank") for end in _typed(given["rank"], list, "claims.rank")]
        if len(ends) != 2:
            raise InputError("claims.rank must have two numbers: a lower and an upper bound")
        rank = (ends[0], ends[1])
    return Claims(**{name: _enclosure(given[name], f"claims.{name}") for name in CLAIMS if name in given}, rank=rank)


def _congruences(data: object) -> Congruences:
    given = _typed(data, dict, "congruences")
    for name in given:
        if name not in _CONGRUENCES:
            raise InputError(f"congruences has an unknown entry {show(name)}: known are {', '.join(_CONGRUENCES)}")
    return Congruences(**{name: _table(given[name], f"congruences.{name}") for name in given})


def _weights(data: object) -> Weights:
    tables = ("present", "absent") if "absent" in _typed(data, dict, "loss_weights") else ("present",)
    given = _object(data, "loss_weights", ("denominator", *tables))
    rows = {name: _table(given[name], f"loss_weights.{name}") for name in tables}
    unit = _integer(given["denominator"], "loss_weights")
    return _named("loss_weights", Weights, unit, rows["present"], rows.get("absent"))


def _matrix(data: object, where: str) -> RationalMatrix:
    given = _object(data, where, ("denominator", "rows"))
    return _named(where, RationalMatrix, _integer(given["denominator"], where), _table(given["rows"], where))


def _enclosure(data: object, where: str) -> Enclosure:
    given = _object(data, where, ("denominator", "lower", "upper"))
    ends = (_table(given[name], f"{where}.{name}") for name in ("lower", "upper"))
    return _named(where, Enclosure, _integer(given["denominator"], where), *ends)


def _named(where: str, kind: Callable[..., _Part], *parts: object) -> _Part:
    try:
        return kind(*parts)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None


def _table(data: object, where: str) -> tuple[tuple[int, ...], ...]:
    return tuple(_integers(row, f"{where}[{i}]") for i, row in enumerate(_typed(data, list, where)))


def _integers(data: object, where: str) -> tuple[int, ...]:
    return tuple(_integer(entry, f"{where}") for entry in _typed(data, list, where))


def _integer(data: object, where: str) -> int:
    if type(data) is not str or len(data) > MAX_DIGITS or not _INTEGER.fullmatch(data):
        raise InputError(f'{where}: numbers are strings like "-123" of at most {MAX_DIGITS} digits')
    return int(data)


def _fraction(data: object, where: str) -> Fraction:
    above, slash, below = _typed(data, str, where).partition("/")
    denominator = _integer(below, where) if slash else 1
    if denominator <= 0:
        raise InputError(f'{where}: write a positive rational number like "1/1000"')
    return Fraction(_integer(above, where), denominator)


def _mask(data: object, K: int, where: str) -> int:
    members = [_typed(k, int, where) for k in _typed(data, list, where)]
    if any(not 0 <= k < K for k in members) or members != sorted(set(members)):
        raise InputError(f"{where}: a label set is an ascending list of label indices 0..{K - 1}")
    return sum(1 << k for k in members)


def _object(data: object, where: str, keys: tuple[str, ...]) -> dict[str, Any]:
    given: dict[str, Any] = _typed(data, dict, where)
    for key in keys:
        if key not in given:
            raise InputError(f'{where} has no entry "{key}"')
    for key in given:
        if key not in keys:
            raise InputError(f"{where} has an unknown entry {show(key)}: remove it")
    return given


def _typed(data: object, kind: type, where: str) -> Any:
    if type(data) is not kind:
        names = {dict: "an object", list: "an array", str: "a string", int: "an integer"}
        raise InputError(f"{where} must be {names[kind]}")
    return data


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise InputError("a key occurs twice in one object: keep one of them")
    return found


def _small_integer(text: str) -> int:
    if len(text) > 9:
        raise InputError("a bare number has more than 9 digits: long numbers are written as strings")
    return int(text)


def _no_float(text: str) -> None:
    raise InputError(f"{text[:20]} is not exact: write integers, as strings, over a common denominator")


# ---------------------------------------------------------------------- validation and rounding


def _require_table(rows: tuple[tuple[int, ...], ...]) -> None:
    for i, row in enumerate(rows):
        if len(row) != len(rows[0]):
            raise InputError(f"row {i} has {len(row)} entries, row 0 has {len(rows[0])}: rows have equal length")
        _require_short(row)


def _require_denominator(denominator: int) -> None:
    _require_short((denominator,))
    if denominator <= 0:
        raise InputError("a common denominator must be positive")


def _require_short(numbers: Iterable[int]) -> None:
    if any(not -_TOO_LARGE < number < _TOO_LARGE for number in numbers):
        raise InputError(f"an integer has more than {MAX_DIGITS} digits: round it")


def _nearest(value: Real, denominator: int) -> int:
    above, below = _exact(value)
    return (2 * above * denominator + below) // (2 * below)


def _floor(value: Real, denominator: int, sign: int = 1) -> int:
    above, below = _exact(value)
    return sign * above * denominator // below


def _exact(value: Real) -> tuple[int, int]:
    try:
        return value.as_integer_ratio()
    except (ValueError, OverflowError):
        raise InputError(f"{value} is not a finite number") from None
