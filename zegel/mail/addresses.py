"""Whose mail it is: addresses and domains as a person lists them."""

from __future__ import annotations

import re
from collections.abc import Iterable


class AddressError(ValueError):
    """Neither an address nor a domain; the message says what to do."""


def _domain(name: str) -> str:
    """A domain in its ASCII form, in small letters."""
    name = name.strip().rstrip(".").lower()
    try:
        return name.encode("idna").decode("ascii") if name and not name.isascii() else name
    except UnicodeError:
        return name


def address(written: str) -> str:
    """An address as it is compared: small letters, the domain in its ASCII form.

    >>> address("<Jan@Münster.example>")
    'jan@xn--mnster-3ya.example'
    """
    local, at, domain = written.strip().strip("<>").rpartition("@")
    return f"{local.lower()}@{_domain(domain)}" if at else _domain(written)


def listed(written: str, *, domain_only: bool = False) -> str:
    """An entry of a list: `a@b.example`, `b.example` or `*.b.example`. Raises AddressError.

    >>> listed("*.Clinic.example")
    '*.clinic.example'
    """
    entry = address(written)
    local, at, domain = entry.rpartition("@")
    if at and domain_only:
        raise AddressError(f"'{written}' is an address; only domains can stand here: {domain}")
    if not re.fullmatch(r"(\*\.)?([\w-]+\.)+[\w-]+" if not at else r"([\w-]+\.)+[\w-]+", domain) or (at and not local):
        only = "clinic.example or *.clinic.example"
        raise AddressError(f"'{written}' is no {'domain' if domain_only else 'address or domain'}; write {only}"
                           + ("" if domain_only else " or somebody@clinic.example"))  # fmt: skip
    return entry


class Addresses:
    """A list of addresses and domains; immutable.

    >>> partners = Addresses(["insurer.example", "*.gov.example", "jan@post.example"])
    >>> [a in partners for a in ("x@insurer.example", "x@a.insurer.example", "x@tax.gov.example", "Jan@post.example")]
    [True, False, True, True]
    """

    def __init__(self, entries: Iterable[str] = ()) -> None:
        self._entries = frozenset(entries)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Addresses) and self._entries == other._entries

    def __hash__(self) -> int:
        return hash(self._entries)

    def __bool__(self) -> bool:
        return bool(self._entries)

    def __contains__(self, written: object) -> bool:
        return bool(self._entries) and any(form in self._entries for form in forms(str(written)))


def forms(written: str) -> list[str]:
    """Every way in which a list can mean the address: itself, its domain, `*.` each domain above that."""
    whole = address(written)
    domain = whole.rpartition("@")[2]
    labels = domain.split(".")
    return [whole, domain, *("*." + ".".join(labels[i:]) for i in range(1, len(labels)))]
