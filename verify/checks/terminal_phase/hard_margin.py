r"""T1, checked: the hard-margin problem of PAL-CE."""

from random import Random
from typing import Any

from flint import arb_mat

from verify.checks.evidence import Control, Finding
from verify.checks.shared import cases
from verify.checks.shared.enclosures import OFTEN, checks_in_balls
from verify.checks.shared.least_norms import least_norm, trace_of_moment
from verify.geometry.sign_condition import TerminalGeometry
from verify.geometry.spectrum import Centering, LabelSpectrum


@checks_in_balls(
    "T1",
    "the trace of the enclosed root against exact eigenvalues and random competitors with the margins, in balls",
    Control("twice the minimum", {"value": lambda geometry: 2 * geometry.root.trace()}, cases.UNEQUAL),
    Control("tr Sigma in place of tr Sigma^{1/2} for the minimum", {"value": trace_of_moment}, cases.UNEQUAL),
    Control(
        "Sigma in place of Sigma^{1/2} for the Gram matrix",
        {"gram": lambda g: arb_mat(g.moment) / g.scale},
        cases.UNEQUAL,
    ),
    Control("without the sign condition", {"believed": lambda _: True}, cases.FOUR_MIXED),
    Control("never, even under it", {"believed": lambda _: False}, cases.UNEQUAL),
    Control("with a free bias the frequencies not subtracted", {"free": "class"}, cases.UNEQUAL),
    every=2 * OFTEN,
    labels=None,
)
def multilabel_seli(case: LabelSpectrum, rng: Random, free: Centering = "mean", **law: Any) -> Finding:
    r"""T1: under the sign condition :math:`PY` has the least nuclear norm among logits with the margins, and at full
    rank only then. Without bias, and with a free one.

    Under the condition the claimed minimum is attained, by exact eigenvalues; :math:`WW^\top q_S=\tilde y_S`; and
    random rational logits with the margins have a norm that is larger by at least
    :math:`\sum_S\pi_S(-q_S^\top t_S)`. Where the condition is certainly violated at full rank, lowering the logit in
    question must certainly lower the norm.
    """
    models: tuple[tuple[Centering, Centering], ...] = (("class", "class"), ("mean", free))
    pairs = [(TerminalGeometry.of(case.pi, attained), TerminalGeometry.of(case.pi, used)) for attained, used in models]
    return least_norm(pairs, rng, **law)
