r"""Chapter T: the terminal phase, lambda to zero, derived.

The functions are in the order of the theory, one claim each. New beside them: T2a, the second-order term and the exact
equation at finite lambda; T3a, families for which the sign condition is automatic; T3b, the constant of T3 attained by
a label distribution; T5a, the stability of the prototypes' map; T6, three labels in closed form. T3 to T4 are in
``proofs.chapters.terminal_phase.sign_condition``.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from proofs.kernel.algebra import Algebra
from proofs.kernel.checks import Equation
from proofs.kernel.compound import every, lemma
from proofs.kernel.derivation import Control, Derivation, Part, Step, proves
from proofs.kernel.explicit import MatrixIdentity
from proofs.kernel.formula import Formula, Letter, eye, norm2, number, trace
from proofs.kernel.normal_form import Rule
from proofs.kernel.outcome import Sign
from proofs.kernel.scalars import Scalars
from proofs.letters.roots import (
    PAIRS,
    ROOTS_MIXED,
    SINGLES_AND_PAIRS,
    SQUARE,
    TWO_OF_FOUR,
    InverseRoot,
    Pi,
    Root,
    lam,
    lam_h,
    lam_w,
    mu,
    q,
    root_rules,
)
from proofs.letters.tagwise import FLAT, TAGWISE, Pi_q, Q, Q_inverse, at
from proofs.letters.three_labels import (
    CENTER,
    contrast_determinant,
    inverse_root,
    kappa_of,
    root,
    second_moment,
    terminal_row_distance,
)
from proofs.letters.vocabulary import (
    HALF,
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
    kappa,
    m,
    m_of,
    ones,
    v,
    x,
    y,
    y_tilde,
)

_PLAIN = Scalars()
_INVERSE = InverseRoot * SQUARE * InverseRoot

# ====================================================================== T1

_h = Letter("h", d, indices=(SETS,), tex="h_{{{0}}}")
_t = Letter("t", K, indices=(SETS,), tex="t_{{{0}}}")
_alpha = Letter("alpha", indices=(SETS,), tex=r"\alpha_{{{0}}}")
_u = Letter("u", indices=(SETS,), tex="u_{{{0}}}", sign=Sign.NONNEGATIVE)
h, slack, level, surplus = _h, _t, _alpha, _u


def _feasible_point(scale: int) -> Any:
    """The point of T1 with features and classifier scaled, so that margins are ``scale**2``."""
    signs = {frozenset({1, i}): sp.Matrix([1 if k in (1, i) else -1 for k in range(1, 5)]) for i in (2, 3, 4)}
    roots = dict(zip(signs, (sp.Rational(2, 7), sp.Rational(3, 7), sp.Rational(6, 7)), strict=True))
    classifier = sp.Matrix.hstack(*(scale * sp.sqrt(roots[s]) / 2 * sign for s, sign in signs.items()))
    excess_margin = scale**2 - 1
    return at(
        PAIRS,
        name=f"{PAIRS.name} at margin {scale**2}",
        sizes={d: 3},
        letters={
            "W": lambda: classifier,
            "h": lambda s: classifier.T * signs[s] / (2 * roots[s]),
            "alpha": lambda _: [[sp.Rational(scale**2, 2) - 1]],
            "t": lambda s: [[0 if i in s else excess_margin] for i in range(1, 5)],
            "u": lambda s: [[excess_margin / roots[s]]],
        },
    )


_MARGIN = ROOTS_MIXED.extended(
    letters=(_h, _t, _alpha, _u), models=(_feasible_point(1), _feasible_point(2), TWO_OF_FOUR)
)


@proves("T1")
def hard_margin() -> Derivation:
    """T1: under the sign condition the centered indicators solve the hard-margin problem."""
    return Derivation.in_parts(_margin_without_bias(), _margin_with_bias(), _margin_necessary())


def _margin_without_bias() -> Part:
    margins = Equation("the margins", W * h(S), level(S) * ones + y(S) - slack(S))
    sign = Equation("the sign condition", -(q(S).T * slack(S)), surplus(S))
    size = HALF * norm2(W) + HALF * norm2(h(S)).over(S)
    tight = Equation("no surplus", slack(S), 0)
    classifier = Equation("zero square", Pi * W, W)
    sums = Equation("centered logits", ones.T * (W * h(S)), 0)
    mean = Equation("the level", level(S), -m_of[S.symbol] / K * number(1))
    factor = Equation("the choice of W", W * W.T, Root)
    logits = Equation("the logits at a minimiser", W * W.T * q(S), y_tilde(S))
    chosen = W.T * q(S)
    return Part(
        title="Without bias",
        statement=r"The minimum of $\frac12\|W\|_F^2+\frac12\sum_S\pi_S\|h_S\|^2$ under the margins is "
        r"$\mathrm{tr}\,\Sigma^{1/2}$.",
        source="new here",
        symbols=(
            (r"q_S=\Sigma^{+1/2}\tilde y_S", "the columns of the polar factor of $PYD^{1/2}$, over $\\sqrt{\\pi_S}$"),
            (r"t_S\ge0", r"how much the logits outside $S$ are lower than required; $t_{S,k}=0$ for $k\in S$"),
            (r"\alpha_S", r"fixed by the common logit inside $S$, which is $\alpha_S+1$"),
            (r"u_S=-q_S^\top t_S", r"nonnegative: $t_S$ lives outside $S$, where $q_S\le0$ by the sign condition"),
        ),
        steps=(
            Step(
                r"""The nuclear norm is the least $\frac12\|W\|_F^2+\frac12\sum_S\pi_S\|h_S\|^2$ with $Wh_S=z_S$ (U5),
                and feasible logits are $z_S=\alpha_S\mathbf 1+y_S-t_S$. The vectors $q_S$ have second moment $\Pi$,
                which is at most $I$:""",
                _MARGIN.eq((q(S) * q(S).T).over(S), Pi, _INVERSE),
            ),
            Step(
                r"""They certify the minimum: the regulariser exceeds $\mathrm{tr}\,\Sigma^{1/2}$ by two squares and the
                surplus margin,""",
                _MARGIN.ge(
                    size,
                    trace(Root),
                    HALF * norm2(h(S) - W.T * q(S)).over(S) + HALF * norm2((eye(K) - Pi) * W) + surplus(S).over(S),
                    (q(S).T * margins).over(S),
                    sign.over(S),
                    (-HALF * W.T * _INVERSE * W).traced,
                    (InverseRoot * SQUARE).traced,
                ),
            ),
            Step(
                r"and it is attained: $WW^\top=\Sigma^{1/2}$, $h_S=W^\top q_S$ has logits $\tilde y_S$ and just that:",
                every(
                    _MARGIN.eq(W * chosen, y_tilde(S), factor * q(S)),
                    _MARGIN.eq(
                        HALF * norm2(W) + HALF * norm2(chosen).over(S),
                        trace(Root),
                        factor.traced * HALF,
                        (HALF * q(S).T * factor * q(S)).over(S),
                        (HALF * InverseRoot * SQUARE * InverseRoot * Root).traced,
                    ),
                ),
            ),
            Step(
                r"""*Uniqueness.* At a minimiser the squares vanish and $u_S=0$; if $q_{S,j}<0$ strictly outside $S$,
                then $t_S=0$. From $\Pi W=W$ the logits are centered, which fixes the level,""",
                every(
                    _MARGIN.eq(ones.T * (W * h(S)), 0, -ones.T * classifier * h(S)),
                    _MARGIN.eq(K * level(S), -m_of[S.symbol] * number(1), sums, -ones.T * margins, ones.T * tight),
                ),
            ),
            Step(
                "so the logits are the centered indicators,",
                _MARGIN.eq(W * h(S), y_tilde(S), margins, mean * ones, -tight),
            ),
            Step(
                r"the classifier's Gram matrix is the root (insert $h_S=W^\top q_S$ into $Wh_S=\tilde y_S$),",
                _MARGIN.eq(
                    W * W.T,
                    Root,
                    (logits * q(S).T).over(S),
                    -W * classifier.T,
                    -W * W.T * _INVERSE,
                    SQUARE * InverseRoot,
                ),
            ),
            Step(
                "and prototypes are sums over the labels of the set, whether or not singletons are in the support:",
                _MARGIN.eq(chosen, ((e(k).T * y(S)) * (W.T * InverseRoot * e(k))).over(k)),
            ),
        ),
        controls=(
            Control("twice the minimum", _MARGIN.ge(size - 2 * trace(Root), 0, None, (q(S).T * margins).over(S))),
            Control(
                r"$\mathrm{tr}\,\Sigma$ in place of $\mathrm{tr}\,\Sigma^{1/2}$ for the minimum",
                _MARGIN.eq(HALF * norm2(W) + HALF * norm2(chosen).over(S), trace(Sigma)),
            ),
            Control(r"$\Sigma$ in place of $\Sigma^{1/2}$ for the Gram matrix", _MARGIN.eq(W * W.T, Sigma, factor)),
        ),
        remark=r"""The certificate $q_S$ is a subgradient of the nuclear norm; its entries outside $S$ are minus the
            margin multipliers. That the minimisers of $F$ follow this direction as $\lambda\to0$ is part of T2.""",
    )


def _margin_with_bias() -> Part:
    root_c, inverse_c, projector = (
        Letter(name, K, K, tex=tex, symmetric=True, sign=Sign.NONNEGATIVE)
        for name, tex in (("C^{1/2}", r"\tilde C^{1/2}"), ("C^{+1/2}", r"\tilde C^{+1/2}"), ("Pi_C", r"\Pi_C"))
    )
    RootC, InverseC, PiC = root_c(), inverse_c(), projector()
    b_letter = Letter("b", K)
    b = b_letter()
    deviation = P * (y(S) - f)
    covariance = (deviation * deviation.T).over(S)
    square = Equation("the root of the covariance", covariance, RootC * RootC)
    column = InverseC * deviation
    signs = sp.Matrix([1, 1, -1, -1])
    model = at(
        FLAT,
        letters={
            "C^{1/2}": lambda: signs * signs.T / 4,
            "C^{+1/2}": lambda: signs * signs.T / 4,
            "Pi_C": lambda: signs * signs.T / 4,
            "h": lambda s: [[1 if 1 in s else -1], [0]],
            "alpha": lambda _: [[0]],
            "t": lambda _: [[0]] * 4,
            "u": lambda _: [[0]],
            "b": lambda: [[HALF]] * 4,
        },
    )
    singles = at(SINGLES_AND_PAIRS, letters={"h": lambda _: [[1], [1]], "b": lambda: [[1], [2], [3], [4]]})
    algebra = MIXED.extended(
        letters=(_h, _t, _alpha, _u, root_c, inverse_c, projector, b_letter),
        rules=root_rules(RootC, InverseC, PiC),
        models=(model, singles),
    )
    margins = Equation("the margins", W * h(S) + b, level(S) * ones + y(S) - slack(S))
    sign = Equation("the sign condition", -(column.T * slack(S)), surplus(S))
    size = HALF * norm2(W) + HALF * norm2(h(S)).over(S)
    inverse = InverseC * square * InverseC
    return Part(
        title="Free bias",
        statement=r"""The same with $q_S=\tilde C^{+1/2}(y_S-f)$, $\tilde C=P(M-ff^\top)P$: if $q_{S,j}\le0$ for
            $j\notin S$, the minimum under margins of $Wh_S+b$ is $\mathrm{tr}\,\tilde C^{1/2}$.""",
        source="new here",
        symbols=((r"\tilde C", r"the centered covariance; for one multiplicity it is $C$ itself"),),
        steps=(
            Step(r"The columns are centered, so that no bias can pay for a margin,", algebra.eq(column.over(S), 0)),
            Step(
                r"have second moment $\Pi_C$ and pair with the indicators to the trace of the root,",
                every(
                    algebra.eq((column * column.T).over(S), PiC, inverse),
                    algebra.eq((column.T * y(S)).over(S), trace(RootC), (InverseC * square).traced),
                ),
            ),
            Step(
                r"and certify the minimum:",
                algebra.ge(
                    size,
                    trace(RootC),
                    HALF * norm2(h(S) - W.T * column).over(S) + HALF * norm2((eye(K) - PiC) * W) + surplus(S).over(S),
                    (column.T * margins).over(S),
                    sign.over(S),
                    (-HALF * W.T * inverse * W).traced,
                    (InverseC * square).traced,
                ),
            ),
        ),
        controls=(
            Control(
                r"$q_S=\tilde C^{+1/2}y_S$ without subtracting the frequencies has mean zero too",
                _uneven(inverse_c).eq((InverseC * y(S)).over(S), 0),
            ),
            Control(
                "the covariance of mixed multiplicities annihilates the ones, so that centering is idle",
                algebra.eq(((y(S) - f) * (y(S) - f).T).over(S) * ones, 0),
            ),
        ),
        remark=r"""For mixed multiplicities $C\mathbf 1\ne0$, so "the same with $C$" has to be read with $PCP$; PAL-CE
            residuals sum to zero and see nothing else.""",
    )


def _uneven(inverse: Letter) -> Algebra:
    """Labels of unequal frequency, where a root that is applied without subtracting the mean is not centered."""
    model = at(PAIRS, letters={inverse.name: lambda: sp.eye(4) - sp.ones(4, 4) / 4})
    return MIXED.extended(letters=(inverse,), models=(model,))


def _margin_necessary() -> Part:
    shift = Letter("epsilon", indices=(SETS,), tex=r"\epsilon_{{{0}}}", sign=Sign.NONNEGATIVE)
    algebra = ROOTS_MIXED.extended(
        letters=(shift,),
        models=[
            at(
                PAIRS,
                name=f"{PAIRS.name}, epsilon = 1/3 on {{1,2}} and 0 else",
                sizes={d: 3},
                letters={
                    "epsilon": lambda s: [[sp.Rational(1, 3) if 2 in s else 0]],
                    "W": _feasible_point(1).letters["W"],
                },
            )
        ],
    )
    logits = y_tilde(S) - shift(S) * (P * e(j))
    factor = Equation("the choice of W", W * W.T, Root)
    full = Equation("full rank", Pi, P)
    features = W.T * InverseRoot * logits
    size = HALF * norm2(W) + HALF * norm2(features).over(S)
    change = (
        trace(Root)
        - (shift(S) * (e(j).T * q(S))).over(S)
        + HALF * (e(j).T * InverseRoot * e(j)) * (shift(S) * shift(S)).over(S)
    )
    return Part(
        title="The sign condition is necessary",
        statement=r"""Let $\Sigma$ have rank $K-1$ and $(\Sigma^{+1/2}y_S)_j>0$ for some $S$ in the support and $j\notin
            S$. Then lowering the logit $j$ of $S$ a little lowers the regulariser, so $PY$ is not a minimiser.""",
        source="new here",
        symbols=((r"\epsilon_S\ge0", r"by how much the logit $j$ of $S$ is lowered; zero for sets that contain $j$"),),
        steps=(
            Step(
                r"""The logits $z_S=\tilde y_S-\epsilon_SPe_j$ still have their margins. With $WW^\top=\Sigma^{1/2}$ and
                $h_S=W^\top\Sigma^{+1/2}z_S$ they are reached,""",
                algebra.eq(W * features, logits, factor * InverseRoot * logits, full * -(e(j) * shift(S))),
            ),
            Step(
                r"""and the regulariser is, to first order in $\epsilon$, smaller by
                $\sum_S\pi_S\epsilon_S\,(\Sigma^{+1/2}y_S)_j$:""",
                algebra.eq(
                    size,
                    change,
                    factor.traced * HALF,
                    (HALF * logits.T * InverseRoot * factor * InverseRoot * logits).over(S),
                    (HALF * InverseRoot * SQUARE).traced,
                ),
                then=r"which is below $\mathrm{tr}\,\Sigma^{1/2}$ for small $\epsilon_S>0$ at one such $S$ alone.",
            ),
        ),
        controls=(
            Control(
                "the first-order change with the opposite sign",
                algebra.eq(
                    size,
                    trace(Root)
                    + (shift(S) * (e(j).T * q(S))).over(S)
                    + HALF * (e(j).T * InverseRoot * e(j)) * (shift(S) * shift(S)).over(S),
                    factor.traced,
                ),
            ),
        ),
    )


# ====================================================================== T2

_tau = sp.Symbol("tau", positive=True)


@proves("T2")
def logarithmic_approach() -> Derivation:
    """T2: the first order, with proof that the regularisation path follows it."""
    logs = Letter("ell", K, indices=(SETS,), tex=r"\ell_{{{0}}}")
    size = m_of[S.symbol]
    algebra = ROOTS_MIXED.extended(
        letters=(logs,),
        models=[at(PAIRS, sizes={_tau: 2}, letters={"ell": lambda s: [[i * len(s)] for i in range(1, 5)]})],
    )
    log_p = logs(S) - _tau * (ones - y(S)) - sp.log(size) * ones
    inside, outside, penalty = sp.symbols("b a mu", positive=True)
    p, p_star, ratio = sp.symbols("p p_s x", positive=True)

    def psi(of: Any) -> Any:
        return of - 1 - sp.log(of)

    angle = sp.Symbol("mu", positive=True)
    balanced = sp.Symbol("kbar", positive=True)
    gap = sp.log((K * sp.sqrt(balanced) - angle * (K - m)) / (m * angle))
    return Derivation(
        symbols=(
            (r"\tau=\log\frac1\mu=\frac12\log\frac1\lambda", "the logarithmic scale"),
            (r"\ell_S", r"the vector with the entries $\log(-q_{S,j})$ off the set and $\log(1-\mu q_{S,k})$ on it"),
            (r"\psi(x)=x-1-\log x", "nonnegative, and zero only at 1"),
        ),
        steps=(
            Step(
                r"""*The polar point* $p_S=(y_S-\mu q_S)/m_S$ is in the interior of the domain for small $\mu$, and its
                logarithm is $\log p_S=\ell_S-\tau(\mathbf 1-y_S)-\log m_S\,\mathbf 1$. Centered, it differs from
                $\tau\tilde y_S$ by a vector that stays bounded:""",
                algebra.eq(P * log_p - _tau * y_tilde(S), P * logs(S)),
            ),
            Step(
                r"So with $s=\tau$ the bound of L5d on $\sum_S\pi_Sm_S\mathrm{KL}(p_S\,\|\,p_S^*)$ is",
                algebra.eq(
                    mu
                    / (2 * _tau)
                    * ((P * log_p - _tau * y_tilde(S)).T * InverseRoot * (P * log_p - _tau * y_tilde(S))).over(S),
                    mu / (2 * _tau) * (logs(S).T * InverseRoot * logs(S)).over(S),
                ),
                then=r"which is $O(\mu/\tau)$: each $\ell_S$ has a limit.",
            ),
            Step(
                r"""The divergence is a sum of nonnegative terms $p_j\,\psi(p^*_j/p_j)$, because
                    $\sum_j(p^*_j-p_j)=0$:""",
                _PLAIN.eq(p * sp.log(p / p_star) + (p_star - p), p * psi(p_star / p)),
                then=r"""So $\pi_Sm_Sp_{S,j}\,\psi(p^*_{S,j}/p_{S,j})=O(\mu/\tau)$, where $m_Sp_{S,j}=-\mu q_{S,j}$ off
                    the set: $\psi(p^*_{S,j}/p_{S,j})=O(1/\tau)$, and on the set it is $O(\mu/\tau)$.""",
            ),
            Step(
                r"As $\psi$ is strictly convex with its zero at 1, all ratios tend to 1 like $1+O(\tau^{-1/2})$:",
                every(
                    _PLAIN.eq(sp.Derivative(psi(ratio), ratio, 2), 1 / ratio**2),
                    _PLAIN.gt(1 / ratio**2, 0),
                    _PLAIN.eq(sp.Derivative(psi(ratio), ratio), (ratio - 1) / ratio),
                ),
            ),
            Step(
                r"""The logit differences are the log-ratios of $p^*_S$, so up to $O(\tau^{-1/2})$ those of $p_S$: with
                $a=-q_{S,j}$ and $b=1-\mu q_{S,k}\to1$,""",
                _PLAIN.eq(sp.log(inside / (penalty * outside)), sp.log(1 / penalty) - sp.log(outside) + sp.log(inside)),
            ),
            Step(
                r"""*The orthogonal case, as a series.* For one multiplicity under perfect orthogonality the polar point
                is the optimum (O1, $c=\mu/\sqrt{\bar\kappa_m}$), so the difference is
                $\log\bigl(1+\frac{K(1-c)}{mc}\bigr)$ exactly, and the correction is a power series in $\mu$:""",
                every(
                    Scalars((m >= 1, m + 1 <= K)).eq(
                        sp.log(1 + K * (1 - angle / sp.sqrt(balanced)) / (m * angle / sp.sqrt(balanced))), gap
                    ),
                    _PLAIN.eq(
                        _series(gap + sp.log(angle), angle, 2),
                        sp.log(K * sp.sqrt(balanced) / m)
                        - (K - m) / K * angle / sp.sqrt(balanced)
                        - (K - m) ** 2 / K**2 * angle**2 / (2 * balanced),
                    ),
                ),
                then=r"""in agreement with $-q_{S,j}=\frac m{K\sqrt{\bar\kappa_m}}$. There the error is
                    $O(\sqrt\lambda)$; in general it is logarithmic (T2a).""",
            ),
        ),
        controls=(
            Control(
                r"$\psi$ of the inverted ratio", _PLAIN.eq(p * sp.log(p / p_star) + (p_star - p), p * psi(p / p_star))
            ),
            Control(
                r"$\log\frac1\lambda$ in place of $\frac12\log\frac1\lambda$",
                _PLAIN.eq(
                    sp.log(inside / (penalty * outside)), 2 * sp.log(1 / penalty) - sp.log(outside) + sp.log(inside)
                ),
            ),
            Control(
                "the polar logits differ from $\\tau y_S$ by the centered logarithms",
                algebra.eq(P * log_p - _tau * y(S), P * logs(S)),
            ),
            Control(
                "the orthogonal series with the coefficient $1$ in place of $(K-m)/K$",
                Scalars((m >= 1, m + 1 <= K)).eq(
                    _series(gap + sp.log(angle), angle, 1),
                    sp.log(K * sp.sqrt(balanced) / m) - angle / sp.sqrt(balanced),
                ),
            ),
        ),
    )


def _series(formula: Any, variable: Any, order: int) -> Any:
    """Taylor polynomial at zero of a formula that is analytic there, by SymPy."""
    expanded = sp.expand_log(formula, force=True)
    return sum(
        (sp.diff(expanded, variable, n).subs(variable, 0) * variable**n / sp.factorial(n) for n in range(order + 1)),
        sp.Integer(0),
    )


# ====================================================================== T2a

_limit = Letter("C", K, indices=(SETS,), tex="C_{{{0}}}")
_N_letter = Letter("N", K, K, symmetric=True)
_scale = sp.Symbol("x", positive=True)


@proves("T2a")
def second_order() -> Derivation:
    """T2a: the exact equation at finite lambda, and the second-order term that it gives."""
    return Derivation.in_parts(_exact_equation(), _expansion())


def _exact_equation() -> Part:
    logits = Letter("z", K, indices=(SETS,), tex="z_{{{0}}}")
    z = logits
    signs = {frozenset({1, 2}): sp.Matrix([1, 1, -1, -1]), frozenset({1, 3}): sp.Matrix([1, -1, 1, -1])}
    algebra = TAGWISE.extended(
        letters=(logits,), models=[at(TAGWISE.models[-1], sizes={lam_w: 4}, letters={"z": lambda s: HALF * signs[s]})]
    )
    square = Equation("the root of the second moment", (z(S) * z(S).T).over(S), Q * Q)
    reach = Equation("logits lie in the range", Pi_q * z(S), z(S))
    factor = Equation("the choice of W", W * W.T, sp.sqrt(lam_h / lam_w) * Q)
    ranged = Equation("rows of W in the range", Pi_q * W, W)
    residual = mu * (Q_inverse * z(S))
    features = 1 / lam_h * (W.T * residual)
    moment = (residual * residual.T).over(S)
    isotropic = lam * Q_inverse * square * Q_inverse
    return Part(
        title="The equation at finite penalty",
        statement=r"""Logits that solve $y_S-m_S\,\mathrm{softmax}(z_S)=\mu Q^+z_S$, $Q=(\sum_S\pi_Sz_Sz_S^\top)^{1/2}$,
            are optimal.""",
        source="new here",
        symbols=((r"\Pi_Q=QQ^+", "the projector onto the range of $Q$"),),
        steps=(
            Step(
                r"The right sides $r_S=\mu Q^+z_S$ have an isotropic second moment, hence are dual feasible:",
                every(
                    algebra.eq(moment, lam * Pi_q, isotropic),
                    algebra.ge(
                        lam * (v.T * v) - v.T * moment * v, 0, lam * norm2((eye(K) - Pi_q) * v), -v.T * isotropic * v
                    ),
                ),
            ),
            Step(
                r"""With $WW^\top=\sqrt{\lambda_H/\lambda_W}\,Q$ and $h_S=\frac1{\lambda_H}W^\top r_S$ both equations of
                (U2) and the logits hold, so this is a stationary point with $R\preceq\lambda I$, which is optimal
                (U7):""",
                every(
                    algebra.eq(W * features, z(S), mu / lam_h * factor * Q_inverse * z(S), reach),
                    algebra.eq(1 / lam_w * (residual * features.T).over(S), W, 1 / lam * isotropic * W, ranged),
                ),
                then=r"""Conversely at an optimum of full rank $R=\lambda P$ (U8), and (U2) gives
                    $G^2=\frac{\lambda_H}{\lambda_W} \sum_S\pi_Sz_Sz_S^\top$ and $r_S=\lambda_HG^+z_S$, which is the
                    equation.""",
            ),
        ),
        controls=(
            Control(
                r"$\lambda$ in place of $\mu=\sqrt\lambda$ in the residuals, so that $R=\lambda^2\Pi_Q$",
                algebra.eq(
                    ((lam * (Q_inverse * z(S))) * (lam * (Q_inverse * z(S))).T).over(S),
                    lam * Pi_q,
                    lam * Q_inverse * square * Q_inverse,
                ),
            ),
            Control(
                "the second moment of the residuals without the inverse root",
                algebra.eq(((mu * z(S)) * (mu * z(S)).T).over(S), lam * Pi_q),
            ),
        ),
    )


def _expansion() -> Part:
    C, N = _limit, _N_letter()
    algebra = ROOTS_MIXED.extended(
        letters=(_limit, _N_letter),
        models=[
            at(
                PAIRS,
                sizes={_scale: HALF},
                letters={
                    "C": lambda s: [[3 if i in s else -3] for i in range(1, 5)],
                    "N": lambda: 3 * (PAIRS.letters["Pi"]() * 2 - sp.zeros(4, 4)) * PAIRS.letters["Sigma^{1/2}"](),
                },
            )
        ],
    )
    cross = (y_tilde(S) * C(S).T + C(S) * y_tilde(S).T).over(S)
    sylvester = Equation("the definition of N", Root * N + N * Root, cross)
    reach = Equation("full rank", Pi * C(S), C(S))
    reach_n = Equation("full rank", Pi * N, N)
    delta = InverseRoot * (C(S) - N * q(S))
    varied = y_tilde(S) + _scale * C(S)
    x_ = sp.Symbol("x", real=True)
    value, change = sp.symbols("a delta", positive=True)
    first, second = sp.symbols("y_1 y_2", positive=True)
    move_1, move_2 = sp.symbols("C_1 C_2", real=True)
    w_1, w_2 = sp.symbols("pi_1 pi_2", positive=True)
    sigma = w_1 * first**2 + w_2 * second**2
    width = sp.sqrt(sigma)
    polar = (first + x_ * move_1) / sp.sqrt(w_1 * (first + x_ * move_1) ** 2 + w_2 * (second + x_ * move_2) ** 2)
    slope = (w_1 * first * move_1 + w_2 * second * move_2) / width
    return Part(
        title="The second-order term",
        statement=r"""Write $z_S=\tau(\tilde y_S+xu_S)$ with $x=1/\tau$. Then $u_S$ is an analytic function of $x$ and
            $\mu$ near zero with $u_S=C_S+x\,(\text{centered } \delta_{S,j}/q_{S,j}\text{ off the set, }0\text{ on
            it})+O(x^2)+O(\mu)$.""",
        source="new here",
        symbols=((r"x=1/\tau", "the small parameter"),),
        steps=(
            Step(
                r"""The equation of the first part reads $u_S=\Lambda_S\bigl(q_S(x,u),\mu\bigr)$: with
                $q_S(x,u)=\bigl(\sum_T\pi_T\hat z_T\hat z_T^\top\bigr)^{+1/2}\hat z_S$, $\hat z_S=\tilde y_S+xu_S$, the
                vector $\Lambda_S(q,\mu)$ is the centering of $\log(-q_j)$ off the set and $\log(1-\mu q_k)$ on it.""",
                lemma(
                    "analytic implicit function theorem",
                    r"""If $\Phi(u,x,\mu)$ is analytic near a zero $(u_0,0,0)$ and $\partial_u\Phi$ is
                    invertible there, then near it the zeros are $u=u(x,\mu)$ with an analytic function.""",
                    (
                        r"""$u$ enters the moment only through $xu$ (shown for a fixed $u_S=C_S$), so that at $x=0$
                            the derivative $\partial_u(u-\Lambda)$ is the identity:""",
                        algebra.eq(
                            (varied * varied.T).over(S), Sigma + _scale * cross + _scale**2 * (C(S) * C(S).T).over(S)
                        ),
                    ),
                    (
                        r"""The inverse root is analytic near a moment of full rank, and at $x=0$ the rank is full;
                            the logarithms are analytic as $-q_{S,j}>0$:""",
                        algebra.eq(InverseRoot * Sigma * InverseRoot, P, _INVERSE, Equation("full rank", Pi, P)),
                    ),
                    gives=r"u_S = C_S + x\,\partial_x\Lambda_S\bigl(q_S(x,C),0\bigr)\big|_{x=0} + O(x^2)+O(\mu)",
                ),
                then=r"""The solution is a stationary point of full rank with $R=\lambda P$, hence the optimum.""",
            ),
            Step(
                r"The root of the varied moment is $\Sigma^{1/2}+xN$ up to $x^2$:",
                algebra.eq(
                    (varied * varied.T).over(S),
                    (Root + _scale * N) * (Root + _scale * N) + _scale**2 * ((C(S) * C(S).T).over(S) - N * N),
                    SQUARE,
                    sylvester * -_scale,
                ),
            ),
            Step(
                r"and $q_S+x\delta_S$ is the polar column up to $x^2$:",
                algebra.eq(
                    (Root + _scale * N) * (q(S) + _scale * delta),
                    varied + _scale**2 * (N * delta),
                    reach * _scale,
                    -_scale * reach_n * q(S),
                ),
            ),
            Step(
                r"It keeps the residuals isotropic to first order:",
                algebra.eq(
                    (delta * q(S).T + q(S) * delta.T).over(S),
                    0,
                    -InverseRoot * sylvester * InverseRoot,
                    -InverseRoot * N * InverseRoot * SQUARE * InverseRoot,
                    -InverseRoot * SQUARE * InverseRoot * N * InverseRoot,
                ),
            ),
            Step(
                r"""The same by SymPy's series, for two label sets whose logits vary along one eigenvector (so
                $\sigma=\pi_1y_1^2+\pi_2y_2^2$ and $N$ is the number $(\pi_1y_1C_1+\pi_2y_2C_2)/\sqrt\sigma$):""",
                _PLAIN.eq(_series(polar, x_, 1), first / width + x_ * (move_1 - slope * first / width) / width),
            ),
            Step(
                r"Finally the logarithm of an entry off the set, $-q_{S,j}=a$, $-\delta_{S,j}=\delta$:",
                _PLAIN.eq(sp.Derivative(sp.log(value + x_ * change), x_), change / (value + x_ * change)),
                then=r"""which at $x=0$ gives $\log(-q_{S,j})+x\,\delta_{S,j}/q_{S,j}$: multiply by $\tau\cdot x=1$ and
                    subtract from the common value on the set.""",
            ),
        ),
        controls=(
            Control(
                r"$\delta_S=\Sigma^{+1/2}C_S$ without the change of the root",
                algebra.eq((InverseRoot * C(S) * q(S).T + q(S) * (InverseRoot * C(S)).T).over(S), 0),
            ),
            Control(
                "the first-order root twice as large",
                algebra.eq(
                    (varied * varied.T).over(S),
                    (Root + 2 * _scale * N) * (Root + 2 * _scale * N)
                    + _scale**2 * ((C(S) * C(S).T).over(S) - 4 * N * N),
                    sylvester,
                ),
            ),
            Control(
                "the series of the polar column without the change of the root",
                _PLAIN.eq(_series(polar, x_, 1), first / width + x_ * move_1 / width),
            ),
        ),
        remark=r"""How usable the rules are depends on the conditioning. Iterating the equation from $z_S=\tilde y_S$
            need not converge unless $\lambda$ is minute: its linearisation has norm of order
            $1/(\tau\,\sqrt\kappa\,\min_{S,j}|q_{S,j}|)$.""",
    )


# ====================================================================== T5

_at_p, _at_q = sp.symbols("l l'", positive=True)
_eta = sp.Symbol("eta", nonnegative=True)


def _two_roots() -> tuple[Any, ...]:
    root_p, root_q, inverse_p, inverse_q, low_p, low_q = (
        Letter(name, K, K, tex=tex, symmetric=True, sign=Sign.NONNEGATIVE)
        for name, tex in (
            ("Rp", r"\Sigma^{1/2}"),
            ("Rq", r"\Sigma'^{1/2}"),
            ("Ip", r"\Sigma^{+1/2}"),
            ("Iq", r"\Sigma'^{+1/2}"),
            ("Lp", r"N"),
            ("Lq", r"N'"),
        )
    )
    signs = sp.Matrix([1, 1, -1, -1])
    plain = sp.eye(4) - sp.ones(4, 4) / 4
    E = signs * signs.T / 4
    model = at(
        PAIRS,
        name="K = 4 with roots 1 and 1, but for 3 in the first on (1, 1, -1, -1)",
        sizes={_at_p: 1, _at_q: 1, _eta: 2, kappa: 1},
        letters={
            "Rp": lambda: plain + 2 * E,
            "Rq": lambda: plain,
            "Ip": lambda: plain - E * sp.Rational(2, 3),
            "Iq": lambda: plain,
            "x": lambda: signs,
        },
    )
    RP, RQ, IP, IQ = root_p(), root_q(), inverse_p(), inverse_q()
    algebra = Algebra(
        letters=(ones.data[0], x.data[0], root_p, root_q, inverse_p, inverse_q),
        definitions=(
            (P, eye(K) - sp.Integer(1) / K * (ones * ones.T)),
            (low_p(), RP - _at_p * P),
            (low_q(), RQ - _at_q * P),
        ),
        rules=(
            Rule(ones.T * ones, K, "K entries, each 1"),
            Rule(ones.T * x, 0, "x is a contrast"),
            *(Rule(letter * ones, 0, "contrasts only") for letter in (RP, RQ, IP, IQ)),
            *(
                Rule(a * b, P, "inverse on the contrasts")
                for one, other in ((RP, IP), (RQ, IQ))
                for a, b in ((one, other), (other, one))
            ),
        ),
        models=(model,),
    )
    return algebra, RP, RQ, IP, IQ, low_p(), low_q()


@proves("T5")
def stability() -> Derivation:
    """T5: the weakest contrast is the condition number of the map from data to geometry, and a floor under it."""
    algebra, RP, RQ, _, _, low_p, low_q = _two_roots()
    difference = RP - RQ
    moments = RP * RP - RQ * RQ
    eigen = Equation("the eigenvector", difference * x, _eta * x)
    one, other = sp.symbols("a b", positive=True)
    floor = ROOTS_MIXED.extended(
        definitions=((_floor_letter(), Root - _at_p * P),), models=[at(PAIRS, sizes={_at_p: sp.Rational(2, 7)})]
    )
    pair = e(j) - e(k)
    two = Equation("two labels", e(j).T * e(k), 0)
    return Derivation(
        symbols=(
            (r"l=\sqrt\kappa,\ l'=\sqrt{\kappa'}", "the least eigenvalues of the roots on the contrasts"),
            (r"N=\Sigma^{1/2}-lP,\ N'", "positive semidefinite"),
            (
                r"\eta,\ x",
                r"""$\eta=\|\Sigma^{1/2}-\Sigma'^{1/2}\|_2$ and an eigenvector, the distributions named such that the
                eigenvalue is $+\eta$""",
            ),
        ),
        steps=(
            Step(
                r"The difference of the roots solves a Sylvester equation:",
                algebra.eq(RP * difference + difference * RQ, moments),
            ),
            Step(
                r"""Along its top eigenvector the difference of the moments is at least $\eta(l+l')$, which is the claim
                since it is at most $\|\Sigma-\Sigma'\|_2\|x\|^2$:""",
                algebra.ge(
                    x.T * moments * x,
                    _eta * (_at_p + _at_q) * (x.T * x),
                    _eta * (x.T * low_p * x) + _eta * (x.T * low_q * x),
                    x.T * RP * eigen,
                    eigen.T * RQ * x,
                ),
            ),
            Step(
                "For $\\Sigma=a^2P$, $\\Sigma'=b^2P$ it is an equality:",
                _PLAIN.eq((one**2 - other**2) / (one + other), one - other),
            ),
            Step(
                r"*The floor.* With $N=\Sigma^{1/2}-lP\succeq0$,",
                floor.ge(
                    pair.T * Root * pair, 2 * _at_p * number(1), pair.T * _floor_letter() * pair, two * (-2 * _at_p)
                ),
                then=r"""where the left side is $\|w_j-w_k\|^2$ for $WW^\top=\Sigma^{1/2}$. The form vanishes iff
                    $N(e_j-e_k)=0$.""",
            ),
        ),
        controls=(
            Control(
                "three times the bound",
                algebra.ge(x.T * moments * x - 3 * _eta * (_at_p + _at_q) * (x.T * x), 0, None, x.T * eigen),
            ),
            Control(
                "the Sylvester equation with the factors exchanged in one term",
                algebra.eq(RP * difference - difference * RQ, moments),
            ),
            Control(
                r"the floor $2\mathrm K^{1/2}$",
                floor.ge(pair.T * Root * pair - 6 * _at_p * number(1), 0, 3 * (pair.T * _floor_letter() * pair)),
            ),
        ),
    )


def _floor_letter() -> Formula:
    return Letter("Nfloor", K, K, tex="N", symmetric=True, sign=Sign.NONNEGATIVE)()


@proves("T5a")
def prototype_stability() -> Derivation:
    """T5a: the same for the map from label sets to prototypes and logit offsets."""
    algebra, RP, RQ, IP, IQ, low_p, _ = _two_roots()
    return Derivation(
        steps=(
            Step(
                r"""The difference of the inverses is the difference of the roots between them,""",
                algebra.eq(IP - IQ, IP * (RQ - RP) * IQ),
                then=r"""so its norm is at most $\kappa^{-1/2}\|\Sigma^{1/2}-\Sigma'^{1/2}\|_2\,\kappa'^{-1/2}$, and T5
                    bounds the middle.""",
            ),
            Step(
                r"The bound on the inverse root, from $\Sigma^{1/2}\succeq lP$ and $z=\Sigma^{+1/2}x$:",
                algebra.ge(x.T * IP * x, _at_p * (x.T * IP * IP * x), x.T * IP * low_p * IP * x),
                then=r"""which says that every eigenvalue $\sigma^{-1/2}$ of $\Sigma^{+1/2}$ obeys
                    $\sigma^{-1/2}\ge\sqrt\kappa\,\sigma^{-1}$, that is $\sigma^{-1/2}\le\kappa^{-1/2}$.""",
            ),
        ),
        controls=(
            Control("the difference of the inverses with the opposite sign", algebra.eq(IP - IQ, IP * (RP - RQ) * IQ)),
            Control("the inverses not around the difference", algebra.eq(IP - IQ, RQ - RP)),
        ),
    )


# ====================================================================== T6


@proves("T6")
def three_labels() -> Derivation:
    """T6: three labels, any imbalance, in closed form."""
    d_1, d_2 = sp.symbols("d_1 d_2", positive=True)
    d_3 = 1 - d_1 - d_2
    triple = (d_1, d_2, d_3)
    setting = Scalars((1 - d_1 - d_2 > 0,))
    low, high = kappa_of(triple)
    delta = sp.Symbol("delta", positive=True)
    square = contrast_determinant(triple)
    trace_root = sp.sqrt(sp.Rational(2, 3) + 2 * sp.sqrt(square))
    sigma, gram, inverse = second_moment(triple), root(triple), inverse_root(triple)
    off = -(d_3 + sp.sqrt(square)) / (3 * sp.sqrt(square) * trace_root)
    diagonal = (d_2 + d_3 + 2 * sp.sqrt(square)) / (3 * sp.sqrt(square) * trace_root)
    pair = sp.Matrix([[1, -1, 0]])
    return Derivation(
        symbols=(("d_3", "is $1-d_1-d_2$ throughout"),),
        steps=(
            Step(
                r"""The two eigenvalues on $\mathbf 1^\perp$ are the roots of $x^2-\frac23x+\delta^2$:""",
                every(
                    setting.eq((_scale - low) * (_scale - high), _scale**2 - sp.Rational(2, 3) * _scale + square),
                    MatrixIdentity(
                        sp.MatAdd(sp.MatMul(sigma, sigma), -sp.Rational(2, 3) * sigma),
                        -square * CENTER,
                        setting,
                        name=r"\Sigma^2-\tfrac23\Sigma",
                        value=r"-\delta^2P",
                    ),
                ),
            ),
            Step(
                r"""By this equation the claimed root squares to $\Sigma$; it is positive semidefinite, as $\Sigma$ and
                    $P$ are.""",
                MatrixIdentity(
                    sp.MatMul(gram, gram),
                    sigma,
                    setting,
                    name=r"\left(\frac{\Sigma+\delta P}{\sqrt{2/3+2\delta}}\right)^2",
                    value=r"\Sigma",
                ),
            ),
            Step(
                r"""Its inverse on $\mathbf 1^\perp$ is
                $\bigl((\frac23+\delta)P-\Sigma\bigr)/\bigl(\delta\sqrt{2/3+2\delta}\bigr)$:""",
                MatrixIdentity(
                    sp.MatMul(gram, inverse), CENTER, setting, name=r"\Sigma^{1/2}\,\Sigma^{+1/2}", value="P"
                ),
            ),
            Step(
                r"The entries of the inverse root, off and on the diagonal (the others by relabelling):",
                every(
                    MatrixIdentity(
                        sp.MatMul(sp.Matrix([[1, 0, 0]]), inverse, sp.Matrix([0, 1, 0])),
                        sp.Matrix([[off]]),
                        setting,
                        name=r"(\Sigma^{+1/2})_{12}",
                        value=r"-\frac{d_3+\delta}{3\delta\sqrt{2/3+2\delta}}",
                    ),
                    MatrixIdentity(
                        sp.MatMul(sp.Matrix([[1, 0, 0]]), inverse, sp.Matrix([1, 0, 0])),
                        sp.Matrix([[diagonal]]),
                        setting,
                        name=r"(\Sigma^{+1/2})_{11}",
                        value=r"\frac{d_2+d_3+2\delta}{3\delta\sqrt{2/3+2\delta}}",
                    ),
                    (
                        r"negative off the diagonal, also for $d_3=0$",
                        _PLAIN.gt((_share + delta) / (3 * delta * sp.sqrt(sp.Rational(2, 3) + 2 * delta)), 0),
                    ),
                ),
                then=r"""For a pair $\{2,3\}$ the entry off the set is $(\Sigma^{+1/2}y)_1=-(\Sigma^{+1/2})_{11}$,
                    because the rows sum to zero.""",
            ),
            Step(
                "The distances of the classifier's rows in the terminal geometry:",
                MatrixIdentity(
                    sp.MatMul(pair, gram, pair.T),
                    sp.Matrix([[terminal_row_distance(triple, 0, 1)]]),
                    setting,
                    name=r"\|w_1-w_2\|^2",
                    value=r"\frac{d_1+d_2+2\delta}{\sqrt{2/3+2\delta}}",
                ),
            ),
            Step(
                r"and the regulariser, from $\mathrm{tr}\,\Sigma=\frac23$:",
                MatrixIdentity(
                    sp.Matrix([[gram.trace()]]),
                    sp.Matrix([[trace_root]]),
                    setting,
                    name=r"\mathrm{tr}\,\Sigma^{1/2}",
                    value=r"\sqrt{2/3+2\delta}",
                ),
            ),
        ),
        controls=(
            Control(
                r"$1-3\delta^2$ in place of $1-9\delta^2$ under the root",
                setting.eq((1 - sp.sqrt(1 - 3 * square)) * (1 + sp.sqrt(1 - 3 * square)) / 9, square),
            ),
            Control(
                r"the root without $\delta P$",
                MatrixIdentity(sp.MatMul(sigma, sigma), sp.Rational(2, 3) * sigma, setting),
            ),
            Control(
                r"the off-diagonal entry with $d_1$ in place of $d_3$",
                MatrixIdentity(
                    sp.MatMul(sp.Matrix([[1, 0, 0]]), inverse, sp.Matrix([0, 1, 0])),
                    sp.Matrix([[-(d_1 + sp.sqrt(square)) / (3 * sp.sqrt(square) * trace_root)]]),
                    setting,
                ),
            ),
        ),
    )


_share = sp.Symbol("d_i", nonnegative=True)
