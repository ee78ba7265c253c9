"""Questions to the validating resolver on this machine (RFC 4035, 4.9.3).

The AD bit says that the resolver has checked the signatures. Anybody on the way could set it, so only a resolver on a
loopback address is believed. An answer that does not validate comes as SERVFAIL, like one that nobody gives.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.resolver

RESOLV_CONF = Path("/etc/resolv.conf")
TIMEOUT, LIFETIME = 2.5, 5.0
"""Seconds for one try, and for an answer."""
MOST_SECONDS = 3600.0
"""An answer is kept this long at most, whatever its TTL says."""


class NoResolver(Exception):
    """No resolver on this machine is configured, so nothing it says could be believed."""


class NoAnswer(Exception):
    """The resolver did not answer, or could not validate what it found; the message says which."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the DNS says of a name."""

    records: tuple[Any, ...]
    """dnspython's rdata; () when there is no such name or no such record."""
    secure: bool
    """Whether the resolver has validated it, also that there is nothing."""
    seconds: float
    """How long it may be kept."""
    name: str = ""
    """The name at the end of all aliases, without a dot behind it."""


def loopback_only(addresses: Sequence[str]) -> list[str]:
    """Those of `addresses` that are on this machine.

    >>> loopback_only(["127.0.0.53", "192.0.2.1", "::1"])
    ['127.0.0.53', '::1']
    """
    return [each for each in addresses if ipaddress.ip_address(each.partition("%")[0]).is_loopback]


def configured(file: Path = RESOLV_CONF) -> list[str]:
    """The resolvers that resolv.conf names. Postfix asks these, too."""
    try:
        lines = file.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return []
    return [line.split()[1] for line in lines if line.startswith("nameserver") and len(line.split()) > 1]


class Resolver:
    """Asks; any thread may use it."""

    def __init__(self, addresses: Sequence[str] = (), port: int = 53) -> None:
        """`addresses` have to be on this machine; those of resolv.conf when there are none."""
        self._addresses = list(addresses)
        self._port = port

    def ask(self, name: str, kind: str) -> Answer:
        """The records of `kind` that `name` has. Raises NoAnswer and NoResolver."""
        try:
            found = self._resolver().resolve(
                dns.name.from_text(name), kind, raise_on_no_answer=False, search=False, lifetime=LIFETIME
            )
            response, records = found.response, tuple(found.rrset or ())
            last = found.canonical_name.to_text(omit_final_dot=True)
        except dns.resolver.NXDOMAIN as error:
            replies = error.responses()  # type: ignore[no-untyped-call]
            response, records, last = next(iter(replies.values())), (), name
        except (dns.resolver.NoNameservers, dns.resolver.YXDOMAIN):
            raise NoAnswer(f"the resolver cannot answer for {name}, or its signature is wrong") from None
        except dns.exception.Timeout:
            raise NoAnswer(f"the resolver gave no answer for {name} in {LIFETIME:.0f} seconds") from None
        except (dns.exception.DNSException, OSError, ValueError) as error:
            raise NoAnswer(f"{name} cannot be looked up ({type(error).__name__})") from None
        secure = bool(response.flags & dns.flags.AD)
        return Answer(records, secure, _seconds(response), last.lower())

    def _resolver(self) -> dns.resolver.Resolver:
        # Read each time: an administrator who mends resolv.conf restarts nothing.
        addresses = loopback_only(self._addresses or configured())
        if not addresses:
            raise NoResolver("resolv.conf names no resolver on this machine")
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers = list(addresses)
        resolver.port = self._port
        resolver.timeout = TIMEOUT
        resolver.use_edns(0, dns.flags.DO, 1232)
        resolver.flags = dns.flags.RD | dns.flags.AD
        return resolver


def _seconds(response: dns.message.Message) -> float:
    """The least TTL in an answer; that of the SOA for one that says that there is nothing."""
    ttls = [rrset.ttl for rrset in response.answer]
    ttls += [rrset.ttl for rrset in response.authority if not ttls and rrset.rdtype == dns.rdatatype.SOA]
    return min([MOST_SECONDS, *map(float, ttls)]) if ttls else 0.0
