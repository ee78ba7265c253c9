"""Who sends a message to whom, and which of them are outside.

Postfix has the last word on what an address means. It parses the argument of MAIL FROM and RCPT TO by RFC 822, where
`<Anna <anna@kliniek.example>>` and `jan@post.example;` are addresses too, completes what has no domain, and takes
`user%other@here` and `"user@other"@here` apart (trivial-rewrite(8)). So an address is believed only when it is a plain
mailbox and Postfix's own reading of it, the macros {mail_addr} and {rcpt_addr}, says the same. Anything else is in
doubt: it counts as outside, and a message of ours with it is refused, because what is deleted from the envelope has to
be what Postfix stored.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from zegel.errors import Refused
from zegel.mail.addresses import Addresses, identity
from zegel.mail.domains import ascii_domain
from zegel.mail.report_wishes import Wish

_LONGEST = 254
"""Octets of an address (RFC 5321, 4.5.3.1.3 without the angle brackets)."""
_PLAIN = re.compile(
    r"(?P<local>[^\x00-\x20\x7f\"(),:;<>@\[\\\]]+|\"(?:[^\x00-\x1f\x7f\"\\]|\\[\x20-\x7e])+\")"
    r"(?:@(?P<domain>[^\x00-\x2c/:-@\[-^`{-\x7f]+|\[[0-9A-Za-z.:]{2,60}\]))?"
)
"""A mailbox of RFC 5321 and RFC 6531, with or without a domain. Letters beyond ASCII are looked at one by one."""
_DELIMITER = re.compile(r"(?<!^)[+-]")
NOBODY = Addresses()
_JOINERS = "\u200c\u200d"


class UnsafeAddress(Refused):
    """An address that Postfix may read otherwise than we do, so that deleting it may delete nothing."""

    code = "553"

    def __init__(self, *, sender: bool) -> None:
        who, self.status = ("sender", "5.1.7") if sender else ("recipient", "5.1.3")
        super().__init__(f"The address of a {who} is not written plainly; write it as name@domain")


@dataclass(frozen=True, slots=True)
class Reading:
    """An envelope address as Postfix reads it."""

    address: str
    """Without angle brackets, completed as Postfix does where the domain is missing or has no dot; "" for none."""
    written: str
    """As it came, without angle brackets: names the same recipient to Postfix as it did in RCPT TO."""
    sure: bool
    """Whether it is a plain mailbox, and Postfix's reading is the same."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """Sender and recipients as Postfix reads them, without angle brackets."""

    queue_id: str
    sender: str
    recipients: tuple[str, ...]
    authenticated: bool = False
    doubtful: frozenset[str] = frozenset()
    """Those of `sender` and `recipients` whose reading is not sure."""
    login: str = ""
    """The name that the client logged in by; "" also when it cannot be shown."""
    deletable: bool = True
    """Whether Postfix surely deletes a recipient under the name that it has here, as it does with mail by SMTP.

    Of mail by sendmail(1) a milter sees recipients as canonical_maps and the like have rewritten them, and has to name
    them as they were before: deleting would delete nothing, and Postfix would not say so.
    """
    reports: tuple[Wish, ...] = ()
    """The recipients about whom the sender wants to hear also of success."""
    envelope_id: str = ""
    """What the sender calls the mail in the reports that they want (ENVID)."""
    sender_written: str = ""
    """The sender as it came in MAIL FROM, where its reading is not sure: Postfix may send with something of it."""

    def has_outside(self, own: Collection[str], forwarders: Addresses = NOBODY) -> bool:
        """Whether any recipient is not surely inside the domains `own`, or one of `forwarders`."""
        return any(not self._is_inside(each, own, forwarders) for each in self.recipients)

    def outside(self, own: Collection[str], forwarders: Addresses = NOBODY) -> tuple[str, ...]:
        """The recipients of a message of ours outside the domains `own`; zegel/ownership.py says which are ours.

        Who is one of `forwarders` counts as outside, because the mail goes on to somebody there.

        Each way to write a recipient is kept: every one of them has to be taken out of the envelope.
        Raises UnsafeAddress when that, or an answer to the sender, would not be possible.
        """
        found = tuple(dict.fromkeys(each for each in self.recipients if not self._is_inside(each, own, forwarders)))
        if found and self.sender and not self._is_plain(self.sender):
            raise UnsafeAddress(sender=True)
        if not all(map(self._is_plain, found)):
            raise UnsafeAddress(sender=False)
        return found

    def _is_inside(self, recipient: str, own: Collection[str], forwarders: Addresses) -> bool:
        inside = recipient not in self.doubtful and is_surely_inside(recipient, own)
        return inside and not (forwarders and any(each in forwarders for each in _without_extensions(recipient)))

    def _is_plain(self, address: str) -> bool:
        return address not in self.doubtful and is_plain(address)


def read(given: bytes, parsed: str | None) -> Reading:
    """Reads the argument of MAIL FROM or RCPT TO as the milter got it; `parsed` is what Postfix's macro says of it.

    Without the macro only a plain mailbox with a domain is sure. Postfix folds the case in its macros, ß becomes ss:
    so they can confirm what was written but, beyond ASCII, not stand in for it.

    >>> read(b"<Jan@post.example>", "jan@post.example")
    Reading(address='Jan@post.example', written='Jan@post.example', sure=True)
    >>> read(b"<anna>", "anna@kliniek.example").address, read(b"jan@post.example;", "jan@post.example").sure
    ('anna@kliniek.example', False)
    """
    text = given.decode("utf-8", "surrogateescape")
    written = text[1:-1] if text[:1] == "<" and text[-1:] == ">" else text
    if not written:
        return Reading("", "", sure=not parsed)
    if is_plain(written):
        address = _completed(written, parsed)
        # Postfix takes a route apart in its macro, but sends with the sender as written: whose it is shows there.
        return Reading(address, written, sure=parsed is None or _same(address, parsed))
    return Reading(parsed if parsed is not None and given.isascii() else written, written, sure=False)


@functools.lru_cache(maxsize=4096)
def is_plain(address: str) -> bool:
    """Whether it is one mailbox and nothing else (RFC 5321, RFC 6531); the domain may be missing.

    >>> [is_plain(each) for each in ('jan@post.example', '"j j"@post.example', "root", "jan@post.example;", "@b:jan@a")]
    [True, True, True, False, False]
    """
    found = _PLAIN.fullmatch(address)
    if found is None or len(address.encode("utf-8", "surrogatepass")) > _LONGEST:
        return False
    domain = (found["domain"] or "").removesuffix(".")
    if domain.startswith((".", "-")) or domain.endswith(".") or ".." in domain:
        return False
    return address.isascii() or not any(map(_is_invisible, address))


def domain_of(address: str) -> str:
    """The domain of an address in the form that settings use: ASCII, lower case; "" when it is no name of the DNS.

    >>> domain_of("Jan@Kliniek.Example."), domain_of("jan@zörg.example"), domain_of("jan")
    ('kliniek.example', 'xn--zrg-sna.example', '')
    """
    return identity(address).domain


def is_surely_inside(recipient: str, own: Collection[str]) -> bool:
    """Whether an address is in one of the domains `own`, however Postfix takes it apart."""
    return identity(recipient).is_in(own)


def may_be_inside(sender: str, own: Collection[str]) -> bool:
    """Whether Postfix or we could take the sender for one of the domains `own`.

    What has no domain, or one without a dot, Postfix completes with its own.
    """
    who = identity(sender)
    return who.domain in own or "." not in who.domain or who.routed or not is_plain(sender)


def _without_extensions(address: str) -> Iterator[str]:
    """An address and what is left when parts behind `+` or `-` are taken off, as recipient_delimiter has Postfix do."""
    local, _, domain = address.rpartition("@")
    yield address
    yield from (f"{local[: cut.start()]}@{domain}" for cut in _DELIMITER.finditer(local))


def _completed(written: str, parsed: str | None) -> str:
    """A plain address with what Postfix adds: `@` and its own domain, or `.` and that behind a name without a dot."""
    _, at, domain = written.rpartition("@") if not written.endswith('"') else ("", "", "")
    domain = domain if at else ""
    _, completed, host = (parsed or "").rpartition("@")
    if not completed or "." in domain or domain.startswith("[") or not domain.isascii():
        return written
    if not at:
        return f"{written}@{host}" if ascii_domain(host) == host and host else written
    return f"{written}{host[len(domain) :]}" if host.startswith(f"{domain.lower()}.") else written


def _same(address: str, parsed: str) -> bool:
    """Whether `parsed` is `address` with its case folded, the dot at the end gone and quotes as Postfix puts them."""
    return address == parsed or _folded(address) == _folded(parsed)


def _folded(address: str) -> tuple[str, str]:
    local, _, domain = address.rpartition("@") if not address.endswith('"') else (address, "", "")
    if len(local) > 1 and local[0] == local[-1] == '"':
        local = re.sub(r"\\(.)", r"\1", local[1:-1])
    return local.casefold(), domain.removesuffix(".").casefold()


def _is_invisible(character: str) -> bool:
    """Controls, blanks, formats and what was not UTF-8, but not the joiners that some scripts are written with."""
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zs", "Zl", "Zp") and character not in _JOINERS
