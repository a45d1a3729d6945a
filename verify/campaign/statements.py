"""The statements of the catalogue: what is claimed, in plain text, and the answer the evidence must bear out.

In the order of the theory: S label covariance spectrum, U stationarity and duality, O perfect orthogonality,
W readings of the weighted-synthesis rule, L loss bounds, T terminal phase. A letter behind the number marks what was
added to the statement of that number. Formulas are spelt out; the notes have them typeset, with proofs.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["STATEMENTS", "Statement"]


class Statement(NamedTuple):
    """One statement of the theory.

    Attributes:
        id: its number; the derivation, the check, the property test and the note all carry it.
        title: a few words.
        text: what is claimed, in one sentence, in plain text.
        answer: whether it is so: ``"true"``, ``"true if ..."`` or ``"false: ..."``, in words.
    """

    id: str
    title: str
    text: str
    answer: str


STATEMENTS = (
    Statement(
        "S1",
        "balanced value",
        "uniform on all m-sets: Sigma_m = kappa-bar_m P with kappa-bar_m = m(K-m)/(K(K-1))",
        "true",
    ),
    Statement(
        "S2",
        "extremality",
        (
            "tr Sigma_m = m(K-m)/K, so kappa_m <= kappa-bar_m <= K_m, with equality only under perfect "
            "orthogonality, which forces uniform class frequencies unless K = 2m"
        ),
        "true; with K = 2m perfect orthogonality leaves the frequencies free",
    ),
    Statement(
        "S3",
        "multiplicity one",
        "the spectrum of Sigma_1 is the root set of a secular equation interlaced with pi",
        "true",
    ),
    Statement(
        "S4",
        "complement duality",
        "Sigma_{K-m} of the complements is Sigma_m",
        "true",
    ),
    Statement(
        "S5",
        "co-occurrence Laplacian",
        "M_m = m diag(f) - Laplacian; kappa = 0 iff some contrast vanishes on every label set of the support",
        "true",
    ),
    Statement(
        "S6",
        "mixing",
        "Sigma is linear, kappa concave and K convex in pi; kappa >= sum_m pi_m kappa_m",
        "true",
    ),
    Statement(
        "S7",
        "designs",
        "a uniformly weighted 2-design with blocks of at least two labels is perfectly orthogonal",
        "true if the blocks have at least two labels",
    ),
    Statement(
        "S8",
        "lower bounds on kappa_m",
        "kappa_m is at least the minorization, shifted Gershgorin, trace-determinant and overlap bounds",
        "true",
    ),
    Statement(
        "S9",
        "contrast energy",
        (
            "the contrast energy of W is tr(W^T Sigma_m W), between kappa_m and K_m times ||PW||_F^2; kappa_m is "
            "not an upper constant"
        ),
        "true: kappa_m bounds from below, K_m from above, and they cannot be exchanged",
    ),
    Statement(
        "S10",
        "perturbation",
        "|kappa - kappa'| <= ||Sigma - Sigma'||_2 <= max ||y~_S||^2 ||pi - pi'||_1",
        "true; half of it holds as well (S12)",
    ),
    Statement(
        "S11",
        "two centerings",
        "the spectra of C_m and Sigma_m interlace",
        "true",
    ),
    Statement(
        "S12",
        "perturbation, best constant",
        "||Sigma - Sigma'||_2 <= 1/2 max ||y~_S||^2 ||pi - pi'||_1, and 1/2 cannot be improved",
        "true",
    ),
    Statement(
        "S13",
        "trace-determinant, sharpened",
        "kappa_m >= kappa_0 >= 0 implies kappa_m >= det' Sigma_m ((K-2)/(tr Sigma_m - kappa_0))^(K-2)",
        "true",
    ),
    Statement(
        "S14",
        "minorization by a design",
        (
            "a 2-design with b blocks of at least two labels in the support gives kappa_m >= kappa-bar_m b min "
            "over its blocks of pi_{S|m}"
        ),
        "true",
    ),
    Statement(
        "U1",
        "collapse of variability",
        ("for fixed W and b the objective is strongly convex in each feature, so all samples of a label set share one"),
        "true",
    ),
    Statement(
        "U1a",
        "price of not collapsing",
        (
            "the mean of the features of a label set saves exactly the divergences from its prediction plus "
            "lambda_H/2 times their variance, so features within eps of optimal have within-set variance at most "
            "2 eps / lambda_H"
        ),
        "true",
    ),
    Statement(
        "U2",
        "stationarity",
        "h_S = W^T r_S / lambda_H, W = sum pi_S r_S h_S^T / lambda_W and, with a free bias, sum pi_S r_S = 0",
        "true",
    ),
    Statement(
        "U3",
        "eigen-equation",
        "R W = lambda W for the residual second moment R = sum pi_S r_S r_S^T",
        "true",
    ),
    Statement(
        "U4",
        "weighted synthesis",
        ("h_S = sum_T pi_T <r_S, r_T>/lambda h_T: every prototype from all, by frequency times residual overlap"),
        "true",
    ),
    Statement(
        "U4a",
        "synthesis as a projector",
        (
            "Omega^2 = Omega iff R r_S = lambda r_S for every S iff R^2 = lambda R; on smaller rank Omega "
            "reproduces the prototypes but need not be a projector"
        ),
        "true",
    ),
    Statement(
        "U4b",
        "least weights",
        ("of all weights that synthesise a prototype those of U4 are the least in the norm sum_T omega_ST^2 / pi_T"),
        "true if the residuals lie in the range of W, as on full rank",
    ),
    Statement(
        "U5",
        "convex forms",
        (
            "min F = min_Z sum pi_S L_S(z_S + b) + mu ||Z D^1/2||_* = min_G lambda_W/2 tr G + sum pi_S phi_S(G), "
            "where the gradient of phi_S is -r_S r_S^T / (2 lambda_H)"
        ),
        "true",
    ),
    Statement(
        "U6",
        "dual and gap identity",
        "D(r) <= min F whenever R(r) <= lambda I, and F - D is a sum of three terms, exactly, at every point",
        "true",
    ),
    Statement(
        "U6a",
        "the gap, term by term",
        (
            "F - D is what the predictions, the features and the classifier lack, and the bias term; for a "
            "feasible r each of the three is nonnegative, and all vanish at the optimum only"
        ),
        "true",
    ),
    Statement(
        "U6b",
        "existence, bound on the bias",
        (
            "with a free bias a minimiser exists iff every label occurs (PAL-CE) and is sometimes absent too "
            "(BCE), always for MSE; then b_j - b_k <= F / (t min f_l), or |b_k| <= F / (t min(f_k, 1 - f_k))"
        ),
        "true",
    ),
    Statement(
        "U7",
        "global certificate",
        "a stationary point is globally optimal iff R <= lambda I",
        "true",
    ),
    Statement(
        "U7a",
        "depth of any point",
        (
            "with d >= K no local minimum is spurious, and at any point the eigenvalues rho > lambda of R "
            "give min F <= F - sum (sqrt(rho) - sqrt(lambda))^2 / (2 c), c the curvature of the loss; equality for MSE "
            "at W = 0, H = 0"
        ),
        "true",
    ),
    Statement(
        "U8",
        "isotropy of the residuals",
        (
            "at full rank R = lambda P (PAL-CE) or lambda I (BCE, MSE) for every label distribution, else R = "
            "lambda on the range of W"
        ),
        "true: imbalance shapes the geometry, the residuals stay isotropic",
    ),
    Statement(
        "U8a",
        "full rank is optimal",
        "every stationary point whose classifier has the largest possible rank is a global optimum",
        "true",
    ),
    Statement(
        "U9",
        "collapse threshold",
        "W = 0 is globally optimal iff lambda >= lambda_max(R^0), the residual second moment at W = 0",
        "true",
    ),
    Statement(
        "U10",
        "everything from the dual",
        ("G = sum pi_S r_S z_S^T / lambda_W, W h_S = z_S - b and <h_S, h_T> = r_S^T G r_T / lambda_H^2 at the optimum"),
        "true",
    ),
    Statement(
        "U11",
        "from a gap to an enclosure",
        (
            "a duality gap bounds how far the optimum is from a point: in p, q or r, hence in z and in the whole "
            "geometry"
        ),
        "true: a gap is a rigorous enclosure of the whole geometry",
    ),
    Statement(
        "U11a",
        "sharper enclosures",
        (
            "a gap bounds the divergences from both sides together, so the optimum is near the midpoint of two "
            "predictions, and small probabilities are enclosed relative to their size"
        ),
        "true",
    ),
    Statement(
        "O1",
        "tag-wise averaging",
        (
            "if every Sigma_m is perfectly orthogonal, then G = gP, r_S = c_m y~_S and h_S = c_m/c_1 sum_k h_{k} "
            "at every lambda below the threshold (PAL-CE)"
        ),
        ("true if every multiplicity is perfectly orthogonal: scaled tag-wise averaging, exactly, at every lambda"),
    ),
    Statement(
        "O2",
        "converse of averaging",
        ("G = gP with g > 0 implies sum pi_m c_m^2 Sigma_m = lambda P; for one multiplicity, perfect orthogonality"),
        "true; for several multiplicities an ETF is weaker than perfect orthogonality (O2a, O2b)",
    ),
    Statement(
        "O2a",
        "an ETF at one penalty",
        (
            "the optimal classifier is an ETF iff sum pi_m c_m^2 Sigma_m = lambda P with the scalars of O1, which"
            " is strictly weaker than perfect orthogonality"
        ),
        "true if lambda is below sum pi_m kappa-bar_m (PAL-CE without bias)",
    ),
    Statement(
        "O2b",
        "an ETF as the penalty varies",
        (
            "an optimal ETF at penalties that increase to the threshold of collapse forces perfect orthogonality "
            "at every multiplicity"
        ),
        "true",
    ),
    Statement(
        "O3",
        "linear residuals",
        (
            "an optimum of full rank with r_S = c_m y~_S has sum pi_m c_m^2 Sigma_m = lambda P: with one "
            "multiplicity perfect orthogonality, which is sufficient too; with several the equation for some c_m "
            "is not sufficient"
        ),
        "true",
    ),
    Statement(
        "O3a",
        "linear residuals, exactly",
        (
            "r_S = c_S y~_S iff every y~_S is an eigenvector of W W^T with the eigenvalue that belongs to c_S, "
            "optimal at full rank iff also sum pi_S c_S^2 y~_S y~_S^T = lambda P; an ETF if a singleton is in the"
            " support, not in general"
        ),
        "true",
    ),
    Statement(
        "W1",
        "exact synthesis",
        (
            "h_S = sum_T omega_ST h_T with omega_ST = pi_T <r_S, r_T>/lambda, for every distribution, loss, bias "
            "and lambda; with a free bias the weights add up to 0"
        ),
        "true",
    ),
    Statement(
        "W2",
        "synthesis, squared loss",
        (
            "MSE, any classifier, any lambda: with a free bias and m-bar not 1 h_S = sum_{k in S} h_{k} - "
            "(m_S - 1)/(m-bar - 1) sum_j f_j h_{j}, without bias h_S = sum_{k in S} h_{k}"
        ),
        "true: from prototypes of single labels, class frequencies enter through the bias",
    ),
    Statement(
        "W2a",
        "optimum of the squared loss",
        (
            "MSE: W W^T = lambda_H/mu (C^{1/2} - mu)_+, a direction collapses iff its eigenvalue of C is at most "
            "lambda, and without collapse the weights on the classifier rows are mu/lambda_H C^{-1/2}(y_S - f)"
        ),
        "true",
    ),
    Statement(
        "W2b",
        "uniqueness of the weights",
        (
            "MSE, free bias: at full rank the weights of W2 are the only ones if m-bar is not 1, and none exist "
            "if it is; where the all-ones direction collapses the corrections may be uniform, (m_S - 1)/K"
        ),
        "true",
    ),
    Statement(
        "W2c",
        "squared loss, averaging",
        (
            "MSE, free bias: h_S is a multiple of sum_{k in S} h_{k} iff S has one label, or f has collapsed, or "
            "y_S is in theta f + ker W^T with theta 1 or not m_S; with one multiplicity and no collapse, iff "
            "frequencies are uniform"
        ),
        "true",
    ),
    Statement(
        "W2d",
        "the rule entry by entry",
        ("the rule of W2 holds entry by entry at the closed-form optima of two labels and of independent labels"),
        "true",
    ),
    Statement(
        "W3",
        "free bias, terminal phase",
        (
            "PAL-CE, free bias, lambda to 0 under the strict sign condition, virtual singletons included, m-bar not 1: "
            "h_S = sum_{k in S} h_{k} - (m_S - 1)/(m-bar - 1) sum_j f_j h_{j} in the limit"
        ),
        "true if the sign condition holds: the class-frequency-weighted rule is exact in the limit",
    ),
    Statement(
        "W3a",
        "frequencies can be removed",
        (
            "in the situation of W3, h_S = sum_{k in S} h_{k} - (m_S - 1)/K sum_j h_{j} in the limit too: "
            "measured from their plain mean, prototypes add up whatever the imbalance"
        ),
        "true if the sign condition holds: in the limit, weighted or uniform is a matter of writing",
    ),
    Statement(
        "W3b",
        "right on average",
        (
            "any loss, free bias, any lambda: a correction -(m_S - 1) t common to all label sets is right on "
            "average iff (m-bar - 1) t = sum_j f_j h_{j}"
        ),
        "true: before the limit the class frequencies are what keeps the rule right on average",
    ),
    Statement(
        "W4",
        "no bias, terminal phase",
        (
            "PAL-CE, no bias, lambda to 0 under the strict sign condition, virtual singletons included: h_S = "
            "sum_{k in S} h_{k} in the limit"
        ),
        "true if the sign condition holds: plain sums, whatever the imbalance",
    ),
    Statement(
        "W5",
        "discrepancy at finite lambda",
        (
            "PAL-CE at any lambda: h_S = sum_{k in S} h_{k} + W^T q_S/lambda_H with q_S = sum_{k in S} p_{k} - "
            "m_S p_S; under perfect orthogonality plain sums of two or more labels are exact at no lambda"
        ),
        "true",
    ),
    Statement(
        "W5a",
        "never exact before the limit",
        "PAL-CE, no bias, off perfect orthogonality: plain sums are exact at no lambda",
        (
            "false: with weights 2, 2, 1 on {1}, {2}, {1,2} of three labels the scale of the pair passes 1 "
            "between two lambdas"
        ),
    ),
    Statement(
        "W6",
        "scaled averages",
        (
            "PAL-CE: h_S = alpha_S sum_{k in S} h_{k} at every lambda under perfect orthogonality (one alpha per "
            "multiplicity), and wherever the label symmetries that preserve S are transitive on S and on its "
            "complement (one per orbit)"
        ),
        "true",
    ),
    Statement(
        "W6a",
        "converse for complete layers",
        (
            "PAL-CE, no bias, all singletons and all m-sets in the support, strict sign condition: averaging with"
            " one alpha per multiplicity as lambda tends to 0 and to the threshold forces perfect orthogonality"
        ),
        "true if the support is complete: then tag-wise averaging at every lambda is perfect orthogonality",
    ),
    Statement(
        "W6b",
        "converse, read literally",
        (
            "PAL-CE, no bias, all singletons and some larger sets in the support: averaging with one alpha per "
            "multiplicity at every lambda forces perfect orthogonality"
        ),
        ("false: equal weights on {1}, {2}, {3}, {1,2} average exactly by symmetry, and the pairs are not orthogonal"),
    ),
    Statement(
        "W7",
        "frequencies times summands",
        "h_S is proportional to sum_{k in S} f_k h_{k}",
        (
            "false: already with two labels, equal weights on {1} and {1,2}, squared loss; where frequencies in S"
            " are equal it asks for nothing but a scaled sum"
        ),
    ),
    Statement(
        "W8",
        "synthesis from rows",
        (
            "PAL-CE, lambda to 0 under the strict sign condition: the weights of h_S on the classifier rows tend "
            "to Sigma^{+1/2} y_S (free bias: Sigma_C^{+1/2}(y_S - f)), and without bias are one constant on all S "
            "iff Sigma is a multiple of P"
        ),
        (
            "true if the sign condition holds: inverse square roots of the label covariance, one constant only if "
            "that is flat"
        ),
    ),
    Statement(
        "W8a",
        "uniform weights on rows",
        (
            "in the limit of W8 without bias every h_S is a scaled sum of the rows of its labels iff every y~_S "
            "is an eigenvector of Sigma; with a singleton in the support, iff Sigma is a multiple of P"
        ),
        "true",
    ),
    Statement(
        "W8b",
        "inverse root frequencies",
        (
            "singletons only, near balance: the weights on the classifier rows are those of f_k^{-1/2} plus a "
            "common correction of relative size 1/K, to first order; for two labels they are uniform"
        ),
        "true to first order: f_k^{-1/2} without the correction is not",
    ),
    Statement(
        "L1",
        "floor under the loss",
        (
            "one multiplicity: min F >= H_m(min(1, sqrt(lambda/K_m))), with equality below collapse iff all "
            "nonzero eigenvalues of Sigma_m agree; with kappa_m for K_m it is no lower bound"
        ),
        "true",
    ),
    Statement(
        "L2",
        "weakest contrast and floor",
        (
            "one multiplicity: min F >= H_m(min(1, sqrt(lambda/(tr Sigma_m - (K-2) kappa_m)))), which increases "
            "with kappa_m"
        ),
        "true",
    ),
    Statement(
        "L3",
        "balance is hardest",
        (
            "min F is at most the value O1 gives for the same multiplicities; below its threshold with equality "
            "iff sum pi_m c_m^2 Sigma_m = lambda P"
        ),
        "true",
    ),
    Statement(
        "L4",
        "loss bound from collapse",
        "min F >= D(c r^0) with c = min(1, sqrt(lambda/lambda_max(R^0))), for every loss and bias",
        "true",
    ),
    Statement(
        "L5",
        "polar and tag-wise points",
        (
            "r_S = mu Sigma^{+1/2} y~_S has R = lambda Pi and D(r) <= min F where it is in the domain; the best "
            "tag-wise point has min F <= its value <= L3"
        ),
        "true",
    ),
    Statement(
        "L5a",
        "one formula, four arguments",
        (
            "one multiplicity: L2 <= L1 <= min F <= L5-primal <= L3 are H_m at sqrt(lambda) times four means of "
            "inverse roots of eigenvalues"
        ),
        "true",
    ),
    Statement(
        "L5b",
        "polar bound below L1",
        (
            "the polar value can be below L1: at lambda = K_m it is wherever the spectrum is not flat on its "
            "range, and it can be at lambda as small as the least nonzero eigenvalue; so L1 <= L5-dual is false "
            "in general"
        ),
        "true",
    ),
    Statement(
        "L5c",
        "minimum within a margin",
        (
            "one multiplicity, polar point in the domain: H_m(c) less an explicit margin <= L5-dual <= min F <= "
            "H_m(c), and L1 <= L5-dual for all lambda below an explicit one"
        ),
        "true if c = sqrt(lambda) tr Sigma^1/2 / tr Sigma <= 1",
    ),
    Statement(
        "L5d",
        "how good the polar point is",
        (
            "min F - D of the polar point, and its divergence from the optimum, are at most an explicit quadratic"
            " form in its logits"
        ),
        "true if Sigma has rank K - 1 and the polar point is inside the domain",
    ),
    Statement(
        "T1",
        "multi-label SELI",
        (
            "if (Sigma^{+1/2} y_S)_j <= 0 for all S in the support and j outside S (sign condition), the logits P"
            " y_S have the least nuclear norm among all with the margins, with W W^T = Sigma^{1/2} and additive "
            "prototypes; at rank K - 1 only then; with a free bias the same for P(M - f f^T)P and y_S - f"
        ),
        "true",
    ),
    Statement(
        "T2",
        "logarithmic approach",
        (
            "z_{S,k} - z_{S,j} = 1/2 log 1/lambda - log(-q_{S,j}) + O(1/sqrt(log 1/lambda)) for k in S and j "
            "outside, q_S = Sigma^{+1/2} y_S"
        ),
        "true if the sign condition is strict and Sigma has rank K - 1",
    ),
    Statement(
        "T2a",
        "exact equation, second order",
        (
            "optimal logits of full rank solve y_S - m_S softmax(z_S) = mu (sum_T pi_T z_T z_T^T)^{+1/2} z_S at "
            "every lambda, mu = sqrt(lambda), and solutions are optimal; this gives the term after the constant "
            "of T2"
        ),
        "true; the second-order term if the sign condition is strict and Sigma has rank K - 1",
    ),
    Statement(
        "T3",
        "kappa-control",
        (
            "sqrt(K_m/kappa_m) <= (1 + theta_m)/(1 - theta_m), theta_m = sqrt(m/((K-m)(K-1))), implies the sign "
            "condition; for mixed multiplicities with Sigma and the least of them"
        ),
        "true",
    ),
    Statement(
        "T3a",
        "sign condition, automatic",
        (
            "the sign condition holds when no off-diagonal entry of the pseudo-inverse of Sigma is positive: "
            "strictly for singletons and for (K-1)-sets of any frequencies, for any sets of three labels, and for"
            " pairs of four"
        ),
        "true",
    ),
    Statement(
        "T3b",
        "constant of T3 attained",
        (
            "at K = 9, m = 6 label distributions with K/kappa = 9 have an entry that is exactly 0, and beyond it "
            "is positive: no larger constant will do in T3"
        ),
        "true",
    ),
    Statement(
        "T4",
        "the sign condition can fail",
        (
            "with probabilities 1/5, 1/5, 3/5 on {1,2}, {1,3}, {4} the entry of {4} at label 1 is (15 sqrt 5 - 8 "
            "sqrt 15)/66 > 0; fewer labels, singletons, or one multiplicity of four labels cannot fail"
        ),
        "true",
    ),
    Statement(
        "T5",
        "stability and contrast floor",
        (
            "||Sigma^{1/2} - Sigma'^{1/2}||_2 <= ||Sigma - Sigma'||_2/(sqrt kappa + sqrt kappa'), and in the "
            "terminal geometry ||w_j - w_k||^2 >= 2 sqrt kappa, with equality iff e_j - e_k is an eigenvector for"
            " kappa"
        ),
        "true",
    ),
    Statement(
        "T5a",
        "stability of the prototypes",
        ("||Sigma^{+1/2} - Sigma'^{+1/2}||_2 <= ||Sigma - Sigma'||_2/(sqrt(kappa kappa') (sqrt kappa + sqrt kappa'))"),
        "true",
    ),
    Statement(
        "T6",
        "three labels in closed form",
        (
            "for three labels kappa, K, Sigma^{1/2}, Sigma^{+1/2}, the distances of the rows and the constants of"
            " T2 are closed forms in d_k = pi({k}) + pi({k}^c), and the sign condition holds strictly"
        ),
        "true if two of the d_k are positive",
    ),
)
"""Every statement, in order."""
