"""The mail that a conversation begins with when somebody writes first: sent to nobody, it says who may."""

from __future__ import annotations

from zegel.notices.letter import gettext_for
from zegel.notices.mime_writer import field, mail, mailbox, text_piece


def opening_mail(address: str, name: str, writer: str, language: str) -> tuple[bytes, str]:
    """The mail, from the published `address` called `name` to the `writer`, and its subject.

    It has no Message-ID, because what is written from it answers nothing.
    """
    _ = gettext_for(language)
    subject = _("Your message to %(name)s") % {"name": name}
    text = _("You have shown that %(address)s is your address. From here you write to %(name)s.") % {
        "address": writer,
        "name": name,
    }
    fields = [mailbox("From", address, name), mailbox("To", writer), field("Subject", subject)]
    return mail(fields, text_piece("plain", f"{text}\n")), subject
