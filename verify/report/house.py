"""The house seen from above: which room of the sources imports which, on which floor it stands, and the drawing of it.

A room is a package directly under ``proofs`` or ``verify``. A room stands one floor above the highest room it imports.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HALVES = ("proofs", "verify")
NAMED = {"mlnc": "verify/api"}
"""Rooms that have a name of their own."""

Plan = Mapping[str, frozenset[str]]
"""For every room the rooms it imports."""


@cache
def imports(path: Path) -> frozenset[str]:
    """Every module that a file imports, wherever in the file; ``from a import b`` gives ``a`` and ``a.b``."""
    found = set[str]()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(found)


def rooms(root: Path) -> Plan:
    """The rooms of the sources under ``root`` and what each imports of the others.

    Example:
        >>> plan = rooms(Path(__file__).parents[2])
        >>> sorted(plan["verify/exact"])
        ['verify/labels']
    """
    inside: dict[str, set[str]] = {}
    for path in sorted(file for half in HALVES for file in (root / half).rglob("*.py")):
        half, *below = path.relative_to(root).parts
        if len(below) < 2 or below[-1] == "__main__.py":  # beside the rooms is no room, and what starts them is above
            continue
        found = (name.split(".") for name in imports(path))
        used = {NAMED.get(parts[0], "/".join(parts[:2])) for parts in found}
        inside.setdefault(f"{half}/{below[0]}", set()).update(used)
    return {room: frozenset(used & set(inside) - {room}) for room, used in inside.items()}


def floors(plan: Plan) -> dict[str, int]:
    """The floor of every room, from 1.

    Raises:
        ValueError: rooms import one another in a circle.

    Example:
        >>> floors({"a": frozenset(), "b": frozenset({"a"}), "c": frozenset({"a", "b"})})
        {'a': 1, 'b': 2, 'c': 3}
    """
    found: dict[str, int] = {}
    while len(found) < len(plan):
        ready = {room for room, used in plan.items() if room not in found and used <= set(found)}
        if not ready:
            raise ValueError(f"these rooms import one another: {', '.join(sorted(set(plan) - set(found)))}")
        found |= {room: 1 + max((found[one] for one in plan[room]), default=0) for room in sorted(ready)}
    return found


def _direct(plan: Plan, room: str) -> list[str]:
    """What a room imports, but for what one of those imports in turn."""
    used = plan[room]
    below, todo = set[str](), set(used)
    while todo:
        todo = {one for room_ in todo for one in plan[room_]} - below
        below |= todo
    return sorted(used - below)


def draw_house(plan: Plan, marked: str = "proofs") -> Figure:
    """The rooms on their floors, with a line from each to those it imports, but for those that these import in turn.

    Args:
        plan: the rooms; or anything else that stands on one another, such as claims and axioms.
        marked: how the names begin that are set in another colour.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415 - slow to import

    at = floors(plan)
    places: dict[str, tuple[float, float]] = {}
    for floor in range(1, max(at.values()) + 1):
        row = sorted(room for room in plan if at[room] == floor)
        places |= {room: ((i + 1) / (len(row) + 1), floor) for i, room in enumerate(row)}
    figure = Figure(figsize=(6.8, 0.62 * max(at.values()) + 0.4), layout="constrained")
    axes = figure.subplots()
    for room in sorted(plan):
        for one in _direct(plan, room):
            (x, y), (u, v) = places[room], places[one]
            bend = 0.12 * (y - v - 1) / max(at.values())
            style = f"arc3,rad={bend:.3f}"
            arrow = {"arrowstyle": "-|>", "color": "#9aa3ad", "lw": 0.7, "connectionstyle": style, "shrinkB": 9}
            axes.annotate("", (u, v), (x, y), arrowprops=arrow)
    for room, (x, y) in places.items():
        colour = "#6b8f2d" if room.startswith(marked) else "#1b3a57"
        box = {"boxstyle": "round,pad=0.35", "fc": "white", "ec": colour}
        axes.text(x, y, room, ha="center", va="center", fontsize=9, color=colour, bbox=box)
    axes.set(xlim=(0, 1), ylim=(0.5, max(at.values()) + 0.5))
    axes.axis("off")
    return figure
