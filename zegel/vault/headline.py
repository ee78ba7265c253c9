"""The headline of a message: what pages and mails need of it without opening all of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Headline:
    """Sealed beside the original. Fields may be missing in what older versions stored; each has a default."""

    name: str = ""
    """Who wrote, as the message says; "" when that is not known."""
    author: str | None = None
    """The address of ours that the notification is from; "" when it is nobody's, None in what older versions stored."""
    subject: str = ""
    """As the recipient sees it in the opened message, without activation words."""
    reason: Mapping[str, str] = field(default_factory=dict)
    """Why the message is protected, by language."""
    sample: str = ""
    """The first finding, masked."""
    hide_subject: bool = False
    """Something sensitive is in the subject, so nothing outside the opened message shows it."""
    hide_names: bool = False
    """Something sensitive is in another header field, such as a name."""
    removed_words: tuple[str, ...] = ()
    """The activation words that the sender used."""
    withheld_parts: tuple[str, ...] = ()
    """Paths of the attachments with findings."""
    release: int = 0
    """The highest level at which an officer may release it in clear: what all rules that protect it said then."""
    wants_receipt: bool = False
    """The sender asked to hear when it is read (RFC 8098)."""
    reports: Mapping[str, str] = field(default_factory=dict)
    """The recipients about whom they asked to hear when it is passed on, each with its ORCPT (RFC 3461)."""
    envelope_id: str = ""
    """What they call the mail in these reports."""
    written: str | None = None
    """The language of the body (ISO 639-1), "" when its words do not tell; None in what older versions stored."""

    @property
    def told_subject(self) -> str:
        """The subject as mails and closed pages may show it."""
        return "" if self.hide_subject else self.subject

    def why(self, language: str) -> str:
        """The reason in `language`, else in any language that is there."""
        return self.reason.get(language) or next(iter(self.reason.values()), "")

    def updated(self, stored: Mapping[str, Any]) -> Headline:
        """The same with what `stored` says. Version 1 kept part of the headline with each notification."""
        return from_dict(asdict(self) | dict(stored)) if stored else self

    def to_json(self) -> bytes:
        return json.dumps({name: getattr(self, name) for name in self.__slots__}).encode()


def from_json(stored: bytes) -> Headline:
    """Reads what any version stored; ignores fields of newer ones."""
    return from_dict(json.loads(stored))


def from_dict(stored: Mapping[str, Any]) -> Headline:
    known = {each.name: stored[each.name] for each in fields(Headline) if each.name in stored}
    for name in ("removed_words", "withheld_parts"):
        if name in known:
            known[name] = tuple(known[name])
    return Headline(**known)
