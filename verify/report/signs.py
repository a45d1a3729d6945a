"""The sign condition of one's own data: whether the terminal geometry is the one in closed form, as JSON."""

from decimal import ROUND_CEILING, ROUND_FLOOR
from fractions import Fraction
from typing import Any

from verify.exact.balls import Ball, ends
from verify.exact.roots import decimal
from verify.geometry.sign_condition import TerminalGeometry, control_constant, cosine_square, kappa_control
from verify.geometry.spectrum import LabelSpectrum
from verify.geometry.tiny_penalty import CENTERINGS
from verify.labels.distribution import LabelDistribution
from verify.model.feature_model import Bias
from verify.model.losses import BCE, PAL_CE, Loss


def sign_json(spectrum: LabelSpectrum, digits: int) -> dict[str, Any]:
    """The sign condition for both bias models, and whether the condition number alone guarantees it without a bias
    (claims T1, T3); and that of BCE (B1). A bias model without an optimum, because some label never occurs (BCE: or
    always does), is ``null``."""
    least = min(spectrum.parts)
    constant = control_constant(spectrum.K, least)
    return {
        "bias": _by_bias(spectrum.pi, PAL_CE, digits),
        BCE.name: _by_bias(spectrum.given, BCE, digits),
        "kappa_control": {
            "least_multiplicity": least,
            "theta_squared": str(cosine_square(spectrum.K, least)),
            "largest_ratio": None if constant == float("inf") else constant,
            "guaranteed": kappa_control(spectrum.overall, least),
        },
    }


def _by_bias(pi: LabelDistribution, loss: Loss, digits: int) -> dict[Bias, dict[str, Any] | None]:
    varies = min(pi.class_counts) > 0 and (loss.centered or max(pi.class_counts) < pi.total)
    return {
        bias: _model_json(TerminalGeometry.for_loss(pi, loss, bias), digits) if varies or bias == "zero" else None
        for bias in CENTERINGS
    }


def _model_json(geometry: TerminalGeometry, digits: int) -> dict[str, Any]:
    sign, pi = geometry.sign, geometry.pi
    mask, label = sign.worst
    return {
        "verdict": sign.verdict,
        "rank": geometry.rank,
        "largest_entry": _ball_json(sign.value, digits),
        "label_set": pi.names(mask),
        "label": pi.labels[label],
        "violating_label_sets": len(sign.violating),
        "violating_share": str(_violating_share(geometry)),
    }


def _violating_share(geometry: TerminalGeometry) -> Fraction:
    pi = geometry.pi
    return Fraction(sum(pi.weight_of[mask] for mask in geometry.sign.violating), pi.total)


def _ball_json(x: Ball, digits: int) -> dict[str, str]:
    low, high = ends(x)
    return {
        "decimal": decimal((low + high) / 2, digits),
        "lower": decimal(low, digits + 2, ROUND_FLOOR),
        "upper": decimal(high, digits + 2, ROUND_CEILING),
    }
