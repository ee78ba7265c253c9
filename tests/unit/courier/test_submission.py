"""What the courier says to Postfix, and what it does with each answer: nothing twice, nothing misread."""

from __future__ import annotations

import pytest

from tests.support.scripted_smtp import Scripted
from zegel.delivery_error import DeliveryError
from zegel.postfix_listener import Listener
from zegel_courier.submission import Submission

MAIL = b"Subject: x\r\n\r\n.a line with a dot\r\nFrom here\r\n"
STUFFED = b"Subject: x\r\n\r\n..a line with a dot\r\nFrom here\r\n"
FROM, TO = "a@kliniek.example", "b@post.example"


@pytest.fixture
def submission(server: Scripted) -> Submission:
    return Submission(Listener("127.0.0.1", server.port))


@pytest.mark.parametrize("offers", [["8BITMIME", "PIPELINING"], ["8BITMIME"], []])
def test_a_mail_arrives_whole(server: Scripted, submission: Submission, offers: list[str]) -> None:
    server.offers = offers
    assert submission.send(FROM, TO, MAIL) == "4bXyZ12q3Rz"
    assert submission.send(FROM, TO, b".first\r\nno end of line") == "4bXyZ12q3Rz"
    stuffed = [b"Subject: x\r\n\r\n..a line with a dot\r\nFrom here\r\n", b"..first\r\nno end of line\r\n"]
    assert server.mails == stuffed
    assert server.connections == 1
    body = b" BODY=8BITMIME" if offers else b""
    assert server.heard[1:] == [b"MAIL FROM:<" + FROM.encode() + b">" + body, b"RCPT TO:<b@post.example>", b"DATA"] * 2


@pytest.mark.parametrize("offers", [["PIPELINING"], []])
@pytest.mark.parametrize(
    ("script", "permanent", "status"),
    [
        ({"MAIL": "452 4.3.1 full"}, False, "4.3.1"),
        ({"MAIL": "552 5.3.4 too large", "RCPT": "503 5.5.1 no MAIL", "DATA": "503 5.5.1 no RCPT"}, True, "5.3.4"),
        ({"RCPT": "550 5.1.1 unknown", "DATA": "554 5.5.1 no valid recipients"}, True, "5.1.1"),
        ({"RCPT": "550 5.1.1 unknown"}, True, "5.1.1"),  # and the server awaits a mail nevertheless
        ({"DATA": "451 4.3.0 later"}, False, "4.3.0"),
        ({"DATA": "250 2.0.0 what"}, False, "2.0.0"),
        ({".": "550 5.7.1 spam"}, True, "5.7.1"),
    ],
)  # fmt: skip
def test_a_refusal_is_told_and_the_next_mail_goes(
    server: Scripted,
    submission: Submission,
    offers: list[str],
    script: dict[str, str | None],
    permanent: bool,
    status: str,
) -> None:
    server.offers, server.script = offers, script
    with pytest.raises(DeliveryError) as refused:
        submission.send(FROM, TO, MAIL)
    assert (refused.value.permanent, refused.value.status) == (permanent, status)
    server.script = {}
    before = server.mails.count(STUFFED)  # the server may still be hearing the end of the refused one
    assert submission.send(FROM, TO, MAIL) == "4bXyZ12q3Rz"
    assert server.mails.count(STUFFED) == before + 1
    assert not any(b"QUIT" in mail for mail in server.mails)


@pytest.mark.parametrize("gone", ["421 4.4.2 timeout exceeded", None])
@pytest.mark.parametrize("at", ["MAIL", "RCPT", "DATA"])
def test_a_connection_that_was_closed_meanwhile_is_made_anew(
    server: Scripted, submission: Submission, gone: str | None, at: str
) -> None:
    submission.send(FROM, TO, MAIL)
    server.script = {at: gone}
    with pytest.raises(DeliveryError) as failed:
        submission.send(FROM, TO, MAIL)  # the new connection is closed as well
    assert (failed.value.permanent, failed.value.unsure) == (False, False)
    assert (server.connections, len(server.mails)) == (2, 1)
    server.script = {}
    submission.send(FROM, TO, MAIL)
    assert (server.connections, len(server.mails)) == (3, 2)


def test_a_mail_that_left_is_not_sent_again_by_itself(server: Scripted, submission: Submission) -> None:
    submission.send(FROM, TO, MAIL)
    server.script = {".": ""}  # no answer that SMTP knows
    with pytest.raises(DeliveryError) as failed:
        submission.send(FROM, TO, MAIL)
    assert failed.value.permanent is False
    assert len(server.mails) == 2


def test_no_line_break_reaches_the_server(server: Scripted, submission: Submission) -> None:
    for sender, recipient in ((f"{FROM}>\r\nRCPT TO:<x@evil.example", TO), (FROM, f"{TO}\nDATA")):
        with pytest.raises(ValueError, match="line break"):
            submission.send(sender, recipient, MAIL)
    assert not server.mails
    assert not any(b"evil" in line for line in server.heard)


def test_nothing_leaves_when_the_last_look_before_the_content_says_no(server: Scripted) -> None:
    submission = Submission(Listener("127.0.0.1", server.port))
    with pytest.raises(DeliveryError) as refused:
        submission.send(FROM, TO, MAIL, lambda: False)
    assert not refused.value.permanent and not refused.value.unsure
    submission.send(FROM, TO, MAIL)
    submission.close()
    assert server.mails == [STUFFED] and server.connections == 2
