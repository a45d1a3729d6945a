"""The XML file that names the labels of a Mulan data set."""

import os

from verify.labels.distribution import InputError
from verify.labels.errors import show
from verify.labels.readers.common import FilePath, Labels, blaming
from verify.labels.readers.content import content_of


def label_names(path: FilePath) -> tuple[str, ...]:
    """The label names of a Mulan label XML, in document order; nested labels (a hierarchy) are all listed.

    Document type declarations are refused, and with them every entity, internal or external.

    Raises:
        InputError: no XML, a document type declaration, no label, or a label without a name.

    Example:
        >>> import pathlib, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = pathlib.Path(folder, "beach.xml")
        ...     _ = file.write_text('<labels><label name="sea"/><label name="sky"/></labels>')
        ...     label_names(file)
        ('sea', 'sky')
    """
    from defusedxml import ElementTree  # noqa: PLC0415 - few files come with one

    with blaming(path):
        content = content_of(path).data
        try:
            root = ElementTree.fromstring(content, forbid_dtd=True)
        except ElementTree.ParseError as fault:
            raise InputError(f"it is not well-formed XML ({fault}): correct it") from None
        except (ValueError, LookupError):  # defusedxml's refusals are ValueErrors; LookupError: an unknown encoding
            raise InputError("it declares a document type, entities or an unknown encoding: remove that") from None
        names = [element.get("name") for element in root.iter() if str(element.tag).rpartition("}")[2] == "label"]
        if not names:
            raise InputError('it names no label: write <labels><label name="..."/>...</labels>')
        for number, name in enumerate(names, 1):
            if not (name or "").strip():
                raise InputError(f'label element {number} has no name: write <label name="..."/>')
        return tuple(names)


def wanted_labels(labels: Labels) -> int | tuple[str, ...] | None:
    """The ``labels`` argument of a reader, with a label XML read: a number, the names, or ``None`` for nothing said."""
    if labels is None or isinstance(labels, int):
        return labels
    if isinstance(labels, str) and not os.path.lexists(labels):
        parts = [part.strip() for part in labels.split(",")]
        raise InputError(
            f"labels= is {show(labels)}, and there is no such file: give names as a list, {show(parts)}, a number, or "
            "the path of a label XML"
        )
    names = label_names(labels) if isinstance(labels, str | os.PathLike) else tuple(labels)
    if not names:
        raise InputError("labels= names no label: leave it out or name at least two")
    return names
