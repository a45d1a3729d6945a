r"""Chapter S: the label covariance spectrum, derived.

The functions are in the order of the theory, one claim each, and are read from the statement down.
"""

from __future__ import annotations

import sympy as sp

from proofs.chapters import Contents
from proofs.derivation import Control, Derivation, Identity, Lemma, Solves, Step
from proofs.formula import Letter, eye, number, trace
from proofs.vocabulary import FIXED, PROPER, K, M, P, S, kappa_bar, label_model, m, ones, y

__all__ = ["CONTENTS", "balanced_value"]


def balanced_value() -> Derivation:
    """S1: the uniform distribution on all m-sets has a flat spectrum."""
    a, b = sp.symbols("a b", real=True)
    diagonal, off_diagonal = m / K, m * (m - 1) / (K * (K - 1))
    relabelling = Letter("Pi", K, K, tex=r"\Pi")()
    pattern = (a - b) * eye(K) + b * (ones * ones.T)
    uniform = FIXED.extended(
        letters=(Letter("Pi", K, K, tex=r"\Pi"),),
        models=(
            label_model(
                4,
                {(1, 2): 1, (1, 3): 1, (1, 4): 1, (2, 3): 1, (2, 4): 1, (3, 4): 1},
                name="the uniform distribution on the pairs of 4 labels, swapping labels 1 and 2",
                sizes={a: sp.Rational(1, 2), b: sp.Rational(1, 6)},
                letters={"Pi": lambda: [[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]},
            ),
        ),
    )
    all_sets, with_contrast = sp.binomial(K, m), sp.binomial(K - 2, m - 1)
    return Derivation(
        claim="S1",
        title="the balanced value",
        statement=r"""Let every $m$-subset of $K$ labels be equally likely, $1\le m\le K-1$. Then
            $\Sigma_m=\bar\kappa_mP$ with $\bar\kappa_m=\frac{m(K-m)}{K(K-1)}$: the spectrum on $\mathbf 1^\perp$ is
            flat, and $\kappa_m=\mathrm K_m=\bar\kappa_m$.""",
        source="Li et al. 2024 (the counting constant); the spectral form is textbook design theory",
        symbols=((r"\Pi", "the matrix of a relabelling (a permutation) of the labels"),),
        steps=(
            Step(
                r"""A relabelling permutes the $m$-sets among themselves, all of them equally likely, so $M$ is
                invariant under every relabelling.""",
                Lemma(
                    name="two-transitivity",
                    statement=r"""A matrix invariant under all simultaneous permutations of its rows and columns has one
                    value $a$ on the diagonal and one value $b$ off it, because relabellings carry every label to every
                    label, and every pair of distinct labels to every such pair.""",
                    hypotheses=(
                        (
                            "relabelling the second moment gives the second moment of the relabelled label sets:",
                            Identity(
                                relabelling * M * relabelling.T,
                                ((relabelling * y(S)) * (relabelling * y(S)).T).over(S),
                                uniform,
                            ),
                        ),
                    ),
                    conclusion=rf"M = {uniform.tex(pattern)}",
                ),
            ),
            Step(
                r"""Two counts determine $a$ and $b$. A label set has $m$ labels, so the trace of $yy^\top$ is $m$ and the
                sum of its entries is $m^2$; in the pattern these are $Ka$ and $Ka+K(K-1)b$.""",
                Identity(trace(M), number(m), uniform),
            ),
            Step("Likewise", Identity(ones.T * M * ones, number(m**2), uniform)),
            Step("and in the pattern", Identity(ones.T * pattern * ones, number(K * a + K * (K - 1) * b), uniform)),
            Step(
                "Solving the two equations:",
                Solves(
                    ((K * a, m), (K * a + K * (K - 1) * b, m**2)),
                    ((a, diagonal), (b, off_diagonal)),
                    PROPER,
                    unique=True,
                ),
            ),
            Step(
                r"Centering removes the constant part of the pattern, because $P\mathbf 1=0$:",
                Identity(P * pattern * P, (a - b) * P, uniform),
            ),
            Step(
                "and what is left is the balanced value:",
                Identity(diagonal - off_diagonal, kappa_bar, PROPER),
            ),
            Step(
                r"""Without normalisation by the number of sets, the same value is Li et al.'s counting constant: the
                number of $m$-sets that contain one given label and not another.""",
                Identity((K / m) ** 2 * with_contrast, (K / m) ** 2 * all_sets * kappa_bar, PROPER),
            ),
        ),
        controls=(
            Control(
                r"the denominator $K^2$ instead of $K(K-1)$ in the balanced value",
                Identity(diagonal - off_diagonal, m * (K - m) / K**2, PROPER),
            ),
            Control(
                r"Li et al.'s constant with $\binom{K-1}{m-1}$ in place of $\binom{K-2}{m-1}$",
                Identity((K / m) ** 2 * sp.binomial(K - 1, m - 1), (K / m) ** 2 * all_sets * kappa_bar, PROPER),
            ),
            Control("the pattern not centered", Identity(pattern, (a - b) * P, uniform)),
        ),
        remark=r"""Balance over all $\binom Km$ sets is more than is needed: S7 replaces it by any 2-design.""",
    )


CONTENTS = Contents(
    title="The label covariance spectrum",
    introduction=r"""A label distribution $\pi$ puts probability $\pi_S$ on label sets $S\subset\{1,\dots,K\}$. Its centered
        second moment $\Sigma$ says how strongly the data contrasts labels, direction by direction; the smallest eigenvalue
        $\kappa$ on $\mathbf 1^\perp$ belongs to the weakest contrast. Every statement of this chapter is exact; sizes
        $K$, $m$ and the distribution stay symbolic unless a step says otherwise.""",
    notation=(
        (r"y_S\in\{0,1\}^K", r"the indicator of the label set $S$, and $m_S=\mathbf 1^\top y_S$ its number of labels"),
        (r"\sum_S\pi_S\,(\cdot)", r"expectation over the label distribution, $\sum_S\pi_S=1$"),
        (r"P=I-\frac1K\mathbf 1\mathbf 1^\top", r"class centering, and $\tilde y_S=Py_S$"),
        (r"M=\sum_S\pi_Sy_Sy_S^\top", r"second moment, and $f=\sum_S\pi_Sy_S$ the class frequencies"),
        (r"\Sigma=PMP", r"centered second moment; an index $m$ means given $|S|=m$"),
        (r"\kappa,\ \mathrm K", r"least and largest eigenvalue of $\Sigma$ on $\mathbf 1^\perp$"),
        (r"\bar\kappa_m=\frac{m(K-m)}{K(K-1)}", "the balanced value"),
    ),
    derivations={"S1": balanced_value},
)
