"""Chapter S on cases that random distributions hardly meet: degenerate ones, many labels, published label sets."""

from pathlib import Path
from random import Random

import pytest

from proofs.chapters import proofs_of
from proofs.kernel.compound import ForEach
from proofs.kernel.explicit import Instance
from verify.checks import checks_of
from verify.geometry.spectrum import LabelSpectrum
from verify.labels import readers
from verify.labels.distribution import LabelDistribution
from verify.labels.families import named

CHECKS = checks_of("label_spectrum")


def held(case: LabelSpectrum, seed: object) -> set[str]:
    """The claims whose hypotheses the case meets; none of them fails."""
    findings = {claim: check.decide(case, Random(str(seed))) for claim, check in CHECKS.items()}
    assert {claim: found.note for claim, found in findings.items() if found.state == "fails"} == {}
    return {claim for claim, found in findings.items() if found.state == "holds"}


@pytest.mark.parametrize(
    ("text", "special"),
    [
        ("single_set(K=2, m=1)", set()),
        ("step(K=2, m=1, rho=10)", {"S3"}),
        ("balanced(K=5, m=4)", {"S1", "S7", "S14"}),
        ("kappa_zero(x=(1, -1, 0, 0), seed=3)", {"S5"}),
        ("halves(K=6, shares=(1, 2))", {"S2"}),
        ("projective_plane(q=2)", {"S7", "S14"}),
    ],
)
def test_degenerate_cases(text: str, special: set[str]) -> None:
    assert special <= held(LabelSpectrum(named(text)), 1)


def test_above_24_labels_interlacing_is_still_decided_and_its_control_rejected() -> None:
    wide = LabelSpectrum(LabelDistribution.from_masks({1 << k: 1 + k for k in range(30)}, [str(k) for k in range(30)]))
    check = CHECKS["S11"]
    assert check.decide(wide, Random(0)).state == "holds"
    assert check.tells(check.controls[0], wide, Random(0))


def test_above_24_labels_eigenvalues_that_float64_cannot_separate_decide_nothing() -> None:
    close = LabelDistribution.from_masks({1 << k: 10**40 + k for k in range(30)}, [str(k) for k in range(30)])
    for law in ({}, CHECKS["S11"].controls[0].law):
        assert CHECKS["S11"].decide(LabelSpectrum(close), Random(0), **law).state == "skips"


@pytest.mark.parametrize(
    "name", ["emotions", "yeast", "flags", "birds", "medical", pytest.param("bibtex", marks=pytest.mark.slow)]
)
def test_every_claim_holds_on_real_data(real_data: Path, name: str) -> None:
    case = LabelSpectrum(readers.read(sorted((real_data / name).glob("*.arff"))))
    assert {"S2", "S4", "S5", "S6", "S8", "S9", "S10", "S11"} <= held(case, name)


def test_s1_and_s2_stand_on_no_fixed_size() -> None:
    for claim in ("S1", "S2"):
        for step in proofs_of("label_spectrum")[claim]().steps:
            assert not isinstance(step.check, (ForEach, Instance))
