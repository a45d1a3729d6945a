r"""W5 and W6 with their companions: how far prototypes of cross entropy are from sums at finite penalty.

W5 is the exact discrepancy, and W5a an exact instance in which it vanishes off orthogonality; W6 says when scaled sums
are exact at every penalty, and W6b that perfect orthogonality is not necessary for it. W6a, the converse on complete
layers, is in ``complete_layers``, W7 in ``weighted_summands``."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations
from typing import Any

import sympy as sp

from proofs.chapters.orthogonal_case.tag_wise_averages import TAGWISE, c_1, c_S
from proofs.chapters.weighted_synthesis.squared_loss import FROM_SINGLETONS, in_set, size
from proofs.kernel.checks import Equation, Solves
from proofs.kernel.compound import every, lemma
from proofs.kernel.derivation import Derivation, proves, told
from proofs.kernel.explicit import Instance
from proofs.kernel.formula import Letter, eye, norm2, number, trace, zero
from proofs.kernel.models import Model
from proofs.kernel.scalars import Scalars
from proofs.letters.feature_model import h, lam, lambda_H, lambda_W, r, with_letters
from proofs.letters.prototypes import SINGLETON
from proofs.letters.readings import Circumstances, Reading, Term
from proofs.letters.vocabulary import (
    FIXED,
    HALF,
    LABELS,
    MIXED,
    SETS,
    K,
    P,
    S,
    Sigma,
    W,
    e,
    f,
    j,
    k,
    label_model,
    m,
    ones,
    x,
    y,
    y_tilde,
)

# ====================================================================== W5

_softmax = Letter("p", K, indices=(SETS,), tex="p_{{{0}}}")
_softmax_1 = Letter("p1", K, indices=(LABELS,), tex=r"p_{{\{{{0}\}}}}")
_excess = Letter("q", K, indices=(SETS,), tex="q_{{{0}}}")
p, p_1, excess = _softmax, _softmax_1, _excess


def _coincidence() -> Model:
    """Three labels, {1} and {2} with 27/65 each and {1,2} with 11/65: an exact optimum of PAL-CE without bias."""
    eleventh = sp.Rational(1, 11)
    softmax = {(1,): (6, 2, 3), (2,): (2, 6, 3), (1, 2): (4, 4, 3)}
    values = {frozenset(s): eleventh * sp.Matrix(v) for s, v in softmax.items()}
    third = {1: values[frozenset({1})], 2: values[frozenset({2})], 3: sp.Matrix([eleventh, eleventh, 9 * eleventh])}
    return label_model(
        3,
        {(1,): 27, (2,): 27, (1, 2): 11},
        name="K = 3 with 27/65 on {1}, 27/65 on {2}, 11/65 on {1,2}, lambda = 1323/7865",
        sizes={lambda_H: 1, lambda_W: sp.Rational(1323, 7865)},
        letters={"p": lambda s: values[s], "p1": lambda label: third[label]},
    )


def _uneven() -> Model:
    base = _coincidence()
    return with_letters(
        replace(base, name="K = 3 with the same label sets and other softmax vectors"),
        {"p": lambda s: sp.Matrix([sp.Rational(len(s), 4), sp.Rational(1, 4), sp.Rational(3 - len(s), 4)])},
    )


SOFTMAX = MIXED.extended(
    letters=(_softmax, _softmax_1),
    definitions=(
        (r(S), y(S) - size * p(S)),
        (h(S), W.T * r(S) / lambda_H),
        (SINGLETON(k), W.T * (e(k) - p_1(k)) / lambda_H),
        (excess(S), (in_set * p_1(k)).over(k) - size * p(S)),
    ),
    models=(_coincidence(), _uneven()),
)
"""Prototypes of PAL-CE that are stationary in the features, with the softmax of their logits as letters."""


@proves("W5")
def finite_penalty() -> Derivation:
    """W5: the exact discrepancy from plain sums at finite penalty."""
    weights = sp.IndexedBase("x", real=True)
    any_weight = weights[k.symbol]
    combination = (any_weight * SINGLETON(k)).over(k)
    remainder = y(S) - (any_weight * e(k)).over(k) - size * p(S) + (any_weight * p_1(k)).over(k)
    return Derivation(
        symbols=(
            (
                r"p_S=\mathrm{softmax}(z_S)",
                r"predicted distribution; $p_{\{k\}}$ that of the singleton $k$, real or virtual",
            ),
            (r"q_S", "excess of the labels' softmax vectors over that of the set"),
            (r"x_k", "any synthesis weights"),
        ),
        steps=told(
            r"""Features are $h_S=\frac1{\lambda_H}W^\top(y_S-m_Sp_S)$; the labels cancel and the softmax vectors
                stay:""",
            _plain_sum(),
            r"For any weights $x_k$ instead of $[k\in S]$, such as those of W2 with a free bias:",
            SOFTMAX.eq(h(S), combination + W.T * remainder / lambda_H),
            r"""*Under perfect orthogonality* $h_S=\frac{c_m}{c_1}\sum_{k\in S}h_{\{k\}}$ with $c_m<c_1$ (O1), so
            below the threshold, where $\sum_{k\in S}h_{\{k\}}\ne0$, plain sums are not exact, nor is W2's rule with
            a free bias (equally frequent classes, $\sum_jh_{\{j\}}=0$); the discrepancy is""",
            TAGWISE.eq(h(S) - (in_set * SINGLETON(k)).over(k), (c_S / c_1 - 1) * (in_set * SINGLETON(k)).over(k)),
        ),
        variants={
            "the softmax of the labels left out": SOFTMAX.extended(models=(_uneven(),)).eq(
                h(S), (in_set * SINGLETON(k)).over(k)
            ),
            "p_S in place of m_S p_S": SOFTMAX.eq(
                h(S), (in_set * SINGLETON(k)).over(k) + W.T * ((in_set * p_1(k)).over(k) - p(S)) / lambda_H
            ),
            "plain sums exact at perfect orthogonality": TAGWISE.eq(h(S), (in_set * SINGLETON(k)).over(k)),
        },
    )


def _plain_sum() -> Reading:
    rows = Term(e(j).T * excess(S) / lambda_H, W.T * e(j), j)
    return Reading(
        h(S),
        (Term(in_set, SINGLETON(k), k), rows),
        "singleton prototypes and classifier rows",
        Circumstances("PAL-CE", "either", r"every $\lambda$"),
        SOFTMAX,
    )


# ====================================================================== W5a


@proves("W5a")
def coincidence() -> Derivation:
    """W5a, refuted: an exact optimum off orthogonality at which plain sums are exact."""
    gain_1, gain_2 = sp.symbols("g_1 g_2", positive=True)
    instance = _coincidence()
    second = (r(S) * r(S).T).over(S)
    return Derivation(
        symbols=((r"g_1,g_2", r"eigenvalues of $WW^\top/\lambda_H$ on $(1,-1,0)$ and $(1,1,-2)$"),),
        steps=told(
            r"""Let $K=3$, $\pi_{\{1\}}=\pi_{\{2\}}=\frac{27}{65}$, $\pi_{\{1,2\}}=\frac{11}{65}$,
            $\lambda=\frac{1323}{7865}$. Take the softmax vectors $p_{\{1\}}=\frac1{11}(6,2,3)$,
            $p_{\{2\}}=\frac1{11}(2,6,3)$ and $p_{\{1,2\}}=\frac1{11}(4,4,3)$. The residuals are isotropic,""",
            Instance(second, "==", lam * P, SOFTMAX, instance),
            r"""and they have these softmax vectors if the Gram matrix has eigenvalue $g_1\lambda_H$ on $(1,-1,0)$ and
            $g_2\lambda_H$ on $(1,1,-2)$ with $g_1=\frac{11}7\log3$, $g_2=\frac{11}9\log\frac43$. Logit differences,
            $p_1:p_2=6:2$ and $p_1:p_3=6:3$ for $\{1\}$ ($\{2\}$ is symmetric), $p_1:p_3=4:3$ for $\{1,2\}$:""",
            Solves(
                (
                    (sp.Rational(7, 11) * gain_1, sp.log(3)),
                    (sp.Rational(7, 22) * gain_1 + sp.Rational(9, 22) * gain_2, sp.log(2)),
                    (sp.Rational(9, 11) * gain_2, 2 * sp.log(2) - sp.log(3)),
                ),
                ((gain_1, sp.Rational(11, 7) * sp.log(3)), (gain_2, sp.Rational(11, 9) * (2 * sp.log(2) - sp.log(3)))),
                Scalars(),
            ),
            "so they are the residuals of a stationary point, and it is optimal.",
            lemma(
                "U7 (global certificate)",
                r"""A stationary point whose residuals satisfy $R\preceq\lambda I$ is a global optimum,
                    and all optima have the same $WW^\top$ and residuals.""",
                (
                    r"$\lambda I-R=\frac\lambda K\mathbf 1\mathbf 1^\top$ is positive semidefinite:",
                    Instance(lam * eye(K) - second, "==", lam / K * (ones * ones.T), SOFTMAX, instance),
                ),
                (
                    r"with $RW=\lambda W$ for every $W$ whose rows add up to zero, as $RP=\lambda P$:",
                    Instance(second * P, "==", lam * P, SOFTMAX, instance),
                ),
                gives=r"\text{the instance is the global optimum}",
            ),
            r"""Here the excess of $\{1,2\}$ vanishes, $q_{\{1,2\}}=p_{\{1\}}+p_{\{2\}}-2p_{\{1,2\}}=0$, and plain
            sums are exact; but $\Sigma$ is not flat.""",
            every(
                Instance(norm2(excess(S)).over(S), "==", 0, SOFTMAX, instance),
                Instance(Sigma, "!=", trace(Sigma) * P / 2, SOFTMAX, instance),
            ),
        ),
        variants={
            "the instance at twice the penalty": Instance(second, "==", 2 * lam * P, SOFTMAX, instance),
            "the instance orthogonal": Instance(Sigma, "==", trace(Sigma) * P / 2, SOFTMAX, instance),
        },
    )


# ====================================================================== W6


@proves("W6")
def scaled_averages() -> Derivation:
    """W6: scaled averages with one constant per multiplicity, without perfect orthogonality."""
    inside, outside = sp.symbols("beta gamma", real=True)
    zero_sum = Equation("a zero sum", number(inside * size + outside * (K - size)), number(0))
    scalar = sp.Symbol("c_m", positive=True)
    letter = Letter("Pi", K, K, tex=r"\Pi")
    relabelling, permuted = letter(), SOFTMAX.extended(letters=(letter,), models=())
    two_valued = inside * y(S) + outside * (ones - y(S))
    return Derivation(
        symbols=((r"\beta,\gamma", r"the values of a vector that is constant on $S$ and off $S$"),),
        steps=told(
            r"*Sufficient.* At perfect orthogonality, at every $\lambda$ below the threshold (O1):",
            Reading(
                h(S),
                (Term(c_S / c_1 * in_set, SINGLETON(k), k),),
                FROM_SINGLETONS,
                Circumstances(
                    "PAL-CE", "none (or free, if frequencies are uniform)", r"every $\lambda$, perfect orthogonality"
                ),
                TAGWISE,
            ),
            r"""*Free bias.* The same point, with $b=0$, is stationary if the bias is free too, and then optimal
            (U7), iff its residuals average to zero. Among the sets of one size $m$, with class frequencies $f_m$,
            they average to""",
            FIXED.eq((scalar * y_tilde(S)).over(S), scalar * (P * f)),
            r"""Perfect orthogonality makes $Pf_m=0$ unless $K=2m$ (S2), so it is enough that classes are equally
            frequent.""",
            r"""*Symmetry.* A permutation $\Pi$ of labels that preserves $\pi$ carries optimal residuals into
            optimal residuals, which are unique.""",
            lemma(
                "U7 (uniqueness)",
                r"""The residuals of all optima are the same: the only maximiser of the dual under
                    $R\preceq\lambda I$.""",
                (
                    r"permuted residuals are dual feasible too, their second moment being permuted:",
                    permuted.eq(
                        ((relabelling * r(S)) * (relabelling * r(S)).T).over(S),
                        relabelling * (r(S) * r(S).T).over(S) * relabelling.T,
                    ),
                ),
                gives=r"r_{\Pi S}=\Pi r_S",
            ),
            r"(The dual value is the same, because the conjugate losses are symmetric in the labels.)",
            r"""If $\Pi$ also preserves $S$, it fixes both $r_S$ and $\sum_{k\in S}r_{\{k\}}$; under the
            transitivity assumed they are constant on $S$ and off $S$. Entries of residuals add up to zero, and
            then both are multiples of $\tilde y_S$:""",
            MIXED.extended(models=(_blocks({inside: 1, outside: -1}),)).eq(
                two_valued, (inside - outside) * y_tilde(S), zero_sum * (ones / K)
            ),
            r"""Neither is zero: on $S$ the entries of $r_S$ add up to $m_S(1-\sum_{j\in S}p_{S,j})>0$, and so for
                the singletons.""",
            SOFTMAX.eq(y(S).T * r(S), size * (number(1) - y(S).T * p(S))),
            r"""So $r_S=\alpha_S\sum_{k\in S}r_{\{k\}}$ with $\alpha_S>0$, the same for all label sets that the
            symmetries carry into each other; multiply by $\frac1{\lambda_H}W^\top$. This holds at every $\lambda$,
            with and without bias.""",
        ),
        variants={
            "a two-valued vector whose entries do not add up to zero": _with_values(inside, outside).eq(
                two_valued, (inside - outside) * y_tilde(S)
            ),
            "plain sums": TAGWISE.eq(h(S), (in_set * SINGLETON(k)).over(k)),
            "orthogonality is enough with a free bias": FIXED.extended(models=(_halves(scalar),)).eq(
                (scalar * y_tilde(S)).over(S), zero(K)
            ),
        },
    )


def _with_values(inside: Any, outside: Any) -> Any:
    return MIXED.extended(
        models=(label_model(3, {(1,): 1, (2, 3): 2}, sizes={inside: sp.Integer(1), outside: sp.Integer(2)}),)
    )


def _halves(scalar: Any) -> Model:
    """Perfectly orthogonal pairs with label 1 three times as frequent as the others."""
    pairs: dict[tuple[int, ...], int] = {pair: 3 if 1 in pair else 1 for pair in combinations((1, 2, 3, 4), 2)}
    return label_model(4, pairs, sizes={m: 2, scalar: HALF})


# ====================================================================== W6b


def _blocks(sizes: Mapping[Any, Any] | None = None) -> Model:
    return label_model(
        4,
        {(1, 2): 1, (3, 4): 1},
        name="the blocks {1,2} and {3,4}, equally likely",
        sizes=sizes,
        letters={"x": lambda: [[1], [-1], [0], [0]]},
    )


@proves("W6b")
def averages_without_orthogonality() -> Derivation:
    """W6b, refuted: symmetry makes all prototypes scaled averages, and the pairs are not orthogonal."""
    exchange, pair = Letter("Pi", K, K, tex=r"\Pi"), Letter("y0", K, tex=r"y_{\{1,2\}}")
    values = {
        "Pi": lambda: [[0, 1, 0], [1, 0, 0], [0, 0, 1]],
        "y0": lambda: [[1], [1], [0]],
        "x": lambda: [[1], [-1], [0]],
    }
    whole = label_model(3, {(1,): 1, (2,): 1, (3,): 1, (1, 2): 1}, letters=values)
    alone = label_model(3, {(1, 2): 1}, name="the pair {1,2} of 3 labels", letters=values)
    setting, blocks = MIXED.extended(letters=(exchange, pair), models=(whole,)), _blocks()
    moment = (y(S) * y(S).T).over(S)
    return Derivation(
        symbols=((r"\Pi", r"the exchange of labels 1 and 2"), (r"x", r"the contrast of labels 1 and 2")),
        steps=told(
            r"""Equal weights on $\{1\},\{2\},\{3\},\{1,2\}$ of three labels. Exchanging 1 and 2 preserves $\pi$,
            and it is transitive on $\{1,2\}$ and on the rest, which is one label.""",
            lemma(
                "W6 (symmetry)",
                r"""If the label permutations that preserve $\pi$ and $S$ are transitive on $S$ and on its
                complement, then $h_S=\alpha_S\sum_{k\in S}h_{\{k\}}$ at every $\lambda$.""",
                ("the exchange preserves the pair,", Instance(exchange() * pair(), "==", pair(), setting, whole)),
                (
                    "and how often labels occur, alone and together:",
                    Instance(exchange() * moment * exchange().T, "==", moment, setting, whole),
                ),
                gives=r"h_{\{1,2\}}=\alpha\,(h_{\{1\}}+h_{\{2\}})\quad\text{at every }\lambda",
            ),
            "As the pair is the only set of two labels, that is one constant per multiplicity.",
            """But the second moment of the pair vanishes on the contrast of its labels, so it is no multiple of
            $P$:""",
            every(Instance(x.T * Sigma * x, "==", 0, MIXED, alone), Instance(norm2(x), "==", 2, MIXED, alone)),
            r"""*Larger ones.* Take blocks that partition $K=nb$ labels into $n\ge2$ blocks of size $b\ge2$, equally
            likely, and equally likely singletons: permuting labels within blocks and permuting blocks preserves
            $\pi$, is transitive on every block and on its complement, and carries blocks into each other. So one
            constant serves all blocks. But the second moment of the blocks vanishes on every contrast inside a
            block, such as""",
            every(Instance(x.T * Sigma * x, "==", 0, MIXED, blocks), Instance(norm2(x), "==", 2, MIXED, blocks)),
            r"(two blocks of two labels), so it is not $\bar\kappa_bP$.",
        ),
        variants={
            "the pair perfectly orthogonal": Instance(Sigma, "==", trace(Sigma) * P / 2, MIXED, alone),
            "the blocks perfectly orthogonal": Instance(Sigma, "==", trace(Sigma) * P / 3, MIXED, blocks),
        },
    )
