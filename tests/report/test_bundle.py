"""Bundles: the same files give the same bytes, and nothing that was changed afterwards passes."""

import gzip
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest

from tests.conftest import ROOT
from verify import cli
from verify.certificate.format import Certificate, Enclosure, RationalMatrix, dumps
from verify.labels.distribution import LabelDistribution
from verify.labels.errors import InputError
from verify.report import bundle
from verify.report.bundle import MANIFEST, make, verify

Member = tuple[tarfile.TarInfo, bytes]
Tamper = Callable[[list[Member]], list[Member]]


def collapsed() -> Certificate:
    """Two labels, MSE, and regularisation just strong enough for full collapse: W = 0 and min F = 1/2."""
    return Certificate(
        LabelDistribution.from_sets([([0], 1), ([1], 1)], labels="ab"),
        "mse",
        "zero",
        Fraction(1),
        Fraction(1, 2),
        RationalMatrix(1, ((), ())),
        None,
        RationalMatrix(1, ((1, 0), (0, 1))),
        Enclosure(2, ((1,),), ((1,),)),
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository in small, with litter that no bundle takes."""
    files = {
        "pyproject.toml": '[project]\nname = "mlnc"\nversion = "7.8"\n',
        "requirements.lock": "click==8.5.1 \\\n    --hash=sha256:00\nnone-such==1.0 ; os_name == 'nt' \\\n",
        ".ci/run": "#!/bin/sh\ntrue\n",
        "proofs/__init__.py": "",
        "verify/__init__.py": '"""Über."""\n',
        "verify/campaign/counterexamples/W7.json": dumps(collapsed()).decode(),
        "notes/a.md": "# A\n",
        "tests/wrong.certificate.json": "wrong on purpose",
        "verify/__pycache__/x.pyc": "no",
        "verify/.hidden": "no",
        "verify/old.py~": "no",
        "secret.txt": "no",
    }
    for name, content in files.items():
        (tmp_path / "repo" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "repo" / name).write_text(content, encoding="utf-8")
    (tmp_path / "repo" / "notes" / "link.md").symlink_to("/etc/hostname")
    return tmp_path / "repo"


@pytest.fixture
def results(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    verdict = b"{}\n"
    (folder / "verdict.json").write_bytes(verdict)
    (folder / "report.html").write_text(f"<!doctype html>{hashlib.sha256(verdict).hexdigest()}\n")
    (folder / "labels.mse.certificate.json").write_bytes(dumps(collapsed()))
    (folder / "journal.jsonl").write_text("no")
    return folder


def members(content: bytes) -> list[Member]:
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        return [(member, (archive.extractfile(member) or io.BytesIO()).read()) for member in archive]


def packed(parts: list[Member]) -> bytes:
    """An archive as a stranger would write it."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for member, content in parts:
            archive.addfile(member, io.BytesIO(content))
    return gzip.compress(stream.getvalue())


def resigned(parts: list[Member]) -> list[Member]:
    """The list of hashes written anew: a forger can do that."""
    files = [(member, content) for member, content in parts if not member.name.endswith(MANIFEST)]
    sums = "".join(f"{hashlib.sha256(c).hexdigest()}  {m.name.partition('/')[2]}\n" for m, c in files).encode()
    manifest = parts[0][0]
    manifest.size = len(sums)
    return [(manifest, sums), *files]


def changed(parts: list[Member], name: str, content: bytes) -> list[Member]:
    new = []
    for member, old in parts:
        if member.name.endswith(name):
            member.size = len(content)
        new.append((member, content if member.name.endswith(name) else old))
    return new


# ---------------------------------------------------------------------- making


def test_a_bundle_holds_what_it_should_and_no_more(root: Path, results: Path) -> None:
    made = make(root, results)
    assert made.file_name == "mlnc-7.8.tar.gz"
    assert made.files == (
        ".ci/run",
        "environment.json",
        "notes/a.md",
        "proofs/__init__.py",
        "pyproject.toml",
        "requirements.lock",
        "results/labels.mse.certificate.json",
        "results/report.html",
        "results/verdict.json",
        "tests/wrong.certificate.json",
        "verify/__init__.py",
        "verify/campaign/counterexamples/W7.json",
    )
    assert made.certificates == ("results/labels.mse.certificate.json", "verify/campaign/counterexamples/W7.json")
    parts = members(made.content)
    assert [member.name for member, _ in parts] == [f"mlnc-7.8/{name}" for name in (MANIFEST, *made.files)]
    assert {member.mode for member, _ in parts if member.name.endswith("/run")} == {0o755}
    assert {member.mode for member, _ in parts if not member.name.endswith("/run")} == {0o644}
    assert {(m.mtime, m.uid, m.gid, m.uname, m.gname) for m, _ in parts} == {(0, 0, 0, "", "")}


def test_the_environment_names_versions_and_no_machine(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def environment() -> dict[str, object]:
        content = {m.name: c for m, c in members(make(root).content)}["mlnc-7.8/environment.json"]
        assert str(root).encode() not in content
        assert os.uname().nodename.encode() not in content
        found = json.loads(content)
        assert isinstance(found, dict)
        return found

    monkeypatch.setattr("importlib.metadata.version", {"click": "8.5.1", "none-such": "1.0"}.__getitem__)
    found = environment()
    assert found["pinned"] == {"click": ["8.5.1"], "none-such": ["1.0 ; os_name == 'nt'"]}
    assert found["python"] == sys.version.split()[0]
    assert found["installed_instead"] == {}
    monkeypatch.setattr("importlib.metadata.version", {"click": "9.9", "none-such": "1.0"}.__getitem__)
    assert environment()["installed_instead"] == {"click": "9.9"}


def test_the_same_files_give_the_same_bytes(root: Path, results: Path, tmp_path: Path) -> None:
    made = make(root, results)
    copy = tmp_path / "elsewhere"
    shutil.copytree(root, copy, symlinks=True)
    for number, path in enumerate(sorted(copy.rglob("*"))):
        os.utime(path, (number, number), follow_symlinks=False)
        if path.is_file() and not path.is_symlink():
            path.chmod(0o600)
    assert make(copy, results).content == made.content


def test_a_bundle_of_an_unpacked_bundle_is_the_bundle(root: Path, results: Path, tmp_path: Path) -> None:
    made = make(root, results)
    with tarfile.open(fileobj=io.BytesIO(made.content)) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    unpacked = tmp_path / "unpacked" / made.name
    assert make(unpacked, unpacked / "results").content == made.content
    if shutil.which("sha256sum"):
        command = ["sha256sum", "--check", "--strict", "--quiet", MANIFEST]
        assert subprocess.run(command, cwd=unpacked, check=False).returncode == 0


def test_what_is_no_checkout_or_no_result_is_refused(root: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no verdict\.json; write it with"):
        make(root, tmp_path)
    (root / "verify" / "two\nlines.py").write_text("")
    with pytest.raises(InputError, match="not a portable file name"):
        make(root)
    with pytest.raises(InputError, match=r"no pyproject\.toml; a bundle is made from a checkout"):
        make(tmp_path)


# ---------------------------------------------------------------------- checking


@pytest.fixture
def check(tmp_path: Path) -> Callable[[bytes], bundle.Finding]:
    def run(content: bytes) -> bundle.Finding:
        file = tmp_path / "some.tar.gz"
        file.write_bytes(content)
        return verify(file)

    return run


Check = Callable[[bytes], bundle.Finding]


def test_an_untouched_bundle_passes(root: Path, results: Path, check: Check) -> None:
    made = make(root, results)
    found = check(made.content)
    assert found.faults == ()
    assert found.files == len(made.files)
    assert found.certificates == dict.fromkeys(made.certificates, "")
    assert found.sha256 == made.sha256
    assert check(packed(resigned(members(made.content)))).accepted  # control: the stranger's tools are not what fails


def renamed(name: str) -> Tamper:
    def tamper(parts: list[Member]) -> list[Member]:
        parts[-1][0].name = name
        return resigned(parts)

    return tamper


def retyped(kind: bytes, target: str = "") -> Tamper:
    def tamper(parts: list[Member]) -> list[Member]:
        parts[-1][0].type, parts[-1][0].linkname, parts[-1][0].size = kind, target, 0
        return [*parts[:-1], (parts[-1][0], b"")]

    return tamper


def owned(**fields: object) -> Tamper:
    def tamper(parts: list[Member]) -> list[Member]:
        for name, value in fields.items():
            setattr(parts[3][0], name, value)
        return parts

    return tamper


FALSE = dumps(replace(collapsed(), value=Enclosure(4, ((1,),), ((1,),))))

TAMPERED: dict[str, tuple[Tamper, str]] = {
    "a file changed": (lambda p: changed(p, "a.md", b"# B\n"), r"'notes/a\.md' does not have the hash"),
    "a file grown": (lambda p: changed(p, "a.md", b"# A\n\n"), r"'notes/a\.md' does not have the hash"),
    "a file gone": (lambda p: [part for part in p if not part[0].name.endswith("a.md")], "is listed but not there"),
    "a file added": (lambda p: [*p, (tarfile.TarInfo("mlnc-7.8/z.py"), b"")], r"'z\.py' is not listed"),
    "a file twice": (lambda p: [*p, p[-1]], "is repeated or out of order"),
    "two files swapped": (lambda p: [*p[:-2], p[-1], p[-2]], "is repeated or out of order"),
    "the list of hashes gone": (lambda p: p[1:], "the first file is"),
    "the list of hashes garbled": (lambda p: changed(p, MANIFEST, b"\xff\n"), "line 1 is not a hash"),
    "nothing left": (lambda p: p[:0], "it is empty"),
    "a false certificate": (lambda p: resigned(changed(p, "W7.json", FALSE)), r"rejected by the kernel: value"),
    "an ill-formed certificate": (
        lambda p: resigned(changed(p, "mse.certificate.json", b"{")),
        r"rejected by the kernel: malformed",
    ),
    "a way out": (renamed("mlnc-7.8/../../x"), "not a name that a bundle has"),
    "a hidden way out": (renamed("mlnc-7.8/x/.."), "not a name that a bundle has"),
    "an absolute name": (renamed("/etc/x"), "not a name that a bundle has"),
    "a name with a control character": (renamed("mlnc-7.8/z\x1b[2J"), "not a name that a bundle has"),
    "another folder": (renamed("other/x"), "outside the folder"),
    "a symbolic link": (retyped(tarfile.SYMTYPE, "/etc/passwd"), "not a regular file"),
    "a hard link": (retyped(tarfile.LNKTYPE, "mlnc-7.8/LICENSE"), "not a regular file"),
    "a device": (retyped(tarfile.CHRTYPE), "not a regular file"),
    "a folder": (retyped(tarfile.DIRTYPE), "not a regular file"),
    "a mode": (owned(mode=0o4755), "a mode, a time or an owner"),
    "an owner": (owned(uname="root"), "a mode, a time or an owner"),
    "a time": (owned(mtime=1), "a mode, a time or an owner"),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_what_was_changed_is_named(name: str, root: Path, results: Path, check: Check) -> None:
    tamper, words = TAMPERED[name]
    found = check(packed(tamper(members(make(root, results).content))))
    assert not found.accepted
    assert any(re.search(words, fault) for fault in found.faults), found.faults
    assert all("\n" not in line and line.isprintable() for line in found.lines())


def test_no_damaged_byte_goes_unnoticed(root: Path, results: Path, check: Check) -> None:
    content, random = make(root, results).content, Random(5)
    for _ in range(150):
        place = random.randrange(len(content))
        damaged = bytearray(content)
        damaged[place] ^= 1 << random.randrange(8)
        if place in range(3, 10):  # flags, time and system of the gzip header, which say nothing of the content
            continue
        if place < 2:
            continue  # then it is no gzip file
        with suppress(zlib.error, gzip.BadGzipFile, EOFError):
            if gzip.decompress(bytes(damaged)) == gzip.decompress(content):
                continue  # zeros copied from elsewhere, say: the same archive
        assert not check(bytes(damaged)).accepted, place
    for length in [2, 9, *(random.randrange(2, len(content)) for _ in range(30))]:
        assert not check(content[:length]).accepted, length


@pytest.mark.parametrize("content", [b"", b"\x1f", b"a,b\n1,0\n", b"\x1e\x8b\x08\x00"])
def test_what_is_no_archive_at_all_is_bad_input(content: bytes, check: Check) -> None:
    with pytest.raises(InputError, match=r"some\.tar\.gz: not a gzip file"):
        check(content)


def test_a_page_of_another_run_is_refused(root: Path, results: Path) -> None:
    (results / "verdict.json").write_text('{"claims": []}\n')
    with pytest.raises(InputError, match=r"report\.html: not the page of verdict\.json"):
        make(root, results)
    (results / "report.html").unlink()
    assert "results/verdict.json" in make(root, results).files


def test_a_forged_tar_never_raises_nor_gains_a_file(root: Path, results: Path, check: Check) -> None:
    made = make(root, results)
    plain, random = gzip.decompress(made.content), Random(6)
    for _ in range(150):
        damaged = bytearray(plain)
        for _ in range(random.choice((1, 1, 8))):
            damaged[random.randrange(len(damaged))] = random.randrange(256)
        found = check(gzip.compress(bytes(damaged), 1))
        assert found.files <= len(made.files)
        assert set(found.certificates) <= set(made.certificates)


def test_sizes_are_limited(root: Path, check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make(root)
    for limit, value, words in (
        ("MAX_ARCHIVE", 4096, "more than 4096 bytes unpacked"),
        ("MAX_FILE", 50, "bytes, more than 50"),
        ("MAX_FILES", 2, "more than 2 files"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(bundle, limit, value)
            (fault,) = check(made.content).faults
            assert words in fault


def test_a_bomb_is_stopped_early(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "MAX_ARCHIVE", 1 << 20)
    header = tarfile.TarInfo("mlnc-7.8/" + MANIFEST)
    header.size = 1 << 27
    read = gzip.GzipFile.read
    asked: list[int] = []

    def counted(self: gzip.GzipFile, size: int | None = -1) -> bytes:
        content = read(self, size)
        asked.append(len(content))
        return content

    monkeypatch.setattr(gzip.GzipFile, "read", counted)
    found = check(gzip.compress(header.tobuf() + bytes(1 << 24), 1))
    assert found.faults == (f"more than {1 << 20} bytes unpacked",)
    assert sum(asked) <= (1 << 20) + 1


def test_headers_nested_in_headers_are_no_way_to_crash(check: Check) -> None:
    header = tarfile.TarInfo("x")
    header.type, header.size = tarfile.XHDTYPE, 0
    assert not check(gzip.compress(header.tobuf() * 5_000)).accepted


# ---------------------------------------------------------------------- the command and this repository


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "verify.cli", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_this_repository_bundles_and_passes(tmp_path: Path, results: Path) -> None:
    file = tmp_path / "mlnc.tar.gz"
    made = run("bundle", "--out", file, results)
    assert (made.returncode, made.stderr) == (0, "")
    assert hashlib.sha256(file.read_bytes()).hexdigest() in made.stdout
    names = {member.name.partition("/")[2] for member, _ in members(file.read_bytes())}
    assert {"verify/report/bundle.py", "verify/report/template/page.css", "notes/label_spectrum.md", ".ci/run"} <= names
    checked = run("bundle", "--verify", file, "--json")
    assert checked.returncode == 0
    found = json.loads(checked.stdout)
    assert found["accepted"]
    assert found["files"] == len(names) - 1
    assert "results/labels.mse.certificate.json" in found["certificates"]


def test_exit_codes_and_one_line_errors(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def said(*arguments: object) -> tuple[object, str, str]:
        monkeypatch.setattr(sys, "argv", ["mlnc", "bundle", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        printed = capsys.readouterr()
        return stop.value.code or 0, printed.out, printed.err

    file = tmp_path / "a.tar.gz"
    file.write_bytes(packed(changed(members(make(root).content), "a.md", b"")))
    code, out, err = said("--verify", file)
    assert (code, err) == (1, "")
    assert "wrong: 'notes/a.md' does not have the hash" in out
    assert "REJECTED" in out
    (tmp_path / "b.csv").write_text("a,b\n1,0\n")
    for arguments in (
        ("--verify", tmp_path / "none"),
        ("--verify", tmp_path / "b.csv"),
        ("--verify", file, tmp_path),
        (tmp_path,),
    ):
        code, out, err = said(*arguments)
        assert (code, out) == (2, "")
        assert err.count("\n") == 1


def test_all_metadata_says_the_same() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    codemeta = json.loads((ROOT / "codemeta.json").read_text(encoding="utf-8"))
    zenodo = json.loads((ROOT / ".zenodo.json").read_text(encoding="utf-8"))
    cff = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    stated = dict(re.findall(r'^([a-z-]+): "?([^"\n]+)"?$', cff, re.MULTILINE))
    assert project["version"] == stated["version"] == codemeta["version"] == zenodo["version"]
    assert stated["title"] == codemeta["name"] == zenodo["title"]
    assert stated["date-released"] == codemeta["datePublished"] == zenodo["publication_date"]
    assert project["license"] == stated["license"] == zenodo["license"] == codemeta["license"].rpartition("/")[2]
    assert codemeta["keywords"] == zenodo["keywords"]
    assert (
        [project["authors"][0]["name"]]
        == [a["name"] for a in codemeta["author"]]
        == [a["name"] for a in zenodo["creators"]]
    )
