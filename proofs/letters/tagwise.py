r"""The entropy of O1 as a function of its argument, and tag-wise logits, for the two modules of chapter L.

:math:`H_m(c)` is written in terms of the odds :math:`1+\varepsilon` of a label of the set against one outside, which
are positive and make every logarithm visible: :math:`c=\frac K{K+m\varepsilon}`. :data:`TAGWISE` has logits
:math:`s_S\tilde y_S` with one factor per label set, and the root :math:`Q` of their second moment.
"""

from dataclasses import replace
from typing import Any

import sympy as sp

from proofs.kernel.checks import Equation
from proofs.kernel.compound import Lemma, lemma
from proofs.kernel.formula import Formula, Letter, number
from proofs.kernel.models import Model
from proofs.kernel.outcome import Sign
from proofs.kernel.scalars import Scalars
from proofs.letters.roots import (
    PAIRS,
    ROOTS_MIXED,
    SINGLES_AND_PAIRS,
    TWO_OF_FOUR,
    lam_h,
    lam_w,
    root_model,
    root_rules,
)
from proofs.letters.vocabulary import HALF, K, S, m, m_of, y_tilde

# ====================================================================== the entropy bound and its argument

excess = sp.Symbol("varepsilon", nonnegative=True)
r"""Odds :math:`1+\varepsilon` of a label of the set against one outside; :math:`\varepsilon=0` is collapse."""
COUNTS = Scalars((m >= 1, m + 1 <= K))


def argument(of: Any = excess, size: Any = m) -> Any:
    r""":math:`c\in(0,1]` in terms of the odds: :math:`\frac{K(1-c)}{mc}=\varepsilon`."""
    return K / (K + size * of)


def tagwise_entropy(of: Any = excess, size: Any = m) -> Any:
    r""":math:`H_m(c)`, the entropy of O1 times :math:`m`, in terms of the odds; nats."""
    return size * sp.log(K + size * of) - size**2 * (1 + of) * sp.log(1 + of) / (K + size * of)


def tagwise_loss(of: Any = excess, size: Any = m) -> Any:
    r"""PAL-CE of the logits :math:`s\,\tilde y_S` with :math:`e^s=1+\varepsilon`; nats."""
    return size * sp.log(K + size * of) - size * sp.log(1 + of)


def contrast_slope(of: Any = excess, size: Any = m) -> Any:
    r""":math:`H_m'(c)`, which is nonnegative, and zero only at collapse."""
    return size * (K - size) / K * sp.log(1 + of)


p_in, p_out = (1 + excess) / (K + m * excess), 1 / (K + m * excess)
c = argument()
H = tagwise_entropy()


def at(model: Model, name: str = "", **more: Any) -> Model:
    """The model with further values: ``sizes``, ``letters`` or ``functions``."""
    fields: dict[str, Any] = {key: {**getattr(model, key), **value} for key, value in more.items()}
    return replace(model, name=name or model.name, **fields)


def weak_duality(*hypotheses: tuple[str, Any], conclusion: str) -> Lemma:
    """Weak duality as a lemma, with its hypotheses checked for the dual point at hand."""
    return lemma(
        "U6 (weak duality)",
        r"""PAL-CE without bias: residuals with $\mathbf 1^\top r_S=0$, with $p_S=(y_S-r_S)/m_S\ge0$ and with
            $R=\sum_S\pi_Sr_Sr_S^\top\preceq\lambda I$ give $\min F\ge\sum_S\pi_Sm_S\mathcal H(p_S)$.""",
        *hypotheses,
        gives=conclusion,
    )


# ====================================================================== tag-wise logits

_c, _s = (sp.IndexedBase(name, positive=True) for name in ("c", "s"))
c_S, s_S, m_S = _c[S.symbol], _s[S.symbol], m_of[S.symbol]
t = sp.Symbol("t", positive=True)
_Q = Letter("Q", K, K, symmetric=True, sign=Sign.NONNEGATIVE)
_Q_inverse = Letter("Q^+", K, K, tex="Q^{+}", symmetric=True, sign=Sign.NONNEGATIVE)
_Pi_q = Letter("Pi_Q", K, K, tex=r"\Pi_Q", symmetric=True, sign=Sign.NONNEGATIVE)
Q, Q_inverse, Pi_q = _Q(), _Q_inverse(), _Pi_q()


def _with_q(model: Model) -> Model:
    """The instance with every s and c equal to one, so that Q is the root."""
    return at(
        model,
        sizes={t: 1},
        letters={"Q": model.letters["Sigma^{1/2}"], "Q^+": model.letters["Sigma^{+1/2}"], "Pi_Q": model.letters["Pi"]},
        functions={"s": lambda _: 1, "c": lambda _: 1},
    )


FLAT = root_model(
    {(1, 2): 1, (3, 4): 1}, (1, 0, 0), letters={"W": lambda: [[HALF, 0], [HALF, 0], [-HALF, 0], [-HALF, 0]]}
)
"""Rank 1: two complementary pairs; the classifier has the root as its Gram matrix."""
EVEN = root_model(
    {(1,): 1, (2,): 1, (3,): 1, (4,): 1, (1, 2, 3): 1, (1, 2, 4): 1, (1, 3, 4): 1, (2, 3, 4): 1},
    ("1/2", "1/2", "1/2"),
    sizes={lam_w: HALF, lam_h: HALF},
)
r"""Perfect orthogonality with two multiplicities, where :math:`\lambda` is the eigenvalue of :math:`\Sigma`."""
TAGWISE = ROOTS_MIXED.extended(
    letters=(_Q, _Q_inverse, _Pi_q),
    rules=root_rules(Q, Q_inverse, Pi_q),
    models=[_with_q(model) for model in (FLAT, SINGLES_AND_PAIRS, PAIRS, EVEN, TWO_OF_FOUR)],
)
"""Tag-wise logits: one factor per label set, and the root Q of their second moment."""
logits = s_S * y_tilde(S)
logit_moment = (logits * logits.T).over(S)
SQUARE_Q = Equation("the root of the second moment of the logits", logit_moment, Q * Q)
RANGE_Q = Equation("logits lie in the range of their second moment", Pi_q * logits, logits)


def energy(of: Any) -> Formula:
    """The mean of ``of`` times the squared norm of a centered indicator."""
    return number(of * m_S * (K - m_S) / K).over(S)
