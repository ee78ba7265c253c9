"""The portal as an application: each route finds the visit that a request means, and asks its view."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import bottle

from zegel.core import Core
from zegel.vault.keyring import KeyGone
from zegel_portal.budgets import Budgets
from zegel_portal.convert.converter import Converter
from zegel_portal.guard import REPORT, View, browser_of, check, guard, on_error, proven, tidy, turn_away
from zegel_portal.http.forms import Posted, Uploads
from zegel_portal.http.visit import Names, Removal, Sent, Visit, Writer
from zegel_portal.routes import AFTER_THE_END, CLOSED, DEVICE, FIRST, LOCKED, OPEN, PAGES, SENDER
from zegel_portal.site.assets import Assets
from zegel_portal.site.pages import Pages
from zegel_portal.site.site import Site
from zegel_portal.views import feedback, sms_report
from zegel_portal.views import password_entry as entry
from zegel_portal.views import sender as sent
from zegel_web.assets import Asset
from zegel_web.assets import sent as given
from zegel_web.fields import form_of
from zegel_web.numbers import in_address
from zegel_web.responses import FILE_POLICY, reply

_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,128}")


def create_app(core: Core, *, converter: Converter | None = None, budgets: Budgets | None = None) -> Any:
    """The portal as a bottle.Bottle, that is as a WSGI application."""
    settings = core.settings
    base = urlsplit(settings.portal.url).path.rstrip("/")
    assets = Assets(settings.organisation, base)
    pages = Pages(settings, assets, base, core.clock)
    converter = converter or Converter(office=None if settings.portal.office_previews else "")
    site = Site(
        settings=settings,
        access=core.access,
        passwords=core.passwords,
        codes=core.codes,
        agreed=core.agreed,
        sender=core.sender,
        replies=core.replies,
        writing=core.writing,
        conversations=core.conversations,
        passkeys=core.passkeys,
        trust=core.trust,
        clock=core.clock,
        pages=pages,
        assets=assets,
        converter=converter,
        names=Names.of(settings),
        base=base,
        uploads=Uploads(settings),
        budgets=budgets or Budgets(),
    )

    app = bottle.Bottle()
    app.router.add_filter("number", lambda _: ("[0-9]+", in_address, None))
    app.config["catchall"] = False  # bottle's own way prints tracebacks, and those may hold a link
    app.config["json.enable"] = False
    app.add_hook("before_request", lambda: tidy(site, bottle.request))
    app.add_hook("before_request", lambda: turn_away(site, bottle.request))
    app.add_hook("before_request", lambda: check(site, bottle.request))
    app.install(guard(site))
    app.default_error_handler = lambda error: on_error(site, bottle.request, error)
    for method, path, view in CLOSED:
        app.route(f"{base}/m/<token>{path}", method, _at_delivery(site, view))
    for method, path, view in OPEN:
        app.route(f"{base}/m/<token>{path}", method, _at_delivery(site, _in_session(site, view, path)))
    for method, path, view in SENDER:
        app.route(f"{base}/s/<token>{path}", method, _at_message(site, view))
    for method, view in DEVICE:
        app.route(f"{base}/d/<token>", method, _at_device(site, view))
    for method, path, view in FIRST if settings.write.addresses else ():
        app.route(f"{base}/write{path}", method, _at_beginning(site, view))
    for path in (f"{base}{REPORT}", f"{base}{REPORT}/<reference>"):
        app.route(path, ["GET", "POST"], lambda **place: sms_report.report(site, **place))
    for path, made in _fixed(site).items():
        app.route(path, "GET", made)
    return app


def _at_delivery(site: Site, view: View) -> View:
    """`view` with the visit that the request means; what is no open delivery gets its page here."""

    def show(token: str, **place: int) -> Any:
        with site.uploads.posted(bottle.request) as posted:
            return answer(posted, token, place)

    def answer(posted: Posted, token: str, place: dict[str, int]) -> Any:
        delivery = site.access.delivery(token) if _TOKEN.fullmatch(token) else None
        person = site.trust.people.language(delivery.recipient) if delivery else None
        asking = browser_of(site, delivery.language if delivery else None, person)
        if delivery is None:
            return entry.unknown(site, asking, token, posted.fields)
        visit = Visit(asking, token, delivery, posted)
        if site.access.ended(delivery) and not (view in AFTER_THE_END and proven(site, visit)):
            return feedback.ended(site, visit)
        if not proven(site, visit):
            return site.problem(asking, 403, "form", link=f"{site.base}{visit.path}")
        try:
            return view(site, visit, **place)
        except KeyGone:
            return feedback.ended(site, replace(visit, delivery=replace(delivery, state="expired")))

    return show


def _at_message(site: Site, view: View) -> View:
    """`view` with the sender's visit to the message that the request means."""

    def show(token: str) -> Any:
        request = bottle.request
        message = site.sender.message(token) if _TOKEN.fullmatch(token) else None
        asking = browser_of(site)
        if message is None:
            return site.problem(asking, 404, "link")
        visit = Sent(asking, token, message, form_of(request) if request.method == "POST" else {})
        if site.sender.ended(message) and not (view is sent.extend and proven(site, visit)):
            return sent.ended(site, visit)
        if not proven(site, visit):
            return site.problem(asking, 403, "form", link=f"{site.base}{visit.path}")
        try:
            return view(site, visit)
        except KeyGone:
            return sent.ended(site, visit)

    return show


def _at_device(site: Site, view: View) -> View:
    """`view` with the visit to the page that removes a remembered device."""

    def show(token: str) -> Any:
        request, asking = bottle.request, browser_of(site)
        if not _TOKEN.fullmatch(token):
            return site.problem(asking, 404, "link")
        removal = Removal(asking, token, form_of(request) if request.method == "POST" else {})
        if not proven(site, removal):
            return site.problem(asking, 403, "form", link=f"{site.base}{removal.path}")
        return view(site, removal)

    return show


def _at_beginning(site: Site, view: View) -> View:
    """`view` with the visit of somebody who has no link."""

    def show() -> Any:
        request = bottle.request
        visit = Writer(browser_of(site), form_of(request) if request.method == "POST" else {})
        if not proven(site, visit):
            return site.problem(visit.browser, 403, "form", link=f"{site.base}{visit.path}")
        return view(site, visit)

    return show


def _in_session(site: Site, view: View, path: str) -> View:
    def show(site: Site, visit: Visit, **place: int) -> Any:
        if site.access.session(visit.browser.cookie, visit.delivery):
            return view(site, visit, **place)
        if (instead := LOCKED.get(view)) is not None:
            return instead(site, visit)
        if path in PAGES or visit.browser.method == "POST":
            return site.go(visit, f"?s=again{_onward(path)}")
        return site.problem(visit.browser, 403, "session", link=f"{site.base}/m/{visit.token}")

    return show


def _onward(path: str) -> str:
    """What an address takes along through the way in, so that it leads back there."""
    word = {"/reply": "reply"}.get(path, "conversation" if path.startswith(("/reply/", "/conversation")) else "")
    return f"&to={word}" if word else ""


def _fixed(site: Site) -> dict[str, View]:
    """What is there without a delivery."""
    base, secure = site.base, site.settings.portal.secure

    def text(words: str) -> View:
        return lambda: sms_report.plain(site, words)

    def asset(made: Asset) -> View:
        return lambda: given(made, bottle.request, secure=secure)

    assets = (site.assets.style, site.assets.script, site.assets.compose, site.assets.brand, site.assets.logo)
    return {
        f"{base}/": lambda: site.pages.show("home", browser_of(site), writing=bool(site.settings.write.addresses)),
        "/health": text("ok"),
        "/robots.txt": text("User-agent: *\nDisallow: /\n"),
        "/favicon.ico": lambda: reply(status=204, policy=FILE_POLICY, secure=secure),
        **{made.path.partition("?")[0]: asset(made) for made in assets if made},
    }
