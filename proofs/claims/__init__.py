"""The claims: a file of entries per chapter. The index: every chapter by name, every claim by id, in order."""

from collections.abc import Mapping
from types import MappingProxyType

from proofs.claims import (
    any_rank,
    binary_cross_entropy,
    bottleneck,
    decayed_bias,
    duality,
    label_smoothing,
    label_spectrum,
    loss_bounds,
    loss_weights,
    orthogonal_case,
    stationarity,
    terminal_phase,
    weighted_synthesis,
)
from proofs.claims.entry import Chapter, Claim

__all__ = ["CHAPTERS", "CLAIMS", "chapter_of"]

CHAPTERS: Mapping[str, Chapter] = MappingProxyType(
    {
        module.CHAPTER.name: module.CHAPTER
        for module in (
            label_spectrum,
            stationarity,
            duality,
            orthogonal_case,
            weighted_synthesis,
            loss_bounds,
            terminal_phase,
            any_rank,
            binary_cross_entropy,
            decayed_bias,
            label_smoothing,
            loss_weights,
            bottleneck,
        )
    }
)
"""Every chapter by name, in the order of the theory."""

CLAIMS: Mapping[str, Claim] = MappingProxyType(
    {claim.id: claim for chapter in CHAPTERS.values() for claim in chapter.claims}
)
"""Every claim by id, in the order of the theory."""


def chapter_of(claim: str) -> Chapter:
    """The chapter that a claim belongs to.

    Example:
        >>> chapter_of("W3").name
        'weighted_synthesis'
    """
    return next(chapter for chapter in CHAPTERS.values() if any(one.id == claim for one in chapter.claims))
