"""The bytes of a label file, unpacked, and the text in them: compression and encoding are told from the content."""

from __future__ import annotations

import codecs
import io
import logging
import os
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import IO

from verify.labels.errors import InputError, show
from verify.labels.readers.common import FilePath

NUMPY = b"\x93NUMPY"
"""What a file that NumPy saved begins with."""

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # which begins with that of UTF-16-LE
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}

MOST_BYTES = 1 << 31
"""What is read of one file, unpacked: compressed zeros take a thousandth of their size."""

_SAYS_EVERY = 2.0
"""Seconds between two lines on how far the reading of a long file has come."""

_LOG = logging.getLogger("mlnc.labels")


class _Told(io.BytesIO):
    """Bytes of a file of which it is told, every now and then, how many have been read."""

    def __init__(self, content: Content) -> None:
        super().__init__(content.data)
        self._said, self._path, self._size = time.monotonic(), content.path, len(content.data)

    def read(self, size: int | None = -1, /) -> bytes:
        if time.monotonic() - self._said > _SAYS_EVERY:
            self._said = time.monotonic()
            _LOG.info("%s: %s of %s MB read so far", self._path, self.tell() >> 20, self._size >> 20)
        return super().read(size)

    read1 = read


@dataclass(frozen=True)
class Content:
    """What a file holds.

    Attributes:
        path: as it was given; ``-`` is the standard input.
        data: the bytes, unpacked.
        packed: how they were packed, or "".
        stated: the encoding that was stated, if any.
    """

    path: str
    data: bytes
    packed: str = ""
    stated: str | None = None

    @property
    def name(self) -> str:
        """The name without the ending of what it was packed with, in lower case."""
        name = self.path.lower()
        return name.rpartition(".")[0] if self.packed else name

    @cached_property
    def encoding(self) -> str:
        """What was stated; else by a byte order mark or the zeros of UTF-16; else UTF-8; else, with a word on it,
        Latin-1 as Windows has it, or as it is, in which every byte is a character.

        Raises:
            InputError: the stated encoding is unknown, or it does not fit.
        """
        if self.stated is not None:
            try:
                self.data.decode(self.stated)
            except LookupError:
                raise InputError(
                    f"encoding= is {show(self.stated)}, which is unknown: use utf-8, latin-1, ..."
                ) from None
            except ValueError as fault:
                raise InputError(f"it is not in the stated encoding= {self.stated} ({fault})") from None
            return self.stated
        if self._marked:
            return self._marked
        if not self.data.isascii():
            decoder = codecs.getincrementaldecoder("utf-8")()
            try:
                for start in range(0, len(self.data), 1 << 20):
                    decoder.decode(self.data[start : start + (1 << 20)])
                decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                return "latin-1" if re.search(rb"[\x81\x8d\x8f\x90\x9d]", self.data) else "cp1252"
        return "utf-8"

    @property
    def said(self) -> str:
        """Packing and encoding, where they are out of the ordinary: ", gzip, Latin-1"."""
        if self.is_binary:
            return f", {self.packed}" if self.packed else ""
        unusual = "" if self.encoding in {"utf-8", "utf-8-sig"} else self.encoding.upper().replace("CP1252", "LATIN-1")
        return "".join(f", {word}" for word in (self.packed, unusual) if word)

    @cached_property
    def is_binary(self) -> bool:
        """Whether it holds bytes that no text has."""
        return b"\0" in self.data[: 1 << 12] and self._marked in {"", "utf-8-sig"}

    @cached_property
    def _marked(self) -> str:
        """The encoding by a byte order mark, or UTF-16 without one, where every second byte of most text is 0, and no
        other is; else ""."""
        for mark, name in _MARKS.items():
            if self.data.startswith(mark):
                return name
        head = self.data[: 1 << 12]
        zeros = {"utf-16-le": head[1::2].count(0), "utf-16-be": head[::2].count(0)}
        few, many = sorted(zeros, key=zeros.__getitem__)
        wide = len(head) >= 4 and not zeros[few] and zeros[many] > len(head) // 3
        return many if wide and not self.data.startswith(NUMPY) else ""

    def opened(self) -> IO[bytes]:
        """The bytes as a file; of one that takes long it is told how far it has been read."""
        return _Told(self)

    @property
    def in_utf_8(self) -> Content:
        """The same text in UTF-8.

        Raises:
            UnicodeError: it is broken in its own encoding.
        """
        return Content(self.path, self.data.decode(self.encoding).encode())

    def lines(self) -> Iterator[str]:
        r"""The lines with their ends, which are ``\n`` whatever the file has; never the whole text at once.

        Raises:
            InputError: it is empty, or broken in its own encoding.
        """
        if not self.data or self.data.isspace():
            raise InputError("it is empty: get the file whole")
        try:
            yield from io.TextIOWrapper(self.opened(), encoding=self.encoding, newline=None)
        except UnicodeError:
            raise InputError(f"it breaks off in the middle of a character of {self.encoding}: get it whole") from None

    @cached_property
    def text(self) -> str:
        """All lines."""
        return "".join(self.lines())


def content_of(path: FilePath, encoding: str | None = None) -> Content:
    """What a file holds, unpacked if it is gzip, bzip2, xz or a zip of one file.

    Raises:
        InputError: no file or an empty one; damaged, or beyond :data:`MOST_BYTES` when unpacked; a zip of several.
    """
    if os.fspath(path) == "-":
        data = sys.stdin.buffer.read(MOST_BYTES + 1)
    else:
        require_file(path)
        data = Path(path).read_bytes()
    packed, unpacked = _unpacked(data)
    if len(unpacked) > MOST_BYTES:
        does = "unfolds to" if packed else "has"
        raise InputError(f"it {does} more than {MOST_BYTES} bytes: give the label columns alone")
    if packed and not unpacked:
        raise InputError("it is empty: get the file whole")
    return Content(os.fspath(path), unpacked, packed, encoding)


_PACKED = {b"\x1f\x8b": ("gzip", "gzip"), b"BZh": ("bzip2", "bz2"), b"\xfd7zXZ\0": ("xz", "lzma")}
"""How packed files begin: the name of how, and the module that unpacks them."""


def _unpacked(data: bytes) -> tuple[str, bytes]:
    """How it is packed, or "", and what is in it, or a byte more than is read of any file."""
    how, module = next((found for magic, found in _PACKED.items() if data.startswith(magic)), ("", ""))
    try:
        if how:
            return how, import_module(module).open(io.BytesIO(data)).read(MOST_BYTES + 1)
        if data.startswith(b"PK\x03\x04") and (member := _only_member(data)):
            how = "zip"
            return how, import_module("zipfile").ZipFile(io.BytesIO(data)).open(member).read(MOST_BYTES + 1)
    except (InputError, MemoryError):
        raise
    except Exception as fault:  # whatever the parsers raise of bytes that a stranger wrote
        raise InputError(f"the {how} file is damaged ({fault}): get it whole") from None
    return "", data


_OTHERWISE = re.compile(r".*(\.npy|data\.pkl)|\[Content_Types\]\.xml|mimetype", re.DOTALL)


def _only_member(data: bytes) -> str | None:
    """The one file of a zip that is no archive of arrays, of PyTorch, or of a spreadsheet."""
    try:
        names: list[str] = import_module("zipfile").ZipFile(io.BytesIO(data)).namelist()
    except Exception:  # of what is damaged the reader of archives tells
        return None
    names = [name for name in names if not name.endswith("/") and not name.startswith("__MACOSX")]
    if not names or any(map(_OTHERWISE.fullmatch, names)):
        return None
    if len(names) > 1:
        raise InputError(f"it is a zip of {len(names)} files ({show(names)}): unpack it and name the label file")
    return names[0]


def require_file(path: FilePath) -> None:
    """Refuses a folder, a pipe or device (reading one may never end) and an empty file."""
    file = Path(path)
    if file.is_dir():
        raise InputError("it is a folder: name a file in it")
    if not file.exists():
        raise InputError("there is no such file: correct the path")
    if not file.is_file():
        raise InputError("it is not a regular file: save the data to one, or give - for the standard input")
    if file.stat().st_size == 0:
        raise InputError("it is empty: get the file whole")
