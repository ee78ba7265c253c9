"""Process 4: the pages of the data-protection officer and the administrator."""

from __future__ import annotations

import logging
import signal

import click

from zegel.core import open_core
from zegel.errors import describe
from zegel.startup import CONFIG_OPTION, settings_or_exit, start_process
from zegel_console.app import create_app
from zegel_console.server import create_server
from zegel_web.malloc import give_back

_log = logging.getLogger("zegel.console")


class NoRequests(logging.Filter):
    """Keeps the arguments of waitress's lines and all tracebacks out of the log."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and record.exc_info[0]:
            record.msg, record.args = f"{record.getMessage()} ({record.exc_info[0].__name__})", ()
        record.exc_info = record.exc_text = None
        return True


@click.command(epilog="Example: zegel-console --config /etc/zegel/zegel.yaml")
@CONFIG_OPTION
def main(config: str | None) -> None:
    """Shows officers and administrators what Zegel does."""
    give_back()
    start_process()
    logging.getLogger("waitress").setLevel(logging.WARNING)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    for handler in logging.getLogger().handlers:
        handler.addFilter(NoRequests())
    settings = settings_or_exit(config)
    try:
        core = open_core(settings)
    except Exception as error:
        _log.error("cannot open the storage: %s", describe(error))
        raise SystemExit(75) from None
    app = create_app(core)
    server = create_server(app, settings)
    signal.signal(signal.SIGTERM, _stop)
    console = settings.console
    _log.info("serving %s on %s port %d", console.url, console.host, console.port)
    if not console.in_use:
        _log.warning("nobody can sign in: name somebody in console.officers or console.administrators")
    try:
        server.run()
    finally:
        server.close()
        app.config["zegel.rules"].close()
        core.close()
        _log.info("stopped")


def _stop(*_: object) -> None:
    """SIGTERM ends the loop as Ctrl-C does: waitress finishes what its threads have in hand."""
    raise SystemExit(0)


if __name__ == "__main__":
    main()
