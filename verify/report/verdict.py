"""One sentence on a trained model: what explains it, whether it has collapsed, which rule it follows, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from verify.geometry.explain import POOR, Explanation
from verify.geometry.measure import Measurement
from verify.geometry.rules import BY_BIAS, MEASURED, SCALED_SUM, SMOOTHED, Deviations, of_bias, rule_key, rules_for
from verify.geometry.spectrum import LabelSpectrum
from verify.labels.distribution import LabelDistribution
from verify.labels.errors import InputError
from verify.model.feature_model import AnyBias
from verify.model.losses import Loss
from verify.report.at_lambda_text import LEAST
from verify.report.averaging import AveragingAnswer, answer_at
from verify.report.spectrum_text import MOST_EXACT_LABELS

COLLAPSED = 0.01
"""The scatter within label sets over that between them up to which a layer is called collapsed."""

FOLLOWS = 0.1
"""The mean relative deviation up to which prototypes are said to follow a rule."""


_NAMED = {**MEASURED, SMOOTHED.name: SMOOTHED, BY_BIAS.name: BY_BIAS}


@dataclass(frozen=True)
class Verdict:
    """What the sentence is made of.

    Attributes:
        found: the measurement.
        tried: what explains the layer, the best first; empty where nothing could be fitted.
        fitted: what was fitted and not given: ``"loss"``, ``"bias"``, ``"lambda"``.
        answer: what theory says of this loss and bias on these labels, if there is a claim to cite.
        doubt: what explains the layer about as well and has another rule, with what theory says of it.
    """

    found: Measurement
    tried: tuple[Explanation, ...]
    fitted: tuple[str, ...]
    answer: AveragingAnswer | None
    doubt: tuple[Explanation, AveragingAnswer | None] | None = None

    @property
    def unexplained(self) -> float | None:
        """The largest share of a pull that the penalties leave; ``None`` without a classifier."""
        return self.found.penalties.unexplained

    @property
    def fits(self) -> bool | None:
        """Whether loss, bias and penalties explain more than they leave."""
        return None if self.unexplained is None else self.unexplained <= POOR

    @property
    def collapsed(self) -> bool | None:
        """Whether the features of a label set have collapsed; ``None`` where no label set has two samples."""
        overall, pi = self.found.layer.variability.overall, self.found.layer.pi
        return None if overall is None or max(pi.weights) < 2 else overall <= COLLAPSED

    @property
    def rule(self) -> tuple[str, float] | None:
        """The rule that the prototypes are nearest to, and how far they are off."""
        return nearest(self.found.measured, self.found)

    @property
    def predicted(self) -> tuple[str, float] | None:
        """The same at the certified optimum."""
        return nearest(self.found.predicted, self.found)

    @property
    def runner_up(self) -> Explanation | None:
        """The loss and bias that explain the layer best after those that are believed; ``None`` if one was tried."""
        if not self.tried:
            return None
        rival = self.tried[0].rival
        return min([*self.tried[1:], *([rival] if rival else [])], key=lambda one: one.unexplained, default=None)

    def sentence(self) -> str:
        """One sentence."""
        parts = [self._explained(), self._collapse(), self._rule(), self._theory()]
        return "; ".join(part for part in parts if part) + "."

    def as_json(self) -> dict[str, Any]:
        """The same facts."""
        measured, predicted = self.rule, self.predicted
        answer = self.answer
        return {
            "sentence": self.sentence(),
            "fitted": list(self.fitted),
            "unexplained": self.unexplained,
            "fits": self.fits,
            "collapsed": self.collapsed,
            "rule": _rule_json(measured),
            "predicted_rule": _rule_json(predicted),
            "claims": list(answer.claims) if answer else [],
            "claimed_rule": rule_key(answer.rule) if answer and answer.rule else None,
            "claimed_at": answer.penalty if answer else None,
            "reason": answer.reason if answer else None,
            "undecided_by": None if self.doubt is None else _explanation_json(self.doubt[0]),
            "runner_up": None if self.runner_up is None else _explanation_json(self.runner_up),
            "tried": [_explanation_json(one) for one in self.tried],
        }

    # ------------------------------------------------------------------ parts of the sentence

    def _explained(self) -> str:
        layer, at = self.found.layer, self.found.penalties
        bias = self.found.prediction.solution.model.bias
        what = f"{layer.loss.title} {_bias_words(bias)} at lambda = {float(at.lam):.3g}"
        if self.unexplained is None:
            return f"held against {what}, which without a classifier nothing can test"
        pulls = "W or H" if self.found.penalties.unexplained_b is None else "W, H or b"
        left = f"leaves up to {_percent(self.unexplained)} of the pull on {pulls} unexplained"
        known = " (given)" if not self.fitted else f" ({_and(self.fitted)} fitted)"
        if not self.fits:
            return f"nothing tried explains these features: the best, {what}{known}, {left}, so nothing is predicted"
        more, what_else = self._next()
        return f"{what}{known} explains the features{more} and {left}{what_else}"

    def _next(self) -> tuple[str, str]:
        """Whether nothing tried leaves less, and what explains the layer next best, or better with one more number."""
        other = self.runner_up
        if other is None:
            return " best", ""
        what, left = _explanation_words(other), _percent(other.unexplained)
        if other.unexplained < (self.unexplained or 0.0):
            return "", f" (less, {left}, is left by {what}, a number fitted to the bias alone)"
        return " best", f" (next, {what} leaves {left})"

    def _collapse(self) -> str:
        overall = self.found.layer.variability.overall
        if overall is None:
            return "all prototypes are the same"
        if self.collapsed is None:
            return "no label set has two samples, so collapse cannot be seen"
        has = "has collapsed" if self.collapsed else "has not collapsed"
        return f"the layer {has} (NC1: the scatter within label sets is {overall:.2g} of that between)"

    def _rule(self) -> str:
        if self.rule is None:
            return f"no rule can be measured ({self.found.measured.why})"
        name, off = self.rule
        made = _NAMED[name].phrase.rstrip(",")
        follow = f"prototypes follow {made}" if off <= FOLLOWS else f"prototypes follow no rule, nearest is {made}"
        return f"{follow} of their labels' prototypes, {_percent(off)} off"

    def _theory(self) -> str:
        if self.fits is False:
            return ""
        if self.rule is None or self.predicted is None:
            return "the certified optimum there is full collapse" if not self.found.prediction.solution.rank else ""
        (name, _), (best, off) = self.rule, self.predicted
        own = self.found.predicted.mean(name, self.found.layer.pi.probabilities) or 0.0
        if name == best:
            same = f"the certified optimum there is nearest to the same rule, {_percent(own)} off"
        else:
            made = _NAMED[best].phrase.rstrip(",")
            same = (
                f"the certified optimum there is nearest to another, {made}, {_percent(off)} off ({_percent(own)} here)"
            )
        return f"{same}; {self._claim(name)}"

    def _claim(self, name: str) -> str:
        if self.doubt is not None:
            rules = [
                f"{_explanation_words(one)}: {_rule_words(answer)}"
                for one, answer in ((self.tried[0], self.answer), self.doubt)
            ]
            return f"two explain the layer about as well and theory differs, so none is predicted ({'; '.join(rules)})"
        if self.answer is None:
            return "no claim of this suite says which rule holds for this loss and bias"
        answer, by = self.answer, ", ".join(self.answer.claims)
        if answer.rule is None:
            return f"no claim predicts a rule here: {answer.reason} ({by})"
        when = "at every lambda" if answer.penalty == "every" else "as lambda -> 0"
        made = answer.rule.phrase.rstrip(",")
        which = "it" if answer.rule is _NAMED[name] else made
        return f"theory predicts {which} {when} ({by}: {answer.reason})"


def verdict(
    found: Measurement, given: LabelDistribution, tried: Sequence[Explanation] = (), fitted: Sequence[str] = ()
) -> Verdict:
    """The verdict on a measurement.

    Args:
        found: the measurement.
        given: the distribution of all samples, those included that the loss does not see.
        tried: the explanations, the best first.
        fitted: what was not given.

    Example:
        >>> from verify.geometry.measure import LastLayer, measure
        >>> from verify.labels.readers import LabelRows
        >>> from verify.model.solver import solve
        >>> pi = LabelDistribution.from_sets([([0], 3), ([1], 2), ([2], 2), ([0, 1], 2)], labels="abc")
        >>> best = solve(pi, "mse", "1/100", 1)
        >>> rows = LabelRows(pi.labels, tuple(mask for mask, w in zip(pi.masks, pi.weights) for _ in range(w)))
        >>> layer = LastLayer.of(rows, "mse", best.H.repeat(pi.weights, axis=0), best.W)
        >>> said = verdict(measure(layer), pi)
        >>> said.fits, said.collapsed, said.rule[0], said.predicted[0], said.answer.claims
        (True, True, 'plain', 'plain', ('W2',))
    """
    at = found.penalties
    answer = _answer(found.prediction.solution.model.bias, found.layer.loss, at.lam, given)
    return Verdict(found, tuple(tried), tuple(fitted), answer, _doubt(tried, answer, given))


def _doubt(
    tried: Sequence[Explanation], answer: AveragingAnswer | None, given: LabelDistribution
) -> tuple[Explanation, AveragingAnswer | None] | None:
    """What explains the layer about as well as the best, and has another rule."""
    if not tried:
        return None
    for one in (tried[0].rival, *tried[1:]):
        if one is None or one.unexplained > POOR or not one.as_well(tried[0]):
            continue
        other = _answer(one.bias, one.layer.loss, one.penalties.lam, given)
        if (other and other.rule) is not (answer and answer.rule):
            return one, other
    return None


def nearest(deviations: Deviations, found: Measurement) -> tuple[str, float] | None:
    """The rule with the least mean deviation; one with a factor of its own for every label set must halve the others'.

    A plain sum is a scaled one too, so the scaled rule is never further off: it says more only if it is much nearer.
    """
    share = found.layer.pi.probabilities
    named = rules_for(found.layer.loss, SMOOTHED, *of_bias(found.prediction.solution.model.bias))
    means = {name: deviations.mean(name, share) for name in named}
    known = {
        name: max(off, LEAST) * (2 if _NAMED[name] is SCALED_SUM else 1)
        for name, off in means.items()
        if off is not None
    }
    best = min(known, key=known.__getitem__, default=None)
    return None if best is None else (best, means[best] or 0.0)


def _answer(bias: AnyBias, loss: Loss, lam: Fraction, given: LabelDistribution) -> AveragingAnswer | None:
    """What the claims say of a loss and bias on the labels given."""
    try:
        spectrum = LabelSpectrum(given)
    except InputError:
        return None
    return answer_at(spectrum, given.K <= MOST_EXACT_LABELS, loss, bias, lam)


def _rule_json(rule: tuple[str, float] | None) -> dict[str, Any] | None:
    return None if rule is None else {"name": rule[0], "deviation": rule[1]}


def _rule_words(answer: AveragingAnswer | None) -> str:
    if answer is None:
        return "no claim says which rule holds"
    made = answer.rule.phrase.rstrip(",") if answer.rule is not None else "no rule is predicted"
    return f"{made} ({', '.join(answer.claims)})"


def _explanation_words(one: Explanation) -> str:
    return f"{one.layer.loss.title} {_bias_words(one.bias)}"


def _explanation_json(one: Explanation) -> dict[str, Any]:
    return {
        "loss": one.layer.loss.name,
        "bias": str(one.bias),
        "lambda": float(one.penalties.lam),
        "unexplained": one.unexplained,
    }


def _bias_words(bias: AnyBias) -> str:
    if isinstance(bias, str):
        return "without a bias" if bias == "zero" else "with a free bias"
    return f"with a bias that decays with lambda_b = {float(bias):.3g} (E1)"


def _percent(off: float) -> str:
    return f"{off:.1%}" if off >= 0.001 else "<0.1%"


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
