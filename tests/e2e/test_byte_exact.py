"""A clean mail leaves as it came: byte for byte, but for what Postfix itself puts on top."""

from __future__ import annotations

import base64
import random
import smtplib
import subprocess
from pathlib import Path

import pytest

from tests.e2e.post import BSN, Post, plain, without_trace

HEAD = b"From: anna.dewit@kliniek.example\r\nTo: jan@post.example\r\nSubject: rooster\r\n"

CASES: dict[str, bytes] = {
    "plain": plain("Het rooster", "Tot maandag, zoë"),
    "8-bit headers": HEAD + b"X-Naam: Zo\xeb Caf\xe9 \xff\xfe\r\n\r\nhallo\r\n",
    "spaces after the colon": b"From:anna@kliniek.example\r\nSubject:   drie \r\nX-A: \r\nX-B:\t tab\r\n\r\nx\r\n",
    "folds with tabs and spaces": HEAD + b"X-Lang: een\r\n\ttwee\r\n    drie\r\n \tvier  \r\nX-Na: vijf\r\n\r\nx\r\n",
    "no newline at the end": HEAD + b"\r\nlaatste regel zonder einde",
    "blank lines at the end": HEAD + b"\r\nx\r\n\r\n\r\n \r\n\r\n",
    "dots": HEAD + b"\r\n.\r\n..\r\n.. twee\r\n.een\r\n...\r\n",
    "empty body": HEAD + b"\r\n",
    "no body": HEAD,
    "long lines": HEAD + b"\r\n" + b"a" * 997 + b"\r\n" + b"b" * 2050 + b"\r\n" + b"c d" * 40_000 + b"\r\n",
    "a long header": HEAD + b"X-Lang: " + b"woord " * 900 + b"\r\n\r\nx\r\n",
    "8-bit body": HEAD + b"\r\n\x01\x7f\x80\xa0\xff\r\n\xe2\x82\xac\r\n",
    "From line in the body": HEAD + b"\r\nFrom here on\r\n>From there\r\n",
    "repeated and unusual headers": HEAD
    + b"Subject: tweede\r\nx-KLEIN: a\r\nX-KLEIN: b\r\nReceived: eigen\r\n\r\nx\r\n",
    "an epilogue": HEAD + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\na\r\n--x--\r\nna\r\n",
    "a boundary that never comes": HEAD + b"Content-Type: multipart/mixed; boundary=x\r\n\r\npreamble\r\n",
}


@pytest.mark.parametrize("raw", CASES.values(), ids=CASES.keys())
def test_a_clean_mail_arrives_byte_identical(post: Post, raw: bytes) -> None:
    assert arrived(post, raw) == as_stored(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"Alleen tekst, geen enkele header\r\nregel twee\r\n",
        b"",
        b"\r\nalleen een body\r\n",
        b" eerst een spatie\r\n\r\nx\r\n",
    ],
    ids=["no headers", "nothing at all", "empty header", "a fold without a header"],
)
def test_what_postfix_itself_repairs_is_the_same_with_and_without_zegel(post: Post, raw: bytes) -> None:
    address = post.somebody()
    post.send(raw, address, listener=post.stack.reinjection)
    assert arrived(post, raw) == without_trace(post.wait_for_mail(address).raw)


def test_smtputf8_addresses_and_headers_pass(post: Post) -> None:
    address = post.somebody("zoë", "bücher.example")
    raw = plain("Afspraak met Zoë €", "Tot ziens, 你好", to=f"Zoë <{address}>")
    assert arrived(post, raw, address, smtputf8=True) == as_stored(raw)


def test_a_signed_mail_still_verifies(post: Post, tmp_path: Path) -> None:
    raw = signed(tmp_path, "Deze brief is ondertekend.\r\n.\r\nEn klaar.\r\n")
    delivered = arrived(post, raw)
    assert delivered == as_stored(raw)
    mail = tmp_path / "aangekomen.eml"
    mail.write_bytes(delivered)
    checked = openssl("cms", "-verify", "-in", str(mail), "-CAfile", str(tmp_path / "cert.pem"))
    assert b"Deze brief is ondertekend." in checked


def test_a_mail_of_25_mb_passes(post: Post) -> None:
    content = base64.encodebytes(random.Random(25).randbytes(18_500_000)).replace(b"\n", b"\r\n")
    assert len(content) > 25_000_000
    raw = (
        HEAD
        + b"MIME-Version: 1.0\r\nContent-Type: application/octet-stream\r\n"
        + b'Content-Disposition: attachment; filename="film.bin"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
        + content
    )
    assert arrived(post, raw, seconds=60) == as_stored(raw)


def test_several_mails_on_one_connection_do_not_mix(post: Post) -> None:
    addresses = [post.somebody() for _ in range(5)]
    with smtplib.SMTP("127.0.0.1", post.stack.ports.smtp, timeout=60) as connection:
        connection.ehlo("a.kliniek.example")
        for number, address in enumerate(addresses):
            connection.mail("anna.dewit@kliniek.example")
            connection.rcpt("afgebroken@post.example")
            connection.rset()
            connection.sendmail("anna.dewit@kliniek.example", [address], HEAD + b"\r\nmail %d\r\n" % number)
    for number, address in enumerate(addresses):
        assert without_trace(post.wait_for_mail(address).raw) == as_stored(HEAD + b"\r\nmail %d\r\n" % number)
    assert post.letters("afgebroken@post.example") == []


def test_the_reinjection_listener_does_not_ask_zegel(post: Post) -> None:
    address = post.somebody()
    raw = plain("Al gezien", f"BSN {BSN}", to=address)
    post.send(raw, address, listener=post.stack.reinjection)
    assert without_trace(post.wait_for_mail(address).raw) == as_stored(raw)


def arrived(post: Post, raw: bytes, address: str = "", *, smtputf8: bool = False, seconds: float = 10) -> bytes:
    """Send `raw` and return what stands in the mailbox, less Postfix's trace headers."""
    address = address or post.somebody()
    post.send(raw, address, smtputf8=smtputf8)
    return without_trace(post.wait_for_mail(address, seconds=seconds).raw)


def as_stored(raw: bytes) -> bytes:
    """`raw` as a Maildir keeps it: LF line ends, the last line ended."""
    stored = raw.replace(b"\r\n", b"\n")
    return stored if stored.endswith(b"\n") else stored + b"\n"


def signed(folder: Path, text: str) -> bytes:
    """An S/MIME-signed mail with a certificate of its own, left in `folder` as cert.pem."""
    key, cert, body = folder / "key.pem", folder / "cert.pem", folder / "body"
    body.write_bytes(b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + text.encode())
    openssl(
        *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=Anna de Wit"),
        *("-addext", "extendedKeyUsage=emailProtection", "-keyout", str(key), "-out", str(cert)),
    )
    mail = openssl("cms", "-sign", "-in", str(body), "-signer", str(cert), "-inkey", str(key), "-md", "sha256")
    lines = b"\r\n".join(mail.replace(b"\r\n", b"\n").split(b"\n"))
    return HEAD + lines


def openssl(*words: str) -> bytes:
    """Output of an openssl command that has to succeed."""
    done = subprocess.run(["openssl", *words], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
