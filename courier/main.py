"""The courier process: sends what is in the outbox and keeps the clock."""

from __future__ import annotations

import fcntl
import logging
import signal
import socket
import threading
from pathlib import Path
from typing import IO

import click

from zegel.house import House, open_house
from zegel.processes import CONFIG_OPTION, describe, settings_or_exit, start_logging

from .compose import Composer
from .drain import Drain
from .submission import Submission
from .upkeep import upkeep

log = logging.getLogger("zegel.courier")
_LOOK_EVERY = 0.1
_UPKEEP_EVERY = 60.0


@click.command()
@CONFIG_OPTION
def main(config: str | None) -> None:
    """Sends notifications and passwords, and ends what is over."""
    start_logging()
    settings = settings_or_exit(config)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    try:
        house = open_house(settings)
        lock = _only_one(settings.storage.database.parent / "courier.lock")
    except Exception as error:
        log.error("cannot open the storage: %s", describe(error))
        raise SystemExit(75) from None
    with lock:
        _run(house, stop)
    house.close()


def _run(house: House, stop: threading.Event) -> None:
    target = house.settings.submission
    drain = Drain(
        house, Composer(house), lambda: Submission(target.host, target.port), socket.gethostname(), target.connections
    )
    drain.start()
    log.info("sending by %s port %d", target.host, target.port)
    next_upkeep = 0.0
    while not stop.wait(_LOOK_EVERY):
        try:
            while drain.claim() and not stop.is_set():
                stop.wait(0.01)
            if house.clock() >= next_upkeep:
                next_upkeep = house.clock() + _UPKEEP_EVERY
                upkeep(house)
        except Exception as error:
            log.error("the database does not answer: %s", describe(error))
            stop.wait(1.0)
    drain.stop()


def _only_one(path: Path) -> IO[str]:
    """A lock that one courier on this machine holds: two would send what the other is at. Raises OSError."""
    file = path.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        log.error("another courier holds %s", path)
        raise
    return file
