"""The parts of direct delivery in the courier, put together."""

from __future__ import annotations

import logging
import threading

from zegel.core import Core
from zegel.direct.look_ups import LookUps
from zegel.direct.proofs import Proofs
from zegel.direct.resolver import Resolver
from zegel_courier.desk import Desk
from zegel_courier.direct_lane import Direct
from zegel_courier.drain import Drain
from zegel_courier.hosts import Owner
from zegel_courier.submission import Submission
from zegel_courier.ways import Ways, WaysServer

log = logging.getLogger("zegel.courier")


class DirectDelivery:
    """A lane of the outbox, its look-ups, and the listener that Postfix asks."""

    def __init__(self, core: Core, desk: Desk, owner: Owner) -> None:
        settings = core.settings.direct_delivery
        self.look_ups = LookUps(Proofs(Resolver(settings.resolvers), core.clock))
        self._port = settings.map_port
        self._server: WaysServer | None = None
        self._lock = threading.Lock()

        def worker() -> Direct:
            sender = Submission(settings.listener, notify="SUCCESS,FAILURE")
            return Direct(desk, self.look_ups, self._ways, sender, self.drain.again)

        self.drain = Drain(core, "direct", worker, owner.name, settings.connections, owner.before)

    def close(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def _ways(self) -> Ways | None:
        """The ways that Postfix can ask for, from the first mail on; None when we cannot listen."""
        with self._lock:
            if self._server is None:
                try:
                    self._server = WaysServer(self._port, Ways())
                except OSError as error:
                    log.error("nothing is delivered directly: port %d on 127.0.0.1: %s", self._port, error.strerror)
                    return None
                self._server.start()
            return self._server.ways
