"""The page: whole, escaped, the same bytes each time - and opened, clicked through and measured in a browser."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from proofs.claims import CLAIMS
from tests.conftest import ROOT
from verify import cli, experiments
from verify.campaign import run as campaign
from verify.campaign.run import Failure, Plan
from verify.checks.shared.enclosures import NARROW
from verify.exact.balls import ball
from verify.geometry.prototypes import Prototypes
from verify.geometry.rules import RULES
from verify.geometry.tiny_penalty import TinyPenalty
from verify.labels.distribution import InputError, LabelDistribution
from verify.model.losses import loss_named
from verify.model.optimum import CertifiedOptimum, Instance
from verify.report import as_json
from verify.report.drawing import inline_svg
from verify.report.page import notes_in, page
from verify.report.page_answers import ANSWERS, OTHER, Answer
from verify.report.prose import html_of, mathml, symbols
from verify.report.verdicts import _data_json, verdict_json

PROFILES = {"quick": (20, 3), "full": (99, 9)}
HOSTILE = "<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">&{{ 7*7 }}"
VOID = {"meta", "link", "img", "br", "wbr"}

SVG = """<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="72pt" height="36pt"
 onload="document.title='taken'"><style>* {{ display: none }}</style><script>document.title='taken'</script>
<title>{title}</title><defs><path id="tick" d="M 0 0 L 0 9" /></defs>
<g clip-path="url(#cut)" style="fill: url(http://example.org/a)"><use xlink:href="#tick" x="9" /></g>
<use xlink:href="http://example.org/b.svg#c" /><foreignObject><p>p</p></foreignObject>
<a href="javascript:document.title='taken'"><rect width="9" height="9" /></a>
<image href="http://example.org/d.png" /><rect width="70" height="30" style="fill: #4477aa" /></svg>"""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ``mlnc verify --out`` leaves: real evidence, and beside it every verdict there is, with hostile words."""
    folder = tmp_path_factory.mktemp("out")
    plan = Plan(claims=("S2", "S4", "S8", "S9", "S13"), samples=20, panel=3)
    evidence = list(campaign.run(plan))
    wide = LabelDistribution.from_sets([([i, (i + 1) % 50], i + 1) for i in range(50)])
    names = LabelDistribution.from_sets([([HOSTILE], 3), (["b"], "1/7")])
    failures = tuple(Failure(HOSTILE, f"off by {HOSTILE}", pi) for pi in (names, wide))
    mine = LabelDistribution.from_sets([([HOSTILE], 3), (["b"], 1), (["c"], 1), ([HOSTILE, "b"], 1)])
    tally = evidence[1].tallies["sampled"]
    evidence[1] = replace(evidence[1], tallies={"sampled": replace(tally, failed=2, failures=failures)})
    evidence[2] = replace(evidence[2], controls=dict.fromkeys(evidence[2].controls, False))
    evidence[4] = replace(evidence[4], derived=None, tallies={})
    document = verdict_json(plan, evidence)
    document["claims"][3] |= {"title": HOSTILE, "statement": HOSTILE + "word" * 60, "decides": HOSTILE}
    document["data"] = {f"my data/{HOSTILE}.csv": _data_json(mine)}
    (folder / "verdict.json").write_text(as_json(document), encoding="utf-8")
    (folder / "S4.counterexample.json").write_text("{}", encoding="utf-8")
    (folder / "experiments").mkdir()
    table = experiments.run(["kappa_against_imbalance"])["kappa_against_imbalance"]
    rows = ({**table.rows[0], "family": HOSTILE}, *table.rows, *table.where(m=3).rows, *table.where(m=3).rows)
    hostile = replace(table, data={HOSTILE: "2 label sets"}, rows=rows)
    (folder / "experiments" / "kappa_against_imbalance.json").write_text(hostile.dumps(), encoding="utf-8")
    (folder / "bars.svg").write_text(SVG.format(title="bars &amp; sticks"), encoding="utf-8")
    shutil.copy(ROOT / "notes" / "kappa_against_imbalance.svg", folder)
    return folder


@pytest.fixture(scope="module")
def html(results: Path) -> str:
    return page(results, ROOT / "notes", PROFILES)


class Reader(HTMLParser):
    """Every tag with its attributes; notices tags that do not match."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


# ---------------------------------------------------------------------- the document


def test_the_page_is_whole_and_needs_nothing_else(html: str) -> None:
    tags = Reader(html).tags
    assert [tag for tag, _ in tags].count("script") == 1
    assert not {"iframe", "img", "object", "embed", "base", "form", "image", "foreignobject"} & {tag for tag, _ in tags}
    for tag, attributes in tags:
        assert not any(name.startswith("on") for name in attributes), (tag, attributes)
        for name in ("src", "href", "xlink:href", "action", "data"):
            value = attributes.get(name)
            assert value is None or value.startswith("#") or value == "data:,", (tag, attributes)
        assert "http" not in (attributes.get("style") or "")
    style = html[html.index("<style>") : html.index("</style>")]
    assert "@import" not in style
    assert "url(" not in style


def test_every_claim_has_its_row_in_the_order_of_the_theory(html: str, results: Path) -> None:
    claims = json.loads((results / "verdict.json").read_text(encoding="utf-8"))["claims"]
    rows = [attributes["id"] for tag, attributes in Reader(html).tags if attributes.get("class") == "claim"]
    assert rows == [claim["id"] for claim in claims]
    for claim in claims:
        row = html[html.index(f'<details class="claim" id="{claim["id"]}">') :].split("</details>\n<details class", 1)[
            0
        ]
        assert f'<span class="verdict {claim["verdict"]}">{claim["verdict"]}</span>' in row
        assert f"--claims {claim['id']}</code>" in row
        for kind in ("certified", "sampled"):
            if kind in claim and claim[kind]["held"]:
                assert f'<td class="number">{claim[kind]["held"]}</td>' in row
    assert {"proved", "refuted", "broken", "undecided"} == {claim["verdict"] for claim in claims}


def test_the_command_names_seed_profile_and_data(html: str, results: Path, tmp_path: Path) -> None:
    assert "mlnc verify --seed 0 --profile quick --data &#39;my data/" in html
    document = json.loads((results / "verdict.json").read_text(encoding="utf-8"))
    (tmp_path / "verdict.json").write_text(json.dumps(document | {"samples": 99, "panel": 9, "seed": 5}), "utf-8")
    assert "mlnc verify --seed 5 --profile full --data" in page(tmp_path, ROOT / "notes", PROFILES)


def test_a_derivation_is_on_the_page_with_every_step(html: str) -> None:
    note = (ROOT / "notes" / "label_spectrum.md").read_text(encoding="utf-8")
    section = note[note.index("## S9. ") : note.index("## S10. ")]
    row = html[html.index('id="S9"') : html.index('id="S13"')]
    steps = re.findall(r"^\*\*\((\d+)\)\*\*", section, re.MULTILINE)
    assert steps
    assert [step for step in steps if f"<strong>({step})</strong>" not in row] == []
    assert row.count('<math display="block">') == section.count("```math")
    assert "$`" not in html
    assert "```" not in html


def test_a_counterexample_is_shown_with_its_weights(html: str) -> None:
    row = html[html.index('id="S4"') : html.index('id="S8"')]
    assert "{0, 1}</td><td" in row
    assert "and 10 label sets more" in row
    assert "mlnc replay S4.counterexample.json" in row
    assert ">21</td>" in row  # 3 against 1/7


def test_a_stored_counterexample_is_shown_with_what_decides_it_again(html: str) -> None:
    row = html[html.index('id="S9"') : html.index('id="S13"')]
    assert "Stored counterexample" in row
    assert "κ as the upper constant" in row
    assert "mlnc replay verify/campaign/counterexamples/contrast_energy_upper_constant.json" in row


def test_the_answer_stands_in_the_row_and_its_tone_is_what_the_run_bears_out(html: str, results: Path) -> None:
    claims = json.loads((results / "verdict.json").read_text(encoding="utf-8"))["claims"]
    tones = re.findall(r'</strong> <b class="answer (\w+)">', html)
    assert [claim["verdict"] for claim in claims] == ["proved", "refuted", "broken", "proved", "undecided"]
    assert tones == ["yes", "unsettled", "unsettled", "yes", "unsettled"]
    assert html.count("does not bear out the answer") == 3
    assert "True" not in claims[0]["answer"]
    assert claims[0]["answer"].split(";")[0] == "true"


def test_whether_averaging_holds_is_answered_first_in_full_sentences(html: str) -> None:
    block = html[html.index('id="averaging"') : html.index('id="verdicts"')]
    assert html.index('id="averaging"') < html.index('<details class="claim"')
    cases = re.findall(r'<article class="case">(.*?)</article>', block, re.DOTALL)
    assert len(cases) == len(ANSWERS)
    for case, answer in zip(cases, ANSWERS, strict=True):
        assert answer.bias in case
        assert answer.penalty in case
        assert f"{answer.says}.</b>" in case
        assert re.findall(r"[A-Z]\d+[a-z]?", case[case.index("Claims:") :]) == list(answer.claims)
    for loss in ("PAL-CE", "MSE", "BCE"):
        assert f"({loss})</h3>" in block
    assert "1/log(1/λ) (T2)" in block
    assert "mlnc spectrum FILE" in block
    assert "e_k" not in block


def test_an_answer_is_set_by_what_the_run_found_on_its_claims(results: Path, tmp_path: Path) -> None:
    document = json.loads((results / "verdict.json").read_text(encoding="utf-8"))
    first = document["claims"][0]
    document["claims"] = [first | {"id": "W2"}, first | {"id": "W4", "verdict": "broken"}]
    (tmp_path / "verdict.json").write_text(json.dumps(document), encoding="utf-8")
    made = page(tmp_path, ROOT / "notes", PROFILES)
    claims = re.findall(r'<p class="soft">Claims: (.*?)</p>', made[made.index('id="averaging"') :])
    assert '<a href="#W2">W2</a>' in claims
    assert sum("not borne out by this run" in words for words in claims) == 1
    assert next(words for words in claims if "not borne out" in words).startswith(
        '<a href="#W4">W4</a> <b class="fault">'
    )
    assert "W7" in claims  # not run: no link that leads nowhere


def test_answers_cite_claims_of_the_catalogue_with_every_reading_of_the_notes() -> None:
    cited = {id_ for answer in ANSWERS for id_ in answer.claims}
    assert cited <= set(CLAIMS)
    for answer in ANSWERS:
        assert set(re.findall(r"\(([A-Z]\d+[a-z]?)\)", answer.why)) - set(answer.claims) == set()
    note = (ROOT / "notes" / "weighted_synthesis.md").read_text(encoding="utf-8")
    table = note[note.index("## What is synthesised from what") : note.index("## W1. ")]
    assert set(re.findall(r"^\| (\w+) \| (?:PAL-CE|BCE|MSE|any)", table, re.MULTILINE)) <= cited


BIASES: dict[str, Any] = {"no bias": "zero", "a bias that decays": Fraction(1, 10)}
SKEWED = LabelDistribution.from_sets([([], 2), ([0], 4), ([1], 2), ([2], 1), ([0, 1], 2), ([1, 2], 1)], labels="abc")
FLAT = LabelDistribution.from_sets([*(([k], 1) for k in range(3)), ([0, 1], 2), ([0, 2], 2), ([1, 2], 2)], labels="abc")


@pytest.mark.parametrize("answer", [answer for answer in ANSWERS if answer.loss != OTHER], ids=lambda a: a.says)
def test_an_answer_is_what_certified_optima_show(answer: Answer) -> None:
    """The rule that is said to hold does, and tag-wise averaging exactly where it is said to."""
    loss = re.findall(r"PAL|MSE|BCE", answer.loss)[0].lower()
    pi = FLAT if "perfectly orthogonal" in answer.penalty else SKEWED
    for bias in ("zero", "free") if " or " in answer.bias else (BIASES.get(answer.bias, "free"),):
        if answer.penalty == "λ → 0":
            prototypes = Prototypes.at_tiny_penalty(TinyPenalty.of(pi, bias, 10**12, loss_named(loss)))
        else:
            prototypes = Prototypes.at_optimum(
                CertifiedOptimum.of(pi, Instance(loss, bias, Fraction(1, 100), Fraction(1)))
            )
        if answer.rule:
            assert all(RULES[answer.rule].deviation(prototypes, mask) < ball(NARROW) for mask in prototypes.several)
        averages = [RULES["scaled sum"].deviation(prototypes, mask) for mask in prototypes.several]
        if answer.tone == "yes":
            assert all(miss < ball(NARROW) for miss in averages)
        else:
            assert any(miss > 1e-3 for miss in averages)


def test_what_was_found_on_the_readers_data_stands_at_the_top(results: Path, tmp_path: Path) -> None:
    document = json.loads((results / "verdict.json").read_text(encoding="utf-8"))
    name = next(iter(document["data"]))
    found = [("holds", ""), ("fails", HOSTILE), ("skips", "no label_a"), ("holds", ""), ("holds", "")]
    for claim, (state, note) in zip(document["claims"], found, strict=True):
        claim["on_data"] = {name: {"state": state, "note": note}}
    document["claims"][4]["answer"] = "false"
    document["claims"][4]["on_data"][name] = {"state": "fails", "note": "a case"}
    (tmp_path / "verdict.json").write_text(json.dumps(document), encoding="utf-8")
    made = page(tmp_path, ROOT / "notes", PROFILES)
    box = made[made.index('<section class="data-box"') : made.index('<section id="averaging"')]
    assert "On your data: my data/&lt;script&gt;" in box
    cases = re.findall(r'<article class="case">(.*?)</article>', box, re.DOTALL)
    for case, answer in zip(cases, document["data"][name]["averaging"], strict=True):
        assert answer["loss"] in case
        assert f">{answer['answer']}.</b>" in case
        assert re.findall(r"[A-Z]\d+[a-z]?", case[case.index("Claims:") :]) == answer["claims"]
    assert "h<sub>S</sub> = sum of h<sub>{k}</sub> over the labels k in S" in box
    assert "1/log(1/lambda)" in box
    assert "<script" not in box
    heads = re.findall(r'<b class="answer (\w+)">([^<]*?): (\d) of the claims', box)
    assert heads == [
        ("no", "failed", "2"),
        ("unsettled", "hypotheses not met, or not decided", "1"),
        ("yes", "held", "2"),
    ]
    listed = re.findall(r'<li><a class="id" href="#(\w+)">\1</a> <span>(.*?)</span></li>', box)
    assert [id_ for id_, _ in listed] == ["S4", "S13", "S8"]
    assert "&lt;img" in listed[0][1]
    assert listed[1][1].endswith(", <b>a claim that is false</b>: a case")
    assert listed[2][1].endswith(": no label_a")  # labels of the reader are not taken for formulas
    assert re.findall(r'title="[^"]*">(\w+)</a>', box) == ["S2", "S9"]
    document["claims"][1]["on_data"][name] = {"state": "holds", "note": ""}  # then only a false claim fails: no alarm
    (tmp_path / "verdict.json").write_text(json.dumps(document), encoding="utf-8")
    assert '<b class="answer unsettled">failed: 1 of' in page(tmp_path, ROOT / "notes", PROFILES)
    assert "On your data" not in page(results, ROOT / "notes", PROFILES).replace("On your data: my data", "", 1)


def test_an_experiment_is_shown_with_figure_words_table_and_command_and_linked_both_ways(html: str) -> None:
    experiment = experiments.EXPERIMENTS["kappa_against_imbalance"]
    part = html[
        html.index('id="experiment-kappa_against_imbalance"') : html.index(
            "</article>", html.index('id="experiment-kappa')
        )
    ]
    assert experiment.title in part
    assert "How fast does κ<sub>m</sub> fall" in part
    assert "of what is left." in part
    assert part.count('role="img" aria-label="The weakest contrast against imbalance"') == 1
    assert part.count("<tr>") == 201
    assert "and 51 rows more" in part
    assert '<td class="number">0.14286</td>' in part
    assert "--experiments kappa_against_imbalance --out out</code>" in part
    assert [id_ for id_ in experiment.claims if f'<a href="#{id_}">' in part] == ["S2", "S8", "S13"]
    link = '<a href="#experiment-kappa_against_imbalance">'
    for id_, following in (("S2", "S4"), ("S8", "S9")):
        assert link in html[html.index(f'id="{id_}"') : html.index(f'id="{following}"')]
    assert link not in html[html.index('id="S4"') : html.index('id="S8"')]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text.replace("kappa_against_imbalance", "nope"), "no experiment of this version"),
        (lambda text: text.replace('"kappa"', '"kappas"'), "its columns are not those of this version"),
        (lambda text: text.replace('["step", 1,', '["step", "one",'), "cannot be drawn"),
        (lambda text: text[:100], "run `mlnc verify --experiments` again"),
    ],
)
def test_a_table_that_is_none_is_one_line(
    change: Callable[[str], str], words: str, results: Path, tmp_path: Path
) -> None:
    shutil.copytree(results, tmp_path, dirs_exist_ok=True)
    file = tmp_path / "experiments" / "kappa_against_imbalance.json"
    file.write_text(change(file.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(words)) as found:
        page(tmp_path, ROOT / "notes", PROFILES)
    assert "\n" not in str(found.value)
    assert str(file) in str(found.value)


def test_nothing_that_comes_from_outside_is_markup(html: str) -> None:
    assert "<script>document" not in html
    assert "onerror=&#34;" in html
    assert "{{ 7*7 }}" in html


def test_the_same_files_give_the_same_bytes(results: Path, html: str) -> None:
    code = (
        "import sys; from pathlib import Path; from verify.report.page import page; "
        f"sys.stdout.buffer.write(page(Path(sys.argv[1]), Path('notes'), {PROFILES!r}).encode())"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(results)],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "77"},
        capture_output=True,
        check=True,
    )
    assert run.stdout == html.encode()


def test_every_formula_of_every_note_becomes_mathml() -> None:
    formulas = 0
    for note in notes_in(ROOT / "notes"):
        for section in note.sections.values():
            drawn = section.statement_html + section.derivation_html + note.preamble_html
            formulas += drawn.count("<math")
            assert not any("\\" in formula for formula in re.findall(r"<math.*?</math>", drawn, re.DOTALL))
            assert "$" not in drawn
    assert formulas > 1000


def test_formulas_are_what_browsers_draw() -> None:
    assert "<mn>𝟏</mn>" in mathml(r"\mathbf 1")
    assert "<mi>ℋ</mi>" in mathml(r"\mathcal H")
    assert "<mi>𝔼</mi>" in mathml(r"\mathbb E")
    assert mathml(r"\begin{aligned}&a \\ &b\end{aligned}", display=True).count("<mtr>") == 2
    assert "<mo>&lt;</mo>" in mathml(r"\text{if $m<2$}")
    assert "<b>" not in mathml(r"\text{<b>x & y}")
    for wrong in (r"a^", r"\left( a", r"\nosuchcommand x"):
        with pytest.raises(InputError, match="cannot be converted"):
            mathml(wrong)


def test_a_long_formula_may_break_after_a_relation_and_loses_nothing() -> None:
    tex = r"F(W)=\sum_S\pi_SL_S(a+b)+\frac12\|W\|^2,\ x\ge y"
    whole, pieces = mathml(tex, display=True), mathml(tex).split("<wbr>")
    assert [re.sub("<.*?>", "", piece)[-1] for piece in pieces] == ["=", "+", ",", "≥", "y"]
    assert re.sub("<.*?>", "", "".join(pieces)) == re.sub("<.*?>", "", whole)
    assert "<wbr>" not in mathml("a=b") + whole


def test_markdown_keeps_its_meaning_and_loses_its_tags() -> None:
    assert html_of("*a* `b` <sub>(1) c</sub>") == "<p><em>a</em> <code>b</code> <small>(1) c</small></p>\n"
    assert "<script" not in html_of("<script>x</script>\n\n<script>y</script> <i>z</i>")
    assert "href" not in html_of("[x](javascript:alert(1))")
    assert symbols("<b> kappa_m") == "&lt;b&gt; κ<sub>m</sub>"


def test_drawings_are_stripped_of_all_that_is_not_drawn(tmp_path: Path) -> None:
    file = tmp_path / "a b.svg"
    file.write_text(SVG.format(title="bars"), encoding="utf-8")
    drawing, title = inline_svg(file)
    assert title == "bars"
    for gone in ("example.org", "script", "onload", "display", "foreign", "<a", "image"):
        assert gone not in drawing
    assert 'id="a-b-tick"' in drawing
    assert 'href="#a-b-tick"' in drawing
    assert "url(#a-b-cut)" in drawing
    assert 'viewBox="0 0 72 36"' in drawing
    for content in ("<p/>", "no", '<!DOCTYPE s [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>'):
        file.write_text(content, encoding="utf-8")
        with pytest.raises(InputError, match=r"a b\.svg: not an SVG drawing"):
            inline_svg(file)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "write it with `mlnc verify --out"),
        ("{", "not JSON"),
        ("[]", "not a verdict"),
        ('{"claims": [{}]}', "not a verdict of this version"),
        (
            '{"claims": [{"id": "S1"}], "seed": 0, "samples": 1, "panel": 1, "data": {}}',
            "not a verdict of this version",
        ),
    ],
)
def test_a_wrong_folder_is_one_line(
    content: str | None, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if content is not None:
        (tmp_path / "verdict.json").write_text(content, encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["mlnc", "report", str(tmp_path)])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    said = capsys.readouterr().err
    assert stop.value.code == 2
    assert said.count("\n") == 1
    assert "verdict.json" in said
    assert words in said
    assert not (tmp_path / "report.html").exists()


def test_the_command_writes_the_page(results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(results / "verdict.json", tmp_path)
    monkeypatch.setattr(sys, "argv", ["mlnc", "report", str(tmp_path)])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    assert not stop.value.code
    assert (tmp_path / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")


# ---------------------------------------------------------------------- in a browser

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

Open = Callable[..., Any]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Headless Chromium, in an empty profile, with a log of all it asks for."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed (extra `test`)")
    chromium, driver = shutil.which("chromium") or shutil.which("google-chrome"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.skip("no Chromium with its driver (Debian: chromium, chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    running = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    yield running
    running.quit()


@pytest.fixture
def opened(browser: Any, html: str, tmp_path: Path) -> Open:
    """Opens the page, in some width and colours, with something changed in it."""

    def at(width: int = 1200, scheme: str = "light", change: Callable[[str], str] = str, where: str = "") -> Any:
        file = tmp_path / "report.html"
        file.write_text(change(html), encoding="utf-8")
        size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": features})
        browser.get("about:blank")  # before the logs are emptied: the start page may still be loading
        for kind in ("browser", "performance"):
            browser.get_log(kind)
        browser.get(file.as_uri() + where)
        return browser

    return at


def asked_for(browser: Any) -> list[str]:
    """Everything fetched since the page was opened, but the page itself."""
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    urls = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    return [
        url for url in urls if not url.split("#")[0].endswith("/report.html") and url not in ("data:,", "about:blank")
    ]


def too_wide(browser: Any) -> int:
    """By how many pixels the page is wider than what the window leaves beside its scroll bar."""
    root = "document.documentElement"
    return int(browser.execute_script(f"return {root}.scrollWidth - {root}.clientWidth"))


OPEN_EVERYTHING = "for (const d of document.querySelectorAll('details')) d.open = true"


def test_every_row_opens_at_a_click_and_at_a_key(opened: Open) -> None:
    page = opened()
    rows = page.find_elements("css selector", "details.claim")
    assert len(rows) == 5
    for row in rows:
        summary = row.find_element("css selector", "summary")
        body = row.find_element("css selector", ".body")
        assert not body.is_displayed()
        summary.click()
        assert body.is_displayed()
        assert "mlnc verify" in body.text
        for inner in row.find_elements("css selector", "details.derivation"):
            assert not inner.find_element("css selector", ".prose").is_displayed()
            inner.find_element("css selector", "summary").click()
            assert "(1)" in inner.find_element("css selector", ".prose").text
        summary.send_keys("\ue007")  # Enter
        assert not body.is_displayed()
    assert page.title == "Verdicts on imbalanced multi-label collapse"
    assert page.get_log("browser") == []
    assert asked_for(page) == []


def _awaited(log: Callable[[], list[str]], count: int) -> list[str]:
    """What a log says once it says so much: on a busy machine it comes after the page."""
    found, end = log(), time.monotonic() + 30
    while len(found) < count and time.monotonic() < end:
        time.sleep(0.1)
        found += log()
    return found


def test_a_script_or_a_picture_from_elsewhere_would_be_noticed(opened: Open) -> None:
    """Control of the two empty logs, and of the policy that forbids them."""
    page = opened(change=lambda html: html.replace("<main>", "<main><img src='other.png'><script>1</script>"))
    levels = _awaited(lambda: [entry["level"] for entry in page.get_log("browser")], 2)
    assert levels == ["SEVERE", "SEVERE"]
    page = opened(
        change=lambda html: re.sub("<meta http-equiv.*", "", html).replace("<main>", "<main><img src='o.png'>")
    )
    assert [url.rpartition("/")[2] for url in _awaited(lambda: asked_for(page), 1)] == ["o.png"]


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_no_width_needs_sideways_scrolling(opened: Open, width: int) -> None:
    page = opened(width)
    assert too_wide(page) <= 0
    page.execute_script(OPEN_EVERYTHING)
    assert too_wide(page) <= 0
    drawn = page.execute_script("return [...document.querySelectorAll('math')].filter(m => !m.getClientRects().length)")
    assert drawn == []


def test_no_note_is_too_wide_for_a_phone(results: Path, opened: Open, tmp_path: Path) -> None:
    document = json.loads((results / "verdict.json").read_text(encoding="utf-8"))
    ids = [id_ for note in notes_in(ROOT / "notes") for id_ in note.sections]
    document["claims"] = [document["claims"][0] | {"id": id_} for id_ in ids]
    (tmp_path / "verdict.json").write_text(json.dumps(document), encoding="utf-8")
    page_on_all = page(tmp_path, ROOT / "notes", PROFILES)
    browser = opened(360, change=lambda _: page_on_all)
    browser.execute_script(OPEN_EVERYTHING)
    assert len(browser.find_elements("css selector", ".derivation math")) > 1000
    assert too_wide(browser) <= 0


def test_what_is_too_wide_would_be_noticed(opened: Open) -> None:
    page = opened(360, change=lambda html: html.replace("<main>", "<main><p style='width: 400px'>x</p>"))
    assert too_wide(page) > 0


CONTRAST = """
const value = (color) => {
  const [r, g, b] = color.match(/[\\d.]+/g).map((c) => c / 255).map((c) =>
    c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const ground = (element) => {
  for (; element; element = element.parentElement) {
    const color = getComputedStyle(element).backgroundColor;
    if (!/, 0\\)$/.test(color)) return color;
  }
  return "rgb(255, 255, 255)";
};
let least = 99;
for (const element of document.querySelectorAll("body *:not(svg *)")) {
  const says = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  if (!says || !element.getClientRects().length) continue;
  const [a, b] = [value(getComputedStyle(element).color), value(ground(element))].sort((x, y) => y - x);
  least = Math.min(least, (a + 0.05) / (b + 0.05));
}
return least;
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_has_the_contrast_that_wcag_asks_for(opened: Open, scheme: str) -> None:
    page = opened(scheme=scheme)
    page.execute_script(OPEN_EVERYTHING)
    assert page.execute_script(CONTRAST) >= 4.5
    page.execute_script("document.querySelector('h1').style.color = '#888'; document.body.style.background = '#999'")
    assert page.execute_script(CONTRAST) < 4.5  # control


def test_light_and_dark_follow_the_system(opened: Open) -> None:
    grounds = [
        opened(scheme=scheme).execute_script("return getComputedStyle(document.body).backgroundColor")
        for scheme in ("light", "dark")
    ]
    assert grounds[0] == "rgb(251, 251, 249)"
    assert grounds[1] == "rgb(20, 24, 29)"


def test_a_link_opens_its_row_and_one_button_opens_all(opened: Open) -> None:
    page = opened(where="#S9")
    is_open = "return [...document.querySelectorAll('details.claim')].map((row) => row.open)"
    for _ in range(100):  # the row opens when the browser comes to it, which on a busy machine is later
        if any(page.execute_script(is_open)):
            break
        time.sleep(0.1)
    assert page.execute_script(is_open) == [False, False, False, True, False]
    button = page.find_element("id", "all")
    page.execute_script("arguments[0].click()", button)
    assert page.execute_script(is_open) == [True] * 5
    page.execute_script("arguments[0].click()", button)
    assert page.execute_script(is_open) == [False] * 5


def test_paper_has_answers_statements_and_verdicts_and_a_derivation_only_if_it_was_opened(opened: Open) -> None:
    page = opened()
    hint = page.find_element("css selector", ".paper-only")
    assert not hint.is_displayed()
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    page.execute_script("dispatchEvent(new Event('beforeprint'))")
    assert hint.is_displayed()
    assert "open it there before printing" in hint.text
    for row in page.find_elements("css selector", "details.claim"):
        assert row.find_element("css selector", ".plain").is_displayed()
        assert row.find_element("css selector", ".verdict").is_displayed()
    assert all(case.is_displayed() for case in page.find_elements("css selector", ".case"))
    derivation = page.find_element("css selector", "#S9 .derivation .prose")
    assert not derivation.is_displayed()
    page.execute_script("for (const part of document.querySelectorAll('#S9, #S9 .derivation')) part.open = true")
    assert derivation.is_displayed()


def test_on_a_phone_an_answer_is_in_view_without_scrolling_sideways(opened: Open) -> None:
    page = opened(390)
    for case in page.find_elements("css selector", ".case"):
        for part in case.find_elements("css selector", ".where, .answer, a"):
            assert part.rect["x"] >= 0
            assert part.rect["x"] + part.rect["width"] <= 390


def test_no_formula_reaches_beyond_a_printed_page(opened: Open) -> None:
    page = opened(720)  # A4 less its margins, in CSS pixels
    page.execute_script(OPEN_EVERYTHING)
    reach = (
        "return Math.max(...[...document.querySelectorAll('.formula math')].map(m => m.getBoundingClientRect().right))"
    )
    assert page.execute_script(reach) > 720  # control: on the screen some do, and scroll
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert page.execute_script(reach) <= 720


def test_headings_have_no_gaps_and_names_are_there(opened: Open) -> None:
    page = opened()
    page.execute_script(OPEN_EVERYTHING)
    levels = page.execute_script("return [...document.querySelectorAll('h1,h2,h3,h4,h5')].map((h) => +h.tagName[1])")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(below - above <= 1 for above, below in pairwise(levels))
    ids = page.execute_script("return [...document.querySelectorAll('[id]')].map((e) => e.id)")
    assert len(ids) == len(set(ids))
    assert page.execute_script(
        "return [...document.querySelectorAll('svg')].every((s) => s.getAttribute('aria-label'))"
    )
