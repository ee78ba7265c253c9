"""The story of one outgoing message. Read `Intake.receive` and you know the product; docs/flow.md tells it too."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from mmap import mmap
from typing import Literal, NoReturn

from zegel.conversations.answers import answer_in
from zegel.conversations.bounces import Bounces
from zegel.conversations.loops import Answering, Loops, answering
from zegel.errors import RefusedByRule
from zegel.i18n.ascii import in_ascii
from zegel.mail.addresses import Addresses
from zegel.mail.envelope import Envelope
from zegel.mail.own_mark import HEADER, has_valid_mark
from zegel.message.blind_spots import blind_spots
from zegel.message.mime.tree import header_fields
from zegel.message.reader import Mail, Reader
from zegel.offers import Offer, Offers
from zegel.ownership import NobodyToAsk, Origin, Realm, is_ours, is_ours_by_envelope, origin, sender_of
from zegel.policy.language.load import Rules
from zegel.policy.verdict import Verdict
from zegel.recipients.holds import ask_for_numbers, held_until
from zegel.sealing import Received, Sealing
from zegel.sealing_core import ForSealing
from zegel.shared_replies import SharedReplies
from zegel.vault.tables.records import NewDelivery, NewMessage

log = logging.getLogger("zegel.intake")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What Postfix is to be told: take these recipients out, or nothing."""

    kind: Literal["pass", "clean", "observed", "sealed", "offered again"]
    protected: tuple[str, ...] = ()
    """Recipients who get a notification instead of the message."""
    level: int = 0
    rules: tuple[str, ...] = field(default=())
    offer: Offer | None = field(default=None, compare=False, repr=False)
    discard: bool = False
    """Whether Postfix has to drop the message, because the courier serves everybody, colleagues too."""

    def answering(self) -> AbstractContextManager[None]:
        """Around everything but the last word of the answer (see Offer)."""
        return self.offer.answering() if self.offer else nullcontext()


class Intake:
    """Receives outgoing messages; `rules` gives the policy that is in force now."""

    def __init__(self, core: ForSealing, reader: Reader, rules: Callable[[], Rules]) -> None:
        self._core = core
        self._settings = core.settings
        self._vault = core.vault
        self._reader = reader
        self._bounces = Bounces(core.vault, core.clock)
        self._rules = rules
        self._served = core.settings.sms.served
        self._sealing = Sealing(core.settings, core.vault, core.clock)
        self._shared = SharedReplies(core.settings, core.vault, core.clock)
        self._loops = Loops(core.vault.store.answers, core.vault.keys.lookup)
        self._offers = Offers(core.settings.storage.folder, core.vault.store)
        self._forwarders = Addresses(core.settings.forwarders)
        self._realm = Realm(frozenset(core.settings.domains), Addresses(core.settings.sender_domains))

    def receive(self, envelope: Envelope, raw: bytes | mmap) -> Outcome:
        """Decides about one message and keeps what has to be kept, durably, before it returns.

        `raw` is the message as Postfix handed it over. Raises when anything fails: the caller answers
        with a temporary failure, and nothing of the message is kept.
        """
        if not self.is_outgoing(envelope, lambda: raw) or self._has_our_mark(raw, envelope):
            return Outcome("pass")
        outside = envelope.outside(self._settings.domains, self._forwarders)
        rules = self._rules()
        mail = self._reader.read(raw, rules.reading, f"{envelope.login}\n{envelope.sender}".strip())
        answer = answer_in(mail, self._vault, self._core.clock())
        sender = sender_of(envelope, mail.root.headers, self._realm)
        verdict = rules.judge(mail, sender=sender, recipients=outside, answers=answer.level)
        self._note_blind_spots(envelope.queue_id, mail)
        if verdict.blocked:
            self._refuse(envelope, sender, verdict)
        if answer.hide_subject:
            verdict = replace(verdict, subject_hit=True)
        if verdict.level == 0:
            return self._let_go(sender, verdict)
        protected = tuple(recipient for recipient in outside if verdict.levels.get(recipient, 0) > 0)
        if not protected:
            return self._let_go(sender, verdict)
        if verdict.level > self._served:
            log.warning("%s: no SMS gateway, level %d is served as level 1", envelope.queue_id, verdict.level)
        whose = self._whose(envelope, mail)
        received = Received(envelope, raw, mail, verdict, protected, whose, answer.conversation)
        new = self._sealing.message(received)
        kind_of_mail, observed = answering(mail.root), _observed(verdict)
        offer = self._offers.begin(new.id)
        try:
            stored = self._vault.store.write(lambda: self._add(new, kind_of_mail, observed, offer))
        except BaseException:
            offer.unanswered(committed=False)  # a commit that failed may be on disk all the same
            raise
        kind: Literal["sealed", "offered again"] = "sealed" if stored else "offered again"
        return Outcome(kind, protected, verdict.level, verdict.rules, offer, discard=not envelope.deletable)

    def reply_to_all(self, envelope: Envelope) -> int:
        """Which reply to all a mail is that the courier brings; 0 for any other."""
        return self._shared.reply_in(envelope)

    def share(self, reply: int, envelope: Envelope, raw: bytes | mmap) -> Outcome:
        """Seals a reply for the other recipients, durably before it returns; that mail itself goes nowhere.

        Once for each of them, however often it is brought.
        """
        write = self._vault.store.write
        it = write(lambda: self._shared.waiting(reply))
        if it is None:
            return Outcome("offered again", discard=True)
        rules, writer = self._rules(), it.reply.sender
        mail = self._reader.read(raw, rules.reading, writer)
        verdict = rules.judge(mail, sender=writer, recipients=it.recipients, answers=it.floor)
        self._note_blind_spots(envelope.queue_id, mail)
        if verdict.blocked:
            self._refuse(envelope, writer, verdict)
        verdict = it.raised(verdict)
        new = self._sealing.message(self._shared.received(it, envelope.queue_id, raw, mail, verdict))

        def add() -> tuple[str, ...]:
            return self._shared.add(replace(new, deliveries=tuple(map(self._as_chosen, new.deliveries))), reply)

        protected = write(add)
        kind: Literal["sealed", "offered again"] = "sealed" if protected else "offered again"
        return Outcome(kind, protected, verdict.level, verdict.rules, discard=True)

    def is_outgoing(self, envelope: Envelope, header: Callable[[], bytes | mmap]) -> bool:
        """Whether a message is the organisation's own and goes to somebody outside.

        `header` gives its header, whatever stands behind it, and is asked when the envelope does not tell.
        """
        if not envelope.has_outside(self._settings.domains, self._forwarders):
            return False
        return is_ours_by_envelope(envelope, self._realm) or is_ours(envelope, header_fields(header()), self._realm)

    def take_bounce(self, envelope: Envelope, content: Callable[[], bytes | mmap]) -> tuple[str, ...]:
        """The recipients to take out of a report about a reply or a direct delivery, which is noted; () for others."""
        return self._bounces.take(envelope, content) or self._core.direct.take(envelope, content)

    def _whose(self, envelope: Envelope, mail: Mail) -> Origin:
        """Who is behind a message, with somebody inside who is told and asked about it. Raises NobodyToAsk."""
        found = origin(envelope, mail.root.headers, self._realm)
        if not found.person and not found.passes_on:
            raise NobodyToAsk
        return found if found.person else replace(found, person=self._settings.postmaster)

    def _has_our_mark(self, raw: bytes | mmap, envelope: Envelope) -> bool:
        return raw.find(HEADER.encode()) >= 0 and has_valid_mark(self._vault.keys.mark, raw, envelope.recipients)

    def _note_blind_spots(self, queue_id: str, mail: Mail) -> None:
        """Logs and counts what could not be looked into: the officer sees in the report what passes unread."""
        if spots := blind_spots(mail):
            log.info("%s: not looked into: %s", queue_id, ", ".join(spots), extra={"queue_id": queue_id})
            now, counts = self._core.clock(), self._vault.store.rule_counts
            self._vault.store.write(lambda: counts.note_blind_spots(spots, now))

    def _refuse(self, envelope: Envelope, sender: str, verdict: Verdict) -> NoReturn:
        """The policy says that this mail may not leave at all: its sender hears why. Raises RefusedByRule."""
        now, audit_log, rules = self._core.clock(), self._vault.store.audit_log, tuple(verdict.blocked)
        recipients = len(verdict.levels)
        self._vault.store.write(
            lambda: audit_log.record(
                "refused", sender, now, rules=rules, recipients=recipients, queue_id=envelope.queue_id
            )
        )
        raise RefusedByRule(in_ascii(verdict.refusal(self._settings.organisation.languages[0])))

    def _let_go(self, sender: str, verdict: Verdict) -> Outcome:
        """Nothing to protect: the mail leaves as it is, and rules on trial are noted."""
        rules = _observed(verdict)
        if not rules:
            return Outcome("clean")
        now, audit_log = self._core.clock(), self._vault.store.audit_log
        self._vault.store.write(lambda: audit_log.record("observed", sender, now, rules=rules))
        return Outcome("observed", rules=rules)

    def _add(self, new: NewMessage, kind: Answering, observed: tuple[str, ...], offer: Offer) -> bool:
        """Stores the message with all that follows from it; inside one transaction. False when that was done before.

        Raises AnswerLoop.
        """
        now, store = self._core.clock(), self._vault.store
        if same := store.offered_before(new, now):
            offer.means(same)
            return False
        conversation = store.conversation_of(new)
        self._loops.note(new, kind, conversation, now)
        new = replace(new, deliveries=tuple(map(self._as_chosen, new.deliveries)))
        store.add_message(new, now, held_until(now, new.expires_at), conversation)
        if observed:
            store.audit_log.record("observed", new.sender, now, message=new.id, rules=observed)
        if any(delivery.phone_hash for delivery in new.deliveries):
            ask_for_numbers(store, new.id, now)
        if self._settings.notices.receipt:
            store.outbox.add("receipt", new.id, message=new.id, delivery=new.deliveries[0].id, when=now)
        for position, payload in enumerate(new.copies):
            store.outbox.add("copy", new.id, position, message=new.id, payload=payload, when=now)
        return True

    def _as_chosen(self, delivery: NewDelivery) -> NewDelivery:
        """In the language that the recipient chose. Read inside the transaction, by the thread that writes: sessions of
        libmilter go from thread to thread, and may not have a connection of their own."""
        chosen = self._core.people.language(delivery.recipient)
        return replace(delivery, language=chosen) if chosen else delivery


def _observed(verdict: Verdict) -> tuple[str, ...]:
    """The rules on trial that fired."""
    return tuple(dict.fromkeys(match.rule for match in verdict.observed))
