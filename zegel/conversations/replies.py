"""What recipients write back: composed, sealed like any message, and on disk before they are told so.

A reply goes to people of the organisation who stand in the message that it answers. Every other address is refused, so
nothing can be relayed. The courier brings it to them as an ordinary mail (courier/mail_lane.py).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal

from zegel.conversations.chosen import Chosen, chosen_of
from zegel.conversations.correspondents import Addressee, addressees, name_of
from zegel.conversations.drafts import MOST_SUBJECT, Draft, Drafts
from zegel.conversations.first_messages import FirstMessages
from zegel.conversations.message_ids import message_ids, thread_hash
from zegel.conversations.reply_all import Other, ReplyAll, head_of
from zegel.crypto import fingerprint, keyed_hash
from zegel.mail.addresses import identity
from zegel.mail.reply_reference import reference
from zegel.message.mime.tree import Part
from zegel.message.text.safe_names import safe_text
from zegel.notices.brand import Brand, brand
from zegel.notices.reply_mail import Attached, Written, reply_mail
from zegel.settings.model import Settings
from zegel.unlock.access import Access
from zegel.vault.headline import Headline
from zegel.vault.ids import new_id
from zegel.vault.keyring import KeyGone
from zegel.vault.sealing_vault import DataKey
from zegel.vault.tables.records import Delivery, Message, NewReply
from zegel.vault.vault import Vault

__all__ = ["Addressee", "Draft", "Other", "Replied", "Replies", "ReplyRefused", "Upload"]

DAY, HOUR = 86_400, 3600
SAME_SECONDS = 10 * 60
"""How long the same reply is taken for a second press of the button."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that the recipient adds, as their browser describes it."""

    name: str
    type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Replied:
    """The reply is on disk, and on its way."""

    reply_id: int


@dataclass(frozen=True, slots=True)
class ReplyRefused:
    """Why nothing was kept or sent."""

    kind: Literal["empty", "long", "large", "many", "often", "full", "addressee", "ended"]
    """`full` is that the published address has got too many messages by people who write first."""
    wait_seconds: int = 0


class Replies:
    """What a recipient can write. That their browser has a session is for the caller to see to, except for drafts."""

    def __init__(self, settings: Settings, vault: Vault, access: Access, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._limits = settings.replies
        self._vault = vault
        self._store = vault.store
        self._access = access
        self._clock = clock
        self._first = FirstMessages(settings, vault)
        self._drafts = Drafts(settings, vault, access, clock)
        self.to_all = ReplyAll(settings, vault, clock)
        self._loaded: Brand | None = None

    def addressees(self, delivery: Delivery) -> tuple[Addressee, ...]:
        """Who may get a reply, the one who wrote first; () when nobody of the organisation did. Raises KeyGone."""
        message = self._store.message(delivery.message_id)
        return self._addressees(self._head(delivery), message) if message else ()

    def others(self, delivery: Delivery) -> tuple[Other, ...]:
        """The people outside who may get it too, where settings and sender allow it."""
        return self.to_all.others(delivery)

    def begins(self, delivery: Delivery) -> bool:
        """Whether what is sent from here is the first of its conversation, which so has a subject of its own."""
        return self._first.begins(delivery)

    def send(
        self,
        delivery: Delivery,
        to: Sequence[str],
        text: str,
        files: Sequence[Upload],
        *,
        cookie: str = "",
        subject: str = "",
    ) -> Replied | ReplyRefused:
        """Seals a reply and has it sent to the one who wrote and to `to`, of `addressees` and `others`; durable then.

        The same once more within ten minutes is the same reply. With `cookie` the draft of that browser goes. The
        `subject` counts only where the conversation `begins`.
        """
        try:
            return self._send(delivery, to, _clean(text), files, cookie, safe_text(subject, MOST_SUBJECT))
        except KeyGone:
            return ReplyRefused("ended")

    def original(self, delivery: Delivery, reply_id: int) -> bytes:
        """The recipient's own copy of a reply. Raises KeyGone when it is over.

        Raises LookupError when it is not theirs, or of a higher level than what they have opened, `delivery`.
        """
        reply, message = self._store.message(reply_id), self._store.message(delivery.message_id)
        if reply is None or message is None or reply.kind != "reply" or reply.conversation != message.conversation:
            raise LookupError(reply_id)
        writer = self._store.delivery(reply.writer)
        if reply.level > delivery.level:
            raise LookupError(reply_id)
        if writer is None or identity(writer.recipient) != identity(delivery.recipient) or self._access.ended(delivery):
            raise LookupError(reply_id)
        return b"".join(self._vault.original(reply.id, self._clock()))

    def keep_draft(self, delivery: Delivery, cookie: str, text: str, to: Sequence[str], subject: str = "") -> None:
        """Keeps what a browser has of a reply (see Drafts)."""
        self._drafts.keep(delivery, cookie, Draft(text, tuple(to), subject))

    def draft(self, delivery: Delivery, cookie: str) -> Draft | None:
        """What this browser has kept; None when there is nothing, or the message is over."""
        return self._drafts.kept(delivery, cookie)

    # How.

    def _send(
        self, delivery: Delivery, to: Sequence[str], text: str, files: Sequence[Upload], cookie: str, subject: str
    ) -> Replied | ReplyRefused:
        message = self._store.message(delivery.message_id)
        if message is None or self._ended(delivery.id):
            return ReplyRefused("ended")
        if refusal := self._too_much(text, files):
            return refusal
        head = self._head(delivery)
        chosen = chosen_of(self._addressees(head, message), self.others(delivery), to)
        if chosen is None:
            return ReplyRefused("addressee")
        digest = self._digest(delivery, chosen, text, files, subject)
        now = self._clock()
        if (known := self._store.replies.recent(digest, now - SAME_SECONDS)) is not None:
            return Replied(known)
        if refusal := self._too_often(delivery, message, now):
            return refusal
        new = self._sealed(delivery, message, head, chosen, text, files, digest, subject)
        return self._store.write(lambda: self._add(new, chosen.others, delivery, message, cookie))

    def _add(
        self, new: NewReply, others: Sequence[Other], delivery: Delivery, message: Message, cookie: str
    ) -> Replied | ReplyRefused:
        """Stores the reply with all that follows from it; inside a transaction, so that two presses are one."""
        now = self._clock()
        if (known := self._store.replies.recent(new.digest, now - SAME_SECONDS)) is not None:
            return Replied(known)
        if self._ended(delivery.id):
            return ReplyRefused("ended")
        if refusal := self._too_often(delivery, message, now):
            return refusal
        if others and not set(others) <= set(self.others(delivery)):
            return ReplyRefused("addressee")  # somebody's was withdrawn in this moment
        if self.to_all.is_full(message.conversation, others, now):
            return ReplyRefused("often", HOUR)
        self._store.replies.add(new, delivery.message_id, now)
        self.to_all.note(message.conversation, others, now)
        self._first.note(delivery, message, now)
        if cookie:
            self._store.replies.drop_draft(delivery.id, fingerprint(cookie))
        return Replied(new.id)

    def _ended(self, delivery_id: int) -> bool:
        current = self._store.delivery(delivery_id)
        return current is None or self._access.ended(current)

    def _too_much(self, text: str, files: Sequence[Upload]) -> ReplyRefused | None:
        if not text and not files:
            return ReplyRefused("empty")
        if len(text) > self._limits.text:
            return ReplyRefused("long")
        if len(files) > self._limits.files:
            return ReplyRefused("many")
        if len(text.encode()) + sum(len(file.content) for file in files) > self._limits.size:
            return ReplyRefused("large")
        return None

    def _too_often(self, delivery: Delivery, message: Message, now: float) -> ReplyRefused | None:
        times = self._store.replies.times(delivery.id, now - DAY)
        for seconds, most in ((HOUR, self._limits.per_hour), (DAY, self._limits.per_day)):
            if len(times) >= most and times[-most] > now - seconds:
                return ReplyRefused("often", max(1, math.ceil(times[-most] + seconds - now)))
        if why := self._first.over(delivery, message, now):
            return ReplyRefused(why, HOUR)
        return None

    def _head(self, delivery: Delivery) -> Part:
        """The header of the message that is answered. Raises KeyGone."""
        return head_of(self._vault, delivery.message_id, self._clock())

    def _addressees(self, head: Part, message: Message) -> tuple[Addressee, ...]:
        if message.kind == "write" and self._settings.write.published(message.sender) is None:
            return ()  # the address is no longer published
        nobody = self._settings.reply_address if message.shared else ""
        return addressees(head, message.sender, self._settings.domains, nobody)

    def _digest(self, delivery: Delivery, to: Chosen, text: str, files: Sequence[Upload], subject: str) -> bytes:
        """What recognises the same reply; keyed, so that nobody can test a guess."""
        contents = [value for file in files for value in (file.name, file.type, sha256(file.content).digest())]
        people = sorted(identity(each).text for each in to.addresses)
        return keyed_hash(self._vault.keys.lookup, "reply", delivery.id, len(people), *people, subject, text, *contents)

    def _sealed(
        self,
        delivery: Delivery,
        message: Message,
        head: Part,
        to: Chosen,
        text: str,
        files: Sequence[Upload],
        digest: bytes,
        subject: str,
    ) -> NewReply:
        """The reply as a mail, sealed under a key of its own."""
        now = self._clock()
        reply_id = new_id(now)
        expires_at = now + self._settings.retention.days * DAY
        mark = reference(self._vault.keys.reply, reply_id, delivery.level)
        own = self._settings.reply_address
        message_id = f"<{mark}@{own.rpartition('@')[2]}>"
        people = self._addressees(head, message)
        name = name_of(head, delivery.recipient, people, self._settings.domains, self._settings.organisation.name)
        thread = self._first.thread(delivery, message, now)
        subject = subject if thread.begins else thread.subject or self._access.subject(delivery)
        written = Written(
            name=name,
            address=delivery.recipient,
            own_address=own,
            to=tuple((each.address, each.name) for each in to.colleagues),
            others=tuple((each.address, each.name) for each in to.others),
            subject=subject,
            answers=thread.ids[-1:] or message_ids(head, "message-id")[:1],
            references=thread.ids or message_ids(head, "references") or message_ids(head, "in-reply-to")[:1],
            first=thread.begins,
            message_id=message_id,
            reference=mark,
            at=now,
            way=delivery.way,
            text=text,
            files=tuple(Attached(file.name, file.type, file.content) for file in files),
        )
        raw = reply_mail(self._brand, written, self._settings.organisation.languages[0])
        key: DataKey = self._vault.new_data_key(reply_id, expires_at)
        hidden = self._vault.headline(delivery.message_id, now).hide_subject
        headline = Headline(name=name or delivery.recipient, subject=subject, hide_subject=hidden)
        return NewReply(
            id=reply_id,
            conversation=message.conversation,
            writer=delivery.id,
            expires_at=expires_at,
            key_day=key.day,
            wrapped_key=key.wrapped,
            sender=delivery.recipient,
            headline=key.seal(headline.to_json(), "headline"),
            level=delivery.level,
            size=len(raw),
            digest=digest,
            chunks=key.seal_original(raw),
            addressees=tuple(each.address for each in to.colleagues),
            thread=thread_hash(self._vault.keys.lookup, message_id),
            others=tuple((each.address, each.level) for each in to.others),
            subject_told=not hidden,
        )

    @property
    def _brand(self) -> Brand:
        """Read when it is first needed: only the portal composes replies."""
        if self._loaded is None:
            self._loaded = brand(self._settings)
        return self._loaded


def _clean(text: str) -> str:
    """The text with plain line ends, without control characters and lone surrogates."""
    lines = re.sub(r"\r\n|\r|\x0b|\x0c|\x85|\u2028|\u2029", "\n", text)
    return re.sub(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]", "", lines).strip()
