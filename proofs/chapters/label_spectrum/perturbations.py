r"""Chapter S: how kappa changes with the distribution, derived."""

from dataclasses import replace

import sympy as sp

from proofs.kernel.algebra import Algebra
from proofs.kernel.checks import Equation, Nonnegative
from proofs.kernel.compound import every
from proofs.kernel.derivation import Derivation, Step, proves, told
from proofs.kernel.explicit import Instance
from proofs.kernel.formula import Family, Formula, Index, Letter, eye, norm2, number
from proofs.kernel.models import Model
from proofs.kernel.normal_form import Rule
from proofs.kernel.outcome import Sign
from proofs.letters.vocabulary import ANY, CONTRAST_LETTERS, FIXED, HALF, SUBSETS, K, P, S, m, ones, x, y_tilde

# ====================================================================== S6

_PARTS = Family("parts", r"\sum_{{{0}}}w_{{{0}}}\,")
_i = Index("i", _PARTS)


@proves("S6")
def mixing() -> Derivation:
    """S6: kappa is concave and K convex in the distribution."""
    low, high = sp.IndexedBase("kappa", real=True), sp.IndexedBase("Kappa", real=True)
    of_part = Letter("Sigma_i", K, K, tex=r"\Sigma_{{{0}}}", indices=(_PARTS,), symmetric=True)
    lower = Letter("Q-_i", K, K, r"\underline{{Q}}_{{{0}}}", (_PARTS,), symmetric=True, sign=Sign.NONNEGATIVE)
    upper = Letter("Q+_i", K, K, r"\overline{{Q}}_{{{0}}}", (_PARTS,), symmetric=True, sign=Sign.NONNEGATIVE)
    weight = Letter("p", tex=r"\pi^{{({0})}}_{{{1}}}", indices=(_PARTS, SUBSETS), sign=Sign.NONNEGATIVE)
    pattern = Letter("y of subset", K, tex="y_{{{0}}}", indices=(SUBSETS,))
    mixed_weight = weight(_i, ANY).over(_i)
    values = {1: (sp.Rational(1, 4), sp.Rational(5, 12)), 2: (sp.Rational(1, 3), sp.Rational(1, 3))}
    singles = {1: (2, 1, 1), 2: (1, 1, 1)}

    def moment(part: int) -> sp.Matrix:
        centering = sp.eye(3) - sp.ones(3, 3) / 3
        return centering * sp.diag(*(sp.Rational(w, sum(singles[part])) for w in singles[part])) * centering

    two_parts = Model(
        name="K = 3, half of 1/2, 1/4, 1/4 on single labels and half of the balanced distribution",
        sizes={K: 3},
        members={
            "parts": [(HALF, 1), (HALF, 2)],
            "labels": [(1, 1), (1, 2), (1, 3)],
            "subsets": [(1, frozenset({n})) for n in (1, 2, 3)],
        },
        letters={
            "1": lambda: [[1]] * 3,
            "x": lambda: [[1], [-1], [0]],
            "Sigma_i": moment,
            "p": lambda part, s: [[sp.Rational(singles[part][min(s) - 1], sum(singles[part]))]],
            "y of subset": lambda s: [[int(n in s)] for n in (1, 2, 3)],
        },
        functions={"kappa": lambda part: values[part][0], "Kappa": lambda part: values[part][1]},
    )
    algebra = Algebra(
        letters=(*CONTRAST_LETTERS, of_part, weight, pattern),
        definitions=(
            (P, eye(K) - sp.Integer(1) / K * (ones * ones.T)),
            (lower(_i), of_part(_i) - low[_i.symbol] * P),
            (upper(_i), high[_i.symbol] * P - of_part(_i)),
        ),
        rules=(Rule(ones.T * x, 0, "x is a contrast"), Rule(ones.T * ones, K, "K entries 1")),
        models=(two_parts,),
    )
    mixture = of_part(_i).over(_i)
    energy = x.T * mixture * x
    least = number(low[_i.symbol]).over(_i) * (x.T * x)
    largest = number(high[_i.symbol]).over(_i) * (x.T * x)
    return Derivation(
        symbols=(
            (r"\Sigma_i=\Sigma(\pi^{(i)})", r"with extreme eigenvalues $\kappa_i$ and $\mathrm K_i$"),
            (r"\underline{Q}_i=\Sigma_i-\kappa_iP", "positive semidefinite"),
            (r"\overline{Q}_i=\mathrm K_iP-\Sigma_i", "positive semidefinite"),
        ),
        steps=told(
            "The centered second moment is linear in the distribution:",
            algebra.eq(
                P * (mixed_weight * (pattern(ANY) * pattern(ANY).T)).over(ANY) * P,
                (P * (weight(_i, ANY) * (pattern(ANY) * pattern(ANY).T)).over(ANY) * P).over(_i),
            ),
            "So every contrast has in the mixture at least the mean of the least energies,",
            algebra.ge(energy, least, (x.T * lower(_i) * x).over(_i)),
            "and at most the mean of the largest:",
            algebra.ge(largest, energy, (x.T * upper(_i) * x).over(_i)),
            r"""Divide by $\|x\|^2$ and take the least, or largest, over $x$. The last statement is the mixture of
            the parts of one multiplicity each, $w_i=\pi_m$.""",
        ),
        variants={
            "the inequality reversed: kappa convex": algebra.ge(least - energy, 0, (x.T * lower(_i) * x).over(_i)),
            "kappa and K swapped": algebra.ge(energy - largest, 0, (x.T * lower(_i) * x).over(_i)),
        },
    )


# ====================================================================== S10 and S12

_p, _q, _up, _down = (
    Letter(name, tex=tex, indices=(SUBSETS,), sign=Sign.NONNEGATIVE)
    for name, tex in (
        ("pi", r"\pi_{{{0}}}"),
        ("pi'", r"\pi'_{{{0}}}"),
        ("delta+", r"\delta^{{+}}_{{{0}}}"),
        ("delta-", r"\delta^{{-}}_{{{0}}}"),
    )
)
_z = Letter("z", K, tex=r"\tilde y_{{{0}}}", indices=(SUBSETS,))
_gap = Letter("gap", tex=r"\left(\rho-\|\tilde y_{{{0}}}\|^2\right)", indices=(SUBSETS,), sign=Sign.NONNEGATIVE)
_Sp = Letter("Sigma", K, K, tex=r"\Sigma", symmetric=True)()
_Sq = Letter("Sigma'", K, K, tex=r"\Sigma'", symmetric=True)()
_LOSER = Letter("z13", K, tex=r"\tilde y_{\{1,3\}}")()
_E = Letter("E", K, K, symmetric=True, sign=Sign.NONNEGATIVE)()
_Low_q = Letter("Q-'", K, K, tex=r"\underline{Q}'", symmetric=True, sign=Sign.NONNEGATIVE)()
_rho, _eps = sp.symbols("rho epsilon", nonnegative=True)
_moved = sp.Symbol("t", nonnegative=True)
_kappa_q = sp.Symbol(r"\kappa'", nonnegative=True)


def _two_distributions() -> Algebra:
    """Two distributions on vectors of squared length at most rho, the first gained and the second lost mass."""
    outer = _z(ANY) * _z(ANY).T
    third = sp.Rational(1, 3)
    moved = sp.Rational(1, 12)
    before = {frozenset({1, 2}): third, frozenset({1, 3}): third, frozenset({1, 4}): third}
    gained = {frozenset({1, 2}): moved}
    lost = {frozenset({1, 3}): moved}
    model = Model(
        name="K = 4, the pairs {1,2}, {1,3}, {1,4}, from 1/3 each to 5/12, 1/4, 1/3",
        sizes={K: 4, m: 2, _rho: 1, _moved: moved, _eps: moved, _kappa_q: third},
        members={"subsets": [(1, s) for s in before]},
        letters={
            "1": lambda: [[1]] * 4,
            "x": lambda: [[1], [1], [-1], [-1]],
            "z": lambda s: [[int(i in s) - HALF] for i in (1, 2, 3, 4)],
            "z13": lambda: [[HALF], [-HALF], [HALF], [-HALF]],
            "pi'": lambda s: [[before[s]]],
            "delta+": lambda s: [[gained.get(s, 0)]],
            "delta-": lambda s: [[lost.get(s, 0)]],
        },
    )
    return Algebra(
        letters=(*CONTRAST_LETTERS, _z, _q, _up, _down, _LOSER.data[0]),
        definitions=(
            (P, eye(K) - sp.Integer(1) / K * (ones * ones.T)),
            (_p(ANY), _q(ANY) + _up(ANY) - _down(ANY)),
            (_Sp, (_p(ANY) * outer).over(ANY)),
            (_Sq, (_q(ANY) * outer).over(ANY)),
            (_gap(ANY), number(_rho) - norm2(_z(ANY))),
            (_E, _eps * P - (_Sq - _Sp)),
            (_Low_q, _Sq - _kappa_q * P),
        ),
        rules=(
            Rule(ones.T * x, 0, "x is a contrast"),
            Rule(ones.T * ones, K, "K entries 1"),
            Rule(ones.T * _z(ANY), 0, "centered"),
        ),
        models=(model,),
    )


_DIFFERENCE = x.T * (_Sp - _Sq) * x
_BIGGEST = norm2(_z(ANY) * x.T - x * _z(ANY).T)
_PAIR_SYMBOLS = (
    (r"\pi-\pi'=\delta^+-\delta^-", "split into what was gained and what was lost"),
    (r"\rho=\max_S\|\tilde y_S\|^2", "the greatest squared length of a centered indicator in the two supports"),
)


def _energy_bound(constant: sp.Expr, mass: Equation, certificate: Formula, algebra: Algebra) -> Nonnegative:
    """``constant * |x|^2`` bounds the change of energy, by a certificate in which the mass is still a sum."""
    bound = constant * (x.T * x)
    using = (-_rho * mass * x.T * x,)
    return algebra.ge(bound, _DIFFERENCE, certificate, *using)


def _one_sided(weight: Formula) -> Formula:
    """``weight * (rho |x|^2 - (z'x)^2)``, written so that its sign shows (Lagrange's identity)."""
    bounded: Formula = weight * (_gap(ANY) * (x.T * x) + HALF * _BIGGEST)
    return bounded.over(ANY)


def _kappa_moves_at_most(algebra: Algebra) -> Step:
    return Step(
        r"""If all $|x^\top(\Sigma-\Sigma')x|\le\varepsilon\|x\|^2$, that is $E=\varepsilon
        P-(\Sigma'-\Sigma)\succeq0$, then $\kappa$ moves by at most $\varepsilon$, since with $\underline
        Q'=\Sigma'-\kappa'P\succeq0$""",
        algebra.ge(x.T * _Sp * x, (_kappa_q - _eps) * (x.T * x), x.T * _Low_q * x + x.T * _E * x),
        r"so $\kappa\ge\kappa'-\varepsilon$, and $\kappa'\ge\kappa-\varepsilon$ by exchanging the two.",
    )


@proves("S10")
def perturbation() -> Derivation:
    """S10: kappa is Lipschitz in the distribution."""
    algebra = _two_distributions()
    total = Equation("the total variation", (_up(ANY) + _down(ANY)).over(ANY), 2 * _moved)
    return Derivation(
        symbols=(*_PAIR_SYMBOLS, (r"2t=\|\pi-\pi'\|_1=\sum_S(\delta^+_S+\delta^-_S)", "all mass that changed")),
        steps=told(
            "The length of a centered indicator:",
            FIXED.eq(norm2(y_tilde(S)), m * (K - m) / K),
            r"A set that gained or lost mass changes the energy of $x$ by at most $\rho\|x\|^2$ times that mass:",
            _energy_bound(
                2 * _moved * _rho,
                total,
                _one_sided(_up(ANY) + _down(ANY)) + 2 * (_down(ANY) * norm2(_z(ANY).T * x)).over(ANY),
                algebra,
            ),
            r"Exchanging the two distributions bounds the energy from the other side.",
            _kappa_moves_at_most(algebra),
        ),
        variants={
            "the length counted without centering": FIXED.eq(norm2(y_tilde(S)), m),
            "a quarter of the constant": _energy_bound(
                HALF * _moved * _rho, total, _one_sided(_up(ANY) + _down(ANY)), algebra
            ),
        },
    )


@proves("S12")
def sharp_perturbation() -> Derivation:
    """S12: half of S10's constant, and no less."""
    algebra = _two_distributions()
    gained = Equation("the gained mass", _up(ANY).over(ANY), _moved)
    model = algebra.models[0]
    return Derivation(
        symbols=(
            *_PAIR_SYMBOLS,
            (r"t=\frac12\|\pi-\pi'\|_1=\sum_S\delta^+_S=\sum_S\delta^-_S", "the total variation distance"),
        ),
        steps=told(
            r"""Losing mass can only lower the energy of $x$, so only the gained mass, which is $t$ and not $2t$,
            can raise it:""",
            _energy_bound(
                _moved * _rho, gained, _one_sided(_up(ANY)) + (_down(ANY) * norm2(_z(ANY).T * x)).over(ANY), algebra
            ),
            "Exchanging the two distributions bounds the energy from the other side.",
            _kappa_moves_at_most(algebra),
            r"""The constant is best possible. For $K=4$ the contrasts of the pairs $\{1,2\},\{1,3\},\{1,4\}$ are an
            orthonormal basis of $\mathbf 1^\perp$, so the eigenvalues are their probabilities. Move $\frac1{12}$ from
            $\{1,3\}$ to $\{1,2\}$, so $t=\frac1{12}$ and $\rho=1$. The contrast $x$ of $\{1,2\}$ attains the bound,""",
            Instance(_DIFFERENCE, "==", _moved * _rho * (x.T * x), algebra, model),
            r"and $\kappa$ itself falls by $t\rho=\frac1{12}$, from $\frac13$ (all three equal) to $\frac14$:",
            every(
                ("before", Instance(_Sq, "==", sp.Rational(1, 3) * P, algebra, model)),
                ("after", Instance(_Sp * _LOSER, "==", sp.Rational(1, 4) * _LOSER, algebra, model)),
            ),
        ),
        variants={
            "0.495 for 1/2 as the constant": _energy_bound(
                sp.Rational(99, 100) * _moved * _rho, gained, _one_sided(_up(ANY)), algebra
            ),
            "t any number, not the mass that was gained": algebra.extended(
                models=[replace(model, sizes={**model.sizes, _moved: 0})]
            ).ge(
                _moved * _rho * (x.T * x) - _DIFFERENCE,
                0,
                _one_sided(_up(ANY)) + (_down(ANY) * norm2(_z(ANY).T * x)).over(ANY),
            ),
        },
    )
