r"""W2a and W2d: the optimum of the squared loss in closed form, and the rule W2 entry by entry where that is explicit.

In an eigenbasis of the covariance every direction is a problem of its own: it shrinks, or it collapses."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import sympy as sp

from proofs.kernel.algebra import Algebra
from proofs.kernel.checks import Check, Equation, Grade, Solves
from proofs.kernel.compound import ForEach, every, lemma
from proofs.kernel.derivation import Derivation, proves, told
from proofs.kernel.explicit import Instance
from proofs.kernel.formula import Family, Formula, Index, Letter, eye, norm2, number
from proofs.kernel.models import Model
from proofs.kernel.normal_form import Rule
from proofs.kernel.outcome import DefectError, Outcome
from proofs.kernel.scalars import Scalars
from proofs.letters.feature_model import lam, lambda_H, lambda_W, r
from proofs.letters.readings import Circumstances, Reading, Term
from proofs.letters.vocabulary import FIXED, HALF, MIXED, SETS, K, S, e, f, k, label_model, ones, v, y

# ====================================================================== W2a: the optimum

EIGEN = Family("eigenvectors", r"\sum_{{{0}}}", K, basis="q", basis_sum="sum of q")
i, l_ = Index("i", EIGEN), Index("l", EIGEN)
mu = sp.Symbol("mu", positive=True)
_root, _gain, _kept = (sp.IndexedBase(name, nonnegative=True) for name in ("s", "w", "rho"))
s_i, w_i, rho_i = _root[i.symbol], _gain[i.symbol], _kept[i.symbol]
rho_l = _kept[l_.symbol]

_q = Letter("q", K, indices=(EIGEN,), tex="q_{{{0}}}")
_a = Letter("a", K, indices=(SETS,), tex="a_{{{0}}}")
_W = Letter("W", K, K)
_h = Letter("h", K, indices=(SETS,), tex="h_{{{0}}}")
_C = Letter("C", K, K, symmetric=True)
_R = Letter("R", K, K, symmetric=True)
q: Callable[[Index], Formula] = _q
a: Callable[[Index], Formula] = _a
W_opt, C, R = _W(), _C(), _R()
h_opt: Callable[[Index], Formula] = _h


def _inverse_root(moment: str) -> Formula:
    return Letter(f"{moment}^-1/2", K, K, tex=rf"{moment}^{{-\frac12}}", symmetric=True)()


Theta = _inverse_root("C")


def independent_labels(name: str, root: tuple[Any, Any], penalty: Any, lambda_h: Any) -> Model:
    """Two independent labels with frequencies 1/2 and 1/5, and the MSE optimum with a free bias in closed form."""
    half, fifth = HALF, sp.Rational(1, 5)
    weights = {(): 4, (1,): 4, (2,): 1, (1, 2): 1}
    kept = [min(sp.Integer(1), penalty / value) for value in root]
    gain = [sp.sqrt(max(lambda_h / penalty * (value - penalty), sp.Integer(0))) for value in root]
    frequencies = sp.Matrix([half, fifth])

    def target(label_set: frozenset[int]) -> sp.Matrix:
        return sp.Matrix([int(1 in label_set), int(2 in label_set)]) - frequencies

    base = label_model(
        2,
        weights,
        name=name,
        sizes={lambda_H: lambda_h, lambda_W: penalty**2 / lambda_h, mu: penalty},
        letters={
            "q": lambda index: [[int(index == 1)], [int(index == 2)]],
            "sum of q": lambda: [[1], [1]],
            "a": target,
            "x": lambda: [[1], [-1]],
        },
        eigenvectors=[(1, 1), (1, 2)],
    )
    left = [penalty**2 - (shrunk * value) ** 2 for shrunk, value in zip(kept, root, strict=True)]
    values = {"s": root, "w": gain, "rho": kept, "delta": left}
    return replace(base, functions={**base.functions, **{key: _at(value) for key, value in values.items()}})


def _at(values: Sequence[Any]) -> Callable[[int], Any]:
    return lambda index: values[index - 1]


_ROOTS = (HALF, sp.Rational(2, 5))
SURVIVING = independent_labels(
    "two independent labels with frequencies 1/2 and 1/5, lambda = 121/900", _ROOTS, sp.Rational(11, 30), sp.Integer(11)
)
ONE_COLLAPSED = independent_labels(
    "two independent labels with frequencies 1/2 and 1/5, lambda = 529/2500",
    _ROOTS,
    sp.Rational(23, 50),
    sp.Rational(23, 2),
)


def _optimum(target: Formula | None = None, moment: str = "C") -> Algebra:
    """The optimum in an eigenbasis; the target vectors are letters, or defined by the bias."""
    defined = () if target is None else ((a(S), target),)
    return Algebra(
        letters=(
            *(letter for letter in MIXED.letters if letter.name not in ("W",)),
            _q,
            Letter("sum of q", K),
            *((_a,) if target is None else ()),
        ),
        definitions=(
            *(pair for pair in MIXED.definitions if pair[0] == f),
            *defined,
            (C, (a(S) * a(S).T).over(S)),
            (W_opt, (w_i * (q(i) * q(i).T)).over(i)),
            (_inverse_root(moment), (1 / s_i * (q(i) * q(i).T)).over(i)),
            (r(S), (rho_i * ((q(i).T * a(S)) * q(i))).over(i)),
            (h_opt(S), (W_opt.T * r(S)) / lambda_H),
            (R, (r(S) * r(S).T).over(S)),
        ),
        rules=(*MIXED.rules, Rule(q(i).T * q(i), 1, "eigenvectors of length 1")),
        models=(SURVIVING, ONE_COLLAPSED),
    )


OPTIMUM = _optimum()
EIGENVECTORS = Equation("the eigenvectors", C * q(l_), _root[l_.symbol] ** 2 * q(l_))
SHRINKS = Equation("surviving or collapsed", number((1 + w_i**2 / lambda_H) * rho_i), number(1))
BALANCED = Equation("surviving or collapsed", number(w_i * rho_i**2 * s_i**2), number(w_i * lam))
SECOND = Equation("the residual second moment", R, (rho_i**2 * s_i**2 * (q(i) * q(i).T)).over(i))
FULL_RANK = Equation("no collapse", number(rho_i), number(mu / s_i))
SLACK = sp.IndexedBase("delta", nonnegative=True)


@proves("W2a")
def closed_form() -> Derivation:
    """W2a: the optimum of the squared loss in closed form, and which directions collapse."""
    s, penalty = sp.symbols("s mu", positive=True)
    square, left = sp.Symbol("w^2", positive=True), sp.Symbol("rho", positive=True)
    gain, kept = lambda_H / penalty * (s - penalty), penalty / s
    survives, collapses = Scalars((s > penalty,)), Scalars((s <= penalty,))
    slack = Equation("what is left", number(lam - rho_i**2 * s_i**2), number(SLACK[i.symbol]))
    centered = Equation("the centered targets", a(S).over(S), 0)
    x = next(letter for letter in MIXED.letters if letter.name == "x")()
    shrinkage = (rho_i * (q(i) * q(i).T)).over(i)
    return Derivation(
        symbols=(
            (r"q_i", r"orthonormal eigenvectors of $C$ with eigenvalues $s_i^2$"),
            (
                r"w_i=(\tfrac{\lambda_H}\mu(s_i-\mu)_+)^{1/2}",
                r"singular values: $W=\sum_iw_iq_iq_i^\top$ up to a rotation of features",
            ),
            (r"\rho_i=\min(1,\mu/s_i)", "what is left of the target in direction $q_i$"),
        ),
        steps=told(
            r"""*Numbers first.* A surviving direction, $s>\mu$, with $w^2=\frac{\lambda_H}\mu(s-\mu)$ and
                $\rho=\frac\mu s$:""",
            every(
                survives.gt(gain, 0),
                Solves(
                    (((1 + square / lambda_H) * left, sp.Integer(1)), (left**2 * s**2, penalty**2)),
                    ((square, gain), (left, kept)),
                    survives,
                ),
            ),
            r"A collapsed one, $s\le\mu$, has $w=0$, $\rho=1$ and",
            collapses.ge(penalty**2 - s**2, 0, (penalty - s) * (penalty + s)),
            r"""In both cases $(1+w^2/\lambda_H)\rho=1$, $w\rho^2s^2=w\lambda$ and $\rho^2s^2\le\lambda$, which is
            all that is used below.""",
            r"The residuals are those of the features $h_S=\frac1{\lambda_H}W^\top r_S$, $r_S=a_S-Wh_S$:",
            OPTIMUM.eq(W_opt * h_opt(S) + r(S), a(S), (q(i) * SHRINKS * q(i).T * a(S)).over(i)),
            r"Their second moment has the same eigenvectors:",
            OPTIMUM.eq(R, SECOND.right, ((rho_i * rho_l) * (q(i) * q(i).T) * EIGENVECTORS * q(l_).T).over(l_, i)),
            r"With a free bias the mean residual is zero, so $b=f$ is stationary:",
            OPTIMUM.eq(r(S).over(S), 0, shrinkage * centered),
            "The point is the optimum.",
            lemma(
                "U7 (global certificate)",
                r"""A stationary point whose residuals satisfy $R\preceq\lambda I$ is a global optimum,
                    and all optima have the same $WW^\top$ and residuals.""",
                (
                    "the classifier is stationary:",
                    OPTIMUM.eq(
                        (r(S) * h_opt(S).T).over(S),
                        lambda_W * W_opt,
                        SECOND * (W_opt / lambda_H),
                        ((1 / lambda_H) * q(i) * BALANCED * q(i).T).over(i),
                    ),
                ),
                (
                    r"and $v^\top(\lambda I-R)v\ge0$, with $\delta_i=\lambda-\rho_i^2s_i^2\ge0$:",
                    OPTIMUM.ge(
                        v.T * (lam * eye(K) - R) * v,
                        0,
                        (SLACK[i.symbol] * norm2(q(i).T * v)).over(i),
                        -v.T * SECOND * v,
                        (v.T * q(i) * slack * q(i).T * v).over(i),
                    ),
                ),
                gives=r"WW^\top=\tfrac{\lambda_H}\mu(C^{1/2}-\mu I)_+",
            ),
            r"""*Synthesis from classifier rows.* Without collapse $\rho_i=\mu/s_i$ for all $i$, so $r_S=\mu
            C^{-1/2}a_S$, at finite $\lambda$ and not only in a limit.""",
            every(_from_rows(y(S) - f, "free"), _from_rows(y(S), "none")),
            r"""*Contrasts.* With one multiplicity $C\mathbf 1=0$, so $\mathbf 1$ is an eigenvector, all others are
            contrasts, and some contrast collapses iff $\kappa(C)\le\lambda$.""",
            FIXED.eq(((y(S) - f) * (y(S) - f).T).over(S) * ones, 0),
            r"""With several multiplicities that criterion fails. Two independent labels with frequencies $\frac12$
            and $\frac15$ have $C=\mathrm{diag}(\frac14,\frac4{25})$. At $\lambda=\frac{529}{2500}$ the only
            contrast $x=(1,-1)$ has $x^\top Cx\le\lambda\|x\|^2$, that is, $\kappa(C)\le\lambda$, and yet it does
            not collapse, $W^\top x\ne0$:""",
            every(
                Instance(lam * norm2(x) - x.T * C * x, ">", 0, OPTIMUM, ONE_COLLAPSED),
                Instance(norm2(W_opt.T * x), ">", 0, OPTIMUM, ONE_COLLAPSED),
            ),
        ),
        variants={
            "lambda in place of its root mu": survives.eq((1 + gain / lambda_H) * penalty**2 / s, sp.Integer(1)),
            "collapse at twice the threshold": Scalars((s > penalty / 2,)).gt(gain, 0),
            "the residual second moment without shrinkage": OPTIMUM.eq(R, (s_i**2 * (q(i) * q(i).T)).over(i)),
            "the weights C^{-1} in place of C^{-1/2} for classifier rows": _optimum()
            .extended(models=(SURVIVING,))
            .eq(
                h_opt(S),
                ((mu / lambda_H * (e(k).T * Theta * Theta * a(S))) * (W_opt.T * e(k))).over(k),
                ((W_opt.T / lambda_H) * q(i) * FULL_RANK * q(i).T * a(S)).over(i),
            ),
            """collapse told by contrasts for several multiplicities""": Instance(
                norm2(W_opt.T * x), """==""", 0, OPTIMUM, ONE_COLLAPSED
            ),
        },
    )


def _from_rows(target: Formula, bias: str) -> Reading:
    moment = "C" if bias == "free" else "M"
    weights = mu / lambda_H * (e(k).T * _inverse_root(moment) * target)
    return Reading(
        h_opt(S),
        (Term(weights, W_opt.T * e(k), k),),
        "classifier rows",
        Circumstances("MSE", bias, rf"$\lambda<\lambda_{{\min}}({moment})$"),
        _optimum(target, moment),
        using=(((W_opt.T / lambda_H) * q(i) * FULL_RANK * q(i).T * target).over(i),),
    )


# ====================================================================== W2d: entry by entry


@dataclass(frozen=True)
class Entrywise:
    """A matrix equation, entry by entry.

    Args:
        equation: LaTeX of the matrix equation.
        left: one side.
        right: the other, of the same shape.
        setting: decides each entry.
    """

    equation: str
    left: sp.Matrix
    right: sp.Matrix
    setting: Scalars

    grade = Grade.ENTRIES
    lemmas = ()

    def outcome(self) -> Outcome:
        """The worst entry's outcome."""
        parts = []
        for row in range(self.left.rows):
            for column in range(self.left.cols):
                sides = self.left[row, column], self.right[row, column]
                if sides[0] != sides[1]:
                    parts.append((f"entry ({row + 1}, {column + 1})", self.setting.eq(*sides)))
        if not parts:
            raise DefectError(f"vacuous step: both sides of {self.equation} are the same as given")
        return every(*parts).outcome()

    def tex(self) -> str:
        """The equation."""
        return self.equation


def _all_sets(count: int) -> list[tuple[int, ...]]:
    return [s for length in range(count + 1) for s in combinations(range(count), length)]


def _target(label_set: Sequence[int], frequencies: Sequence[Any]) -> sp.Matrix:
    return sp.Matrix([int(label in label_set) - value for label, value in enumerate(frequencies)])


def _rule_defects(linear: sp.Matrix, frequencies: Sequence[Any], corrected: bool = True) -> sp.Matrix:
    """One column per label set: the prototype (or residual) minus what W2 says it is."""
    count, cardinality = len(frequencies), sum(frequencies)
    of_label = [linear * _target((label,), frequencies) for label in range(count)]
    mean = sum((value * column for value, column in zip(frequencies, of_label, strict=True)), sp.zeros(count, 1))
    columns = []
    for label_set in _all_sets(count):
        sums = sum((of_label[label] for label in label_set), sp.zeros(count, 1))
        correction = sp.Rational(len(label_set) - 1) / (cardinality - 1) * mean if corrected else sp.zeros(count, 1)
        columns.append(linear * _target(label_set, frequencies) - sums + correction)
    return sp.Matrix.hstack(*columns)


@dataclass(frozen=True)
class _TwoLabels:
    """The general distribution on the four label sets of two labels, and the square root of its covariance."""

    p_1, p_2, p_12 = sp.symbols("p_1 p_2 p_12", positive=True)

    @property
    def frequencies(self) -> tuple[Any, Any]:
        return self.p_1 + self.p_12, self.p_2 + self.p_12

    @property
    def weights(self) -> dict[tuple[int, ...], Any]:
        return {(): 1 - self.p_1 - self.p_2 - self.p_12, (0,): self.p_1, (1,): self.p_2, (0, 1): self.p_12}

    @property
    def covariance(self) -> sp.Matrix:
        f_1, f_2 = self.frequencies
        joint = self.p_12 - f_1 * f_2
        return sp.Matrix([[f_1 * (1 - f_1), joint], [joint, f_2 * (1 - f_2)]])

    @property
    def root(self) -> sp.Matrix:
        """By Cayley-Hamilton, the square root of C is (C + d I)/t, with d the root of its determinant and t a trace."""
        delta = sp.sqrt(self.covariance.det())
        return (self.covariance + delta * sp.eye(2)) / sp.sqrt(self.covariance.trace() + 2 * delta)


def _two_labels_setting() -> Scalars:
    d_ = _TwoLabels()
    return Scalars((d_.p_1 + d_.p_2 + d_.p_12 < 1,))


def _two_labels_checks() -> tuple[tuple[str, Check], ...]:
    two, setting = _TwoLabels(), _two_labels_setting()
    root, covariance = two.root, two.covariance
    inverse_root = (root.trace() * sp.eye(2) - root) / sp.sqrt(covariance.det())
    residuals = {s: mu * inverse_root * _target(s, two.frequencies) for s in two.weights}
    zero_matrix = sp.zeros(2, 2)
    moment = sum(
        (p * _target(s, two.frequencies) * _target(s, two.frequencies).T for s, p in two.weights.items()), zero_matrix
    )
    second = sum((p * residuals[s] * residuals[s].T for s, p in two.weights.items()), zero_matrix)
    defects = _rule_defects(mu * inverse_root, two.frequencies)
    return (
        ("", Entrywise(r"\textstyle\sum_S\pi_Sa_Sa_S^\top=C", moment, covariance, setting)),
        ("", Entrywise(r"T^2=C", root * root, covariance, setting)),
        ("", Entrywise(r"\tfrac1\mu T\,r_S=a_S", root * inverse_root, sp.eye(2), setting)),
        ("", Entrywise(r"\textstyle\sum_S\pi_Sr_Sr_S^\top=\lambda I", second, mu**2 * sp.eye(2), setting)),
        (
            "",
            Entrywise(
                r"\textstyle r_S=\sum_{k\in S}r_{\{k\}}-\frac{m_S-1}{\bar m-1}\sum_jf_jr_{\{j\}}",
                defects,
                sp.zeros(2, 4),
                setting,
            ),
        ),
    )


def _independent(count: int, corrected: bool = True, last_collapses: bool = False) -> Check:
    """Independent labels with symbolic frequencies: C is diagonal, so its root is explicit for every K."""
    frequencies = sp.symbols(f"f_1:{count + 1}", positive=True)
    setting = Scalars(tuple(value < 1 for value in frequencies))
    roots = [sp.sqrt(value * (1 - value)) for value in frequencies]
    weights = {
        s: sp.Mul(*(value if label in s else 1 - value for label, value in enumerate(frequencies)))
        for s in _all_sets(count)
    }
    kept = [mu / value for value in roots]
    gain = [sp.sqrt(lambda_H / mu * (value - mu)) for value in roots]
    if last_collapses:
        kept[-1], gain[-1] = sp.Integer(1), sp.Integer(0)
    linear = sp.diag(*(w * rho / lambda_H for w, rho in zip(gain, kept, strict=True)))
    nothing = sp.zeros(count, count)
    targets = {s: _target(s, frequencies) for s in weights}
    moment = sum((p * targets[s] * targets[s].T for s, p in weights.items()), nothing)
    residual_moment = sp.diag(*kept) * moment * sp.diag(*kept)
    isotropic = [mu**2] * count
    if last_collapses:
        isotropic[-1] = roots[-1] ** 2
    defects = _rule_defects(linear, frequencies, corrected)
    return every(
        Entrywise(r"C=\mathrm{diag}(f_k(1-f_k))", moment, sp.diag(*(value**2 for value in roots)), setting),
        Entrywise(r"R=\mathrm{diag}(\min(\lambda,s_k^2))", residual_moment, sp.diag(*isotropic), setting),
        Entrywise(
            r"\textstyle h_S=\sum_{k\in S}h_{\{k\}}-\frac{m_S-1}{\bar m-1}\sum_jf_jh_{\{j\}}",
            defects,
            sp.zeros(count, 2**count),
            setting,
        ),
    )


@proves("W2d")
def entry_by_entry() -> Derivation:
    """W2d: the rule once more, entry by entry, from optima in closed form."""
    two, setting = _TwoLabels(), _two_labels_setting()
    return Derivation(
        symbols=(
            (r"p_1,p_2,p_{12}", r"the masses of $\{1\},\{2\},\{1,2\}$; the empty set has the rest"),
            (r"T=C^{1/2}=\frac{C+\sqrt{\det C}\,I}{\sqrt{\mathrm{tr}\,C+2\sqrt{\det C}}}", "by Cayley-Hamilton"),
            (r"r_S=\mu T^{-1}a_S", r"the residual of W2a where nothing collapses; $h_S=\frac1{\lambda_H}W^\top r_S$"),
        ),
        steps=told(
            r"""Two labels, any distribution. Covariance, its root, the residual equation, isotropy of the residuals,
            and the rule for all four label sets; a linear rule for residuals is the same rule for prototypes.""",
            every(*_two_labels_checks()),
            r"""Independent labels. The covariance is diagonal, and the prototype has the entries
            $\frac{w_k\rho_k}{\lambda_H}(y_{S,k}-f_k)$. For all $2^K$ label sets:""",
            ForEach("K", (2, 3, 4), _independent),
            r"The same with the last label collapsed, $w_K=0$ and $\rho_K=1$:",
            ForEach("K", (2, 3, 4), lambda count: _independent(count, last_collapses=True)),
        ),
        variants={
            "plain sums": ForEach("K", (2, 3, 4), lambda count: _independent(count, corrected=False)),
            "the root of the covariance without its cross term": Entrywise(
                r"T^2=C",
                two.root
                * two.root
                * (two.covariance.trace() + 2 * sp.sqrt(two.covariance.det()))
                / two.covariance.trace(),
                two.covariance,
                setting,
            ),
        },
    )
