"""``mlnc solve`` with weights in the loss: what it says, writes and refuses."""

import json
from pathlib import Path

from tests.conftest import Run

ROWS = [[1, 0, 0]] * 4 + [[0, 1, 0]] * 2 + [[0, 0, 1]] * 3 + [[1, 0, 1]]


def test_the_command_solves_says_and_checks(tmp_path: Path, mlnc: Run) -> None:
    file = tmp_path / "labels.csv"
    file.write_text("\n".join(["sea,sky,sun", *(",".join(map(str, row)) for row in ROWS)]))
    asked = ["solve", str(file), "--loss", "bce", "--lam", "1e-2", "--bias", "free", "--pos-weight", "sea=3,sky=1/2"]
    asked += ["--label-weights", "sun=2", "--out", str(tmp_path)]
    code, out, err = mlnc(*asked, "--set-weights", "sea+sun=5")
    assert code == 0, err
    told = "weights in the loss, where not 1: of a label's presence sea 3, sky 1/2, sun 2; of its absence sun 2;"
    assert f"{told} of label sets {{sea, sun}} 5" in out
    (certificate,) = tmp_path.glob("labels.bce-weighted-*.free.1e-2.certificate.json")
    assert mlnc("check", certificate)[0] == 0
    document = json.loads(mlnc(*asked, "--set-weights", "sea+sun=5", "--json")[1])
    assert document["weights"]["present"][0] == ["3", "1/2", "2"]
    assert document["weights"]["present"][-1] == ["15", "5/2", "10"]
    code, out, err = mlnc(*asked, "--set-weights", "sea+sky=5")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "--set-weights names 'sea+sky'" in err
