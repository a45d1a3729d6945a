r"""B4a, B4b and B4c: what makes the sign condition of binary cross entropy hold."""

from typing import Any

import sympy as sp

from proofs.kernel.compound import every, lemma
from proofs.kernel.derivation import Derivation, proves, told
from proofs.kernel.scalars import Scalars
from proofs.letters.feature_model import Gradient

_PLAIN = Scalars()


@proves("B4a")
def diagonal_dominance() -> Derivation:
    """B4a: the worst signs for a row, and a box that a flow does not leave."""
    d, w, a = sp.symbols("d w a", positive=True)
    psi = sp.Symbol("psi", nonnegative=True)

    def row(share: Any) -> Any:
        return _PLAIN.ge(d - w + 2 * w * psi, d - share * w)

    return Derivation(
        symbols=(
            ("d,\\ w", r"the diagonal entry of a row of $N^{-1/2}$, and the sum of the absolute values of the others"),
            (r"\psi\in[0,1]", "the share of the latter, by absolute value, that the signs turn in favour"),
        ),
        steps=told(
            r"""(a) $s_k(N^{-1/2}s)_k=d+\sum_{j\ne k}s_ks_j(N^{-1/2})_{kj}$, where each term may have either sign:
            it is at least""",
            row(1),
            r"with equality for the worst signs. So it is not negative for all $s$ iff $d\ge w$ in every row.",
            r"""(b), (c) Let $A$ be $N^{-1}$, or $C^{-1}$ with a free bias, and $B$ the box $[-1,1]^K$, or
            $[-f,\mathbf1-f]$, whose corners are the vectors $x$ that the condition is about. On the face where $x_k$ is
            largest $(Ax)_k\ge0$, since it is so at the corners and affine, and where it is least $(Ax)_k\le0$: the flow
            $\dot x=-Ax$ does not leave the box, so that $e^{-tA}x$ is nowhere further out than the corner $x$. As""",
            lemma(
                "square root as an integral",
                r"$A^{1/2}=\frac1{2\sqrt\pi}\int_0^\infty t^{-3/2}(I-e^{-tA})\,dt$ for $A\succ0$.",
                (
                    r"$2\sqrt{\pi a}$ has the derivative of the integral, $\int t^{-1/2}e^{-ta}dt$:",
                    Gradient("the integral", 2 * sp.sqrt(sp.pi * a), a, sp.sqrt(sp.pi / a), _PLAIN),
                ),
                gives=r"A^{1/2}x=\tfrac1{2\sqrt\pi}\int_0^\infty t^{-3/2}(x-e^{-tA}x)\,dt",
            ),
            r"""every entry of $A^{1/2}x$ has the sign that points out of the box, that of $x$. Diagonal dominance
            of $N^{-1}$ is this condition for the cube, by (a).""",
        ),
        variants={"half of the other entries": row(sp.Rational(1, 2))},
    )


@proves("B4b")
def one_label_or_all_but_one() -> Derivation:
    """B4b: resolvents of the moments in closed form, entry by entry."""
    K = sp.Symbol("K", integer=True, positive=True)
    a, b, rest = sp.symbols("a b B", positive=True)
    total = a + rest
    known = Scalars((K >= 4, a < sp.Rational(1, 4)))
    V = (4 * a + (K - 4) * total) / (1 + (K - 4) * total)

    def summed(less: int) -> Any:
        return known.eq(4 * a + (K - less) * (1 - V) * total, V)

    def own(value: Any) -> Any:
        return known.eq(1 + V - 2 * a * (4 + (K - 4) * (1 - V)), value)

    diagonal = (1 - 4 * a) * (1 + 2 * (K - 4) * rest) / (1 + (K - 4) * total)
    f, g, d, e, G = sp.symbols("f g d e G", positive=True)
    small = Scalars((G < 1,))
    return Derivation(
        symbols=(
            ("a,\\ b", r"$a_i=\frac{f_i}{t^2+4f_i}<\frac14$ for the label $k$ of the set, and for another label"),
            ("B", "the sum of the $a_i$ of the other labels"),
            ("f,\\ d", r"$f_k$ and $d_k=f_k+t^2$; $g,\ e$ those of another label"),
            ("G<1", r"$\sum_i\frac{f_i^2}{d_i}$"),
        ),
        steps=told(
            r"""$q_S=\frac2\pi\int_0^\infty(N+t^2I)^{-1}s_S\,dt$, so it is enough that the resolvents have the signs.
            Singletons, no bias: $x=(N+t^2I)^{-1}s_k$ is $t^{-2}(s_k-\sum_iv_is_i)$ with $v_i=f_is_i^\top x$. Since
            $s_i^\top s_j=4\delta_{ij}+K-4$, $v_i=a_i(4\delta_{ik}+(K-4)(1-V))$, where $V=\sum_iv_i$ is""",
            summed(4),
            r"Then $t^2x_j$ is $-(1-V+2v_j)$ off the set and $1+V-2v_k$ at its label:",
            every(
                (
                    "off the set, without the sign:",
                    known.eq(
                        1 - V + 2 * b * (K - 4) * (1 - V), (1 - 4 * a) * (1 + 2 * (K - 4) * b) / (1 + (K - 4) * total)
                    ),
                ),
                ("at the label:", own(diagonal)),
            ),
            r"""All factors are positive: for $K\ge4$ visibly, and for $K=3$ and $K=2$ as every $a_i<\frac14$, which
            leaves $1-2b$, $1-2B$ and $1-A$, or $1-4b$, $1-4B$ and $1-2A$, with $A=a+B$.""",
            r"""Singletons, free bias, with the empty set or not: $C=\operatorname{diag}(f)-ff^\top$, and by the
            formula of Sherman and Morrison $x=(C+t^2I)^{-1}(e_k-f)$ is""",
            every(
                ("off the set:", small.eq(-g / e + g / e * (f / d - G) / (1 - G), -g / e * (1 - f / d) / (1 - G))),
                (
                    "at the label:",
                    small.eq((1 - f) / d + f / d * (f / d - G) / (1 - G), (1 - f - (G - f**2 / d)) / (d * (1 - G))),
                ),
                ("for the empty set:", small.eq(-g / e - g / e * G / (1 - G), -g / (e * (1 - G)))),
            ),
            r"""negative off the set, as $f<d$, and at the label positive, as $G-\frac{f^2}d<\sum_{i\ne
            k}f_i\le1-f_k$. Complementing all labels changes $s$ and $y-f$ to their negatives, and no moment.""",
        ),
        variants={
            "the entry at the label on the wrong side": own(-diagonal),
            "the sum of v with K - 2 in place of K - 4": summed(2),
        },
    )


@proves("B4c")
def kappa_control() -> Derivation:
    """B4c: as T3, on all of the space."""
    size, theta, alpha, beta, cosine = sp.symbols("l theta alpha beta w", positive=True)
    x, z, p, q, r = sp.symbols("x z p q r", real=True)

    def forms(sign: int) -> Any:
        u, v = (x + z, 1 * (p + q)), (x + sign * z, p + sign * q)
        first = u[0] ** 2 * alpha + 2 * u[0] * u[1] * r + u[1] ** 2 * beta
        second = v[0] ** 2 * alpha + 2 * v[0] * v[1] * r + v[1] ** 2 * beta
        return _PLAIN.eq(first - second, 4 * (x * z * alpha + (x * q + p * z) * r + p * q * beta))

    def gap(angle: Any) -> Any:
        lengths = [2 * size**2 + s * 2 * size**2 * angle for s in (1, -1)]
        return _PLAIN.eq(
            (alpha * lengths[0] - beta * lengths[1]) / (4 * size), size / 2 * (alpha * (1 + theta) - beta * (1 - theta))
        )

    return Derivation(
        symbols=(
            ("\\alpha,\\ \\beta", r"the extreme eigenvalues of $Q=N^{-1/2}$, or $C^{-1/2}$"),
            (r"l,\ \theta", r"$|v|$ of $v=s_S$ or $y_S-f$, and $|v_k|/|v|$"),
        ),
        steps=told(
            r"""Let $u=\pm l\,e_k$ with the sign of $v_k$, so that $|u|=|v|$. In the plane of both, for
            $Q=\begin{pmatrix}\alpha&r\\r&\beta\end{pmatrix}$, $u=(x,p)$, $v=(z,q)$, as for any symmetric matrix,
            four times $u^\top Qv$ is $(u+v)^\top Q(u+v)-(u-v)^\top Q(u-v)$:""",
            forms(-1),
            r"""The eigenvalues bound both forms, and $|u\pm v|^2=2l^2(1\pm\theta)$. So $\pm q_k=\frac1lu^\top Qv$
            is at least""",
            gap(theta),
            r"""which is not negative iff $\frac\beta\alpha\le\frac{1+\theta}{1-\theta}$; without a bias
            $\theta=\frac1{\sqrt K}$ for all labels.""",
            r"""The constant is best possible: with the eigenvalue $\alpha$ on the direction of $u+v$ and $\beta$ on
            that of $u-v$ the entry is the bound: with the cosine $w$ of half the angle, $\theta=2w^2-1$,""",
            _PLAIN.eq(
                alpha * cosine**2 - beta * (1 - cosine**2),
                (alpha * (1 + (2 * cosine**2 - 1)) - beta * (1 - (2 * cosine**2 - 1))) / 2,
            ),
        ),
        variants={"the angle twice as large": gap(2 * theta), "with the difference of the two vectors": forms(1)},
    )
