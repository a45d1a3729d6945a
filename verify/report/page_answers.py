r"""Does tag-wise averaging hold? What the page answers first: one answer per loss, bias and penalty, in full sentences.

*Tag-wise averaging* says :math:`h_S=\alpha_S\sum_{k\in S}h_{\{k\}}`. Every answer names the claims that say so, and the
page sets it by what the run found on them; a reader with data of their own gets the answers of
:mod:`verify.report.averaging` beside these. Sentences are Markdown with formulas, as the notes are.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from verify.geometry.rules import RULES

RULES_IN_WORDS = {name: f"{rule.phrase} $`h_S={rule.tex}`$" for name, rule in RULES.items() if rule.phrase}
"""What holds, by the name of the rule."""


@dataclass(frozen=True)
class Answer:
    """What is known in one case.

    Attributes:
        loss: the loss, or what else the case is about: answers of one loss stand together.
        bias: ``"no bias"``, ``"free bias"`` or both.
        penalty: at which lambda, and on which labels.
        says: whether this is tag-wise averaging, in a few words.
        tone: ``"yes"``, ``"no"``, or ``"open"`` if it depends or nothing is claimed.
        rule: what holds, a key of :data:`RULES_IN_WORDS`; empty if no rule is claimed.
        why: the condition, and what else to know, in sentences.
        claims: ids of the claims that say so.
    """

    loss: str
    bias: str
    penalty: str
    says: str
    tone: str
    rule: str
    why: str
    claims: tuple[str, ...]


PAL, MSE, BCE = "Pick-all-labels cross entropy (PAL-CE)", "Squared loss (MSE)", "Binary cross entropy (BCE)"
OTHER = "Other readings of “weighted synthesis”"

ANSWERS = (
    Answer(
        PAL,
        "no bias, or a free one if class frequencies are equal",
        "every λ, perfectly orthogonal labels",
        "Yes, exactly",
        "yes",
        "scaled sum",
        "The condition is that the label sets of every size are perfectly orthogonal, as in balanced data. There is "
        "one factor per size, and every λ below the threshold of collapse will do. Perfect orthogonality is "
        "sufficient but not necessary: where the symmetries of the labels allow no other direction, averaging is "
        "exact too, with a factor per kind of label set, so the converse as it is often read is false (W6b).",
        ("O1", "W6", "W6b"),
    ),
    Answer(
        PAL,
        "no bias",
        "finite λ, other labels",
        "Not in general",
        "no",
        "",
        r"No rule from single labels is claimed. Plain sums are off by exactly $`\frac1{\lambda_H}W^\top q_S`$, an "
        "excess of softmax vectors (W5), which can vanish at single penalties (W5a). Where all single labels and "
        "all sets of one more size occur, averaging at two small penalties with different factors, at full rank, is "
        "perfect orthogonality (W6a). How far off it is for you, `mlnc solve FILE --lam LAMBDA` measures.",
        ("W5", "W5a", "W6a"),
    ),
    Answer(
        PAL,
        "no bias",
        "λ → 0",
        "Yes, in the limit",
        "yes",
        "plain",
        "The conditions are a centered second moment of rank K - 1 (κ > 0) and the strict sign condition (T1), also "
        "for single labels that take part but never occur alone; given these, imbalance does not matter. The limit is "
        "approached only like 1/log(1/λ) (T2): at a practical λ trust `mlnc solve FILE --lam LAMBDA`, not the "
        "limit.",
        ("W4", "T1", "T2"),
    ),
    Answer(
        PAL,
        "free bias",
        "finite λ, other labels",
        "Not in general",
        "no",
        "",
        "No rule from single labels is claimed. Plain sums are off by the same excess of softmax vectors (W5). The "
        "correction by class frequencies, which is exact in the limit, is before it right on average over the label "
        "sets, and no other is, unless the mean number of labels is 1 (W3b). How far off it is for you, `mlnc solve "
        "FILE --lam LAMBDA` with `--bias free` measures.",
        ("W5", "W3b"),
    ),
    Answer(
        PAL,
        "free bias",
        "λ → 0",
        "Not in general",
        "no",
        "frequency",
        "The conditions are a centered covariance of rank K - 1, the strict sign condition, also for single labels "
        r"that never occur alone, and a mean number of labels $`\bar m`$ other than 1. It comes down to plain sums if "
        "class frequencies are equal, and symmetry can force scaled sums (W6). The same prototypes are plain sums once "
        "they are measured from the plain mean of the single labels' prototypes, whatever the imbalance and also for "
        r"$`\bar m=1`$ (W3a). Approached "
        "only like 1/log(1/λ) (T2): at a practical λ trust `mlnc solve FILE --lam LAMBDA` with `--bias free`.",
        ("W3", "W3a", "W6", "T1", "T2"),
    ),
    Answer(
        MSE,
        "no bias",
        "every λ, all labels",
        "Yes, exactly",
        "yes",
        "plain",
        "There is no condition: it holds at every λ and for every label distribution, however imbalanced.",
        ("W2",),
    ),
    Answer(
        MSE,
        "free bias",
        "every λ, all labels",
        "No, with few exceptions",
        "no",
        "frequency",
        r"This rule is exact at every λ and for every label distribution with a mean number of labels $`\bar m`$ "
        r"other than 1; if $`\bar m=1`$ and nothing has collapsed, no rule from single labels exists (W2b). It comes "
        "down to averaging only in the cases that W2c lists: if all label sets have one size of two or more and "
        "nothing has collapsed, iff class frequencies are equal.",
        ("W2", "W2b", "W2c"),
    ),
    Answer(
        MSE,
        "a bias that decays",
        "every λ, all labels",
        "No: corrected by the bias",
        "no",
        "bias",
        r"This rule is exact at every λ and every decay, for every label distribution, unless the entries of the bias "
        "add up to 1. With a bias that hardly decays it is that of a free one, with one that decays fast that of none.",
        ("E5",),
    ),
    Answer(
        BCE,
        "no bias",
        "λ → 0",
        "No: corrected uniformly",
        "no",
        "uniform",
        "The conditions are BCE's own strict sign condition, which is about sign vectors, also for single labels that "
        "never occur alone, a second moment of these of rank K, and K other than 2. The weights are the only ones, so "
        "plain sums fail. Measured from the prototype of samples without labels, prototypes add up, whatever K (B0).",
        ("B3", "B0"),
    ),
    Answer(
        BCE,
        "free bias",
        "λ → 0",
        "No: corrected by frequencies",
        "no",
        "frequency",
        "The same conditions, with the covariance of the labels, and a mean number of labels "
        r"$`\bar m`$ other than 1. The weights are the only ones: class frequencies are genuine. For single labels "
        "and one larger set the rule is exact at every λ (B5f), so it may hold without the sign condition (B3c). "
        r"Prototypes add up from that of samples without labels also for $`\bar m=1`$ (B0).",
        ("B3a", "B0", "B5f", "B3c"),
    ),
    Answer(
        OTHER,
        "any loss and bias",
        "every λ, all labels",
        "Not averaging, but exact",
        "open",
        "all",
        "The weights are label set frequencies times overlaps of residuals; every prototype takes part in every other.",
        ("W1",),
    ),
    Answer(
        OTHER,
        "smoothed labels",
        "λ → 0, targets in the span of each other",
        "PAL-CE without a bias: yes",
        "yes",
        "",
        "Scaled averages with one known factor per number of labels, whatever the imbalance, without a sign condition "
        "(Y2); with a free bias they are corrected by scaled class frequencies (Y2a). For BCE the rules are those "
        "without smoothing: corrected uniformly (Y1), with a free bias by class frequencies (Y1a). The error is known "
        "at every λ (Y0).",
        ("Y0", "Y1", "Y1a", "Y2", "Y2a"),
    ),
    Answer(
        OTHER,
        "a bias that decays",
        "λ → 0",
        "As without a bias, or as with a free one",
        "open",
        "",
        "As without a bias if the bias decays like the other parameters (E3), or with smoothed labels far "
        r"more than that (E3a), as with a free one if far less (E4); without smoothing the crossover is where "
        r"$`\lambda_b\log\frac1\lambda`$ is of the order of $`\sqrt\lambda`$.",
        ("E3", "E3a", "E4"),
    ),
    Answer(
        OTHER,
        "MSE, or PAL-CE as λ → 0",
        "from classifier rows",
        "Not averaging in general",
        "no",
        "rows",
        "For the squared loss exactly, while nothing has collapsed (W2a); for PAL-CE in the limit under the strict "
        "sign condition, where without a bias the weights are equal within every label set iff every centered "
        "label set is an eigenvector of the covariance (W8a), and one constant for all of them iff it is flat (W8).",
        ("W2a", "W8", "W8a"),
    ),
    Answer(
        OTHER,
        "any loss and bias",
        "each summand times its class frequency",
        "No",
        "no",
        "",
        r"That $`h_S`$ is proportional to $`\sum_{k\in S}f_kh_{\{k\}}`$ is false already for two labels and the "
        "squared loss. Class frequencies enter through the bias, not as factors of the summands.",
        ("W7",),
    ),
)
"""The answers in the order of the page."""


def by_loss() -> Iterator[tuple[str, list[Answer]]]:
    """The answers, those of one loss together."""
    for loss, answers in groupby(ANSWERS, key=lambda answer: answer.loss):
        yield loss, list(answers)
