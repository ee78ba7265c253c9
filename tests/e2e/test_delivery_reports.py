"""A sender who asks for a delivery report gets an honest one: passed on, never delivered."""

from __future__ import annotations

import smtplib

from demo.maildir import Letter
from tests.e2e.post import COLLEAGUE, Post, plain


def send(post: Post, raw: bytes, recipients: dict[str, list[str]], sender: str) -> None:
    """`recipients` have parameters of RCPT TO each."""
    with smtplib.SMTP("127.0.0.1", post.stack.ports.smtp, timeout=60) as connection:
        connection.ehlo("workstation.kliniek.example")
        assert connection.mail(sender, ["RET=HDRS", "ENVID=Q+2B1"])[0] == 250
        for recipient, parameters in recipients.items():
            assert connection.rcpt(recipient, parameters)[0] == 250
        assert connection.data(raw)[0] == 250


def report_about(letter: Letter, recipient: str) -> bool:
    return letter.message.get_content_type() == "multipart/report" and recipient.encode() in letter.raw


def test_success_is_reported_as_passed_on_to_who_asked_for_it(post: Post) -> None:
    asks = post.somebody("asks", "kliniek.example")
    jan, piet = post.somebody("jan"), post.somebody("piet")
    both = {jan: ["NOTIFY=SUCCESS,FAILURE", f"ORCPT=rfc822;{jan.upper()}"], piet: ["NOTIFY=FAILURE"]}
    send(post, plain("uitslag", "Uw BSN is 111222333.", sender=asks), both, asks)
    report = post.wait_for_mail(asks, lambda letter: report_about(letter, jan))
    text, status, headers = (part.as_bytes() for part in report.message.iter_parts())
    facts = status.split(b"\n\n", 1)[1]
    assert b"Original-Envelope-Id: Q+1" in facts
    assert f"Original-Recipient: rfc822;{jan.upper()}".encode() in facts
    assert f"Final-Recipient: rfc822; {jan}".encode() in facts
    assert b"Action: relayed" in facts and b"Action: delivered" not in report.raw
    assert b"Status: 2.0.0" in facts
    assert b"111222333" not in text + headers
    assert report.header("Auto-Submitted") == "auto-replied" and report.header("Return-Path") in ("", "<>")
    post.settle()
    assert [letter for letter in post.letters(asks) if report_about(letter, piet)] == []
    assert len([letter for letter in post.letters(asks) if report_about(letter, jan)]) == 1


def test_for_a_colleague_postfix_reports_itself(post: Post) -> None:
    asks, jan = post.somebody("asks", "kliniek.example"), post.somebody("jan")
    asked = {COLLEAGUE: ["NOTIFY=SUCCESS"], jan: ["NOTIFY=NEVER"]}
    send(post, plain("uitslag", "Uw BSN is 111222333.", sender=asks), asked, asks)
    report = post.wait_for_mail(asks, lambda letter: report_about(letter, COLLEAGUE))
    facts = list(report.message.iter_parts())[1]
    assert b"Action: delivered" in facts.as_bytes()
    post.settle()
    assert [letter for letter in post.letters(asks) if report_about(letter, jan)] == []
