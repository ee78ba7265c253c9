"""postfix/zegel-postfix on real configurations, and what a real Postfix then does with the mail."""

from __future__ import annotations

import json
import os
import shutil
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from demo.private_postfix import PrivatePostfix, as_root, group_of_postfix

HERE = Path(__file__).resolve().parent
SCRIPT = HERE.parents[1] / "postfix" / "zegel-postfix"
SIGNER = "inet:localhost:8891"


def cooled(folder: Path) -> Path:
    """Makes the files old: Postfix waits a second before it reads one that was changed just now."""
    for name in ("main.cf", "master.cf"):
        os.utime(folder / name, (1_000_000_000, 1_000_000_000))
    return folder


def script(folder: Path, *words: str, fails: bool = False) -> str:
    """What the script says; standard error after standard output."""
    command = [str(SCRIPT), "-c", str(cooled(folder)), *words]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (answer.returncode != 0) == fails, answer.stdout + answer.stderr
    return answer.stdout + answer.stderr


def postconf(folder: Path, *words: str) -> str:
    command = ["postconf", "-c", str(cooled(folder)), *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def meaning(folder: Path) -> tuple[str, str, str]:
    """All that Postfix reads from a configuration."""
    return postconf(folder, "-n"), postconf(folder, "-M"), postconf(folder, "-P")


# On a configuration as Debian ships it, with a signer.


@pytest.fixture
def debian(tmp_path: Path) -> Path:
    folder = tmp_path / "etc"
    folder.mkdir()
    shutil.copy("/usr/share/postfix/master.cf.dist", folder / "master.cf")
    folder.joinpath("main.cf").write_text(
        "# by hand\n"
        "compatibility_level = 3.6\n"
        f"queue_directory = {tmp_path}/queue\n"
        f"data_directory = {tmp_path}/data\n"
        f"smtpd_milters =\n  {SIGNER}\n"
        "non_smtpd_milters = $smtpd_milters\n"
        "milter_default_action = accept\n"
    )
    return folder


def test_apply_and_undo_leave_the_configuration_as_it_was(debian: Path) -> None:
    before = meaning(debian)
    script(debian, "apply")
    assert meaning(debian) != before
    script(debian, "undo")
    assert meaning(debian) == before
    assert "# by hand" in debian.joinpath("main.cf").read_text()
    assert script(debian, "undo") == "nothing to undo\n"


def test_a_second_apply_changes_nothing_and_says_so(debian: Path) -> None:
    script(debian, "apply")
    files = {path: path.read_bytes() for path in debian.iterdir()}
    assert script(debian, "apply") == "nothing to change\n"
    assert script(debian, "show") == "nothing to change\n"
    assert {path: path.read_bytes() for path in debian.iterdir()} == files


def test_show_prints_old_and_new_and_writes_nothing(debian: Path) -> None:
    before = meaning(debian)
    shown = script(debian, "show")
    assert f"- smtpd_milters = {SIGNER}" in shown
    assert f"+ smtpd_milters = $zegel_milter, {SIGNER}" in shown
    assert "+ 127.0.0.1:10026 inet n - y - - smtpd" in shown
    assert meaning(debian) == before
    assert not debian.joinpath("zegel-postfix.json").exists()


def test_zegel_stands_before_the_signer_and_the_signer_alone_signs_what_comes_back(debian: Path) -> None:
    script(debian, "apply")
    assert "unix:zegel/milter.sock, default_action=tempfail" in postconf(debian, "-xh", "smtpd_milters")
    assert postconf(debian, "-xh", "smtpd_milters").strip().endswith(SIGNER)
    assert postconf(debian, "-xh", "non_smtpd_milters") == postconf(debian, "-xh", "smtpd_milters")
    assert postconf(debian, "-xP", "127.0.0.1:10026/inet/smtpd_milters").strip().endswith(f"= {SIGNER}")


def test_a_filter_that_may_refuse_stays_in_front_when_the_signer_is_named(debian: Path) -> None:
    postconf(debian, "-e", f"smtpd_milters=inet:localhost:11332, {SIGNER}")
    script(debian, "apply", "--signer", SIGNER)
    assert postconf(debian, "-h", "smtpd_milters").strip() == f"inet:localhost:11332, $zegel_milter, {SIGNER}"
    assert postconf(debian, "-h", "zegel_signer").strip() == SIGNER
    assert script(debian, "apply") == "nothing to change\n", "the signer is remembered"


def test_the_default_action_of_the_other_milters_is_left_alone(debian: Path) -> None:
    script(debian, "apply")
    assert postconf(debian, "-h", "milter_default_action").strip() == "accept"


def test_another_port_replaces_the_listener(debian: Path) -> None:
    before = meaning(debian)
    script(debian, "apply")
    script(debian, "apply", "--port", "10027")
    services = postconf(debian, "-M")
    assert "127.0.0.1:10027" in services
    assert "127.0.0.1:10026" not in services
    script(debian, "undo")
    assert meaning(debian) == before


def test_a_port_in_use_is_refused_before_anything_is_written(debian: Path) -> None:
    postconf(debian, "-M", "localhost:10026/inet=localhost:10026 inet n - n - - smtpd")
    before = meaning(debian)
    assert "--port" in script(debian, "apply", fails=True)
    assert meaning(debian) == before


@pytest.mark.parametrize("socket_name", ["inet:8894@localhost", "milter.sock", "unix:"])
def test_a_socket_in_another_notation_is_refused(debian: Path, socket_name: str) -> None:
    assert "inet:HOST:PORT" in script(debian, "apply", "--socket", socket_name, fails=True)


def test_a_milter_that_was_added_later_survives_undo(debian: Path) -> None:
    script(debian, "apply")
    postconf(debian, "-e", f"smtpd_milters=$zegel_milter, {SIGNER}, inet:localhost:9")
    said = script(debian, "undo")
    assert "only Zegel is taken out" in said
    assert postconf(debian, "-h", "smtpd_milters").strip() == f"{SIGNER}, inet:localhost:9"
    assert "zegel" not in "".join(meaning(debian))


def test_a_milter_that_was_added_later_is_kept_by_apply_and_by_undo(debian: Path) -> None:
    script(debian, "apply")
    postconf(debian, "-e", f"smtpd_milters=$zegel_milter, {SIGNER}, inet:localhost:9")
    script(debian, "apply")
    assert postconf(debian, "-h", "zegel_signer").strip() == f"{SIGNER}, inet:localhost:9"
    script(debian, "undo")
    assert postconf(debian, "-h", "smtpd_milters").strip() == f"{SIGNER}, inet:localhost:9"


def test_an_apply_that_was_cut_off_is_finished_by_the_next_one_and_can_be_undone(debian: Path) -> None:
    before = meaning(debian)
    script(debian, "apply")
    postconf(debian, "-MX", "127.0.0.1:10026/inet")
    postconf(debian, "-X", "non_smtpd_milters")
    script(debian, "apply")
    assert "127.0.0.1:10026" in postconf(debian, "-M")
    script(debian, "undo")
    after = meaning(debian)
    assert after[1:] == before[1:]
    assert "zegel" not in after[0]


def test_ways_around_zegel_are_pointed_out(debian: Path) -> None:
    assert "warning" not in script(debian, "show")
    postconf(debian, "-M", f"submission/inet=submission inet n - y - - smtpd -o smtpd_milters={SIGNER}")
    postconf(debian, "-P", "pickup/unix/receive_override_options=no_header_body_checks,no_milters")
    postconf(debian, "-e", "always_bcc=archive@kliniek.example")
    shown = script(debian, "show")
    assert "submission/inet has its own smtpd_milters: mail" in shown
    assert f"-o smtpd_milters=$zegel_milter,{SIGNER}" in shown
    assert "pickup/unix has no_milters" in shown
    assert "always_bcc = archive@kliniek.example" in shown
    postconf(debian, "-P", f"submission/inet/smtpd_milters=$zegel_milter,{SIGNER}")
    assert "submission" not in script(debian, "show")


def test_a_socket_outside_the_chroot_is_pointed_out(debian: Path) -> None:
    assert "chrooted" in script(debian, "show", "--socket", "unix:/run/zegel/milter.sock")


# In a Postfix that runs.


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

    def seen(self) -> list[str]:
        """Subjects that the milter saw."""
        lines = self.notes.read_text().splitlines() if self.notes.exists() else []
        return [json.loads(line)["subject"] for line in lines]

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
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("postfix")
    for parent in (folder, *folder.parents[:2]):
        parent.chmod(0o755)  # Postfix's users have to reach their queue
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
    script(postfix.config, "apply", "--port", str(reinjection))
    place = postfix.queue / "zegel"
    owner, group = str(os.getuid()), str(group_of_postfix())
    as_root_run("install", "-d", "-o", owner, "-g", group, "-m", "2750", str(place))
    notes = folder / "notes"
    words = [sys.executable, str(HERE / "recording_milter.py"), f"unix:{place}/milter.sock", str(notes)]
    milter = subprocess.Popen(["/bin/sh", "-c", 'umask 007; exec "$@"', "sh", *words])
    try:
        deadline = time.monotonic() + 20
        while not (place / "milter.sock").exists():
            assert time.monotonic() < deadline, "the milter did not start"
            time.sleep(0.05)
        postfix.stop()
        assert as_root_run("postfix", "-c", str(postfix.config), "check") == ""
        as_root_run("postfix", "-c", str(postfix.config), "start")
        yield Running(postfix, port, reinjection, notes)
    finally:
        postfix.stop()
        milter.terminate()
        milter.wait(20)


def test_mail_by_smtp_and_by_sendmail_passes_the_milter(running: Running) -> None:
    running.send("by smtp", "jan@kliniek.example")
    running.postfix.sendmail(
        b"Subject: by sendmail\n\nText\n", "piet@kliniek.example", ["jan@kliniek.example"]
    )
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
