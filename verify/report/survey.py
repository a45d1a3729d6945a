"""A table of label sets side by side: the spectrum, the sign condition, and how far every rule is off.

``python -m verify.report.survey NAME=FILE[,FILE]... > notes/real_labels.md`` writes the note, a data set per argument.
"""

import sys
from collections.abc import Iterator, Sequence
from fractions import Fraction

from verify.geometry.at_lambda import Rung, rungs, seconds
from verify.geometry.floats import extreme_eigenvalues_float
from verify.geometry.margins import MOST_LABELS
from verify.geometry.rules import MEASURED
from verify.geometry.sign_condition import TerminalGeometry
from verify.geometry.spectrum import LabelSpectrum
from verify.labels.distribution import LabelDistribution
from verify.labels.errors import InputError
from verify.labels.readers import read
from verify.model.feature_model import AnyBias, Bias
from verify.model.losses import LOSSES, Loss
from verify.report.at_lambda_text import LEAST
from verify.report.spectrum_text import MOST_EXACT_LABELS

PENALTIES = (Fraction(1, 100), Fraction(1, 10_000))
"""The penalties at which the rules are tried, beside the limit."""

MOST_SECONDS = 1_200.0
"""A data set that would take longer gets no deviations."""

Named = tuple[str, LabelDistribution]


def survey(named: Sequence[Named]) -> Iterator[str]:
    """The lines of two tables in Markdown.

    Args:
        named: data sets with their names.

    Example:
        >>> pi = LabelDistribution.from_sets([([0], 1), ([1], 1), ([2], 1), ([0, 1], 1)], labels="abc")
        >>> lines = list(survey([("beach", pi)]))
        >>> lines[2]
        '| beach | 4 | 3 | 4 | 1.25 | 0.25 | 0.4167 | 0 % / 0 % | 0 % / 25 % |'
        >>> sum("beach" in line for line in lines) > 4
        True
    """
    yield "| labels | samples | K | label sets | cardinality | kappa | K_m | PAL-CE violates | BCE violates |"
    yield "|---|---:|---:|---:|---:|---:|---:|---:|---:|"
    for name, pi in named:
        yield _spectrum_row(name, pi)
    yield ""
    yield "| labels | loss | bias | rule | " + " | ".join([f"{float(lam):g}" for lam in PENALTIES] + ["limit"]) + " |"
    yield "|---|---|---|---|" + "---:|" * (len(PENALTIES) + 1)
    for name, pi in named:
        yield from _deviation_rows(name, pi)


def _spectrum_row(name: str, pi: LabelDistribution) -> str:
    spectrum = LabelSpectrum(pi)
    if pi.K <= MOST_EXACT_LABELS:
        least, largest = spectrum.kappa().decimal(4), spectrum.largest().decimal(4)
    else:
        least, largest = (f"{x:.4g}" for x in extreme_eigenvalues_float(spectrum.pi))
    losses = [loss for loss in LOSSES.values() if not loss.quadratic]
    signs = [" / ".join(_violating(pi, loss, bias) for bias in ("zero", "free")) for loss in losses]
    cells = [name, f"{pi.total:,}", str(pi.K), f"{len(pi.weights):,}", f"{float(pi.cardinality):.4g}", least, largest]
    return "| " + " | ".join([*cells, *signs]) + " |"


def _violating(pi: LabelDistribution, loss: Loss, bias: Bias) -> str:
    """The share of the samples that the loss sees whose label sets violate the sign condition."""
    counts = loss.sees(pi).class_counts
    if bias == "free" and (0 in counts or (not loss.centered and pi.total in counts)):
        return "no optimum"
    geometry = TerminalGeometry.for_loss(pi, loss, bias)
    share = sum(geometry.pi.weight_of[mask] for mask in geometry.sign.violating) / geometry.pi.total
    return f"{100 * share:.2g} %" if share < 0.995 else f"{100 * share:.3g} %"


def _deviation_rows(name: str, pi: LabelDistribution) -> Iterator[str]:
    tried = (*PENALTIES, *([Fraction(0)] if pi.K <= MOST_LABELS else []))
    if seconds(pi, len(tried)) > MOST_SECONDS:
        return
    found: dict[tuple[str, AnyBias], list[Rung]] = {}
    margins = [loss for loss in LOSSES.values() if not loss.quadratic]
    for rung in rungs(pi, tried, losses=margins):
        found.setdefault((rung.loss, rung.bias), []).append(rung)
    for (loss, bias), row in found.items():
        for rule in MEASURED:
            cells = [_cell(rung, rule) for rung in row] + ["-"] * (len(PENALTIES) + 1 - len(row))
            if set(cells) != {"-"}:
                yield (
                    f"| {name} | {loss} | {'free' if bias == 'free' else 'none'} | {rule} | " + " | ".join(cells) + " |"
                )


def _cell(rung: Rung, rule: str) -> str:
    off = rung.deviations[rule]
    if off is None:
        return "-"
    text = f"< {LEAST:g}" if off < LEAST else f"{off:.3g}"
    best = rung.deviations[rung.best] if rung.best else None
    return f"**{text}**" if best is not None and off <= max(best, LEAST) else text


def main(arguments: Sequence[str]) -> None:
    """Print the note on the data sets that are named."""
    if not arguments:
        raise InputError("no data set is named: give NAME=FILE, with commas between files that are counted together")
    named = []
    for argument in arguments:
        name, equals, files = argument.partition("=")
        if not equals:
            raise InputError(f"{argument}: give NAME=FILE, with commas between files that are counted together")
        named.append((name, read(files.split(","))))
    print(HEAD)
    for line in survey(named):
        print(line)


HEAD = """<!-- Generated by `python -m verify.report.survey NAME=FILE...`. Do not edit. -->

# Real labels

[All notes](README.md#notes), [words](README.md#words). What the theory says of published label sets, and how far each
rule is off there. First the spectrum, and the share of the samples whose label sets violate the sign condition, without
a bias / with a free one. Then, per loss and bias, the mean relative deviation of the prototypes of label sets of two or
more labels from each rule, at the optimum for the penalty named and, in the last column, at the hard-margin solution,
which the loss tends to whether the sign condition holds or not (T7); that the geometry does where it fails is expected,
not shown. The least is bold. `-`: the rule makes nothing of these labels, needs a prototype that is not known in the
limit, or was not computed. MSE has exact rules at every penalty (W2). For your own: `mlnc spectrum FILE`.
"""

if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except InputError as error:
        sys.stderr.write(f"survey: {error}\n")
        sys.exit(2)
