"""The time zones that calendars name: by the names of the IANA, by those of Windows, or by rules of their own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from babel.core import get_global

Observance = tuple[str, str, str]
"""Of a VTIMEZONE (RFC 5545, 3.6.5): when an offset first begins, its yearly rule, and the offset."""

_MOMENT = re.compile(r"([0-9]{8})(?:T([0-9]{6})(Z?))?")
_OFFSET = re.compile(r"([+-])([01][0-9])([0-5][0-9])([0-5][0-9])?")
_IANA = re.compile(r"[A-Za-z_]{2,20}(?:/[A-Za-z0-9_+-]{1,30}){1,2}$")
_MONTH = re.compile(r"BYMONTH=([0-9]{1,2})(?:;|$)")
_DAY = re.compile(r"BYDAY=([+-]?[1-5])(MO|TU|WE|TH|FR|SA|SU)(?:;|$)")
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class Zones:
    """The zones of one calendar, by the names it gives them."""

    def __init__(self, described: Mapping[str, list[Observance]]) -> None:
        self._described = described

    def zone(self, name: str) -> tzinfo | None:
        """The zone, None when nobody can tell.

        >>> Zones({}).zone("W. Europe Standard Time"), Zones({}).zone("../../etc/passwd")
        (zoneinfo.ZoneInfo(key='Europe/Berlin'), None)
        """
        known = get_global("windows_zone_mapping").get(name, "")
        found = _IANA.search(known or name[:200])
        try:
            if name.upper() in ("UTC", "GMT", "Z"):
                return UTC
            if found:
                return ZoneInfo(found[0])
        except (ValueError, KeyError, OSError):
            pass
        rules = self._described.get(name, [])
        return Described(rules) if any(_OFFSET.fullmatch(rule[2].strip()) for rule in rules) else None


class Described(tzinfo):
    """A zone by the rules that the calendar brings: at each moment the offset that began last."""

    def __init__(self, rules: list[Observance]) -> None:
        self._rules = rules

    def utcoffset(self, at: datetime | None) -> timedelta:
        """The offset at the local time `at`; the hour that a change repeats is taken for the one after it."""
        begun: list[tuple[datetime, timedelta]] = []
        later: list[tuple[datetime, timedelta]] = []
        local = at.replace(tzinfo=None) if at else datetime(2000, 1, 1)
        for start, rule, written in self._rules:
            offset = _offset(written)
            first = moment(start.strip()[:15], None, 1)
            if offset is None or not isinstance(first, datetime):
                continue
            for year in (local.year - 1, local.year):
                onset = _onset(first, rule, year)
                (begun if onset <= local else later).append((onset, offset))
        found = max(begun, default=None) or min(later, default=None)
        return found[1] if found else timedelta(0)

    def dst(self, at: datetime | None) -> timedelta:
        return timedelta(0)

    def tzname(self, at: datetime | None) -> str:
        return ""


def _onset(first: datetime, rule: str, year: int) -> datetime:
    """When an offset begins in a year: the n-th weekday of a month, at the time of day of its first beginning."""
    month, day = _MONTH.search(rule), _DAY.search(rule)
    if not month or not day or not 1 <= int(month[1]) <= 12:
        return first
    count, weekday = int(day[1]), _DAYS.index(day[2])
    if count > 0:
        begin = date(year, int(month[1]), 1)
        found = begin + timedelta(days=(weekday - begin.weekday()) % 7 + 7 * (count - 1))
    else:
        end = (date(year, int(month[1]), 28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        found = end - timedelta(days=(end.weekday() - weekday) % 7 + 7 * (-count - 1))
    return datetime.combine(found, first.time())


def _offset(written: str) -> timedelta | None:
    found = _OFFSET.fullmatch(written.strip())
    if not found:
        return None
    length = timedelta(hours=int(found[2]), minutes=int(found[3]), seconds=int(found[4] or 0))
    return -length if found[1] == "-" else length


def moment(value: str, zone: tzinfo | None, earliest: int = 1900) -> datetime | date | None:
    """A DATE or DATE-TIME (RFC 5545, 3.3.4 and 3.3.5), the latter in `zone` or as it says.

    None when it is neither, or in a year before `earliest` or after 2200.

    >>> moment("20261122T100000Z", None), moment("20261122", None), moment("20269922", None)
    (datetime.datetime(2026, 11, 22, 10, 0, tzinfo=datetime.timezone.utc), datetime.date(2026, 11, 22), None)
    """
    found = _MOMENT.fullmatch(value)
    if not found:
        return None
    day, time, universal = found.groups()
    try:
        if time is None:
            made = datetime.strptime(day, "%Y%m%d").date()
            return made if earliest <= made.year <= 2200 else None
        time = f"{time[:4]}59" if time.endswith("60") else time  # a leap second
        at = datetime.strptime(day + time, "%Y%m%d%H%M%S").replace(tzinfo=UTC if universal else zone)
        if at.tzinfo:
            at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return at if earliest <= at.year <= 2200 else None
