"""How often people may write first: counted by address, network and addressee, in the database, so a restart forgives
nothing. What is counted is a keyed hash, kept for a day.
"""

from __future__ import annotations

import ipaddress
from typing import Final

from zegel.conversations.loops import KEPT_SECONDS
from zegel.crypto import keyed_hash
from zegel.mail.addresses import identity
from zegel.settings.writing import Write
from zegel.vault.vault import Vault

DAY: Final = KEPT_SECONDS


class FirstLimits:
    """Counts passwords that prove an address, and messages from proven ones. For use inside a transaction."""

    def __init__(self, limits: Write, vault: Vault) -> None:
        self._limits = limits
        self._counted = vault.store.answers
        self._key = vault.keys.lookup

    def may_ask(self, network: str, now: float) -> bool:
        """Whether somebody in this network may ask for a password; the address makes no difference."""
        if self._over(("asked",), self._limits.per_day, now):
            return False
        return not (network and self._over(("asked from", network), self._limits.per_network, now))

    def may_send(self, address: str, now: float) -> bool:
        """Whether a password may go to this address."""
        return not self._over(("asked for", mailbox_of(address)), self._limits.per_address, now)

    def asked(self, address: str, network: str, now: float) -> None:
        """Counts one, also when it is not sent."""
        self._note(now, ("asked",), ("asked for", mailbox_of(address)))
        if network:
            self._note(now, ("asked from", network))

    def may_write(self, writer: str, now: float) -> bool:
        """Whether a proven address may send one more message."""
        return not self._over(("wrote", mailbox_of(writer)), self._limits.per_writer, now)

    def may_get(self, addressee: str, now: float) -> bool:
        """Whether a published address may get one more."""
        return not self._over(("got", identity(addressee).text), self._limits.per_addressee, now)

    def wrote(self, writer: str, addressee: str, now: float) -> None:
        """Counts a message."""
        self._note(now, ("wrote", mailbox_of(writer)), ("got", identity(addressee).text))

    def _over(self, what: tuple[str, ...], most: int, now: float) -> bool:
        return self._counted.count(self._hash(what), now - DAY) >= most

    def _note(self, now: float, *counters: tuple[str, ...]) -> None:
        for what in counters:
            self._counted.add(self._hash(what), now)

    def _hash(self, what: tuple[str, ...]) -> bytes:
        return keyed_hash(self._key, "write first", *what)


def mailbox_of(address: str) -> str:
    """Whose mailbox an address counts for: many providers ignore what stands behind a plus, and some ignore dots.

    >>> mailbox_of("Jan.Jansen+zegel@post.example"), mailbox_of("+@post.example")
    ('janjansen@post.example', '@post.example')
    """
    local, _, domain = identity(address).text.rpartition("@")
    return f"{local.partition('+')[0].replace('.', '').lower()}@{domain}"


def network_of(client: str) -> str:
    """The network that a client's address counts for: the address itself, or an IPv6 /64, which one customer has.

    "" for this machine, which a web server in front of the portal has, and for nothing. "?" for what is no address: all
    who bring such count as one.

    >>> network_of("192.0.2.7"), network_of("2001:db8:0:1:2::3"), network_of("::ffff:192.0.2.7")
    ('192.0.2.7', '2001:db8:0:1::/64', '192.0.2.7')
    >>> network_of("127.0.0.1"), network_of("jan"), network_of("192.0.2.7, 192.0.2.8")
    ('', '?', '?')
    """
    try:
        address = ipaddress.ip_address(client.strip())
    except ValueError:
        return "?" if client.strip() else ""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is None:
            own = address.is_loopback
            return "" if own else str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))
        address = address.ipv4_mapped
    return "" if address.is_loopback else str(address)
