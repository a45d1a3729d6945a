r"""When a minimiser exists, and how large its bias can be (U6b)."""

import sympy as sp

from proofs.chapters.duality.gap_identities import BIASED, bias_term
from proofs.kernel.checks import Equation
from proofs.kernel.compound import every
from proofs.kernel.derivation import Derivation, proves, told
from proofs.kernel.formula import Letter
from proofs.kernel.models import Model
from proofs.kernel.scalars import Scalars
from proofs.letters.feature_model import (
    FEASIBLE,
    FENCHEL_YOUNG_MEAN,
    dual,
    feature_mismatch,
    gaps,
    lambda_H,
    primal,
    slack_term,
    with_letters,
)
from proofs.letters.losses import ENTRIES, at_z, fixed, logits, multiplicity, sigmoid, softmax
from proofs.letters.vocabulary import HALF, MIXED, SETS, K, S, f, label_model, m_of, ones, y

m_bar = sp.Symbol(r"\bar{m}", positive=True)
r_0 = Letter("r0", K, indices=(SETS,), tex="{{r^{{0}}}}_{{{0}}}")
CARDINALITY = Equation("the label cardinality", ones.T * f, m_bar)
OBLIQUE = MIXED.extended(
    definitions=((r_0(S), y(S) - m_of[S.symbol] / m_bar * f),),
    models=(
        label_model(3, {(1,): 1, (2, 3): 2, (3,): 1}, sizes={m_bar: sp.Rational(3, 2)}),
        label_model(4, {(1,): 1, (1, 2): 1, (2, 3, 4): 3, (3,): 2}, sizes={m_bar: 2}),
    ),
)
_shift = Letter("delta", K, tex=r"\delta")
_scale = sp.Symbol("t", positive=True)


def _perturbed(model: Model) -> Model:
    """The model with a perturbation of the frequencies of the first two labels."""
    return with_letters(model, {"delta": lambda: [[1], [-1], *[[0]] * (model.sizes[K] - 2)]}, {_scale: HALF})


_SHIFTED = OBLIQUE.extended(letters=(_shift,), models=tuple(_perturbed(model) for model in OBLIQUE.models))


@proves("U6b")
def existence() -> Derivation:
    """U6b: when a minimiser exists, and how large the bias can be."""
    t = _scale
    share, target, size = sp.symbols("y g m", positive=True)
    delta = _shift()
    of_pal = t * (y(S) - m_of[S.symbol] / m_bar * (f + delta))
    of_bce = t * (y(S) - f - delta)
    cardinality = CARDINALITY * (t / m_bar * (f + delta))
    return Derivation(
        symbols=(
            (
                r"\delta\in\mathbb R^K",
                r"a perturbation of the frequencies, small enough for $f+\delta$ to be frequencies",
            ),
        ),
        steps=told(
            r"""Without assuming $\sum_S\pi_Sr_S=0$ the gap identity U6a bounds the bias: for every $r$ with
            $R\preceq\lambda I$""",
            FEASIBLE.ge(
                primal, dual - bias_term, gaps + lambda_H / 2 * feature_mismatch + slack_term, FENCHEL_YOUNG_MEAN
            ),
            r"""With $r=0$ it reads $F\ge D(0)\ge0$, and U6a says that $F$ then exceeds $D(0)$ by at least the two
                penalties.""",
            r"""Perturb the frequencies that all predictions would be at collapse. For PAL-CE let
            $r_S=t\,(y_S-\frac{m_S}{\bar m}(f+\delta))$ with $\mathbf 1^\top\delta=0$ and $f+\delta\ge0$, for BCE
            $r_S=t\,(y_S-f-\delta)$ with $0\le f+\delta\le1$. They are in the domain, for PAL-CE because""",
            Scalars().eq(
                (share - t * (share - size * target / m_bar)) / size, (1 - t) * share / size + t * target / m_bar
            ),
            r"""is a convex combination of probability vectors, with $g=f+\delta$; BCE in the same way. And
            $D(r)\ge0$, since entropies are nonnegative.""",
            r"Their means are minus the perturbation:",
            every(
                ("PAL-CE", _SHIFTED.eq(of_pal.over(S), -t * delta, -cardinality)),
                ("BCE, MSE", _SHIFTED.eq(of_bce.over(S), -t * delta)),
            ),
            r"""So $F\ge t\,b^\top\delta$. With $\delta=\min_lf_l\,(e_j-e_k)$, respectively
            $\delta=\pm\min(f_k,1-f_k)\,e_k$, these are the bounds of the statement. For MSE any $\delta$ is
            allowed, and $D$ is bounded on $\|\delta\|\le1$. On a set where $F$ is bounded therefore so are $W$,
            $H$ and $b$ (for PAL-CE up to multiples of $\mathbf 1$, which change nothing), and the continuous
            function $F$ has a minimiser.""",
            r"""Conversely, if label $j$ never occurs then $\partial F/\partial b_j=-\sum_s\pi_sr_{s,j}$ (U2) is
            positive at every point, for PAL-CE""",
            ENTRIES.gt(multiplicity * softmax(at_z, fixed), 0),
            r"(for BCE with $\sigma$ in place of $m\,\mathrm{softmax}$), so no point is stationary.",
            r"""If label $j$ is always present, for BCE minus the derivative is a mean of $1-\sigma(z_{S,j})$,
            positive too:""",
            ENTRIES.gt(1 - sigmoid(at_z, fixed), 0, 1 / (1 + sp.exp(logits[fixed]))),
        ),
        variants={
            "the bound without the bias term": BIASED.ge(
                primal - dual, 0, gaps + lambda_H / 2 * feature_mismatch + slack_term, FENCHEL_YOUNG_MEAN
            ),
            "the mean with the opposite sign": _SHIFTED.eq(of_pal.over(S), t * delta, -cardinality),
            "the residuals of BCE for PAL-CE, which do not add up to zero": _SHIFTED.eq(ones.T * of_bce, 0),
            "PAL-CE asks for absence too": ENTRIES.ge(1 - multiplicity * softmax(at_z, fixed), 0),
        },
    )
