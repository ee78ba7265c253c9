"""A recipient's own settings, after the unlock: their phrase, their language, their devices."""

from __future__ import annotations

from typing import Any

from zegel.recipients.preferences import LONGEST, SHORTEST
from zegel_portal.http.visit import Visit
from zegel_portal.site.site import Site
from zegel_web.numbers import row_number

_LONGEST_TYPED = 500


def you(site: Site, visit: Visit) -> Any:
    """What they chose, and what is remembered of them."""
    return _you(site, visit)


def phrase(site: Site, visit: Visit) -> Any:
    """Sets the phrase by which they know our mails, or says what is wrong with it."""
    typed = visit.form.get("phrase", "")[:_LONGEST_TYPED]
    problem = site.trust.people.choose_phrase(visit.delivery.recipient, typed)
    if problem:
        return _you(site, visit, 422, typed=typed, error=problem)
    return site.go(visit, "/you?s=phrase" if typed.strip() else "/you?s=no-phrase")


def language(site: Site, visit: Visit) -> Any:
    """Sets the language of their mails, and of the pages also in this browser."""
    chosen = visit.form.get("language", "")
    offered = site.settings.organisation.languages
    site.trust.people.choose_language(visit.delivery.recipient, chosen)
    return site.go(visit, f"/you?s=language&lang={chosen}" if chosen in offered else "/you?s=language")


def remove_device(site: Site, visit: Visit) -> Any:
    """Forgets one of their devices."""
    number = row_number(visit.form.get("device", ""))
    gone = number is not None and site.trust.devices.remove(visit.delivery, number)
    return site.go(visit, "/you?s=device" if gone else "/you")


def _you(site: Site, visit: Visit, status: int = 200, typed: str = "", error: str = "") -> Any:
    chosen = site.trust.people.person(visit.delivery.recipient)
    return site.page(
        "you",
        visit,
        status,
        card=site.card(visit),
        person=chosen,
        phrase=typed if error else chosen.phrase,
        error=error,
        shortest=SHORTEST,
        longest=LONGEST,
        notice="" if error else visit.browser.query.get("s", ""),
        devices=site.trust.devices.of(visit.delivery, visit.browser.device),
    )
