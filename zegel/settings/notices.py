"""Which mails senders get."""

from __future__ import annotations

from zegel.settings.fields import MailAddress
from zegel.yamlfile import Strict


class Notices(Strict):
    """Mails to senders that not every organisation wants."""

    receipt: bool = False
    """When a message is sealed, with a link to the page about it."""
    opened: bool = False
    """When a recipient opens a message for the first time. A sender who asks for a read receipt is told anyway."""
    not_opened: bool = False
    """When a recipient has not opened a message after two working days."""
    postmaster: MailAddress = ""
    """Who gets what is for the sender of a mail that somebody else wrote and that a list, a redirect or SRS passes on;
    postmaster@ the first of `domains` when empty."""
