"""The sections of rules.yaml: every key stands here once, with its meaning.

Sections that hold others of several kinds (`lists`, `rules`, `when`) keep them raw; each is read with its own model
later, so that a mistake is reported at its own place.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints, field_validator, model_validator

from zegel.mail.addresses import listed
from zegel.policy.direct import ALL_PROOFS, ProofKind
from zegel.policy.verdict import BUILT_IN_NAMES
from zegel.yamlfile import Strict

WhyUnreadable = Literal["encrypted", "corrupt", "limit", "timeout", "unsupported"]


def one_or_more(value: Any) -> Any:
    """A single text where a list may stand means a list of one."""
    return [value] if isinstance(value, str) else value


def _no_boolean(value: Any) -> Any:
    """YAML reads `no` and `true` as booleans, and Python takes those for 0 and 1."""
    return repr(value).lower() if isinstance(value, bool) else value


def _address_or_domain(value: Any) -> Any:
    return listed(value) if isinstance(value, str) else value


def _domain(value: Any) -> Any:
    return listed(value, domain_only=True) if isinstance(value, str) else value


def _trusted(value: Any) -> Any:
    """A trusted domain that is only a name."""
    return {"domain": value} if isinstance(value, str) else value


def _release(value: Any) -> Any:
    """Who may release, without more to say."""
    return {"by": value} if isinstance(value, str) else value


def _all_or_some(value: Any) -> Any:
    return None if value == "all" else one_or_more(value)


Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Texts = Annotated[tuple[str, ...], BeforeValidator(one_or_more), Field(min_length=1)]
AddressOrDomain = Annotated[str, BeforeValidator(_address_or_domain)]
People = Annotated[tuple[AddressOrDomain, ...], BeforeValidator(one_or_more), Field(min_length=1)]
AtLeast = Annotated[int, Field(ge=1, le=100_000)]


class Names(Strict):
    """What a rule is called, for people."""

    nl: Line | None = None
    """In Dutch."""
    en: Line | None = None
    """In English."""
    de: Line | None = None
    """In German."""
    fr: Line | None = None
    """In French."""

    @model_validator(mode="after")
    def _some(self) -> Names:
        if not self.given:
            raise ValueError("'name' is empty; give the rule a name, as nl: … and en: …")
        return self

    @property
    def given(self) -> dict[str, str]:
        """The names by language."""
        return {language: name for language, name in self if name}


class Reasons(Names):
    """Why a mail is refused, in one line for its sender."""

    @model_validator(mode="after")
    def _some(self) -> Reasons:
        if not self.given:
            raise ValueError("'reason' is empty; write what the sender is told, as nl: … and en: …")
        return self


class Exceptions(Strict):
    """What a rule lets pass."""

    senders: People | None = None
    """Mail from these is not looked at by this rule."""
    recipients: People | None = None
    """These get the mail as it is, as far as this rule is concerned."""
    values: Texts | None = None
    """Values that do not count, such as the organisation's own IBAN."""


class Sample(Strict):
    """A made-up mail, to try a rule on."""

    subject: str = ""
    """Its subject."""
    body: str = ""
    """Its text."""
    filename: str = ""
    """The name of its attachment."""
    attachment: str = ""
    """The text in its attachment."""
    type: str = ""
    """The type of its attachment, such as application/pdf."""
    unreadable: WhyUnreadable | None = None
    """Why its attachment could not be read."""
    properties: dict[str, str] = Field(default_factory=dict)
    """What its attachment says about itself: title, author, labels."""
    headers: dict[str, str] = Field(default_factory=dict)
    """Other fields in its head."""
    sender: str = ""
    """Who sends it."""
    recipient: str = ""
    """Who gets it."""


class Samples(Strict):
    """Tests of a rule, run whenever the file is read."""

    match: tuple[Any, ...] = ()
    """Mails that the rule has to catch: a text each, or keys such as subject and body."""
    no_match: tuple[Any, ...] = ()
    """Mails that the rule has to leave alone."""


class ReleaseSection(Strict):
    """Who may have what a rule protected sent in clear, when it was a false alarm."""

    by: Literal["officer"]
    """`officer`: an officer, in the console, for a reason."""
    up_to_level: Annotated[Literal[1, 2], BeforeValidator(_no_boolean)] = 1
    """The highest level that may be released."""


class RuleSection(Strict):
    """A rule."""

    id: str
    """Its short name in logs and reports: small letters, digits and hyphens."""
    name: Names
    """Its name for people, by language."""
    level: Annotated[Literal[0, 1, 2], BeforeValidator(_no_boolean)]
    """0 observe, 1 password by mail, 2 code by SMS."""
    scope: Literal["message"] | None = None
    """`message`: replace the whole mail, also when only files are sensitive."""
    when: Any
    """The condition."""
    except_: Annotated[Exceptions | None, Field(alias="except")] = None
    """What the rule lets pass."""
    tests: Any = None
    """Mails to try the rule on: `match` and `no_match`."""
    direct: bool = True
    """`false`: what it protects is never delivered directly."""
    release: Annotated[ReleaseSection | None, BeforeValidator(_release)] = None
    """`officer`: an officer may have a false alarm of it sent in clear; left out, nobody may."""
    block: Annotated[bool, Field(strict=True)] = False
    """`true`: the mail is refused, and its sender is told the reason."""
    reason: Reasons | None = None
    """What the sender of a refused mail is told, by language; accents are lost on the way."""

    @field_validator("id")
    @classmethod
    def _short_name(cls, name: str) -> str:
        if not re.fullmatch(r"[a-z0-9]([a-z0-9_-]{0,62}[a-z0-9])?", name):
            raise ValueError(f"'{name}' cannot be an id; use small letters, digits and hyphens, such as bsn-in-text")
        if name in BUILT_IN_NAMES:
            raise ValueError(f"the id '{name}' is Zegel's own; choose another")
        return name


class Activation(Strict):
    """A word by which a sender asks for protection."""

    word: Line
    """The word, exactly, in the subject or the text; capitals ignored."""
    level: Annotated[Literal[1, 2], BeforeValidator(_no_boolean)]
    """The level that it asks for."""


class ListSection(Strict):
    """A list of words; its parts are put together."""

    words: Any = None
    """Words."""
    file: Line | None = None
    """A file with words, one a line, beside rules.yaml."""
    include: Texts | None = None
    """Names of other lists."""


class TrustedSection(Strict):
    """A trusted domain; one that is only a name has no more to say."""

    domain: Annotated[str, BeforeValidator(_domain)]
    """The domain."""
    tls: Literal["required"] | None = None
    """`required`: protected mail goes there only over a proven connection, and is notified otherwise."""


class DirectSection(Strict):
    """Which protected mail is delivered as ordinary mail, over a proven connection."""

    up_to_level: Annotated[Literal[0, 1, 2], BeforeValidator(_no_boolean)] = 1
    """The highest level that is delivered directly; 0 for none but that of `levels`."""
    proof: Annotated[tuple[ProofKind, ...], BeforeValidator(one_or_more), Field(min_length=1)] = ALL_PROOFS
    """What proves the connection: dane, mta-sts, nta7516; one of them is enough."""
    domains: Annotated[tuple[Annotated[str, BeforeValidator(_domain)], ...] | None, BeforeValidator(_all_or_some)] = (
        None
    )
    """`all`, or the domains that get mail directly."""
    never: Annotated[tuple[AddressOrDomain, ...], BeforeValidator(one_or_more)] = ()
    """Addresses or domains that are always notified."""
    levels: dict[str, Literal[0, 1, 2]] = Field(default_factory=dict)
    """Per domain the highest level that it gets directly."""


class PolicySection(Strict):
    """The whole of rules.yaml."""

    version: Literal[1]
    """The version of the rules language."""
    include: Texts | None = None
    """`shipped`, the rules that come with Zegel, or files beside this one: their rules and lists are taken in."""
    levels: dict[str, Any] = Field(default_factory=dict)
    """Other levels for rules that are taken in, by id; `off` takes one away."""
    lists: dict[str, Any] = Field(default_factory=dict)
    """Lists of words, by name."""
    activation: tuple[Activation, ...] = ()
    """Words by which senders ask for protection by hand."""
    trusted_domains: tuple[Annotated[TrustedSection, BeforeValidator(_trusted)], ...] = ()
    """Domains that get everything as it is; `tls: required` asks for a proven connection."""
    direct_delivery: DirectSection | None = None
    """Which protected mail is delivered as ordinary mail, where the way to the recipient is proven."""
    never_protect: tuple[AddressOrDomain, ...] = ()
    """Addresses or domains that get everything as it is, whatever else is said."""
    always_protect: tuple[AddressOrDomain, ...] = ()
    """Addresses or domains that never get a mail as it is."""
    minimum_level: dict[str, Annotated[Literal[1, 2], BeforeValidator(_no_boolean)]] = Field(default_factory=dict)
    """Per address or domain the least level of what is protected."""
    archive_passwords: Annotated[tuple[Line, ...], BeforeValidator(one_or_more)] = ()
    """Passwords to try on archives and documents that are locked."""
    picture_seconds: Annotated[int, Field(ge=1, le=100)] | None = None
    """Seconds for the text in the pictures and scans of a message; left out, it is not read."""
    rules: tuple[Any, ...] = ()
    """The rules."""
