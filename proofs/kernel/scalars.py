r"""Commutative formulas: when two are equal, when a sign is visible, and where a false one fails.

The zero test is a normal form for a stated class, never ``simplify``:

* *rational functions*: numerator over a common denominator, expanded as a polynomial;
* *radicals*: :math:`q^{1/n}` is a generator :math:`g` with :math:`g^n=q`, and the numerator is reduced by that;
* *exp, log, symbolic powers and unknown functions*: generators, after :math:`e^{a+b}=e^ae^b`, :math:`(ab)^n=a^nb^n` and
  :math:`\log ab=\log a+\log b`, the last two for factors whose positivity is declared or which are
  sums of such (or integer :math:`n`);
* *derivatives*, written unevaluated, are carried out;
* *binomials, factorials, Gamma*: grouped into similar hypergeometric terms, whose ratios are rational functions. Used
  only when the assumptions show every Gamma argument to be positive, so that no value is a limit;
* *finite sums with symbolic bounds*: linearity, constants pulled out, Kronecker deltas contracted on index symbols
  declared to be in range, :math:`\sum_{k=a}^b1=b-a+1`. What is left of a sum is one more generator.

Identities and signs hold wherever the formulas are defined. A formula with a denominator that is not shown to be
nonzero somewhere may be defined nowhere, one with an infinity means nothing, and nothing is proved of either. A
difference that does not reduce to zero is *not* taken to be nonzero: it is evaluated (rational numbers, or interval
arithmetic where logarithms and roots occur) at points that satisfy the assumptions, and refuted only there.
"""

import itertools
import operator
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import Any

import sympy as sp

from proofs.kernel.checks import Setting
from proofs.kernel.enclosure import COMBINATORIAL, Interval, at_point, enclose, fails, is_exactly_zero
from proofs.kernel.outcome import DefectError, Sign
from proofs.kernel.rational import expanded_log, reduces_to_zero


@dataclass(frozen=True)
class Scalars(Setting):
    """The setting of commutative formulas, with the assumptions under which they are read.

    Args:
        assumptions: relations such as ``K >= m + 1``. Every witness satisfies them, and they are the only signs
            :meth:`sign` may use besides the assumptions SymPy symbols are declared with.
        in_range: index symbols ``j`` that lie in the range of every sum they meet through a Kronecker delta.
        points: points to try first when looking for a counterexample, for thin sets that sampling would miss.

    Raises:
        DefectError: no point tried satisfies the assumptions, so that they may contradict each other; or one is about
            an entry of an indexed family, whose sign is declared with the family.

    Example:
        >>> K, m = sp.symbols("K m", integer=True, positive=True)
        >>> counting = Scalars((m >= 1, K >= m + 1))
        >>> counting.vanishes(sp.binomial(K - 2, m - 1) * K * (K - 1) - m * (K - m) * sp.binomial(K, m))
        True
        >>> counting.sign(K * (K - 1) - m * (m - 1)).name
        'POSITIVE'
        >>> counting.counterexample(K - 2 * m, ">=")
        'at K = 3, m = 2 the value is -1'
    """

    assumptions: tuple[Any, ...] = ()
    in_range: tuple[sp.Symbol, ...] = ()
    points: tuple[Mapping[Any, Any], ...] = field(default=(), hash=False)

    def __post_init__(self) -> None:
        """From assumptions that contradict each other everything would follow."""
        if not self.assumptions:
            return
        if any(sp.sympify(relation).has(sp.Indexed) for relation in self.assumptions):
            raise DefectError("assumptions are on symbols: declare the sign of entries with their family")
        if not any(map(self._satisfied, self._trials(self._variables_assumed))):
            raise DefectError(f"no point satisfies the assumptions {list(self.assumptions)}: give one in points")

    def _trials(self, variables: Any) -> Iterator[Mapping[Any, Any]]:
        """Points to try, small ones first, whether the assumptions admit them or not."""
        yield from self.points
        for scale in (1, sp.Rational(1, 100), 100):
            for point in sample_points(variables):
                yield {s: v if s.is_integer else v * scale for s, v in point.items()}

    def _satisfied(self, point: Mapping[Any, Any]) -> bool:
        """Whether every assumption is true at a point."""
        return all(_at(relation, point) == sp.true for relation in map(sp.sympify, self.assumptions))

    # ------------------------------------------------------------------ zero test

    def vanishes(self, formula: Any) -> bool:
        """Whether the normal form is zero; see the module docstring for the class it decides."""
        expr = _sums(_differentiated(sp.sympify(formula)), frozenset(self.in_range))
        if not self.is_defined(expr):
            return False
        if expr.has(*COMBINATORIAL):
            return self._hypergeometric_zero(expr)
        return reduces_to_zero(expr)

    def _hypergeometric_zero(self, expr: Any) -> bool:
        """Similar hypergeometric terms have a rational ratio; dissimilar ones are linearly independent."""
        in_gammas = expr.rewrite(sp.gamma)
        if any(self.sign(g.args[0]) is not Sign.POSITIVE for g in in_gammas.atoms(sp.gamma)):
            return False
        classes: list[tuple[Any, list[Any]]] = []
        for term in sp.Add.make_args(sp.expand(in_gammas)):
            for leader, ratios in classes:
                ratio = sp.gammasimp(term / leader)
                if not ratio.has(sp.gamma):
                    ratios.append(ratio)
                    break
            else:
                classes.append((term, [sp.Integer(1)]))
        return all(reduces_to_zero(sp.Add(*ratios)) for _, ratios in classes)

    def is_defined(self, formula: Any) -> bool:
        """Whether every denominator of the formula is shown to be nonzero at some point within the assumptions."""
        expr = _differentiated(sp.sympify(formula))
        if expr.has(sp.nan, sp.zoo, sp.oo, -sp.oo):
            return False
        return all(base.is_nonzero or _nonzero_somewhere(self, base) for base in _denominators(expr))

    def no_new_poles(self, formula: Any, certificate: Any) -> bool:
        """Whether ``certificate`` is shown to be defined wherever ``formula`` is."""
        poles = _denominators(sp.sympify(formula))
        return all(base in poles or self.is_nonzero(base) for base in _denominators(sp.sympify(certificate)))

    def satisfiable(self, hypotheses: Sequence[Any], everywhere: Sequence[bool]) -> bool:
        """Whether some point within the assumptions satisfies all hypotheses (formulas that are zero) at once."""
        del everywhere  # there are no families here
        conditions = [sp.sympify(h) for h in hypotheses]
        variables = set().union(*map(_variables, conditions)) | self._variables_assumed
        return any(
            self.admits(point) and all(is_exactly_zero(_unrolled(c, dict(point))) for c in conditions)
            for point in itertools.islice(self._trials(variables), 120)
        )

    def is_nonzero(self, formula: Any) -> bool:
        """Whether the formula is shown to be nonzero everywhere within the assumptions."""
        expr = sp.sympify(formula)
        return any(map(self._nonzero, (expr, sp.factor(sp.together(expr)))))

    def _nonzero(self, expr: Any) -> bool:
        if expr.is_Mul:
            return all(map(self._nonzero, expr.args))
        if expr.is_Pow and expr.exp.is_real:
            return self._nonzero(expr.base)
        if expr.is_nonzero or Sign.POSITIVE in (self._sign(expr), self._sign(-expr)):
            return True
        excluded = [r.lhs - r.rhs for r in self.assumptions if isinstance(r, sp.Ne)]
        return any(reduces_to_zero(expr - q) or reduces_to_zero(expr + q) for q in excluded)

    def divides_safely(self, formula: Any) -> bool:
        """Whether every denominator of the formula is shown to be nonzero within the assumptions."""
        return all(map(self.is_nonzero, _denominators(sp.sympify(formula))))

    def is_real(self, formula: Any) -> bool:
        """Whether the formula is shown to take real values: roots and logarithms of what is shown to have a sign."""
        expr = sp.sympify(formula)
        if expr.is_real:
            return True
        if isinstance(expr, sp.Sum):
            return self.is_real(expr.function)
        if isinstance(expr, sp.log):
            return self._sign(expr.args[0]) is Sign.POSITIVE
        if isinstance(expr, sp.Pow) and not expr.exp.is_Integer:
            return expr.exp.is_real is True and self._sign(expr.base) is not None
        composed = (sp.Add, sp.Mul, sp.Pow, sp.exp, sp.Abs, *COMBINATORIAL)
        return isinstance(expr, composed) and all(map(self.is_real, expr.args))

    def how(self, formula: Any) -> str:
        """The decision procedure for formulas of this kind."""
        expr = sp.sympify(formula)
        parts = []
        if expr.has(sp.Derivative):
            parts.append("derivatives carried out")
        if expr.has(sp.Sum):
            parts.append("sums by linearity")
        if expr.has(*COMBINATORIAL):
            parts.append("ratios of hypergeometric terms")
        if any(not p.exp.is_Integer and p.exp.is_Rational for p in expr.atoms(sp.Pow)):
            parts.append("roots as algebraic generators")
        if expr.has(sp.exp, sp.log):
            parts.append("exp and log as generators")
        return ", ".join([*parts, "rational-function zero test"])

    def tex(self, formula: Any) -> str:
        """LaTeX by SymPy."""
        return str(sp.latex(sp.sympify(formula)))

    # ------------------------------------------------------------------ signs

    def sign(self, formula: Any) -> Sign | None:
        """A sign shown by the *form* of the formula: products and sums of nonnegative parts, even powers, and
        polynomials all of whose coefficients are nonnegative in the quantities the assumptions make nonnegative.
        """
        return self._sign(sp.sympify(formula))

    def _sign(self, expr: Any) -> Sign | None:  # noqa: PLR0911 - one return per form
        if expr.is_Number:
            return _of_number(expr)
        for quantity, sign in self._given:
            if reduces_to_zero(expr - quantity):
                return sign
        if expr.is_Symbol or isinstance(expr, sp.Indexed):
            return _declared(expr) if _declared(expr) is Sign.POSITIVE else self._sign_after_shift(expr)
        if isinstance(expr, sp.exp):
            return Sign.POSITIVE if expr.args[0].is_real else None
        if isinstance(expr, sp.Abs):
            return Sign.NONNEGATIVE
        if isinstance(expr, sp.log):
            return self._sign(sp.cancel(expr.args[0] - 1))
        if isinstance(expr, COMBINATORIAL):
            return self._sign_of_combinatorial(expr)
        if isinstance(expr, sp.Pow):
            return self._sign_of_power(*expr.as_base_exp())
        if isinstance(expr, sp.Sum):
            return self._sign_of_sum(expr)
        if expr.is_Mul:
            signs = [self._sign(factor) for factor in expr.args]
            return None if None in signs else Sign(min(s for s in signs if s is not None))
        if expr.is_Add:
            signs = [self._sign(term) for term in expr.args]
            known = [s for s in signs if s is not None]
            return Sign(max(known)) if len(known) == len(signs) else self._sign_after_shift(expr)
        return None

    def _sign_of_combinatorial(self, expr: Any) -> Sign | None:
        if isinstance(expr, sp.gamma):
            return Sign.POSITIVE if self._sign(expr.args[0]) is Sign.POSITIVE else None
        in_gammas = expr.rewrite(sp.gamma)  # such as (-1)^k Gamma(n + k)/Gamma(n), whose other factors count too
        return None if in_gammas.has(*(set(COMBINATORIAL) - {sp.gamma})) else self._sign(in_gammas)

    def _sign_of_sum(self, expr: Any) -> Sign | None:
        """The sign of the summand, where the bounds are not reversed: then a sum is *minus* the terms left out."""
        known = {Sign.POSITIVE: {"positive": True}, Sign.NONNEGATIVE: {"nonnegative": True}, None: {}}
        renamed: dict[Any, Any] = {}
        nonempty = True
        for variable, *bounds in reversed(expr.limits):  # the bounds of an inner sum may depend on an outer variable
            low, high = (sp.sympify(bound).subs(renamed) for bound in bounds)
            if self._sign(high - low + 1) is None:
                return None
            nonempty = nonempty and self._sign(high - low) is not None
            # All that is known of a bound variable is that it is an integer from its lower bound on.
            renamed[variable] = sp.Dummy(variable.name, integer=True, **known[self._sign(low)])
        of_term = self._sign(expr.function.subs(renamed))
        return of_term if of_term is None or nonempty else Sign.NONNEGATIVE

    def _sign_of_power(self, base: Any, exponent: Any) -> Sign | None:
        if exponent.is_Integer and exponent % 2 == 0 and base.is_real:
            # An inverse even power is positive wherever it is defined, which is all that is claimed.
            strict = exponent < 0 or base.is_nonzero or Sign.POSITIVE in (self._sign(base), self._sign(-base))
            return Sign.POSITIVE if strict else Sign.NONNEGATIVE
        of_base = self._sign(base)
        if of_base is Sign.POSITIVE and exponent.is_real:
            return Sign.POSITIVE
        return Sign.NONNEGATIVE if of_base is not None and exponent.is_positive else None

    @property
    def _given(self) -> tuple[tuple[Any, Sign], ...]:
        strict = (sp.StrictGreaterThan, sp.StrictLessThan)
        weak = (sp.GreaterThan, sp.LessThan)
        return tuple(
            (relation.gts - relation.lts, Sign.POSITIVE if isinstance(relation, strict) else Sign.NONNEGATIVE)
            for relation in self.assumptions
            if isinstance(relation, (*strict, *weak))
        )

    def _sign_after_shift(self, expr: Any) -> Sign | None:
        """Write a polynomial in the slacks of the (linear) assumptions, and read the signs of its coefficients."""
        if expr.has(sp.Indexed):  # the assumptions are on symbols; an entry has its declared sign only
            return _declared(expr) if isinstance(expr, sp.Indexed) else None
        if not expr.is_polynomial(*expr.free_symbols):
            return None
        slacks: dict[Any, Sign | None] = {}
        replace: dict[Any, Any] = {}
        for quantity, sign in self._given:
            rest = sp.expand(quantity.subs(replace))
            symbol = next((s for s in _by_name(rest) if s not in slacks and rest.diff(s).is_Number), None)
            if symbol is None:
                continue
            slack = sp.Dummy(f"slack{len(slacks)}", nonnegative=True)
            solution = sp.expand((slack - rest.subs(symbol, 0)) / rest.diff(symbol))
            replace = {s: sp.expand(e.subs(symbol, solution)) for s, e in replace.items()} | {symbol: solution}
            slacks[slack] = sign
        shifted = sp.expand(expr.subs(replace))
        if shifted.is_Number:
            return _of_number(shifted)
        symbols = _by_name(shifted)
        signs = [slacks.get(s, _declared(s)) for s in symbols]
        poly = sp.Poly(shifted, *symbols)
        if None in signs or not all(c.is_nonnegative for c in poly.coeffs()):
            return None
        strict = any(
            all(sign is Sign.POSITIVE for sign, power in zip(signs, monomial, strict=True) if power)
            for monomial in poly.monoms()
        )
        return Sign.POSITIVE if strict else Sign.NONNEGATIVE

    # ------------------------------------------------------------------ refutation

    def counterexample(self, formula: Any, relation: str, under: Sequence[Any] = ()) -> str | None:
        """The first sampled point within the assumptions, and where everything in ``under`` is zero, at which
        ``formula relation 0`` certainly fails.
        """
        expr = _differentiated(sp.sympify(formula))
        for point in itertools.chain(self.points, sample_points(_variables(expr) | self._variables_assumed)):
            if not self.admits(point) or not all(is_exactly_zero(at_point(sp.sympify(u), point)) for u in under):
                continue
            there = dict(point)
            closed = _unrolled(expr, there)
            value = enclose(closed)
            if value is not None and fails(value, relation):
                return f"at {_spell_point(there, expr)} the value is {_spell_value(value)}"
        return None

    def admits(self, point: Mapping[Any, Any]) -> bool:
        """Whether every assumption that the point decides is true there."""
        return all(_at(relation, point) != sp.false for relation in self.assumptions)

    @property
    def _variables_assumed(self) -> set[Any]:
        return {s for relation in self.assumptions for s in _variables(relation)}


# ---------------------------------------------------------------------- derivatives


@lru_cache(maxsize=8192)
def _nonzero_somewhere(setting: Scalars, base: Any) -> bool:
    """Whether some point within the assumptions has a nonzero value; a normal form cannot tell for nested roots."""
    for point in setting._trials(_variables(base) | setting._variables_assumed):
        value = enclose(_unrolled(base, dict(point))) if setting.admits(point) else None
        if value is not None and (value[0] > 0 or value[1] < 0):
            return True
    return False


def _denominators(e: Any) -> list[Any]:
    """The bases of negative powers, in a fixed order."""
    return sorted({p.base for p in e.atoms(sp.Pow) if p.exp.is_negative}, key=sp.default_sort_key)


def _differentiated(e: Any) -> Any:
    """Carry out the derivatives; written unevaluated they keep a step from saying that a formula equals itself."""
    return e.replace(lambda node: isinstance(node, sp.Derivative), lambda node: node.expr.diff(*node.variable_count))


# ---------------------------------------------------------------------- sums with symbolic bounds


_BOUND = "_bound"


def _sums(e: Any, in_range: frozenset[Any]) -> Any:
    """Sums by linearity: constants out, deltas contracted, bound variables named by their depth.

    Raises:
        DefectError: a free symbol has a name that is kept for bound variables.
    """
    if not isinstance(e, sp.Basic) or not e.has(sp.Sum):
        return e
    if any(s.name.startswith(_BOUND) for s in e.free_symbols if s.is_Symbol):
        raise DefectError(f"names that begin with {_BOUND} are kept for bound variables")
    return _linear(e, in_range)


def _linear(e: Any, in_range: frozenset[Any]) -> Any:
    if not e.has(sp.Sum):
        return e
    if not isinstance(e, sp.Sum):
        return e.func(*(_linear(a, in_range) for a in e.args))
    body, limits = e.function, e.limits
    for variable, low, high in limits:
        body = _one_sum(_linear(body, in_range), variable, low, high, in_range)
    return body


def _one_sum(body: Any, variable: Any, low: Any, high: Any, in_range: frozenset[Any]) -> Any:
    total = sp.Integer(0)
    for term in sp.Add.make_args(sp.expand(_split_functions(body), func=False, power_exp=False)):
        constant, dependent = term.as_independent(variable, as_Add=False)
        delta = next((f for f in sp.Mul.make_args(dependent) if isinstance(f, sp.KroneckerDelta)), None)
        target = None if delta is None else next((a for a in delta.args if a != variable), None)
        if delta is not None and target in in_range and variable in delta.args:
            total += constant * (dependent / delta).subs(variable, target)
        elif dependent == 1:
            total += constant * (high - low + 1)
        else:
            # Named by what the summand itself contains, so that equal sums get equal names whatever stood beside them.
            depth = 1 + max((_depth(s) for s in dependent.atoms(sp.Sum)), default=0)
            bound = sp.Symbol(f"{_BOUND}{depth}", integer=True)
            total += constant * sp.Sum(dependent.subs(variable, bound), (bound, low, high))
    return total


def _split_functions(body: Any) -> Any:
    """``exp(a + b)`` as ``exp(a) exp(b)``, where SymPy would turn ``exp`` of a sum into a product; logs of products."""
    return body.replace(
        lambda e: isinstance(e, sp.exp), lambda e: sp.Mul(*map(sp.exp, sp.Add.make_args(sp.expand(e.args[0]))))
    ).replace(lambda e: isinstance(e, sp.log), lambda e: expanded_log(e.args[0]))


def _depth(e: Any) -> int:
    return 1 + max((_depth(s) for s in e.function.atoms(sp.Sum)), default=0)


def _variables(expr: Any) -> set[Any]:
    """The free symbols that take a value: not the names of indexed families, which get one per entry."""
    families = {i.base.label for i in expr.atoms(sp.Indexed)}
    return {s for s in expr.free_symbols if s.is_Symbol and s not in families}


def _unrolled(expr: Any, point: dict[Any, Any]) -> Any:
    """The formula at a point: sums written out, and entries ``x[1], x[2], ...`` given values (added to the point)."""
    closed = at_point(expr, point)
    if not closed.has(sp.Indexed):
        return closed
    closed = closed.doit()
    entries = sorted(closed.atoms(sp.Indexed), key=str)
    offset = sum(int(v) for v in point.values() if sp.sympify(v).is_Integer)
    for i, entry in enumerate(entries):
        if entry in point:
            continue
        allowed = [v for v in _FRACTIONS if _allows(entry, v)]
        point[entry] = allowed[(i * 5 + offset * 3) % len(allowed)]
    return at_point(closed, point)


# ---------------------------------------------------------------------- sample points

_INTEGERS = (1, 2, 3, 4, 5, 6, 0, 7, 8, -1, -2, -3)
_FRACTIONS = tuple(
    sp.Rational(p, q)
    for p, q in ((1, 1), (2, 1), (1, 2), (3, 1), (1, 3), (2, 3), (3, 2), (0, 1), (-1, 1), (1, 4), (3, 4))
) + tuple(
    sp.Rational(p, q) for p, q in ((-2, 1), (-1, 2), (5, 1), (1, 5), (2, 5), (4, 3), (-3, 1), (1, 10), (7, 2), (10, 1))
)


def sample_points(symbols: Any, count: int = 600) -> Iterator[dict[Any, Any]]:
    """Small rational points first, the same on every run: values that the symbols' own assumptions allow."""
    names = _by_name(symbols)
    choices = [
        [v for v in map(sp.Integer, _INTEGERS) if _allows(s, v)]
        if s.is_integer
        else [v for v in _FRACTIONS if _allows(s, v)]
        for s in names
    ]
    state = 1
    for i in range(count if names else 1):
        point = {}
        for symbol, values in zip(names, choices, strict=True):
            state = (state * 6364136223846793005 + 1442695040888963407) % 2**64  # Knuth's MMIX generator
            point[symbol] = values[(state >> 33) % min(len(values), 3 + i // 8)]
        yield point


def _at(relation: Any, point: Mapping[Any, Any]) -> Any:
    """An assumption at a point; numbers are compared as such, which is what SymPy takes longest to find out."""
    if not isinstance(relation, sp.Rel):
        return at_point(relation, point)
    sides = [at_point(side, point) for side in (relation.lhs, relation.rhs)]
    if not all(side.is_Rational for side in sides):
        return relation.func(*sides)
    low, high = (Fraction(int(side.p), int(side.q)) for side in sides)
    return sp.sympify(_COMPARED[relation.func](low, high))


_COMPARED = {
    sp.Ge: operator.ge,
    sp.Gt: operator.gt,
    sp.Le: operator.le,
    sp.Lt: operator.lt,
    sp.Eq: operator.eq,
    sp.Ne: operator.ne,
}


def _allows(symbol: Any, value: Any) -> bool:
    return (
        not (symbol.is_positive and value <= 0)
        and not (symbol.is_nonnegative and value < 0)
        and not (symbol.is_nonzero and value == 0)
        and not (symbol.is_negative and value >= 0)
        and not (symbol.is_nonpositive and value > 0)
    )


def _by_name(e: Any) -> list[Any]:
    symbols = e.free_symbols if isinstance(e, sp.Basic) else e
    return sorted((s for s in symbols if s.is_Symbol), key=lambda s: (s.name, getattr(s, "dummy_index", 0)))


def _of_number(value: Any) -> Sign | None:
    return Sign.POSITIVE if value.is_positive else Sign.NONNEGATIVE if value.is_zero else None


def _declared(symbol: Any) -> Sign | None:
    return Sign.POSITIVE if symbol.is_positive else Sign.NONNEGATIVE if symbol.is_nonnegative else None


def _spell_point(point: Mapping[Any, Any], expr: Any) -> str:
    shown = {s: v for s, v in point.items() if s in expr.free_symbols or isinstance(s, sp.Indexed)} or point
    return ", ".join(f"{s} = {v}" for s, v in sorted(shown.items(), key=lambda item: str(item[0]))) or "every point"


def _spell_value(value: Interval) -> str:
    low, high = value
    return str(low) if low == high else f"about {float(low):.6g}"
