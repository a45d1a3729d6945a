r"""When everything collapses, for each loss and bias (U9)."""

from typing import Any

import sympy as sp

from proofs.chapters.duality.existence import CARDINALITY, OBLIQUE, m_bar, r_0
from proofs.kernel.checks import Equation
from proofs.kernel.compound import every
from proofs.kernel.derivation import Derivation, proves, told
from proofs.kernel.explicit import Instance
from proofs.kernel.formula import Letter, eye, number
from proofs.kernel.scalars import Scalars
from proofs.letters.feature_model import PARTIAL_RANK, POINTS, SADDLE, primal
from proofs.letters.losses import BCE, ENTRIES, PAL, entry, fixed, indicator, labels, multiplicity, over_labels
from proofs.letters.vocabulary import FIXED, HALF, MIXED, K, M, S, Sigma, f, m, ones, y, y_tilde

# ====================================================================== U9: the collapse threshold

_Q = Letter("Q", K, K)()
_C = Letter("C", K, K, symmetric=True)()
_COVARIANCE = (_C, M - f * f.T)
_OBLIQUE = OBLIQUE.extended(definitions=((_Q, eye(K) - 1 / m_bar * (f * ones.T)), _COVARIANCE))
_ONE_SIZE = FIXED.extended(definitions=(_COVARIANCE,))


@proves("U9")
def collapse_threshold() -> Derivation:
    """U9: when W = 0 is globally optimal, for each loss and bias."""
    frequency = sp.Symbol("f", positive=True)
    below_one = Scalars((frequency < 1,))
    total = sp.Symbol(r"\bar{m}", positive=True)
    of_labels = sp.IndexedBase("f", positive=True)
    at_frequencies = PAL.residual(lambda at: sp.log(of_labels[at]), labels, multiplicity, fixed)
    frequencies_add_up = Equation("the label cardinality", over_labels(of_labels[entry]), total)
    two_labels = Scalars((K >= 2,), points=({K: 2, of_labels[1]: HALF, of_labels[2]: 1, total: 3 * HALF},))
    cofactor = multiplicity * of_labels[fixed] / (total * over_labels(of_labels[entry]))

    def nothing(at: Any) -> Any:  # noqa: ARG001
        return sp.Integer(0)

    def log_odds(at: Any) -> Any:  # noqa: ARG001
        return sp.log(frequency) - sp.log(1 - frequency)

    half_off = (y(S) - HALF * ones) * (y(S) - HALF * ones).T
    mean_off = (y(S) - f) * (y(S) - f).T
    return Derivation(
        symbols=(
            (r"C", r"the covariance of the label indicator"),
            (r"Q", r"the oblique centering that takes $y_S$ to $y_S-\frac{m_S}{\bar m}f$"),
        ),
        steps=told(
            r"""Without bias the residuals are those at zero logits: $y$ for MSE, $y-\sigma(0)=y-\frac12\mathbf 1$
            for BCE, and for PAL-CE, where softmax is uniform, $\tilde y$:""",
            ENTRIES.eq(PAL.residual(nothing, labels, multiplicity, fixed), indicator[fixed] - multiplicity / K),
            r"""With a free bias $b$ minimises a convex function, so it is optimal iff the mean residual is zero
            (U2). The candidates are $b=\log f$ for PAL-CE and $b=\log\frac f{1-f}$ for BCE, entry by entry, and
            $b=f$ for MSE. Their residuals are""",
            every(
                (
                    "PAL-CE",
                    two_labels.eq(
                        at_frequencies,
                        indicator[fixed] - multiplicity / total * of_labels[fixed],
                        frequencies_add_up * cofactor,
                    ),
                ),
                (
                    "BCE",
                    below_one.eq(BCE.residual(log_odds, labels, multiplicity, fixed), indicator[fixed] - frequency),
                ),
            ),
            r"and both have mean zero:",
            every(
                ("PAL-CE", _OBLIQUE.eq(r_0(S).over(S), 0, CARDINALITY * (-1 / m_bar * f))),
                ("BCE, MSE", MIXED.eq((y(S) - f).over(S), 0)),
            ),
            r"""At $W=0$ and $h_S=0$ the equations (U2) hold with these residuals, so U7 applies, and with
            $\mathrm{rank}\,W=0$ its converse needs one feature dimension only: the collapsed point is optimal iff
            $R^0\preceq\lambda I$, that is iff $\lambda\ge\lambda_{\max}(R^0)$. The second moments:""",
            every(
                ("PAL-CE", MIXED.eq((y_tilde(S) * y_tilde(S).T).over(S), Sigma)),
                ("PAL-CE, bias", _OBLIQUE.eq((r_0(S) * r_0(S).T).over(S), _Q * M * _Q.T)),
                ("BCE", MIXED.eq(half_off.over(S), M - HALF * (f * ones.T + ones * f.T) + HALF / 2 * (ones * ones.T))),
                ("BCE, MSE, bias", _OBLIQUE.eq(mean_off.over(S), _C)),
            ),
            r"For PAL-CE with bias and one multiplicity, $\bar m=m$ and $Q=I-\frac1mf\mathbf 1^\top$:",
            _ONE_SIZE.eq((eye(K) - 1 / m * (f * ones.T)) * M * (eye(K) - 1 / m * (ones * f.T)), _C),
            r"""Both sides of the threshold, in one instance: MSE, $b=0$, probabilities $\frac45$ and $\frac15$ of
            two single labels, where $\lambda_{\max}(R^0)=\frac45$. At $\lambda=\frac9{20}$ the collapsed point
            costs more than the optimum of rank 1:""",
            every(
                ("collapsed", Instance(primal, "==", HALF, POINTS, SADDLE)),
                ("rank 1", Instance(number(HALF), ">", primal, POINTS, PARTIAL_RANK)),
            ),
        ),
        variants={
            "PAL-CE with a bias: R^0 = C for mixed multiplicities": _OBLIQUE.eq((r_0(S) * r_0(S).T).over(S), _C),
            "PAL-CE with a bias: residuals y_S - f, which do not add up to zero over the labels": MIXED.eq(
                ones.T * (y(S) - f), 0
            ),
            "BCE without a bias: the threshold of MSE": MIXED.eq(half_off.over(S), M),
            "BCE with a bias at log-frequencies instead of log-odds": below_one.eq(
                BCE.residual(lambda _: sp.log(frequency), labels, multiplicity, fixed), indicator[fixed] - frequency
            ),
            "the optimum below the threshold as costly as the collapsed point": Instance(
                primal, "==", HALF, POINTS, PARTIAL_RANK
            ),
        },
    )
