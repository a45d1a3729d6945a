r"""W3 and W4 with their companions: what pick-all-labels cross entropy synthesises from prototypes in the limit.

The polar prototypes :math:`\frac1\varrho W^\top q_S` obey a rule exactly, at every :math:`\lambda`, and T8 says how
far the optimal prototypes are from them. Here the rules among polar prototypes are identities."""

from collections.abc import Mapping
from typing import Any

import sympy as sp

from proofs.chapters.weighted_synthesis.squared_loss import (
    FROM_SINGLETONS,
    MEAN_FEATURE,
    MEAN_SIZE,
    STATIONARY,
    in_set,
    mean_size,
    size,
    weight,
)
from proofs.kernel.algebra import Algebra
from proofs.kernel.checks import Equation, Identity
from proofs.kernel.derivation import Derivation, Step, proves, told
from proofs.kernel.formula import Formula, Letter, number
from proofs.kernel.models import Model
from proofs.kernel.scalars import Scalars
from proofs.letters.feature_model import h, with_letters
from proofs.letters.prototypes import SINGLETON
from proofs.letters.readings import Circumstances, Reading, Term
from proofs.letters.vocabulary import (
    HALF,
    MIXED,
    K,
    P,
    S,
    Sigma,
    W,
    d,
    e,
    entries,
    f,
    j,
    k,
    label_model,
    ones,
    y,
    y_tilde,
)

rho, alpha = sp.symbols("varrho alpha", positive=True)

_root = Letter("root", K, K, tex=r"\Sigma^{\frac12}", symmetric=True)
_inverse_root = Letter("inverse root", K, K, tex=r"\Sigma^{+\frac12}", symmetric=True)
_root_C = Letter("root C", K, K, tex=r"\Sigma_C^{\frac12}", symmetric=True)
_inverse_root_C = Letter("inverse root C", K, K, tex=r"\Sigma_C^{+\frac12}", symmetric=True)
_u = Letter("u", K)
_Sigma_C = Letter("Sigma C", K, K, tex=r"\Sigma_C", symmetric=True)
root, inverse_root = _root(), _inverse_root()
root_C, inverse_root_C = _root_C(), _inverse_root_C()
u, Sigma_C = _u(), _Sigma_C()

# ====================================================================== instances with rational square roots

_HADAMARD = tuple(sp.Matrix(signs) / 2 for signs in ((1, 1, -1, -1), (1, -1, 1, -1), (1, -1, -1, 1)))


def _combined(values: tuple[Any, Any, Any]) -> sp.Matrix:
    return sum((value * vector * vector.T for value, vector in zip(values, _HADAMARD, strict=True)), sp.zeros(4, 4))


def _four_labels(name: str, columns: tuple[tuple[int, Any], ...]) -> Model:
    """All singletons and pairs of four labels, unevenly weighted, such that both square roots are rational.

    ``columns`` are those of the classifier: which eigenvector, and its length. Their squares add up to the eigenvalues
    of the Gram matrix, which need not be squares themselves.
    """
    weights: Mapping[tuple[int, ...], int] = {
        **{(label,): 140 for label in (1, 2, 3, 4)},
        (1, 2): 194,
        (3, 4): 26,
        (1, 3): 55,
        (2, 4): 55,
        (1, 4): 55,
        (2, 3): 55,
    }
    half, two = HALF, sp.Integer(2)
    classifier = sp.Matrix.hstack(*(length * _HADAMARD[which] for which, length in columns))
    return label_model(
        4,
        weights,
        name=name,
        sizes={d: len(columns), rho: 2, alpha: 2, mean_size: sp.Rational(36, 25)},
        letters={
            "W": classifier.copy,
            "root": _combined((sp.Rational(3, 5), half, half)).copy,
            "inverse root": _combined((sp.Rational(5, 3), two, two)).copy,
            "root C": _combined((sp.Rational(72, 125), half, half)).copy,
            "inverse root C": _combined((sp.Rational(125, 72), two, two)).copy,
            "u": lambda: [[1], [2], [-1], [3]],
        },
    )


_UNEVEN_FOUR = "singletons (140 each) and pairs (194, 26, 55, 55, 55, 55) of 4 labels, in thousandths"
_fifth, _twentyfifth = sp.Rational(1, 5), sp.Rational(1, 25)
WITHOUT_BIAS = _four_labels(
    _UNEVEN_FOUR, ((1, sp.Integer(1)), (2, sp.Integer(1)), (0, sp.Integer(1)), (0, 2 * _fifth), (0, _fifth))
)
WITH_BIAS = _four_labels(
    f"{_UNEVEN_FOUR}, with a bias",
    ((1, sp.Integer(1)), (2, sp.Integer(1)), (0, 24 * _twentyfifth), (0, 12 * _twentyfifth)),
)

# ====================================================================== settings


def _limit(inverse: Formula, centre: Formula | None, letters: tuple[Letter, ...], model: Model) -> Algebra:
    """Limit prototypes, as the image of the targets under the classifier's pseudo-inverse."""

    def of(target: Formula) -> Any:
        moved = target if centre is None else target - centre
        return 1 / rho * (W.T * inverse * moved)

    return MIXED.extended(
        letters=(*letters, _u),
        definitions=((h(S), of(y(S))), (SINGLETON(k), of(e(k))), (Sigma_C, Sigma - P * f * f.T * P)),
        models=(model,),
        scalars=Scalars((K >= 2, sp.Ne(mean_size, 1))),
    )


NO_BIAS = _limit(inverse_root, None, (_root, _inverse_root), WITHOUT_BIAS)
EVEN_ROWS = NO_BIAS.extended(
    models=(
        WITHOUT_BIAS,
        label_model(
            4,
            {(1,): 1, (2,): 1, (3,): 1, (4,): 1, (1, 2, 3): 1, (1, 2, 4): 1, (1, 3, 4): 1, (2, 3, 4): 1},
            name="all singletons and triples of 4 labels, equally likely",
            sizes={d: 3, rho: 2, alpha: 2, mean_size: 2},
            letters={
                "W": lambda: sp.Matrix.hstack(*_HADAMARD),
                "root": lambda: _combined((HALF, HALF, HALF)),
                "inverse root": lambda: _combined((sp.Integer(2), sp.Integer(2), sp.Integer(2))),
                "u": lambda: [[1], [2], [-1], [3]],
            },
        ),
    )
)
r"""The same, tried where :math:`\Sigma=\frac14P` too."""
FREE_BIAS = _limit(inverse_root_C, f, (_root_C, _inverse_root_C), WITH_BIAS)

GRAM = Equation("the limit of the classifier", W * W.T, rho * root)
INVERTED = Equation("the square root", root * inverse_root, P)
SQUARED = Equation("the square root", root * root, Sigma)
CONSTANTS = Equation("constants in the kernel", inverse_root * ones, 0)
CENTERED_ROWS = Equation("rows that sum to zero", W.T * ones, 0)
INVERTED_C = Equation("the square root", root_C * inverse_root_C, P)
SQUARED_C = Equation("the square root", root_C * root_C, Sigma_C)
CONSTANTS_C = Equation("constants in the kernel", inverse_root_C * ones, 0)
SAME_IMAGE = Equation("equal logits", W * W.T * u, 0)

LIMIT = r"$\lambda\to0$, sign condition"
LIMIT_RULE = LIMIT + r", $\bar m\ne1$"
NONE = Circumstances("PAL-CE", "none", LIMIT, limit=True)
FREELY = Circumstances("PAL-CE", "free", LIMIT_RULE, limit=True)


def isotropic_polar_factor(free: bool) -> Identity:
    """The polar factor has the second moment P: it is a subgradient of the nuclear norm."""
    inverse, own_root, target = (inverse_root_C, root_C, P * (y(S) - f)) if free else (inverse_root, root, y_tilde(S))
    setting, squared, inverted = (FREE_BIAS, SQUARED_C, INVERTED_C) if free else (NO_BIAS, SQUARED, INVERTED)
    return setting.eq(
        ((inverse * target) * (inverse * target).T).over(S),
        P,
        -inverse * squared * inverse,
        inverted.T * own_root * inverse,
        P * inverted,
    )


def _near_polar(free: bool) -> Step:
    column = r"\Sigma_C^{+1/2}(y_S-f)" if free else r"\Sigma^{+1/2}y_S"
    return Step(
        rf"""The polar columns $q_S={column}$ have the second moment $P$, so the residuals $\mu q_S$ are dual feasible
        and T8 applies: every combination $\sum_Sc_Sh_S$ of prototypes is within
        $\bigl(\frac1\varrho E\sum_Sc_S^2/\pi_S\bigr)^{{1/2}}$ of that of the *polar prototypes* $\frac1\varrho
        W^\top q_S$.""",
        isotropic_polar_factor(free),
    )


# ====================================================================== W3: free bias


@proves("W3")
def free_bias_rule() -> Derivation:
    """W3: with a free bias the class-frequency-weighted rule holds among polar prototypes."""
    return Derivation(
        symbols=SYMBOLS,
        steps=told(
            _near_polar(free=True),
            "Polar prototypes are affine in $y_S$ and satisfy the rule for the same reason as in W2:",
            frequency_weighted(weight),
        ),
        variants={
            "plain sums": frequency_weighted(in_set),
            "the mean weighted by class frequencies": frequency_weighted(
                in_set - (size - 1) / mean_size * (e(k).T * f)
            ),
            "the polar columns with the root in place of its inverse": FREE_BIAS.eq(
                ((root_C * P * (y(S) - f)) * (root_C * P * (y(S) - f)).T).over(S), P, -root_C * SQUARED_C
            ),
        },
    )


SYMBOLS = (
    (r"\Sigma_C=PCP", r"the centered covariance, with pseudo-inverse root $\Sigma_C^{+1/2}$"),
    (r"\varrho=\sqrt{\lambda_H/\lambda_W}", "the scale between classifier and features"),
    (r"h_S", "from here on: the polar prototypes"),
)


def frequency_weighted(weights: Formula, where: Circumstances = FREELY) -> Reading:
    """Polar prototypes with a free bias, of PAL-CE."""
    image = W.T * inverse_root_C * f
    return Reading(
        h(S),
        (Term(weights, SINGLETON(k), k),),
        FROM_SINGLETONS,
        where,
        FREE_BIAS,
        using=(MEAN_SIZE * ((1 / (rho * (1 - mean_size))) * ((ones.T * y(S) - number(1)) * image)),),
    )


@proves("W3a")
def uniform_rule() -> Derivation:
    """W3a: the same prototypes with uniform corrections."""
    mean = SINGLETON(k).over(k) / K
    constants = W.T / rho * CONSTANTS_C
    uniform = (size - 1) / K

    def vanishing(divisor: Any) -> Identity:
        """The combination with the weights 1 - K f over the divisor."""
        return FREE_BIAS.eq(
            ((e(k).T * (ones - K / divisor * f)) * SINGLETON(k)).over(k),
            0,
            constants,
            MEAN_SIZE * ((K / (rho * divisor)) * (W.T * inverse_root_C * f)),
        )

    return Derivation(
        symbols=((r"\bar h=\frac1K\sum_jh_{\{j\}}", "the plain mean of the singleton prototypes"),),
        steps=told(
            r"""Logits of PAL-CE are centered, so constants are in the kernel of the classifier:
            $\Sigma_C^{+1/2}\mathbf 1=0$. Therefore one combination of singleton prototypes is zero:""",
            vanishing(mean_size - 1),
            r"Subtracting $\frac{m_S-1}K$ times it from W3 leaves uniform corrections:",
            _uniformly_corrected(uniform),
            r"Written with the mean:",
            FREE_BIAS.eq(
                h(S) - mean, (in_set * (SINGLETON(k) - mean)).over(k), constants * ((ones.T * y(S) - number(1)) / K)
            ),
        ),
        variants={
            "plain sums without the mean": FREE_BIAS.eq(h(S), (in_set * SINGLETON(k)).over(k)),
            "m_S/K in place of (m_S - 1)/K": _uniformly_corrected(size / K),
            "unique up to multiples of 1 - K f/m-bar": vanishing(mean_size),
            "the mean weighted by class frequencies": FREE_BIAS.eq(
                h(S) - ((e(k).T * f) * SINGLETON(k)).over(k) / mean_size,
                (in_set * (SINGLETON(k) - ((e(j).T * f) * SINGLETON(j)).over(j) / mean_size)).over(k),
            ),
        },
    )


def _uniformly_corrected(correction: Any) -> Reading:
    return Reading(
        h(S),
        (Term(in_set - correction, SINGLETON(k), k),),
        FROM_SINGLETONS,
        Circumstances("PAL-CE", "free", LIMIT, limit=True),
        FREE_BIAS,
        using=(W.T / rho * CONSTANTS_C * ((ones.T * y(S) - number(1)) / K),),
    )


@proves("W3b")
def unbiased_correction() -> Derivation:
    """W3b: at every penalty, the class-frequency-weighted correction is the only one that is right on average."""
    correction = Letter("t", d, tex="t")
    t = correction()
    sums = (in_set * SINGLETON(k)).over(k)
    weighted = ((e(k).T * f) * SINGLETON(k)).over(k)
    setting = STATIONARY.extended(
        letters=(correction, SINGLETON),
        models=tuple(_with_any_singletons(model) for model in STATIONARY.models),
        scalars=Scalars((K >= 2, sp.Ne(mean_size, 1))),
    )
    defect = h(S) - sums + (size - 1) * t
    cardinality = MEAN_SIZE * t
    return Derivation(
        symbols=((r"t\in\mathbb R^d", "a common correction"),),
        steps=told(
            r"""A free bias makes residuals average to zero, hence features (W2, first step, for every loss). The
            mean defect is therefore""",
            setting.eq(defect.over(S), (mean_size - 1) * t - weighted, MEAN_FEATURE, cardinality),
            r"which vanishes iff $(\bar m-1)\,t=\sum_jf_jh_{\{j\}}$.",
        ),
        variants={
            "the uniform correction is right on average": setting.eq(
                (h(S) - sums + ((size - 1) / K) * SINGLETON(j).over(j)).over(S), 0, MEAN_FEATURE
            ),
            "no correction is right on average": setting.eq((h(S) - sums).over(S), 0, MEAN_FEATURE),
        },
    )


def _with_any_singletons(model: Model) -> Model:
    """Singleton prototypes and a correction that are whatever they are."""
    width = int(model.sizes[d])
    return with_letters(
        model, {"h1": lambda label: entries("h1", str(label), rows=width), "t": lambda: entries("t", rows=width)}
    )


# ====================================================================== W4: no bias


@proves("W4")
def no_bias_rule() -> Derivation:
    """W4: without bias, plain sums among polar prototypes, whatever the imbalance."""
    return Derivation(
        symbols=((r"\Sigma^{+1/2}", r"the pseudo-inverse root of the centered second moment $\Sigma$"), *SYMBOLS[1:]),
        steps=told(
            _near_polar(free=False),
            "Polar prototypes are linear in $y_S$:",
            plain(in_set),
            r"""The mean of the singleton prototypes is zero here, so this is the same statement as that of W3a:
            *tag-wise sums are exact for prototypes measured from the mean of the singletons, with and without
            bias*.""",
            NO_BIAS.eq(SINGLETON(k).over(k), 0, W.T / rho * CONSTANTS),
        ),
        variants={
            "averages": plain(in_set / size),
            "weights by class frequencies": plain(in_set * (e(k).T * f)),
            "the rule of the free bias": plain(weight),
        },
    )


def plain(weights: Formula, where: Circumstances = NONE) -> Reading:
    """Those without one."""
    return Reading(h(S), (Term(weights, SINGLETON(k), k),), FROM_SINGLETONS, where, NO_BIAS)
