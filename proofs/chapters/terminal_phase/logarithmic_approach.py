r"""T2 and T2a: how the optimum comes near its limit: the constant, the exact equation, the next term."""

from typing import Any

import sympy as sp

from proofs.kernel.checks import Equation, Identity
from proofs.kernel.compound import every
from proofs.kernel.derivation import Derivation, Part, proves, told
from proofs.kernel.formula import Letter, eye, norm2
from proofs.kernel.scalars import Scalars
from proofs.letters.roots import PAIRS, ROOTS_MIXED, SQUARE, InverseRoot, Pi, Root, lam, lam_h, lam_w, mu, q
from proofs.letters.tagwise import TAGWISE, Pi_q, Q, Q_inverse, at
from proofs.letters.vocabulary import HALF, SETS, K, P, S, W, m, m_of, ones, v, y, y_tilde

_PLAIN = Scalars()

# ====================================================================== T2

_tau = sp.Symbol("tau", positive=True)


@proves("T2")
def logarithmic_approach() -> Derivation:
    """T2: margins of the polar point, and how far the optimal ones can be from them."""
    logs = Letter("ell", K, indices=(SETS,), tex=r"\ell_{{{0}}}")
    size = m_of[S.symbol]
    algebra = ROOTS_MIXED.extended(
        letters=(logs,),
        models=[at(PAIRS, sizes={_tau: 2}, letters={"ell": lambda s: [[i * len(s)] for i in range(1, 5)]})],
    )
    log_p = logs(S) - _tau * (ones - y(S)) - sp.log(size) * ones
    inside, outside, penalty = sp.symbols("b a mu", positive=True)
    p, p_star = sp.symbols("p p_s", positive=True)
    root, half = sp.symbols("s ell", real=True)

    def psi(of: Any) -> Any:
        return of - 1 - sp.log(of)

    def difference(rate: int, constant: Any) -> Identity:
        """A logit difference of the polar point, with the leading term and the constant that are claimed."""
        return _PLAIN.eq(sp.log(inside / (penalty * outside)), rate * sp.log(1 / penalty) + constant + sp.log(inside))

    angle = sp.Symbol("mu", positive=True)
    balanced = sp.Symbol("kbar", positive=True)
    gap = sp.log((K * sp.sqrt(balanced) - angle * (K - m)) / (m * angle))
    return Derivation(
        symbols=(
            (r"\tau=\log\frac1\mu=\frac12\log\frac1\lambda", "the logarithmic scale"),
            (r"\ell_S", r"the vector with the entries $\log(-q_{S,j})$ off the set and $\log(1-\mu q_{S,k})$ on it"),
            (r"\psi(x)=x-1-\log x", "nonnegative, and zero only at 1"),
        ),
        steps=told(
            r"""*The polar point* $p_S=(y_S-\mu q_S)/m_S$ is in the interior of the domain for small $\mu$, and its
            logarithm is $\log p_S=\ell_S-\tau(\mathbf 1-y_S)-\log m_S\,\mathbf 1$. Centered, it differs from
            $\tau\tilde y_S$ by a vector that stays bounded:""",
            algebra.eq(P * log_p - _tau * y_tilde(S), P * logs(S)),
            r"""T8 bounds $\sum_S\pi_Sm_S\mathrm{KL}(p_S\,\|\,p_S^*)$ by $\frac\mu2E$, at any rank. At rank $K-1$
            and with the factors of L5d at $s=\tau$ that is""",
            algebra.eq(
                mu
                / (2 * _tau)
                * ((P * log_p - _tau * y_tilde(S)).T * InverseRoot * (P * log_p - _tau * y_tilde(S))).over(S),
                mu / (2 * _tau) * (logs(S).T * InverseRoot * logs(S)).over(S),
            ),
            r"which is $O(\mu/\tau)$: each $\ell_S$ has a limit.",
            r"The divergence is a sum of nonnegative terms $p_j\,\psi(p^*_j/p_j)$, because $\sum_j(p^*_j-p_j)=0$:",
            _PLAIN.eq(p * sp.log(p / p_star) + (p_star - p), p * psi(p_star / p)),
            r"""So $\pi_Sm_Sp_{S,j}\,\psi(p^*_{S,j}/p_{S,j})\le\frac\mu2E$, where $m_Sp_{S,j}=-\mu q_{S,j}$ off the set:
            $\psi(p^*_{S,j}/p_{S,j})\le v_j=\frac E{2\pi_S(-q_{S,j})}$. On the set it is $O(\mu E)$.""",
            r"""Where $\psi(x)\le v$ for $x=s^2$, and with $\ell=\log s\le s-1$, $v\ge\psi(x)=s^2-1-2\ell$. If
            $1+\ell\ge0$ this is at least $\ell^2$, for""",
            _PLAIN.eq(root**2 - 1 - 2 * half - half**2, (root - 1 - half) * (root + 1 + half)),
            r"Else it is more than $-\ell$. So $(\log x)^2=4\ell^2\le4(v+v^2)$.",
            r"""The logit differences are the log-ratios of $p^*_S$, so they are those of $p_S$ plus the difference
            of two such logarithms: with $a=-q_{S,j}$ and $b=1-\mu q_{S,k}\to1$,""",
            difference(1, -sp.log(outside)),
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
            r"""in agreement with $-q_{S,j}=\frac m{K\sqrt{\bar\kappa_m}}$. There the error is
                $O(\sqrt\lambda)$; in general it is logarithmic (T2a).""",
        ),
        variants={
            "psi of the inverted ratio": _PLAIN.eq(p * sp.log(p / p_star) + (p_star - p), p * psi(p / p_star)),
            "log 1/lambda in place of its half": difference(2, -sp.log(outside)),
            "the constant with the opposite sign": difference(1, sp.log(outside)),
            "no constant": difference(1, sp.Integer(0)),
            "uncentered leading term": algebra.eq(P * log_p - _tau * y(S), P * logs(S)),
            "the orthogonal series with the coefficient 1 in place of (K - m)/K": Scalars((m >= 1, m + 1 <= K)).eq(
                _series(gap + sp.log(angle), angle, 1), sp.log(K * sp.sqrt(balanced) / m) - angle / sp.sqrt(balanced)
            ),
        },
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
        steps=told(
            r"The right sides $r_S=\mu Q^+z_S$ have an isotropic second moment, hence are dual feasible:",
            every(
                algebra.eq(moment, lam * Pi_q, isotropic),
                algebra.ge(
                    lam * (v.T * v) - v.T * moment * v, 0, lam * norm2((eye(K) - Pi_q) * v), -v.T * isotropic * v
                ),
            ),
            r"""With $WW^\top=\sqrt{\lambda_H/\lambda_W}\,Q$ and $h_S=\frac1{\lambda_H}W^\top r_S$ both equations of
            (U2) and the logits hold, so this is a stationary point with $R\preceq\lambda I$, which is optimal (U7):""",
            every(
                algebra.eq(W * features, z(S), mu / lam_h * factor * Q_inverse * z(S), reach),
                algebra.eq(1 / lam_w * (residual * features.T).over(S), W, 1 / lam * isotropic * W, ranged),
            ),
            r"""Conversely (U2) gives $G^2=\frac{\lambda_H}{\lambda_W} \sum_S\pi_Sz_Sz_S^\top$ at every
                stationary point, so $G$ is that multiple of $Q$, the only root; and $Gr_S=\lambda_Hz_S$, at full
                rank $r_S=\lambda_HG^+z_S$, which is the equation.""",
        ),
        variants={
            "lambda in place of its root mu": algebra.eq(
                ((lam * (Q_inverse * z(S))) * (lam * (Q_inverse * z(S))).T).over(S),
                lam * Pi_q,
                lam * Q_inverse * square * Q_inverse,
            ),
            "the inverse in place of the inverse root": algebra.eq(
                ((Q_inverse * residual) * (Q_inverse * residual).T).over(S), lam * Pi_q
            ),
        },
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
    value, moved = sp.symbols("a b", positive=True)
    return Part(
        title="The second-order term",
        statement=r"""With $x=1/\tau$ the margins of the optimum are those of the residuals $\mu q^x_S$, up to T2's
            error for them, and $q^x_S$ is $q_S+x\delta_S$ up to $x^2$.""",
        source="new here",
        symbols=(
            (r"x=1/\tau", "the small parameter"),
            (
                r"q^x_S",
                r"the polar columns of $\tilde y_S+xC_S$, the inverse root of whose second moment they are made with",
            ),
        ),
        steps=told(
            r"""T8 and T2 hold for the polar columns of any vectors, not of $\tilde y_S$ only. The logits whose
            residuals are $\mu q^x_S$ are less far from $\tau(\tilde y_S+xC_S)=\tau\tilde y_S+C_S$ than those of
            $\mu q_S$ from $\tau\tilde y_S$: with $-q_{S,j}=a$ and $-q^x_{S,j}=b$ the difference off the set is""",
            _PLAIN.eq(sp.log(moved * sp.exp(-_tau)) - (sp.log(value) - _tau), sp.log(moved / value)),
            r"""and $\log(1-\mu q^x_{S,k})$ on it. With factors of the root at $\tau$, as in L5d, $E$ is the
            form of $M_x^{+1/2}$ in these differences, over $\tau$.""",
            r"The root of the varied moment is $\Sigma^{1/2}+xN$ up to $x^2$:",
            algebra.eq(
                (varied * varied.T).over(S),
                (Root + _scale * N) * (Root + _scale * N) + _scale**2 * ((C(S) * C(S).T).over(S) - N * N),
                SQUARE,
                sylvester * -_scale,
            ),
            r"and $q_S+x\delta_S$ is the polar column up to $x^2$:",
            algebra.eq(
                (Root + _scale * N) * (q(S) + _scale * delta),
                varied + _scale**2 * (N * delta),
                reach * _scale,
                -_scale * reach_n * q(S),
            ),
            r"It keeps the residuals isotropic to first order:",
            algebra.eq(
                (delta * q(S).T + q(S) * delta.T).over(S),
                0,
                -InverseRoot * sylvester * InverseRoot,
                -InverseRoot * N * InverseRoot * SQUARE * InverseRoot,
                -InverseRoot * SQUARE * InverseRoot * N * InverseRoot,
            ),
            r"""How far the root $R$ is from $R'=\Sigma^{1/2}+xN$: $D=R-R'$ has $DR+R'D=R^2-R'^2=x^2Y$ with
            $Y=\sum_S\pi_SC_SC_S^\top-N^2$. Paired with $D$ the left side is at least $(s+s')\,\mathrm{tr}D^2$, so
            $(s+s')^2\,\mathrm{tr}D^2\le x^4\,\mathrm{tr}Y^2$; and $R(q^x_S-q_S-x\delta_S)=-D(q_S+x\delta_S)
            -x^2N\delta_S$. Finally with $u=q^x_{S,j}/q_{S,j}$ the logarithm is between its tangents,
            $0\le u-1-\log u\le u-1+\frac1u-1$, and""",
            _PLAIN.eq(moved / value - 1 + value / moved - 1, (moved - value) ** 2 / (value * moved)),
        ),
        variants={
            "the root unchanged": algebra.eq((InverseRoot * C(S) * q(S).T + q(S) * (InverseRoot * C(S)).T).over(S), 0),
            "the root changed twice": algebra.eq(
                (varied * varied.T).over(S),
                (Root + 2 * _scale * N) * (Root + 2 * _scale * N) + _scale**2 * ((C(S) * C(S).T).over(S) - 4 * N * N),
                sylvester,
            ),
        },
        remark=r"""How usable the rules are depends on the conditioning. Iterating the equation from $z_S=\tilde y_S$
            need not converge unless $\lambda$ is minute: its linearisation has norm of order
            $1/(\tau\,\sqrt\kappa\,\min_{S,j}|q_{S,j}|)$.""",
    )
