"""Replies that cannot be delivered, and what is killed on the way: who wrote sees it, and nothing is lost."""

from __future__ import annotations

import os
import random
import re
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from demo.place import free_ports
from demo.processes import ending_with_us
from demo.stack import Options, Ports, Stack
from tests.e2e.conftest import folder_for_postfix
from tests.e2e.post import SENDER, Post, plain
from tests.e2e.recipient import Recipient
from tests.e2e.writing_back import conversation, from_jan, jan_reads, write

GONE, FULL, LATER = "weg@kliniek.example", "vol@kliniek.example", "later@kliniek.example"
REFUSAL = "552 5.2.2 the mailbox is full of appelbloesem"


REPORT = (
    b"From: MAILER-DAEMON@achter.kliniek.example\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: text/plain\r\n\r\nsorry\r\n"
    b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; achter.kliniek.example\r\n\r\n"
    b"Final-Recipient: rfc822; anna@kliniek.example\r\nAction: failed\r\nStatus: 5.1.1\r\n--b--\r\n"
)


@contextmanager
def refusing_server(port: int) -> Iterator[None]:
    """A mail server that refuses every mail for good when it comes to its content."""
    as_nobody = ["-u", "nobody"] if os.geteuid() == 0 else []  # smtp-sink refuses to run as root
    command = ["/usr/sbin/smtp-sink", *as_nobody, "-f", "data", "-B", REFUSAL, f"127.0.0.1:{port}", "10"]
    behind = subprocess.Popen(ending_with_us(command))
    try:
        yield
    finally:
        behind.kill()
        behind.wait()


def refusing_at(port: int, later: int) -> Options:
    """Three mailboxes: one that Postfix refuses at once, two on servers behind it, which refuse what Postfix has."""
    return Options(
        postfix={
            "smtpd_recipient_restrictions": (
                f"check_recipient_access inline:{{ {{ {GONE} = 550 5.1.1 no such mailbox }} }}, permit_mynetworks"
            ),
            "transport_maps": (
                f"inline:{{ {{ {FULL} = smtp:[127.0.0.1]:{port} }}, {{ {LATER} = smtp:[127.0.0.1]:{later} }} }}"
            ),
            "mime_header_checks": r"regexp:{ {/name=.*\.exe/ REJECT programs are not taken} }",
        }
    )


@pytest.fixture(scope="module")
def later() -> int:
    """Where a server will be."""
    (port,) = free_ports(1)
    return port


@pytest.fixture(scope="module")
def post(later: int) -> Iterator[Post]:
    (port,) = free_ports(1)
    options = refusing_at(port, later)
    with refusing_server(port), folder_for_postfix() as folder, Stack(folder, Ports.free(), options) as started:
        yield Post(started)


def states(post: Post) -> dict[str, str]:
    """What became of the newest reply for each addressee."""
    database = sqlite3.connect(post.stack.data / "zegel.db")
    newest = "SELECT id FROM message WHERE kind = 'reply' ORDER BY created_at DESC LIMIT 1"
    rows = database.execute(f"SELECT address, trim(state || ' ' || why) FROM addressee WHERE message = ({newest})")
    found = dict(rows.fetchall())
    database.close()
    return found


def come_to(post: Post, wanted: dict[str, str], seconds: float = 30) -> None:
    """Waits until the addressees of the newest reply are in these states."""
    deadline = time.monotonic() + seconds
    while (found := states(post)) != wanted:
        assert time.monotonic() < deadline, f"{found} and not {wanted}"
        time.sleep(0.2)


def test_a_mailbox_that_refuses_is_shown_to_who_wrote(post: Post) -> None:
    jan = Recipient(post, post.somebody())
    jan_reads(jan, post, to=f"{jan.address}, {GONE}, {FULL}")
    write(jan, "Aan iedereen", more={"to-1": GONE, "to-2": FULL})
    post.wait_for_mail(SENDER, from_jan(jan))
    come_to(post, {GONE: "failed unknown", FULL: "failed full", SENDER: "sent"})
    page = conversation(jan)
    assert GONE in page.text and FULL in page.text
    assert "appelbloesem" not in page.text, "what the mail server says is not for outside"
    post.settle()
    log = post.stack.log.joinpath("mail.log").read_text()
    assert "milter-discard: END-OF-MESSAGE" in log, "the report ends at Zegel"
    assert [name for name in post.maildirs.addresses() if "+z" in name] == [], "and is in nobody's mailbox"
    assert not any(b"Aan iedereen" in each.raw for each in post.letters(jan.address))


def test_what_a_filter_of_postfix_refuses_is_shown_to_who_wrote(post: Post) -> None:
    jan = Recipient(post, post.somebody())
    jan_reads(jan, post)
    write(jan, "Met een programma", {"spel.exe": ("application/octet-stream", b"MZ")})
    come_to(post, {SENDER: "failed refused"})
    assert "programs are not taken" not in conversation(jan).text


def test_a_report_from_another_server_is_noted_and_one_that_was_made_up_is_not(post: Post) -> None:
    jan = Recipient(post, post.somebody())
    jan_reads(jan, post)
    write(jan, "Bericht dat later terugkomt")
    letter = post.wait_for_mail(SENDER, lambda each: "later terugkomt" in each.body("plain"))
    address = letter.header("Return-Path").strip("<>")
    made_up = re.sub(r"\+z.", lambda found: f"+z{'a' if found[0][-1] != 'a' else 'b'}", address)
    post.send(REPORT, [made_up, "iemand@kliniek.example"], "")
    post.wait_for_mail("iemand@kliniek.example", lambda each: each.header("Subject") == "Undelivered")
    assert states(post) == {SENDER: "sent"}
    post.send(REPORT, [address, "iemand.anders@kliniek.example"], "")
    come_to(post, {SENDER: "failed unknown"})
    post.wait_for_mail("iemand.anders@kliniek.example", lambda each: each.header("Subject") == "Undelivered")
    assert post.letters(address) == []


def test_reports_about_other_mail_reach_who_wrote_it(post: Post) -> None:
    post.send(plain("gewone mail", "zonder gevoelige inhoud", to=FULL), FULL)
    letter = post.wait_for_mail(SENDER, lambda each: "5.2.2" in each.raw.decode("utf-8", "replace"), 30)
    assert letter.message.get_content_type() == "multipart/report"


def test_while_zegel_is_away_a_report_waits_in_postfix(post: Post, later: int) -> None:
    """Otherwise it would be lost, or go to a mailbox."""
    jan = Recipient(post, post.somebody())
    jan_reads(jan, post, to=f"{jan.address}, {LATER}")
    write(jan, "Nog een keer", more={"to-1": LATER})
    come_to(post, {LATER: "sent", SENDER: "sent"})
    post.stack.kill("milter")
    with refusing_server(later):
        log, deadline = post.stack.log / "mail.log", time.monotonic() + 60
        while f"to=<{LATER}>, relay=127.0.0.1" not in log.read_text():
            assert time.monotonic() < deadline, log.read_text()[-3000:]
            post.stack.postfix.flush()
            time.sleep(1)
        time.sleep(2)
        assert states(post) == {LATER: "sent", SENDER: "sent"}
        assert not post.stack.postfix.queue_empty()
        post.stack.restart("milter")
        post.stack.postfix.flush()
        come_to(post, {LATER: "failed full", SENDER: "sent"}, 60)
    post.settle(30)


def test_a_courier_that_is_killed_loses_no_reply(post: Post) -> None:
    chance = random.Random(5)
    jan = Recipient(post, post.somebody())
    jan_reads(jan, post)
    for number in range(5):
        write(jan, f"Bericht nummer {number}")
        time.sleep(chance.uniform(0, 0.12))
        post.stack.kill("courier")
        post.stack.restart("courier")
    for number in range(5):
        post.wait_for_mail(SENDER, lambda each, n=number: f"Bericht nummer {n}" in each.body("plain"), 30)  # type: ignore[misc]
    come_to(post, {SENDER: "sent"})
