"""Chapter W: what is synthesised from what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from proofs.kernel.derivation import Derivation, Result

__all__ = ["ELSEWHERE", "summary"]

ELSEWHERE = ("binary_cross_entropy", "decayed_bias", "label_smoothing")
"""The other chapters with readings: the table has those of every loss and bias."""


def summary(derivations: Sequence[Derivation], results: Sequence[Result]) -> list[str]:
    """The table of the readings that the derivations prove or refute."""
    # SymPy, which the chapter's chains do without
    from proofs.chapters import proofs_of  # noqa: PLC0415
    from proofs.letters.readings import table  # noqa: PLC0415

    return table(
        "What is synthesised from what",
        r"""Each row is a step of a derivation below, and its formulas are those that were checked there. The weight
            multiplies one source, and the sum is over the index of the source. Here $[k\in S]$ is 1 for the labels of
            $S$ and 0 for others, $f_k$ is a class frequency and $w_k$ a classifier row. *In the limit* means that both
            sides agree after division by the size of prototypes as $\lambda\to0$: $\sqrt{\frac12\log\frac1\lambda}$
            times, with smoothed labels only, $(\mu/\lambda_H)^{1/2}$. *Decaying* is a bias with the penalty
            $\lambda_b$.""",
        derivations,
        results,
        [proof() for chapter in ELSEWHERE for proof in proofs_of(chapter).values()],
    )
