"""The code that a sender agrees on with a recipient who has no mobile phone: checked, set, withdrawn."""

from __future__ import annotations

from typing import Literal

from zegel.recipients.agreed_text import CodeProblem, code_problem
from zegel.settings.model import Settings
from zegel.unlock.agreed_codes import AgreedCodes, new_code
from zegel.unlock.passwords import Busy
from zegel.vault.keyring import KeyGone
from zegel.vault.tables.records import Delivery, Message
from zegel.vault.vault import Vault

Agreement = Literal["released", "kept", "changed", "busy", "impossible"] | CodeProblem
"""What came of it: the message goes now, went before, another code stands in the place of an old one; or why not."""


class Agreeing:
    """What the sender's page needs of the agreed codes."""

    def __init__(self, settings: Settings, vault: Vault, codes: AgreedCodes) -> None:
        self._settings = settings
        self._vault = vault
        self._codes = codes

    def agree(self, message: Message, delivery: Delivery, code: str, question: str, now: float) -> Agreement:
        """Sets the code of a recipient, for all senders. It takes the place of a number that is known."""
        if problem := code_problem(code, question, self._known(message, delivery, now)):
            return problem
        try:
            hashed = new_code(code, question)
        except Busy:
            return "busy"
        before = self._codes.entry(delivery.recipient) is not None
        released = self._codes.agree(delivery.recipient, hashed, message.sender, instead=True)
        if delivery.id in {each.id for each in released}:
            return "released"
        return "changed" if before else "kept"

    def withdraw(self, message: Message, delivery: Delivery) -> bool:
        return self._codes.withdraw(delivery.recipient, message.sender)

    def _known(self, message: Message, delivery: Delivery, now: float) -> list[str]:
        """What everybody knows who has the mail: no code may be made of it."""
        organisation = self._settings.organisation
        try:
            headline = self._vault.headline(message.id, now)
            said = [headline.name, headline.subject]
        except KeyGone:
            said = []
        return [delivery.recipient, message.sender, organisation.name, self._settings.portal.url, *said]
