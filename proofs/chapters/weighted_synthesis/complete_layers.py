r"""W6a: on complete layers, averaging at two small penalties is perfect orthogonality."""

import sympy as sp

from proofs.kernel.checks import Equation
from proofs.kernel.derivation import Derivation, proves, told
from proofs.kernel.formula import Letter, eye
from proofs.kernel.scalars import Scalars
from proofs.letters.vocabulary import HALF, MIXED, K, S, e, j, k, label_model, ones, y, y_tilde

_LOGS = [[0, -3, -5, -4], [-2, 0, -6, -3], [-7, -1, 0, -2], [-4, -4, -3, 0]]
_PAIRS_OF_FOUR: dict[tuple[int, ...], int] = {(1, 2): 1, (1, 3): 2, (1, 4): 1, (2, 3): 1, (2, 4): 3, (3, 4): 1}


@proves("W6a")
def complete_layers() -> Derivation:
    """W6a: the converse of O1 for complete layers."""
    G, s = Letter("G", K, K), sp.Symbol("s", positive=True)
    layers = MIXED.extended(letters=(G,), models=(label_model(4, _PAIRS_OF_FOUR, letters={"G": lambda: _LOGS}),))
    exchanged, apart = y(S) + e(j) - e(k), e(k) - e(j)
    own, other = e(k).T * G() * e(k), e(j).T * G() * e(j)
    there, back = e(j).T * G() * e(k), e(k).T * G() * e(j)
    level = y(S).T * G() * apart + there - own
    both = y(S).T * G() * apart + exchanged.T * G() * apart - own + other
    predictions = (1 - s) * eye(K) + (s / K) * (ones * ones.T)
    alpha, beta, first, last, one, two = sp.symbols("alpha beta sigma_1 sigma_m x y", positive=True)
    case = {first: 1, last: 2, alpha: 1, beta: 2, one: 3, two: 9}
    at_one = Equation("the first penalty", -first - alpha**2 * last, -one)
    at_two = Equation("the second penalty", first + beta**2 * last, two)
    return Derivation(
        symbols=(
            (r"G_{kj}=\log p_{\{k\},j}", "logarithms of the predictions of single labels"),
            (
                r"A=\sum_{l\in S}(G_{lk}-G_{lj})+G_{jk}-G_{kk}",
                r"for $k\in S$ and $j\notin S$: the level of $k$ above that of $j$",
            ),
            (r"\theta", r"by how much entries of $G$ off the diagonal differ at most"),
            (r"s", r"$K$ times the probability that a single label gives each other one"),
        ),
        steps=told(
            r"""*What averaging says.* $W^\top r_S=\alpha\sum_{k\in S}W^\top r_{\{k\}}$ at rank $K-1$ is
            $r_S=\alpha\sum_{k\in S}r_{\{k\}}$, and logits are sums as features are: with $x_{S,l}=m\,p_{S,l}$,
            which is $1-\alpha+\alpha\sum_{k\in S}p_{\{k\},l}$ in $S$ and $\alpha\sum_{k\in S}p_{\{k\},l}$ outside,
            the number $\log x_{S,l}-\alpha\sum_{k\in S}G_{kl}$ is the same for all labels $l$. For $l\in S$ all
            $\log x_{S,l}-\alpha G_{ll}$, of all $m$-sets, are within $\alpha E$ of each other,
            $E=6Kp_{\max}\theta$: the $x_{S,l}$ are within $\alpha(K+m-2)p_{\max}\theta$ and the $p_{\{l\},l}$
            within $(K-1)p_{\max}\theta$ of each other, and above $\frac12$, where $\log$ has a slope of at most 2.
            So for $k\in S$ and $j\notin S$, and each other label $l$ of $S$, the $m$-set in which $j$ takes the
            place of $l$ has both, which says $|A-(G_{lk}-G_{lj})|\le E$. The sum over these $l$ is
            $|G_{jk}-G_{kj}+(m-2)A|\le(m-1)E$. *Both ways.* Let $j$ take the place of $k$ instead, in the set $S'$.
            The equations of $S$ and of $S'$ at the two labels add up to""",
            layers.eq(both, 2 * level - (there - back)),
            r"""so $\log x_{S',k}-\log x_{S,j}\ge\alpha mA-\alpha mE$. If $A\ge0$, the left side is a logarithm of
            sums $\sum_lp_{\{l\},k}$ and $\sum_lp_{\{l\},j}$ whose terms have ratios of at most $e^{A+(m-1)E}$, and
            is at most $A+(m-1)E$. Hence $(\alpha m-1)A\le3mE$, and the same for $-A$, which is the level in $S'$.
            With the two bounds on differences of $G$, every two entries of $G$ off the diagonal are within
            $\frac{6m^2E}{\alpha m-1}$ of each other: $\theta\le\frac{36Km^2p_{\max}}{\alpha m-1}\theta$. The
            factor is below 1, so $\theta=0$.""",
            r"""So all $p_{\{k\},j}$ are one number $s/K$, and residuals of single labels, and those of sets, are
            multiples of centered indicators:""",
            MIXED.eq(y(S) - predictions * y(S), s * y_tilde(S)),
            r"""At rank $K-1$ $\sum_S\pi_Sr_Sr_S^\top=\lambda P$, which is
            $s^2(\pi_1\Sigma_1+\alpha^2\pi_m\Sigma_m)=\lambda P$.""",
            r"""*Two penalties.* Two multiples of $P$ determine both second moments, with $\sigma_1$ and $\sigma_m$
            for an entry of $\pi_1\Sigma_1$ and $\pi_m\Sigma_m$:""",
            Scalars(points=(case,)).eq((beta**2 - alpha**2) * last, two - one, at_one, at_two),
            r"So both are multiples of $P$, and the traces make them $\bar\kappa_1P$ and $\bar\kappa_mP$ (S2).",
        ),
        variants={
            "the exchanged label counted once": layers.eq(both, level - (there - back)),
            "residuals without centering": MIXED.eq(
                y(S) - (HALF * eye(K) + (HALF / K) * (ones * ones.T)) * y(S), HALF * y(S)
            ),
            "one penalty is enough": Scalars(points=(case,)).eq(
                last, one, Equation("the first penalty", first + last - one, sp.Integer(0))
            ),
        },
    )
