"""What of a mail nobody could look into, in words that hold nothing of the sender's: for the log and the report."""

from __future__ import annotations

import re

from zegel.message.reader import Mail

_TYPE = re.compile(r"[a-z]{1,20}/[a-z0-9][a-z0-9.+-]{0,80}")


def blind_spots(mail: Mail) -> tuple[str, ...]:
    """Each kind of failure with the type of the file, "encrypted application/zip", once.

    Types are those that files have by their content. One that reads like no type was made up by the sender.
    """
    types = {file.part: file.type for file in reversed(mail.files)}
    found = (f"{item.kind} {_type(types.get(item.part, ''))}" for item in mail.unreadable)
    return tuple(sorted(set(found)))


def _type(written: str) -> str:
    return written if _TYPE.fullmatch(written) else "unknown"
