r"""The three losses in entries: formulas in the logits of each label, with the number of labels :math:`K` a symbol.

They are differentiated, conjugated and compared as such, by sums with symbolic bounds. Probability vectors are
parametrised, so that they need no side condition: :math:`p_k=u_k/\sum_lu_l` by positive weights, and a probability
:math:`q_k=u_k/(1+u_k)` by positive odds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy as sp

from proofs.kernel.scalars import Scalars
from proofs.letters.vocabulary import K

Half = sp.Rational(1, 2)
Entries = Callable[[Any], Any]
"""A vector over the labels: label index to entry."""

ENTRIES = Scalars((K >= 2,))

entry, fixed, _l = sp.symbols("k j l", integer=True)
logits = sp.IndexedBase("z", real=True)
indicator = sp.IndexedBase("y", nonnegative=True)
odds = sp.IndexedBase("u", positive=True)
multiplicity = sp.Symbol("m", positive=True)


def at_z(at: Any) -> Any:
    """The generic logits, as a vector."""
    return logits[at]


def labels(at: Any) -> Any:
    """The generic label indicator, as a vector."""
    return indicator[at]


def over_labels(term: Any, index: sp.Symbol = entry) -> sp.Sum:
    """The sum over all labels."""
    return sp.Sum(term, (index, 1, K))


def softmax(z: Entries, at: Any) -> Any:
    """An entry of softmax."""
    return sp.exp(z(at)) / over_labels(sp.exp(z(_l)), _l)


def sigmoid(z: Entries, at: Any) -> Any:
    """An entry of the sigmoid."""
    return sp.exp(z(at)) / (1 + sp.exp(z(at)))


def simplex(at: Any) -> Any:
    """An entry of any point in the interior of the simplex."""
    return odds[at] / over_labels(odds[_l], _l)


def unit(at: Any) -> Any:
    """Any number strictly between 0 and 1."""
    return odds[at] / (1 + odds[at])


def kullback(p: Any, q: Any) -> Any:
    r""":math:`p\log(p/q)`."""
    return p * sp.log(p / q)


@dataclass(frozen=True)
class Loss:
    """A loss as a formula in the logits, the label indicator and the number of labels of the set.

    Args:
        name: what it is called.
        value: from logits ``z``, indicator ``y`` and multiplicity ``m``.
        residual: minus the derivative by the logit of label ``j``, from ``z``, ``y``, ``m`` and ``j``.

    Example:
        >>> z, y = sp.IndexedBase("z", real=True), sp.IndexedBase("y", real=True)
        >>> MSE.value(lambda k: z[k], lambda k: y[k], 1)
        Sum((-y[k] + z[k])**2, (k, 1, K))/2
    """

    name: str
    value: Callable[[Entries, Entries, Any], Any]
    residual: Callable[[Entries, Entries, Any, Any], Any]


PAL = Loss(
    "PAL-CE",
    lambda z, y, m: m * sp.log(over_labels(sp.exp(z(entry)))) - over_labels(y(entry) * z(entry)),
    lambda z, y, m, j: y(j) - m * softmax(z, j),
)
BCE = Loss(
    "BCE",
    lambda z, y, m: over_labels(sp.log(1 + sp.exp(z(entry))) - y(entry) * z(entry)),  # noqa: ARG005
    lambda z, y, m, j: y(j) - sigmoid(z, j),  # noqa: ARG005
)
MSE = Loss(
    "MSE",
    lambda z, y, m: Half * over_labels((z(entry) - y(entry)) ** 2),  # noqa: ARG005
    lambda z, y, m, j: y(j) - z(j),  # noqa: ARG005
)
LOSSES = (PAL, BCE, MSE)
