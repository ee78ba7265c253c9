"""Replies on their way: handed over, refused, come back, killed in the middle; who wrote sees what became of each."""

from __future__ import annotations

import sqlite3
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.support.cast import COLLEAGUE, RECIPIENT, SENDER
from tests.support.level2 import FakePostfix, Killed, Level2, killed
from tests.unit.conversations.replying import Answering
from zegel.cli.main import main
from zegel.conversations.bounces import Bounces
from zegel.delivery_error import DeliveryError
from zegel.mail.envelope import Envelope
from zegel.mail.reply_reference import Bounce, bounce_address, bounced
from zegel.vault.tables.records import Delivery
from zegel_courier.composer import Composer
from zegel_courier.mail_lane import Mails

DAY = 86_400


@pytest.fixture
def answering(level2: Level2) -> Answering:
    return Answering(level2)


def refusal(status: str, *, permanent: bool = True) -> DeliveryError:
    return DeliveryError(permanent=permanent, status=status, answer=f"{status} Jan Jansen <{RECIPIENT}> kersenbloesem")


def sent_replies(level2: Level2) -> list[tuple[str, str]]:
    return [(sender, to) for sender, to, mail in level2.postfix.mails if b"X-Zegel" not in mail and "+z" in sender]


def test_each_addressee_gets_it_from_an_address_of_ours(answering: Answering) -> None:
    level2, delivery = answering.level2, answering.seal()
    reply = answering.send(delivery, to=(COLLEAGUE,))
    assert answering.became(reply) == {SENDER: "sending", COLLEAGUE: "sending"}
    level2.run()
    key = level2.core.vault.keys.reply
    by_addressee = {to: sender for sender, to in sent_replies(level2)}
    assert {to: bounced(key, sender) for to, sender in by_addressee.items()} == {
        SENDER: Bounce(reply, 0),
        COLLEAGUE: Bounce(reply, 1),
    }
    assert all(sender.endswith("@kliniek.example") for sender in by_addressee.values())
    assert answering.became(reply) == {SENDER: "sent", COLLEAGUE: "sent"}
    events = level2.events("sealed", "notified")
    assert events == ["replied", "reply accepted", "reply accepted"]


def test_replies_go_through_the_filters_and_other_mail_past_them(answering: Answering) -> None:
    level2, filtered = answering.level2, FakePostfix()
    level2.mails = Mails(level2.core, Composer(level2.core), level2.postfix, filtered)
    answering.send(answering.seal())
    level2.run()
    assert [to for _, to, _ in level2.postfix.mails] == [RECIPIENT]
    assert [to for _, to, _ in filtered.mails] == [SENDER]


@pytest.mark.parametrize(
    ("status", "why"),
    [("5.1.1", "unknown"), ("550", "refused"), ("5.7.1", "refused"), ("552", "large"), ("5.2.2", "full")],
)
def test_a_refusal_for_good_is_shown_to_who_wrote_in_one_word(answering: Answering, status: str, why: str) -> None:
    level2, delivery = answering.level2, answering.seal()
    level2.run()
    reply = answering.send(delivery)
    level2.postfix.refusal = refusal(status)
    level2.run()
    assert answering.became(reply) == {SENDER: f"failed {why}"}
    entry = level2.core.conversations.page(delivery).entries[-1]
    assert (entry.kind, entry.state, entry.why) == ("reply", "failed", f"{why} {SENDER}")
    assert level2.due() == [], "it is not tried again"
    level2.postfix.refusal = None
    assert answering.send(delivery) != reply, "the same text may be sent again"


def test_a_temporary_refusal_is_tried_again_until_five_days_have_passed(answering: Answering) -> None:
    level2, delivery = answering.level2, answering.seal()
    level2.run()
    reply = answering.send(delivery)
    level2.postfix.refusal = refusal("4.3.0", permanent=False)
    for _ in range(5):
        level2.run()
        assert answering.became(reply) == {SENDER: "sending"}
        level2.clock.pass_(DAY)
    level2.run()
    assert answering.became(reply) == {SENDER: "failed late"}


def test_a_recall_of_the_message_does_not_take_back_what_was_answered(answering: Answering) -> None:
    level2, delivery = answering.level2, answering.seal()
    reply = answering.send(delivery)
    level2.store.write(lambda: level2.store.deliveries.recall(delivery.id))
    level2.run()
    assert answering.became(reply) == {SENDER: "sent"}


def test_a_courier_killed_between_acceptance_and_done_sends_it_once_more(answering: Answering) -> None:
    level2, delivery = answering.level2, answering.seal()
    level2.run()
    reply = answering.send(delivery)
    level2.postfix.after = killed
    with pytest.raises(Killed):
        level2.run()
    again = level2.restart()
    again.run()
    assert Answering(again).became(reply) == {SENDER: "sent"}
    ids = {mail.split(b"Message-ID: ")[1].split(b"\r\n")[0] for _, _, mail in level2.postfix.mails[-1:]}
    assert {mail.split(b"Message-ID: ")[1].split(b"\r\n")[0] for _, _, mail in again.postfix.mails} == ids
    again.core.close()


# What comes back.


def report(action: str = "failed", status: str = "5.2.2", kind: str = "delivery-status") -> bytes:
    """A delivery report as Postfix writes it, with the headers of the reply."""
    return (
        "From: MAILER-DAEMON@mail.kliniek.example\r\nSubject: Undelivered\r\nAuto-Submitted: auto-replied\r\n"
        f'Content-Type: multipart/report; report-type={kind}; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nI'm sorry to have to inform you\r\n"
        f"--b\r\nContent-Type: message/{kind}\r\n\r\nReporting-MTA: dns; mail.kliniek.example\r\n\r\n"
        f"Final-Recipient: rfc822; {SENDER}\r\nAction: {action}\r\nStatus: {status}\r\n"
        "Diagnostic-Code: X-Postfix; kersenbloesem\r\n--b--\r\n"
    ).encode()


def returned(answering: Answering, delivery: Delivery) -> tuple[int, str]:
    """A reply that Postfix has taken, and the address that a report about it goes to."""
    reply = answering.send(delivery)
    answering.level2.run()
    return reply, sent_replies(answering.level2)[-1][0]


def take(answering: Answering, raw: bytes, *recipients: str, sender: str = "") -> tuple[str, ...]:
    core = answering.level2.core
    return Bounces(core.vault, core.clock).take(Envelope("Q", sender, recipients), lambda: raw)


def test_a_report_is_noted_and_taken_away(answering: Answering) -> None:
    delivery = answering.seal()
    reply, address = returned(answering, delivery)
    assert take(answering, report(), address) == (address,)
    assert answering.became(reply) == {SENDER: "failed full"}
    assert take(answering, report(), address) == (address,), "and once more without a second event"
    assert answering.level2.events().count("reply failed") == 1


@pytest.mark.parametrize(
    "raw",
    [
        report("delayed", "4.4.1"),
        report("relayed", "2.0.0"),
        report(kind="disposition-notification"),
        b"Subject: Afwezig\r\nAuto-Submitted: auto-replied\r\n\r\nAction: failed\r\nIk ben er maandag weer\r\n",
    ],
)
def test_what_reports_no_failure_is_taken_away_and_changes_nothing(answering: Answering, raw: bytes) -> None:
    reply, address = returned(answering, answering.seal())
    assert take(answering, raw, address) == (address,)
    assert answering.became(reply) == {SENDER: "sent"}


def test_a_report_that_somebody_made_up_does_nothing(answering: Answering) -> None:
    delivery = answering.seal()
    reply, address = returned(answering, delivery)
    forged = bounce_address(b"x" * 32, "no-reply@kliniek.example", reply, 0)
    other = address.replace("+z", "+za")
    for wrong in (forged, other, "no-reply@kliniek.example", RECIPIENT):
        assert take(answering, report(), wrong) == ()
    assert take(answering, report(), address, sender="x@post.example") == (), "a report has no sender"
    assert answering.became(reply) == {SENDER: "sent"}


def test_only_its_own_address_is_taken_out_of_a_report(answering: Answering) -> None:
    _, address = returned(answering, answering.seal())
    assert take(answering, report(), "iemand@kliniek.example", address.upper()) == (address.upper(),)


def test_an_address_for_bounces_keeps_reply_and_position() -> None:
    key = b"k" * 32
    for reply, position in ((0, 0), (2**63 - 1, 99), (5, 255)):
        address = bounce_address(key, "no-reply@kliniek.example", reply, position)
        assert bounced(key, address) == Bounce(reply, position) and len(address.rpartition("@")[0]) <= 64


# What an administrator sees.


def test_the_outbox_command_tells_whom_a_reply_is_for_and_a_dropped_one_has_failed(
    answering: Answering, tmp_path: Path
) -> None:
    level2 = answering.level2
    reply = answering.send(answering.seal(), to=(COLLEAGUE,))
    config = ["--config", str(tmp_path / "zegel.yaml")]
    items = [item for item in level2.store.outbox.list(["due"]) if item.kind == "reply"]
    shown = [CliRunner().invoke(main, ["outbox", "show", *config, str(item.id)]).output for item in items]
    assert {f"to {SENDER}, sending", f"to {COLLEAGUE}, sending"} == {each.splitlines()[-1] for each in shown}
    dropped = CliRunner().invoke(main, ["outbox", "drop", *config, "--yes", str(items[0].id)])
    assert dropped.exit_code == 0, dropped.output
    assert sorted(answering.became(reply).values()) == ["failed refused", "sending"]


def test_replies_are_no_messages_on_a_senders_page_nor_in_the_report(answering: Answering, tmp_path: Path) -> None:
    level2, delivery = answering.level2, answering.seal()
    answering.send(delivery)
    level2.run()
    message = level2.store.message(delivery.message_id)
    assert message is not None
    level2.store.write(partial(level2.store.opened, delivery, level2.clock()))
    overview = level2.sender.overview(message, "nl")
    assert [(each.address, each.state) for each in overview.recipients] == [(RECIPIENT, "replied")]
    with sqlite3.connect(tmp_path / "zegel.db") as database:
        links = database.execute("SELECT sender_link_hash FROM message WHERE kind = 'reply'").fetchall()
    assert links == [(None,)]
    report_ = CliRunner().invoke(main, ["report", "--json", "--config", str(tmp_path / "zegel.yaml")])
    assert report_.exit_code == 0 and report_.output.count('"rule"') == 1
