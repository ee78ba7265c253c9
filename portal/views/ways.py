"""The pages of each way in. A new way is a line here, beside its part in zegel/unlock/."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from zegel.way_names import WayName
from zegel_portal.http.visit import Visit
from zegel_portal.site.site import Site
from zegel_portal.views import agreed_entry, code_entry, password_entry

View = Callable[[Site, Visit], Any]


@dataclass(frozen=True, slots=True)
class WayIn:
    """From the link to the message."""

    landing: View
    """Who wrote, and what happens next."""
    ask: View
    """Has it sent."""
    enter: View
    """The field for it."""
    unlock: View
    """Opens the message, or says why not."""


WAYS_IN: Mapping[WayName, WayIn] = {
    "password": WayIn(
        password_entry.landing, password_entry.send_password, password_entry.enter, password_entry.unlock
    ),
    "agreed": WayIn(agreed_entry.landing, agreed_entry.ask, agreed_entry.enter, agreed_entry.unlock),
    "sms": WayIn(code_entry.landing, code_entry.send, code_entry.enter, code_entry.unlock),
}


def of_way(page: Literal["landing", "enter", "unlock"]) -> View:
    """That page of the way in which the delivery that is visited has."""

    def show(site: Site, visit: Visit) -> Any:
        view: View = getattr(WAYS_IN[visit.delivery.way], page)
        return view(site, visit)

    return show


def asking(way: WayName) -> View:
    """Has what `way` takes sent; a form of another way, from before the level was raised, leads to the beginning."""

    def ask(site: Site, visit: Visit) -> Any:
        return WAYS_IN[way].ask(site, visit) if visit.delivery.way == way else site.further(visit, "")

    return ask
