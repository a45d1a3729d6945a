"""Label sets as tagging leaves them: many labels, many sets, few of them twice. Only for many labels."""

import itertools
import random
from bisect import bisect
from fractions import Fraction

from verify.labels.builders.family import Cases, Draw, Family, numbered, positive, rational
from verify.labels.distribution import InputError, LabelDistribution
from verify.labels.draws import apportion, below, zipf_profile
from verify.labels.masks import mask_of

MANY_LABELS = 64
"""With fewer labels topics mean little: no member is listed or drawn."""

OWN = 3, 4  # so many draws of so many are from the labels of the topic


def topical(
    K: int, rows: int, cardinality: Fraction | int | str, topics: int, seed: int, s: Fraction | int | str = 1
) -> LabelDistribution:
    r"""Rows of tags: each has a topic, and draws three tags of four from its topic's, by a Zipf law of popularity.

    Formula: f_k ~ k^(-s) a draw; label k is of topic k mod topics; sizes uniform on 1..2 cardinality - 1

    ``topical(K=983, rows=16105, cardinality=19, topics=40, seed=0)`` has the size of the bookmarks of delicious.

    Example:
        >>> pi = topical(K=100, rows=500, cardinality=6, topics=8, seed=0)
        >>> pi.K, pi.total, len(pi.masks), round(float(pi.cardinality), 2)
        (100, 500, 468, 5.78)
    """
    mean = positive("topical", "cardinality", cardinality)
    largest = int(2 * mean) - 1
    if not 1 <= largest <= len(numbered(K)) // 2 or rows < 1 or not 1 <= topics <= K // 2:
        raise InputError(
            f"topical: cardinality = {cardinality} must be from 1 to K/4, rows = {rows} at least 1, "
            f"topics = {topics} from 1 to K/2"
        )
    rng = random.Random(seed)
    popular = apportion(zipf_profile(K, rational("topical", "s", s)), 1000 * K)
    ends = list(itertools.accumulate(popular))
    own = [list(itertools.accumulate(popular[topic::topics])) for topic in range(topics)]
    weights: dict[int, int] = {}
    for _ in range(rows):
        topic, size, members = below(rng, topics), 1 + below(rng, largest), set[int]()
        while len(members) < size:
            if below(rng, OWN[1]) < OWN[0]:
                members.add(topic + topics * bisect(own[topic], below(rng, own[topic][-1])))
            else:
                members.add(bisect(ends, below(rng, ends[-1])))
        mask = mask_of(sorted(members))
        weights[mask] = weights.get(mask, 0) + 1
    return LabelDistribution.from_masks(weights, numbered(K))


def _cases(K: int) -> Cases:
    if K >= MANY_LABELS:
        yield {"K": K, "rows": 2 * K, "cardinality": 3, "topics": 4, "seed": K}


def _draw(rng: random.Random, K: int) -> Draw:
    return {"K": K, "rows": K * (1 + below(rng, 3)), "cardinality": 2 + below(rng, 4), "topics": 1 + below(rng, 8),
            "seed": below(rng, 1 << 32)}  # fmt: skip


TOPICAL = (Family(topical, _cases, _draw),)
"""The family."""
