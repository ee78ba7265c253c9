"""Waitress for the console: few people, and the same limits on what a slow or malformed client can take."""

from __future__ import annotations

from typing import Any

from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import MultiSocketServer, TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher

from zegel.settings.model import Settings
from zegel_console.forms import LARGEST_MAIL, takes
from zegel_web.refusal import Refusal
from zegel_web.request_bodies import Room, parser

CONNECTIONS = 100


class Channel(HTTPChannel):  # type: ignore[misc]  # waitress has no types
    error_task_class = Refusal


class Server(TcpWSGIServer):  # type: ignore[misc]
    """A listener."""

    secure = False
    """Whether the console has HTTPS, by the web server before it."""


def serving(settings: Settings) -> dict[str, Any]:
    """How waitress serves."""
    console = settings.console
    return {
        "host": console.host,
        "port": console.port,
        "threads": console.threads,
        "ident": None,
        "asyncore_use_poll": True,
        "expose_tracebacks": False,
        "log_socket_errors": False,
        "trusted_proxy": None,
        "clear_untrusted_proxy_headers": True,
        "connection_limit": CONNECTIONS,
        "channel_timeout": 30,
        "cleanup_interval": 5,
        "max_request_header_size": 16_384,
        "max_request_body_size": 2 * LARGEST_MAIL,
        "outbuf_overflow": 1 << 26,
    }


def create_server(app: Any, settings: Settings) -> Any:
    """What `run` and `close` belong to; listens on every address that the host's name has."""
    adjustments = Adjustments(**serving(settings))
    threads = ThreadedTaskDispatcher()
    threads.set_thread_count(adjustments.threads)
    connections: dict[int, Any] = {}
    reader = parser(Room(settings.storage.spool), takes)

    class Connection(Channel):
        parser_class = reader

    servers = [
        Server(app, connections, dispatcher=threads, adj=adjustments, sockinfo=each) for each in adjustments.listen
    ]
    for each in servers:
        each.secure, each.channel_class = settings.console.secure, Connection
    if len(servers) == 1:
        return servers[0]
    return MultiSocketServer(connections, adjustments, adjustments.listen, threads, servers[0].log_info)
