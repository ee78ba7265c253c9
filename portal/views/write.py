"""Writing first: whom to write to, the address that is to be proved, and the password that proves it.

What goes on then is a reply form like any other, behind the link that the proof opens (reply.py). A page never says
whether an address is known, and never repeats what an address or a link brought.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import bottle

from zegel.conversations.first_limits import network_of
from zegel.conversations.writing import PROOF_SECONDS, Pending, Started
from zegel_portal.http.visit import Writer
from zegel_portal.site.site import Site

_STATUS = {"often": 429}
_LONGEST = 320
"""Characters of an address that are looked at."""
LONG_LIST = 30
"""Of a list with more than these each entry says what it is for on its own page only."""


def start(site: Site, visit: Writer) -> Any:
    """Everybody who can be written to, or the form for the one in the address."""
    to = visit.browser.query.get("to", "")
    return _form(site, visit, to, "") if to else _list(site, visit)


def ask(site: Site, visit: Writer) -> Any:
    """Has a password sent, and goes on to the field for it, whatever became of that."""
    typed, to = visit.form.get("address", "")[:_LONGEST], visit.form.get("to", "")[:_LONGEST]
    cookie, language = visit.browser.cookie, visit.browser.language
    asked = site.writing.ask(to, typed, cookie, _network(site), language)
    if asked.kind in ("sent", "recent"):
        return site.go(visit, f"/password?s={asked.kind}")
    return _form(site, visit, to, typed, asked.kind)


def enter(site: Site, visit: Writer) -> Any:
    """The field for the password, in the browser that asked for one."""
    pending = site.writing.pending(visit.browser.cookie)
    return _enter(site, visit, pending) if pending else site.go(visit)


def prove(site: Site, visit: Writer) -> Any:
    """Opens the form for the message, or says why not."""
    pending = site.writing.pending(visit.browser.cookie)
    answer = site.writing.prove(visit.browser.cookie, visit.form.get("password", "")[:200])
    if isinstance(answer, Started):
        return site.pages.go(f"/m/{answer.token}/reply?s=proved", answer.cookie)
    if pending is None or answer.kind == "none":
        return site.go(visit, "?s=over")
    return _enter(site, visit, pending, answer.kind, answer.tries_left, 422)


def _list(site: Site, visit: Writer, notice: str = "") -> Any:
    addresses = site.settings.write.addresses
    categories = list(dict.fromkeys(["", *(each.category for each in addresses)]))
    groups = [(name, [each for each in addresses if each.category == name]) for name in categories]
    return site.page(
        "write",
        visit,
        groups=[(name, found) for name, found in groups if found],
        brief=len(addresses) > LONG_LIST,
        notice=notice or visit.browser.query.get("s", ""),
    )


def _form(site: Site, visit: Writer, to: str, typed: str, error: str = "") -> Any:
    """The form for a published address; the list for any other, without a word of it."""
    published = site.settings.write.published(to[:_LONGEST])
    if published is None:
        return _list(site, visit, "unknown")
    status = _STATUS.get(error, 422) if error else 200
    headers = {"Retry-After": "3600"} if status == 429 else {}
    return site.page(
        "write_from",
        visit,
        status,
        published=published,
        typed=typed,
        error=error,
        headers=headers,
        kept_query=f"to={quote(published.address)}&",
    )


def _enter(site: Site, visit: Writer, pending: Pending, error: str = "", tries_left: int = 0, status: int = 200) -> Any:
    return site.page(
        "write_password",
        visit,
        status,
        pending=pending,
        minutes=PROOF_SECONDS // 60,
        notice=visit.browser.query.get("s", ""),
        error=error,
        tries_left=tries_left,
    )


def _network(site: Site) -> str:
    """Where the request comes from: as the web server in front says, who else speaks to the portal."""
    environ, header = bottle.request.environ, site.settings.write.client_header
    told = environ.get("HTTP_" + header.upper().replace("-", "_"), "") if header else ""
    return network_of(told or environ.get("REMOTE_ADDR", ""))
