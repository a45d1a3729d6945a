"""The catalogue: every claim, with where its derivation, its check, its sampler and its controls are.

A reader who starts here reaches any evidence in two hops: the derivation is the entry of the same id in
``proofs/<chapter>.py`` (its note in ``notes/<chapter>.md``), the numeric check with its controls the function of the
same id in ``verify/checks/<chapter>.py``, and the distributions it is run on come from ``verify/families.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from types import MappingProxyType

from proofs.chapters import CHAPTERS
from verify.checks import duality, label_spectrum, loss_bounds, orthogonal_case, stationarity
from verify.evidence import Check
from verify.labels import InputError
from verify.spectrum import LabelSpectrum

__all__ = ["CATALOGUE", "Claim", "Derived", "UnprovedError", "notes_on", "select"]


@dataclass(frozen=True)
class Derived:
    """What checking the symbolic derivations of a claim gave.

    Attributes:
        grade: ``"general"`` or ``"entries"``, the lowest of the derivations'.
        steps: number of steps proved, and in all.
        controls: number of false variants that the kernel did not prove, and in all.
        lemmas: named theorems of the literature that the derivation leans on.
        faults: one line per step that is not proved and per false variant that is.
    """

    grade: str
    steps: tuple[int, int]
    controls: tuple[int, int]
    lemmas: tuple[str, ...]
    faults: tuple[str, ...]


@dataclass(frozen=True)
class Claim:
    """One statement of the theory.

    Attributes:
        id: its number; the derivation, the check, the property test and the note all carry it.
        title: a few words.
        statement: what is claimed, in one sentence, in plain text.
        check: the numeric check with its controls.
    """

    id: str
    title: str
    statement: str
    check: Check[LabelSpectrum]

    def derive(self) -> Derived | None:
        """Check the symbolic derivation step by step; ``None`` when there is none.

        Nothing is cached: whoever asks gets the derivation checked.
        """
        for chapter in CHAPTERS.values():
            build = chapter.contents.derivations.get(self.id)
            if build is not None:
                result = build().check()
                proved = sum(step.proved for step in result.steps)
                rejected = sum(not control.proved for control in result.controls)
                return Derived(
                    grade=result.grade.value,
                    steps=(proved, len(result.steps)),
                    controls=(rejected, len(result.controls)),
                    lemmas=result.lemmas,
                    faults=result.faults,
                )
        return None


_STATEMENTS = (
    ("S1", "balanced value", "uniform on all m-sets: Sigma_m = kappa-bar_m P with kappa-bar_m = m(K-m)/(K(K-1))"),
    (
        "S2",
        "extremality",
        "tr Sigma_m = m(K-m)/K, so kappa_m <= kappa-bar_m <= K_m, with equality only under perfect orthogonality, "
        "which forces uniform class frequencies unless K = 2m",
    ),
    ("S3", "multiplicity one", "the spectrum of Sigma_1 is the root set of a secular equation interlaced with pi"),
    ("S4", "complement duality", "Sigma_{K-m} of the complements is Sigma_m"),
    (
        "S5",
        "co-occurrence Laplacian",
        "M_m = m diag(f) - Laplacian; kappa = 0 iff some contrast vanishes on every label set of the support",
    ),
    ("S6", "mixing", "Sigma is linear, kappa concave and K convex in pi; kappa >= sum_m pi_m kappa_m"),
    ("S7", "designs", "a uniformly weighted 2-design with blocks of at least two labels is perfectly orthogonal"),
    (
        "S8",
        "lower bounds on kappa_m",
        "kappa_m is at least the minorization, shifted Gershgorin, trace-determinant and overlap bounds",
    ),
    (
        "S9",
        "contrast energy",
        "the contrast energy of W is tr(W^T Sigma_m W), between kappa_m and K_m times ||PW||_F^2; kappa_m is not an "
        "upper constant",
    ),
    ("S10", "perturbation", "|kappa - kappa'| <= ||Sigma - Sigma'||_2 <= max ||y~_S||^2 ||pi - pi'||_1"),
    ("S11", "two centerings", "the spectra of C_m and Sigma_m interlace"),
    (
        "S12",
        "perturbation, best constant",
        "||Sigma - Sigma'||_2 <= 1/2 max ||y~_S||^2 ||pi - pi'||_1, and 1/2 cannot be improved",
    ),
    (
        "S13",
        "trace-determinant, sharpened",
        "kappa_m >= kappa_0 >= 0 implies kappa_m >= det' Sigma_m ((K-2)/(tr Sigma_m - kappa_0))^(K-2)",
    ),
    (
        "S14",
        "minorization by a design",
        "a 2-design with b blocks of at least two labels in the support gives kappa_m >= kappa-bar_m b min over its "
        "blocks of pi_{S|m}",
    ),
    (
        "U1",
        "collapse of variability",
        "for fixed W and b the objective is strongly convex in each feature, so all samples of a label set share one",
    ),
    (
        "U2",
        "stationarity",
        "h_S = W^T r_S / lambda_H, W = sum pi_S r_S h_S^T / lambda_W and, with a free bias, sum pi_S r_S = 0",
    ),
    ("U3", "eigen-equation", "R W = lambda W for the residual second moment R = sum pi_S r_S r_S^T"),
    (
        "U4",
        "weighted synthesis",
        "h_S = sum_T pi_T <r_S, r_T>/lambda h_T: every prototype from all, by frequency times residual overlap",
    ),
    (
        "U5",
        "convex forms",
        "min F = min_Z sum pi_S L_S(z_S + b) + mu ||Z D^1/2||_* = min_G lambda_W/2 tr G + sum pi_S phi_S(G), where "
        "the gradient of phi_S is -r_S r_S^T / (2 lambda_H)",
    ),
    (
        "U6",
        "dual and gap identity",
        "D(r) <= min F whenever R(r) <= lambda I, and F - D is a sum of three terms, exactly, at every point",
    ),
    ("U7", "global certificate", "a stationary point is globally optimal iff R <= lambda I"),
    (
        "U8",
        "isotropy of the residuals",
        "at full rank R = lambda P (PAL-CE) or lambda I (BCE, MSE) for every label distribution, else R = lambda on "
        "the range of W",
    ),
    (
        "U9",
        "collapse threshold",
        "W = 0 is globally optimal iff lambda >= lambda_max(R^0), the residual second moment at W = 0",
    ),
    (
        "U10",
        "everything from the dual",
        "G = sum pi_S r_S z_S^T / lambda_W, W h_S = z_S - b and <h_S, h_T> = r_S^T G r_T / lambda_H^2 at the optimum",
    ),
    (
        "U11",
        "from a gap to an enclosure",
        "a duality gap bounds how far the optimum is from a point: in p, q or r, hence in z and in the whole geometry",
    ),
    (
        "O1",
        "tag-wise averaging",
        "if every Sigma_m is perfectly orthogonal, then G = gP, r_S = c_m y~_S and h_S = c_m/c_1 sum_k h_{k} at every "
        "lambda below the threshold (PAL-CE)",
    ),
    (
        "O2",
        "converse of averaging",
        "G = gP with g > 0 implies sum pi_m c_m^2 Sigma_m = lambda P; for one multiplicity, perfect orthogonality",
    ),
    (
        "L4",
        "loss bound from collapse",
        "min F >= D(c r^0) with c = min(1, sqrt(lambda/lambda_max(R^0))), for every loss and bias",
    ),
)


def _catalogue() -> Mapping[str, Claim]:
    chapters = (label_spectrum, stationarity, duality, orthogonal_case, loss_bounds)
    checks = {check.claim: check for chapter in chapters for check in chapter.CHECKS}
    return MappingProxyType({id_: Claim(id_, title, text, checks[id_]) for id_, title, text in _STATEMENTS})


CATALOGUE: Mapping[str, Claim] = _catalogue()
"""Every claim by id, in the order of the theory."""


def select(patterns: Iterable[str]) -> tuple[Claim, ...]:
    """The claims whose id matches one of the patterns (``S*``, ``U8``), in catalogue order.

    Raises:
        InputError: a pattern matches no claim.

    Example:
        >>> [claim.id for claim in select(["U1?", "S4"])]
        ['S4', 'U10', 'U11']
    """
    wanted = tuple(patterns)
    for pattern in wanted:
        if not any(_matches(id_, pattern) for id_ in CATALOGUE):
            raise InputError(f"no claim matches {pattern!r}: the claims are {', '.join(CATALOGUE)}")
    return tuple(claim for id_, claim in CATALOGUE.items() if any(_matches(id_, pattern) for pattern in wanted))


def _matches(id_: str, pattern: str) -> bool:
    return fnmatchcase(id_.lower(), pattern.lower())


class UnprovedError(Exception):
    """A derivation that does not check; one line per fault."""


def notes_on(folder: Path, chapters: Sequence[str], *, check: bool) -> list[str]:
    """Regenerate the notes of some chapters (all of them for none named), or tell which are stale.

    Args:
        folder: where the notes are.
        chapters: names of chapters.
        check: write nothing, and return the notes that differ from what the derivations render.

    Returns:
        File names: of the stale notes when checking, else of the notes that changed.

    Raises:
        InputError: no such chapter, no such folder, or a note that cannot be written.
        UnprovedError: a step is not proved or a false variant is; nothing is written for that chapter.
    """
    from proofs import render  # noqa: PLC0415 - SymPy is slow to import and only this needs it

    for name in chapters:
        if name not in CHAPTERS:
            raise InputError(f"no chapter is called {name!r}: the chapters are {', '.join(CHAPTERS)}")
    try:
        return render.stale(folder, chapters) if check else render.write(folder, chapters)
    except render.UnprovedError as error:
        raise UnprovedError(str(error)) from None
    except OSError as error:
        raise InputError(f"{folder}: {error.strerror}; name the folder of the notes with --notes") from None
