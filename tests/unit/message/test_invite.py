"""Appointments: read as programs send them, and never a crash, whatever a calendar says."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.limits import within
from zegel.message.mime.calendar import Invite, Repeats, invites_in

OUTLOOK = """BEGIN:VCALENDAR\r
METHOD:REQUEST\r
PRODID:Microsoft Exchange Server 2010\r
VERSION:2.0\r
BEGIN:VTIMEZONE\r
TZID:Kliniek/Eigen tijd\r
BEGIN:STANDARD\r
DTSTART:16010101T030000\r
TZOFFSETFROM:+0200\r
TZOFFSETTO:+0100\r
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10\r
END:STANDARD\r
BEGIN:DAYLIGHT\r
DTSTART:16010101T020000\r
TZOFFSETFROM:+0100\r
TZOFFSETTO:+0200\r
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3\r
END:DAYLIGHT\r
END:VTIMEZONE\r
BEGIN:VEVENT\r
ORGANIZER;CN=Polikliniek; "Oost":MAILTO:x@y\r
ORGANIZER;CN="Boer, A. de":mailto:deboer@kliniek.example\r
SUMMARY;LANGUAGE=nl:Gesprek over de uitslag\\, deel 1\r
DTSTART;TZID=Kliniek/Eigen tijd:20260707T143000\r
DTEND;TZID=Kliniek/Eigen tijd:20260707T150000\r
UID:040000008200E0\r
LOCATION:Kamer 3\\nBegane\r
  grond\r
BEGIN:VALARM\r
TRIGGER:-PT15M\r
SUMMARY:Alarm\r
END:VALARM\r
END:VEVENT\r
END:VCALENDAR\r
"""


def event(*lines: str, method: str = "") -> Invite:
    made = ["BEGIN:VCALENDAR", *([f"METHOD:{method}"] if method else []), "BEGIN:VEVENT", *lines, "END:VEVENT"]
    (found,) = invites_in("\r\n".join([*made, "END:VCALENDAR"]).encode())
    return found


def test_an_invitation_as_outlook_sends_it() -> None:
    (found,) = invites_in(OUTLOOK.encode())
    assert (found.method, found.cancelled, found.uid) == ("REQUEST", False, "040000008200E0")
    assert (found.summary, found.place) == ("Gesprek over de uitslag, deel 1", "Kamer 3 Begane grond")
    assert found.organiser == "Boer, A. de"
    assert isinstance(found.start, datetime)
    assert isinstance(found.end, datetime)
    assert found.start.astimezone(UTC) == datetime(2026, 7, 7, 12, 30, tzinfo=UTC), "summer time by the zone's rules"
    assert found.end.astimezone(UTC) == datetime(2026, 7, 7, 13, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "hour"), [("20260328", 9), ("20260329", 8), ("20261024", 8), ("20261025", 9), ("20260101", 9)]
)
def test_rules_of_a_zone_change_on_the_day_that_they_say(day: str, hour: int) -> None:
    (found,) = invites_in(OUTLOOK.replace("20260707T143000", f"{day}T100000").encode())
    assert isinstance(found.start, datetime)
    assert found.start.astimezone(UTC).hour == hour


def test_the_names_of_zones() -> None:
    for name in ("Europe/Amsterdam", "W. Europe Standard Time", "/citadel.org/20210210_1/Europe/Amsterdam"):
        start = event(f"DTSTART;TZID={name}:20260707T143000").start
        assert isinstance(start, datetime)
        assert start.astimezone(UTC).hour == 12
    for name in ("Nergens", "../../etc/passwd", "Europe", "", "Europe/" + "x" * 500, "\x00"):
        start = event(f'DTSTART;TZID="{name}":20260707T143000').start
        assert start == datetime(2026, 7, 7, 14, 30), name
    assert event("DTSTART:20260707T143000Z").start == datetime(2026, 7, 7, 14, 30, tzinfo=UTC)


def test_whole_days_end_on_their_last_day() -> None:
    one = event("DTSTART;VALUE=DATE:20261224", "DTEND;VALUE=DATE:20261225")
    assert (one.start, one.end) == (date(2026, 12, 24), None)
    three = event("DTSTART;VALUE=DATE:20261224", "DTEND;VALUE=DATE:20261227")
    assert (three.start, three.end) == (date(2026, 12, 24), date(2026, 12, 26))
    assert event("DTSTART;VALUE=DATE:20261224", "DURATION:P3D").end == date(2026, 12, 26)


def test_an_end_that_cannot_be_is_none() -> None:
    start = "DTSTART:20260707T143000Z"
    for line in ("DTEND:20260101T100000Z", "DTEND:20260707", "DTEND:20260707T160000", "DTEND:99999999T999999",
                 "DURATION:P", "DURATION:-PT1H", "DURATION:P9999W", "DURATION:PT", "DTEND:x"):  # fmt: skip
        found = event(start, line)
        assert found.end is None or (isinstance(found.end, datetime) and found.end.year > 2100)
    end = event("DTSTART;TZID=Europe/Amsterdam:20260707T143000", "DURATION:P1DT1H30M").end
    assert end == datetime(2026, 7, 8, 16, 0, tzinfo=ZoneInfo("Europe/Amsterdam"))


@pytest.mark.parametrize(
    ("rule", "meant"),
    [
        ("FREQ=DAILY", Repeats("DAILY")),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=WE,MO;COUNT=10", Repeats("WEEKLY", 2, (0, 2), 10)),
        ("FREQ=WEEKLY;UNTIL=20261231", Repeats("WEEKLY", until=date(2026, 12, 31))),
        ("FREQ=MONTHLY;BYDAY=2TU", Repeats("MONTHLY")),
        ("FREQ=MONTHLY;BYDAY=TU;BYSETPOS=-1", Repeats("")),
        ("FREQ=SECONDLY;COUNT=99999999999999999999", Repeats("")),
        ("x", Repeats("")),
    ],
)
def test_how_often_it_comes_again(rule: str, meant: Repeats) -> None:
    assert event("DTSTART:20260707T143000Z", f"RRULE:{rule}").repeats == meant


def test_cancelled_and_answered() -> None:
    start = "DTSTART:20260707T143000Z"
    assert event(start, method="CANCEL").cancelled
    assert event(start, "STATUS:CANCELLED").cancelled
    answer = event(start, 'ATTENDEE;PARTSTAT=DECLINED;CN="Jan":mailto:jan@post.example', method="REPLY")
    assert (answer.method, answer.answer, answer.answerer) == ("REPLY", "DECLINED", "Jan")
    assert event(start, method="<script>").method == "PUBLISH"


def test_texts_are_one_line_and_turn_nothing() -> None:
    found = event("DTSTART:20260707", "SUMMARY:a\u202eb\x07c\\n<b>", "LOCATION:" + "x" * 5000)
    assert found.summary == "abc <b>"
    assert len(found.place) == 300


HOSTILE = {
    "empty": b"", "bytes": bytes(range(256)) * 50, "nested": b"BEGIN:VEVENT\n" * 100_000,
    "ends": b"END:VCALENDAR\n" * 100_000,
    "long": b"BEGIN:VEVENT\nSUMMARY:" + b"x" * 5_000_000, "folds": b"BEGIN:VEVENT\nSUMMARY:" + b"\n " * 500_000,
    "parameters": b"BEGIN:VEVENT\nDTSTART" + b";A=B" * 200_000 + b":20260101",
    "quotes": b'BEGIN:VEVENT\nDTSTART;A="' * 50_000,
    "events": b"BEGIN:VEVENT\nDTSTART:20260101\nEND:VEVENT\n" * 30_000,
    "rule": b"BEGIN:VEVENT\nDTSTART:20260101\nRRULE:" + b";" * 900_000,
    "zones": b"BEGIN:VTIMEZONE\nTZID:a\n" + b"BEGIN:STANDARD\nTZOFFSETTO:+0100\nDTSTART:x\nEND:STANDARD\n" * 9000
             + b"END:VTIMEZONE\nBEGIN:VEVENT\nDTSTART;TZID=a:20260101T000000\n",
    "utf-16": OUTLOOK.encode("utf-16"), "escapes": b"BEGIN:VEVENT\nDTSTART:20260101\nSUMMARY:" + b"\\" * 500_000,
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_calendar_that_is_meant_to_hurt_is_read_quickly(name: str) -> None:
    with within(2):
        found = invites_in(HOSTILE[name])
    assert len(found) <= 50


WORDS = [
    *"""BEGIN:VEVENT|END:VEVENT|BEGIN:VTIMEZONE|BEGIN:STANDARD|END:STANDARD|END:VTIMEZONE|TZID:a|DTSTART;TZID=a:|DTSTART:|
    DTEND:|DTEND;TZID=a:|DURATION:P|RRULE:FREQ=WEEKLY;|RRULE:FREQ=YEARLY;BYMONTH=2;|BYDAY=5SU|UNTIL=|TZOFFSETTO:+0100|
    TZOFFSETTO:-1959|20260101|19000101T000000|22001231T235960|00010101T000000Z|99991231T235959|T250000|9W|;|=|:|
    METHOD:REPLY|ATTENDEE;CN=""".replace("\n    ", "").split("|"),
    "\n",
    " ",
    '"',
]


@given(st.lists(st.sampled_from(WORDS) | st.text(max_size=5), max_size=60))
def test_no_calendar_raises(words: list[str]) -> None:
    text = "".join(f"\n{word}" if word.startswith(("BEGIN", "END", "DT", "RR", "TZ")) else word for word in words)
    for invite in invites_in(text.encode("utf-8", "replace")):
        if isinstance(invite.start, datetime) and invite.start.tzinfo:
            assert invite.start.astimezone(UTC) - timedelta(days=2)
