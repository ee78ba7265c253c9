"""Ways to write an envelope that Postfix understands and a gateway may not: nobody outside gets the original."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator

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


_there_before: set[tuple[str, bytes]] = set()


@pytest.fixture(autouse=True)
def there_before(post: Post) -> None:
    """Notes what other tests of the same stack delivered, such as originals to partners."""
    _there_before.clear()
    _there_before.update(_in_clear(post))


def _in_clear(post: Post) -> Iterator[tuple[str, bytes]]:
    for address in post.maildirs.addresses():
        if not address.endswith("@kliniek.example"):
            yield from ((address, letter.raw) for letter in post.letters(address) if BSN.encode() in letter.raw)


def leaked(post: Post) -> list[str]:
    """Addresses outside the organisation that got the number during this test."""
    post.settle()
    return [address for address, raw in _in_clear(post) if (address, raw) not in _there_before]


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


@pytest.mark.parametrize(
    "sender",
    [
        "<anna@kliniek.example >", "<Anna <anna@kliniek.example>>", "<<anna@kliniek.example>>",
        "<anna@kliniek.example;>", "<anna@kliniek.example (lab)>", "<,anna@kliniek.example>",
        "<team:anna@kliniek.example;>", "<anna @kliniek.example>",
        "<anna@kliniek.example(>", "<@x.example:anna@kliniek.example>",
    ],
)  # fmt: skip
def test_a_sender_that_postfix_reads_as_ours_is_refused_with_the_reason(post: Post, sender: str) -> None:
    with smtplib.SMTP("127.0.0.1", post.stack.ports.smtp, timeout=60) as smtp:
        smtp.ehlo("workstation.kliniek.example")
        if smtp.docmd("MAIL", f"FROM:{sender}")[0] == 250:
            smtp.docmd("RCPT", f"TO:<{OUTSIDER}>")
            raw = plain(f"dossier van {sender}", SECRET, sender="x@elders.example")
            code, text = smtp.data(raw)
            assert (code, text[:5]) == (553, b"5.1.7")
    assert leaked(post) == []


@pytest.mark.parametrize(
    "recipient",
    ["slip@post.example;", ",slip@post.example", "slip@post.example,", "team:slip@post.example;", "slip@post.example(",
     "(x)slip@post.example", "Slip <slip@post.example>", "<slip@post.example>", "slip@post.example (home)"],
)  # fmt: skip
@pytest.mark.parametrize("brackets", [True, False], ids=["in brackets", "without"])
def test_a_recipient_that_postfix_would_not_delete_is_refused(post: Post, recipient: str, brackets: bool) -> None:
    written = f"<{recipient}>" if brackets else recipient.replace(" ", "")
    code = offer(post, plain(f"dossier {recipient}", SECRET), f"<{SENDER}>", [f"<{COLLEAGUE}>", written])
    assert 500 <= code < 600 or written == "<slip@post.example>"
    assert leaked(post) == []


def test_mail_from_outside_is_not_refused_for_how_it_is_addressed(post: Post) -> None:
    raw = plain("vraag van buiten", SECRET, sender="piet@elders.example")
    assert offer(post, raw, "<Piet <piet@elders.example>>", ["<Bram <bram.bakker@kliniek.example>>"]) == 250
    post.wait_for_mail(COLLEAGUE, lambda letter: letter.header("Subject") == "vraag van buiten")


@pytest.mark.parametrize(
    "recipient",
    ["slip@post.example.", "slip@post.example", '"slip"@post.example', "slip@post.example;", "slip", "slip@post"],
)
def test_by_sendmail_nobody_outside_gets_the_original_and_the_colleague_does(post: Post, recipient: str) -> None:
    subject = f"langs sendmail {recipient}"
    raw = plain(subject, SECRET).replace(b"\r\n", b"\n")
    post.stack.postfix.sendmail(raw, SENDER, [COLLEAGUE, recipient])
    letter = post.wait_for_mail(COLLEAGUE, lambda letter: letter.header("Subject") == subject)
    assert BSN.encode() in letter.raw
    assert leaked(post) == []
