"""The audit log: searched by officers, and gone through for whoever may sign in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from zegel.officers.audit import Wanted
from zegel.vault.tables.audit_events import EVENT_NAMES
from zegel_console.site import Site
from zegel_console.views.days import start_of
from zegel_console.visit import Visit
from zegel_web.numbers import row_number

_LONGEST = 200
_FIELDS = ("kind", "who", "message", "since", "until")
_A_MOMENT = 1e9
"""No figure of an event is that large with a fraction, but for moments."""
DETAILS_LONGEST = 240
ADDRESS_LONGEST = 254


def log(site: Site, visit: Visit) -> Any:
    """The newest events, or those that are looked for; who is no officer sees how far the log is whole."""
    return _page(site, visit)


def verify(site: Site, visit: Visit) -> Any:
    """Goes through the chain."""
    assert visit.who
    since = row_number(visit.form.get("since", "")) or 0
    looked = site.audit.verify(visit.who.person.address, visit.cookie, since, visit.form.get("proof", ""))
    before = row_number(visit.form.get("count", "")) or 0 if looked and since else 0
    return site.page("audit", visit, 200 if looked else 503, looked=looked, busy=looked is None, before=before,
                     **_standing(site), found=None)  # fmt: skip


def export(site: Site, visit: Visit) -> Any:
    """The events of a period as a file."""
    assert visit.who
    form = visit.form.get("form", "")
    typed = {name: visit.form.get(name, "").strip()[:_LONGEST] for name in ("since", "until")}
    zone = ZoneInfo(site.settings.organisation.timezone)
    since, until = start_of(typed["since"], zone), start_of(typed["until"], zone, 1)
    wrong = [name for name, value in (("since", since), ("until", until)) if typed[name] and value is None]
    if wrong or form not in ("csv", "json"):
        return _page(site, visit, typed, [f"export-{name}" for name in wrong or ("form",)])
    name, organisation = visit.who.person.address, site.settings.organisation.name
    file = site.audit.export(since or 0.0, until or 0.0, "csv" if form == "csv" else "json", name, organisation)
    period = "-".join(filter(None, ("audit", typed["since"], typed["until"])))
    return site.file(file, f"{period}.{form}", "text/csv; charset=utf-8" if form == "csv" else "application/json")


def _page(site: Site, visit: Visit, period: Mapping[str, str] = MappingProxyType({}), wrong: Sequence[str] = ()) -> Any:
    assert visit.who
    shown: dict[str, Any] = {"looked": None, "busy": False, "before": 0, "found": None, **_standing(site)}
    if not visit.officer:
        return site.page("audit", visit, **shown)
    typed = {name: visit.query.get(name, "").strip()[:_LONGEST] for name in _FIELDS}
    zone = ZoneInfo(site.settings.organisation.timezone)
    since, until = start_of(typed["since"], zone), start_of(typed["until"], zone, 1)
    message = row_number(typed["message"])
    searched = (("since", since), ("until", until), ("message", message))
    wrong = [*wrong, *(name for name, value in searched if typed[name] and value is None)]
    kind = typed["kind"] if typed["kind"] in EVENT_NAMES else ""
    wanted = Wanted(kind, typed["who"], message, since or 0.0, until or 0.0)
    found = site.audit.find(wanted, visit.who.person.address, row_number(visit.query.get("before", "")) or 0)
    onward = urlencode({key: value for key, value in typed.items() if value} | {"before": found.further})
    lines = [(event, about[:ADDRESS_LONGEST], event.actor[:ADDRESS_LONGEST], said(event.details))
             for event, about in found.lines]  # fmt: skip
    shown |= {"found": found, "lines": lines, "typed": typed, "wrong": wrong, "onward": onward}
    shown |= {"stories": site.audit.stories(found), "searched": any(typed.values()), "period": period}
    shown |= {"public_key": site.audit.public_key}
    return site.page("audit", visit, 422 if wrong else 200, **shown)


def _standing(site: Site) -> dict[str, Any]:
    return {"standing": site.audit.standing(), "lost": site.audit.lost()}


def said(details: Mapping[str, Any]) -> str:
    """What an event tells beside its name, on one line.

    >>> said({"reason": "Wrong person", "until": 1799971200.5, "less": [], "rules": ["bsn", "health"], "level": 2})
    'reason: Wrong person, until: 2027-01-15 00:00 UTC, rules: bsn health, level: 2'
    """
    told = ", ".join(f"{name}: {_value(value)}" for name, value in details.items() if value not in ("", None, [], {}))
    return told if len(told) <= DETAILS_LONGEST else f"{told[:DETAILS_LONGEST]}…"


def _value(value: Any) -> str:
    if isinstance(value, float) and value > _A_MOMENT:
        return datetime.fromtimestamp(min(value, 1e11), UTC).strftime("%Y-%m-%d %H:%M UTC")
    if isinstance(value, list):
        return " ".join(map(_value, value))
    if isinstance(value, dict):
        return " ".join(f"{name} {_value(each)}" for name, each in value.items())
    return str(value)
