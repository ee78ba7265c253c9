"""Replies to all on their way: what a recipient wrote back, sealed for the other recipients as any message is.

The courier hands such a reply to Postfix's ordinary listener, addressed to who is answered, so that the virus scanner
and all other filters see it. Its envelope sender says which reply it is. The milter judges it by the rules, seals it
for the other recipients and drops it: who is answered has a mail of their own. Where no milter of ours stands in the
way, they get it twice, and nobody outside gets anything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from mmap import mmap

from zegel.conversations.circle import Circle
from zegel.mail.addresses import identity
from zegel.mail.envelope import Envelope
from zegel.mail.reply_reference import replied_to_all
from zegel.message.mime.headers import Address, addresses
from zegel.message.reader import Mail
from zegel.notices.reply_mail import who_wrote
from zegel.notices.speaker import raw_field
from zegel.ownership import Origin
from zegel.policy.direct import Permission
from zegel.policy.verdict import Verdict
from zegel.recipients.holds import ask_for_numbers, held_until
from zegel.sealing import Received
from zegel.settings.model import Settings
from zegel.vault.sealing_vault import SealingVault
from zegel.vault.tables.records import Addressee, Message, NewMessage

_LINKED = Permission((), "a recipient replied to the others")


@dataclass(frozen=True, slots=True)
class Shared:
    """A reply that still has to go to others."""

    reply: Message
    answered: str
    """Who wrote the message that is answered: they are asked for numbers, and told what fails."""
    waiting: tuple[Addressee, ...]

    @property
    def recipients(self) -> tuple[str, ...]:
        return tuple(each.address for each in self.waiting)

    @property
    def floor(self) -> int:
        """The level that all of them get it at, at least."""
        return min(each.level for each in self.waiting)

    def raised(self, verdict: Verdict) -> Verdict:
        """What the rules say, and for nobody less than what they got before."""
        levels = {each.address: max(each.level, verdict.levels.get(each.address, 0)) for each in self.waiting}
        return replace(
            verdict,
            level=max(levels.values()),
            levels=levels,
            scope="message",
            subject_hit=verdict.subject_hit or not self.reply.subject_told,
            direct=dict.fromkeys(levels, _LINKED),
        )


class SharedReplies:
    """Seals replies to all; each of its methods runs inside a transaction, as the thread that writes."""

    def __init__(self, settings: Settings, vault: SealingVault, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._vault = vault
        self._store = vault.store
        self._circle = Circle(settings, vault.store, clock)
        self._clock = clock

    def reply_in(self, envelope: Envelope) -> int:
        """Which reply a mail is, that is to go to the others; 0 for any other mail, which takes no database."""
        return 0 if envelope.sender in envelope.doubtful else replied_to_all(self._vault.keys.reply, envelope.sender)

    def waiting(self, reply_id: int) -> Shared | None:
        """The reply, with those who may get it still; what became of the others is noted. None when nobody is left."""
        now, replies = self._clock(), self._store.replies
        reply, left = self._store.message(reply_id), replies.others_waiting(reply_id)
        writer = self._store.delivery(reply.writer) if reply else None
        answered = self._store.message(writer.message_id) if writer else None
        if reply is None or writer is None or answered is None or not left or reply.expires_at <= now:
            return None
        allowed = self._circle.still_in(writer)
        for each in left:
            if identity(each.address).text not in allowed:
                replies.failed(reply_id, each.position, "ended", now)
        still = tuple(each for each in left if identity(each.address).text in allowed)
        return Shared(reply, answered.sender, still) if still else None

    def received(self, it: Shared, queue_id: str, raw: bytes | mmap, mail: Mail, verdict: Verdict) -> Received:
        """What is to be sealed."""
        name = f"{self._writer(mail) or it.reply.sender} via {self._settings.organisation.name}"
        return Received(
            envelope=Envelope(queue_id, it.answered, it.recipients),
            raw=raw,
            mail=mail,
            verdict=verdict,
            protected=it.recipients,
            whose=Origin(it.answered, passes_on=False, author=Address(name, self._settings.reply_address)),
            conversation=it.reply.conversation,
            writer=it.reply.writer,
        )

    def _writer(self, mail: Mail) -> str:
        """Who wrote, as the reply says it that we composed ourselves: its headline is sealed, and stays so here."""
        settings = self._settings.organisation
        found = addresses(raw_field(mail.root, "From"))
        return who_wrote(found[0].name, settings.name, settings.languages[0]) if found else ""

    def add(self, new: NewMessage, reply_id: int) -> tuple[str, ...]:
        """Stores the message for those who still wait for it; who they are."""
        it, now = self.waiting(reply_id), self._clock()
        if it is None:
            return ()
        mine = {identity(each.address): each for each in it.waiting}
        deliveries = tuple(each for each in new.deliveries if identity(each.recipient) in mine)
        if not deliveries:
            return ()
        self._store.add_message(replace(new, deliveries=deliveries), now, held_until(now, new.expires_at))
        if any(delivery.phone_hash for delivery in deliveries):
            ask_for_numbers(self._store, new.id, now)
        for delivery in deliveries:
            self._store.replies.sent(reply_id, mine[identity(delivery.recipient)].position, now)
        self._store.audit_log.record("reply shared", it.reply.sender, now, message=new.id, reply=reply_id)
        return tuple(each.recipient for each in deliveries)
