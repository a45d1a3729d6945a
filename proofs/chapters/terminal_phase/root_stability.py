r"""T5 and T5a: how far the terminal geometry moves with the label distribution, and the floor under its contrasts."""

from typing import Any

import sympy as sp

from proofs.kernel.algebra import Algebra
from proofs.kernel.checks import Equation
from proofs.kernel.derivation import Derivation, proves, told
from proofs.kernel.formula import Formula, Letter, eye, number
from proofs.kernel.normal_form import Rule
from proofs.kernel.outcome import Sign
from proofs.kernel.scalars import Scalars
from proofs.letters.roots import PAIRS, ROOTS_MIXED, Root
from proofs.letters.tagwise import at
from proofs.letters.vocabulary import K, P, e, j, k, kappa, ones, x

_PLAIN = Scalars()

at_p, at_q = sp.symbols("l l'", positive=True)
eta = sp.Symbol("eta", nonnegative=True)


def two_roots() -> tuple[Any, ...]:
    """The roots of two moments on contrasts, their inverses, and what they exceed the least eigenvalue by."""
    root_p, root_q, inverse_p, inverse_q, low_p, low_q = (
        Letter(name, K, K, tex=tex, symmetric=True, sign=Sign.NONNEGATIVE)
        for name, tex in (
            ("Rp", r"\Sigma^{1/2}"),
            ("Rq", r"\Sigma'^{1/2}"),
            ("Ip", r"\Sigma^{+1/2}"),
            ("Iq", r"\Sigma'^{+1/2}"),
            ("Lp", r"N"),
            ("Lq", r"N'"),
        )
    )
    signs = sp.Matrix([1, 1, -1, -1])
    plain = sp.eye(4) - sp.ones(4, 4) / 4
    E = signs * signs.T / 4
    model = at(
        PAIRS,
        name="K = 4 with roots 1 and 1, but for 3 in the first on (1, 1, -1, -1)",
        sizes={at_p: 1, at_q: 1, eta: 2, kappa: 1},
        letters={
            "Rp": lambda: plain + 2 * E,
            "Rq": lambda: plain,
            "Ip": lambda: plain - E * sp.Rational(2, 3),
            "Iq": lambda: plain,
            "x": lambda: signs,
        },
    )
    RP, RQ, IP, IQ = root_p(), root_q(), inverse_p(), inverse_q()
    algebra = Algebra(
        letters=(ones.data[0], x.data[0], root_p, root_q, inverse_p, inverse_q),
        definitions=(
            (P, eye(K) - sp.Integer(1) / K * (ones * ones.T)),
            (low_p(), RP - at_p * P),
            (low_q(), RQ - at_q * P),
        ),
        rules=(
            Rule(ones.T * ones, K, "K entries, each 1"),
            Rule(ones.T * x, 0, "x is a contrast"),
            *(Rule(letter * ones, 0, "contrasts only") for letter in (RP, RQ, IP, IQ)),
            *(
                Rule(a * b, P, "inverse on the contrasts")
                for one, other in ((RP, IP), (RQ, IQ))
                for a, b in ((one, other), (other, one))
            ),
        ),
        models=(model,),
    )
    return algebra, RP, RQ, IP, IQ, low_p(), low_q()


@proves("T5")
def stability() -> Derivation:
    """T5: the weakest contrast is the condition number of the map from data to geometry, and a floor under it."""
    algebra, RP, RQ, _, _, low_p, low_q = two_roots()
    difference = RP - RQ
    moments = RP * RP - RQ * RQ
    eigen = Equation("the eigenvector", difference * x, eta * x)
    one, other = sp.symbols("a b", positive=True)
    floor = ROOTS_MIXED.extended(
        definitions=((_floor_letter(), Root - at_p * P),), models=[at(PAIRS, sizes={at_p: sp.Rational(2, 7)})]
    )
    pair = e(j) - e(k)
    two = Equation("two labels", e(j).T * e(k), 0)
    return Derivation(
        symbols=(
            (r"l=\sqrt\kappa,\ l'=\sqrt{\kappa'}", "the least eigenvalues of the roots on the contrasts"),
            (r"N=\Sigma^{1/2}-lP,\ N'", "positive semidefinite"),
            (
                r"\eta,\ x",
                r"""$\eta=\|\Sigma^{1/2}-\Sigma'^{1/2}\|_2$ and an eigenvector, the distributions named such that the
                eigenvalue is $+\eta$""",
            ),
        ),
        steps=told(
            r"The difference of the roots solves a Sylvester equation:",
            algebra.eq(RP * difference + difference * RQ, moments),
            r"""Along its top eigenvector the difference of the moments is at least $\eta(l+l')$, which is the claim
            since it is at most $\|\Sigma-\Sigma'\|_2\|x\|^2$:""",
            algebra.ge(
                x.T * moments * x,
                eta * (at_p + at_q) * (x.T * x),
                eta * (x.T * low_p * x) + eta * (x.T * low_q * x),
                x.T * RP * eigen,
                eigen.T * RQ * x,
            ),
            "For $\\Sigma=a^2P$, $\\Sigma'=b^2P$ it is an equality:",
            _PLAIN.eq((one**2 - other**2) / (one + other), one - other),
            r"*The floor.* With $N=\Sigma^{1/2}-lP\succeq0$,",
            floor.ge(pair.T * Root * pair, 2 * at_p * number(1), pair.T * _floor_letter() * pair, two * (-2 * at_p)),
            r"""where the left side is $\|w_j-w_k\|^2$ for $WW^\top=\Sigma^{1/2}$. The form vanishes iff
                $N(e_j-e_k)=0$.""",
        ),
        variants={
            "a third of the bound": algebra.ge(
                x.T * moments * x - 3 * eta * (at_p + at_q) * (x.T * x), 0, None, x.T * eigen
            ),
            "the Sylvester equation with the factors exchanged in one term": algebra.eq(
                RP * difference - difference * RQ, moments
            ),
            "K in place of kappa in the floor": floor.ge(
                pair.T * Root * pair - 6 * at_p * number(1), 0, 3 * (pair.T * _floor_letter() * pair)
            ),
        },
    )


def _floor_letter() -> Formula:
    return Letter("Nfloor", K, K, tex="N", symmetric=True, sign=Sign.NONNEGATIVE)()


@proves("T5a")
def prototype_stability() -> Derivation:
    """T5a: the same for the map from label sets to prototypes and logit offsets."""
    algebra, RP, RQ, IP, IQ, low_p, _ = two_roots()
    return Derivation(
        steps=told(
            r"The difference of the inverses is the difference of the roots between them,",
            algebra.eq(IP - IQ, IP * (RQ - RP) * IQ),
            r"""so its norm is at most $\kappa^{-1/2}\|\Sigma^{1/2}-\Sigma'^{1/2}\|_2\,\kappa'^{-1/2}$, and T5
                bounds the middle.""",
            r"The bound on the inverse root, from $\Sigma^{1/2}\succeq lP$ and $z=\Sigma^{+1/2}x$:",
            algebra.ge(x.T * IP * x, at_p * (x.T * IP * IP * x), x.T * IP * low_p * IP * x),
            r"""which says that every eigenvalue $\sigma^{-1/2}$ of $\Sigma^{+1/2}$ obeys
                $\sigma^{-1/2}\ge\sqrt\kappa\,\sigma^{-1}$, that is $\sigma^{-1/2}\le\kappa^{-1/2}$.""",
        ),
        variants={
            "the difference of the inverses with the opposite sign": algebra.eq(IP - IQ, IP * (RP - RQ) * IQ),
            "the inverses not around the difference": algebra.eq(IP - IQ, RQ - RP),
        },
    )
