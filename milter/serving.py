"""One process that serves Postfix: libmilter in a thread, and the signals in the main thread.

libmilter claims SIGHUP and SIGTERM for itself when it runs in the main thread. It runs in a thread of
its own here, and the main thread keeps the signals: the kernel gives a signal to the main thread as
long as that does not block it (signal(7), complete_signal).
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import threading
import time

import Milter

from zegel.errors import describe
from zegel.intake import Intake
from zegel.message.reader import Reader
from zegel.message.worker_turns import SharedTurns
from zegel.policy.language.in_force import PolicyInForce
from zegel.rules_history import measure_of
from zegel.sealing_core import open_sealing_core
from zegel.settings.model import Settings
from zegel.vault.keys import SealingKeys
from zegel_milter.counts import Counts
from zegel_milter.listening import Listening
from zegel_milter.prefork import SIGNALS, STOPPING
from zegel_milter.session import session_factory

log = logging.getLogger("zegel.milter")
_LOOK_EVERY = 0.25
FINISH_WITHIN = 30.0
"""Seconds that a stop waits for the messages under way."""
_LAST_WORDS = 0.2
"""Seconds for libmilter to write the last answers, after the callbacks have given them."""


def serve(settings: Settings, policy: PolicyInForce, listening: Listening, keys: SealingKeys, counts: Counts) -> None:
    """Serves until a signal says stop, and ends the process."""
    stop, reload_, ended = threading.Event(), threading.Event(), threading.Event()
    for number in STOPPING:
        signal.signal(number, lambda *_: stop.set())
    signal.signal(signal.SIGHUP, lambda *_: reload_.set())
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    try:
        core = open_sealing_core(settings, keys=keys)
    except Exception as error:
        log.error("cannot open the storage: %s", describe(error))
        raise SystemExit(75) from None
    workers = settings.milter.workers
    turns = SharedTurns(settings.storage.spool, workers)
    reader = Reader(settings.limits, workers, turns=turns, figures=counts.figures)
    reader.start()
    policy.measure = measure_of(core)
    policy.refresh()  # the one that comes with the fork may be of long ago
    intake = Intake(core, reader, policy)
    Milter.factory = session_factory(intake, settings.storage.spool, settings.limits.message_size, counts)
    gc.freeze()  # what was made up to here lives as long as the process
    threading.Thread(target=_serve, args=(settings.milter.socket, ended), name="libmilter", daemon=True).start()
    while not stop.wait(_LOOK_EVERY) and not ended.is_set():
        asked = reload_.is_set()
        reload_.clear()
        policy.refresh(force=asked)
    failed = ended.is_set()
    if not failed:
        listening.leave()
        if not counts.wait(FINISH_WITHIN):
            log.warning("stopped with messages under way; Postfix keeps them")
        time.sleep(_LAST_WORDS)
    reader.close()
    core.close()
    # Connections that idle in libmilter's threads would hold the process: all that matters is closed.
    logging.shutdown()
    os._exit(70 if failed else 0)


def _serve(address: str, ended: threading.Event) -> None:
    Milter.set_exception_policy(Milter.TEMPFAIL)
    Milter.set_flags(Milter.DELRCPT)
    try:
        Milter.runmilter("zegel", address, 300, rmsock=False)  # goes on with the socket that is open
    except Exception as error:
        log.error("cannot serve %s: %s", address, describe(error))
    finally:
        ended.set()
