"""The sign condition as JSON: what is said follows from the verdict. The words are in test_averaging.py."""

import json
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner
from flint import arb, fmpq
from hypothesis import given

from tests.strategies import label_distributions
from verify.cli import app
from verify.geometry.sign_condition import TerminalGeometry
from verify.geometry.spectrum import Centering, LabelSpectrum
from verify.labels.distribution import LabelDistribution
from verify.report.signs import sign_json
from verify.report.spectrum_text import spectrum_json

T4 = LabelDistribution.from_sets([([0, 1], 1), ([0, 2], 1), ([3], 3)], labels="abcd")


@given(pi=label_distributions())
def test_json_agrees_with_the_verdicts(pi: LabelDistribution) -> None:
    case = LabelSpectrum(pi)
    document = sign_json(case, 12)
    models: tuple[tuple[str, Centering], ...] = (("zero", "class"), ("free", "mean"))
    for bias, centering in models:
        found = document["bias"][bias]
        if bias == "free" and 0 in pi.class_counts:
            assert found is None
            continue
        geometry = TerminalGeometry.of(pi, centering)
        assert found["verdict"] == geometry.sign.verdict
        assert Fraction(found["largest_entry"]["lower"]) <= Fraction(found["largest_entry"]["upper"])
        low, high = (arb(fmpq(*Fraction(found["largest_entry"][end]).as_integer_ratio())) for end in ("lower", "upper"))
        assert low.union(high).contains(geometry.sign.value)
        assert 0 <= Fraction(found["violating_share"]) <= 1
        assert (found["violating_label_sets"] > 0) == (geometry.sign.verdict == "violated")
    zero = TerminalGeometry.of(pi).sign
    assert document["kappa_control"]["guaranteed"] <= (zero.holds is True)


def test_a_violation_is_named() -> None:
    entry = sign_json(LabelSpectrum(T4), 10)["bias"]["zero"]
    assert (entry["label_set"], entry["label"], entry["violating_share"]) == (["d"], "a", "3/5")
    # (15 sqrt 5 - 8 sqrt 15)/66
    assert entry["largest_entry"]["decimal"] == "0.03874474080"


def test_the_condition_is_left_out_in_float64() -> None:
    case = LabelSpectrum(T4)
    assert spectrum_json(case, 10, exact=False)["sign_condition"] is None


@pytest.mark.parametrize(("name", "verdict"), [("emotions", "strict"), ("flags", "violated")])
def test_the_command_says_it(real_data: Path, name: str, verdict: str) -> None:
    files = [str(file) for file in sorted((real_data / name).glob("*.arff"))]
    document = json.loads(CliRunner().invoke(app, ["spectrum", *files, "--json"]).stdout)
    assert document["sign_condition"]["bias"]["zero"]["verdict"] == verdict
    assert not document["sign_condition"]["kappa_control"]["guaranteed"]
