r"""T6: three labels, any imbalance, in closed form."""

import sympy as sp

from proofs.kernel.compound import every
from proofs.kernel.derivation import Derivation, proves, told
from proofs.kernel.explicit import MatrixIdentity
from proofs.kernel.scalars import Scalars
from proofs.letters.three_labels import CENTER, contrast_determinant, inverse_root, kappa_of, root, second_moment

_PLAIN = Scalars()
_scale = sp.Symbol("x", positive=True)


@proves("T6")
def three_labels() -> Derivation:
    """T6: three labels, any imbalance, in closed form."""
    d_1, d_2 = sp.symbols("d_1 d_2", positive=True)
    d_3 = 1 - d_1 - d_2
    triple = (d_1, d_2, d_3)
    setting = Scalars((1 - d_1 - d_2 > 0,))
    low, high = kappa_of(triple)
    delta = sp.Symbol("delta", positive=True)
    square = contrast_determinant(triple)
    trace_root = sp.sqrt(sp.Rational(2, 3) + 2 * sp.sqrt(square))
    sigma, gram, inverse = second_moment(triple), root(triple), inverse_root(triple)
    scale = 3 * sp.sqrt(square) * trace_root
    entries = sp.Matrix(
        3, 3, lambda j, k: 1 - triple[j] + 2 * sp.sqrt(square) if j == k else -(triple[3 - j - k] + sp.sqrt(square))
    )
    contrasts = [sp.Matrix([[1, -1, 0]]), sp.Matrix([[1, 0, -1]]), sp.Matrix([[0, 1, -1]])]
    distances = sp.Matrix([[(x * gram * x.T)[0] for x in contrasts]])

    def apart(deltas: int) -> MatrixIdentity:
        """The distances of the rows with so many delta in them."""
        pairs = ((0, 1), (0, 2), (1, 2))
        claimed = [(triple[a] + triple[b] + deltas * sp.sqrt(square)) / trace_root for a, b in pairs]
        return MatrixIdentity(
            distances,
            sp.Matrix([claimed]),
            setting,
            name=r"\bigl(\|w_1-w_2\|^2,\|w_1-w_3\|^2,\|w_2-w_3\|^2\bigr)",
            value=r"\frac{(d_1+d_2+2\delta,\ d_1+d_3+2\delta,\ d_2+d_3+2\delta)}{\sqrt{2/3+2\delta}}",
        )

    return Derivation(
        symbols=(("d_3", "is $1-d_1-d_2$ throughout"),),
        steps=told(
            r"The two eigenvalues on $\mathbf 1^\perp$ are the roots of $x^2-\frac23x+\delta^2$:",
            every(
                setting.eq((_scale - low) * (_scale - high), _scale**2 - sp.Rational(2, 3) * _scale + square),
                MatrixIdentity(
                    sp.MatAdd(sp.MatMul(sigma, sigma), -sp.Rational(2, 3) * sigma),
                    -square * CENTER,
                    setting,
                    name=r"\Sigma^2-\tfrac23\Sigma",
                    value=r"-\delta^2P",
                ),
            ),
            r"""By this equation the claimed root squares to $\Sigma$; it is positive semidefinite, as $\Sigma$ and
                $P$ are.""",
            MatrixIdentity(
                sp.MatMul(gram, gram),
                sigma,
                setting,
                name=r"\left(\frac{\Sigma+\delta P}{\sqrt{2/3+2\delta}}\right)^2",
                value=r"\Sigma",
            ),
            r"""Its inverse on $\mathbf 1^\perp$ is
            $\bigl((\frac23+\delta)P-\Sigma\bigr)/\bigl(\delta\sqrt{2/3+2\delta}\bigr)$:""",
            MatrixIdentity(sp.MatMul(gram, inverse), CENTER, setting, name=r"\Sigma^{1/2}\,\Sigma^{+1/2}", value="P"),
            r"The entries of the inverse root:",
            every(
                MatrixIdentity(
                    sp.MatMul(scale * sp.eye(3), inverse),
                    entries,
                    setting,
                    name=r"3\delta\sqrt{2/3+2\delta}\;\Sigma^{+1/2}",
                    value=r"""\begin{pmatrix}d_2+d_3+2\delta&-d_3-\delta&-d_2-\delta\\-d_3-\delta&d_1+d_3+2\delta&-d_1-\delta"""
                    r"\\-d_2-\delta&-d_1-\delta&d_1+d_2+2\delta\end{pmatrix}",
                ),
                (
                    r"negative off the diagonal, also for $d_3=0$",
                    _PLAIN.gt((_share + delta) / (3 * delta * sp.sqrt(sp.Rational(2, 3) + 2 * delta)), 0),
                ),
            ),
            r"""For a pair $\{j,k\}$ the entry off the set is $(\Sigma^{+1/2}y)_i=-(\Sigma^{+1/2})_{ii}$,
                because the rows sum to zero.""",
            "The distances of the classifier's rows in the terminal geometry:",
            apart(2),
            r"and the regulariser, from $\mathrm{tr}\,\Sigma=\frac23$:",
            MatrixIdentity(
                sp.Matrix([[gram.trace()]]),
                sp.Matrix([[trace_root]]),
                setting,
                name=r"\mathrm{tr}\,\Sigma^{1/2}",
                value=r"\sqrt{2/3+2\delta}",
            ),
        ),
        variants={
            "1 - 3 delta^2 under the root": setting.eq(
                (1 - sp.sqrt(1 - 3 * square)) * (1 + sp.sqrt(1 - 3 * square)) / 9, square
            ),
            "the root without delta P": MatrixIdentity(sp.MatMul(sigma, sigma), sp.Rational(2, 3) * sigma, setting),
            "the frequency of one of the two": MatrixIdentity(
                sp.MatMul(sp.Matrix([[1, 0, 0]]), inverse, sp.Matrix([0, 1, 0])),
                sp.Matrix([[-(d_1 + sp.sqrt(square)) / scale]]),
                setting,
            ),
            "one delta in the distances": apart(1),
        },
    )


_share = sp.Symbol("d_i", nonnegative=True)
