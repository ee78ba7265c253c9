"""Whether an outgoing mail answers a reply that came in over the secure page: then it goes the same way back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from zegel.mail.reply_reference import PREFIX, Reference, references_in
from zegel.message.reader import Mail
from zegel.vault.sealing_vault import SealingVault
from zegel.vault.tables.records import Message

_IN_BYTES = PREFIX.encode("ascii")
_FIELDS = frozenset({"in-reply-to", "references", "message-id"})
"""What mail programs carry a reference on in; its own Message-ID a reply keeps when something forwards it."""
MOST, MOST_TEXTS = 50, 100
"""References of one mail that are looked at, a thread has a few; and texts in it that hold what looks like one."""


class Answer(NamedTuple):
    """The conversation that a mail goes on with, and how it is protected."""

    level: int
    conversation: int
    hide_subject: bool
    """Whether its subject may not be told: it is that of a message with something sensitive in it, which the rules know
    by what stood around it there."""


NOTHING = Answer(0, 0, False)


def answer_in(mail: Mail, vault: SealingVault, now: float) -> Answer:
    """What `mail` answers; NOTHING when that is no reply of ours, which takes no database.

    The level is the one that the reply was written at, or a higher one that its conversation has by now.
    """
    found = list(dict.fromkeys(islice(_references(mail, vault.keys.reply), MOST)))
    if not found:
        return NOTHING
    # Looked up by the thread that writes: a session of libmilter must not have a connection of its own, because the end
    # of the session, in another thread of the system, would close it there.
    return vault.store.write(lambda: _answered(found, vault, now))


def _answered(found: Sequence[Reference], vault: SealingVault, now: float) -> Answer:
    store = vault.store
    replies = [message for each in found if (message := store.message(each.reply)) is not None]
    conversation = replies[0].conversation if replies else 0
    level = max(each.level for each in found)
    hidden = any(_hides_subject(store.message(each.reply)) for each in found)
    return Answer(store.timelines.highest_level(conversation, level, now), conversation, hidden)


def _hides_subject(reply: Message | None) -> bool:
    """Whether the subject of what was answered may not be told; of what is over nobody knows that it may."""
    return reply is None or not reply.subject_told


def _references(mail: Mail, key: bytes) -> Iterator[Reference]:
    """Those in the header, then those that the body quotes, as some programs leave the header out, then those in its
    files: a reply that is sent on as a file is the reply as much as one that is quoted."""
    for header in mail.root.headers:
        if header.name.lower() in _FIELDS and _IN_BYTES in header.value:
            yield from references_in(key, header.value.decode("latin-1"))
    texts = islice((text for text in mail.texts if _IN_BYTES in text.data), MOST_TEXTS)
    for text in sorted(texts, key=lambda text: text.where != "body"):
        yield from references_in(key, text.content)
