"""One data set in every form that the functions of ``mlnc`` take."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from verify.labels.distribution import LabelDistribution

NAMES = ("sea", "sky", "sun")
Y = [[1, 1, 0], [0, 1, 0], [1, 0, 0], [1, 0, 1], [0, 0, 1], [0, 0, 0], [1, 0, 0]]
CSV = "sea,sky,sun\n" + "".join(",".join(map(str, row)) + "\n" for row in Y)
BEACH = LabelDistribution.from_sets(
    [([], 1), (["sea"], 2), (["sky"], 1), (["sun"], 1), (["sea", "sky"], 1), (["sea", "sun"], 1)], labels=NAMES
)


class Frame:
    """What data frames have in common: named columns, each a sequence of cells."""

    def __init__(self, rows: Sequence[Sequence[Any]], columns: Sequence[str] = NAMES) -> None:
        self.rows, self.columns = rows, columns

    def __getitem__(self, name: str) -> list[Any]:
        return [row[self.columns.index(name)] for row in self.rows]


def _file(folder: Path) -> Path:
    (folder / "beach.csv").write_text(CSV, encoding="utf-8")
    return folder / "beach.csv"


SOURCES: Mapping[str, Callable[[Path], Any]] = {
    "path": _file,
    "text": lambda folder: str(_file(folder)),
    "paths": lambda folder: [_file(folder)],
    "frame": lambda _: Frame(Y),
    "distribution": lambda _: BEACH,
}
"""By kind, the data set; a file is written to the folder given."""
MATRICES: Mapping[str, Any] = {"lists": Y, "array": np.array(Y), "sparse": sparse.csr_array(Y)}
"""The same without names."""
