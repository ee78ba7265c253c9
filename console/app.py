"""The map of the console: which address shows what, and to whom."""

from __future__ import annotations

from typing import Any

import bottle

from zegel.core import Core
from zegel.officers.audit import OfficerAudit
from zegel.officers.clear_release import ClearReleases
from zegel.officers.messages import OfficerMessages
from zegel.officers.outbox import OfficerOutbox
from zegel.officers.overview import Overview
from zegel.officers.passkeys import OfficerPasskeys
from zegel.officers.persons import OfficerPersons
from zegel.officers.phones import OfficerPhones
from zegel.officers.rules import OfficerRules
from zegel.officers.sign_in import SignIn
from zegel.officers.sign_on import BACK, OUT, SignOn
from zegel_console.forms import NUMBERS, TRY
from zegel_console.guard import View, Who, check, for_, guard, on_error
from zegel_console.pages import Assets, Pages
from zegel_console.site import Site
from zegel_console.views import audit, entry, home, messages, outbox, passkeys, persons, phones, rules, sign_on, trial
from zegel_console.visit import Names
from zegel_web.assets import Asset, sent
from zegel_web.numbers import in_address
from zegel_web.responses import FILE_POLICY, reply

ROUTES: tuple[tuple[str, str, Who, View], ...] = (
    ("GET", "/", "signed in", home.home),
    ("GET", "/sign-in", "anybody", entry.sign_in),
    ("POST", "/sign-in", "anybody", entry.ask),
    ("GET", "/enter", "anybody", entry.enter),
    ("POST", "/enter", "anybody", entry.unlock),
    ("POST", "/passkey/ask", "anybody", entry.ask_passkey),
    ("POST", "/passkey", "anybody", entry.use_passkey),
    ("POST", "/sign-on", "anybody", sign_on.begin),
    ("GET", BACK, "anybody", sign_on.back),
    ("GET", OUT, "anybody", sign_on.out),
    ("GET", "/confirm", "signed in", entry.confirm),
    ("POST", "/sign-out", "signed in", entry.sign_out),
    ("GET", "/passkeys", "signed in", passkeys.mine),
    ("POST", "/passkeys/ask", "signed in", passkeys.ask_new),
    ("POST", "/passkeys", "signed in", passkeys.add),
    ("GET", "/messages", "officer", messages.find),
    ("GET", "/messages/<number:number>", "officer", messages.story),
    ("GET", "/audit", "signed in", audit.log),
    ("POST", "/audit/verify", "signed in", audit.verify),
    ("GET", "/phones", "officer", phones.book),
    ("GET", "/people", "officer", persons.ask),
    ("POST", "/people", "officer", persons.known),
    ("GET", "/sms", "signed in", phones.sms),
    ("GET", "/outbox", "administrator", outbox.outbox),
    ("GET", "/rules", "officer", rules.overview),
    ("GET", "/rules/edit", "officer", rules.edit),
    ("POST", "/rules/check", "officer", rules.check),
    ("GET", "/rules/history", "officer", rules.history),
    ("GET", "/rules/history/<number:number>", "officer", rules.version),
    ("GET", TRY, "officer", trial.page),
    ("POST", TRY, "officer", trial.attempt),
)
"""What is only looked at, and the way in."""
CHANGES: tuple[tuple[str, str, Who, View], ...] = (
    ("POST", "/passkeys/remove", "signed in", passkeys.remove),
    ("POST", "/messages/<number:number>", "officer", messages.act),
    ("POST", "/people/file", "officer", persons.file),
    ("POST", "/people/erase", "officer", persons.erase),
    ("POST", "/audit/export", "officer", audit.export),
    ("POST", "/phones/give", "officer", phones.give),
    ("POST", "/phones/show", "officer", phones.show),
    ("POST", "/phones/forget", "officer", phones.forget),
    ("POST", NUMBERS, "officer", phones.import_),
    ("POST", "/phones/export", "officer", phones.export),
    ("POST", "/outbox", "administrator", outbox.retry),
    ("POST", "/rules/save", "officer", rules.save),
    ("POST", "/rules/replay", "officer", rules.replay),
    ("POST", "/rules/nearly", "officer", rules.near_misses),
    ("POST", "/rules/history/<number:number>", "officer", rules.back),
)
"""What takes a passkey: what changes something, and what takes much with it at once."""


def create_app(core: Core) -> Any:
    """The console as a bottle.Bottle, that is as a WSGI application."""
    settings = core.settings
    assets, sign_in = Assets(settings), SignIn(settings, core.vault, core.clock)
    rules_ = OfficerRules(core, sign_in)
    releases = ClearReleases(core, rules_)
    site = Site(
        settings=settings,
        core=core,
        sign_in=sign_in,
        sign_on=SignOn(settings, core.vault, sign_in, core.clock),
        passkeys=OfficerPasskeys(settings, core.vault, sign_in, core.clock),
        overview=Overview(settings, core.vault, core.clock),
        messages=OfficerMessages(core.vault, core.access, core.sender, releases, sign_in, core.clock),
        audit=OfficerAudit(core.vault, sign_in, core.clock),
        rules=rules_,
        outbox=OfficerOutbox(core.vault, sign_in, core.clock),
        persons=OfficerPersons(core),
        phones=OfficerPhones(settings, core.vault, core.phonebook, sign_in, core.clock),
        pages=Pages(settings, assets, core.clock),
        assets=assets,
        names=Names.of(settings),
        clock=core.clock,
    )
    app = bottle.Bottle()
    app.router.add_filter("number", lambda _: ("[0-9]+", in_address, None))
    app.config["zegel.rules"] = site.rules  # whoever made the app ends its workers
    app.config["catchall"] = False  # bottle's own way prints tracebacks
    app.config["json.enable"] = False
    app.add_hook("before_request", lambda: check(site, bottle.request))
    app.install(guard(site))
    app.default_error_handler = lambda error: on_error(site, error)
    for changes, routes in ((False, ROUTES), (True, CHANGES)):
        for method, path, who, view in routes:
            app.route(path, method, for_(site, view, who, changes=changes))
    for path, fixed in _fixed(site).items():
        app.route(path, "GET", fixed)
    return app


def _fixed(site: Site) -> dict[str, View]:
    """What is there for everybody."""
    secure = site.settings.console.secure

    def of(made: Asset) -> View:
        return lambda: sent(made, bottle.request, secure=secure)

    assets = (site.assets.style, site.assets.script, site.assets.brand, site.assets.logo, site.assets.own)
    return {
        "/health": lambda: site.plain("ok"),
        "/robots.txt": lambda: site.plain("User-agent: *\nDisallow: /\n"),
        "/favicon.ico": lambda: reply(status=204, policy=FILE_POLICY, secure=secure),
        **{made.path.partition("?")[0]: of(made) for made in assets if made},
    }
