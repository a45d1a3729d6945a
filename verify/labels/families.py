r"""Synthetic label distributions: each a named, documented family that a report can name and a reader can rebuild.

Every builder returns a ``LabelDistribution`` with exact weights. A formula with rational
parameters is taken literally; a real-valued one (powers) is evaluated in decimal arithmetic and rounded to a documented
integer grid. Randomness is seeded. The same call gives the same bytes everywhere: see :mod:`verify.labels.draws`.

Labels are named ``"1"`` to ``"K"``.

    >>> make("step", K=3, m=1, rho=10).weights
    (10, 1, 1)
    >>> named("step(K=3, m=1, rho=10)") == make("step", K=3, m=1, rho=10)
    True
    >>> name, pi = random_distribution(random.Random(1), K_range=(2, 7))
    >>> named(name) == pi
    True
"""

import ast
import inspect
import random
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import cache
from itertools import chain
from types import MappingProxyType

from verify.labels.builders.designs import DESIGNS
from verify.labels.builders.family import Family, Parameter
from verify.labels.builders.imbalanced import IMBALANCED
from verify.labels.builders.random_supports import RANDOM_SUPPORTS
from verify.labels.builders.topical import TOPICAL
from verify.labels.distribution import InputError, LabelDistribution
from verify.labels.draws import below

FAMILIES: Mapping[str, Family] = MappingProxyType(
    {family.name: family for family in (*IMBALANCED, *RANDOM_SUPPORTS, *DESIGNS, *TOPICAL)}
)
"""Every family by name, in the order in which :func:`panel` lists them."""


def make(name: str, /, **parameters: Parameter) -> LabelDistribution:
    """Build a member of a family by name.

    Raises:
        InputError: no such family, or parameters it does not take or allow.

    Example:
        >>> make("balanced", K=3, m=1).weights
        (1, 1, 1)
    """
    family = FAMILIES.get(name)
    if family is None:
        raise InputError(f"no family is called {name!r}: the families are {', '.join(FAMILIES)}")
    wanted = inspect.signature(family.build).parameters
    try:
        inspect.signature(family.build).bind(**parameters)
    except TypeError as error:
        raise InputError(f"{name}: {error}; its parameters are {', '.join(wanted)}") from None
    for key, value in parameters.items():
        kind, accepts = _KINDS[wanted[key].annotation]
        if not accepts(value):
            raise InputError(f"{name}: {key} = {value!r} must be {kind}")
    return family.build(**parameters)


def _is_whole(value: object) -> bool:
    return type(value) is int


def _are_whole(value: object) -> bool:
    return isinstance(value, tuple) and all(map(_is_whole, value))


_KINDS: Mapping[object, tuple[str, Callable[[object], bool]]] = {
    int: ("a whole number", _is_whole),
    tuple[int, ...]: ("a tuple of whole numbers", _are_whole),
    int | tuple[int, ...]: ("a whole number or a tuple of them", lambda value: _is_whole(value) or _are_whole(value)),
    Fraction | int | str: (
        "a rational number such as 3 or 1/10",
        lambda value: isinstance(value, Fraction | int | str),
    ),
}
"""What a builder's annotation means for a value that comes from outside."""


def named(text: str) -> LabelDistribution:
    """Rebuild a distribution from the name a report gives it, such as ``"step(K=5, m=2, rho=10)"``.

    Raises:
        InputError: the text is not a family with parameters, or :func:`make` refuses them.

    Example:
        >>> named("dirichlet(K=3, m=(1, 2), alpha=1/2, rows=50, seed=7)").total
        50
    """
    try:
        call = ast.parse(text.strip(), mode="eval").body
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.args:
            raise ValueError
        parameters = {str(keyword.arg): _read_parameter(keyword.value) for keyword in call.keywords}
    except (ValueError, SyntaxError, ZeroDivisionError, TypeError):
        raise InputError(f"{text!r} is not a family with parameters: write it like step(K=5, m=2, rho=10)") from None
    return make(call.func.id, **parameters)


def random_distribution(rng: random.Random, K_range: tuple[int, int] = (2, 7)) -> tuple[str, LabelDistribution]:
    """A random member of a random family with a random number of labels in ``K_range`` (inclusive), and its name.

    Every label set is proper. The name contains all parameters, so :func:`named` rebuilds the distribution.

    Raises:
        InputError: ``K_range`` is not two numbers in order, at least 2.
    """
    low, high = K_range
    if not 2 <= low <= high:
        raise InputError(f"K_range = {K_range} must be two numbers in order, at least 2")
    K = low + below(rng, high - low + 1)
    candidates = _proper_families(K)
    family = candidates[below(rng, len(candidates))]
    parameters = family.draw(rng, K)
    return family.spell(parameters), family.build(**parameters)


def panel(K_max: int = 8) -> Iterator[tuple[str, LabelDistribution]]:
    """The representative members of every family at ``K = 2..K_max``, then the designs with more labels.

    A distribution that several families have is listed once, by its first name: a claim is about distributions.
    """
    smaller = (member for K in range(2, K_max + 1) for family in FAMILIES.values() for member in family.instances(K))
    larger = ((text, pi) for text in _LARGER_DESIGNS if K_max < (pi := named(text)).K)
    known = set[LabelDistribution]()
    for name, pi in chain(smaller, larger):
        if pi not in known:
            known.add(pi)
            yield name, pi


_LARGER_DESIGNS = (
    "projective_plane(q=2)",
    "projective_plane(q=3)",
    "projective_plane(q=3, complement=1)",
    "projective_plane(q=3, singletons=1/3)",
    "projective_plane(q=5)",
    "paley(q=11)",
    "paley(q=11, complement=1)",
    "paley(q=11, singletons=1/2)",
    "paley(q=19)",
    "paley(q=23)",
    "hadamard_halves(q=11, shares=(1, 5, 12))",
)


@cache
def _proper_families(K: int) -> tuple[Family, ...]:
    return tuple(family for family in FAMILIES.values() if family.proper and family.exists_at(K))


def _read_parameter(node: ast.expr) -> Parameter:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return Fraction(int(ast.literal_eval(node.left)), int(ast.literal_eval(node.right)))
    value = ast.literal_eval(node)
    if isinstance(value, int | tuple):
        return value
    raise ValueError
