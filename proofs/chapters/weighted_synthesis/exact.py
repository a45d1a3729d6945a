r"""Chapter W: readings of the weighted-synthesis rule, each decided.

W1 is here; W2 with its companions is in ``squared_loss.py``, the terminal phase (W3, W4, W8) in ``terminal_rules.py``,
finite penalties (W5, W6, W7) in ``scaled_averages.py``. The table of the note is rendered from the readings that these
derivations prove or refute (``proofs/letters/readings.py``)."""

from proofs.kernel.derivation import Derivation, proves, told
from proofs.letters.feature_model import BIAS, CLASSIFIER, FEATURES, POINTS, h, lam, lambda_H, lambda_W, r
from proofs.letters.readings import Circumstances, Reading, Term
from proofs.letters.vocabulary import S, T, W, e, k

ALWAYS = Circumstances("any", "either", r"every $\lambda$")


@proves("W1")
def exact_synthesis() -> Derivation:
    """W1: every prototype is synthesised from all prototypes, weighted by frequency and residual overlap."""
    overlap = r(S).T * r(T)
    from_all = (FEATURES, 1 / lambda_H * CLASSIFIER.T * r(S))
    return Derivation(
        symbols=((r"r_S=-\nabla L_S(z_S)", "the residual"), (r"e_k^\top r_S=r_{S,k}", "its entries")),
        steps=told(
            r"Stationary features are combinations of classifier rows, with residuals as weights:",
            Reading(
                h(S),
                (Term(e(k).T * r(S) / lambda_H, W.T * e(k), k),),
                "classifier rows",
                ALWAYS,
                POINTS,
                using=(FEATURES,),
            ),
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
            r"With a free bias residuals average to zero, and so do their overlaps with any one of them:",
            POINTS.eq((overlap / lam).over(T), 0, r(S).T / lam * BIAS),
        ),
        variants={
            "the overlap divided by lambda_H only": Reading(
                h(S), (Term(overlap / lambda_H, h(T), T),), "", ALWAYS, POINTS, using=from_all
            ),
            "weights that add up to 1 with a free bias": POINTS.eq((overlap / lam).over(T), 1, r(S).T / lam * BIAS),
            "stationary features only": Reading(
                h(S), (Term(overlap / lam, h(T), T),), "", ALWAYS, POINTS, using=(FEATURES,)
            ),
        },
    )
