"""Moments as people say them: "tot 23.05 uur", "bis zum 26. Dezember 2026 um 9:05 Uhr".

A moment comes with its preposition, because that depends on whether a day or a time of day follows: French has
"jusqu'à 23 h" and "jusqu'au 26 décembre". All moments are in the time zone of the organisation.
"""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo

from babel import Locale
from babel.dates import LOCALTZ, format_date, format_skeleton, format_time, get_datetime_format, get_timezone

_LOCALES = {"en": "en_GB"}
"""The region whose way of writing dates is meant: English for Europe has the day first and 24 hours."""
NEAR_SECONDS = 6 * 3600
"""A moment that is no further away is told by its time of day alone: that cannot be misread."""


@dataclass(frozen=True, slots=True)
class _Words:
    """How a language says moments. `{time}` and `{day}` are filled in."""

    time: str
    """Of {hour}, {padded_hour} and {minute}."""
    full_hour: str
    both: str
    until: tuple[str, str]
    """Before a time of day, and before a day."""
    after: tuple[str, str]
    on: tuple[str, str]


_WORDS = {
    "nl": _Words(
        "{hour}.{minute}\xa0uur",
        "{hour}.{minute}\xa0uur",
        "{day} om {time}",
        ("tot {time}", "tot {day} om {time}"),
        ("vanaf {time}", "vanaf {day} om {time}"),
        ("om {time}", "op {day} om {time}"),
    ),
    "en": _Words(
        "{padded_hour}:{minute}",
        "{padded_hour}:{minute}",
        "{day} at {time}",
        ("until {time}", "until {day} at {time}"),
        ("from {time}", "from {day} at {time}"),
        ("at {time}", "on {day} at {time}"),
    ),
    "de": _Words(
        "{hour}:{minute}\xa0Uhr",
        "{hour}:{minute}\xa0Uhr",
        "{day} um {time}",
        ("bis {time}", "bis zum {day} um {time}"),
        ("ab {time}", "ab dem {day} um {time}"),
        ("um {time}", "am {day} um {time}"),
    ),
    "fr": _Words(
        "{hour}\xa0h\xa0{minute}",
        "{hour}\xa0h",
        "{day} à {time}",
        ("jusqu’à {time}", "jusqu’au {day} à {time}"),
        ("à partir de {time}", "à partir du {day} à {time}"),
        ("à {time}", "le {day} à {time}"),
    ),
}
"""A language that is not here is told by CLDR, without prepositions (docs/languages.md)."""


def locale_of(language: str) -> str:
    """The locale of Babel whose dates and numbers readers of `language` expect."""
    return _LOCALES.get(language, language)


def speaks(language: str) -> bool:
    """Whether the moments of `language` are written down here."""
    return language in _WORDS


def time_of_day(moment: datetime | float, language: str, timezone: str = "") -> str:
    """The time on the clock.

    >>> [time_of_day(1798722300, each, "Europe/Amsterdam").replace("\\xa0", " ") for each in ("nl", "en", "de", "fr")]
    ['14.05 uur', '14:05', '14:05 Uhr', '14 h 05']
    """
    there, words = _local(moment, timezone), _WORDS.get(language)
    if words is None:
        return str(format_time(there, "short", locale=locale_of(language)))
    pattern = words.time if there.minute else words.full_hour
    return pattern.format(hour=there.hour, padded_hour=f"{there.hour:02}", minute=f"{there.minute:02}")


def day(moment: datetime | float, language: str, timezone: str = "") -> str:
    """The day of a moment.

    >>> day(1798722300, "nl", "Europe/Amsterdam")
    '31 december 2026'
    """
    return _day(_local(moment, timezone).date(), language)


@functools.lru_cache(maxsize=512)
def _day(there: date, language: str) -> str:
    """Babel takes as long for it as a whole mail needs to be filled in, and most mails tell one of few days."""
    return str(format_date(there, "long", locale=locale_of(language)))


def format_moment(moment: datetime | float, language: str, timezone: str = "") -> str:
    """A day with its time, on its own: in a table, in a list.

    `moment` is in seconds since 1970, or a datetime (a naive one is UTC); `timezone` is a name such as
    Europe/Amsterdam, and without one the machine's own zone counts. An unknown name raises LookupError.

    >>> format_moment(1798722300, "nl", "Europe/Amsterdam").replace("\\xa0", " ")
    '31 december 2026 om 14.05 uur'
    """
    words = _WORDS.get(language)
    if words is None:
        pattern = str(get_datetime_format("long", Locale.parse(locale_of(language)))).replace("'", "")
        return pattern.format(time_of_day(moment, language, timezone), day(moment, language, timezone))
    return words.both.format(time=time_of_day(moment, language, timezone), day=day(moment, language, timezone))


def short(moment: float, language: str, timezone: str, now: float) -> str:
    """As a list shows a moment: the time of a moment of today, the day of one of this year, else the date.

    >>> [short(at, "en", "Europe/Amsterdam", 1798722300) for at in (1798722000, 1790000000, 1600000000)]
    ['14:00', '21 Sept', '13 Sept 2020']
    """
    there, today = _local(moment, timezone), _local(now, timezone)
    if there.date() == today.date():
        return time_of_day(moment, language, timezone)
    return str(format_skeleton("MMMd" if there.year == today.year else "yMMMd", there, locale=locale_of(language)))


def until(moment: float, language: str, timezone: str = "", now: float | None = None) -> str:
    """Until when something lasts. `now` (seconds since 1970) is the clock of who asks; without it the machine's.

    >>> until(1798722300, "fr", "Europe/Amsterdam", 1798722300 - 3600).replace("\\xa0", " ")
    'jusqu’à 14 h 05'
    >>> until(1798722300, "fr", "Europe/Amsterdam", 0).replace("\\xa0", " ")
    'jusqu’au 31 décembre 2026 à 14 h 05'
    """
    return _said("until", moment, language, timezone, now)


def after(moment: float, language: str, timezone: str = "", now: float | None = None) -> str:
    """From when on something can be done: "vanaf 23.05 uur"."""
    return _said("after", moment, language, timezone, now)


def on(moment: float, language: str, timezone: str = "") -> str:
    """When something happened, with its day.

    >>> on(1798722300, "de", "Europe/Amsterdam").replace("\\xa0", " ")
    'am 31. Dezember 2026 um 14:05 Uhr'
    """
    return _said("on", moment, language, timezone, moment - NEAR_SECONDS - 1)


def _said(what: str, moment: float, language: str, timezone: str, now: float | None) -> str:
    words = _WORDS.get(language)
    if words is None:
        return format_moment(moment, language, timezone)
    near = abs(moment - (time.time() if now is None else now)) <= NEAR_SECONDS
    forms: tuple[str, str] = getattr(words, what)
    pattern = forms[0] if near else forms[1]
    return pattern.format(time=time_of_day(moment, language, timezone), day=day(moment, language, timezone))


def _local(moment: datetime | float, timezone: str) -> datetime:
    if not isinstance(moment, datetime):
        moment = datetime.fromtimestamp(moment, UTC)
    elif moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    zone: tzinfo = get_timezone(timezone) if timezone else LOCALTZ
    return moment.astimezone(zone)
