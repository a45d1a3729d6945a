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
        "U7",
        "global certificate",
        "a stationary point is globally optimal iff R <= lambda I",
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
        "L4",
        "loss bound from collapse",
        "min F >= D(c r^0) with c = min(1, sqrt(lambda/lambda_max(R^0))), for every loss and bias",
        "true",
    ),
)
"""Every statement, in order."""
