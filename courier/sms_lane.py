"""Hands SMS, and calls to landlines, to the gateway: noted as under way, sent, noted as accepted.

Gateways do not know an SMS again, so a request whose outcome is unknown is not repeated: not after a time-out, nor
after a crash. The recipient's page says so, and one press of "send again" sends the same code once more. Only a
gateway that is known to drop repeated references (`sms.repeats`) gets such a request again; a call is never repeated.
"""

from __future__ import annotations

import logging
import random
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from zegel.core import Core
from zegel.delivery_error import DeliveryError
from zegel.errors import describe
from zegel.i18n.sms_text import sms_text
from zegel.i18n.spoken_code import LOCALES, spoken_text
from zegel.sms.gateway import Gateway, Message
from zegel.vault.tables.records import Delivery, OutboxItem, TextState

log = logging.getLogger("zegel.courier")
_FIRST_DELAY, _MOST_DELAY = 2.0, 20.0
"""Short: a code lives ten minutes."""


@dataclass(frozen=True, slots=True)
class _Ready:
    """An SMS that is still wanted."""

    delivery: Delivery
    message: Message = field(repr=False)


class Texts:
    """Delivers outbox rows that are SMS; one thread uses it at a time."""

    def __init__(self, core: Core, gateway: Gateway) -> None:
        self._core = core
        self._settings = core.settings.sms
        self._store = core.vault.store
        self._gateway = gateway
        self._host = urlsplit(core.settings.portal.url).hostname or ""
        self._reports = self._settings.report_url or f"{core.settings.portal.url}/sms-report"

    def close(self) -> None:
        """Gateways hold nothing open."""

    def deliver(self, item: OutboxItem) -> None:
        """Sends one SMS and notes what came of it."""
        ready = self._ready(item)
        if ready is None:
            log.info("item %d: sms no longer needed after %d tries", item.id, item.attempts)
            self._store.write(lambda: self._store.outbox.done(item.id))
        elif not self._store.write(lambda: self._begin(item, ready)):
            log.warning("item %d: sms was under way when the courier stopped; not repeated", item.id)
            self._settle(item, ready, "unsure")
        else:
            self._send(item, ready)

    def _send(self, item: OutboxItem, ready: _Ready) -> None:
        try:
            self._gateway.send(ready.message)
        except DeliveryError as error:
            self._refused(item, ready, error)
        except Exception as error:
            log.error("item %d: sms set aside, see zegel outbox show: %s", item.id, describe(error))
            reason = describe(error)
            self._store.write(lambda: self._set_aside(item, reason))
        else:
            self._settle(item, ready, "accepted")
            about = {"item": item.id, "message_id": item.message_id}
            log.info("item %d: sms about message %d accepted", item.id, item.message_id, extra=about)

    def _ready(self, item: OutboxItem) -> _Ready | None:
        """The SMS of `item`, or None when its code has ended or may not go there any more."""
        text = self._store.texts.text(item.id)
        challenge = self._store.challenges.code(text.challenge_id) if text else None
        delivery = self._store.delivery(item.delivery_id)
        if text is None or challenge is None or delivery is None or self._core.access.ended(delivery):
            return None
        over = challenge.used_at is not None or challenge.expires_at <= self._core.clock()
        number = self._core.phonebook.number(delivery.recipient)
        if over or delivery.stopped_at or number is None:
            return None
        reference, code = self._core.codes.reference(item.id), self._core.codes.code(challenge)
        spoken, language = self._core.codes.by_call(delivery), text.language
        said = self._settings.voice.text.in_(language) if spoken else self._settings.text.in_(language)
        message = Message(
            number=number,
            text=spoken_text(said, code, language) if spoken else sms_text(said, code, self._host),
            sender=self._settings.sender.in_(text.language),
            reference=reference,
            report_url=f"{self._reports}/{reference}",
            language=LOCALES.get(language, ""),
            spoken=spoken,
        )
        return _Ready(delivery, message)

    def _repeats(self, ready: _Ready) -> bool:
        """Whether a request without an answer is made again."""
        return self._settings.repeats and not ready.message.spoken

    def _begin(self, item: OutboxItem, ready: _Ready) -> bool:
        """Notes, durably, that the request is about to leave; False when one had left before without an answer."""
        before: tuple[TextState, ...] = ("asked", "handing") if self._repeats(ready) else ("asked",)
        return self._store.texts.move(item.id, before, "handing")

    def _refused(self, item: OutboxItem, ready: _Ready, error: DeliveryError) -> None:
        if error.permanent:
            log.error("item %d: sms refused: %s; the sender is told", item.id, error.status)
            self._settle(item, ready, "failed")
        elif error.unsure and not self._repeats(ready):
            log.warning("item %d: sms without answer: %s; not repeated", item.id, error.status)
            self._settle(item, ready, "unsure")
        else:
            next_try = self._core.clock() + delay(item.attempts)
            log.warning("item %d: sms put off: %s", item.id, error.status)
            self._store.write(lambda: self._put_off(item, next_try, error.status))

    def _put_off(self, item: OutboxItem, next_try: float, status: str) -> None:
        self._store.texts.move(item.id, ("handing",), "asked")
        self._store.outbox.retry(item.id, next_try, status)

    def _set_aside(self, item: OutboxItem, reason: str) -> None:
        self._store.texts.move(item.id, ("handing",), "unsure")
        self._store.outbox.stick(item.id, reason)

    def _settle(self, item: OutboxItem, ready: _Ready, state: TextState) -> None:
        def settle() -> None:
            self._store.outbox.done(item.id)
            # A delivery report may have come before the gateway's own answer: it stays.
            self._store.texts.move(item.id, ("handing",), state)
            if state == "failed":
                self._core.codes.failed(ready.delivery, "refused by the gateway")
            else:
                self._store.audit_log.record(
                    "code sent", "zegel", self._core.clock(),
                    message=item.message_id, delivery=item.delivery_id, sure=state == "accepted",
                )  # fmt: skip

        self._store.write(settle)


def delay(attempts: int) -> float:
    """Seconds until the next try: doubling from 2 s to 20 s, with half of it left to chance."""
    full = min(_MOST_DELAY, _FIRST_DELAY * 2.0 ** min(attempts, 10))
    return full * random.uniform(0.5, 1.0)  # noqa: S311 (spreads load, keeps no secret)
