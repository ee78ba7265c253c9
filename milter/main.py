"""The milter process: starts, reloads the rules, and stops when what is under way has been answered.

libmilter claims SIGHUP and SIGTERM for itself when it runs in the main thread. It runs in a thread of
its own here, and the main thread keeps the signals: the kernel gives a signal to the main thread as
long as that does not block it (signal(7), complete_signal).
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from pathlib import Path

import click
import Milter

import milter
from zegel.core import open_core
from zegel.errors import describe
from zegel.intake import Intake
from zegel.message.reader import Reader
from zegel.policy.language.in_force import PolicyInForce
from zegel.policy.language.kept import KeptPolicies
from zegel.startup import CONFIG_OPTION, refuse, settings_or_exit, start_process
from zegel.yamlfile import FileProblems
from zegel_milter.session import Underway, session_factory

log = logging.getLogger("zegel.milter")
_LOOK_EVERY = 0.25
_FINISH_WITHIN = 30.0


@click.command()
@CONFIG_OPTION
def main(config: str | None) -> None:
    """Inspects the mail that Postfix hands over."""
    start_process()
    settings = settings_or_exit(config)
    try:
        policy = PolicyInForce(settings.rules, kept=KeptPolicies(settings.storage.policies))
    except FileProblems as problems:
        refuse(problems)
    stop, reload_ = threading.Event(), threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    signal.signal(signal.SIGHUP, lambda *_: reload_.set())
    try:
        core = open_core(settings)
    except Exception as error:
        log.error("cannot open the storage: %s", describe(error))
        raise SystemExit(75) from None
    reader = Reader(settings.limits, settings.milter.workers)
    reader.start()
    underway = Underway()
    intake = Intake(core, reader, policy)
    Milter.factory = session_factory(intake, settings.storage.spool, settings.limits.message_size, underway)
    ended = threading.Event()
    _remove_stale(settings.milter.socket)
    serving = threading.Thread(target=_serve, args=(settings.milter.socket, ended), name="libmilter", daemon=True)
    serving.start()
    _open_to_postfix(settings.milter.socket, int(settings.milter.socket_mode, 8), ended)
    log.info("inspecting mail at %s", settings.milter.socket)
    if policy().highest_level > settings.sms.served:
        log.warning("the rules ask for level 2, and there is no SMS gateway: such mail is protected at level 1")
    while not stop.wait(_LOOK_EVERY) and not ended.is_set():
        asked = reload_.is_set()
        reload_.clear()
        policy.refresh(force=asked)
    failed = ended.is_set()
    if not failed:
        _finish(settings.milter.socket, underway)
    reader.close()
    core.close()
    # Connections that idle in libmilter's threads would hold the process: all that matters is closed.
    logging.shutdown()
    sys.stderr.flush()
    os._exit(70 if failed else 0)


def _serve(socket: str, ended: threading.Event) -> None:
    Milter.set_exception_policy(Milter.TEMPFAIL)
    Milter.set_flags(Milter.DELRCPT)
    try:
        Milter.runmilter("zegel", socket, 300)
    except Exception as error:
        log.error("cannot serve %s: %s", socket, describe(error))
    finally:
        ended.set()


def _finish(socket: str, underway: Underway) -> None:
    """Takes no new connections and waits for the messages that are under way."""
    _remove_stale(socket)
    # libmilter's own stop waits for its listener to wake up, up to five seconds: nothing here needs that.
    threading.Thread(target=milter.stop, daemon=True).start()
    if not underway.wait(_FINISH_WITHIN):
        log.warning("stopped with messages under way; Postfix keeps them")


def _remove_stale(socket: str) -> None:
    """Removes a unix socket: one that a killed milter left, or ours when no more is to come."""
    path = Path(socket.removeprefix("unix:"))
    if socket.startswith("unix:") and path.is_socket():
        path.unlink()


def _open_to_postfix(socket: str, mode: int, ended: threading.Event) -> None:
    """Gives the unix socket the mode that lets Postfix in, as soon as it is there."""
    if not socket.startswith("unix:"):
        return
    path = Path(socket.removeprefix("unix:"))
    while not ended.wait(0.02):
        if path.is_socket():
            path.chmod(mode)
            return
