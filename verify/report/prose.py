"""The Markdown of the notes as HTML: formulas as MathML, everything else escaped.

The notes are written by ``proofs/render.py`` in the form GitHub reads: inline formulas between ``$`` and a backtick,
display formulas in fences called ``math``. MathML Core, which is what browsers draw, is smaller than what the LaTeX
converter writes; :func:`mathml` brings its output down to that.
"""

import html
import re
import unicodedata
from functools import cache
from xml.etree import ElementTree

from latex2mathml.converter import convert_to_element
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup

from verify.labels.errors import InputError

_ALPHABETS = {
    "bold": "MATHEMATICAL BOLD",
    "script": "MATHEMATICAL SCRIPT",
    "double-struck": "MATHEMATICAL DOUBLE-STRUCK",
}
_LETTERLIKE = {"script": "SCRIPT", "double-struck": "DOUBLE-STRUCK"}
"""Unicode put some letters of these alphabets elsewhere, under shorter names: SCRIPT CAPITAL H."""

_DIGITS = ("ZERO", "ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT", "NINE")


def html_of(markdown: str) -> str:
    """A piece of a note as HTML; the only tag of the source that is kept is ``sub``, as ``small``.

    Raises:
        InputError: a formula that is not LaTeX.

    Example:
        >>> print(html_of("It is *so*: $`x<1`$ & <b>done</b>"), end="")  # doctest: +ELLIPSIS
        <p>It is <em>so</em>: <math ...<mo>&lt;</mo><mn>1</mn></mrow></math> &amp; &lt;b&gt;done&lt;/b&gt;</p>
        >>> html_of("![what it shows](figure.svg)").strip()
        '<p><i>figure: what it shows</i></p>'
    """
    return str(_reader().render(markdown))


def phrase(markdown: str) -> str:
    """A few words of a note as HTML, without a paragraph around them.

    Example:
        >>> phrase("**false**, even up to a factor")
        '<strong>false</strong>, even up to a factor'
    """
    return str(_reader().renderInline(markdown))


@cache
def mathml(tex: str, display: bool = False) -> str:
    """A LaTeX formula as a MathML element; a long one within a line as several, between which a line may break.

    Raises:
        InputError: not LaTeX, or a command the converter does not know.
    """
    try:
        root = convert_to_element(_plain(tex), display="block" if display else "inline")
    except Exception as error:  # the converter's exceptions share no base, and bad input also ends in an IndexError
        raise InputError(f"formula {tex!r} cannot be converted ({type(error).__name__}); correct its LaTeX") from None
    for element in root.iter():
        _to_core(element)
        if "\\" in (element.text or ""):
            raise InputError(f"formula {tex!r} has a command that cannot be converted: {element.text}")
    root.attrib.pop("xmlns", None)  # HTML knows where MathML belongs
    parts = [root] if display else _breakable(root)
    return "<wbr>".join(ElementTree.tostring(part, encoding="unicode") for part in parts)


_LONG = 14
"""Characters of a formula that may be too many for the rest of a line on a phone."""

_BREAKS = frozenset("=<>≤≥≠≈∈∉⊂⪯⪰→↦⟸⟹+−,;")
"""Where TeX would break a line, and after a comma."""


def _breakable(root: ElementTree.Element) -> list[ElementTree.Element]:
    """The pieces of an inline formula, each ending in a relation or a sum that is in no parentheses.

    Browsers break no line within a ``math`` element.
    """
    (row,) = root
    if row.tag != "mrow" or len("".join(row.itertext())) <= _LONG:
        return [root]
    pieces: list[list[ElementTree.Element]] = [[]]
    depth = 0
    for element in row:
        pieces[-1].append(element)
        sign = (element.text or "") if element.tag == "mo" else ""
        depth += (sign in {"(", "[", "{"}) - (sign in {")", "]", "}"})
        if depth == 0 and sign in _BREAKS and len(pieces[-1]) > 1:
            element.set("form", "infix")  # at the end of a piece it would count as a postfix
            pieces.append([])
    parts = []
    for piece in filter(None, pieces):
        part = ElementTree.Element("math", root.attrib)
        ElementTree.SubElement(part, "mrow").extend(piece)
        parts.append(part)
    return parts


_GREEK = {
    "alpha": "α", "beta": "β", "delta": "δ", "epsilon": "ε", "eta": "η", "kappa": "κ", "lambda": "λ", "mu": "μ",
    "omega": "ω", "phi": "φ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "theta": "θ",
    "Delta": "Δ", "Lambda": "Λ", "Omega": "Ω", "Phi": "Φ", "Pi": "Π", "Sigma": "Σ",
}  # fmt: skip
_SIGNS = {"<=": "≤", ">=": "≥", "!=": "≠", "-bar": "\u0304", "~": "\u0303", "||": "‖", "sum_": "∑_"}
_WORD = re.compile(
    rf"(?<![A-Za-z])(?:{'|'.join(_GREEK)})(?![a-z])"
    r"|<=|>=|!=|\|\||\bsum_|-bar(?![a-z])|(?<=\w)~"
)
_OF_SET = re.compile(r"\b([hp])_\{(\w)\}")
_RAISED = re.compile(r"([_^])(?:\{([^{}]*)\}|([A-Za-z0-9]+))")


def symbols(text: str) -> Markup:
    """Plain text in which a formula is spelt out, with its signs: for the one-line statements of the catalogue.

    Example:
        >>> print(symbols("kappa-bar_m <= Sigma_{K-m}^2 & so on"))
        κ̄<sub>m</sub> ≤ Σ<sub>K-m</sub><sup>2</sup> &amp; so on

        What belongs to a label set with a single label keeps its braces.

        >>> print(symbols("h_S = sum_{k in S} h_{k}"))
        h<sub>S</sub> = ∑<sub>k in S</sub> h<sub>{k}</sub>
    """
    signs = _WORD.sub(lambda found: _SIGNS.get(found[0]) or _GREEK[found[0]], text)
    tags = {"_": "sub", "^": "sup"}
    sets = _OF_SET.sub(r"\1<sub>{\2}</sub>", html.escape(signs))
    return Markup(_RAISED.sub(lambda found: f"<{tags[found[1]]}>{found[2] or found[3]}</{tags[found[1]]}>", sets))


_TEXT = re.compile(r"\\text\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}")


def _plain(tex: str) -> str:
    r"""The formula in what the converter knows: no ``aligned``, no ``\|`` after ``\bigl``, no formula in ``text``."""
    tex = tex.replace("{aligned}", "{align*}").replace(r"\|", "‖")
    return _TEXT.sub(lambda found: "".join(_text_parts(found.group(1))), tex)


def _text_parts(words: str) -> list[str]:
    return [part if i % 2 else rf"\text{{{part}}}" for i, part in enumerate(words.split("$")) if part]


def _to_core(element: ElementTree.Element) -> None:
    """Alphabets as characters (browsers draw no ``mathvariant`` but ``normal``), and text as text."""
    element.text = html.unescape(element.text) if element.text else None  # the converter writes entities as text
    variant = element.get("mathvariant")
    if element.text in {
        "|",
        "‖",
    }:  # bars of a norm or a condition: browsers space and stretch them as if they stood alone
        element.attrib.clear()
        element.attrib.update({"stretchy": "false", "lspace": "0", "rspace": "0"})
    if variant in _ALPHABETS and element.text:
        del element.attrib["mathvariant"]
        element.text = "".join(_in_alphabet(letter, variant) for letter in element.text)


def _in_alphabet(letter: str, variant: str) -> str:
    name = f"DIGIT {_DIGITS[int(letter)]}" if letter.isdigit() else unicodedata.name(letter, "").removeprefix("LATIN ")
    short = name.replace(" LETTER", "")
    for full in (f"{_ALPHABETS[variant]} {short}", f"{_LETTERLIKE.get(variant)} {short}"):
        try:
            return unicodedata.lookup(full)
        except KeyError:
            continue
    return letter


# ---------------------------------------------------------------------- Markdown


@cache
def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": True}).disable("html_block")
    reader.inline.ruler.before("backticks", "formula", _formula)
    reader.add_render_rule("formula", _draw_formula)
    reader.add_render_rule("fence", _draw_fence)
    reader.add_render_rule("image", _draw_image)
    reader.add_render_rule("html_inline", _draw_tag)
    return reader


_INLINE = re.compile(r"\$`(.+?)`\$|\$(?![\s$`])([^$`]*[^$`\s])\$(?!\d)", re.DOTALL)


def _formula(state: StateInline, silent: bool) -> bool:
    """Markdown rule: what stands between dollars, with backticks inside them or without."""
    found = _INLINE.match(state.src, state.pos)
    if found is None:
        return False
    if not silent:
        state.push("formula", "", 0).content = found[1] or found[2]
    state.pos = found.end()
    return True


Tokens = list[Token]


def _draw_formula(_: RendererHTML, tokens: Tokens, index: int, __: OptionsDict, ___: EnvType) -> str:
    return mathml(tokens[index].content)


def _draw_image(_: RendererHTML, tokens: Tokens, index: int, __: OptionsDict, ___: EnvType) -> str:
    """What a figure of the notes shows, in words: a page holds its own figures and refers to no file."""
    return f"<i>figure: {html.escape(tokens[index].content)}</i>"


def _draw_fence(_: RendererHTML, tokens: Tokens, index: int, __: OptionsDict, ___: EnvType) -> str:
    token = tokens[index]
    if token.info.strip() == "math":
        drawn = mathml(token.content.strip(), display=True)
        return f'<div class="formula"{_fit(drawn)}>{drawn}</div>\n'
    return f"<pre>{html.escape(token.content)}</pre>\n"


def _fit(drawn: str) -> str:
    """By how much to shrink a display formula on paper, which cannot be scrolled, where it is too long for a page."""
    longest = max(len(html.unescape(_TAG.sub("", row))) for row in drawn.split("<mtr>"))
    return f' style="--fit: {max(_PAPER / longest, 0.45):.2f}"' if longest > _PAPER else ""


_TAG = re.compile("<[^>]*>")
_PAPER = 48
"""Characters of a formula that fit across a printed page."""


def _draw_tag(_: RendererHTML, tokens: Tokens, index: int, __: OptionsDict, ___: EnvType) -> str:
    tag = tokens[index].content
    return {"<sub>": "<small>", "</sub>": "</small>"}.get(tag, html.escape(tag))
