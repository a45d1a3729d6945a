r"""Chapter S: what the second moments of label sets are, derived."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import sympy as sp

from proofs.kernel.checks import Equation, Solves
from proofs.kernel.compound import every, lemma
from proofs.kernel.derivation import Derivation, proves, told
from proofs.kernel.explicit import Instance
from proofs.kernel.formula import Letter, eye, norm2, number, trace
from proofs.kernel.models import Model
from proofs.kernel.normal_form import Rule
from proofs.kernel.scalars import Scalars
from proofs.letters.vocabulary import (
    ANY,
    FIXED,
    GRAM_PAIRS,
    HALF,
    MIXED,
    PROPER,
    SETS,
    SPECTRAL,
    SUBSETS,
    THREE_PAIRS,
    High,
    K,
    Low,
    M,
    P,
    S,
    Sigma,
    W,
    d,
    e,
    entries,
    f,
    gram_factorization,
    j,
    k,
    kappa,
    kappa_bar,
    label_model,
    m,
    m_of,
    ones,
    pairs_of_four,
    top,
    v,
    x,
    y,
    y_tilde,
)

# ====================================================================== S1


@proves("S1")
def balanced_value() -> Derivation:
    """S1: the uniform distribution on all m-sets has a flat spectrum."""
    a, b = sp.symbols("a b", real=True)
    c = sp.Symbol("c", positive=True)
    diagonal, off_diagonal = m / K, m * (m - 1) / (K * (K - 1))
    letters = Letter("Pi", K, K, tex=r"\Pi"), Letter("y of subset", K, tex="y_{{{0}}}", indices=(SUBSETS,))
    relabelling, subset = letters[0](), letters[1](ANY)
    pattern = (a - b) * eye(K) + b * (ones * ones.T)
    pairs = pairs_of_four()
    swap: dict[str, Callable[..., Any]] = {
        "Pi": lambda: [[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]],
        "y of subset": lambda s: [[int(i in s)] for i in (1, 2, 3, 4)],
    }
    equal = label_model(
        4,
        pairs,
        name="the uniform distribution on the pairs of 4 labels, swapping labels 1 and 2",
        sizes={a: HALF, b: sp.Rational(1, 6), c: sp.Rational(1, 6)},
        letters=swap,
        subsets=[(1, frozenset(s)) for s in pairs],
    )
    unequal = label_model(4, pairs_of_four(w13=2), name="{1,3} twice as likely as the other pairs", letters=swap)
    uniform = FIXED.extended(
        letters=letters,
        rules=(
            Rule(ones.T * relabelling, ones.T, "every label goes to one label"),
            Rule(relabelling.T * relabelling, eye(K), "a relabelling can be undone"),
        ),
        models=(equal,),
    )
    weights = Equation("equal weights", M, c * (subset * subset.T).over(ANY))
    moved = relabelling * subset
    reordered = Equation("the lemma", (moved * moved.T).over(ANY), (subset * subset.T).over(ANY))
    all_sets, with_contrast = sp.binomial(K, m), sp.binomial(K - 2, m - 1)
    return Derivation(
        symbols=(
            (r"\Pi", "the matrix of a relabelling (a permutation) of the labels"),
            (r"\sum_S", r"without weights, the sum over all $m$-sets; $c=1/\binom Km$ is the weight of each"),
        ),
        steps=told(
            r"A relabelling permutes the $m$-sets among themselves.",
            lemma(
                "order of a finite sum",
                r"""A map of a finite set to itself that can be undone permutes it, and a finite sum does not
                depend on the order of its terms.""",
                (
                    "the entries of a relabelled indicator are those of the indicator in another order, so it is "
                    "that of a set of $m$ labels:",
                    uniform.eq(ones.T * (relabelling * y(S)), m),
                ),
                ("and relabelling can be undone:", uniform.eq(relabelling.T * (relabelling * y(S)), y(S))),
                gives=f"{uniform.tex(reordered.left)} = {uniform.tex(reordered.right)}",
            ),
            r"So with equal weights, $M=c\sum_Sy_Sy_S^\top$, it is invariant under every relabelling:",
            lemma(
                "two-transitivity",
                r"""A matrix invariant under all simultaneous permutations of its rows and columns has one
                value $a$ on the diagonal and one value $b$ off it, because relabellings carry every label to every
                label, and every pair of distinct labels to every such pair.""",
                (
                    "the second moment is unchanged:",
                    uniform.eq(
                        relabelling * M * relabelling.T,
                        M,
                        relabelling * weights * relabelling.T,
                        c * reordered,
                        -weights,
                    ),
                ),
                gives=rf"M = {uniform.tex(pattern)}",
            ),
            r"""Two counts determine $a$ and $b$. A label set has $m$ labels, so the trace of $yy^\top$ is $m$ and
            the sum of its entries is $m^2$:""",
            every(uniform.eq(trace(M), m), uniform.eq(ones.T * M * ones, m**2)),
            "In the pattern the same two quantities are",
            every(uniform.eq(trace(pattern), K * a), uniform.eq(ones.T * pattern * ones, K * a + K * (K - 1) * b)),
            "and the two equations have one solution:",
            Solves(
                ((K * a, m), (K * a + K * (K - 1) * b, m**2)),
                ((a, diagonal), (b, off_diagonal)),
                Scalars((m >= 1, m + 1 <= K)),
                unique=True,
            ),
            r"Centering removes the constant part of the pattern, because $P\mathbf 1=0$,",
            uniform.eq(P * pattern * P, (a - b) * P),
            "and what is left is the balanced value:",
            PROPER.eq(diagonal - off_diagonal, kappa_bar),
            r"""Not divided by the number of sets, the same value is Li et al.'s counting constant, in which
            $\binom{K-2}{m-1}$ counts the $m$-sets that contain one given label and not another:""",
            PROPER.eq((K / m) ** 2 * with_contrast, (K / m) ** 2 * all_sets * kappa_bar),
        ),
        variants={
            "K^2 for K(K-1) in the balanced value": PROPER.eq(diagonal - off_diagonal, m * (K - m) / K**2),
            "C(K-1, m-1) for C(K-2, m-1) in Li et al.'s constant": PROPER.eq(
                (K / m) ** 2 * sp.binomial(K - 1, m - 1), (K / m) ** 2 * all_sets * kappa_bar
            ),
            "one label set twice as likely as the others": Instance(
                relabelling * M * relabelling.T, "==", M, uniform, unequal
            ),
            "the pattern not centered": uniform.eq(pattern, (a - b) * P),
        },
    )


# ====================================================================== S2


@proves("S2")
def extremality() -> Derivation:
    """S2: no distribution has a larger kappa than the balanced one."""
    letters = Letter("B", K, K), Letter("C", K, K)
    B, C = (letter() for letter in letters)
    algebra = SPECTRAL.extended(letters=letters, models=(*SPECTRAL.models, GRAM_PAIRS))
    gram = Equation("the Gram factorization", Low, B.T * B)
    upper_gram = Equation("the Gram factorization", High, C.T * C)
    orthogonal = Equation("perfect orthogonality", Sigma, kappa_bar * P)
    deviation = e(k).T * f - number(m / K)
    star = label_model(4, {(1, 2): 1, (1, 3): 1, (1, 4): 1})
    uneven = label_model(2, {(1,): 1, (2,): 2})
    return Derivation(
        symbols=(
            (r"\underline{Q}=\Sigma-\kappa P", r"positive semidefinite by the definition of $\kappa$"),
            (r"\overline{Q}=\mathrm KP-\Sigma", r"positive semidefinite by the definition of $\mathrm K$"),
        ),
        steps=told(
            r"The trace of $\Sigma$ does not depend on the distribution:",
            FIXED.eq(trace(Sigma), m * (K - m) / K),
            r"""The average eigenvalue on $\mathbf 1^\perp$ is therefore $\bar\kappa_m$, and the least lies below
            it, the largest above it:""",
            every(
                algebra.ge(number((K - 1) * kappa_bar), number((K - 1) * kappa), trace(Low)),
                algebra.ge(number((K - 1) * top), number((K - 1) * kappa_bar), trace(High)),
            ),
            r"Equality. The trace of a positive semidefinite matrix is zero only if the matrix is.",
            gram_factorization(algebra, (Low, B), (High, C)),
            r"""With it the defect $(K-1)(\bar\kappa_m-\kappa_m)$ is a sum of squares, and $B=0$ means
            $\Sigma=\kappa P$; so is $(K-1)(\mathrm K_m-\bar\kappa_m)$, and $C=0$ means $\Sigma=\mathrm KP$.""",
            every(
                algebra.zero_iff(number((K - 1) * (kappa_bar - kappa)), B, gram.traced),
                algebra.zero_iff(number((K - 1) * (top - kappa_bar)), C, upper_gram.traced),
            ),
            r"""Uniform frequencies. A second moment is determined by its centered part and the frequencies, since
            $M\mathbf 1=mf$:""",
            FIXED.eq(M, Sigma + m / K * (ones * f.T + f * ones.T) - m**2 / K**2 * (ones * ones.T)),
            r"""Its diagonal is $f$, because entries of $y$ are 0 or 1. Reading the diagonal at perfect
            orthogonality leaves""",
            FIXED.extended(models=(*FIXED.models, uneven, star)).eq(
                (K - 2 * m) * deviation, 0, K * e(k).T * orthogonal * e(k)
            ),
            r"so $f_k=\frac mK$ for every label $k$ unless $K=2m$.",
            r"""The exception is real. For $K=2$, $m=1$ the contrast space is a line and step (1) alone gives
            perfect orthogonality, whatever the two frequencies; and for $K=4$, $m=2$ the three pairs that contain
            label 1, equally likely, are perfectly orthogonal although label 1 is always present:""",
            every(
                ("one and two thirds on two labels", Instance(Sigma, "==", kappa_bar * P, FIXED, uneven)),
                ("the three pairs", Instance(Sigma, "==", kappa_bar * P, FIXED, star)),
                ("the three pairs", Instance(f, "!=", m / K * ones, FIXED, star)),
            ),
        ),
        variants={
            "K - 1 for K in the trace": FIXED.eq(trace(Sigma), m * (K - m) / (K - 1)),
            "the inequalities reversed": algebra.ge(
                number((K - 1) * kappa) - number((K - 1) * kappa_bar), 0, trace(Low)
            ),
            "uniform frequencies without orthogonality": FIXED.eq((K - 2 * m) * deviation, 0),
            "uniform frequencies at K = 2m too": FIXED.extended(models=(star,)).eq(
                deviation, 0, e(k).T * orthogonal * e(k)
            ),
        },
    )


# ====================================================================== S3


@proves("S3")
def multiplicity_one() -> Derivation:
    """S3: with one label per sample the spectrum is the root set of a secular equation."""
    t = sp.Symbol("x", real=True)
    pi = sp.IndexedBase("pi", positive=True)
    at = {index: pi[index.symbol] for index in (j, k)}
    D, u = Letter("D", K, K, symmetric=True)(), Letter("u", K)()
    centered = P * D * P
    algebra = FIXED.extended(
        definitions=((D, (at[k] * (e(k) * e(k).T)).over(k)), (u, (1 / (at[k] - t) * e(k)).over(k))),
        models=(
            Model(
                name="K = 3 with 1/2, 1/3, 1/6 on the single labels, x = 2",
                sizes={K: 3, d: 2, m: 1, t: 2},
                members={"labels": [(1, 1), (1, 2), (1, 3)]},
                letters={
                    "1": lambda: [[1]] * 3,
                    "e": lambda label: [[int(label == i)] for i in (1, 2, 3)],
                    "x": lambda: [[1], [2], [-3]],
                    "v": lambda: entries("v", rows=3),
                    "W": lambda: entries("W", rows=3, columns=2),
                },
                functions={"pi": lambda label: sp.Rational(4 - label, 6)},
            ),
            replace(
                label_model(2, {(1,): 1, (2,): 3}, name="K = 2 with 1/4, 3/4 on the single labels, x = 1/2"),
                sizes={K: 2, d: 2, m: 1, t: HALF},
                functions={"m": len, "pi": lambda label: sp.Rational(2 * label - 1, 4)},
            ),
        ),
    )
    secular = Equation("the secular equation", (1 / (at[k] - t) * number(1)).over(k), 0)
    kk = sp.Symbol("k", integer=True)
    ladder = sp.Sum(1 / (pi[kk] - t), (kk, 1, K))
    slope = sp.Sum(1 / (pi[kk] - t) ** 2, (kk, 1, K))
    p1, p2, p3 = sp.symbols("pi_1 pi_2 pi_3", positive=True)
    e2 = p1 * p2 + p1 * p3 + p2 * p3
    e_2 = sp.Symbol("e_2", real=True)
    root = sp.sqrt(1 - 3 * e_2)
    return Derivation(
        symbols=(
            (r"D=\sum_k\pi_ke_ke_k^\top", "the second moment at multiplicity one"),
            (r"u=\sum_k\frac1{\pi_k-x}e_k", r"defined when $x$ is none of the $\pi_k$"),
        ),
        steps=told(
            r"Let $x$ be none of the $\pi_k$. By its definition $u$ solves",
            algebra.eq(D * u - t * u, ones),
            r"""and its entries add up to the secular function, so $u$ lies in $\mathbf 1^\perp$ iff $x$ is a root.
            Centering gives an eigenvector of $\Sigma_1$ then:""",
            algebra.eq(centered * u, t * u, -t / K * ones * secular, -1 / K * (P * D * ones) * secular),
            r"""Conversely let $w\in\mathbf 1^\perp$ be an eigenvector with value $x$, that is $Dw-xw=c\mathbf 1$
            for some number $c$, so that $(\pi_k-x)w_k=c$ for every $k$. If $x$ is none of the $\pi_k$ then $w=cu$
            with $c\ne0$, and $\mathbf 1^\top w=0$ is the secular equation. If $x=\pi_k$ for some $k$ then $c=0$,
            and $w$ is supported on the labels that share this value: there are $\mu-1$ independent such $w$ in
            $\mathbf 1^\perp$, spanned by differences, which indeed are eigenvectors when $\pi_j=\pi_k$:""",
            algebra.eq(centered * (e(j) - e(k)), at[j] * (e(j) - e(k)) + (at[j] - at[k]) * (P * e(k))),
            r"Between neighbouring values of $\pi$ the secular function has a positive derivative,",
            Scalars((K >= 2,)).eq(sp.Derivative(ladder, t), slope),
            r"and runs from $-\infty$ just above a value of $\pi$ to $+\infty$ just below the next.",
            lemma(
                "intermediate value theorem",
                "A continuous increasing function that takes both signs has exactly one root.",
                ("the derivative is positive:", Scalars((K >= 2,)).gt(slope, 0)),
                gives=r"\pi_{(i)}<\pi_{(i+1)}\quad\Longrightarrow\quad"
                r"\text{exactly one root in}\ \left(\pi_{(i)},\pi_{(i+1)}\right)",
            ),
            r"""With $p$ distinct values there are $p-1$ such roots, and $K-p$ shared values: together the $K-1$
            eigenvalues on $\mathbf 1^\perp$. The least of them is $\pi_{(1)}$ if that value is shared and lies
            strictly between $\pi_{(1)}$ and $\pi_{(2)}$ otherwise.""",
            r"For $K=2$ the characteristic polynomial of $\Sigma_1$ is, with $\pi_2=1-\pi_1$,",
            Scalars().eq(_characteristic(t, p1, 1 - p1), t * (t - HALF)),
            "For $K=3$ it is",
            Scalars().eq(_characteristic(t, p1, p2, p3), t * (t**2 - sp.Rational(2, 3) * (p1 + p2 + p3) * t + e2 / 3)),
            r"whose nonzero factor has, at $\pi_1+\pi_2+\pi_3=1$, the roots",
            every(
                *(Solves(((3 * t**2 - 2 * t + e_2, 0),), ((t, (1 + sign * root) / 3),), Scalars()) for sign in (-1, 1))
            ),
            "They are real because the radicand is a sum of squares (at $\\pi_1+\\pi_2+\\pi_3=1$):",
            Scalars().ge((p1 + p2 + p3) ** 2 - 3 * e2, 0, ((p1 - p2) ** 2 + (p1 - p3) ** 2 + (p2 - p3) ** 2) / 2),
        ),
        variants={
            "$u$ an eigenvector although $x$ is not a root of the secular equation": algebra.eq(centered * u, t * u),
            r"differences $e_j-e_k$ eigenvectors although $\pi_j\ne\pi_k$": algebra.eq(
                centered * (e(j) - e(k)), at[j] * (e(j) - e(k))
            ),
            "4 for 3 in the closed form at K = 3": Solves(
                ((3 * t**2 - 2 * t + e_2, 0),), ((t, (1 - sp.sqrt(1 - 4 * e_2)) / 3),), Scalars()
            ),
            r"the radicand $1-4e_2$ nonnegative": Scalars().ge((p1 + p2 + p3) ** 2 - 4 * e2, 0),
        },
    )


def _characteristic(t: sp.Symbol, *pi: sp.Symbol) -> sp.Expr:
    size = len(pi)
    centering = sp.eye(size) - sp.ones(size, size) / size
    return (t * sp.eye(size) - centering * sp.diag(*pi) * centering).det(method="berkowitz")


# ====================================================================== S4


@proves("S4")
def complement_duality() -> Derivation:
    """S4: a distribution and that of the complements have the same spectrum."""
    complement = Letter("yc", K, indices=(SETS,), tex="y_{{{0}^c}}")
    algebra = MIXED.extended(definitions=((complement(S), ones - y(S)),))
    centered = P * complement(S)
    of_complements = (centered * centered.T).over(S)
    return Derivation(
        symbols=((r"y_{S^c}=\mathbf 1-y_S", "the indicator of the complement"),),
        steps=told(
            "The complement has the other labels,",
            algebra.eq(ones.T * complement(S), K - m_of[S.symbol]),
            r"and the opposite contrast, because $P\mathbf 1=0$:",
            algebra.eq(centered, -y_tilde(S)),
            "The sign cancels in the second moment:",
            algebra.eq(of_complements, Sigma),
        ),
        variants={
            "without the centering": algebra.eq((complement(S) * complement(S).T).over(S), M),
            "complements of the same size": algebra.eq(ones.T * complement(S), m_of[S.symbol]),
            "the same contrast instead of the opposite one": algebra.eq(centered, y_tilde(S)),
        },
    )


# ====================================================================== S5


@proves("S5")
def cooccurrence_laplacian() -> Derivation:
    """S5: the Laplacian of co-occurrence, and exactly when kappa vanishes."""
    E = e(k) * e(k).T
    co = e(k).T * M * e(k)
    laplacian = ((e(k).T * M * ones - co) * E).over(k) - (M - (co * E).over(k))
    L = Letter("L", K, K, tex=r"\mathcal L", symmetric=True)()
    diagonal = Letter("diag f", K, K, tex=r"\mathrm{diag}(f)", symmetric=True)()
    definitions = ((L, laplacian), (diagonal, ((e(k).T * f) * E).over(k)))
    algebra = FIXED.extended(definitions=definitions)
    mixed = MIXED.extended(definitions=definitions)
    return Derivation(
        symbols=((r"\mathcal L", r"degrees $\sum_{l\ne k}M_{kl}$ on the diagonal, minus $M_{kl}$ off it"),),
        steps=told(
            "The Laplacian of the co-occurrence graph, written out, is",
            algebra.eq(L, m * diagonal - M),
            r"""because $M_{kk}=f_k$ (a label occurs together with itself whenever it occurs) and $M\mathbf 1=mf$
            (every set has $m$ labels).""",
            "As for every graph, its quadratic form is a sum over pairs:",
            algebra.eq(v.T * L * v, HALF * ((e(j).T * M * e(k)) * norm2(e(j).T * v - e(k).T * v)).over(j, k)),
            r"""For a contrast $x$ and any distribution, of whatever multiplicities, the energy is a sum of
            squares with positive weights:""",
            MIXED.zero_iff(x.T * Sigma * x, y(S).T * x, over=(S,)),
            r"""So $\kappa=\min x^\top\Sigma x/\|x\|^2$ is zero iff the linear equations $x(S)=0$, $S$ in the
            support, and $\mathbf 1^\top x=0$ have a common solution $x\ne0$: a rank test over the rationals.""",
        ),
        variants={
            "without the factor m": algebra.eq(L, diagonal - M),
            "mixed multiplicities, with the mean size for m": mixed.eq(L, (ones.T * f) * diagonal - M),
            "a vector that is not a contrast": MIXED.zero_iff(v.T * Sigma * v, y(S).T * v, over=(S,)),
        },
    )


# ====================================================================== S7

FANO_LINES = ((1, 2, 3), (1, 4, 5), (1, 6, 7), (2, 4, 6), (2, 5, 7), (3, 4, 7), (3, 5, 6))


@proves("S7")
def designs() -> Derivation:
    """S7: every 2-design is perfectly orthogonal."""
    blocks, r, lam = sp.symbols("b r lambda", positive=True)
    pattern = r / blocks * eye(K) + lam / blocks * (ones * ones.T - eye(K))
    counting = Scalars((m >= 2, m + 1 <= K))
    fano = label_model(7, dict.fromkeys(FANO_LINES, 1), name="the Fano plane, seven lines of three labels")
    two_pairs = label_model(4, {(1, 2): 1, (3, 4): 1})
    singles = label_model(3, {(1,): 1, (2,): 1})
    patterned = FIXED.extended(models=(label_model(4, pairs_of_four(), sizes={blocks: 6, r: 3, lam: 1}), *FIXED.models))
    return Derivation(
        symbols=(
            ("b", "the number of blocks"),
            ("r", "the number of blocks that contain a given label"),
            (r"\lambda", "the number of blocks that contain a given pair of labels"),
        ),
        steps=told(
            r"In a design the entry $M_{jk}$ is $r/b$ for $j=k$ and $\lambda/b$ otherwise. Centering leaves",
            patterned.eq(P * pattern * P, (r - lam) / blocks * P),
            r"""Counting label-block incidences, and pairs of labels in blocks that contain a given label, gives
            $bm=Kr$ and $r(m-1)=\lambda(K-1)$. These determine both from the number of blocks:""",
            Solves(
                ((K * r, blocks * m), (lam * (K - 1), r * (m - 1))),
                ((r, blocks * m / K), (lam, blocks * m * (m - 1) / (K * (K - 1)))),
                counting,
                unique=True,
            ),
            "and the value is the balanced one, as S2 says it must be:",
            counting.eq((blocks * m / K - blocks * m * (m - 1) / (K * (K - 1))) / blocks, kappa_bar),
            r"""Nothing of the kind holds at $m=1$, where no block contains a pair: on $K=3$ labels the two blocks
            $\{1\}$ and $\{2\}$, equally likely, are not perfectly orthogonal,""",
            Instance(Sigma, "!=", kappa_bar * P, FIXED, singles),
            "The Fano plane, by exact evaluation:",
            Instance(Sigma, "==", kappa_bar * P, FIXED, fano),
        ),
        variants={
            "r + lambda for r - lambda": patterned.eq(P * pattern * P, (r + lam) / blocks * P),
            "K for K - 1 in the pair count": Solves(
                ((K * r, blocks * m), (lam * K, r * (m - 1))),
                ((r, blocks * m / K), (lam, blocks * m * (m - 1) / (K * (K - 1)))),
                counting,
            ),
            "blocks of one label": Instance(Sigma, "==", kappa_bar * P, FIXED, singles),
            "every label equally often is enough": Instance(Sigma, "==", kappa_bar * P, FIXED, two_pairs),
        },
    )


# ====================================================================== S9


@proves("S9")
def contrast_energy() -> Derivation:
    """S9: the energy of summed centered classifier rows, and the classic slip."""
    letter = Letter("B", K, K)
    B = letter()
    algebra = SPECTRAL.extended(letters=(letter,))
    gram = Equation("the Gram factorization", Low, B.T * B)
    flat = replace(
        THREE_PAIRS,
        name=f"{THREE_PAIRS.name}, all rows of W equal",
        letters={**THREE_PAIRS.letters, "W": lambda: [[1, 2]] * 4},
    )
    centered = P * W
    energy = norm2(centered.T * y(S)).over(S)
    size = norm2(centered)
    return Derivation(
        symbols=(
            (r"PW", r"has the rows $w_k-\bar w$, so $(PW)^\top y_S=\sum_{k\in S}(w_k-\bar w)$"),
            (r"\underline{Q}=\Sigma-\kappa P,\ \overline{Q}=\mathrm KP-\Sigma", "positive semidefinite"),
        ),
        steps=told(
            "The energy is a trace:",
            FIXED.eq(energy, trace(W.T * Sigma * W)),
            r"It is at least $\kappa$ times the size of the centered classifier,",
            algebra.ge(energy, kappa * size, trace(W.T * Low * W)),
            r"and at most $\mathrm K$ times it:",
            algebra.ge(top * size, energy, trace(W.T * High * W)),
            r"Equality on the left.",
            gram_factorization(algebra, (Low, B)),
            "The defect is a sum of squares,",
            algebra.zero_iff(
                energy - kappa * size, B * W, Equation(gram.name, trace(W.T * Low * W), trace(W.T * B.T * B * W))
            ),
            r"""and $BW=0$ gives $\underline QW=B^\top BW=0$, which is the eigenvector equation for the columns of
            $PW$:""",
            algebra.eq(Low * W, Sigma * (P * W) - kappa * (P * W)),
        ),
        variants={
            "kappa as the upper constant": algebra.ge(kappa * size - energy, 0, trace(W.T * High * W)),
            "K as the lower constant": algebra.ge(energy - top * size, 0, trace(W.T * Low * W)),
            "rows not centered in the sum": FIXED.eq(norm2(W.T * y(S)).over(S), trace(W.T * Sigma * W)),
            "rows not centered in the norm": algebra.extended(models=[flat]).ge(
                energy - kappa * norm2(W), 0, trace(W.T * Low * W)
            ),
        },
    )


# ====================================================================== S11


@proves("S11")
def two_centerings() -> Derivation:
    """S11: class centering and mean centering differ by a matrix of rank one."""
    C = Letter("C", K, K, symmetric=True)()
    definition = ((C, M - f * f.T),)
    algebra, mixed = FIXED.extended(definitions=definition), MIXED.extended(definitions=definition)
    return Derivation(
        symbols=(("C", "the covariance of the label indicator"),),
        steps=told(
            r"With one multiplicity the covariance has no component along $\mathbf 1$ to begin with,",
            algebra.eq(C * ones, 0),
            "and differs from the class-centered second moment by a matrix of rank one:",
            algebra.eq(Sigma - C, P * f * f.T * P),
            r"Adding a matrix of rank one moves the eigenvalues up, but none beyond the next.",
            lemma(
                "rank-one interlacing",
                r"""If $A$ is symmetric and $B=A+uu^\top$, then
                $\lambda_i(A)\le\lambda_i(B)\le\lambda_{i+1}(A)$ in ascending order.""",
                ("the difference is a square:", algebra.eq(Sigma - C, (P * f) * (P * f).T)),
                (r"both vanish on $\mathbf 1$, so it applies on $\mathbf 1^\perp$:", algebra.eq(Sigma * ones, 0)),
                (r"$C$ is symmetric:", algebra.eq(C.T, C)),
                gives=r"\lambda_i(C)\le\lambda_i(\Sigma)\le\lambda_{i+1}(C)",
            ),
        ),
        variants={
            "with mixed multiplicities": mixed.eq(C * ones, 0),
            "the rank-one term added instead of subtracted": algebra.eq(C - Sigma, P * f * f.T * P),
            "the rank-one term not centered": algebra.eq(Sigma - C, f * f.T),
        },
    )
