"""A citable archive: sources, notes, certificates and results under one list of hashes, and how to check one.

The archive is a gzipped tar whose first member is ``SHA256SUMS``, in the format of ``sha256sum``. Names are sorted,
times, owners and modes fixed, so the same files give the same bytes. Checking one believes nothing: it streams through
the archive within fixed limits, unpacks nothing, and gives every certificate to the trusted kernel from memory.
"""

import gzip
import hashlib
import io
import json
import platform
import re
import tarfile
import tomllib
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, BinaryIO, Final

from verify.certificate import format as certificate
from verify.certificate import kernel
from verify.labels.errors import InputError, show

MANIFEST: Final = "SHA256SUMS"
ENVIRONMENT: Final = "environment.json"
RESULTS: Final = "results"
PAGE: Final = "report.html"

SOURCES: Final = (
    ".ci", ".github", ".zenodo.json", "CITATION.cff", "LICENSE", "Makefile", "README.md", "codemeta.json", "notes",
    "proofs", "pyproject.toml", "requirements.lock", "tests", "verify",
)  # fmt: skip
"""What of the repository goes in; nothing else that lies there does."""

REQUIRED: Final = ("pyproject.toml", "requirements.lock", "proofs", "verify", "notes")

KEPT_RESULTS: Final = (".json", ".html", ".svg", ".csv")
"""Results by suffix; journals and arrays can be made again from them."""

MAX_ARCHIVE: Final = 1 << 29  # bytes unpacked, all headers included
MAX_FILE: Final = certificate.MAX_BYTES
MAX_FILES: Final = 20_000
MAX_FAULTS: Final = 50

_GZIP: Final = b"\x1f\x8b"
_NAME: Final = re.compile(r"(?!.*(?:^|/)\.\.?(?:/|$))[\w.@+-][\w.@+ -]*(?:/[\w.@+ -]+)*", re.ASCII)
_SUM: Final = re.compile(r"([0-9a-f]{64})  (.+)", re.ASCII)
_PIN: Final = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)(?: ; ([^\\]+?))? *\\?$", re.MULTILINE)


# ---------------------------------------------------------------------- making one


@dataclass(frozen=True)
class Bundle:
    """An archive and what is in it.

    Attributes:
        name: ``mlnc-VERSION``, the folder everything is in.
        content: the bytes of the archive.
        files: names of the members that ``SHA256SUMS`` lists.
        certificates: those of them that are certificates.
    """

    name: str
    content: bytes
    files: tuple[str, ...]
    certificates: tuple[str, ...]

    @property
    def file_name(self) -> str:
        """What to call the archive."""
        return f"{self.name}.tar.gz"

    @property
    def sha256(self) -> str:
        """The hash to cite."""
        return hashlib.sha256(self.content).hexdigest()

    def line(self, target: str) -> str:
        """What was written, in one line."""
        return f"{target}: {len(self.files)} files, {len(self.certificates)} certificates, sha256 {self.sha256}"

    def as_json(self) -> dict[str, Any]:
        """The same for a program."""
        return {"certificates": list(self.certificates), "files": len(self.files), "sha256": self.sha256}


def make(root: Path, results: Path | None = None) -> Bundle:
    """Bundle the repository at ``root``, and the results of ``mlnc verify --out`` where given.

    Raises:
        InputError: ``root`` is no checkout of this project, ``results`` has no verdict or the page of another one, a
            file that cannot be read, or one with a name or size that :func:`verify` would refuse.
    """
    for name in REQUIRED:
        if not (root / name).exists():
            raise InputError(f"{root}: no {name}; a bundle is made from a checkout, or from an unpacked bundle")
    files = {path.relative_to(root).as_posix(): _read(path) for name in SOURCES for path in _files(root / name)}
    if results is not None:
        if not (results / "verdict.json").is_file():
            raise InputError(f"{results}: no verdict.json; write it with `mlnc verify --out {results}`")
        for path in sorted(results.iterdir()):
            if path.is_file() and path.suffix in KEPT_RESULTS and not path.name.startswith("."):
                files[f"{RESULTS}/{path.name}"] = _read(path)
        _require_one_run(results, files)
    files[ENVIRONMENT] = _environment(files["requirements.lock"].decode())
    for name in files:
        if not _NAME.fullmatch(name):
            raise InputError(f"{name!r}: not a portable file name; rename it")
    project = tomllib.loads(files["pyproject.toml"].decode())["project"]
    name = f"{project['name']}-{project['version']}"
    return Bundle(
        name,
        _archive(name, files),
        tuple(sorted(files)),
        tuple(file for file in sorted(files) if is_certificate(file, files[file])),
    )


def _require_one_run(results: Path, files: Mapping[str, bytes]) -> None:
    """The page names the verdict it was made from; one of another run would contradict what lies beside it."""
    page = files.get(f"{RESULTS}/{PAGE}")
    if page is not None and hashlib.sha256(files[f"{RESULTS}/verdict.json"]).hexdigest().encode() not in page:
        raise InputError(f"{results / PAGE}: not the page of verdict.json beside it; run `mlnc report {results}`")


def _files(path: Path) -> Iterator[Path]:
    """A file, or all files below a folder; neither caches nor links nor what is hidden further down."""
    if path.is_symlink():
        return
    if path.is_file():
        yield path
    elif path.is_dir():
        for below in sorted(path.iterdir()):
            if not below.name.startswith((".", "__pycache__")) and not below.name.endswith((".pyc", "~")):
                yield from _files(below)


def _read(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; make it readable or remove it") from None
    if len(content) > MAX_FILE:
        raise InputError(f"{path}: {len(content)} bytes; a file of a bundle has at most {MAX_FILE}")
    return content


def _environment(lock: str) -> bytes:
    """The pinned versions, and where this interpreter has others; nothing that names a machine."""
    pins: dict[str, list[str]] = {}
    for name, version, marker in _PIN.findall(lock):
        pins.setdefault(name, []).append(f"{version} ; {marker}" if marker else version)
    others = {}
    for name, versions in pins.items():
        try:
            installed = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
        if installed not in {version.partition(" ")[0] for version in versions}:
            others[name] = installed
    environment = {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "pinned": pins,
        "installed_instead": others,
    }
    return (json.dumps(environment, sort_keys=True, indent=2) + "\n").encode()


def _archive(name: str, files: Mapping[str, bytes]) -> bytes:
    sums = "".join(f"{hashlib.sha256(files[file]).hexdigest()}  {file}\n" for file in sorted(files))
    unpacked, packed = io.BytesIO(), io.BytesIO()
    with tarfile.open(fileobj=unpacked, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for file, content in [(MANIFEST, sums.encode()), *sorted(files.items())]:
            member = tarfile.TarInfo(f"{name}/{file}")  # its defaults: time 0, owner 0, no owner's name
            member.size, member.mode = len(content), _mode(content)
            try:
                archive.addfile(member, io.BytesIO(content))
            except ValueError:
                raise InputError(f"{file!r}: too long for an archive; shorten it") from None
    with gzip.GzipFile(fileobj=packed, mode="wb", filename="", mtime=0, compresslevel=9) as stream:
        stream.write(unpacked.getvalue())
    return packed.getvalue()


def _mode(content: bytes) -> int:
    """Scripts can be run, all else only read."""
    return 0o755 if content.startswith(b"#!") else 0o644


def _is_plain(member: tarfile.TarInfo, content: bytes) -> bool:
    """Whether a member has nothing that the hashes do not cover."""
    owner = (member.uid, member.gid, member.uname, member.gname)
    return member.mode == _mode(content) and member.mtime == 0 and owner == (0, 0, "", "") and not member.pax_headers


def is_certificate(name: str, content: bytes) -> bool:
    """Whether a file claims to be a certificate; tests keep some that are wrong on purpose.

    Example:
        >>> is_certificate("results/a.pal.certificate.json", b""), is_certificate("results/verdict.json", b"{}")
        (True, False)
    """
    if not name.endswith(".json") or name.startswith("tests/"):
        return False
    return name.endswith(".certificate.json") or any(f'"{name}"'.encode() in content for name in certificate.FORMATS)


# ---------------------------------------------------------------------- checking one


@dataclass(frozen=True)
class Finding:
    """What checking an archive found.

    Attributes:
        files: number of files whose hash is right.
        certificates: every certificate, with why the kernel rejects it; ``""`` when it accepts.
        faults: everything that is off, one line each; the first few.
        sha256: hash of the archive.
    """

    files: int
    certificates: Mapping[str, str]
    faults: tuple[str, ...]
    sha256: str

    @property
    def accepted(self) -> bool:
        """Whether nothing is off."""
        return not self.faults

    def lines(self) -> list[str]:
        """For a person."""
        good = sum(not why for why in self.certificates.values())
        return [
            *(f"wrong: {fault}" for fault in self.faults),
            f"{'accepted' if self.accepted else 'REJECTED'}: {self.files} files match their SHA-256, "
            f"{good} of {len(self.certificates)} certificates accepted by the kernel",
            f"sha256 {self.sha256}",
        ]

    def as_json(self) -> dict[str, Any]:
        """For a program."""
        return {
            "accepted": self.accepted,
            "certificates": dict(self.certificates),
            "faults": list(self.faults),
            "files": self.files,
            "sha256": self.sha256,
        }


class _OffError(Exception):
    """The archive cannot be read any further; the message says why."""


def verify(archive: Path) -> Finding:
    """Check every hash of an archive, and every certificate in it with the trusted kernel.

    Raises:
        InputError: the file cannot be read, or is no gzip file. Whatever is wrong inside it is a fault, not an error.
    """
    found = _Inspection()
    try:
        with archive.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            stream.seek(0)
            if stream.read(len(_GZIP)) != _GZIP:
                raise InputError(f"{archive}: not a gzip file; name an archive that `mlnc bundle` wrote")
            stream.seek(0)
            try:
                found.read(stream)
            except _OffError as why:
                found.faults.append(str(why))
            except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile, ValueError, RecursionError) as why:
                found.faults.append(f"not a whole archive: {' '.join(str(why).split())}")
    except OSError as error:
        raise InputError(f"{archive}: {error.strerror}; name an archive that `mlnc bundle` wrote") from None
    return Finding(found.good, found.certificates, tuple(found.faults[:MAX_FAULTS]), digest)


class _Inspection:
    """The state of one pass through an archive."""

    def __init__(self) -> None:
        self.good = 0
        self.certificates: dict[str, str] = {}
        self.faults: list[str] = []
        self._sums: dict[str, str] = {}
        self._folder = ""

    def read(self, stream: BinaryIO) -> None:
        """One pass, in order: the list of hashes, then every file it lists."""
        limited = _Limited(gzip.GzipFile(fileobj=stream, mode="rb"))
        before = ""
        # "r|" reads forward only; USTAR alone is written, so whatever needs another header is not a bundle's
        with tarfile.open(fileobj=limited, mode="r|") as archive:
            for number, member in enumerate(archive):
                name = self._named(member, number)
                content = self._content(archive, member, name)
                if not _is_plain(member, content):
                    raise _OffError(f"{show(name)} has a mode, a time or an owner that a bundle does not give")
                if number == 0:
                    self._sums = self._listed(name, content)
                    continue
                if name <= before:
                    raise _OffError(f"{show(name)} is repeated or out of order")
                before = name
                self._file(name, content)
        while limited.read(1 << 20):  # to the end, where gzip keeps its checksum
            pass
        if not self._folder:
            raise _OffError("not a whole archive: it is empty")
        self.faults += [f"{show(name)} is listed but not there" for name in self._sums]

    def _named(self, member: tarfile.TarInfo, number: int) -> str:
        """The name of a member below the archive's one folder."""
        if number > MAX_FILES:
            raise _OffError(f"more than {MAX_FILES} files")
        if not member.isreg():
            raise _OffError(f"{show(member.name)} is not a regular file")
        if not _NAME.fullmatch(member.name) or "/" not in member.name:
            raise _OffError(f"{show(member.name)} is not a name that a bundle has")
        folder, _, name = member.name.partition("/")
        if self._folder not in ("", folder):
            raise _OffError(f"{show(member.name)} is outside the folder {self._folder}")
        self._folder = folder
        return name

    @staticmethod
    def _content(archive: tarfile.TarFile, member: tarfile.TarInfo, name: str) -> bytes:
        if member.size > MAX_FILE:
            raise _OffError(f"{show(name)} has {member.size} bytes, more than {MAX_FILE}")
        reader = archive.extractfile(member)
        content = reader.read() if reader is not None else b""
        if len(content) != member.size:
            raise _OffError(f"{show(name)} is cut short")
        return content

    @staticmethod
    def _listed(name: str, content: bytes) -> dict[str, str]:
        if name != MANIFEST:
            raise _OffError(f"the first file is {show(name)}, not {MANIFEST}")
        sums = {}
        for number, line in enumerate(content.decode("ascii", "replace").splitlines(), 1):
            match = _SUM.fullmatch(line)
            if match is None or match[2] in sums:
                raise _OffError(f"{MANIFEST} line {number} is not a hash with the name of a file")
            sums[match[2]] = match[1]
        return sums

    def _file(self, name: str, content: bytes) -> None:
        expected = self._sums.pop(name, None)
        if expected is None:
            self.faults.append(f"{show(name)} is not listed in {MANIFEST}")
            return
        if hashlib.sha256(content).hexdigest() != expected:
            self.faults.append(f"{show(name)} does not have the hash that {MANIFEST} lists")
            return
        self.good += 1
        if is_certificate(name, content):
            why = self.certificates[name] = kernel.check(content).reason
            self.faults += [f"{name}: rejected by the kernel: {why}"] if why else []


class _Limited(io.RawIOBase):
    """A stream that may give so many bytes and no more: what a small archive can blow up to."""

    def __init__(self, stream: gzip.GzipFile) -> None:
        self._stream, self._left = stream, MAX_ARCHIVE

    def read(self, size: int = -1) -> bytes:
        """At most ``size`` bytes.

        Raises:
            _OffError: the limit is reached.
        """
        content = self._stream.read(min(size, self._left + 1) if size >= 0 else self._left + 1)
        self._left -= len(content)
        if self._left < 0:
            raise _OffError(f"more than {MAX_ARCHIVE} bytes unpacked")
        return content
