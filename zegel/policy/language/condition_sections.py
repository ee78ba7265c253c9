"""The sections of conditions in rules.yaml, one model per kind: every key stands here once, with its meaning.

Conditions inside others stay raw here; `compiling` reads each with its own model, so that a mistake is reported
at its own place.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from zegel.policy.language.sections import AtLeast, People, Texts, WhyUnreadable, one_or_more
from zegel.yamlfile import Strict

Place = Literal["subject", "headers", "body", "attachments", "filenames"]
Places = Annotated[tuple[Place, ...], BeforeValidator(one_or_more), Field(min_length=1)]


def as_bytes(value: Any) -> Any:
    """A size as people write it.

    >>> as_bytes("10 MB"), as_bytes("500kB"), as_bytes(2048)
    (10000000, 500000, 2048)
    """
    found = re.fullmatch(r"(\d+)\s*([kMG]?)B", value) if isinstance(value, str) else None
    if found:
        return int(found[1]) * {"": 1, "k": 10**3, "M": 10**6, "G": 10**9}[found[2]]
    if isinstance(value, str):
        raise ValueError(f"'{value}' is not a size; write a number with B, kB, MB or GB, such as 10 MB")
    return value


class NearSection(Strict):
    """Something that has to stand close to what was found; exactly one of `words`, `detector` and `pattern`."""

    words: Any = None
    """A list of words, or the name of one."""
    detector: str | None = None
    """A detector: two findings near each other."""
    pattern: str | None = None
    """A pattern."""
    confidence: Literal["valid", "context"] | None = None
    """How sure the detector has to be, as in a condition."""
    within: Annotated[int, Field(ge=1, le=10_000)]
    """How many characters may stand between the two."""

    @model_validator(mode="after")
    def _one(self) -> NearSection:
        if sum(given is not None for given in (self.words, self.detector, self.pattern)) != 1:
            raise ValueError("'near' needs exactly one of: words, detector, pattern; keep one")
        return self


class _InText(Strict):
    """What the conditions that look into text have in common."""

    in_: Annotated[Places | None, Field(alias="in")] = None
    """Where to look: subject, headers, body, attachments, filenames. Everywhere when left out."""
    at_least: AtLeast = 1
    """How many different values it takes."""
    per: Literal["message", "part"] = "message"
    """Whether they count together over the whole mail, or have to stand in one and the same part of it."""
    near: Any = None
    """What has to stand close to each value: one thing, a list of which all have to, or `any` with a list of which one
    has to."""


class DetectorSection(_InText):
    """`detector:` a number that Zegel knows how to check."""

    detector: str
    """Its name, such as bsn or iban."""
    confidence: Literal["valid", "context"] | None = None
    """`context`: words nearby say what the number is. `valid`: right check digits are enough."""


class StdnumSection(_InText):
    """`stdnum:` any of the numbers that python-stdnum knows."""

    stdnum: str
    """Country and name, such as be.nn or de.idnr; some have no country, such as isbn."""
    confidence: Literal["valid", "context"] | None = None
    """As for a detector; `context` when left out."""


class WordsSection(_InText):
    """`words:` whole words, stems by a * at the end."""

    words: Any
    """The words themselves, or the name of a list."""


class PatternSection(_InText):
    """`pattern:` a regular expression (RE2), capitals ignored."""

    pattern: str
    """The expression."""


AnyInText = DetectorSection | StdnumSection | WordsSection | PatternSection


class FilenameSection(Strict):
    """`filename:` the name of an attachment, with * and ?."""

    filename: Texts
    """One name or several."""
    at_least: AtLeast = 1
    """How many such files it takes."""


class FiletypeSection(Strict):
    """`filetype:` what an attachment is by its content, whatever its name says."""

    filetype: Texts
    """One MIME type or several, such as application/pdf or image/*."""
    at_least: AtLeast = 1
    """How many such files it takes."""

    @field_validator("filetype")
    @classmethod
    def _mime(cls, globs: tuple[str, ...]) -> tuple[str, ...]:
        for glob in globs:
            if not re.fullmatch(r"[\w.+*?-]+/[\w.+*?-]+", glob):
                raise ValueError(f"'{glob}' is not a type; write it as application/pdf, image/* or text/csv")
        return tuple(glob.lower() for glob in globs)


class UnreadableSection(Strict):
    """`unreadable:` something in the mail that Zegel could not look into."""

    unreadable: Annotated[
        tuple[WhyUnreadable, ...],
        BeforeValidator(one_or_more),
        Field(min_length=1),
    ]
    """Why not: encrypted, corrupt, limit (too large or too deep), timeout (took too long), unsupported."""


class HeaderValue(Strict):
    """A header field."""

    name: str
    """Its name, such as Sensitivity."""
    value: Texts = ("*",)
    """What it says, with * and ?; capitals ignored. Anything when left out."""

    @field_validator("name")
    @classmethod
    def _field_name(cls, name: str) -> str:
        if not re.fullmatch(r"[!-9;-~]+", name):
            raise ValueError(f"'{name}' is not the name of a header field; write it without colon, as Sensitivity")
        return name.lower()


class HeaderSection(Strict):
    """`header:` a line in the head of the mail."""

    header: HeaderValue
    """Name and value."""


class PropertyValue(Strict):
    """A property of a document."""

    name: str
    """Its name, with * and ?; capitals ignored."""
    value: Texts = ("*",)
    """What it says, with * and ?; capitals ignored. Anything when left out."""


class PropertySection(Strict):
    """`property:` what an attached document says about itself, such as a sensitivity label."""

    property: PropertyValue
    """Name and value."""


class SizeSection(Strict):
    """`larger_than:` the size of the whole mail."""

    larger_than: Annotated[int, BeforeValidator(as_bytes), Field(ge=1)]
    """Such as 10 MB."""


class SenderSection(Strict):
    """`sender:` who sends it."""

    sender: People
    """Addresses, domains, or *.domain."""


class RecipientSection(Strict):
    """`recipient:` who gets it; the rule then holds for these recipients only."""

    recipient: People
    """Addresses, domains, or *.domain."""


class ManyRecipientsSection(Strict):
    """`recipients_at_least:` how many people outside get it."""

    recipients_at_least: AtLeast
    """The number."""


class AllSection(Strict):
    """`all:` every one of these."""

    all: Annotated[tuple[Any, ...], Field(min_length=1)]
    """Conditions."""


class AnySection(Strict):
    """`any:` at least one of these."""

    any: Annotated[tuple[Any, ...], Field(min_length=1)]
    """Conditions."""


class SeveralSection(Strict):
    """`several:` so many of these at least, whichever: signs that say little alone."""

    several: Annotated[tuple[Any, ...], Field(min_length=1)]
    """Conditions. One of them may be `not`: that something is absent is a sign as well."""
    at_least: Annotated[int, Field(ge=2, le=100)] = 2
    """How many have to be met."""


class NotSection(Strict):
    """`not:` anything but this."""

    not_: Annotated[Any, Field(alias="not")]
    """A condition."""


CONDITIONS: dict[str, type[Strict]] = {
    "detector": DetectorSection,
    "stdnum": StdnumSection,
    "words": WordsSection,
    "pattern": PatternSection,
    "filename": FilenameSection,
    "filetype": FiletypeSection,
    "unreadable": UnreadableSection,
    "header": HeaderSection,
    "property": PropertySection,
    "larger_than": SizeSection,
    "sender": SenderSection,
    "recipient": RecipientSection,
    "recipients_at_least": ManyRecipientsSection,
    "all": AllSection,
    "any": AnySection,
    "several": SeveralSection,
    "not": NotSection,
}
"""The kinds of conditions, by the key that names the kind."""
