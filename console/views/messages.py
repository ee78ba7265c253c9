"""Messages: the list, the story of one, and what an officer does with it."""

from __future__ import annotations

from typing import Any, cast, get_args
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from zegel.officers.messages import REASON_LENGTH, Act, StateFilter, Wanted
from zegel.policy.verdict import built_in_names
from zegel_console.site import Site
from zegel_console.views.days import start_of
from zegel_console.visit import Visit
from zegel_web.numbers import row_number

_LONGEST = 200
_STATES = [each for each in get_args(StateFilter) if each]
_FIELDS = ("sender", "recipient", "rule", "state", "since", "until")


def find(site: Site, visit: Visit) -> Any:
    """The newest messages, or those that are looked for."""
    assert visit.who
    typed = {name: visit.query.get(name, "").strip()[:_LONGEST] for name in _FIELDS}
    zone = ZoneInfo(site.settings.organisation.timezone)
    since, until = start_of(typed["since"], zone), start_of(typed["until"], zone, 1)
    before = visit.query.get("before", "")
    wanted = Wanted(
        typed["sender"], typed["recipient"], typed["rule"],
        typed["state"] if typed["state"] in _STATES else "", since or 0.0, until or 0.0,
    )  # fmt: skip
    wrong = [name for name, moment in (("since", since), ("until", until)) if typed[name] and moment is None]
    found = site.messages.find(wanted, visit.who.person.address, row_number(before) or 0)
    onward = urlencode({key: value for key, value in typed.items() if value} | {"before": found.further})
    rules = sorted({line.rule for line in site.overview.month().rules})
    return site.page(
        "messages", visit, 422 if wrong else 200, found=found, typed=typed, wrong=wrong, states=_STATES,
        rules=rules, onward=onward, searched=any(typed.values()),
    )  # fmt: skip


def story(site: Site, visit: Visit, number: int) -> Any:
    """All that is known of a message."""
    return _story(site, visit, number)


def act(site: Site, visit: Visit, number: int) -> Any:
    """Does something with it, for a reason."""
    assert visit.who
    what, reason = visit.form.get("act", ""), visit.form.get("reason", "").strip()[:REASON_LENGTH]
    delivery = visit.form.get("delivery", "")
    if what not in get_args(Act) or (delivery and row_number(delivery) is None):
        return site.problem(visit, 400, "method")
    if len(reason) < 3:
        return _story(site, visit, number, 422, "reason")
    done = site.messages.act(number, cast(Act, what), row_number(delivery), visit.who.person.address, reason)
    return site.go(f"/messages/{number}?s={done}")


def _story(site: Site, visit: Visit, number: int, status: int = 200, error: str = "") -> Any:
    assert visit.who
    found = site.messages.story(number, visit.who.person.address)
    if found is None:
        return site.problem(visit, 404, "message")
    people = {each.delivery.id: each.delivery.recipient for each in found.recipients}
    return site.page(
        "story", visit, status, story=found, people=people, error=error, notice=visit.query.get("s", ""),
        chosen=visit.form.get("act", ""), longest=REASON_LENGTH,
        names=site.rules.names(visit.language), built_in=built_in_names(visit.language),
    )  # fmt: skip
