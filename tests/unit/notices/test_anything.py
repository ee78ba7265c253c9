"""Whatever the original and the names are: what comes out is one well-formed mail to one recipient."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.notices.notice_cast import BRAND, LINK, everything, files, message, read
from zegel.notices.automatic import password_mail
from zegel.notices.bounce import failure_mail

BROKEN = st.lists(
    st.sampled_from(
        [
            b"From: a@b.example",
            b"From:",
            b"Subject: ",
            b"=?utf-8?q?=0D=0A?=",
            b"=?x?b?//8=?=",
            b"\r\n",
            b"\n",
            b"\r",
            b"\x00",
            b" ",
            b"\t",
            b"Bcc: c@d.example",
            b"To: c@d.example",
            b"\xff\xfe",
            b"<",
            b'"',
            b"--b",
            b"--b--",
            b"\xe2\x80\xae",
            b"Content-Type: multipart/mixed; boundary=b",
            b"Content-Type: text/html",
            b"Content-ID: <c>",
            b"cid:c",
            b"</body",
            b"Content-Type: application/pdf; name=x",
            b"Content-Transfer-Encoding: base64",
            b"<!--",
            b"x" * 1200,
            b"\r\n\r\n",
        ]
    ),
    max_size=40,
).map(b"".join)
IN_A_BODY = BROKEN.map(
    lambda broken: (
        b"Content-Type: multipart/mixed; boundary=z\r\n\r\n--z\r\nContent-Type: text/html\r\n\r\n<body>"
        + broken
        + b"\r\n--z\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment\r\n\r\nHIDDEN\r\n--z--\r\n"
    )
)
NAMES = st.text(max_size=60) | st.sampled_from(
    ["a@b.example\r\nBcc: c@d.example", "a, b@c.example", '"', "\ud800", "=?utf-8?q?x?="]
)


@settings(max_examples=150, deadline=None)
@given(
    original=BROKEN | IN_A_BODY | st.binary(max_size=300),
    recipient=NAMES,
    name=NAMES.filter(str.strip),
    word=NAMES,
    hide=st.booleans(),
)
def test_any_original_gives_a_well_formed_notification(
    original: bytes, recipient: str, name: str, word: str, hide: bool
) -> None:
    for compose in (message, files):
        mail = read(
            compose(
                original,
                brand=replace(BRAND, name=name, logo=None),
                recipient=recipient,
                removed_words=(word,),
                hide_subject=hide,
            )
        )
        assert "HIDDEN" not in everything(mail)
        assert mail["Bcc"] is None
        assert len(mail.get_all("To", [])) == 1
        assert len(mail.get_all("Subject", [])) == 1


@settings(max_examples=100, deadline=None)
@given(text=NAMES, other=NAMES, third=NAMES)
def test_any_names_give_a_well_formed_password_and_failure(text: str, other: str, third: str) -> None:
    password = password_mail(
        BRAND,
        sender_address=other,
        recipient=text,
        password="abcdefgh2345",
        link=LINK,
        message_sender=third,
        until=1_798_722_300.0,
        at=1_798_718_700.0,
        language="en",
    )
    failure = failure_mail(
        BRAND, to=text, failed_recipient=other, subject=third, reason=text, language="nl", from_address=third
    )
    for raw in (password, failure):
        mail = read(raw)
        assert mail["Bcc"] is None
        assert len(mail.get_all("To", [])) == 1
