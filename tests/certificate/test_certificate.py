"""The certificate and its file: a round trip to the byte, and one line for whatever else a file may hold."""

import json
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.certificate.third_checker import follows
from verify.certificate import checker, kernel
from verify.certificate import format as module
from verify.certificate.format import CLAIMS, Certificate, Claims, Enclosure, RationalMatrix, dumps, load, loads
from verify.labels.distribution import InputError, LabelDistribution

PI = LabelDistribution.from_sets([([0], 3), ([1], 2), ([0, 2], 1)], labels=["sea", "sky", "sün"])
SMALL = Certificate(
    PI, "bce", "free", Fraction(1, 3), Fraction(2), RationalMatrix(8, ((1,), (-2,), (3,))),
    RationalMatrix(1, ((0, -1, 5),)), RationalMatrix(4, ((1, 0, 0), (0, 2, 0), (0, 0, -3))),
    Enclosure(10, ((-1,),), ((3,),)),
    Claims(p=Enclosure(2, ((0,) * 3,) * 3, ((1,) * 3,) * 3), rank=(1, 3)),
)  # fmt: skip

integers = st.integers(min_value=-(10**60), max_value=10**60)


@st.composite
def certificates(draw: st.DrawFn) -> Certificate:
    """Well-formed certificates, true or not."""
    K = draw(st.integers(2, 4))
    masks = draw(st.dictionaries(st.integers(0, 2**K - 1), st.integers(1, 10**30), min_size=1, max_size=5))
    pi = LabelDistribution.from_masks(masks, [f"label {k}" for k in range(K)])

    def table(rows: int, columns: int) -> tuple[tuple[int, ...], ...]:
        cells = st.lists(integers, min_size=columns, max_size=columns).map(tuple)
        return tuple(draw(st.lists(cells, min_size=rows, max_size=rows)))

    def matrix(rows: int, columns: int) -> RationalMatrix:
        return RationalMatrix(draw(st.integers(1, 10**40)), table(rows, columns))

    def enclosure(rows: int, columns: int) -> Enclosure:
        one, two = table(rows, columns), table(rows, columns)
        low = tuple(tuple(map(min, *ends)) for ends in zip(one, two, strict=True))
        high = tuple(tuple(map(max, *ends)) for ends in zip(one, two, strict=True))
        return Enclosure(draw(st.integers(1, 10**40)), low, high)

    n, free = len(pi.masks), draw(st.booleans())
    sizes = {"R": (K, K), "G": (K, K), "b": (1, K), "hh": (n, n)}
    claimed = draw(st.sets(st.sampled_from(CLAIMS)))
    rank = draw(st.none() | st.tuples(st.integers(0, K), st.integers(0, K)).map(lambda ends: (min(ends), max(ends))))
    positive = st.fractions(min_value=Fraction(1, 10**20), max_value=10**6)
    return Certificate(
        distribution=pi,
        loss=draw(st.sampled_from(module.LOSSES)),
        bias="free" if free else "zero",
        lambda_W=draw(positive),
        lambda_H=draw(positive),
        W=matrix(K, draw(st.integers(0, K))),
        b=matrix(1, K) if free else None,
        r=matrix(n, K),
        value=enclosure(1, 1),
        claims=Claims(**{name: enclosure(*sizes.get(name, (n, K))) for name in CLAIMS if name in claimed}, rank=rank),
    )


@given(certificates())
def test_round_trip(certificate: Certificate) -> None:
    written = dumps(certificate)
    assert loads(written) == certificate
    assert dumps(loads(written)) == written
    assert written.isascii()
    assert written.count(b"\n") == 1
    assert loads(json.dumps(json.loads(written), indent=3).encode()) == certificate


def test_the_bytes_are_what_the_specification_shows() -> None:
    assert dumps(SMALL) == (
        b'{"format":"mlnc-certificate-4","loss":"bce","bias":"free","lambda_W":"1/3","lambda_H":"2/1",'
        b'"labels":["sea","sky","s\\u00fcn"],"sets":[[0],[1],[0,2]],"weights":["3","2","1"],'
        b'"W":{"denominator":"8","rows":[["1"],["-2"],["3"]]},'
        b'"b":{"denominator":"1","rows":[["0","-1","5"]]},'
        b'"r":{"denominator":"4","rows":[["1","0","0"],["0","2","0"],["0","0","-3"]]},'
        b'"value":{"denominator":"10","lower":[["-1"]],"upper":[["3"]]},'
        b'"claims":{"p":{"denominator":"2","lower":[["0","0","0"],["0","0","0"],["0","0","0"]],'
        b'"upper":[["1","1","1"],["1","1","1"],["1","1","1"]]},"rank":[1,3]}}\n'
    )
    assert SMALL.gap == Fraction(2, 5)


def test_rounding_is_nearest_and_outward() -> None:
    third, values = Fraction(1, 3), np.array([[0.1, -2.5]])
    assert RationalMatrix.nearest(values, 10**20).rows == ((10000000000000000555, -25 * 10**19),)
    assert RationalMatrix.nearest([[third, -third, Fraction(1, 2), 7]], 1).rows == ((0, 0, 1, 7),)
    assert RationalMatrix.nearest([[third]], 6).fractions() == ((third,),)
    outward = Enclosure.outward([[(-third, third), (third, third), (0.5, 0.5)]], 2)
    assert outward.lower == ((-1, 0, 1),)
    assert outward.upper == ((1, 1, 1),)
    assert outward.interval(0, 0) == (Fraction(-1, 2), Fraction(1, 2))
    for bad in (float("nan"), float("inf")):
        with pytest.raises(InputError, match="is not a finite number"):
            RationalMatrix.nearest([[bad]], 8)


# ---------------------------------------------------------------------- ill-formed


def _set(*path: Any) -> Callable[[dict[str, Any]], None]:
    *way, last, value = path

    def change(data: dict[str, Any]) -> None:
        at: Any = data
        for step in way:
            at = at[step]
        at[last] = value

    return change


def _weighted(weight: str) -> dict[str, Any]:
    return {"denominator": "1", "present": [[weight] * 3] * 3}


ILL_FORMED: list[tuple[Callable[[dict[str, Any]], None], str]] = [
    (_set("format", "mlnc-certificate-0"), 'format is not "mlnc-certificate-4": make the certificate anew with `mlnc'),
    (_set("loss", "hinge"), "unknown loss 'hinge': use one of pal, bce, mse"),
    (_set("loss", 1), "loss must be a string"),
    (_set("bias", "zero"), 'the certificate has an unknown entry \'b\': remove it'),
    (_set("bias", "fixed"), 'unknown bias \'fixed\': use zero, free or its penalty, like "1/100"'),
    (_set("bias", "1e-3"), 'unknown bias \'1e-3\': use zero, free or its penalty, like "1/100"'),
    (_set("bias", "-1/3"), "bias is '-1/3': regularisation must be positive"),
    (_set("bias", 1), "bias must be a string"),
    (_set("smoothing", "1/1"), "smoothing is '1': it is between 0 and 1"),
    (_set("smoothing", "0.1"), 'smoothing: numbers are strings like "-123" of at most 1000 digits'),
    (_set("loss_weights", []), "loss_weights must be an object"),
    (_set("loss_weights", {"denominator": "2"}), 'loss_weights has no entry "present"'),
    (_set("loss_weights", _weighted("0")), "loss_weights: a weight in the loss is not positive"),
    (_set("loss_weights", {**_weighted("1"), "absent": [["1"]]}), "loss_weights.absent must have the shape (3, 3)"),
    (lambda d: d.pop("r"), 'the certificate has no entry "r"'),
    (_set("extra", 1), "the certificate has an unknown entry 'extra': remove it"),
    (_set("lambda_W", "1/0"), 'lambda_W: write a positive rational number like "1/1000"'),
    (_set("lambda_W", "-1/3"), "lambda_W is '-1/3': regularisation must be positive"),
    (_set("lambda_W", "1e-3"), 'lambda_W: numbers are strings like "-123" of at most 1000 digits'),
    (_set("lambda_H", 2), "lambda_H must be a string"),
    (_set("labels", "abc"), "labels must be an array"),
    (_set("labels", 1, "sea"), "label name 'sea' occurs twice: label names must be distinct"),
    (_set("labels", 1, "sky\n"), "label 1 is named 'sky\\n': leave out line breaks and control characters"),
    (_set("loss", "x" * 10**6), "unknown loss 'xxxx"),
    (_set("labels", ["a"] * 1025), "1025 labels are more than a certificate may have (1024)"),
    (_set("sets", 0, [3]), "sets[0]: a label set is an ascending list of label indices 0..2"),
    (_set("sets", 2, [2, 0]), "sets[2]: a label set is an ascending list of label indices 0..2"),
    (_set("sets", 2, [0, 0]), "sets[2]: a label set is an ascending list of label indices 0..2"),
    (_set("sets", 2, [0, True]), "sets[2] must be an integer"),
    (_set("weights", 0, "0"), "weights"),
    (_set("weights", 0, 3), 'weights: numbers are strings like "-123" of at most 1000 digits'),
    (_set("W", "rows", [["1"], ["2"]]), "W has shape (2, 1): give one row per label (3) and at most 3 columns"),
    (_set("W", "rows", [["1"] * 4] * 3), "W has shape (3, 4): give one row per label (3) and at most 3 columns"),
    (_set("W", "rows", 1, ["1", "2"]), "W: row 1 has 2 entries, row 0 has 1: rows have equal length"),
    (_set("W", "rows", 1, "12"), "W[1] must be an array"),
    (_set("W", "denominator", "0"), "W: a common denominator must be positive"),
    (_set("W", "denominator", "-8"), "W: a common denominator must be positive"),
    (_set("b", "rows", []), "b has shape (0, 0): it must be (1, 3)"),
    (_set("r", "rows", [["0"] * 3] * 2), "r has shape (2, 3): it must be (3, 3)"),
    (_set("r", "rows", 0, 0, "+1"), 'r[0]: numbers are strings like "-123" of at most 1000 digits'),
    (_set("r", "rows", 0, 0, "01"), 'r[0]: numbers are strings like "-123" of at most 1000 digits'),
    (_set("r", "rows", 0, 0, "1_0"), 'r[0]: numbers are strings like "-123" of at most 1000 digits'),
    (_set("r", "rows", 0, 0, " 1"), 'r[0]: numbers are strings like "-123" of at most 1000 digits'),
    (_set("r", "rows", 0, 0, "\u0661"), 'r[0]: numbers are strings like "-123" of at most 1000 digits'),
    (_set("r", "rows", 0, 0, "9" * 1001), 'r[0]: numbers are strings like "-123" of at most 1000 digits'),
    (_set("r", "rows", 0, 0, None), 'r[0]: numbers are strings like "-123" of at most 1000 digits'),
    (_set("value", "lower", [["4"]]), "value: row 0 of an enclosure has a lower end above its upper end: swap them"),
    (_set("value", "lower", [["0", "0"]]), "value: the lower and the upper ends of an enclosure have different shapes"),
    (_set("claims", "q", {}), "claims has an unknown entry 'q': known are p, r, R, z, b, G, wh, hh, rank"),
    (_set("claims", []), "claims must be an object"),
    (_set("claims", "rank", [2, 1]), "claims.rank is [2, 1]: give two ascending numbers in 0..3"),
    (_set("claims", "rank", [1]), "claims.rank must have two numbers: a lower and an upper bound"),
    (_set("claims", "p", {"denominator": "1", "lower": [], "upper": []}), "claims.p has shape (0, 0)"),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(ILL_FORMED)))
def test_ill_formed(number: int) -> None:
    change, message = ILL_FORMED[number]
    data = json.loads(dumps(SMALL))
    loads(json.dumps(data).encode())
    change(data)
    with pytest.raises(InputError) as caught:
        loads(json.dumps(data).encode())
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_ill_formed_in_memory() -> None:
    with pytest.raises(InputError, match="an integer has more than 1000 digits"):
        RationalMatrix(1, ((10**1000,),))
    with pytest.raises(InputError, match=r"give a bias .* exactly when"):
        Certificate(PI, "mse", "free", Fraction(1), Fraction(1), SMALL.W, None, SMALL.r, SMALL.value)


def test_the_specification_tells_the_limits_and_its_example_is_accepted() -> None:
    text = (Path(__file__).parents[2] / "notes" / "certificate.md").read_text(encoding="utf-8")
    flat = text.replace("\n", " ")
    assert f" {checker.MAX_LOGIT} " in flat
    for what, limit in checker.LIMITS.items():
        shown = f"2^{limit.bit_length() - 1}" if limit & (limit - 1) == 0 else str(limit)
        assert f"{what} | {shown} |" in flat, what
    example = text.partition("```json\n")[2].partition("```")[0]
    assert follows(json.loads(example))
    assert kernel.check(loads(example.encode())).accepted
    assert checker.check(example.encode()).accepted
    assert not checker.check(example.replace('"rank":[0,2]', '"rank":[0,1]').encode()).accepted


HOSTILE = {
    "nothing": "b''",
    "spaces": "b' ' * 2**26",
    "not text": "bytes(range(256)) * 1000",
    "a mark": "b'\\xef\\xbb\\xbf{}'",
    "deep arrays": "b'[' * 2**20",
    "deeper arrays": "b'[' * 2**26",
    "deep objects": "b'{\"bias\":' * 2**19",
    "many empty arrays": "b'[' + b'[],' * 2**24 + b'[]]'",
    "many numbers": "b'[' + b'1,' * 2**26 + b'1]'",
    "as many as allowed": "b'[' + b'1,' * (2**23 - 1) + b'1]'",
    "a long bare number": "b'9' * 10**6",
    "a long number in place": "good.replace(b'\"-2\"', b'\"' + b'9' * 10**6 + b'\"')",
    "a long weight": "good.replace(b'\"weights\":[\"3\"', b'\"weights\":[\"' + b'9' * 10**6 + b'\"')",
    "a huge exponent": "good.replace(b'[1,3]', b'[1,1e999999999]')",
    "a decimal": "good.replace(b'[1,3]', b'[1,3.0]')",
    "NaN": "good.replace(b'[1,3]', b'[1,NaN]')",
    "Infinity": "good.replace(b'[1,3]', b'[-Infinity,3]')",
    "a bare long rank": "good.replace(b'[1,3]', b'[1,' + b'3' * 4000 + b']')",
    "a key twice": 'good.replace(b\'"loss":\', b\'"loss":"mse","loss":\')',
    "a key twice inside": 'good.replace(b\'"denominator":"8"\', b\'"denominator":"1","denominator":"8"\')',
    "trailing text": "good + b'x'",
    "a lone surrogate": "good.replace(b'sky', b'\\\\ud800').replace(b'\"3\",\"2\"', b'\"3\",\"0\"')",
    "label names without end": "good.replace(b'sky', b'y' * 2**26).replace(b'\"3\",\"2\"', b'\"3\",\"0\"')",
    "too many bytes": "b' ' * (2**28 + 1)",
}

PROBE = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
resource.setrlimit(resource.RLIMIT_CPU, (120, 120))
from pathlib import Path
from tests.certificate.test_certificate import HOSTILE, SMALL
from verify.certificate.format import dumps
from verify.certificate.kernel import check_file
good, path = dumps(SMALL), Path(sys.argv[1])
for name, text in HOSTILE.items():
    path.write_bytes(eval(text, {"good": good}))
    verdict = check_file(path)
    print(name, verdict.accepted, verdict.reason, sep=" | ")
"""


@pytest.mark.slow
def test_hostile_files_are_rejected_in_one_line_within_bounds(tmp_path: Any) -> None:
    """All of them in one process that may use 3 GiB of address space and 120 s of processor time."""
    command = [sys.executable, "-X", "utf8", "-c", PROBE, str(tmp_path / "hostile.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-500:]
    lines = [line.split(" | ") for line in done.stdout.splitlines()]
    assert [line[0] for line in lines] == list(HOSTILE)
    for name, accepted, reason in lines:
        assert accepted == "False", name
        assert reason.startswith(("malformed: ", "too large: ")), name
        assert len(reason) <= 400, name


def test_unreadable_file() -> None:
    with pytest.raises(InputError, match=r"^absent\.json: cannot be read \(No such file or directory\)$"):
        load("absent.json")
