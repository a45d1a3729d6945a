"""The last layer of a trained model, in a file or in memory: features, classifier, bias, and names of its labels."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from verify.labels.errors import InputError, show
from verify.labels.readers.archives import array_of, arrays_of, tensors_of
from verify.labels.readers.arrays import without_torch
from verify.labels.readers.common import FilePath
from verify.labels.readers.content import NUMPY, Content, content_of
from verify.labels.readers.recognise import refuse_foreign

CONVERTED = "numpy.savez('model.npz', **{name: t.detach().cpu().numpy() for name, t in LOADED.items()})"
"""The line for what may hold anything, PyTorch files and pickles."""


@dataclass(frozen=True)
class Trained:
    """What is known of a last layer, as it was given.

    Attributes:
        H: features, ``(N, d)``.
        W: classifier, ``(K, d)``, or ``None``.
        b: bias, ``(K,)``, or ``None``.
        names: of the rows of ``W``, where the model has them.
    """

    H: Any
    W: Any = None
    b: Any = None
    names: tuple[str, ...] | None = None

    def for_labels(self, labels: tuple[str, ...]) -> tuple[Trained, str]:
        """The rows of classifier and bias in the order of the labels, and in words whether that is another one.

        Raises:
            InputError: both have names, and not the same.

        Example:
            >>> model = Trained([[1.0]], np.array([[1.0], [2.0]]), np.array([3.0, 4.0]), ("sky", "sea"))
            >>> turned, said = model.for_labels(("sea", "sky"))
            >>> turned.W.tolist(), turned.b.tolist(), said
            ([[2.0], [1.0]], [4.0, 3.0], 'Rows of W and b were put in the order of the label file: sea, sky.')
        """
        numbered = tuple(map(str, range(len(labels))))
        if self.names is None or self.names == labels or numbered in (self.names, labels):
            return self, ""
        if sorted(self.names) != sorted(labels) or len(set(labels)) < len(labels):
            raise InputError(
                f"its labels are {show(list(self.names))} and those of the label file {show(list(labels))}: name the "
                "labels in both alike, or leave the names out of the model"
            )
        order = [self.names.index(name) for name in labels]
        W, b = (None if part is None else np.asarray(part)[order] for part in (self.W, self.b))
        said = f"Rows of W and b were put in the order of the label file: {', '.join(labels)}."
        return replace(self, W=W, b=b, names=labels), said


def trained_in_memory(H: Any, W: Any = None, b: Any = None) -> Trained:
    """Arrays, nested lists, PyTorch tensors on any device, or data frames; one for ``W`` whose index are words has the
    names of the labels.

    Example:
        >>> trained_in_memory([[1, 0]], [[1, 0], [0, 1]]).W
        [[1, 0], [0, 1]]
    """
    index = list(W.index) if hasattr(W, "index") and hasattr(W, "columns") else []
    names = tuple(index) if index and all(isinstance(name, str) for name in index) else None
    return Trained(without_torch(H), without_torch(W), without_torch(b), names)


def read_trained(path: FilePath) -> Trained:
    """An NPZ archive or safetensors file with ``H`` and, if known, ``W`` and ``b``, in an NPZ also the ``labels`` of
    the rows of ``W``; or an NPY file of features. Nothing is ever unpickled.

    Raises:
        InputError: another format, with the line that converts it; no ``H``; or a damaged file.
    """
    return trained_of(_arrays(content_of(path)))


def trained_of(found: Mapping[str, Any]) -> Trained:
    """What a loaded archive or a dict has: ``H`` and, if known, ``W``, ``b`` and ``labels``, the names of the rows.

    Raises:
        InputError: no ``H``, or an array that is a pickle.

    Example:
        >>> trained_of({"H": [[1.0]], "W": [[1.0], [2.0]], "labels": np.array(["sea", "sky"])}).names
        ('sea', 'sky')
    """
    if "H" not in found:
        names = ", ".join(sorted(found)) or "none"
        raise InputError(f"there is no array 'H' (its arrays: {names}): save the features as H, one row per sample")
    try:
        H, W, b, labels = (found.get(name) for name in ("H", "W", "b", "labels"))
    except ValueError as fault:  # NumPy, of an archive that is read as it is asked
        raise InputError(f"an array of the archive cannot be loaded ({fault}): save numbers, H, W and b") from None
    known, rows = trained_in_memory(H, W, b), np.asarray("" if labels is None else labels)
    return replace(known, names=tuple(rows.tolist())) if (rows.ndim, rows.dtype.kind) == (1, "U") else known


def _arrays(content: Content) -> Mapping[str, Any]:
    refuse_foreign(content, CONVERTED)
    if content.data.startswith(NUMPY):
        return {"H": array_of(content.data)}
    if re.match(rb"[\s\S]{8}\{\s*\"", content.data):
        return tensors_of(content.data)
    return arrays_of(content)
