"""Experiments: what a verdict does not say - how much, how fast, how good - each with a table and a figure.

One module per experiment. They run like the claims do: in parts, in parallel, journalled, with results that depend on
the seed and the data alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from fnmatch import fnmatchcase
from types import MappingProxyType

from verify.campaign.journal import Journal
from verify.campaign.run import Progress, Task, perform, silent
from verify.experiments import (
    binary_against_lambda,
    collapse_cascade,
    decay_of_the_bias,
    isotropy,
    kappa_against_imbalance,
    loss_sandwich,
    smoothed_against_lambda,
    stability,
    synthesis_against_lambda,
    synthesis_rules,
    three_labels,
    trained_network,
)
from verify.experiments import when_signs_hold as sign_condition
from verify.experiments.base import Data, Experiment, Table
from verify.labels.errors import InputError

__all__ = ["EXPERIMENTS", "run", "select"]

EXPERIMENTS: Mapping[str, Experiment] = MappingProxyType({
    experiment.name: experiment
    for experiment in (
        kappa_against_imbalance.EXPERIMENT,
        isotropy.EXPERIMENT,
        collapse_cascade.EXPERIMENT,
        loss_sandwich.EXPERIMENT,
        three_labels.EXPERIMENT,
        sign_condition.EXPERIMENT,
        stability.EXPERIMENT,
        synthesis_rules.EXPERIMENT,
        synthesis_against_lambda.EXPERIMENT,
        binary_against_lambda.EXPERIMENT,
        smoothed_against_lambda.EXPERIMENT,
        decay_of_the_bias.EXPERIMENT,
        trained_network.EXPERIMENT,
    )
})  # fmt: skip
"""Every experiment by name, in the order they are shown."""


def select(patterns: Iterable[str]) -> tuple[str, ...]:
    """The names that match one of the patterns (``kappa*``), in the order of the registry.

    Raises:
        InputError: a pattern matches no experiment.

    Example:
        >>> select(["kappa*"])
        ('kappa_against_imbalance',)
    """
    wanted = tuple(patterns)
    for pattern in wanted:
        if not any(fnmatchcase(name, pattern) for name in EXPERIMENTS):
            raise InputError(f"no experiment matches {pattern!r}: the experiments are {', '.join(EXPERIMENTS)}")
    return tuple(name for name in EXPERIMENTS if any(fnmatchcase(name, pattern) for pattern in wanted))


def run(
    names: Sequence[str],
    seed: int = 0,
    data: Data = (),
    executor: Executor | None = None,
    journal: Journal | None = None,
    progress: Progress = silent,
) -> dict[str, Table]:
    """Run experiments; the tables depend on names, seed and data alone.

    Args:
        names: of :data:`EXPERIMENTS`.
        seed: everything random derives from it.
        data: named distributions of the user, which take part where the experiment says so.
        executor: where the work is done; by default in this process.
        journal: finished parts are read from it and recorded in it.
        progress: called with what is being done, how many parts are done, and of how many.

    Returns:
        The table of every experiment by name.
    """
    parts = {name: EXPERIMENTS[name].parts(seed, data) for name in names}
    tasks: dict[str, Task] = {
        _key(name, number): (_rows, (name, part)) for name in names for number, part in enumerate(parts[name])
    }
    done = perform("experiments", tasks, executor, journal, progress)
    return {
        name: EXPERIMENTS[name].table(seed, data, (done[_key(name, n)] for n in range(len(parts[name]))))
        for name in names
    }


def _key(name: str, number: int) -> str:
    return f"experiment {name} {number}"


def _rows(task: tuple[str, object]) -> list[dict[str, object]]:
    name, part = task
    return [dict(row) for row in EXPERIMENTS[name].run(part)]
