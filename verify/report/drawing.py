"""SVG files made fit to stand inside a page: no scripts, no styles, no outside references, ids of their own."""

import re
from pathlib import Path
from xml.etree import ElementTree

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from verify.labels.errors import InputError

_SVG = "{http://www.w3.org/2000/svg}"
_DUBLIN_CORE_TITLE = ".//{http://creativecommons.org/ns#}Work/{http://purl.org/dc/elements/1.1/}title"
_DRAWN = frozenset({
    "svg", "g", "defs", "use", "symbol", "clipPath", "mask", "marker", "pattern", "linearGradient", "radialGradient",
    "stop", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan",
})  # fmt: skip
_REFERENCE = re.compile(r"url\(\s*['\"]?(#?)([^)'\"]*)['\"]?\s*\)")
_SIZE = re.compile(r"([0-9.]+)(pt|px)?")


def inline_svg(file: Path) -> tuple[str, str]:
    """An SVG file as an element for an HTML page, and its title; see :func:`inlined`.

    Raises:
        InputError: the file cannot be read or is not an SVG drawing.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}; draw the figure again or remove it") from None
    return inlined(content, file.stem, str(file))


def inlined(content: bytes, name: str, where: str) -> tuple[str, str]:
    """An SVG drawing as an element for an HTML page, and its title.

    What is not drawn (scripts, styles, metadata, foreign elements, event handlers) is left out. Ids get the name as
    prefix, so that several drawings can share a page. The title is the one the drawing states, else its name.

    Args:
        content: the drawing.
        name: of its own on the page.
        where: it came from, for messages.

    Raises:
        InputError: not an SVG drawing.
    """
    try:
        root = fromstring(content, forbid_dtd=False)
    except (ElementTree.ParseError, DefusedXmlException, ValueError) as error:
        raise InputError(f"{where}: not an SVG drawing ({error}); draw the figure again or remove it") from None
    if root.tag != f"{_SVG}svg":
        raise InputError(f"{where}: not an SVG drawing; draw the figure again or remove it")
    title = _title(root) or name.replace("_", " ").replace("-", " ")
    _strip(root, re.sub(r"[^A-Za-z0-9]", "-", name) + "-")
    if "viewBox" not in root.attrib and {"width", "height"} <= root.attrib.keys():
        sizes = [_SIZE.match(root.attrib[side]) for side in ("width", "height")]
        root.set("viewBox", "0 0 " + " ".join(size.group(1) if size else "100" for size in sizes))
    root.attrib.pop("height", None)  # the width is the page's business, the height follows
    root.attrib.pop("width", None)
    root.attrib.update({"role": "img", "aria-label": title})
    return ElementTree.tostring(root, encoding="unicode"), title


def _title(root: ElementTree.Element) -> str:
    """What the drawing calls itself; Matplotlib writes it as Dublin Core."""
    return " ".join((root.findtext(f"{_SVG}title") or root.findtext(_DUBLIN_CORE_TITLE) or "").split())


def _strip(element: ElementTree.Element, prefix: str) -> None:
    for child in list(element):
        if isinstance(child.tag, str) and child.tag.removeprefix(_SVG) in _DRAWN and child.tag.startswith(_SVG):
            _strip(child, prefix)
        else:
            element.remove(child)
    element.tag = element.tag.removeprefix(_SVG)
    for name, value in list(element.attrib.items()):
        del element.attrib[name]
        kept = name.rpartition("}")[2] if name.endswith("}href") else name
        safe = _attribute(kept, value, prefix)
        if safe is not None:
            element.set(kept, safe)


def _attribute(name: str, value: str, prefix: str) -> str | None:
    """The attribute with its references moved to the prefixed ids; ``None`` for what leads out of the drawing."""
    if name.startswith(("on", "{")) or name in {"version", "xmlns", "class", "src"}:
        return None
    if name == "id":
        return prefix + value
    if name == "href":
        return f"#{prefix}{value[1:]}" if value.startswith("#") else None
    if "url(" in value or "@import" in value or "\\" in value:
        if not all(mark == "#" for mark, _ in _REFERENCE.findall(value)) or value.count("url(") != len(
            _REFERENCE.findall(value)
        ):
            return None
        return _REFERENCE.sub(lambda found: f"url(#{prefix}{found.group(2)})", value)
    return value
