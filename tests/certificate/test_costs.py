"""Certificates made to be slow or large: each is refused or done within ten seconds of processor time, one gigabyte."""

import json
import random
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

SECONDS = 10
BUSY = 3
"""A processor that is shared does less in a second; how many seconds it took is printed."""
MEGABYTES = 1000

PROBE = f"""
import resource, sys
from verify.certificate.kernel import check_file
resource.setrlimit(resource.RLIMIT_CPU, ({BUSY * SECONDS}, {BUSY * SECONDS}))
before = resource.getrusage(resource.RUSAGE_SELF)
verdict = check_file(sys.argv[1])
after = resource.getrusage(resource.RUSAGE_SELF)
spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
with open("/proc/self/status") as status:  # what getrusage tells includes the process that this one was forked from
    peak = next(int(line.split()[1]) // 1000 for line in status if line.startswith("VmHWM"))
print(verdict.accepted, round(spent, 2), peak, verdict.reason, sep="|")
"""

Table = Sequence[Sequence[int]]


def matrix(rows: Table, unit: int = 1) -> dict[str, Any]:
    return {"denominator": str(unit), "rows": [[str(a) for a in row] for row in rows]}


def intervals(rows: int, columns: int, low: int, high: int, unit: int = 1) -> dict[str, Any]:
    table = {end: [[str(a)] * columns for _ in range(rows)] for end, a in (("lower", low), ("upper", high))}
    return {"denominator": str(unit), **table}


def certificate(K: int, n: int, loss: str = "mse", unit: int = 1 << 60, lam: str = "1000/1", **changed: Any) -> bytes:
    """A true one: a random dual point of n random sets, a classifier near 0, lambda and the value's interval large."""
    rng = random.Random(K * n)
    some = {(1 << rng.randrange(K)) | (1 << rng.randrange(K)) | (1 << rng.randrange(K)) for _ in range(4 * n)}
    masks = sorted(some - {(1 << K) - 1}, key=lambda mask: (mask.bit_count(), mask))[:n]
    n, sets = len(masks), [[k for k in range(K) if mask >> k & 1] for mask in masks]
    data = {
        "format": "mlnc-certificate-4", "loss": loss, "bias": "zero", "lambda_W": lam, "lambda_H": "1/1",
        "labels": [f"l{k}" for k in range(K)], "sets": sets, "weights": ["1"] * n,
        "W": matrix([[rng.randrange(unit // 1000) for _ in range(2)] for _ in range(K)], unit),
        "r": matrix([_residuals(loss, K, s, unit, rng) for s in sets], unit),
        "value": intervals(1, 1, -1000 * K, 1000 * K), "claims": {},
    }  # fmt: skip
    return json.dumps({**data, **{name: make(data) for name, make in changed.items()}}).encode()


def _residuals(loss: str, K: int, members: list[int], unit: int, rng: random.Random) -> list[int]:
    x = [rng.randrange(1, unit) for _ in range(K)]
    if loss == "pal":
        x = [a * len(members) // (2 * K) for a in x]
        x[members[0]] += len(members) * unit - sum(x)
    return [unit * (k in members) - a for k, a in enumerate(x)]


def claimed(*names: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def make(data: dict[str, Any]) -> dict[str, Any]:
        K, n = len(data["labels"]), len(data["sets"])
        shapes = {"R": (K, K), "G": (K, K), "hh": (n, n)}
        return {name: intervals(*shapes.get(name, (n, K)), -(10**30), 10**30) for name in names}

    return make


LONG = 10**990


def loss_weights(*names: str, unit: int = 1, first: int = 1) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """All different."""

    def make(data: dict[str, Any]) -> dict[str, Any]:
        K, n = len(data["labels"]), len(data["sets"])
        table = [[str(first + 2 * (S * K + k)) for k in range(K)] for S in range(n)]
        return {"denominator": str(unit)} | dict.fromkeys(names, table)

    return make


INPUTS: dict[str, Callable[[], bytes]] = {
    "inner products of many prototypes": lambda: certificate(40, 200, claims=claimed("hh")),
    "inner products of more prototypes": lambda: certificate(20, 500, claims=claimed("hh")),
    "inner products of most prototypes": lambda: certificate(20, 900, claims=claimed("hh")),
    "every claim": lambda: certificate(30, 150, "mse", claims=claimed("r", "R", "z", "G", "wh", "hh")),
    "thousand digits everywhere": lambda: certificate(30, 100, unit=LONG),
    "thousand digits and logarithms": lambda: certificate(20, 300, "pal", unit=LONG),
    "thousand digits and inner products": lambda: certificate(20, 100, unit=LONG, claims=claimed("hh", "G")),
    "a value of a thousand digits": lambda: certificate(
        10, 1000, "pal", value=lambda _: intervals(1, 1, -(10**992), 10**992, LONG)
    ),
    "a value below by a thousandth digit": lambda: certificate(
        10, 1000, "bce", value=lambda _: intervals(1, 1, 10**992, 10**993, LONG)
    ),
    "weights of a thousand digits": lambda: certificate(
        40, 600, weights=lambda d: [str(LONG + i) for i in range(len(d["sets"]))]
    ),
    "different weights in the loss": lambda: certificate(20, 300, loss_weights=loss_weights("present", "absent")),
    "few different weights in the loss": lambda: certificate(20, 20, loss_weights=loss_weights("present", "absent")),
    "weights in the loss of a thousand digits": lambda: certificate(
        20, 20, loss_weights=loss_weights("present", "absent", unit=LONG, first=LONG + 1)
    ),
    "weights in the loss of a thousand digits, and logarithms": lambda: certificate(
        20, 300, "bce", unit=LONG, loss_weights=loss_weights("present", "absent", unit=LONG, first=LONG + 1)
    ),
    "weights of labels that compete, of a thousand digits": lambda: certificate(
        20, 300, "pal", loss_weights=loss_weights("present", unit=LONG, first=LONG + 1), claims=claimed("hh", "G")
    ),
    "a weight in the loss that is next to nothing": lambda: certificate(
        20, 100, "bce", loss_weights=loss_weights("present", "absent", unit=LONG), claims=claimed("hh", "G")
    ),
    "a penalty of a thousand digits": lambda: certificate(60, 300, lam=f"{LONG}/{LONG - 1}"),
    "a classifier of a thousand digits": lambda: certificate(
        60, 300, W=lambda _: matrix([[LONG + i * j for j in range(60)] for i in range(60)], LONG)
    ),
    "logits at the limit": lambda: certificate(
        40, 600, "bce", W=lambda _: matrix([[900 * (i == j) for j in range(40)] for i in range(40)])
    ),
    "more columns than labels": lambda: certificate(2, 3, W=lambda _: matrix([range(300_000)] * 2)),
    "as many labels as are checked": lambda: certificate(280, 300, "pal"),
    "as many labels as are checked, with every number long": lambda: certificate(150, 200, "bce", unit=10**300),
    "many labels": lambda: certificate(1000, 1000),
    "many labels, one set": lambda: certificate(1000, 1),
    "a tie of many labels": lambda: certificate(
        1000, 1, lam="1/1000", sets=lambda _: [[k] for k in range(1000)], weights=lambda _: ["1"] * 1000,
        r=lambda _: matrix([[int(i == k) for k in range(1000)] for i in range(1000)]),
    ),
    "a singular matrix of many labels": lambda: certificate(
        130, 1, lam="2/131", sets=lambda _: [[k] for k in range(130)], weights=lambda _: ["1"] * 129 + ["2"],
        r=lambda _: matrix([[int(i == k) for k in range(130)] for i in range(130)]),
    ),
    "many label sets": lambda: certificate(50, 19_000, "bce"),
    "more label sets than are read": lambda: certificate(100, 30_000, "pal"),
    "long guesses": lambda: certificate(
        100, 100, congruences=lambda _: {"feasible": [[str(LONG + i * j) for j in range(100)] for i in range(100)]}
    ),
    "many guesses": lambda: certificate(3, 3, congruences=lambda _: {"feasible": [["1", "2", "3"]] * 200_000}),
    "many guesses of a rank": lambda: certificate(
        3, 3, congruences=lambda _: {"alive": [["1", "2", "3"]] * 200_000}, claims=lambda _: {"rank": [0, 3]}
    ),
    "digits written as escapes": lambda: certificate(3, 3, weights=lambda _: ["1", "1", "@" * 500_000]).replace(
        b"@", rb"\u0031"
    ),
    "long residuals of many label sets": lambda: certificate(
        64, 14_000, "bce", r=lambda _: matrix([[0] * 64] * 14_000, LONG)
    ),
    "useless guesses": lambda: certificate(
        200, 200, congruences=lambda _: {n: [["1"] * 200] * 200 for n in ("feasible", "collapsed", "alive")}
    ),
    "eight million keys": lambda: b"{" + b",".join(b'"%d":1' % i for i in range(8_000_000)) + b"}",
    "as many keys as are read": lambda: b"{" + b",".join(b'"%d":1' % i for i in range(500_000)) + b"}",
    "as many arrays as are read": lambda: b"[" + b"[]," * 500_000 + b"[]]",
    "sixty million digits": lambda: b'{"weights":"' + b"9" * 60_000_000 + b'"}',
    "almost a thousand digits, over and over": lambda: b'["' + b'","'.join([b"9" * 999] * 60_000) + b'"]',
    "long bare numbers": lambda: b"[" + b",".join([b"9" * 999] * 60_000) + b"]",
    "a long name": lambda: certificate(3, 3, labels=lambda _: ["a", "b", "c" * 60_000_000]),
    "nested": lambda: b"[" * 2_000_000,
    "nothing but spaces": lambda: b" " * (1 << 26),
    "more bytes than are read": lambda: b" " * (1 << 27),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", INPUTS)
def test_no_input_costs_more_than_ten_seconds_and_a_gigabyte(name: str, tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    path.write_bytes(INPUTS[name]())
    done = subprocess.run([sys.executable, "-c", PROBE, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, (name, done.stderr[-300:])
    accepted, seconds, megabytes, reason = done.stdout.strip().split("|", 3)
    print(f"\n{name}: {seconds} s, {megabytes} MB: {reason or accepted}")
    assert float(seconds) < BUSY * SECONDS
    assert int(megabytes) < MEGABYTES
    assert reason == "" or "\n" not in reason
