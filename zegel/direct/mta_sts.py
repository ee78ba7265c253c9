"""MTA-STS (RFC 8461): the servers of a domain, in a policy that it publishes over HTTPS.

The policy comes by a connection whose certificate is checked, so nobody on the way can make one up. Only mode
`enforce` is a proof; `testing` says that the domain itself does not rely on it yet.
"""

from __future__ import annotations

import http.client
import re
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from zegel.direct.proof import Finding, NotProven, Proof
from zegel.direct.resolver import NoAnswer, Resolver
from zegel.mail.domains import ascii_domain

TIMEOUT: Final = 3.0
"""Seconds for each step of a fetch."""
LONGEST: Final = 6.0
"""Seconds for all of it."""
MOST_BYTES: Final = 64_000
"""RFC 8461, 3.2: a policy may be limited to this."""
_MOST_HOSTS = 100
_ID = re.compile(r"v=STSv1;(?:.*;)?[ \t]*id[ \t]*=[ \t]*([A-Za-z0-9]{1,32})[ \t]*(?:;.*)?", re.DOTALL)
_PIECE = 4096


class BadPolicy(ValueError):
    """The policy cannot be had or read; the message says why."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy as it was published."""

    mode: str
    hosts: tuple[str, ...]
    """Names, and `*.` names that stand for one label more."""
    max_age: float


def parse(text: str) -> Policy:
    """Reads a policy (RFC 8461, 3.2). Raises BadPolicy.

    >>> parse("version: STSv1\\r\\nmode: enforce\\r\\nmx: mx.b.example\\r\\nmx: *.c.example\\r\\nmax_age: 86400\\r\\n")
    Policy(mode='enforce', hosts=('mx.b.example', '*.c.example'), max_age=86400.0)
    """
    named: dict[str, str] = {}
    hosts: list[str] = []
    for line in text.splitlines():
        key, colon, value = (part.strip() for part in line.partition(":"))
        if colon and key == "mx":
            hosts.append(_pattern(value))
        elif colon:
            named.setdefault(key, value)  # RFC 8461, 3.2: the first counts
    if named.get("version") != "STSv1":
        raise BadPolicy("its version is not STSv1")
    if named.get("mode") not in ("enforce", "testing", "none"):
        raise BadPolicy("its mode is none of enforce, testing, none")
    if not re.fullmatch(r"\d{1,10}", named.get("max_age", "")):
        raise BadPolicy("its max_age is no number of seconds")
    if named["mode"] != "none" and not hosts:
        raise BadPolicy("it names no mail server")
    return Policy(named["mode"], tuple(dict.fromkeys(hosts))[:_MOST_HOSTS], float(named["max_age"]))


def _pattern(value: str) -> str:
    star = "*." if value.startswith("*.") else ""
    name = ascii_domain(value.removeprefix("*."))
    if "." not in name:
        raise BadPolicy("one of its mail servers is no name")
    return star + name


def fetch(domain: str, connect: Callable[[str], Any] | None = None) -> str:
    """The text of the policy of `domain`. Raises BadPolicy. No redirects, no proxies (RFC 8461, 3.3)."""
    deadline = time.monotonic() + LONGEST
    connection = (connect or _connection)(f"mta-sts.{domain}")
    try:
        connection.request("GET", "/.well-known/mta-sts.txt", headers={"Connection": "close"})
        answer = connection.getresponse()
        if answer.status != 200:
            raise BadPolicy(f"mta-sts.{domain} answers {answer.status}")
        if answer.headers.get_content_type() != "text/plain":
            raise BadPolicy(f"mta-sts.{domain} sends no text/plain")
        content = b""
        while piece := answer.read1(_PIECE):
            content += piece
            if len(content) > MOST_BYTES:
                raise BadPolicy(f"the policy is larger than {MOST_BYTES} bytes")
            if time.monotonic() > deadline:
                raise BadPolicy(f"mta-sts.{domain} is too slow")
        return content.decode("utf-8", "replace")
    except ssl.SSLCertVerificationError as error:
        why = getattr(error, "verify_message", "")
        raise BadPolicy(f"the certificate of mta-sts.{domain} is not right: {why}") from None
    except (OSError, http.client.HTTPException) as error:
        raise BadPolicy(f"mta-sts.{domain} cannot be reached ({type(error).__name__})") from None
    finally:
        connection.close()


def _connection(host: str) -> http.client.HTTPSConnection:
    return http.client.HTTPSConnection(host, timeout=TIMEOUT, context=ssl.create_default_context())


@dataclass(frozen=True, slots=True)
class _Kept:
    id: str
    policy: Policy
    until: float


class MtaSts:
    """Looks policies up and keeps each as long as it says, as RFC 8461, 3.3 asks; any thread may use it."""

    def __init__(self, resolver: Resolver, fetch: Callable[[str], str] = fetch) -> None:
        self._resolver = resolver
        self._fetch = fetch
        self._kept: dict[str, _Kept] = {}

    def find(self, domain: str, now: float) -> Finding:
        """The proof by MTA-STS of `domain`."""
        kept = self._kept.get(domain)
        if kept is not None and kept.until <= now:
            kept = None
            self._kept.pop(domain, None)
        problem = ""
        seconds = 60.0
        try:
            id_, seconds = self._id(domain)
            if kept is None or kept.id != id_:
                policy = parse(self._fetch(domain))
                kept = self._kept[domain] = _Kept(id_, policy, now + policy.max_age)
        except (NoAnswer, BadPolicy) as error:
            # A policy that was seen counts to its end, whatever somebody on the way does to its successor.
            problem = str(error)
        if kept is None:
            return NotProven(problem, 30.0)
        if kept.policy.mode != "enforce":
            return NotProven(f"the MTA-STS policy of {domain} is in mode {kept.policy.mode}", min(seconds, 60.0))
        if kept.until <= now:
            return NotProven(f"the MTA-STS policy of {domain} has expired")
        match = tuple(name.removeprefix("*") for name in kept.policy.hosts)
        return Proof("mta-sts", domain, kept.policy.hosts, domain, min(seconds, kept.until - now), match)

    def _id(self, domain: str) -> tuple[str, float]:
        """The id that the DNS gives, and how long it may be kept. Raises NoAnswer and BadPolicy."""
        found = self._resolver.ask(f"_mta-sts.{domain}", "TXT")
        texts = [b"".join(record.strings).decode("ascii", "replace") for record in found.records]
        ids = [read[1] if (read := _ID.fullmatch(text)) else "" for text in texts if text.startswith("v=STSv1")]
        if not ids:
            raise BadPolicy(f"{domain} publishes no MTA-STS policy")
        if len(ids) > 1 or not ids[0]:
            raise BadPolicy(f"the MTA-STS record of {domain} cannot be read")
        return ids[0], found.seconds
