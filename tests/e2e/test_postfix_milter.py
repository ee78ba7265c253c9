"""What a real, chrooted Postfix does with mail after postfix/zegel-postfix: who sees it and who gets it."""

from __future__ import annotations

import json
import os
import smtplib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from demo.private_postfix import PrivatePostfix, as_root, group_of_postfix
from demo.processes import ending_with_us
from tests.e2e.postfix_tools import postconf, script

HERE = Path(__file__).resolve().parent


@dataclass
class Running:
    """A Postfix with the script's configuration, and a milter that keeps notes."""

    postfix: PrivatePostfix
    port: int
    reinjection: int
    notes: Path

    def send(self, subject: str, *recipients: str, port: int | None = None) -> None:
        with smtplib.SMTP("127.0.0.1", port or self.port, timeout=20) as smtp:
            smtp.sendmail("anna@kliniek.example", recipients, f"Subject: {subject}\r\n\r\nText\r\n")

    def seen(self) -> dict[str, list[str]]:
        """The recipients that the milter saw, by subject."""
        lines = self.notes.read_text().splitlines() if self.notes.exists() else []
        return {note["subject"]: note["recipients"] for note in map(json.loads, lines)}

    def delivered(self) -> set[tuple[str, str]]:
        """(mailbox, subject) of everything delivered, once the queue is empty."""
        deadline = time.monotonic() + 20
        while not self.postfix.queue_empty():
            assert time.monotonic() < deadline, self.postfix.log.read_text()
            time.sleep(0.05)
        assert self.postfix.mail
        mails = list(self.postfix.mail.glob("*/new/*"))
        return {(path.parts[-3], _subject(path)) for path in mails}


def _subject(path: Path) -> str:
    lines = path.read_text().splitlines()
    return next(line.removeprefix("Subject: ") for line in lines if line.startswith("Subject: "))


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def as_root_run(*command: str) -> str:
    """What the command says."""
    answer = subprocess.run(as_root(command), capture_output=True, text=True, check=True)
    return answer.stdout + answer.stderr


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    folder = Path(tempfile.mkdtemp(prefix="zegel-postfix-"))
    folder.chmod(0o755)  # Postfix's users have to reach their queue; pytest closes its own folders to them
    port, reinjection = _free_port(), _free_port()
    postfix = PrivatePostfix(
        folder=folder / "postfix",
        port=port,
        log=folder / "mail.log",
        mail=folder / "mail",
        overrides={
            "sender_bcc_maps": "inline:{anna@kliniek.example=archive@kliniek.example}",
            "virtual_alias_maps": "inline:{ {team@kliniek.example=jan@kliniek.example,els@kliniek.example} }",
        },
    )
    postfix.start()
    for service in (f"127.0.0.1:{port}/inet", "cleanup/unix"):
        postconf(postfix.config, "-F", f"{service}/chroot=y")  # as Debian has it
    script(postfix.config, "apply", "--no-reload", "--port", str(reinjection))
    place = postfix.queue / "zegel"
    owner, group = str(os.getuid()), str(group_of_postfix())
    as_root_run("install", "-d", "-o", owner, "-g", group, "-m", "2750", str(place))
    notes = folder / "notes"
    words = [sys.executable, str(HERE / "recording_milter.py"), f"unix:{place}/milter.sock", str(notes)]
    milter = subprocess.Popen(ending_with_us(["/bin/sh", "-c", 'umask 007; exec "$@"', "sh", *words]))
    try:
        deadline = time.monotonic() + 20
        while not (place / "milter.sock").exists():
            assert time.monotonic() < deadline, "the milter did not start"
            time.sleep(0.05)
        postfix.stop()
        assert as_root_run("/usr/sbin/postfix", "-c", str(postfix.config), "check") == ""
        as_root_run("/usr/sbin/postfix", "-c", str(postfix.config), "start")
        yield Running(postfix, port, reinjection, notes)
    finally:
        postfix.stop()
        milter.terminate()
        milter.wait(20)
        as_root_run("rm", "-rf", "--", str(folder))


def test_mail_by_smtp_and_by_sendmail_passes_the_milter(running: Running) -> None:
    running.send("by smtp", "jan@kliniek.example")
    running.postfix.sendmail(b"Subject: by sendmail\n\nText\n", "piet@kliniek.example", ["jan@kliniek.example"])
    assert {("jan@kliniek.example", "by smtp"), ("jan@kliniek.example", "by sendmail")} <= running.delivered()
    assert {"by smtp", "by sendmail"} <= set(running.seen())


def test_mail_that_the_courier_hands_back_does_not_pass_the_milter(running: Running) -> None:
    running.send("handed back", "post@partner.example", port=running.reinjection)
    assert ("post@partner.example", "handed back") in running.delivered()
    assert "handed back" not in running.seen()


def test_the_archive_gets_people_s_mail_but_no_passwords(running: Running) -> None:
    running.send("for the archive", "jan@kliniek.example")
    running.send("your password", "post@partner.example", port=running.reinjection)
    delivered = running.delivered()
    assert ("archive@kliniek.example", "for the archive") in delivered
    assert ("post@partner.example", "your password") in delivered
    assert ("archive@kliniek.example", "your password") not in delivered


def test_an_alias_is_not_yet_expanded_when_the_milter_looks(running: Running) -> None:
    """Why docs/operations.md warns of own addresses that forward to outside ones."""
    running.send("to an alias", "team@kliniek.example")
    assert ("els@kliniek.example", "to an alias") in running.delivered()
    assert running.seen()["to an alias"] == ["team@kliniek.example"]


def test_a_notice_to_an_alias_of_ours_arrives(running: Running) -> None:
    running.send("notice", "team@kliniek.example", port=running.reinjection)
    assert {("jan@kliniek.example", "notice"), ("els@kliniek.example", "notice")} <= running.delivered()


def test_a_deleted_recipient_gets_nothing_and_the_colleague_the_original(running: Running) -> None:
    subject = "delete post@partner.example"
    running.send(subject, "post@partner.example", "jan@kliniek.example")
    delivered = running.delivered()
    assert ("jan@kliniek.example", subject) in delivered
    assert ("post@partner.example", subject) not in delivered


def test_automatic_copies_escape_deletion_but_not_discarding_as_the_warning_says(running: Running) -> None:
    """What `show` says about sender_bcc_maps, observed."""
    subject = "delete post@elsewhere.example"
    running.send(subject, "post@elsewhere.example")
    running.send("discard", "post@partner.example")
    delivered = running.delivered()
    assert ("archive@kliniek.example", subject) in delivered
    assert "discard" in running.seen()
    assert "discard" not in {given for _, given in delivered}


def test_the_listener_gives_no_login_and_nothing_to_strangers(running: Running) -> None:
    with smtplib.SMTP("127.0.0.1", running.reinjection, timeout=20) as smtp:
        smtp.ehlo()
        assert not smtp.has_extn("auth")
        assert not smtp.has_extn("starttls")
    service = f"127.0.0.1:{running.reinjection}/inet"
    overrides = postconf(running.postfix.config, "-P", service)
    assert f"{service}/smtpd_recipient_restrictions = permit_mynetworks,reject" in overrides
    assert f"{service}/mynetworks = 127.0.0.0/8" in overrides


def test_without_the_milter_mail_is_refused_for_now_and_nothing_is_delivered(running: Running) -> None:
    sock = running.postfix.queue / "zegel" / "milter.sock"
    away = sock.with_name("away")
    sock.rename(away)
    try:
        with pytest.raises(smtplib.SMTPException) as refused:
            running.send("nobody looked", "jan@kliniek.example")
    finally:
        away.rename(sock)
    code = getattr(refused.value, "smtp_code", None)
    if isinstance(refused.value, smtplib.SMTPRecipientsRefused):
        code = next(iter(refused.value.recipients.values()))[0]
    assert code in range(400, 500)
    assert "nobody looked" not in {subject for _, subject in running.delivered()}
