"""Finite exact instances of letters, and the value of a formula in one."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sympy as sp

from proofs.kernel.enclosure import at_point, enclose, fails
from proofs.kernel.formula import Formula, Index, Letter
from proofs.kernel.normal_form import Words
from proofs.kernel.outcome import DefectError


@dataclass(frozen=True)
class Model:
    """A finite exact instance of the letters, in which rules are tested and false equations are refuted.

    Args:
        name: how a witness names it.
        sizes: values of the symbols, sizes and coefficients alike.
        members: per family name, pairs (weight, member).
        letters: per letter name, a function of the members at its indices giving the rows of the matrix.
        functions: per indexed coefficient name (``m`` of ``m[S]``), a function of the member.
    """

    name: str
    sizes: Mapping[Any, Any]
    members: Mapping[str, Sequence[tuple[Any, Any]]] = field(default_factory=dict)
    letters: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    functions: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    values: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What has been evaluated in it so far."""


class NoValueError(DefectError):
    """A model that does not say what a letter is."""


class Evaluation:
    """Exact values of trees in one model, each computed once."""

    def __init__(self, words: Words, model: Model) -> None:
        self.words, self.model = words, model

    def of(self, f: Formula, places: Mapping[str, Any]) -> sp.ImmutableMatrix:
        """The value with free indices at the given members."""
        if f.kind in ("number", "eye", "zero"):
            return self._value(f, places)
        members = tuple((name, places[name]) for name in sorted(f.index_names) if name in places)
        key = (f, self.words.meaning(f), members)
        if key not in self.model.values:
            self.model.values[key] = self._value(f, places)
        return self.model.values[key]

    def _value(self, f: Formula, places: Mapping[str, Any]) -> Any:  # noqa: PLR0911 - one return per kind
        match f.kind:
            case "number":
                return sp.ImmutableMatrix([[self._scalar(f.data, places)]])
            case "eye":
                return sp.ImmutableMatrix.eye(self._size(f.shape[0]))
            case "zero":
                return sp.ImmutableMatrix.zeros(*(self._size(n) for n in f.shape))
            case "letter":
                return self._letter(f, places)
            case "scaled":
                return self.of(f.parts[0], places) * self._scalar(f.data, places)
            case "sum":
                return sum((self.of(p, places) for p in f.parts[1:]), self.of(f.parts[0], places))
            case "product":
                return self._product(f, places)
            case "transpose":
                return self.of(f.parts[0], places).T
            case "trace":
                return sp.ImmutableMatrix([[self.of(f.parts[0], places).trace()]])
            case "norm2":
                return sp.ImmutableMatrix([[sum((x * x for x in self.of(f.parts[0], places)), sp.Integer(0))]])
            case "over":
                return self._over(f, places)
        raise DefectError(f"unknown formula {f.kind}")

    def _size(self, n: Any) -> int:
        value = self._at_sizes(n)
        if not value.is_Integer:
            raise NoValueError(f"{self.model.name} gives no value to the size {n}")
        return int(value)

    def _at_sizes(self, formula: Any) -> Any:
        if formula not in self.model.values:
            self.model.values[formula] = at_point(formula, self.model.sizes)
        return self.model.values[formula]

    def _scalar(self, value: Any, places: Mapping[str, Any]) -> Any:
        swap = {}
        for indexed in value.atoms(sp.Indexed):
            name = str(indexed.base.label)
            if name not in self.model.functions:
                raise NoValueError(f"{self.model.name} gives no value to {name}")
            if any(str(i) not in places for i in indexed.indices):
                raise NoValueError(f"{indexed} has an index that no letter of the formula has")
            swap[indexed] = self.model.functions[name](*(places[str(i)] for i in indexed.indices))
        return self._at_sizes(at_point(value, swap))

    def _letter(self, f: Formula, places: Mapping[str, Any]) -> Any:
        letter, indices = f.data
        members = [places[i.name] for i in indices]
        if letter.name in self.words.expansions:
            formal, expansion = self.words.expansions[letter.name]
            return self.of(expansion, dict(zip((i.name for i in formal), members, strict=True)))
        if letter.name not in self.model.letters:
            raise NoValueError(f"{self.model.name} gives no value to letter {letter.name}")
        value = sp.ImmutableMatrix(self.model.letters[letter.name](*members))
        for declared, found in zip((letter.rows, letter.columns), value.shape, strict=True):
            if self._at_sizes(sp.sympify(declared)) not in (found, declared):
                raise DefectError(f"letter {letter.name} has another shape in {self.model.name} than declared")
        return value

    def _product(self, f: Formula, places: Mapping[str, Any]) -> Any:
        result = self.of(f.parts[0], places)
        for part in f.parts[1:]:
            factor = self.of(part, places)
            if (1, 1) in (result.shape, factor.shape):
                result = result[0, 0] * factor if result.shape == (1, 1) else result * factor[0, 0]
            else:
                result = result * factor
        return result

    def _over(self, f: Formula, places: Mapping[str, Any]) -> Any:
        index: Index = f.data
        total = sp.ImmutableMatrix.zeros(*(self._size(n) for n in f.shape))
        if index.family.name not in self.model.members:
            raise NoValueError(f"{self.model.name} has no {index.family.name}")
        for weight, member in self.model.members[index.family.name]:
            total += sp.sympify(weight) * self.of(f.parts[0], {**places, index.name: member})
        return total


def placements(free: Sequence[Index], model: Model) -> Iterator[dict[str, Any]]:
    """Every choice of members for free indices."""
    for members in itertools.product(*(model.members[i.family.name] for i in free)):
        yield {i.name: member for i, (_, member) in zip(free, members, strict=True)}


def failing_entry(matrix: sp.Matrix, relation: str) -> str | None:
    """The first entry of which ``entry relation 0`` certainly fails, in words; inequalities are about numbers."""
    for (i, j), value in sorted(matrix.todok().items()) if relation == "==" else [((0, 0), matrix[0, 0])]:
        box = enclose(value)
        if box is not None and fails(box, relation):
            low, high = box
            entry = f"entry ({i + 1}, {j + 1}) of the difference" if matrix.shape != (1, 1) else "the value"
            return f"{entry} is {low if low == high else f'about {float(low):.6g}'}"
    return None


def with_zeros(model: Model, letters: Sequence[Letter]) -> Model | None:
    """The model with other letters zero; ``None`` where it gives their sizes no value."""
    values = dict(model.letters)
    for letter in letters:
        rows, columns = (sp.sympify(n).subs(model.sizes) for n in (letter.rows, letter.columns))
        if not (rows.is_Integer and columns.is_Integer):
            return None
        nothing = sp.zeros(int(rows), int(columns))
        values[letter.name] = lambda *_, value=nothing: value
    return replace(model, letters=values)


def spell(member: Any) -> str:
    """A member as a witness names it."""
    if isinstance(member, (set, frozenset)):
        return "{" + ", ".join(str(k) for k in sorted(member)) + "}"
    return str(member)
