"""What must be trusted can be read: the trace checker is one short file."""

from __future__ import annotations

import ast
import io
import tokenize
from pathlib import Path

CHECKER = Path(__file__).parents[2] / "proofs" / "checker.py"
MOST_LINES = 500
SKIPPED = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
    tokenize.ENCODING,
}


def lines_of_code(source: str) -> int:
    """Lines without comments, docstrings and blank ones."""
    docstrings: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            docstrings.update(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    code = {n for t in tokens if t.type not in SKIPPED for n in range(t.start[0], t.end[0] + 1)}
    return len(code - docstrings)


def test_the_checker_is_short() -> None:
    three = ["def f():", "    'Text.'", "", "    # nothing", "    return [", "    ]"]
    assert lines_of_code("\n".join(three)) == 3, "control: it counts lines of code"
    source = CHECKER.read_text(encoding="utf-8")
    assert lines_of_code(source) <= MOST_LINES
    assert max(map(len, source.splitlines())) <= 100
