"""What may be said about an error in a log."""

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
