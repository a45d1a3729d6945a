"""The table of a trace: terms and formulas that stand in several places of its lines are written once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from proofs.kernel.theorems import spelled

__all__ = ["tabled"]


@dataclass(eq=False, slots=True)
class _Node:
    """A term or formula of which there is one: its parts, in how many places it stands, and its name in the table."""

    parts: tuple[Any, ...]
    uses: int = 0
    name: str = ""

    @property
    def is_long(self) -> bool:
        return self.parts[0] == "q" or any(isinstance(part, tuple | _Node) for part in self.parts)


class _Table:
    def __init__(self) -> None:
        self.nodes: dict[tuple[Any, ...], _Node] = {}
        self._seen: dict[int, tuple[Any, _Node]] = {}

    def node(self, tree: Any) -> Any:
        """Of a term or formula; a member is what it is."""
        if not isinstance(tree, tuple):
            return tree
        found = self._seen.get(id(tree))
        if found is None:
            found = self._seen[id(tree)] = tree, self._made(spelled(tree))  # beside what it is of: that keeps its id
        return found[1]

    def _made(self, tree: tuple[Any, ...]) -> _Node:
        parts: tuple[Any, ...]
        if tree[0] == "l":
            inside = tuple([self.node(part) for part in tree[3]])
            parts = (*tree[:3], inside)
        else:
            inside = parts = tuple([self.node(part) if isinstance(part, tuple) else part for part in tree])
        node = self.nodes.get(parts)
        if node is None:
            node = self.nodes[parts] = _Node(parts)
            for part in inside:
                if isinstance(part, _Node):
                    part.uses += 1
        return node

    def read(self, data: Any, key: str = "") -> Any:
        """What a line has, with nodes in it."""
        if isinstance(data, dict):
            return {key: self.read(part, key) for key, part in data.items()}
        if isinstance(data, list) or key == "values":
            return tuple(map(self.read, data))
        found = self.node(data)
        if isinstance(found, _Node):
            found.uses += 1
        return found


def _written(x: Any) -> Any:
    if isinstance(x, dict):
        return {key: _written(part) for key, part in x.items()}
    if isinstance(x, _Node):
        return x.name or _written(x.parts)
    return [*map(_written, x)] if isinstance(x, tuple) else x


def tabled(lines: Sequence[dict[str, Any]]) -> tuple[list[Any], list[dict[str, Any]]]:
    """Terms, and the lines, in which ``"#0"`` stands for the first of them.

    Args:
        lines: of a trace, as they are without a table.
    """
    table = _Table()
    read = [table.read(line) for line in lines]
    terms: list[Any] = []
    for node in table.nodes.values():
        if node.uses > 1 and node.is_long:
            terms.append(_written(node.parts))
            node.name = f"#{len(terms) - 1}"
    return terms, [_written(line) for line in read]
