"""Replies that come back: Postfix took them, and a mail server behind it did not.

The envelope sender of a reply is an address of ours that says which reply and which addressee
(zegel/mail/reply_reference.py), so a report about it comes back to Postfix and never leaves the organisation. The
milter sees it, the failure is noted, and the report, which may quote the reply, is thrown away.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from mmap import mmap

from zegel.mail.envelope import Envelope
from zegel.mail.reply_reference import Bounce, bounced
from zegel.message.mime.tree import decoded, parse
from zegel.vault.sealing_vault import SealingVault

_FAILED = re.compile(rb"^action[ \t]*:[ \t]*failed\b", re.IGNORECASE | re.MULTILINE)
_STATUS = re.compile(rb"^status[ \t]*:[ \t]*([245]\.\d{1,3}\.\d{1,3})", re.IGNORECASE | re.MULTILINE)
_KINDS = (
    (re.compile(r"5\.1\.|5\.2\.1$"), "unknown"),
    (re.compile(r"[45]\.2\.2$"), "full"),
    (re.compile(r"[45]\.(2\.3|3\.4)$|552$"), "large"),
    (re.compile(r"4\.|4\d\d$|5\.4\.7$"), "late"),
)
"""Statuses (RFC 3463, or the code of SMTP) and what they say to who wrote."""


def why(status: str) -> str:
    """What kind of failure a status means, in one word.

    >>> why("5.1.1"), why("5.2.2"), why("552"), why("4.4.1"), why("5.7.1")
    ('unknown', 'full', 'large', 'late', 'refused')
    """
    return next((kind for pattern, kind in _KINDS if pattern.match(status)), "refused")


def failure_in(raw: bytes | mmap) -> str | None:
    """The status of what a delivery report (RFC 3464) says has failed; None for any other mail.

    So an automatic answer of somebody on holiday, or word that it takes longer, is no failure.
    """
    for part in parse(raw).walk():
        if part.content_type in ("message/delivery-status", "message/global-delivery-status"):
            # A reader of nested mails may have taken the report apart: the whole of it, as it came, says enough.
            content = decoded(raw, part)
            if _FAILED.search(content):
                status = _STATUS.search(content)
                return status[1].decode("ascii") if status else "5.0.0"
    return None


class Bounces:
    """Takes reports about replies."""

    def __init__(self, vault: SealingVault, clock: Callable[[], float]) -> None:
        self._key = vault.keys.reply
        self._store = vault.store
        self._clock = clock

    def take(self, envelope: Envelope, content: Callable[[], bytes | mmap]) -> tuple[str, ...]:
        """Notes what a report says and returns the recipients to take out of it; () for what is no report to us."""
        if envelope.sender:
            return ()
        found = {each: bounce for each in envelope.recipients if (bounce := bounced(self._key, each))}
        status = failure_in(content()) if found else None
        if status is not None:
            self._store.write(lambda: self._note(list(found.values()), why(status)))
        return tuple(found)

    def _note(self, failed: list[Bounce], kind: str) -> None:
        for each in failed:
            self._store.replies.failed(each.reply, each.position, kind, self._clock())
