r"""From an ETF classifier back to the label distribution (O2, O2a, O2b)."""

import sympy as sp

from proofs.chapters.orthogonal_case.tag_wise_averages import (
    ENERGY,
    ETF,
    ISOTROPIC,
    ONE_SIZE,
    ONE_SIZE_BALANCED,
    SCALAR,
    TAGWISE,
    TILTED,
    UNEVEN,
    UNIFORM,
    R,
    c_1,
    c_n,
    c_S,
    g,
    global_certificate,
)
from proofs.kernel.checks import Equation, Solves
from proofs.kernel.compound import every, lemma
from proofs.kernel.derivation import Derivation, proves, told
from proofs.kernel.formula import Letter, eye, norm2, number, trace
from proofs.kernel.normal_form import Rule
from proofs.kernel.scalars import Scalars
from proofs.letters.feature_model import h, lam, lambda_H, lambda_W, r
from proofs.letters.prototypes import R_LETTER, has_size, kappa_bar_of, n, with_tagwise_residuals
from proofs.letters.vocabulary import (
    FIXED,
    HALF,
    MIXED,
    PERCENT,
    SETS,
    K,
    P,
    S,
    Sigma,
    W,
    kappa_bar,
    label_model,
    m,
    m_of,
    ones,
    y_tilde,
)

_THREE_EQUAL = label_model(
    3, {(1,): 1, (2,): 1, (3,): 1}, sizes={c_1: HALF, lambda_W: HALF / 2, lambda_H: sp.Rational(1, 3)}
)
ISOTROPIC_SIGMA = FIXED.extended(models=(*FIXED.models, _THREE_EQUAL))
ONE_PAIR = label_model(3, {(1, 2): 2, (2, 3): 1}, sizes={c_1: HALF})


# ====================================================================== O2: from an ETF back to the label distribution


STATIONARY = MIXED.extended(
    letters=(R_LETTER,),
    definitions=((h(S), W.T * r(S) / lambda_H),),
    rules=(Rule(ones.T * r(S), 0, "softmax sums to 1, so residuals of PAL-CE sum to 0"),),
    models=tuple(with_tagwise_residuals(model) for model in (UNIFORM, UNEVEN)),
)
CLASSIFIER = Equation("stationarity of the classifier", (r(S) * h(S).T).over(S), lambda_W * W)
BY_SIZE = (number(c_n**2) * (has_size(S, n) * (y_tilde(S) * y_tilde(S).T)).over(S)).over(n)


@proves("O2")
def etf_converse() -> Derivation:
    """O2: an ETF classifier can only be optimal if the weighted second moments add up to a multiple of the
    centering."""
    index = sp.Symbol("i", integer=True)
    p, q = sp.IndexedBase("p", positive=True), sp.IndexedBase("q", positive=True)
    a, b = sp.symbols("a b", real=True)
    ones_p, ones_q = (Equation("softmax sums to 1", sp.Sum(x[index], (index, 1, K)), sp.Integer(1)) for x in (p, q))
    logits = (sp.log(p[index]) + a - sp.log(q[index]) - b) * (p[index] - q[index])
    jeffreys = (sp.log(p[index]) - sp.log(q[index])) * (p[index] - q[index])
    p_1, q_1, s = sp.symbols("p q s", positive=True)
    rho, delta = (Letter(x, K, indices=(SETS,), tex=rf"\{x}_{{{{{{0}}}}}}") for x in ("rho", "delta"))
    beta, m_S = Letter("beta", K, tex=r"\beta")(), m_of[S.symbol]
    two = MIXED.extended(letters=(rho, delta, beta.data[0]), models=())
    apart = s * rho(S) + beta
    both_solve = Equation("the equation for both solutions", rho(S), -m_S * delta(S))
    no_bias = (-1 * rho(S).T * Equation("the absence of a bias", beta, 0)).over(S)
    mean_zero = -1 * beta.T * Equation("means that are both zero", rho(S).over(S), 0)
    eigen = Equation("the eigen-equation", R * W, lam * W)
    identity_etf = (eigen * W.T, -R * ETF, lam * eye(K) * ETF)
    iso = Equation("isotropy", c_1**2 * Sigma, lam * P)
    halves = {K: 2, p[1]: HALF, p[2]: HALF, q[1]: HALF, q[2]: HALF}
    return Derivation(
        symbols=(
            (
                r"\rho_S=r_S-r'_S,\ \delta_S=p_S-p'_S,\ \beta=b-b'",
                "the difference of two solutions of the residual equations, of their softmax and of their biases",
            ),
        ),
        steps=told(
            r"""The features are stationary, $h_S=\frac1{\lambda_H}W^\top r_S$, and $\mathbf 1^\top r_S=0$, so the
            logits are multiples of the residual:""",
            STATIONARY.eq(W * h(S), g / lambda_H * r(S), ETF * (r(S) / lambda_H)),
            r"""Hence $r_S$ solves $r+m\,\mathrm{softmax}(s\,r+b)=y_S$ with $s=g/\lambda_H$. By O1(b) so does
            $c_m\tilde y_S$ with $b=0$, and where a free bias asks for mean zero it has that: O1(g). It remains to
            see that there is only one solution.""",
            r"""Subtract the equations for two solutions, $\rho_S+m_S\delta_S=0$, multiply by
            $s\rho_S+\beta$ and average. The biases drop out, as there is none or both means are zero:""",
            every(
                *(
                    (
                        words,
                        two.eq(
                            s * norm2(rho(S)).over(S),
                            (-m_S * (apart.T * delta(S))).over(S),
                            (apart.T * both_solve).over(S),
                            dropped,
                        ),
                    )
                    for words, dropped in (("b=0", no_bias), ("free bias", mean_zero))
                )
            ),
            r"""The right side is not positive: $s\rho_S+\beta$ is the difference of the logits, a logit is
            $\log p_i$ up to a constant, and constants drop out because both softmaxes sum to 1,""",
            Scalars((K >= 2,), points=(halves,)).eq(
                sp.Sum(logits, (index, 1, K)), sp.Sum(jeffreys, (index, 1, K)), ones_p * (a - b), ones_q * (b - a)
            ),
            "where every term is positive or zero, since the logarithm increases:",
            every(
                ("if $p>q$", Scalars((p_1 > q_1,)).gt((p_1 - q_1) * sp.log(p_1 / q_1), 0)),
                ("if $q>p$", Scalars((q_1 > p_1,)).gt((q_1 - p_1) * sp.log(q_1 / p_1), 0)),
            ),
            r"So every $\rho_S$ is 0, and $r_S=c_m\tilde y_S$.",
            r"""The classifier is stationary too, $\lambda_WW=\sum_S\pi_Sr_Sh_S^\top$, which is the eigen-equation
                U3:""",
            STATIONARY.eq(R * W, lam * W, number(lambda_H) * CLASSIFIER),
            r"Multiplied by $W^\top$ it says that the residuals are isotropic (U8):",
            STATIONARY.eq(g * R, g * lam * P, *identity_etf),
            r"Insert $r_S=c_m\tilde y_S$ and sort the label sets by multiplicity:",
            TAGWISE.eq(BY_SIZE, lam * P, ISOTROPIC, (y_tilde(S) * ONE_SIZE * y_tilde(S).T).over(S)),
            r"""One multiplicity: $c^2\Sigma=\lambda P$, and the trace of $\Sigma$ is that of $\bar\kappa_mP$ (S2),
            so $\Sigma=\bar\kappa_mP$:""",
            ISOTROPIC_SIGMA.eq(c_1**2 * Sigma, c_1**2 * kappa_bar * P, iso, (-1 / (K - 1)) * P * iso.traced),
        ),
        variants={
            "the logits a multiple of the residual for any classifier": STATIONARY.extended(
                models=(with_tagwise_residuals(TILTED),)
            ).eq(W * h(S), g / lambda_H * r(S)),
            r"softmax decreasing in the logits": Scalars((p_1 > q_1,)).gt((q_1 - p_1) * sp.log(p_1 / q_1), 0),
            "lambda 1 % too large": STATIONARY.eq(g * R, PERCENT * g * lam * P, *identity_etf),
            "I for P": STATIONARY.eq(g * R, g * lam * eye(K), *identity_etf),
            "c_m for its square": TAGWISE.eq((c_S * (y_tilde(S) * y_tilde(S).T)).over(S), lam * P, ISOTROPIC),
            "a free bias, whatever the class frequencies": TAGWISE.eq(r(S).over(S), 0),
            "the eigen-equation without lambda_H": STATIONARY.eq(R * W, lambda_W * W, CLASSIFIER),
            "perfect orthogonality without the hypothesis": FIXED.extended(models=(ONE_PAIR,)).eq(
                c_1**2 * Sigma, c_1**2 * kappa_bar * P
            ),
        },
    )


@proves("O2a")
def etf_at_one_penalty() -> Derivation:
    """O2a: at a given penalty, an exact criterion for an ETF."""
    theta, u, e_1, e_2 = sp.symbols("theta u E_1 E_2", positive=True)
    third = sp.Rational(1, 3)
    singles, pairs = third + theta * u, third - theta * u * e_1 / e_2
    return Derivation(
        symbols=(
            (r"E_n=\pi_nc_n^2", "the weights of the two multiplicities in the condition"),
            (r"\theta u", "how far the frequency of one singleton is from $\\frac13$"),
        ),
        steps=told(
            r"""*Only if.* By O2 the condition holds with the $c_m(g/\lambda_H)$ of the optimal $g$. Its trace is
            the energy equation, whatever the distribution, so these are the scalars of O1:""",
            TAGWISE.eq(trace(R), (K - 1) * number(c_S**2 * kappa_bar_of(S)).over(S)),
            r"""*If.* The point of O1(b) has $R=\sum_m\pi_mc_m^2\Sigma_m$, so the condition alone gives what O1(c)
            took from perfect orthogonality (and O1(g) the mean zero that a free bias asks for):""",
            global_certificate(ISOTROPIC, TAGWISE),
            r"""*Strictly weaker.* Take $K=3$, singletons with frequencies $\frac13+\theta u_k$ where
            $\sum_ku_k=0$, and the pairs $\{k\}^c$ with frequencies $\frac13-\theta u_kE_1/E_2$. By complement
            duality (S4) their second moments are $P\,\mathrm{diag}(\cdot)P$ of these frequencies, and the
            condition holds although neither is a multiple of $P$:""",
            Scalars().eq(e_1 * singles + e_2 * pairs, (e_1 + e_2) / 3),
            r"For small $\theta$ all frequencies are positive, at any given $\lambda$.",
        ),
        variants={
            "the energy with K in place of K - 1": TAGWISE.eq(trace(R), K * number(c_S**2 * kappa_bar_of(S)).over(S)),
            "Sigma a multiple of P is enough": Scalars().eq(e_1 * singles + e_2 * (third - theta * u), (e_1 + e_2) / 3),
        },
    )


@proves("O2b")
def etf_at_every_penalty() -> Derivation:
    """O2b: an ETF at a sequence of penalties near the collapse threshold is perfect orthogonality."""
    x, s, sigma, tau, y_inv, c_x = sp.symbols("x s sigma tau y c", positive=True)
    count, phi = sp.Symbol("n", integer=True, nonnegative=True), sp.Symbol("varphi", positive=True)
    z = sigma * y_inv * c_x
    expansion = Equation("the exponential series", sp.exp(z), 1 + z + z**2 * phi)
    on_curve = c_x * (1 + x * (sp.exp(s * c_x) - 1)) - 1
    catalan = (1 - sp.sqrt(1 - 4 * tau)) / (2 * tau)
    number_of = sp.binomial(2 * count, count) / (count + 1)
    following = number_of.subs(count, count + 1)
    free = Scalars()
    at_one = Scalars(points=({sigma: 1, y_inv: 1, c_x: 1, phi: sp.E - 2},))
    return Derivation(
        symbols=(
            (r"x=m/K", "the relative multiplicity"),
            (r"\sigma=sx,\ y=1/x", "the variables in which the leading coefficients are seen"),
            (r"C_n", "the Catalan numbers"),
        ),
        steps=told(
            r"By O1(a) $c_m(s)$ solves $c\,(1+x(e^{sc}-1))=1$, and the threshold is $s=0$.",
            lemma(
                "analytic implicit function theorem",
                r"""Where an analytic equation $\Phi(c,s)=0$ has $\partial\Phi/\partial c\ne0$, its
                    solution $c$ is an analytic function of $s$.""",
                (
                    "$c=1$ solves the equation at $s=0$:",
                    Solves(((on_curve.subs(s, 0), sp.Integer(0)),), ((c_x, sp.Integer(1)),), free),
                ),
                ("and the derivative in $c$ is not 0 there:", free.gt(sp.diff(on_curve, c_x).subs(s, 0), 0)),
                gives=r"c_m(s)^2=\sum_{n\ge0}a_n(x)\,s^n\quad\text{near }s=0",
            ),
            r"The coefficients $a_n$ are polynomials in $x$; the next steps show that their degree is exactly $n$.",
            r"""Write $s=\sigma/x$ and $y=1/x$. The equation becomes $c\,\bigl(1+(e^{\sigma yc}-1)/y\bigr)=1$,
            where $y$ comes only with $\sigma$: the coefficient of $\sigma^n$ is a polynomial in $y$ of degree at
            most $n$, that is, $a_n(x)$ has degree at most $n$ and its coefficient of $x^n$ is what is left at
            $y=0$. There the bracket is $1+\sigma c$, since $e^z=1+z+z^2\varphi(z)$ with an entire $\varphi$:""",
            at_one.eq((sp.exp(z) - 1) / y_inv, sigma * c_x + y_inv * sigma**2 * c_x**2 * phi, expansion * (1 / y_inv)),
            r"""so, with $\tau=-\sigma$, what is left solves $c=1+\tau c^2$. Its solution with $c=1$ at $\tau=0$ is
            $c=\frac{1-\sqrt{1-4\tau}}{2\tau}$, which also satisfies a linear differential equation:""",
            every(
                free.eq(1 + tau * catalan**2, catalan),
                free.eq(tau * (1 - 4 * tau) * sp.diff(catalan, tau) + (1 - 2 * tau) * catalan, sp.Integer(1)),
            ),
            r"""Comparing coefficients of $\tau^{n+1}$ in the latter, the coefficients of $c$ satisfy
            $(n+2)C_{n+1}=2(2n+1)C_n$ with $C_0=1$: they are the Catalan numbers, all positive.""",
            every(free.eq((count + 2) * following, 2 * (2 * count + 1) * number_of), free.gt(number_of, 0)),
            r"As $c^2=(c-1)/\tau$ there, the coefficient of $x^n$ in $a_n(x)$ is $(-1)^nC_{n+1}\ne0$.",
            r"""An ETF at the penalty that belongs to $s$ means, by O2 and the energy equation, that
            $\sum_mc_m(s)^2B_m=0$ with $B_m=\pi_m(\Sigma_m-\bar\kappa_mP)$:""",
            TAGWISE.eq(
                BY_SIZE - (number(c_n**2) * (has_size(S, n) * number(kappa_bar_of(n))).over(S)).over(n) * P,
                0,
                ISOTROPIC,
                (y_tilde(S) * ONE_SIZE * y_tilde(S).T).over(S),
                (number(-1) * P * ONE_SIZE_BALANCED).over(S),
                number(-1) * P * ENERGY,
            ),
            r"""The left side is analytic in $s$ and vanishes on a sequence $s\to0$, hence for all $s$, hence
            coefficient by coefficient: $\sum_ma_n(m/K)B_m=0$ for every $n$.""",
            lemma(
                "Vandermonde determinant",
                r"""Polynomials of degrees $0,1,\dots,N-1$, exactly, at $N$ distinct points form a
                    nonsingular matrix.""",
                (r"the leading coefficients are not zero, $C_{n+1}>0$:", free.gt(following, 0)),
                (
                    r"and different multiplicities are different points:",
                    SCALAR.gt((m + count + 1) / K - m / K, 0, (count + 1) / K),
                ),
                gives=r"B_m=0\quad\text{for every multiplicity } m",
            ),
        ),
        variants={
            "c = 1 - tau c^2, the sign of sigma lost": free.eq(1 - tau * catalan**2, catalan),
            "Catalan numbers off by one": free.eq(
                (count + 2) * following.subs(count, count + 1), 2 * (2 * count + 1) * following
            ),
            "c_m for its square": TAGWISE.eq(
                (number(c_n) * (has_size(S, n) * (y_tilde(S) * y_tilde(S).T)).over(S)).over(n),
                (number(c_n) * (has_size(S, n) * number(kappa_bar_of(n))).over(S)).over(n) * P,
            ),
        },
    )
