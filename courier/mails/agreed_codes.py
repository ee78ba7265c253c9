"""Mails about the agreed code of a recipient: changed or withdrawn by somebody else."""

from __future__ import annotations

from typing import Any

from zegel.notices.agreed_mails import agreed_code_mail
from zegel.notices.to_sender import About
from zegel.recipients.phonebook import ADMINISTRATOR
from zegel_courier.desk import Desk
from zegel_courier.kind import of_nothing


def _changed(desk: Desk, told: dict[str, Any]) -> bytes:
    link = desk.core.access.sender_link(told["message"]) if told["message"] else ""
    about = About(desk.own_address, told["to"], "", link, desk.language)
    by = "" if told["by"] == ADMINISTRATOR else told["by"]
    withdrawn = told["what"] == "withdrawn"
    return agreed_code_mail(desk.brand, about, recipient=told["recipient"], by=by, withdrawn=withdrawn)


KINDS = (of_nothing("code-changed", _changed),)
