"""What stands in front of the views: hosts, sizes, forged forms, who may see what, and errors that reveal nothing."""

from __future__ import annotations

import logging
import secrets
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlencode

import bottle

from zegel.officers.sign_on import BACK, OUT
from zegel_console.forms import posted, takes
from zegel_console.site import Site
from zegel_console.visit import Visit, visit_of
from zegel_web.hosts import same_host

_log = logging.getLogger("zegel.console")

View = Callable[..., Any]
Who = Literal["anybody", "signed in", "officer", "administrator"]
_ROLES: dict[Who, Callable[[Visit], bool]] = {
    "anybody": lambda _: True,
    "signed in": lambda visit: visit.who is not None,
    "officer": lambda visit: visit.officer,
    "administrator": lambda visit: visit.administrator,
}


def check(site: Site, request: Any) -> None:
    """Refuses what is not meant for this console before anything is looked up."""
    if request.path != "/health" and not same_host(request.environ.get("HTTP_HOST", ""), site.settings.console.url):
        raise site.problem(visitor(site), 400, "host")
    if request.content_length > takes(request.method, request.path):
        raise site.problem(visitor(site), 413, "large")


def visitor(site: Site) -> Visit:
    """The browser behind the request, with who it is signed in as."""
    visit = visit_of(bottle.request, site.settings, site.names)
    return visit if visit.fresh else replace(visit, who=site.sign_in.session(visit.cookie))


def for_(site: Site, view: View, who: Who, *, changes: bool) -> View:
    """`view` for those who may see it. What `changes` something takes a passkey that spoke a short while ago."""

    def show(**place: Any) -> Any:
        visit = visitor(site)
        if _from_elsewhere(visit):
            asked = urlencode(visit.query)
            return site.sent_on(visit, f"{visit.path}?{asked}".rstrip("?"))
        if not _ROLES[who](visit):
            if visit.who is not None:
                return site.problem(visit, 403, "role")
            onward = urlencode({"to": visit.path}) if visit.method == "GET" and visit.path != "/" else ""
            return site.go(f"/sign-in?{onward}".rstrip("?"))
        if visit.method == "POST":
            visit = replace(visit, posted=posted(bottle.request))
            if not _proven(site, visit):
                return site.problem(visit, 403, "form")
        if changes and visit.who is not None and not visit.who.strong:
            back = replace(visit, query={"to": visit.form.get("back", "")}).onward
            return site.page("confirm", visit, 403, onward=back, error="", again=True, some=_has_one(site, visit))
        return view(site, visit, **place)

    return show


def _from_elsewhere(visit: Visit) -> bool:
    """Whether a link of another site was followed, as of webmail: then the browser brings no cookie that is strict.

    It would lose the one that it has for a fresh one, and with that whoever is signed in.
    """
    link = bottle.request.get_header("Sec-Fetch-Site") == "cross-site" and visit.method == "GET"
    return link and visit.fresh and visit.path not in (BACK, OUT)


def _has_one(site: Site, visit: Visit) -> bool:
    return visit.who is not None and bool(site.passkeys.of(visit.who.person.address))


def _proven(site: Site, visit: Visit) -> bool:
    """Whether this may change something: a form of these pages, in the browser that they were shown in."""
    # A site on a neighbouring name or port has our cookies sent along; browsers say where a form stood.
    if bottle.request.get_header("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return False
    return not visit.fresh and site.sign_in.csrf_ok(visit.cookie, visit.form.get("csrf", ""))


def guard(site: Site) -> Callable[[View], View]:
    """A plugin that turns an unexpected error into a page, and into a log line without content."""

    def around(view: View) -> View:
        def show(**place: Any) -> Any:
            try:
                return view(**place)
            except bottle.HTTPResponse:
                raise
            except Exception as error:
                return _unexpected(site, error)

        return show

    return around


def _unexpected(site: Site, error: Exception) -> Any:
    """What went wrong stays here: the type and the place in the code, found again by a random reference."""
    reference = secrets.token_hex(4)
    frame = traceback.extract_tb(error.__traceback__)[-1]
    _log.error("reference %s: %s at %s:%s", reference, type(error).__name__, Path(frame.filename).name, frame.lineno)
    return site.problem(visit_of(bottle.request, site.settings, site.names), 500, "unexpected", reference=reference)


def on_error(site: Site, error: Any) -> Any:
    """Bottle's own errors: no such address, no such method, a path that is no text."""
    status = error.status_code
    problem = {404: "page", 405: "method"}.get(status, "method" if status < 500 else "unexpected")
    return site.problem(visit_of(bottle.request, site.settings, site.names), status, problem)
