"""What W3c and B3c say, as formulas: that the weighted rule tells of signs. Both are false."""

from __future__ import annotations

from proofs.claims.entry import Formal
from proofs.claims.hypotheses import CENTERED, LABEL_SETS

__all__ = ["B3C", "SYNTHESIS", "W3C"]

SYNTHESIS = """X*place[S] = sum[k](e[k]'*y[S]*(X*own[k]))
    - (m[S] - 1)/(mbar - 1)*sum[k](e[k]'*f*(X*own[k]))"""
RULE = f"(all X: X*sum[S](place[S]) = 0 => (all S: {SYNTHESIS}))"
"""The rule holds of all features X place with mean 0, as those of every stationary point with a free bias have."""

_LETTERS = ("n", "place[sets]: n", "own[labels]: n", "X: d x n", "Root: K x K", "Q: K x K")
_GIVEN = (
    *(*LABEL_SETS, "f := sum[S](y[S])", "mbar = sum[S](m[S])", "mbar - 1 != 0", "C := sum[S]((y[S] - f)*(y[S] - f)')"),
    "all S: place[S]'*place[S] = 1",
    "all S, T: place[S]'*place[T] = 0 or (place[S] = place[T] and y[S] = y[T])",
    "all k: some S: y[S] = e[k] and own[k] = place[S]",
    *("psd Root", "Q' = Q"),
)
W3C = Formal(
    letters=_LETTERS,
    given=(*_GIVEN, CENTERED[0], "ones'*Root = 0", "Root*Root = P*C*P", "ones'*Q = 0", "Q*Root = P"),
    goal=f"{RULE} => (all S, j: e[j]'*y[S] = 0 => e[j]'*Q*(y[S] - f) <= 0)",
)
B3C = Formal(
    letters=_LETTERS,
    given=(*_GIVEN, "Root*Root = C", "Q*Root = I[K]"),
    goal=f"{RULE} => (all S, j: 0 <= (2*(e[j]'*y[S]) - 1)*(e[j]'*Q*(y[S] - f)))",
)
