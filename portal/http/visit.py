"""One request, translated: who asks for what, in which language, with which form."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zegel.i18n.catalogues import choose
from zegel.settings.model import Settings
from zegel.vault.tables.records import Delivery, Message
from zegel_portal.http.forms import Posted
from zegel_web.fields import flat

ONWARD = ("conversation", "reply")
"""Where somebody may want to go after the message was unlocked."""
_COOKIE = re.compile(r"[A-Za-z0-9_-]{32,128}")


@dataclass(frozen=True, slots=True)
class Names:
    """The cookies: with the __Host- prefix a browser keeps them to this host and to HTTPS (RFC 6265bis, 4.1.3)."""

    session: str
    language: str
    passkey: str
    device: str

    @classmethod
    def of(cls, settings: Settings) -> Names:
        prefix = "__Host-" if settings.portal.secure else ""
        return cls(f"{prefix}zegel", f"{prefix}zegel-language", f"{prefix}zegel-passkey", f"{prefix}zegel-device")


@dataclass(frozen=True, slots=True)
class Browser:
    """What is known of a browser without looking anything up."""

    cookie: str = field(repr=False)
    """Its secret: what it brought, or a fresh one that it is to keep."""
    fresh: bool
    language: str
    chosen: bool
    """Whether the language was chosen just now, and is to be kept."""
    method: str
    path: str
    query: Mapping[str, str]
    agent: str = ""
    """What it says it is."""
    passkey: str = ""
    """What it keeps about passkeys, see portal/views/passkeys.py."""
    range: str = ""
    if_range: str = ""
    """What it wants of a file that it has a part of (RFC 9110, 14.2 and 13.1.5)."""
    device: str = field(default="", repr=False)
    """The secret of a remembered device; "" when it brought none."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A browser at the pages of one delivery."""

    browser: Browser
    token: str = field(repr=False)
    delivery: Delivery = field(repr=False)
    posted: Posted = field(default_factory=Posted)

    @property
    def form(self) -> Mapping[str, str]:
        """The fields of the form that was sent."""
        return self.posted.fields

    @property
    def onward(self) -> str:
        """The page that the way in leads to: a word of ONWARD, never an address."""
        wish = self.browser.query.get("to", "")
        return wish if wish in ONWARD else ""

    @property
    def path(self) -> str:
        """Where the pages of this delivery are."""
        return f"/m/{self.token}"


@dataclass(frozen=True, slots=True)
class Sent:
    """A browser at the sender's pages of one message."""

    browser: Browser
    token: str = field(repr=False)
    message: Message
    form: Mapping[str, str] = field(repr=False)

    @property
    def path(self) -> str:
        """Where the pages of this message are."""
        return f"/s/{self.token}"


@dataclass(frozen=True, slots=True)
class Removal:
    """A browser at the page that removes a remembered device."""

    browser: Browser
    token: str = field(repr=False)
    form: Mapping[str, str] = field(repr=False)

    @property
    def path(self) -> str:
        """Where that page is."""
        return f"/d/{self.token}"


@dataclass(frozen=True, slots=True)
class Writer:
    """A browser at the pages of those who write first, who have no link yet."""

    browser: Browser
    form: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def token(self) -> str:
        """What its forms are tied to: no link is so short."""
        return "write"

    @property
    def path(self) -> str:
        """Where these pages are."""
        return "/write"


def browser(
    request: Any, settings: Settings, names: Names, fallback: str | None = None, person: str | None = None
) -> Browser:
    """The browser behind a bottle request.

    `person` is the language that its owner chose, `fallback` the one for a browser that has no wish of its own.
    """
    offered = settings.organisation.languages
    query = flat(request.query_string)
    brought = request.get_cookie(names.session) or ""
    device = request.get_cookie(names.device) or ""
    cookie = brought if _COOKIE.fullmatch(brought) else ""
    wish, kept = query.get("lang", ""), request.get_cookie(names.language) or ""
    default = fallback if fallback in offered else offered[0]
    language = next(
        (each for each in (wish, kept, person) if each in offered),
        choose(_header(request, "ACCEPT_LANGUAGE"), offered, default),
    )
    return Browser(
        cookie=cookie or secrets.token_urlsafe(32),
        fresh=not cookie,
        language=language,
        chosen=wish in offered,
        method=request.method,
        path=request.path,
        query=query,
        agent=_header(request, "USER_AGENT"),
        passkey=request.get_cookie(names.passkey) or "",
        range=_header(request, "RANGE"),
        if_range=_header(request, "IF_RANGE"),
        device=device if _COOKIE.fullmatch(device) else "",
    )


def _header(request: Any, name: str) -> str:
    """A header as it came: bottle would take it for UTF-8, and fail when it is not."""
    return str(request.environ.get(f"HTTP_{name}", ""))
