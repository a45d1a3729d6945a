r"""Chapter L: how low the loss can be, in terms of the label covariance spectrum, derived.

The functions are in the order of the theory, one claim each. L5a to L5d say what L5 leaves open: the tag-wise bound in
closed form, where the polar bound falls below L1 and where it cannot, and how far the polar point is from the optimum.
"""

from typing import Any

import sympy as sp

from proofs.kernel.checks import Equation
from proofs.kernel.compound import every
from proofs.kernel.derivation import Derivation, Part, proves, told
from proofs.kernel.explicit import Instance, MatrixIdentity
from proofs.kernel.formula import Letter, eye, norm2, number, trace
from proofs.kernel.outcome import Sign
from proofs.kernel.scalars import Scalars
from proofs.letters.roots import PAIRS, ROOTS, SINGLES_AND_PAIRS, TWO_OF_FOUR, Pi, lam, lam_h, lam_w, mu, root_model
from proofs.letters.tagwise import (
    COUNTS,
    RANGE_Q,
    SQUARE_Q,
    TAGWISE,
    H,
    Q,
    Q_inverse,
    argument,
    at,
    c,
    c_S,
    contrast_slope,
    energy,
    excess,
    logit_moment,
    logits,
    m_S,
    p_in,
    p_out,
    t,
    tagwise_loss,
    weak_duality,
)
from proofs.letters.vocabulary import (
    FIXED,
    GRAM_PAIRS,
    HALF,
    MIXED,
    SETS,
    SPECTRAL,
    THREE_PAIRS,
    THREE_SINGLES,
    High,
    K,
    Low,
    P,
    S,
    Sigma,
    W,
    d,
    f,
    gram_factorization,
    kappa,
    kappa_bar,
    m,
    ones,
    top,
    v,
    x,
    y,
    y_tilde,
)

# ====================================================================== L1

_rest = sp.Symbol("delta", nonnegative=True)
_BOUND = SPECTRAL.extended(models=[at(mod, sizes={excess: 1, _rest: HALF}) for mod in (THREE_PAIRS, THREE_SINGLES)])
_scaled = c * y_tilde(S)
_moment = (_scaled * _scaled.T).over(S)

_MEAN_RESIDUAL_VANISHES = {"with a free bias too": _BOUND.eq(_scaled.over(S), 0)}
"""What weak duality asks for besides, where the bias is free."""


@proves("L1")
def entropy_bound() -> Derivation:
    """L1: one multiplicity, a loss no distribution with this largest eigenvalue goes below."""
    return Derivation.in_parts(_floor(), _floor_attained())


def _floor() -> Part:
    upper = (c**2 * top, c**2)
    return Part(
        title="The bound",
        statement=r"$\min F\ge H_m(c)$ with $c=\min(1,\sqrt{\lambda/\mathrm K_m})$.",
        source="new here",
        symbols=(
            (
                r"\varepsilon=\frac{K(1-c)}{mc}\ge0",
                r"so that $c=\frac K{K+m\varepsilon}$; $1+\varepsilon$ are the odds",
            ),
            (r"\overline Q=\mathrm KP-\Sigma", "positive semidefinite, by the definition of $\\mathrm K$"),
            (r"\delta\ge0", r"the amount by which $\lambda$ exceeds $\mathrm K$, when it does"),
        ),
        steps=told(
            r"""The dual point is $r_S=c\,\tilde y_S$. It makes $p_S=(y_S-r_S)/m$ two-valued, and positive, whatever
            the label set:""",
            FIXED.eq(sp.Integer(1) / m * (y(S) - _scaled), p_in * y(S) + p_out * (ones - y(S))),
            r"A label set has $m$ labels, so this is $\frac{1-c(1-m/K)}m$ on $m$ labels and $\frac cK$ on $K-m$:",
            "",
            every(
                ("on a label of the set", COUNTS.eq((1 - c * (1 - m / K)) / m, p_in)),
                ("outside, as the sum is one", COUNTS.eq(m * p_in + (K - m) * (c / K), sp.Integer(1))),
                ("the odds", COUNTS.eq(K * (1 - c) / (m * c), excess)),
            ),
            "Its entropy, times $m$, in terms of the odds:",
            COUNTS.eq(-m * (m * p_in * sp.log(p_in) + (K - m) * p_out * sp.log(p_out)), H),
            "Weak duality needs three things.",
            weak_duality(
                (r"$1^\top r_S=0$:", FIXED.eq(ones.T * _scaled, 0)),
                (r"$p_S\ge0$, as both its values are positive:", every(COUNTS.gt(p_in, 0), COUNTS.gt(p_out, 0))),
                (
                    r"$R\preceq\lambda I$ when $\lambda=c^2\mathrm K<\mathrm K$ (the form $v^\top(\lambda I-R)v$):",
                    _BOUND.ge(
                        upper[0] * (v.T * v) - v.T * _moment * v,
                        0,
                        upper[1] * (v.T * High * v) + upper[0] / K * norm2(ones.T * v),
                    ),
                ),
                (
                    r"$R\preceq\lambda I$ when $\lambda=\mathrm K+\delta$ and $c=1$:",
                    _BOUND.ge(
                        (top + _rest) * (v.T * v) - v.T * Sigma * v,
                        0,
                        v.T * High * v + top / K * norm2(ones.T * v) + _rest * (v.T * v),
                    ),
                ),
                conclusion=r"\min F \;\ge\; \sum_S\pi_S\,m\,\mathcal H(p_S) = H_m(c)",
            ),
        ),
        variants={
            "kappa for K": _BOUND.ge(c**2 * kappa * (x.T * x) - x.T * _moment * x, 0, c**2 * (x.T * Low * x)),
            "c/K on the labels of the set too": _BOUND.eq(
                sp.Integer(1) / m * (y(S) - _scaled), p_in * y(S) + c / m * (ones - y(S))
            ),
            "the entropy without the labels outside the set": COUNTS.eq(-m * m * p_in * sp.log(p_in), H),
            **_MEAN_RESIDUAL_VANISHES,
        },
    )


def _floor_attained() -> Part:
    letter = Letter("h", d, indices=(SETS,), tex="h_{{{0}}}")
    h = letter
    s = sp.Symbol("s", positive=True)
    g = s * sp.sqrt(top * lam_h / lam_w)
    flat = root_model(
        {(1, 2): 1, (3, 4): 1},
        (1, 0, 0),
        sizes={s: 4, excess: 1},
        letters={"W": lambda: [[1, 0], [1, 0], [-1, 0], [-1, 0]], "h": lambda _: [[1], [2]]},
    )
    attained = at(
        flat,
        name="two complementary pairs at the optimum",
        sizes={s: 6},
        letters={
            "W": lambda: [[1, 0], [1, 0], [-1, 0], [-1, 0]],
            "h": lambda label_set: [[3 if 1 in label_set else -3], [0]],
        },
    )
    algebra = ROOTS.extended(
        letters=(letter,),
        scalars=Scalars((m >= 1, m + 1 <= K, top > 0)),
        models=(flat, at(PAIRS, sizes={s: 1, excess: 1}), TWO_OF_FOUR, attained),
    )
    logits = Equation("the logits", W * h(S), s * y_tilde(S))
    classifier = Equation("(U2) for the classifier", W, c / lam_w * (y_tilde(S) * h(S).T).over(S))
    eigen = Equation("(U3)", Sigma * W, top * W)
    gram = Equation("the previous step", W * W.T, c * s / lam_w * Sigma)
    range_flat = Equation(r"flatness", Sigma, top * Pi)
    factor = Equation("the choice of W", W * W.T, g * Pi)
    features = s / g * (W.T * y_tilde(S))
    penalty = lam_w / 2 * norm2(W) + lam_h / 2 * norm2(features).over(S)
    return Part(
        title="Equality",
        statement=r"""Below collapse, $\lambda<\mathrm K_m$, the bound is attained iff $\Sigma_m^2=\mathrm K_m\Sigma_m$.
            For $\lambda\ge\mathrm K_m$ it is $m\log K=F(0,0)$, hence attained.""",
        source="new here",
        symbols=(
            (r"s=\log(1+\varepsilon)", "the logit by which the dual point separates a set from the other labels"),
            (r"\Pi", r"the projector onto the range of $\Sigma$"),
        ),
        steps=told(
            r"""*Necessary.* If the bound is attained, $r_S=c\,\tilde y_S$ is the dual optimum, and by U6 with gap
            zero the optimal logits are those of $p_S$, $Wh_S=s\,\tilde y_S$ with $s=\log(1+\varepsilon)>0$;
            stationarity (U2) reads $W=\frac c{\lambda_W}\sum_S\pi_S\tilde y_Sh_S^\top$, and (U3) with
            $R=c^2\Sigma$, $\lambda=c^2\mathrm K$ reads $\Sigma W=\mathrm KW$. So the classifier's Gram matrix is a
            multiple of $\Sigma$,""",
            algebra.eq(gram.left, gram.right, W * classifier.T, (c / lam_w * logits * y_tilde(S).T).over(S)),
            r"and the eigenvector equation passes to $\Sigma$ (divide by $cs/\lambda_W>0$):",
            algebra.eq(
                c * s / lam_w * (Sigma * Sigma), c * s / lam_w * top * Sigma, eigen * W.T, -Sigma * gram, top * gram
            ),
            r"""*Sufficient.* Let $\Sigma=\mathrm K\Pi$. Take $WW^\top=g\Pi$ with $g=s\sqrt{\mathrm
            K\lambda_H/\lambda_W}$ and $h_S=\frac sgW^\top\tilde y_S$. The logits are $s\,\tilde y_S$,""",
            algebra.eq(W * features, s * y_tilde(S), s / g * factor * y_tilde(S)),
            r"the regulariser is",
            algebra.eq(
                penalty,
                s * sp.sqrt(lam / top) * trace(Sigma),
                factor.traced * (lam_w / 2),
                (lam_h / 2 * s**2 / g**2 * y_tilde(S).T * factor * y_tilde(S)).over(S),
                range_flat.traced * (-g * lam_w / 2 / top),
            ),
            r"""and with $\sqrt{\lambda/\mathrm K}=c$ and $\mathrm{tr}\,\Sigma=m(K-m)/K$ the objective meets the
            bound (the loss of the logits $s\,\tilde y_S$ is $m\log(K+m\varepsilon)-m\log(1+\varepsilon)$):""",
            COUNTS.eq(tagwise_loss() + sp.log(1 + excess) * c * m * (K - m) / K, H),
            r"""*Orthogonality is not forced.* Two complementary pairs of four labels, equally likely: all nonzero
            eigenvalues agree, so the floor is attained at every $\lambda$, yet $\kappa=0$ and $\Sigma$ is not a
            multiple of $P$.""",
            every(
                ("flat on its range,", Instance(Sigma * Sigma, "==", top * Sigma, algebra, flat)),
                ("not orthogonal", Instance(Sigma, "!=", kappa_bar * P, algebra, flat)),
            ),
        ),
        variants={
            "attained under perfect orthogonality only": algebra.eq(Sigma, kappa_bar * P, range_flat),
            "kappa for K in the necessary condition": algebra.eq(Sigma * Sigma, kappa * Sigma),
            "the loss without the regulariser meets the bound": COUNTS.eq(tagwise_loss(), H),
        },
        remark=r"""Equality does not need orthogonality: one label set alone, or the two pairs above, have it.
            When $\kappa_m>0$ the range of $\Sigma_m$ is all of $\mathbf 1^\perp$, and the two conditions agree.""",
    )


# ====================================================================== L2


@proves("L2")
def weakest_contrast_bound() -> Derivation:
    """L2: the floor in terms of the weakest contrast, and it rises with it."""
    u, root = Letter("u", K), Letter("B", K, K)
    direction, B = u(), root()
    along = [[HALF], [HALF], [-HALF], [-HALF]]
    algebra = SPECTRAL.extended(
        letters=(u, root),
        models=(
            at(THREE_PAIRS, letters={"u": lambda: along}, name=f"{THREE_PAIRS.name}, u = (1, 1, -1, -1)/2"),
            at(GRAM_PAIRS, letters={"u": lambda: [[HALF], [-HALF], [-HALF], [HALF]]}),
        ),
    )
    gram = Equation("the Gram factorization", Low, B.T * B)
    unit = Equation("$u$ is a unit vector", direction.T * direction, 1)
    top_direction = Equation("$u$ belongs to K", Sigma * direction, top * direction)
    contrast = Equation("$u$ is a contrast", ones.T * direction, 0)
    eigenvector = (
        unit * (-(direction.T * Low * direction)),
        direction.T * top_direction,
        unit * (top - kappa),
        contrast * (kappa / K * (ones.T * direction)),
    )
    others = eye(K) - direction * direction.T
    rest = trace(Sigma) - (K - 2) * kappa * number(1)
    total = m * (K - m) / K
    weak, level = sp.symbols("kappa lambda", positive=True)
    bound_argument = sp.sqrt(level / (total - (K - 2) * weak))
    below = Scalars((m >= 1, m + 1 <= K, K >= 2, total - (K - 2) * weak > 0))
    slope = contrast_slope()
    return Derivation(
        symbols=(
            (r"u", r"a unit eigenvector of $\Sigma$ for $\mathrm K$ in $\mathbf 1^\perp$"),
            (r"\underline Q=\Sigma-\kappa P", "positive semidefinite"),
        ),
        steps=told(
            r"""The largest eigenvalue is at most what the trace leaves when every other one is at least $\kappa$;
            the slack is a trace over the complement of $u$:""",
            algebra.ge(rest, top, trace(others.T * Low * others), *eigenvector),
            "where",
            FIXED.eq(trace(Sigma), total),
            r"The entropy bound rises with its argument $c$, by the chain rule through the odds,",
            every(
                (
                    r"$H_m'(c)=m(1-\frac mK)\log(1+\varepsilon)$",
                    COUNTS.eq(sp.Derivative(H, excess) / sp.Derivative(argument(), excess), slope),
                ),
                (r"and $\varepsilon\ge0$", COUNTS.ge(slope, 0)),
            ),
            r"with equality only at $\varepsilon=0$, that is at collapse $c=1$.",
            r"The argument rises with $\kappa$:",
            every(
                below.eq(
                    sp.Derivative(bound_argument, weak), bound_argument * (K - 2) * HALF / (total - (K - 2) * weak)
                ),
                below.ge(bound_argument * (K - 2) * HALF / (total - (K - 2) * weak), 0),
            ),
            r"""*Equality with L1.* The entropy rises strictly below $c=1$: where L2 is below $m\log K$ the two
            agree iff their arguments do, that is, iff the slack of step (1) is zero.""",
            gram_factorization(algebra, (Low, B)),
            "The slack is a sum of squares,",
            algebra.zero_iff(rest - top * number(1), B * others, (others.T * gram * others).traced, *eigenvector),
            r"""and it is zero iff $\underline Q(I-uu^\top)=0$, that is, iff $\Sigma=\kappa P$ on the contrasts
                orthogonal to $u$: the other $K-2$ eigenvalues are all $\kappa$.""",
        ),
        variants={
            "equal to L1 whatever the other eigenvalues": algebra.eq(B * others, 0, gram),
            **_MEAN_RESIDUAL_VANISHES,
            "K - 1 for the K - 2 other contrasts": SPECTRAL.ge(trace(Sigma) - ((K - 1) * kappa + top) * number(1), 0),
            "the entropy bound falls with its argument": COUNTS.ge(-slope, 0),
            "log(eps) for log(1 + eps) in the slope": Scalars((m >= 1, m + 1 <= K, excess > 0)).eq(
                sp.Derivative(H, excess) / sp.Derivative(argument(), excess), m * (K - m) / K * sp.log(excess)
            ),
            "the argument falls with kappa": below.ge(-sp.diff(bound_argument, weak), 0),
        },
    )


# ====================================================================== L3


@proves("L3")
def balance_is_hardest() -> Derivation:
    """L3: no distribution with the same multiplicities has a larger minimum than the orthogonal one."""
    return Derivation.in_parts(_tagwise_point(), _balance())


def _tagwise_point() -> Part:
    g = sp.sqrt(lam_h / lam_w)
    factor = Equation("the choice of W", W * W.T, g * Q)
    features = 1 / g * (W.T * Q_inverse * logits)
    penalty = lam_w / 2 * norm2(W) + lam_h / 2 * norm2(features).over(S)
    return Part(
        title="The regulariser of given logits",
        statement=r"""Logits $z_S=s_S\tilde y_S$ with second moment $\sum_S\pi_Sz_Sz_S^\top=Q^2$, $Q\succeq0$, are
            reached with regulariser $\mu\,\mathrm{tr}\,Q$.""",
        source="textbook (the nuclear norm as a minimum over factorisations)",
        symbols=((r"Q^+", r"the pseudo-inverse of $Q$, and $\Pi_Q=QQ^+$, with $\Pi_Qz_S=z_S$"),),
        steps=told(
            r"""Take $WW^\top=gQ$ with $g=\sqrt{\lambda_H/\lambda_W}$ and $h_S=\frac1gW^\top Q^+z_S$. The logits
            are as they should be,""",
            TAGWISE.eq(W * features, logits, 1 / g * factor * Q_inverse * logits, RANGE_Q),
            r"and the regulariser is $\mu=\sqrt{\lambda_W\lambda_H}$ times the trace of the root:",
            TAGWISE.eq(
                penalty,
                mu * trace(Q),
                factor.traced * (lam_w / 2),
                (lam_h / 2 / g**2 * (logits.T * Q_inverse) * factor * Q_inverse * logits).over(S),
                (lam_h / 2 / g * Q_inverse * SQUARE_Q).traced,
            ),
        ),
        variants={"half the trace of the root": TAGWISE.eq(penalty, HALF * mu * trace(Q), factor.traced)},
    )


def _balance() -> Part:
    scalars = Equation("the scalars of O1", number(c_S**2 * m_S * (K - m_S) / K).over(S), (K - 1) * lam * number(1))
    scaled = Equation("the choice of factors", logit_moment, t**2 * _residual_moment)
    below = t * energy(c_S**2) - mu * trace(Q)
    off = Q - mu * t * P
    flat = Equation("equality", Q, mu * t * P)
    a, weight, shift = sp.symbols("a w eta", positive=True)
    return Part(
        title="The comparison",
        statement=r"""Let $t>0$ and $c_m\in(0,1)$ solve the scalar system of O1,
            $\log\bigl(1+\frac{K(1-c_m)}{m\,c_m}\bigr)=t\,c_m$ and $\sum_m\pi_mc_m^2\bar\kappa_m=\lambda$. Then the
            tag-wise logits $z_S=t\,c_{m_S}\tilde y_S$ have objective
            $\sum_m\pi_mH_m(c_m)-\frac1{2t}\|Q-\mu tP\|_F^2$, and the rest follows.""",
        source="new here",
        steps=told(
            r"The loss at $s=\log(1+\varepsilon)=t\,c_m$ is the entropy less the pairing of logits and residuals,",
            COUNTS.eq(tagwise_loss(), H - sp.log(1 + excess) * argument() * m * (K - m) / K),
            r"so that the mean loss is $\sum_m\pi_mH_m(c_m)$ less $t\sum_S\pi_Sc_{m_S}^2\frac{m_S(K-m_S)}K$.",
            r"""Adding the regulariser $\mu\,\mathrm{tr}\,Q$, the objective falls short of $\sum_m\pi_mH_m(c_m)$ by
            a square. (Here $\sum_m\pi_mc_m^2\bar\kappa_m=\lambda$ is used times $K-1$, and
            $Q^2=t^2\sum_S\pi_Sc_{m_S}^2\tilde y_S\tilde y_S^\top$.)""",
            TAGWISE.zero_iff(2 * t * below, off, scalars * t**2, SQUARE_Q.traced, -scaled.traced),
            r"""Hence $\min F\le\sum_m\pi_mH_m(c_m)$. If equality holds then $Q=\mu tP$, and squaring,
                $\sum_m\pi_mc_m^2\Sigma_m=\lambda P$:""",
            "",
            TAGWISE.eq(t**2 * _residual_moment, t**2 * lam * P, -scaled, SQUARE_Q, Q * flat, flat * mu * t * P),
            r"""Conversely, if $\sum_m\pi_mc_m^2\Sigma_m=\lambda P$, the residuals $r_S=c_{m_S}\tilde y_S$ are dual
            feasible and weak duality gives $\min F\ge\sum_m\pi_mH_m(c_m)$.""",
            weak_duality(
                (
                    r"$R\preceq\lambda I$, since $v^\top(\lambda I-R)v$ is",
                    TAGWISE.ge(
                        lam * (v.T * v) - v.T * _residual_moment * v,
                        0,
                        lam / K * norm2(ones.T * v),
                        -v.T * isotropic * v,
                    ),
                ),
                (r"$1^\top r_S=0$:", TAGWISE.eq(ones.T * (c_S * y_tilde(S)), 0)),
                ("$p_S$ has the two positive values of L1:", COUNTS.gt(p_out, 0)),
                conclusion=r"\min F \;\ge\; \sum_m\pi_m\,H_m(c_m)",
            ),
            r"""*Not orthogonality of each multiplicity.* $K=3$, singletons with probabilities
            $\frac13+\eta,\frac13-\eta,\frac13$ and pairs whose complements have probabilities
            $\frac13-\eta w,\frac13+\eta w,\frac13$, where $w=\pi_1c_1^2/(\pi_2c_2^2)$ (below, $a=\pi_1c_1^2$ and
            $\pi_2c_2^2=a/w$): neither multiplicity is orthogonal, their combination is.""",
            MatrixIdentity(
                a * _contrast_of(shift) + a / weight * _contrast_of(-shift * weight),
                (a + a / weight) / 3 * _CENTER_3,
                Scalars(),
                name=r"\pi_1c_1^2\Sigma_1+\pi_2c_2^2\Sigma_2",
            ),
        ),
        variants={
            "equality at twice the multiple of P": TAGWISE.zero_iff(2 * t * below, Q - 2 * mu * t * P),
            "the comparison of the traces reversed": TAGWISE.ge(trace(Q) * trace(Q) - (K - 1) * trace(Q * Q), 0),
            **_MEAN_RESIDUAL_VANISHES,
            "equality where Sigma is a multiple of P": MatrixIdentity(
                a * _contrast_of(shift) + a / weight * _contrast_of(-shift), (a + a / weight) / 3 * _CENTER_3, Scalars()
            ),
        },
        remark=r"""The last display is an example of O3's condition; it shows that "equality iff orthogonality" fails
            for mixed multiplicities, however close to balance ($\eta\to0$).""",
    )


_residual_moment = (c_S**2 * (y_tilde(S) * y_tilde(S).T)).over(S)
isotropic = Equation("O3's condition", _residual_moment, lam * P)
_CENTER_3 = sp.eye(3) - sp.ones(3, 3) / 3


def _contrast_of(shift: Any) -> Any:
    """The second moment of three singletons (or complements of singletons) shifted from balance."""
    third = sp.Rational(1, 3)
    return _CENTER_3 * sp.diag(third + shift, third - shift, third) * _CENTER_3


# ====================================================================== L4

_residual = Letter("r0", K, indices=(SETS,), tex="r^0_{{{0}}}")
_Room = Letter("room", K, K, tex=r"\overline{Q}_0", symmetric=True, sign=Sign.NONNEGATIVE)
_factor = sp.Symbol("c", positive=True)
_m_bar = sp.Symbol("mbar", positive=True)


@proves("L4")
def scaled_start() -> Derivation:
    """L4: the residuals of the collapsed point, scaled to feasibility, bound every model from below."""
    r0 = _residual
    start = (r0(S) * r0(S).T).over(S)
    room = _Room()
    level = sp.Symbol("Lambda", positive=True)
    pairs = at(
        PAIRS,
        sizes={level: sp.Rational(36, 49), _factor: HALF, _m_bar: 2},
        letters={
            "r0": lambda label_set: [[int(i in label_set) - HALF] for i in range(1, 5)],
            "v": lambda: [[1], [-1], [-1], [1]],
        },
    )
    mixed = at(
        SINGLES_AND_PAIRS,
        sizes={level: 2, _factor: HALF, _m_bar: sp.Rational(16, 9)},
        letters={"r0": lambda label_set: [[int(i in label_set)] for i in range(1, 5)]},
    )
    algebra = MIXED.extended(letters=(r0,), definitions=((room, level * eye(K) - start),), models=(pairs, mixed))
    cardinality = Equation(r"$\bar m$ is the mean size", number(m_S).over(S), _m_bar)
    part = sp.Symbol("c", nonnegative=True)
    convex, more = Scalars((part <= 1,)), sp.Rational(101, 100)
    return Derivation(
        symbols=((r"\Lambda=\lambda_{\max}(R^0)", r"so that $\overline Q_0=\Lambda I-R^0$ is positive semidefinite"),),
        steps=told(
            r"Scaling keeps the residuals feasible: with $\lambda=c^2\Lambda$, the form $v^\top(\lambda I-R)v$ is",
            algebra.ge(
                _factor**2 * level * (v.T * v) - v.T * ((_factor * r0(S)) * (_factor * r0(S)).T).over(S) * v,
                0,
                _factor**2 * (v.T * room * v),
            ),
            r"and for $\lambda\ge\Lambda$, $c=1$, it is $v^\top\overline Q_0v+(\lambda-\Lambda)\|v\|^2\ge0$.",
            r"""It keeps them in the domain of the conjugate, which is convex and contains $r=0$. PAL-CE:
            $p=(y-r)/m$ moves towards the indicator; BCE: $q=y-r$ does; MSE: every residual is in the domain.""",
            every(
                (
                    "PAL-CE",
                    algebra.eq(1 / m_S * (y(S) - part * r0(S)), (1 - part) / m_S * y(S) + part / m_S * (y(S) - r0(S))),
                ),
                ("BCE", algebra.eq(y(S) - part * r0(S), (1 - part) * y(S) + part * (y(S) - r0(S)))),
                ("both weights", convex.ge(1 - part, 0)),
            ),
            r"""The free bias asks for $\sum_S\pi_Sr_S=0$, and a common factor keeps that. The residuals at $W=0$
            are $\tilde y_S$ (PAL-CE without bias, softmax uniform), $y_S-\frac{m_S}{\bar m}f$ (PAL-CE, softmax
            $f/\bar m$), $y_S-\frac12\mathbf 1$ and $y_S-f$ (BCE), $y_S$ and $y_S-f$ (MSE); with the bias free their
            mean is zero:""",
            every(
                ("PAL-CE, no bias", algebra.eq(y(S) - m_S / K * ones, y_tilde(S))),
                (
                    "PAL-CE, free bias",
                    algebra.eq((y(S) - m_S / _m_bar * f).over(S), 0, cardinality * (-1 / _m_bar * f)),
                ),
                ("BCE and MSE, free bias", algebra.eq((y(S) - f).over(S), 0)),
                (
                    "PAL-CE residuals sum to zero",
                    algebra.eq(ones.T * (y(S) - m_S / _m_bar * f), 0, cardinality * (-m_S / _m_bar)),
                ),
            ),
            "Weak duality (U6) for the loss at hand gives the bound.",
            r"""For the MSE the bound is closed:
            $D(c\,r^0)=\sum_S\pi_S\bigl(c\,r_S^{0\top}y_S-\frac{c^2}2\|r^0_S\|^2\bigr)$; without bias this is
            $(c-\frac{c^2}2)\,\mathrm{tr}\,M$, with free bias $(c-\frac{c^2}2)\,\mathrm{tr}\,C$.""",
            every(
                (
                    "no bias",
                    algebra.eq(
                        (_factor * (y(S).T * y(S)) - _factor**2 / 2 * norm2(y(S))).over(S),
                        (_factor - _factor**2 / 2) * trace((y(S) * y(S).T).over(S)),
                    ),
                ),
                (
                    "free bias",
                    algebra.eq(
                        (_factor * ((y(S) - f).T * y(S)) - _factor**2 / 2 * norm2(y(S) - f)).over(S),
                        (_factor - _factor**2 / 2) * trace((y(S) * y(S).T).over(S) - f * f.T),
                    ),
                ),
            ),
        ),
        variants={
            "c 1 % too large": algebra.ge(_factor**2 * level * (v.T * v), v.T * ((more * _factor) ** 2 * start) * v),
            "frequencies not divided by the mean size": algebra.eq((y(S) - m_S * f).over(S), 0),
            "residuals without a bias where it is free": algebra.eq(y_tilde(S).over(S), 0),
        },
    )
