r"""Weights in the loss, exact: of label sets, of labels, of positive answers (chapter V).

What is weighted is the logarithm of a prediction, and nothing else: neither the label distribution nor the penalty of a
feature. An answer of label ``k`` in label set ``S`` weighs :math:`a_{S,k}` where it says that the label is there, and
:math:`b_{S,k}` where it says that it is not:

* PAL-CE: :math:`L_S(z)=\sum_ka_{S,k}t_k\bigl(\log\sum_je^{z_j}-z_k\bigr)`, as ``CrossEntropyLoss(weight=a)``;
* BCE: :math:`L_S(z)=\sum_ka_{S,k}t_k\log(1+e^{-z_k})+b_{S,k}(1-t_k)\log(1+e^{z_k})`, as ``BCEWithLogitsLoss(weight=b,
  pos_weight=a/b)``;
* MSE: half the squared error of every label, weighted likewise.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

Vector = tuple[Fraction, ...]


@dataclass(frozen=True)
class LossWeights:
    """Weights of presence and absence by label, and what they are multiplied by in some label sets; all positive.

    Attributes:
        present: of the answer that a label is there, one per label; 1 if empty.
        absent: of the answer that it is not, likewise.
        sets: label sets as bit masks, with a factor for each label; elsewhere it is 1.

    Example:
        >>> weights = LossWeights(present=(Fraction(3), Fraction(1)), sets=((1, (Fraction(2), Fraction(2))),))
        >>> [str(a) for a in weights.of((1, 0))[0]], [str(a) for a in weights.of((0, 1))[0]]
        (['6', '2'], ['3', '1'])
        >>> bool(LossWeights(present=(Fraction(1), Fraction(1))))
        False
    """

    present: Vector = ()
    absent: Vector = ()
    sets: tuple[tuple[int, Vector], ...] = ()

    def __bool__(self) -> bool:
        """Whether any weight is not 1."""
        return any(a != 1 for row in (self.present, self.absent, *(row for _, row in self.sets)) for a in row)

    def __hash__(self) -> int:
        return self._hash  # of many fractions, and asked for in every step of a solver

    def of(self, y: Sequence[int]) -> tuple[Sequence[Fraction], Sequence[Fraction]]:
        """The weights of presence and of absence of every label, for the label set with an indicator."""
        ones = (Fraction(1),) * len(y)
        factors = self._factors.get(sum(bit << k for k, bit in enumerate(y)), ones) if self.sets else ones
        rows = (self.present or ones, self.absent or ones)
        if factors is ones:
            return rows
        present, absent = ([a * c for a, c in zip(row, factors, strict=True)] for row in rows)
        return present, absent

    @cached_property
    def _hash(self) -> int:
        return hash((self.present, self.absent, self.sets))

    @cached_property
    def _factors(self) -> dict[int, Vector]:
        return dict(self.sets)

    @property
    def digest(self) -> str:
        """Eight characters that tell them from others, for the names of files."""
        import hashlib  # noqa: PLC0415 - slow to import, and files are seldom named

        rows = [self.present, self.absent, *((Fraction(mask), *row) for mask, row in self.sets)]
        text = ";".join(",".join(map(str, row)) for row in rows)
        return hashlib.sha256(text.encode()).hexdigest()[:8]

    @property
    def heaviest(self) -> Fraction:
        """At least any weight."""
        one = (Fraction(1),)
        labels, factors = (self.present or one) + (self.absent or one), sum((row for _, row in self.sets), one)
        return max(labels) * max(factors)


UNWEIGHTED = LossWeights()
