"""What is said of results: the lines a person reads and the JSON a program reads, from the same objects.

One module per command: ``verdicts`` (verify), ``spectrum`` and ``averaging`` (spectrum), ``geometry`` (solve, check).
JSON holds only what the seed and the input determine, with sorted keys and exact numbers as strings, so equal runs give
equal bytes. Times are for the person.
"""

import json
from typing import Any

from verify.labels.distribution import LabelDistribution

__all__ = ["as_json", "distribution_json"]


def as_json(document: Any) -> str:
    """Canonical JSON: sorted keys, no timestamps, one trailing newline."""
    return json.dumps(document, sort_keys=True, indent=2, ensure_ascii=False) + "\n"


def distribution_json(pi: LabelDistribution) -> dict[str, Any]:
    """A distribution as ``readers.read_json`` takes it, so that a counterexample can be replayed."""
    sets = (pi.names(mask) for mask in pi.masks)
    return {
        "labels": list(pi.labels),
        "sets": [{"labels": names, "weight": weight} for names, weight in zip(sets, pi.weights, strict=True)],
    }
