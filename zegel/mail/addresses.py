"""Who is meant by an address, and the addresses and domains that a person lists."""

from __future__ import annotations

import functools
import re
import string
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from zegel.mail.domains import ascii_domain

_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_DOT_STRING = re.compile(r"[^\x00-\x20\x7f\"(),:;<>@\[\\\]]+")
"""A local part that needs no quotes; more dots than RFC 5321 has, because some providers give such addresses out."""
_ROUTED = re.compile(r"[@%!]")
"""What Postfix and other mail servers take a local part apart by (allow_percent_hack, swap_bangpath)."""


class AddressError(ValueError):
    """Neither an address nor a domain; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is meant by an address: addresses with equal identities are one person's."""

    text: str
    """The local part with ASCII letters in lower case and no more quotes than it needs, `@`, and the domain in ASCII.

    Where the domain is no name of the DNS it stays as it was written, so that it equals nothing else. Letters beyond
    ASCII keep their case: more than one may have the same lower case, and then two people would be one.
    """
    domain: str
    """In ASCII and lower case; "" when there is none, and when it is no name of the DNS."""

    @property
    def local(self) -> str:
        """The part before the domain, as in `text`."""
        return self.text.rpartition("@")[0] if self.domain else ""

    @property
    def routed(self) -> bool:
        """Whether a mail server may take the local part apart and find another address in it."""
        return bool(_ROUTED.search(self.local))

    def is_in(self, domains: Collection[str]) -> bool:
        """Whether it is surely in one of `domains` (ASCII, lower case), however mail servers read it."""
        return self.domain in domains and self.domain != "" and self.local != "" and not self.routed


@functools.lru_cache(maxsize=4096)
def identity(address: str) -> Identity:
    """Who is meant by `address`, which may stand in angle brackets.

    >>> identity('<"Jan"@Münster.example.>').text, identity("jan@kliniek\u200c.example").domain, identity("jan").domain
    ('jan@xn--mnster-3ya.example', '', '')
    """
    address = address.strip().removeprefix("<").removesuffix(">")
    local, at, written = address.rpartition("@")
    if not at or '"' in written:
        return Identity(_local(address), "")
    domain = ascii_domain(written)
    return Identity(f"{_local(local)}@{domain or written.translate(_LOWER)}", domain)


def _local(written: str) -> str:
    """A local part as it is compared: ASCII letters in lower case, quotes only where it needs them."""
    if len(written) > 1 and written[0] == written[-1] == '"':
        meant = re.sub(r"\\(.)", r"\1", written[1:-1], flags=re.DOTALL)
        written = meant if _DOT_STRING.fullmatch(meant) else '"' + re.sub(r'(["\\])', r"\\\1", meant) + '"'
    return written.translate(_LOWER)


_SIGNS = re.compile(r'[\s<>()\[\]\\,;:"]')
"""What is in no local part without quotes (RFC 5321 4.1.2)."""
_BARE = re.compile(r'[^\s<>()\[\]\\,;:"]+@[^\s<>()\[\]\\,;:"]+')


def listed(written: str, *, domain_only: bool = False) -> str:
    """An entry of a list: `a@b.example`, `b.example` or `*.b.example`. Raises AddressError.

    >>> listed("*.Clinic.example")
    '*.clinic.example'
    """
    entry = written.strip().strip("<>")
    local, at, name = entry.rpartition("@")
    if "*" in local:
        raise AddressError(
            f"'{written}' fits nobody, because a * in front of @ is no address; write {name} for all of it"
        )
    if at and domain_only:
        raise AddressError(f"'{written}' is an address; only domains can stand here: {name}")
    stars = "*." if not at and name.startswith("*.") else ""
    domain = ascii_domain(name.removeprefix(stars))
    if "." not in domain or (at and not local):
        only = "clinic.example or *.clinic.example"
        raise AddressError(f"'{written}' is no {'domain' if domain_only else 'address or domain'}; write {only}"
                           + ("" if domain_only else " or somebody@clinic.example"))  # fmt: skip
    if at and _SIGNS.search(local) and not (local[0] == local[-1] == '"' and len(local) > 2):
        found = _BARE.findall(written)
        only = found[0] if len(found) == 1 else "somebody@clinic.example"
        raise AddressError(
            f"'{written}' is no address by itself; write {only}" + (", each by itself" if len(found) > 1 else "")
        )
    return identity(entry).text if at else stars + domain


class Addresses:
    """A list of addresses and domains; immutable.

    With `surely`, for lists that free from protection, a domain does not count for an address that a mail server there
    may take apart and send on.

    >>> partners = Addresses(["insurer.example", "*.gov.example", "jan@post.example"])
    >>> [a in partners for a in ("x@insurer.example", "x@a.insurer.example", "x@tax.gov.example", "Jan@post.example")]
    [True, False, True, True]
    """

    def __init__(self, entries: Iterable[str] = (), *, surely: bool = False) -> None:
        self._entries = frozenset(entries)
        self._surely = surely

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Addresses) and (self._entries, self._surely) == (other._entries, other._surely)

    def __hash__(self) -> int:
        return hash(self._entries)

    def __bool__(self) -> bool:
        return bool(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __contains__(self, written: object) -> bool:
        if not self._entries:
            return False
        who = identity(str(written))
        return any(form in self._entries for form in ([who.text] if self._surely and who.routed else forms(who.text)))


def forms(written: str) -> list[str]:
    """Every way in which a list can mean the address: itself, its domain, `*.` each domain above that.

    An address whose domain is no name of the DNS has only itself.
    """
    who = identity(written)
    if not who.domain:
        return [who.text]
    labels = who.domain.split(".")
    return [who.text, who.domain, *("*." + ".".join(labels[i:]) for i in range(1, len(labels)))]
