"""Whatever is typed, uploaded, named or answered: a reply is one well-formed mail to the people that it is for."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.conversations.replying import written
from tests.unit.notices.notice_cast import BRAND
from zegel.conversations.correspondents import addressees, name_of
from zegel.conversations.message_ids import answered, message_ids
from zegel.mail.envelope import Envelope
from zegel.message.mime.tree import parse
from zegel.notices.formatting import blocks
from zegel.notices.reply_mail import Attached, Written, reply_mail

OWN = ("kliniek.example",)
HOSTILE = st.text(max_size=80) | st.sampled_from(
    [
        "x\r\nBcc: y@post.example", "x\nTo: y", "\r", "\x00", '"', "\\", "=?utf-8?q?=0d=0aBcc:_y?=", "\ud800",
        "\u2028x", "a" * 1500, "é" * 500, "<y@post.example>", "a, b", "; filename=x", "--=_", ".", ".\r\n", "From x",
    ]
)  # fmt: skip
FIELDS = {
    "From", "Reply-To", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "MIME-Version",
    "Content-Type",
}  # fmt: skip
WRITTEN = Written(
    name="Jan", address="jan@post.example", own_address="no-reply@kliniek.example",
    to=(("anna@kliniek.example", "Anna"),), subject="uitslag", answers=("<a@x>",), references=("<b@x>",),
    message_id="<zegelref@kliniek.example>", reference="zegelref", at=1_800_000_000.0, way="password", text="hoi",
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(
    text=HOSTILE, name=HOSTILE, subject=HOSTILE, other=HOSTILE, brand=HOSTILE.filter(str.strip), file=HOSTILE,
    kind=HOSTILE | st.sampled_from(["text/plain", "multipart/mixed", "message/rfc822"]),
    content=st.binary(max_size=200), first=st.booleans(),
)  # fmt: skip
def test_any_words_give_a_well_formed_reply(
    text: str,
    name: str,
    subject: str,
    other: str,
    brand: str,
    file: str,
    kind: str,
    content: bytes,
    first: bool,
) -> None:
    to = (("anna@kliniek.example", other), ("bram@kliniek.example", name))
    reply = replace(
        WRITTEN, first=first, text=text, name=name, subject=subject, to=to, files=(Attached(file, kind, content),)
    )
    raw = reply_mail(replace(BRAND, name=brand), reply, "nl")
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"") and b"\r" not in raw.replace(b"\r\n", b"")
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert set(mail.keys()) <= FIELDS and len(mail.keys()) == len(set(mail.keys()))
    assert [each.addr_spec for each in mail["To"].addresses] == ["anna@kliniek.example", "bram@kliniek.example"]
    assert [each.addr_spec for each in mail["Reply-To"].addresses] == ["jan@post.example"]
    assert [each.addr_spec for each in mail["From"].addresses] == ["no-reply@kliniek.example"]
    types = [part.get_content_type() for part in mail.walk()]
    assert types[:4] == ["multipart/mixed", "multipart/alternative", "text/plain", "text/html"] and len(types) == 5
    (attached,) = mail.iter_attachments()
    assert attached.get_payload(decode=True) == content and attached.get_filename()


@settings(max_examples=200, deadline=None)
@given(words=st.lists(HOSTILE, min_size=3, max_size=3), sender=HOSTILE)
def test_nobody_outside_is_ever_offered(words: list[str], sender: str) -> None:
    fields = [f"{field}: {word}" for field, word in zip(("From", "Cc", "Reply-To"), words, strict=True)]
    raw = "\r\n".join([*fields, "", ""]).encode("utf-8", "surrogatepass")
    offered = addressees(parse(raw), sender, OWN)
    assert Envelope("Q", "x@kliniek.example", tuple(each.address for each in offered)).outside(OWN) == ()
    assert [each.always for each in offered] == [number == 0 for number in range(len(offered))]
    name_of(parse(raw), sender, (), ("kliniek.example",), "De Kliniek")


@settings(max_examples=200, deadline=None)
@given(value=HOSTILE | st.binary(max_size=200).map(lambda raw: raw.decode("latin-1")))
def test_message_ids_of_strangers_are_plain_or_left_out(value: str) -> None:
    root = parse(b"References: " + value.encode("utf-8", "surrogatepass") + b"\r\nIn-Reply-To: <a@x>\r\n\r\n")
    for each in (*message_ids(root, "references"), *answered(root)):
        assert each.isascii() and each.isprintable() and " " not in each and each[0] == "<" and each[-1] == ">"


@settings(max_examples=200, deadline=None)
@given(text=HOSTILE | st.text("-* \n\thtps:/.x<>&", max_size=60))
def test_formatting_loses_no_word(text: str) -> None:
    shown = "".join(run.text for block in blocks(text) for line in block.lines for run in line)
    kept = [sign for sign in text if not sign.isspace() and sign not in "-*•"]
    assert [sign for sign in shown if not sign.isspace() and sign not in "-*•"] == kept


def test_a_thousand_references_stay_fifty_and_begin_with_the_first() -> None:
    ids = [f"<{number}@x>" for number in range(1000)]
    root = parse(written("References: " + "\r\n ".join(ids), "In-Reply-To: <999@x>"))
    assert message_ids(root, "references") == (ids[0], *ids[-49:])
    assert answered(root)[:2] == ("<999@x>", "<998@x>")
