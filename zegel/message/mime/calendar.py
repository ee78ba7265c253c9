"""Appointments in a mail (iCalendar, RFC 5545, and how programs send them, RFC 5546): what a card has to say.

Only what is shown is read, of events alone. What is broken is left out, and nothing here raises: a calendar of a
stranger may say anything, be of any size and nest as it likes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice

from zegel.message.mime.timezones import Zones, moment
from zegel.message.text import charset as charsets
from zegel.message.text.safe_names import safe_text

_LONGEST, _MOST_LINES, _MOST_EVENTS, _DEEPEST = 1_000_000, 20_000, 50, 10
_FOLD = re.compile(r"\r?\n[ \t]")
_ESCAPED = re.compile(r"\\(.)")
_PARAMETER = re.compile(r';([A-Za-z0-9-]{1,60})=("[^"]*"|[^;:"]*)')
_NAME = re.compile(r"[A-Za-z0-9-]{1,60}")
_DURATION = re.compile(r"\+?P(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?")
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_METHODS = {"PUBLISH", "REQUEST", "REPLY", "ADD", "CANCEL", "REFRESH", "COUNTER", "DECLINECOUNTER"}
_ANSWERS = {"ACCEPTED", "DECLINED", "TENTATIVE"}


@dataclass(frozen=True, slots=True)
class Repeats:
    """How often an event comes again."""

    every: str
    """"DAILY", "WEEKLY", "MONTHLY", "YEARLY", or "" for what has no short words."""
    interval: int = 1
    days: tuple[int, ...] = ()
    """The days of a week, Monday is 0."""
    count: int = 0
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Invite:
    """An event; texts are safe to show."""

    uid: str
    recurrence: str
    """Which one of a series this is, "" for all of it."""
    method: str
    """As RFC 5546 has it; "PUBLISH" when the calendar says none."""
    summary: str
    place: str
    organiser: str
    """The name, or the address where there is none."""
    start: datetime | date
    """A date for whole days; a datetime without a time zone where nobody can tell it."""
    end: datetime | date | None
    """Of whole days the last one."""
    cancelled: bool
    repeats: Repeats | None
    answer: str = ""
    """Of a reply: "ACCEPTED", "DECLINED" or "TENTATIVE"."""
    answerer: str = ""


@dataclass(frozen=True, slots=True)
class _Line:
    """A property: what it is called, its parameters, its value."""

    name: str
    parameters: dict[str, str]
    value: str


@dataclass(slots=True)
class _Component:
    name: str
    lines: list[_Line] = field(default_factory=list)
    inside: list[_Component] = field(default_factory=list)

    def first(self, name: str) -> _Line:
        return next((line for line in self.lines if line.name == name), _Line(name, {}, ""))


def invites_in(data: bytes) -> list[Invite]:
    """The events of a calendar, those without a start left out."""
    calendar = _read(charsets.decode(data[:_LONGEST], "utf-8"))
    zones = Zones(
        {each.first("TZID").value: _observances(each) for each in calendar.inside if each.name == "VTIMEZONE"}
    )
    method = calendar.first("METHOD").value.strip().upper()
    method = method if method in _METHODS else "PUBLISH"
    events = (each for each in calendar.inside if each.name == "VEVENT")
    found = (_invite(event, method, zones) for event in islice(events, _MOST_EVENTS))
    return [invite for invite in found if invite is not None]


def _read(text: str) -> _Component:
    """The first calendar, its components below it; what stands outside of one belongs to it as well."""
    top = _Component("VCALENDAR")
    under = [top]
    for line in _lines(text):
        if line.name == "BEGIN":
            name = line.value.strip().upper()
            if name != "VCALENDAR" or len(under) > 1:
                new = _Component(name)
                if len(under) < _DEEPEST:
                    under[-1].inside.append(new)
                under.append(new)
        elif line.name == "END":
            if len(under) > 1:
                under.pop()
        else:
            under[-1].lines.append(line)
    return top


def _lines(text: str) -> Iterator[_Line]:
    for line in islice(_FOLD.sub("", text).splitlines(), _MOST_LINES):
        name = _NAME.match(line)
        if name is None:
            continue
        at = name.end()
        parameters: dict[str, str] = {}
        while found := _PARAMETER.match(line, at):
            parameters.setdefault(found[1].upper(), found[2].strip('"'))
            at = found.end()
        if line[at : at + 1] == ":":
            yield _Line(name[0].upper(), parameters, line[at + 1 :])


def _invite(event: _Component, method: str, zones: Zones) -> Invite | None:
    start = _moment(event.first("DTSTART"), zones)
    if start is None:
        return None
    end = _end(event, start, zones)
    answers = [line for line in event.lines if line.name == "ATTENDEE"] if method == "REPLY" else []
    answer = answers[0].parameters.get("PARTSTAT", "").upper() if len(answers) == 1 else ""
    return Invite(
        uid=event.first("UID").value[:300],
        recurrence=event.first("RECURRENCE-ID").value[:100],
        method=method,
        summary=_text(event.first("SUMMARY")),
        place=_text(event.first("LOCATION")),
        organiser=_person(event.first("ORGANIZER")),
        start=start,
        end=end,
        cancelled=method == "CANCEL" or event.first("STATUS").value.strip().upper() == "CANCELLED",
        repeats=_repeats(event, zones),
        answer=answer if answer in _ANSWERS else "",
        answerer=_person(answers[0]) if answer in _ANSWERS else "",
    )


def _text(line: _Line) -> str:
    plain = _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], line.value[:2000])
    return safe_text(plain, 300)


def _person(line: _Line) -> str:
    value = line.value.strip()
    address = value[7:] if value[:7].lower() == "mailto:" else ""
    return safe_text(line.parameters.get("CN", "") or address, 200)


def _moment(line: _Line, zones: Zones) -> datetime | date | None:
    return moment(line.value.strip(), zones.zone(line.parameters["TZID"]) if "TZID" in line.parameters else None)


def _end(event: _Component, start: datetime | date, zones: Zones) -> datetime | date | None:
    """When an event ends, None when it says nothing or nothing that can be."""
    end = _moment(event.first("DTEND"), zones)
    length = _length(event.first("DURATION").value.strip())
    try:
        if end is None and length is not None:
            end = start + length
        if not isinstance(start, datetime):
            last = end - timedelta(days=1) if end is not None and not isinstance(end, datetime) else start
            return last if last > start else None
        if not isinstance(end, datetime) or (end.tzinfo is None) != (start.tzinfo is None):
            return None
        return end if end > start else None
    except (OverflowError, ValueError):
        return None


def _length(value: str) -> timedelta | None:
    found = _DURATION.fullmatch(value[:60])
    if not found or value.strip("+") in ("P", "PT"):
        return None
    weeks, days, hours, minutes, seconds = (int(each or 0) for each in found.groups())
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)


def _repeats(event: _Component, zones: Zones) -> Repeats | None:
    rule = event.first("RRULE").value
    if not rule:
        return Repeats("") if event.first("RDATE").value else None
    said = {
        name.strip().upper(): value.strip().upper()
        for name, _, value in (x.partition("=") for x in rule[:1000].split(";"))
    }
    every, days = said.get("FREQ", ""), said.get("BYDAY", "").split(",")
    if every not in ("DAILY", "WEEKLY", "MONTHLY", "YEARLY") or "BYSETPOS" in said:
        return Repeats("")
    until = moment(said.get("UNTIL", ""), zones.zone(event.first("DTSTART").parameters.get("TZID", "")))
    return Repeats(
        every,
        max(1, _number(said.get("INTERVAL", "1"))),
        tuple(sorted({_DAYS.index(day) for day in days if day in _DAYS})) if every == "WEEKLY" else (),
        _number(said.get("COUNT", "0")),
        until,
    )


def _number(text: str) -> int:
    return int(text) if re.fullmatch(r"[0-9]{1,4}", text) else 0


def _observances(zone: _Component) -> list[tuple[str, str, str]]:
    """When each of its offsets begins, its yearly rule, and the offset, as they are written."""
    wanted = ("DTSTART", "RRULE", "TZOFFSETTO")
    return [
        (each.first(wanted[0]).value, each.first(wanted[1]).value, each.first(wanted[2]).value)
        for each in zone.inside[:20]
        if each.name in ("STANDARD", "DAYLIGHT")
    ]
