"""How far the rules are off at one's own penalties: as a table, as JSON and as a figure."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING, Any

from verify.geometry.at_lambda import Rung
from verify.geometry.rules import BY_BIAS, MEASURED, SMOOTHED
from verify.model.feature_model import BIAS_WORDS, AnyBias

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LEAST = 1e-4
"""What the optimum's accuracy lets one tell from 0."""

STYLES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 3)))

LAMBDA = (
    "lambda = lambda_W lambda_H of F = mean loss + lambda_W/2 |W|^2 + lambda_H/2 mean |h|^2, the loss of a sample "
    "summed over labels."
)

YOURS = (
    "A weight decay w is lambda_W = w only of such a loss: one averaged over K labels as well (BCEWithLogitsLoss) "
    "makes it K w, and PAL-CE averaged over all samples w over the share of those it counts; N features that decay "
    "like parameters have lambda_H = N w, or K N w. notes/your_lambda.md has examples."
)


def _bias(bias: AnyBias) -> str:
    """In a word: none, free, or the penalty of one that decays."""
    return _penalty(bias) if isinstance(bias, Fraction) else BIAS_WORDS[bias]


def at_lambda_lines(found: Sequence[Rung]) -> list[str]:
    """A row per loss, bias and rule, a column per penalty; ``*`` marks the rule that is least off."""
    penalties = list(dict.fromkeys(rung.lam for rung in found))
    names = list(dict.fromkeys(name for rung in found for name in rung.deviations))
    wide, broad = max(map(len, names)), max(4, *(len(_bias(rung.bias)) for rung in found))
    lines = [
        "At your lambda, how far is the prototype of a label set of two or more labels from what each rule makes of "
        "its labels' prototypes?",
        "",
        f"  {'loss':<6}  {'bias':<{broad}}  {'rule':<{wide}} " + "".join(f"{_penalty(lam):>9} " for lam in penalties),
    ]
    for (loss, bias), group in groupby(found, lambda rung: (rung.loss, rung.bias)):
        row = list(group)
        begin = f"  {loss:<6}  {_bias(bias):<{broad}}  "
        for name in [name for name in names if any(rung.deviations.get(name) is not None for rung in row)]:
            cells = "".join(f"{_cell(rung, name)}" for rung in row)
            lines.append(f"{begin}{name:<{wide}} {cells}".rstrip())
            begin = " " * len(begin)
        if begin.strip():
            lines.append(f"{begin}{row[-1].why}")
    gap = max((rung.gap for rung in found if rung.lam), default=0.0)
    lines += [
        "",
        LAMBDA,
        YOURS,
        "The mean over these label sets, by share, relative to the prototype's norm; * is the least. Optima are solved "
        f"in float64 to a relative gap of {gap:.1e} or less; `mlnc solve --lam LAMBDA` certifies one of them.",
    ]
    lines += _what_is_claimed(found)
    lines += sorted(
        {f"{rung.loss}, {_bias(rung.bias)}, -> 0: {rung.why}." for rung in found if not rung.lam and rung.why}
    )
    if any(f"{line} ".endswith(" - ") or " - " in line for line in lines[4:]):
        lines.append(
            "-: all prototypes are 0 at this penalty, the rule makes nothing of these labels, or a prototype that it "
            "needs is not known in the limit."
        )
    return [*lines, ""]


def _what_is_claimed(found: Sequence[Rung]) -> list[str]:
    """What the limit is, and what smoothing, weights and the decay of the bias do to it."""
    lines = []
    values = [rung.margin.width for rung in found if rung.margin is not None]
    if values:
        lines.append(
            "-> 0 is the limit: for PAL-CE and BCE of the hard-margin problem, which the loss tends to whether the "
            f"sign condition holds or not (T7), and whose value is proved to a relative {max(values):.1e}. Under the "
            "strict sign condition prototypes tend to its rules, slowly, like 1/log(1/lambda), with an explicit "
            "error at every lambda (T8, W3, W4, B3, B3a); else that is only expected."
        )
    if any(rung.smoothing for rung in found):
        lines.append(
            "-> 0 is the limit of smoothed labels, where prototypes inherit every linear relation of their targets "
            "(Y1, Y1a, Y2, Y2a), with an error like sqrt(lambda); of a label whose target is not in the span of those "
            "of the label sets nothing is said."
        )
    if any(rung.weighted for rung in found):
        lines.append(
            "Weights in the loss are seen at every lambda and forgotten in the limit: of label sets (V2), and of "
            "single answers for BCE without a bias (V3); of others no claim says it. Re-sampling is not: give the "
            "labels as they are drawn (V1)."
        )
    if any(isinstance(rung.bias, Fraction) for rung in found):
        lines.append(
            "A bias that decays is as none in the limit (E3), and as a free one where lambda_b log(1/lambda) is far "
            "below sqrt(lambda) (E4); for the squared loss it is itself what weights the rule, at every lambda (E5)."
            + " With smoothed labels it is as none where lambda_b is far above sqrt(lambda) (E3a)."
            * any(rung.smoothing for rung in found)
        )
    return lines


def _penalty(lam: Any) -> str:
    """A power of ten as such, anything else as a decimal.

    Example:
        >>> from fractions import Fraction
        >>> _penalty(Fraction(1, 1000)), _penalty(Fraction(1, 2000)), _penalty(Fraction(0))
        ('1e-3', '0.0005', '-> 0')
    """
    if not lam:
        return "-> 0"
    exponent = len(str(lam.denominator)) - 1
    return f"1e-{exponent}" if lam.numerator == 1 and lam.denominator == 10**exponent else f"{float(lam):.4g}"


def _cell(rung: Rung, name: str) -> str:
    off = rung.deviations.get(name)
    if off is None:
        return f"{'-':>9} "
    best = rung.deviations[rung.best] if rung.best else None
    text = f"<{LEAST:.0e}".replace("e-0", "e-") if off < LEAST else f"{off:.3g}" if off >= LEAST * 10 else f"{off:.1e}"
    return f"{text:>9}{'*' if best is not None and off <= max(best, LEAST) else ' '}"


def at_lambda_json(found: Sequence[Rung]) -> list[dict[str, Any]]:
    """The rungs as JSON."""
    return [
        {
            "loss": rung.loss,
            "bias": str(rung.bias),
            "lambda": str(rung.lam or "limit"),
            "rank": rung.rank,
            "relative_gap": rung.gap,
            "deviation": dict(rung.deviations),
            "best": rung.best,
            "why": rung.why or None,
            "hard_margin": None if rung.margin is None else [str(rung.margin.low), str(rung.margin.high)],
        }
        for rung in found
    ]


_DAY = 24 * 3600


def too_dear(seconds: float) -> list[str]:
    """That the ladder was left out, and how to have it."""
    long = f"about {seconds:.0f} seconds" if seconds < 120 else f"about {seconds / 60:.0f} minutes"
    named = "`mlnc spectrum FILE --lam 1e-3` solves for those you name."
    if seconds > _DAY:
        long, named = "more than a day", "Fewer labels or samples, say those of the most frequent labels, would not."
    return [
        f"How far each rule is off at your lambda is not shown: a ladder of penalties would take {long}. {named}",
        "",
    ]


def draw(found: Sequence[Rung]) -> Figure:
    """A panel per loss and bias: deviation against penalty, a line per rule."""
    from verify.experiments.style import COLOURS, INK, panels  # noqa: PLC0415 - matplotlib, only where it is drawn

    cases = [(key, list(group)) for key, group in groupby(found, lambda rung: (rung.loss, rung.bias))]
    shown = [(key, row) for key, row in cases if any(rung.best for rung in row)]
    more = {rule.name: rule for rule in (SMOOTHED, BY_BIAS) if any(rule.name in rung.deviations for rung in found)}
    rules = {**MEASURED, **more}.items()
    figure, axes = panels(2, 2.3, -(-len(shown) // 2), sharex=True, sharey=True)
    if len(shown) % 2:
        axes.pop().remove()
    for axis, ((loss, bias), row) in zip(axes, shown, strict=True):
        for (name, rule), colour, style in zip(rules, (INK, *COLOURS), STYLES, strict=False):
            off = [(float(r.lam), r.deviations.get(name)) for r in row if r.lam]
            known = [(lam, max(value, LEAST)) for lam, value in off if value is not None]
            x, y = zip(*known, strict=True) if known else ((), ())
            axis.plot(x, y, color=colour, ls=style, marker=".", label=rule.title)
        axis.set(xscale="log", yscale="log", ylim=(LEAST, 4))
        axis.set_title(f"{loss}, bias {_bias(bias)}", fontsize=9)
    for axis in axes[max(len(shown) - 2, 0) :]:
        axis.set_xlabel(r"$\lambda$")
    axes[0].invert_xaxis()
    figure.supylabel("mean relative deviation from the rule", fontsize=9)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False, fontsize=8)
    return figure
