"""Who gets what when several people are on one mail."""

from __future__ import annotations

from collections.abc import Callable

from tests.e2e.post import BSN, COLLEAGUE, SENDER, Post, plain, without_trace
from tests.e2e.recipient import Recipient, is_notification, link_in

MakeRecipient = Callable[..., Recipient]
BODY = f"BSN {BSN} van mevrouw De Vries."


def test_a_colleague_gets_the_original_and_each_outsider_a_link_of_his_own(
    post: Post, recipient: MakeRecipient
) -> None:
    colleague = post.somebody("bram", "kliniek.example")
    jan, eva = recipient("jan"), recipient("eva")
    raw = plain("Overleg", BODY, to=f"Bram Bakker <{colleague}>, Jan <{jan.address}>")
    post.send(raw, [colleague, jan.address, eva.address])  # eva in Bcc
    letters = [jan.notification(), eva.notification()]
    assert link_in(letters[0]) != link_in(letters[1])
    assert without_trace(post.wait_for_mail(colleague).raw) == raw.replace(b"\r\n", b"\n")
    assert [letter.header("To") for letter in letters] == [jan.address, eva.address]
    assert all(BSN.encode() not in letter.raw for letter in letters)
    assert all(BODY in someone.body(someone.unlock()) for someone in (jan, eva))


def test_nobody_learns_of_the_bcc(post: Post, recipient: MakeRecipient) -> None:
    colleague = post.somebody("bram", "kliniek.example")
    jan, hidden = recipient("jan"), recipient("verborgen")
    post.send(plain("Overleg", BODY, to=f"{colleague}, {jan.address}"), [colleague, jan.address, hidden.address])
    page = jan.unlock()
    pages = [page.text, jan.body(page), jan.original(page).decode()]
    mails = [letter.raw.decode() for letter in [*post.letters(jan.address), post.wait_for_mail(colleague)]]
    assert len(mails) == 3
    assert not [text for text in pages + mails if hidden.address in text]
    link = link_in(hidden.notification())
    assert not [text for text in pages + mails if link in text]


def test_the_link_of_one_does_not_take_the_password_of_another(post: Post, recipient: MakeRecipient) -> None:
    jan, eva = recipient("jan"), recipient("eva")
    post.send(plain("Overleg", BODY), [jan.address, eva.address])
    jan.ask_password()
    asked = eva.ask_password()
    refused = eva.visitor.submit(asked.form("/enter"), password=jan.password())
    assert BODY not in refused.text
    assert refused.form("/enter")
    assert not refused.frames


def test_mail_between_colleagues_is_left_alone(post: Post) -> None:
    colleague = post.somebody("bram", "kliniek.example")
    raw = plain("Intern", BODY, to=colleague)
    post.send(raw, colleague)
    assert without_trace(post.wait_for_mail(colleague).raw) == raw.replace(b"\r\n", b"\n")


def test_mail_from_outside_is_left_alone(post: Post) -> None:
    raw = plain("Van buiten", BODY, to=COLLEAGUE, sender="jan@post.example")
    for address in (post.somebody("bram", "kliniek.example"), post.somebody("forward")):
        post.send(raw, address, sender="jan@post.example")
        assert without_trace(post.wait_for_mail(address).raw) == raw.replace(b"\r\n", b"\n")


def test_a_bounce_with_an_empty_sender_is_left_alone(post: Post) -> None:
    address = post.somebody()
    raw = plain("Undelivered", BODY, to=address, sender="MAILER-DAEMON@kliniek.example")
    post.send(raw, address, sender="")
    assert without_trace(post.wait_for_mail(address).raw) == raw.replace(b"\r\n", b"\n")


def test_a_recipient_named_twice_is_notified_once(post: Post, recipient: MakeRecipient) -> None:
    jan = recipient()
    post.send(plain("Twee keer", BODY, to=jan.address), [jan.address, jan.address])
    jan.notification()
    post.settle()
    assert len([letter for letter in post.letters(jan.address) if is_notification(letter)]) == 1


def test_a_reply_to_the_notification_goes_to_the_sender_in_the_thread(post: Post, recipient: MakeRecipient) -> None:
    jan = recipient()
    extra = "Reply-To: Team <team@kliniek.example>\nIn-Reply-To: <a@x.example>\nReferences: <a@x.example>\n"
    raw = plain("In de draad", BODY, to=jan.address, headers=extra)
    post.send(raw, jan.address)
    letter = jan.notification()
    assert letter.header("Reply-To") == "Team <team@kliniek.example>"
    assert letter.header("In-Reply-To") == letter.header("References") == "<a@x.example>"
    assert letter.header("Message-ID").encode() in raw
    assert letter.header("Return-Path") == f"<{SENDER}>"
