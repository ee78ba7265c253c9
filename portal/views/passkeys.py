"""Passkeys: opening with one, and the recipient's own list of them.

The talking to the device is done by portal.js, which asks `…/ask` and sends the answer in a form like any other.
"""

from __future__ import annotations

from typing import Any

from zegel.i18n.catalogues import translations
from zegel.unlock.passkeys import PASSKEYS_MOST, PasskeyRefused
from zegel.unlock.way import Opened
from zegel_portal.http.visit import Visit
from zegel_portal.site.pages import FOLDER
from zegel_portal.site.site import Site
from zegel_portal.views import feedback as feedback
from zegel_web.numbers import row_number
from zegel_web.responses import FILE_POLICY, reply
from zegel_web.user_agent import kind_of

HERE, DECLINED = "here", "no"
"""What a browser keeps: that it has a passkey, or that nobody wants to be asked again."""
_KEPT_SECONDS = 365 * 24 * 3600
_LONGEST = 20_000
"""Signs in an answer of a browser; a real one has a few thousand at most."""


# The way in.


def way_in(site: Site, visit: Visit) -> Any:
    """The page with nothing but the button, for who comes from a page without it."""
    if site.access.session(visit.browser.cookie, visit.delivery):
        return site.arrive(visit)
    return _way_in(site, visit) if site.passkeys.usable(visit.delivery) else site.further(visit, "")


def ask(site: Site, visit: Visit) -> Any:
    """What the device is to sign, for the script."""
    return _options(site, visit, site.passkeys.ask(visit.delivery, visit.browser.cookie))


def unlock(site: Site, visit: Visit) -> Any:
    """Opens the message with the answer of the device, or says why not."""
    answer = site.passkeys.open(visit.token, visit.form.get("answer", "")[:_LONGEST], visit.browser.cookie)
    if isinstance(answer, Opened):
        return _keep(site, site.arrive(visit, answer.cookie), HERE)
    if answer.kind == "ended":
        return feedback.ended(site, visit)
    return site.further(visit, "") if answer.kind == "closed" else _way_in(site, visit, answer.kind, 422)


# After the unlock.


def mine(site: Site, visit: Visit) -> Any:
    """What a passkey is, how to make one, and those that there are."""
    return _mine(site, visit, notice=visit.browser.query.get("s", "")) if site.passkeys.offered else site.go(visit)


def ask_new(site: Site, visit: Visit) -> Any:
    """What the device needs to make a passkey, for the script."""
    return _options(site, visit, site.passkeys.ask_new(visit.delivery, visit.browser.cookie))


def add(site: Site, visit: Visit) -> Any:
    """Keeps the passkey that the device made."""
    answer, language = visit.form.get("answer", "")[:_LONGEST], visit.browser.language
    name = name_of(visit.browser.agent, language)
    added = site.passkeys.add(visit.delivery, visit.browser.cookie, answer, name, language)
    if isinstance(added, PasskeyRefused):
        return site.go(visit) if added.kind in ("closed", "ended") else _mine(site, visit, added.kind, 422)
    return _keep(site, site.go(visit, "/passkeys?s=added"), HERE)


def change(site: Site, visit: Visit) -> Any:
    """Gives a passkey another name, or removes it."""
    passkey = row_number(visit.form.get("passkey", "")) or 0
    if "name" in visit.form:
        done = "renamed" if site.passkeys.rename(visit.delivery, passkey, visit.form["name"][:200]) else "unnamed"
    else:
        site.passkeys.remove(visit.delivery, passkey)
        done = "removed"
    return site.go(visit, f"/passkeys?s={done}")


def decline(site: Site, visit: Visit) -> Any:
    """The message page does not offer it again in this browser."""
    return _keep(site, site.go(visit, "/message"), DECLINED)


def name_of(agent: str, language: str) -> str:
    """A name for the passkey of a browser that its owner recognises."""
    _ = translations(FOLDER, language).gettext
    kind = kind_of(agent)
    if kind.browser and kind.system:
        return _("%(browser)s on %(system)s") % {"browser": kind.browser, "system": kind.system}
    return kind.browser or kind.system or _("Passkey")


def _way_in(site: Site, visit: Visit, error: str = "", status: int = 200) -> Any:
    called = visit.delivery.way == "sms" and site.codes.by_call(visit.delivery)
    return site.page("passkey", visit, status, card=site.card(visit), error=error, called=called)


def _mine(site: Site, visit: Visit, error: str = "", status: int = 200, notice: str = "") -> Any:
    there = site.passkeys.of(visit.delivery)
    more = {"level": visit.delivery.level, "full": len(there) >= PASSKEYS_MOST, "most": PASSKEYS_MOST}
    return site.page("passkeys", visit, status, passkeys=there, error=error, notice=notice, **more)


def _options(site: Site, visit: Visit, options: str | PasskeyRefused) -> Any:
    """JSON for the script; a refusal is its word, which the script has a sentence for."""
    refused = isinstance(options, PasskeyRefused)
    return reply(
        options.kind if isinstance(options, PasskeyRefused) else options,
        422 if refused else 200,
        kind="text/plain; charset=utf-8" if refused else "application/json",
        policy=FILE_POLICY,
        secure=site.settings.portal.secure,
    )


def _keep(site: Site, answer: Any, word: str) -> Any:
    site.pages.remember(answer, site.names.passkey, word, _KEPT_SECONDS)
    return answer
