"""One good file of each format, all the same data, and what reading a file refuses."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from scipy import sparse

from verify.labels.distribution import InputError, LabelDistribution
from verify.labels.readers import read

steady = settings(deadline=None, max_examples=60, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


LABELS = ("sea", "sky", "sun")
BEACH_SETS = [(("sea",), 1), (("sea", "sky"), 2), ((), 1), (LABELS, 1)]
BEACH = LabelDistribution.from_sets(BEACH_SETS, LABELS)

HEADER = (
    "% at the beach\n@relation beach\n\n@attribute temperature numeric\n@ATTRIBUTE 'the day' {mo, 'tu, we'}\n"
    "@attribute sea {0,1}\n@attribute sky {0,1}\n@attribute sun numeric\n"
)
DENSE = HEADER + "@data\n7.5,mo,1,0,0\n8,'tu, we',1,1,0\n9,?,1,1,0.0\n% so far\n\n1e1,mo,0,0,0\n2,mo,1,1,1\n"
SPARSE = HEADER + "@data\n{0 7.5, 2 1}\n{1 'tu, we',2 1,3 1}\n{2 1,3 1}\n{ }\n{2 1,3 1,4 1.0}\n"
XML = (
    '<?xml version="1.0" encoding="utf-8"?>\n<labels xmlns="http://mulan.sourceforge.net/labels">\n'
    '<label name="sea"></label>\n<label name="sky"><label name="sun"/></label>\n</labels>\n'
)
MEKA = (
    "@relation 'beach: -C 3 -split 2'\n@attribute sea {0,1}\n@attribute sky {0,1}\n@attribute sun {0,1}\n"
    "@attribute note string\n@data\n1,0,0,a\n1,1,0,'b, c'\n1,1,0,d\n0,0,0,e\n1,1,1,f\n"
)
CSV = "sea,sky,sun\n1,0,0\n1,1,0\n\n1,1, 0.0\n0,0,0\n1,1,1\n"
LIBSVM = "# beach\n1 1:0.5 9:1\n1,2 2:1\n2,1 3:0.1 # noon\n 1:0\n1,2,3 4:1\n"
JSON = json.dumps(
    {
        "labels": LABELS,
        "sets": [
            {"labels": ["sea"], "weight": 1},
            {"labels": ["sky", "sea"], "weight": "4/2"},
            {"labels": []},
            {"labels": ["sea", "sun", "sky"], "weight": 1.0},
        ],
    }
)
ROWS = np.array([[1, 0, 0], [1, 1, 0], [1, 1, 0], [0, 0, 0], [1, 1, 1]])


def npz_bytes(**arrays: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=True, **arrays)
    return buffer.getvalue()


def sparse_npz_bytes(matrix: Any) -> bytes:
    buffer = io.BytesIO()
    sparse.save_npz(buffer, matrix)
    return buffer.getvalue()


NPZ = npz_bytes(Y=ROWS, labels=np.array(LABELS))


def npy_bytes(array: Any) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


GOOD: dict[str, dict[str, str | bytes]] = {
    "dense": {"beach.arff": DENSE, "beach.xml": XML},
    "sparse": {"beach-train.arff": SPARSE, "beach.xml": XML},
    "only xml": {"rows.arff": DENSE, "names.xml": XML},
    "meka": {"beach.arff": MEKA},
    "csv": {"beach.csv": CSV},
    "libsvm": {"beach.svm": LIBSVM},
    "json": {"beach.json": JSON},
    "npz": {"beach.npz": NPZ},
    "npz with features": {"beach.npz": npz_bytes(H=np.full((5, 7), 0.5), Y=ROWS, labels=np.array(LABELS))},
    "npy": {"beach.npy": npy_bytes(ROWS == 1)},
    "words": {"beach.csv": "sea,sky,sun\ntrue,FALSE,0\nTrue,true,False\n1,1, 0.0\n0,0,0\nTRUE,1,1\n"},
}

OPTIONS: dict[str, dict[str, Any]] = {"libsvm": {"labels": LABELS}, "npy": {"labels": LABELS}}


def write(folder: Path, files: dict[str, str | bytes]) -> Path:
    """Writes the files; the first is the one to read."""
    for name, content in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder / next(iter(files))


def refusal_of(action: Callable[[], object]) -> str:
    with pytest.raises(InputError) as caught:
        action()
    return str(caught.value)


def refusal(path: Path, **options: Any) -> str:
    return refusal_of(lambda: read(path, **options))
