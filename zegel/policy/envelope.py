"""The conditions on who sends a mail to whom."""

from __future__ import annotations

from dataclasses import dataclass

from zegel.mail.addresses import Addresses
from zegel.policy.case import Case, Result


@dataclass(frozen=True, slots=True)
class FromSender:
    """Who sends it."""

    senders: Addresses

    def evaluate(self, case: Case) -> Result:
        return Result(case.sender in self.senders)


@dataclass(frozen=True, slots=True)
class ToRecipient:
    """Who gets it. A rule that asks this is judged for each recipient alone."""

    recipients: Addresses

    def evaluate(self, case: Case) -> Result:
        return Result(bool(case.recipient) and case.recipient in self.recipients)


@dataclass(frozen=True, slots=True)
class ManyRecipients:
    """How many outside recipients it goes to."""

    at_least: int

    def evaluate(self, case: Case) -> Result:
        return Result(len(case.recipients) >= self.at_least)
