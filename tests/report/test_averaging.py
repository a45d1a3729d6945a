"""Does tag-wise averaging hold: answers on distributions where they are known, and against certified optima."""

import itertools
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings

from tests.strategies import label_distributions
from verify.geometry import rules
from verify.geometry.prototypes import Prototypes
from verify.geometry.spectrum import LabelSpectrum
from verify.geometry.tiny_penalty import CENTERINGS, TinyPenalty
from verify.labels.builders.imbalanced import longtail
from verify.labels.distribution import LabelDistribution
from verify.labels.errors import UncertifiedError
from verify.model.feature_model import BIAS_WORDS, bias_named
from verify.model.losses import BCE, MSE, PAL_CE
from verify.model.optimum import CertifiedOptimum, Instance
from verify.report.averaging import AveragingAnswer, averaging_answers, averaging_json, averaging_lines, symmetric_sets

Cases = dict[tuple[str, str, str], AveragingAnswer]


def sets(*given: tuple[Any, int], K: int) -> LabelDistribution:
    return LabelDistribution.from_sets(given, labels="abcdefgh"[:K])


def answers(pi: LabelDistribution, exact: bool = True) -> Cases:
    found = averaging_answers(LabelSpectrum(pi), exact)
    return {(a.loss, a.bias, a.penalty): a for a in found}


def said(pi: LabelDistribution) -> Sequence[tuple[str, rules.Rule | None]]:
    """Answer and rule, PAL-CE then MSE, in the order in which they are printed."""
    return [(a.answer, a.rule) for a in answers(pi).values()][:6]


PAIRS = list(itertools.combinations(range(4), 2))
BALANCED = sets(*(([k], 1) for k in range(4)), *((pair, 2) for pair in PAIRS), K=4)
CYCLIC = sets(*(([k], 1) for k in range(5)), *(([k, (k + 1) % 5], 1) for k in range(5)), K=5)
W6B = sets(([0], 1), ([1], 1), ([2], 1), ([0, 1], 1), K=3)
LONG_TAIL = sets(*(([k], 9 - 2 * k) for k in range(4)), *((pair, 9 - sum(pair)) for pair in PAIRS), K=4)
ALONE = sets(([0], 5), ([1], 2), ([2], 1), K=3)
T4 = sets(([0, 1], 1), ([0, 2], 1), ([3], 3), K=4)
NEVER = sets(([0], 2), ([1], 1), ([0, 1], 1), K=3)
HALF = sets(*((pair, 1 + sum(pair)) for pair in PAIRS), K=4)  # orthogonal with unequal frequencies, as K = 2m (S2)

NO, YES, LIMIT = "not in general", "yes", "yes, in the limit"
PLAIN, SCALED, WEIGHTED = rules.PLAIN, rules.SCALED_SUM, rules.FREQUENCY


@pytest.mark.parametrize(
    ("pi", "expected"),
    [
        (BALANCED, [(YES, SCALED), (YES, SCALED), (YES, SCALED), (YES, SCALED), (YES, PLAIN), (NO, WEIGHTED)]),
        (CYCLIC, [(NO, None), (LIMIT, PLAIN), (NO, None), (LIMIT, PLAIN), (YES, PLAIN), (NO, WEIGHTED)]),
        (W6B, [(YES, SCALED), (YES, SCALED), (YES, SCALED), (YES, SCALED), (YES, PLAIN), (NO, WEIGHTED)]),
        (LONG_TAIL, [(NO, None), (LIMIT, PLAIN), (NO, None), (NO, WEIGHTED), (YES, PLAIN), (NO, WEIGHTED)]),
        (ALONE, [("nothing to average", None)] * 6),
        (T4, [(NO, None), (NO, None), (NO, None), (NO, None), (YES, PLAIN), (NO, WEIGHTED)]),
        (NEVER, [(NO, None), (LIMIT, PLAIN), ("no optimum", None), ("no optimum", None), (YES, PLAIN), (NO, WEIGHTED)]),
        (sets(*((pair, 1) for pair in PAIRS), K=4), [(YES, SCALED)] * 4 + [(YES, PLAIN), (YES, PLAIN)]),
        (HALF, [(YES, SCALED), (YES, SCALED), (NO, None), (NO, WEIGHTED), (YES, PLAIN), (NO, WEIGHTED)]),
        (
            sets(([0, 1], 1), ([], 1), K=3),
            [(YES, SCALED)] * 2 + [("no optimum", None)] * 2 + [(YES, PLAIN), (NO, None)],
        ),
    ],
    ids=["balanced", "cyclic", "W6b", "long tail", "alone", "T4", "never", "pairs", "K = 2m", "cardinality 1"],
)
def test_answers_that_are_known(pi: LabelDistribution, expected: list[tuple[str, rules.Rule | None]]) -> None:
    assert said(pi)[: len(expected)] == expected


def reason(pi: LabelDistribution, *case: str) -> str:
    return answers(pi)[case].reason  # type: ignore[index]


def test_reasons_name_what_the_data_lacks() -> None:
    cyclic = reason(CYCLIC, "PAL-CE", "none", "every")
    assert "classes are equally frequent but co-occurrence is not balanced among label sets of size 2" in cyclic
    tail = reason(LONG_TAIL, "PAL-CE", "none", "every")
    assert "classes are not equally frequent among label sets of size 1;" in tail
    assert "(W6a)" in tail  # all singletons and all pairs, strict sign condition
    assert "(W6a)" not in cyclic
    assert reason(W6B, "PAL-CE", "none", "every").startswith("by the symmetries of the labels")
    violated = reason(T4, "PAL-CE", "none", "limit")
    assert (
        "fails for 1 of 3 label sets (60.0% of the samples that have some labels and not all), so W4 does not apply"
        in violated
    )
    assert violated.endswith("worst: label a for samples labelled {d}")
    assert "some contrast between labels has the same value" in reason(T4, "PAL-CE", "free", "limit")
    assert reason(NEVER, "PAL-CE", "free", "every").startswith("c never occurs")
    assert reason(NEVER, "BCE", "free", "limit") == "c never or always occurs, and a free bias runs off"
    assert "label set" in reason(T4, "BCE", "free", "limit")
    assert reason(BALANCED, "PAL-CE", "none", "every").endswith("for lambda below 0.3125, where all collapses")


def test_reasons_say_no_more_than_the_claims() -> None:
    """What an independent reader found to be said too strongly."""
    singular = reason(sets(([0, 1], 1), ([0, 2], 1), ([0, 3], 1), K=4), "PAL-CE", "free", "limit")
    assert singular == "some contrast between labels has the same value on every label set, so W3 does not apply"
    partly = sets(([0, 1], 2), ([2, 3], 1), ([0, 2], 5), ([0, 3], 5), ([1, 2], 5), ([1, 3], 5), K=4)
    assert answers(partly)["MSE", "free", "every"].answer == NO  # at lambda = 1/5, of rank 2, all are plain sums
    growing = answers(sets(([0], 1), ([1], 1), ([2], 2), ([0, 1], 6), K=3))["PAL-CE", "free", "limit"]
    assert growing.answer == YES
    assert "that the factor a_S has a limit is not claimed" in growing.reason
    with_full = sets(([0], 1), ([1], 1), ([0, 1], 1), ([0, 1, 2], 1), K=3)
    assert reason(with_full, "PAL-CE", "free", "every").startswith("c never occurs but in the full label set")
    alone = sets(([0], 1), ([1], 1), ([2], 2), ([0, 1, 2], 1), K=3)
    assert reason(alone, "PAL-CE", "none", "every") == "no label set but the full one has two or more labels"
    one = sets(([], 3), ([0, 1], 1), ([0, 2], 2), K=3)
    assert "if W has full rank" in reason(one, "MSE", "free", "every")


def test_a_virtual_prototype_outside_the_sign_condition_is_named() -> None:
    """The sign condition holds on the support, and not for labels that never stand alone."""
    pi = sets(([0, 1], 7), ([1, 3], 2), ([0, 1, 2], 2), K=4)
    found = answers(pi)["PAL-CE", "none", "limit"]
    assert found.answer == NO
    assert "virtual prototype of" in found.reason


def test_nothing_is_said_in_float64_that_takes_the_sign_condition() -> None:
    exact, rough = answers(LONG_TAIL), answers(LONG_TAIL, exact=False)
    assert rough["PAL-CE", "none", "limit"].answer == "not decided"
    assert "--exact" in rough["PAL-CE", "none", "limit"].reason
    assert [a for a in rough if rough[a].answer != exact[a].answer] == [
        ("PAL-CE", "none", "limit"),
        ("PAL-CE", "free", "limit"),
        ("BCE", "none", "limit"),
        ("BCE", "free", "limit"),
    ]
    assert answers(BALANCED, exact=False)["PAL-CE", "none", "limit"].answer == YES


# ---------------------------------------------------------------------- against certified optima


LOSSES = {loss.title: loss for loss in (PAL_CE, MSE)}
KNOWN = {"balanced": BALANCED, "cyclic": CYCLIC, "W6b": W6B, "long tail": LONG_TAIL, "T4": T4, "K = 2m": HALF}


@pytest.mark.parametrize("name", KNOWN)
def test_rules_that_hold_exactly_hold_at_certified_optima_and_others_do_not(name: str) -> None:
    pi = KNOWN[name]
    for (loss, bias, penalty), found in answers(pi).items():
        if penalty == "limit":
            continue
        at = CertifiedOptimum.of(pi, Instance(LOSSES[loss], bias_named(bias), Fraction(1, 1000), Fraction(1)))
        prototypes = Prototypes.at_optimum(at)
        if found.rule:
            assert found.rule.worst(prototypes) < 1e-9, found  # ten of the fifteen certified digits
        if (name, loss, bias) == ("T4", "MSE", "free"):
            continue  # three label sets of four labels: directions that have collapsed, the exception of W2c
        averages = SCALED.worst(prototypes)
        assert averages < 1e-9 if found.answer == "yes" else averages > 1e-9, found


@settings(max_examples=30)
@given(pi=label_distributions())
def test_limits_are_approached_at_tiny_penalties(pi: LabelDistribution) -> None:
    """At tau = 10^12 logits are known to eleven digits relative to their size; ten are asked for."""
    for loss, bias in itertools.product((PAL_CE, BCE), CENTERINGS):
        found = answers(pi)[loss.title, BIAS_WORDS[bias], "limit"]
        if found.rule not in {PLAIN, WEIGHTED, rules.UNIFORM, rules.AFFINE}:
            continue
        try:
            prototypes = Prototypes.at_tiny_penalty(TinyPenalty.of(loss.sees(pi), bias, 10**12, loss))
            off = found.rule.worst(prototypes)
        except UncertifiedError:
            continue
        assert not off > 1e-9, found


# ---------------------------------------------------------------------- symmetries, words, JSON


def test_symmetries_are_those_of_all_permutations() -> None:
    """Against the definition, by trying every permutation of four labels."""
    for pi in (
        BALANCED,
        LONG_TAIL,
        T4,
        HALF,
        sets(([0, 1], 2), ([2, 3], 2), ([0], 1), ([1], 1), ([2], 1), ([3], 1), K=4),
    ):
        weights = pi.weight_of

        def move(mask: int, image: tuple[int, ...]) -> int:
            return sum(1 << image[k] for k in range(4) if mask >> k & 1)

        group = [
            image
            for image in itertools.permutations(range(4))
            if {move(mask, image): w for mask, w in weights.items()} == weights
        ]
        expected = []
        for mask in (mask for mask in pi.masks if mask.bit_count() > 1):
            fixing = [image for image in group if move(mask, image) == mask]
            blocks = [[k for k in range(4) if (mask >> k & 1) == inside] for inside in (0, 1)]
            if all({image[block[0]] for image in fixing} == set(block) for block in blocks):
                expected.append(mask)
        assert symmetric_sets(pi) == tuple(expected)


def test_too_many_symmetries_are_left_open() -> None:
    pi = LabelDistribution.from_sets([([2 * k, 2 * k + 1], 1) for k in range(17)], labels=[f"l{k}" for k in range(34)])
    assert symmetric_sets(pi) is None
    assert "too many to look through" in answers(pi)["PAL-CE", "none", "every"].reason


def test_words_have_every_case_and_what_its_rule_means() -> None:
    found = averaging_answers(LabelSpectrum(longtail(4, 2, 10)))
    text = "\n".join(averaging_lines(found))
    assert text.count("PAL-CE") == 4
    assert text.count("MSE") == 2
    assert "1/log(1/lambda) (T2)" in text
    for answer in found:
        assert answer.reason in text
        assert answer.claims
    assert averaging_json(found)[0]["answer"] == found[0].answer
    assert averaging_json(found)[5]["formula"].startswith("h_S = sum of")


def test_conditions_of_losses_and_biases_have_names_of_their_own() -> None:
    """Four conditions are called sign condition; two reasons that contradict each other name different ones."""
    pi = LabelDistribution.from_sets([([0], 4), ([1], 1), ([2], 1), ([0, 1], 3), ([1, 2], 1)], labels="abc")
    named = {(a.loss, a.bias): a.reason.split(" sign condition")[0] for a in averaging_answers(LabelSpectrum(pi))}
    reasons = {key: reason for key, reason in named.items() if key[0] != "MSE"}
    assert {key: reason.split()[-1] for key, reason in reasons.items()} == {
        ("PAL-CE", "none"): "uncentered",
        ("PAL-CE", "free"): "centered",
        ("BCE", "none"): "uncentered",
        ("BCE", "free"): "centered",
    }
    answers = averaging_answers(LabelSpectrum(pi))
    assert all(("condition of BCE" in a.reason) is (a.loss == "BCE") for a in answers)


def test_smoothed_labels_and_a_bias_that_decays_have_answers_of_their_own() -> None:
    """The rules of the limit that the claims say; controls: a target out of reach, and without the sign condition."""
    smoothed, decay = [PAL_CE.smoothed("1/10"), BCE.smoothed("1/10")], Fraction(1, 100)
    found = averaging_answers(LabelSpectrum(LONG_TAIL), True, smoothed)
    assert [(a.loss, a.bias, a.answer, a.rule, a.claims) for a in found] == [
        ("PAL-CE", "none", LIMIT, rules.SMOOTHED, ("Y2",)),
        ("PAL-CE", "free", NO, rules.SMOOTHED, ("Y2a",)),
        ("BCE", "none", NO, rules.UNIFORM, ("Y1",)),
        ("BCE", "free", NO, WEIGHTED, ("Y1a",)),
    ]
    assert {a["smoothing"] for a in averaging_json(found)} == {"1/10"}
    assert "approached like sqrt(lambda) (Y0)" in "\n".join(averaging_lines(found))
    apart = averaging_answers(LabelSpectrum(sets(([0, 1], 3), ([2], 2), K=3)), True, smoothed[:1])
    assert all(a.rule is None and "not in the span" in a.reason for a in apart)
    decayed = averaging_answers(LabelSpectrum(LONG_TAIL), True, biases=[decay])
    assert [(a.loss, a.bias, a.penalty, a.rule, a.claims) for a in decayed] == [
        ("PAL-CE", "1/100", "limit", PLAIN, ("E3", "W4")),
        ("MSE", "1/100", "every", rules.BY_BIAS, ("E5",)),
        ("BCE", "1/100", "limit", rules.UNIFORM, ("E3", "B3")),
    ]
    both = averaging_answers(LabelSpectrum(LONG_TAIL), True, smoothed, [decay])
    assert [(a.rule, a.claims) for a in both] == [(rules.SMOOTHED, ("E3a", "Y2")), (rules.UNIFORM, ("E3a", "Y1"))]
    violated = averaging_answers(LabelSpectrum(T4), True, [PAL_CE], [decay])
    assert [(a.rule, a.claims[0]) for a in violated] == [(None, "E3")]


def test_the_answers_for_a_decaying_bias_hold_at_certified_optima() -> None:
    """MSE at every penalty by the entries of the bias; control: neither class frequencies nor plain sums."""
    at = CertifiedOptimum.of(LONG_TAIL, Instance(MSE, Fraction(1, 10), Fraction(1, 100), Fraction(1)))
    prototypes = Prototypes.at_optimum(at)
    assert rules.BY_BIAS.worst(prototypes) < 1e-9
    assert min(rule.worst(prototypes) for rule in (PLAIN, WEIGHTED)) > 0.01
