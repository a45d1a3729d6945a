"""Proofs as objects: every chain is accepted, and nothing false that looks like one is."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from proofs import chains, checker
from proofs.chains import checked, closings, document, examples, known, write_traces
from proofs.claims import CLAIMS
from proofs.claims.entry import Formal
from proofs.claims.hypotheses import LABEL_SETS
from proofs.kernel.formal import declare, formula
from proofs.kernel.outcome import DefectError
from proofs.kernel.proof import Proof
from proofs.letters.signature import SIGNATURE
from tests.proofs.decided import in_one_process, stated_axioms, traces_of
from tests.proofs.mutations import Followed, Known, tried
from verify.campaign.run import processes

ROOT = Path(__file__).parents[2]
pytestmark = in_one_process
FEW = ("L4", "U3", "U6", "U9", "W2")
"""Claims that rest on no others than these."""
MUTATIONS = int(os.environ.get("MLNC_MUTATIONS", "20000"))


@pytest.mark.parametrize("claim", closings())
def test_a_closed_claim_is_closed(claim: str) -> None:
    chain = checked(claim)
    assert chain.faults == ()
    assert chain.lines > 0
    assert chain.closed


def test_flagships_rest_on_little() -> None:
    assert checked("W2").axioms == checked("U8").axioms == ()
    assert checked("U9").axioms == ("unit vector",)
    assert checked("U9").claims == ("U6", "L4")
    assert not checked("W7").closed


def test_the_checker_runs_alone(tmp_path: Path) -> None:
    """On a few: it has followed each of them above, and `make traces` has it follow all."""
    assert len(chains._names()) == 1 + len(closings()) + len(examples())
    for name, trace in traces_of(*FEW):
        (tmp_path / name).write_text(json.dumps(trace), encoding="utf-8")
    command = [sys.executable, "-I", "-S", str(ROOT / "proofs" / "checker.py"), str(tmp_path)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout
    said = f"{len(FEW)} goals follow from their hypotheses; 1 axioms are used; 0 examples hold"
    assert said in found.stdout
    for name in {path.name for path in tmp_path.iterdir()} - {"axioms.json", "U3.json"}:
        (tmp_path / name).unlink()
    trace = json.loads((tmp_path / "U3.json").read_text(encoding="utf-8"))
    ring = [line for line in trace["lines"] if line["rule"] == "ring"][-1]
    ring["goal"] = ["=", ["0", "K", "d"], ["0", "K", "d"]]
    (tmp_path / "U3.json").write_text(json.dumps(trace), encoding="utf-8")
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.returncode == 1
    assert "rejected: U3: line" in found.stdout


def test_traces_are_the_same_wherever_they_are_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"{claim}.json" for claim in FEW]
    monkeypatch.setattr(chains, "_names", lambda: names)
    with processes(1) as pool:
        assert write_traces(tmp_path / "there", pool) == write_traces(tmp_path / "here") == names
    assert all((tmp_path / "there" / name).read_bytes() == (tmp_path / "here" / name).read_bytes() for name in names)


def test_claims_that_rest_on_each_other_are_rejected(tmp_path: Path) -> None:
    made = {claim: document(claim) for claim in FEW}
    made["U6"]["lines"].append({"rule": "cite", "name": "L4", "put": {}})
    for name, trace in {"axioms": stated_axioms(), **made}.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(trace), encoding="utf-8")
    with pytest.raises(checker.Rejected, match=r"nodes are in a cycle.*L4"), checker.rejecting("rejected"):
        checker.check_all(str(tmp_path))


def test_what_a_trace_costs_does_not_depend_on_those_before() -> None:
    def cost(claim: str) -> int:
        checker.check_claim(document(claim), known())
        return checker.Work.left

    document("U3")
    alone = cost("U3")
    assert cost("U3") == alone < checker.MOST_WORK


# ---------------------------------------------------------------------- statements


def test_formal_statements_use_their_own_vocabulary() -> None:
    """A hypothesis is a formula, and one that is false of every distribution would prove anything."""
    for claim, entry in CLAIMS.items():
        signature = declare(SIGNATURE, *entry.formal.letters)
        assert all(formula(text, signature) for text in (*entry.formal.given, entry.formal.goal)), claim


def test_a_claim_may_have_a_dimension_but_no_letter_without_a_shape() -> None:
    assert declare(SIGNATURE, "n", "X: K x n").letters["X"].shape == ("K", "n")
    several = declare(SIGNATURE, "n, l; X, Y: l x n", "L[sets, labels](K, n x 1), c: 1")
    assert several == declare(SIGNATURE, "n", "l", "X: l x n", "Y: l x n", "L[sets, labels](K, n x 1): 1", "c: 1")
    with pytest.raises(DefectError, match="cannot read the letter 'Root'"):
        declare(SIGNATURE, "Root")


def test_a_complement_is_one_dimension_less() -> None:
    """Control: with as many dimensions, or with a condition that is not shown, the axiom gives nothing."""
    proof = Proof("X", Formal(("v'*v = 1",), "1 = 0", ("n",)), SIGNATURE, known())
    for dims in ({"m": "K", "n": "K"}, {"m": "K", "n": "n"}):
        cited = proof.axiom("complement of a vector", dims, a="v")
        with pytest.raises(DefectError):
            proof.apply(cited, proof.eq("K = " + dims["n"] + " + 1"))


def test_a_goal_that_is_not_reached_is_a_defect() -> None:
    proof = Proof("X", Formal(("lambda_H = 1",), "lambda_H = 2"), SIGNATURE, known())
    with pytest.raises(DefectError, match="is not the goal"):
        proof.done(proof.given[0])


def test_a_hypothesis_of_ones_own_stays_one() -> None:
    proof = Proof("X", Formal(("lambda_H = 1",), "lambda_H = 2"), SIGNATURE, known())
    with proof.assuming("lambda_H = 2") as false, pytest.raises(DefectError, match="rests on what it does not assume"):
        proof.done(false)


# ---------------------------------------------------------------------- what must not follow

LETTERS = ("A: K x K", "B: K x K", "a: 1", "c: 1", "q[labels]: 1", "g[labels, labels]: 1", "N: 1", "t: 1")
FALSE_EQUATIONS = {
    "three nested sums, two of them swapped": (
        "sum[i](sum[k](sum[j](g[i, k]^2*g[i, j]))) = sum[i](sum[k](sum[j](g[i, k]*g[i, j]*g[i, k]*g[j, k])))",
    ),
    "a number times a vector under a sum": ("sum[k]((e[k]'*W*W'*e[k])*v) = sum[k]((e[k]'*W*W'*e[k])*x)",),
    "two members for one": ("sum[i](q[i]*q[i]) = sum[i](q[i])*sum[k](q[k])",),
    "the basis contracted thrice": ("sum[k]((e[k]'*v)^3) = sum[k]((e[k]'*v)^2)",),
    "a matrix that commutes": ("A*B = B*A",),
    "a transpose forgotten": ("(A*B)' = A'*B'",),
    "the trace of a product as a product of traces": ("tr(A*B) = tr(A)*tr(B)",),
    "a rectangular trace in the other space": ("tr(W'*W) = tr(I[d])",),
    "1'1 as 1": ("ones'*ones = 1",),
    "the total of a family of weight 1": ("sum[k](1) = 1",),
    "a square of an entry that is not 0 or 1": ("(e[k]'*v)^2 = e[k]'*v",),
    "an idempotent sum": ("(y[S]'*v)^2 = y[S]'*v", *LABEL_SETS),
    "the sum of squares as the square of a sum": ("sum[S](m[S]^2) = sum[S](m[S])^2",),
    "a spine where a number stood": ("(v'*x)*v = v*v'*v",),
    "a factor of no spine": ("sum[S]((y[S]'*v)*x) = sum[S]((y[S]'*x)*v)",),
}


def proof_of(*given: str) -> Proof:
    letters = tuple(x for x in LETTERS if x.split("[")[0].split(":")[0] not in SIGNATURE.letters)
    return Proof("X", Formal(given, "1 = 0", letters), SIGNATURE, known())


@pytest.mark.parametrize("name", FALSE_EQUATIONS)
def test_a_false_equation_is_not_proved(name: str) -> None:
    text, *given = FALSE_EQUATIONS[name]
    with pytest.raises(DefectError):
        proof_of(*(f"{g}" for g in given)).eq(text)


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("t*(1/t) = 1", ()),
        ("(t - t)*(1/(t - t)) = 1", ()),
        ("1/(t^2) = (1/t)^2", ()),
        ("sum[k](q[k]*(1/q[k])) = K", ("q[i] != 0",)),  # one entry is
        ("t*(1/t) = 1", ("0 <= t",)),
        ("t*(1/t) = 1", ("0 < 1 - t",)),
    ],
)
def test_what_may_be_zero_is_not_divided_by(text: str, given: tuple[str, ...]) -> None:
    with pytest.raises(DefectError, match=r"nonzero|not shown"):
        proof_of(*given).eq(text)


def test_what_is_said_to_be_positive_and_a_dimension_are_divided_by() -> None:
    proof = proof_of("0 < t")
    assert proof.eq("t/K*(K/t) = 1").hypotheses == {proof.hypotheses[0]}


def test_a_hypothesis_is_taken_apart_and_what_it_says_is_not_kept() -> None:
    proof = proof_of("0 < t")
    with proof.supposing("t = 1 and v = 0 and v'*v = t") as (whole, one, none, norm):
        assert proof.parts(whole) == (one, none, norm)
        assert [part.conclusion for part in (one, none, norm)] == list(whole.conclusion[1:])
        assert proof.eq("t^2 = 1", (one, "?*t"), one).hypotheses == {whole.conclusion}
    with pytest.raises(DefectError):
        proof.eq("t^2 = 1")


def test_an_index_in_a_hypothesis_is_not_general() -> None:
    proof = proof_of("q[k] = 1")
    with pytest.raises(DefectError, match="k occurs in a hypothesis"):
        proof.eq("all k: q[k] = 1", proof.given[0])
    with pytest.raises(DefectError):
        proof.eq("sum[k](q[k]) = K", (proof.given[0], "sum[k](?)"))


def test_a_letter_is_no_number_of_the_family_it_is_bound_in() -> None:
    """all k (q_k = c) used in a sum over another name is the same; used at a member it is not about is nothing."""
    proof = proof_of("all k: q[k] = c")
    assert proof.eq("sum[j](q[j]) = K*c", (proof.given[0], "sum[i](?[i])"))
    with pytest.raises(DefectError):
        proof.eq("sum[S](m[S]) = c", (proof.given[0], "sum[S](?[S])"))


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("0 < a^2", ("square",)),  # not strict
        ("0 <= a", ()),
        ("a <= a^2", ("square",)),
        ("0 <= -a^2", ("square",)),
    ],
)
def test_an_inequality_needs_its_pieces(text: str, pieces: tuple[str, ...]) -> None:
    proof = proof_of()
    with pytest.raises(DefectError):
        proof.le(text, *(proof.square("a") for _ in pieces))


def test_a_contradiction_is_found_only_where_there_is_one() -> None:
    proof = proof_of("0 < a")
    with pytest.raises(DefectError, match="it is possible"):
        proof.ledger.fact("impossible", ("false",), proof.given[0])


# ---------------------------------------------------------------------- traces changed at random


@cache
def followed(claims: tuple[str, ...]) -> Mapping[str, Followed]:
    """Traces, and the theorem of each of their lines."""
    documents = {claim: document(claim) for claim in claims}
    known_to_both = Known(stated_axioms(), documents)
    return {claim: Followed(one, known_to_both) for claim, one in documents.items()}


@pytest.mark.parametrize(
    ("some", "count"),
    [(FEW, 1_000), pytest.param((), MUTATIONS, marks=pytest.mark.slow(minutes=3))],
    ids=["few", "all"],
)
def test_a_changed_line_is_rejected_or_is_so(some: tuple[str, ...], count: int) -> None:
    tally, accepted = tried(followed(some or tuple(closings())), count, random.Random(0))
    assert tally["wrong"] == 0, next(one for one in accepted if one[0] == "wrong")
    assert tally["rejected"] > count / 2


def _applied_to_anything(self: Any, line: int, to: int) -> tuple[Any, Any]:
    (one, implication), (two, _) = self.get(line), self.get(to)
    return one | two, implication[2]


def _general_in_any_case(self: Any, line: int, over: str) -> tuple[Any, Any]:
    hypotheses, conclusion = self.get(line)
    of = self.signature.indices.get(over)
    binder = ("member", of) if of else ("matrix", *self.signature.shape(("l", over, (), ())))
    return hypotheses, checker.shared("all", checker.shared(*binder), checker.bound(conclusion, over))


def _equal_without_adding_up(self: Any, goal: Any, using: Any) -> tuple[Any, Any]:
    return frozenset().union(*(self.get(number)[0] for number, _ in using)), goal


@pytest.mark.parametrize(
    ("rule", "broken"),
    [("apply", _applied_to_anything), ("all", _general_in_any_case), ("ring", _equal_without_adding_up)],
)
def test_a_checker_with_a_broken_rule_is_found_out(rule: str, broken: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: such changes of its lines, with a rule that lets through what it should not."""
    traces = followed(FEW)
    monkeypatch.setattr(checker.Proof, f"rule_{rule}", broken)
    tally, _ = tried(traces, 1_000, random.Random(1), rule)
    assert tally["wrong"] > 0
