"""Benchmark: reading a large table of labels, beside the libraries that read tables. The command prints the table of
``notes/performance.md``; each row is a process of its own, with the import of what it uses in its time."""

import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pytest

from verify.labels.readers import read

MB = 1_000_000
_WORDS = np.array(["sea", "sky", "sun", "boat", "kite", "dog", "cat", "tree", "rock", "wave"])
_AT_ONCE = 5000

_ENDS = "; import resource; print(process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000)"
METHODS = {
    "`mlnc.read`": "import mlnc, sys; from time import process_time; start = process_time(); mlnc.read(sys.argv[1])",
    "`mlnc.inspect`: rows in order": "import mlnc, sys; from time import process_time; start = process_time(); "
    "mlnc.inspect(sys.argv[1])",
    "`pyarrow.csv.read_csv`": "import sys; from time import process_time; start = process_time(); "
    "from pyarrow import csv; table = csv.read_csv(sys.argv[1])",
    "`csv.reader`, nothing kept": "import sys; from time import process_time; start = process_time(); "
    "import csv; n = sum(1 for row in csv.reader(open(sys.argv[1])))",
}


def table(path: Path, size: int, K: int, blank: str = "0") -> Path:
    """A table of at least ``size`` bytes with a number, a quoted text and ``K`` labels in each row; the frequency of a
    label falls with its number, and labels are independent, so that few rows of many labels are alike."""
    rng = np.random.default_rng(0)
    frequencies = 0.5 * np.arange(1, K + 1) ** -0.7
    count = 0
    with path.open("w") as file:
        written = file.write(f"id,text,{','.join(f'label{k}' for k in range(K))}\n")
        while written < size:
            cells = np.where(rng.random((_AT_ONCE, K)) < frequencies, "1", blank).tolist()
            texts = _WORDS[rng.integers(0, len(_WORDS), (_AT_ONCE, 5))].tolist()
            for row, text in zip(cells, texts, strict=True):
                written += file.write(f'{count},"{" ".join(text)}, and more",{",".join(row)}\n')
                count += 1
    return path


@pytest.mark.benchmark(group="a table of 10 MB")
@pytest.mark.parametrize("blank", ["0", ""])
def test_a_table(benchmark: Any, tmp_path: Path, blank: str) -> None:
    file = table(tmp_path / "labels.csv", 10 * MB, 20, blank)
    pi = benchmark.pedantic(lambda: read(file), rounds=1)
    assert pi.K == 20
    assert pi.total == file.read_bytes().count(b"\n") - 1


def cost(code: str, file: Path) -> tuple[float, float]:
    """Processor seconds and peak MB of reading a file in a process of its own."""
    # the shell starts it anew: a process that another one becomes takes over the peak of that, here of all tests before
    command = ["sh", "-c", '"$@"; exit', "sh", sys.executable, "-c", code + _ENDS, str(file)]
    seconds, memory = subprocess.run(command, capture_output=True, check=True, text=True).stdout.split()
    return float(seconds), float(memory)


@pytest.mark.slow
def test_200_mb_are_read_in_less_than_2_gb(tmp_path: Path) -> None:
    file = table(tmp_path / "labels.csv", 200 * MB, 100)
    _, peak = cost(METHODS["`mlnc.read`"], file)
    _, held = cost(METHODS["`mlnc.read`"] + "; text = open(sys.argv[1]).read(); more = [text * 11]", file)
    assert 200 < peak < 2000 < held


def main(*sizes: int) -> None:
    """Print, for tables of some MB, medians of the processor time of five processes in turn, of its ratio to that of
    pyarrow beside it, and the most memory."""
    print("| MB | labels | rows | | seconds | of pyarrow's | peak MB |\n|---:|---:|---:|---|---:|---:|---:|")
    for size in sizes or (50, 200):
        for K in (20, 100):
            with tempfile.TemporaryDirectory() as folder:
                file = table(Path(folder) / "labels.csv", size * MB, K)
                with file.open() as lines:  # what this process has held counts for those that it starts
                    rows = sum(1 for _ in lines) - 1
                rounds = [{name: cost(code, file) for name, code in METHODS.items()} for _ in range(5)]
            for name in METHODS:
                seconds, peak = median(one[name][0] for one in rounds), max(one[name][1] for one in rounds)
                ratio = median(one[name][0] / one["`pyarrow.csv.read_csv`"][0] for one in rounds)
                print(f"| {size} | {K} | {rows} | {name} | {seconds:.2f} | {ratio:.2f} | {peak:.0f} |", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
