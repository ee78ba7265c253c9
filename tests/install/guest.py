"""What people do in the installed machine: a sender and a recipient, with nothing but mail and a browser.

    python guest.py send WORD       Anna sends Jan a mail that has to be protected, with WORD in it; prints Jan's link
    python guest.py read WORD LINK  Jan opens LINK by a password, and finds WORD

Jan's mailbox is the folder that smtp-sink writes. Run beside page.py of the end-to-end tests.
"""

from __future__ import annotations

import email
import email.policy
import re
import smtplib
import sys
import time
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path
from urllib.error import HTTPError

from page import Page, Visitor  # type: ignore[import-not-found]

OUTSIDE = Path("/var/lib/outside")
ANNA, JAN = "anna@kliniek.example", "jan@post.example"
LINK = re.compile(r"https://[^\s/<>\"]+/m/[A-Za-z0-9_-]{43}")
PASSWORD = re.compile(r"\b[a-hjkmnp-z2-9]{4}-[a-hjkmnp-z2-9]{4}-[a-hjkmnp-z2-9]{4}\b")
SECONDS = 60


def send(word: str) -> None:
    """Raises AssertionError when the word is in any mail that left."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = ANNA, JAN, "Uw afspraak"
    mail.set_content(f"Beste Jan,\n\nUw BSN is 111222333, en het woord is {word}.\n")
    mail["Message-ID"] = own = make_msgid(domain="kliniek.example")  # which the notification keeps
    before = set(OUTSIDE.iterdir())
    with smtplib.SMTP("127.0.0.1", 25, timeout=60) as smtp:
        smtp.send_message(mail)
    print(arrived(LINK, before, own))
    assert not [file for file in OUTSIDE.iterdir() if word.encode() in file.read_bytes()], "it left in clear"


def read(word: str, link: str) -> None:
    """Opens a message by its password."""
    before, visitor = set(OUTSIDE.iterdir()), Visitor()
    page = visitor.submit(opened(visitor, link).form("/password"))
    page = visitor.submit(page.form("/enter"), password=arrived(PASSWORD, before))
    frame = next(each for each in page.frames if each.endswith("/body"))
    assert word in visitor.get(frame).text, "another message"


def opened(visitor: Visitor, link: str) -> Page:
    """The page, as soon as the portal runs: somebody may have restarted it a moment ago."""
    until = time.monotonic() + SECONDS
    while True:
        try:
            return visitor.get(link)
        except HTTPError as error:
            if error.code != 502 or time.monotonic() > until:
                raise
        time.sleep(0.5)


def arrived(pattern: re.Pattern[str], before: set[Path], part: str = "") -> str:
    """What a mail brings that was not there before."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        for file in set(OUTSIDE.iterdir()) - before:
            if part.encode() in file.read_bytes() and (found := pattern.search(text_of(file))):
                return found[0]
        time.sleep(0.5)
    raise AssertionError(f"nothing came within {SECONDS} s")


def text_of(file: Path) -> str:
    body = email.message_from_bytes(file.read_bytes(), policy=email.policy.default).get_body(("plain",))
    return str(body.get_content()) if body else ""


if __name__ == "__main__":
    if sys.argv[1] == "send":
        send(sys.argv[2])
    else:
        read(sys.argv[2], sys.argv[3])
