"""The courier process: sends what is in the outbox and keeps the clock."""

from __future__ import annotations

import fcntl
import logging
import os
import signal
import threading
import time
from pathlib import Path
from typing import IO

import click

from zegel.core import Core, open_core
from zegel.errors import describe
from zegel.log_format import log_as
from zegel.postfix_listener import Listener
from zegel.sms.gateway import Gateway, GatewayUnusable
from zegel.sms.gateways import gateway_of
from zegel.startup import CONFIG_OPTION, settings_or_exit, start_process
from zegel_courier.composer import Composer
from zegel_courier.days_ahead import make_days_ahead
from zegel_courier.direct_delivery import DirectDelivery
from zegel_courier.drain import Drain
from zegel_courier.hosts import Owner, Signs
from zegel_courier.mail_lane import Mails
from zegel_courier.metrics_listener import MetricsListener
from zegel_courier.sms_lane import Texts
from zegel_courier.steady_clock import LARGEST_STEP, SteadyClock
from zegel_courier.submission import Submission
from zegel_courier.upkeep import give_sign, upkeep

log = logging.getLogger("zegel.courier")
_LOOK_EVERY = 0.1
_UPKEEP_EVERY = 60.0
URGENT_AT_ONCE = 2
"""Passwords submitted at the same time, beside all other mail."""
SMS_AT_ONCE = 4
"""SMS handed over at the same time."""


@click.command(epilog="Example: zegel-courier --config /etc/zegel/zegel.yaml")
@CONFIG_OPTION
def main(config: str | None) -> None:
    """Sends notifications, passwords and codes, and ends what is over."""
    start_process()
    settings = settings_or_exit(config)
    log_as(settings.logs.format)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    try:
        gateway = gateway_of(settings.sms)
    except GatewayUnusable as problem:
        log.error("SMS cannot be sent: %s", problem)
        raise SystemExit(78) from None
    try:
        core = open_core(settings)
        lock = _only_one(settings.storage.folder / "courier.lock")
    except Exception as error:
        log.error("cannot open the storage: %s", describe(error))
        raise SystemExit(75) from None
    with lock:
        _run(core, gateway, stop)
    core.close()


def _run(core: Core, gateway: Gateway | None, stop: threading.Event) -> None:
    settings, owner, composer = core.settings, Owner(core), Composer(core)
    signs = Signs(core, owner.run)
    target, filtered = settings.submission, settings.replies

    def worker() -> Mails:
        into_filters = Submission(Listener(filtered.host, filtered.port), filtered=True)
        return Mails(core, composer, Submission(target.listener), into_filters)

    drains = [
        Drain(core, "mail", worker, owner.name, target.connections, owner.before),
        Drain(core, "urgent", worker, owner.name, URGENT_AT_ONCE, owner.before),
    ]
    if gateway is not None:
        drains.append(Drain(core, "sms", lambda: Texts(core, gateway), owner.name, SMS_AT_ONCE, owner.before))
    direct = DirectDelivery(core, composer.desk, owner)
    drains.append(direct.drain)
    for drain in drains:
        drain.start()
    owner.released()
    log.info("sending by %s, SMS by %s", target.listener, core.settings.sms.gateway)
    steady = SteadyClock(core.vault.store)
    make_days_ahead(core)
    give_sign(core)
    signs.give()
    metrics = _metrics(core)
    steady.believed(core.clock())
    next_upkeep = core.clock() + _UPKEEP_EVERY  # not at once: mails that wait are sent first
    before = core.clock()
    while not stop.wait(_LOOK_EVERY):
        try:
            direct.look_ups.expire()
            if core.clock() - before >= LARGEST_STEP:
                steady.believed(core.clock())  # first: what became due during the jump is not late
            before = core.clock()
            signs.look()
            while sum([drain.claim() for drain in drains]) and not stop.is_set():
                direct.look_ups.expire()
                stop.wait(0.01)
            if core.clock() >= next_upkeep:
                next_upkeep = core.clock() + _UPKEEP_EVERY
                make_days_ahead(core)
                give_sign(core)
                signs.give()
                if steady.believed(core.clock()):
                    upkeep(core, gateway)
        except Exception as error:
            log.error("the database does not answer: %s", describe(error))
            stop.wait(1.0)
    for drain in drains:
        drain.stop()
    direct.close()
    if metrics is not None:
        metrics.close()


def _metrics(core: Core) -> MetricsListener | None:
    """The listener for monitors; mail goes out without it too."""
    try:
        return MetricsListener(core, core.settings.metrics)
    except Exception as error:
        log.error("no metrics: %s", describe(error))
        return None


def _only_one(path: Path) -> IO[str]:
    """A lock that one courier on this machine holds: two would send what the other is at. Raises OSError.

    `zegel check` tries it too, for an instant, so one refusal says nothing; it reads our number in the file.
    """
    file = path.open("a")
    for wait in (0.1, 0.3, 0.6, None):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            file.truncate(0)
            file.write(f"{os.getpid()}\n")
            file.flush()
            return file
        except OSError:
            if wait is None:
                file.close()
                log.error("another courier runs, and holds %s; two would send everything twice", path)
                raise
            time.sleep(wait)
    raise AssertionError("never reached")
