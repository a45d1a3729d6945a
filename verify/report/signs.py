"""The sign condition of one's own data: whether the terminal geometry is the one in closed form, in words and JSON."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR
from fractions import Fraction
from typing import Any

from verify.balls import Ball
from verify.roots import decimal
from verify.sign_condition import TerminalGeometry, control_constant, cosine_square, kappa_control
from verify.spectrum import Centering, LabelSpectrum

__all__ = ["sign_json", "sign_words"]

MODELS: dict[str, Centering] = {"zero": "class", "free": "mean"}
"""Bias model, and the centering that belongs to it."""


# ---------------------------------------------------------------------- JSON


def sign_json(spectrum: LabelSpectrum, digits: int) -> dict[str, Any]:
    """The sign condition for both bias models, and whether the condition number alone guarantees it without a bias
    (claims T1, T3). A bias model without an optimum, because some label never occurs, is ``null``."""
    least = min(spectrum.parts)
    constant = control_constant(spectrum.K, least)
    return {
        "bias": {bias: _model_json(_geometry(spectrum, bias), digits) for bias in MODELS},
        "kappa_control": {
            "least_multiplicity": least,
            "theta_squared": str(cosine_square(spectrum.K, least)),
            "largest_ratio": None if constant == float("inf") else constant,
            "guaranteed": kappa_control(spectrum.overall, least),
        },
    }


def _geometry(spectrum: LabelSpectrum, bias: str) -> TerminalGeometry | None:
    if bias == "free" and min(spectrum.pi.class_counts) == 0:
        return None
    return TerminalGeometry.of(spectrum.pi, MODELS[bias])


def _model_json(geometry: TerminalGeometry | None, digits: int) -> dict[str, Any] | None:
    if geometry is None:
        return None
    sign, pi = geometry.sign, geometry.pi
    mask, label = sign.worst
    return {
        "verdict": sign.verdict,
        "rank": geometry.rank,
        "largest_entry": _ball_json(sign.value, digits),
        "label_set": [name for k, name in enumerate(pi.labels) if mask >> k & 1],
        "label": pi.labels[label],
        "violating_label_sets": len(sign.violating),
        "violating_share": str(_violating_share(geometry)),
    }


def _violating_share(geometry: TerminalGeometry) -> Fraction:
    pi, violating = geometry.pi, set(geometry.sign.violating)
    return Fraction(sum(w for mask, w in zip(pi.masks, pi.weights, strict=True) if mask in violating), pi.total)


def _ball_json(x: Ball, digits: int) -> dict[str, str]:
    low, high = (Fraction(int(end.p), int(end.q)) for end in (x.lower().fmpq(), x.upper().fmpq()))
    return {
        "decimal": decimal((low + high) / 2, digits),
        "lower": decimal(low, digits + 2, ROUND_FLOOR),
        "upper": decimal(high, digits + 2, ROUND_CEILING),
    }


# ---------------------------------------------------------------------- words


def sign_words(spectrum: LabelSpectrum) -> list[str]:
    """The sign condition in a few sentences: where it holds, what follows, and what breaks it."""
    geometries = {bias: _geometry(spectrum, bias) for bias in MODELS}
    verdicts = " and ".join(f"{_VERDICTS[_verdict(g)]} {_BIASES[bias]}" for bias, g in geometries.items())
    lines = [f"The sign condition of the terminal phase (claim T1) {verdicts}."]
    for bias, geometry in geometries.items():
        if geometry is not None:
            lines.append(_consequence(geometry, _BIASES[bias]))
    lines.append(_control_words(spectrum))
    return lines


_BIASES = {"zero": "without a bias", "free": "with a free one"}

_VERDICTS = {
    "strict": "holds strictly",
    "equality": "holds, with equality somewhere,",
    "violated": "is violated",
    "undecided": "is not decided",
    "none": "means nothing, as some label never occurs,",
}


def _verdict(geometry: TerminalGeometry | None) -> str:
    return "none" if geometry is None else geometry.sign.verdict


def _consequence(geometry: TerminalGeometry, bias: str) -> str:
    sign, pi = geometry.sign, geometry.pi
    if sign.holds is None:
        return f"What the hard-margin problem {bias} is solved by is left open."
    if sign.holds:
        root, logits = ("Sigma^1/2", "P y_S") if geometry.centering == "class" else ("(PCP)^1/2", "P(y_S - f)")
        tends = sign.verdict == "strict" and geometry.full_rank and geometry.centering == "class"
        begins = (
            "So as lambda -> 0 the optimum of PAL-CE tends in direction to the logits"
            if tends
            else f"So the hard-margin problem {bias} is solved by the logits"
        )
        return (
            f"{begins} {logits}, with the Gram matrix {root} of the classifier "
            "and prototypes that are sums over the labels of the set."
        )
    count = (
        f"{len(sign.violating)} of {len(pi.masks)} label sets ({float(_violating_share(geometry)):.1%} of the weight)"
    )
    limit = "so the terminal geometry is another one" if geometry.full_rank else "so claim T1 says nothing"
    return (
        f"It is violated {bias} by {count}, {limit}: largest entry {float(sign.value.mid()):.3g}, of label "
        f"{pi.labels[sign.worst[1]]} at {pi.spell(sign.worst[0])}."
    )


def _control_words(spectrum: LabelSpectrum) -> str:
    least = min(spectrum.parts)
    if spectrum.overall.kappa == 0:
        return "The condition number K/kappa is infinite and guarantees nothing (claim T3)."
    ratio = float(spectrum.overall.largest) / float(spectrum.overall.kappa)
    constant = control_constant(spectrum.K, least)
    does = "guarantees" if kappa_control(spectrum.overall, least) else "does not guarantee"
    return (
        f"The condition number K/kappa = {ratio:.4g} alone {does} it without a bias: claim T3 does up to "
        f"{constant:.4g} when the smallest label set has {least} label{'s' if least > 1 else ''}."
    )
