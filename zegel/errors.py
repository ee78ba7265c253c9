"""What a log may say about an error, and messages that are refused for good."""

from __future__ import annotations

from pathlib import Path


def describe(error: BaseException) -> str:
    """The kind of an error and its place, never its text, which may quote what nobody should read."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" at {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
    reason = f" ({error.strerror})" if isinstance(error, OSError) and error.strerror else ""
    return f"{type(error).__name__}{reason}{place}"


class Refused(Exception):
    """A message that can never be taken, whenever it is offered again: the sender has to hear so.

    SMTP answers `code` (5yz), `status` (RFC 3463) and `text`, which quotes nothing of the message.
    """

    code = "550"
    status = "5.7.1"

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class TooLarge(Refused):
    """A message is larger than limits.message_size."""

    code, status = "552", "5.3.4"

    def __init__(self, most: int) -> None:
        super().__init__(f"Message is larger than the {most} bytes that can be checked here")
