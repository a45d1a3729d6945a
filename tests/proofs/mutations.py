"""Lines of traces changed at random: each is rejected, or says what it said, or what a second checker finds as well.

A line follows from theorems that earlier lines made, so a trace is followed once, and a changed line is looked at alone
with the theorems before it. Half of them are changed where all of their terms are written out, half as they stand, in
the line or in the table of terms that it refers to. What is accepted and says something else is given to the second
checker, which shares no code with the first: whatever it does not find is a fault.

Command: ``python -m tests.proofs.mutations DIR COUNT [SEED]``, on a folder of traces.
"""

import copy
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from proofs import checker as untyped
from tests.proofs import second_checker as second
from tests.proofs import second_terms

checker: Any = untyped
Line = dict[str, Any]
PRINTED = 10_000
"""After how many changed lines it is said what was found."""


@cache
def plain(tree: Any) -> Any:
    """A tree of the checker, of which there is one object, as tuples that know nothing of each other."""
    return tuple(map(plain, tree)) if isinstance(tree, tuple) else tree


def _as_tuples(theorem: tuple[frozenset[Any], Any]) -> tuple[frozenset[Any], Any]:
    hypotheses, conclusion = theorem
    return frozenset(map(plain, hypotheses)), plain(conclusion)


class Known:
    """Statements that may be cited, as each checker has them."""

    def __init__(self, axioms: Mapping[str, Any], claims: Mapping[str, Any]) -> None:
        stated = {**axioms["laws"], **axioms["axioms"]}
        self.first, self.second = (
            {name: statement(one) for name, one in {**stated, **claims}.items()}
            for statement in (checker.statement, second.statement)
        )


class Followed:
    """A trace that is accepted, with the theorem of each line.

    Raises:
        checker.Rejected: it is not.
    """

    def __init__(self, document: Mapping[str, Any], known: Known) -> None:
        self.lines: Sequence[Line] = document["lines"]
        self.terms: Sequence[Any] = document["terms"]
        terms: list[Any] = []
        for term in self.terms:
            terms.append(full(term, terms))
        self.full: Sequence[Line] = [full(line, terms) for line in self.lines]
        signature, hypotheses, _ = checker.statement(document)
        self._first = checker.Proof(signature, known.first, self.terms, document["members"], hypotheses)
        second_terms.BUDGET[0] = second_terms.MOST_WORK
        types = second_terms.Types(document["signature"])
        self._second = second.Trace(types, known.second, members=second_terms.frozen(document["members"]))
        for line in self.lines:
            self._first.line(line)
        self.theorems = self._first.theorems
        self._plain = list(map(_as_tuples, self.theorems))

    def verdict(self, number: int, line: Line, terms: Sequence[Any]) -> str:
        """Of another line in the place of this one: "rejected", "the same", "something else" or "wrong"."""
        self._first.theorems = self.theorems[:number]
        checker.Work.left = checker.MOST_WORK
        try:
            with checker.rejecting("line"):
                self._first.terms = checker.table(terms)
                self._first.line(line)
        except checker.Rejected:
            return "rejected"
        says = self._first.theorems[-1]
        if says == self.theorems[number]:
            return "the same"
        self._second.made, second_terms.BUDGET[0] = self._plain[:number], second_terms.MOST_WORK
        try:
            self._second.table = second_terms.Table(terms)
            self._second.line(line)
        except Exception:  # what is malformed fails in many ways
            return "wrong"
        return "something else" if self._second.made[-1] == _as_tuples(says) else "wrong"


def full(x: Any, terms: Sequence[Any]) -> Any:
    """With terms, which are written out, for what stands for them."""
    if isinstance(x, dict):
        return {key: full(part, terms) for key, part in x.items()}
    if isinstance(x, list):
        return [full(part, terms) for part in x]
    return terms[int(x[1:])] if isinstance(x, str) and x.startswith("#") else x


def _meant(x: Any, terms: Sequence[Any]) -> set[int]:
    """The terms that something refers to, also by way of others."""
    if isinstance(x, str) and x.startswith("#"):
        return {int(x[1:])} | _meant(terms[int(x[1:])], terms)
    parts = x.values() if isinstance(x, dict) else x if isinstance(x, list) else ()
    return set[int]().union(*(_meant(part, terms) for part in parts))


def places(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a line where something may be changed."""
    yield path
    for key, part in tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ():
        yield from places(part, (*path, key))


def _at(tree: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        tree = tree[key]
    return tree


def changed(trace: Followed, rng: random.Random, rule: str = "") -> tuple[int, Line, list[Any]]:
    """A line, by a rule if one is given, with one place changed, and its number and terms: there is something else
    there, from any line or near by."""
    number = rng.choice([number for number, line in enumerate(trace.lines) if rule in ("", line["rule"])])
    lines = rng.choice((trace.lines, trace.full))
    donor = rng.choice(lines)
    other = _at(donor, rng.choice(list(places(donor))))
    own, others = _meant(lines[number], trace.terms), _meant(other, trace.terms)
    terms = [term if n in own | others else None for n, term in enumerate(trace.terms)]
    line, terms = json.loads(json.dumps((lines[number], terms)))  # no part of which is another
    here = [(line, p) for p in places(line) if p]
    tree, path = rng.choice(here + [(terms, p) for n in sorted(own) for p in places(terms[n], (n,))])
    old = _at(tree, path)
    near = old + rng.choice((-1, 1)) if type(old) is int else old
    new = rng.choice([other, other, 0, near, rng.randrange(number + 1), [old], ["T", old], None])
    _at(tree, path[:-1])[path[-1]] = copy.deepcopy(new)
    return (number, line, terms) if new != old else changed(trace, rng, rule)


def tried(
    traces: Mapping[str, Followed], count: int, rng: random.Random, rule: str = ""
) -> tuple[Counter[str], list[Any]]:
    """How many changed lines, spread over the traces, had which verdict; those that are wrong or say something else."""
    tally: Counter[str] = Counter()
    accepted = []
    names = [name for name, one in traces.items() if any(rule in ("", line["rule"]) for line in one.lines)]
    while tally.total() < count:
        name = rng.choice(names)
        number, line, terms = changed(traces[name], rng, rule)
        verdict = traces[name].verdict(number, line, terms)
        tally[verdict] += 1
        if verdict in ("wrong", "something else"):
            used = {f"#{n}": term for n, term in enumerate(terms) if term is not None}
            accepted.append((verdict, name, number, {**line, "terms": used}))
    return tally, accepted


def main(arguments: list[str]) -> int:
    """Try lines of all traces of a folder; 1 if something is wrong."""
    if not (2 <= len(arguments) <= 3 and all(map(str.isdecimal, arguments[1:])) and Path(arguments[0]).is_dir()):
        print("usage: python -m tests.proofs.mutations DIR COUNT [SEED], with a folder of traces", file=sys.stderr)
        return 2
    folder, count = Path(arguments[0]), int(arguments[1])
    documents = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))}
    axioms = documents.pop("axioms")
    known = Known(axioms, {name: one for name, one in documents.items() if one["members"] is None})
    traces = {name: Followed(one, known) for name, one in documents.items()}
    rng, total, rules = random.Random(int((*arguments, "0")[2])), Counter[str](), Counter[str]()
    for _ in range(0, count, PRINTED):
        tally, accepted = tried(traces, min(PRINTED, count), rng)
        total += tally
        rules.update(str(line["rule"]) for _, _, _, line in accepted)
        said = f"{dict(total.most_common())}; what says something else is {dict(rules.most_common())}"
        print(f"{len(traces)} traces, {total.total()} changed lines: {said}", flush=True)
        for verdict, name, number, line in accepted:
            if verdict == "wrong":
                print(f"{name}, line {number}: {json.dumps(line)[:500]}")
    return int(total["wrong"] > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
