"""The section `organisation`: who the mails and pages speak for, how it looks and in which languages."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from zegel.i18n.languages import DomainPattern, Language, language_by_domain
from zegel.mail.envelope import domain_of
from zegel.settings.fields import FilePath, MailAddress, SiteName, TimeZone, WebAddress
from zegel.theme.contrast import ENOUGH, WHITE, contrast, darker
from zegel.yamlfile import Strict


class Organisation(Strict):
    """Who the mails and pages speak for."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    """The name as recipients know it."""
    address: MailAddress = ""
    """From address of password mails and notices; no-reply@ the first of `domains` when empty."""
    logo: FilePath | None = None
    """A PNG of at most 100 kB, shown at the top of pages and mails."""
    colour: Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")] = "#0b5a83"
    """The accent colour, as #rrggbb; white text has to be readable on it."""
    website: SiteName = ""
    """The organisation's own site as people type it, www.clinic.example: where they can check that a mail is real."""
    support: WebAddress = ""
    """Where recipients can ask for help: https://… or mailto:…"""
    privacy: WebAddress = ""
    """The privacy statement."""
    terms: WebAddress = ""
    """The terms of use."""
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = ("nl", "en")
    """The languages offered; the first is used when nothing else is known."""
    languages_by_domain: Mapping[DomainPattern, Language] = Field(default_factory=dict)
    """The language to write in to addresses in these domains, as {post.example: de, "*.fr": fr}."""
    timezone: TimeZone = "Europe/Amsterdam"
    """Where the moments in pages and mails are told, as Area/City."""

    @field_validator("colour")
    @classmethod
    def _readable(cls, colour: str) -> str:
        if (found := contrast(colour, WHITE)) < ENOUGH:
            raise ValueError(
                f"white text on {colour} has a contrast of {found:.1f}, {ENOUGH} is needed; "
                f"the nearest that has it is {darker(colour, WHITE)}"
            )
        return colour.lower()

    @field_validator("languages_by_domain")
    @classmethod
    def _offered(cls, by_domain: Mapping[str, Language], info: ValidationInfo) -> Mapping[str, Language]:
        offered = info.data.get("languages")
        for domain, language in by_domain.items():
            if offered and language not in offered:
                raise ValueError(f"{domain} is given '{language}', which is not in organisation.languages; add it")
        return by_domain

    def language_for(self, address: str, written: str = "") -> Language:
        """The language to write in to somebody of whom only the address is known, and what was `written` to them."""
        by_domain = language_by_domain(domain_of(address), self.languages_by_domain)
        if by_domain is not None:
            return by_domain
        return next((each for each in self.languages if each == written), self.languages[0])

    def also_for(self, address: str, written: str) -> Language | None:
        """The second language for somebody of whom nothing tells which one they read; English where it is offered."""
        if language_by_domain(domain_of(address), self.languages_by_domain) or written in self.languages:
            return None
        others = self.languages[1:]
        return "en" if "en" in others else next(iter(others), None)

    @field_validator("logo")
    @classmethod
    def _a_png(cls, logo: Path | None) -> Path | None:
        if logo is not None:
            try:
                with logo.open("rb") as file:
                    head, size = file.read(8), logo.stat().st_size
            except OSError as error:
                raise ValueError(f"the logo {logo} cannot be read: {error.strerror}") from None
            if head != b"\x89PNG\r\n\x1a\n" or size > 100_000:
                raise ValueError(f"the logo {logo} must be a PNG of at most 100 kB")
        return logo
