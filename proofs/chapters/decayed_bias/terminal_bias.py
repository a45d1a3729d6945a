r"""E3 and E4: what a bias that decays does to the terminal phase."""

import sympy as sp

from proofs.chapters.binary_cross_entropy.instances import FREE, SIGNS, Q, polar_target, s
from proofs.chapters.binary_cross_entropy.synthesis import BY_FREQUENCY, cardinality, uniform, weighted
from proofs.chapters.label_smoothing import smoothed_synthesis as smoothed
from proofs.chapters.weighted_synthesis.squared_loss import in_set, size, weight
from proofs.chapters.weighted_synthesis.terminal_rules import frequency_weighted, plain
from proofs.kernel.compound import every
from proofs.kernel.derivation import Derivation, proves, told
from proofs.kernel.scalars import Scalars
from proofs.letters.readings import Circumstances
from proofs.letters.vocabulary import K, S, f, ones

b, r = sp.symbols("b r", real=True)
decay = sp.Symbol("lambda_b", positive=True)
_MEAN, _FREE_MEAN = (Q * s(S)).over(S), (Q * polar_target(s(S), True)).over(S)
_PRICES = decay / 2 * b**2 + r**2 / (2 * decay) - r * b


_CARDINAL = r", $\bar m\ne1$"
_FAR_ABOVE = r", $\lambda_b/\mu\to\infty$"


def _decaying(loss: str, limit: str, also: str = "") -> Circumstances:
    penalty = rf"$\lambda\to0$, $\lambda_b\tau/\mu\to{limit}$, sign condition{also}"
    return Circumstances(loss, "decaying", penalty, limit=True)


@proves("E3")
def decay_as_of_the_others() -> Derivation:
    """E3: the polar point of no bias, with the bias that its residuals ask for."""
    return Derivation(
        symbols=(("b,\\ r", r"an entry of the bias, and of the mean residual $\bar r$"),),
        steps=told(
            r"""*What the optimum lacks.* Take the residuals $\mu q_S$ of no bias and the bias $\bar r/\lambda_b$
            that they ask for (E1). What the bias adds to the gap of the polar point is the price of the bias and of
            the mean residual, less the pairing of both: a square, which is then 0:""",
            Scalars().eq(_PRICES, decay / 2 * (b - r / decay) ** 2),
            r"""So E2 with these residuals, at the optimum, is T8's inequality with one more square, of what
                the bias is off $\bar r/\lambda_b$. The size of $E$ is as in T8: here $d_S$ has the bias
                $\frac\mu{\lambda_b}\bar q$ besides, which is bounded if $\lambda_b=c\mu$, and less than $\tau$ in
                the limit if $\lambda_b\tau/\mu\to\infty$.""",
            r"The mean of the polar columns is, for BCE, with $Q=N^{-1/2}$,",
            SIGNS.eq(_MEAN, Q * (2 * f - ones)),
            r"and for PAL-CE alike $\sum_S\pi_S\Sigma^{+1/2}y_S=\Sigma^{+1/2}f$.",
            "The rules are relations among the polar columns of no bias:",
            every(
                ("for BCE (B3):", uniform((size - 1) / (K - 2), _decaying("BCE", r"\infty", r", $K\ne2$"))),
                ("for PAL-CE (W4):", plain(in_set, _decaying("PAL-CE", r"\infty"))),
            ),
        ),
        variants={"the inverse for its root": SIGNS.eq(_MEAN, Q * (Q * (2 * f - ones)))},
    )


@proves("E3a")
def decay_with_targets() -> Derivation:
    """E3a: E3's square, which does not ask where the residuals come from."""
    return Derivation(
        symbols=(("b,\\ r", r"an entry of the bias, and of the mean residual $\bar r$"),),
        steps=told(
            r"""*What the optimum lacks.* Take the residuals $\mu q_S$ of Y0 without a bias, and the bias $\bar
            r/\lambda_b$ that they ask for (E1). The price of the bias and of the mean residual, less the pairing of
            both, is a square, which is then 0:""",
            Scalars().eq(_PRICES, decay / 2 * (b - r / decay) ** 2),
            "So E2 with these residuals, at the optimum, is Y0's inequality with one more square, as in E3.",
            "The rules are relations among the targets:",
            every(
                ("for BCE (Y1):", smoothed.uniform("decaying", _FAR_ABOVE)),
                ("for PAL-CE (Y2):", smoothed.scaled("decaying", _FAR_ABOVE)),
            ),
        ),
        variants={
            "the price of the mean residual left out": Scalars().eq(
                _PRICES - r**2 / (2 * decay), decay / 2 * (b - r / decay) ** 2
            )
        },
    )


@proves("E4")
def decay_far_less() -> Derivation:
    """E4: the polar point of a free bias, which pays for its bias."""
    return Derivation(
        steps=told(
            r"""Take the polar point of a free bias. Its residuals have mean 0, so the dual value has no price, for
            BCE with the columns of $2(y_S-f)$:""",
            FREE.eq(_FREE_MEAN, 0 * ones),
            r"""and E2 with these residuals is T8's inequality with $\frac{\lambda_b}2\|b\|^2$ on its left and the price
            $\frac{\lambda_b}2\|b^0\|^2$ of the polar point's bias on its right. Over $\mu\tau$, the unit of the
            regulariser, that price is $\frac{\lambda_b\tau}{2\mu}\|b^0/\tau\|^2$, which tends to 0.""",
            "The rule is a relation among these columns:",
            every(
                ("for BCE (B3a):", weighted(BY_FREQUENCY, cardinality(), where=_decaying("BCE", "0", _CARDINAL))),
                ("for PAL-CE (W3):", frequency_weighted(weight, _decaying("PAL-CE", "0", _CARDINAL))),
            ),
        ),
        variants={"the columns of no bias have mean 0": SIGNS.eq(_MEAN, 0 * ones)},
    )
