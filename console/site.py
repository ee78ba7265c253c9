"""What the views of the console share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from zegel.core import Core
from zegel.officers.audit import OfficerAudit
from zegel.officers.messages import OfficerMessages
from zegel.officers.outbox import OfficerOutbox
from zegel.officers.overview import Overview
from zegel.officers.passkeys import OfficerPasskeys
from zegel.officers.persons import OfficerPersons
from zegel.officers.phones import OfficerPhones
from zegel.officers.rules import OfficerRules
from zegel.officers.sign_in import SignIn
from zegel.officers.sign_on import SignOn
from zegel.settings.model import Settings
from zegel_console.pages import Assets, Pages
from zegel_console.visit import Names, Visit
from zegel_web.responses import FILE_POLICY, reply


@dataclass(frozen=True, slots=True)
class Site:
    """One console. Nothing of it is global."""

    settings: Settings
    core: Core
    sign_in: SignIn
    sign_on: SignOn
    passkeys: OfficerPasskeys
    overview: Overview
    messages: OfficerMessages
    audit: OfficerAudit
    outbox: OfficerOutbox
    phones: OfficerPhones
    persons: OfficerPersons
    rules: OfficerRules
    pages: Pages
    assets: Assets
    names: Names
    clock: Callable[[], float]

    def page(self, name: str, visit: Visit, status: int = 200, **shown: Any) -> Any:
        """A page, with the field that its forms need."""
        provider = self.settings.console.sign_on
        return self.pages.show(name, visit, status, csrf=self.sign_in.csrf(visit.cookie), provider=provider, **shown)

    def problem(self, visit: Visit, status: int, problem: str, **shown: Any) -> Any:
        """The page that says what went wrong and what to do; `problem` names its words in problem.html."""
        return self.page("problem", visit, status, **{"problem": problem, "reference": "", **shown})

    def go(self, path: str, cookie: str = "") -> Any:
        return self.pages.go(path, cookie)

    def sent_on(self, visit: Visit, url: str) -> Any:
        """A page that leads on at once, to the provider or from it.

        A redirect would not do: browsers hold those of forms against form-action, and bring no strict cookie behind one
        that began elsewhere. What the address of this page has in it shows nowhere on it.
        """
        return self.page("sent_on", replace(visit, query={}, method="POST", fresh=False), url=url)

    def file(self, pieces: Iterable[bytes], name: str, kind: str) -> Any:
        """A file to keep; `name` has ASCII letters, digits, dots and dashes only."""
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return reply(pieces, kind=kind, policy=FILE_POLICY, secure=self.settings.console.secure, headers=headers)

    def plain(self, words: str, status: int = 200, kind: str = "text/plain; charset=utf-8") -> Any:
        """Something for a program or a script."""
        return reply(words, status, kind=kind, policy=FILE_POLICY, secure=self.settings.console.secure)
