"""Which messages a mail says that it answers (RFC 5322, 3.6.4)."""

from __future__ import annotations

import re

from zegel.crypto import keyed_hash
from zegel.message.mime.tree import Part

MOST = 50
"""Message-IDs of one field that count: the first, which began the thread, and the last."""
_MESSAGE_ID = re.compile(rb"<[!-;=?-~]{3,250}>")


def message_ids(root: Part, field: str) -> tuple[str, ...]:
    """The Message-IDs in a field, in its order; what is none is left out."""
    found = [each.decode("ascii") for each in _MESSAGE_ID.findall(root.raw_header(field))]
    return tuple(found if len(found) <= MOST else [*found[:1], *found[1 - MOST :]])


def answered(root: Part) -> tuple[str, ...]:
    """The Message-IDs of what a mail answers, the newest first; () for a mail that answers nothing."""
    newest_first = (*message_ids(root, "in-reply-to"), *reversed(message_ids(root, "references")))
    return tuple(dict.fromkeys(newest_first))


def thread_hash(key: bytes, message_id: str) -> bytes:
    """What a Message-ID is looked up by."""
    return keyed_hash(key, "thread", message_id)
