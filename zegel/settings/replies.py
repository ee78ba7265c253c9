"""The section `replies` of zegel.yaml."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from zegel.settings.fields import MailAddress
from zegel.yamlfile import Strict


class Replies(Strict):
    """What recipients may write back, and where it is handed to Postfix."""

    address: MailAddress = ""
    """From address of replies, in one of `domains`; when empty organisation.address, or no-reply@ the first of them."""
    host: str = "127.0.0.1"
    """Host of Postfix's ordinary listener, behind which its filters stand."""
    port: Annotated[int, Field(ge=1, le=65535)] = 25
    """Port of that listener."""
    size: Annotated[int, Field(ge=100_000)] = 25_000_000
    """Bytes of text and files of one reply together."""
    files: Annotated[int, Field(ge=0, le=500)] = 20
    """Files of one reply; 0 for none."""
    text: Annotated[int, Field(ge=100, le=1_000_000)] = 100_000
    """Characters of its text."""
    per_hour: Annotated[int, Field(ge=1)] = 10
    """Replies to one message by one recipient in an hour."""
    per_day: Annotated[int, Field(ge=1)] = 50
    """The same in 24 hours."""
    to_all: Literal["never", "sender", "always"] = "never"
    """Whether a recipient may also reply to the other recipients outside that the sender showed: "sender" where the
    sender of the message allows it, "always" where they do not stop it."""
