r"""T6, checked: every closed form for three labels, written out here again."""

from collections.abc import Callable
from fractions import Fraction
from itertools import combinations, permutations
from random import Random

from flint import arb, arb_mat

from verify.checks.evidence import Control, Finding, fails, skips
from verify.checks.shared import cases
from verify.checks.shared.enclosures import OFTEN, checks_in_balls, same, together
from verify.exact.balls import Ball, ball
from verify.exact.matrices import projection
from verify.exact.roots import RealRoots
from verify.geometry.polar import outside, sum_of_roots
from verify.geometry.sign_condition import TerminalGeometry
from verify.geometry.spectrum import LabelSpectrum


@checks_in_balls(
    "T6",
    "the closed forms for three labels against exact eigenvalues and enclosed roots",
    Control("1 - 3 delta^2 under the root", {"nine": 3}, cases.UNEQUAL),
    Control("the root without delta P", {"shift": lambda _: arb(0)}, cases.UNEQUAL),
    Control("the frequency of one of the two", {"opposite": lambda j, _: j}, cases.UNEQUAL),
    Control("one delta in the distances", {"two": 1}, cases.UNEQUAL),
    every=OFTEN,
    labels=None,
)
def three_labels(
    case: LabelSpectrum,
    _: Random,
    nine: int = 9,
    shift: Callable[[Ball], Ball] = lambda delta: delta,
    opposite: Callable[[int, int], int] = lambda j, k: 3 - j - k,
    two: int = 2,
) -> Finding:
    r"""T6: every closed form for three labels, written out here again, against exact eigenvalues and enclosed roots.

    The law: ``1 - nine delta^2`` under the root of the eigenvalues, :math:`\Sigma+\mathrm{shift}(\delta)P` in the root,
    the frequency of the ``opposite`` label in the inverse root, and ``two delta`` in the distances.
    """
    if case.K != 3:
        return skips("not three labels")
    pi, geometry = case.pi, TerminalGeometry.of(case.pi)
    share = dict(zip(pi.masks, pi.shares, strict=True))
    d = [share.get(1 << k, Fraction(0)) + share.get(7 - (1 << k), Fraction(0)) for k in range(3)]
    square = (d[0] * d[1] + d[0] * d[2] + d[1] * d[2]) / 3
    if square == 0:
        return skips("one label set and its complement only: delta = 0")
    for root, exact in enumerate((case.overall.kappa, case.overall.largest)):
        if exact != RealRoots.around(Fraction(1, 3), (1 - nine * square) / 9).root(root):
            return fails(f"{exact.decimal(10)} is not the closed form of the eigenvalue")
    if geometry.sign.verdict != "strict":
        return fails(f"the sign condition is {geometry.sign.verdict}")
    delta = ball(square).sqrt()
    trace = (ball(Fraction(2, 3)) + 2 * delta).sqrt()
    sigma, inverse = arb_mat(geometry.moment) / geometry.scale, geometry.inverse_root
    pairs = list(combinations(range(3), 2))
    apart = {(j, k): (ball(d[j] + d[k]) + two * delta) / trace for j, k in pairs}
    # the entry of the inverse root at a label, and minus its sum over the two others, is that of their distance
    entry = {(j, k): -(ball(d[opposite(j, k)]) + delta) / (3 * delta * trace) for j, k in permutations(range(3), 2)}
    entry |= {(3 - j - k, 3 - j - k): apart[j, k] / (3 * delta) for j, k in pairs}
    shifted = (sigma + projection(3) * shift(delta)) / trace
    findings = [
        same("Sigma^1/2 and its closed form", geometry.root.entries(), shifted.entries()),
        same("the trace of the root", [sum_of_roots(case.overall.roots)], [trace]),
        same("entries of Sigma^+1/2", [inverse[pair] for pair in entry], list(entry.values())),
        same("distances of rows", [geometry.row_distance(j, k) for j, k in pairs], [apart[pair] for pair in pairs]),
    ]
    for mask in pi.masks:
        for j in outside(mask, 3):
            closed = -entry[j, mask.bit_length() - 1] if mask.bit_count() == 1 else entry[j, j]
            findings.append(
                same("the offset of T2", [-(-geometry.polar_entry(mask, j)).log()], [-closed.log()], arb(1))
            )
    return together(findings)
