"""What the sender's page shows of a message: how far it is for each recipient, and what makes sense for them now."""

from __future__ import annotations

from typing import Any

from zegel.recipients import phone_numbers as numbers
from zegel.recipients.phonebook import Phonebook
from zegel.senders.history import asked_at, by_delivery, state_of
from zegel.senders.views import Overview, RecipientState
from zegel.settings.model import Settings
from zegel.unlock.access import Access
from zegel.unlock.agreed_codes import AgreedCodes
from zegel.vault.headline import Headline
from zegel.vault.keyring import KeyGone
from zegel.vault.tables.audit_log import Event
from zegel.vault.tables.records import Delivery, Message
from zegel.vault.vault import Vault
from zegel.way_names import OF_LEVEL_2


class Overviews:
    """Reads what is shown; changes nothing."""

    def __init__(
        self, settings: Settings, vault: Vault, access: Access, phonebook: Phonebook, agreed_codes: AgreedCodes
    ) -> None:
        self._settings = settings
        self._vault = vault
        self._store = vault.store
        self._access = access
        self._phonebook = phonebook
        self._agreed_codes = agreed_codes

    def overview(self, message: Message, language: str, extends_to: float, now: float) -> Overview:
        """Everything that the page shows, in `language`; `extends_to`: the end that the message can get."""
        try:
            headline = self._vault.headline(message.id, now)
        except KeyGone:
            headline = Headline()
        events = list(self._store.audit_log.events(message.id))
        of = by_delivery(events)
        deliveries = self._store.deliveries.of_message(message.id)
        strong = [each.recipient for each in deliveries if each.way in OF_LEVEL_2]
        numbers_of, agreed = (
            self._phonebook.numbers(strong),
            self._agreed_codes.known(each.recipient for each in deliveries),
        )
        return Overview(
            subject=headline.subject,
            reason=headline.why(language),
            sample=headline.sample,
            scope=message.scope,
            level=message.level,
            sent_at=message.created_at,
            expires_at=message.expires_at,
            extends_to=extends_to,
            false_alarm=any(event.kind == "false alarm" for event in events),
            recipients=tuple(
                self._recipient(each, of(each.id), numbers_of.get(each.recipient), each.recipient in agreed, now)
                for each in deliveries
            ),
        )

    def can_agree(self, delivery: Delivery) -> bool:
        """Whether a code can be agreed on with a recipient, as long as the message has not ended."""
        allowed = self._settings.phones.agreed_codes and delivery.way in OF_LEVEL_2
        return allowed and delivery.state != "direct" and delivery.stopped_why != "person"

    def region(self, delivery: Delivery) -> str:
        """The country that a number of a recipient is from when nothing else is said."""
        phones = self._settings.phones
        return numbers.region_of(delivery.recipient, phones.allowed, phones.country)

    def _recipient(
        self, delivery: Delivery, events: list[Event], number: str | None, agreed: bool, now: float
    ) -> RecipientState:
        state, since, history = state_of(delivery, events, now)
        by_sms = delivery.way == "sms"
        lacking = agreed is False if delivery.way == "agreed" else number is None
        live = not self._access.ended(delivery)
        locked = live and bool(delivery.locked_at or delivery.paused_until > now)
        stopped: Any = delivery.stopped_why if live and delivery.stopped_at else ""
        possible = {
            "recall": True,
            "number": by_sms and stopped != "person",
            "again": delivery.state in ("notified", "opened") and not locked and not stopped,
            "unblock": locked,
            "resume": stopped == "person",
            "raise": delivery.level == 1 and self._settings.sms.served > 1 and not stopped,
        }
        return RecipientState(
            delivery_id=delivery.id,
            address=delivery.recipient,
            level=delivery.level,
            way=delivery.way,
            state=state,
            since=since,
            history=history,
            number=numbers.masked(number) if number else "",
            region=self.region(delivery),
            needs_number=live
            and delivery.state != "direct"
            and delivery.way in OF_LEVEL_2
            and stopped != "person"
            and (delivery.state == "held" or lacking or stopped == "number"),
            called=bool(number) and self._settings.sms.calls and numbers.is_landline(number or ""),
            agreed=agreed,
            may_agree=live and self.can_agree(delivery),
            locked=locked,
            stopped=stopped,
            server=next((moment.server for moment in reversed(history) if moment.server), ""),
            asked_at=0.0 if live else asked_at(delivery, events),
            actions=frozenset(name for name, makes_sense in possible.items() if live and makes_sense)
            or frozenset({"recall"} if self._access.can_be_recalled(delivery) else ()),
        )
