"""Every mail in every language as the mail systems on its way see it: header, HTML, text part, SpamAssassin."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path

import pytest

from tests.e2e.mail_scenes import MAILS, OWN
from tests.support.cast import Built, build
from tests.unit.notices.notice_cast import RECIPIENT, SENDER, read
from zegel.i18n.languages import LANGUAGES
from zegel.vault.tables.records import OutboxItem
from zegel_courier.date_and_id import dated

MOST_SCORE = 1.0
BETWEEN_PEOPLE = {"message", "message-code", "files", "reply"}
"""Mails that speak for a person: an automatic answer to them is not held back, and out-of-office replies may come."""
REPORTS = {"hold-bounce", "failure"}
TO = {"sms-alarm": "beheer@kliniek.example", "sms-full": "beheer@kliniek.example", "reply": SENDER}
OF_RECIPIENTS = BETWEEN_PEOPLE | {"password", "proof", "new-device", "passkey-added", "passkey-added-ended"}
FOR_OUTLOOK = (
    r'attribute "(align|valign|bgcolor|cellpadding|cellspacing|border|width|height|clear)" not allowed for HTML5'
)
"""Attributes that HTML 5 has given up and that Outlook needs, for it lays mails out as Word does."""
every_mail = pytest.mark.parametrize("name", MAILS)
every_language = pytest.mark.parametrize("language", LANGUAGES)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    made = build(tmp_path_factory.mktemp("core"))
    yield made
    made.core.close()


def as_sent(built: Built, name: str, language: str) -> bytes:
    """The mail as the courier hands it to Postfix."""
    item = OutboxItem(7, name, 1, 1, b"", "claimed", built.clock(), 1, 0.0, "")
    return dated(built.core, item, MAILS[name](language))


@every_language
@every_mail
def test_the_header_is_right(name: str, language: str, built: Built) -> None:
    mail = read(as_sent(built, name, language))
    fields = [field.lower() for field in list(mail)]
    once = ("from", "to", "subject", "date", "message-id", "mime-version", "content-type")
    assert {field: fields.count(field) for field in once} == dict.fromkeys(once, 1)
    to = TO.get(name, RECIPIENT if name in OF_RECIPIENTS else SENDER)
    assert [each.addr_spec for each in mail["To"].addresses] == [to]
    assert [each.addr_spec for each in mail["From"].addresses] == [
        SENDER if name in BETWEEN_PEOPLE - {"reply"} else OWN
    ]
    assert parsedate_to_datetime(mail["Date"]).utcoffset() is not None
    assert re.fullmatch(r"<[^<>@\s]+@kliniek\.example>", mail["Message-ID"])
    wanted = None if name in BETWEEN_PEOPLE else "auto-replied" if name in REPORTS else "auto-generated"
    assert mail["Auto-Submitted"] == wanted
    assert not [field for field in fields if field.startswith("list-") or field in ("precedence", "bcc", "x-mailer")]


def test_a_mail_that_is_sent_twice_is_the_same_mail_and_two_mails_are_two(built: Built) -> None:
    one, again = (as_sent(built, "password", "nl") for _ in range(2))
    assert one == again and read(one)["Message-ID"] != read(as_sent(built, "locked", "nl"))["Message-ID"]
    assert dated(built.core, OutboxItem(8, "x", 1, 1, b"", "claimed", 0.0, 1, 0.0, ""), one) == one


@every_language
@every_mail
def test_the_html_is_valid(name: str, language: str) -> None:
    page = html_of(MAILS[name](language))
    if page is None:
        assert name in REPORTS
        return
    assert shutil.which("tidy")
    done = subprocess.run(["tidy", "-q", "-e"], input=page.encode(), capture_output=True, check=False)
    told = [line for line in done.stderr.decode().splitlines() if line and not re.search(FOR_OUTLOOK, line)]
    assert told == []
    assert 'lang="' + language in page and len(page.encode()) < 60_000


def test_the_validator_is_awake() -> None:
    broken = "<!DOCTYPE html><html lang=nl><title>x</title><p><b>a</i><div id=a></div><table><tr><td id=a></table>"
    done = subprocess.run(["tidy", "-q", "-e"], input=broken.encode(), capture_output=True, check=False)
    assert "already defined" in done.stderr.decode() and "unexpected i" in done.stderr.decode()


@every_language
@every_mail
def test_the_text_part_stands_alone(name: str, language: str) -> None:
    """Every sentence, fact and link of the HTML is in the text too."""
    raw = MAILS[name](language)
    page, text = html_of(raw), text_of(raw)
    if page is None:
        return
    flat = squeezed(text)
    without = re.sub(r"<!--.*?-->|<(style|title)\b.*?</\1>|<!DOCTYPE[^>]*>", " ", page, flags=re.DOTALL)
    said = [squeezed(html.unescape(piece)) for piece in re.split(r"<[^>]*>", without)]
    numbers = {str(number) for number in range(1, 10)}  # of the steps, which the text has with a full stop
    missing = [piece for piece in said if piece and piece not in flat and piece not in numbers | {"·", ""}]
    only_for_buttons = {squeezed(each) for each in BUTTON_FALLBACK[language]}
    assert [piece for piece in missing if piece not in only_for_buttons] == []
    for link in re.findall(r'href="([^"]+)"', page):
        assert html.unescape(link).removeprefix("mailto:") in text


BUTTON_FALLBACK = {
    "nl": ("Werkt de knop niet?", "Kopieer dan dit adres naar uw browser:"),
    "en": ("Does the button not work?", "Copy this address into your browser:"),
    "de": ("Funktioniert die Schaltfläche nicht?", "Kopieren Sie diese Adresse in Ihren Browser:"),
    "fr": ("Le bouton ne fonctionne pas ?", "Copiez cette adresse dans votre navigateur :"),
}
"""The text has no button that could not work."""


@every_language
@every_mail
def test_nothing_is_loaded_and_images_are_not_needed(name: str, language: str) -> None:
    page = html_of(MAILS[name](language)) or ""
    assert not re.search(r'(?:src|background)="(?!cid:)|url\(|@import|<script|<form|<link|<iframe', page)
    assert all(' alt="' in image for image in re.findall(r"<img[^>]*>", page))


@every_language
def test_spamassassin_finds_nothing_to_say(language: str, built: Built, tmp_path: Path) -> None:
    told = zip(MAILS, spam_scores([as_sent(built, name, language) for name in MAILS], tmp_path), strict=True)
    assert {name: (score, tests) for name, (score, tests) in told if score >= MOST_SCORE} == {}


def test_spamassassin_is_awake(tmp_path: Path, built: Built) -> None:
    test_line = b"XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
    spam = b"From: a@post.example\r\nTo: b@post.example\r\nSubject: x\r\n\r\n" + test_line + b"\r\n"
    bare = MAILS["password"]("en")  # without what the courier adds
    (worst, _), (undated, tests) = spam_scores([spam, bare], tmp_path)
    assert worst > 900 and undated >= MOST_SCORE and "MISSING_DATE" in tests


def spam_scores(mails: list[bytes], home: Path) -> list[tuple[float, str]]:
    """What SpamAssassin gives each mail, and for what: its own rules only, nothing asked of the network or kept."""
    placed = [f"X-Place: {place}\r\n".encode() + _arrived(mail) for place, mail in enumerate(mails)]
    box = b"".join(b"From a Mon Nov  2 10:00:02 2026\n" + mail.replace(b"\r\n", b"\n") + b"\n\n" for mail in placed)
    rules = ("use_bayes 0", "skip_rbl_checks 1", "report_safe 0", "fold_headers 0")
    shown = "add_header all Given _SCORE_ _TESTS(,)_"
    found = subprocess.run(
        ["spamassassin", "--local", "--mbox", "--prefspath=/dev/null", *(f"--cf={rule}" for rule in (*rules, shown))],
        input=box,
        capture_output=True,
        check=True,
        env={"HOME": str(home), "PATH": "/usr/bin:/bin", "LC_ALL": "C"},
    )
    told = {}  # they come out in any order
    for score, tests, place in re.findall(rb"(?ms)^X-Spam-Given: (-?[\d.]+) (\S*).*?^X-Place: (\d+)$", found.stdout):
        told[int(place)] = (float(score), tests.decode())
    assert len(told) == len(mails), found.stderr.decode()[-500:]
    return [told[place] for place in range(len(mails))]


def _arrived(mail: bytes) -> bytes:
    """The mail with what the server of a recipient writes on top, two seconds after it was sent."""
    date = str(_parsed(mail)["Date"] or "Mon, 2 Nov 2026 10:00:00 +0100")
    taken = format_datetime(parsedate_to_datetime(date) + timedelta(seconds=2))
    server = "from mail.kliniek.example (mail.kliniek.example [9.9.9.9])\r\n\tby mx.post.example with ESMTPS id 4Cx7"
    return f"Received: {server}; {taken}\r\n".encode() + mail


def html_of(raw: bytes) -> str | None:
    part = _parsed(raw).get_body(("html",))
    return None if part is None else str(part.get_content())


def text_of(raw: bytes) -> str:
    part = _parsed(raw).get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def squeezed(text: str) -> str:
    """Without blanks, bullets and the signs that keep writing directions apart: how it is folded says nothing."""
    return re.sub(r"[\s\u2068\u2069•]+", "", text)


def _parsed(raw: bytes) -> EmailMessage:
    parsed = message_from_bytes(raw, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed
