"""A mark counts on the very mail that it was made for, with what mail systems add on the way, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zegel.mail.own_mark import MOST_TRACE, has_valid_mark, marked

KEY = b"k" * 32
JAN, EVA = "jan@post.example", "eva@elders.example"
MAIL = (
    b"From: Anna <anna@kliniek.example>\r\nTo: jan@post.example\r\nSubject: afspraak\r\n"
    b"Date: Fri, 27 Nov 2026 10:00:00 +0100\r\nMessage-ID: <1@kliniek.example>\r\n"
    b"References: <a@post.example>\r\n <b@post.example>\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n\r\nTot morgen.\r\n"
)
OURS = marked(KEY, MAIL)
SIGNED = (
    b"Received: from filter (localhost [127.0.0.1])\r\n\tby mail.kliniek.example; Fri, 27 Nov 2026 10:00:01 +0100\r\n"
    b"DKIM-Signature: v=1; a=rsa-sha256; d=kliniek.example;\r\n\tb=" + b"A" * 300 + b"\r\n"
    b"X-Virus-Scanned: amavisd at kliniek.example\r\nX-Spam-Status: No, score=0.1\r\nX-Spam-Flag: NO\r\n"
    b"Authentication-Results: mail.kliniek.example; dkim=pass\r\nReturn-Path: <anna@kliniek.example>\r\n"
    b"ARC-Seal: i=1; cv=none\r\nDelivered-To: jan@post.example\r\n"
)


def with_field(field: bytes, place: int) -> bytes:
    lines = OURS.split(b"\r\n")
    return b"\r\n".join([*lines[:place], field, *lines[place:]])


@pytest.mark.parametrize(
    "way",
    [
        lambda mail: mail,
        lambda mail: SIGNED + mail,
        lambda mail: mail.replace(b"MIME-Version", SIGNED + b"MIME-Version"),
        lambda mail: mail.replace(b"\r\n", b"\n"),
        lambda mail: mail.rstrip(b"\r\n"),
        lambda mail: mail + b"\r\n\r\n",
        lambda mail: mail.replace(b"\r\n <b@", b"\r\n\t<b@"),
        lambda mail: mail.replace(b"<a@post.example>\r\n <b", b"<a@post.example> <b"),
    ],
    ids=["as it is", "signed", "signed in the middle", "LF", "end cut", "end added", "folded anew", "unfolded"],
)
def test_a_mail_of_ours_is_known_after_its_way(way: object) -> None:
    assert has_valid_mark(KEY, way(OURS))  # type: ignore[operator]


@pytest.mark.parametrize(
    "field",
    [
        b"Comments: BSN 111222333", b"X-Note: BSN 111222333", b"Keywords: x", b"Subject: BSN 111222333",
        b"Cc: x@y.example", b"Bcc: x@y.example", b"Sender: x@y.example", b"X-Zegel-Mark: " + b"A" * 43,
        b"X-Zegel-Mark: ",
        b"Received-BSN-111222333: x", b"X-Spam-BSN: 111222333", b"ARC-BSN: 111222333", b"List-Id: 111222333",
        b"BSN 111222333", b" BSN 111222333", b"\tx",
        b"Pati\xc3\xabnt: x", b"X Y: z", b"Received: " + b"x" * MOST_TRACE, b"Resent-To: x@y.example", b": x",
    ],
    ids=lambda field: field[:24].decode("latin-1").strip() or "blank",
)  # fmt: skip
@pytest.mark.parametrize("place", [0, 3, 9], ids=["first", "within", "last"])
def test_one_field_more_is_inspected(field: bytes, place: int) -> None:
    assert not has_valid_mark(KEY, with_field(field, place))


@pytest.mark.parametrize("line", range(1, 8))
def test_one_field_less_is_inspected(line: int) -> None:
    lines = OURS.split(b"\r\n")
    assert not has_valid_mark(KEY, b"\r\n".join(lines[:line] + lines[line + 1 :]))


@pytest.mark.parametrize(
    ("here", "there"),
    [
        (b"Tot morgen", b"BSN 111222333"), (b"afspraak", b"dossier"), (b"<1@", b"<2@"), (b"10:00:00", b"10:00:01"),
        (b"utf-8", b"utf-7"), (b"\r\n\r\nTot", b"\r\n\r\n\r\nTot"), (b"X-Zegel-Mark", b"X-Zegel-Mork"),
    ],
    ids=["body", "subject", "id", "date", "charset", "blank line", "name"],
)  # fmt: skip
def test_one_change_is_inspected(here: bytes, there: bytes) -> None:
    assert not has_valid_mark(KEY, OURS.replace(here, there))


def test_another_key_and_another_place_are_worth_nothing() -> None:
    assert not has_valid_mark(b"x" * 32, OURS)
    mark, _, rest = OURS.partition(b"\r\n")
    assert not has_valid_mark(KEY, rest + mark + b"\r\n"), "in the body"
    assert not has_valid_mark(KEY, mark + b"\r\n" + mark + b"\r\n" + rest), "twice"
    assert not has_valid_mark(KEY, b"") and not has_valid_mark(KEY, mark)


def test_what_is_no_mail_gets_no_mark() -> None:
    with pytest.raises(ValueError, match="header"):
        marked(KEY, b"no field\r\nSubject: x\r\n\r\nx\r\n")


def test_a_large_one_is_known_too() -> None:
    large = MAIL + b"een lange regel\r\n" * 200_000
    assert has_valid_mark(KEY, SIGNED + marked(KEY, large))


@given(st.binary(max_size=40).filter(bytes.strip), st.integers(0, len(OURS)))
def test_bytes_put_in_anywhere_are_inspected(bytes_: bytes, place: int) -> None:
    changed = OURS[:place] + bytes_ + OURS[place:]
    assert not has_valid_mark(KEY, changed)


@given(st.binary(max_size=200))
def test_any_bytes_can_be_looked_at(raw: bytes) -> None:
    assert not has_valid_mark(KEY, raw)


@pytest.mark.parametrize("recipients", [[JAN], ["Jan@POST.example"], [JAN, "<jan@post.example>"]], ids=str)
def test_what_somebody_wrote_passes_to_the_one_that_it_was_released_for(recipients: list[str]) -> None:
    assert has_valid_mark(KEY, SIGNED + marked(KEY, MAIL, JAN), recipients)
    assert has_valid_mark(KEY, SIGNED + marked(KEY, SIGNED + MAIL, JAN), recipients), "it was signed when it was sealed"


@pytest.mark.parametrize("recipients", [[], [EVA], [JAN, EVA], ["jan@post.example.org"], [""]], ids=str)
def test_and_is_inspected_on_its_way_to_anybody_else(recipients: list[str]) -> None:
    assert not has_valid_mark(KEY, marked(KEY, MAIL, JAN), recipients)
    assert has_valid_mark(KEY, OURS, recipients), "a mail that we composed is known whoever gets it"


def test_the_mark_for_one_recipient_is_no_mark_for_all() -> None:
    for_all, for_jan = (mail.split(b"\r\n", 1)[0] for mail in (OURS, marked(KEY, MAIL, JAN)))
    assert for_all != for_jan
    for changed in (MAIL.replace(b"morgen", b"avond"), b"Cc: x@y.example\r\n" + MAIL):
        assert not has_valid_mark(KEY, for_jan + b"\r\n" + changed, [JAN])


def test_what_cannot_be_marked_is_brought_without() -> None:
    odd = b"no field\r\n" + MAIL
    assert marked(KEY, odd, JAN) == odd
    with pytest.raises(ValueError, match="taken apart"):
        marked(KEY, odd)
