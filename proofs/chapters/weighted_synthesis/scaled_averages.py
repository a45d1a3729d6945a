r"""W5, W6 and W7: how far prototypes of cross entropy are from sums of singleton prototypes at finite penalty.

W5 is the exact discrepancy and an exact instance in which it vanishes off orthogonality; W6 and W6a say when scaled
sums with one constant per multiplicity are exact at every penalty; W7 refutes the weighting of the *summands* by class
frequencies."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sympy as sp

from proofs.chapters.orthogonal_case.tag_wise_averages import TAGWISE, c_1, c_S
from proofs.chapters.weighted_synthesis.squared_loss import FREE, FROM_SINGLETONS, NO_BIAS, A, in_set, ridge, size
from proofs.chapters.weighted_synthesis.terminal_rules import isotropic_polar_factor
from proofs.kernel.algebra import Algebra
from proofs.kernel.checks import Equation, Identity, Solves
from proofs.kernel.compound import every, lemma
from proofs.kernel.derivation import Control, Derivation, Step, proves
from proofs.kernel.explicit import Instance
from proofs.kernel.formula import Formula, Letter, eye, norm2, number, trace
from proofs.kernel.models import Model
from proofs.kernel.scalars import Scalars
from proofs.letters.feature_model import h, lam, lambda_H, lambda_W, r, with_letters
from proofs.letters.prototypes import R_LETTER, SINGLETON, etf_model
from proofs.letters.readings import Circumstances, Reading, Refutation, Term
from proofs.letters.vocabulary import (
    HALF,
    LABELS,
    MIXED,
    SETS,
    K,
    P,
    S,
    Sigma,
    W,
    d,
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

__all__ = ["complete_layers", "finite_penalty", "frequency_weighted_summands", "scaled_averages"]


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
    """W5: the exact discrepancy from plain sums at finite penalty, and an instance off orthogonality without any."""
    gain_1, gain_2 = sp.symbols("g_1 g_2", positive=True)
    instance = _coincidence()
    weights = sp.IndexedBase("x", real=True)
    any_weight = weights[k.symbol]
    combination = (any_weight * SINGLETON(k)).over(k)
    second = (r(S) * r(S).T).over(S)
    remainder = y(S) - (any_weight * e(k)).over(k) - size * p(S) + (any_weight * p_1(k)).over(k)
    return Derivation(
        symbols=(
            (
                r"p_S=\mathrm{softmax}(z_S)",
                r"predicted distribution; $p_{\{k\}}$ that of the singleton $k$, real or virtual",
            ),
            (r"q_S", "excess of the labels' softmax vectors over that of the set"),
            (r"x_k", "any synthesis weights"),
            (r"g_1,g_2", r"eigenvalues of $WW^\top/\lambda_H$ on $(1,-1,0)$ and $(1,1,-2)$ in the instance"),
        ),
        steps=(
            Step(
                r"""Features are $h_S=\frac1{\lambda_H}W^\top(y_S-m_Sp_S)$; the labels cancel and the softmax vectors
                    stay:""",
                _plain_sum(),
            ),
            Step(
                r"For any weights $x_k$ instead of $[k\in S]$, such as those of W2 with a free bias:",
                SOFTMAX.eq(h(S), combination + W.T * remainder / lambda_H),
            ),
            Step(
                r"""*Under perfect orthogonality* $h_S=\frac{c_m}{c_1}\sum_{k\in S}h_{\{k\}}$ with $c_m<c_1$ (O1), so
                with a free bias (uniform frequencies, $\sum_jh_{\{j\}}=0$) neither W2's rule nor plain sums are exact;
                the discrepancy is""",
                TAGWISE.eq(h(S) - (in_set * SINGLETON(k)).over(k), (c_S / c_1 - 1) * (in_set * SINGLETON(k)).over(k)),
            ),
            Step(
                r"""*Off orthogonality*: $K=3$, $\pi_{\{1\}}=\pi_{\{2\}}=\frac{27}{65}$, $\pi_{\{1,2\}}=\frac{11}{65}$,
                $\lambda=\frac{1323}{7865}$. Take the softmax vectors $p_{\{1\}}=\frac1{11}(6,2,3)$,
                $p_{\{2\}}=\frac1{11}(2,6,3)$ and $p_{\{1,2\}}=\frac1{11}(4,4,3)$. The residuals are isotropic,""",
                Instance((r(S) * r(S).T).over(S), "==", lam * P, SOFTMAX, instance),
            ),
            Step(
                r"""and they have these softmax vectors if the Gram matrix has eigenvalue $g_1\lambda_H$ on $(1,-1,0)$
                and $g_2\lambda_H$ on $(1,1,-2)$ with $g_1=\frac{11}7\log3$, $g_2=\frac{11}9\log\frac43$. Logit
                differences, $p_1:p_2=6:2$ and $p_1:p_3=6:3$ for $\{1\}$ ($\{2\}$ is symmetric), $p_1:p_3=4:3$ for
                $\{1,2\}$:""",
                Solves(
                    (
                        (sp.Rational(7, 11) * gain_1, sp.log(3)),
                        (sp.Rational(7, 22) * gain_1 + sp.Rational(9, 22) * gain_2, sp.log(2)),
                        (sp.Rational(9, 11) * gain_2, 2 * sp.log(2) - sp.log(3)),
                    ),
                    (
                        (gain_1, sp.Rational(11, 7) * sp.log(3)),
                        (gain_2, sp.Rational(11, 9) * (2 * sp.log(2) - sp.log(3))),
                    ),
                    Scalars(),
                ),
            ),
            Step(
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
            ),
            Step(
                r"""Here the excess of $\{1,2\}$ vanishes, $q_{\{1,2\}}=p_{\{1\}}+p_{\{2\}}-2p_{\{1,2\}}=0$, and plain
                sums are exact; but $\Sigma$ is not flat.""",
                every(
                    Instance(norm2(excess(S)).over(S), "==", 0, SOFTMAX, instance),
                    Instance(Sigma, "!=", trace(Sigma) * P / 2, SOFTMAX, instance),
                ),
            ),
        ),
        controls=(
            Control(
                "averages of the softmax vectors left out",
                SOFTMAX.extended(models=(_uneven(),)).eq(h(S), (in_set * SINGLETON(k)).over(k)),
            ),
            Control(
                "the discrepancy with $p_S$ in place of $m_Sp_S$",
                SOFTMAX.eq(h(S), (in_set * SINGLETON(k)).over(k) + W.T * ((in_set * p_1(k)).over(k) - p(S)) / lambda_H),
            ),
            Control(
                "the instance at twice the penalty",
                Instance((r(S) * r(S).T).over(S), "==", 2 * lam * P, SOFTMAX, instance),
            ),
        ),
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


# ====================================================================== W6


@proves("W6")
def scaled_averages() -> Derivation:
    """W6: scaled averages with one constant per multiplicity, without perfect orthogonality."""
    inside, outside = sp.symbols("beta gamma", real=True)
    zero_sum = Equation("a zero sum", number(inside * size + outside * (K - size)), number(0))
    blocks = label_model(
        4,
        {(1, 2): 1, (3, 4): 1},
        name="the blocks {1,2} and {3,4}, equally likely",
        letters={"x": lambda: [[1], [-1], [0], [0]]},
    )
    letter = Letter("Pi", K, K, tex=r"\Pi")
    relabelling, permuted = letter(), SOFTMAX.extended(letters=(letter,), models=())
    two_valued = inside * y(S) + outside * (ones - y(S))
    return Derivation(
        symbols=(
            (r"\beta,\gamma", r"the values of a vector that is constant on $S$ and off $S$"),
            (r"x=(1,-1,0,0)", "a contrast inside one block"),
        ),
        steps=(
            Step(
                r"*Sufficient.* At perfect orthogonality, at every $\lambda$ below the threshold (O1):",
                Reading(
                    h(S),
                    (Term(c_S / c_1 * in_set, SINGLETON(k), k),),
                    FROM_SINGLETONS,
                    Circumstances(
                        "PAL-CE",
                        "none (or free, if frequencies are uniform)",
                        r"every $\lambda$, perfect orthogonality",
                    ),
                    TAGWISE,
                ),
            ),
            Step(
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
            ),
            Step(
                r"""If $\Pi$ also preserves $S$, it fixes both $r_S$ and $\sum_{k\in S}r_{\{k\}}$; under the
                transitivity assumed they are constant on $S$ and off $S$. Entries of residuals add up to zero, and
                then both are multiples of $\tilde y_S$:""",
                MIXED.extended(models=(replace(blocks, sizes={**blocks.sizes, inside: 1, outside: -1}),)).eq(
                    two_valued, (inside - outside) * y_tilde(S), zero_sum * (ones / K)
                ),
            ),
            Step(
                r"""Neither is zero: on $S$ the entries of $r_S$ add up to $m_S(1-\sum_{j\in S}p_{S,j})>0$, and so for
                    the singletons.""",
                SOFTMAX.eq(y(S).T * r(S), size * (number(1) - y(S).T * p(S))),
                r"""So $r_S=\alpha_S\sum_{k\in S}r_{\{k\}}$ with $\alpha_S>0$, the same for all label sets that the
                symmetries carry into each other; multiply by $\frac1{\lambda_H}W^\top$. This holds at every $\lambda$,
                with and without bias.""",
            ),
            Step(
                r"""*Not necessary.* Blocks that partition $K=nb$ labels into $n\ge2$ blocks of size $b\ge2$, equally
                likely, and equally likely singletons: permuting labels within blocks and permuting blocks preserves
                $\pi$, is transitive on every block and on its complement, and carries blocks into each other. So one
                constant serves all blocks. But the second moment of the blocks vanishes on every contrast inside a
                block, such as""",
                every(Instance(x.T * Sigma * x, "==", 0, MIXED, blocks), Instance(norm2(x), "==", 2, MIXED, blocks)),
                r"(two blocks of two labels), so it is not $\bar\kappa_bP$.",
            ),
        ),
        controls=(
            Control(
                "a two-valued vector whose entries do not add up to zero",
                _with_values(inside, outside).eq(two_valued, (inside - outside) * y_tilde(S)),
            ),
            Control("plain sums at perfect orthogonality", TAGWISE.eq(h(S), (in_set * SINGLETON(k)).over(k))),
            Control("the blocks perfectly orthogonal", Instance(Sigma, "==", trace(Sigma) * P / 3, MIXED, blocks)),
        ),
    )


def _with_values(inside: Any, outside: Any) -> Any:
    return MIXED.extended(
        models=(label_model(3, {(1,): 1, (2, 3): 2}, sizes={inside: sp.Integer(1), outside: sp.Integer(2)}),)
    )


# ====================================================================== W6a


@proves("W6a")
def complete_layers() -> Derivation:
    """W6a: the converse of O1 for complete layers."""
    bound = sp.Symbol("k", integer=True)
    a, b = sp.IndexedBase("a", positive=True), sp.IndexedBase("b", positive=True)
    length, eta = sp.symbols("ell eta", positive=True)
    off = sp.log(sp.Sum(a[bound], (bound, 1, m)))
    logs = sp.Sum(sp.log(a[bound]), (bound, 2, m))
    inner = sp.Sum(sp.log(b[bound]), (bound, 2, m))
    gap_of_set = length - off
    gap_of_sum = length - sp.log(a[1]) + sp.Sum(sp.log(b[bound]) - sp.log(a[bound]), (bound, 2, m))
    star = -off - eta + sp.log(a[1]) + logs - inner
    constant = 1 + eta / length
    x_1, x_2, x_3, q = sp.symbols("x_1 x_2 x_3 q", positive=True)
    cycle = tuple(
        Equation("the three conditions", left, q * (second + third))
        for left, second, third in ((x_1, x_2, x_3), (x_2, x_3, x_1), (x_3, x_1, x_2))
    )
    half = Equation("q = 1/2", q, HALF)
    own = sp.Symbol("q_2", positive=True)
    delta = sp.Symbol("delta", real=True)
    diagonal, level = sp.symbols("d a", positive=True)
    pattern = (diagonal + level) * eye(K) - level * (ones * ones.T)
    tau = sp.Symbol("tau", real=True)
    G1, N1 = Letter("G1", K, K, tex="G_1", symmetric=True), Letter("N", K, K, tex="N", symmetric=True)
    N2, X = Letter("N2", K, K, tex="N_2", symmetric=True), Letter("X", K, K, symmetric=True)
    B = Letter("B", K, K)
    threshold = MIXED.extended(
        letters=(G1, X, B),
        definitions=(
            (N1(), (size * (y_tilde(S) * y_tilde(S).T)).over(S)),
            (N2(), (size**2 * (y_tilde(S) * y_tilde(S).T)).over(S)),
        ),
        models=(_threshold_model(tau), _EVEN_THREE),
    )
    response = y_tilde(S) - (tau * size / K) * (G1() * y_tilde(S))
    z, lo = sp.IndexedBase("z", real=True), sp.Symbol("j", integer=True)
    softmax_entry = m * sp.exp(tau * z[lo]) / sp.Sum(sp.exp(tau * z[bound]), (bound, 1, K))
    slope = sp.diff(softmax_entry, tau).subs(tau, 0).doit()
    s_1, s_m, kap, nu, pi_1, pi_m = sp.symbols("sigma_1 sigma_m kappa nu pi_1 pi_m", positive=True)
    gram = Equation("the Gram factorization", N1(), B().T * B())
    lyapunov = Equation("the homogeneous equation", X() * N1() + N1() * X(), 0)
    positive_m = Scalars((m >= 2,))
    return Derivation(
        symbols=(
            (r"\ell=\frac12\log\frac1\lambda", "the scale of the logits in the terminal phase"),
            (
                r"a_k,\ b_k",
                r"""for a fixed set $S=\{1,\dots,m\}$, $i=1$ and $j\notin S$:
                $a_k=-(\Sigma^{+1/2})_{kj}$ and $b_k=-(\Sigma^{+1/2})_{ki}$, positive by the sign condition""",
            ),
            (r"\eta=\lim\ell(\alpha_m-1)", "the first-order constant, which depends on $m$ only"),
            (r"N=\sum_S\pi_Sm_S\tilde y_S\tilde y_S^\top", "the second moment weighted by multiplicity"),
            (r"G_1", r"the limit of $WW^\top/\mathrm{tr}(WW^\top)$ at the collapse threshold"),
        ),
        steps=(
            Step(
                r"*Penalties to zero.* The logits are known to first order.",
                lemma(
                    "T2 (first order of the terminal phase)",
                    r"""Under the strict sign condition, as $\lambda\to0$,
                        $z_{S,i}-z_{S,j}=\ell-\log(-(\Sigma^{+1/2}y_S)_j)+o(1)$ for $i\in S$, $j\notin S$.""",
                    (
                        "the vectors of the sign condition are the polar factor (T1):",
                        isotropic_polar_factor(free=False),
                    ),
                    gives=r"z_{S,i}-z_{S,j}=\ell-\log\textstyle\sum_{k\in S}a_k+o(1)",
                ),
            ),
            Step(
                r"""For a singleton $\{k\}$ with $k\ne i,j$ the difference $z_i-z_j$ is $\log b_k-\log a_k$, by
                subtraction of two such gaps. If prototypes are $\alpha_m$ times sums, so are logits. With
                $\alpha_m=1+\eta/\ell+o(1/\ell)$ (the leading terms force $\alpha_m\to1$) the defect of the two gaps
                is""",
                positive_m.eq(gap_of_set - constant * gap_of_sum, star + eta / length * (sp.log(a[1]) + logs - inner)),
                r"""whose first part must vanish as $\ell\to\infty$:
                $\log\sum_{k\in S}a_k=-\eta+\sum_{k\in S}\log a_k-\sum_{k\in S,k\ne i}\log b_k$. Call this
                ($\star$).""",
            ),
            Step(
                r"""*$m=2$.* Write $x_{ik}=1/(-(\Sigma^{+1/2})_{ik})$, symmetric in $i,k$. For $S=\{i,k\}$ and $j\notin
                S$ ($\star$) is $x_{ik}=q\,(x_{ij}+x_{kj})$ with $q=e^\eta$. All pairs are in the support, so the three
                pairs of any three labels give three equations. Their sum determines $q=\frac12$,""",
                Scalars().eq((1 - 2 * q) * (x_1 + x_2 + x_3), sp.Integer(0), *cycle),
            ),
            Step(
                r"and the difference of two of them makes the $x$ equal:",
                Scalars().eq(
                    sp.Rational(3, 2) * (x_1 - x_2),
                    sp.Integer(0),
                    cycle[0],
                    Equation(cycle[1].name, -cycle[1].left, -cycle[1].right),
                    half * (x_2 - x_1),
                ),
            ),
            Step(
                r"""*$m\ge3$.* Subtract ($\star$) for $i$ and for $i'$ in the same $S$, with the same $j$: with
                $\ell_{ki}=\log(-(\Sigma^{+1/2})_{ki})$, symmetric, $\sum_{k\in
                S\setminus\{i,i'\}}(\ell_{ki}-\ell_{ki'})=0$. Exchanging one $k$ for a label outside $S$ shows that
                $\delta=\ell_{ki}-\ell_{ki'}$ does not depend on $k$, so the sum is $(m-2)\delta$ and $\delta=0$:""",
                Scalars((m >= 3,)).eq(sp.Sum(delta, (bound, 3, m)), (m - 2) * delta),
                r"In both cases all off-diagonal entries of $\Sigma^{+1/2}$ are equal.",
            ),
            Step(
                r"""A symmetric matrix with equal off-diagonal entries $-a$ and rows that sum to zero is $aK$ times the
                centering: so $\Sigma^{+1/2}=aKP$ and $\Sigma=\kappa P$, $\kappa=(aK)^{-2}$.""",
                every(
                    MIXED.eq(pattern * ones, (diagonal + level - K * level) * ones),
                    MIXED.eq((K * level) * eye(K) - level * (ones * ones.T), (level * K) * P),
                ),
            ),
            Step(
                r"""*Penalties to the threshold.* Now $\Sigma=\kappa P$, and the threshold is $\kappa$ (U9). As
                $\lambda\to\kappa$ from below the optimum tends to 0 (it is unique there and $W=0$ is optimal at
                $\kappa$), and to first order the softmax is linear:""",
                Scalars((K >= 2,), in_range=(lo,)).eq(slope, m * (z[lo] - sp.Sum(z[bound], (bound, 1, K)) / K) / K),
            ),
            Step(
                r"""so $r_S=\tilde y_S-\frac{m_S}{K\lambda_H}WW^\top\tilde y_S+O(\|W\|^4)$. With
                $WW^\top/\lambda_H=\tau G_1+o(\tau)$ the residual second moment is, up to $o(\tau)$, of the form""",
                threshold.eq(
                    (response * response.T).over(S),
                    Sigma - tau / K * (G1() * N1() + N1() * G1()) + tau**2 / K**2 * (G1() * N2() * G1()),
                ),
                r"""$R=\kappa P-\frac\tau K(G_1N+NG_1)+o(\tau)$. Let $\vartheta\ge0$ be a limit of
                $K(\kappa-\lambda)/\tau$, which is bounded since $RW=\lambda W$. Optimality, $R\preceq\lambda I$ with
                equality on the range of $W$, becomes $G_1N+NG_1\succeq\vartheta P$ and
                $\mathrm{tr}\bigl((G_1N+NG_1-\vartheta P)G_1\bigr)=0$. If $G_1v=0$ for some contrast $v\ne0$, then
                $\vartheta=0$ and $\mathrm{tr}(G_1NG_1)=0$, so $G_1=0$, as $N\succeq\Sigma$ is positive definite on
                contrasts; but $\mathrm{tr}\,G_1=1$. So $G_1$ is positive definite there and $G_1N+NG_1=\vartheta
                P$.""",
            ),
            Step(
                r"""That equation has only one symmetric solution: if $XN+NX=0$, then, with $N=B^\top B$,""",
                threshold.zero_iff(0, B() * X(), (-HALF * X() * lyapunov).traced, (X() * gram * X()).traced),
                r"so $NX=0$ and $X=0$ on contrasts. Hence $G_1=\frac\vartheta2N^{+}$.",
            ),
            Step(
                r"""At full rank $h_S=\alpha_m\sum_{k\in S}h_{\{k\}}$ is $r_S=\alpha_m\sum_{k\in S}r_{\{k\}}$. To first
                order in $\tau$, with $\alpha_m=1-\tau\zeta+o(\tau)$,""",
                _first_order_averages(threshold, tau, G1),
                r"""so $\tilde y_S$ is an eigenvector of $G_1$ with an eigenvalue that depends on $m$ only. The $\tilde
                y_S$ of all $m$-sets span the contrasts ($e_i-e_j$ is a difference of two of them), so $G_1$ is a
                multiple of $P$, and so is $N$.""",
            ),
            Step(
                r"""Two multiples of $P$ determine both second moments: $\pi_1\Sigma_1+\pi_m\Sigma_m=\kappa P$ and
                $\pi_1\Sigma_1+m\,\pi_m\Sigma_m=\nu P$ have, eigenvalue by eigenvalue, one solution.""",
                Solves(
                    ((pi_1 * s_1 + pi_m * s_m, kap), (pi_1 * s_1 + m * pi_m * s_m, nu)),
                    ((s_1, (m * kap - nu) / (pi_1 * (m - 1))), (s_m, (nu - kap) / (pi_m * (m - 1)))),
                    positive_m,
                    unique=True,
                ),
                r"""So $\Sigma_1$ and $\Sigma_m$ are multiples of $P$; the traces make them $\bar\kappa_1P$ and
                    $\bar\kappa_mP$ (S2).""",
            ),
        ),
        controls=(
            Control(
                r"($\star$) with the sign of $\eta$ changed",
                positive_m.eq(
                    gap_of_set - constant * gap_of_sum, star + 2 * eta + eta / length * (sp.log(a[1]) + logs - inner)
                ),
            ),
            Control(
                "the three conditions with a constant for each pair",
                Scalars(points=({x_1: 1, x_2: 2, x_3: 3, q: sp.Rational(1, 5), own: HALF},)).eq(
                    x_1,
                    x_2,
                    Equation(cycle[0].name, x_1 - q * (x_2 + x_3), sp.Integer(0)),
                    Equation(cycle[1].name, x_2 - own * (x_3 + x_1), sp.Integer(0)),
                ),
            ),
            Control(
                r"the residual second moment with $m_S$ left out of the response",
                threshold.eq(
                    (response * response.T).over(S),
                    Sigma - tau / K * (G1() * Sigma + Sigma * G1()) + tau**2 / K**2 * (G1() * N2() * G1()),
                ),
            ),
            Control(
                "the slope of softmax without centering", Scalars((K >= 2,), in_range=(lo,)).eq(slope, m * z[lo] / K)
            ),
        ),
    )


def _first_order_averages(threshold: Algebra, tau: Any, G1: Letter) -> Identity:
    zeta = sp.Symbol("zeta", real=True)
    of_set = y_tilde(S) - (tau * size / K) * (G1() * y_tilde(S))
    of_label = (P * e(k)) - (tau / K) * (G1() * P * e(k))
    defect = of_set - (1 - tau * zeta) * (in_set * of_label).over(k)
    first = tau * (zeta * y_tilde(S) - (size - 1) / K * (G1() * y_tilde(S)))
    return threshold.eq(defect, first - (tau**2 * zeta / K) * (G1() * y_tilde(S)))


_EVEN_THREE = label_model(
    3,
    {(1,): 2, (2,): 2, (3,): 2, (1, 2): 1, (1, 3): 1, (2, 3): 1},
    letters={"B": lambda: sp.Rational(2, 3) * (sp.eye(3) - sp.ones(3, 3) / 3)},
)
r"""Singletons and pairs of three labels, evenly weighted, where :math:`N=\frac49P`."""


def _threshold_model(tau: Any) -> Model:
    size_ = 3
    return label_model(
        size_,
        {(1,): 1, (2,): 2, (3,): 1, (1, 2): 2, (2, 3): 1, (1, 3): 1},
        sizes={tau: sp.Rational(1, 3)},
        letters={"G1": lambda: [[2, -1, -1], [-1, 1, 0], [-1, 0, 1]]},
    )


# ====================================================================== W7

_chosen = Letter("y0", K, tex=r"y_{\{1,2\}}")
_left, _right = Letter("left", d, tex="v"), Letter("right", d, tex="w")
chosen = _chosen()
IN_CHOSEN = e(k).T * chosen


def _with_chosen(model: Model) -> Model:
    labels = int(model.sizes[K])
    return with_letters(model, {"y0": lambda: [[int(label <= 2)] for label in range(1, labels + 1)]})


MSE_WITHOUT_BIAS = _with_chosen(
    ridge(
        "K = 2 with 7/32 on {1}, 19/32 on {2}, 6/32 on {1,2}, lambda = 1/4",
        2,
        {(1,): 7, (2,): 19, (1, 2): 6},
        [[1, 0, 0], [1, 1, 1]],
        4,
        free=False,
        lambda_w=sp.Rational(1, 16),
    )
)
MSE_WITH_BIAS = _with_chosen(
    ridge(
        "two independent labels with frequencies 1/2 and 1/5, lambda = 121/900",
        2,
        {(): 4, (1,): 4, (2,): 1, (1, 2): 1},
        [[2, 0], [0, 1]],
        11,
        lambda_w=sp.Rational(11, 900),
    )
)
ORTHOGONAL = _with_chosen(
    etf_model(
        4,
        {(1,): 1, (2,): 1, (3,): 1, (4,): 1, (1, 2): 2, (3, 4): 2, (1, 3): 3, (2, 4): 1, (1, 4): 2, (2, 3): 2},
        3,
        {1: HALF, 2: sp.Rational(1, 3)},
        sizes={c_1: HALF},
        name="K = 4, uniform singletons and perfectly orthogonal pairs with three times the mass of {2,4} on {1,3}",
    )
)


@proves("W7")
def frequency_weighted_summands() -> Derivation:
    """W7: prototypes are not proportional to sums weighted by class frequencies."""
    frequency_1, frequency_2 = sp.symbols("f_1 f_2", positive=True)
    v, w = _left(), _right()
    vectors = MIXED.extended(letters=(_left, _right), models=(_vectors(frequency_1, frequency_2),))
    plain, weighted = v + w, frequency_1 * v + frequency_2 * w
    without = NO_BIAS.extended(letters=(_chosen,), models=(MSE_WITHOUT_BIAS,))
    free = FREE.extended(letters=(_chosen,), models=(MSE_WITH_BIAS,))
    orthogonal = TAGWISE.extended(letters=(_chosen,), models=(ORTHOGONAL,))
    weights = IN_CHOSEN * (e(k).T * f)
    size_of_edge = 1 - 1 / K
    return Derivation(
        symbols=(
            (r"v,w", "two singleton prototypes"),
            (r"y_{\{1,2\}}", r"the label set $\{1,2\}$, and $e_k^\top f=f_k$"),
        ),
        steps=(
            Step(
                r"""Two vectors are proportional iff their Gram determinant vanishes. For $v+w$ and $f_1v+f_2w$ it is a
                multiple of that of $v$ and $w$:""",
                vectors.eq(
                    norm2(plain) * norm2(weighted) - (plain.T * weighted) * (plain.T * weighted),
                    (frequency_1 - frequency_2) ** 2 * (norm2(v) * norm2(w) - (v.T * w) * (v.T * w)),
                ),
                r"So for independent $v,w$ both can be right only if $f_1=f_2$.",
            ),
            Step(
                r"""*MSE without bias* (W2: plain sums), $K=2$, $\pi=(7,19,6)/32$ on $\{1\},\{2\},\{1,2\}$,
                $\lambda=\frac14$, classifier rows $(1,0,0)$ and $(1,1,1)$, $\lambda_H=4$. It is the optimum,
                $R=\lambda I$, and""",
                every(
                    Instance((r(S) * r(S).T).over(S), "==", eye(K) / 4, _residuals(), MSE_WITHOUT_BIAS),
                    Refutation(
                        A * chosen,
                        (Term(weights, SINGLETON(k), k),),
                        FROM_SINGLETONS,
                        Circumstances("MSE", "none", r"$\lambda=\frac14$, $K=2$"),
                        without,
                        MSE_WITHOUT_BIAS,
                    ),
                ),
            ),
            Step(
                r"""*MSE with a free bias*, two independent labels of frequencies $\frac12$ and $\frac15$,
                $\lambda=\frac{121}{900}$ (W2a): the optimum, $R=\lambda I$, and""",
                every(
                    Instance(
                        (r(S) * r(S).T).over(S), "==", sp.Rational(121, 900) * eye(K), _residuals(), MSE_WITH_BIAS
                    ),
                    Refutation(
                        A * (chosen - f),
                        (Term(weights, SINGLETON(k), k),),
                        FROM_SINGLETONS,
                        Circumstances("MSE", "free", r"$\lambda=\frac{121}{900}$, $K=2$"),
                        free,
                        MSE_WITH_BIAS,
                    ),
                ),
            ),
            Step(
                r"""*PAL-CE*, $K=4$: perfect orthogonality does not make pair frequencies uniform (S2), here that of
                $\{1,3\}$ is three times that of $\{2,4\}$. By O1 the direction of $h_{\{1,2\}}$ is that of
                $W^\top\tilde y_{\{1,2\}}$ at *every* $\lambda$ below the threshold, and $f_1\ne f_2$:""",
                every(
                    Instance(
                        (_is_pair() * (y_tilde(S) * y_tilde(S).T)).over(S),
                        "==",
                        sp.Rational(12, 16) * P / 3,
                        orthogonal,
                        ORTHOGONAL,
                    ),
                    Refutation(
                        W.T * P * chosen,
                        (Term(weights, SINGLETON(k), k),),
                        FROM_SINGLETONS,
                        Circumstances("PAL-CE", "none", r"every $\lambda$, perfect orthogonality, $K=4$"),
                        orthogonal,
                        ORTHOGONAL,
                    ),
                ),
            ),
            Step(
                r"""*PAL-CE, $\lambda\to0$*, any $K\ge3$ (W4: plain sums): the limits of $h_{\{1\}},h_{\{2\}}$ have the
                logits $\tilde e_1,\tilde e_2$, whose Gram determinant is $\frac{K-2}K$, so they are independent, and
                the first step refutes the reading as soon as $f_1\ne f_2$ and $\{1,2\}$ is in the support.""",
                Scalars((K >= 3,)).gt(size_of_edge**2 - 1 / K**2, 0, (K - 2) / K),
            ),
        ),
        controls=(
            Control(
                "plain sums refuted in the same instance",
                Refutation(
                    A * chosen,
                    (Term(IN_CHOSEN, SINGLETON(k), k),),
                    "",
                    Circumstances("", "", ""),
                    without,
                    MSE_WITHOUT_BIAS,
                ),
            ),
            Control(
                "the Gram determinant with $f_1^2-f_2^2$",
                vectors.eq(
                    norm2(plain) * norm2(weighted) - (plain.T * weighted) * (plain.T * weighted),
                    (frequency_1**2 - frequency_2**2) * (norm2(v) * norm2(w) - (v.T * w) * (v.T * w)),
                ),
            ),
        ),
    )


def _is_pair() -> Formula:
    """1 for pairs and 0 for singletons."""
    return number(size - 1)


def _vectors(frequency_1: Any, frequency_2: Any) -> Model:
    return label_model(
        2,
        {(1,): 1, (2,): 1},
        name="two independent vectors",
        sizes={frequency_1: HALF, frequency_2: sp.Rational(1, 3)},
        letters={"left": lambda: [[1], [2]], "right": lambda: [[0], [1]]},
    )


def _residuals() -> Any:
    """Instances with their residuals as letters."""
    return MIXED.extended(letters=(R_LETTER,), models=())
