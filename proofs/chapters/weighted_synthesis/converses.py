r"""W3c, W3d, W4c: what the rules of the terminal phase say of the sign condition."""

from typing import Any

import sympy as sp

from proofs.kernel.checks import Identity
from proofs.kernel.compound import every
from proofs.kernel.derivation import Derivation, proves, told
from proofs.kernel.explicit import MatrixIdentity, NumberPositive
from proofs.kernel.scalars import Scalars

_PLAIN = Scalars()


class _Instance:
    """Label sets with weights: what is left of their indicators without the mean, and the second moment of that."""

    def __init__(self, sets: list[list[int]], weights: list[int]) -> None:
        self.weights, self.K = sp.Matrix(weights) / sum(weights), len(sets[0])
        self.center = sp.eye(self.K) - sp.ones(self.K, self.K) / self.K
        self.sets = sp.Matrix(sets)
        self.frequencies = self.sets.T * self.weights
        self.rows = self.without_mean(self.sets)

    def without_mean(self, logits: sp.Matrix) -> sp.Matrix:
        """Centered rows less their mean."""
        return (logits - sp.ones(logits.rows, 1) * self.weights.T * logits) * self.center

    def moment(self, rows: sp.Matrix) -> sp.Matrix:
        """Their second moment."""
        return rows.T * sp.diag(*self.weights) * rows

    def inverse(self, root: sp.Matrix, rows: sp.Matrix, name: str) -> MatrixIdentity:
        """That a matrix is the inverse root of the moment: it takes it to the centering, and is a sum of squares."""
        product = sp.MatMul(root, self.moment(rows), root)
        return MatrixIdentity(product, self.center, _PLAIN, name=name, value="P")


def _squares(*parts: tuple[sp.Expr, sp.Matrix]) -> sp.Matrix:
    return sum((c * x * x.T for c, x in parts), sp.zeros(parts[0][1].rows)).applyfunc(sp.expand)


def _number(row: sp.Matrix, root: sp.Matrix, label: int, value: Any, name: str) -> MatrixIdentity:
    unit = sp.Matrix([int(j == label) for j in range(root.rows)])
    return MatrixIdentity(sp.MatMul(unit.T, root, row), sp.Matrix([[value]]), _PLAIN, name=name)


# ====================================================================== W3c

_PAIR = _Instance([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0]], [1, 1, 1, 4])
_PAIR_ROOT = _squares((sp.sqrt(7) / 2, sp.Matrix([1, -1, 0])), (7 / (6 * sp.sqrt(15)), sp.Matrix([1, 1, -2])))


@proves("W3c")
def converse_of_the_weighted_rule() -> Derivation:
    """W3c, refuted: singletons and one pair follow the rule at every penalty, and two signs are wrong."""

    def entry(value: Any) -> MatrixIdentity:
        return _number(_PAIR.rows[0, :].T, _PAIR_ROOT, 2, value, r"\bigl(\Sigma_C^{+1/2}(y_{\{1\}}-f)\bigr)_3")

    value = 1 / (3 * sp.sqrt(15))
    return Derivation(
        symbols=(
            (
                r"\Sigma_C^{+1/2}",
                r"$\frac{\sqrt7}2uu^\top+\frac7{6\sqrt{15}}vv^\top$, $u=(1,-1,0)$, $v=(1,1,-2)$: a sum of squares",
            ),
        ),
        steps=told(
            r"""Weights 1, 1, 1 on $\{1\},\{2\},\{3\}$ and 4 on $\{1,2\}$. With a free bias the weighted rule is
            exact at every $\lambda$ by B5f, for there is one set that is no singleton, and $\bar m=\frac{11}7$. The
            inverse root of the covariance is""",
            _PAIR.inverse(_PAIR_ROOT, _PAIR.rows, r"\Sigma_C^{+1/2}\,\Sigma_C\,\Sigma_C^{+1/2}"),
            r"and the polar column of $\{1\}$ is positive at label 3:",
            every(entry(value), NumberPositive(value, 0)),
        ),
        variants={"the sign condition holds there": entry(-value)},
    )


# ====================================================================== W3d

_PAIRS = _Instance(
    [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [1, 1, 0, 0], [1, 0, 1, 0], [0, 1, 1, 0]],
    [1, 1, 1, 1, 3, 3, 3],
)
_AMONG = sp.diag(1, 1, 1, 0) - sp.diag(sp.ones(3, 3) / 3, 0)
_ACROSS = sp.Matrix([1, 1, 1, -3])
_POLAR_ROOT = (sp.sqrt(13) / 2 * _AMONG + sp.Rational(13, 60) * _ACROSS * _ACROSS.T).applyfunc(sp.expand)
_LOWER = _PAIRS.sets - sp.Matrix([[0, 0, 0, sp.Rational(int(S < 3), 6)] for S in range(7)])
_MARGINS = _PAIRS.without_mean(_LOWER)
_DUAL_ROOT = (sp.sqrt(13) / 2 * _AMONG + sp.sqrt(sp.Rational(104, 15)) / 12 * _ACROSS * _ACROSS.T).applyfunc(sp.expand)


_x, _third = sp.Symbol("x", real=True), sp.Rational(1, 3)


def _rule(share: int) -> MatrixIdentity:
    """The weighted rule for the pair of labels 1 and 2, in logits."""
    mean = _PAIRS.frequencies.T * _MARGINS[:4, :] / (sum(_PAIRS.frequencies) - 1)
    made = _MARGINS[0, :] + _MARGINS[1, :] - share * mean
    return MatrixIdentity(
        sp.MatMul(sp.eye(1), _MARGINS[4, :]), made, _PLAIN, name=r"Wh_{\{1,2\}}", value=r"\text{the synthesis}"
    )


@proves("W3d")
def converse_with_larger_sets() -> Derivation:
    """W3d, refuted: a hard-margin solution with its dual, in closed form."""
    column = r"\bigl(\Sigma_C^{+1/2}(y_{\{1\}}-f)\bigr)_4"

    def entry(value: Any) -> MatrixIdentity:
        return _number(_PAIRS.rows[0, :].T, _POLAR_ROOT, 3, value, column)

    dual = [(_DUAL_ROOT * _MARGINS[S, :].T).applyfunc(sp.expand) for S in range(7)]
    off = [(0, 1), (3, 0), (4, 2), (4, 3)]  # the others are the same by exchanges of labels 1, 2, 3
    return Derivation(
        symbols=(
            (r"\Sigma_C^{+1/2}", r"$\frac{\sqrt{13}}2\Pi+\frac{13}{60}vv^\top$, $v=(1,1,1,-3)$"),
            (r"\Pi", "the projector onto contrasts of the labels 1, 2, 3"),
            ("Q", r"$\frac{\sqrt{13}}2\Pi+\frac1{12}\sqrt{\frac{104}{15}}\,vv^\top$"),
        ),
        steps=told(
            r"""PAL-CE with a free bias, weights 1 on $\{1\},\{2\},\{3\},\{4\}$ and 3 on
            $\{1,2\},\{1,3\},\{2,3\}$. The inverse root of the covariance, a sum of squares, is""",
            _PAIRS.inverse(_POLAR_ROOT, _PAIRS.rows, r"\Sigma_C^{+1/2}\,\Sigma_C\,\Sigma_C^{+1/2}"),
            r"and the sign condition is violated at label 4 of $\{1\},\{2\},\{3\}$:",
            every(entry(sp.Rational(1, 4)), NumberPositive(sp.Rational(1, 4), 0)),
            r"""Let $Z$ be $PY$ with label 4 lower by $\frac16$ for those three sets, which have a margin of
            $\frac76$ there, and $w_S=z_S-b$ with mean 0. The inverse root of $\sum_S\pi_Sw_Sw_S^\top$ is""",
            _PAIRS.inverse(_DUAL_ROOT, _MARGINS, r"Q\,\bigl(\sum_S\pi_Sw_Sw_S^\top\bigr)\,Q"),
            r"So $q_S=Qw_S$ has second moment $P$ and mean 0.",
            r"The multiplier of the larger margin is 0, and the others have the right sign:",
            every(
                _number(_MARGINS[0, :].T, _DUAL_ROOT, 3, 0, r"q_{\{1\},4}"),
                *(NumberPositive(-dual[S][j], 0) for S, j in off),
            ),
            r"""So $q$ is a dual solution of the value $\sum_S\pi_Sq_S^\top w_S$, the nuclear norm of $w$, and
                $Z$ solves the hard-margin problem.""",
            "There the weighted rule is exact, for $Wh_S=w_S$:",
            _rule(1),
            r"""It is a linear relation among the $q_S$. Another solution is $Gq_S$, too, hence follows it, and
                then has one margin $1+x$ in place of the three of $\frac76$.""",
            r"Such logits differ along $v$ only, where their variance is least at $x=\frac16$ alone:",
            _PLAIN.eq(
                (3 * (_third + _x) ** 2 + 1 + 9 * (2 * _third) ** 2) / 13 - ((3 * (_third + _x) + 5) / 13) ** 2,
                sp.Rational(5, 26) + sp.Rational(30, 169) * (_x - sp.Rational(1, 6)) ** 2,
            ),
        ),
        variants={"the sign condition holds there": entry(-sp.Rational(1, 4)), "plain sums": _rule(0)},
    )


# ====================================================================== W4c


def _slack(sign: int) -> Identity:
    q, z, level = sp.symbols("q z ell", real=True)
    return _PLAIN.eq(q * (z - level) - (-q), q * (z - level + sign))


def _excess(sign: int) -> Identity:
    """What a multiplier makes of a margin, less what it makes of a margin of 1."""
    p, z, level = sp.symbols("p z ell", real=True)
    return _PLAIN.eq(p * (z - level) - p * (-1), -p * (level - sign - z))


def _roots(sign: int) -> Identity:
    """The second moment of columns q at the Gram matrix g, along one direction, and that of the centered indicators."""
    g, root = sp.symbols("g s", positive=True)
    return _PLAIN.eq((root - g) * root + sign * g * (root - g), root**2 - g**2)


@proves("W4c")
def converse_of_plain_sums() -> Derivation:
    """W4c: complementary slackness at single labels, one convex problem per label set, and one root per square."""
    return Derivation(
        symbols=(
            (r"\ell_S", "the common logit of the labels in $S$"),
            (r"s,\ g", "the root and the Gram matrix along a direction"),
        ),
        steps=told(
            r"""*Slackness.* Off the set $z_j\le\ell-1$ and $q_j\le0$, on it $z_k=\ell$, and $\mathbf1^\top q=0$, so
            that $q^\top z-q^\top y=\sum_{j\notin S}\bigl(q_j(z_j-\ell)+q_j\bigr)$, where""",
            _slack(1),
            r"""is not negative. Primal and dual value agree, so all these products are 0, $h_S=W^\top q_S$ and
                $(I-\sum_S\pi_Sq_Sq_S^\top)W=0$. At a single label no multiplier is 0: its margins are 1, and
                $Pz_{\{k\}}=Pe_k$.""",
            r"""*Sums.* Given $W$, the feature of a label set solves a convex problem of its own, which $g=\sum_{k\in
            S}h_{\{k\}}=W^\top p$, $p=\sum_{k\in S}q_{\{k\}}$, solves as well: its margins are those of $Py_S$, and
            $p\le0$ off $S$. Indeed $\|h_S-g\|^2=(q_S-p)^\top(z_S-Wg)$, where $q_S^\top(z_S-Wg)=0$ and, off the set,""",
            _excess(1),
            r"is not negative, for $p_j\le0$. So $h_S=g$.",
            r"""*The dual solution.* So $Py_S=WW^\top q_S$, and with $G=WW^\top$
            $\Sigma=G(\sum_S\pi_Sq_Sq_S^\top)G=G^2$. Both $G$ and $\Sigma^{1/2}$ are psd with this square: along a
            direction,""",
            _roots(1),
            r"""and for matrices $D=\Sigma^{1/2}-G$ has $D\Sigma^{1/2}+GD=0$, hence
                $\operatorname{tr}D\Sigma^{1/2}D+\operatorname{tr}DGD=0$ and $D=0$. So $q_S-\Sigma^{+1/2}y_S$ is in
                the kernel of $\Sigma$, which has no contrast, as every label occurs alone: $q_S=\Sigma^{+1/2}y_S$
                has the signs of a dual solution.""",
        ),
        variants={"a margin of -1": _slack(-1), "the Gram matrix with the opposite sign": _roots(-1)},
    )
