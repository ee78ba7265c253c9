"""What can never succeed is refused for good, and the sender hears of it, by SMTP and by Postfix's sendmail."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator

import pytest

from demo.stack import Options, Ports, Stack
from tests.e2e.conftest import folder_for_postfix
from tests.e2e.post import COLLEAGUE, SENDER, Post, plain

MOST = 1_000_000
RULES = """\
version: 1
include: shipped
rules:
  - id: plans
    name: {nl: Bouwplan, en: Building plan}
    block: true
    reason: {nl: "Bouwplannen zijn 100% vertrouwelijk, patiënten ook"}
    when: {all: [{words: [bouwplan]}, {recipient: freemail}]}
"""
REASON = "Bouwplannen zijn 100% vertrouwelijk, patienten ook [plans]"


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    with folder_for_postfix() as folder:
        limits = {"limits": {"message_size": MOST}}
        rules = tmp_path_factory.mktemp("rules") / "rules.yaml"
        rules.write_text(RULES)
        with Stack(folder, Ports.free(), Options(settings=limits, rules=rules)) as stack:
            yield Post(stack)


def large(subject: str) -> bytes:
    return plain(subject, "Uw BSN is 111222333.\n" * (MOST // 20))


def test_a_client_is_told_that_a_message_is_too_large(post: Post) -> None:
    jan = post.somebody()
    with pytest.raises(smtplib.SMTPDataError) as refused:
        post.send(large("te groot"), [jan, COLLEAGUE])
    assert refused.value.smtp_code == 552
    assert "5.3.4 Message is larger" in str(refused.value.smtp_error)
    post.send(large("intern"), COLLEAGUE)
    assert post.wait_for_mail(COLLEAGUE, lambda letter: letter.header("Subject") == "intern")
    assert post.letters(jan) == []


def test_sendmail_returns_it_to_who_wrote(post: Post) -> None:
    jan = post.somebody()
    post.stack.postfix.sendmail(large("te groot voor sendmail").replace(b"\r\n", b"\n"), SENDER, [jan])
    report = post.wait_for_mail(SENDER, lambda letter: b"5.3.4" in letter.raw)
    assert b"larger than the 1000000 bytes" in report.raw
    post.settle()  # nothing is tried again
    assert post.letters(jan) == []


def test_a_rule_refuses_with_the_officers_reason_and_nobody_gets_anything(post: Post) -> None:
    jan, other = "jan@gmail.com", post.somebody()
    raw = plain("het plan", "Het bouwplan en BSN 111222333.")
    with pytest.raises(smtplib.SMTPDataError) as refused:
        post.send(raw, [jan, other, COLLEAGUE])
    assert (refused.value.smtp_code, refused.value.smtp_error) == (550, f"5.7.1 {REASON}".encode())
    post.stack.postfix.sendmail(raw.replace(b"\r\n", b"\n"), SENDER, [jan, other])
    report = post.wait_for_mail(SENDER, lambda letter: b"[plans]" in letter.raw)
    assert b"5.7.1" in report.raw and REASON.encode() in b" ".join(report.raw.split())
    post.send(plain("geen plan", "Het bouwplan."), other)  # not to a free mailbox
    assert post.wait_for_mail(other, lambda letter: letter.header("Subject") == "geen plan")
    post.settle()
    assert post.letters(jan) == [] and len(post.letters(other)) == 1
