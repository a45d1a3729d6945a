r"""Which stationary points are optimal, and how much any other point leaves to gain (U7, U7a)."""

from collections.abc import Sequence
from typing import Any

import sympy as sp

from proofs.chapters.duality.gap_identities import UNFIT, gap_is_at_least
from proofs.chapters.stationarity.stationary_points import EIGEN
from proofs.kernel.checks import Equation, Identity
from proofs.kernel.compound import every, lemma
from proofs.kernel.derivation import Derivation, Part, Step, proves, told
from proofs.kernel.explicit import Instance
from proofs.kernel.formula import Letter, eye, norm2, number, trace
from proofs.kernel.models import Model
from proofs.kernel.normal_form import Rule
from proofs.kernel.outcome import Sign
from proofs.kernel.scalars import Scalars
from proofs.letters.feature_model import (
    BIAS_CASES,
    CLASSIFIER,
    FEATURES,
    FENCHEL_YOUNG_MEAN,
    ONE_FEATURE,
    PARTIAL_RANK,
    PARTIAL_SADDLE,
    POINTS,
    SADDLE,
    R,
    b,
    dual,
    gap,
    gaps,
    h,
    lam,
    lambda_H,
    lambda_W,
    loss_value,
    point,
    primal,
    r,
    rho,
    with_letters,
    without_bias_term,
    z,
)
from proofs.letters.losses import (
    BCE,
    ENTRIES,
    MSE,
    PAL,
    at_z,
    entry,
    fixed,
    labels,
    logits,
    multiplicity,
    over_labels,
    sigmoid,
    softmax,
)
from proofs.letters.vocabulary import HALF, PERCENT, SETS, K, S, W, d, v

# ====================================================================== U7: optimality

_GAP_ZERO = Equation("that r is the residual at z", gap(S), 0)
_eps, _alpha, _curv, _s, _mu = sp.symbols("epsilon alpha c s mu", positive=True)
_direction, _spare = Letter("v", K), Letter("u", d)
_new_loss = Letter("L'", tex="L_{{{0}}}({{z'}}_{{{0}}})", indices=(SETS,))
_excess = Letter("B_S", tex=r"\Delta'_{{{0}}}", indices=(SETS,), sign=Sign.NONNEGATIVE)
_W1 = Letter("W'", K, d)()
_h1 = Letter("h'", d, indices=(SETS,), tex="{{h'}}_{{{0}}}")
_z1 = Letter("z'", K, indices=(SETS,), tex="{{z'}}_{{{0}}}")
_unit_v, _u = Letter("v1", K, tex="v")(), _spare()


def _moved(model: Model, direction: Sequence[Any], spare: Sequence[Any], step: Any = 1) -> Model:
    """The model with a direction, a spare feature dimension, and the MSE after a step along them."""
    along, across = sp.Matrix(direction), sp.Matrix(spare)
    matrix = sp.Matrix(model.letters["W"]())
    energy = sum(
        weight * (along.T * sp.Matrix(model.letters["r"](s)))[0, 0] ** 2 for weight, s in model.members["label sets"]
    )
    slope = sp.Rational(3, 2)

    def new_logits(s: Any) -> sp.Matrix:
        pull = (along.T * sp.Matrix(model.letters["r"](s)))[0, 0]
        feature = sp.Matrix(model.letters["h"](s)) + step * pull * across
        return (matrix + step * slope * along * across.T) * feature + sp.Matrix(model.letters["b"]())

    def old_logits(s: Any) -> sp.Matrix:
        return matrix * sp.Matrix(model.letters["h"](s)) + sp.Matrix(model.letters["b"]())

    def half_square(vector: sp.Matrix) -> sp.Matrix:
        return vector.T * vector / 2

    return with_letters(
        model,
        {
            "v1": lambda: along,
            "u": lambda: across,
            "L'": lambda s: half_square(new_logits(s) - sp.Matrix(model.letters["y"](s))),
            "B_S": lambda s: half_square(new_logits(s) - old_logits(s)),
        },
        {_eps: step, _alpha: slope, rho: energy},
    )


_DESCENT = POINTS.extended(
    letters=(_unit_v.data[0], _spare, _new_loss, _excess),
    definitions=(
        (_W1, W + _eps * _alpha * (_unit_v * _u.T)),
        (_h1(S), h(S) + _eps * (_unit_v.T * r(S)) * _u),
        (_z1(S), _W1 * _h1(S) + b),
    ),
    rules=(
        Rule(_u.T * _u, 1, "a unit vector"),
        Rule(_unit_v.T * _unit_v, 1, "a unit vector"),
        Rule(W * _u, 0, "u is a spare direction of the features"),
    ),
    models=(
        _moved(PARTIAL_SADDLE, (1, 0), (1, 0)),
        _moved(SADDLE, (sp.Rational(3, 5), sp.Rational(4, 5)), (1, 0), 2),
        _moved(PARTIAL_RANK, (0, 1), (0, 1)),
    ),
)
_TANGENT = Equation("the divergence of the loss", _new_loss(S) - loss_value(S), _excess(S) - r(S).T * (_z1(S) - z(S)))
_ENERGY = Equation("the energy along v", _unit_v.T * R * _unit_v, rho)
_new_primal = _new_loss(S).over(S) + lambda_W / 2 * norm2(_W1) + lambda_H / 2 * norm2(_h1(S)).over(S)
_gain = lambda_W * _alpha**2 / 2 + lambda_H * rho / 2 - _alpha * rho


def _descent_steps() -> tuple[Step, ...]:
    pull = _unit_v.T * r(S)
    return told(
        r"""Let $v\in\mathbb R^K$ and $u\in\mathbb R^d$ be unit vectors with $Wu=0$, and move to
        $W'=W+\varepsilon\alpha\,vu^\top$, $h'_S=h_S+\varepsilon(v^\top r_S)u$. Since $u^\top
        h_S=\frac1{\lambda_H}(Wu)^\top r_S=0$ the logits move along $v$ alone, to second order in $\varepsilon$:""",
        _DESCENT.eq(_z1(S), z(S) + _eps**2 * _alpha * pull * _unit_v, _eps * _alpha * (_unit_v * _u.T) * FEATURES),
        r"""The penalties move by squares, and the loss by its slope and by its divergence $\Delta'_S\ge0$ from
        the tangent. With $v^\top Rv=\rho$,""",
        _DESCENT.eq(
            _new_primal - primal,
            _excess(S).over(S) + _eps**2 * _gain,
            _TANGENT.over(S),
            (-_eps * _alpha * (r(S).T * _unit_v * _u.T) * FEATURES).over(S),
            (lambda_H * _eps * (pull * _u.T) * FEATURES).over(S),
            _eps**2 * (lambda_H / 2 - _alpha) * _ENERGY,
        ),
        r"The second-order term is least at $\alpha=\rho/\lambda_W$, where it is negative iff $\rho>\lambda$:",
        Scalars().eq(_gain.subs(_alpha, rho / lambda_W), -rho * (rho - lam) / (2 * lambda_W)),
    )


def _sufficiency() -> Part:
    balanced = (
        FENCHEL_YOUNG_MEAN,
        _GAP_ZERO.over(S),
        (lambda_W / 2 * W.T * CLASSIFIER).traced,
        (lambda_H / 2 * h(S).T * FEATURES).over(S),
    )
    return Part(
        title="Sufficiency",
        statement=r"A stationary point with $R\preceq\lambda I$ is globally optimal, for any $d$.",
        source="new here",
        steps=told(
            r"At a stationary point its own residuals close the gap, whatever $R$ is:",
            every(
                *((words, POINTS.eq(primal, dual, *balanced, without_bias_term(case))) for words, case in BIAS_CASES)
            ),
            r"If $R\preceq\lambda I$ these residuals are dual feasible, so $F=D(r)\le\min F$ by U6.",
        ),
        variants={
            "no gap at points that are stationary in the features only": POINTS.eq(
                primal, dual, balanced[0], balanced[1], balanced[3], without_bias_term("no bias")
            ),
            "no gap between a point and residuals of another one": POINTS.eq(
                primal, dual, balanced[0], *balanced[2:], without_bias_term("no bias")
            ),
            "stationary is enough": POINTS.ge(v.T * (lam * eye(K) - R) * v, 0, None, v.T * EIGEN * W.T * v),
        },
    )


_ray, _direction_entries = sp.Symbol("t", real=True), sp.IndexedBase("v", real=True)


def _along(at: Any) -> Any:
    """Logits on a line."""
    return logits[at] + _ray * _direction_entries[at]


def _curvature_steps() -> tuple[Step, ...]:
    """The curvature of the three losses, and the bounds of it that Taylor's theorem needs."""
    t, a, along = _ray, _direction_entries, _along
    top, bottom = sp.symbols("v_max v_min", real=True)
    mean = over_labels(softmax(along, entry) * a[entry])
    square = over_labels(a[entry] ** 2)
    return told(
        r"The second derivatives of the losses along $v$ at any logits, for PAL-CE, BCE and MSE in turn:",
        every(
            (
                "PAL-CE",
                ENTRIES.eq(
                    sp.Derivative(PAL.value(along, labels, multiplicity), (t, 2)),
                    multiplicity * (over_labels(softmax(along, entry) * a[entry] ** 2) - mean**2),
                ),
            ),
            (
                "BCE",
                ENTRIES.eq(
                    sp.Derivative(BCE.value(along, labels, multiplicity), (t, 2)),
                    over_labels(sigmoid(along, entry) * (1 - sigmoid(along, entry)) * a[entry] ** 2),
                ),
            ),
            ("MSE", ENTRIES.eq(sp.Derivative(MSE.value(along, labels, multiplicity), (t, 2)), square)),
        ),
        r"The curvature of PAL-CE is $m$ times a variance.",
        lemma(
            "Popoviciu's inequality",
            r"""The variance of a random variable with values between $v_{\min}$ and $v_{\max}$ is at most
            $\frac14(v_{\max}-v_{\min})^2$.""",
            ("softmax is a probability vector,", ENTRIES.eq(over_labels(softmax(at_z, entry)), 1)),
            ("and positive:", ENTRIES.gt(softmax(at_z, fixed), 0)),
            gives=r"\sum_kp_kv_k^2-\Bigl(\sum_kp_kv_k\Bigr)^2\ \le\ \frac14(v_{\max}-v_{\min})^2",
        ),
        r"So the curvatures are at most $c\|v\|^2$, with $c=\frac m2$ for PAL-CE, $\frac14$ for BCE and 1 for MSE:",
        lemma(
            "Taylor's theorem",
            r"""If the second derivative along every direction $v$ is at most $c\|v\|^2$, the
            function lies above its tangent by at most $\frac c2$ times the squared distance.""",
            (
                r"PAL-CE, where $\frac12\|v\|^2\ge\frac12(v_{\max}^2+v_{\min}^2)$:",
                ENTRIES.ge((top**2 + bottom**2) / 2 - (top - bottom) ** 2 / 4, 0, (top + bottom) ** 2 / 4),
            ),
            (
                "BCE, coordinate by coordinate:",
                ENTRIES.ge(
                    sp.Rational(1, 4) - sigmoid(at_z, fixed) * (1 - sigmoid(at_z, fixed)),
                    0,
                    (HALF - sigmoid(at_z, fixed)) ** 2,
                ),
            ),
            gives=r"\Delta'_S\ \le\ \frac c2\,\left\lVert z'_S-z_S\right\rVert^{2}",
        ),
    )


_SPARE_MISSING = with_letters(ONE_FEATURE, {"v": lambda: [[0], [1]]})


def _necessity() -> Part:
    return Part(
        title="Necessity",
        statement=r"""If $d\ge K$ (for PAL-CE $d\ge K-1$) a stationary point with $\lambda_{\max}(R)>\lambda$ is not
            even a local minimum.""",
        source="new here",
        symbols=(
            ("u", r"a direction of the features that $W$ does not use, $v$ an eigenvector of $R$"),
            (r"\Delta'_S", r"$L_S(z'_S)-L_S(z_S)+r_S^\top(z'_S-z_S)$, the divergence of U1"),
        ),
        steps=told(
            *_descent_steps(),
            *_curvature_steps(),
            r"where $c=\frac12\max_Sm_S$ for PAL-CE. The logits move by",
            _DESCENT.eq(norm2(_z1(S) - z(S)).over(S), _eps**4 * _alpha**2 * rho, *_logit_step_squared()),
            r"""of fourth order in $\varepsilon$. So $F$ decreases for small $\varepsilon$ if
            $\rho=\lambda_{\max}(R)>\lambda$. A spare direction $u$ exists unless $\mathrm{rank}\,W=d$; then $W$ has the
            largest possible rank, and $R=\lambda I$, for PAL-CE $R=\lambda P$ (U8), so $R\preceq\lambda I$.""",
        ),
        variants={
            "the second-order term without the coupling of W and h": _DESCENT.eq(
                _new_primal - primal,
                _excess(S).over(S) + _eps**2 * (_gain + _alpha * rho),
                _TANGENT.over(S),
                _eps**2 * (lambda_H / 2 - _alpha) * _ENERGY,
            ),
            "the curvature of PAL-CE without the square of the mean": ENTRIES.eq(
                sp.Derivative(PAL.value(_along, labels, multiplicity), (_ray, 2)),
                multiplicity * over_labels(softmax(_along, entry) * _direction_entries[entry] ** 2),
            ),
            "the curvature of BCE at most 1/5": ENTRIES.ge(
                sp.Rational(1, 5) - sigmoid(at_z, fixed) * (1 - sigmoid(at_z, fixed)), 0
            ),
            "one feature dimension less": Instance(number(lam) * (v.T * v), ">=", v.T * R * v, POINTS, _SPARE_MISSING),
            "a descent although rho < lambda": Scalars((rho < lam,)).gt(rho * (rho - lam) / (2 * lambda_W), 0),
        },
        remark=r"""For smaller $d$ there may be no spare direction, and the optimum of the restricted problem need not
            satisfy $R\preceq\lambda I$.""",
    )


def _logit_step_squared() -> tuple[Equation, ...]:
    """The square of what the logits move by, from the first descent step."""
    move = Equation("the move of the logits", _z1(S) - z(S), _eps**2 * _alpha * (_unit_v.T * r(S)) * _unit_v)
    return (
        ((_z1(S) - z(S)).T * move).over(S),
        (move.T * (_eps**2 * _alpha * (_unit_v.T * r(S)) * _unit_v)).over(S),
        _eps**4 * _alpha**2 * _ENERGY,
    )


def _uniqueness() -> Part:
    return Part(
        title="Uniqueness",
        statement=r"""The dual optimum $r^*$ is unique, the residuals of every optimal point are $r^*$, and all
            optimal points have the same predictions, the same $G$ and the same inner products of features and
            classifier rows.""",
        source="new here",
        steps=told(
            r"""Let $(W,H,b)$ be optimal and $r$ feasible with $D(r)=\min F$. The gap is at least the divergence
            of the predictions,""",
            gap_is_at_least(gaps, UNFIT),
            r"""and it is zero. So every $\Delta_S(r_S,z_S)$ is zero, that is $r_S$ is the residual at $z_S$ (U5).
            By sufficiency and necessity the residuals of some optimal point are dual optimal; hence there is one
            dual optimum, and it consists of the residuals of *every* optimal point. Equal residuals are equal
            predictions, and by U10 they determine $G$ and all inner products.""",
        ),
        variants={"the gap at least twice the divergence": gap_is_at_least(2 * gaps, UNFIT)},
        remark=r"""$W$ and $H$ themselves are unique up to a rotation of the features. A minimiser exists at $b=0$
            because $F$ is coercive, and for a free bias when $f_k>0$ (PAL-CE), $0<f_k<1$ (BCE).""",
    )


@proves("U7")
def global_certificate() -> Derivation:
    """U7: a stationary point is optimal iff R is at most lambda, and the geometry is unique."""
    return Derivation.in_parts(_sufficiency(), _necessity(), _uniqueness())


# ====================================================================== U7a: the depth

_large, _alive = sp.symbols("D q", integer=True, positive=True)
_g = sp.Symbol("g", positive=True)
_embedding, _unused = Letter("E", _large, d), Letter("U", _large, _alive)
_vectors = Letter("V", K, _alive)
_singular = Letter("Lambda", _alive, _alive, tex=r"\Lambda", symmetric=True)
_step = Letter("B", _alive, _alive, symmetric=True)
_E, _U, _V, _L, _B = _embedding(), _unused(), _vectors(), _singular(), _step()
_W2 = Letter("W''", K, _large, tex="W'")()
_h2 = Letter("h''", _large, indices=(SETS,), tex="{{h'}}_{{{0}}}")
_z2 = Letter("z''", K, indices=(SETS,), tex="{{z'}}_{{{0}}}")


def _enlarged() -> Model:
    """The MSE at ``W = 0`` with features that are wasted, and the best step along both coordinates for ``c = 2``."""
    wasted = point(
        "W = 0 and idle features for the MSE with K = 2, 16/25 on {1}, 9/25 on {2}, at lambda = (11/25)^2",
        2,
        {(1,): 16, (2,): 9},
        classifier=[[0], [0]],
        regularisation=(sp.Rational(11, 50), sp.Rational(22, 25)),
        residuals={(1,): (1, 0), (2,): (0, 1)},
        features={(1,): (1,), (2,): (-2,)},
    )
    roots, step = sp.diag(sp.Rational(4, 5), sp.Rational(3, 5)), sp.diag(sp.Rational(3, 8), sp.Rational(1, 3))

    def moved(s: Any) -> sp.Matrix:
        return 2 * roots * step**2 * sp.Matrix(wasted.letters["r"](s))

    def half_square(vector: sp.Matrix) -> sp.Matrix:
        return vector.T * vector / 2

    return with_letters(
        wasted,
        {
            "E": lambda: [[1], [0], [0]],
            "U": lambda: [[0, 0], [1, 0], [0, 1]],
            "V": lambda: sp.eye(2),
            "Lambda": lambda: roots,
            "B": lambda: step,
            "L'": lambda s: half_square(moved(s) - sp.Matrix(wasted.letters["y"](s))),
            "B_S": lambda s: half_square(moved(s)),
        },
        {_large: 3, _alive: 2, _g: 2, _mu: sp.Rational(11, 25), _curv: 2},
    )


_ENLARGED = POINTS.extended(
    letters=(_embedding, _unused, _vectors, _singular, _step, _new_loss, _excess),
    definitions=(
        (_W2, W * _E.T + _g * (_V * _L * _B * _U.T)),
        (_h2(S), _E * h(S) + _U * _B * _V.T * r(S)),
        (_z2(S), _W2 * _h2(S) + b),
    ),
    rules=(
        Rule(_E.T * _E, eye(d), "the old features are kept"),
        Rule(_U.T * _U, eye(_alive), "orthonormal new ones"),
        Rule(_E.T * _U, 0, "across the old ones"),
        Rule(_U.T * _E, 0, "across the old ones"),
        Rule(_V.T * _V, eye(_alive), "orthonormal eigenvectors"),
    ),
    models=(_enlarged(),),
)
_TANGENT_2 = Equation("the divergence of the loss", _new_loss(S) - loss_value(S), _excess(S) - r(S).T * (_z2(S) - z(S)))
_SPECTRUM = Equation("eigenvectors of R", _V.T * R * _V, _L * _L)
_RATIO = Equation("the ratio of the penalties", number(lambda_H), number(_g**2 * lambda_W))
_ROOT = Equation("the root of lambda", number(_mu), number(_g * lambda_W))
_BEST = Equation("the best step", _L * _L * _B * _B, 1 / (_curv * _g) * (_L - _mu * eye(_alive)))
_new_primal_2 = _new_loss(S).over(S) + lambda_W / 2 * norm2(_W2) + lambda_H / 2 * norm2(_h2(S)).over(S)
_effort, _pull = trace(_L * _L * _B * _B), trace(_L * _L * _L * _B * _B)
_depth = trace((_L - _mu * eye(_alive)) * (_L - _mu * eye(_alive)))


_best_biased = sp.Rational(4, 25)  # the optimum of the same instance with a free bias is W = 0, b = (4/5, 1/5)
_lost = (sp.sqrt(sp.Rational(4, 5)) - sp.sqrt(sp.Rational(9, 20))) ** 2 / 2


def _completed(share: Any) -> Identity:
    """What the step changes at most, with the best step inserted."""
    square = trace(_L * _L * _B * _B * _L * _L * _B * _B)
    return _ENLARGED.eq(
        _g * _mu * _effort - _g * _pull + _curv / 2 * _g**2 * square,
        -share / _curv * _depth,
        (_g * _mu * _BEST).traced,
        (-_g * _L * _BEST).traced,
        (_curv / 2 * _g**2 * (_L * _L * _B * _B) * _BEST).traced,
        (_g / 2 * (_L - _mu * eye(_alive)) * _BEST).traced,
    )


def _two_penalties(linear: Any) -> Identity:
    return _ENLARGED.eq(
        _new_primal_2 - primal,
        _excess(S).over(S) + _g * _mu * _effort - linear * _pull,
        _TANGENT_2.over(S),
        (lambda_H / 2 * (_B * _B) * _SPECTRUM).traced,
        (-_g * (_L * _B * _B) * _SPECTRUM).traced,
        _RATIO * (_effort / 2),
        _ROOT * (-_g * _effort),
    )


@proves("U7a")
def depth_of_saddles() -> Derivation:
    """U7a: no spurious local minima, and how much any point can be improved."""
    return Derivation(
        symbols=(
            (
                r"V,\ \Lambda",
                r"orthonormal eigenvectors of $R$ with eigenvalue above $\lambda$, and the roots $\sqrt{\rho_i}$",
            ),
            (r"E,\ U", r"the old feature space in one that is larger, and new features for every eigenvector"),
            (r"g=\sqrt{\lambda_H/\lambda_W},\ \mu=\sqrt\lambda", "so that $\\mu=g\\lambda_W$"),
            ("B", "the size of the step, diagonal like $\\Lambda$"),
        ),
        steps=told(
            r"""Local minima are stationary points, and by U7 one that is not optimal is no local minimum. For the
            depth give the model more features, which does not change $\min F$: it is attained by factors of the
            best logits, whose rank is at most $K$ (PAL-CE: $K-1$; U5). With $W'=WE^\top+gV\Lambda BU^\top$ and
            $h'_S=Eh_S+UBV^\top r_S$ the logits move along their residuals:""",
            _ENLARGED.eq(_z2(S), z(S) + _g * (_V * _L * _B * _B * _V.T * r(S))),
            r"The penalties and the slope of the loss add up to traces, whatever the point is:",
            _two_penalties(_g),
            r"The divergence is at most $\frac c2\|z'_S-z_S\|^2$ (U7, by Taylor's theorem), which is on average",
            _ENLARGED.eq(
                norm2(_z2(S) - z(S)).over(S),
                _g**2 * trace(_L * _L * _B * _B * _L * _L * _B * _B),
                (_g**2 * (_B * _B * _L * _L * _B * _B) * _SPECTRUM).traced,
            ),
            r"""The best step is $B^2=\frac1{cg}\Lambda^{-2}(\Lambda-\mu I)$, positive because $\rho_i>\lambda$.
            It completes the square, and $F$ falls by the depth:""",
            _completed(HALF),
            r"""For MSE $c=1$ and nothing was lost. At $W=0$ with the best bias the residuals are the targets of
            W2a; a direction with singular value $s$ costs $\frac12s^2$ there and $\mu s-\frac12\mu^2$ at the
            optimum, if $s>\mu$:""",
            every(
                Scalars().eq(_s**2 / 2 - (_mu * _s - _mu**2 / 2), (_s - _mu) ** 2 / 2),
                ("with two labels, at $W=0$ and at the optimum:", Instance(primal, "==", HALF, POINTS, SADDLE)),
                Instance(primal, "==", HALF - _lost, POINTS, PARTIAL_RANK),
            ),
            r"where $\rho=\frac45$ and $\lambda=\frac9{20}$.",
        ),
        variants={
            "depth 1 % larger": _completed(PERCENT / 2),
            "half of the slope": _two_penalties(_g / 2),
            "the square of rho - lambda": Scalars().eq(_s**2 / 2 - (_mu * _s - _mu**2 / 2), (_s**2 - _mu**2) ** 2 / 2),
            "attained at W = 0 whatever the bias": Instance(primal, "==", _best_biased + _lost, POINTS, SADDLE),
        },
    )
