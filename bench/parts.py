"""The real parts that are measured: three Postfixes side by side, two milters, Zegel, and a sink behind them all."""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.figures import Invalid
from demo.milter_client import MilterClient, MilterError
from demo.place import free_ports
from demo.private_postfix import PrivatePostfix
from demo.processes import Service, ending_with_us
from demo.stack import CHECKOUT, Options, Ports, Stack

DRAIN_SECONDS: Final = 300.0


@dataclass(frozen=True)
class Way:
    """A way through Postfix: with its own instance, log and milter."""

    name: str
    postfix: PrivatePostfix

    def sent(self, since: int) -> list[bytes]:
        """The queue ids of mails that reached the sink, by the log from byte `since` on.

        Raises Invalid when one did not.
        """
        log = self.log_from(since)
        for trouble in (b"status=deferred", b"status=bounced", b"milter-reject", b" fatal: ", b" panic: "):
            if trouble in log:
                line = next(line for line in log.splitlines() if trouble in line)
                raise Invalid(f"{self.name}: {line.decode(errors='replace')}")
        return re.findall(rb" ([0-9A-Za-z]+): to=<[^\n]* status=sent ", log)

    def log_from(self, since: int) -> bytes:
        with self.postfix.log.open("rb") as log:
            log.seek(since)
            return log.read()

    def log_size(self) -> int:
        return self.postfix.log.stat().st_size

    def wait_until_empty(self) -> float:
        """Seconds until Postfix held no mail any more."""
        begin = time.monotonic()
        while not self.postfix.queue_empty():
            if time.monotonic() > begin + DRAIN_SECONDS:
                raise Invalid(f"{self.name}: Postfix does not get rid of its mail")
            time.sleep(0.1)
        return time.monotonic() - begin


@dataclass(frozen=True)
class Before:
    """How things stood before a round: sizes of the logs, messages and deliveries in the database."""

    way: Way
    log: int
    milter_log: int
    sealed: tuple[int, int]


@dataclass(frozen=True)
class Parts:
    """All that runs."""

    folder: Path
    none: Way
    noop: Way
    zegel: Way
    noop_socket: Path
    stack: Stack

    def sealed(self) -> tuple[int, int]:
        """Messages and deliveries in Zegel's database."""
        with self._database() as database:
            (messages,) = database.execute("SELECT count(*) FROM message").fetchone()
            (deliveries,) = database.execute("SELECT count(*) FROM delivery").fetchone()
        return messages, deliveries

    def newest_delivery(self) -> int:
        """The id of the delivery that was stored last."""
        with self._database() as database:
            newest = "SELECT delivery.id FROM delivery JOIN message ON message.id = message ORDER BY created_at DESC"
            (found,) = database.execute(newest).fetchone()
        return int(found)

    def outbox(self) -> dict[str, int]:
        """How many items are in each state."""
        with self._database() as database:
            return dict(database.execute("SELECT state, count(*) FROM outbox GROUP BY state").fetchall())

    def wait_for_courier(self) -> float:
        """Seconds until the outbox was empty."""
        begin = time.monotonic()
        while set(self.outbox()) - {"done"}:
            if time.monotonic() > begin + DRAIN_SECONDS:
                raise Invalid(f"the outbox is not drained: {self.outbox()}")
            time.sleep(0.05)
        return time.monotonic() - begin

    def before(self, way: Way) -> Before:
        """What `check` needs to know about the time before a round."""
        return Before(way, way.log_size(), self.milter_log.stat().st_size, self.sealed())

    def check(self, before: Before, count: int, *, sealed: bool) -> None:
        """That each of `count` messages, to one recipient each, went where it had to go, and nowhere else.

        Raises Invalid. Call it when Postfix and the outbox are empty again.
        """
        expected = count if sealed else 0
        messages, deliveries = (now - then for now, then in zip(self.sealed(), before.sealed, strict=True))
        if (messages, deliveries) != (expected, expected):
            raise Invalid(f"{messages} messages sealed and {deliveries} deliveries, {expected} expected")
        stopped = self._milter_log_from(before.milter_log)
        sent = before.way.sent(before.log)
        if len(stopped) != expected:
            raise Invalid(f"the milter sealed {len(stopped)} messages, {expected} expected")
        if set(stopped).intersection(sent):
            raise Invalid("a message that was sealed was let through too")
        if len(sent) != count:
            raise Invalid(f"{len(sent)} mails arrived, {count} expected")

    def check_milter_log(self) -> None:
        """Raises Invalid when the milter logged an error."""
        self._milter_log_from(0)

    def _milter_log_from(self, since: int) -> list[bytes]:
        """The queue ids of the messages that the milter sealed. Raises Invalid when it logged an error."""
        log = self.milter_log.read_bytes()[since:]
        for line in log.splitlines():
            if line.startswith((b"ERROR", b"CRITICAL", b"Traceback")):
                raise Invalid(f"the milter failed: {line.decode(errors='replace')}")
        return re.findall(rb" ([0-9A-Za-z]+): sealed, ", log)

    @property
    def milter_log(self) -> Path:
        return self.stack.log / "milter.log"

    @contextlib.contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        address = f"file:{self.stack.data / 'zegel.db'}?mode=ro"
        with contextlib.closing(sqlite3.connect(address, uri=True, timeout=10)) as database:
            yield database


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Parts]:
    """Everything started in `folder`, and ended again."""
    with contextlib.ExitStack() as everything:
        sink_port, none_port, noop_port, unused = free_ports(4)
        everything.enter_context(_sink(sink_port))
        sink = ("127.0.0.1", sink_port)
        logs = folder / "log"
        logs.mkdir(mode=0o755)

        none = PrivatePostfix(folder / "none", none_port, logs / "none.log", sink=sink)
        everything.callback(none.stop)
        none.start()

        socket = folder / "noop.sock"
        noop_milter = Service(
            "noop",
            [sys.executable, "-m", "bench.noop", str(socket)],
            log=logs / "noop-milter.log",
            pid_file=folder / "noop.pid",
            answers=lambda: _open_and_answering(socket),
        )
        everything.callback(noop_milter.stop)
        noop_milter.start()
        noop = PrivatePostfix(
            folder / "noop", noop_port, logs / "noop.log", sink=sink, milter=f"unix:{socket}", reinjection_port=unused
        )
        everything.callback(noop.stop)
        noop.start()

        stack = everything.enter_context(Stack(folder / "zegel", Ports.free(), Options(sink=sink)))
        yield Parts(
            folder,
            Way("no milter", none),
            Way("no-op milter", noop),
            Way("Zegel", stack.postfix),
            socket,
            stack,
        )


def source(port: int, mail: Path, count: int, sessions: int, recipient: str, sender: str) -> float:
    """Seconds that smtp-source took to have `count` mails accepted, each for a recipient of its own.

    Raises Invalid when one was refused.
    """
    command = [
        "/usr/sbin/smtp-source", "-s", str(sessions), "-m", str(count), "-N", "-f", sender, "-t", recipient,
        "-F", str(mail), f"inet:127.0.0.1:{port}",
    ]  # fmt: skip
    begin = time.monotonic()
    ended = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False, timeout=900)
    took = time.monotonic() - begin
    if ended.returncode or ended.stderr.strip():
        raise Invalid(f"smtp-source: {ended.stderr.strip() or ended.returncode}")
    return took


@contextlib.contextmanager
def _sink(port: int) -> Iterator[None]:
    command = ["/usr/sbin/smtp-sink", f"127.0.0.1:{port}", "256"]
    if os.geteuid() == 0:
        command[1:1] = ["-u", "nobody"]
    sink = subprocess.Popen(ending_with_us(command), cwd=CHECKOUT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        sink.terminate()
        sink.wait()


def _open_and_answering(socket: Path) -> bool:
    try:
        MilterClient(socket).close()
        socket.chmod(0o666)
    except (MilterError, OSError):
        return False
    return True
