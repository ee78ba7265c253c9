"""Who may get a reply: the people of the organisation who stand in the message itself, and nobody else."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from zegel.mail.addresses import identity
from zegel.mail.display_names import passes_for_ours
from zegel.mail.envelope import is_plain, is_surely_inside
from zegel.message.mime.headers import Address, addresses
from zegel.message.mime.tree import Part
from zegel.message.text.safe_names import safe_text

MOST = 100
"""People that a reply is offered for."""
_UNSAFE = re.compile(r"[\x00-\x20\x7f<>()\[\]\\,;:\"\ud800-\udfff]")
"""What may not stand in an address that a stranger's click has us write to."""


@dataclass(frozen=True, slots=True)
class Addressee:
    """Somebody inside who may get a reply."""

    address: str
    name: str
    """As the message has it; "" when it has none."""
    always: bool
    """The one who wrote: cannot be left out."""


def addressees(root: Part, envelope_sender: str, own: Collection[str], nobody: str = "") -> tuple[Addressee, ...]:
    """The people of the domains `own` on the message `root`, the one who wrote first.

    They are in Reply-To, else in From, else the envelope's sender. () when they are nobody of ours. `nobody` is an
    address that no person reads.
    """
    left_out = identity(nobody).text
    wrote = next(
        (
            each
            for source in (people_in(root, "reply-to"), people_in(root, "from"), (Address("", envelope_sender),))
            for each in source
            if _is_ours(each.address, own) and identity(each.address).text != left_out
        ),
        None,
    )
    if wrote is None:
        return ()
    found: dict[str, Addressee] = {}
    names = {identity(each.address).text: each.name for each in people_in(root, "from")}
    for each in (wrote, *people_in(root, "reply-to", "from", "to", "cc")):
        key = identity(each.address).text
        if key not in found and key != left_out and _is_ours(each.address, own) and len(found) < MOST:
            name = safe_text(each.name or names.get(key, ""), 120)
            found[key] = Addressee(each.address, name, always=not found)
    return tuple(found.values())


def name_of(root: Part, address: str, people: Iterable[Addressee], own: Collection[str], organisation: str) -> str:
    """What the message calls the recipient `address`; "" when it has no name for them.

    Who answered a mail from outside has taken over the name that stood there. So "" also for one that could pass for
    `people`, for a domain of `own` or for the `organisation`: it is going to stand before an address of ours.
    """
    wanted = identity(address).text
    called = (each.name for each in people_in(root, "to", "cc") if identity(each.address).text == wanted)
    name = next((safe_text(name, 120) for name in called if name), "")
    colleagues = [(each.address, each.name) for each in people]
    return "" if passes_for_ours(name, own, organisation, colleagues) else name


def people_in(root: Part, *fields: str) -> Iterator[Address]:
    """Whom the header fields `fields` (in small letters) name, in the order of `fields`."""
    for field in fields:
        for header in root.headers:
            if header.name.lower() == field:
                yield from addresses(header.value)


def _is_ours(address: str, own: Collection[str]) -> bool:
    return is_plain(address) and not _UNSAFE.search(address) and is_surely_inside(address, own)
