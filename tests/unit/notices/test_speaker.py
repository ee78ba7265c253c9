"""Who a notification says that it is from, and what it tells of machines and lists."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.unit.notices.notice_cast import PLAIN, bodies, files, message, read
from zegel.notices.speaker import Speaker

ORGANISATION = "veilig@kliniek.example"
OWN = ("kliniek.example",)
PIET = PLAIN.replace(b"Anna de Boer <anna@kliniek.example>", b"Piet Post <piet@post.example>")
PASSED_ON = PIET.replace(b"Reply-To: Poli <poli@kliniek.example>\r\n", b"")
NOBODY = Speaker("", ORGANISATION, "Kliniek Noord", OWN)
ANNA = Speaker("anna@kliniek.example", ORGANISATION, "Kliniek Noord", OWN)


@pytest.mark.parametrize("make", [message, files])
def test_what_somebody_else_wrote_leaves_in_the_organisation_s_name(make: Callable[..., bytes]) -> None:
    mail = read(make(PASSED_ON, speaker=NOBODY))
    assert (mail["From"], mail["Reply-To"]) == (
        f'"Piet Post via Kliniek Noord" <{ORGANISATION}>'.replace('"', ""),
        "Piet Post <piet@post.example>",
    )
    assert "Piet Post via Kliniek Noord" in bodies(mail)[0]
    assert "piet@post.example" not in bodies(mail)[0], "no address stands there as if we vouched for it"


@pytest.mark.parametrize(
    ("language", "name"), [("de", "Piet Post über Kliniek Noord"), ("fr", "Piet Post via Kliniek Noord")]
)
def test_via_is_in_the_recipient_s_language(language: str, name: str) -> None:
    mail = read(message(PASSED_ON, speaker=NOBODY, language=language))
    assert mail["From"].addresses[0].display_name == name


def test_an_answer_address_that_was_asked_for_stays() -> None:
    assert read(message(PIET, speaker=NOBODY))["Reply-To"] == "Poli <poli@kliniek.example>"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        (b"piet@post.example", "piet@post.example via Kliniek Noord"),
        (b'"directeur@kliniek.example" <piet@post.example>', "piet@post.example via Kliniek Noord"),
        (b"Kliniek Noord <piet@post.example>", "piet@post.example via Kliniek Noord"),
        (b"Anna <anna@kliniek.example>", "Kliniek Noord"),
        (b"anna", "Kliniek Noord"),
        (b"", "Kliniek Noord"),
        (b'"Piet\r\n Bcc: eva@elders.example" <piet@post.example>', "piet@post.example via Kliniek Noord"),
    ],
)
def test_a_name_that_could_pass_for_ours_is_not_repeated(written: bytes, name: str) -> None:
    mail = read(message(PASSED_ON.replace(b"Piet Post <piet@post.example>", written), speaker=NOBODY))
    assert [(each.display_name, each.addr_spec) for each in mail["From"].addresses] == [(name, ORGANISATION)]
    assert mail["Bcc"] is None


def test_with_something_sensitive_in_the_header_no_name_is_told() -> None:
    mail = read(message(PIET, speaker=NOBODY, hide_names=True))
    assert (mail["From"], mail["Reply-To"]) == (f"Kliniek Noord <{ORGANISATION}>", "poli@kliniek.example")
    assert "Piet" not in str(mail)


@pytest.mark.parametrize("speaker", [ANNA, Speaker()], ids=["known", "of an older version"])
def test_a_from_of_ours_stays_byte_for_byte(speaker: Speaker) -> None:
    assert b"\r\nFrom: Anna de Boer <anna@kliniek.example>\r\n" in b"\r\n" + message(PLAIN, speaker=speaker)


@pytest.mark.parametrize(
    "written",
    [
        b"From: Piet <piet@post.example>, Anna de Boer <anna@kliniek.example>\r\n",
        b"From: Piet <piet@post.example>\r\nFrom: Anna de Boer <anna@kliniek.example>\r\n",
        b"From: Balie: piet@post.example, Anna de Boer <ANNA@kliniek.example>;\r\n",
    ],
)
def test_of_several_authors_only_the_one_of_ours_is_named(written: bytes) -> None:
    mail = read(message(PLAIN.replace(b"From: Anna de Boer <anna@kliniek.example>\r\n", written), speaker=ANNA))
    assert mail.get_all("From") == ["Anna de Boer <anna@kliniek.example>"]
    assert "piet@post.example" not in str(mail)


def test_an_encoded_address_is_written_plainly() -> None:
    odd = PLAIN.replace(b"Anna de Boer <anna@kliniek.example>", b"=?utf-8?q?anna=40kliniek.example?=")
    assert read(message(odd, speaker=ANNA))["From"] == "anna@kliniek.example"


MARKS = (
    b"Auto-Submitted: auto-generated\r\nPrecedence: bulk\r\nX-Auto-Response-Suppress: OOF, AutoReply\r\n"
    b"List-Id: Nieuws <nieuws.kliniek.example>\r\nList-Unsubscribe: <https://kliniek.example/u/1>\r\n"
)


@pytest.mark.parametrize("make", [message, files])
def test_marks_of_machines_and_lists_stay_so_that_no_vacation_answers(make: Callable[..., bytes]) -> None:
    mail = read(make(MARKS + PLAIN, speaker=ANNA))
    assert [mail[name] for name in ("Auto-Submitted", "Precedence", "X-Auto-Response-Suppress", "List-Id")] == [
        "auto-generated", "bulk", "OOF, AutoReply", "Nieuws <nieuws.kliniek.example>",
    ]  # fmt: skip
    assert mail["List-Unsubscribe"] == "<https://kliniek.example/u/1>"


def test_with_something_sensitive_in_the_header_marks_are_words_only() -> None:
    secret = MARKS.replace(b"auto-generated", b"auto-generated; bsn=111222333").replace(b"Precedence: bulk\r\n", b"")
    mail = read(message(secret + PLAIN, speaker=ANNA, hide_names=True))
    assert (mail["Auto-Submitted"], mail["Precedence"]) == ("auto-generated", "list")
    assert mail["List-Id"] is None and b"111222333" not in bytes(mail)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (b"Bram <bram@kliniek.example>", "Bram <bram@kliniek.example>"),
        (b"bram@post.example", None),
        (b"a@b.example, c@kliniek.example", None),
    ],
)
def test_sender_stays_when_it_is_one_of_ours(written: bytes, kept: str | None) -> None:
    assert read(message(b"Sender: " + written + b"\r\n" + PLAIN, speaker=ANNA))["Sender"] == kept
    assert read(message(b"Sender: " + written + b"\r\n" + PIET, speaker=NOBODY))["Sender"] is None
