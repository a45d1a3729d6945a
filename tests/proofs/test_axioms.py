"""Every axiom on random instances, to 40 digits; and its false variant, which the same instances reject."""

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import mpmath as mp
import pytest

from proofs.chains import checked
from proofs.claims import CLAIMS
from proofs.kernel.axioms import AXIOMS
from proofs.kernel.formal import declare, formula
from tests.proofs.decided import in_one_process

CASES = 60
TINY = mp.mpf(10) ** -30


def random_matrix(rng: Random, n: int) -> mp.matrix:
    return mp.matrix([[rng.randint(-5, 5) for _ in range(n)] for _ in range(n)])


def least_eigenvalue(a: mp.matrix) -> mp.mpf:
    return min(mp.eigsy(a, eigvals_only=True))


def root(a: mp.matrix) -> mp.matrix:
    values, vectors = mp.eigsy(a)
    return vectors * mp.diag([mp.sqrt(max(v, 0)) for v in values]) * vectors.T


def unit_vectors(rng: Random) -> Iterator[tuple[bool, bool]]:
    for _ in range(CASES):
        a = mp.zeros(rng.randint(1, 5), 1)
        a[rng.randrange(len(a))] = 1
        square = (a.T * a)[0]
        yield square == 1, square == 1 and square == 0


def spectral_norms(rng: Random) -> Iterator[tuple[bool, bool]]:
    """The largest eigenvalue in size bounds the form at random vectors, and is its value at an eigenvector."""
    for _ in range(CASES):
        n = rng.randint(1, 4)
        b = random_matrix(rng, n)
        a = b + b.T
        values, vectors = mp.eigsy(a)
        k = max(range(n), key=lambda i: abs(values[i]))
        norm, at = abs(values[k]), vectors[:, k]
        x = mp.matrix([rng.randint(-9, 9) for _ in range(n)])
        size, form = (x.T * x)[0], (x.T * a * x)[0]
        bounded = abs(form) <= norm * size + TINY
        attained = abs((at.T * at)[0] - 1) < TINY and abs(abs((at.T * a * at)[0]) - norm) < TINY
        yield bool(bounded and attained), bool(norm < 0)


def monotone_roots(rng: Random) -> Iterator[tuple[bool, bool]]:
    """B and C positive semidefinite, A the root of B^2 + C; where A is at least B, A^3 need not be at least B^3."""
    for _ in range(CASES):
        n = rng.randint(2, 3)
        b, c = (m * m.T for m in (random_matrix(rng, n), mp.matrix([[rng.randint(-9, 9)] for _ in range(n)])))
        a = root(b * b + c)
        yield bool(least_eigenvalue(a - b) > -TINY), bool(least_eigenvalue(a**3 - b**3) > -TINY)


def positive(rng: Random) -> mp.mpf:
    return mp.mpf(rng.randint(1, 99)) / rng.randint(1, 99)


def logarithms(rng: Random) -> Iterator[tuple[bool, bool]]:
    for _ in range(CASES):
        s, t = positive(rng), positive(rng)
        log = mp.log(s * t)
        yield bool(abs(log - mp.log(s) - mp.log(t)) < TINY), bool(abs(log - mp.log(s) * mp.log(t)) < TINY)


def tangents(rng: Random) -> Iterator[tuple[bool, bool]]:
    """The tangent at 1, where alone they meet; half the slope is too flat."""
    for _ in range(CASES):
        t = rng.choice([mp.mpf(1), positive(rng)])
        apart = t - 1 - mp.log(t)
        yield bool(apart > TINY if t != 1 else apart == 0), bool(mp.log(t) <= (t - 1) / 2)


def divergences(rng: Random) -> Iterator[tuple[bool, bool]]:
    """Near t the two sides differ least; at s = 0, where s log s is 0 whatever log 0 is, by t^2."""
    for _ in range(CASES):
        t = positive(rng)
        s = rng.choice([mp.mpf(0), t, t * (1 + mp.mpf(rng.randint(-9, 9)) / 1000), positive(rng)])
        gap = (s * mp.log(s / t) if s else s) - s + t
        square = 3 * (s - t) ** 2
        yield bool(square <= (2 * s + 4 * t) * gap + TINY), bool(square <= (2 * s + 3 * t) * gap + TINY)


def crossings(rng: Random) -> Iterator[tuple[bool, bool]]:
    """A cubic from 0 or below to 0 or above has a root on the interval, which may be an end of it."""
    for _ in range(CASES):
        a, d = positive(rng), mp.mpf(rng.randint(0, 9))
        roots = mp.polyroots([1, a, 1 + a * a, -d], maxsteps=200, extraprec=200)  # it increases, and is -d at 0
        real = [mp.re(x) for x in roots if abs(mp.im(x)) < TINY]
        yield any(-TINY <= x <= d for x in real), any(TINY < x < d - TINY for x in real)


def ranks(rng: Random) -> Iterator[tuple[bool, bool]]:
    """A unit vector of the kernel where the Gram matrix of the columns is singular, and its inverse where not."""
    for _ in range(CASES):
        n, k = rng.randint(1, 3), rng.randint(1, 3)
        a = mp.matrix([[rng.randint(-1, 1) for _ in range(k)] for _ in range(n)])
        values, vectors = mp.eigsy(a.T * a)
        if min(values) > TINY:
            x = (a.T * a) ** -1 * a.T
            yield all(mp.mnorm(m) < TINY for m in (x * a - mp.eye(k), (a * x).T - a * x)), True
        else:
            u = vectors[:, min(range(k), key=lambda i: values[i])]
            yield bool(abs((u.T * u)[0] - 1) < TINY and mp.mnorm(a * u) < mp.sqrt(TINY)), False


def pseudo_inverses(rng: Random) -> Iterator[tuple[bool, bool]]:
    """Made of the eigenvectors of A'A; a left inverse only where columns are independent."""
    for _ in range(CASES):
        n, k = rng.randint(1, 3), rng.randint(1, 3)
        a = mp.matrix([[rng.randint(-1, 1) for _ in range(k)] for _ in range(n)])
        values, vectors = mp.eigsy(a.T * a)
        x = vectors * mp.diag([1 / v if v > mp.sqrt(TINY) else 0 for v in values]) * vectors.T * a.T
        apart = (a * x * a - a, x * a * x - x, (a * x).T - a * x, (x * a).T - x * a)
        yield all(mp.mnorm(m) < TINY for m in apart), mp.mnorm(x * a - mp.eye(k)) < TINY


def minima(rng: Random) -> Iterator[tuple[bool, bool]]:
    """The square of a distance, less a number from a threshold on: the least value is at the center or at the step."""

    def drawn(shapes: list[tuple[int, int]], most: int) -> list[mp.matrix]:
        size = mp.mpf(most) / 100
        return [mp.matrix([[rng.randint(-100, 100) * size for _ in range(k)] for _ in range(n)]) for n, k in shapes]

    for _ in range(CASES):
        n, m, k = (rng.randint(1, 2) for _ in range(3))
        shapes = [(n, m), (m, k), (n, 1)]
        center, step, drop = drawn(shapes, 3), mp.mpf(rng.randint(-3, 3)), rng.randint(0, 9)

        def fun(point: list[mp.matrix], center: Any = center, step: Any = step, drop: Any = drop) -> mp.mpf:
            far = sum(mp.mnorm(x - c, "f") ** 2 for x, c in zip(point, center, strict=True))
            return far - drop * (point[2][0] >= step)

        moved = [*center[:2], center[2].copy()]
        moved[2][0] = max(step, center[2][0])
        best = min((center, moved), key=fun)
        start = rng.choice([best, drawn(shapes, 4)])
        near = [[x + y for x, y in zip(best, drawn(shapes, rng.choice([1, 3])), strict=True)] for _ in range(40)]
        least = all(fun(best) <= fun(x) for x in (*near, start))
        yield bool(least), bool(least and fun(best) < fun(start))


def square_roots(rng: Random) -> Iterator[tuple[bool, bool]]:
    for _ in range(CASES):
        t = rng.choice([mp.mpf(0), positive(rng)])
        yield bool(abs(mp.sqrt(t) ** 2 - t) < TINY), bool(t <= 0)


def resolvents(rng: Random) -> Iterator[tuple[bool, bool]]:
    """In the plane u' A (A + t)^-1 x times the determinant is linear in t: of one sign if it is at 0 and far off."""
    for _ in range(CASES):
        m, vectors = random_matrix(rng, 2), [mp.matrix([rng.randint(-3, 3) for _ in range(2)]) for _ in range(2)]
        b = m * m.T + rng.choice([0, 1]) * mp.eye(2)
        if rng.randrange(4) == 0:  # the root of a singular matrix, which is a multiple of a projector
            b = m[:, 0] * m[:, 0].T
        u, x = vectors
        determinant = b[0, 0] * b[1, 1] - b[0, 1] * b[1, 0]
        near, far, own = ((u.T * a * x)[0] for a in (determinant**2 * mp.eye(2), b * b, b))
        agree, strictly = near >= 0 and far >= 0, near >= 0 and far >= 0 and (near > 0 or far > 0)
        true = (not agree or own > -TINY) and (not strictly or own > TINY)
        yield bool(true), bool(agree or own < 0)


def complements(rng: Random) -> Iterator[tuple[bool, bool]]:
    """The eigenvectors of a a' but that of the largest eigenvalue; they are no basis of the whole space."""
    for _ in range(CASES):
        m = rng.randint(2, 5)
        a = mp.matrix([rng.randint(-3, 3) for _ in range(m)])
        y = mp.eigsy(a * a.T)[1][:, : m - 1]
        small = [mp.mnorm(x) < mp.sqrt(TINY) for x in (y.T * y - mp.eye(m - 1), y.T * a)]
        yield all(small), mp.mnorm(y * y.T - mp.eye(m)) < TINY


def spanning(rng: Random) -> Iterator[tuple[bool, bool]]:
    """The left singular vectors of the largest singular values, 0 or not; they span all of the space only if n is m."""
    for _ in range(CASES):
        k, more, rest = (rng.randint(0, 2) for _ in range(3))
        n, m = k + 1 + more, k + 1 + more + rest
        a = mp.matrix([[rng.randint(-2, 2) for _ in range(k + 1)] for _ in range(m)])
        q = mp.eigsy(a * a.T)[1][:, m - n :]
        small = [mp.mnorm(x) < mp.sqrt(TINY) for x in (q.T * q - mp.eye(n), q * (q.T * a) - a)]
        yield all(small), all(small) and mp.mnorm(q * q.T - mp.eye(m)) < TINY


def inverses(rng: Random) -> Iterator[tuple[bool, bool]]:
    """Inverse functions of which the squares cancel in every second case: close to a point all are 0, or not all.

    Those of two pairs cancel in the pairs. Of four affine functions, and of four logarithms whose arguments are in
    fixed ratios, they cancel as a third difference of squares. At twelve points close to it a sum of four squares is
    zero only if it is zero wherever the functions are defined.
    """

    def value(kind: tuple[mp.mpf, ...], t: mp.mpf) -> mp.mpf:
        (p, q, a, b), z, step = kind, mp.mpf(2), mp.mpf(1)
        while abs(step) > TINY:  # Newton's steps for what is convex come down to the root
            step = (p + q * z + (a + b * z) * mp.exp(z) - t) / (q + (a + b + b * z) * mp.exp(z))
            z -= step
        assert z >= -1
        return z

    for case in range(CASES):
        kinds = [tuple(mp.mpf(rng.randint(low, 9)) / 3 for low in (-9, 1, 0, 0)) for _ in range(2)]
        kinds, rates = [*kinds, *kinds], [mp.mpf(rng.randint(1, 9)) for _ in range(2)]
        rates += [-rate for rate in rates]
        if case % 3:
            apart = [mp.mpf(x) / 3 for x in rng.sample(range(-9, 10), 4)]
            kinds = [(x, mp.mpf(1), 0, 0) if case % 3 == 1 else (kinds[0][0], 0, mp.exp(x), 0) for x in apart]
            rates = [1 / mp.fprod(x - y for y in apart if y != x) for x in apart]
        if rng.randrange(2):
            rates[0] = -rates[0]
        lower = max(p - q + (a - b) / mp.e for p, q, a, b in kinds) + mp.mpf(1) / 9  # where all are above -1
        upper = lower + 1
        close = [lower + mp.mpf(i) / 1000 for i in range(1, 13)]
        far = [lower, upper, *(lower + mp.mpf(rng.randint(0, 99)) / 99 for _ in range(5))]
        zero = [
            [abs(mp.fsum(r * value(k, t) ** 2 for r, k in zip(rates, kinds, strict=True))) < TINY for t in points]
            for points in (close, far)
        ]
        yield not all(zero[0]) or all(zero[1]), not all(zero[0]) or not any(rates)


INSTANCES: dict[str, Callable[[Random], Iterator[tuple[bool, bool]]]] = {
    "unit vector": unit_vectors,
    "complement of a vector": complements,
    "orthonormal columns": spanning,
    "spectral norm": spectral_norms,
    "Loewner-Heinz": monotone_roots,
    "logarithm of a product": logarithms,
    "tangent of the logarithm": tangents,
    "pointwise Pinsker": divergences,
    "intermediate value": crossings,
    "identity theorem": inverses,
    "rank and nullity": ranks,
    "pseudo-inverse": pseudo_inverses,
    "square root": square_roots,
    "attainment of a minimum": minima,
    "root by resolvents": resolvents,
}


@pytest.mark.parametrize("name", AXIOMS)
def test_an_axiom_holds_where_it_is_tried_and_its_false_variant_does_not(name: str) -> None:
    with mp.workdps(40):
        found = list(INSTANCES[name](Random(name)))
    assert all(true for true, _ in found)
    assert not all(false for _, false in found)


@in_one_process
@pytest.mark.parametrize("name", AXIOMS)
def test_an_axiom_is_a_formula_with_a_reference_and_is_used(name: str) -> None:
    axiom = AXIOMS[name]
    signature = declare(axiom.signature, *axiom.formal.letters)
    assert all(formula(text, signature) for text in (*axiom.formal.given, axiom.formal.goal, axiom.false))
    assert axiom.reference
    assert any(name in checked(claim).axioms for claim in CLAIMS)


def test_there_are_few_axioms_and_no_claim_is_one() -> None:
    assert len(AXIOMS) <= 30
    assert not {axiom.formal.goal for axiom in AXIOMS.values()} & {c.formal.goal for c in CLAIMS.values()}
