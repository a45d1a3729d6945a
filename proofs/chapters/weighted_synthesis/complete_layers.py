r"""W6a: on complete layers, averaging at every penalty is perfect orthogonality."""

from __future__ import annotations

from typing import Any

import sympy as sp

from proofs.chapters.weighted_synthesis.squared_loss import in_set, size
from proofs.chapters.weighted_synthesis.terminal_rules import isotropic_polar_factor
from proofs.kernel.algebra import Algebra
from proofs.kernel.checks import Equation, Identity, Solves
from proofs.kernel.compound import every, lemma
from proofs.kernel.derivation import Control, Derivation, Step, proves
from proofs.kernel.formula import Letter, eye
from proofs.kernel.models import Model
from proofs.kernel.scalars import Scalars
from proofs.letters.vocabulary import HALF, MIXED, K, P, S, Sigma, e, k, label_model, m, ones, y_tilde

__all__ = ["complete_layers"]


AT_LEAST_TWO = Scalars((m >= 2,))


@proves("W6a")
def complete_layers() -> Derivation:
    """W6a: the converse of O1 for complete layers."""
    to_zero, to_the_threshold = _penalties_to_zero(), _penalties_to_the_threshold()
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
        steps=(*to_zero.steps, *to_the_threshold.steps),
        controls=(*to_zero.controls, *to_the_threshold.controls),
    )


def _penalties_to_zero() -> Derivation:
    r"""The second moment is flat: first order of the terminal phase, label by label."""
    bound = sp.Symbol("k", integer=True)
    length, eta = sp.symbols("ell eta", positive=True)
    a, b = sp.IndexedBase("a", positive=True), sp.IndexedBase("b", positive=True)
    off = sp.log(sp.Sum(a[bound], (bound, 1, m)))
    logs, inner = (sp.Sum(sp.log(entry[bound]), (bound, 2, m)) for entry in (a, b))
    gap_of_set = length - off
    gap_of_sum = length - sp.log(a[1]) + sp.Sum(sp.log(b[bound]) - sp.log(a[bound]), (bound, 2, m))
    star = -off - eta + sp.log(a[1]) + logs - inner
    defect, rest = gap_of_set - (1 + eta / length) * gap_of_sum, eta / length * (sp.log(a[1]) + logs - inner)
    x_1, x_2, x_3, q, own = sp.symbols("x_1 x_2 x_3 q q_2", positive=True)
    cycle = tuple(
        Equation("the three conditions", left, q * (second + third))
        for left, second, third in ((x_1, x_2, x_3), (x_2, x_3, x_1), (x_3, x_1, x_2))
    )
    half, delta = Equation("q = 1/2", q, HALF), sp.Symbol("delta", real=True)
    diagonal, level = sp.symbols("d a", positive=True)
    pattern = (diagonal + level) * eye(K) - level * (ones * ones.T)
    return Derivation(
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
                AT_LEAST_TWO.eq(defect, star + rest),
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
        ),
        controls=(
            Control(
                "the first-order condition with the sign of eta changed", AT_LEAST_TWO.eq(defect, star + 2 * eta + rest)
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
        ),
    )


def _penalties_to_the_threshold() -> Derivation:
    r"""Each layer is flat: first order at full collapse."""
    bound, tau = sp.Symbol("k", integer=True), sp.Symbol("tau", real=True)
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
    return Derivation(
        steps=(
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
                    AT_LEAST_TWO,
                    unique=True,
                ),
                r"""So $\Sigma_1$ and $\Sigma_m$ are multiples of $P$; the traces make them $\bar\kappa_1P$ and
                    $\bar\kappa_mP$ (S2).""",
            ),
        ),
        controls=(
            Control(
                "the residual second moment with m_S left out of the response",
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
    return label_model(
        3,
        {(1,): 1, (2,): 2, (3,): 1, (1, 2): 2, (2, 3): 1, (1, 3): 1},
        sizes={tau: sp.Rational(1, 3)},
        letters={"G1": lambda: [[2, -1, -1], [-1, 1, 0], [-1, 0, 1]]},
    )
