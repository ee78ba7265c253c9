"""What the views of one portal share. Nothing of it is global: a process may hold several portals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from zegel.conversations.conversations import Conversations
from zegel.conversations.replies import Replies
from zegel.conversations.writing import Writing
from zegel.senders.pages import SenderPages
from zegel.settings.model import Settings
from zegel.unlock.access import Access, Card
from zegel.unlock.agreed_way import AgreedWay
from zegel.unlock.passkeys import Passkeys
from zegel.unlock.password_way import Passwords
from zegel.unlock.sms_codes import Codes
from zegel.unlock.trust import Trust
from zegel_portal.budgets import Budgets
from zegel_portal.convert.converter import Converter
from zegel_portal.http.forms import Uploads
from zegel_portal.http.visit import Browser, Names, Removal, Sent, Visit, Writer
from zegel_portal.mail.opened_mails import Mails
from zegel_portal.site.assets import Assets
from zegel_portal.site.pages import Pages
from zegel_web.responses import FILE_POLICY, Body, reply


@dataclass(frozen=True, slots=True)
class Site:
    """One portal."""

    settings: Settings
    access: Access
    passwords: Passwords
    codes: Codes
    agreed: AgreedWay
    sender: SenderPages
    replies: Replies
    writing: Writing
    conversations: Conversations
    pages: Pages
    assets: Assets
    converter: Converter
    names: Names
    base: str
    """The path of the portal's address, "" when it has none."""
    clock: Callable[[], float]
    uploads: Uploads
    passkeys: Passkeys
    mails: Mails = field(init=False)
    trust: Trust
    budgets: Budgets

    def __post_init__(self) -> None:
        object.__setattr__(self, "mails", Mails(self.access, self.converter))

    def page(self, name: str, visit: Visit | Sent | Removal | Writer, status: int = 200, **shown: Any) -> Any:
        """A page about a delivery or a message, with the field that its forms need."""
        csrf = self.access.csrf(visit.browser.cookie, visit.token)
        here = f"{self.base}{visit.path}"
        onward = f"?to={visit.onward}" if isinstance(visit, Visit) and visit.onward else ""
        if isinstance(visit, Visit):
            shown["with_passkey"] = lambda: self.passkeys.usable(visit.delivery)
            shown["passkeys_offered"] = self.passkeys.offered
        if isinstance(visit, Sent) and status == 200:  # another language is of the same recipient, or the same number
            same = {name: visit.browser.query[name] for name in ("d", "t") if visit.browser.query.get(name)}
            shown.setdefault("kept_query", f"{urlencode(same)}&" if same else "")
        return self.pages.show(name, visit.browser, status, csrf=csrf, here=here, onward=onward, **shown)

    def card(self, visit: Visit) -> Card:
        """What may be said about the message before it is unlocked."""
        return self.access.card(visit.delivery)

    def go(self, visit: Visit | Sent | Removal | Writer, where: str = "", cookie: str = "") -> Any:
        """On to another page of the same delivery or message."""
        return self.pages.go(f"{visit.path}{where}", cookie)

    def further(self, visit: Visit, where: str, cookie: str = "") -> Any:
        """On to another page of the way in, which leads on to where the visitor wanted to go."""
        joint = "&" if "?" in where else "?"
        return self.go(visit, f"{where}{joint}to={visit.onward}" if visit.onward else where, cookie)

    def arrive(self, visit: Visit, cookie: str = "") -> Any:
        """To what was unlocked: the message, or where the visitor wanted to go."""
        return self.go(visit, f"/{visit.onward or 'message'}", cookie)

    def problem(self, browser: Browser, status: int, problem: str, **shown: Any) -> Any:
        """The page that says what went wrong and what to do; `problem` names its words in problem.html."""
        empty = {"until": 0.0, "reference": "", "link": "", "passkey": "", "sender": ""}
        return self.pages.show("problem", browser, status, **{"problem": problem, **empty, **shown})

    def file(self, body: Body, kind: str, headers: dict[str, str] | None = None) -> Any:
        """Something that is no page: a browser may save it or draw it, and it can do nothing."""
        return reply(body, kind=kind, policy=FILE_POLICY, secure=self.settings.portal.secure, headers=headers)
