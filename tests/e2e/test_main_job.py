"""The main job: a sensitive mail is sealed, notified, unlocked and read."""

from __future__ import annotations

import io
import subprocess
import time
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest
import pyzipper
from playwright.sync_api import Browser, expect

from demo.documents import docx
from tests.e2e.post import BSN, SENDER, Post, plain
from tests.e2e.recipient import Recipient, link_in

MakeRecipient = Callable[..., Recipient]
SECRET = "Uw burgerservicenummer is 111222333 en de kersenbloesem staat in bloei."
FILES = {
    "uitslag & verslag.bin": bytes(range(256)) * 40,
    "notitie één.txt": "Regel één\r\nregel twee\n\x00einde".encode(),
    "leeg.dat": b"",
}


def with_files(subject: str, body: str, files: dict[str, bytes], to: str) -> bytes:
    """A mail with attachments, as it goes over the wire."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = f"Anna de Wit <{SENDER}>", to, subject
    message["Date"], message["Message-ID"] = "Sat, 21 Nov 2026 10:00:00 +0100", f"<{time.time_ns()}@kliniek.example>"
    message.set_content(body)
    for name, content in files.items():
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def test_a_bsn_in_the_body_becomes_a_notification_without_a_byte_of_it(post: Post, recipient: MakeRecipient) -> None:
    jan = recipient()
    post.send(plain("Uw gegevens", SECRET, to=jan.address), jan.address)
    sent = time.time()
    letter = jan.notification(seconds=2)
    assert letter.arrived - sent < 2
    assert BSN.encode() not in letter.raw
    assert b"kersenbloesem" not in letter.raw
    for kind in ("plain", "html"):
        assert "kersenbloesem" not in letter.body(kind)
        assert BSN not in letter.body(kind)
    assert letter.header("From") == f"Anna de Wit <{SENDER}>"
    assert letter.header("To") == jan.address
    assert letter.header("Subject") == "Uw gegevens"
    post.settle()
    assert len(post.letters(jan.address)) == 1


def test_the_password_arrives_at_once_and_opens_the_body(post: Post, recipient: MakeRecipient) -> None:
    jan = recipient()
    post.send(plain("Uw gegevens", SECRET, to=jan.address), jan.address)
    asked = jan.ask_password()
    assert asked.status == 200
    page = jan.visitor.submit(asked.form("/enter"), password=jan.password(seconds=2))
    assert page.status == 200
    assert page.url.endswith("/message")
    assert "Uw gegevens" in page.text
    assert SECRET in jan.body(page)


def test_files_and_original_are_byte_identical(post: Post, recipient: MakeRecipient) -> None:
    jan = recipient()
    raw = with_files("Drie bestanden", SECRET, FILES, jan.address)
    post.send(raw, jan.address)
    page = jan.unlock()
    assert jan.files(page) == list(FILES.values())
    assert jan.original(page) == raw


@pytest.mark.parametrize(
    "raw",
    [
        b"Subject:  twee spaties\r\nX-Tab:\tna een tab\r\n\tgevouwen\r\n\r\nBSN 111222333\r\n",
        b"Subject: caf\xe9\r\nX-Leeg:\r\n\r\n..BSN 111222333\r\n.\x80\xff\r\n.\r\n\r\n\r\n",
        b"Subject: geen lege regel\r\n\r\nBSN 111222333 zonder regeleinde",
        b"Subject: lang\r\n\r\nBSN 111222333 " + b"x" * 5000 + b"\r\n",
        b"Subject: groot\r\n\r\nBSN 111222333\r\n" + b"Een gewone regel tekst van de kliniek.\r\n" * 60_000,
    ],
    ids=["odd headers", "8-bit and dots", "no newline at the end", "a long line", "2.3 MB"],
)
def test_odd_mails_are_kept_byte_for_byte(post: Post, recipient: MakeRecipient, raw: bytes) -> None:
    jan = recipient()
    post.send(raw, jan.address)
    wanted = raw if raw.endswith(b"\r\n") else raw + b"\r\n"
    assert jan.original(jan.unlock()) == wanted


def test_everything_as_zip_opens_with_7z_and_pyzipper(post: Post, recipient: MakeRecipient, tmp_path: Path) -> None:
    jan = recipient()
    raw = with_files("Als ZIP", SECRET, {"verslag.bin": FILES["uitslag & verslag.bin"]}, jan.address)
    post.send(raw, jan.address)
    archive, password = jan.archive(jan.unlock())
    with pyzipper.AESZipFile(io.BytesIO(archive)) as opened:
        opened.setpassword(password.encode())
        contents = {name: opened.read(name) for name in opened.namelist()}
    assert contents["verslag.bin"] == FILES["uitslag & verslag.bin"]
    assert raw in contents.values()
    file = tmp_path / "alles.zip"
    file.write_bytes(archive)
    unpacked = subprocess.run(
        ["7z", "x", f"-p{password}", f"-o{tmp_path / 'uit'}", str(file)], capture_output=True, check=False
    )
    assert unpacked.returncode == 0, unpacked.stdout
    assert tmp_path.joinpath("uit", "verslag.bin").read_bytes() == FILES["uitslag & verslag.bin"]
    wrong = subprocess.run(["7z", "t", "-pfout", str(file)], capture_output=True, check=False)
    assert wrong.returncode != 0


def test_a_finding_only_in_a_file_leaves_the_body_readable(post: Post, recipient: MakeRecipient) -> None:
    jan = recipient()
    rows = [("Naam", "BSN"), ("A", BSN), ("B", "123456782"), ("C", "999990019")]
    files = {"overzicht.docx": docx("Overzicht", rows)}
    post.send(with_files("Het overzicht", "Bijgaand het overzicht, met groet.", files, jan.address), jan.address)
    letter = jan.notification()
    assert "Bijgaand het overzicht, met groet." in letter.body("plain")
    assert "Bijgaand het overzicht, met groet." in letter.body("html")
    assert letter.attachments() == []
    assert b"PK\x03\x04" not in letter.raw
    assert "overzicht.docx" in letter.body("plain")
    assert jan.files(jan.unlock()) == [files["overzicht.docx"]]


@pytest.mark.parametrize("word", ["[veilig]", "[VEILIG]", "[secure]"])
def test_an_activation_word_seals_and_leaves_the_subject(post: Post, recipient: MakeRecipient, word: str) -> None:
    jan = recipient()
    post.send(plain(f"{word} De notulen", "Niets bijzonders, maar toch.", to=jan.address), jan.address)
    letter = jan.notification()
    assert letter.header("Subject") == "De notulen"
    assert "Niets bijzonders" not in letter.body("plain") + letter.body("html")
    assert "Niets bijzonders" in jan.body(jan.unlock())


def test_mail_of_a_local_program_is_sealed_too(post: Post, recipient: MakeRecipient) -> None:
    jan = recipient()
    message = f"From: {SENDER}\nTo: {jan.address}\nSubject: Van een programma\n\n{SECRET}\n".encode()
    post.stack.postfix.sendmail(message, SENDER, [jan.address])
    assert b"kersenbloesem" not in jan.notification().raw
    assert SECRET in jan.body(jan.unlock())


def test_a_person_on_a_phone_opens_it_in_a_browser(post: Post, recipient: MakeRecipient, browser: Browser) -> None:
    jan = recipient()
    post.send(with_files("Op de telefoon", SECRET, {"brief.txt": b"hallo"}, jan.address), jan.address)
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale="nl-NL")
    page = context.new_page()
    try:
        page.goto(link_in(jan.notification()))
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.locator("form[action$='/password'] button").click()
        page.get_by_label("Wachtwoord uit de e-mail").fill(jan.password())
        page.get_by_role("button", name="Bericht openen").click()
        expect(page).to_have_url(f"{link_in(jan.notification())}/message")
        expect(page.locator("h1")).to_have_text("Op de telefoon")
        expect(page.frame_locator("iframe").locator("body")).to_contain_text("kersenbloesem")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        with page.expect_download() as download:
            page.locator("a[href*='/file/']").first.click()
        assert Path(download.value.path()).read_bytes() == b"hallo"
    finally:
        context.close()
