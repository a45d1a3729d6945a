r"""D1: the Gram matrix and the inner products of prototypes, from what the gap identity leaves."""

import sympy as sp

from proofs.kernel.checks import Identity
from proofs.kernel.derivation import Derivation, proves, told
from proofs.kernel.scalars import Scalars

_PLAIN = Scalars()
_w, _tau = sp.symbols("w tau", positive=True)
_weights = sp.symbols("pi_1 pi_2", positive=True)
_targets = sp.symbols("a_1 a_2", real=True)
_rests = sp.symbols("delta_1 delta_2", real=True)
_moment = sum(p * a**2 for p, a in zip(_weights, _targets, strict=True))
_columns = [a / sp.sqrt(_moment) for a in _targets]
_features = [_w * q + c for q, c in zip(_columns, _rests, strict=True)]


def _gram(root: sp.Expr, sign: int) -> Identity:
    """The Gram matrix along one direction, of two label sets, less tau times the root."""
    logits = sum(
        p * (_w * h - _tau * a) * q for p, h, a, q in zip(_weights, _features, _targets, _columns, strict=True)
    )
    rest = sum(p * c * q for p, c, q in zip(_weights, _rests, _columns, strict=True))
    return _PLAIN.eq(_w**2 - _tau * root, logits - sign * _w * rest)


def _inner(share: int) -> Identity:
    """The product of two features along one direction."""
    (_, a), (q, _), (g, h), (c, _) = _targets, _columns, _features, _rests
    return _PLAIN.eq(g * h - _tau * a * q, q * (_w * h - _tau * a) + share * c * h)


@proves("D1")
def hard_margin_geometry() -> Derivation:
    """D1: T8's identity with the classifier's term kept, and two identities between features and logits."""
    omega, error = sp.symbols("omega E", positive=True)
    return Derivation(
        symbols=(
            (r"\delta_S=\hat h_S-\hat W^\top q_S", r"in balanced units, $\hat W=\sqrt{\lambda_W/\mu}\,W$"),
            ("w", "the classifier along one direction, in two label sets"),
        ),
        steps=told(
            r"""*What the optimum lacks* (T8), with the term of the classifier, which is $\frac{\lambda_W}2\|W-\Pi
            W\|_F^2$: in balanced units $\sum_S\pi_S\|\delta_S\|^2+\|\hat W-\Pi\hat
            W\|_F^2+\frac2\mu\sum_S\pi_S\Delta_S\le E$. The Gram matrix is what logits are,
            $\sum_S\pi_S(Wh_S)q_S^\top=\hat G\Pi+\hat W\sum_S\pi_S\delta_Sq_S^\top$, so along a direction""",
            _gram(sp.sqrt(_moment), 1),
            r"""The first sum is at most $\eta$ long, as $\sum_S\pi_Sq_Sq_S^\top$ is a projector; the second
                and $\hat W(\hat W-\Pi\hat W)^\top$ are orthogonal and together at most $\sqrt{\omega E}$.""",
            "Inner products are those of polar columns and logits:",
            _inner(1),
            r"""and $\sum_{S,T}\pi_S\pi_T(\delta_S^\top\hat h_T)^2\le\omega\sum_S\pi_S\|\delta_S\|^2$, for
                $\sum_S\pi_S\hat h_S\hat h_S^\top$ is $\hat W^\top\hat W$ (U4).""",
            r"*The size of $\omega$.* It is at most $t\|M^{1/2}\|+\sqrt2\eta+\sqrt{2\omega E}$, and",
            _PLAIN.eq(omega / 2 + error - sp.sqrt(2 * omega * error), (sp.sqrt(omega / 2) - sp.sqrt(error)) ** 2),
            r"which is not negative, so $\omega\le2(t\|M^{1/2}\|+\sqrt2\eta+E)$.",
        ),
        variants={
            "the moment in place of its root": _gram(_moment, 1),
            "the features' rest added": _gram(sp.sqrt(_moment), -1),
            "inner products without the features' rest": _inner(0),
        },
    )
