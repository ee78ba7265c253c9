"""Who can hand in mail at the re-injection listener: the courier, and no other account of this machine."""

from __future__ import annotations

import fcntl
import json
import os
import smtplib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from demo.place import free_ports
from demo.private_postfix import PrivatePostfix
from demo.processes import ending_with_us
from demo.stack import Stack
from tests.e2e.drill import eventually
from tests.e2e.post import Post
from tests.e2e.postfix_tools import cooled, postconf
from zegel import postfix_listener
from zegel.cli.checks import listeners
from zegel.postfix_listener import Listener
from zegel.settings.model import Settings, load_settings
from zegel_courier.submission import Submission

NOBODY = ["/usr/bin/setpriv", "--reuid=nobody", "--regid=nogroup"]
STRANGER = [*NOBODY, "--clear-groups"]
COURIER = [*NOBODY, "--groups=postdrop"]
"""An account that is not Postfix's, with the group that zegel-courier.service gives."""
IN_ITS_UNIT = [*COURIER, "/usr/bin/unshare", "--user", "--map-user=65534", "--map-group=65534"]
"""The same in a user namespace, as PrivateUsers= makes one."""
HANDS_IN = """
import smtplib, socket, sys

class AtSocket(smtplib.SMTP):
    def _get_socket(self, *_):
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(60)
        line.connect(sys.argv[1])
        return line

try:
    smtp = AtSocket("localhost", local_hostname="localhost")
except OSError as error:
    sys.exit(error.strerror)
smtp.sendmail("directeur@kliniek.example", [sys.argv[2]], "Subject: x\\r\\n\\r\\nBSN 111222333\\r\\n")
"""
LOCKS = """
import fcntl, os, sys
file = open(sys.argv[1], "a")
fcntl.flock(file, fcntl.LOCK_EX)
file.write(str(os.getpid())); file.flush()
print("locked", flush=True)
sys.stdin.read()
"""
"""What the courier does with its lock."""

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="the socket is for root's stack, and only root is others too")


def hand_in(who: list[str], path: Path | None, recipient: str) -> subprocess.CompletedProcess[str]:
    words = [*who, "/usr/bin/python3", "-I", "-c", HANDS_IN, str(path), recipient]
    return subprocess.run(words, cwd="/", capture_output=True, text=True, check=False, timeout=120)


def test_another_account_cannot_hand_in_mail_and_one_with_the_couriers_group_can(post: Post) -> None:
    path, stranger = post.stack.reinjection.socket, post.somebody()
    refused = hand_in(STRANGER, path, stranger)
    assert (refused.returncode, refused.stderr.strip()) == (1, "Permission denied")
    for who in (COURIER, IN_ITS_UNIT):
        recipient = post.somebody()
        assert hand_in(who, path, recipient).returncode == 0
        post.wait_for_mail(recipient)
        assert b"111222333" in post.letters(recipient)[0].raw, "what comes in there is not looked at"
    assert post.letters(stranger) == []


def test_postfix_has_no_port_for_it(post: Post) -> None:
    services = post.stack.postfix.config.joinpath("master.cf").read_text(encoding="utf-8").splitlines()
    smtpd = [line.split() for line in services if " smtpd" in line and not line.startswith(("#", " "))]
    assert [fields[0] for fields in smtpd if fields[1] == "inet"] == [f"127.0.0.1:{post.stack.ports.smtp}"]
    assert [fields[:3] for fields in smtpd if fields[1] != "inet"] == [["zegel-submit", "unix", "n"]]


def answers(listener: Listener) -> bool:
    with suppress(OSError, smtplib.SMTPException), listener.connect(5):
        return True
    return False


@pytest.mark.parametrize(("protocols", "address"), [("ipv4", "127.0.0.1"), ("ipv6", "::1")], ids=["ipv4", "ipv6"])
def test_a_signer_hears_that_it_comes_from_this_machine(tmp_folder: Path, protocols: str, address: str) -> None:
    """Signers sign by the client's address, and a client at a unix socket has none."""
    tmp_folder.chmod(0o755)
    milter, notes = tmp_folder / "signer.sock", tmp_folder / "notes"
    words = [sys.executable, str(Path(__file__).parent / "recording_milter.py"), f"unix:{milter}", str(notes)]
    signer = subprocess.Popen(ending_with_us(["/bin/sh", "-c", 'umask 0; exec "$@"', "sh", *words]))
    postfix = PrivatePostfix(
        tmp_folder / "postfix",
        free_ports(1)[0],
        tmp_folder / "mail.log",
        mail=tmp_folder / "mail",
        milter=f"unix:{milter}",
        by_socket=True,
        overrides={"smtpd_milters": f"unix:{milter}"},
    )
    try:
        assert eventually(milter.exists)
        postfix.start()
        if protocols != "ipv4":  # the ordinary listener is of 127.0.0.1
            postconf(postfix.config, "-e", f"inet_protocols={protocols}", "inet_interfaces=loopback-only")
            postconf(postfix.config, "-MX", f"127.0.0.1:{postfix.port}/inet")
            postfix.stop()
            subprocess.run(["/usr/sbin/postfix", "-c", str(cooled(postfix.config)), "start"], check=True)
        listener = Listener("127.0.0.1", 1, postfix.socket("zegel-submit"))
        sender = Submission(listener)
        assert eventually(lambda: answers(listener))
        for subject in ("first", "second"):
            sender.send("no-reply@kliniek.example", "jan@post.example", f"Subject: {subject}\r\n\r\nx\r\n".encode())
        sender.close()
        seen = [json.loads(line) for line in notes.read_text().splitlines()]
        assert [(each["subject"], each["client"]) for each in seen] == [
            ("first", ["localhost", address]),
            ("second", ["localhost", address]),
        ]
    finally:
        postfix.stop()
        signer.terminate()
        signer.wait(20)


LISTENS = """
import socket, sys
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
sys.stdin.read()
"""
ASKS = "\nimport sys\nprint(Listener('127.0.0.1', int(sys.argv[1]), Path(sys.argv[2])).by_socket)"
"""What the courier decides, run by somebody who need not be able to read this checkout."""


def test_who_may_not_look_whether_there_is_a_socket_goes_to_a_port_of_root_s_alone(stack: Stack) -> None:
    """An old unit, and Postfix as it was: mail goes on. At a port of anybody else it waits."""
    source = Path(postfix_listener.__file__).read_text(encoding="utf-8") + ASKS
    path, (free,) = stack.postfix.queue / "public" / "none-yet", free_ports(1)

    def by_socket(who: list[str], port: int) -> str:
        words = [*who, "/usr/bin/python3", "-I", "-c", source, str(port), str(path)]
        return subprocess.run(words, cwd="/", capture_output=True, text=True, check=True, timeout=60).stdout.strip()

    words = [*STRANGER, "/usr/bin/python3", "-I", "-c", LISTENS]
    stranger = subprocess.Popen(words, cwd="/", stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert stranger.stdout
    try:
        squatted = int(stranger.stdout.readline())
        assert by_socket(STRANGER, stack.ports.smtp) == "False", "Postfix has the port"
        assert by_socket(STRANGER, free) == by_socket(STRANGER, squatted) == "True"
        assert by_socket(COURIER, free) == "False", "who may look sees that there is none"
    finally:
        stranger.communicate()


# What `zegel check` says.


def said(settings: Settings) -> tuple[str, str]:
    (only,) = listeners.reinjection(settings)
    return only[0], only[1]


def with_submission(stack: Stack, **values: object) -> Settings:
    settings = load_settings(stack.config)
    return settings.model_copy(update={"submission": settings.submission.model_copy(update=values)})


@contextmanager
def running(who: list[str], folder: Path) -> Iterator[Path]:
    """Somebody who holds the courier's lock in `folder`; the path of a database beside it."""
    folder.chmod(0o777)
    lock = folder / "courier.lock"
    words = [*who, "/usr/bin/python3", "-I", "-c", LOCKS, str(lock)]
    process = subprocess.Popen(words, cwd="/", stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin and process.stdout
    try:
        assert process.stdout.readline() == "locked\n"
        yield folder / "zegel.db"
    finally:
        process.communicate()


@pytest.mark.parametrize(("who", "state"), [(STRANGER, "critical"), (COURIER, "ok")], ids=["without", "with"])
def test_a_courier_without_the_group_is_named(stack: Stack, tmp_folder: Path, who: list[str], state: str) -> None:
    settings = load_settings(stack.config)
    with running(who, tmp_folder) as database:
        kept = settings.storage.model_copy(update={"database": database})
        found, text = said(settings.model_copy(update={"storage": kept}))
    assert found == state
    assert ("the courier cannot connect" in text and "daemon-reload" in text) == (state == "critical")


def test_the_running_courier_writes_its_number_into_its_lock(stack: Stack) -> None:
    with stack.data.joinpath("courier.lock").open("rb") as file:
        with pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        number = int(file.read())
    assert b"zegel-courier" in Path(f"/proc/{number}/cmdline").read_bytes()


def test_a_listener_from_before_goes_on_and_is_warned_of(stack: Stack) -> None:
    """Where the socket is not there yet the port counts; the ordinary listener stands in for it."""
    before = with_submission(stack, socket=stack.data / "none" / "zegel-submit", port=stack.ports.smtp)
    assert not before.submission.listener.by_socket
    state, text = said(before)
    assert state == "warning" and "every account of this machine" in text and "zegel-postfix apply" in text
    assert said(with_submission(stack, socket=None, port=stack.ports.smtp))[0] == "ok", "who asked for a port has it"


def test_a_folder_that_is_open_to_all_is_warned_of(stack: Stack) -> None:
    public = stack.postfix.queue / "public"
    before = public.stat().st_mode
    public.chmod(before | 0o001)
    try:
        state, text = said(load_settings(stack.config))
    finally:
        public.chmod(before)
    assert state == "warning" and f"chmod o= {public}" in text
    assert said(load_settings(stack.config))[0] == "ok"


def test_a_socket_that_nobody_serves_is_not_replaced_by_a_port(stack: Stack, tmp_folder: Path) -> None:
    """Whoever listens at the port that Postfix left would be handed links and passwords."""
    dead = tmp_folder / "zegel-submit"
    subprocess.run(["/usr/bin/python3", "-c", f"import socket; socket.socket(socket.AF_UNIX).bind({str(dead)!r})"])
    (port,) = free_ports(1)
    state, text = said(with_submission(stack, socket=dead, port=port))
    assert state == "critical" and f"{dead}: nothing answers" in text
