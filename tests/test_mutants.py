"""Mistakes made on purpose: every kind makes what it says, one at a time, and a suite that notices is told from one
that does not."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.mutants.mutate import KINDS, Mutation, applied, mutations
from tests.mutants.note import as_note
from tests.mutants.reach import EXAMPLES, Reach
from tests.mutants.run import Laboratory, main
from tests.mutants.sample import NO_MATHEMATICS, drawn, modules

TOY = {
    "sign": ("a - b", {"a + b"}),
    "constant": ("f(2)", {"f(3)"}),
    "index": ("x[-1]", {"x[0]"}),
    "order": ("a <= b < c", {"a < b < c", "a <= b <= c"}),
    "extreme": ("min(xs)", {"max(xs)"}),
    "factor": ("a * b / (2 * lam)", {"a / (2 * lam)", "b / (2 * lam)", "a * b / 2", "a * b / lam", "a * b"}),
    "weight": ("weight * r", {"r"}),
    "arguments": ("divergence(r, z)", {"divergence(z, r)"}),
    "absolute": ("abs(a)", {"a"}),
    "total": ("sum(xs)", {"next(iter(xs))"}),
    "logic": ("a and not b", {"a or not b", "a and b"}),
}


def dump(source: str) -> str:
    return ast.dump(ast.parse(source))


def made(expression: str, kind: str) -> set[str]:
    source = f"value = {expression}\n"
    found = [mutation for mutation in mutations(source, "toy.py") if mutation.kind == kind]
    return {dump(applied(mutation, source)) for mutation in found}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_makes_what_it_says(kind: str) -> None:
    expression, expected = TOY[kind]
    assert made(expression, kind) == {dump(f"value = {other}") for other in expected}


@pytest.mark.parametrize(
    ("expression", "kind", "expected"),
    [
        ("-a", "sign", {"a"}),
        ("a + 0", "sign", set()),
        ("a + [1]", "sign", set()),
        ("set(a) - b", "sign", set()),
        ("Step(proved=True)", "constant", {"Step(proved=False)"}),
        ("0.5 * a", "constant", {"0.505 * a"}),
        ("'1'", "constant", set()),
        ("x[1:]", "index", {"x[2:]"}),
        ("x[:k]", "index", {"x[:k - 1]"}),
        ("x[0]", "constant", set()),
        ("Instance(a, '<=', b)", "order", {"Instance(a, '<', b)"}),
        ("np.floor(a)", "extreme", {"np.ceil(a)"}),
        ("1 * a", "factor", {"1"}),
        ("[0] * n", "factor", set()),
        ("W.T * r", "factor", set()),
        ("p @ values", "weight", {"values.mean(0)"}),
        ("gcd(a, b)", "arguments", set()),
        ("f(a, a)", "arguments", set()),
        ("isinstance(a, b)", "arguments", set()),
        ("f(a, 'text')", "arguments", set()),
        ("total(xs)", "total", {"next(iter(xs))"}),
    ],
)
def test_what_would_change_nothing_or_only_break_is_not_made(expression: str, kind: str, expected: set[str]) -> None:
    assert made(expression, kind) == {dump(f"value = {other}") for other in expected}


PASSED_OVER = '''
"""Says 1 + 1."""

import numpy

__all__ = ["f"] * 2
ROUNDS = 3
Shape = tuple[int, int]
_WITNESS = label_model(4, {(1, 2): 1})


@cache(maxsize=1 + 1)
def f(x: Literal[1] = None) -> Literal[2]:
    """Twice 2."""
    if x:
        raise ValueError(x + 1)
    assert x < 1
    return f"{x + 1}"


def f_tex(x):
    return x + 1


def _false_law(x):
    return x + 1


def _draw(rng):
    return 1 + below(rng, 20)


class Grade(IntEnum):
    GENERAL = 1


def claim():
    false = a + b
    return Derivation(title=1 + 1, controls=(Control("", false, _false_law),), witness=_case(1 + 1))
'''


def test_what_is_no_mathematics_is_passed_over() -> None:
    assert mutations(PASSED_OVER, "toy.py") == ()


def test_what_a_control_shares_with_a_law_is_not() -> None:
    source = "def claim():\n    law = a + b\n    return Derivation(Step(law), controls=(Control('', -law),))\n"
    assert [mutation.after for mutation in mutations(source, "toy.py")] == ["a - b"]


CHOSEN = (
    "proofs/chapters/label_spectrum/spectrum.py",
    "verify/exact/roots.py",
    "verify/model/losses.py",
    "verify/checks/label_spectrum/label_spectrum.py",
)


def replaced(before: ast.AST, after: ast.AST) -> int:
    """Number of places in which two trees differ: fields with other values, under nodes of one type."""
    if type(before) is not type(after):
        return 1
    differences = 0
    for name, value in ast.iter_fields(before):
        old, new = (field if isinstance(field, list) else [field] for field in (value, getattr(after, name)))
        if len(old) != len(new):
            return 1
        for one, other in zip(old, new, strict=True):
            differences += replaced(one, other) if isinstance(one, ast.AST) else one != other
    return differences


@pytest.mark.parametrize("path", CHOSEN)
def test_a_mutated_source_differs_in_one_expression_and_nowhere_else(path: str) -> None:
    source = (ROOT / path).read_text(encoding="utf-8")
    found = mutations(source, path)
    assert len({mutation.key for mutation in found}) == len(found) > 50
    original = ast.parse(source)
    for mutation in found[::7]:
        text = applied(mutation, source)
        start, end = mutation.span
        was, now = source.encode(), text.encode()
        assert was[:start] == now[:start]
        assert was[end:] == now[len(now) - len(was) + end :]
        assert compile(text, path, "exec")
        assert replaced(original, ast.parse(text)) >= 1, mutation.key


def test_the_sample_is_drawn_by_the_seed_and_has_every_module() -> None:
    sample = drawn(ROOT, 100, 1)
    assert len(sample) == 100
    assert sample == drawn(ROOT, 100, 1) != drawn(ROOT, 100, 2)
    assert {mutation.path for mutation in sample} == {
        name for name in modules(ROOT) if mutations((ROOT / name).read_text(encoding="utf-8"), name)
    }
    assert len({(mutation.path, mutation.span) for mutation in sample}) == 100
    assert len(Counter(mutation.kind for mutation in sample)) >= 9


def test_what_is_left_out_exists() -> None:
    assert [name for name in NO_MATHEMATICS if not (ROOT / name).exists()] == []
    with pytest.raises(ValueError, match="too few"):
        drawn(ROOT, 3, 1)


def test_the_tests_of_a_module_are_those_that_import_it() -> None:
    reach = Reach(ROOT)
    order = reach.order("verify/exact/roots.py")
    assert order[:2] == ["verify/exact/roots.py", "tests/exact/test_roots.py"]
    assert order[-1] == EXAMPLES
    assert "tests/geometry/test_spectrum.py" in order
    assert "tests/proofs/test_derivation.py" not in order
    assert "tests/proofs/test_derivations.py" in reach.order("proofs/kernel/algebra.py")
    assert "tests/proofs/test_render.py" in reach.order(
        "proofs/chapters/loss_bounds/floors.py"
    )  # the chapters are imported by name


# ---------------------------------------------------------------------- the whole, on a small repository


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """Two functions; the tests look at one of them alone."""
    tree = tmp_path / "toy"
    (tree / "proofs").mkdir(parents=True)
    (tree / "verify").mkdir()
    (tree / "tests").mkdir()
    (tree / "verify" / "__init__.py").touch()
    (tree / "pyproject.toml").write_text('[tool.pytest.ini_options]\npythonpath = ["."]\n')
    (tree / "verify" / "sums.py").write_text(
        "def seen(x):\n    return 2 * x - 1\n\n\ndef unseen(x):\n    return x + x\n\n\n"
        "def endless(x):\n    while x < 3:\n        x += 1\n    return x\n"
    )
    (tree / "tests" / "test_sums.py").write_text(
        "from verify.sums import endless, seen, unseen\n\n\ndef test_seen():\n    assert seen(3) == 5\n\n\n"
        "def test_endless():\n    assert endless(0) == 3\n    assert unseen\n\n\n"
        "def test_the_note():\n    assert unseen(1) == 2\n"
    )
    return tree


def fates(tree: Path, journal: Path) -> dict[str, str | None]:
    laboratory = Laboratory(tree, journal)
    found = mutations((tree / "verify" / "sums.py").read_text(), "verify/sums.py")
    done = [laboratory.fate(mutation) for mutation in found]
    return {f"{fate.mutation.kind} {fate.mutation.after}": fate.noticed.by if fate.noticed else None for fate in done}


@pytest.mark.slow
def test_what_the_tests_look_at_is_noticed_and_the_rest_survives(toy: Path, tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    seen, endless = "tests/test_sums.py::test_seen", "tests/test_sums.py::test_endless"
    expected = {
        "sign 2 * x + 1": seen,
        "factor x": seen,
        "factor 2": seen,
        "constant 3 * x": seen,
        "constant 2 * x - 2": seen,
        "sign x - x": None,
        "order x <= 3": endless,
        "constant x < 4": endless,
    }
    found = fates(toy, journal)
    assert {change: by for change, by in found.items() if change in expected} == expected
    lines = journal.read_text().splitlines()
    assert fates(toy, journal) == found  # all from the journal
    assert journal.read_text().splitlines() == lines
    (toy / "tests" / "test_sums.py").write_text("from verify.sums import seen\n\n\ndef test_seen():\n    assert seen\n")
    assert set(fates(toy, journal).values()) == {None}  # the tests have changed: what they said no longer counts


@pytest.mark.slow
def test_what_fails_now_and_then_has_noticed_nothing(toy: Path, tmp_path: Path) -> None:
    """The rest of its file runs on without it."""
    (toy / "tests" / "test_sums.py").write_text(
        "from pathlib import Path\n\nfrom verify.sums import seen\n\n\n"
        "def test_first_time():\n    flag = Path(__file__).with_name('again')\n"
        "    again = flag.exists()\n    flag.touch()\n    assert again\n\n\n"
        "def test_seen():\n    assert seen(0) == -1\n"
    )
    found = fates(toy, tmp_path / "journal.jsonl")
    assert found["constant 3 * x"] is None
    assert found["constant 2 * x - 2"] == "tests/test_sums.py::test_seen"


@pytest.mark.slow
def test_a_suite_that_is_broken_already_notices_nothing(toy: Path, tmp_path: Path) -> None:
    (toy / "tests" / "test_sums.py").write_text(
        "from verify.sums import seen\n\n\ndef test_seen():\n    assert not seen\n"
    )
    laboratory = Laboratory(toy, tmp_path / "journal.jsonl")
    found = mutations((toy / "verify" / "sums.py").read_text(), "verify/sums.py")
    fate = laboratory.fate(found[0])
    assert (fate.noticed, fate.files) == (None, 1)  # the examples of docstrings, of which there are none
    laboratory.stopped.set()
    with pytest.raises(KeyboardInterrupt):
        laboratory.fate(found[0])
    assert laboratory.broken == {"tests/test_sums.py": "tests/test_sums.py::test_seen"}


# ---------------------------------------------------------------------- what is written


def toy_rows() -> list[tuple[Mutation, str | None]]:
    found = {mutation.after: mutation for mutation in mutations("def f(x):\n    return 2 | x - 1\n", "verify/f.py")}
    return [(found["x + 1"], "tests/test_f.py::test_f"), (found["3 | x - 1"], None)]


def test_the_note_has_the_share_the_survivors_and_why() -> None:
    rows = toy_rows()
    note = as_note(rows, {rows[1][0].key: "It does\nnot matter."}, seed=7, nearest=0)
    assert "Seed 7: **1 of 2 mutations are noticed (50.0%).**" in note
    assert "| `verify/f.py` | 2 | 1 |" in note
    assert "* `verify/f.py` `f`: `2 | x - 1` becomes `3 | x - 1`. It does not matter." in note
    assert r"`2 \| x - 1` becomes `3 \| x - 1` | **nothing** |" in note


def test_a_survivor_without_an_explanation_is_an_error() -> None:
    rows = toy_rows()
    with pytest.raises(KeyError):
        as_note(rows, {}, seed=7, nearest=0)


def test_the_list_says_which_without_running_any(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["--list", "--number", "90", "--out", str(tmp_path)]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 90
