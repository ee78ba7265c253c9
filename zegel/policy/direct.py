"""Who may get protected mail directly, and by which proof of the connection: what the policy says, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, get_args

from zegel.mail.addresses import Addresses, forms, identity

ProofKind = Literal["dane", "mta-sts", "nta7516"]
OFF = "direct_delivery is off"
ALL_PROOFS: tuple[ProofKind, ...] = get_args(ProofKind)


class Permission(NamedTuple):
    """What one recipient may get directly."""

    proofs: tuple[ProofKind, ...]
    """The proofs of which one is needed; () when the mail has to be notified."""
    why_not: str = ""
    """For people: why there are none."""


@dataclass(frozen=True, slots=True)
class DirectPolicy:
    """The section `direct_delivery`, and the trusted domains with `tls: required`. Off when `up_to_level` is 0."""

    up_to_level: int = 0
    proofs: tuple[ProofKind, ...] = ALL_PROOFS
    domains: Addresses | None = None
    """None stands for all."""
    never: Addresses = field(default_factory=Addresses)
    levels: Mapping[str, int] = field(default_factory=dict)
    """By domain, the highest level that it gets directly."""
    trusted: Addresses = field(default_factory=Addresses)
    """Domains that get mail of every level directly, but only over a proven connection."""

    @property
    def on(self) -> bool:
        """Whether anything may be delivered directly."""
        return bool(self.up_to_level or any(self.levels.values()) or self.trusted)

    def permission(self, recipient: str, level: int, refused_by: str = "") -> Permission:
        """What `recipient` may get of a mail at `level`; `refused_by` is a rule with `direct: false` that fired."""
        who = identity(recipient)
        if not who.domain or who.routed:
            return Permission((), "the address has no plain domain")
        if recipient in self.never:
            return Permission((), "its domain stands under direct_delivery.never")
        if refused_by:
            return Permission((), f"rule {refused_by} says direct: false")
        if recipient in self.trusted:
            return Permission(self.proofs)
        if not self.up_to_level and not self.levels:
            return Permission((), OFF)
        own = [self.levels[form] for form in forms(recipient) if form in self.levels]
        named = bool(own) or (self.domains is not None and recipient in self.domains)
        if not named and self.domains is not None:
            return Permission((), "its domain is not among direct_delivery.domains")
        if level > (most := own[0] if own else self.up_to_level):
            return Permission((), f"the mail has level {level}, and this domain gets up to level {most} directly")
        if level > 1 and not named:
            # At level 2 nobody opens it with a code: who it goes to is for a standard, or for the officer, to say.
            if "nta7516" not in self.proofs:
                return Permission((), "level 2 needs NTA 7516, or a domain named in direct_delivery")
            return Permission(("nta7516",))
        return Permission(self.proofs)
