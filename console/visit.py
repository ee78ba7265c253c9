"""One request, translated: who asks for what, in which language, with which form."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zegel.i18n.catalogues import choose
from zegel.officers.sign_in import SignedIn
from zegel.settings.model import Settings
from zegel_console.forms import Posted
from zegel_web.fields import flat

_COOKIE = re.compile(r"[A-Za-z0-9_-]{32,128}")
_PATH = re.compile(r"/[a-z0-9/-]*")


@dataclass(frozen=True, slots=True)
class Names:
    """The cookies, apart from the portal's: a browser sends one to every port of a machine (RFC 6265, 8.5)."""

    session: str
    language: str
    way: str
    """Of a browser that is at the provider, or on its way back."""

    @classmethod
    def of(cls, settings: Settings) -> Names:
        prefix = "__Host-" if settings.console.secure else ""
        own = f"{prefix}zegel-console"
        return cls(own, f"{own}-language", f"{own}-sign-on")


@dataclass(frozen=True, slots=True)
class Visit:
    """A browser at a page of the console."""

    cookie: str = field(repr=False)
    """Its secret: what it brought, or a fresh one that it is to keep."""
    fresh: bool
    language: str
    chosen: bool
    """Whether the language was chosen just now, and is to be kept."""
    method: str
    path: str
    query: Mapping[str, str] = field(repr=False)
    agent: str = ""
    way: str = field(default="", repr=False)
    """What it kept while it was at the provider."""
    posted: Posted = field(default_factory=Posted)
    who: SignedIn | None = None

    @property
    def form(self) -> Mapping[str, str]:
        return self.posted.fields

    @property
    def officer(self) -> bool:
        return self.who is not None and self.who.person.officer

    @property
    def administrator(self) -> bool:
        return self.who is not None and self.who.person.administrator

    @property
    def onward(self) -> str:
        """The page of ours that the way in leads to; never an address elsewhere."""
        return ours(self.query.get("to", ""))


def ours(wish: str) -> str:
    """`wish` where it is a page of the console, else the first one."""
    return wish if _PATH.fullmatch(wish) and not wish.startswith("//") else "/"


def visit_of(request: Any, settings: Settings, names: Names) -> Visit:
    """The browser behind a bottle request; nobody is signed in yet."""
    offered = settings.organisation.languages
    query = flat(request.query_string)
    brought = request.get_cookie(names.session) or ""
    cookie = brought if _COOKIE.fullmatch(brought) else ""
    wish, kept = query.get("lang", ""), request.get_cookie(names.language) or ""
    accepted = str(request.environ.get("HTTP_ACCEPT_LANGUAGE", ""))
    return Visit(
        cookie=cookie or secrets.token_urlsafe(32),
        fresh=not cookie,
        language=next((each for each in (wish, kept) if each in offered), choose(accepted, offered, offered[0])),
        chosen=wish in offered,
        method=request.method,
        path=request.path,
        query=query,
        agent=str(request.environ.get("HTTP_USER_AGENT", "")),
        way=request.get_cookie(names.way) or "",
    )
