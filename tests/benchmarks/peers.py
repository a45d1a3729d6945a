"""What a user would reach for instead of the solver, each written with care and judged by the same dual bound.

Every peer tells a :class:`Watch` its points; the watch stops while it computes the gap there, so that a peer does not
pay for being judged. The low-rank peers start from the spectral guess that the solver starts from, with all of its
columns, in variables in which both penalties and all label sets weigh the same.
"""

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.optimize import minimize

from verify.model.balanced import Balanced
from verify.model.losses import Array
from verify.model.program import Program, bound_of

__all__ = ["GOALS", "PEERS", "Watch"]

GOALS = 1e-3, 1e-6, 1e-9, 1e-12
"""Relative gaps."""


class TimeUpError(Exception):
    """The peer had its time, or is at the last goal."""


@dataclass
class Watch:
    """Processor seconds until each goal was reached first.

    Attributes:
        limit: seconds after which a peer is stopped.
        reached: by goal.
        best: the least relative gap seen.
        seconds: of the peer, so far.
    """

    limit: float
    reached: dict[float, float] = field(default_factory=dict)
    best: float = np.inf
    seconds: float = 0.0
    since: float = 0.0
    judged: float = 0.0

    def start(self) -> None:
        self.since = time.process_time()

    def look(self, gap: Callable[[], float], pause: float = 0.05) -> None:
        """Judge a point, unless the last one was judged less than a share ``pause`` of the time so far ago.

        Raises:
            TimeUpError: time to stop.
        """
        self.seconds += time.process_time() - self.since
        if self.seconds >= self.judged * (1 + pause):
            self.judged = self.seconds
            self.best = min(self.best, gap())
            for goal in GOALS:
                if self.best <= goal:
                    self.reached.setdefault(goal, self.seconds)
            if len(self.reached) == len(GOALS) or self.seconds > self.limit:
                raise TimeUpError
        self.since = time.process_time()


def gap_at(problem: Balanced, x: Array) -> float:
    """The relative gap at a point."""
    W, H, b = problem.parts(x)
    bound = bound_of(problem.program, W, b, problem.program.loss.residual(H @ W.T + b, problem.program.y))
    return bound.gap / bound.value


def scipy_method(method: Any, options: Any) -> Callable[[Program, Watch], None]:
    """A method of SciPy that takes values and gradients."""

    def peer(program: Program, watch: Watch) -> None:
        watch.start()
        problem = Balanced(program)

        def at(x: Array) -> None:
            watch.look(lambda: gap_at(problem, x))

        def both(x: Array) -> tuple[float, Array]:  # some methods take steps without end when all is rounding
            if watch.seconds + time.process_time() - watch.since > watch.limit:
                raise TimeUpError
            return problem.both(x)

        look: Any = at
        try:
            look(problem.x)
            minimize(both, problem.x, jac=True, method=method, options=options, callback=look)
        except TimeUpError:
            pass

    return peer


def torch_lbfgs(program: Program, watch: Watch) -> None:
    """PyTorch's L-BFGS with a strong Wolfe line search, on the same function with the same gradient."""
    import torch  # noqa: PLC0415 - an optional extra

    watch.start()
    problem = Balanced(program)
    x = torch.tensor(problem.x, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([x], max_iter=20, history_size=20, line_search_fn="strong_wolfe", tolerance_grad=0,
                                  tolerance_change=0)  # fmt: skip

    def closure() -> Any:
        value, gradient = problem.both(x.detach().numpy())
        x.grad = torch.from_numpy(gradient)
        return torch.tensor(value, dtype=torch.float64)

    try:
        while True:
            watch.look(lambda: gap_at(problem, x.detach().numpy()))
            optimizer.step(closure)
    except TimeUpError:
        pass


def convex(solver: str) -> Callable[[Program, Watch], None]:
    """A general convex solver of CVXPY on the nuclear norm form (PAL-CE without bias), run once per tolerance, as it
    tells none of its points; the time of a goal is that of the run that reaches it."""

    def peer(program: Program, watch: Watch) -> None:
        import cvxpy as cp  # noqa: PLC0415 - an optional extra

        y = program.y.t
        if y.size > MOST_ENTRIES or program.free or not program.loss.centered:
            return
        root = np.sqrt(program.p)[:, None]
        for digits in (4, 7, 10, 12):
            tight = dict.fromkeys(TOLERANCES[solver], 10.0 ** (-digits))
            start = time.process_time()
            Z = cp.Variable(y.shape)
            loss = cp.multiply(y.sum(axis=1), cp.log_sum_exp(Z, axis=1)) - cp.sum(cp.multiply(y, Z), axis=1)
            penalty = cp.normNuc(cp.multiply(root @ np.ones((1, program.K)), Z))
            problem = cp.Problem(cp.Minimize(program.p @ loss + np.sqrt(program.lam) * penalty))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    problem.solve(solver=solver, **tight)
                except cp.error.SolverError:
                    return
            seconds = time.process_time() - start
            gap = relative_gap(program, Z.value - Z.value.mean(axis=1, keepdims=True))
            watch.best = min(watch.best, gap)
            for goal in GOALS:
                if gap <= goal:
                    watch.reached.setdefault(goal, seconds)
            if seconds * 5 > watch.limit:
                return

    return peer


def relative_gap(program: Program, Z: Array) -> float:
    """The relative gap at logits without bias, whose factors are those of the singular value decomposition."""
    _, sizes, Vt = np.linalg.svd(np.sqrt(program.p)[:, None] * Z, full_matrices=False)
    W = Vt.T * np.sqrt(sizes / np.sqrt(program.lam))
    bound = bound_of(program, W, np.zeros(program.K), program.loss.residual(Z, program.y))
    return bound.gap / bound.value


MOST_ENTRIES = 3000
ENDLESS = {"maxiter": 10**6}
TOLERANCES = {"SCS": ("eps_abs", "eps_rel"), "CLARABEL": ("tol_gap_abs", "tol_gap_rel", "tol_feas")}

PEERS: dict[str, Callable[[Program, Watch], None]] = {
    "SciPy L-BFGS": scipy_method("L-BFGS-B", ENDLESS | {"maxfun": 10**6, "ftol": 0.0, "gtol": 0.0, "maxcor": 20}),
    "SciPy Newton-CG": scipy_method("Newton-CG", ENDLESS | {"xtol": 0.0}),
    "PyTorch L-BFGS": torch_lbfgs,
    "CVXPY, SCS": convex("SCS"),
    "CVXPY, Clarabel": convex("CLARABEL"),
}
