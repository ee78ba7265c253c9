"""Waitress, bounded: what a slow, a greedy or a malformed client can take, and what it cannot.

One thread reads and writes all connections; some threads answer whole requests. A request that comes byte by byte
and a download that is read byte by byte so hold a connection and no thread. Connections are bounded too, and when
there are many the oldest that has no whole request makes room, so that whoever brings one is served.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import MultiSocketServer, TcpWSGIServer
from waitress.task import ErrorTask, ThreadedTaskDispatcher

from zegel.settings.model import Settings
from zegel_portal.http.forms import LARGEST_TEXT, Uploads
from zegel_portal.http.request_bodies import Room, parser
from zegel_portal.http.responses import FILE_POLICY, reply

CONNECTIONS = 400
"""Beyond these, connections without a whole request are closed, the oldest first. A loop over so many costs less than
a millisecond, and their descriptors are well below the 1024 that a process may have."""
_AT_ONCE = 64
"""Connections taken from the kernel in one turn of the loop; one a turn would let a flood keep others waiting."""
SLOWEST_REQUEST, SLOWEST_READER = 4_000, 1_000
"""Bytes a second: whoever is slower than this for `channel_timeout` is gone. GPRS is faster."""


class Refusal(ErrorTask):  # type: ignore[misc]  # waitress has no types
    """Waitress's own answers (400, 413, 431, 500, 501), with our headers, and without repeating what was sent."""

    def execute(self) -> None:
        error, secure = self.request.error, self.channel.server.secure
        words = f"{error.reason}\n"
        answer = reply(words, error.code, kind="text/plain; charset=utf-8", policy=FILE_POLICY, secure=secure)
        self.status = f"{error.code} {error.reason}"
        self.response_headers.extend(answer.headerlist)
        self.set_close_on_finish()
        self.write(words.encode("ascii"))


class Channel(HTTPChannel):  # type: ignore[misc]
    """A connection whose silence is told by what it brings: waitress takes any byte for a sign of life."""

    error_task_class = Refusal
    _begun = 0.0
    _brought = 0

    def add_channel(self, map: Any = None) -> None:
        super().add_channel(map)
        channels = self.server.active_channels
        if len(channels) > CONNECTIONS:
            # Channels stand in the order in which they came, so this rarely looks at more than a few.
            idle = (each for each in channels.values() if not (each.requests or each.total_outbufs_len))
            oldest = next((each for each in idle if not each.will_close and each is not self), None)
            if oldest is not None:
                oldest.will_close = True

    def received(self, data: bytes) -> bool:
        """A request that is under way is worth the time that its bytes take at the slowest speed."""
        now, before = time.time(), self.request
        taken = bool(super().received(data))
        if self.request is None or self.request is not before:
            self._begun, self._brought = now, 0
        else:
            self._brought += len(data)
            self.last_activity = min(now, self._begun + self._brought / SLOWEST_REQUEST)
        return taken

    def _flush_some(self, do_close: bool = True) -> bool:
        """So is an answer that is being read."""
        before, waiting = self.last_activity, self.total_outbufs_len
        sent = bool(super()._flush_some(do_close))
        if sent:
            self.last_activity = min(time.time(), before + (waiting - self.total_outbufs_len) / SLOWEST_READER)
        return sent


class Server(TcpWSGIServer):  # type: ignore[misc]
    """A listener that empties its queue in turns of many."""

    channel_class = Channel
    secure = False
    """Whether the portal has HTTPS, by the web server before it."""

    def handle_accept(self) -> None:
        for _ in range(_AT_ONCE):
            before = len(self.active_channels)
            super().handle_accept()
            if len(self.active_channels) <= before:
                return


def serving(settings: Settings) -> dict[str, Any]:
    """How waitress serves: what a slow or hostile client can take is bounded."""
    portal = settings.portal
    return {
        "host": portal.host,
        "port": portal.port,
        "threads": portal.threads,
        "ident": None,  # no Server header
        "asyncore_use_poll": True,  # select() ends at descriptor 1024
        "expose_tracebacks": False,
        "log_socket_errors": False,  # whoever hangs up would write a line
        # Nothing here depends on what a proxy says: addresses come from the settings, and limits count links and
        # phones, never IP addresses, which a household or an office shares.
        "trusted_proxy": None,
        "clear_untrusted_proxy_headers": True,
        # Waitress stops accepting at this number, which `CONNECTIONS` keeps out of reach: only connections with
        # an answer under way are not closed for others.
        "connection_limit": CONNECTIONS + 2 * _AT_ONCE,
        "backlog": 1024,
        "channel_timeout": 30,
        "cleanup_interval": 5,
        # Two cookies, a link and what proxies add are 2 kB.
        "max_request_header_size": 16_384,
        # What is longer than its address takes is read and dropped up to here;
        # portal/http/request_bodies.py keeps the rest.
        "max_request_body_size": 4 * (settings.replies.size + LARGEST_TEXT),
        # Waitress would write a longer answer to a temporary file, in clear; the message is in memory anyway.
        "outbuf_overflow": 1 << 30,
    }


def create_server(app: Any, settings: Settings, known: Callable[[str], bool]) -> Any:
    """What `run` and `close` belong to; listens on every address that the host's name has.

    Only the pages of links that are `known` take files.
    """
    adjustments = Adjustments(**serving(settings))
    threads = ThreadedTaskDispatcher()
    threads.set_thread_count(adjustments.threads)
    connections: dict[int, Any] = {}
    servers = [
        Server(app, connections, dispatcher=threads, adj=adjustments, sockinfo=each) for each in adjustments.listen
    ]
    reader = parser(Room(settings.storage.spool), Uploads(settings).takes(known))

    class Connection(Channel):
        parser_class = reader

    for each in servers:
        each.secure, each.channel_class = settings.portal.secure, Connection
    if len(servers) == 1:
        return servers[0]
    return MultiSocketServer(connections, adjustments, adjustments.listen, threads, servers[0].log_info)
