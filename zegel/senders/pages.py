"""The sender's page about a message: what became of it for each recipient, and what they can still do.

Its link is the sender's own. It shows them what they know already: whom they wrote to, the subject, how far it is. It
never shows the message, and of a number only enough to recognise it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from typing import Any, Literal

from babel import Locale

from zegel.crypto import fingerprint
from zegel.mail.addresses import identity
from zegel.recipients import phone_numbers as numbers
from zegel.recipients.holds import ask_for_numbers, held_until
from zegel.recipients.phone_numbers import Wrong
from zegel.recipients.phonebook import Phonebook
from zegel.senders import kept_numbers
from zegel.senders.agreeing import Agreeing, Agreement
from zegel.senders.extending import Extending
from zegel.senders.kept_numbers import Typed
from zegel.senders.overview import Overviews
from zegel.senders.typed_numbers import Understood, understood
from zegel.senders.views import Country, Given, Overview, RecipientState
from zegel.settings.model import Settings
from zegel.unlock.access import Access, link_token
from zegel.unlock.agreed_codes import AgreedCodes
from zegel.vault.tables.audit_events import EventName
from zegel.vault.tables.records import Delivery, Message
from zegel.vault.vault import Vault
from zegel.way_names import OF_LEVEL_2, way_of

__all__ = ["Country", "Given", "Overview", "RecipientState", "SenderPages"]

AGAIN_SECONDS = 10 * 60
"""How long after a notification another one can be sent."""


class SenderPages:
    """What the sender can see and do. Every change is checked again in its own transaction."""

    def __init__(
        self,
        settings: Settings,
        vault: Vault,
        access: Access,
        phonebook: Phonebook,
        agreed_codes: AgreedCodes,
        clock: Callable[[], float],
    ) -> None:
        self._settings = settings
        self._vault = vault
        self._store = vault.store
        self._access = access
        self._phonebook = phonebook
        self._agreeing = Agreeing(settings, vault, agreed_codes)
        self._agreed_codes = agreed_codes
        self._overviews = Overviews(settings, vault, access, phonebook, agreed_codes)
        self._extending = Extending(settings, vault, self._notify_again, clock)
        self._clock = clock
        self._officer = self._reason = ""

    def on_behalf(self, officer: str, reason: str) -> SenderPages:
        """The same, done by an officer: what happens is noted in their name, with the reason."""
        other = copy(self)
        other._officer, other._reason = officer, reason
        other._extending = self._extending.on_behalf(officer, reason)
        return other

    # What is seen.

    def message(self, link: str) -> Message | None:
        """The message of a sender's link, also when it has expired; None for a link that nobody was given."""
        return self._store.message_by_sender_link(fingerprint(link))

    def ended(self, message: Message) -> bool:
        """Whether nobody can open a message any more."""
        return message.expires_at <= self._clock()

    def can_extend(self, message: Message) -> bool:
        """Whether the message can have a later end than it has, and one that is still to come."""
        return self._extending.until(message, self._clock()) > max(message.expires_at, self._clock())

    def overview(self, message: Message, language: str) -> Overview:
        """Everything that the page shows, in `language`."""
        now = self._clock()
        return self._overviews.overview(message, language, self._extending.until(message, now), now)

    def countries(self, language: str) -> list[Country]:
        """The countries that numbers may be from, for choosing one; names in `language`."""
        names = Locale.parse(language).territories
        return [
            Country(region, numbers.prefix(region), names.get(region, region), numbers.example(region))
            for region in self._settings.phones.allowed
        ]

    def understood(
        self, message: Message, typed: Mapping[int, str], regions: Mapping[int, str]
    ) -> dict[int, Understood | Wrong]:
        """What was typed as `give` will take it, by delivery; for showing it before."""
        open_ = [each for each in self._deliveries(message) if each.way in OF_LEVEL_2 and not self._access.ended(each)]
        expected = [(each.id, each.recipient, self._overviews.region(each)) for each in open_]
        return understood(expected, typed, regions, self._settings.phones.allowed, self._settings.sms.calls)

    def keep_typed(self, message: Message, cookie: str, typed: Typed) -> str:
        """What was typed, for the address of the page that asks whether it is right."""
        return kept_numbers.kept(self._vault.keys.form, message.id, cookie, typed, self._clock())

    def kept_typed(self, message: Message, cookie: str, text: str) -> Typed | None:
        """What is in such an address; None when it is not of this message and browser, or an hour old."""
        return kept_numbers.found(self._vault.keys.form, message.id, cookie, text, self._clock())

    # What is done.

    def give(self, message: Message, typed: Mapping[int, str], regions: Mapping[int, str]) -> Given:
        """Takes the numbers that were typed, by delivery; right ones at once, whatever the others are."""
        read = self.understood(message, typed, regions)
        right = {each.recipient: each.number for each in read.values() if not isinstance(each, Wrong)}
        wrong = {id_: each for id_, each in read.items() if isinstance(each, Wrong)}
        released = {each.recipient for each in self._phonebook.give_all(list(right.items()), message.sender)}
        gone = tuple(address for address in right if address in released)
        return Given(gone, tuple(address for address in right if address not in released), wrong)

    def agree(self, message: Message, delivery_id: int, code: str, question: str) -> Agreement:
        """Sets the agreed code of a recipient, instead of a number that is known, and sends what waits for it."""
        for delivery in self._open(message, delivery_id):
            return self._agreeing.agree(message, delivery, code, question, self._clock())
        return "impossible"

    def withdraw_code(self, message: Message, delivery_id: int) -> bool:
        """Removes the agreed code of a recipient; False when there was none."""
        return any(self._agreeing.withdraw(message, each) for each in self._open(message, delivery_id))

    def recall(self, message: Message, delivery_id: int | None) -> int:
        """Takes the message back from one recipient, or from all; from how many it was taken now."""

        def recall() -> int:
            return sum(self._recall(message, delivery) for delivery in self._chosen(message, delivery_id))

        return self._store.write(recall)

    def send_again(self, message: Message, delivery_id: int) -> Literal["sent", "recent", "impossible"]:
        """Sends the notification once more."""

        def send() -> Literal["sent", "recent", "impossible"]:
            now = self._clock()
            for delivery in self._chosen(message, delivery_id):
                if delivery.state not in ("notified", "opened") or self._access.ended(delivery):
                    break
                if self._store.outbox.newest("notification", delivery.id) > now - AGAIN_SECONDS:
                    return "recent"
                self._notify_again(delivery, now)
                self._note("sent again", message, delivery, now)
                return "sent"
            return "impossible"

        return self._store.write(send)

    def unblock(self, message: Message, delivery_id: int) -> bool:
        """Lets a recipient try again who was locked out by wrong codes or passwords; False when they were not."""

        def unblock() -> bool:
            now = self._clock()
            for delivery in self._chosen(message, delivery_id):
                if delivery.way == "agreed":
                    return self._agreed_codes.unblocked(delivery.recipient, message.sender)
                if delivery.locked_at or delivery.paused_until > now:
                    self._store.deliveries.unlock(delivery.id)
                    self._note("unblocked", message, delivery, now)
                    return True
            return False

        return self._store.write(unblock)

    def resume(self, message: Message, delivery_id: int) -> bool:
        """Lets a recipient go on who said that the message, or the number, is not theirs; False when they did not."""

        def resume() -> bool:
            now = self._clock()
            for delivery in self._chosen(message, delivery_id):
                if delivery.stopped_at and not self._access.ended(delivery):
                    self._store.deliveries.resume(delivery.id)
                    self._note("resumed", message, delivery, now)
                    return True
            return False

        return self._store.write(resume)

    def extend(self, message: Message) -> float:
        """Gives the message as long as a new one has, within the most that settings allow; its new end."""
        return self._extending.extend(message)

    def raise_level(self, message: Message, delivery_id: int) -> bool:
        """From password to code: the old link, passwords and sessions end, and the recipient gets a new link."""

        def raise_() -> bool:
            now = self._clock()
            for delivery in self._chosen(message, delivery_id):
                if delivery.level == 1 and not self._access.ended(delivery) and self._settings.sms.served > 1:
                    self._raise(message, delivery, now)
                    return True
            return False

        return self._store.write(raise_)

    def false_alarm(self, message: Message) -> bool:
        """Notes for the data-protection officer that the rules were wrong here; False when it was noted before."""

        def note() -> bool:
            if any(event.kind == "false alarm" for event in self._store.audit_log.events(message.id)):
                return False
            self._store.audit_log.record(
                "false alarm", message.sender, self._clock(), message=message.id, rules=message.rules
            )
            return True

        return self._store.write(note)

    # How.

    def _open(self, message: Message, delivery_id: int) -> list[Delivery]:
        """The recipient, when a code can be agreed on for them."""
        chosen = self._chosen(message, delivery_id)
        return [each for each in chosen if self._overviews.can_agree(each) and not self._access.ended(each)]

    def _deliveries(self, message: Message) -> list[Delivery]:
        return self._store.deliveries.of_message(message.id)

    def _chosen(self, message: Message, delivery_id: int | None) -> list[Delivery]:
        """One recipient or all; a delivery of another message is none of theirs."""
        return [each for each in self._deliveries(message) if delivery_id in (None, each.id)]

    def _recall(self, message: Message, delivery: Delivery) -> int:
        if not self._access.can_be_recalled(delivery) or not self._store.deliveries.recall(delivery.id):
            return 0
        now = self._clock()
        self._store.challenges.end_all(delivery.id, now)
        self._store.challenges.shut(delivery.id)
        self._note("recalled", message, delivery, now)
        return 1

    def _raise(self, message: Message, delivery: Delivery, now: float) -> None:
        address, generation = identity(delivery.recipient).text, delivery.generation + 1
        link_hash = fingerprint(link_token(self._vault.keys.link, delivery.id, generation))
        key = self._phonebook.key(address)
        known = self._store.way_at_level_2(key, now)
        until = 0.0 if known else held_until(now, message.expires_at)
        locked_at = self._store.agreed.locked_at(key) if known == "agreed" else 0.0
        self._store.deliveries.raise_level(delivery.id, known or way_of(2), address, link_hash, until, locked_at)
        self._store.challenges.end_all(delivery.id, now)
        self._store.challenges.shut(delivery.id)
        self._note("level raised", message, delivery, now)
        if known:
            self._notify(delivery, generation, now)
        else:
            self._store.audit_log.record("held", "zegel", now, message=message.id, delivery=delivery.id)
            ask_for_numbers(self._store, message.id, now)

    def _notify(self, delivery: Delivery, generation: int, now: float) -> None:
        self._store.outbox.add("notification", delivery.id, generation, now, about=delivery, when=now)

    def _notify_again(self, delivery: Delivery, now: float) -> None:
        self._notify(delivery, delivery.generation, now)

    def _note(self, kind: EventName, message: Message, delivery: Delivery, now: float) -> None:
        why: dict[str, Any] = {"reason": self._reason} if self._officer else {}
        actor = self._officer or message.sender
        self._store.audit_log.record(kind, actor, now, message=message.id, delivery=delivery.id, **why)
