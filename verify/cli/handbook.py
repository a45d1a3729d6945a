"""The tutorial notebook, whose outputs are those of its cells, and the page of the public API.

``python -m verify.cli.handbook notes`` writes ``tutorial.ipynb`` and ``api.md`` into a folder; the cells run there.
"""

import ast
import contextlib
import inspect
import io
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlnc

CELLS = (
    """# Labels, a penalty, a model

What geometry do these labels lead to, at the penalty one trains with, and does a trained layer have it? Start in the
folder of the notes, with `mlnc` installed (`pip install .` in a checkout).""",
    """import mlnc

labels = mlnc.read("example.csv")
labels.labels, len(labels.masks), float(labels.cardinality)""",
    """Which rule do prototypes follow? Without `lam` the answer is for a ladder of penalties. The least deviation of
each loss and bias is marked, and the last column is the hard margin.""",
    """found = mlnc.spectrum(labels, lam="1e-3")
print("\\n".join(found.lines()[4:19]))""",
    "What holds for which loss and bias, and by which claim:",
    """for case in mlnc.averaging(labels).answers[:4]:
    print(case.loss, case.bias, case.penalty, case.answer, sep=" | ")""",
    "The optimum at a penalty, certified: one short program that imports nothing of the suite derives it again.",
    """best = mlnc.solve(labels, loss="bce", lam="1e-3")
mlnc.check(best).accepted, best.solution.W.shape, best.solution.H.shape""",
    """A trained last layer beside it. Here the layer is the optimum itself, with samples scattered about their
prototypes; features of a network of one's own go in the same way, a row per sample. Loss, bias and penalty are
not told.""",
    """import textwrap

import numpy as np

samples = np.repeat(np.arange(18), [int(weight) for weight in labels.weights])
features = best.solution.H[samples] + 0.01 * np.random.default_rng(0).normal(size=(120, 5))
layer = mlnc.measure(features, labels.indicator[samples].astype(int), best.solution.W)
print(textwrap.fill(layer.lines()[0], 100))""",
)


def notebook(folder: Path) -> dict[str, Any]:
    """The notebook as a document: text and code in turn, each code with what it prints and its last value.

    Args:
        folder: where the cells run; it has ``example.csv``.
    """
    names: dict[str, Any] = {}
    with contextlib.chdir(folder):
        cells = [_cell(number, text, names) for number, text in enumerate(CELLS)]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def _cell(number: int, text: str, names: dict[str, Any]) -> dict[str, Any]:
    cell: dict[str, Any] = {"id": f"cell-{number}", "metadata": {}, "source": text.splitlines(keepends=True)}
    if number % 2 == 0:
        return {"cell_type": "markdown", **cell}
    outputs = [
        {"name": "stdout", "output_type": "stream", "text": printed.splitlines(keepends=True)}
        if value is None
        else {
            "data": {"text/plain": value.splitlines(keepends=True)},
            "execution_count": 1 + number // 2,
            "metadata": {},
            "output_type": "execute_result",
        }
        for printed, value in _run(text, names)
    ]
    return {"cell_type": "code", "execution_count": 1 + number // 2, "outputs": outputs, **cell}


def _run(text: str, names: dict[str, Any]) -> Iterator[tuple[str, str | None]]:
    """What a cell prints, and what the expression is that it ends with."""
    *body, last = ast.parse(text).body
    ends = isinstance(last, ast.Expr) and not isinstance(last.value, ast.Call)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(ast.Module(body if ends else [*body, last], []), "cell", "exec"), names)
    if printed.getvalue():
        yield printed.getvalue(), None
    if isinstance(last, ast.Expr) and ends:
        yield "", repr(eval(compile(ast.Expression(last.value), "cell", "eval"), names))


def api_page() -> str:
    """The public names of ``mlnc`` with their signatures and docstrings, as Markdown.

    Example:
        >>> "## `solve`" in api_page()
        True
    """
    about = "Generated from the docstrings of `mlnc` by `python -m verify.cli.handbook notes`. Do not edit."
    lines = [f"<!-- {about} -->", "", "# The Python interface", "", "[All notes](README.md#notes).", ""]
    lines += ["```text", inspect.getdoc(mlnc) or "", "```"]
    for name in mlnc.__all__:
        thing = getattr(mlnc, name)
        if isinstance(thing, type):
            signature = ""
        else:
            signature = "\n".join(["", "```python", f"{name}(", *_parameters(thing), ")", "```"])
        lines += ["", f"## `{name}`", signature, "```text", inspect.getdoc(thing) or "", "```"]
    return "\n".join(lines).replace("\n\n\n", "\n\n") + "\n"


def _parameters(function: Any) -> Iterator[str]:
    keyword = False
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and not keyword:
            keyword = True
            yield "    *,"
        text = re.sub(r"<.*? at 0x\w+>", "...", str(parameter))  # a function, where it happens to lie
        yield f"    {text.replace(chr(39), '')},"


def write(folder: Path) -> None:
    """Write the notebook and the page; the cells run in the folder, which has ``example.csv``.

    Raises:
        OSError: it cannot be written.
    """
    made = json.dumps(notebook(folder), indent=1, ensure_ascii=False) + "\n"
    (folder / "tutorial.ipynb").write_text(made, encoding="utf-8")
    (folder / "api.md").write_text(api_page(), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2 or not (Path(sys.argv[1]) / "example.csv").is_file():
        print("usage: python -m verify.cli.handbook FOLDER, that of the notes, with example.csv", file=sys.stderr)
        sys.exit(2)
    write(Path(sys.argv[1]))
