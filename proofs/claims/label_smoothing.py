"""Entries Y: losses with finite targets."""

from __future__ import annotations

from proofs.claims.entry import Chapter, Claim, Formal, Setting
from proofs.claims.hypotheses import LABEL_SETS

__all__ = ["CHAPTER", "PLAIN"]

BCE = Setting("BCE with label smoothing", "none", "d >= K", "K, of N")
BCE_FREE = Setting("BCE with label smoothing", "free", "d >= K", "K, of C")
PAL = Setting("PAL-CE with label smoothing", "none", "d >= K - 1", "K - 1, of the second moment of c_m P y")
PAL_FREE = Setting("PAL-CE with label smoothing", "free", "d >= K - 1", "K - 1, of the covariance of c_m P y")

SPAN = "every target in the rule lies in the span of the targets of the support, centered if there is a free bias"
SMOOTHED = "0 < eps < 1"
LIMITS = """that the prototypes, virtual ones whose target is in that span included, tend to W^+ z*_S, less the mean
    target with a free bias (Y0)"""

PLAIN = "sum[k](e[k]'*y[S]*h1[k])"
COMMON = "(c[S]*m[S]/c1 - 1)/(c1 - total)"

CHAPTER = Chapter(
    name="label_smoothing",
    title="Label smoothing",
    introduction=r"""With label smoothing $\varepsilon$ a loss is least at a *finite* logit $z^*_S$. As $\lambda\to0$
        the logits tend to it, whatever the labels: no sign condition, and an error of order $\sqrt\lambda$ instead of
        $1/\log\frac1\lambda$. Prototypes inherit every linear relation among the targets (Y0, which is stated in words
        here and is what the claims below lack). A target must be in the span of those of the support: the virtual
        prototype of a label outside of it follows no rule, as for K = 3 and the one label set {1,2}.""",
    notation=(
        (
            r"\varepsilon",
            r"""label smoothing: targets are $(1-\varepsilon)y_S+\frac\varepsilon2$ for BCE, and for PAL-CE
            $(1-\varepsilon)y_S+\varepsilon\frac{m_S}K$""",
        ),
        (r"z^*_S", r"the logits at which the prediction is the target"),
        (
            r"\ell=\log\frac{2-\varepsilon}\varepsilon,\ c_m=\log\bigl(1+\frac{K(1-\varepsilon)}{m\varepsilon}\bigr)",
            r"their sizes: $z^*_S=\ell s_S$ for BCE, $z^*_S=c_mPy_S$ for PAL-CE",
        ),
        (r"W^+", "the pseudo-inverse of the terminal classifier"),
        (r"\tilde f=\sum_S\pi_Sc_{m_S}y_S,\ \tilde F=\mathbf 1^\top\tilde f", "scaled frequencies, and their sum"),
    ),
    claims=(
        Claim(
            id="Y1",
            title="uniform rule, smoothed BCE",
            setting=BCE,
            hypotheses=(SMOOTHED, SPAN, "K is not 2"),
            text="""h_S = sum_{k in S} h_{k} - (m_S - 1)/(K - 2) sum_j h_{j} for the limits as lambda tends to 0,
                whatever the imbalance and without a sign condition""",
            tex=r"""$z^*_S=\ell s_S$, so that $h_S=\sum_{k\in S}h_{\{k\}}-\frac{m_S-1}{K-2}\sum_jh_{\{j\}}$ in the limit
                ($K\ne2$).""",
            source="new here",
            domain="singletons",
            variants={"plain sums": "both", "K in place of K - 2": "both"},
            formal=Formal(
                letters=("h1[labels]: d", "A: d x K"),
                given=(
                    "all S: h[S] = A*(2*y[S] - ones)",
                    "all k: h1[k] = A*(2*e[k] - ones)",
                    "K - 2 != 0",
                    *LABEL_SETS,
                ),
                goal=f"all S: h[S] = {PLAIN} - (m[S] - 1)/(K - 2)*sum[k](h1[k])",
                lacks=LIMITS,
            ),
        ),
        Claim(
            id="Y1a",
            title="weighted rule, smoothed BCE",
            setting=BCE_FREE,
            hypotheses=(SMOOTHED, SPAN, "m-bar is not 1"),
            text="""h_S = sum_{k in S} h_{k} - (m_S - 1)/(m-bar - 1) sum_j f_j h_{j} for the limits as lambda tends
                to 0: the class-frequency-weighted rule, without a sign condition""",
            tex=r"""$z^*_S$ less its mean is $2\ell(y_S-f)$, so that $h_S=\sum_{k\in S}h_{\{k\}}-\frac{m_S-1}{\bar
                m-1}\sum_jf_jh_{\{j\}}$ in the limit ($\bar m\ne1$).""",
            source="the paper's abstract (P1) in the reading of the synthesis; new here",
            domain="singletons",
            variants={"plain sums": "both", "uniform corrections": "both"},
            formal=Formal(
                letters=("h1[labels]: d", "A: d x K"),
                given=(
                    "all S: h[S] = A*(y[S] - f)",
                    "all k: h1[k] = A*(e[k] - f)",
                    "mbar - 1 != 0",
                    "f := sum[S](y[S])",
                    "mbar = sum[S](m[S])",
                    *LABEL_SETS,
                ),
                goal=f"all S: h[S] = {PLAIN} - (m[S] - 1)/(mbar - 1)*sum[k](e[k]'*f*h1[k])",
                lacks=LIMITS,
            ),
        ),
        Claim(
            id="Y2",
            title="scaled averages, smoothed PAL-CE",
            setting=PAL,
            hypotheses=(SMOOTHED, SPAN),
            text="""h_S = c_m/c_1 sum_{k in S} h_{k} for the limits as lambda tends to 0, with c_m = log(1 + K (1 -
                eps)/(m eps)) for sets of m labels: scaled tag-wise averaging with one known factor per multiplicity,
                whatever the imbalance and the correlations of the labels""",
            tex=r"""$z^*_S=c_{m_S}Py_S$, so that $h_S=\frac{c_m}{c_1}\sum_{k\in S}h_{\{k\}}$ in the limit: the
                scaled-average part of the conjecture of Li et al. is true under label smoothing, with no
            orthogonality.""",
            source="new here (the conjecture is of Li et al. 2024)",
            gloss="tag-wise averaging holds in the limit for any imbalance if labels are smoothed",
            domain="singletons",
            variants={"plain sums": "both", "the factor c_1/c_m": "both"},
            remark=r"""*Two limits do not commute* (Y4). As $\varepsilon\to0$ after $\lambda\to0$ the factor tends to
                1: plain sums for every distribution that meets the hypothesis; $\lambda\to0$ at $\varepsilon=0$
                gives them under the sign condition (W4).""",
            formal=Formal(
                letters=("h1[labels]: d", "A: d x K", "c[sets]: 1", "c1: 1"),
                given=("all S: h[S] = c[S]*(A*y[S])", "all k: h1[k] = c1*(A*e[k])", "c1 != 0", *LABEL_SETS),
                goal=f"all S: h[S] = c[S]/c1*{PLAIN}",
                lacks=LIMITS,
            ),
        ),
        Claim(
            id="Y2a",
            title="scaled weighted rule, smoothed PAL-CE",
            setting=PAL_FREE,
            hypotheses=(SMOOTHED, SPAN, "F~ is not c_1, which it is for single labels only"),
            text="""h_S = c_m/c_1 sum_{k in S} h_{k} + (c_m m/c_1 - 1)/(c_1 - F~) sum_j f~_j h_{j} for the limits as
                lambda tends to 0, with f~ = sum pi_S c_m y_S and F~ its sum""",
            tex=r"""$h_S=\frac{c_m}{c_1}\sum_{k\in S}h_{\{k\}}+\frac{c_mm/c_1-1}{c_1-\tilde F}\sum_j\tilde
                f_jh_{\{j\}}$ in the limit ($\tilde F\ne c_1$).""",
            source="new here",
            domain="singletons",
            variants={"scaled sums": "both", "plain class frequencies": "both"},
            formal=Formal(
                letters=("h1[labels]: d", "A: d x K", "c[sets]: 1", "c1: 1", "ft: K", "total: 1"),
                given=(
                    "all S: h[S] = c[S]*(A*y[S]) - A*ft",
                    "all k: h1[k] = c1*(A*e[k]) - A*ft",
                    "c1 != 0",
                    "c1 - total != 0",
                    "ft := sum[S](c[S]*y[S])",
                    "total = sum[S](c[S]*m[S])",
                    *LABEL_SETS,
                ),
                goal=f"all S: h[S] = c[S]/c1*{PLAIN} + {COMMON}*sum[k](e[k]'*ft*h1[k])",
                lacks=LIMITS,
            ),
        ),
    ),
)
