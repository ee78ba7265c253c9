"""Waitress, bounded: what a slow, a greedy or a malformed client can take, and what it cannot.

One thread reads and writes all connections; some threads answer whole requests. A request that comes byte by byte
and a download that is read byte by byte so hold a connection and no thread. Connections are bounded too, and when
there are many the oldest that has no whole request makes room, so that whoever brings one is served.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import MultiSocketServer, TcpWSGIServer
from waitress.task import WSGITask

from zegel.settings.model import Settings
from zegel_portal.budgets import AWAY, EVERYBODY, Budgets, working
from zegel_portal.http.fair_queue import TURNED_AWAY, FairDispatcher
from zegel_portal.http.forms import LARGEST_TEXT, Uploads
from zegel_web.refusal import Refusal
from zegel_web.request_bodies import Room, parser

CONNECTIONS = 400
"""Beyond these, connections without a whole request are closed, the oldest first. A loop over so many costs less than
a millisecond, and their descriptors are well below the 1024 that a process may have."""
_AT_ONCE = 64
"""Connections taken from the kernel in one turn of the loop; one a turn would let a flood keep others waiting."""
ONE_TURN = 1 << 18
"""Bytes that a connection is sent before it is the next one's turn."""
AT_ONCE = 4
"""A link has this part of the threads at most."""
AGAIN_SECONDS = 5
"""When to try again, where that follows from nothing."""
WAKES_SECONDS = 0.1
"""How long the loop sleeps: a link that has had its share is looked at again then."""
STATIC = "static"
"""The key of what every page loads."""
SHARED = (EVERYBODY, STATIC)
"""What no budget of a link is for."""
SLOWEST_REQUEST, SLOWEST_READER = 4_000, 1_000
"""Bytes a second: whoever is slower than this for `channel_timeout` is gone. GPRS is faster."""


class Task(WSGITask):  # type: ignore[misc]
    """A request, with the word to the application that there is no room for it."""

    def get_environment(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environment()
        environ[AWAY] = self.channel.away
        return environ


class Channel(HTTPChannel):  # type: ignore[misc]
    """A connection whose silence is told by what it brings: waitress takes any byte for a sign of life."""

    error_task_class = Refusal
    task_class = Task
    key = link = EVERYBODY
    """Whose turn this waits for, and for whom it is counted."""
    away = 0
    """Seconds after which the browser may try again, when it is turned away."""
    _begun = 0.0
    _brought = 0
    _turn = 0
    sendbuf_len: int

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.sendbuf_len = min(self.sendbuf_len, ONE_TURN)

    def add_channel(self, map: Any = None) -> None:
        super().add_channel(map)
        channels = self.server.active_channels
        if len(channels) > CONNECTIONS:
            # Channels stand in the order in which they came, so this rarely looks at more than a few.
            others = [each for each in channels.values() if not each.will_close and each is not self]
            oldest = next((each for each in others if not (each.requests or each.total_outbufs_len)), None)
            if oldest is None:  # all are being answered: close one of the link that has the most
                counted = Counter(each.link for each in others)
                oldest = max(others, key=lambda each: counted[each.link], default=None)
            if oldest is not None:
                oldest.will_close = True

    def begin(self) -> None:
        """Decides whose turn the next request waits for, or that there is no room for it."""
        budgets, path = self.server.budgets, getattr(self.requests[0], "path", "")
        self.key = self.link = self.server.links(path)
        self.away = budgets.wait(self.link)
        if self.away:
            self.key = TURNED_AWAY

    def turn_away(self) -> None:
        """Too many of this link wait. What belongs to no link waits however many there are, and for nobody else."""
        if self.link not in SHARED:
            self.key, self.away = TURNED_AWAY, max(self.away, AGAIN_SECONDS)

    def service(self) -> None:
        """Answers a request, and counts what that took for its link."""
        link, begun = self.link, time.thread_time()
        working.key, working.elsewhere = link, 0.0
        read = [each.link for each in list(self.server.active_channels.values()) if each.total_outbufs_len]
        if link not in SHARED and not self.server.budgets.may_answer(read.count(link), len(read)):
            self.away = max(self.away, AGAIN_SECONDS)
        try:
            super().service()
        finally:
            if link not in SHARED:
                self.server.budgets.processor.spend(link, time.thread_time() - begun + working.elsewhere)
            working.key = EVERYBODY

    def writable(self) -> bool:
        return bool(super().writable()) and (self.will_close or not self._rests())

    def _rests(self) -> bool:
        """Whether the link has had its share of the thread that sends."""
        return self.link not in SHARED and self.server.budgets.loop.wait(self.link) > 0

    def send(self, data: bytes, do_close: bool = True) -> int:
        """Sends no more than ONE_TURN at a time: others want to be read too."""
        if self._turn <= 0:
            return 0
        sent = int(super().send(data, do_close))
        self._turn -= sent
        return sent

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
        if self.total_outbufs_len and self._rests():
            return False
        before, waiting = self.last_activity, self.total_outbufs_len
        begun, self._turn = time.perf_counter(), ONE_TURN
        sent = bool(super()._flush_some(do_close))
        if self.link not in SHARED:
            self.server.budgets.loop.spend(self.link, time.perf_counter() - begun)
        if sent:
            self.last_activity = min(time.time(), before + (waiting - self.total_outbufs_len) / SLOWEST_READER)
        return sent


class Server(TcpWSGIServer):  # type: ignore[misc]
    """A listener that empties its queue in turns of many."""

    channel_class = Channel
    secure = False
    """Whether the portal has HTTPS, by the web server before it."""
    budgets: Budgets
    links: Callable[[str], str]
    """The key of the link in a path; EVERYBODY when nobody was given it."""

    def add_task(self, task: Channel) -> None:
        task.begin()
        super().add_task(task)

    def handle_accept(self) -> None:
        for _ in range(_AT_ONCE):
            before = len(self.active_channels)
            super().handle_accept()
            if len(self.active_channels) <= before:
                return


def links_of(
    settings: Settings, known: Callable[[str], bool], sender_known: Callable[[str], bool]
) -> Callable[[str], str]:
    """What tells the key of a path: its link, when somebody was given it, so that made-up ones are all one."""
    personal = re.compile(
        rf"{re.escape(urlsplit(settings.portal.url).path.rstrip('/'))}/([ms])/([A-Za-z0-9_-]{{1,128}})"
    )

    def key(path: str) -> str:
        found = personal.match(path)
        if found is None:
            return STATIC if path.partition("?")[0].endswith((".css", ".js", "/health", "/logo.png")) else EVERYBODY
        return found[0] if (known if found[1] == "m" else sender_known)(found[2]) else EVERYBODY

    return key


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
        # web/request_bodies.py keeps the rest.
        "max_request_body_size": 4 * (settings.replies.size + LARGEST_TEXT),
        # Waitress would write a longer answer to a temporary file, in clear; the message is in memory anyway.
        "outbuf_overflow": 1 << 30,
    }


def create_server(
    app: Any,
    settings: Settings,
    known: Callable[[str], bool],
    sender_known: Callable[[str], bool] = lambda _: False,
    budgets: Budgets | None = None,
) -> Any:
    """What `run` and `close` belong to; listens on every address that the host's name has.

    Only the pages of links that are `known` take files, and they and those of senders have budgets of their own.
    """
    adjustments = Adjustments(**serving(settings))
    adjustments.asyncore_loop_timeout = WAKES_SECONDS
    threads = FairDispatcher(max(1, adjustments.threads // AT_ONCE))
    threads.set_thread_count(adjustments.threads)
    connections: dict[int, Any] = {}
    servers = [
        Server(app, connections, dispatcher=threads, adj=adjustments, sockinfo=each) for each in adjustments.listen
    ]
    reader = parser(Room(settings.storage.spool), Uploads(settings).takes(known))

    budgets, links = budgets or Budgets(), links_of(settings, known, sender_known)

    class Connection(Channel):
        parser_class = reader

    for each in servers:
        each.secure, each.channel_class = settings.portal.secure, Connection
        each.budgets, each.links = budgets, links
    if len(servers) == 1:
        return servers[0]
    return MultiSocketServer(connections, adjustments, adjustments.listen, threads, servers[0].log_info)
