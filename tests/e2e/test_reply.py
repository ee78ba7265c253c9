"""A recipient replies on the page; the sender gets it in the thread, and his answer goes the protected way back."""

from __future__ import annotations

import random
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.post import SENDER, Post, plain
from tests.e2e.recipient import Recipient, is_notification, link_in
from tests.e2e.writing_back import answer_to, conversation, from_jan, jan_reads, message_ids, write

MakeRecipient = Callable[..., Recipient]


def own_id(raw: bytes) -> str:
    found = re.search(rb"(?m)^Message-ID: (<[^>]+>)", raw)
    assert found
    return found[1].decode()


def test_the_sender_gets_the_reply_in_the_thread_with_its_files(post: Post, recipient: MakeRecipient) -> None:
    jan = recipient()
    raw = jan_reads(jan, post, headers="References: <eerder@kliniek.example>\nIn-Reply-To: <eerder@kliniek.example>\n")
    files = {
        "verslag één & twee.pdf": ("application/pdf", b"%PDF-1.4 " + bytes(range(256)) * 50),
        "leeg.txt": ("text/plain", b""),
    }
    page = write(jan, "Dank u wel.\n\n- een vraag\n- nog een vraag", files)
    assert page.status == 200 and "/conversation" in page.url
    letter = post.wait_for_mail(SENDER, from_jan(jan))
    assert letter.header("From") == '"Jan Jansen (via De Kliniek)" <no-reply@kliniek.example>'
    assert letter.header("Reply-To") == f"Jan Jansen <{jan.address}>"
    assert letter.header("To") == f"Anna de Wit <{SENDER}>"
    assert letter.header("Subject") == "Re: Uw gegevens"
    assert message_ids(letter.message, "In-Reply-To") == [own_id(raw)]
    assert message_ids(letter.message, "References") == ["<eerder@kliniek.example>", own_id(raw)]
    assert not letter.header("Auto-Submitted") and letter.header("Date") and not letter.message.defects
    for kind in ("plain", "html"):
        assert "Dank u wel." in letter.body(kind) and "wachtwoord per e-mail" in letter.body(kind)
    assert "<li>nog een vraag</li>" in letter.body("html")
    told = {name: (kind, content) for name, kind, content in letter.attachments()}
    assert told == files
    assert re.fullmatch(r"<no-reply\+z[a-z2-7]{24}@kliniek\.example>", letter.header("Return-Path"))
    post.settle()
    assert [each for each in post.letters(jan.address) if from_jan(jan)(each)] == [], "nothing of it goes outside"


def test_his_answer_by_ordinary_mail_is_sealed_and_stands_in_the_conversation(
    post: Post, recipient: MakeRecipient
) -> None:
    jan = recipient()
    jan_reads(jan, post)
    write(jan, "Mag ik iets vragen?")
    letter = post.wait_for_mail(SENDER, from_jan(jan))
    before = len(post.letters(jan.address))
    post.send(answer_to(letter, "Natuurlijk, de appelboom bloeit."), jan.address)
    post.settle()
    fresh = post.letters(jan.address)[: len(post.letters(jan.address)) - before]
    assert [is_notification(each) for each in fresh] == [True]
    assert b"appelboom" not in fresh[0].raw
    page = conversation(jan)  # in the browser that was in already: nothing is unlocked again
    for words in ("Uw gegevens", "Re: Uw gegevens"):
        assert words in page.text
    assert "appelboom" in jan.visitor.get(f"{_newest_message(page)}/body").text


def _newest_message(page: object) -> str:
    links = [link for link in page.links if re.search(r"/m/[A-Za-z0-9_-]{43}/message$", link)]  # type: ignore[attr-defined]
    return str(links[-1]).removesuffix("/message")


@pytest.mark.parametrize(
    ("headers", "protected"),
    [
        ({}, True),
        ({"References": ""}, True),
        ({"In-Reply-To": ""}, True),
        ({"References": "", "In-Reply-To": ""}, True),  # the reference in the quoted text is left
        ({"In-Reply-To": "<anders@post.example>", "References": "<anders@post.example>"}, True),
    ],
)
def test_an_answer_is_known_by_any_of_the_marks(
    post: Post, recipient: MakeRecipient, headers: dict[str, str], protected: bool
) -> None:
    jan = recipient()
    jan_reads(jan, post)
    write(jan, "Mag ik iets vragen?")
    letter = post.wait_for_mail(SENDER, from_jan(jan))
    post.send(answer_to(letter, "De appelboom bloeit.", **headers), jan.address)
    post.settle()
    assert any(b"appelboom" in each.raw for each in post.letters(jan.address)) is not protected


def test_a_colleague_who_was_on_the_message_gets_the_reply_when_he_is_chosen(
    post: Post, recipient: MakeRecipient
) -> None:
    jan = recipient()
    bram = post.somebody("bram", "kliniek.example")
    jan_reads(jan, post, to=f"{jan.address}, Bram Bakker <{bram}>")
    write(jan, "Voor u allebei", more={"to-1": bram})
    for address in (SENDER, bram):
        letter = post.wait_for_mail(address, from_jan(jan))
        assert letter.header("To") == f"Anna de Wit <{SENDER}>, Bram Bakker <{bram}>"
    write(jan, "Alleen voor u")
    post.wait_for_mail(SENDER, lambda each: "Alleen voor u" in each.body("plain"))
    post.settle()
    assert not [each for each in post.letters(bram) if "Alleen voor u" in each.body("plain")]


def test_a_conversation_with_a_code_goes_on_with_a_code(post: Post, recipient: MakeRecipient) -> None:
    jan, number = recipient(), f"+3161{random.randrange(10**7):07}"
    zegel = [str(Path(sys.executable).parent / "zegel"), "phone", "set", "--config", str(post.stack.config)]
    subprocess.run([*zegel, jan.address, number], check=True, capture_output=True)
    post.send(plain("[zeer veilig] Uitslag", "De appelboom bloeit.", to=jan.address), jan.address)
    page = jan.visitor.submit(jan.landing().form("/code"))
    found, deadline = None, time.monotonic() + 20
    while found is None:
        assert time.monotonic() < deadline, "no SMS came"
        time.sleep(0.1)
        texts = [file.read_text() for file in post.stack.data.joinpath("sms", number).glob("*.txt")]
        found = next(filter(None, (re.search(r"#(\d{6})$", text) for text in texts)), None)
    jan.visitor.submit(page.form("/enter"), code=found[1])
    write(jan, "Mag ik iets vragen?")
    letter = post.wait_for_mail(SENDER, from_jan(jan))
    assert "code naar de telefoon" in letter.body("plain")
    first = jan.notification()
    post.send(answer_to(letter, "Natuurlijk, kom morgen."), jan.address)
    second = post.wait_for_mail(jan.address, lambda each: is_notification(each) and each.key != first.key)
    assert "morgen" not in second.raw.decode() and "Needs a code" not in conversation(jan).text
    stranger = Recipient(post, jan.address)
    forms = [form.action for form in stranger.visitor.get(link_in(second)).forms]
    assert any(each.endswith("/code") for each in forms) and not any(each.endswith("/password") for each in forms)
    assert "kom morgen" in jan.visitor.get(f"{link_in(second)}/body").text, "in the browser that is in, at once"
