"""What is told of a model with few features agrees with the rank, and for the squared loss with the best point."""

import numpy as np
import pytest

import mlnc
from verify.labels.errors import InputError

ROWS = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [1, 1, 0, 0], [0, 1, 1, 1], [0, 0, 0, 1]]


@pytest.mark.parametrize("loss", ["pal", "bce", "mse"])
def test_the_answer_turns_at_the_rank(loss: str) -> None:
    rank = mlnc.solve(ROWS, "1/1000", loss=loss).solution.rank
    told = [mlnc.solve(ROWS, "1/1000", loss=loss, width=d).as_json()["width"] for d in (rank - 1, rank)]
    assert [one["certificate"] for one in told] == [False, True]
    assert told[1]["excess"] == 0
    assert (told[0]["excess"] is not None) == (loss == "mse")


def test_without_a_certificate_words_and_document_say_so() -> None:
    for loss, pos_weight in (("bce", None), ("mse", 3)):
        found = mlnc.solve(ROWS, "1/1000", width=1, loss=loss, pos_weight=pos_weight)
        told = found.as_json()["width"]
        assert told["certificate"] is False
        assert told["excess"] is None
        assert told["answer"] == found.lines()[-1]
        assert "no point has a certificate (C2)" in told["answer"]


def test_the_excess_is_that_of_the_truncated_point() -> None:
    best = mlnc.solve(ROWS, "1/1000", loss="mse", width=2)
    model, mu = best.solution.model, float(best.solution.model.lam) ** 0.5
    r0, p = model.at_collapse.residuals, model.distribution.probabilities
    U, s, Vt = np.linalg.svd(r0 * np.sqrt(p)[:, None])
    Z = (U[:, :2] * (s[:2] - mu)) @ Vt[:2]
    value = ((r0 * np.sqrt(p)[:, None] - Z) ** 2).sum() / 2 + mu * (s[:2] - mu).sum()
    assert value - best.solution.value == pytest.approx(best.as_json()["width"]["excess"], rel=1e-6)


def test_no_features_are_refused() -> None:
    with pytest.raises(InputError, match="width= is 0: give a number of features"):
        mlnc.solve(ROWS, "1/1000", width=0)
