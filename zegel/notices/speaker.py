"""In whose name a notification leaves: of the person who wrote, or of the organisation that passes the mail on.

From stays what it was only where it is an address of ours. Somebody else's address would be one that our mail server
signs for and theirs does not: DMARC has such mail refused, and it would be a forgery. Then the organisation speaks:
"Piet via De Kliniek", and an answer goes to Piet.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

from zegel.mail.display_names import passes_for_ours
from zegel.mail.envelope import is_surely_inside, may_be_inside
from zegel.message.mime.headers import Address, addresses
from zegel.message.mime.tree import Part
from zegel.message.text.safe_names import safe_text
from zegel.notices.mime_writer import field, mailbox, mailboxes, taken_over

_MOST_ANSWERED = 10
"""Addresses of a From that become the Reply-To of a mail that is passed on."""
_AUTOMATIC = ("Auto-Submitted", "Precedence", "X-Auto-Response-Suppress")
"""What automatic answers look at (RFC 3834): one word, or a list of words."""
_LIST = ("List-Id", "List-Post", "List-Help", "List-Subscribe", "List-Unsubscribe", "List-Unsubscribe-Post",
         "List-Owner", "List-Archive")  # fmt: skip
"""What a list says of itself (RFC 2369, RFC 2919, RFC 8058)."""
_WORDS = re.compile(
    rb"(?:auto-(?:generated|replied|notified)|bulk|list|junk|all|oof|dr|rn|nrn|autoreply)(?![\w-])", re.IGNORECASE
)
"""The words that they say it with."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who of ours a mail may say that it is from."""

    author: str | None = None
    """Their address, which stands in From; "" for nobody: the organisation speaks. None: From is ours as it is."""
    address: str = ""
    """The organisation's own."""
    organisation: str = ""
    own: Collection[str] = ()
    """Our mail domains."""


def from_fields(root: Part, speaker: Speaker, via: str, *, hide_names: bool) -> list[bytes]:
    """From, Reply-To and Sender of a notification about the message `root`; b"" for one that it does not have.

    `via` is the name that the organisation speaks by.
    """
    written, answers = raw_field(root, "From"), raw_field(root, "Reply-To")
    reply_to = bare("Reply-To", answers) if hide_names else taken_over("Reply-To", answers)
    if speaker.author == "":
        people = [each for each in addresses(written) if "@" in each.address][:_MOST_ANSWERED]
        shown = [(each.address, "" if hide_names else each.name) for each in people]
        return [
            mailbox("From", speaker.address, via),
            reply_to or (mailboxes("Reply-To", shown) if shown else b""),
        ]
    author = author_of(root, speaker)
    if author is None:
        from_ = bare("From", written) if hide_names else taken_over("From", written)
    else:
        from_ = mailbox("From", author.address, "" if hide_names else author.name)
    return [from_, reply_to, _sender(root, speaker, hide_names=hide_names)]


def author_of(root: Part, speaker: Speaker) -> Address | None:
    """The author whose address has to be written anew, because From says more than one thing, or says it oddly."""
    if not speaker.author:
        return None
    fields = [header.value for header in root.headers if header.name.strip().lower() == "from"]
    found = [each for value in fields for each in addresses(value)]
    if len(fields) == 1 and [each.address for each in found] == [speaker.author]:
        return None
    wanted = speaker.author.lower()
    plain = (
        (re.sub(r"\s", "", each.address).lower().rpartition(":")[2], each.name) for each in found
    )  # without a route
    name = next((name for address, name in plain if address == wanted), "")
    return Address(name, speaker.author)


def name_of_author(root: Part, speaker: Speaker, via: Callable[[str], str]) -> tuple[str, str]:
    """Name and address of who wrote, as a notification may show it: `via` puts a name into "… via De Kliniek".

    No address stands beside a name that is somebody else's: it would look as if we vouched for it.
    """
    if speaker.author == "":
        return safe_text(via(outsider(root, speaker.own, speaker.organisation)), 200), ""
    shown = author_of(root, speaker) or next(iter(addresses(raw_field(root, "From"))), Address("", ""))
    return safe_text(shown.name, 120), safe_text(shown.address, 254)


def outsider(root: Part, own: Collection[str], organisation: str) -> str:
    """What to call who wrote a mail that is not ours: a name, the address of one that could pass for ours, or "".

    "" is for an address of ours too: where the organisation speaks, nobody of ours is known to have written it.
    """
    for each in addresses(raw_field(root, "From")):
        name = safe_text(each.name, 120)
        if may_be_inside(each.address, own):
            return ""
        return name if name and not passes_for_ours(name, own, organisation, ()) else safe_text(each.address, 120)
    return ""


def marks(root: Part, *, hide_names: bool) -> list[bytes]:
    """What says that the mail was sent by a machine or a list, so that no automatic answer follows it.

    With something sensitive in the header (`hide_names`) only words that say nothing else are kept.
    """
    kept = []
    for name in _AUTOMATIC:
        value = raw_field(root, name)
        if hide_names and (words := _WORDS.findall(value)):
            kept.append(field(name, b", ".join(words[:6]).decode("ascii")))
        elif value and not hide_names:
            kept.append(taken_over(name, value))
    listed = [taken_over(name, raw_field(root, name)) for name in _LIST if raw_field(root, name)]
    if listed and hide_names:
        return kept if raw_field(root, "Precedence") else [*kept, field("Precedence", "list")]
    return kept + listed


def bare(name: str, value: bytes) -> bytes:
    """The field with the first address of `value` and no name beside it; b"" when there is none."""
    found = addresses(value)
    return mailbox(name, found[0].address) if found else b""


def raw_field(root: Part, name: str) -> bytes:
    """The raw value of the first field of that name that is not blank."""
    return root.filled_header(name)


def _sender(root: Part, speaker: Speaker, *, hide_names: bool) -> bytes:
    """Sender, when it is one address of ours."""
    written = raw_field(root, "Sender")
    found = addresses(written)
    if len(found) != 1 or not is_surely_inside(found[0].address, speaker.own):
        return b""
    return bare("Sender", written) if hide_names else taken_over("Sender", written)
