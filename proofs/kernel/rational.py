"""Rational functions of symbols, roots, exponentials, logarithms and opaque functions: when one is zero.

Everything that is not rational becomes a generator; the numerator over a common denominator is then a polynomial with
rational coefficients, and zero as a function where its coefficients are.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import sympy as sp
from sympy.polys.rings import ring


@lru_cache(maxsize=16384)
def reduces_to_zero(expr: Any) -> bool:
    """Zero test of a rational function of symbols, roots, exponentials, logarithms and opaque functions."""
    expr = sp.sympify(expr)
    if expr.is_Number:
        return bool(expr == 0)
    if expr.has(sp.nan, sp.zoo, sp.oo, -sp.oo):
        return False
    generators = _Generators()
    rational = generators.write(expr)
    symbols = rational.free_symbols.union(*(radicand.free_symbols for _, _, radicand in generators.roots))
    try:
        return _Fractions(symbols | {g for g, _, _ in generators.roots}).is_zero(rational, generators.roots)
    except (ZeroDivisionError, sp.CoercionFailed):
        return False


class _Fractions:
    """Rational functions as polynomials over products of polynomials; no common factor is ever looked for."""

    def __init__(self, symbols: Iterable[Any]) -> None:
        self._ring, *generators = ring(sorted(symbols, key=str) or "x", sp.QQ)
        self._generators = dict(zip(self._ring.symbols, generators, strict=True))

    def is_zero(self, e: Any, roots: Iterable[tuple[Any, int, Any]]) -> bool:
        """Whether it vanishes once every root ``g`` has ``g^degree = radicand``, a later one in terms of earlier."""
        numerator, _ = self._of(e)
        for root, degree, radicand in reversed(list(roots)):
            if not numerator:
                break
            top, factors = self._of(radicand)
            numerator = self._reduced(numerator, self._generators[root], degree, top, self._product(factors))
        return not numerator

    def _reduced(self, polynomial: Any, root: Any, degree: int, top: Any, bottom: Any) -> Any:
        """A multiple by a power of ``bottom`` in which ``root^degree`` is ``top / bottom``."""
        place = self._ring.gens.index(root)
        parts: dict[int, Any] = {}
        for monomial, coefficient in polynomial.terms():
            times, left = divmod(monomial[place], degree)
            term = self._ring({(*monomial[:place], left, *monomial[place + 1 :]): coefficient})
            parts[times] = parts.get(times, self._ring.zero) + term
        most = max(parts)
        return sum((p * top**n * bottom ** (most - n) for n, p in parts.items()), self._ring.zero)

    def _product(self, factors: dict[Any, int]) -> Any:
        result = self._ring.one
        for factor, power in factors.items():
            result *= factor**power
        return result

    def _of(self, e: Any) -> tuple[Any, dict[Any, int]]:
        """Numerator, and the denominator as powers of monic polynomials."""
        if e.is_Rational:
            return self._ring(sp.QQ.from_sympy(e)), {}
        if e.is_Symbol:
            return self._generators[e], {}
        if e.is_Mul:
            return self._times(map(self._of, e.args))
        if e.is_Add:
            return self._plus([self._of(term) for term in e.args])
        if e.is_Pow and e.exp.is_Integer:
            numerator, factors = self._of(e.base)
            power = abs(int(e.exp))
            if e.exp > 0:
                return numerator**power, {factor: n * power for factor, n in factors.items()}
            if not numerator:
                raise ZeroDivisionError
            lead = numerator.LC
            turned = self._product(factors) ** power * (1 / lead) ** power
            return turned, {} if numerator.is_ground else {numerator.monic(): power}
        raise sp.CoercionFailed(f"{e} is no rational function")

    def _times(self, fractions: Iterable[tuple[Any, dict[Any, int]]]) -> tuple[Any, dict[Any, int]]:
        numerator = self._ring.one
        denominator: dict[Any, int] = {}
        for top, factors in fractions:
            numerator *= top
            for factor, n in factors.items():
                denominator[factor] = denominator.get(factor, 0) + n
        return numerator, denominator

    def _plus(self, fractions: list[tuple[Any, dict[Any, int]]]) -> tuple[Any, dict[Any, int]]:
        common: dict[Any, int] = {}
        for _, factors in fractions:
            for factor, n in factors.items():
                common[factor] = max(common.get(factor, 0), n)
        numerator = self._ring.zero
        for top, factors in fractions:
            missing = {factor: n - factors.get(factor, 0) for factor, n in common.items()}
            numerator += top * self._product(missing)
        return numerator, common


class _Generators:
    """Rewrites an expression over generators; equal subexpressions get the same one."""

    def __init__(self) -> None:
        self.roots: list[tuple[Any, int, Any]] = []
        self._known: dict[Any, Any] = {}
        self._written: dict[Any, Any] = {}

    def write(self, e: Any) -> Any:
        """The expression over generators."""
        if e not in self._written:
            self._written[e] = self._write(e)
        return self._written[e]

    def _write(self, e: Any) -> Any:  # noqa: PLR0911 - one return per kind of node
        if e.is_Number or e.is_Symbol:
            return e
        if e.is_Add or e.is_Mul:
            return e.func(*(self.write(a) for a in e.args))
        if isinstance(e, sp.exp) or e is sp.E:
            return self._exponential(sp.Integer(1) if e is sp.E else e.args[0])
        if isinstance(e, sp.log):
            return self._logarithm(e.args[0])
        if e.is_Pow and e.exp.is_Integer:
            return self.write(e.base) ** e.exp
        if e.is_Pow and e.exp.is_Rational:
            return self._root(sp.cancel(sp.together(self.write(e.base))), e.exp)
        if e.is_Pow:  # (a b)^n and a^(n+1), where SymPy knows from the declared assumptions that they split
            split = sp.expand_power_exp(sp.expand_power_base(e))
            return self._opaque(e) if split == e else self.write(split)
        return self._opaque(e)

    def _root(self, base: Any, exponent: Any) -> Any:
        key = ("root", base, exponent.q)
        if key not in self._known:
            self._known[key] = sp.Dummy("root")
            self.roots.append((self._known[key], int(exponent.q), base))
        return self._known[key] ** exponent.p

    def _exponential(self, argument: Any) -> Any:
        factors = []
        for term in sp.Add.make_args(sp.expand(argument)):
            number, rest = term.as_coeff_Mul()
            unit = (
                self._opaque(sp.exp(rest / number.q, evaluate=False))
                if number.is_Rational
                else self._opaque(sp.exp(term))
            )
            factors.append(unit ** (number.p if number.is_Rational else 1))
        return sp.Mul(*factors)

    def _logarithm(self, argument: Any) -> Any:
        expanded = expanded_log(argument)
        return sp.Add(
            *(
                sp.Mul(*(self._opaque(f) if isinstance(f, sp.log) else self.write(f) for f in sp.Mul.make_args(term)))
                for term in sp.Add.make_args(expanded)
            )
        )

    def _opaque(self, e: Any) -> Any:
        """One generator per function value, with arguments compared by their normal form, and per anything else."""
        key = e
        if isinstance(e, sp.Function):
            key = e.func(*map(_normal_argument, e.args), evaluate=False)
        return self._known.setdefault(key, sp.Dummy("generator"))


def expanded_log(argument: Any) -> Any:
    """``log ab`` as ``log a + log b`` for factors whose positivity is declared; a sum of positive terms is positive."""
    sums = sorted((s for s in argument.atoms(sp.Sum) if _is_positive_sum(s)), key=sp.default_sort_key)
    known = {s: sp.Dummy(f"sum{i}", positive=True) for i, s in enumerate(sums)}
    factored = sp.factor(sp.together(argument.xreplace(known)))
    return sp.expand_log(sp.log(factored)).xreplace({dummy: s for s, dummy in known.items()})


def _is_positive_sum(e: Any) -> bool:
    """Whether terms declared positive are added over a range that is not empty; over a reversed one they subtract."""
    ranges = (sp.expand(high - low).is_nonnegative for _, low, high in e.limits)
    return bool(e.function.is_positive) and all(ranges)


def _normal_argument(e: Any) -> Any:
    return sp.cancel(sp.together(e)) if isinstance(e, sp.Expr) else e
