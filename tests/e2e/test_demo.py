"""The demo as people start it: one ready line, everything gone at the end, and again."""

from __future__ import annotations

import os
import re
import signal
import smtplib
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from demo.maildir import Maildirs
from demo.place import free_ports
from demo.private_postfix import PrivatePostfix
from demo.stack import CHECKOUT
from tests.e2e.recipient import is_notification

READY = re.compile(
    r"^demo ready: smtp=127\.0\.0\.1:(\d+) portal=http://localhost:(\d+) inbox=http://127\.0\.0\.1:(\d+) data=(\S+)$"
)
CONSOLE = re.compile(
    r"^console ready: http://localhost:\d+ officer=fg@kliniek\.example administrator=ict@kliniek\.example$"
)
WORDS = ("SMTP_PORT", "PORTAL_PORT", "INBOX_PORT", "CONSOLE_PORT")


class Demo:
    """`python -m demo` in one folder on ports of its own."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.ports = free_ports(4)

    def environment(self, **more: str) -> dict[str, str]:
        ports = {word: str(port) for word, port in zip(WORDS, self.ports, strict=True)}
        return os.environ | ports | {"DATA": str(self.data), "AUTO": "0"} | more

    @contextmanager
    def running(self, **more: str) -> Iterator[subprocess.Popen[str]]:
        """Started, and past its ready line; ended at the end."""
        with subprocess.Popen(
            [sys.executable, "-m", "demo"],
            cwd=CHECKOUT,
            env=self.environment(**more),
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                assert process.stdout
                found = READY.match(process.stdout.readline())
                assert found
                assert found.groups() == (*map(str, self.ports[:3]), str(self.data))
                assert CONSOLE.match(process.stdout.readline())
                yield process
            finally:
                process.send_signal(signal.SIGTERM)

    def leftovers(self) -> list[str]:
        """The ports that still answer and the processes that still know the folder."""
        found = [str(port) for port in self.ports if _answers(port)]
        for process in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = process.read_bytes()
            except OSError:
                continue
            if os.fsencode(self.data) in words:
                found.append(words.decode(errors="replace"))
        postfix = PrivatePostfix(self.data / "postfix", 0, self.data / "x", mail=self.data)
        return found + (["postfix"] if postfix.queue.exists() and postfix.running() else [])


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def demo(tmp_folder: Path) -> Demo:
    return Demo(tmp_folder)


def test_a_signal_ends_everything_and_a_second_start_works(demo: Demo) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        with demo.running() as process:
            process.send_signal(number)
            assert process.wait(timeout=120) == 0
        assert demo.leftovers() == []


def test_the_samples_show_one_clean_two_protected_and_one_waiting_mail(demo: Demo) -> None:
    with demo.running(AUTO="1"):
        maildirs = Maildirs(demo.data / "mail")
        deadline = time.monotonic() + 60
        while len(maildirs.addresses()) < 4 and time.monotonic() < deadline:
            time.sleep(0.1)
        newest = {address: maildirs.letters(address)[0] for address in maildirs.addresses()}
        request = newest.pop("anna.dewit@kliniek.example")
        assert "Verwijzing van De Kliniek" in request.body("plain")
        protected = sorted(address for address, letter in newest.items() if is_notification(letter))
        assert protected == ["declaraties@zorgkantoor.example", "fatima.elamrani@thuis.example"]
        assert newest["jan.jansen@post.example"].header("Subject") == "Uw afspraak bij De Kliniek"
        with urllib.request.urlopen(f"http://127.0.0.1:{demo.ports[2]}/", timeout=10) as page:
            assert "Fatima el Amrani" in page.read().decode()


def test_after_kill_9_all_of_it_ends_and_the_next_start_keeps_the_mail(demo: Demo) -> None:
    with demo.running() as process:
        with smtplib.SMTP("127.0.0.1", demo.ports[0]) as connection:
            connection.sendmail("a@kliniek.example", ["jan@post.example"], b"Subject: een\r\n\r\nBSN 111222333\r\n")
        process.kill()
        process.wait()
    deadline = time.monotonic() + 30
    while demo.leftovers() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert demo.leftovers() == [], "services and Postfix end with who started them"
    with demo.running() as process:
        deadline = time.monotonic() + 60
        while not Maildirs(demo.data / "mail").letters("jan@post.example") and time.monotonic() < deadline:
            time.sleep(0.1)
        assert is_notification(Maildirs(demo.data / "mail").letters("jan@post.example")[0])
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=120)
    assert demo.leftovers() == []


@pytest.mark.parametrize("word", WORDS)
def test_a_port_in_use_is_said_and_nothing_is_left(demo: Demo, word: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ended = subprocess.run(
            [sys.executable, "-m", "demo"],
            cwd=CHECKOUT,
            env=demo.environment(**{word: port}),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert ended.returncode == 1
    assert f"port {port} " in ended.stderr
    assert "Traceback" not in ended.stderr
    assert demo.leftovers() == []


def test_broken_rules_are_said_with_their_line_and_nothing_is_left(demo: Demo) -> None:
    with demo.running() as process:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=120)
    time.sleep(0.01)
    demo.data.joinpath("rules.yaml").write_text("rules:\n  - idd: x\n")
    ended = subprocess.run(
        [sys.executable, "-m", "demo"],
        cwd=CHECKOUT,
        env=demo.environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 1
    assert f"{demo.data}/rules.yaml:2:" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert demo.leftovers() == []
