"""Who sends a message to whom, and which of them are outside: read as Postfix will read it, not as it looks.

Postfix rewrites addresses after the milter has seen them: it strips source routes, completes addresses without a
domain, and takes `user%other@here`, `other!user@here` and `"user@other"@here` apart (trivial-rewrite(8),
allow_percent_hack, swap_bangpath). Whatever could become somebody outside counts as outside, and a sender that could
become one of ours counts as ours.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection
from dataclasses import dataclass

from zegel.errors import Refused

_ROUTE = re.compile(r"^@[^:<>]*:")
_ROUTED = re.compile(r"[@%!]")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f<>\ud800-\udfff]")
"""Control characters, angle brackets, and what was not UTF-8."""


class UnsafeAddress(Refused):
    """An envelope address that cannot be written back to Postfix as it was read."""

    code, status = "553", "5.1.3"

    def __init__(self) -> None:
        super().__init__("An address of the envelope is no mailbox that mail can be protected for")


@dataclass(frozen=True, slots=True)
class Envelope:
    """Sender and recipients as SMTP said them: without angle brackets and source routes."""

    queue_id: str
    sender: str
    recipients: tuple[str, ...]
    authenticated: bool = False

    def outside(self, own: Collection[str]) -> tuple[str, ...]:
        """The recipients outside the domains `own`, when the message is the organisation's own; () otherwise.

        Each way to write a recipient is kept: every one of them has to be taken out of the envelope.
        Raises UnsafeAddress when that, or an answer to the sender, would not be possible.
        """
        if not self._is_ours(own):
            return ()
        found = tuple(dict.fromkeys(each for each in self.recipients if not is_surely_inside(each, own)))
        if any(_UNSAFE.search(each) for each in (self.sender, *found)):
            raise UnsafeAddress
        return found

    def _is_ours(self, own: Collection[str]) -> bool:
        """Logged in, or a sender of our domains. The null sender is ours only when it logged in."""
        return self.authenticated or (bool(self.sender) and _may_be_inside(self.sender, own))


def envelope_address(given: bytes) -> str:
    """An address as SMTP gives it, as text without angle brackets and without a source route (RFC 5321, appendix C).

    What is not UTF-8 is kept as lone surrogates.

    >>> envelope_address(b"<jan@kliniek.example>"), envelope_address(b"<>"), envelope_address(b"<@a,@b:jan@c>")
    ('jan@kliniek.example', '', 'jan@c')
    """
    text = given.decode("utf-8", "surrogateescape").strip().removeprefix("<").removesuffix(">")
    return _ROUTE.sub("", text)


@functools.lru_cache(maxsize=4096)
def domain_of(address: str) -> str:
    """The domain of an address in the form that settings use: lower case, IDNA.

    >>> domain_of("Jan@Kliniek.Example."), domain_of("jan@zörg.example"), domain_of("jan")
    ('kliniek.example', 'xn--zrg-sna.example', '')
    """
    _, at, domain = address.rpartition("@")
    domain = domain.lower().rstrip(".") if at and '"' not in domain else ""
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain


def is_surely_inside(recipient: str, own: Collection[str]) -> bool:
    """Whether an address is in one of the domains `own`, however Postfix takes it apart."""
    return domain_of(recipient) in own and not _ROUTED.search(recipient.rpartition("@")[0])


def _may_be_inside(sender: str, own: Collection[str]) -> bool:
    domain = domain_of(sender)
    return not domain or domain in own or bool(_ROUTED.search(sender.rpartition("@")[0]))
