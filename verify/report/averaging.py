r"""Does tag-wise averaging hold for one's own labels? An answer per loss, bias and penalty, with its reason and claim.

*Tag-wise averaging* says that the prototype of a label set is a multiple of the sum of its labels' own prototypes,
:math:`h_S=\alpha_S\sum_{k\in S}h_{\{k\}}`: a *plain sum* if :math:`\alpha_S=1`, else a *scaled* one. A label that never
stands alone has a virtual prototype, that of a new sample with this label alone. Nothing is said that no claim says: an
answer other than "yes" names the hypothesis that the data does not meet, and the exceptions that are known.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import comb, log, sqrt
from typing import Any, Literal

from verify.exact.roots import decimal
from verify.geometry.limit import limit
from verify.geometry.rules import AFFINE, BY_BIAS, FREQUENCY, PLAIN, SCALED_SUM, SMOOTHED, UNIFORM, Rule, rule_key
from verify.geometry.sign_condition import CONDITIONS, Moment, TerminalGeometry
from verify.geometry.spectrum import LabelSpectrum, balanced_value
from verify.geometry.symmetry import complement, symmetries, transitive
from verify.geometry.tiny_penalty import CENTERINGS
from verify.labels.distribution import LabelDistribution
from verify.labels.masks import members
from verify.model.feature_model import AnyBias, Bias
from verify.model.loss_weights import UNWEIGHTED
from verify.model.losses import BCE, MSE, PAL_CE, Loss

Answer = Literal["yes", "yes, in the limit", "no", "not in general", "not decided", "nothing to average", "no optimum"]

AT_YOUR_LAMBDA = (
    "What holds in the limit lambda -> 0 is approached only like 1/log(1/lambda) (T2); `mlnc solve` shows how far off "
    "every rule is at your lambda."
)

SMOOTHED_AT_YOUR_LAMBDA = (
    "What smoothed labels hand down in the limit lambda -> 0 is approached like sqrt(lambda) (Y0); `mlnc solve` shows "
    "how far off every rule is at your lambda."
)


@dataclass(frozen=True)
class AveragingAnswer:
    """What is known for one loss, bias and penalty.

    Attributes:
        loss: ``"PAL-CE"``, ``"MSE"`` or ``"BCE"``.
        bias: ``"none"``, ``"free"``, or the penalty of one that decays, as the options call it.
        penalty: ``"every"`` lambda below the threshold of collapse, or the ``"limit"`` lambda -> 0.
        answer: whether tag-wise averaging holds for all label sets of two or more labels.
        rule: the synthesis rule that holds, if one is claimed.
        reason: why, in terms of the data.
        claims: ids of the claims that say so.
        smoothing: of labels.
    """

    loss: str
    bias: str
    penalty: Literal["every", "limit"]
    answer: Answer
    rule: Rule | None
    reason: str
    claims: tuple[str, ...]
    smoothing: Fraction = Fraction(0)


def averaging_answers(
    spectrum: LabelSpectrum,
    exact: bool = True,
    losses: Iterable[Loss] = (PAL_CE, MSE, BCE),
    biases: Iterable[AnyBias] = tuple(CENTERINGS),
) -> tuple[AveragingAnswer, ...]:
    """The answers for a distribution, in the order in which they are printed.

    Args:
        spectrum: of the distribution, empty and full label sets included.
        exact: whether the sign condition may be decided, which takes roots of K x K matrices.
        losses, biases: of which; labels may be smoothed, and a bias may decay.

    Example:
        >>> pi = LabelDistribution.from_sets([([0], 1), ([1], 1), ([2], 1), ([0, 1], 1)], labels="abc")  # claim W6b
        >>> [(a.loss, a.bias, a.penalty, a.answer) for a in averaging_answers(LabelSpectrum(pi))][:2]
        [('PAL-CE', 'none', 'every', 'yes'), ('PAL-CE', 'none', 'limit', 'yes')]
        >>> smoothed, decay = PAL_CE.smoothed("1/10"), Fraction(1, 100)
        >>> [(a.answer, a.claims) for a in averaging_answers(LabelSpectrum(pi), True, [smoothed], ["zero"])]
        [('yes, in the limit', ('Y2',))]
        >>> [(a.loss, a.claims) for a in averaging_answers(LabelSpectrum(pi), True, [MSE, BCE], [decay])]
        [('MSE', ('E5',)), ('BCE', ('E3', 'B3'))]
    """
    several, found = tuple(biases), list[AveragingAnswer]()
    for loss in sorted(losses, key=lambda loss: _ORDER.index(loss.title)):
        for bias in several:
            if loss.weights:
                found.append(_weighted(spectrum, loss, bias, exact))
            elif loss.smoothing:
                found.append(_inherited(spectrum.given, loss, bias))
            elif not isinstance(bias, str):
                found.append(_decaying(spectrum, loss, bias, exact))
            elif loss.quadratic:
                found.append(_squared(bias, spectrum.given))
            elif loss.centered:
                every = _at_every_penalty(spectrum, bias, _symmetric(spectrum))
                found += [every, _in_the_limit(spectrum, bias, every, exact)]
            else:
                found.append(_binary(bias, spectrum, exact))
    return tuple(replace(one, bias="none") if one.bias == "zero" else one for one in found)


def answer_at(spectrum: LabelSpectrum, exact: bool, loss: Loss, bias: AnyBias, lam: Fraction) -> AveragingAnswer | None:
    """The one answer that says which rule holds, if one does, near a penalty; ``None`` where no claim is about it.

    At one penalty a bias that decays is nearer to none (E3) or to a free one (E4).
    """
    if loss.smoothing and not isinstance(bias, str) and bias**2 < lam:  # nearer to a free bias, which no claim is about
        return None
    if isinstance(bias, str) or loss.smoothing or loss.quadratic or loss.weights:
        found = [one for one in averaging_answers(spectrum, exact, [loss], [bias]) if one.claims]
        return next((one for one in found if one.rule is not None), found[-1] if found else None)
    return None if lam >= 1 else _decaying(spectrum, loss, bias, exact, lam)


_ORDER = (PAL_CE.title, MSE.title, BCE.title)


def _symmetric(spectrum: LabelSpectrum) -> tuple[int, ...] | None:
    return symmetric_sets(spectrum.pi) if _skewed(spectrum) or not _uniform(spectrum.pi) else ()


# ---------------------------------------------------------------------- PAL-CE


def _at_every_penalty(spectrum: LabelSpectrum, bias: Bias, symmetric: Sequence[int] | None) -> AveragingAnswer:
    def says(answer: Answer, rule: Rule | None, reason: str, *claims: str) -> AveragingAnswer:
        return AveragingAnswer(PAL_CE.title, bias, "every", answer, rule, reason, claims)

    pi, several, skewed = spectrum.pi, _several(spectrum.pi), _skewed(spectrum)
    if not several:
        return says("nothing to average", None, _alone(spectrum.given), "W6")
    if bias == "free" and min(pi.class_counts) == 0:
        return says("no optimum", None, _never(spectrum.given, pi), "U6b")
    if not skewed and (bias == "zero" or _uniform(pi)):
        below = sum((p * balanced_value(pi.K, m) for m, p in pi.multiplicities.items()), Fraction(0))
        what = "every multiplicity is perfectly orthogonal" + (
            "" if bias == "zero" else " and classes are equally frequent"
        )
        return says("yes", SCALED_SUM, f"{what}; for lambda below {decimal(below, 4)}, where all collapses", "O1", "W6")
    if symmetric is not None and len(symmetric) == several:
        return says("yes", SCALED_SUM, "by the symmetries of the labels, with a factor per kind of label set", "W6")
    reason = _imbalance(spectrum, skewed) if skewed else "classes are not equally frequent, which a free bias follows"
    reason += f"; {_no_symmetry(symmetric, several)}"
    if bias == "zero" and _complete(pi):
        reason += "; it cannot hold at two small lambda, at full rank and with two factors (W6a)"
        return says("not in general", None, reason, "O1", "W6", "W6a")
    return says("not in general", None, reason, *(("O1", "W6") if bias == "zero" else ("W5", "W6")))


def _in_the_limit(spectrum: LabelSpectrum, bias: Bias, every: AveragingAnswer, exact: bool) -> AveragingAnswer:
    def says(answer: Answer, rule: Rule | None, reason: str, *claims: str) -> AveragingAnswer:
        return AveragingAnswer(PAL_CE.title, bias, "limit", answer, rule, reason, claims)

    claim = "W4" if bias == "zero" else "W3"
    if every.answer in {"nothing to average", "no optimum"}:
        return says(every.answer, None, every.reason, *every.claims)
    if not exact:
        kept = replace(every, penalty="limit", reason="it holds at every lambda")
        return kept if every.answer == "yes" else says(*_in_float64(spectrum, CENTERINGS[bias], claim), claim, "T1")
    geometry = TerminalGeometry.of(spectrum.pi, CENTERINGS[bias])
    fault = _fault(geometry, claim) or _virtual_fault(geometry, bias)
    plain = bias == "zero" or _uniform(spectrum.pi)
    if every.answer == "yes":
        if fault or not plain:
            reason = "it holds at every lambda; that the factor a_S has a limit is not claimed"
            return says("yes", SCALED_SUM, reason, *every.claims)
        return says("yes", SCALED_SUM, f"it holds at every lambda, and a_S tends to 1 ({claim})", *every.claims, claim)
    if fault:
        undecided = geometry.sign.holds is None and geometry.full_rank
        return says("not decided" if undecided else "not in general", None, fault, claim, "T1")
    return _terminal(bias, plain)


def _in_float64(spectrum: LabelSpectrum, centering: Moment, claim: str) -> tuple[Answer, None, str]:
    """What counting decides of the limit: a contrast that vanishes on every label set makes each moment singular."""
    if spectrum.vanishing:
        return "not in general", None, f"{_SINGULAR[centering]}, so {claim} does not apply"
    return "not decided", None, f"{CONDITIONS[centering]} is not decided in float64; --exact does"


def _terminal(bias: Bias, plain: bool) -> AveragingAnswer:
    """The limit where the sign condition holds strictly, also for all virtual prototypes that take part."""
    holds = f"{CONDITIONS[CENTERINGS[bias]]} holds strictly"
    if bias == "zero":
        reason = f"{holds}, whatever the imbalance"
        return AveragingAnswer(PAL_CE.title, bias, "limit", "yes, in the limit", PLAIN, reason, ("W4",))
    if plain:
        reason = f"{holds}, and as classes are equally frequent the frequency-weighted rule takes nothing off"
        return AveragingAnswer(PAL_CE.title, bias, "limit", "yes, in the limit", PLAIN, reason, ("W3", "W3a"))
    reason = (
        f"{holds}, but classes are not equally frequent; less the plain mean of all h_{{k}}, prototypes are plain sums "
        "(W3a)"
    )
    return AveragingAnswer(PAL_CE.title, bias, "limit", "not in general", FREQUENCY, reason, ("W3", "W3a"))


_ALONE = "no label set has two or more labels"


def _alone(given: LabelDistribution) -> str:
    """PAL-CE leaves the full label set out."""
    return "no label set but the full one has two or more labels" if given.K in given.multiplicities else _ALONE


def _never(given: LabelDistribution, pi: LabelDistribution) -> str:
    absent = [label for label, count in zip(pi.labels, pi.class_counts, strict=True) if count == 0]
    full = " but in the full label set" if given.K in given.multiplicities else ""
    return f"{_listed(absent)} never occurs{full}, and a free bias then runs off to minus infinity"


def _imbalance(spectrum: LabelSpectrum, skewed: Sequence[int]) -> str:
    """What keeps the multiplicities from perfect orthogonality: class frequencies, or co-occurrence alone (S2)."""
    level = [m for m in skewed if _uniform(spectrum.parts[m]) or 2 * m == spectrum.K]
    steep = [m for m in skewed if m not in level]
    parts = []
    if steep:
        parts.append(f"classes are not equally frequent among label sets of size {_listed(steep)}")
    if level:
        balanced = [m for m in level if _uniform(spectrum.parts[m])]
        but = "classes are equally frequent but " if balanced == level else ""
        parts.append(f"{but}co-occurrence is not balanced among label sets of size {_listed(level)}")
    return "not perfectly orthogonal: " + "; ".join(parts)


def _no_symmetry(symmetric: Sequence[int] | None, several: int) -> str:
    if symmetric is None:
        return "the symmetries of the labels, by which it may hold all the same (W6, W6b), are too many to look through"
    if symmetric:
        return f"by the symmetries of the labels it holds for {len(symmetric)} of {several} label sets (W6)"
    return "nor do symmetries of the labels force it (W6, W6b)"


def _fault(geometry: TerminalGeometry, claim: str) -> str:
    """Which hypothesis of W3 or W4 the data does not meet; empty if it meets them."""
    sign, pi, condition = geometry.sign, geometry.pi, CONDITIONS[geometry.centering]
    if not geometry.full_rank:
        return f"{_SINGULAR[geometry.centering]}, so {claim} does not apply"
    if sign.verdict == "violated":
        label_set, label = sign.worst
        share = float(Fraction(sum(pi.weight_of[mask] for mask in sign.violating), pi.total))
        samples = "samples that have some labels and not all" if geometry.centered else "samples"
        return (
            f"{condition} fails for {len(sign.violating)} of {len(pi.weights)} label sets ({share:.1%} of the "
            f"{samples}), so {claim} does not apply; worst: label {pi.labels[label]} for samples labelled "
            f"{pi.spell(label_set)}"
        )
    if sign.verdict == "equality":
        return f"{condition} holds with equality somewhere, so {claim} does not apply"
    if sign.verdict == "undecided":
        return f"whether {condition} holds is not decided, so {claim} is not known to apply"
    return ""


def _virtual_fault(geometry: TerminalGeometry, bias: Bias) -> str:
    """Labels that never stand alone, whose virtual prototypes are needed and not covered: W3, B3 and B3a need all, W4
    those of the label sets that are synthesised."""
    pi = geometry.pi
    several, every = [m for m in pi.masks if m.bit_count() > 1], bias == "free" or not geometry.centered
    needed = [k for k in range(pi.K) if every or any(mask & 1 << k for mask in several)]
    missing = [
        pi.labels[k]
        for k in needed
        if 1 << k not in pi.masks
        and not all(geometry.excess(1 << k, j) < 0 for j in range(pi.K) if j != k or not geometry.centered)
    ]
    if not missing:
        return ""
    return (
        f"{CONDITIONS[geometry.centering]} holds strictly, but not for the virtual prototype of {_listed(missing)}, "
        "which no sample has alone"
    )


_SINGULAR = {
    "class": "some contrast between labels vanishes on every label set",
    "mean": "some contrast between labels has the same value on every label set",
    "signs": "some combination of the labels' signs vanishes on every label set",
    "centered signs": "some combination of labels has the same value on every label set",
}


def _sign(spectrum: LabelSpectrum, bias: Bias) -> str:
    return TerminalGeometry.of(spectrum.pi, CENTERINGS[bias]).sign.verdict


# ---------------------------------------------------------------------- MSE and BCE


def _squared(bias: Bias, pi: LabelDistribution) -> AveragingAnswer:
    """The squared loss sees empty and full label sets too (W2, W2b, W2c)."""

    def says(answer: Answer, rule: Rule | None, reason: str, *claims: str) -> AveragingAnswer:
        return AveragingAnswer(MSE.title, bias, "every", answer, rule, reason, claims)

    if not _several(pi):
        return says("nothing to average", None, _ALONE, "W2")
    if bias == "zero":
        return says("yes", PLAIN, "whatever the imbalance", "W2")
    single = len(pi.multiplicities) == 1
    if single and _uniform(pi):
        return says("yes", PLAIN, "all label sets have one size and classes are equally frequent", "W2c")
    if pi.cardinality == 1:
        reason = "the mean number of labels is 1, and if W has full rank no rule from single labels exists"
        return says("not in general", None, reason, "W2b")
    if single and TerminalGeometry.of(pi, "mean").full_rank:
        return says(
            "not in general",
            FREQUENCY,
            "classes are not equally frequent, so while nothing has collapsed not all average; the frequency-weighted "
            "rule is exact",
            "W2",
            "W2c",
        )
    return says(
        "not in general",
        FREQUENCY,
        ("contrasts between labels have collapsed" if single else "label sets differ in size")
        + " (W2c has the exceptions); the frequency-weighted rule is exact",
        "W2",
        "W2c",
    )


def _binary(bias: Bias, spectrum: LabelSpectrum, exact: bool) -> AveragingAnswer:
    """Binary cross entropy sees empty and full label sets too, and plain sums are not what holds (B3, B3a, B0)."""

    def says(answer: Answer, rule: Rule | None, reason: str, *claims: str) -> AveragingAnswer:
        return AveragingAnswer(BCE.title, bias, "limit", answer, rule, reason, claims)

    claim, pi = "B3" if bias == "zero" else "B3a", spectrum.given
    if not _several(pi):
        return says("nothing to average", None, _ALONE, claim)
    constant = [label for label, count in zip(pi.labels, pi.class_counts, strict=True) if count in {0, pi.total}]
    if constant and bias == "free":
        return says("no optimum", None, f"{_listed(constant)} never or always occurs, and a free bias runs off", "U6b")
    if not exact:
        return says(*_in_float64(spectrum, "signs" if bias == "zero" else "centered signs", claim), claim)
    geometry = TerminalGeometry.for_loss(pi, BCE, bias)
    fault = _fault(geometry, claim) or _virtual_fault(geometry, bias)
    if fault:
        undecided = geometry.sign.holds is None and geometry.full_rank
        return says("not decided" if undecided else "not in general", None, fault, claim)
    none = pi.K == 2 if bias == "zero" else pi.cardinality == 1
    rule, by = (AFFINE, "B0") if none else (UNIFORM if bias == "zero" else FREQUENCY, claim)
    holds = f"{CONDITIONS[geometry.centering]} holds strictly"
    return says("not in general", rule, f"{holds}, and then the {rule.answer} rule does", by)


# ---------------------------------------------------------------------- smoothed labels, and a bias that decays

_INHERITED: dict[tuple[str, Bias], tuple[str, Rule]] = {
    (PAL_CE.title, "zero"): ("Y2", SMOOTHED),
    (PAL_CE.title, "free"): ("Y2a", SMOOTHED),
    (BCE.title, "zero"): ("Y1", UNIFORM),
    (BCE.title, "free"): ("Y1a", FREQUENCY),
}
"""What smoothed labels are synthesised by."""

_TERMINAL: dict[tuple[str, Bias], str] = {
    (PAL_CE.title, "zero"): "W4",
    (PAL_CE.title, "free"): "W3",
    (BCE.title, "zero"): "B3",
    (BCE.title, "free"): "B3a",
}
"""The claims under the strict sign condition that E3 and E4 carry over to a bias that decays."""


def _inherited(given: LabelDistribution, loss: Loss, bias: AnyBias) -> AveragingAnswer:
    """What prototypes inherit from smoothed targets."""
    pi, as_if = loss.sees(given), bias if isinstance(bias, str) else "zero"
    claim, rule = _INHERITED[loss.title, as_if]

    def says(answer: Answer, rule: Rule | None, reason: str, *claims: str) -> AveragingAnswer:
        return AveragingAnswer(loss.title, str(bias), "limit", answer, rule, reason, claims, loss.smoothing)

    if not _several(pi):
        return says("nothing to average", None, _ALONE, claim)
    if rule is UNIFORM and pi.K == 2:
        return says("not in general", None, "with two labels the rule divides by 0", claim)
    if rule is FREQUENCY and pi.cardinality == 1:
        return says("not in general", None, "the label cardinality is 1, and the rule divides by 0", claim)
    if limit(pi, loss, as_if == "free").deviations()[rule_key(rule) or ""] is None:
        far = "the target of a label that never stands alone is not in the span of the others"
        return says("not in general", None, f"{far}, so {claim} does not apply", claim)
    reason = "labels are smoothed and the targets span what the rule takes, whatever the imbalance"
    answer: Answer = "yes, in the limit" if claim == "Y2" else "not in general"
    if isinstance(bias, str):
        return says(answer, rule, reason, claim)
    decayed = "as lambda -> 0 at this decay the rules are those without a bias"
    return says(answer, rule, f"{decayed}; {reason}", "E3a", claim)


def _decaying(
    spectrum: LabelSpectrum, loss: Loss, decay: Fraction, exact: bool, lam: Fraction | None = None
) -> AveragingAnswer:
    r"""The squared loss at every penalty (E5); else the rules of no bias (E3) or of a free one (E4): at a penalty
    :math:`\lambda_b\tau/\mu` says which, and where the decay is fixed as :math:`\lambda\to0` it is none."""
    if loss.quadratic:
        several = bool(_several(spectrum.given))
        return AveragingAnswer(
            loss.title,
            str(decay),
            "every",
            "not in general" if several else "nothing to average",
            BY_BIAS if several else None,
            "whatever the imbalance, with the entries of the bias as weights" if several else _ALONE,
            ("E5",),
        )
    ratio = None if lam is None else float(decay) * log(1 / lam) / 2 / sqrt(lam)
    as_if: Bias = "zero" if ratio is None or ratio >= 1 else "free"
    claim, by = ("E3", "without a bias") if as_if == "zero" else ("E4", "with a free bias")
    when = "as lambda -> 0 at this decay"
    if ratio is not None:
        tends = "grows" if as_if == "zero" else "vanishes"
        when = f"lambda_b log(1/lambda)/2 is {ratio:.2g} times sqrt(lambda), and where that {tends}"
    return replace(_carried(spectrum, loss, as_if, exact, claim, f"{when} the rules are those {by}"), bias=str(decay))


def _weighted(spectrum: LabelSpectrum, loss: Loss, bias: AnyBias, exact: bool) -> AveragingAnswer:
    """Weights in the loss are forgotten in the limit: of label sets (V2), and of single answers of BCE (V3)."""
    weights, plain = loss.weights, not (loss.smoothing or loss.quadratic)
    of_sets = all(a == 1 for a in (*weights.present, *weights.absent)) and all(
        len(set(row)) == 1 for _, row in weights.sets
    )
    claim = "V2" if of_sets else "V3" if bias == "zero" and not loss.centered else ""
    if claim and plain and isinstance(bias, str):
        why = "weights in the loss are forgotten as lambda -> 0"
        return _carried(spectrum, replace(loss, weights=UNWEIGHTED), bias, exact, claim, why)
    reason = "no claim is about these weights with this loss, bias and smoothing; V2 and V3 say what is forgotten"
    return AveragingAnswer(loss.title, str(bias), "limit", "not decided", None, reason, (), loss.smoothing)


def _carried(spectrum: LabelSpectrum, loss: Loss, as_if: Bias, exact: bool, claim: str, why: str) -> AveragingAnswer:
    """The answer of the limit as another claim carries it over from a model without decay and weights."""
    base = next(one for one in averaging_answers(spectrum, exact, [loss], [as_if]) if one.penalty == "limit")
    applies = base.rule is not None and _TERMINAL[loss.title, as_if] in base.claims
    rule = (PLAIN if base.rule is SCALED_SUM else base.rule) if applies else None
    answer = base.answer if base.answer != "yes" else "yes, in the limit" if applies else "not decided"
    return replace(base, answer=answer, rule=rule, reason=f"{why}; {base.reason}", claims=(claim, *base.claims))


# ---------------------------------------------------------------------- the distribution


def _several(pi: LabelDistribution) -> int:
    """How many label sets have two or more labels: the last ones."""
    return len(pi.sizes) - bisect_right(pi.sizes, 1)


def _skewed(spectrum: LabelSpectrum) -> list[int]:
    return [m for m in spectrum.parts if not spectrum.perfectly_orthogonal(m)]


def _uniform(pi: LabelDistribution) -> bool:
    return len(set(pi.class_counts)) == 1


def _complete(pi: LabelDistribution) -> bool:
    """Whether the support consists of all singletons and all label sets of one more size, as W6a asks."""
    sizes = list(pi.multiplicities)
    return len(sizes) == 2 and sizes[0] == 1 and len(pi.weights) == pi.K + comb(pi.K, sizes[1])


# ---------------------------------------------------------------------- symmetries


def symmetric_sets(pi: LabelDistribution) -> tuple[int, ...] | None:
    """The label sets of two or more labels that average exactly by W6: the label permutations that preserve the
    distribution and the set are transitive on the set and on its complement. ``None`` if they are too many to try.

    Example:
        >>> pi = LabelDistribution.from_sets([([0], 1), ([1], 1), ([2], 1), ([0, 1], 1)], labels="abc")
        >>> symmetric_sets(pi)
        (3,)
        >>> symmetric_sets(LabelDistribution.from_sets([([0], 2), ([1], 1), ([2], 1), ([0, 1], 1)], labels="abc"))
        ()
    """
    kinds = _co_occurrence(pi)
    if len(kinds((1 << pi.K) - 1)) > 2:  # a set and its complement have one kind each, or none
        return ()
    blocks = {mask: (mask, complement(pi, mask)) for mask in pi.masks if mask.bit_count() > 1}
    alike = [mask for mask, parts in blocks.items() if all(len(kinds(block)) == 1 for block in parts)]
    if not alike:
        return ()
    images = symmetries(pi)
    return None if images is None else tuple(mask for mask in alike if transitive(images, mask, blocks[mask]))


def _co_occurrence(pi: LabelDistribution) -> Callable[[int], set[tuple[int, ...]]]:
    """The kinds of labels in a block: how often each occurs, by size of the label set. Symmetries keep the kind."""
    kinds = list(zip(*(pi.restrict(m).class_counts for m in pi.multiplicities), strict=True))
    return lambda block: {kinds[k] for k in members(block)}


# ---------------------------------------------------------------------- words and JSON


def averaging_lines(answers: Sequence[AveragingAnswer]) -> list[str]:
    """A line per case, with its reason below, and what the rules are."""
    lines = [
        "Does tag-wise averaging hold? Is the prototype h_S of a label set S a multiple of the sum of the prototypes "
        "h_{k} of its labels?",
        "",
        f"  {'loss':<6}  {'bias':<4}  {'lambda':<6}  {'averaging?':<18}  {'rule that holds':<18}  claims",
    ]
    seen: set[str] = set()
    for answer in answers:
        lines.append(
            f"  {answer.loss:<6}  {answer.bias:<4}  {_PENALTIES[answer.penalty]:<6}  {answer.answer:<18}  "
            f"{answer.rule.answer if answer.rule else '-':<18}  {', '.join(answer.claims)}"
        )
        lines.append("    as above" if answer.reason in seen else f"    {answer.reason}")
        seen.add(answer.reason)
    used = {answer.rule for answer in answers}
    slowly = [SMOOTHED_AT_YOUR_LAMBDA if all(answer.smoothing for answer in answers) else AT_YOUR_LAMBDA]
    return [*lines, "", *slowly, *(f"{rule.answer}: {rule.words}." for rule in _ANSWERS if rule in used)]


_ANSWERS = (PLAIN, SCALED_SUM, FREQUENCY, UNIFORM, AFFINE, SMOOTHED, BY_BIAS)

_PENALTIES = {"every": "every", "limit": "-> 0"}


def averaging_json(answers: Sequence[AveragingAnswer]) -> list[dict[str, Any]]:
    """The answers as JSON."""
    return [
        {
            **vars(answer),
            "bias": "zero" if answer.bias == "none" else answer.bias,  # the name that documents have
            "smoothing": str(answer.smoothing),
            "rule": answer.rule.answer if answer.rule else "",
            "claims": list(answer.claims),
            "formula": answer.rule.words if answer.rule else None,
        }
        for answer in answers
    ]


MOST_NAMED = 5
"""Names in a sentence."""


def _listed(names: Iterable[object]) -> str:
    """Names in a row, cut short where they are many."""
    shown = [str(name) for name in names]
    if len(shown) > MOST_NAMED:
        shown = [*shown[:MOST_NAMED], f"{len(shown) - MOST_NAMED} more"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
