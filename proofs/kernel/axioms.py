"""The textbook theorems that proofs rest on, each with its conditions as premises, a reference and a test.

Whatever stands here is believed, not checked: there are few, none is a claim of this project, and
``tests/proofs/test_axioms.py`` tries each on random instances and rejects its false variant there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from proofs.claims.entry import Formal
from proofs.kernel.formal import Signature


@dataclass(frozen=True)
class Axiom:
    """A theorem of the literature.

    Attributes:
        formal: conditions and conclusion, in letters of its own.
        signature: its dimensions.
        says: the theorem in words.
        reference: where it is proved.
        false: a variant of the conclusion that is false, for the test.
    """

    formal: Formal
    signature: Signature
    says: str
    reference: str
    false: str


AXIOMS: Mapping[str, Axiom] = MappingProxyType(
    {
        "unit vector": Axiom(
            Formal((), "some a: a'*a = 1", ("a: n",)),
            Signature(frozenset({"n"})),
            "Every space of dimension 1 or more has a unit vector.",
            "the definition of dimension",
            "some a: a'*a = 1 and a'*a = 0",
        ),
        "complement of a vector": Axiom(
            Formal(("m = n + 1",), "some Y: Y'*Y = I[n] and Y'*a = 0", ("a: m", "Y: m x n")),
            Signature(frozenset({"m", "n"})),
            "In n + 1 dimensions there are n orthonormal vectors that are orthogonal to a given one.",
            "G. Strang, Introduction to Linear Algebra (2016), Sections 3.5 and 4.4",
            "some Y: Y'*Y = I[n] and Y'*a = 0 and Y*Y' = I[m]",
        ),
        "orthonormal columns": Axiom(
            Formal(("k <= n", "n <= m"), "some Q: Q'*Q = I[n] and Q*(Q'*A) = A", ("A: m x k", "Q: m x n")),
            Signature(frozenset({"m", "n", "k"})),
            "Of k vectors, in m dimensions there are n orthonormal ones that span them, if k <= n <= m.",
            "Gram and Schmidt; R. Horn and C. Johnson, Matrix Analysis (2013), Theorem 2.1.14",
            "some Q: Q'*Q = I[n] and Q*(Q'*A) = A and Q*Q' = I[m]",
        ),
        "spectral norm": Axiom(
            Formal(
                ("A' = A",),
                """some t: (all x: x'*A*x <= t*(x'*x) and -t*(x'*x) <= x'*A*x)
                and (some x: x'*x = 1 and (x'*A*x = t or x'*A*x = -t))""",
                ("A: n x n", "t: 1", "x: n"),
            ),
            Signature(frozenset({"n"})),
            "A continuous function on the unit sphere is largest somewhere: the spectral norm is a value of the form.",
            "Weierstrass; R. Horn and C. Johnson, Matrix Analysis (2013), Theorem 4.2.2",
            "some t: t < 0 and (all x: x'*A*x <= t*(x'*x) and -t*(x'*x) <= x'*A*x)",
        ),
        "Loewner-Heinz": Axiom(
            Formal(("psd A", "psd B", "psd (A*A - B*B)"), "psd (A - B)", ("A: n x n", "B: n x n")),
            Signature(frozenset({"n"})),
            "The square root is operator monotone: for positive semidefinite matrices A^2 >= B^2 gives A >= B.",
            "R. Bhatia, Matrix Analysis (1997), Theorem V.1.9",
            "psd (A*A*A - B*B*B)",
        ),
        "logarithm of a product": Axiom(
            Formal(("0 < s", "0 < t"), "log(s*t) = log(s) + log(t)", ("log(1): 1", "s: 1", "t: 1")),
            Signature(),
            "The logarithm of a product is the sum of the logarithms.",
            "W. Rudin, Principles of Mathematical Analysis (1976), Chapter 8",
            "log(s*t) = log(s)*log(t)",
        ),
        "tangent of the logarithm": Axiom(
            Formal(("0 < t",), "log(t) <= t - 1 and (log(t) = t - 1 => t = 1)", ("log(1): 1", "t: 1")),
            Signature(),
            "The logarithm is at most t - 1, its tangent at 1, and meets it there only.",
            "G. Hardy, J. Littlewood and G. Polya, Inequalities (1952), Theorem 150",
            "log(t) <= (t - 1)/2",
        ),
        "pointwise Pinsker": Axiom(
            Formal(
                ("0 <= s", "0 < t"),
                "3*(s - t)^2 <= (2*s + 4*t)*(s*(log(s) - log(t)) - s + t)",
                ("log(1): 1", "s: 1", "t: 1"),
            ),
            Signature(),
            "What Pinsker's inequality is the sum of: a divergence bounds a square label by label.",
            "A. Tsybakov, Introduction to Nonparametric Estimation (2009), proof of Lemma 2.5",
            "3*(s - t)^2 <= (2*s + 3*t)*(s*(log(s) - log(t)) - s + t)",
        ),
        "intermediate value": Axiom(
            Formal(
                (
                    *("lower <= upper", "fun(lower) <= 0", "0 <= fun(upper)"),
                    "all s, t: lower <= s and s <= t and t <= upper"
                    " => fun(t) - fun(s) <= bound*(t - s) and fun(s) - fun(t) <= bound*(t - s)",
                ),
                "some t: lower <= t and t <= upper and fun(t) = 0",
                ("fun(1): 1", "lower: 1", "upper: 1", "bound: 1", "s: 1", "t: 1"),
            ),
            Signature(),
            "A Lipschitz continuous function that changes its sign has a zero in between.",
            "W. Rudin, Principles of Mathematical Analysis (1976), Theorem 4.23",
            "some t: lower < t and t < upper and fun(t) = 0",
        ),
        "identity theorem": Axiom(
            Formal(
                (
                    *("all t: 0 < ex(t) and log(ex(t)) = t", "lower <= s", "s < upper"),
                    """all S: rate[S] = 0 or ((all t: level <= t => 0 < q[S] + (a[S] + b[S] + b[S]*t)*ex(t))
                    and (all t: lower <= t and t <= upper => level <= fun[S](t)
                    and p[S] + q[S]*fun[S](t) + (a[S] + b[S]*fun[S](t))*ex(fun[S](t)) = t))""",
                    "all t: 0 < t => (some tau: s < tau and tau < s + t and sum[S](rate[S]*fun[S](tau)^2) = 0)",
                ),
                "all t: lower <= t and t <= upper => sum[S](rate[S]*fun[S](t)^2) = 0",
                (
                    *("log(1): 1", "ex(1): 1", "fun[sets](1): 1", "rate[sets]: 1", "p[sets]: 1", "q[sets]: 1"),
                    *("a[sets]: 1", "b[sets]: 1", "level: 1", "lower: 1", "upper: 1", "s: 1", "t: 1", "tau: 1"),
                ),
            ),
            Signature(families={"sets": (None, None)}, indices={"S": "sets"}),  # type: ignore[dict-item]
            "Inverse functions of analytic functions with positive derivative, here p + q t + (a + b t) exp t, are "
            "analytic, and a sum of squares of such functions whose zeros have a limit is zero.",
            "S. Krantz and H. Parks, A Primer of Real Analytic Functions (2002), Sections 1.2 and 1.5",
            "all S: rate[S] = 0",
        ),
        "attainment of a minimum": Axiom(
            Formal(
                (
                    "fun(X, Y, z) <= level",
                    "all X2, Y2, z2: fun(X2, Y2, z2) <= level => tr(X2'*X2) + tr(Y2'*Y2) + z2'*z2 <= bound",
                    """all X2, Y2, z2, s: 0 < s => (some t: 0 < t and (all X3, Y3, z3:
                    tr((X3 - X2)'*(X3 - X2)) + tr((Y3 - Y2)'*(Y3 - Y2)) + (z3 - z2)'*(z3 - z2) <= t
                    => fun(X2, Y2, z2) - s <= fun(X3, Y3, z3)))""",
                ),
                "some X2, Y2, z2: all X3, Y3, z3: fun(X2, Y2, z2) <= fun(X3, Y3, z3)",
                (
                    *("fun(n x m, m x k, n): 1", "X: n x m", "X2: n x m", "X3: n x m", "Y: m x k", "Y2: m x k"),
                    *("Y3: m x k", "z: n", "z2: n", "z3: n", "level: 1", "bound: 1", "s: 1", "t: 1"),
                ),
            ),
            Signature(frozenset({"n", "m", "k"})),
            "A lower semicontinuous function that is above a level outside a ball, but not everywhere, has a minimum.",
            "Weierstrass; R. Rockafellar and R. Wets, Variational Analysis (1998), Theorem 1.9",
            "some X2, Y2, z2: fun(X2, Y2, z2) < level and (all X3, Y3, z3: fun(X2, Y2, z2) <= fun(X3, Y3, z3))",
        ),
        "rank and nullity": Axiom(
            Formal(
                (),
                "(some u: u'*u = 1 and A*u = 0) or (some X: X*A = I[k] and (A*X)' = A*X)",
                ("A: n x k", "X: k x n", "u: k"),
            ),
            Signature(frozenset({"n", "k"})),
            "A matrix with independent columns has a left inverse, (A'A)^-1 A', with which it makes a projector.",
            "G. Strang, Introduction to Linear Algebra (2016), Sections 3.5 and 4.2",
            "some X: X*A = I[k]",
        ),
        "pseudo-inverse": Axiom(
            Formal((), "some X: A*X*A = A and X*A*X = X and (A*X)' = A*X and (X*A)' = X*A", ("A: n x k", "X: k x n")),
            Signature(frozenset({"n", "k"})),
            "Every matrix has a pseudo-inverse: both products with it are projectors, onto its columns and its rows.",
            "R. Penrose, A generalized inverse for matrices (1955), Theorem 1",
            "some X: A*X*A = A and X*A*X = X and (A*X)' = A*X and X*A = I[k]",
        ),
        "root by resolvents": Axiom(
            Formal(
                ("psd B",),
                """((all t, z: 0 < t and (t*I[n] + B*B)*z = x => 0 <= u'*B*B*z) => 0 <= u'*B*x)
                and ((all t, z: 0 < t and (t*I[n] + B*B)*z = x => 0 < u'*B*B*z) => 0 < u'*B*x)""",
                ("B: n x n", "t: 1", "u: n", "x: n", "z: n"),
            ),
            Signature(frozenset({"n"})),
            "The root of A is the integral of A(A + t)^-1/(pi sqrt t) over t > 0, and has the signs that these have.",
            "R. Bhatia, Matrix Analysis (1997), equation (V.4)",
            """0 <= u'*B*x => (all t, z: 0 < t and (t*I[n] + B*B)*z = x => 0 <= u'*B*B*z)""",
        ),
        "square root": Axiom(
            Formal(("0 <= t",), "some s: 0 <= s and s^2 = t", ("s: 1", "t: 1")),
            Signature(),
            "A number that is not negative is a square.",
            "W. Rudin, Principles of Mathematical Analysis (1976), Theorem 1.21",
            "some s: 0 <= s and s^2 = -t",
        ),
    }
)
"""Every axiom by name."""
