"""What a certified optimum says of a model with a given number of features, which may be fewer than its rank."""

from typing import Any

import numpy as np

from verify.certificate.kernel import Verdict
from verify.model.solution import Solution


def width_json(solution: Solution, verdict: Verdict, width: int) -> dict[str, Any]:
    """Whether the certificate is one at this width (C1, C2; ``None`` if the rank is not determined), and what the best
    point loses, in nats: 0 with a certificate, C3's excess for the squared loss without weights, else ``None``; and the
    same in a sentence.

    Example:
        >>> import mlnc
        >>> best = mlnc.solve([[1, 0, 0], [0, 1, 0], [1, 1, 0]], lam="1/100", loss="mse", width=1)
        >>> best.as_json()["width"]["certificate"], round(best.as_json()["width"]["excess"], 4)
        (False, 0.1139)
    """
    assert verdict.optimum is not None
    least, most = verdict.optimum.rank
    model = solution.model
    certified = True if width >= most else False if width < least else None
    excess = 0.0 if certified else None
    if model.loss.quadratic and not model.loss.weights and not model.decay and not certified:
        p = model.distribution.probabilities
        sizes = np.linalg.svd(model.at_collapse.residuals * np.sqrt(p)[:, None], compute_uv=False)
        excess = float((np.maximum(sizes[width:] - float(model.lam) ** 0.5, 0.0) ** 2).sum()) / 2
    return {"features": width, "certificate": certified, "excess": excess, "answer": _answer(width, certified, excess)}


def width_lines(solution: Solution, verdict: Verdict, width: int) -> list[str]:
    """The sentence."""
    return [width_json(solution, verdict, width)["answer"]]


def _answer(width: int, certified: bool | None, excess: float | None) -> str:
    features = f"with {width} feature{'s' * (width != 1)}: "
    if certified:
        return features + "the same optimum, by the same certificate (C1)"
    if certified is None:
        return features + "not determined, as the rank of the optimum is not; ask for more --digits"
    if excess is not None:
        return features + f"the least F is {excess:.9g} nats higher (C3, float64); no certificate (C2)"
    return features + "the least F is higher, and no point has a certificate (C2); by how much is not known"
