"""The intake decides as its story says: what passes, what is sealed, for whom, once."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import sqlite3
import threading
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest

from tests.support.cast import COLLEAGUE, OTHER, RECIPIENT, SENDER, Built
from tests.support.shipped import shipped_rules
from zegel.errors import RefusedByRule
from zegel.intake import Intake, Outcome
from zegel.mail.envelope import Envelope
from zegel.mail.own_mark import has_valid_mark, marked
from zegel.mail.reply_reference import reference
from zegel.message.reader import Mail, Reader, ReadOptions
from zegel.ownership import NobodyToAsk
from zegel.policy.language.load import load_rules
from zegel_courier.composer import Composer

RULES = shipped_rules()
CLEAN = b"From: Anna <anna@kliniek.example>\r\nSubject: afspraak\r\nMessage-ID: <1@x>\r\n\r\nTot morgen.\r\n"
SECRET = CLEAN.replace(b"Tot morgen.", b"Uw BSN is 111222333.")


@pytest.fixture
def intake(built: Built, reader: Reader) -> Intake:
    return Intake(built.core, reader, lambda: RULES)


def envelope(*recipients: str, sender: str = SENDER, authenticated: bool = False) -> Envelope:
    return Envelope("ABC", sender, recipients, authenticated)


def unanswered(outcome: Outcome) -> None:
    """Postfix was gone before the answer was whole."""
    with contextlib.suppress(ConnectionError), outcome.answering():
        raise ConnectionError


def stored(built: Built) -> list[str]:
    return [recipient for (recipient,) in rows(built, "SELECT recipient FROM delivery ORDER BY recipient")]


def rows(built: Built, query: str) -> list[Any]:
    with closing(sqlite3.connect(built.folder / "zegel.db")) as database:
        return database.execute(query).fetchall()


@pytest.mark.parametrize(
    "passing",
    [
        envelope(COLLEAGUE),
        envelope("IT@KLINIEK.EXAMPLE"),
        envelope(),
    ],
    ids=["to a colleague", "another way to write our domain", "to nobody"],
)
def test_what_is_not_outgoing_passes_unread(intake: Intake, built: Built, passing: Envelope) -> None:
    assert intake.receive(passing, SECRET).kind == "pass"
    assert stored(built) == []


@pytest.mark.parametrize(
    ("sender", "written"),
    [
        ("stranger@elders.example", b"piet@post.example"),
        ("", b"piet@post.example"),
        ("", b"MAILER-DAEMON@kliniek.example"),
    ],
    ids=["not ours", "no sender", "a bounce"],
)
def test_what_is_not_ours_passes_unread(intake: Intake, built: Built, sender: str, written: bytes) -> None:
    mail = SECRET.replace(b"anna@kliniek.example", written)
    assert intake.receive(envelope(RECIPIENT, sender=sender), mail).kind == "pass"
    assert stored(built) == []


def test_incoming_mail_is_not_touched_however_it_is_addressed(intake: Intake) -> None:
    odd = Envelope("ABC", "piet@post.example", (COLLEAGUE,), doubtful=frozenset({COLLEAGUE}))
    assert intake.receive(odd, SECRET.replace(b"anna@kliniek.example", b"piet@post.example")).kind == "pass"


@pytest.mark.parametrize("sender", ["www-data@web01.kliniek.example", "bounce-7@mailer.example", ""])
def test_what_says_that_it_is_from_us_is_ours_and_its_author_is_told(intake: Intake, built: Built, sender: str) -> None:
    assert intake.receive(envelope(RECIPIENT, sender=sender), SECRET).kind == "sealed"
    assert rows(built, "SELECT sender FROM message") == [(SENDER,)]


def test_what_is_passed_on_is_the_organisation_s_and_its_postmaster_is_told(intake: Intake, built: Built) -> None:
    mail = SECRET.replace(b"Anna <anna@kliniek.example>", b"Piet <piet@post.example>")
    assert (
        intake.receive(envelope(RECIPIENT, sender="SRS0=a=b=post.example=piet@kliniek.example"), mail).kind == "sealed"
    )
    ((message, sender),) = rows(built, "SELECT id, sender FROM message")
    assert sender == "postmaster@kliniek.example"
    headline = built.core.vault.headline(message, built.clock())
    assert (headline.name, headline.author) == ("Piet via De Kliniek", "")


def test_with_nobody_to_ask_it_is_refused_for_good_and_nothing_is_kept(intake: Intake, built: Built) -> None:
    mail = SECRET.replace(b"Anna <anna@kliniek.example>", b"Piet <piet@post.example>")
    nobody = envelope(RECIPIENT, sender="", authenticated=True)
    with pytest.raises(NobodyToAsk):
        intake.receive(nobody, mail)
    assert stored(built) == []
    assert intake.receive(nobody, mail.replace(b"111222333", b"1")).kind == "clean"


def test_a_logged_in_sender_is_ours_under_any_address(intake: Intake) -> None:
    assert intake.receive(envelope(RECIPIENT, sender="x@elders.example", authenticated=True), SECRET).kind == "sealed"


def test_clean_mail_leaves_no_trace(intake: Intake, built: Built) -> None:
    assert intake.receive(envelope(RECIPIENT), CLEAN).kind == "clean"
    assert stored(built) == [] and list(built.core.vault.store.audit_log.events()) == []


def test_only_outsiders_are_protected_each_once(intake: Intake, built: Built) -> None:
    outcome = intake.receive(envelope(RECIPIENT, COLLEAGUE, OTHER, RECIPIENT), SECRET)
    assert outcome.protected == (RECIPIENT, OTHER)
    assert stored(built) == [OTHER, RECIPIENT]


def test_where_postfix_cannot_delete_the_courier_serves_everybody(intake: Intake, built: Built) -> None:
    mixed = dataclasses.replace(envelope(RECIPIENT, COLLEAGUE), deletable=False)
    outcome = intake.receive(mixed, SECRET)
    assert (outcome.kind, outcome.discard, outcome.protected) == ("sealed", True, (RECIPIENT,))
    with built.core.vault.store.database.atomic():
        items = built.core.vault.store.outbox.claim("test", built.clock(), 60, 10)
    mails = [Composer(built.core).compose(item) for item in items]
    (copy,) = (each for each in mails if each is not None and each.recipient == COLLEAGUE)
    assert (copy.sender, copy.content) == (SENDER, SECRET)
    assert {each.recipient for each in mails if each is not None} == {RECIPIENT, COLLEAGUE}
    assert not any(b"111222333" in each.content for each in mails if each is not None and each is not copy)


def test_where_postfix_deletes_it_serves_colleagues_itself(intake: Intake, built: Built) -> None:
    assert not intake.receive(envelope(RECIPIENT, COLLEAGUE), SECRET).discard
    assert rows(built, "SELECT kind FROM outbox") == [("notification",)]


def test_a_recipient_is_written_in_the_language_that_he_chose(intake: Intake, built: Built) -> None:
    built.core.people.choose_language(RECIPIENT, "en")
    intake.receive(envelope(RECIPIENT.upper(), OTHER), SECRET)
    assert dict(rows(built, "SELECT lower(recipient), language FROM delivery")) == {RECIPIENT: "en", OTHER: "nl"}


def test_a_recipient_named_in_several_ways_gets_one_notification_and_none_of_them_the_mail(
    intake: Intake, built: Built
) -> None:
    ways = (RECIPIENT, RECIPIENT.upper(), RECIPIENT.replace("post", "Post"))
    assert intake.receive(envelope(*ways), SECRET).protected == ways
    assert stored(built) == [RECIPIENT]


def test_our_own_mark_lets_pass_and_a_copied_one_does_not(intake: Intake, built: Built) -> None:
    key = built.core.vault.keys.mark
    ours = marked(key, SECRET)
    assert intake.receive(envelope(RECIPIENT), ours).kind == "pass"
    for here, there in ((b"111222333", b"123456782"), (b"afspraak", b"dossier"), (b"From: Anna", b"From: Eva")):
        assert intake.receive(envelope(RECIPIENT), ours.replace(here, there)).kind == "sealed"


def test_what_was_brought_to_one_recipient_is_protected_on_its_way_to_the_next(intake: Intake, built: Built) -> None:
    """A colleague's copy, whose mailbox forwards it to the outside."""
    brought = marked(built.core.vault.keys.mark, SECRET, COLLEAGUE)
    assert intake.receive(envelope(COLLEAGUE), brought).kind == "pass"
    for others in ((RECIPIENT,), (COLLEAGUE, RECIPIENT)):
        assert intake.receive(envelope(*others), brought).protected == (RECIPIENT,)
    assert intake.receive(envelope(OTHER), marked(built.core.vault.keys.mark, SECRET, OTHER)).kind == "pass"


def test_a_mark_survives_added_headers_and_line_ends_but_not_another_key_or_place(built: Built) -> None:
    key = built.core.vault.keys.mark
    ours = marked(key, CLEAN)
    assert has_valid_mark(key, b"Received: x\r\n" + ours.rstrip(b"\r\n") + b"\r\n\r\n")
    assert has_valid_mark(key, ours.replace(b"\r\n", b"\n"))
    assert not has_valid_mark(b"x" * 32, ours)
    header, _, rest = ours.partition(b"\r\n")
    assert not has_valid_mark(key, rest + header + b"\r\n"), "a mark in the body counts for nothing"


def test_an_activation_word_seals_and_the_headline_is_without_it(intake: Intake, built: Built) -> None:
    mail = CLEAN.replace(b"afspraak", b"[Veilig] afspraak")
    outcome = intake.receive(envelope(RECIPIENT), mail)
    assert (outcome.kind, outcome.level) == ("sealed", 1)
    ((message,),) = rows(built, "SELECT id FROM message")
    headline = built.core.vault.headline(message, built.clock())
    assert (headline.name, headline.subject, headline.removed_words) == ("Anna", "afspraak", ("[veilig]",))
    assert headline.written is not None
    assert headline.reason["en"] == "protected at the sender's request"


def test_rules_on_trial_are_noted_also_beside_those_that_protect(built: Built, reader: Reader, tmp_path: Path) -> None:
    (tmp_path / "trial.yaml").write_text(
        "version: 1\narchive_passwords: [geheim]\npicture_seconds: 7\nrules:\n"
        "  - {id: trial, name: {nl: a, en: a}, level: 0, when: {words: [morgen]}}\n"
        "  - {id: real, name: {nl: b, en: b}, level: 1, when: {detector: bsn}}\n",
        encoding="utf-8",
    )
    rules = load_rules(tmp_path / "trial.yaml")
    intake = Intake(built.core, reader, lambda: rules)
    assert intake.receive(envelope(RECIPIENT), CLEAN).kind == "observed"
    both = SECRET + b"Tot morgen.\r\n"
    unanswered(intake.receive(envelope(RECIPIENT), both))
    assert intake.receive(envelope(RECIPIENT), both).kind == "offered again"
    events = [event.details["rules"] for event in built.core.vault.store.audit_log.events() if event.kind == "observed"]
    assert events == [["trial"], ["trial"]]


def test_each_mail_is_read_as_its_policy_says(built: Built, reader: Reader, tmp_path: Path) -> None:
    """A policy that changes while a mail is under way changes nothing for that mail."""
    asked = []

    class Recording:
        def read(self, raw: bytes, options: ReadOptions, whose: str) -> Mail:
            asked.append(options)
            return reader.read(raw, options)

    for number, line in enumerate(("archive_passwords: [geheim]\npicture_seconds: 7", "archive_passwords: [ander]")):
        path = tmp_path / f"{number}.yaml"
        path.write_text(
            f"version: 1\n{line}\nrules:\n" + "  - {id: a, name: {nl: a}, level: 1, when: {detector: bsn}}\n"
        )
        Intake(built.core, cast(Reader, Recording()), partial(load_rules, path)).receive(envelope(RECIPIENT), CLEAN)
    assert asked == [ReadOptions(("geheim",), 7), ReadOptions(("ander",))]


def test_a_session_has_no_connection_of_its_own(built: Built, intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    """libmilter carries sessions from thread to thread; a connection that ends with one in another ends the process."""
    database, connected = built.core.vault.store.database, []
    connect = database.connect

    def noted(reuse_if_open: bool = False) -> bool:
        connected.append(threading.current_thread().name)
        return bool(connect(reuse_if_open=reuse_if_open))

    monkeypatch.setattr(database, "connect", noted)
    quoted = reference(built.core.vault.keys.reply, 5, 1).encode()
    answering = SECRET.replace(b"Subject:", b"In-Reply-To: <" + quoted + b"@kliniek.example>\r\nSubject:")
    kinds = []
    for raw in (CLEAN, SECRET, answering):
        mail = raw
        session = threading.Thread(target=lambda: kinds.append(intake.receive(envelope(RECIPIENT), mail).kind))  # noqa: B023
        session.start()
        session.join()
    assert kinds == ["clean", "sealed", "sealed"]
    assert set(connected) == {"commits"}


def test_what_fails_leaves_nothing(built: Built, reader: Reader, caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> None:
        raise RuntimeError("no rules")

    failing = Intake(built.core, reader, broken)  # type: ignore[arg-type]
    with pytest.raises(RuntimeError), caplog.at_level(logging.DEBUG):
        failing.receive(envelope(RECIPIENT), SECRET)
    assert stored(built) == []
    assert "111222333" not in caplog.text


def test_what_a_rule_refuses_is_refused_for_good_noted_and_kept_nowhere(
    built: Built, reader: Reader, tmp_path: Path
) -> None:
    file = tmp_path / "block.yaml"
    rule = "{id: nope, name: {en: Nope}, block: true, reason: {nl: Mag niet, en: Not allowed}, when: {detector: bsn}}"
    file.write_text(f"version: 1\nrules: [{rule}]\n")
    rules, store = load_rules(file), built.core.vault.store
    intake = Intake(built.core, reader, lambda: rules)
    with pytest.raises(RefusedByRule) as refused:
        intake.receive(envelope(RECIPIENT, OTHER), SECRET)
    assert (refused.value.code, refused.value.status, refused.value.text) == ("550", "5.7.1", "Mag niet [nope]")
    (event,) = store.audit_log.events()
    assert (event.kind, event.actor) == ("refused", SENDER)
    assert event.details == {"rules": ["nope"], "recipients": 2, "queue_id": "ABC"}
    assert list(store.outbox.list(["due"])) == [] and store.tallies.all()["refused rule", "nope"] == 1
    assert intake.receive(envelope(RECIPIENT), CLEAN).kind == "clean"
