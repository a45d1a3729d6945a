"""The chains of theorems of a campaign: a folder of traces, and what the stand-alone checker says of it.

Where chains are found nothing is checked. Whether they are accepted is what ``proofs/checker.py`` says of the files,
run as anybody would run it, beside all other work: ``python -I -S proofs/checker.py FOLDER``.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from verify.campaign.claims import traces_in

if TYPE_CHECKING:
    from verify.campaign.claims import Own

CHECKER = Path(__file__).parents[2] / "proofs" / "checker.py"

SAID = "checked.txt"
"""What the checker said, in the folder of what it said it of."""

_ACCEPTED = re.compile(r"(?P<name>.+): (?:follows|is so in a case,) in (?P<lines>\d+) lines; rests on (?P<rests>.+)")


@contextmanager
def checking(found: Mapping[str, Own], folder: Path | None = None) -> Iterator[Callable[[], Mapping[str, Own]]]:
    """Start the checker on the chains that were found; the outcome is waited for when it is called.

    Args:
        found: by claim.
        folder: where the traces are left, in place of all that are there; a passing one by default.

    Yields:
        A function that returns the chains with their lines and what they rest on, or with why they are not accepted.

    Raises:
        InputError: the folder cannot be written.
    """
    texts = {name: text for own in found.values() for name, text in own.traces.items()}
    with TemporaryDirectory() as passing:
        place = Path(passing) if folder is None else folder
        for old in (*place.glob("*.json"), place / SAID):
            old.unlink(missing_ok=True)
        if not texts:
            yield lambda: found
            return
        traces_in(place, made=texts)
        with (place / SAID).open("w+", encoding="utf-8") as said:
            process = subprocess.Popen([sys.executable, "-I", "-S", CHECKER, place], stdout=said, stderr=said)

            def outcome() -> Mapping[str, Own]:
                process.wait()
                said.seek(0)
                return accepted(found, said.read())

            try:
                yield outcome
            finally:
                process.kill()
                process.wait()


def accepted(found: Mapping[str, Own], said: str) -> Mapping[str, Own]:
    """The chains with what the checker said of them; those that it did not accept, or ended before, are at fault."""
    read = {line["name"]: line for line in map(_ACCEPTED.fullmatch, said.splitlines()) if line}
    return {claim: _accepted(claim, own, read, said) for claim, own in found.items()}


def _accepted(claim: str, own: Own, read: Mapping[str, re.Match[str]], said: str) -> Own:
    names = [Path(name).stem for name in own.traces]
    if any(name not in read for name in names):
        last = said.strip().rpartition("\n")[2]
        return replace(own, fault=f"{claim} is not closed: {CHECKER.name} ends with {last!r}")
    rests = {cited for name in names for cited in read[name]["rests"].split(", ")} - {"nothing else"}
    return replace(own, lines=sum(int(read[name]["lines"]) for name in names), rests=tuple(sorted(rests)))
