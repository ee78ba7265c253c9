"""The way in: an address, the password from the mail, or a passkey; and out again."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from zegel.officers.passkeys import NoPasskey
from zegel.officers.sign_in import NotIn
from zegel.unlock.passwords import Busy
from zegel_console.site import Site
from zegel_console.visit import Visit

LONGEST_ANSWER = 60_000
SIGN_ON = "sign-on-"
"""What the words for trouble at the provider begin with."""


def sign_in(site: Site, visit: Visit) -> Any:
    """The first page."""
    if visit.who is not None:
        return site.go(visit.onward)
    told = visit.query.get("s", "")
    return first(site, visit, error=told if told.startswith(SIGN_ON) else "", notice=told)


def ask(site: Site, visit: Visit) -> Any:
    """Sends a password, and says the same to everybody."""
    if site.sign_in.elsewhere:
        return site.problem(visit, 404, "page")
    typed = visit.form.get("address", "").strip()
    if "@" not in typed:
        return first(site, visit, 422, error="address")
    try:
        site.sign_in.ask(typed, visit.cookie, visit.language)
    except Busy:
        return first(site, visit, 503, error="busy")
    return site.go(f"/enter?s=sent{_onward(visit)}")


def enter(site: Site, visit: Visit) -> Any:
    """Where the password is typed."""
    if visit.who is not None:
        return site.go(visit.onward)
    if site.sign_in.elsewhere:
        return site.go("/sign-in")
    return site.page("enter", visit, error="", notice=visit.query.get("s", ""), onward=_onward(visit))


def unlock(site: Site, visit: Visit) -> Any:
    """Signs in with a password."""
    if site.sign_in.elsewhere:
        return site.problem(visit, 404, "page")
    entered = site.sign_in.enter(visit.form.get("password", "")[:200], visit.cookie)
    if isinstance(entered, NotIn):
        status = 503 if entered.kind == "busy" else 422
        return site.page("enter", visit, status, error=entered.kind, notice="", onward=_onward(visit))
    return site.go(visit.onward, entered.cookie)


def ask_passkey(site: Site, visit: Visit) -> Any:
    """What the device is to sign, for the script."""
    return options(site, site.passkeys.ask(visit.cookie, visit.who.person.address if visit.who else ""))


def use_passkey(site: Site, visit: Visit) -> Any:
    """Signs in with a passkey, or has it speak for a change."""
    entered = site.passkeys.enter(visit.cookie, visit.form.get("answer", "")[:LONGEST_ANSWER], visit.who)
    if isinstance(entered, NoPasskey):
        if visit.who is None:
            return first(site, visit, 422, error=entered.kind)
        return confirmed(site, visit, 422, entered.kind)
    return site.go(visit.onward, entered.cookie)


def confirm(site: Site, visit: Visit) -> Any:
    """Where somebody proves once more who they are, before a change."""
    told = visit.query.get("s", "")
    return confirmed(site, visit, error=told if told.startswith(SIGN_ON) else "")


def sign_out(site: Site, visit: Visit) -> Any:
    site.sign_in.sign_out(visit.cookie)
    elsewhere = site.sign_on.sign_out_at()
    answer = site.sent_on(visit, elsewhere) if elsewhere else site.go("/sign-in?s=out")
    site.pages.forget(answer)
    return answer


def options(site: Site, found: str | NoPasskey) -> Any:
    """JSON for the script; a refusal is its word, which the script has a sentence for."""
    if isinstance(found, NoPasskey):
        return site.plain(found.kind, 422)
    return site.plain(found, kind="application/json")


def first(site: Site, visit: Visit, status: int = 200, *, error: str = "", notice: str = "") -> Any:
    return site.page(
        "sign_in", visit, status, error=error, notice=notice, onward=_onward(visit, "?"),
        nobody=not site.settings.console.in_use,
    )  # fmt: skip


def confirmed(site: Site, visit: Visit, status: int = 200, error: str = "") -> Any:
    some = visit.who is not None and bool(site.passkeys.of(visit.who.person.address))
    return site.page("confirm", visit, status, onward=visit.onward, error=error, again=False, some=some)


def _onward(visit: Visit, joint: str = "&") -> str:
    return f"{joint}{urlencode({'to': visit.onward})}" if visit.onward != "/" else ""
