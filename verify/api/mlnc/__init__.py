"""``import mlnc``: what the command does, for scripts and notebooks.

==================  ====================================================================  ==================
function            what it answers                                                       command
==================  ====================================================================  ==================
:func:`read`        label sets with exact weights, from whatever holds them               all of them
:func:`inspect`     how label files are read: what is taken for a label, and what not        ``mlnc inspect``
:func:`spectrum`    the label covariance spectrum, and what averages                      ``mlnc spectrum``
:func:`averaging`   does tag-wise averaging hold for these labels?                        ``mlnc spectrum``
:func:`solve`       the certified global optimum of the feature model                     ``mlnc solve``
:func:`check`       what a certificate proves                                             ``mlnc check``
:func:`measure`     a trained last layer beside the optimum                               ``mlnc measure``
:func:`verify`      every claim, on these labels too                                      ``mlnc verify``
==================  ====================================================================  ==================

Labels are given as a path or paths, a 0/1 array (NumPy, SciPy sparse, nested lists), a data frame, or a
:class:`LabelDistribution`; see :func:`read`. Results are frozen: ``repr`` is what the command prints, ``as_json()`` the
document of its ``--json``, and the exact objects behind it are the fields. Bad input is an :class:`InputError` of one
line.

Example:
    >>> import mlnc
    >>> Y = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0]]
    >>> mlnc.averaging(Y).answers[0].answer
    'yes'
    >>> mlnc.check(mlnc.solve(Y, lam="1e-2")).accepted
    True
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlnc.arguments import read
    from mlnc.layouts import InspectResult, inspect
    from mlnc.questions import CheckResult, MeasureResult, SolveResult, check, measure, solve
    from mlnc.spectra import AveragingResult, SpectrumResult, averaging, spectrum
    from mlnc.trial import VerifyResult, verify
    from verify.labels.distribution import LabelDistribution
    from verify.labels.errors import InputError, UncertifiedError

__all__ = [
    "AveragingResult",
    "CheckResult",
    "InputError",
    "InspectResult",
    "LabelDistribution",
    "MeasureResult",
    "SolveResult",
    "SpectrumResult",
    "UncertifiedError",
    "VerifyResult",
    "averaging",
    "check",
    "inspect",
    "measure",
    "read",
    "solve",
    "spectrum",
    "verify",
]

_ELSEWHERE = {
    "AveragingResult": "mlnc.spectra",
    "InputError": "verify.labels.errors",
    "InspectResult": "mlnc.layouts",
    "LabelDistribution": "verify.labels.distribution",
    "SpectrumResult": "mlnc.spectra",
    "UncertifiedError": "verify.labels.errors",
    "VerifyResult": "mlnc.trial",
    "averaging": "mlnc.spectra",
    "inspect": "mlnc.layouts",
    "read": "mlnc.arguments",
    "spectrum": "mlnc.spectra",
    "verify": "mlnc.trial",
}
"""Where a name is, unless it is in ``mlnc.questions``."""


def __getattr__(name: str) -> Any:
    """A public name when it is first asked for: importing ``mlnc`` itself loads nothing."""
    if name not in __all__:
        raise AttributeError(f"module 'mlnc' has no attribute {name!r}")
    globals()[name] = found = getattr(import_module(_ELSEWHERE.get(name, "mlnc.questions")), name)
    return found


def __dir__() -> list[str]:
    return __all__
