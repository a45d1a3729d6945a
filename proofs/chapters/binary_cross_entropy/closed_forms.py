r"""B5a, B5c, B5d, B5e, B6 and B6a: where the optimum of binary cross entropy is known in closed form, and bounds."""

from typing import Any

import sympy as sp

from proofs.kernel.compound import every, lemma
from proofs.kernel.derivation import Derivation, proves, told
from proofs.kernel.scalars import Scalars

K, m = sp.symbols("K m", integer=True, positive=True)
mu, nu, a, b, c, f, g = sp.symbols("mu nu a b c f g", positive=True)
_SIZE = Scalars((m >= 1, m + 1 <= K))
_FREE = Scalars()
PERCENT = sp.Rational(101, 100)


def _value(t: Any, slope: Any) -> Any:
    r"""The loss and the regulariser of one label whose logits are :math:`\pm\log\frac\nu t`, :math:`\nu=1-t`."""
    return -sp.log(nu) + slope * sp.log(nu / t)


def _binary(t: Any, rest: Any) -> Any:
    return -t * sp.log(t) - (1 - t) * sp.log(rest)


_REST = (r"\nu", r"$1-\mu$")


@proves("B5a")
def isotropic_signs() -> Derivation:
    """B5a: every label is a problem of its own."""
    p, q = sp.symbols("p q", positive=True)

    def energy(size: Any) -> Any:
        return _FREE.eq(p * size**2 + q * size**2, mu**2 * (p + q))

    return Derivation(
        symbols=(_REST, ("p,\\ q", "the frequency with which a label occurs, and with which it does not")),
        steps=told(
            r"""Let $N=I$ and $r_S=\mu s_S$, so that $R=\mu^2N=\lambda I$. An entry on the diagonal of $R$ is, by
            $p+q=1$, $\lambda$:""",
            energy(mu),
            r"""These are the residuals of the logits $s_S\log\frac\nu\mu$, which are $\frac1{\lambda_H}WW^\top
            r_S$ for the multiple of $I$ in the statement, positive below $\lambda=\frac14$. So features are
            stationary and $(\lambda I-R)W=0$: the point is optimal (U6a). From $\lambda=\frac14$ on
            $r_S=\frac12s_S$ is feasible and $W=0$ optimal (U9).""",
            r"The value is that of the dual point, $K\,\mathrm h(\mu)$, and so is the primal one:",
            _FREE.eq(K * _value(mu, mu), K * _binary(mu, nu)),
            r"""All features are images of $s_S$ under one matrix, those of virtual label sets too, so that the uniform
            rule is exact as in B3. Conversely let $WW^\top$ be diagonal and no label collapsed. Then $z_{S,k}$ is a
            multiple of $r_{S,k}=s_{S,k}\,\sigma(-s_{S,k}z_{S,k})$ with a positive factor; this determines
            $s_{S,k}z_{S,k}$, which is therefore the same for all $S$, and $r_{S,k}=\varrho_ks_{S,k}$. By U8 $R=\lambda
            I$, and $R_{jk}=\varrho_j\varrho_kN_{jk}$; so $N$ is diagonal, and that its diagonal is 1 makes it $I$.""",
        ),
        variants={
            "lambda in place of its root mu": energy(mu**2),
            "the value without the factor K": _FREE.eq(K * _value(mu, mu), _binary(mu, nu)),
        },
    )


@proves("B5c")
def sizes_equally_likely() -> Derivation:
    """B5c: what commutes with all permutations is a combination of P and J."""
    first, second = sp.symbols("alpha_1 beta_1", positive=True)
    rho, rho1 = (m * a - (K - m) * b) / K, (first - (K - 1) * second) / K
    scale = (a + b) / (first + second)
    common = (scale * m * second - b) / (K * rho1)
    kappa = m * (K - m) / (K * (K - 1))
    many = Scalars((m >= 1, m + 1 <= K, sp.Ne(first, (K - 1) * second)))

    def contrasts(value: Any) -> Any:
        on, off = (a + b) * (1 - m / K), (a + b) * m / K
        return _SIZE.eq(m * on**2 + (K - m) * off**2, (a + b) ** 2 * value * (K - 1))

    def mean(factor: Any) -> Any:
        square = (m * a) ** 2 - 2 * m * a * (K - m) * b + ((K - m) * b) ** 2
        return _SIZE.eq(square / K, factor * rho**2)

    def on(correction: Any) -> Any:
        return many.eq(scale * (first - (m - 1) * second) + correction * first - correction * (K - 1) * second, a)

    return Derivation(
        symbols=((r"a,\ b", r"$\alpha_m$ and $\beta_m$"),),
        steps=told(
            r"""The objective is convex in the logits and does not change when labels are permuted, so at the
            optimum $WW^\top$, which is unique, commutes with permutations: it is $g_1P+g_0J$. Residuals are unique
            and have two values on a set, $\alpha_m$ on it and $-\beta_m$ off it. Their parts are multiples of the
            centered indicator and of the ones:""",
            every(
                ("on the set:", _SIZE.eq(a - rho, (a + b) * (1 - m / K))),
                ("off it:", _SIZE.eq(-b - rho, -(a + b) * m / K)),
            ),
            r"""Over all sets of $m$ labels the second moment of the first is a multiple of $P$, which has the
            trace $K-1$, and that of the second one of $J$:""",
            every(("the squared length of the first:", contrasts(kappa)), ("of the second:", mean(K))),
            r"""Mixed terms cancel. So $R$ is a combination of $P$ and $J$, and where $WW^\top$ does not vanish it
            is $\lambda$ by $(\lambda I-R)W=0$ (U8).""",
            r"""Features are $\frac1{\lambda_H}W^\top r_S$. The rule holds of the residuals, real and virtual, as
            $\sum_jr_{\{j\}}=K\varrho_1\mathbf 1$:""",
            every(
                ("on the set:", on(common)),
                ("off it:", many.eq(-scale * m * second + common * first - common * (K - 1) * second, -b)),
            ),
        ),
        variants={
            "balanced value 1 % too large": contrasts(kappa * PERCENT),
            "the energy of the mean without the factor K": mean(1),
            "no correction by the sum of all": on(0),
        },
    )


@proves("B5d")
def one_multiplicity() -> Derivation:
    """B5d: as O1, with the bias for the level."""
    kappa = m * (K - m) / (K * (K - 1))

    def energy(value: Any) -> Any:
        return _SIZE.eq(mu**2 / value * (m * (1 - m / K) ** 2 + (K - m) * (m / K) ** 2), mu**2 * (K - 1))

    return Derivation(
        steps=told(
            r"""Class frequencies are $\frac mK$. Let $r_S=c\,(y_S-f)$. Its mean
            is zero, and $R=c^2\Sigma=\lambda P$: its trace, the square length of any $r_S$, is""",
            energy(kappa),
            r"""Entries of $r_S$ are $c(1-\frac mK)$ on the set and $-c\frac mK$ off it, and add up to zero: the
            residuals of logits with two values, $\operatorname{logit}$ of one less the first, and of minus the
            second. A bias $\beta\mathbf1$ and $WW^\top=gP$ give these logits, $g$ from their difference, which is
            positive for $c<1$. Features are stationary and $(\lambda I-R)W=0$, so the point is optimal (U6a).
            Of the residual of a virtual single label two entries off it are equal, as a logit grows with its
            residual by $g>0$ and falls with it by the sigmoid; and likewise two labels have the same two entries.
            So its prototype is $\frac{c_1}{\lambda_H}W^\top e_k$ with one $c_1>0$, and
            $h_S=\frac c{\lambda_H}W^\top y_S=\frac c{c_1}\sum_{k\in S}h_{\{k\}}$.""",
        ),
        variants={"balanced value 1 % too large": energy(kappa * PERCENT)},
    )


@proves("B5e")
def two_labels() -> Derivation:
    """B5e: the sign vectors of two labels are orthogonal, or equal up to the sign."""
    rho = sp.Symbol("rho", real=True)
    both = Scalars((rho > -1, rho < 1))

    def energy(sign: int, under: Any) -> Any:
        share = sp.Rational(1, 2) + sign * rho / 2
        return both.eq(share * mu**2 / under * 2, mu**2)

    return Derivation(
        symbols=((r"\rho", r"$\varrho$"),),
        steps=told(
            r"""Sign vectors are $\pm(1,1)$ with probability $\frac{1+\varrho}2$ and $\pm(1,-1)$ otherwise. They are
            orthogonal and of square length 2, so $r_S=c_\pm s_S$ has a second moment with these eigenvectors and,
            where $c_\pm<\frac12$, the eigenvalue $\lambda$:""",
            every(("where labels agree:", energy(1, 1 + rho)), ("where they do not:", energy(-1, 1 - rho))),
            r"""Logits $\pm s_S\log\frac{1-c}c$ have these residuals (B5a) and are images of them under a
            $WW^\top$ with the same eigenvectors; where $c_\pm=\frac12$ its eigenvalue is 0 and that of $R$ at
            most $\lambda$. So the point is optimal (U6a), and its value is that of two labels for each part, as in
            B5a with $c_\pm$ for $\mu$.""",
        ),
        variants={
            "the correlation with the opposite sign": energy(1, 1 - rho),
            "the same c for both": energy(1, sp.Integer(1)),
        },
    )


@proves("B6")
def bounds_on_the_loss() -> Derivation:
    """B6: a dual point and a line of primal ones along the sign vectors."""
    root, trace, over = sp.symbols("s t x", positive=True)
    room = sp.Symbol("delta", nonnegative=True)
    least = sp.Symbol("n", nonnegative=True)

    def dual(size: Any) -> Any:
        return _FREE.eq(size**2 + size**2 * over, mu**2)

    return Derivation(
        symbols=(
            ("L=1+x,\\ n", r"$\lambda_{\max}(N)$, at least 1, and $\lambda_{\min}(N)$"),
            ("T", r"$\operatorname{tr}N^{1/2}$"),
            (r"\delta", "what the other eigenvalues exceed the least one by, in all"),
            (r"a,\ \nu", r"$\mu T/K$, and $1-a$"),
        ),
        steps=told(
            r"*Left.* $r_S=cs_S$ with $c=\mu/\sqrt L$ is feasible, as the largest eigenvalue of $R=c^2N$ is",
            dual(mu / sp.sqrt(1 + over)),
            r"""and its dual value is $K\,\mathrm h(c)$, or $K\log2$ if $c\ge\frac12$ (U6). The trace of $N$ is $K$,
            so that $L$ is at most""",
            r"what the least eigenvalue leaves, and $\mathrm h$ increases up to $\frac12$:",
            Scalars((K >= 1,)).ge(K - (K - 1) * least, K - (K - 1) * least - room, room),
            r"""*Right.* The logits $ts_S$ cost $K\log(1+e^{-t})+\mu tT$ (U7: the regulariser is $\mu$ times the
            nuclear norm), which is least where $\sigma(-t)=a$, if $a<\frac12$, and there it is""",
            _FREE.eq(K * _value(a, a), K * _binary(a, nu)),
            r"else $t=0$ is best, with $K\log2$. By Cauchy-Schwarz $T^2\le K\operatorname{tr}N=K^2$, with equality "
            r"iff $N$ is a multiple of $I$, hence $I$; as squares:",
            r"""$T\le K$ gives $a\le\mu$, as $K^2-T^2$ is, by
            $K\operatorname{tr}N-T^2=K\sum_i(\sqrt{\lambda_i}-T/K)^2$ for two eigenvalues:""",
            _FREE.eq(2 * (root**2 + trace**2) - (root + trace) ** 2, (root - trace) ** 2),
            r"""*Equality.* The dual is strictly concave, so $\min F=K\,\mathrm h(c)$ iff $r_S=cs_S$ is the
            optimum. Below collapse its logits are multiples of $s_S$, in the range of $W$ and hence in the
            eigenspace of $L$ by $(\lambda I-R)W=0$: $N^2=LN$. The logits determine the value on the right alike:
            it is attained iff $ts_S$ is the optimum, which has residuals $cs_S$. Conversely, if $N=L\Pi$ with a
            projector $\Pi$ of rank $K/L$, both bounds are one number, for $T=K/\sqrt L$.""",
        ),
        variants={
            "the upper bound with N for its root": _FREE.eq(K * _value(a, a**2), K * _binary(a, nu)),
            "the largest eigenvalue left out": dual(mu),
        },
    )


@proves("B6a")
def uncorrelated_labels_are_hardest() -> Derivation:
    """B6a: the logits of uncorrelated labels cost no more anywhere."""
    x, z, rest_on, rest_off = sp.symbols("x z p q", positive=True)
    d = sp.Symbol("d", real=True)
    on, off = c * g, c * f
    gain = sp.log(rest_on / on) + sp.log(rest_off / off)
    return Derivation(
        symbols=(
            ("g=1-f", "the frequency with which a label does not occur"),
            ("p,\\ q", r"$1-cg$ and $1-cf$, predictions on the label and one less those off it"),
            (r"x,\ z,\ d", "the lengths of two columns, and their inner product"),
        ),
        steps=told(
            r"""Take for each label the two logits of B5b, with a bias, for its frequency. What is left without
            the bias is $t_k(y_{S,k}-f_k)$: a matrix whose column $k$ has the length $t_k\sqrt{f_kg_k}$. Its
            nuclear norm is at most the sum of the lengths (the triangle inequality, column by column), with
            equality iff columns are orthogonal. For two columns, the square of what the norm exceeds is""",
            lemma(
                "triangle inequality (nuclear norm)",
                r"$\|X\|_*\le\sum_k|x_k|$, with equality iff the columns $x_k$ are orthogonal.",
                (
                    "for two columns, from the product of the singular values:",
                    Scalars().ge(x**2 * z**2, x**2 * z**2 - d**2, d**2),
                ),
                gives=r"\|X\|_*\le\sum_kt_k\sqrt{f_kg_k}",
            ),
            r"""So $\min F$ is at most the sum over labels of the loss and $\mu t\sqrt{fg}=cfg\,t$, which is the
            entropy of the statement:""",
            _FREE.eq(
                -f * sp.log(rest_on) - g * sp.log(rest_off) + c * f * g * gain,
                f * (-on * sp.log(on) - (1 - on) * sp.log(rest_on))
                + g * (-off * sp.log(off) - (1 - off) * sp.log(rest_off)),
            ),
            r"""If labels are uncorrelated columns are orthogonal and it is the value (B5b). Else, with all
            $t_k>0$, the norm is less than the sum, and $\min F$ less than the bound.""",
        ),
        variants={
            "the nuclear norm above the sum of the lengths of columns": Scalars().ge(x**2 * z**2 - d**2, x**2 * z**2)
        },
    )
