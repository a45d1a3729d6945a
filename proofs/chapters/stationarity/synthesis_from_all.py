r"""Every prototype from all prototypes, by frequency and residual overlap (U4, U4a, U4b)."""

from typing import Any

import sympy as sp

from proofs.chapters.stationarity.stationary_points import EIGEN
from proofs.kernel.checks import Equation
from proofs.kernel.compound import every
from proofs.kernel.derivation import Derivation, proves, told
from proofs.kernel.explicit import Instance
from proofs.kernel.formula import Formula, Index, Letter, eye, norm2, trace
from proofs.kernel.models import Model
from proofs.letters.feature_model import (
    BIAS,
    CLASSIFIER,
    FEATURES,
    FREE_BIAS,
    FULL_RANK,
    INVERTED,
    PARTIAL_RANK,
    POINTS,
    R,
    W_plus,
    h,
    lam,
    lambda_H,
    lambda_W,
    r,
    with_letters,
)
from proofs.letters.vocabulary import HALF, PERCENT, SETS, K, S, T, W, e, k

# ====================================================================== U4

_U = Index("U", SETS)


def _overlap(one: Index, other: Index) -> Formula:
    """The synthesis weight per unit of mass, omega over pi."""
    overlap: Formula = 1 / lam * (r(one).T * r(other))
    return overlap


def _spanned(index: Index) -> Equation:
    return Equation("residuals in the range of the classifier", W * W_plus * r(index), r(index))


@proves("U4")
def weighted_synthesis() -> Derivation:
    """U4: every prototype is a synthesis of all prototypes, weighted by frequency times residual overlap."""
    synthesis = (_overlap(S, T) * h(T)).over(T)
    insert = (FEATURES, 1 / lambda_H * CLASSIFIER.T * r(S))
    squared = (_overlap(S, T) * _overlap(T, _U)).over(T)
    mean_zero = Equation(BIAS.name, r(T).over(T), 0)
    eigen = 1 / lam**2 * r(S).T * EIGEN * W_plus * r(_U)
    in_range = (-1 / lam**2 * (r(S).T * R) * _spanned(_U), 1 / lam * r(S).T * _spanned(_U))
    return Derivation(
        symbols=(
            (r"\omega_{ST}=\pi_T\cdot\frac1\lambda r_S^\top r_T", r"the weight; the sums below carry the $\pi_T$"),
            (r"W^{+}", r"the pseudo-inverse of $W$, so that $WW^{+}$ projects onto the range of $W$"),
        ),
        steps=told(
            "From the classifier rows: (U2) for the features, row by row,",
            POINTS.eq(h(S), 1 / lambda_H * ((e(k).T * r(S)) * (W.T * e(k))).over(k), FEATURES),
            r"From the prototypes: insert the second equation (U2) into the first,",
            POINTS.eq(h(S), synthesis, *insert),
            "With a free bias the weights of a synthesis add up to zero:",
            POINTS.eq(_overlap(S, T).over(T), 0, 1 / lam * r(S).T * mean_zero),
            r"Two syntheses after each other go through the residual second moment,",
            POINTS.eq(squared, 1 / lam**2 * (r(S).T * R * r(_U))),
            r"""which by (U3) acts as $\lambda$ on the range of $W$. So if $r_U=WW^{+}r_U$, the second synthesis
            changes nothing: $\Omega^2=\Omega$,""",
            INVERTED.eq(squared, _overlap(S, _U), *in_range, eigen),
            r"""On full rank the hypothesis holds: for BCE and MSE the range of $W$ is everything, and for PAL-CE
            it is $\mathbf 1^\perp$, where the residuals are.""",
            r"The rank of a projector is its trace:",
            POINTS.eq(_overlap(S, S).over(S), 1 / lam * trace(R)),
        ),
        variants={
            "lambda 1 % too large": POINTS.eq(PERCENT * h(S), synthesis, *insert),
            "lambda_W for lambda": POINTS.eq(h(S), lambda_H * synthesis, *insert),
            "the same weights for every prototype": POINTS.eq(h(S), h(T).over(T), *insert),
            "synthesis at a point that is not stationary in the classifier": POINTS.eq(h(S), synthesis, FEATURES),
            "weights that add up to zero without a free bias": POINTS.eq(_overlap(S, T).over(T), 0),
            "a projector on any rank": INVERTED.eq(squared, _overlap(S, _U), eigen),
        },
    )


@proves("U4a")
def projector() -> Derivation:
    """U4a: exactly when the synthesis matrix is a projector."""
    squared = (_overlap(S, T) * _overlap(T, _U)).over(T)
    excess = R - lam * eye(K)
    idempotent = Equation("the synthesis repeated", squared, _overlap(S, _U))
    return Derivation(
        symbols=((r"R-\lambda I", r"by (U3) zero on the range of $W$"),),
        steps=told(
            r"If $Rr_S=\lambda r_S$ for every $S$ then $R^2=\lambda R$:",
            POINTS.eq(R * R, lam * R, (Equation("the hypothesis", R * r(S), lam * r(S)) * r(S).T).over(S)),
            r"and conversely, since what $R$ does to the residuals beyond $\lambda$ is a sum of squares,",
            POINTS.zero_iff(trace((R - lam * eye(K)) * (R * R - lam * R)), excess * r(S), over=(S,)),
            r"whose left-hand side is zero when $R^2=\lambda R$.",
            r"Synthesis after synthesis differs from synthesis by",
            POINTS.eq(squared - _overlap(S, _U), 1 / lam**2 * (r(S).T * excess * r(_U))),
            r"which is zero if $Rr_U=\lambda r_U$ for every $U$.",
            r"""Conversely let $\Omega^2=\Omega$, that is $r_S^\top(R-\lambda I)r_U=0$ for all $S,U$. Multiply by
            $r_S$ and $r_U^\top$ and add up: $R(R-\lambda I)R=0$,""",
            POINTS.eq(R * excess * R, 0, (lam**2 * r(S) * idempotent * r(_U).T).over(S, _U)),
            r"and $R^2-\lambda R$ is zero, because its square is",
            POINTS.zero_iff(trace(R * excess * R * excess), R * excess),
            r"""Less than full rank does not suffice. The MSE optimum of $K=2$ with probabilities $\frac45$ and
            $\frac15$ of the two single labels, $b=0$, at $\lambda=\frac9{20}$, has $W$ of rank 1. Its prototypes
            are reproduced, $RW=\lambda W$, but $R^2\ne\lambda R$:""",
            every(
                Instance(R * W, "==", lam * W, POINTS, PARTIAL_RANK),
                Instance(R * R, "!=", lam * R, POINTS, PARTIAL_RANK),
                Instance(trace(R) / lam, "!=", 1, POINTS, PARTIAL_RANK),
            ),
        ),
        variants={
            "R^2 = lambda R at every stationary point": POINTS.eq(R * R, lam * R, EIGEN * W.T),
            "a projector on any rank": POINTS.eq(squared, _overlap(S, _U), 1 / lam**2 * r(S).T * EIGEN * W.T * r(_U)),
            "R^2 is not lambda R at full rank either": Instance(R * R, "!=", lam * R, POINTS, FULL_RANK),
            "the sum of squares with R in place of R - lambda I": POINTS.zero_iff(
                trace(R * (R * R - lam * R)), excess * r(S), over=(S,)
            ),
        },
    )


_OTHER = Letter("a'", indices=(SETS, SETS), tex=r"{{a'}}_{{{0}{1}}}")


def _with_other_weights(model: Model, other: dict[tuple[int, ...], dict[tuple[int, ...], Any]]) -> Model:
    """The model with a second synthesis: weights per unit of mass, zero where none is given."""
    inverted = next(m for m in INVERTED.models if m.name == model.name)
    table = {frozenset(s): {frozenset(t): value for t, value in row.items()} for s, row in other.items()}
    return with_letters(inverted, {"a'": lambda s, t: [[table[s].get(t, 0)]]})


@proves("U4b")
def least_weights() -> Derivation:
    """U4b: among all syntheses of a prototype the exact one has the least weights, measured by frequency."""
    algebra = INVERTED.extended(
        letters=(_OTHER,),
        models=(
            _with_other_weights(FREE_BIAS, {(1, 2): {(1, 2): 3}, (3, 4): {(1, 2): -HALF * 3}}),
            _with_other_weights(PARTIAL_RANK, {(1,): {(1,): sp.Rational(5, 4)}, (2,): {}}),
        ),
    )
    other, given = _OTHER(S, T), _overlap(S, T)
    excess = other - given
    spread, least = norm2(other).over(T), norm2(given).over(T)
    pulled = r(S).T * W_plus.T
    using = (
        -2 / lam * _spanned(S).T * (excess * r(T)).over(T),
        (-2 / lambda_W * (excess * pulled) * Equation(FEATURES.name, h(T), 1 / lambda_H * (W.T * r(T)))).over(T),
        2 / lambda_W * pulled * Equation("the other synthesis", (other * h(T)).over(T), h(S)),
        -2 / lambda_W * pulled * Equation("(U4)", (given * h(T)).over(T), h(S)),
    )
    return Derivation(
        symbols=(
            (
                r"a'_{ST}=\omega'_{ST}/\pi_T",
                r"other weights per unit of mass, so that the norm is $\sum_T\pi_Ta_{ST}'^2$",
            ),
            (r"W^{+}", r"the pseudo-inverse of $W$; residuals in its range are $r_S=WW^{+}r_S$"),
        ),
        steps=told(
            r"""Two syntheses of the same prototype differ by weights $d_T$ with $\sum_T\pi_Td_Th_T=0$, that is
            $W^\top\sum_T\pi_Td_Tr_T=0$ by (U2). Such a difference is orthogonal to the weights of U4, because
            $r_S$ is in the range of $W$. So by Pythagoras""",
            algebra.eq(spread, least + norm2(excess).over(T), *using),
            "and the weights of U4 are the least:",
            algebra.ge(spread, least, norm2(excess).over(T), *using),
        ),
        variants={
            "residuals that leave the range of W": algebra.ge(spread - least, 0, norm2(excess).over(T), *using[1:]),
            "weights that synthesise something else": INVERTED.extended(
                letters=(_OTHER,), models=(_with_other_weights(FULL_RANK, {(1,): {(2,): 1}, (2,): {}}),)
            ).eq(spread, least + norm2(excess).over(T), using[0], using[1], using[3]),
            "twice the distance": algebra.eq(spread, least + 2 * norm2(excess).over(T), *using),
        },
    )
