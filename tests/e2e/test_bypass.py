"""Ways to write an envelope that Postfix understands and a gateway may not: nobody outside gets the original."""

from __future__ import annotations

import smtplib

import pytest

from tests.e2e.post import BSN, COLLEAGUE, SENDER, Post, plain

SECRET = f"Uw BSN is {BSN}."
OUTSIDER = "slip@post.example"


def offer(post: Post, raw: bytes, sender: str, recipients: list[str]) -> int:
    """Says the envelope exactly as it is written; the last reply code."""
    with smtplib.SMTP("127.0.0.1", post.stack.ports.smtp, timeout=60) as smtp:
        smtp.ehlo("workstation.kliniek.example")
        code = smtp.docmd("MAIL", f"FROM:{sender}")[0]
        for recipient in recipients:
            code = max(code, smtp.docmd("RCPT", f"TO:{recipient}")[0])
        return smtp.data(raw)[0] if code < 300 else code


def leaked(post: Post) -> list[str]:
    """Addresses outside the organisation whose mailbox holds the number."""
    post.settle()
    return [
        address
        for address in post.maildirs.addresses()
        if not address.endswith("@kliniek.example")
        for letter in post.letters(address)
        if BSN.encode() in letter.raw
    ]


@pytest.mark.parametrize(
    "recipient",
    [
        "<@x.example:slip@post.example>",
        "<@x.example,@y.example:slip@post.example>",
        "<slip%post.example@kliniek.example>",
        '<"slip@post.example"@kliniek.example>',
        "<post.example!slip@kliniek.example>",
        "<SLIP@POST.EXAMPLE>",
        "<slip@post.example.>",
        '<"slip"@post.example>',
        "slip@post.example",
    ],
)
def test_a_recipient_written_another_way_does_not_get_the_original(post: Post, recipient: str) -> None:
    raw = plain(f"dossier {recipient}", SECRET)
    code = offer(post, raw, f"<{SENDER}>", [f"<{COLLEAGUE}>", recipient])
    assert code == 250 or 400 <= code < 600
    assert leaked(post) == []


@pytest.mark.parametrize(
    "sender", ["<anna>", "<anna%kliniek.example>", "<kliniek.example!anna>", '<"anna@kliniek.example">']
)
def test_a_sender_written_another_way_is_still_ours(post: Post, sender: str) -> None:
    raw = plain(f"dossier van {sender}", SECRET)
    code = offer(post, raw, sender, [f"<{OUTSIDER}>"])
    assert code == 250 or 400 <= code < 600
    assert leaked(post) == []
