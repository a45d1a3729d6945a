r"""B1: the hard-margin problem of binary cross entropy, and its dual point."""

from typing import Any

from proofs.chapters.binary_cross_entropy.instances import (
    FREE,
    INVERTED,
    SIGNS,
    SQUARED,
    Q,
    moment,
    polar_target,
    root,
    s,
)
from proofs.chapters.binary_cross_entropy.synthesis import isotropic
from proofs.kernel.checks import Check
from proofs.kernel.derivation import Derivation, proves, told
from proofs.kernel.formula import eye, trace
from proofs.letters.vocabulary import K, S


def _value(free: bool, claimed: Any) -> Check:
    setting, target = (FREE if free else SIGNS), polar_target(s(S), free)
    return setting.eq(((Q * target).T * s(S)).over(S), claimed, -(Q * SQUARED).traced, (INVERTED.T * root).traced)


@proves("B1")
def hard_margin() -> Derivation:
    """B1: sign vectors have the least nuclear norm among logits with the margins, if the polar columns have the
    signs."""
    raw = ((Q * s(S)) * (Q * s(S)).T).over(S)
    inverse = ((Q * Q * s(S)) * (Q * Q * s(S)).T).over(S)
    using = (-Q * SQUARED * Q, INVERTED.T * (root * Q), INVERTED)
    return Derivation(
        symbols=(
            (
                "N_0",
                r"the second moment of $a_S=s_S$, with a free bias of $a_S=s_S-(2f-\mathbf1)$; $q_S=N_0^{-1/2}a_S$",
            ),
        ),
        steps=told(
            r"""The nuclear norm is the largest $\sum_S\pi_Sq_S^\top z_S$ over $\sum_S\pi_Sq_Sq_S^\top\preceq
            I$. The polar columns are such, without a bias""",
            isotropic(False),
            "and with one, where they add up to zero, so that a bias cannot pay:",
            isotropic(True),
            r"""If $s_S\circ q_S\ge0$ and $s_S\circ z_S\ge1$, then
            $q_S^\top z_S=\sum_k(s_{S,k}q_{S,k})(s_{S,k}z_{S,k})\ge q_S^\top s_S$, and the mean of the latter is""",
            _value(False, trace(root)),
            r"which is the nuclear norm of $Z=s$ itself.",
            "With a free bias likewise:",
            _value(True, trace(root)),
        ),
        variants={
            "twice the minimum": _value(False, 2 * trace(root)),
            "tr N in place of tr N^{1/2} for the minimum": _value(False, trace(moment)),
            "with a free bias the frequencies not subtracted": FREE.eq(raw, eye(K), *using),
            "the polar columns with the inverse in place of its root": SIGNS.eq(inverse, eye(K), *using),
        },
    )
