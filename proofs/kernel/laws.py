"""The laws that the checker takes for granted: of logic, of order, of reciprocals, of squares and of bases.

They stand beside the axioms in ``axioms.json`` and are cited like them. Each is elementary; ``notes/kernel.md`` lists
them with the reason, and ``tests/proofs/test_laws.py`` tries each, and a false variant of it, in random models.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from proofs.claims.entry import Formal
from proofs.kernel.formal import Signature

_DIMS = Signature(frozenset({"n", "m"}))
_ANY = Signature(families={"F": (None, None)}, indices={"i": "F", "j": "F"})  # type: ignore[dict-item]
_BASIS = Signature(frozenset({"n"}), families={"B": (("dim", "n"), "n")}, indices={"k": "B"})


@dataclass(frozen=True)
class Law:
    """A law.

    Attributes:
        formal: premises and conclusion, in letters of its own.
        signature: its dimensions, and its family: one without total stands for every family.
        why: the reason.
        false: a conclusion that does not follow, for the test.
    """

    formal: Formal
    signature: Signature
    why: str
    false: str


def _law(given: tuple[str, ...], goal: str, letters: tuple[str, ...], why: str, false: str) -> Law:
    families = any("[F]" in x for x in letters) or "w[i]" in goal
    basis = "[k]" in goal or "ones" in goal
    return Law(Formal(given, goal, letters), _BASIS if basis else _ANY if families else _DIMS, why, false)


_X, _COLUMN, _NUMBER, _M = "X: n x m", "X: n", "X: 1", "M: n x n"
_T, _S, _A, _B = "t: 1", "s: 1", "a[F]: 1", "b[F]: 1"
_SQUARE = "a sum of squares"
_FORM = "the form of a positive semidefinite matrix at each column"
_VANISH = "a sum of squares is zero only if each is"
_ROOT = "$X^\\top MX=(M^{1/2}X)^\\top(M^{1/2}X)$"

_P, _PX = "P[F]: formula", "P(n x m): formula"
_WITNESS, _UNPACK = "what is so for one is so for some", "it is so whichever it is"


def _logic(given: tuple[str, ...], goal: str, why: str, false: str) -> Law:
    return Law(Formal(given, goal, ("A: formula", "B: formula", "C: formula")), Signature(), why, false)


LAWS: Mapping[str, Law] = MappingProxyType(
    {
        "join": _logic(("A", "B"), "A and B", "what it means", "A and C"),
        "first": _logic(("A and B",), "A", "what it means", "C"),
        "second": _logic(("A and B",), "B", "what it means", "C"),
        "left": _logic(("A",), "A or B", "what it means", "A and B"),
        "right": _logic(("B",), "A or B", "what it means", "A and B"),
        "cases": _logic(("A or B", "A => C", "B => C"), "C", "one of the two is so", "A"),
        "both": _logic(("A => B", "B => A"), "A <=> B", "what it means", "A and B"),
        "forth": _logic(("A <=> B",), "A => B", "what it means", "A"),
        "back": _logic(("A <=> B",), "B => A", "what it means", "B"),
        "middle": _logic((), "A or (A => false)", "a formula is true or false", "A"),
        "absurd": _logic(("false",), "A", "what is false is not so", "A and (A => false)"),
        "witness": _law((), "all i: P[i] => (some j: P[j])", (_P,), _WITNESS, "all i: P[i] => (all j: P[j])"),
        "witness of a matrix": _law(
            (), "all X: P(X) => (some Y: P(Y))", (_PX, _X, "Y: n x m"), _WITNESS, "all X: P(X) => (all Y: P(Y))"
        ),
        "unpack": _law(("some i: P[i]", "all i: P[i] => A"), "A", (_P, "A: formula"), _UNPACK, "all i: P[i]"),
        "unpack of a matrix": _law(
            ("some X: P(X)", "all X: P(X) => A"), "A", (_PX, _X, "A: formula"), _UNPACK, "all X: P(X)"
        ),
        "size": _law((), "1 <= n", (), "a dimension is a positive integer", "2 <= n"),
        "weight": _law((), "all i: 0 < w[i]", (), "weights are positive", "all i: 1 < w[i]"),
        "order": _law((), "s <= t or t < s", (_S, _T), "the order is total", "s < t or t < s"),
        "antisymmetry": _law(("s <= t", "t <= s"), "s = t", (_S, _T), "what is not less is more", "s = t + 1"),
        "irreflexive": _law(("t < t",), "false", (_T,), "no number is less than itself", "t = t => false"),
        "product": _law(("0 <= s", "0 <= t"), "0 <= s*t", (_S, _T), "numbers are ordered", "0 < s*t"),
        "strict product": _law(("0 < s", "0 < t"), "0 < s*t", (_S, _T), "numbers are ordered", "1 < s*t"),
        "sum": _law(
            ("all i: a[i] <= b[i]",),
            "sum[i](a[i]) <= sum[i](b[i])",
            (_A, _B),
            "weights are positive",
            "sum[i](b[i]) <= sum[i](a[i])",
        ),
        "strict sum": _law(
            ("all i: a[i] < b[i]",),
            "sum[i](a[i]) < sum[i](b[i])",
            (_A, _B),
            "weights are positive, and there is a member",
            "sum[i](b[i]) < sum[i](a[i])",
        ),
        "part": _law(
            ("all i: 0 <= a[i]",),
            "all i: w[i]*a[i] <= sum[j](a[j])",
            (_A,),
            "what is left out is not negative",
            "all i: sum[j](a[j]) <= w[i]*a[i]",
        ),
        "vanish": _law(
            ("all i: 0 <= a[i]", "sum[i](a[i]) = 0"), "all i: a[i] = 0", (_A,), "by *part*", "all i: a[i] = 1"
        ),
        "least": _law(
            ("some i: P[i]",),
            "some i: P[i] and (all j: P[j] => a[i] <= a[j])",
            (_P, _A),
            "of finitely many numbers one is least",
            "some i: P[i] and (all j: a[i] <= a[j])",
        ),
        "positive": _law(("0 < t",), "t != 0", (_T,), "by *irreflexive*", "t = 1"),
        "negative": _law(("t < 0",), "t != 0", (_T,), "by *irreflexive*", "t = 1"),
        "nonzero": _law((), "t != 0 <=> (t = 0 => false)", (_T,), "what it means", "t != 0"),
        "nonzero product": _law(
            (), "s*t != 0 <=> (s != 0 and t != 0)", (_S, _T), "numbers are a field", "s*t != 0 <=> s != 0"
        ),
        "nonzero equal": _law(("s = t", "s != 0"), "t != 0", (_S, _T), "equals are equal", "t = 1"),
        "reciprocal": _law(("t != 0",), "t*(1/t) = 1", (_T,), "what it means", "1/t = 1"),
        "strict square": _law(("t != 0",), "0 < t^2", (_T,), "numbers are ordered", "1 < t^2"),
        "square": _law((), "0 <= tr(X'*X)", (_X,), _SQUARE, "0 < tr(X'*X)"),
        "square of a column": _law((), "0 <= X'*X", (_COLUMN,), _SQUARE, "0 < X'*X"),
        "form": _law(("psd M",), "0 <= tr(X'*M*X)", (_M, _X), _FORM, "0 < tr(X'*M*X)"),
        "form at a column": _law(("psd M",), "0 <= X'*M*X", (_M, _COLUMN), _FORM, "0 < X'*M*X"),
        "psd": _law(
            (), "psd M <=> (M' = M and (all X: 0 <= X'*M*X))", (_M, _COLUMN), "what it means", "psd M <=> M' = M"
        ),
        "definite": _law(("tr(X'*X) = 0",), "X = 0", (_X,), _VANISH, "tr(X'*X) = 1"),
        "definite column": _law(("X'*X = 0",), "X = 0", (_COLUMN,), _VANISH, "X'*X = 1"),
        "definite number": _law(("X'*X = 0",), "X = 0", (_NUMBER,), _VANISH, "X = 1"),
        "null": _law(("psd M", "tr(X'*M*X) = 0"), "M*X = 0", (_M, _X), _ROOT, "X = 0"),
        "null column": _law(("psd M", "X'*M*X = 0"), "M*X = 0", (_M, _COLUMN), _ROOT, "X = 0"),
        "null number": _law(("psd M", "X'*M*X = 0"), "M*X = 0", ("M: 1", _NUMBER), _ROOT, "X = 0"),
        "basis: weight": _law((), "all k: w[k] = 1", (), "what a basis is", "all k: w[k] = 2"),
        "basis: unit": _law((), "all k: e[k]'*e[k] = 1", (), "what a basis is", "all k: e[k]'*e[k] = 2"),
        "basis: entry": _law((), "all k: ones'*e[k] = 1", (), "$1$ is the sum of all", "all k: ones'*e[k] = n"),
        "basis: sum": _law((), "sum[k](e[k]) = ones", (), "$1$ is the sum of all", "sum[k](e[k]) = 2*ones"),
        "basis: size": _law((), "ones'*ones = n", (), "it has one vector for each dimension", "ones'*ones = 1"),
        "basis: identity": _law((), "sum[k](e[k]*e[k]') = I[n]", (), "what a basis is", "sum[k](e[k]*e[k]') = 2*I[n]"),
    }
)
