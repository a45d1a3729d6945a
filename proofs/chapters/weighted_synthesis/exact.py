r"""Chapter W: readings of the weighted-synthesis rule, each decided.

W1 is here; W2 with its companions is in ``squared_loss.py``, the terminal phase (W3, W4, W8) in ``terminal_rules.py``,
finite penalties (W5, W6, W7) in ``scaled_averages.py``. The table of the note is rendered from the readings that these
derivations prove or refute (``proofs/letters/readings.py``)."""

from __future__ import annotations

from collections.abc import Sequence

from proofs.chapters.weighted_synthesis.scaled_averages import (
    complete_layers,
    finite_penalty,
    frequency_weighted_summands,
    scaled_averages,
)
from proofs.chapters.weighted_synthesis.squared_loss import (
    closed_form,
    entry_by_entry,
    reduction_to_averages,
    rule,
    weights_determined,
)
from proofs.chapters.weighted_synthesis.terminal_rules import (
    first_order_weights,
    free_bias_rule,
    from_classifier_rows,
    no_bias_rule,
    unbiased_correction,
    uniform_rule,
    when_uniform,
)
from proofs.contents import Contents
from proofs.kernel.derivation import Control, Derivation, Identity, Result, Step
from proofs.kernel.formula import number
from proofs.letters.feature_model import BIAS, CLASSIFIER, FEATURES, POINTS, h, lam, lambda_H, lambda_W, r
from proofs.letters.readings import Circumstances, Reading, Term, table
from proofs.letters.vocabulary import S, T, W, e, k

__all__ = ["CONTENTS"]

ALWAYS = Circumstances("any", "either", r"every $\lambda$")


def exact_synthesis() -> Derivation:
    """W1: every prototype is synthesised from all prototypes, weighted by frequency and residual overlap."""
    overlap = r(S).T * r(T)
    from_all = (FEATURES, CLASSIFIER.T.times(before=1 / lambda_H, after=r(S)))
    return Derivation(
        claim="W1",
        title="Exact synthesis at every stationary point",
        statement=r"""For every label distribution, loss (PAL-CE, BCE, MSE), treatment of the bias and $\lambda$, at
            every stationary point: $h_S=\sum_T\omega_{ST}h_T$ with $\omega_{ST}=\pi_T\langle r_S,r_T\rangle/\lambda$,
            and $h_S=\frac1{\lambda_H}\sum_kr_{S,k}w_k$. The weights carry the frequencies of label *sets*. With a free
            bias they add up to zero, $\sum_T\omega_{ST}=0$: the synthesis is exact, but it is no average.""",
        source="""the paper's abstract (P1) in the one reading that is exact everywhere; this is U4, and the vanishing
            sum is new here""",
        symbols=((r"r_S=-\nabla L_S(z_S)", "the residual"), (r"e_k^\top r_S=r_{S,k}", "its entries")),
        steps=(
            Step(
                r"Stationary features are combinations of classifier rows, with residuals as weights:",
                Reading(
                    h(S),
                    (Term(e(k).T * r(S) / lambda_H, W.T * e(k), k),),
                    "classifier rows",
                    ALWAYS,
                    POINTS,
                    using=(FEATURES,),
                ),
            ),
            Step(
                r"""A stationary classifier is made of prototypes, $W=\frac1{\lambda_W}\sum_T\pi_Tr_Th_T^\top$. Insert
                    it:""",
                Reading(
                    h(S),
                    (Term(overlap / (lambda_H * lambda_W), h(T), T),),
                    "all prototypes",
                    ALWAYS,
                    POINTS,
                    using=from_all,
                ),
            ),
            Step(
                r"With a free bias residuals average to zero, and so do their overlaps with any one of them:",
                Identity((overlap / lam).over(T), number(0), POINTS, using=(BIAS.times(before=r(S).T / lam),)),
            ),
        ),
        controls=(
            Control(
                "the overlap divided by $\\lambda_H$ only",
                Reading(h(S), (Term(overlap / lambda_H, h(T), T),), "", ALWAYS, POINTS, using=from_all),
            ),
            Control(
                "weights that add up to 1 with a free bias",
                Identity((overlap / lam).over(T), number(1), POINTS, using=(BIAS.times(before=r(S).T / lam),)),
            ),
            Control(
                "stationary features only",
                Reading(h(S), (Term(overlap / lam, h(T), T),), "", ALWAYS, POINTS, using=(FEATURES,)),
            ),
        ),
        remark=r"""W1 decides nothing about *tag-wise* synthesis: its weights are unknown before the optimum is. The
            other readings ask for weights that are known from the label distribution.""",
    )


def _summary(derivations: Sequence[Derivation], results: Sequence[Result]) -> list[str]:
    return table(
        "What is synthesised from what",
        r"""Each row is a step of a derivation below, and its formulas are those that were checked there. The weight
            multiplies one source, and the sum is over the index of the source. Here $[k\in S]$ is 1 for the labels of
            $S$ and 0 for others, $f_k$ is a class frequency and $w_k$ a classifier row. *In the limit* means that both
            sides agree after division by $\sqrt{\frac12\log\frac1\lambda}$ as $\lambda\to0$.""",
        derivations,
        results,
    )


CONTENTS = Contents(
    title="Weighted synthesis",
    introduction=r"""Train a linear classifier on free features until they collapse: each label set $S$ then has one
        prototype $h_S$. How is the prototype of a label set made from those of its labels? "By a
        class-frequency-weighted synthesis rule rather than uniform averaging" is a sentence with many readings. This
        chapter decides each of them, and the answer depends on four things: *what* is synthesised *from what* (from
        prototypes of single labels, or from classifier rows), the loss, whether there is a bias, and the strength
        $\lambda$ of the penalties. The table says it in one place. Four facts to take away: with the squared loss and
        a free bias the class-frequency-weighted rule is exact at every $\lambda$ (W2), and the weights are the only
        ones possible when label sets differ in size (W2b). With cross entropy it is true in the limit $\lambda\to0$
        (W3), where however the same prototypes are a uniform synthesis around their plain mean (W3a);
        before the limit the class frequencies are what keeps the rule right on average (W3b). Without bias the
        sums are plain in both cases (W2, W4). From classifier rows the weights are the inverse square root of the
        label covariance, and they are uniform exactly when that is flat (W8). Two readings have no derivation, for they
        are false and a stored counterexample decides them: that plain sums are never exact before the limit (W5a), and
        that scaled averages imply perfect orthogonality (W6b).""",
    notation=(
        (
            r"S,\ T\subset\{1,\dots,K\}",
            r"label sets, with probabilities $\pi_S$, indicators $y_S\in\{0,1\}^K$ and sizes $m_S$",
        ),
        (
            r"f=\sum_S\pi_Sy_S,\ \bar m=\sum_kf_k",
            "class frequencies, and the mean number of labels (label cardinality)",
        ),
        (r"P=I-\frac1K\mathbf 1\mathbf 1^\top,\ \tilde y_S=Py_S", "class centering"),
        (r"M=\sum_S\pi_Sy_Sy_S^\top,\ \Sigma=PMP", "second moment of labels, and centered"),
        (r"C=M-ff^\top", "covariance of labels"),
        (
            r"F=\sum_S\pi_SL_S(Wh_S+b)+\frac{\lambda_W}2\|W\|_F^2+\frac{\lambda_H}2\sum_S\pi_S\|h_S\|^2",
            r"""what is minimised, over $W\in\mathbb R^{K\times d}$ with rows $w_k$, prototypes $h_S\in\mathbb R^d$
                and, if it is free, """
            r"the bias $b\in\mathbb R^K$",
        ),
        (r"\lambda=\lambda_W\lambda_H,\ \mu=\sqrt\lambda", "the strength of the penalties"),
        (
            r"L_S",
            r"""PAL-CE: $m_S\log\sum_je^{z_j}-\sum_{k\in S}z_k$; BCE: $\sum_k\log(1+e^{z_k})-y_{S,k}z_k$; MSE:
            $\frac12\|z-y_S\|^2$. PAL-CE leaves out the empty and the full label set""",
        ),
        (r"r_S=-\nabla L_S(z_S)", r"residual at the logits $z_S=Wh_S+b$"),
        (
            r"h_{\{k\}}",
            "prototype of the label set with the single label $k$, *virtual* where that set is not in the support (W2)",
        ),
    ),
    derivations={
        "W1": exact_synthesis,
        "W2": rule,
        "W2a": closed_form,
        "W2b": weights_determined,
        "W2c": reduction_to_averages,
        "W2d": entry_by_entry,
        "W3": free_bias_rule,
        "W3a": uniform_rule,
        "W3b": unbiased_correction,
        "W4": no_bias_rule,
        "W5": finite_penalty,
        "W6": scaled_averages,
        "W6a": complete_layers,
        "W7": frequency_weighted_summands,
        "W8": from_classifier_rows,
        "W8a": when_uniform,
        "W8b": first_order_weights,
    },
    summary=_summary,
)
