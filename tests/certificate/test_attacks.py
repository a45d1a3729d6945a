"""False certificates, made to be believed, from optima whose truth is known by design: none may be accepted.

``MLNC_ATTACKS=100000 pytest tests/certificate/test_attacks.py -m slow -s`` makes that many and prints a tally.
"""

import copy
import json
import math
import os
import random
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from tests.certificate.designs import Design, Truth, designs
from tests.certificate.third_checker import follows
from tests.model import optima
from verify.certificate import checker
from verify.certificate.format import dumps
from verify.certificate.kernel import with_congruences

COUNT = int(os.environ.get("MLNC_ATTACKS", "3000"))
PER_DESIGN = 150
PROBLEM = ("loss", "bias", "smoothing", "loss_weights", "lambda_W", "lambda_H", "sets", "weights")

Data = dict[str, Any]
Attack = Callable[[Data, Truth, random.Random], bool]
"""Changes a certificate in place; tells whether it is certainly false now."""


def _hair(rng: random.Random) -> Fraction:
    return Fraction(rng.randrange(1, 10), 10 ** rng.randrange(2, 41))


def _claimed(data: Data, rng: random.Random, truth: Truth) -> tuple[Data, int, int, Fraction] | None:
    """Some entry of some claim, and what is true of it."""
    names = [name for name in data["claims"] if name != "rank"]
    if not names:
        return None
    name = rng.choice(names)
    table = data["claims"][name]
    i = rng.randrange(len(table["lower"]))
    j = rng.randrange(len(table["lower"][i]))
    return table, i, j, truth.tables[name][i][j]


def _set(table: Data, i: int, j: int, low: Fraction, high: Fraction) -> None:
    """Rounded inwards, so that what lies outside stays outside."""
    unit = int(table["denominator"])
    table["lower"][i][j], table["upper"][i][j] = str(math.ceil(low * unit)), str(math.floor(high * unit))


def value_beside(data: Data, truth: Truth, rng: random.Random) -> bool:
    """The interval ends a hair below the value, or begins one above it."""
    hair, width = _hair(rng), _hair(rng)
    table = data["value"]
    table["denominator"] = str(10**45)
    if rng.random() < 0.5:
        _set(table, 0, 0, truth.value - hair - width, truth.value - hair)
    else:
        _set(table, 0, 0, truth.value + hair, truth.value + hair + width)
    return True


def value_squeezed(data: Data, truth: Truth, rng: random.Random) -> bool:
    """About the value, but narrower than what the points prove; every radius with it."""
    data["value"]["denominator"] = str(10**45)
    _set(data["value"], 0, 0, truth.value - _hair(rng), truth.value + _hair(rng))
    return False


def value_tied(data: Data, truth: Truth, rng: random.Random) -> bool:
    """A point, where a tie would be."""
    digits = rng.randrange(1, 45)
    data["value"] = {"denominator": str(10**digits), "lower": [[""]], "upper": [[""]]}
    _set(data["value"], 0, 0, truth.value, truth.value)
    near = str(round(truth.value * 10**digits))
    data["value"]["lower"], data["value"]["upper"] = [[near]], [[near]]
    return False


def claim_beside(data: Data, truth: Truth, rng: random.Random) -> bool:
    """An interval that misses the truth by a hair; its radius may be shrunk or not."""
    found = _claimed(data, rng, truth)
    if found is None:
        return False
    table, i, j, true = found
    hair, width = _hair(rng) * max(Fraction(1), abs(true)), Fraction(rng.choice((0, 1, 1000)))
    ends = (true + hair, true + hair + width) if rng.random() < 0.5 else (true - hair - width, true - hair)
    _set(table, i, j, *ends)
    return True


def radii_shrunk(data: Data, truth: Truth, rng: random.Random) -> bool:  # noqa: ARG001 - an attack has this form
    """All intervals of a claim, about points of their own, 2 to 10^6 times as narrow."""
    names = [name for name in data["claims"] if name != "rank"]
    if not names:
        return False
    table, factor = data["claims"][rng.choice(names)], rng.choice((2, 10, 1000, 10**6))
    for lower, upper in zip(table["lower"], table["upper"], strict=True):
        for j, (low, high) in enumerate(zip(map(int, lower), map(int, upper), strict=True)):
            at = rng.randrange(low, high + 1)
            lower[j], upper[j] = str(at - (at - low) // factor), str(at + (high - at) // factor)
    return False


def multipliers_scaled(data: Data, truth: Truth, rng: random.Random) -> bool:
    """Residuals a hair too large, which R <= lambda I forbids, to prove a lower end above the value."""
    digits = rng.randrange(3, 40)
    part = data["r"]
    part["denominator"] = str(int(part["denominator"]) * 10**digits)
    part["rows"] = [[str(int(a) * (10**digits + 1)) for a in row] for row in part["rows"]]
    data["value"]["denominator"] = str(10**45)
    _set(data["value"], 0, 0, truth.value + Fraction(1, 10 ** (digits + rng.randrange(1, 4))), truth.value + 1)
    return Fraction(data["value"]["lower"][0][0]) / 10**45 > truth.value


def gram_moved(data: Data, truth: Truth, rng: random.Random) -> bool:
    """Another classifier, with an upper end below the value, as if it were better than the optimum."""
    digits, part = rng.randrange(2, 30), data["W"]
    part["denominator"] = str(int(part["denominator"]) * 10**digits)
    up, down = 10**digits + rng.choice((-1, 1)), 10**digits
    one = rng.randrange(len(part["rows"]))
    rows = [
        [int(a) * (up if rng.random() < 0.5 or k == one else down) for a in row] for k, row in enumerate(part["rows"])
    ]
    part["rows"] = [[str(a) for a in row] for row in rows]
    data["value"]["denominator"] = str(10**45)
    _set(data["value"], 0, 0, truth.value - 1, truth.value - Fraction(1, 10 ** (2 * digits + rng.randrange(1, 4))))
    return True


def rank_wrong(data: Data, truth: Truth, rng: random.Random) -> bool:
    K = len(data["labels"])
    ends = sorted(rng.choices(range(K + 1), k=2))
    data["claims"]["rank"] = ends
    return not ends[0] <= truth.rank <= ends[1]


def congruences_forged(data: Data, truth: Truth, rng: random.Random) -> bool:
    """Matrices of all kinds for guesses, with a claim or a point that is false."""
    K = len(data["labels"])
    kinds: list[Callable[[], list[list[int]]]] = [
        lambda: [[int(i == j) for j in range(K)] for i in range(K)],
        lambda: [[rng.randrange(-9, 10) for _ in range(K)] for _ in range(rng.randrange(1, K + 1))],
        lambda: [[rng.choice((0, 1, 10**40, -(10**40))) for _ in range(K)] for _ in range(K)],
        lambda: [[0] * K] * rng.randrange(K + 1),
        lambda: [[1] * K] * K,
        list,
    ]
    for name in ("feasible", "collapsed", "alive"):
        if rng.random() < 0.7:
            rows = rng.choice(kinds)()
            kept = data.get("congruences", {}).get(name)
            if kept and rng.random() < 0.3:
                rows = [[int(a) for a in row] for row in kept][: rng.randrange(1, K + 1)] * rng.randrange(1, 3)
            data.setdefault("congruences", {})[name] = [[str(a) for a in row] for row in rows[:K]]
    return rng.choice((multipliers_scaled, rank_wrong, claim_beside, value_beside))(data, truth, rng)


def weights_swapped(data: Data, truth: Truth, rng: random.Random) -> bool:  # noqa: ARG001
    i, j = rng.randrange(len(data["weights"])), rng.randrange(len(data["weights"]))
    data["weights"][i], data["weights"][j] = data["weights"][j], data["weights"][i]
    if rng.random() < 0.3:
        data["weights"][i] = str(int(data["weights"][i]) + rng.choice((1, 10**30)))
    return False


def signs_turned(data: Data, truth: Truth, rng: random.Random) -> bool:  # noqa: ARG001
    part = data[rng.choice([name for name in ("r", "W", "b") if name in data])]
    some = rng.randrange(len(part["rows"]))
    part["rows"] = [
        [str(-int(a)) for a in row] if k == some or rng.random() < 0.2 else row for k, row in enumerate(part["rows"])
    ]
    return False


def penalty_at_a_threshold(data: Data, truth: Truth, rng: random.Random) -> bool:  # noqa: ARG001
    """Lambda a hair lower, so that R(r) <= lambda I ties or fails, or higher; or another penalty, or the smoothing."""
    name = rng.choice(("lambda_W", "lambda_H", "smoothing", "bias"))
    if data.get(name, "zero") in ("zero", "free"):
        name = "lambda_W"
    value = Fraction(data[name]) * (1 + rng.choice((-1, 1)) * _hair(rng))
    data[name] = f"{value.numerator}/{value.denominator}"
    return False


def another_problem(data: Data, truth: Truth, rng: random.Random) -> bool:  # noqa: ARG001
    """The loss, the smoothing, the bias or a label set of another problem."""
    kind = rng.randrange(5)
    if kind == 0:
        data["loss"] = rng.choice(("pal", "bce", "mse"))
    elif kind == 1:
        data["smoothing"] = rng.choice(("1/10", "1/2", "1/1000000000000", "999/1000", "1/1"))
        if rng.random() < 0.3:
            del data["smoothing"]
    elif kind == 2 and data["bias"] != "zero":
        data["bias"] = rng.choice(("free", "1/10", "10/1", "1/1" + "0" * 40, "1" + "0" * 40))
    elif kind == 3 and data["bias"] != "zero":
        data["bias"] = "zero"
        del data["b"]
    elif kind == 3:
        data["bias"], data["b"] = "free", {"denominator": "1", "rows": [["0"] * len(data["labels"])]}
    else:
        i, k = rng.randrange(len(data["sets"])), rng.randrange(len(data["labels"]))
        data["sets"][i] = sorted(set(data["sets"][i]) ^ {k})
    return False


def loss_weights_changed(data: Data, truth: Truth, rng: random.Random) -> bool:  # noqa: ARG001
    """One weight in the loss another, by much or by a hair, or all; or none any more; or some where there were none."""
    K, n = len(data["labels"]), len(data["sets"])
    names = ["present"] if data["loss"] == "pal" else ["present", "absent"]
    part = data.setdefault(
        "loss_weights", {"denominator": "1"} | {name: [["1"] * K for _ in range(n)] for name in names}
    )
    kind, table = rng.randrange(5), part[rng.choice([name for name in part if name != "denominator"])]
    i, k = rng.randrange(n), rng.randrange(K)
    if kind == 0:
        del data["loss_weights"]
    elif kind == 1:
        part["denominator"] = str(int(part["denominator"]) * rng.choice((2, 10**30)))
    elif kind == 2:
        table[i][k] = rng.choice(("0", "-1", str(10**40), str(int(table[i][k]) + 1)))
    elif kind == 3:
        digits = rng.randrange(2, 40)
        part["denominator"] = str(int(part["denominator"]) * 10**digits)
        for name in part.keys() - {"denominator"}:
            part[name] = [[str(int(a) * 10**digits) for a in row] for row in part[name]]
        row = part["present"][i]
        row[k] = str(int(row[k]) + rng.choice((-1, 1)))
    else:
        table[i], table[-1] = table[-1], table[i]
    return False


def nothing(data: Data, truth: Truth, rng: random.Random) -> bool:  # noqa: ARG001
    """The control: what is true stays accepted."""
    if data["claims"] and rng.random() < 0.5:
        del data["claims"][rng.choice(list(data["claims"]))]
    return False


ATTACKS: tuple[Attack, ...] = (
    value_beside, value_beside, value_squeezed, value_tied, claim_beside, claim_beside, radii_shrunk,
    multipliers_scaled, gram_moved, rank_wrong, congruences_forged, congruences_forged, weights_swapped, signs_turned,
    penalty_at_a_threshold, another_problem, loss_weights_changed, loss_weights_changed, nothing,
)  # fmt: skip


def _facts(data: Data, truth: Truth) -> bool:
    """Whether all that is claimed is true of the optimum."""
    value, slack = data["value"], Truth.SLACK
    facts = [int(value["lower"][0][0]) <= (truth.value + slack) * int(value["denominator"])]
    facts += [int(value["upper"][0][0]) >= (truth.value - slack) * int(value["denominator"])]
    for name, table in data["claims"].items():
        if name == "rank":
            facts.append(table[0] <= truth.rank <= table[1])
            continue
        unit = int(table["denominator"])
        for lower, upper, row in zip(table["lower"], table["upper"], truth.tables[name], strict=True):
            for low, high, a in zip(lower, upper, row, strict=True):
                near = slack * max(Fraction(1), abs(a))
                facts.append(int(low) <= (a + near) * unit and int(high) >= (a - near) * unit)
    return all(facts)


def _base(design: Design) -> Data:
    """An honest certificate of the design, all that its gap determines claimed."""
    names = [name for name in checker.CLAIMS if name != "b" or design.problem.bias != "zero"]
    certificate = optima.certificate(design.problem, design.point, bits=150, digits=36, names=names)
    data: Data = json.loads(dumps(with_congruences(certificate)))
    return data


@pytest.mark.slow
def test_nothing_false_is_accepted() -> None:
    rng = random.Random(os.environ.get("MLNC_SEED", "attacks"))
    tally, kinds, made = Counter[str](), Counter[tuple[str, bool]](), 0
    for design in designs(rng):
        truth, base = Truth(design), _base(design)
        tally[design.name] += 1
        assert checker.check(json.dumps(base).encode()).accepted, design.name
        assert _facts(base, truth), design.name
        for _ in range(min(PER_DESIGN, COUNT - made)):
            attack, data = rng.choice(ATTACKS), copy.deepcopy(base)
            false = attack(data, truth, rng)
            answer = checker.check(json.dumps(data).encode())
            kinds[attack.__name__, answer.accepted] += 1
            where = design.name, attack.__name__, json.dumps(data)
            if answer.accepted:
                assert not false, where
                if all(data.get(key) == base.get(key) for key in PROBLEM):
                    assert _facts(data, truth), where
                else:
                    assert follows(data), where
            elif attack is nothing:
                raise AssertionError((answer.reason, *where))
            made += 1
        if made >= COUNT:
            break
    print(f"\n{made} attacks on {tally.total()} optima: {dict(sorted(tally.items()))}")
    print({f"{name} {'accepted' if accepted else 'rejected'}": n for (name, accepted), n in sorted(kinds.items())})
    certain = ("value_beside", "gram_moved")
    assert not any(kinds[name, True] for name in certain)
    assert kinds["nothing", True] > 0


@pytest.mark.slow
def test_control_without_the_second_moment_false_lower_ends_are_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    rng, accepted = random.Random(1), 0
    bases = [(Truth(design), _base(design)) for design, _ in zip(designs(rng), range(6), strict=False)]
    monkeypatch.setattr(checker, "signs", lambda *_: (0, 0))
    for truth, base in bases:
        for _ in range(40):
            data = copy.deepcopy(base)
            if multipliers_scaled(data, truth, rng):
                data["claims"] = {}
                accepted += checker.check(json.dumps(data).encode()).accepted
    assert accepted > 0
