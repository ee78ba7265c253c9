"""The languages that Zegel speaks, and what zegel.yaml says by language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator

from zegel.mail.domains import ascii_domain
from zegel.yamlfile import Strict

Language = Literal["nl", "en", "de", "fr"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
"""Those with a catalogue in portal/locale and zegel/notices/locale; docs/languages.md says how to add one."""


class ByLanguage(Strict):
    """A text in each language."""

    nl: str = ""
    en: str = ""
    de: str = ""
    fr: str = ""

    def in_(self, language: str) -> str:
        """The text in `language`; where it is not given the English one, else the first that is."""
        given: dict[str, str] = {each: getattr(self, each) for each in LANGUAGES}
        return given.get(language) or self.en or next(filter(None, given.values()), "")


def _domain_pattern(pattern: str) -> str:
    """A domain, or `*.` and the end of one, as it stands in addresses."""
    start, name = ("*.", pattern[2:]) if pattern.startswith("*.") else ("", pattern)
    domain = ascii_domain(name)
    if not domain or not (start or "." in domain):
        raise ValueError(f"'{pattern}' is not a domain; write it as post.example, or as *.fr for all that end so")
    return start + domain


DomainPattern = Annotated[str, AfterValidator(_domain_pattern)]


def language_by_domain(domain: str, by_domain: Mapping[str, Language]) -> Language | None:
    """The language for addresses in `domain` (ASCII, small letters); of several patterns the most exact one decides.

    >>> language_by_domain("mail.post.fr", {"*.fr": "fr", "*.post.fr": "nl"})
    'nl'
    >>> language_by_domain("fr", {"*.fr": "fr"}) is None
    True
    """
    ends = ["*" + domain[at:] for at, sign in enumerate(domain) if sign == "."]
    return next((by_domain[each] for each in (domain, *ends) if each in by_domain), None)
