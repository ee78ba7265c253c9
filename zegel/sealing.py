"""From what was received and judged to what is stored: sealed under a key of its own, ready for one transaction."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from mmap import mmap

from zegel.conversations.message_ids import answered, message_ids, thread_hash
from zegel.crypto import fingerprint, keyed_hash
from zegel.i18n.spoken import language_of
from zegel.mail.addresses import identity
from zegel.mail.envelope import Envelope
from zegel.message.mime.tree import Header
from zegel.message.reader import Mail
from zegel.notices.speaker import outsider
from zegel.notices.subject import without_words
from zegel.ownership import Origin
from zegel.policy.verdict import Verdict
from zegel.recipients.phonebook import phone_key
from zegel.settings.model import Settings
from zegel.unlock.access import link_token, sender_token
from zegel.vault.headline import Headline
from zegel.vault.ids import new_id
from zegel.vault.sealing_vault import DataKey, SealingVault
from zegel.vault.tables.records import NewDelivery, NewMessage
from zegel.way_names import way_of

DAY = 86_400
RECOGNISED_SECONDS, RECOGNISED_UNNAMED_SECONDS = 24 * 3600, 10 * 60
"""How long a message that was not answered (zegel/offers.py) is recognised when it is offered again: with a Message-ID,
which no two messages share, and without, when somebody may well mean to send the same words again."""
_TRACE = (
    "received", "return-path", "x-original-to", "delivered-to", "dkim-signature", "domainkey-signature", "arc-",
    "authentication-results", "x-spam", "x-virus", "x-google-dkim",
)  # fmt: skip
"""What mail systems write in front of a message, each time anew."""

_READ_RECEIPT = ("Disposition-Notification-To", "X-Confirm-Reading-To", "Return-Receipt-To")
"""Fields by which mail programs ask for a read receipt (RFC 8098, 2.1), today's and older ones."""


@dataclass(frozen=True, slots=True)
class Received:
    """A message that has to be protected, with all that was found out about it."""

    envelope: Envelope
    raw: bytes | mmap = field(repr=False)
    """As Postfix handed it over."""
    mail: Mail = field(repr=False)
    """What was read in it."""
    verdict: Verdict
    protected: tuple[str, ...]
    """Those of the envelope's recipients who get a notification instead."""
    whose: Origin
    conversation: int = 0
    """The conversation that its text says it belongs to; 0 when it says none."""
    writer: int = 0
    """When it is what a recipient replied to the others, the delivery that they replied from."""


class Sealing:
    """Seals messages for storage."""

    def __init__(self, settings: Settings, vault: SealingVault, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._served = settings.sms.served
        self._vault = vault
        self._clock = clock

    def message(self, it: Received) -> NewMessage:
        """The message under a key of its own, with a delivery for each person that is protected."""
        message_id, mail, verdict = new_id(self._clock()), it.mail, it.verdict
        expires_at = self._clock() + self._settings.retention.days * DAY
        key = self._vault.new_data_key(message_id, expires_at)
        written = language_of(" ".join(text.content for text in mail.texts if text.where == "body"))
        return NewMessage(
            id=message_id,
            expires_at=expires_at,
            key_day=key.day,
            wrapped_key=key.wrapped,
            sender=it.whose.person,
            headline=key.seal(self._headline(it, written).to_json(), "headline"),
            level=min(verdict.level, self._served),
            scope=verdict.scope,
            rules=verdict.rules,
            size=len(it.raw),
            digest=self._digest(it),
            recognised_for=RECOGNISED_SECONDS if mail.root.header("Message-ID") else RECOGNISED_UNNAMED_SECONDS,
            chunks=key.seal_original(it.raw),
            deliveries=tuple(self._new_delivery(each, verdict, written) for each in _persons(it.protected)),
            sender_link_hash=fingerprint(sender_token(self._vault.keys.link, message_id)),
            thread=next(map(self._thread, message_ids(mail.root, "message-id")), b""),
            answers=tuple(map(self._thread, answered(mail.root))),
            conversation=it.conversation,
            copies=() if it.envelope.deletable else tuple(_copies(message_id, key, it)),
            queue_id=it.envelope.queue_id,
            writer=it.writer,
            subject_told=not verdict.subject_hit,
        )

    def _new_delivery(self, recipient: str, verdict: Verdict, written: str) -> NewDelivery:
        delivery_id, level = new_id(self._clock()), min(verdict.levels[recipient], self._served)
        way = way_of(level)
        address = identity(recipient).text if way == "sms" else ""
        return NewDelivery(
            id=delivery_id,
            recipient=recipient,
            level=level,
            way=way,
            language=self._settings.organisation.language_for(recipient, written),
            link_hash=fingerprint(link_token(self._vault.keys.link, delivery_id, 0)),
            salt=secrets.token_bytes(16),
            address=address,
            phone_hash=phone_key(self._vault.keys.lookup, address) if address else b"",
            proofs=verdict.direct[recipient].proofs,
        )

    def _headline(self, it: Received, written: str) -> Headline:
        """What pages and mails need of the message without opening all of it."""
        envelope, mail, whose, verdict = it.envelope, it.mail, it.whose, it.verdict
        strongest = [match.sample for match in verdict.matches if match.rule in verdict.rules[:1]]
        return Headline(
            name=self._shown_name(it),
            author=whose.author.address if whose.author else "",
            subject=without_words(mail.root.header("Subject"), verdict.activation),
            reason={each: verdict.reason(each) for each in self._settings.organisation.languages},
            sample=next(iter(strongest), ""),
            hide_subject=verdict.subject_hit,
            hide_names=verdict.header_hit,
            removed_words=verdict.activation,
            withheld_parts=tuple(sorted(verdict.hit_parts)),
            # A mail that level 2 would have protected, and level 1 does now, is not easier to release.
            release=verdict.release if self._served > 1 or verdict.level <= verdict.release else 0,
            reports={identity(wish.recipient).text: wish.original for wish in envelope.reports if envelope.sender},
            envelope_id=envelope.envelope_id,
            written=written,
            wants_receipt=any(mail.root.header(name).strip() for name in _READ_RECEIPT),
        )

    def _shown_name(self, it: Received) -> str:
        """Who wrote, as pages and mails say it: a name, or an address of ours."""
        organisation, whose, verdict = self._settings.organisation.name, it.whose, it.verdict
        if it.writer:
            return organisation if verdict.header_hit or not whose.author else whose.author.name
        if whose.author:
            return whose.person if verdict.header_hit else whose.author.name or whose.author.address
        who = outsider(it.mail.root, self._settings.domains, organisation)
        return f"{who} via {organisation}" if who and not verdict.header_hit else organisation

    def _thread(self, message_id: str) -> bytes:
        return thread_hash(self._vault.keys.lookup, message_id)

    def _digest(self, it: Received) -> bytes:
        """What recognises the message when Postfix offers it again; keyed, so that nobody can test a guess.

        Of the header trace fields do not count: signatures and results of other filters differ each time.
        """
        written = [
            header.name.lower().encode() + header.value for header in it.mail.root.headers if not _is_trace(header)
        ]
        with memoryview(it.raw) as whole:
            body = hashlib.sha256(whole[it.mail.root.start : it.mail.root.end]).digest()
        key = self._vault.keys.lookup
        return keyed_hash(key, "offered", it.envelope.sender, *sorted(it.envelope.recipients), *written, body)


def _copies(message_id: int, key: DataKey, it: Received) -> Iterator[bytes]:
    """The original for each recipient who is not protected: payloads, when Postfix cannot be left to deliver it."""
    others = dict.fromkeys(each for each in it.envelope.recipients if each not in it.protected)
    for position, recipient in enumerate(others):
        yield key.seal_payload({"sender": it.envelope.sender, "to": recipient}, "copy", message_id, position)


def _is_trace(header: Header) -> bool:
    return header.name.lower().startswith(_TRACE)


def _persons(recipients: Iterable[str]) -> list[str]:
    """Each recipient once, however often and in whatever letters they were named."""
    return list({identity(each).text: each for each in reversed(list(recipients))}.values())[::-1]
