"""What a mail holds that nobody could look into is logged and counted, in words that are not the sender's."""

from __future__ import annotations

import logging

import pytest

from tests.support.cast import RECIPIENT, Built
from tests.unit.intake.test_intake import CLEAN, SECRET, envelope, intake, unanswered
from tests.unit.message.message_samples import file_part, mail, text_part
from zegel.intake import Intake
from zegel.message.blind_spots import blind_spots
from zegel.message.mime.tree import parse
from zegel.message.reader import File, Mail, Unreadable
from zegel.officers.report import blind_spots_of, lines_of
from zegel.vault.tables.rule_counts import BLIND_SPOT

__all__ = ["intake"]


def with_file(name: str, data: bytes) -> bytes:
    return CLEAN.partition(b"\r\n\r\n")[0] + b"\r\n" + mail(text_part("Tot morgen."), file_part(data, name))


def test_what_cannot_be_looked_into_is_logged_and_reported(
    built: Built, intake: Intake, caplog: pytest.LogCaptureFixture
) -> None:
    locked = bytes.fromhex("85010c03") + bytes(range(256))
    caplog.set_level(logging.INFO, "zegel.intake")
    for _ in range(2):
        assert intake.receive(envelope(RECIPIENT), with_file("Jansen.gpg", locked)).protected == ()
    assert intake.receive(envelope(RECIPIENT), with_file("a.zip", b"PK\3\4" + bytes(99))).protected == ()
    unanswered(intake.receive(envelope(RECIPIENT), with_file("b.gpg", locked) + SECRET.partition(b"\r\n\r\n")[2]))
    counts = list(built.core.vault.store.rule_counts.since(0))
    assert [(spot.unreadable, spot.type, spot.messages) for spot in blind_spots_of(counts)] == [
        ("encrypted", "application/pgp-encrypted", 3),
        ("corrupt", "application/zip", 1),
    ]
    assert BLIND_SPOT not in {line.rule for line in lines_of(counts)}
    assert all(line.false_alarms == 0 for line in lines_of(counts))
    assert "not looked into: encrypted application/pgp-encrypted" in caplog.text
    assert "Jansen" not in caplog.text


@pytest.mark.parametrize("written", ["patient/jansen smit", "Jansen", "text/Piet Jansen; x", "", "x" * 200])
def test_a_type_that_a_sender_made_up_stands_in_no_log(written: str) -> None:
    read = Mail(parse(CLEAN), (), (File("2", "a", written, 1),), (Unreadable("2", "a", "corrupt"),))
    assert blind_spots(read) == ("corrupt unknown",)
