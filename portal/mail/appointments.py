"""Appointments in the reader's words: the day in full, in the organisation's time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from babel.dates import format_date, format_time, get_day_names, get_timezone, get_timezone_location
from babel.lists import format_list

from zegel.message.mime.calendar import Invite

_LOCALES = {"en": "en_GB"}


@dataclass(frozen=True, slots=True)
class Card:
    """An invite as the page shows it."""

    invite: Invite
    when: str
    whole_days: bool
    zone: str
    """The city whose time `when` is in; "" for whole days, and where nobody can tell."""
    days: str
    """On which days of the week it comes again, "" for no day in particular."""
    until: str


def card(invite: Invite, language: str, timezone: str) -> Card:
    """`invite` in a language, with its times in a time zone."""
    locale, zone = _LOCALES.get(language, language), get_timezone(timezone)
    start = invite.start
    names = get_day_names("wide", locale=locale)
    repeats = invite.repeats
    until = repeats.until if repeats else None
    aware = isinstance(start, datetime) and start.tzinfo is not None
    return Card(
        invite,
        when=when(start, invite.end, locale, zone),
        whole_days=not isinstance(start, datetime),
        zone=str(get_timezone_location(zone, locale=locale, return_city=True)) if aware and "/" in timezone else "",
        days=str(format_list([names[day] for day in repeats.days], locale=locale)) if repeats and repeats.days else "",
        until=_day(_there(until, zone), locale, "long") if until else "",
    )


def when(start: datetime | date, end: datetime | date | None, locale: str, zone: tzinfo) -> str:
    """From when to when.

    >>> when(datetime(2026, 7, 7, 14, 30), datetime(2026, 7, 7, 15), "nl", get_timezone("UTC"))
    'dinsdag 7 juli 2026, 14:30 – 15:00'
    >>> when(date(2026, 7, 7), date(2026, 7, 8), "en_GB", get_timezone("UTC"))
    'Tuesday, 7 July 2026 – Wednesday, 8 July 2026'
    """
    start = _there(start, zone)
    first = _moment(start, locale)
    if end is None:
        return first
    end = _there(end, zone)
    same = isinstance(start, datetime) and isinstance(end, datetime) and start.date() == end.date()
    return f"{first} – {_time(end, locale) if same else _moment(end, locale)}"


def _there(at: datetime | date, zone: tzinfo) -> datetime | date:
    return at.astimezone(zone) if isinstance(at, datetime) and at.tzinfo else at


def _moment(at: datetime | date, locale: str) -> str:
    day = _day(at, locale, "full")
    return f"{day}, {_time(at, locale)}" if isinstance(at, datetime) else day


def _day(at: datetime | date, locale: str, length: str) -> str:
    return str(format_date(at.date() if isinstance(at, datetime) else at, length, locale=locale))


def _time(at: datetime | date, locale: str) -> str:
    return str(format_time(at.time(), "short", locale=locale)) if isinstance(at, datetime) else ""
