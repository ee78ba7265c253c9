"""Couriers of two hosts are killed while they send: nothing is lost, and what is sent twice is one mail, as itself."""

from __future__ import annotations

import multiprocessing
import random
import socket
import threading
import time
from collections.abc import Callable
from email import message_from_bytes
from email.message import Message
from functools import partial
from pathlib import Path
from signal import SIGKILL
from typing import Any

import pytest

from tests.support.cast import NOW, build
from tests.support.hosts import Group
from zegel.core import open_core
from zegel.postfix_listener import Listener
from zegel.settings.model import load_settings
from zegel_courier.composer import Composer
from zegel_courier.drain import Drain
from zegel_courier.hosts import Owner
from zegel_courier.mail_lane import Mails
from zegel_courier.submission import Submission

KILLS = 30
MAILS = 120
THREADS = 2


class Relay:
    """A mail server on a real port, which takes everything and remembers it."""

    def __init__(self) -> None:
        self.taken: list[Message] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        answers = {b"EHLO": "250-here\r\n250 PIPELINING", b"DATA": "354 go on", b"QUIT": "221 bye"}
        try:
            with connection, connection.makefile("rwb") as stream:
                stream.write(b"220 here\r\n")
                stream.flush()
                for line in stream:
                    word = line[:4].upper()
                    if word == b"DATA":
                        stream.write(b"354 go on\r\n")
                        stream.flush()
                        content = b""
                        while (more := stream.readline()) not in (b".\r\n", b""):
                            content += more
                        if not more:
                            return
                        self.taken.append(message_from_bytes(content))
                        stream.write(b"250 2.0.0 Ok: queued as 4bXyZ12q3Rz\r\n")
                    else:
                        stream.write(f"{answers.get(word, '250 yes')}\r\n".encode())
                    stream.flush()
        except OSError:
            pass  # killed

    def close(self) -> None:
        self._listener.close()


def courier(folder: Path, port: int) -> None:
    """Sends what is due, until it is killed."""
    core = open_core(load_settings(folder / "zegel.yaml"), lambda: NOW)
    owner, composer = Owner(core), Composer(core)

    def worker() -> Mails:
        return Mails(core, composer, Submission(Listener("127.0.0.1", port)))

    drain = Drain(core, "mail", worker, owner.name, THREADS, owner.before)
    drain.start()
    owner.released()
    while True:
        drain.claim()
        time.sleep(0.01)


def wait(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 120
    while not true():
        assert time.monotonic() < until
        time.sleep(0.01)


def _gone(relay: Relay, count: int) -> bool:
    return len(relay.taken) >= count


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_thirty_kills_of_couriers_on_two_hosts_lose_nothing(group: Group) -> None:
    one, two = group.hosts[0], group.further()
    one.add(*(one.sealed(f"p{number}@post.example") for number in range(MAILS)))
    group.close()
    chance, relay, fork = random.Random(12), Relay(), multiprocessing.get_context("fork")
    running: dict[Path, Any] = {}

    def start(folder: Path) -> None:
        running[folder] = fork.Process(target=courier, args=(folder, relay.port), daemon=True)
        running[folder].start()

    folders = [one.folder, two.folder]
    for folder in folders:
        start(folder)
    try:
        for number in range(KILLS):
            wait(partial(_gone, relay, number * MAILS // KILLS // 2))  # some more than at the last kill
            folder = chance.choice(folders)
            time.sleep(chance.uniform(0, 0.1))
            running[folder].kill()
            running[folder].join()
            assert running[folder].exitcode == -SIGKILL, "it did not end by itself"
            start(folder)
        wait(lambda: len({mail["Message-ID"] for mail in relay.taken}) == MAILS)
        store = build(one.folder).core.vault.store
        wait(lambda: not list(store.outbox.list(["due", "claimed", "stuck"])))
        store.close()
    finally:
        for process in running.values():
            process.kill()
            process.join()
        relay.close()
    sent = {(mail["Message-ID"], mail["To"]) for mail in relay.taken}
    assert len(sent) == MAILS, "twice only as itself"
    assert len(relay.taken) - MAILS <= KILLS * THREADS, "and only what was under way"
