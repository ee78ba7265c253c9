"""The section `direct_delivery` of zegel.yaml."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from zegel.postfix_listener import PUBLIC, Listener
from zegel.settings.fields import FilePath
from zegel.yamlfile import Strict


def _on_this_machine(address: str) -> str:
    try:
        if ipaddress.ip_address(address).is_loopback:
            return address
    except ValueError:
        pass
    raise ValueError(
        f"'{address}' is not on this machine, so anybody on the way could answer in its place; write 127.0.0.1 or ::1"
    )


Loopback = Annotated[str, AfterValidator(_on_this_machine)]


class DirectDelivery(Strict):
    """How protected mail is delivered directly; which mail, rules.yaml says."""

    socket: FilePath | None = PUBLIC / "zegel-submit-direct"
    """Postfix's listener for it; where there is no such socket, or none is given, host and port are used."""
    host: str = "127.0.0.1"
    """Host of Postfix's listener for it, when it is a port."""
    port: Annotated[int, Field(ge=1, le=65535)] = 10027
    """Its port."""
    map_port: Annotated[int, Field(ge=1, le=65535)] = 10028
    """Port on 127.0.0.1 where Postfix asks the courier for the way of each mail."""
    connections: Annotated[int, Field(ge=1, le=32)] = 4
    """Mails handed over at the same time."""
    hours: Annotated[float, Field(gt=0, le=120)] = 4
    """Hours that a server may put a mail off; then the recipient is notified."""
    keep: bool = False
    """Keep the sealed copy of what was delivered, until the message expires."""
    resolvers: tuple[Loopback, ...] = ()
    """Validating resolvers on this machine; those of /etc/resolv.conf when empty."""
    log: FilePath = Path("/var/log/mail.log")
    """Postfix's log, from which the version of TLS is taken, when it may be read."""

    @property
    def listener(self) -> Listener:
        return Listener(self.host, self.port, self.socket)
