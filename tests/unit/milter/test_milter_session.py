"""The real Session in a real pymilter process, driven with Postfix's side of the protocol."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from demo.milter_client import HDR_LEADSPC, OFFERED, Answer, MilterError
from tests.support.cast import build
from tests.unit.milter.milter_process import SECRET
from tests.unit.milter.milter_running import Running, start
from tests.unit.milter.odd_mails import WHOLE

MOST = 4_000_000
SENDER = b"<anna@kliniek.example>"
RECIPIENT = b"<jan@post.example>"
NO_REPLIES = OFFERED & ~0xFF080
"""What an old MTA offers: every callback gets an answer."""


@pytest.fixture(scope="module")
def socket_folder() -> Iterator[Path]:
    """The folder of a test is too deep for a socket's path."""
    with tempfile.TemporaryDirectory(prefix="zegel-") as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory, socket_folder: Path) -> Iterator[Running]:
    made = start(tmp_path_factory.mktemp("milter"), socket_folder / "most", str(MOST))
    yield made
    made.process.kill()
    made.process.wait()


@pytest.fixture
def running(started: Running) -> Running:
    """The one process of all tests here, which forgets what other tests sent it."""
    return replace(started, before=started.count())


def offered(running: Running, raw: bytes, **options: Any) -> Answer:
    with running.client() as client:
        return client.offer(raw, SENDER, [RECIPIENT], **options)


def refusal(answer: Answer) -> bytes:
    """Code and status of a refusal for good."""
    assert answer.kind == "reply" and not answer.changes
    return b" ".join(answer.text.split()[:2])


@pytest.mark.parametrize("offer", [OFFERED, NO_REPLIES], ids=["no replies", "all replies"])
def test_the_intake_receives_every_byte(running: Running, offer: int) -> None:
    with running.client(offered=offer) as client:
        for raw in WHOLE.values():
            assert client.offer(raw, SENDER, [RECIPIENT]).kind == "accept"
    assert dict(zip(WHOLE, running.received(), strict=True)) == WHOLE


def test_postfix_waits_for_nothing_but_the_end_of_the_message(running: Running) -> None:
    with running.client() as client:
        waits = [bit for bit in (0x1000, 0x2000, 0x4000, 0x8000, 0x80, 0x40000, 0x80000) if not client.protocol & bit]
        not_sent = client.protocol & 0x303  # connect, helo, unknown, data
    assert waits == [0x1000, 0x2000]
    assert not_sent == 0x303


def test_an_mta_that_drops_the_leading_blank_gets_a_readable_mail(running: Running) -> None:
    with running.client(offered=OFFERED & ~HDR_LEADSPC) as client:
        client.offer(b"Subject: hallo\r\n\r\nDag\r\n", SENDER, [RECIPIENT])
    assert running.received() == [b"Subject:hallo\r\n\r\nDag\r\n"]


def test_the_envelope_arrives_as_it_was_said(running: Running) -> None:
    with running.client() as client:
        client.offer(b"\r\n", "<änne@kliniek.example>".encode(), ["<jürgen@пост.example>".encode()], queue_id="4AbCd1")
        client.offer(b"\r\n", b"<>", [RECIPIENT, b"<O'Brien+x@post.example>"], login=b"anna")
        unsafe = client.offer(b"\r\n", b"<a\xff@kliniek.example>", [RECIPIENT])
    first, second = running.notes()
    assert (first["queue_id"], first["sender"], first["recipients"]) == (
        "4AbCd1", "änne@kliniek.example", ["jürgen@пост.example"],
    )  # fmt: skip
    assert (second["sender"], second["recipients"]) == ("", ["jan@post.example", "O'Brien+x@post.example"])
    assert [(note["authenticated"], note["login"]) for note in (first, second)] == [(False, ""), (True, "anna")]
    assert refusal(unsafe) == b"553 5.1.7", "nobody could be told what became of it"


def test_a_login_name_that_is_no_utf_8_still_counts_as_a_login(running: Running) -> None:
    assert offered(running, b"Subject: x\r\n\r\nDag\r\n", login=b"\xff\xfe").kind == "accept"
    assert running.received() == [b"Subject: x\r\n\r\nDag\r\n"]
    assert (running.notes()[0]["authenticated"], running.notes()[0]["login"]) == (True, "")


def test_many_messages_go_over_one_connection_and_none_gets_into_another(running: Running) -> None:
    mails = [f"Subject: {n}\r\n\r\nmail {n}\r\n".encode() for n in range(30)]
    with running.client() as client:
        for n, raw in enumerate(mails):
            client.offer(raw, SENDER, [f"<r{n}@post.example>".encode()])
    assert running.received() == mails
    assert [note["recipients"] for note in running.notes()] == [[f"r{n}@post.example"] for n in range(30)]


def test_an_aborted_message_is_forgotten(running: Running) -> None:
    with running.client() as client:
        client.mail(SENDER)
        client.rcpt(b"<forgotten@post.example>")
        client.abort()
        client.mail(b"<bram@kliniek.example>")
        client.rcpt(b"<forgotten@post.example>")
        client.header(b"Subject", b" half")
        client.eoh()
        client.body(b"x" * 2_000_000)
        client.abort()
        assert client.offer(b"Subject: heel\r\n\r\nDag\r\n", SENDER, [RECIPIENT]).kind == "accept"
    assert running.received() == [b"Subject: heel\r\n\r\nDag\r\n"]
    assert running.notes()[0]["recipients"] == ["jan@post.example"]
    assert running.notes()[0]["sender"] == "anna@kliniek.example"


def test_a_connection_that_breaks_leaves_nothing_behind(running: Running) -> None:
    client = running.client()
    client.mail(SENDER)
    client.rcpt(RECIPIENT)
    client.body(b"x" * 2_000_000)
    client.abort()
    client.mail(SENDER)
    client.rcpt(RECIPIENT)
    client.close()
    assert offered(running, WHOLE["plain"]).kind == "accept"
    assert running.received() == [WHOLE["plain"]]
    assert not list((running.folder / "spool").iterdir())


def test_a_large_message_waits_on_disk_and_is_whole(running: Running) -> None:
    large = b"Subject: groot\r\n\r\n" + b"".join(b"regel %07d\r\n" % n for n in range(200_000))
    small = b"Subject: klein\r\n\r\n" + b"a" * 1_000_000
    assert 3_000_000 < len(large) < MOST
    for raw in (large, small):
        assert offered(running, raw).kind == "accept"
    assert running.received() == [large, small]
    assert [note["on disk"] for note in running.notes()] == [True, False]


def test_protected_recipients_are_taken_out_and_the_others_stay(running: Running) -> None:
    with running.client() as client:
        answer = client.offer(
            WHOLE["plain"], SENDER,
            [b"<sealed1@post.example>", b"<bram@kliniek.example>", "<sealed-é@post.example>".encode(), RECIPIENT],
        )  # fmt: skip
    assert answer.kind == "accept"
    assert answer.changes == (
        ("delrcpt", b"<sealed1@post.example>"),
        ("delrcpt", "<sealed-é@post.example>".encode()),
    )


def test_a_recipient_that_could_not_be_taken_out_stops_the_message_before_it_is_sealed(running: Running) -> None:
    with running.client() as client:
        for bad in ([b"<sealed\xff@post.example>", RECIPIENT], [b"<\xff@post.example>"]):
            assert refusal(client.offer(WHOLE["plain"], SENDER, bad)) == b"553 5.1.3"
    assert running.count() == 0


def test_a_message_that_nobody_may_get_is_left_without_recipients(running: Running) -> None:
    taken = [b"<sealed1@post.example>", b"<sealed2@post.example>"]
    with running.client() as client:
        answer = client.offer(WHOLE["plain"], SENDER, taken)
        assert answer == Answer("accept", tuple(("delrcpt", each) for each in taken))
        assert client.offer(WHOLE["plain"], SENDER, [RECIPIENT]) == Answer("accept")


def test_a_message_for_colleagues_is_not_even_looked_at(running: Running) -> None:
    with running.client() as client:
        assert client.offer(WHOLE["plain"], SENDER, [b"<bram@kliniek.example>"]) == Answer("accept")
    assert running.count() == 0


def test_a_report_about_a_reply_ends_here_and_other_recipients_of_it_keep_it(running: Running) -> None:
    ours, other = b"<no-reply+zabc@kliniek.example>", b"<iemand@kliniek.example>"
    with running.client() as client:
        assert client.offer(WHOLE["plain"], b"<>", [ours]) == Answer("discard")
        assert client.offer(WHOLE["plain"], b"<>", [ours, other]) == Answer("accept", (("delrcpt", ours),))
        assert client.offer(WHOLE["plain"], b"<>", [other]) == Answer("accept")
        assert client.offer(WHOLE["plain"], SENDER, [ours]) == Answer("accept"), "a report has no sender"
    assert (running.folder / "bounce.eml").read_bytes() == WHOLE["plain"]
    assert running.count() == 0


@pytest.mark.parametrize("which", ["plain", "header that is no UTF-8"])
def test_a_reply_to_all_ends_here_whoever_it_is_addressed_to(running: Running, which: str) -> None:
    with running.client() as client:
        for recipient in (b"<anna@kliniek.example>", b"<sealed@post.example>"):
            assert client.offer(WHOLE[which], b"<no-reply+aabc@kliniek.example>", [recipient]) == Answer("discard")
    assert (running.folder / "shared-7.eml").read_bytes() == WHOLE[which]
    assert running.count() == 0


@pytest.mark.parametrize("who", [b"<broken@kliniek.example>", b"<huge@kliniek.example>"])
def test_an_intake_that_fails_is_a_temporary_failure_and_its_words_are_not_logged(running: Running, who: bytes) -> None:
    with running.client() as client:
        answer = client.offer(WHOLE["plain"], who, [b"<sealed@post.example>"], queue_id="4AbCd1")
        assert answer.kind == "tempfail"
        assert client.offer(WHOLE["plain"], SENDER, [RECIPIENT]) == Answer("accept")
    assert "4AbCd1: temporary failure" in running.said()
    assert SECRET not in running.said()
    assert "Traceback" not in running.said()


def test_a_message_over_the_limit_is_refused_for_good_and_the_next_one_is_not(running: Running) -> None:
    with running.client() as client:
        assert refusal(client.offer(b"Subject: x\r\n\r\n" + b"a" * MOST, SENDER, [RECIPIENT])) == b"552 5.3.4"
        assert client.offer(WHOLE["plain"], SENDER, [RECIPIENT]) == Answer("accept")
    assert running.received() == [WHOLE["plain"]]


def test_a_large_message_that_nobody_has_to_look_at_passes(running: Running) -> None:
    large = b"Subject: x\r\n\r\n" + b"a" * MOST
    with running.client() as client:
        assert client.offer(large, SENDER, [b"<bram@kliniek.example>"]) == Answer("accept")
        assert client.offer(large, b"<jan@post.example>", [b"<bram@kliniek.example>"]) == Answer("accept")
        assert refusal(client.offer(large, b"<>", [b"<no-reply+zabc@kliniek.example>"])) == b"552 5.3.4"
    assert running.count() == 0


def test_a_message_of_many_small_headers_over_the_limit_is_refused_for_good(running: Running) -> None:
    with running.client() as client:
        client.mail(SENDER)
        client.rcpt(RECIPIENT)
        for _ in range(MOST // 60_000 + 1):
            client.header(b"X", b" " * 60_000)
        client.eoh()
        assert refusal(client.eom()) == b"552 5.3.4"
    assert running.count() == 0


def test_a_header_name_that_is_no_utf_8_never_gets_a_message_past_the_intake(running: Running) -> None:
    """Postfix takes such a line for the start of the body; another MTA may not, and pymilter cannot pass it on."""
    client = running.client(seconds=1)
    client.mail(SENDER)
    client.rcpt(RECIPIENT)
    client.header(b"Subject", b" x")
    client.header(b"Pati\xebnt", b" BSN 111222333")
    client.eoh()
    client.body(b"Dag\r\n")
    try:
        kind = client.eom().kind
    except MilterError:
        kind = "tempfail"  # silence: Postfix gives up waiting, and milter_default_action is tempfail
    client.close()
    assert kind == "tempfail"
    assert running.count() == 0


def test_a_stop_finishes_the_message_that_is_under_way(tmp_path: Path, socket_folder: Path) -> None:
    socket = socket_folder / "whole"
    (tmp_path / "rules.yaml").write_text("version: 1\nlists: {}\n", encoding="utf-8")
    build(tmp_path, f'milter: {{socket: "unix:{socket}", processes: 1}}\n').core.close()
    whole = start(tmp_path, socket, "whole")
    idle, under_way = whole.client(), whole.client()
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(under_way.offer, WHOLE["plain"], b"<slow@kliniek.example>", [b"<sealed@post.example>"])
        whole.wait_until_received()
        whole.process.terminate()
        time.sleep(0.5)
        assert whole.process.poll() is None
        assert not answer.done()
        (tmp_path / "go").touch()
        assert answer.result(timeout=10) == Answer("accept", (("delrcpt", b"<sealed@post.example>"),))
    assert whole.process.wait(timeout=10) == 0
    idle.close()
    under_way.close()


def test_connections_at_the_same_time_do_not_mix(running: Running) -> None:
    clients = [running.client() for _ in range(10)]
    for n, client in enumerate(clients):
        client.mail(b"<s%d@kliniek.example>" % n)
        client.rcpt(b"<r%d@post.example>" % n)
    for n, client in enumerate(clients):
        client.header(b"Subject", b" %d" % n)
        client.eoh()
    for n, client in reversed(list(enumerate(clients))):
        client.body(b"%d\r\n" % n)
        assert client.eom() == Answer("accept")
        client.quit()
    found = {note["sender"]: raw for note, raw in zip(running.notes(), running.received(), strict=True)}
    assert found == {f"s{n}@kliniek.example": f"Subject: {n}\r\n\r\n{n}\r\n".encode() for n in range(10)}
