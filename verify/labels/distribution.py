"""The noun of the suite: a distribution over label sets with exact rational weights.

A label set is stored as a bit mask (bit ``k`` is label ``k``) and its weight as a positive integer, so counts stay
counts and every statement of chapter S can be decided by integer arithmetic. Floating-point views exist, are computed
once, and are never read back.
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from operator import index, lt
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import numpy as np
from numpy.typing import NDArray

from verify.labels.errors import InputError, show
from verify.labels.masks import indicator, members
from verify.labels.weights import Weight, exact_weight, require_common_denominator

if TYPE_CHECKING:
    from scipy import sparse

Scalar = TypeVar("Scalar", bound=np.generic)

_MOST_SPELT = 64
"""Label sets in the ``repr`` of a distribution; of more of them it says how many."""

_MANY = 1 << 20
"""Labels times label sets from which on arrays are quicker than loops."""

_AT_ONCE = 4096
"""Label sets whose rows are made dense at once, so that memory stays linear in the support."""

__all__ = ["InputError", "LabelDistribution", "Weight"]


@dataclass(frozen=True)
class LabelDistribution:
    r"""A probability distribution :math:`\pi` over subsets of ``K`` labels, immutable and exact.

    Build one with :meth:`from_sets`, with ``readers.read`` or with a family of ``families``; the bare constructor
    takes data that is already in canonical form and validates it.

    Attributes:
        labels: the ``K >= 2`` distinct label names.
        masks: the distinct label sets of the support as bit masks, in canonical order: by size, then by value
            (colexicographic). The order rows came in leaves no trace.
        weights: one positive integer per label set; :math:`\pi_S` is the weight over :attr:`total`. A distribution
            read from data keeps the counts.
        denominator: what the weights as they were given have been multiplied by, to be integers; no part of equality.

    Raises:
        InputError: fewer than two labels, a repeated or empty name, no label set, a weight that is not positive,
            a label set that is repeated, out of range or out of order.

    Example:
        >>> pi = LabelDistribution.from_sets({("sea",): 2, ("sea", "sky"): 1}, labels=("sea", "sky", "sun"))
        >>> pi.K, pi.total, pi.cardinality
        (3, 3, Fraction(4, 3))
        >>> for label_set, probability in pi.items():
        ...     print(sorted(label_set), probability)
        ['sea'] 2/3
        ['sea', 'sky'] 1/3
    """

    labels: tuple[str, ...]
    masks: tuple[int, ...]
    weights: tuple[int, ...]
    denominator: int = field(default=1, compare=False)

    def __post_init__(self) -> None:
        _require_labels(self.labels)
        if not self.masks:
            raise InputError("no label set at all: give at least one label set with a positive weight")
        if len(self.masks) != len(self.weights):
            raise InputError(f"{len(self.masks)} label sets but {len(self.weights)} weights: give one weight per set")
        integers = {int}.issuperset(map(type, (*self.masks, *self.weights)))
        if not (integers and min(self.masks) >= 0 and max(self.masks) < 1 << self.K and min(self.weights) > 0):
            self._refuse_numbers()
        sizes = list(map(int.bit_count, self.masks))
        if not all(map(lt, zip(sizes, self.masks, strict=True), zip(sizes[1:], self.masks[1:], strict=True))):
            order = itertools.pairwise(zip(sizes, self.masks, strict=True))
            before, after = next(pair for pair in order if pair[0] >= pair[1])
            fault = "repeated" if before == after else "out of canonical order"
            raise InputError(f"label set {self.spell(after[1])} is {fault}: build with LabelDistribution.from_sets")

    def _refuse_numbers(self) -> NoReturn:
        for mask, weight in zip(self.masks, self.weights, strict=True):
            if type(mask) is not int or not 0 <= mask < 1 << self.K:
                raise InputError(f"label set mask {mask!r} does not fit {self.K} labels: use bits 0..{self.K - 1}")
            if type(weight) is not int or weight <= 0:
                break
        raise InputError(f"label set {self.spell(mask)} has weight {weight!r}: weights must be positive")

    # ------------------------------------------------------------------ construction

    @classmethod
    def from_sets(
        cls,
        sets: Mapping[Any, Weight] | Iterable[tuple[Iterable[str | int], Weight]],
        labels: Sequence[str] | None = None,
    ) -> LabelDistribution:
        """Build from label sets with weights; label sets given more than once are added up.

        Args:
            sets: pairs (label set, weight), or a mapping. A label is named by its string, or by its index.
            labels: all label names, in order. When absent, the labels that occur, sorted (strings), or
                ``"0".."K-1"`` up to the largest index (integers).

        Raises:
            InputError: a label not in ``labels``, a label twice in a set, names and indices mixed where no ``labels``
                say which is which, a weight that is not a positive finite number or has more than 1000 digits, fewer
                than two labels, or no set at all.

        Example:
            >>> LabelDistribution.from_sets([([0], "1/3"), ([0, 1], "1/6"), ([2], 0.5)]).weights
            (2, 3, 1)
        """
        pairs = [_checked_pair(pair) for pair in (sets.items() if isinstance(sets, Mapping) else sets)]
        names = tuple(labels) if labels is not None else _names_in(label_set for label_set, _ in pairs)
        _require_labels(names)
        numbers = {name: k for k, name in enumerate(names)}
        merged: dict[int, Fraction] = {}
        for label_set, weight in pairs:
            mask = _mask_of(label_set, numbers)
            exact = exact_weight(weight, f"the weight of label set {_spelt(label_set)}")
            merged[mask] = merged.get(mask, Fraction(0)) + exact
        return cls.from_masks(merged, names)

    @classmethod
    def from_masks(cls, weights: Mapping[int, int | Fraction], labels: Sequence[str]) -> LabelDistribution:
        """Build from bit masks with positive rational weights: sorts, and clears denominators.

        Example:
            >>> LabelDistribution.from_masks({0b10: Fraction(1, 2), 0b01: Fraction(3, 4)}, ("a", "b")).weights
            (3, 2)
        """
        masks = sorted(sorted(weights), key=int.bit_count)
        occurring = set(weights.values())  # counts are few
        require_common_denominator(occurring)
        scale = math.lcm(*(weight.denominator for weight in occurring))
        whole = {weight: int(weight * scale) for weight in occurring}
        return cls(tuple(labels), tuple(masks), tuple(map(whole.__getitem__, map(weights.__getitem__, masks))), scale)

    @classmethod
    def of_columns(
        cls, labels: Sequence[str], columns: NDArray[np.int32], sizes: Sequence[int], weights: Sequence[int]
    ) -> LabelDistribution:
        """Of label sets that are known to be in canonical order, without a Python object for each: :attr:`masks` are
        made when they are asked for.

        Args:
            labels: all label names.
            columns: the labels of the label sets, ascending in each, one set after the other.
            sizes: how many labels each has.
            weights: a positive integer for each.

        Raises:
            InputError: names that no distribution can have, or no label set.

        Example:
            >>> pi = LabelDistribution.of_columns("abc", np.array([0, 2, 0, 1], np.int32), (1, 1, 2), (5, 1, 2))
            >>> pi.class_counts, pi.masks
            ((7, 2, 1), (1, 4, 3))
        """
        _require_labels(tuple(labels))
        if not sizes:
            raise InputError("no label set at all: give at least one label set with a positive weight")
        made = object.__new__(cls)
        vars(made).update(
            labels=tuple(labels), weights=tuple(weights), denominator=1, sizes=tuple(sizes), columns=_frozen(columns)
        )
        return made

    if not TYPE_CHECKING:  # a type checker would take any name for an attribute

        def __getattr__(self, name: str) -> Any:
            if name != "masks" or "columns" not in vars(self):
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            packed = (np.packbits(block, axis=1, bitorder="little") for block in self.bit_blocks())
            masks = tuple(int.from_bytes(row.tobytes(), "little") for block in packed for row in block)
            vars(self)["masks"] = masks
            return masks

    # ------------------------------------------------------------------ exact facts

    @property
    def K(self) -> int:
        """Number of labels."""
        return len(self.labels)

    @cached_property
    def total(self) -> int:
        """Sum of the integer weights: the number of rows, for a distribution read from data."""
        return sum(self.weights)

    @property
    def total_weight(self) -> Fraction:
        """Sum of the weights as they were given.

        Example:
            >>> LabelDistribution.from_sets([([0], "1/4"), ([1], "3/4")]).total_weight
            Fraction(1, 1)
        """
        return Fraction(self.total, self.denominator)

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """Multiplicity ``m_S`` of each label set of the support, ascending."""
        return tuple(mask.bit_count() for mask in self.masks)

    @cached_property
    def multiplicities(self) -> dict[int, Fraction]:
        r"""The multiplicities that occur, ascending, with their mass :math:`\pi_m`."""
        mass, start = dict[int, Fraction](), 0
        while start < len(self.sizes):
            stop = bisect_right(self.sizes, self.sizes[start], start)
            mass[self.sizes[start]] = Fraction(sum(self.weights[start:stop]), self.total)
            start = stop
        return mass

    @cached_property
    def class_counts(self) -> tuple[int, ...]:
        """Weight of the label sets that contain each label, length ``K``: the class frequencies times :attr:`total`."""
        arrays = self.K * len(self.weights) > _MANY or "masks" not in vars(self)
        if arrays and self.total < 1 << 53:  # whole numbers, exact in float64
            weights = np.repeat(np.array(self.weights, dtype=np.float64), np.diff(self.starts))
            return tuple(map(int, np.bincount(self.columns, weights, self.K).tolist()))
        counts = [0] * self.K
        for mask, weight in zip(self.masks, self.weights, strict=True):
            for k in members(mask):
                counts[k] += weight
        return tuple(counts)

    @cached_property
    def frequencies(self) -> tuple[Fraction, ...]:
        r"""Class frequencies :math:`f=\sum_S\pi_S y_S`, length ``K``."""
        return tuple(Fraction(count, self.total) for count in self.class_counts)

    @cached_property
    def cardinality(self) -> Fraction:
        r"""Label cardinality :math:`\bar m=1^\top f`: the mean number of labels."""
        return Fraction(sum(self.class_counts), self.total)

    @cached_property
    def shares(self) -> tuple[Fraction, ...]:
        r"""The probabilities :math:`\pi_S`, exact, in canonical order."""
        return tuple(Fraction(weight, self.total) for weight in self.weights)

    @cached_property
    def rows(self) -> tuple[tuple[int, ...], ...]:
        """The rows :math:`y_S` of 0 and 1, in canonical order, ``K`` entries each."""
        return tuple(indicator(mask, self.K) for mask in self.masks)

    @cached_property
    def weight_of(self) -> Mapping[int, int]:
        """The integer weight of every label set of the support, by mask."""
        return dict(zip(self.masks, self.weights, strict=True))

    def items(self) -> Iterator[tuple[frozenset[str], Fraction]]:
        r"""The support in canonical order: label set by names, and its exact probability :math:`\pi_S`."""
        for mask, share in zip(self.masks, self.shares, strict=True):
            yield frozenset(self.names(mask)), share

    def names(self, mask: int) -> list[str]:
        """The labels of a set by name, in order."""
        return [self.labels[k] for k in members(mask)]

    def spell(self, mask: int, width: int | None = None) -> str:
        """A label set as a reader would write it, ``{sea, sky}``; in a column, what fits of it: ``{sea, ...}``."""
        names = self.names(mask)
        text = "{" + ", ".join(names) + "}"
        if width is None or len(text) <= width:
            return text
        fitting = (f"{{{', '.join(names[:count])}, ...}}" for count in range(len(names) - 1, 0, -1))
        return next((cut for cut in fitting if len(cut) <= width), f"{{{names[0][: width - 5]}...}}")

    def __str__(self) -> str:
        sizes = ", ".join(str(size) for size in self.multiplicities)
        sets = f"{len(self.weights)} label sets over {self.K} labels"
        return f"{sets}, multiplicities {sizes}, total weight {self.total_weight}"

    def __repr__(self) -> str:
        if len(self.weights) > _MOST_SPELT:
            return f"<LabelDistribution: {self}>"
        sets = {tuple(self.names(mask)): weight for mask, weight in self.weight_of.items()}
        return f"LabelDistribution.from_sets({sets}, labels={self.labels})"

    def _repr_html_(self) -> str:
        import html  # noqa: PLC0415 - for notebooks only

        return f"<pre>{html.escape(str(self))}</pre>"

    # ------------------------------------------------------------------ derived distributions

    @cached_property
    def proper(self) -> LabelDistribution:
        r"""The distribution given :math:`1\le m_S\le K-1`: the part PAL-CE and the class-centered quantities see.

        Raises:
            InputError: every label set is empty or full.
        """
        if all(0 < size < self.K for size in self.multiplicities):
            return self
        return self._given(
            range(1, self.K),
            "every label set is empty or full, so no contrast between labels is left: see with `mlnc inspect` whether "
            "the right columns are read as labels",
        )

    def restrict(self, m: int) -> LabelDistribution:
        """The distribution given multiplicity ``m``; counts are kept.

        Raises:
            InputError: no label set has ``m`` labels.
        """
        return self._given((m,), f"no label set has {m} labels; the multiplicities are {list(self.multiplicities)}")

    def _given(self, sizes: Container[int], otherwise: str) -> LabelDistribution:
        kept = [m for m in self.multiplicities if m in sizes]
        if not kept:
            raise InputError(otherwise)
        start, stop = bisect_left(self.sizes, kept[0]), bisect_right(self.sizes, kept[-1])
        part = object.__new__(LabelDistribution)  # what is in order stays in order: nothing is to be validated again
        vars(part).update(
            labels=self.labels,
            weights=self.weights[start:stop],
            denominator=self.denominator,
            sizes=self.sizes[start:stop],
        )
        if "masks" in vars(self):
            vars(part)["masks"] = self.masks[start:stop]
        if "columns" in vars(self):
            vars(part)["columns"] = self.columns[self.starts[start] : self.starts[stop]]
            vars(part)["starts"] = self.starts[start : stop + 1] - self.starts[start]
        return part

    def complement(self) -> LabelDistribution:
        r"""The distribution :math:`\pi^c` of the complements :math:`S^c` (claim S4).

        Example:
            >>> LabelDistribution.from_sets([([0], 2), ([1], 1), ([0, 1], 1)], labels="abc").complement().sizes
            (1, 2, 2)
        """
        everything = (1 << self.K) - 1
        turned = self.from_masks({everything ^ mask: weight for mask, weight in self.weight_of.items()}, self.labels)
        return replace(turned, denominator=self.denominator)

    @staticmethod
    def mixture(parts: Iterable[tuple[Weight, LabelDistribution]]) -> LabelDistribution:
        r"""The mixture :math:`\sum_i w_i\pi^{(i)}` with weights :math:`w_i>0` (normalised by their sum).

        Raises:
            InputError: no part, parts with different labels, or a weight that is not positive.

        Example:
            >>> one = LabelDistribution.from_sets([([0], 1), ([1], 1)], labels="ab")
            >>> two = LabelDistribution.from_sets([([0], 5)], labels="ab")
            >>> [str(p) for _, p in LabelDistribution.mixture([(1, one), ("1/2", two)]).items()]
            ['2/3', '1/3']
        """
        exact = [
            (exact_weight(weight, f"the weight of mixture part {i}"), part) for i, (weight, part) in enumerate(parts)
        ]
        if not exact:
            raise InputError("a mixture needs at least one part")
        labels = exact[0][1].labels
        merged: dict[int, Fraction] = {}
        for share, part in exact:
            if part.labels != labels:
                raise InputError(f"mixture parts disagree on the labels: {list(labels)} and {list(part.labels)}")
            for mask, weight in zip(part.masks, part.weights, strict=True):
                merged[mask] = merged.get(mask, Fraction(0)) + share * Fraction(weight, part.total)
        return LabelDistribution.from_masks(merged, labels)

    # ------------------------------------------------------------------ float views

    @cached_property
    def probabilities(self) -> NDArray[np.float64]:
        r""":math:`\pi_S` correctly rounded to float64, shape ``(n,)``, read-only."""
        if self.total < 1 << 53:  # whole numbers, exact in float64
            return _frozen(np.array(self.weights, dtype=np.float64) / self.total)
        return _frozen(np.array([weight / self.total for weight in self.weights], dtype=np.float64))

    @cached_property
    def indicator(self) -> NDArray[np.float64]:
        """The rows :math:`y_S`, dense 0/1 float64, shape ``(n, K)``, read-only."""
        return _frozen(np.concatenate(list(self.bit_blocks())).astype(np.float64))

    @cached_property
    def columns(self) -> NDArray[np.int32]:
        """The labels of the label sets, ascending in each, one set after the other: as many as the sizes add up to."""
        stride, blocks = (self.K + 7) // 8, []
        for start in range(0, len(self.masks), _AT_ONCE):
            packed = b"".join(mask.to_bytes(stride, "little") for mask in self.masks[start : start + _AT_ONCE])
            bytewise = np.frombuffer(packed, dtype=np.uint8).reshape(-1, stride)
            bits = np.unpackbits(bytewise, axis=1, count=self.K, bitorder="little")
            blocks.append(np.nonzero(bits)[1].astype(np.int32))
        return _frozen(np.concatenate(blocks))

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """Where the labels of each label set start in :attr:`columns`, and where the last ones end."""
        return _frozen(np.concatenate([[0], np.cumsum(self.sizes)]))

    @property
    def few(self) -> bool:
        """Whether there are fewer label sets than contrasts, so that some contrast vanishes on all of them."""
        return len(self.weights) < self.K - 1

    @cached_property
    def twins(self) -> tuple[tuple[int, int], ...]:
        """Pairs of labels that no label set tells apart: each with the next one alike.

        Example:
            >>> LabelDistribution.from_sets([([0, 2], 1), ([1], 3)], labels="abcd").twins
            ((0, 2),)
        """
        order = np.argsort(self.columns.astype(np.min_scalar_type(self.K)), kind="stable")  # short ones in linear time
        sets = np.repeat(np.arange(len(self.sizes), dtype=np.int32), np.diff(self.starts))[order]
        ends = np.searchsorted(self.columns[order], np.arange(self.K + 1))
        last, found = dict[bytes, int](), []
        for k in range(self.K):
            where = sets[ends[k] : ends[k + 1]].tobytes()
            if where in last:
                found.append((last[where], k))
            last[where] = k
        return tuple(sorted(found))

    @cached_property
    def sparse_indicator(self) -> sparse.csr_array:
        """The same as :attr:`indicator`, as a SciPy CSR array: memory linear in the number of labels that occur."""
        from scipy import sparse  # noqa: PLC0415 - slow to import

        ones, starts = _frozen(np.ones(len(self.columns))), _frozen(self.starts.astype(np.int32))
        return sparse.csr_array((ones, self.columns, starts), shape=(len(self.sizes), self.K))

    def bit_blocks(self) -> Iterator[NDArray[np.uint8]]:
        """The indicator rows as 0/1 bytes, a few thousand at a time."""
        for start in range(0, len(self.sizes), _AT_ONCE):
            sizes = self.sizes[start : start + _AT_ONCE]
            block = np.zeros((len(sizes), self.K), dtype=np.uint8)
            columns = self.columns[self.starts[start] : self.starts[start + len(sizes)]]
            block[np.repeat(np.arange(len(sizes)), sizes), columns] = 1
            yield block


# ---------------------------------------------------------------------- validation and bits


def _require_labels(labels: Sequence[str]) -> None:
    if len(labels) < 2:
        raise InputError(f"{len(labels)} label(s): a contrast between labels needs at least 2")
    seen: set[str] = set()
    for k, name in enumerate(labels):
        if not isinstance(name, str) or not name.strip():
            raise InputError(f"label {k} is named {show(name)}: label names are non-empty strings")
        if not name.isprintable():
            raise InputError(f"label {k} is named {show(name)}: leave out line breaks and control characters")
        if name in seen:
            raise InputError(f"label name {name!r} occurs twice: label names must be distinct")
        seen.add(name)


def _checked_pair(pair: Any) -> tuple[tuple[str | int, ...], Weight]:
    """A label set as a tuple of names and plain indices, with its weight as given."""
    try:
        label_set, weight = pair
        members = tuple(x if isinstance(x, str) else index(x) for x in label_set)
    except (TypeError, ValueError):
        raise InputError(f"{show(pair)} is not a label set (names or indices) with its weight") from None
    return members, weight


def _spelt(label_set: Iterable[str | int]) -> str:
    """A label set as given, in an order that does not depend on hashing."""
    return str(sorted(label_set, key=lambda label: (isinstance(label, str), str(label))))


def _names_in(label_sets: Iterable[tuple[str | int, ...]]) -> tuple[str, ...]:
    occurring = {label for label_set in label_sets for label in label_set}
    if not occurring:
        raise InputError("no label occurs: name the labels")
    names = sorted(label for label in occurring if isinstance(label, str))
    indices = [label for label in occurring if isinstance(label, int)]
    if names and indices:
        raise InputError(f"label {names[0]!r} is a name and label {min(indices)} an index: give labels= to mix the two")
    if names:
        return tuple(names)
    if max(indices) >= _MOST_IMPLIED_LABELS:
        raise InputError(f"label {max(indices)}: give labels= for more than {_MOST_IMPLIED_LABELS} labels")
    return tuple(str(k) for k in range(max(indices) + 1))


_MOST_IMPLIED_LABELS = 1 << 16
"""One absurd index must not name billions of labels."""


def _mask_of(label_set: tuple[str | int, ...], numbers: Mapping[str, int]) -> int:
    mask = 0
    for label in label_set:
        k = numbers.get(label) if isinstance(label, str) else label if 0 <= label < len(numbers) else None
        if k is None:
            raise InputError(
                f"label {show(label)} of label set {_spelt(label_set)} is not one of the {len(numbers)} labels"
            )
        if mask & 1 << k:
            raise InputError(f"label {show(label)} occurs twice in label set {_spelt(label_set)}")
        mask |= 1 << k
    return mask


def _frozen(array: NDArray[Scalar]) -> NDArray[Scalar]:
    array.flags.writeable = False
    return array
