r"""Chapter T, continued: when the sign condition holds, and when it fails.

T3 is the condition-number test, T3a has families for which the condition is automatic, T3b a label distribution at
which the constant of T3 is attained, T4 the smallest failure.
"""

import itertools
from typing import Any

import sympy as sp

from proofs.kernel.algebra import Algebra
from proofs.kernel.checks import Equation
from proofs.kernel.compound import every, lemma
from proofs.kernel.derivation import Derivation, Part, proves, told
from proofs.kernel.explicit import MatrixIdentity, NumberPositive
from proofs.kernel.formula import Letter, eye, number
from proofs.kernel.models import Model
from proofs.kernel.normal_form import Rule
from proofs.kernel.outcome import Sign
from proofs.kernel.scalars import Scalars
from proofs.letters.roots import ROOTS_MIXED, InverseRoot
from proofs.letters.tagwise import at
from proofs.letters.three_labels import CENTER
from proofs.letters.vocabulary import PROPER, K, P, S, e, j, k, m, ones, y

_PLAIN = Scalars()


def theta(size: Any = m, labels: Any = K) -> Any:
    r""":math:`\theta_m=\sqrt{\frac m{(K-m)(K-1)}}`, minus the cosine between :math:`Pe_j` and :math:`Py_S`,
    :math:`j\notin S`."""
    return sp.sqrt(size / ((labels - size) * (labels - 1)))


# ====================================================================== T3

_a, _b = sp.symbols("a b", positive=True)
_A = Letter("A", K, K, symmetric=True)
_Low, _High = (
    Letter(name, K, K, tex=tex, symmetric=True, sign=Sign.NONNEGATIVE)
    for name, tex in (("A-", r"\underline{A}"), ("A+", r"\overline{A}"))
)
_o, _w = Letter("o", K, tex="e_j"), Letter("w", K, tex="y_S")
A, Low, High, outside, indicator = _A(), _Low(), _High(), _o(), _w()


def _pair_model(size: int, label_set: tuple[int, ...], low: int, high: int) -> Model:
    """An outside label, a set, and a matrix on the contrasts that is ``low`` but for one direction, where it is
    ``high``."""
    center = sp.eye(size) - sp.ones(size, size) / size
    direction = sp.Matrix([1, -1] + [0] * (size - 2))
    member = sp.Matrix([int(i in label_set) for i in range(1, size + 1)])
    return Model(
        name=f"K = {size}, j = {size}, S = {set(label_set)}, A = {low} but for {high} on (1, -1, 0, ...)",
        sizes={K: size, m: len(label_set), _a: low, _b: high},
        letters={
            "1": lambda: [[1]] * size,
            "o": lambda: [[int(i == size)] for i in range(1, size + 1)],
            "w": lambda: member,
            "A": lambda: low * center + (high - low) * direction * direction.T / 2,
        },
    )


_ONES = ones.data[0]
_PAIR = Algebra(
    letters=(_ONES, _o, _w, _A),
    definitions=((P, eye(K) - sp.Integer(1) / K * (ones * ones.T)), (Low, A - _a * P), (High, _b * P - A)),
    rules=(
        Rule(ones.T * ones, K, "K entries, each 1"),
        Rule(ones.T * outside, 1, "one entry is 1"),
        Rule(outside.T * outside, 1, "one entry is 1"),
        Rule(ones.T * indicator, m, "the number of labels in S"),
        Rule(indicator.T * indicator, m, "entries are 0 or 1"),
        Rule(outside.T * indicator, 0, "j is not in S"),
        Rule(A * ones, 0, "A acts on the contrasts"),
    ),
    scalars=PROPER,
    models=(_pair_model(4, (1, 2), 1, 3), _pair_model(5, (1, 2), 1, 2)),
)
"""One label outside one label set, and a symmetric matrix on the contrasts with spectrum in [a, b]."""


@proves("T3")
def kappa_control() -> Derivation:
    """T3: a well-conditioned second moment has the sign condition."""
    return Derivation.in_parts(_control(), _tight_over_matrices())


_u, _v = P * outside, P * indicator
_angle = sp.Symbol("theta", positive=True)
_ANGLE = Equation(r"the definition of theta", _angle**2 * (K - m) * (K - 1), m)


def _control() -> Part:
    t = sp.Symbol("t", positive=True)
    best = _angle * (K - m)
    value = -(_a + _b) * m / (2 * K) + (_b - _a) / 4 * (t * (K - 1) / K + m * (K - m) / (K * t))
    angle = _angle
    cosine = (-m / K) ** 2 / ((K - 1) / K * (m * (K - m) / K))
    plus, minus = t * _u + _v, t * _u - _v
    return Part(
        title="The test",
        statement=r"For $aP\preceq A\preceq bP$ with $b(1-\theta_m)\le a(1+\theta_m)$: $e_j^\top A\,y_S\le0$.",
        source="new here",
        symbols=(
            (r"\underline A=A-aP,\ \overline A=bP-A", "positive semidefinite"),
            (r"u=Pe_j,\ v=Py_S", r"so that $u^\top Av=e_j^\top Ay_S$ as $A\mathbf 1=0$"),
        ),
        steps=told(
            "The two vectors enclose an obtuse angle whose cosine depends on $K$ and $m$ only:",
            every(
                _PAIR.eq(_u.T * _u, (K - 1) / K),
                _PAIR.eq(_v.T * _v, m * (K - m) / K),
                _PAIR.eq(_u.T * _v, -m / K),
                (r"the squared cosine", PROPER.eq(cosine, _angle**2, _ANGLE * (-1 / ((K - m) * (K - 1))))),
            ),
            r"For every $t>0$ the entry is at most a number, by two quadratic forms:",
            _PAIR.ge(
                number(value),
                outside.T * A * indicator,
                1 / (4 * t) * (plus.T * High * plus) + 1 / (4 * t) * (minus.T * Low * minus),
            ),
            r"At $t=\|v\|/\|u\|=\theta_m(K-m)$ that number is",
            PROPER.eq(
                value.subs(t, best),
                -m / (2 * K * angle) * (_a * (1 + angle) - _b * (1 - angle)),
                _ANGLE * ((_b - _a) / (4 * K * angle)),
            ),
            r"""which is nonpositive under the condition. For $A=\Sigma^{+1/2}$, $a=\mathrm K^{-1/2}$,
                $b=\kappa^{-1/2}$ the condition is $\sqrt{\mathrm K/\kappa}\,(1-\theta)\le1+\theta$. The square of
                $\theta_m$ increases with $m$, up to 1 at $m=K-1$:""",
            "",
            every(
                _PLAIN.eq(sp.Derivative(_mass / ((K - _mass) * (K - 1)), _mass), K / ((K - _mass) ** 2 * (K - 1))),
                Scalars((K >= 2, K - _mass > 0)).gt(K / ((K - _mass) ** 2 * (K - 1)), 0),
                ("at most 1", PROPER.ge((K - m) * (K - 1) - m, 0, K * (K - m - 1))),
            ),
        ),
        variants={
            "kappa and K exchanged": _PAIR_AT.ge(
                number(value.subs({_a: _b, _b: _a}, simultaneous=True)) - outside.T * A * indicator,
                0,
                1 / (4 * t) * (plus.T * High * plus) + 1 / (4 * t) * (minus.T * Low * minus),
            ),
            "theta without the factor K - 1": Scalars((m >= 1, m + 2 <= K)).eq(cosine, m / (K - m)),
            "theta twice as large": Scalars(
                (_a * (1 + 2 * angle) - _b * (1 - 2 * angle) >= 0, 1 - 2 * angle > 0, m + 1 <= K)
            ).ge(-(-m / (2 * K * angle) * (_a * (1 + angle) - _b * (1 - angle))), 0),
        },
    )


_mass = sp.Symbol("m", positive=True)
_PAIR_AT = Algebra(
    letters=_PAIR.letters,
    definitions=_PAIR.definitions,
    rules=_PAIR.rules,
    scalars=PROPER,
    models=tuple(at(model, sizes={sp.Symbol("t", positive=True): 1}) for model in _PAIR.models),
)


_t, _length = sp.symbols("t ell", positive=True)
_TIGHT = Algebra(
    letters=_PAIR.letters,
    definitions=_PAIR.definitions,
    rules=_PAIR.rules,
    scalars=PROPER,
    models=(
        at(
            _pair_model(4, (1,), 1, 3),
            name="K = 4, j = 4, S = {1}, a = 1, b = 3",
            sizes={_angle: sp.Rational(1, 3), _t: 1, _length: 1},
        ),
    ),
)


def _tight_over_matrices() -> Part:
    plus, minus = _t * _u + _v, _t * _u - _v
    length = Equation("the length of w", plus.T * plus, _length)
    extremal = _a * P + (_b - _a) / _length * (plus * plus.T)
    projector = P - 1 / _length * (plus * plus.T)
    of_u, of_v = _t * (K - 1) / K - m / K, -_t * m / K + m * (K - m) / K
    ratio, square = _angle * (K - m), 2 * m * (K - m) * (1 - _angle) / K
    reached = -m / (2 * K * _angle) * (_a * (1 + _angle) - _b * (1 - _angle))
    return Part(
        title="No better constant for matrices",
        statement=r"""For $m\le K-2$ and any $0<a<b$ the matrix $A=aP+(b-a)\frac{ww^\top}{\ell}$, $w=tu+v$ with
            $t=\theta_m(K-m)=\|v\|/\|u\|$ and $\ell=\|w\|^2$, has spectrum $\{a,b\}$ on $\mathbf 1^\perp$ and attains
            the bound, so $e_j^\top Ay_S>0$ as soon as $b(1-\theta_m)>a(1+\theta_m)$.""",
        source="new here",
        steps=told(
            r"What $A$ leaves of $bP$ is $b-a$ times a projector, so the spectrum is $\{a,b\}$:",
            every(
                _TIGHT.eq(_b * P - extremal, (_b - _a) * projector),
                _TIGHT.eq(projector * projector, projector, 1 / _length**2 * plus * length * plus.T),
            ),
            "Its entry in question, for any $t$, and the length of $w$:",
            every(
                _TIGHT.eq(outside.T * extremal * indicator, -_a * m / K + (_b - _a) / _length * of_u * of_v),
                _TIGHT.eq(plus.T * plus, _t * of_u + of_v),
            ),
            r"""At $t=\theta(K-m)$ the length is $\frac{2m(K-m)(1-\theta)}K$, positive for $\theta<1$, and the entry
            is the bound:""",
            every(
                PROPER.eq((_t * of_u + of_v).subs(_t, ratio), square, _ANGLE * ((K - m) / K)),
                Scalars((m >= 1, m + 1 <= K, _angle < 1)).eq(
                    -_a * m / K + (_b - _a) / square * of_u.subs(_t, ratio) * of_v.subs(_t, ratio),
                    reached,
                    _ANGLE * ((_b - _a) / square * of_v.subs(_t, ratio) / (K * _angle)),
                ),
            ),
        ),
        variants={
            "with the difference of the two vectors": _TIGHT.eq(
                outside.T * (_a * P + (_b - _a) / _length * (minus * minus.T)) * indicator, reached, length
            ),
            "half of the correction": _TIGHT.eq(
                outside.T * (_a * P + (_b - _a) / (2 * _length) * (plus * plus.T)) * indicator, reached, length
            ),
        },
        remark=r"""That the constant is also attained by second moments of label distributions is T3b. It is not always:
            singletons never fail (T3a), whatever the condition number.""",
    )


# ====================================================================== T3a

_p_a, _p_b, _s = sp.symbols("pi_a pi_b s", positive=True)
_D, _D_inverse = (Letter(name, K, K, tex=tex, symmetric=True) for name, tex in (("D", "D"), ("D^-1", "D^{-1}")))
_e_a, _e_b = Letter("e_a", K), Letter("e_b", K)


def _diagonal_model(*weights: int) -> Model:
    size, total = len(weights), sum(weights)
    frequencies = [sp.Rational(w, total) for w in weights]
    return Model(
        name=f"K = {size} singletons with weights {', '.join(map(str, weights))}, labels a = 1 and b = 2",
        sizes={K: size, _p_a: frequencies[0], _p_b: frequencies[1], _s: sum(1 / p for p in frequencies)},
        letters={
            "1": lambda: [[1]] * size,
            "D": lambda: sp.diag(*frequencies),
            "D^-1": lambda: sp.diag(*(1 / p for p in frequencies)),
            "e_a": lambda: [[int(i == 0)] for i in range(size)],
            "e_b": lambda: [[int(i == 1)] for i in range(size)],
        },
    )


def _diagonal_algebra() -> Algebra:
    D, D_inverse, e_a, e_b = _D(), _D_inverse(), _e_a(), _e_b()
    return Algebra(
        letters=(_ONES, _D, _D_inverse, _e_a, _e_b),
        definitions=((P, eye(K) - sp.Integer(1) / K * (ones * ones.T)),),
        rules=(
            Rule(ones.T * ones, K, "K entries, each 1"),
            Rule(D * D_inverse, eye(K), "inverse"),
            Rule(D_inverse * D, eye(K), "inverse"),
            Rule(ones.T * e_a, 1, "one entry is 1"),
            Rule(ones.T * e_b, 1, "one entry is 1"),
            Rule(e_a.T * e_b, 0, "two labels"),
            Rule(D * e_a, _p_a * e_a, "diagonal"),
            Rule(D * e_b, _p_b * e_b, "diagonal"),
            Rule(D_inverse * e_a, 1 / _p_a * e_a, "diagonal"),
            Rule(D_inverse * e_b, 1 / _p_b * e_b, "diagonal"),
        ),
        models=(_diagonal_model(1, 2, 3), _diagonal_model(5, 2, 2, 1)),
    )


@proves("T3a")
def automatic_signs() -> Derivation:
    """T3a: nonpositive off-diagonal entries suffice; singletons, three labels and pairs of four labels never fail."""
    algebra = _diagonal_algebra()
    D, D_inverse, e_a, e_b = _D(), _D_inverse(), _e_a(), _e_b()
    sigma = P * D * P
    g = D_inverse * ones
    total = Equation("the definition of s", ones.T * g, _s)
    inverse = D_inverse - 1 / _s * (g * g.T)
    weights = sp.symbols("w_1:4", positive=True)
    signs = [sp.Matrix([1, 1, -1, -1]), sp.Matrix([1, -1, 1, -1]), sp.Matrix([1, -1, -1, 1])]
    moment = sum((w * s * s.T / 4 for w, s in zip(weights, signs, strict=True)), sp.zeros(4))
    root = sum((s * s.T / (4 * sp.sqrt(w)) for w, s in zip(weights, signs, strict=True)), sp.zeros(4))
    pair = sp.Matrix([1, 1, 0, 0])
    center = sp.eye(4) - sp.ones(4, 4) / 4
    triple = sp.symbols("d_1:4", positive=True)
    return Derivation(
        symbols=(
            (r"D=\mathrm{diag}(\pi)", r"so that $\Sigma=PDP$ (S3)"),
            (r"e_a,e_b", "the basis vectors of two different labels"),
        ),
        steps=told(
            r"(i) The entry in question is a sum of off-diagonal entries when $j\notin S$:",
            ROOTS_MIXED.eq(e(j).T * InverseRoot * y(S), ((e(k).T * y(S)) * (e(j).T * InverseRoot * e(k))).over(k)),
            r"""(ii) $N=D^{-1}-\frac1sgg^\top$ inverts $\Sigma$ on $\mathbf 1^\perp$ and annihilates $\mathbf 1$, so
            $N=\Sigma^+$:""",
            every(
                algebra.eq(inverse * sigma, P, 1 / (K * _s) * g * total * ones.T * D * P),
                algebra.eq(inverse * ones, 0, -1 / _s * g * total),
            ),
            "Its off-diagonal entries, and hence those of its root:",
            lemma(
                "roots of M-matrices (Alefeld and Schneider 1982)",
                r"""Let $N$ be symmetric positive semidefinite with off-diagonal entries $\le0$. Then the
                off-diagonal entries of $N^{1/2}$ are $\le0$; they are $<0$ if those of $N$ are. (Because
                $\sqrt x=\frac1{2\sqrt\pi}\int_0^\infty(1-e^{-tx})\,t^{-3/2}\,dt$ and $e^{-tN}$ has nonnegative
                entries.)""",
                ("the off-diagonal entries are", algebra.eq(e_a.T * inverse * e_b, -1 / (_p_a * _p_b * _s))),
                ("which is negative:", _PLAIN.gt(1 / (_p_a * _p_b * _s), 0)),
                ("$N$ is symmetric:", algebra.eq(inverse.T, inverse)),
                (
                    "and positive semidefinite, being an inverse of $\\Sigma$ there:",
                    algebra.eq(
                        inverse * sigma * inverse,
                        inverse,
                        1 / (K * _s) * g * total * ones.T * D * P * inverse,
                        1 / (K * _s) * ones * total * g.T,
                    ),
                ),
                gives=r"(\Sigma^{+1/2})_{ab}<0\qquad(a\ne b)",
            ),
            r"""Complements: $\Sigma$ is the same for $(K-1)$-sets (S4). For $K=3$ every proper label set is a
            singleton or the complement of one, hence $\Sigma=P\,\mathrm{diag}(d)\,P$ with
            $d_k=\pi(\{k\})+\pi(\{k\}^c)$; for example the pair $\{1,2\}$ contributes what $\{3\}$ does:""",
            MatrixIdentity(
                sp.MatMul(CENTER, triple[2] * sp.Matrix([1, 1, 0]) * sp.Matrix([[1, 1, 0]]), CENTER),
                sp.ImmutableMatrix(CENTER * sp.diag(0, 0, triple[2]) * CENTER),
                _PLAIN,
                name=r"P\,d_3y_{12}y_{12}^\top P",
            ),
            r"(If one $d_k$ vanishes, T6 has the entries in closed form, still negative.)",
            r"""(iii) The centered pairs of four labels are, up to sign, three orthonormal vectors, so with
            $w_1,w_2,w_3$ the masses of the three pairs of complementary pairs $\Sigma^{+1/2}=\sum_iw_i^{-1/2}E_i$,
            and the entries off the set are negative (where $w_i=0$, $\{1,2\}$ is not in the support):""",
            every(
                MatrixIdentity(
                    sp.MatMul(root, moment, root), center, _PLAIN, name=r"\Sigma^{+1/2}\Sigma\,\Sigma^{+1/2}", value="P"
                ),
                MatrixIdentity(
                    sp.MatMul(root, pair),
                    sp.Matrix([1, 1, -1, -1]) / (2 * sp.sqrt(weights[0])),
                    _PLAIN,
                    name=r"\Sigma^{+1/2}y_{12}",
                ),
            ),
        ),
        variants={
            "the inverse frequencies alone as the pseudo-inverse": algebra.eq(D_inverse * sigma, P),
            "the entries of the pseudo-inverse with the opposite sign": algebra.eq(
                e_a.T * inverse * e_b, 1 / (_p_a * _p_b * _s)
            ),
            "for pairs of four labels w^{-1} in place of w^{-1/2}": MatrixIdentity(
                sp.MatMul(root, pair), sp.Matrix([1, 1, -1, -1]) / (2 * weights[0]), _PLAIN
            ),
        },
    )


# ====================================================================== T3b

_NINE = 9
_SIX, _SEVENTH, _LAST = range(6), 6, (7, 8)
_WITHIN = tuple((0, i) for i in _SIX if i)


def _orbit_moment(inside: int, last: int) -> Any:
    """Mean of the centered moments over the 6-sets with so many labels of 1..6 and of 8, 9, and label 7 if one is
    missing."""
    center = sp.eye(_NINE) - sp.ones(_NINE, _NINE) / _NINE
    sets = [
        (*first, *([_SEVENTH] if inside + last < len(_SIX) else []), *second)
        for first in itertools.combinations(_SIX, inside)
        for second in itertools.combinations(_LAST, last)
    ]
    total = sp.zeros(_NINE, _NINE)
    for labels in sets:
        member = sp.Matrix([int(i in labels) for i in range(_NINE)])
        total += member * member.T
    return center * total * center / len(sets)


@proves("T3b")
def sharp_constant() -> Derivation:
    """T3b: the constant of T3 is attained, and cannot be improved, among label distributions."""
    share = sp.Symbol("omega", positive=True)
    setting = Scalars((share > 0, 1 - 37 * share >= 0))
    sigma = share * _orbit_moment(6, 0) + 12 * share * _orbit_moment(4, 1) + (1 - 13 * share) * _orbit_moment(5, 1)
    center = sp.eye(_NINE) - sp.ones(_NINE, _NINE) / _NINE
    u, v = center[:, _SEVENTH], center * sp.Matrix([int(i in _SIX) for i in range(_NINE)])
    plus, minus = sp.Rational(3, 2) * u + v, sp.Rational(3, 2) * u - v
    differences = {(a, b): sp.Matrix([(i == a) - (i == b) for i in range(_NINE)]) for a, b in (*_WITHIN, _LAST)}
    low, high = 2 * share, sp.Rational(2, 3) - sp.Rational(20, 3) * share
    of_inner = sp.Rational(1, 6) + sp.Rational(31, 30) * share
    of_last = (1 - share) / 2
    named = (
        (plus, low, "w_+"),
        (minus, high, "w_-"),
        *(
            (vector, of_last if pair == _LAST else of_inner, f"(e_{pair[0] + 1}-e_{pair[1] + 1})")
            for pair, vector in differences.items()
        ),
    )
    entry = (2 / sp.sqrt(low) - 6 / sp.sqrt(high)) / 6
    return Derivation(
        symbols=((r"u=Pe_7,\ v=Py_S", r"the two vectors of T3; $w_\pm=\frac32u\pm v$"), (r"\omega", "the mass of $S$")),
        steps=told(
            r"""The eigenvectors of $\Sigma$ on $\mathbf 1^\perp$: $w_+$, $w_-$, the five differences within $S$
            and that of the last two labels, eight in all.""",
            every(
                *(
                    MatrixIdentity(
                        sp.MatMul(sigma, vector),
                        value * vector,
                        setting,
                        name=rf"\Sigma {name}",
                        value=rf"\left({sp.latex(value)}\right){name}",
                    )
                    for vector, value, name in named
                )
            ),
            r"The first is the least and the second the largest, for $\omega\le\frac1{37}$:",
            every(
                setting.ge(of_inner - low, 0, (1 - 37 * share) / 6 + sp.Rational(26, 5) * share),
                setting.ge(of_last - of_inner, 0, (1 - 37 * share) / 3 + sp.Rational(54, 5) * share),
                setting.ge(high - of_last, 0, (1 - 37 * share) / 6),
                ("their ratio", setting.eq(high / low, (1 - 10 * share) / (3 * share))),
            ),
            r"""From $u=\frac13(w_++w_-)$ and $v=\frac12(w_+-w_-)$, with $\|w_+\|^2=2$ and $\|w_-\|^2=6$, the entry
            is $(\Sigma^{+1/2}y_S)_7=\frac16\bigl(\frac2{\sqrt\kappa}-\frac6{\sqrt{\mathrm K}}\bigr)$:""",
            every(
                MatrixIdentity(sp.MatMul(plus.T, plus), sp.Matrix([[2]]), setting, name=r"w_+^\top w_+"),
                MatrixIdentity(sp.MatMul(minus.T, minus), sp.Matrix([[6]]), setting, name=r"w_-^\top w_-"),
                MatrixIdentity(sp.MatMul(plus.T, minus), sp.Matrix([[0]]), setting, name=r"w_+^\top w_-"),
                MatrixIdentity(sp.MatAdd(plus, minus), 3 * u, setting, name="w_++w_-", value="3u"),
            ),
            r"and its sign is that of $\mathrm K-9\kappa$, zero at $\omega=\frac1{37}$ and positive below:",
            every(
                setting.eq(
                    entry, (high - 9 * low) / (3 * sp.sqrt(low) * sp.sqrt(high) * (sp.sqrt(high) + 3 * sp.sqrt(low)))
                ),
                setting.ge(high - 9 * low, 0, sp.Rational(2, 3) * (1 - 37 * share)),
            ),
        ),
        variants={
            "equal masses on the three kinds of sets": MatrixIdentity(
                sp.MatMul((_orbit_moment(6, 0) + _orbit_moment(4, 1) + _orbit_moment(5, 1)) / 3, plus),
                sp.Rational(2, 3) * plus,
                _PLAIN,
            ),
            "violated up to a larger mass": Scalars(
                (share > 0, 10 * share < 1), points=({share: sp.Rational(1, 20)},)
            ).gt(high - 9 * low, 0),
        },
    )


# ====================================================================== T4


@proves("T4")
def sign_condition_fails() -> Derivation:
    """T4: the smallest failure of the sign condition."""
    indicators = sp.Matrix([[1, 1, 0, 0], [1, 0, 1, 0], [0, 0, 0, 1]])
    center = sp.eye(4) - sp.ones(4, 4) / 4
    sigma = center * indicators.T * sp.diag(1, 1, 3) * indicators * center / 5
    vectors = (sp.Matrix([5, -3, -3, 1]), sp.Matrix([0, 1, -1, 0]), sp.Matrix([2, 1, 1, -4]))
    values = (sp.Rational(1, 20), sp.Rational(1, 5), sp.Rational(3, 5))
    root = sum(
        (w * w.T / (w.dot(w) * sp.sqrt(value)) for w, value in zip(vectors, values, strict=True)), sp.zeros(4, 4)
    )
    entry, exchanged = ((15 * sp.sqrt(a) - 8 * sp.sqrt(b)) / 66 for a, b in ((5, 15), (15, 5)))
    last = sp.Matrix([0, 0, 0, 1])
    column = root * last
    return Derivation(
        symbols=((r"v_1,v_2,v_3", r"$(5,-3,-3,1)$, $(0,1,-1,0)$, $(2,1,1,-4)$"),),
        steps=told(
            "The eigenvectors of $\\Sigma$ on the contrasts, orthogonal to each other:",
            every(
                *(
                    MatrixIdentity(
                        sp.MatMul(sigma, w),
                        value * w,
                        _PLAIN,
                        name=rf"\Sigma v_{i}",
                        value=rf"{sp.latex(value)}\,v_{i}",
                    )
                    for i, (w, value) in enumerate(zip(vectors, values, strict=True), 1)
                ),
                *(
                    MatrixIdentity(
                        sp.MatMul(vectors[a].T, vectors[b]),
                        sp.zeros(1, 1),
                        _PLAIN,
                        name=rf"v_{a + 1}^\top v_{b + 1}",
                        value="0",
                    )
                    for a, b in ((0, 1), (0, 2), (1, 2))
                ),
            ),
            r"so the inverse root is $\sum_i\lambda_i^{-1/2}\frac{v_iv_i^\top}{\|v_i\|^2}$, and indeed",
            MatrixIdentity(
                sp.MatMul(root, sigma, root), center, _PLAIN, name=r"\Sigma^{+1/2}\Sigma\,\Sigma^{+1/2}", value="P"
            ),
            r"The column of label 4, with a positive entry off the set:",
            every(
                MatrixIdentity(
                    sp.MatMul(root, last),
                    sp.Matrix([entry, *(sp.expand(c) for c in column[1:])]),
                    _PLAIN,
                    name=r"\Sigma^{+1/2}y_{\{4\}}",
                ),
                NumberPositive(entry, 0),
            ),
        ),
        variants={
            "the other entries of the column are positive too": NumberPositive(sp.expand(column[1]), 0),
            "the two roots exchanged": MatrixIdentity(
                sp.MatMul(last.T, root, sp.Matrix([1, 0, 0, 0])), sp.Matrix([[exchanged]]), _PLAIN
            ),
            "Sigma^+ in place of Sigma^{+1/2} has that entry": MatrixIdentity(
                sp.MatMul(root, root, last), sp.Matrix([entry, *(sp.expand(c) for c in column[1:])]), _PLAIN
            ),
            "the condition of T3 holds there": NumberPositive(4, values[2] / values[0]),
        },
    )
