r"""W8 and its companions: what pick-all-labels cross entropy synthesises in the terminal phase from classifier rows.

The limit is that of W3 and W4, at rank :math:`K-1`; when the inverse root is one constant on a label set, and when one
for all of them, is a statement on label distributions, of any rank."""

from dataclasses import replace

import sympy as sp

from proofs.chapters.weighted_synthesis.squared_loss import in_set
from proofs.chapters.weighted_synthesis.terminal_rules import (
    CENTERED_ROWS,
    CONSTANTS,
    EVEN_ROWS,
    FREE_BIAS,
    GRAM,
    INVERTED,
    LIMIT,
    NO_BIAS,
    SYMBOLS,
    alpha,
    inverse_root,
    inverse_root_C,
    rho,
    root,
    u,
)
from proofs.kernel.checks import Equation
from proofs.kernel.compound import every
from proofs.kernel.derivation import Derivation, proves, told
from proofs.kernel.explicit import Instance, MatrixIdentity
from proofs.kernel.formula import Formula, Letter, number, trace
from proofs.kernel.models import Model
from proofs.kernel.scalars import Scalars
from proofs.letters.feature_model import h
from proofs.letters.prototypes import two_groups
from proofs.letters.readings import Circumstances, Reading, Term
from proofs.letters.roots import PAIRS, ROOTS_MIXED, SQUARE, InverseRoot, Pi, Root, q
from proofs.letters.tagwise import EVEN, FLAT, at
from proofs.letters.vocabulary import HALF, MIXED, K, P, S, Sigma, T, W, e, f, k, label_model, m_of, ones, y, y_tilde


def _scaled(model: Model, scale: int) -> Model:
    """The instance with the constant of its uniform weights."""
    return at(model, sizes={alpha: scale}, functions={"alpha": lambda _: sp.Integer(scale)})


_ROOTS = ROOTS_MIXED.extended(models=(_scaled(FLAT, 1), _scaled(EVEN, 2)))
"""Flat spectra, one of rank 1 and one of rank 3."""
_INVERSE = InverseRoot * SQUARE * InverseRoot
_PLAIN = Scalars()
_lam_h, _mu = sp.symbols("lambda_H mu", positive=True)
_w, _r, _q = sp.symbols("w r q", real=True)


@proves("W8")
def from_classifier_rows() -> Derivation:
    """W8: from classifier rows, the weights are the inverse square root of the centered covariance."""
    uniform = Equation("uniform weights", q(S), alpha * y_tilde(S))
    flat = Equation("a flat spectrum", alpha**2 * Sigma, Pi)
    squared = Equation("the square of the moment", alpha**2 * Sigma * Sigma, Sigma)
    flat_root = Equation("a flat root", Root, Pi / alpha)
    return Derivation(
        symbols=((r"W^\top e_k=w_k", "the classifier row of label $k$"), *SYMBOLS),
        steps=told(
            r"""*At every penalty.* Features are $h_S=\frac1{\lambda_H}W^\top r_S$ (U2), so what T8 says of
            $h_S-\frac\mu{\lambda_H}W^\top q_S$ is about $r_S-\mu q_S$. Along a direction in which $W$ is $w$""",
            _PLAIN.eq(_lam_h / _mu * (_w * (_r - _mu * _q) / _lam_h) ** 2, _mu / _lam_h * _w**2 * (_r / _mu - _q) ** 2),
            r"which is $x^\top\hat Gx$, for $\mu/\lambda_H=\lambda_W/\mu$.",
            "*The limit.* Without bias and with one, the limits of W4 and W3 read as combinations of rows:",
            every(_rows(free=False), _rows(free=True)),
            r"""*Determined up to a constant.* Two sets of weights that differ by $u$ give the same vector iff
            $W^\top u=0$, iff $u^\top WW^\top u=\varrho\,u^\top\Sigma^{1/2}u=0$, iff $u$ is a multiple of $\mathbf
            1$ ($\Sigma$ has rank $K-1$):""",
            NO_BIAS.eq(u.T * W * W.T * u, rho * (u.T * root * u), u.T * GRAM * u),
            r"""*Uniform weights, at any rank: only if.* One constant on $S$ means $q_S=\Sigma^{+1/2}\tilde
            y_S=\alpha\tilde y_S$. The second moment of the left side is $\Pi$, the projector onto the range of
            $\Sigma$ (T1), that of the right side $\alpha^2\Sigma$,""",
            _ROOTS.eq(
                alpha**2 * Sigma, Pi, (-uniform * q(S).T).over(S), (-alpha * y_tilde(S) * uniform.T).over(S), _INVERSE
            ),
            r"and $\alpha^2\Sigma=\Pi$ says the same as $\alpha^2\Sigma^2=\Sigma$:",
            every(
                _ROOTS.eq(alpha**2 * Sigma * Sigma, Sigma, flat * Sigma),
                _ROOTS.eq(
                    alpha**2 * Sigma,
                    Pi,
                    InverseRoot * squared * InverseRoot,
                    -(alpha**2) * InverseRoot * SQUARE * Sigma * InverseRoot,
                    -(alpha**2) * Root * SQUARE * InverseRoot,
                    alpha**2 * SQUARE,
                    _INVERSE,
                ),
            ),
            r"*If.* $\Sigma=\alpha^{-2}\Pi$ has the root $\Sigma^{1/2}=\alpha^{-1}\Pi$, and then",
            _ROOTS.eq(q(S), alpha * y_tilde(S), -alpha * InverseRoot * flat_root * y_tilde(S)),
            r"At rank $K-1$ the projector $\Pi$ is $P$, and $\Sigma=\alpha^{-2}P$.",
            """There the limit of a prototype is one constant times the sum of the rows of its labels:""",
            _flat_rows(),
        ),
        variants={
            "uniform weights for an imbalanced distribution": _rows(free=False, weights=in_set),
            "the weights of the other treatment of the bias": FREE_BIAS.eq(
                h(S), ((e(k).T * inverse_root_C * y(S)) * (W.T * e(k) / rho)).over(k)
            ),
            "a flat spectrum without uniform weights": _ROOTS.extended(models=(_scaled(PAIRS, 1),)).eq(
                alpha**2 * Sigma, Pi, _INVERSE
            ),
            "uniform weights only if Sigma is a multiple of P": Instance(
                Sigma, "==", trace(Sigma) * P / 3, MIXED, FLAT
            ),
        },
    )


def _flat_rows() -> Reading:
    row = W.T * e(k)
    flat_root = Equation("a flat root", root, P / alpha)
    return Reading(
        h(S),
        (Term(alpha / rho * in_set, row, k),),
        "classifier rows",
        Circumstances("PAL-CE", "none", LIMIT + r", $\Sigma=\alpha^{-2}P$", limit=True),
        EVEN_ROWS,
        using=(
            -alpha / rho * W.T * flat_root * inverse_root * y(S),
            alpha / rho * W.T * INVERTED * y(S),
            1 / (K * rho) * (W.T * ones) * CONSTANTS.T * y(S),
            CENTERED_ROWS * ((-alpha / (K * rho)) * (ones.T * y(S))),
        ),
    )


def _rows(free: bool, weights: Formula | None = None) -> Reading:
    inverse, target = (inverse_root_C, y(S) - f) if free else (inverse_root, y(S))
    return Reading(
        h(S),
        (Term(weights or 1 / rho * (e(k).T * inverse * target), W.T * e(k), k),),
        "classifier rows",
        Circumstances("PAL-CE", "free" if free else "none", LIMIT, limit=True),
        FREE_BIAS if free else NO_BIAS,
    )


@proves("W8a")
def when_uniform() -> Derivation:
    """W8a: uniform weights with a constant per label set, exactly."""
    constant = sp.IndexedBase("alpha", positive=True)
    of_S, of_T = (constant[index.symbol] for index in (S, T))
    uniform = Equation("uniform weights", q(S), of_S * y_tilde(S))
    eigen_S = Equation("the eigenvectors", Sigma * y_tilde(S), of_S ** (-2) * y_tilde(S))
    eigen_T = Equation("the eigenvectors", Sigma * y_tilde(T), of_T ** (-2) * y_tilde(T))
    model = two_groups()
    across, between = (
        Letter(name, K, K, tex=tex, symmetric=True) for name, tex in (("across", "Q_2"), ("between", "Q_3"))
    )
    groups = MIXED.extended(letters=(across, between), models=(model,))
    settled = MIXED.extended(models=(_flat_model(), _scaled(EVEN, 2)))
    m_S, m_T = m_of[S.symbol], m_of[T.symbol]
    return Derivation(
        symbols=((r"Q_2,Q_3", "the projectors of the example of O3a"),),
        steps=told(
            r"""One constant on $S$ is $q_S=\Sigma^{+1/2}\tilde y_S=\alpha_S\tilde y_S$ (W8). Applying
            $\Sigma^{1/2}$ twice, $\tilde y_S$ is an eigenvector of $\Sigma$ with eigenvalue $\alpha_S^{-2}$; the
            converse is the functional calculus.""",
            _ROOTS.eq(
                of_S**2 * (Sigma * y_tilde(S)),
                y_tilde(S),
                of_S**2 * SQUARE * y_tilde(S),
                -of_S * (Root * Root) * uniform,
                -Root * uniform,
            ),
            r"Eigenvectors of different eigenvalues are orthogonal,",
            settled.eq(
                (of_S ** (-2) - of_T ** (-2)) * (y_tilde(S).T * y_tilde(T)),
                0,
                y_tilde(S).T * eigen_T,
                -eigen_S.T * y_tilde(T),
            ),
            r"which counts common labels:",
            MIXED.eq(y_tilde(S).T * y_tilde(T), y(S).T * y(T) - number(m_S * m_T / K)),
            r"""For a singleton or its complement, $|S\cap T|=m_Sm_T/K$ is impossible with $1\le m_T\le K-1$ (O3a),
            so all eigenvalues are equal; the $\tilde y_S$ span the range of $\Sigma$, which is a multiple of the
            projector onto it, and at rank $K-1$ of $P$.""",
            r"""*A support that splits*: the six labels of O3a, nine pairs across two triples and the two triples.
            Its $\Sigma$ is not flat, and all $\tilde y_S$ are eigenvectors, with one constant for pairs and one
            for triples.""",
            every(
                Instance(Sigma, "==", sp.Rational(2, 9) * across() + HALF * between(), groups, model),
                Instance(Sigma, "!=", trace(Sigma) * P / 5, groups, model),
            ),
        ),
        variants={
            "only if the spectrum is flat": Instance(Sigma, "==", trace(Sigma) * P / 5, groups, model),
            "orthogonal whatever the eigenvalues": settled.eq(y_tilde(S).T * y_tilde(T), 0),
            "with a singleton only if Sigma is a multiple of P": Instance(
                Sigma, "==", trace(Sigma) * P / 2, MIXED, label_model(3, {(1,): 1})
            ),
        },
    )


def _flat_model() -> Model:
    """The four pairs-and-singletons instance with uniform weights: every centered label vector is an eigenvector."""
    return label_model(3, {(1,): 1, (2,): 1, (3,): 1})


@proves("W8b")
def first_order_weights() -> Derivation:
    """W8b: how near the weights on classifier rows are to inverse square roots of the frequencies."""
    deviation = sp.IndexedBase("a", real=True)
    eps = sp.Symbol("varepsilon", real=True)
    a_k = deviation[k.symbol]
    D, vector = Letter("D", K, K, symmetric=True), Letter("a", K)
    singles = MIXED.extended(
        definitions=((D(), (a_k * (e(k) * e(k).T)).over(k)), (vector(), (a_k * e(k)).over(k))), models=(_deviating(),)
    )
    B = P * D() * P
    first = P - eps / 2 * B
    x = sp.Symbol("x", real=True)
    share, center = sp.Symbol("p", positive=True), sp.eye(2) - sp.ones(2, 2) / 2
    return Derivation(
        symbols=(
            (r"D=\mathrm{diag}(a)", "the deviations from balance"),
            (r"B=PDP", r"so that $K\Sigma=P+\varepsilon B$ (S3)"),
        ),
        steps=told(
            r"""The candidate $X=\sqrt K(P-\frac\varepsilon2B)$ for $\Sigma^{+1/2}$ satisfies $X\Sigma
                X=P+O(\varepsilon^2)$:""",
            singles.eq(
                first * (P + eps * B) * first, P - sp.Rational(3, 4) * eps**2 * (B * B) + eps**3 / 4 * (B * B * B)
            ),
            r"and $1-\frac x2$ is the inverse square root of $1+x$ to the same order, with the same remainder:",
            Scalars().eq((1 - x / 2) ** 2 * (1 + x), 1 - sp.Rational(3, 4) * x**2 + x**3 / 4),
            r"""The column of $X/\sqrt K$ at label $k$ differs from $(1-\frac\varepsilon2a_k)\tilde e_k$ by the
                same vector for all $k$:""",
            singles.eq(first * e(k) - (1 - eps / 2 * a_k) * (P * e(k)), eps / (2 * K) * (P * vector())),
            r"""$K=2$: the contrasts are a line, so $\Sigma=\frac12P$ for all frequencies, and W8 gives uniform
            weights:""",
            MatrixIdentity(
                sp.MatMul(center, sp.diag(share, 1 - share), center),
                center / 2,
                Scalars((share < 1,)),
                name=r"P\,\mathrm{diag}(p,1-p)\,P",
                value=r"\tfrac12P",
            ),
        ),
        variants={
            "the weights f_k^{-1/2} without correction": singles.eq(first * e(k), (1 - eps / 2 * a_k) * (P * e(k))),
            "the weights 1/f_k": singles.eq(
                (P - eps * B) * (P + eps * B) * (P - eps * B), P - sp.Rational(3, 4) * eps**2 * (B * B)
            ),
        },
    )


def _deviating() -> Model:
    deviations = (1, 2, -3)
    base = label_model(
        3,
        {(1,): 1, (2,): 1, (3,): 1},
        name="K = 3 with deviations 1, 2, -3",
        sizes={sp.Symbol("varepsilon", real=True): sp.Rational(1, 5)},
    )
    return replace(base, functions={**base.functions, "a": lambda label: sp.Integer(deviations[label - 1])})
