"""DANE for SMTP (RFC 7672): the keys of a domain's mail servers, published in the DNS and signed there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zegel.direct.proof import Finding, NotProven, Proof
from zegel.direct.resolver import Answer, NoAnswer, Resolver

_USAGES, _SELECTORS = (2, 3), (0, 1)
"""DANE-TA and DANE-EE; the certificate or its key (RFC 7672, 3.1)."""
_DIGEST_BYTES = {1: 32, 2: 64}
_MOST_HOSTS = 10
"""Hosts that are looked at, the preferred ones first."""


@dataclass(frozen=True, slots=True)
class Hosts:
    """The mail servers of a domain, the preferred first."""

    names: tuple[str, ...]
    seconds: float


def dane(resolver: Resolver, domain: str) -> Finding:
    """The proof by DANE of `domain`."""
    try:
        hosts = mail_hosts(resolver, domain)
        if isinstance(hosts, NotProven):
            return hosts
        return with_keys(resolver, domain, hosts)
    except NoAnswer as problem:
        return NotProven(str(problem), 30.0)


def mail_hosts(resolver: Resolver, domain: str) -> Hosts | NotProven:
    """The hosts that signed MX records name. Raises NoAnswer."""
    found = resolver.ask(domain, "MX")
    if not found.secure:
        return NotProven(f"the MX records of {domain} are not signed (DNSSEC)")
    ordered = sorted(found.records, key=lambda record: record.preference)
    names = tuple(record.exchange.to_text(omit_final_dot=True).lower() for record in ordered)
    if not found.records:
        names = (found.name or domain,)  # RFC 5321, 5.1: a domain without MX is its own server
    if "." in names:
        return NotProven(f"{domain} takes no mail (null MX)")
    return Hosts(names[:_MOST_HOSTS], found.seconds)


def with_keys(resolver: Resolver, domain: str, hosts: Hosts, *, kind: Any = "dane", nexthop: str = "") -> Finding:
    """A proof with those of `hosts` that have usable TLSA records. Raises NoAnswer when no host could be asked.

    One host is enough: Postfix verifies each before it sends, and goes on to the next one.
    """
    good, seconds, problems, unanswered = [], [hosts.seconds], [], 0
    for host in hosts.names:
        try:
            keys = _keys(resolver, host)
        except NoAnswer as problem:
            unanswered += 1
            problems.append(str(problem))
            continue
        if isinstance(keys, NotProven):
            problems.append(keys.why)
        else:
            good.append(host)
            seconds.append(keys.seconds)
    if good:
        return Proof(kind, domain, tuple(good), nexthop or domain, min(seconds))
    return NotProven("; ".join(problems), 30.0 if unanswered else min([60.0, hosts.seconds]))


def _keys(resolver: Resolver, host: str) -> Answer | NotProven:
    """The TLSA records of a host: at the end of its aliases, else at its own name (RFC 7672, 2.2.2)."""
    names = [host]
    for kind in ("A", "AAAA"):
        address = resolver.ask(host, kind)
        if not address.secure:
            return NotProven(f"the address of {host} is not signed (DNSSEC)")
        if address.records:
            names = list(dict.fromkeys([address.name, host]))
            break
    else:
        return NotProven(f"{host} has no address")
    for name in names:
        found = resolver.ask(f"_25._tcp.{name}", "TLSA")
        if found.secure and any(map(_is_usable, found.records)):
            return Answer(found.records, True, min(found.seconds, address.seconds), name)
        if found.records:
            return NotProven(f"the TLSA records of {host} are {'of no use' if found.secure else 'not signed'}")
    return NotProven(f"{host} has no TLSA records")


def _is_usable(record: Any) -> bool:
    if record.usage not in _USAGES or record.selector not in _SELECTORS:
        return False
    return record.mtype == 0 or len(record.cert) == _DIGEST_BYTES.get(record.mtype)
