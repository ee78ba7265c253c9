"""What a look-up finds: a proof for one domain, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zegel.policy.direct import ProofKind

Kind = ProofKind

KINDS: tuple[Kind, ...] = ("nta7516", "dane", "mta-sts")
"""In the order in which they are tried: what a recipient asks for by contract, then the strongest."""
SHOWN: Mapping[str, str] = {"dane": "DANE", "mta-sts": "MTA-STS", "nta7516": "NTA 7516"}
"""As people write them."""


@dataclass(frozen=True, slots=True)
class Proof:
    """That Postfix can verify the servers of a domain before it sends anything."""

    kind: Kind
    domain: str
    hosts: tuple[str, ...]
    """Mail servers that can be verified: of MTA-STS the patterns of the policy."""
    nexthop: str
    """Where Postfix has to bring the mail, in its own notation: the domain, or [host] for each host of ntamx."""
    seconds: float
    """How long it may be kept."""
    match: tuple[str, ...] = ()
    """Of MTA-STS: the names that a certificate may have, as Postfix writes them: `.example` for all below."""

    def __str__(self) -> str:
        return f"{SHOWN[self.kind]}: {', '.join(self.hosts)}"


@dataclass(frozen=True, slots=True)
class NotProven:
    """Why a domain has no such proof, in a sentence for the administrator."""

    why: str
    seconds: float = 60.0
    """How long it may be kept: somebody who mends it is not to wait long, and a thousand mails are not to ask each."""

    def __str__(self) -> str:
        return self.why


Finding = Proof | NotProven
