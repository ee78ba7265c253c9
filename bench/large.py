"""Long conversations and messages to many people, in a new database and in a full one, against a small message.

Usage: python -m bench.large [--messages N] [--rounds N]. The portal and its readers are processes of their own; the
database is filled by the transactions that seal messages, some hundred messages each, so that 100,000 take minutes.
"""

from __future__ import annotations

import gc
import http.client
import json
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from bench.figures import Figure, Invalid, Report, against, limited, median
from demo.stack import CHECKOUT
from tests.support.cast import RECIPIENT, Built
from tests.unit.portal.portal_client import Client
from tests.unit.portal.portal_process import Served, serve
from zegel.vault.tables.records import Delivery
from zegel_portal.app import create_app

READERS: Final = 10
PAUSE: Final = 0.5
"""Seconds that a reader looks at a page, on average."""
_REQUESTS: Final = 10
"""Requests of a reader, a round."""
SHORT, LONG, LONGEST, PEOPLE = 2, 200, 5_000, 500
MOST_KILOBYTES: Final = 45.0
_ALONE: Final = 100
"""Answers that the p95 of processor time is taken from."""
_BATCH: Final = 500
_BASELINE: Final = "page of a small message"


@dataclass(frozen=True)
class Pages:
    """What is asked for, by name, and the cookies of browsers that may."""

    paths: Mapping[str, str]
    cookies: tuple[str, ...]


def mail(number: int = 0, answers: int | None = None) -> bytes:
    """A short mail. With a number it has a Message-ID, and the one it answers."""
    fields = [b"From: anna@kliniek.example", b"Subject: uitslag"]
    fields += [b"Message-ID: <%d@kliniek.example>" % number] if number else []
    fields += [b"In-Reply-To: <%d@kliniek.example>" % answers] if answers else []
    text = b"Beste Jan,\r\n\r\nOp 3 maart om 10.15 uur verwachten wij u weer.\r\n\r\nAnna\r\n" * 4
    return b"\r\n".join(fields) + b"\r\n\r\n" + text


def fill(built: Built, count: int) -> None:
    """Adds messages of other people, a recipient each."""
    for first in range(0, count, _BATCH):
        numbers = range(first, min(first + _BATCH, count))
        built.add(*(built.sealed(f"p{n}@elders.example", raw=mail(1_000_000 + n)) for n in numbers))
        built.clock.pass_(1)


def conversation(built: Built, first: int, count: int) -> Delivery:
    """Messages to one recipient, each an answer to the first; the first delivery."""
    for start in range(0, count, _BATCH):
        numbers = range(first + start, first + min(start + _BATCH, count))
        built.add(*(built.sealed(RECIPIENT, raw=mail(n, first if n > first else None)) for n in numbers))
        built.clock.pass_(1)
    return newest_of(built, RECIPIENT)


def transactions(built: Built, number: int, count: int) -> Delivery:
    """One mail that a program sent to each of many people in a transaction of its own; the delivery to one of them."""
    for start in range(0, count, _BATCH):
        people = [f"q{n}@elders.example" for n in range(start, min(start + _BATCH, count))]
        built.add(*(built.sealed(each, raw=mail(number)) for each in people))
    built.add(built.sealed(RECIPIENT, raw=mail(number)))
    return newest_of(built, RECIPIENT)


def many_people(built: Built, count: int, level: int) -> str:
    """A message to many, of whom most have opened it; the path of its sender's page."""
    if level > 1:
        for number in range(0, count, 2):
            built.core.phonebook.give(f"r{number}@elders.example", f"+316{10_000_000 + number}", "administrator")
    new = built.sealed(*(f"r{n}@elders.example" for n in range(count)), level=level)
    built.add(new)
    store, now = built.core.vault.store, built.clock()

    def happens() -> None:
        for number, each in enumerate(new.deliveries):
            found = store.delivery(each.id)
            if found is None or found.state == "held":
                continue
            store.audit_log.record("notified", "zegel", now, about=found)
            if number % 10:
                store.audit_log.record("password asked", each.recipient, now, about=found)
                store.opened(found, now)
            if number % 3 == 0:
                store.audit_log.record("downloaded", each.recipient, now, about=found)

    store.write(happens)
    return built.core.access.sender_link(new.id).removeprefix(built.core.settings.portal.url)


def newest_of(built: Built, recipient: str) -> Delivery:
    (id_,) = built.core.vault.store.database.execute_sql(  # type: ignore[no-untyped-call]
        "SELECT max(id) FROM delivery WHERE recipient = ?", (recipient,)
    ).fetchone()
    found = built.core.vault.store.delivery(id_)
    if found is None:
        raise Invalid("there is no delivery to open")
    return found


def pages(built: Built) -> Pages:
    """Makes what is measured, and lets browsers in as an unlock does, without as many passwords."""
    small = built.seal(RECIPIENT, raw=mail())[0]
    short, long, longest = (conversation(built, 1_000 + n, n) for n in (SHORT, LONG, LONGEST))
    program = transactions(built, 999, LONGEST)
    deliveries = (small, short, long, longest, program)
    cookies = tuple(secrets.token_urlsafe(32) for _ in range(READERS))
    access, store = built.core.access, built.core.vault.store

    def let_in() -> None:
        for each in deliveries:
            for cookie in cookies:
                access.admit(each, None, cookie, built.clock())

    store.write(let_in)
    m = {each.id: f"/m/{built.link(each)}" for each in deliveries}
    middle = built.core.conversations.page(longest).entries[0].id
    return Pages(
        {
            _BASELINE: f"{m[small.id]}/message",
            f"a conversation of {SHORT}": f"{m[short.id]}/conversation",
            f"a conversation of {LONG}": f"{m[long.id]}/conversation",
            f"a conversation of {LONGEST:,}": f"{m[longest.id]}/conversation",
            f"earlier in it, of {LONGEST:,}": f"{m[longest.id]}/conversation?before={middle}",
            f"a message in it, of {LONGEST:,}": f"{m[longest.id]}/message",
            f"a message that went to {LONGEST:,} in as many transactions": f"{m[program.id]}/message",
            "sender's page, 1 recipient": many_people(built, 1, 1),
            f"sender's page, {PEOPLE} recipients": many_people(built, PEOPLE, 1),
            f"sender's page, {PEOPLE} recipients, level 2": many_people(built, PEOPLE, 2),
            f"sender's page, {PEOPLE} recipients, a search": many_people(built, PEOPLE, 1) + "?q=r4",
        },
        cookies,
    )


def measure(served: Served, group: str, rounds: int) -> Iterator[Figure]:
    """The time and size of each page; the pages take turns."""
    made = pages(served.built)
    sizes = {name: _size(served, path, made.cookies[0]) for name, path in made.paths.items()}
    for path in made.paths.values():
        _p95(served, path, made.cookies)  # what only the first readers wait for
    waits: dict[str, list[float]] = {name: [] for name in made.paths}
    works: dict[str, list[float]] = {name: [] for name in made.paths}
    for _ in range(rounds):
        for name, path in made.paths.items():
            before = _worked(served)
            waits[name].append(_p95(served, path, made.cookies))
            works[name].append((_worked(served) - before) / (READERS * _REQUESTS))
    alone = {name: _p95_of_work(served.built, path, made.cookies[0]) for name, path in made.paths.items()}
    measured = {"p95": waits, "processor time of the portal for a page": works, "p95 of processor time": alone}
    for what, found in measured.items():
        figures = {name: median(f"{group}: {what}", name, times, "ms") for name, times in found.items()}
        for name, figure in figures.items():
            yield figure if name == _BASELINE else against(figure, figures[_BASELINE])
    for name, size in sizes.items():
        yield limited(median(f"{group}: size of the page", name, [size], "kB"), most=MOST_KILOBYTES)


def _worked(served: Served) -> float:
    """Milliseconds of processor time that the portal has taken."""
    user, system = Path(f"/proc/{served.process.pid}/stat").read_text("ascii").rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) * 1000 / os.sysconf("SC_CLK_TCK")


def _p95_of_work(built: Built, path: str, cookie: str) -> list[float]:
    """Milliseconds of processor time that 19 in 20 answers stay below: what a reader would wait for on an idle machine,
    without the network. In this process and thread, so that a busy machine does not change it much."""
    reader = Client(create_app(built.core), host=built.core.settings.portal.url.partition("//")[2])
    reader.cookies = {"zegel": cookie}
    reader.get(path)
    gc.collect()
    gc.freeze()  # as the portal does when it starts
    times = []
    for _ in range(_ALONE):
        before = time.thread_time()
        answer = reader.get(path)
        times.append((time.thread_time() - before) * 1000)
        if answer.status != 200:
            raise Invalid(f"the portal answered {answer.status}")
    return [float(statistics.quantiles(times, n=20)[-1])]


def _size(served: Served, path: str, cookie: str) -> float:
    """Kilobytes of a page as a browser without compression gets it."""
    connection = http.client.HTTPConnection(served.host, timeout=60)
    connection.request("GET", path, headers={"Cookie": f"zegel={cookie}"})
    answer = connection.getresponse()
    size = len(answer.read())
    connection.close()
    if answer.status != 200:
        raise Invalid(f"the portal answered {answer.status}")
    return size / 1000


def _p95(served: Served, path: str, cookies: tuple[str, ...]) -> float:
    words = [str(served.port), path, ",".join(cookies), str(PAUSE), str(_REQUESTS), "127.0.0.1"]
    done = subprocess.run(
        [sys.executable, "-m", "bench.reading", *words], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    times, unwanted = json.loads(done.stdout)
    if unwanted:
        raise Invalid(f"{len(unwanted)} answers were not what was asked: {set(unwanted)}")
    return float(statistics.quantiles(times, n=20)[-1])


@click.command()
@click.option("--messages", default=100_000, help="In the full database.")
@click.option("--rounds", default=3)
def main(messages: int, rounds: int) -> None:
    """Measure long conversations and the sender's page of many recipients."""
    report = Report(load=os.getloadavg()[0])
    with tempfile.TemporaryDirectory(prefix="zegel-bench-", dir="/var/tmp") as folder:
        for name, count in (("new database", 0), (f"{messages:,} messages", messages)):
            place = Path(folder) / str(count)
            place.mkdir()
            with serve(place) as served:
                begin = time.monotonic()
                fill(served.built, count)
                print(f"{name}: filled in {time.monotonic() - begin:.0f} s", file=sys.stderr)
                report.figures += measure(served, name, rounds)
    print(report.markdown(), end="")


if __name__ == "__main__":
    main()
