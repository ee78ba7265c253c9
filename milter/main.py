"""The milter: some processes that serve Postfix, and this one, which keeps them alive."""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
from dataclasses import replace
from functools import partial

import click

from zegel.errors import describe
from zegel.figures import slots_in
from zegel.log_format import log_as
from zegel.policy.language.in_force import PolicyInForce
from zegel.policy.language.kept import KeptPolicies
from zegel.rules_history import measure_of
from zegel.sealing_core import open_sealing_core
from zegel.settings.storage import SEALING_KEY
from zegel.startup import CONFIG_OPTION, refuse, settings_or_exit, start_process
from zegel.yamlfile import FileProblems
from zegel_milter.counts import counts_for, told
from zegel_milter.listening import Listening
from zegel_milter.prefork import SIGNALS, Member, Prefork
from zegel_milter.serving import FINISH_WITHIN, serve

log = logging.getLogger("zegel.milter")


@click.command(epilog="Example: zegel-milter --config /etc/zegel/zegel.yaml")
@CONFIG_OPTION
def main(config: str | None) -> None:
    """Inspects the mail that Postfix hands over."""
    start_process()
    settings = settings_or_exit(config, SEALING_KEY)
    log_as(settings.logs.format)
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # a signal that comes early waits until it can be heeded
    try:
        core = open_sealing_core(settings)
        measure, keys = measure_of(core), core.keys
        measure = replace(measure, found=partial(dict, measure.found()))
        core.close()  # each process opens its own: SQLite's connections do not survive a fork
    except Exception as error:
        log.error("cannot open the storage: %s", describe(error))
        raise SystemExit(75) from None
    try:
        policy = PolicyInForce(settings.rules, kept=KeptPolicies(settings.storage.policies), measure=measure)
    except FileProblems as problems:
        refuse(problems)
    processes = settings.milter.process_count
    try:
        listening = Listening(settings.milter.socket, int(settings.milter.socket_mode, 8))
    except Exception as error:
        log.error("cannot serve %s: %s", settings.milter.socket, describe(error))
        raise SystemExit(70) from None
    try:
        *slots, own = slots_in(settings.storage.figures, processes)
    except OSError as error:
        log.error("cannot count: %s", describe(error))
        raise SystemExit(75) from None
    members = [
        Member(f"milter {number + 1}", partial(serve, settings, policy, listening, keys, mine))
        for number, mine in enumerate(counts_for(slots))
    ]
    log.info("inspecting mail at %s with %d processes", settings.milter.socket, processes)
    if policy().highest_level > settings.sms.served:
        log.warning("the rules ask for level 2, and there is no SMS gateway: such mail is protected at level 1")
    gc.freeze()  # what was made up to here is shared with the processes as long as nobody writes to it
    replaced = partial(own.add, "processes replaced")
    Prefork(members, listening.close, partial(told, settings.storage.figures), replaced).run(FINISH_WITHIN)
    logging.shutdown()
    sys.stderr.flush()
    os._exit(0)
