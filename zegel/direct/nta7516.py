"""NTA 7516: the record by which Dutch health care publishes who takes part, since when and by which servers.

    v=NTA7516-1;startdate=2024-01;enddate=2027-12;provider=NAME;ntamx=10 mail.provider.example

The dates are months: from the first day of the one to the last day of the other. Anybody can write a TXT record, so it
counts only when it is signed, and the servers that it names, or else the MX, have to be verified by DANE, which the
standard asks of them. Several records contradict each other and count as none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from zegel.direct.dane import Hosts, mail_hosts, with_keys
from zegel.direct.proof import Finding, NotProven
from zegel.direct.resolver import NoAnswer, Resolver
from zegel.mail.domains import ascii_domain

_BEGIN = "v=nta7516-1"
_MONTH = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?")
_MOST_HOSTS = 10


class BadRecord(ValueError):
    """The record cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Record:
    """What an organisation says of itself."""

    starts: date
    ends: date
    """The last day."""
    provider: str
    hosts: tuple[str, ...]
    """Its servers for this mail, the preferred first; () when they are those of its MX."""


def parse(text: str) -> Record:
    """Reads a record. Raises BadRecord.

    >>> read = parse("v=NTA7516-1;startdate=2024-01;enddate=2024-02;provider=x;ntamx=20 b.example;ntamx=10 a.example")
    >>> str(read.starts), str(read.ends), read.hosts
    ('2024-01-01', '2024-02-29', ('a.example', 'b.example'))
    """
    fields = [part.strip().partition("=") for part in text.split(";") if part.strip()]
    named: dict[str, str] = {}
    hosts: list[tuple[int, str]] = []
    for key, _, value in ((key.strip().lower(), sign, value.strip()) for key, sign, value in fields):
        if key == "ntamx":
            hosts.append(_host(value))
        elif key in named:
            raise BadRecord(f"{key} stands there twice")
        else:
            named[key] = value
    if named.get("v", "").lower() != "nta7516-1":
        raise BadRecord("it does not begin with v=NTA7516-1")
    starts, ends = _day(named.get("startdate", ""), last=False), _day(named.get("enddate", ""), last=True)
    return Record(starts, ends, named.get("provider", ""), tuple(name for _, name in sorted(hosts)[:_MOST_HOSTS]))


def nta7516(resolver: Resolver, domain: str, now: float) -> Finding:
    """The proof by NTA 7516 of `domain` at the moment `now`."""
    try:
        found = resolver.ask(domain, "TXT")
        texts = [text for text in map(_text, found.records) if text.lower().replace(" ", "").startswith(_BEGIN)]
        if not texts:
            return NotProven(f"{domain} has no NTA 7516 record")
        if not found.secure:
            return NotProven(f"the NTA 7516 record of {domain} is not signed (DNSSEC)")
        if len(texts) > 1:
            return NotProven(f"{domain} has more than one NTA 7516 record")
        record, today = parse(texts[0]), datetime.fromtimestamp(now, UTC).date()
        if today < record.starts:
            return NotProven(f"the NTA 7516 record of {domain} counts from {record.starts}")
        if today > record.ends:
            return NotProven(f"the NTA 7516 record of {domain} ended on {record.ends}")
        if record.hosts:
            hosts: Hosts | NotProven = Hosts(record.hosts, found.seconds)
            nexthop = ",".join(f"[{host}]" for host in record.hosts)
        else:
            hosts, nexthop = mail_hosts(resolver, domain), domain
        if isinstance(hosts, NotProven):
            return hosts
        hosts = Hosts(hosts.names, min(hosts.seconds, found.seconds, _until_midnight(now)))
        return with_keys(resolver, domain, hosts, kind="nta7516", nexthop=nexthop)
    except BadRecord as problem:
        return NotProven(f"the NTA 7516 record of {domain} cannot be read: {problem}")
    except NoAnswer as problem:
        return NotProven(str(problem), 30.0)


def _text(record: Any) -> str:
    return b"".join(record.strings).decode("utf-8", "replace").strip()


def _host(value: str) -> tuple[int, str]:
    preference, _, name = value.partition(" ")
    host = ascii_domain(name.strip())
    if not preference.isdecimal() or "." not in host:
        raise BadRecord("ntamx has to be a number and a host")
    return int(preference), host


def _day(written: str, *, last: bool) -> date:
    found = _MONTH.fullmatch(written)
    try:
        if found is None:
            raise ValueError
        year, month = int(found[1]), int(found[2])
        if found[3]:
            return date(year, month, int(found[3]))
        first = date(year, month, 1)
        return (first + timedelta(days=32)).replace(day=1) - timedelta(days=1) if last else first
    except (ValueError, OverflowError):
        raise BadRecord(f"{'enddate' if last else 'startdate'} has to be a month, as 2027-12") from None


def _until_midnight(now: float) -> float:
    """What counts today may not count tomorrow."""
    return 86_400 - now % 86_400
