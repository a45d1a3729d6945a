"""Which format a file has: by its content, and by its name only where the content leaves a choice."""

import itertools
import re
from importlib import import_module

from verify.labels.errors import InputError
from verify.labels.readers.common import Reading
from verify.labels.readers.content import Content
from verify.labels.readers.delimited import delimiter_of, stated_delimiter
from verify.labels.readers.layout import Layout
from verify.labels.readers.text_rows import SPARSE_LINE

_READERS = {
    "arff": "arff_files.read_arff",
    "mulan": "arff_files.read_arff",
    "meka": "arff_files.read_arff",
    "libsvm": "text_rows.read_libsvm",
    "csv": "delimited.read_delimited",
    "lists": "delimited.read_label_lists",
    "fasttext": "text_rows.read_fasttext",
    "json": "json_files.read_json",
    "npz": "archives.read_npz",
    "npy": "archives.read_npy",
    "mtx": "archives.read_mtx",
    "mat": "archives.read_mat",
    "safetensors": "archives.read_safetensors",
    "parquet": "columnar.read_columnar",
}
"""Where the reader of each format is, which is imported when there is something to read."""


def reading_of(content: Content, layout: Layout) -> Reading:
    """What a file holds, read in the format that it has.

    Raises:
        InputError: a format that is not read, or what its reader refuses.
    """
    module, _, name = _READERS[format_of(content, layout)].partition(".")
    found: Reading = getattr(import_module(f"verify.labels.readers.{module}"), name)(content, layout)
    return found


_MAGIC = (
    (rb"PK\x03\x04|PK\x05\x06", "npz"),
    (rb"\x93NUMPY", "npy"),
    (rb"MATLAB 5\.0 MAT-file", "mat"),
    (rb"PAR1|ARROW1|\xff\xff\xff\xff", "parquet"),
    (rb"[\s\S]{4}\0{4}\{\s*\"", "safetensors"),
    (rb"%%MatrixMarket", "mtx"),
)

_TO_CSV = "pandas.read_excel(FILE).to_csv('labels.csv', index=False)"
_NEVER = "which can run code and is never loaded"
_NOT_READ = (
    (rb"[\x80][\x02-\x05]", f"a Python pickle, {_NEVER}", "pickle.load(open(FILE, 'rb'))"),
    (rb"PK\x03\x04([\s\S]*data\.pkl|(?=[\s\S]*/version)(?=[\s\S]*/data/))",
     f"a PyTorch file (torch.save), {_NEVER}", "torch.load(FILE, weights_only=True)"),
    (rb"\x89HDF\r\n|MATLAB 7\.3", "an HDF5 file",
     "Y = h5py.File(FILE)['labels'][:]; numpy.save('labels.npy', Y) (MATLAB: save with '-v7')"),
    (rb"SQLite format 3", "an SQLite data base", "sqlite3 -csv -header FILE 'select * from labels' > labels.csv"),
    (rb"\(\xb5/\xfd", "packed by zstd", "zstd -d FILE"),
    (rb"\x04\x22\x4d\x18", "packed by lz4", "lz4 -d FILE"),
    (rb"7z\xbc\xaf", "a 7z archive", "7z x FILE"),
    (rb"Rar!", "a RAR archive", "unrar x FILE"),
    (rb"\xd0\xcf\x11\xe0", "an Excel 97 workbook", _TO_CSV),
    (rb"PK\x03\x04[\s\S]*\[Content_Types\]\.xml", "an Excel workbook", _TO_CSV),
    (rb"%PDF", "a PDF", "copy its table to a CSV file"),
    (rb"RDX[23]|X\n\0\0\0", "an R data file", "write.csv(Y, 'labels.csv', row.names = FALSE)"),
    (rb"version https://git-lfs", "a pointer of Git LFS and not the file", "git lfs pull"),
    (rb"PK[\s\S]{28}mimetypeapplication/vnd.oasis", "an OpenDocument table", _TO_CSV),
    (rb"[\s\S]{257}ustar", "a tar archive", "tar xf FILE"),
    (rb"ORC", "an ORC file", "pandas.read_orc(FILE).to_parquet('labels.parquet')"),
)  # fmt: skip


def format_of(content: Content, layout: Layout) -> str:
    """The format: as stated, else by the first bytes, else by what the first lines look like.

    Raises:
        InputError: a format that is not read; the message says what it is and which line converts it.
    """
    refuse_foreign(content)
    if layout.format is not None:
        return layout.format
    for beginning, name in _MAGIC:
        if re.match(beginning, content.data):
            return name
    if content.is_binary:
        raise InputError("the format is not recognised: give format= , or save the labels as CSV")
    return _text_format(content, layout)


def refuse_foreign(content: Content, converted: str = "") -> None:
    """Refuses formats that are not read, each with the line that converts it.

    Args:
        content: of the file.
        converted: the line for what may hold anything, pickles and PyTorch files, if it is not labels that are wanted.
    """
    head = content.data[:4096] + content.data[-(1 << 16) :]  # names in an archive stand at either end
    for beginning, what, line in _NOT_READ:
        if re.match(beginning, head):
            saved = (converted or "numpy.save('labels.npy', LOADED)") if _NEVER in what else "LOADED"
            raise InputError(f"it is {what}: convert it with `{saved.replace('LOADED', line)}`")


def _text_format(content: Content, layout: Layout) -> str:
    head = list(itertools.islice(content.lines(), 400))
    lines = [line for line in head if line.strip() and not line.startswith(("#", "%"))]
    if not head:
        raise InputError("it is empty: get the file whole")
    if not lines:
        return "libsvm" if content.name.endswith((".svm", ".libsvm")) else "arff" if head[0].startswith("%") else "csv"
    begin = lines[0].lstrip().lower()
    if any(re.match(r"\s*@(relation|attribute|data)\b", line, re.IGNORECASE) for line in lines):
        return "arff"
    if content.name.endswith((".yaml", ".yml")) or _is_yaml(lines):
        raise InputError(
            "it is YAML: convert it with `json.dump(yaml.safe_load(open(FILE)), open('labels.json', 'w'))`"
        )
    if begin.startswith("<"):
        raise InputError(
            "it is XML or HTML, no label file: name the file whose labels it describes, and this with labels="
        )
    if re.match(r"\{|\[\s*([\[\]{\"\d-]|$)", begin) and not re.match(r"\[[\d, ]*\]\s*[,;\t]", begin):
        return "json"
    if any(re.search(r"(?<!\S)__label__\S", line) for line in lines):
        return "fasttext"
    if content.name.endswith((".svm", ".libsvm")) or _is_sparse(lines):
        return "libsvm"
    return "csv" if _is_table(content, lines, layout) else "lists"


def _is_yaml(lines: list[str]) -> bool:
    """Whether every line is a key, an entry of a list, or deeper in: in no table are they all."""
    key = r"\s*(- )?[\w.\"' -]+:(\s.*)?"
    return len(lines) > 1 and all(re.fullmatch(rf"({key}|\s*- .*|---|\.\.\.)\s*", line) for line in lines)


def _is_sparse(lines: list[str]) -> bool:
    body = lines[1:] if re.fullmatch(r"\s*\d+\s+\d+(\s+\d+)?\s*", lines[0]) else lines
    return bool(body) and sum(bool(SPARSE_LINE.match(line)) for line in body) * 2 > len(body)


def _is_table(content: Content, lines: list[str], layout: Layout) -> bool:
    """Whether lines are rows of a table; else each is a list of labels."""
    if (
        layout.header
        or layout.delimiter
        or layout.field
        or stated_delimiter(content)
        or content.name.endswith((".csv", ".tsv"))
    ):
        return True
    if delimiter_of(content) is None:
        return any(re.search(r"[A-Za-z]", line) for line in lines[1:]) and ("," in lines[0] and "," in lines[-1])
    numbers = [line.replace(",", " ").split() for line in lines]
    if len(numbers[0]) == 2 and all(sorted(row) == ["0", "1"] for row in numbers):
        raise InputError("every line is 0 1 or 1 0, labels or indicators: say with format= csv or lists")
    return not all(cell.isdigit() for row in numbers for cell in row) or all(
        cell in ("0", "1") for row in numbers[1:] for cell in row[1:]
    )
