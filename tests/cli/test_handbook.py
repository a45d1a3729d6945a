"""The notebook and the page of the interface are what their command writes, and say what they are for."""

import json
import re
import shutil
from pathlib import Path

import mlnc
from verify.cli import handbook

NOTES = Path(__file__).parents[2] / "notes"


def test_the_notebook_and_the_page_are_what_the_command_writes(tmp_path: Path) -> None:
    shutil.copy(NOTES / "example.csv", tmp_path)
    handbook.write(tmp_path)
    for name in ("tutorial.ipynb", "api.md"):
        assert (tmp_path / name).read_text("utf-8") == (NOTES / name).read_text("utf-8"), name


def test_the_notebook_ends_with_the_model_that_it_made() -> None:
    cells = json.loads((NOTES / "tutorial.ipynb").read_text("utf-8"))["cells"]
    said = " ".join("".join(cells[-1]["outputs"][0]["text"]).split())
    fitted = re.search(r"BCE without a bias at lambda = ([0-9.]+) ", said)
    assert fitted
    assert abs(float(fitted[1]) / 1e-3 - 1) < 0.02
    assert "the layer has collapsed" in said
    assert "(B3:" in said
    assert all(cell["outputs"] for cell in cells if cell["cell_type"] == "code")


def test_the_page_has_every_public_name() -> None:
    page = handbook.api_page()
    assert [name for name in mlnc.__all__ if f"## `{name}`" not in page] == []
