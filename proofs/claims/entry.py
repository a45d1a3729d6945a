"""What a claim is: one entry, from which everything that is said of it is rendered.

An entry says what is claimed and under which circumstances; the notes, the README, the page, ``mlnc verify --list`` and
every JSON document take their words from it. Two functions carry its id: the proof, in ``proofs/chapters/<chapter>/``,
and the numeric check, in ``verify/checks/<chapter>/``. Nothing here needs SymPy.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

Evidence = Literal["proof", "check", "both"]
"""Which evidence rejects a false variant: the derivation kernel, the numeric check, or each of them."""


class Answer(Enum):
    """Whether the statement is so; the evidence must bear it out."""

    TRUE = "true"
    FALSE = "false"


@dataclass(frozen=True)
class Setting:
    """Under which circumstances a claim is made; every part is said, always.

    Attributes:
        loss: the losses it is about.
        bias: how the bias is treated.
        d: the feature dimension.
        rank: the rank of the second moment, of the classifier or of the logits, where it matters.

    Example:
        >>> Setting("PAL-CE", "none", "d >= K - 1", "any").words
        'loss PAL-CE; bias none; feature dimension d >= K - 1; rank any'
    """

    loss: str
    bias: str
    d: str
    rank: str

    @property
    def words(self) -> str:
        """In one line."""
        return f"loss {self.loss}; bias {self.bias}; feature dimension {self.d}; rank {self.rank}"


@dataclass(frozen=True)
class Formal:
    """A claim as formulas.

    Attributes:
        letters: letters of its own, such as ``W, W2: K x d; h[sets]: d``; a name without a shape is a dimension.
        given: its hypotheses, as text.
        goal: what is claimed, as text.
        besides: what the note's statement adds to that of the claim, which is argued.
        example: what the claim says of some case, as a formula. That a claim is false is said by an example of its
            hypotheses and the negation of its goal, and needs no text here.
    """

    given: tuple[str, ...]
    goal: str
    letters: tuple[str, ...] = ()
    besides: str = ""
    example: str = ""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One statement of the theory.

    Attributes:
        id: its number; proof, check, property test and note carry it. A letter behind the number marks what was added
            to the statement of that number.
        title: a few words.
        setting: loss, bias, feature dimension and rank it is about.
        hypotheses: what is assumed besides, in plain text, one each.
        text: what is claimed, in one sentence, in plain text with formulas spelt out.
        tex: the statement as the note has it (Markdown with LaTeX).
        answer: whether it is so.
        gloss: what the answer means, or what else a reader should know of it; may be empty.
        source: where the statement comes from.
        domain: name of the distributions that meet the hypotheses; samples are drawn from it.
        variants: false versions of the claim, in words, each with the evidence that rejects it.
        remark: sharpness, exceptions, corrections (Markdown); may be empty.
        formal: hypotheses and goal as formulas.
    """

    id: str
    title: str
    setting: Setting
    hypotheses: tuple[str, ...]
    text: str
    tex: str
    source: str
    formal: Formal
    answer: Answer = Answer.TRUE
    gloss: str = ""
    domain: str = "any"
    variants: Mapping[str, Evidence] = field(default_factory=dict)
    remark: str = ""

    def __post_init__(self) -> None:
        """A text is one line, however the source breaks it."""
        for name in ("title", "text", "tex", "source", "gloss", "remark"):
            object.__setattr__(self, name, " ".join(getattr(self, name).split()))
        object.__setattr__(self, "hypotheses", tuple(" ".join(one.split()) for one in self.hypotheses))

    @property
    def is_false(self) -> bool:
        """Whether the statement, as it reads, is false."""
        return self.answer is Answer.FALSE

    @property
    def verdict_in_words(self) -> str:
        """The answer with its gloss."""
        return f"{self.answer.value}: {self.gloss}" if self.gloss else self.answer.value

    def rejected_by(self, evidence: Literal["proof", "check"]) -> frozenset[str]:
        """The variants that this evidence must reject."""
        return frozenset(name for name, by in self.variants.items() if by in (evidence, "both"))


@dataclass(frozen=True)
class Chapter:
    """A chapter of the theory.

    Attributes:
        name: of its packages under ``proofs/chapters`` and ``verify/checks``, and of its note.
        title: heading of the note.
        introduction: what it is about (Markdown).
        notation: pairs (LaTeX, meaning) that all its proofs use.
        claims: in the order of the theory.
    """

    name: str
    title: str
    introduction: str
    notation: tuple[tuple[str, str], ...]
    claims: tuple[Claim, ...]

    @property
    def note(self) -> str:
        """File name of the generated note."""
        return f"{self.name}.md"
