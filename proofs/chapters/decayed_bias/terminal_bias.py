r"""E3 and E4: what a bias that decays does to the terminal phase."""

from __future__ import annotations

import sympy as sp

from proofs.chapters.binary_cross_entropy.instances import FREE, SIGNS, Q, polar_target, s
from proofs.kernel.compound import lemma
from proofs.kernel.derivation import Control, Derivation, Step, proves
from proofs.kernel.scalars import Scalars
from proofs.letters.vocabulary import S, f, ones

__all__ = ["decay_as_of_the_others", "decay_far_less"]

b, r = sp.symbols("b r", real=True)
decay = sp.Symbol("lambda_b", positive=True)
_MEAN, _FREE_MEAN = (Q * s(S)).over(S), (Q * polar_target(s(S), True)).over(S)
_GAP = r"""The distance of a point from the optimum, in divergences of predictions, is at most its duality gap (E2). For
    the polar point at full rank, under the strict sign condition, the gap without what the bias adds is of the order
    $\mu/\tau$."""
_PRICES = decay / 2 * b**2 + r**2 / (2 * decay) - r * b


@proves("E3")
def decay_as_of_the_others() -> Derivation:
    """E3: the polar point of no bias, with the bias that its residuals ask for."""
    return Derivation(
        symbols=(("b,\\ r", r"an entry of the bias, and of the mean residual $\bar r$"),),
        steps=(
            Step(
                r"""Take the residuals $\mu q_S$ of no bias and the bias $\bar r/\lambda_b$ that they ask for (E1).
                What the bias adds to the gap of the polar point is a square, which is then 0:""",
                lemma(
                    "T2, B2 (polar point)",
                    _GAP,
                    (
                        "price of the bias, price of the mean residual, and the pairing of both:",
                        Scalars().eq(_PRICES, decay / 2 * (b - r / decay) ** 2),
                    ),
                    gives=r"\text{the gap is }O(\mu/\tau)\text{ if }b=O(\tau)\text{ tends to }0\text{ over }\tau",
                ),
                r"""Here $b=\frac\mu{\lambda_b}\sum_S\pi_Sq_S$, which over $\tau$ tends to 0 if
                $\lambda_b\tau/\mu\to\infty$. So logits and prototypes have the limits of no bias.""",
            ),
            Step(
                r"""At the optimum $\lambda_bb$ is the mean residual (E1), which over $\mu$ tends to the mean of the
                polar columns. For BCE, with $Q=N^{-1/2}$,""",
                SIGNS.eq(_MEAN, Q * (2 * f - ones)),
                r"""and for PAL-CE alike $\sum_S\pi_S\Sigma^{+1/2}y_S=\Sigma^{+1/2}f$.""",
            ),
        ),
        controls=(Control("the inverse for its root", SIGNS.eq(_MEAN, Q * (Q * (2 * f - ones)))),),
    )


@proves("E4")
def decay_far_less() -> Derivation:
    """E4: the polar point of a free bias, which pays for its bias."""
    return Derivation(
        steps=(
            Step(
                r"""Take the polar point of a free bias. Its residuals have mean 0, so the dual value has no price:""",
                lemma(
                    "T2, B2 (polar point)",
                    _GAP,
                    ("for BCE, the columns of $2(y_S-f)$:", FREE.eq(_FREE_MEAN, 0 * ones)),
                    gives=r"\text{the gap is }O(\mu/\tau)+\tfrac{\lambda_b}2\|b\|^2,\quad b=O(\tau)",
                ),
                r"""Over $\mu\tau$, the unit of the regulariser, the price of the bias is
                $\frac{\lambda_b\tau}{2\mu}\|b/\tau\|^2$, which tends to 0. So logits over $\tau$ have the limits of a
                free bias, features have a mean that tends to 0 against them, and the rule follows as in W3 and B3a.""",
            ),
        ),
        controls=(Control("the columns of no bias have mean 0", SIGNS.eq(_MEAN, 0 * ones)),),
    )
