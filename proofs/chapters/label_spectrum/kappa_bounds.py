r"""Chapter S: lower bounds on the weakest contrast from quantities that rational arithmetic decides, derived."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import sympy as sp

from proofs.chapters.label_spectrum.second_moments import FANO_LINES
from proofs.kernel.algebra import Algebra
from proofs.kernel.checks import Check, Equation
from proofs.kernel.compound import every, lemma
from proofs.kernel.derivation import Derivation, Part, Step, proves, told
from proofs.kernel.formula import Family, Formula, Index, Letter, eye, norm2, number, trace
from proofs.kernel.models import Model
from proofs.kernel.normal_form import Rule
from proofs.kernel.outcome import Sign
from proofs.kernel.scalars import Scalars
from proofs.letters.vocabulary import (
    ANY,
    CONTRAST_LETTERS,
    FIXED,
    HALF,
    LABELS,
    PROPER,
    SUBSETS,
    K,
    M,
    P,
    S,
    Sigma,
    T,
    e,
    j,
    k,
    kappa,
    kappa_bar,
    label_model,
    m,
    ones,
    pairs_of_four,
    v,
    x,
    y,
    y_tilde,
)

# ====================================================================== S8

_OTHERS = Family("the other eigenvalues", r"\sum_{{{0}\ge2}}", K - 2)
_a, _b = Index("i", _OTHERS), Index("l", _OTHERS)
_STRICT = Scalars((K >= 3,))


@proves("S8")
def lower_bounds() -> Derivation:
    """S8: four lower bounds on kappa, each with its own proof."""
    return Derivation.in_parts(minorization(), shifted_gershgorin(), trace_determinant(), overlap())


def minorization() -> Part:
    """S8a: kappa is at least the balanced value times the mass of a uniform part."""
    least = sp.Symbol("c", nonnegative=True)
    z, excess, algebra = _weighted_vectors(least)
    balanced = Equation("S1", (z * z.T).over(ANY), sp.binomial(K, m) * kappa_bar * P)
    moment = ((number(least) + excess) * (z * z.T)).over(ANY)
    bound = least * sp.binomial(K, m) * kappa_bar
    return Part(
        title="Lower bound by minorization",
        statement=r"""If every $m$-set has positive probability, then
            $\kappa_m\ge\binom{K-2}{m-1}\min_{|S|=m}\pi_{S|m}$.""",
        source="new here (the minorization argument is textbook)",
        symbols=(
            ("c", "the least probability of an $m$-set"),
            (r"\rho_S=\pi_S-c\ge0", "what is left of a probability; the sums run over all $m$-sets"),
        ),
        steps=told(
            r"""Split off the uniform part, whose second moment S1 gives as
            $\sum_{|S|=m}\tilde y_S\tilde y_S^\top=\binom Km\bar\kappa_mP$. The rest can only add energy:""",
            algebra.ge(
                x.T * moment * x, bound * (x.T * x), (excess * norm2(z.T * x)).over(ANY), least * x.T * balanced * x
            ),
            "and the constant is the number of sets with one given label and not another:",
            PROPER.eq(least * sp.binomial(K, m) * kappa_bar, least * sp.binomial(K - 2, m - 1)),
        ),
        variants={
            "C(K-1, m-1) for C(K-2, m-1) in the minorization": PROPER.eq(
                least * sp.binomial(K, m) * kappa_bar, least * sp.binomial(K - 1, m - 1)
            ),
            "twice the uniform part": algebra.ge(
                x.T * moment * x - 2 * bound * (x.T * x),
                0,
                (excess * norm2(z.T * x)).over(ANY),
                2 * least * x.T * balanced * x,
            ),
        },
        remark="Equality iff the rest has a vanishing contrast (S5). S14 needs far fewer sets in the support.",
    )


def _weighted_vectors(least: sp.Expr) -> tuple[Formula, Formula, Algebra]:
    """Vectors with weights ``c + rho``, and the single labels of K = 3 with 1/2, 1/4, 1/4 as their instance."""
    vector = Letter("z", K, tex=r"\tilde y_{{{0}}}", indices=(SUBSETS,))
    excess = Letter("rho", tex=r"\rho_{{{0}}}", indices=(SUBSETS,), sign=Sign.NONNEGATIVE)
    instance = Model(
        name="K = 3 with 1/2, 1/4, 1/4 on the single labels",
        sizes={K: 3, m: 1, least: sp.Rational(1, 4)},
        members={"subsets": [(1, n) for n in (1, 2, 3)]},
        letters={
            "1": lambda: [[1]] * 3,
            "x": lambda: [[0], [1], [-1]],
            "z": lambda n: [[int(n == i) - sp.Rational(1, 3)] for i in (1, 2, 3)],
            "rho": lambda n: [[sp.Rational(1, 4) if n == 1 else 0]],
        },
    )
    algebra = Algebra(
        letters=(*CONTRAST_LETTERS, vector, excess),
        definitions=((P, eye(K) - sp.Integer(1) / K * (ones * ones.T)),),
        rules=(Rule(ones.T * x, 0, "x is a contrast"), Rule(ones.T * ones, K, "K entries 1")),
        scalars=PROPER,
        models=(instance,),
    )
    return vector(ANY), excess(ANY), algebra


def shifted_gershgorin() -> Part:
    """S8b: Gershgorin's bound for M - t 11', whose shift the contrasts do not see."""
    t, g = sp.symbols("t g", real=True)
    shifted_letter = Letter("A", K, K, symmetric=True)
    off_letter = Letter("N", K, K, symmetric=True)
    size = Letter("|N|", tex=r"|N_{{{0}{1}}}|", indices=(LABELS, LABELS), symmetric=True, sign=Sign.NONNEGATIVE)
    above = Letter(
        "|N|+N", tex=r"\left(|N_{{{0}{1}}}|+N_{{{0}{1}}}\right)", indices=(LABELS, LABELS), sign=Sign.NONNEGATIVE
    )
    below = Letter(
        "|N|-N", tex=r"\left(|N_{{{0}{1}}}|-N_{{{0}{1}}}\right)", indices=(LABELS, LABELS), sign=Sign.NONNEGATIVE
    )
    surplus = Letter("h", tex=r"h_{{{0}}}", indices=(LABELS,), sign=Sign.NONNEGATIVE)
    A, N = shifted_letter(), off_letter()
    N_jk = e(j).T * N * e(k)
    algebra = FIXED.extended(
        letters=(size,),
        definitions=(
            (A, M - t * (ones * ones.T)),
            (N, A - ((e(k).T * A * e(k)) * (e(k) * e(k).T)).over(k)),
            (above(j, k), size(j, k) + N_jk),
            (below(j, k), size(j, k) - N_jk),
            (surplus(k), e(k).T * A * e(k) - size(j, k).over(j) - number(g)),
        ),
        models=(_gershgorin_instance(t, g),),
    )
    square = HALF / 2 * (above(j, k) * norm2(e(j).T * x + e(k).T * x)).over(j, k) + HALF / 2 * (
        below(j, k) * norm2(e(j).T * x - e(k).T * x)
    ).over(j, k)
    return Part(
        title="Lower bound by shifted Gershgorin discs",
        statement=r"""For every real $t$:
            $\kappa_m\ge\min_k\bigl[(M_m)_{kk}-t-\sum_{j\ne k}|(M_m)_{jk}-t|\bigr]$.""",
        source="textbook (Gershgorin), the free shift is new here",
        symbols=(
            (r"A=M-t\mathbf 1\mathbf 1^\top", r"the shifted second moment, $N$ its off-diagonal part"),
            ("g", r"the right-hand side, so that $h_k=A_{kk}-\sum_{j\ne k}|N_{jk}|-g\ge0$ for every $k$"),
        ),
        steps=told(
            "A contrast sees neither the centering nor the shift:",
            algebra.eq(x.T * Sigma * x, x.T * A * x),
            r"""For a symmetric matrix Gershgorin's bound is a sum of squares: each off-diagonal entry is paid for
            by the diagonal entries of its row and its column.""",
            algebra.ge(x.T * A * x, g * (x.T * x), (surplus(k) * norm2(e(k).T * x)).over(k) + square),
        ),
        variants={
            "the shift seen by a vector that is not a contrast": algebra.eq(v.T * M * v, v.T * A * v),
            "half of the off-diagonal entries paid for": algebra.eq(
                x.T * A * x - g * (x.T * x), (surplus(k) * norm2(e(k).T * x)).over(k) + HALF * square
            ),
            "shifts off the diagonal only": algebra.ge(
                x.T * A * x, (g + t) * (x.T * x), (surplus(k) * norm2(e(k).T * x)).over(k) + square
            ),
        },
        remark=r"Concave and piecewise linear in $t$, so that linear programming finds the best $t$ exactly.",
    )


def _gershgorin_instance(t: sp.Symbol, g: sp.Symbol) -> Model:
    weights = pairs_of_four(w12=3, w13=2)
    total = sum(weights.values())
    shift = sp.Rational(1, total)
    moment = sp.Matrix(
        4,
        4,
        lambda row, column: sp.Rational(sum(w for s, w in weights.items() if {row + 1, column + 1} <= set(s)), total),
    )
    shifted = moment - shift * sp.ones(4, 4)
    discs = [shifted[i, i] - sum(abs(shifted[i, n]) for n in range(4) if n != i) for i in range(4)]
    return label_model(
        4,
        weights,
        sizes={t: shift, g: min(discs)},
        letters={"|N|": lambda a, b: [[0 if a == b else abs(shifted[a - 1, b - 1])]]},
    )


def trace_determinant() -> Part:
    """S8c: few small eigenvalues, given the sum and the product."""
    return Part(
        title="Lower bound by trace and determinant",
        statement=r"""For $K\ge3$:
            $\kappa_m\ge\det{}'\Sigma_m\cdot\bigl(\frac{K-2}{\mathrm{tr}\,\Sigma_m}\bigr)^{K-2}$, where $\det{}'$ is the
            product of the $K-1$ eigenvalues on $\mathbf 1^\perp$.""",
        source="textbook (arithmetic and geometric mean)",
        symbols=_TRACE_DETERMINANT_SYMBOLS,
        steps=told(
            *_product_of_the_others(),
            r"Dropping $\kappa$ from the trace only weakens this:",
            lemma(
                "monotone powers",
                r"If $0\le a\le b$ then $a^n\le b^n$ for $n\ge1$.",
                _EXPONENT_AT_LEAST_ONE,
                _OTHERS_NONNEGATIVE,
                (r"and at most $\tau=\mathrm{tr}\,\Sigma$:", Scalars().ge(_tr, _tr - kappa)),
                gives=r"\kappa\left(\frac{\mathrm{tr}\,\Sigma}{n}\right)^{n}\ \ge\ \det{}'\Sigma",
            ),
        ),
        variants={
            **_wrong_means(),
            "the trace replaced by a quantity below the sum of the others": Scalars().ge(
                (_tr - 2 * kappa) - (_tr - kappa), 0
            ),
        },
        remark=r"""The dropped term is put back, and the bound made optimal, in S13. The two inequalities between
            powers are cited, not computed; the hypotheses that they need ($n\ge1$, no negative number) are checked.""",
    )


_delta = Letter("delta", tex=r"\delta_{{{0}}}", indices=(_OTHERS,), sign=Sign.NONNEGATIVE)
_EIGENVALUES = Algebra(letters=(_delta,), scalars=_STRICT)
_COUNTED = Algebra(
    letters=(_delta,),
    scalars=_STRICT,
    models=(
        Model(
            name="K = 4 with eigenvalues 1/6, 1/3, 1/2",
            sizes={K: 4, kappa: Fraction(1, 6)},
            members={"the other eigenvalues": [(1, Fraction(1, 6)), (1, Fraction(1, 3))]},
            letters={"delta": lambda gap: [[gap]]},
        ),
    ),
)
_OTHERS_NONNEGATIVE = (
    "the sum of the others is not negative:",
    _EIGENVALUES.ge(number((K - 2) * kappa) + _delta(_a).over(_a), 0),
)
_EXPONENT_AT_LEAST_ONE = ("the exponent is at least 1, as $K\\ge3$:", _STRICT.ge(K - 2 - 1, 0))
_tr, _n = sp.Symbol("tau", nonnegative=True), sp.Symbol("n", integer=True, positive=True)
_TRACE_DETERMINANT_SYMBOLS = (("n=K-2", r"the number of eigenvalues on $\mathbf 1^\perp$ besides $\kappa$"),)


def _product_of_the_others() -> tuple[Step, ...]:
    eigenvalue = number(kappa) + _delta(_a)
    return told(
        r"""Write the other eigenvalues as $\lambda_i=\kappa+\delta_i$ with $\delta_i\ge0$, $i=2,\dots,K-1$. Their
        sum is what $\kappa$ leaves of the trace,""",
        _EIGENVALUES.eq(eigenvalue.over(_a), number((K - 2) * kappa) + _delta(_a).over(_a)),
        "and their product is bounded by their mean.",
        lemma(
            "arithmetic and geometric mean",
            "The product of $n$ nonnegative numbers is at most the $n$-th power of their mean.",
            (
                r"the eigenvalues are nonnegative, as $\Sigma$ is positive semidefinite:",
                FIXED.ge(v.T * Sigma * v, 0, norm2(y_tilde(S).T * v).over(S)),
            ),
            gives=r"\det{}'\Sigma=\kappa\prod_{i\ge2}\lambda_i\ \le\ "
            r"\kappa\left(\frac{\mathrm{tr}\,\Sigma-\kappa}{n}\right)^{n}",
        ),
    )


def _wrong_means() -> dict[str, Check]:
    return {
        "the mean inequality for Sigma - P/2, which is not semidefinite": FIXED.ge(
            v.T * (Sigma - HALF * P) * v, 0, norm2(y_tilde(S).T * v).over(S)
        ),
        "the exponent at least 1 already from K = 2 on, where there are no others": Scalars((K >= 2,)).ge(K - 2 - 1, 0),
        "K - 1 others counted in place of K - 2": _COUNTED.eq(
            (number(kappa) + _delta(_a)).over(_a), number((K - 1) * kappa) + _delta(_a).over(_a)
        ),
        "the exponent n - 1 for n, at equal eigenvalues, where the mean inequality is an equality": Scalars().eq(
            kappa * (_n * kappa / _n) ** (_n - 1), kappa ** (_n + 1)
        ),
    }


def overlap() -> Part:
    """S8d: kappa between two bounds set by the overlap of two random label sets."""
    delta = _delta
    rest = Letter("D-delta", tex=r"\left(D-\delta_{{{0}}}\right)", indices=(_OTHERS,), sign=Sign.NONNEGATIVE)
    first = number((K - 1) * kappa) + delta(_a).over(_a)
    second = norm2(number(kappa)) + norm2(number(kappa) + delta(_a)).over(_a)
    tau, spread = Letter("tau", tex=r"\tau")(), Letter("s2", tex="s^{2}")()
    algebra = Algebra(
        letters=(delta,),
        definitions=(
            (tau, first / (K - 1)),
            (spread, second / (K - 1) - norm2(tau)),
            (rest(_a), delta(_b).over(_b) - delta(_a)),
        ),
        scalars=_STRICT,
        models=tuple(
            Model(
                name=f"K = 4 with eigenvalues {low}, {low + gaps[0]}, {low + gaps[1]}",
                sizes={K: 4, kappa: low},
                members={"the other eigenvalues": [(1, 0), (1, 1)]},
                letters={"delta": lambda which, gaps=gaps: [[gaps[which]]]},
            )
            for low, gaps in ((Fraction(1, 6), (Fraction(1, 6), Fraction(1, 3))), (Fraction(1, 4), (0, Fraction(1, 2))))
        ),
    )
    distance = tau - number(kappa)
    overlap_of = y(S).T * y(T) - number(m**2 / K)
    return Part(
        title="Bounds by the overlap of two random label sets",
        statement=r"""Let $K\ge3$, $\tau=\bar\kappa_m$ and
            $s^2=\frac1{K-1}\mathbb E\bigl[(|S\cap S'|-\frac{m^2}K)^2\bigr]-\tau^2$ over independent label sets $S,S'$
            of size $m$. Then $\tau-s\sqrt{K-2}\le\kappa_m\le\tau-s/\sqrt{K-2}$.""",
        source="Wolkowicz and Styan 1980 (the eigenvalue bounds); the reading as overlap is new here",
        symbols=(
            (
                r"\lambda_i=\kappa+\delta_i",
                r"the other eigenvalues, $\delta_i\ge0$, $i=2,\dots,K-1$, and $D=\sum_i\delta_i$",
            ),
            (r"\tau,\ s^2", r"the mean and the variance of all $K-1$ eigenvalues"),
        ),
        steps=told(
            r"""The trace of $\Sigma^2$ is the mean squared overlap of two independent label sets, beyond the
            overlap $m^2/K$ of two sets in general position:""",
            FIXED.eq(trace(Sigma * Sigma), norm2(overlap_of).over(S, T)),
            r"""So $s^2=\frac1{K-1}\mathrm{tr}\,\Sigma^2-\tau^2$ is the variance of the eigenvalues, and
            $\tau=\frac1{K-1}\mathrm{tr}\,\Sigma$ their mean, $\bar\kappa_m$ by S2.""",
            r"Lower bound. The distance of $\kappa$ from the mean is made up by the others:",
            algebra.ge(
                (K - 2) * spread, norm2(distance), 1 / (2 * (K - 1)) * norm2(delta(_a) - delta(_b)).over(_a, _b)
            ),
            r"""Upper bound. The squares of nonnegative numbers add up to at most the square of their sum, because
            $D-\delta_i$ is the sum of the others:""",
            algebra.ge((K - 2) * norm2(distance), spread, 1 / (K - 1) * (delta(_a) * rest(_a)).over(_a)),
            r"The roots may be taken because $\kappa$ lies below the mean:",
            algebra.ge(tau, kappa, 1 / (K - 1) * delta(_a).over(_a)),
        ),
        variants={
            "the upper overlap bound for the lower one": algebra.ge(
                spread - (K - 2) * norm2(distance), 0, 1 / (2 * (K - 1)) * norm2(delta(_a) - delta(_b)).over(_a, _b)
            ),
            "the lower overlap bound for the upper one": algebra.ge(norm2(distance), (K - 2) * spread),
            "K - 3 for K - 2 in the lower overlap bound": algebra.ge(
                (K - 3) * spread - norm2(distance), 0, 1 / (2 * (K - 1)) * norm2(delta(_a) - delta(_b)).over(_a, _b)
            ),
            "the overlap not centered": FIXED.eq(trace(Sigma * Sigma), norm2(y(S).T * y(T)).over(S, T)),
        },
        remark=r"""Both bounds are attained: the lower one iff the other $K-2$ eigenvalues coincide, the upper one iff
            at most one $\delta_i$ is not zero.""",
    )


# ====================================================================== S13, S14


@proves("S13")
def sharp_trace_determinant() -> Derivation:
    """S13: the trace-determinant bound with kappa put back, iterated to the optimum."""
    known = sp.Symbol("kappa_0", nonnegative=True)
    mean = sp.Symbol("a", positive=True)
    below = Scalars((kappa >= known,))
    determinant, trace_value = kappa * mean**_n, kappa + _n * mean
    return Derivation(
        symbols=_TRACE_DETERMINANT_SYMBOLS,
        steps=told(
            *_product_of_the_others(),
            r"A known lower bound $\kappa_0\le\kappa$ may be left in the trace:",
            lemma(
                "monotone powers",
                r"If $0\le a\le b$ then $a^n\le b^n$ for $n\ge1$.",
                _EXPONENT_AT_LEAST_ONE,
                _OTHERS_NONNEGATIVE,
                (
                    r"and at most what $\kappa_0$ leaves of $\tau=\mathrm{tr}\,\Sigma$:",
                    below.ge(_tr - known, _tr - kappa),
                ),
                gives=r"\kappa\left(\frac{\mathrm{tr}\,\Sigma-\kappa_0}{n}\right)^{n}\ \ge\ \det{}'\Sigma",
            ),
            r"The right-hand side $\beta(\kappa_0)$ of the statement increases strictly with $\kappa_0$:",
            every(
                Scalars().eq(sp.Derivative(_n * sp.log(_n) - _n * sp.log(_tr - known), known), _n / (_tr - known)),
                Scalars((_tr > known,)).gt(_n / (_tr - known), 0),
            ),
            r"""So if $\kappa_0\le x=\beta(x)$ then $\beta(\kappa_0)\le x$: from $\kappa_0=0$ each bound is at
            least the one before it and at most every fixed point. An increasing bounded sequence has a limit,
            which is a fixed point because $\beta$ is continuous, and hence the least one.""",
            r"""The limit cannot be improved: when the other eigenvalues are all equal to some $a\ge\kappa$, the
            fixed-point equation holds with equality, so $\kappa$ itself is a root,""",
            Scalars().eq(kappa * (trace_value - kappa) ** _n, _n**_n * determinant),
            r"""and it is the least one, because $x(\mathrm{tr}\,\Sigma-x)^n$ increases up to
            $x=\mathrm{tr}\,\Sigma/(n+1)$, the mean of all eigenvalues, below which $\kappa$ lies:""",
            every(
                Scalars().eq(
                    sp.Derivative(sp.log(kappa) + _n * sp.log(_tr - kappa), kappa),
                    (_tr - (_n + 1) * kappa) / (kappa * (_tr - kappa)),
                ),
                Scalars((mean >= kappa,)).ge(trace_value - (_n + 1) * kappa, 0, _n * (mean - kappa)),
            ),
        ),
        variants={
            **_wrong_means(),
            "kappa_0 larger than kappa": Scalars().ge((_tr - known) - (_tr - kappa), 0, kappa - known),
            "the fixed-point equation without the factor n^n": Scalars().eq(
                kappa * (trace_value - kappa) ** _n, determinant
            ),
        },
    )


@proves("S14")
def design_minorization() -> Derivation:
    """S14: minorization by any design, not only by all sets."""
    least, blocks = sp.symbols("c b", nonnegative=True)
    q = sp.Symbol("q", integer=True, positive=True)
    z, excess, algebra = _weighted_vectors(least)
    member = Letter("in design", tex=r"[{0}\in\mathcal B]", indices=(SUBSETS,), sign=Sign.NONNEGATIVE)
    inside = member(ANY)
    with_design = algebra.extended(letters=(member,), models=[_with_blocks(algebra.models[0], blocks)])
    balanced = Equation("S7", (inside * (z * z.T)).over(ANY), blocks * kappa_bar * P)
    moment = ((least * inside + excess) * (z * z.T)).over(ANY)
    bound = least * blocks * kappa_bar
    certificate = (excess * norm2(z.T * x)).over(ANY)
    more = sp.Rational(101, 100)
    fano = _on_blocks(7, FANO_LINES, "the Fano plane, every line listed twice", {least: sp.Rational(1, 7), blocks: 14})
    two_pairs = _on_blocks(4, ((1, 2), (3, 4)), "K = 4 with 1/2 on {1,2}, 1/2 on {3,4}", {least: HALF, blocks: 2})
    return Derivation(
        symbols=(
            ("c", r"the least probability of a block; $[S\in\mathcal B]$ is 1 for blocks and 0 otherwise"),
            (r"\rho_S=\pi_S-c\,[S\in\mathcal B]\ge0", "what is left of a probability"),
        ),
        steps=told(
            r"""By S7 the blocks, each with weight 1, have the second moment $b\bar\kappa_mP$. The rest can only add
            energy:""",
            with_design.ge(x.T * moment * x, bound * (x.T * x), certificate, least * x.T * balanced * x),
            "For all $m$-sets $b=\\binom Km$, and the constant is that of S8a:",
            PROPER.eq(least * sp.binomial(K, m) * kappa_bar, least * sp.binomial(K - 2, m - 1)),
            r"For a projective plane of order $q$, where $K=b=q^2+q+1$ and $m=q+1$, it is $q$ times the least:",
            Scalars().eq((blocks * kappa_bar).subs({blocks: K, m: q + 1}).subs(K, q**2 + q + 1), q),
        ),
        variants={
            "1 % too large": with_design.ge(
                x.T * moment * x, more * bound * (x.T * x), certificate, more * least * x.T * balanced * x
            ),
            **{
                what: with_design.extended(models=[model]).ge(x.T * moment * x, bound * (x.T * x), certificate)
                for what, model in (
                    ("a block that is listed twice counts twice", fano),
                    ("blocks that are no design: {1,2} and {3,4}", two_pairs),
                )
            },
        },
    )


def _with_blocks(model: Model, blocks: sp.Symbol) -> Model:
    """The complements of the single labels, all three, as the blocks of a design."""
    return replace(
        model,
        name="K = 3 with 1/2, 1/4, 1/4 on the pairs",
        sizes={**model.sizes, m: 2, blocks: 3},
        letters={**model.letters, "in design": lambda _: [[1]]},
    )


def _on_blocks(size: int, sets: Sequence[tuple[int, ...]], name: str, sizes: Mapping[sp.Symbol, Any]) -> Model:
    """Label sets that are equally likely, all of them blocks."""
    block = len(sets[0])
    return Model(
        name=name,
        sizes={K: size, m: block, **sizes},
        members={"subsets": [(1, s) for s in sets]},
        letters={
            "1": lambda: [[1]] * size,
            "x": lambda: [[1], [-1], *[[0]] * (size - 2)],
            "z": lambda s: [[int(i in s) - sp.Rational(block, size)] for i in range(1, size + 1)],
            "rho": lambda _: [[0]],
            "in design": lambda _: [[1]],
        },
    )
