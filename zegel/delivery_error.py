"""The one failure of sending, for mails and SMS alike."""

from __future__ import annotations


class DeliveryError(Exception):
    """A mail or SMS was not accepted. Unknown means temporary.

    `status` is short and fit for a log: the enhanced status code of a mail (RFC 3463), or what kind of failure it
    was; it may be empty. `answer` is what the other side said. `unsure` says that it may have been accepted after
    all, because the request had left when the failure came.
    """

    def __init__(self, *, permanent: bool, status: str, answer: str, unsure: bool = False) -> None:
        super().__init__(status)
        self.permanent = permanent
        self.status = status
        self.answer = answer
        self.unsure = unsure
