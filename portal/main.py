"""Process 3: the recipients' browsers. Put together here, served by waitress."""

from __future__ import annotations

import gc
import logging
import re
import signal
import sys

import click

from zegel.core import open_core
from zegel.errors import describe
from zegel.log_format import log_as
from zegel.startup import CONFIG_OPTION, settings_or_exit, start_process
from zegel.unlock.access import Access
from zegel_portal.app import create_app
from zegel_portal.budgets import Budgets
from zegel_portal.http.server import create_server
from zegel_web.malloc import give_back

_log = logging.getLogger("zegel.portal")
_SWITCH_SECONDS = 0.0005
"""After which Python gives another thread its turn. At its own 5 ms a page waits that long behind each thread of a link
that asks for much, each time that it comes back from the database or from decrypting."""


class NoLinks(logging.Filter):
    """Keeps links and tracebacks of requests out of the log: a link is a key."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = re.sub(r"/(m|s|d|sms-report)/[^\s/?]+", r"/\1/…", record.getMessage())
        record.args = ()
        if record.exc_info and record.exc_info[0]:
            record.msg += f" ({record.exc_info[0].__name__})"
        record.exc_info = record.exc_text = None
        return True


@click.command(epilog="Example: zegel-portal --config /etc/zegel/zegel.yaml")
@CONFIG_OPTION
def main(config: str | None) -> None:
    """Shows recipients their messages."""
    give_back()
    sys.setswitchinterval(_SWITCH_SECONDS)
    start_process()
    settings = settings_or_exit(config)
    log_as(settings.logs.format)
    logging.getLogger("waitress").setLevel(logging.WARNING)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a line for each request that waits fills a disk
    for handler in logging.getLogger().handlers:
        handler.addFilter(NoLinks())
    try:
        core = open_core(settings)
    except Exception as error:
        _log.error("cannot open the storage: %s", describe(error))
        raise SystemExit(75) from None
    budgets = Budgets()
    app = create_app(core, budgets=budgets)
    server = create_server(
        app, settings, lambda link: _can_answer(core.access, link),
        lambda link: core.sender.message(link) is not None, budgets,
    )  # fmt: skip
    signal.signal(signal.SIGTERM, _stop)
    gc.collect()
    gc.freeze()  # what was made up to here lives as long as the process; looking through it held up a page for 50 ms
    _log.info("serving %s on %s port %d", settings.portal.url, settings.portal.host, settings.portal.port)
    try:
        server.run()
    finally:
        server.close()
        core.close()
        _log.info("stopped")


def _can_answer(access: Access, link: str) -> bool:
    """Whether a link takes a reply with its files: that of a message that has ended takes none any more."""
    found = access.delivery(link)
    return found is not None and not access.ended(found)


def _stop(*_: object) -> None:
    """SIGTERM ends the loop as Ctrl-C does: waitress finishes what its threads have in hand."""
    raise SystemExit(0)


if __name__ == "__main__":
    main()
