"""What stands before, between and behind the parts of a mail, where no reader looks and many programs do."""

from __future__ import annotations

import base64

import pytest

from tests.unit.message.message_samples import zipped
from zegel.message.reader import Reader

SECRET = "BSN 111222333"
NESTED = (
    "From: anna@kliniek.example\r\nTo: jan@post.example\r\nSubject: uitslag\r\nMIME-Version: 1.0\r\n"
    'Content-Type: multipart/mixed; boundary="inner"\r\n\r\n'
    "--inner\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    f"{base64.b64encode(SECRET.encode()).decode()}\r\n--inner\r\nContent-Type: application/zip\r\n"
    "Content-Transfer-Encoding: base64\r\n\r\nUEsDBA==\r\n--inner--\r\n"
)


def encoded(data: bytes) -> str:
    return base64.encodebytes(data).decode().replace("\n", "\r\n")


HIDDEN = {
    "a mail": NESTED,
    "a mail in base64": encoded(NESTED.encode()),
    "a part with its fields": "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    + encoded(NESTED.encode()),
    "a mail in a ZIP": encoded(zipped({"m.eml": NESTED.encode()})),
    "a file": encoded(zipped({"a.txt": SECRET.encode()})),
    "text": SECRET + "\r\n",
}


@pytest.mark.parametrize("place", ["before", "between", "behind"])
@pytest.mark.parametrize("name", HIDDEN)
def test_it_is_read(reader: Reader, name: str, place: str, caplog: pytest.LogCaptureFixture) -> None:
    spot = dict.fromkeys(("before", "between", "behind"), "") | {place: HIDDEN[name]}
    raw = (
        "From: anna@kliniek.example\r\nTo: jan@post.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/mixed; boundary="b1"\r\n\r\n'
        f"{spot['before']}\r\n--b1\r\nContent-Type: text/plain\r\n\r\nhallo\r\n--b1--\r\n{spot['between']}\r\n"
        f"--b1\r\nContent-Type: text/plain\r\n\r\ndag\r\n--b1--\r\n{spot['behind']}\r\n"
    )
    mail = reader.read(raw.encode())
    assert any(SECRET in text.content for text in mail.texts)
    assert "limit" not in {each.kind for each in mail.unreadable}
    assert "cannot be" not in caplog.text
