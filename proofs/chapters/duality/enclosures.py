r"""From a duality gap to an enclosure of the whole geometry (U11 and the sharper U11a)."""

from typing import Any

import sympy as sp

from proofs.chapters.duality.gap_identities import UNFIT, gap_is_at_least
from proofs.kernel.algebra import Algebra
from proofs.kernel.checks import Equation, Solves
from proofs.kernel.compound import Lemma, every, lemma
from proofs.kernel.derivation import Derivation, Part, proves, told
from proofs.kernel.formula import Letter, eye, norm2
from proofs.kernel.models import Model
from proofs.kernel.outcome import Sign
from proofs.kernel.scalars import Scalars
from proofs.letters.feature_model import (
    BOUNDED,
    FEASIBLE,
    FENCHEL_YOUNG,
    FENCHEL_YOUNG_MEAN,
    POINTS,
    Above,
    R,
    dual,
    dual_value,
    feature_mismatch,
    gap,
    gaps,
    lam,
    lambda_H,
    lambda_W,
    loss_value,
    primal,
    r,
    rho,
    slack_term,
    without_bias_term,
    z,
)
from proofs.letters.losses import ENTRIES, at_z, entry, fixed, multiplicity, over_labels, simplex, softmax
from proofs.letters.vocabulary import HALF, PERCENT, SETS, K, S, d, label_model, v

_a, _t = sp.symbols("a s", positive=True)
_UP = Scalars((_a < 1, _t < 1, _t >= _a))
_DOWN = Scalars((_a < 1, _t < 1, _t <= _a))
_kl = _a * sp.log(_a / _t) + (1 - _a) * sp.log((1 - _a) / (1 - _t))


def _monotone(conclusion: str, bound: Any, size: Any, rising: bool) -> Lemma:
    """``kl(a || s) >= bound`` on one side of ``s = a``, where both vanish; the difference has slope ``±size``."""
    setting, side = (_UP, r"s\ge a") if rising else (_DOWN, r"s\le a")
    return lemma(
        "mean value theorem",
        r"""A differentiable function is increasing where its derivative is nonnegative, and decreasing
        where it is nonpositive.""",
        (rf"the derivative, with ${side}$:", setting.eq(sp.Derivative(_kl - bound, _t), size if rising else -size)),
        ("its sign:", setting.ge(size, 0)),
        gives=conclusion,
    )


def _budget() -> Part:
    return Part(
        title="The budget",
        statement=r"""If a point and a feasible $r$ have gap $F-D(r)\le\varepsilon$, then
            $\sum_S\pi_S\Delta_S(r^*_S,z_S)\le\varepsilon$.""",
        source="new here",
        steps=told(
            r"By weak duality $F-D(r^*)\le F-D(r)\le\varepsilon$. Use U6a with $r=r^*$, the feasible dual optimum:",
            gap_is_at_least(gaps, UNFIT),
            r"The terms are nonnegative, so each satisfies $\pi_S\Delta_S(r^*_S,z_S)\le\varepsilon$.",
        ),
        variants={"twice the divergence within the gap": gap_is_at_least(2 * gaps, UNFIT)},
    )


def _predictions() -> Part:
    steepness = (1 - 2 * _t) ** 2 / (_t * (1 - _t))
    eps, weight = sp.symbols("epsilon pi_S", positive=True)
    distance = sp.sqrt(2 * eps / (weight * multiplicity))

    def within(radius: Any) -> Solves:
        return Solves(((weight * multiplicity * _x**2 / 2, eps),), ((_x, radius),), Scalars())

    return Part(
        title="Predictions",
        statement=r"""$\|p^*_S-\mathrm{softmax}(z_S)\|_1\le\sqrt{2\varepsilon/(\pi_Sm_S)}$ for PAL-CE,
            $|q^*_{S,k}-\sigma(z_{S,k})|\le\sqrt{\varepsilon/(2\pi_S)}$ for BCE, and
            $\|r^*_S-(y_S-z_S)\|\le\sqrt{2\varepsilon/\pi_S}$ for MSE.""",
        source="new here, by Pinsker's inequality",
        symbols=((r"\mathrm{kl}(a\,\|\,s)", r"the binary divergence $a\log\frac as+(1-a)\log\frac{1-a}{1-s}$"),),
        steps=told(
            r"PAL-CE: $\Delta_S=m_S\mathrm{KL}(p^*_S\,\|\,\mathrm{softmax}(z_S))$.",
            lemma(
                "Pinsker's inequality",
                r"$\mathrm{KL}(p\,\|\,q)\ge\frac12\|p-q\|_1^2$ for probability vectors.",
                ("a dual prediction is a probability vector:", ENTRIES.eq(over_labels(simplex(entry)), 1)),
                ("so is softmax,", ENTRIES.eq(over_labels(softmax(at_z, entry)), 1)),
                ("which is positive:", ENTRIES.gt(softmax(at_z, fixed), 0)),
                gives=r"\pi_Sm_S\cdot\tfrac12\|p^*_S-\mathrm{softmax}(z_S)\|_1^2\ \le\ \varepsilon",
            ),
            "Solved for the distance, it is at most $\\delta$ with",
            within(distance),
            r"""BCE: $\Delta_S$ is a sum of binary divergences, for which $\mathrm{kl}(a\,\|\,s)\ge2(s-a)^2$. Both
            sides vanish at $s=a$. Above it""",
            _monotone(
                r"\mathrm{kl}(a\,\|\,s)\ \ge\ 2(s-a)^2\qquad(s\ge a)",
                2 * (_t - _a) ** 2,
                (_t - _a) * steepness,
                rising=True,
            ),
            r"and below it the difference decreases:",
            _monotone(
                r"\mathrm{kl}(a\,\|\,s)\ \ge\ 2(s-a)^2\qquad(s\le a)",
                2 * (_t - _a) ** 2,
                (_a - _t) * steepness,
                rising=False,
            ),
            r"""So $2\pi_S(q^*_{S,k}-\sigma(z_{S,k}))^2\le\varepsilon$. For MSE
            $\Delta_S=\frac12\|z_S-(y_S-r^*_S)\|^2$, and there is nothing left to do.""",
        ),
        variants={
            "binary Pinsker with 3 in place of 2": Scalars((_a < 1, _t < 1)).ge(_kl - 3 * (_t - _a) ** 2, 0),
            "the derivative without the correction for the square": _UP.eq(
                sp.Derivative(_kl - 2 * (_t - _a) ** 2, _t), (_t - _a) / (_t * (1 - _t))
            ),
            "radius 1 % too small": within(distance / PERCENT),
            "the gap for its root": within(distance**2),
            "frequency left out": within(distance * sp.sqrt(weight)),
        },
        remark=r"""The logits $z^*$ are the (centered) logarithm, the log-odds, or the affine image of an interval,
            and $G^*$ and all inner products follow by interval arithmetic from U10: a duality gap is a rigorous
            enclosure of the whole geometry. For PAL-CE and BCE this needs intervals that exclude 0 (and 1), for which
            U11a is much better.""",
    )


_x = sp.Symbol("delta", positive=True)


def _shrinking() -> Part:
    ratio = sp.Symbol("t", positive=True)
    shrunk = Letter("D(tr)", tex=r"D_{{{0}}}(t\,r_{{{0}}})", indices=(SETS,))
    at_zero = Letter("D(0)", tex=r"D_{{{0}}}(0)", indices=(SETS,))
    gap_zero = Letter("Delta0", tex=r"\Delta_{{{0}}}(0,z_{{{0}}})", indices=(SETS,), sign=Sign.NONNEGATIVE)

    def half_square(vector: sp.Matrix) -> sp.Matrix:
        return vector.T * vector / 2

    factor = sp.Rational(1, 3)
    label, residual = sp.Matrix([1, 0]), sp.Matrix([2, -1])
    tight = label - factor * residual
    model = label_model(
        2,
        {(1,): 1},
        name="one label set under MSE, t = 1/3",
        sizes={d: 2, lambda_W: 1, lambda_H: 1, rho: 5, ratio: factor},
        letters={
            "W": lambda: sp.eye(2),
            "h": lambda s: tight,  # noqa: ARG005
            "b": lambda: sp.zeros(2, 1),
            "r": lambda s: residual,  # noqa: ARG005
            "L": lambda s: half_square(tight - label),  # noqa: ARG005
            "D": lambda s: residual.T * label - half_square(residual),  # noqa: ARG005
            "Delta": lambda s: half_square(tight - label + residual),  # noqa: ARG005
            "D(tr)": lambda s: factor * residual.T * label - half_square(factor * residual),  # noqa: ARG005
            "D(0)": lambda s: sp.zeros(1, 1),  # noqa: ARG005
            "Delta0": lambda s: half_square(tight - label),  # noqa: ARG005
        },
    )
    algebra = POINTS.extended(
        letters=(shrunk, at_zero, gap_zero), definitions=((Above, rho * eye(K) - R),), models=(model,)
    )
    tight_at = Equation("the choice of z", loss_value(S) - shrunk(S), -ratio * (r(S).T * z(S)))
    zero_candidate = Equation("the Fenchel-Young identity at 0", loss_value(S) - at_zero(S), gap_zero(S))
    p, label_share = sp.symbols("p y", real=True)
    shrunk_candidate = ratio * (label_share - multiplicity * p)
    scale = lam / rho
    return Part(
        title="Making a dual point feasible",
        statement=r"""Shrinking $r\mapsto t\,r$ with $0<t\le1$ stays in the domain and keeps mean zero; with
            $t^2=\lambda/\lambda_{\max}(R)$ it makes $R\preceq\lambda I$; and it costs at most
            $D(t\,r)\ge t\,D(r)+(1-t)D(0)$, with $D_S(0)=m_S\log m_S$ for PAL-CE and 0 for BCE and MSE.""",
        source="new here",
        symbols=((r"\rho", r"$\lambda_{\max}(R)$ or an upper bound of it, $\rho I-R$ positive semidefinite"),),
        steps=told(
            r"""Entry by entry, the probabilities that belong to $t\,r$ are a convex combination of the given ones
            and of the labels' own, $y/m$ for PAL-CE and $y$ for BCE:""",
            every(
                (
                    "PAL-CE",
                    Scalars().eq(
                        (label_share - shrunk_candidate) / multiplicity,
                        ratio * p + (1 - ratio) * label_share / multiplicity,
                    ),
                ),
                ("BCE", Scalars().eq(label_share - ratio * (label_share - p), ratio * p + (1 - ratio) * label_share)),
            ),
            r"The second moment scales with $t^2$:",
            algebra.ge(lam * (v.T * v), scale * (v.T * R * v), scale * (v.T * Above * v)),
            r"""For the value let $z_S$ be where $D_S(t\,r_S)=L_S(z_S)+t\,r_S^\top z_S$ (at the boundary of the
            domain, a sequence of such). The same $z_S$ is a competitor for $r_S$ and for 0:""",
            algebra.extended(scalars=Scalars((ratio <= 1,))).ge(
                shrunk(S),
                ratio * dual_value(S) + (1 - ratio) * at_zero(S),
                ratio * gap(S) + (1 - ratio) * gap_zero(S),
                Equation(tight_at.name, -tight_at.left, -tight_at.right),
                ratio * FENCHEL_YOUNG,
                (1 - ratio) * zero_candidate,
            ),
        ),
        variants={
            "the label's own probabilities without the division by m": Scalars().eq(
                (label_share - shrunk_candidate) / multiplicity, ratio * p + (1 - ratio) * label_share
            ),
            "t too large by a factor of two": BOUNDED.ge(
                lam * (v.T * v) - 2 * scale * (v.T * R * v), 0, scale * (v.T * Above * v)
            ),
            "shrinking raises the value by as much as it may cost": algebra.ge(
                ratio * dual_value(S) + (1 - ratio) * at_zero(S) - shrunk(S),
                0,
                None,
                Equation(tight_at.name, -tight_at.left, -tight_at.right),
                ratio * FENCHEL_YOUNG,
                (1 - ratio) * zero_candidate,
            ),
        },
    )


@proves("U11")
def gap_to_enclosure() -> Derivation:
    """U11: a small duality gap encloses all predictions, and with them the geometry."""
    return Derivation.in_parts(_budget(), _predictions(), _shrinking())


@proves("U11a")
def sharper_enclosure() -> Derivation:
    """U11a: two-sided and relative enclosures."""
    first, second = sp.symbols("s p", real=True)
    unknown = sp.Symbol("x", real=True)
    middle = (first + second) / 2
    eta = sp.Symbol("eta", positive=True)
    names = {"r*": "r^*", "r^": r"\hat r", "r": "r"}
    letters = tuple(Letter(name, K, tex=tex) for name, tex in names.items())
    star, one, other = (letter() for letter in letters)
    vectors = Algebra(
        letters=letters,
        models=(
            Model(
                name="three vectors in the plane",
                sizes={K: 2},
                letters={"r*": lambda: [[1], [2]], "r^": lambda: [[0], [-1]], "r": lambda: [[3], [5]]},
            ),
        ),
    )
    centre = HALF * (one + other)
    rest = over_labels(simplex(entry) * (1 - sp.KroneckerDelta(entry, fixed)))
    largest = _t + eta + sp.sqrt(eta**2 + 2 * _t * eta)
    return Derivation(
        symbols=(
            (r"\mathrm{kl}(a\,\|\,s)", r"the binary divergence; $a$ stands for $p^*_k$ and $s$ for $\hat p_k$"),
            (r"x,\ s,\ p", r"$p^*_k$, $\hat p_k$ and $p_k$ in the steps on the midpoint"),
        ),
        steps=told(
            r"""By U6a at the computed point with $r^*$, and at an optimal point with the computed $r$, the two
            halves of the gap bound the two divergences: $F-\min F\ge\sum_S\pi_S\Delta_S(r^*_S,z_S)$ and $\min
            F-D(r)\ge\sum_S\pi_S\Delta_S(r_S,z^*_S)$. The same inequality serves both:""",
            FEASIBLE.ge(
                primal - dual,
                gaps,
                lambda_H / 2 * feature_mismatch + slack_term,
                FENCHEL_YOUNG_MEAN,
                without_bias_term("free bias"),
            ),
            r"and the same without bias (U11).",
            r"For PAL-CE a single coordinate is a coarser prediction.",
            lemma(
                "log-sum inequality",
                r"""Merging outcomes does not increase the divergence:
                $\mathrm{KL}(p\,\|\,q)\ge\mathrm{kl}(p_j\,\|\,q_j)$.""",
                ("the others have the rest of the mass:", _IN_LABELS.eq(rest, 1 - simplex(fixed))),
                ("and the prediction is positive:", ENTRIES.gt(softmax(at_z, fixed), 0)),
                gives=r"\Delta_S(r,z)\ \ge\ m_S\,\mathrm{kl}\left(p_j\,\|\,\mathrm{softmax}(z)_j\right)",
            ),
            r"""By binary Pinsker (U11) $2(x-s)^2+2(x-p)^2\le\frac{\varepsilon}{\pi_Sm_S}$. The two squares are
            centred between $s$ and $p$:""",
            Scalars().eq(
                2 * (unknown - first) ** 2 + 2 * (unknown - second) ** 2,
                4 * (unknown - middle) ** 2 + (first - second) ** 2,
            ),
            r"For MSE $\frac12\|r^*-\hat r\|^2+\frac12\|r^*-r\|^2\le\frac{\varepsilon}{\pi_S}$ in the same way:",
            vectors.eq(
                HALF * norm2(star - one) + HALF * norm2(star - other),
                norm2(star - centre) + HALF / 2 * norm2(one - other),
            ),
            r"""Relative enclosure. For $s\ge a$, $\mathrm{kl}(a\,\|\,s)\ge\frac{(s-a)^2}{2s}$, because both sides
            vanish at $s=a$ and""",
            _monotone(
                r"\mathrm{kl}(a\,\|\,s)\ \ge\ \frac{(s-a)^2}{2s}\qquad(s\ge a)",
                (_t - _a) ** 2 / (2 * _t),
                (_t - _a) * (1 / (1 - _t) + (_t - _a) / (2 * _t**2)),
                rising=True,
            ),
            r"So $\mathrm{kl}(a\,\|\,s)\le\eta$ gives $a\ge s-\sqrt{2s\eta}$.",
            r"For $s\le a$, $\mathrm{kl}(a\,\|\,s)\ge\frac{(a-s)^2}{2a}$:",
            _monotone(
                r"\mathrm{kl}(a\,\|\,s)\ \ge\ \frac{(a-s)^2}{2a}\qquad(s\le a)",
                (_t - _a) ** 2 / (2 * _a),
                (_a - _t) ** 2 / (_a * _t * (1 - _t)) + (_a - _t) * _t / (_a * (1 - _t)),
                rising=False,
            ),
            r"So $(a-s)^2\le2a\eta$, and $a$ is at most the larger root:",
            Solves((((_a - _t) ** 2, 2 * _a * eta),), ((_a, largest),), Scalars()),
        ),
        variants={
            "half of the squared distance": Scalars().eq(
                2 * (unknown - first) ** 2 + 2 * (unknown - second) ** 2,
                4 * (unknown - middle) ** 2 + 2 * (first - second) ** 2,
            ),
            "the smaller denominator for the larger, where s >= a": _UP.ge(_kl - (_t - _a) ** 2 / (2 * _a), 0),
            "twice the constant, where s <= a": _DOWN.ge(_kl - (_t - _a) ** 2 / _a, 0),
            "the larger root without the square root": Solves(
                (((_a - _t) ** 2, 2 * _a * eta),), ((_a, _t + 2 * eta),), Scalars()
            ),
        },
    )


_IN_LABELS = Scalars((K >= 2,), in_range=(fixed,))
