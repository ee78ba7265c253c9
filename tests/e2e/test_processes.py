"""Several milter processes behind one socket: killed one by one under load, told to reload, told to stop."""

from __future__ import annotations

import os
import random
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from signal import SIGHUP, SIGKILL, SIGTERM, SIGUSR1

import pytest

from demo.milter_client import MilterClient
from demo.place import free_ports
from demo.stack import Options, Ports, Stack
from tests.e2e.conftest import folder_for_postfix
from tests.e2e.load import SENDER, Load, Sample, delivered
from tests.e2e.post import Post

PROCESSES = 3
MESSAGES = 240
KILLS = 30
GAPS = 2
"""Messages that may be sealed twice: a kill hit the instant between the "yes" and Postfix's ear (docs/flow.md)."""


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    options = Options(settings={"milter": {"processes": PROCESSES}})
    with folder_for_postfix() as folder, Stack(folder, Ports.free(), options) as made:
        yield made


def members(stack: Stack) -> list[int]:
    """The processes that take mail, which the first one keeps alive."""
    pid = stack.services["milter"].pid
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def wait_for(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def log_of(stack: Stack) -> str:
    return stack.log.joinpath("milter.log").read_text(encoding="utf-8")


def report(stack: Stack) -> str:
    """What the milter reports when it is asked."""
    reports = log_of(stack).count("processes with")
    stack.services["milter"].signal(SIGUSR1)
    wait_for(lambda: log_of(stack).count("processes with") > reports, "no report")
    return [line for line in log_of(stack).splitlines() if "processes with" in line][-1]


def counted(stack: Stack) -> list[int]:
    """The connections of each process."""
    line = report(stack)
    return [int(each) for each in line.partition("processes with ")[2].partition(" connections")[0].split(", ")]


def test_all_processes_take_mail(stack: Stack) -> None:
    clients: list[MilterClient] = []

    def all_have_some() -> bool:
        clients.append(MilterClient(stack.socket))
        found = counted(stack)
        assert len(found) == PROCESSES and sum(found) >= len(clients)
        return min(found) > 0

    wait_for(all_have_some, "a process gets no connection")
    for client in clients:
        client.close()
    wait_for(lambda: sum(counted(stack)) == 0, "connections that are closed are still counted")


def test_processes_that_are_killed_one_by_one_under_load_lose_nothing(stack: Stack) -> None:
    chance = random.Random(20261127)
    samples = [Sample(7000 + number, sensitive=number % 2 == 0) for number in range(MESSAGES)]
    load = Load(stack.ports.smtp, samples, threads=6, pace=0.1)
    load.start()
    kills = 0
    while kills < KILLS or (load.running and not load.refusals):  # until one has hit a message
        time.sleep(chance.uniform(0.0, 0.25))
        if alive := members(stack):
            os.kill(chance.choice(alive), SIGKILL)
        kills += 1
    load.finish()
    assert len(load.accepted) == MESSAGES
    assert load.refusals, "no kill ever hit a message: the load was too light to show anything"
    assert stack.services["milter"].pid, "the process that keeps the others alive lives"
    wait_for(lambda: len(members(stack)) == PROCESSES, "not all were started anew")
    Post(stack).settle()
    counts = {sample: delivered(stack.mail, sample) for sample in samples}
    assert [sample for sample, count in counts.items() if count == 0] == []
    assert [sample for sample, count in counts.items() if count > 1 and not sample.sensitive] == []
    twice = [sample for sample, count in counts.items() if count > 1]
    assert len(twice) <= GAPS, "recognised by the others although its process is gone"
    with sqlite3.connect(stack.data / "zegel.db") as database:
        found = database.execute("SELECT recipient FROM delivery WHERE recipient LIKE 'r7%'").fetchall()
    assert {recipient for (recipient,) in found} == {sample.recipient for sample in samples if sample.sensitive}


def test_a_reload_reaches_each_process(stack: Stack) -> None:
    before = log_of(stack).count("rules taken over")
    stack.services["milter"].signal(SIGHUP)
    wait_for(lambda: log_of(stack).count("rules taken over") == before + PROCESSES, "not all took over the rules")


def test_a_process_that_is_asked_to_stop_alone_leaves_the_socket_to_the_others(stack: Stack) -> None:
    gone = members(stack)[-1]
    os.kill(gone, SIGTERM)
    wait_for(lambda: not Path(f"/proc/{gone}").exists(), "it did not stop")
    assert stack.socket.exists()
    wait_for(lambda: len(members(stack)) == PROCESSES, "it was not started anew")
    with MilterClient(stack.socket) as client:
        client.connect()


@pytest.mark.parametrize("kind", ["unix", "inet"])
def test_a_stop_closes_the_socket_and_finishes_what_is_under_way(tmp_folder: Path, kind: str) -> None:
    (port,) = free_ports(1)
    with Stack(tmp_folder, Ports.free(), Options(settings={"milter": {"processes": 2}})) as stack:
        milter = stack.services["milter"]
        if kind == "inet":
            milter.stop()
            text = stack.config.read_text().replace(f"unix:{stack.socket}", f"inet:{port}@127.0.0.1")
            stack.config.write_text(text)
            milter.answers = lambda: _answers(port)
            milter.start()
        client = MilterClient(stack.socket if kind == "unix" else ("127.0.0.1", port))
        client.connect()
        client.helo()
        client.mail(f"<{SENDER}>".encode())
        client.rcpt(b"<jan@post.example>")
        client.flush()
        wait_for(lambda: "1 messages under way" in report(stack), "the message did not arrive")
        alive = members(stack)
        assert len(alive) == 2
        milter.signal(SIGTERM)
        wait_for(lambda: not stack.socket.exists() and not _answers(port), "it still takes connections")
        assert client.content(Sample(1, sensitive=False).raw).kind == "accept"
        client.close()
        wait_for(lambda: not any(map(_lives, alive)), "some still live")
        wait_for(milter.ended_by_itself, "it still lives")


def _lives(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not asked about yet does not."""
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def _answers(port: int) -> bool:
    with socket.socket() as connection:
        return connection.connect_ex(("127.0.0.1", port)) == 0
