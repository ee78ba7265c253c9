"""All kinds of mail, by the name that their rows have in the outbox. SMS have a lane and a file of their own."""

from __future__ import annotations

from collections.abc import Mapping

from zegel_courier.kind import Kind
from zegel_courier.mails import (
    agreed_codes,
    colleague_copy,
    console,
    devices,
    feedback,
    hold_over,
    in_clear,
    notification,
    numbers,
    passed_on,
    password,
    proof,
    reply,
    reply_to_all,
    status,
)

_FILES = (
    agreed_codes,
    colleague_copy,
    console,
    devices,
    feedback,
    hold_over,
    in_clear,
    notification,
    numbers,
    passed_on,
    password,
    proof,
    reply,
    reply_to_all,
    status,
)
KINDS: Mapping[str, Kind] = {kind.name: kind for file in _FILES for kind in file.KINDS}


def kind_of(name: str) -> Kind:
    """The kind of a row. Raises ValueError for one that a newer version wrote."""
    try:
        return KINDS[name]
    except KeyError:
        raise ValueError(f"unknown kind of outbox item: {name}") from None
