r"""T1: under the sign condition the centered indicators solve the hard-margin problem, and at full rank only then."""

from typing import Any

import sympy as sp

from proofs.kernel.algebra import Algebra
from proofs.kernel.checks import Equation
from proofs.kernel.compound import every
from proofs.kernel.derivation import Derivation, Part, proves, told
from proofs.kernel.formula import Letter, eye, norm2, number, trace
from proofs.kernel.outcome import Sign
from proofs.letters.roots import (
    PAIRS,
    ROOTS_MIXED,
    SINGLES_AND_PAIRS,
    SQUARE,
    TWO_OF_FOUR,
    InverseRoot,
    Pi,
    Root,
    q,
    root_rules,
)
from proofs.letters.tagwise import FLAT, at
from proofs.letters.vocabulary import HALF, MIXED, SETS, K, P, S, Sigma, W, d, e, f, j, k, m_of, ones, y, y_tilde

_INVERSE = InverseRoot * SQUARE * InverseRoot

_h = Letter("h", d, indices=(SETS,), tex="h_{{{0}}}")
_t = Letter("t", K, indices=(SETS,), tex="t_{{{0}}}")
_alpha = Letter("alpha", indices=(SETS,), tex=r"\alpha_{{{0}}}")
_u = Letter("u", indices=(SETS,), tex="u_{{{0}}}", sign=Sign.NONNEGATIVE)
h, slack, level, surplus = _h, _t, _alpha, _u


def _feasible_point(scale: int) -> Any:
    """The point of T1 with features and classifier scaled, so that margins are ``scale**2``."""
    signs = {frozenset({1, i}): sp.Matrix([1 if k in (1, i) else -1 for k in range(1, 5)]) for i in (2, 3, 4)}
    roots = dict(zip(signs, (sp.Rational(2, 7), sp.Rational(3, 7), sp.Rational(6, 7)), strict=True))
    classifier = sp.Matrix.hstack(*(scale * sp.sqrt(roots[s]) / 2 * sign for s, sign in signs.items()))
    excess_margin = scale**2 - 1
    return at(
        PAIRS,
        name=f"{PAIRS.name} at margin {scale**2}",
        sizes={d: 3},
        letters={
            "W": lambda: classifier,
            "h": lambda s: classifier.T * signs[s] / (2 * roots[s]),
            "alpha": lambda _: [[sp.Rational(scale**2, 2) - 1]],
            "t": lambda s: [[0 if i in s else excess_margin] for i in range(1, 5)],
            "u": lambda s: [[excess_margin / roots[s]]],
        },
    )


_MARGIN = ROOTS_MIXED.extended(
    letters=(_h, _t, _alpha, _u), models=(_feasible_point(1), _feasible_point(2), TWO_OF_FOUR)
)


@proves("T1")
def hard_margin() -> Derivation:
    """T1: under the sign condition the centered indicators solve the hard-margin problem."""
    return Derivation.in_parts(_margin_without_bias(), _margin_with_bias(), _margin_necessary())


def _margin_without_bias() -> Part:
    margins = Equation("the margins", W * h(S), level(S) * ones + y(S) - slack(S))
    sign = Equation("the sign condition", -(q(S).T * slack(S)), surplus(S))
    size = HALF * norm2(W) + HALF * norm2(h(S)).over(S)
    tight = Equation("no surplus", slack(S), 0)
    classifier = Equation("zero square", Pi * W, W)
    sums = Equation("centered logits", ones.T * (W * h(S)), 0)
    mean = Equation("the level", level(S), -m_of[S.symbol] / K * number(1))
    factor = Equation("the choice of W", W * W.T, Root)
    logits = Equation("the logits at a minimiser", W * W.T * q(S), y_tilde(S))
    chosen = W.T * q(S)
    return Part(
        title="Without bias",
        statement=r"The minimum of $\frac12\|W\|_F^2+\frac12\sum_S\pi_S\|h_S\|^2$ under the margins is "
        r"$\mathrm{tr}\,\Sigma^{1/2}$.",
        source="new here",
        symbols=(
            (r"q_S=\Sigma^{+1/2}\tilde y_S", "the columns of the polar factor of $PYD^{1/2}$, over $\\sqrt{\\pi_S}$"),
            (r"t_S\ge0", r"how much the logits outside $S$ are lower than required; $t_{S,k}=0$ for $k\in S$"),
            (r"\alpha_S", r"fixed by the common logit inside $S$, which is $\alpha_S+1$"),
            (r"u_S=-q_S^\top t_S", r"nonnegative: $t_S$ lives outside $S$, where $q_S\le0$ by the sign condition"),
        ),
        steps=told(
            r"""The nuclear norm is the least $\frac12\|W\|_F^2+\frac12\sum_S\pi_S\|h_S\|^2$ with $Wh_S=z_S$ (U5),
            and feasible logits are $z_S=\alpha_S\mathbf 1+y_S-t_S$. The vectors $q_S$ have second moment $\Pi$,
            which is at most $I$:""",
            _MARGIN.eq((q(S) * q(S).T).over(S), Pi, _INVERSE),
            r"""They certify the minimum: the regulariser exceeds $\mathrm{tr}\,\Sigma^{1/2}$ by two squares and the
            surplus margin,""",
            _MARGIN.ge(
                size,
                trace(Root),
                HALF * norm2(h(S) - W.T * q(S)).over(S) + HALF * norm2((eye(K) - Pi) * W) + surplus(S).over(S),
                (q(S).T * margins).over(S),
                sign.over(S),
                (-HALF * W.T * _INVERSE * W).traced,
                (InverseRoot * SQUARE).traced,
            ),
            r"and it is attained: $WW^\top=\Sigma^{1/2}$, $h_S=W^\top q_S$ has logits $\tilde y_S$ and just that:",
            every(
                _MARGIN.eq(W * chosen, y_tilde(S), factor * q(S)),
                _MARGIN.eq(
                    HALF * norm2(W) + HALF * norm2(chosen).over(S),
                    trace(Root),
                    factor.traced * HALF,
                    (HALF * q(S).T * factor * q(S)).over(S),
                    (HALF * InverseRoot * SQUARE * InverseRoot * Root).traced,
                ),
            ),
            r"""*Uniqueness.* At a minimiser the squares vanish and $u_S=0$; if $q_{S,j}<0$ strictly outside $S$,
            then $t_S=0$. From $\Pi W=W$ the logits are centered, which fixes the level,""",
            every(
                _MARGIN.eq(ones.T * (W * h(S)), 0, -ones.T * classifier * h(S)),
                _MARGIN.eq(K * level(S), -m_of[S.symbol] * number(1), sums, -ones.T * margins, ones.T * tight),
            ),
            "so the logits are the centered indicators,",
            _MARGIN.eq(W * h(S), y_tilde(S), margins, mean * ones, -tight),
            r"the classifier's Gram matrix is the root (insert $h_S=W^\top q_S$ into $Wh_S=\tilde y_S$),",
            _MARGIN.eq(
                W * W.T, Root, (logits * q(S).T).over(S), -W * classifier.T, -W * W.T * _INVERSE, SQUARE * InverseRoot
            ),
            "and prototypes are sums over the labels of the set, whether or not singletons are in the support:",
            _MARGIN.eq(chosen, ((e(k).T * y(S)) * (W.T * InverseRoot * e(k))).over(k)),
        ),
        variants={
            "twice the minimum": _MARGIN.ge(size - 2 * trace(Root), 0, None, (q(S).T * margins).over(S)),
            "tr Sigma in place of tr Sigma^{1/2} for the minimum": _MARGIN.eq(
                HALF * norm2(W) + HALF * norm2(chosen).over(S), trace(Sigma)
            ),
            "Sigma in place of Sigma^{1/2} for the Gram matrix": _MARGIN.eq(W * W.T, Sigma, factor),
        },
        remark=r"""The certificate $q_S$ is a subgradient of the nuclear norm; its entries outside $S$ are minus the
            margin multipliers. That the minimisers of $F$ follow this direction as $\lambda\to0$ is part of T2.""",
    )


def _margin_with_bias() -> Part:
    root_c, inverse_c, projector = (
        Letter(name, K, K, tex=tex, symmetric=True, sign=Sign.NONNEGATIVE)
        for name, tex in (("C^{1/2}", r"\tilde C^{1/2}"), ("C^{+1/2}", r"\tilde C^{+1/2}"), ("Pi_C", r"\Pi_C"))
    )
    RootC, InverseC, PiC = root_c(), inverse_c(), projector()
    b_letter = Letter("b", K)
    b = b_letter()
    deviation = P * (y(S) - f)
    covariance = (deviation * deviation.T).over(S)
    square = Equation("the root of the covariance", covariance, RootC * RootC)
    column = InverseC * deviation
    signs = sp.Matrix([1, 1, -1, -1])
    model = at(
        FLAT,
        letters={
            "C^{1/2}": lambda: signs * signs.T / 4,
            "C^{+1/2}": lambda: signs * signs.T / 4,
            "Pi_C": lambda: signs * signs.T / 4,
            "h": lambda s: [[1 if 1 in s else -1], [0]],
            "alpha": lambda _: [[0]],
            "t": lambda _: [[0]] * 4,
            "u": lambda _: [[0]],
            "b": lambda: [[HALF]] * 4,
        },
    )
    singles = at(SINGLES_AND_PAIRS, letters={"h": lambda _: [[1], [1]], "b": lambda: [[1], [2], [3], [4]]})
    algebra = MIXED.extended(
        letters=(_h, _t, _alpha, _u, root_c, inverse_c, projector, b_letter),
        rules=root_rules(RootC, InverseC, PiC),
        models=(model, singles),
    )
    margins = Equation("the margins", W * h(S) + b, level(S) * ones + y(S) - slack(S))
    sign = Equation("the sign condition", -(column.T * slack(S)), surplus(S))
    size = HALF * norm2(W) + HALF * norm2(h(S)).over(S)
    inverse = InverseC * square * InverseC
    return Part(
        title="Free bias",
        statement=r"""The same with $q_S=\tilde C^{+1/2}(y_S-f)$, $\tilde C=P(M-ff^\top)P$: if $q_{S,j}\le0$ for
            $j\notin S$, the minimum under margins of $Wh_S+b$ is $\mathrm{tr}\,\tilde C^{1/2}$.""",
        source="new here",
        symbols=((r"\tilde C", r"the centered covariance; for one multiplicity it is $C$ itself"),),
        steps=told(
            r"The columns are centered, so that no bias can pay for a margin,",
            algebra.eq(column.over(S), 0),
            r"have second moment $\Pi_C$ and pair with the indicators to the trace of the root,",
            every(
                algebra.eq((column * column.T).over(S), PiC, inverse),
                algebra.eq((column.T * y(S)).over(S), trace(RootC), (InverseC * square).traced),
            ),
            r"and certify the minimum:",
            algebra.ge(
                size,
                trace(RootC),
                HALF * norm2(h(S) - W.T * column).over(S) + HALF * norm2((eye(K) - PiC) * W) + surplus(S).over(S),
                (column.T * margins).over(S),
                sign.over(S),
                (-HALF * W.T * inverse * W).traced,
                (InverseC * square).traced,
            ),
        ),
        variants={
            "with a free bias the frequencies not subtracted": _uneven(inverse_c).eq((InverseC * y(S)).over(S), 0),
            "the covariance of mixed multiplicities annihilates the ones, so that centering is idle": algebra.eq(
                ((y(S) - f) * (y(S) - f).T).over(S) * ones, 0
            ),
        },
        remark=r"""For mixed multiplicities $C\mathbf 1\ne0$, so "the same with $C$" has to be read with $PCP$; PAL-CE
            residuals sum to zero and see nothing else.""",
    )


def _uneven(inverse: Letter) -> Algebra:
    """Labels of unequal frequency, where a root that is applied without subtracting the mean is not centered."""
    model = at(PAIRS, letters={inverse.name: lambda: sp.eye(4) - sp.ones(4, 4) / 4})
    return MIXED.extended(letters=(inverse,), models=(model,))


def _margin_necessary() -> Part:
    shift = Letter("epsilon", indices=(SETS,), tex=r"\epsilon_{{{0}}}", sign=Sign.NONNEGATIVE)
    algebra = ROOTS_MIXED.extended(
        letters=(shift,),
        models=[
            at(
                PAIRS,
                name=f"{PAIRS.name}, epsilon = 1/3 on {{1,2}} and 0 else",
                sizes={d: 3},
                letters={
                    "epsilon": lambda s: [[sp.Rational(1, 3) if 2 in s else 0]],
                    "W": _feasible_point(1).letters["W"],
                },
            )
        ],
    )
    logits = y_tilde(S) - shift(S) * (P * e(j))
    factor = Equation("the choice of W", W * W.T, Root)
    full = Equation("full rank", Pi, P)
    features = W.T * InverseRoot * logits
    size = HALF * norm2(W) + HALF * norm2(features).over(S)
    change = (
        trace(Root)
        - (shift(S) * (e(j).T * q(S))).over(S)
        + HALF * (e(j).T * InverseRoot * e(j)) * (shift(S) * shift(S)).over(S)
    )
    return Part(
        title="The sign condition is necessary",
        statement=r"""Let $\Sigma$ have rank $K-1$ and $(\Sigma^{+1/2}y_S)_j>0$ for some $S$ in the support and $j\notin
            S$. Then lowering the logit $j$ of $S$ a little lowers the regulariser, so $PY$ is not a minimiser.""",
        source="new here",
        symbols=((r"\epsilon_S\ge0", r"by how much the logit $j$ of $S$ is lowered; zero for sets that contain $j$"),),
        steps=told(
            r"""The logits $z_S=\tilde y_S-\epsilon_SPe_j$ still have their margins. With $WW^\top=\Sigma^{1/2}$ and
            $h_S=W^\top\Sigma^{+1/2}z_S$ they are reached,""",
            algebra.eq(W * features, logits, factor * InverseRoot * logits, full * -(e(j) * shift(S))),
            r"""and the regulariser is, to first order in $\epsilon$, smaller by
            $\sum_S\pi_S\epsilon_S\,(\Sigma^{+1/2}y_S)_j$:""",
            algebra.eq(
                size,
                change,
                factor.traced * HALF,
                (HALF * logits.T * InverseRoot * factor * InverseRoot * logits).over(S),
                (HALF * InverseRoot * SQUARE).traced,
            ),
            r"which is below $\mathrm{tr}\,\Sigma^{1/2}$ for small $\epsilon_S>0$ at one such $S$ alone.",
        ),
        variants={
            "the first-order change with the opposite sign": algebra.eq(
                size,
                trace(Root)
                + (shift(S) * (e(j).T * q(S))).over(S)
                + HALF * (e(j).T * InverseRoot * e(j)) * (shift(S) * shift(S)).over(S),
                factor.traced,
            )
        },
    )
