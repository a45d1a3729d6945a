"""Networks trained on images of digits beside the prediction: the note with its table and figures.

``python -m verify.report.networks notes`` trains what ``notes/networks_on_digits.json`` has not, a few minutes in all,
and writes the note and its figures from that table; ``--afresh`` trains everything again. It needs the extra ``nn``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from verify.experiments.base import Row, Table
from verify.experiments.style import COLOURS, INK, panels
from verify.experiments.trained_network import (
    CANVAS,
    CANVASES,
    COLUMNS,
    DECAYING,
    FEATURES,
    KINDS,
    MARKS_ON_DIGITS,
    ON_DIGITS,
    SMOOTHING,
    TAIL,
    WIDTH,
    Setting,
    bias_words,
    run,
    samples,
)
from verify.geometry.rules import MEASURED, SCALED_SUM, SMOOTHED
from verify.geometry.spectrum import LabelSpectrum
from verify.labels.errors import InputError
from verify.model.losses import BCE, PAL_CE
from verify.report.averaging import averaging_answers

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "networks_on_digits"

SEED = 0

RULES = {**MEASURED, SMOOTHED.name: SMOOTHED}

PLAIN = [s for s in ON_DIGITS if not (s.decay or s.weighing or s.loss.smoothing or s.bias == DECAYING[-1])]
OTHERS = [s for s in ON_DIGITS if s.loss.smoothing or s.bias == DECAYING[-1]]
"""Networks with targets 0 and 1 and no bias or a free one, and with smoothed labels or a bias that decays."""


def trained_table(file: Path, afresh: bool = False) -> Table:
    """The table in the file, with rows added, and stored one network at a time, for what is not trained yet.

    Raises:
        InputError: the extra ``nn`` is not installed and something is to be trained; a file that is no table.
    """
    table = Table(NAME, SEED, {}, COLUMNS, ()) if afresh or not file.exists() else Table.read(file)
    for setting in ON_DIGITS:
        if setting.name not in table.column("setting"):
            rows = run((setting, SEED))
            if rows[0]["epoch"] is None:
                raise InputError(str(rows[0]["note"]))
            table = Table(NAME, SEED, {}, COLUMNS, (*table.rows, *rows))
            file.write_text(table.dumps(), encoding="utf-8")
    return table


def last(table: Table, setting: Setting) -> Row:
    """How a network ended."""
    return table.where(setting=setting.name).rows[-1]


# ---------------------------------------------------------------------- the note


def page(table: Table) -> str:
    """The note in Markdown, from the table alone."""
    said = [*_ended(table, PLAIN, MEASURED), "", *_agreement(table, PLAIN), "", NOT_YET]
    said += [SMOOTHED_OR_DECAYED, *_ended(table, OTHERS, RULES), "", *_agreement(table, OTHERS), ""]
    return "\n".join([HEAD, *said, AWAY, *_decayed(table), "", *_weighed(table), ""])


def _ended(table: Table, settings: Sequence[Setting], rules: Iterable[str]) -> Iterator[str]:
    """A row per network: measured / at the certified optimum."""
    names = list(rules)
    head = ("data", "loss", "bias", "NC1", "above min F", "H H^T", "W W^T", "ETF", *names, "rule for lambda -> 0")
    yield f"| {' | '.join(head)} |"
    yield f"|---|---|---|---:|---:|---:|---:|---:|{'---:|' * len(names)}---|"
    for setting in settings:
        row = last(table, setting)
        cells = [_number(row[name]) for name in ("variability", "above", "prototypes", "classifier", "classifier_etf")]
        cells += [_pair(row, rule) for rule in names]
        bias = bias_words(setting.bias)
        yield f"| {setting.data} | {_loss(setting)} | {bias} | {' | '.join(cells)} | {_limit(setting)} |"


def _loss(setting: Setting) -> str:
    return setting.loss.title + (" smoothed" if setting.loss.smoothing else "")


def _pair(row: Row, rule: str) -> str:
    if row[rule] is None:
        return "-"
    text = f"{row[rule]:.3g} / {row[f'predicted_{rule}']:.3g}"
    return f"**{text}**" if rule in (_nearest(row, ""), _nearest(row, "predicted_")) else text


def _nearest(row: Row, whose: str) -> str:
    """The rule that is least off; a scaled sum has a factor of its own and counts double, as in the verdict."""
    known = {rule: row[whose + rule] for rule in RULES if row[whose + rule] is not None}
    return min(known, key=lambda rule: known[rule] * (2 if RULES[rule] is SCALED_SUM else 1))


def _limit(setting: Setting) -> str:
    """What is claimed for these labels as the penalty vanishes."""
    spectrum = LabelSpectrum(samples(setting.data).distribution)
    found = averaging_answers(spectrum, True, [setting.loss], [setting.bias])[-1]
    if found.rule is not None:
        return f"{found.rule.answer} ({', '.join(found.claims)})"
    return "none: no strict sign condition" if found.claims else "none is claimed"


def _number(x: float | None) -> str:
    return "-" if x is None else f"{x:.2g}" if x >= 1e-3 else f"{x:.0e}".replace("e-0", "e-")


def _agreement(table: Table, settings: Sequence[Setting]) -> Iterator[str]:
    """Where the optimum predicts the network, and how well, loss by loss."""
    for name in sorted({_loss(setting) for setting in settings}):
        rows = [last(table, setting) for setting in settings if _loss(setting) == name]
        same = sum(_nearest(row, "") == _nearest(row, "predicted_") for row in rows)
        nearer = sum(row["classifier"] < row["classifier_etf"] for row in rows)
        fitted = [row["lambda_W"] * row["lambda_H"] / row["lambda"] for row in rows]
        off = [abs(row[r] - row[f"predicted_{r}"]) for row in rows for r in RULES if row[r] is not None]
        yield (
            f"* **{name}**: {same} of {len(rows)} networks are nearest to the rule that the certified optimum is "
            f"nearest to; {nearer} of {len(rows)} classifiers are nearer to the optimum than to a simplex ETF. "
            f"Deviations differ from the certified ones by at most {max(off):.2g}, by {sum(off) / len(off):.2g} in the "
            "mean. "
            f"NC1 ends at {_number(min(r['variability'] for r in rows))} to "
            f"{_number(max(r['variability'] for r in rows))}, the objective at most "
            f"{_number(max(r['above'] for r in rows))} nats above the certified minimum; the lambda that `mlnc "
            f"measure` fits without being told is {min(fitted):.2f} to {max(fitted):.2f} times the true one."
        )


def _decayed(table: Table) -> Iterator[str]:
    for setting in ON_DIGITS:
        if setting.decay:
            row, penalised = last(table, setting), _beside(table, setting)
            yield (
                f"* **{setting.loss.title}**: the penalties that explain W and H best, lambda = {row['lambda']:.1e}, "
                f"leave {row['unexplained_H']:.0%} of the pull on the features unexplained: the layer is at no "
                f"stationary point of the feature model, and NC1 is {_number(row['variability'])}. Prototypes are "
                f"{row['weighted']:.2g} off the frequency-weighted rule, where the optimum at that lambda is "
                f"{_number(row['predicted_weighted'])} off and the network with penalised features "
                f"{penalised['weighted']:.2g}."
            )


def _beside(table: Table, setting: Setting) -> Row:
    """The network on the same data with the same loss and bias, and the penalties of the theory."""
    same = (setting.loss, setting.data, setting.bias)
    other = next(s for s in PLAIN if (s.loss, s.data, s.bias) == same)
    return last(table, other)


def _weighed(table: Table) -> Iterator[str]:
    yield WEIGHED
    yield "| loss | network | H H^T, own labels | H H^T, labels re-sampled |"
    yield "|---|---|---:|---:|"
    for loss in (PAL_CE, BCE):
        for setting in ON_DIGITS:
            if setting.loss == loss and setting.weighing:
                row = last(table, setting)
                own, tilted = (row["other"], row["prototypes"])[:: 1 if setting.weighing == "re-sampled" else -1]
                yield f"| {loss.title} | {setting.weighing} | {_number(own)} | {_number(tilted)} |"


HEAD = f"""<!-- Generated by `python -m verify.report.networks notes` from {NAME}.json. Do not edit. -->

# Networks on digits

[All notes](README.md#notes), [words](README.md#words). Does a network that is trained end where the certified optimum
of the feature model is? Canvases of {CANVAS} x {CANVAS} pixels have one to three of scikit-learn's bundled handwritten
digits (0 to {KINDS - 1}, 8 x 8 pixels) at random places, added up; labels are *balanced* (label sets of a size are as
likely), *long-tailed* (the first digit {TAIL} times as likely as the last) or *correlated* (neighbours only). Some
{CANVASES} canvases are learnt by heart by a network of two hidden layers of {WIDTH} units and {FEATURES} features, in
float64, full batch, {MARKS_ON_DIGITS[-1]} steps of Adam: the geometry is that of the training set, and nothing is said
of other images.

`pip install 'mlnc[nn]'`, then `python -m verify.report.networks notes --afresh` trains all {len(ON_DIGITS)} in some
three minutes of one core and writes this page; every number is in [`{NAME}.json`]({NAME}.json). There is one seed: a
run is an example, not a proof.

![distance to the certified optimum and NC1 against steps]({NAME}.svg)

*Upper row: distance of the Gram matrix of the prototypes to that of the certified optimum at the lambda trained, in
shape (1 - cosine). Lower row: NC1, the scatter within label sets over that between. Solid: no bias; dashed: a free one;
dotted: weight decay, where lambda is estimated.*

![deviation from each rule against steps, dashed at the certified optimum]({NAME}_rules.svg)

*Long-tailed labels: mean deviation of prototypes from each rule while training, and (dashed) at the certified optimum.*

## Where theory predicts the network

Loss plus lambda_W/2 |W|^2 + lambda_H/2 mean |h|^2 with both 1/100, lambda = 1e-4, and nothing on other layers. The
prediction is fitted to nothing: it is solved and certified from the labels and lambda. *H H^T, W W^T*: distance in
shape to the optimum; *ETF*: of W W^T to a simplex ETF. Then deviations from the rules, network / certified optimum,
bold where one of the two is nearest (the scaled sum must be twice as near: it has a factor of its own for every label
set).
"""

NOT_YET = """PAL-CE has collapsed much less after the same number of steps, and its prototypes are further off the
rules than the optimum's. What is claimed as lambda -> 0 is not yet visible at 1e-4: plain sums are off by more than a
tenth at the optimum itself.
"""

SMOOTHED_OR_DECAYED = f"""## Smoothed labels, and a bias that decays

The same with labels smoothed by {SMOOTHING}, or with lambda_b/2 |b|^2 for a bias that decays like everything else,
lambda_b = 1/100: it is then sqrt(lambda), and lambda_b log(1/lambda)/2 is 4.6 times that, on the side of E3, where the
rules are those of no bias. With smoothed labels these take a decay far above sqrt(lambda) (E3a); the last column is for
lambda -> 0 at this decay.

![deviation from each rule against steps, smoothed labels or a decaying bias]({NAME}_others.svg)

*BCE, long-tailed labels: mean deviation of prototypes from each rule while training, and (dashed) at the certified
optimum.*
"""

AWAY = """## Where it does not

With plain weight decay (1/1000 on the weights of all layers, as networks are trained), long-tailed labels, free bias:
"""

WEIGHED = """## Re-sampled and re-weighted

Long-tailed labels, no bias. Re-sampling (label sets repeated until all have as many) changes the distribution, so the
theory applies to the re-sampled labels as it is. Weights in the loss alone are another model: its hard-margin problem
does not contain them, so that their effect is expected to be forgotten in the limit, but at this lambda the network is
near neither optimum. Distance in shape to both:
"""


# ---------------------------------------------------------------------- figures


def draw_distances(table: Table) -> Figure:
    """Distance to the optimum and NC1 against steps, a column per loss."""
    figure, axes = panels(2, 2.5, 2, sharex=True, sharey="row")
    for column, loss in enumerate((PAL_CE, BCE)):
        shown = [s for s in ON_DIGITS if s.loss == loss and not s.weighing and s not in OTHERS]
        for row, name in enumerate(("prototypes", "variability")):
            axis = axes[2 * row + column]
            for setting in shown:
                colour = (INK, *COLOURS)[("balanced", "long-tailed", "correlated").index(setting.data)]
                label = setting.name.removeprefix(f"{loss.title}, ")
                style = ":" if setting.decay else "--" if setting.bias == "free" else "-"
                axis.plot(*_curve(table, setting, name), color=colour, ls=style, lw=1.2, label=label)
            axis.set(yscale="log")
            axis.set_xscale("symlog", linthresh=30)
        axes[column].set_title(loss.title, fontsize=10)
        axes[2 + column].set_xlabel("step")
    axes[0].set_ylabel("1 - cosine to the optimum", fontsize=8)
    axes[2].set_ylabel("NC1", fontsize=8)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2, frameon=False, fontsize=7)
    return figure


def draw_rules(table: Table) -> Figure:
    """Deviation from each rule against steps, dashed at the optimum, a panel per loss and bias."""
    return _draw_rules(table, [s for s in PLAIN if s.data == "long-tailed"])


def draw_others(table: Table) -> Figure:
    """The same for BCE with smoothed labels or a bias that decays."""
    return _draw_rules(table, [s for s in OTHERS if s.data == "long-tailed" and s.loss.name == BCE.name])


def _draw_rules(table: Table, shown: Sequence[Setting]) -> Figure:
    figure, axes = panels(2, 2.5, 2, sharex=True, sharey=True)
    for axis, setting in zip(axes, shown, strict=True):
        for (name, rule), colour in zip(MEASURED.items(), (INK, *COLOURS), strict=False):
            steps, off = _curve(table, setting, name)
            axis.plot(steps, off, color=colour, marker=".", lw=1.2, label=rule.title)
            if steps:
                axis.axhline(last(table, setting)[f"predicted_{name}"], color=colour, ls="--", lw=0.8)
        axis.set_xscale("symlog", linthresh=30)
        axis.set_ylim(0, 2)
        axis.set_title(f"{_loss(setting)}, bias {bias_words(setting.bias)}", fontsize=9)
    for axis in axes[2:]:
        axis.set_xlabel("step")
    handles, labels = axes[-1].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2, frameon=False, fontsize=8)
    return figure


def _curve(table: Table, setting: Setting, name: str) -> tuple[list[int], list[float]]:
    known = [row for row in table.where(setting=setting.name).rows if row[name] is not None]
    return [row["epoch"] for row in known], [row[name] for row in known]


def main(arguments: Sequence[str]) -> None:
    """Write the note and its figures into a folder."""
    from verify.report.figures import svg  # noqa: PLC0415 - matplotlib is slow to import

    folder = Path(next((a for a in arguments if not a.startswith("-")), "notes"))
    table = trained_table(folder / f"{NAME}.json", "--afresh" in arguments)
    distances, rules = draw_distances(table), draw_rules(table)
    (folder / f"{NAME}.svg").write_bytes(
        svg(distances, "Networks on digits: distance to the certified optimum, and NC1")
    )
    (folder / f"{NAME}_rules.svg").write_bytes(svg(rules, "Networks on digits: deviation from each rule"))
    (folder / f"{NAME}_others.svg").write_bytes(
        svg(draw_others(table), "Networks on digits: deviation from each rule, smoothed labels or a decaying bias")
    )
    (folder / f"{NAME}.md").write_text(page(table), encoding="utf-8")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except InputError as error:
        sys.stderr.write(f"networks: {error}\n")
        sys.exit(2)
