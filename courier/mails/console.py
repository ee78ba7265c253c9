"""Mails to the people of the console: a password while it can be of use, and that a passkey was made."""

from __future__ import annotations

from typing import Any

from zegel.notices.console_mails import console_passkey_mail, console_password_mail
from zegel.officers.sign_in import PASSWORD_SECONDS
from zegel_courier.desk import Desk
from zegel_courier.kind import of_nothing


def _password(desk: Desk, payload: dict[str, Any]) -> bytes | None:
    if desk.core.clock() > payload["until"]:
        return None
    return console_password_mail(
        desk.brand,
        sender_address=desk.own_address,
        recipient=payload["to"],
        password=payload["password"],
        link=desk.core.settings.console.url,
        until=payload["until"],
        at=payload["until"] - PASSWORD_SECONDS,
        language=payload["language"],
    )


def _passkey(desk: Desk, payload: dict[str, Any]) -> bytes:
    return console_passkey_mail(
        desk.brand,
        sender_address=desk.own_address,
        recipient=payload["to"],
        name=payload["name"],
        at=payload["at"],
        link=desk.core.settings.console.url,
        language=payload["language"],
    )


KINDS = (of_nothing("console-password", _password), of_nothing("console-passkey", _passkey))
