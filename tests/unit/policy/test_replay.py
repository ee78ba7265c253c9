"""Replaying sealed mail against other rules: what would change, in counts, without a word of what it says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest
from click.testing import CliRunner

from demo.documents import docx
from tests.support.cast import COLLEAGUE, OTHER, RECIPIENT, Built, build
from zegel.cli.main import main
from zegel.message.reader import Reader
from zegel.policy.language.load import load_rules
from zegel.policy.rules import Rules
from zegel.replay import Replay, Replayed
from zegel.settings.model import Limits

DAY = 86_400
PLAN = b"From: Anna <anna@kliniek.example>\r\nSubject: plan\r\n\r\nHet bouwplan van de lindelaan\r\n"
LARGE = PLAN + b"Nog een regel tekst van de kliniek.\r\n" * 70_000
NEW = """\
version: 1
rules:
  - {id: bsn-2, name: {en: B}, level: 1, when: {detector: bsn}}
  - id: plans
    name: {en: P}
    block: true
    reason: {en: nope}
    when: {words: [bouwplan]}
    except: {senders: [COLLEAGUE]}
  - {id: only-jan, name: {en: J}, level: 1, when: {all: [{words: [afspraak]}, {recipient: RECIPIENT}]}}
""".replace("COLLEAGUE", COLLEAGUE).replace("RECIPIENT", RECIPIENT)


def _with_file() -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"], message["Subject"] = "anna@kliniek.example", "brief"
    message.set_content("Zie bijlage.")
    content = docx("BSN 111222333", [])
    message.add_attachment(content, maintype="application", subtype="octet-stream", filename="a.docx")
    return message.as_bytes()


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    reading = Reader(Limits(), 1)
    reading.start()
    yield reading
    reading.close()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    """Mail of three days: the oldest first."""
    made = build(tmp_path_factory.mktemp("replay"))
    made.seal(RECIPIENT)  # a BSN, of three days ago
    made.clock.pass_(2 * DAY)
    for number in range(27):  # more than are read at once
        made.seal(f"r{number}@post.example")
    made.seal(RECIPIENT, OTHER, raw=_with_file())
    made.seal(RECIPIENT, raw=LARGE)
    made.seal(RECIPIENT, raw=PLAN, sender=COLLEAGUE)
    made.seal(RECIPIENT, raw=b"Subject: x\r\n\r\nOver de afspraak\r\n")
    made.seal(OTHER, raw=b"Subject: x\r\n\r\nOver de afspraak\r\n")
    (recalled,) = made.seal(RECIPIENT)
    made.clock.pass_(DAY // 2)
    store = made.core.vault.store
    store.write(lambda: store.deliveries.recall(recalled.id) and store.destroy_original(recalled.message_id))
    yield made
    made.core.close()


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    file = tmp_path_factory.mktemp("new") / "new.yaml"
    file.write_text(NEW)
    return load_rules(file)


def test_what_would_change_is_counted(house: Built, reader: Reader, rules: Rules) -> None:
    found = Replay(reader, rules).sealed(house.core, 1)
    assert (found.total, found.seen, found.gone, found.failed, found.stopped) == (33, 33, 1, 0, False)
    assert found.unchanged == 27 + 1 + 1
    assert dict(found.changed) == {("level 1", "refused"): 1, ("level 1", "left"): 2}
    assert found.after == {"bsn-2": 28, "plans": 1, "only-jan": 1}
    assert found.before == {"bsn": 32}


def test_all_days_are_looked_at_when_asked(house: Built, reader: Reader, rules: Rules) -> None:
    assert Replay(reader, rules).sealed(house.core, 30).seen == 34
    assert Replay(reader, rules).sealed(house.core, 0.1).seen == 0


def test_it_stops_when_told_and_says_how_far_it_is(house: Built, reader: Reader, rules: Rules) -> None:
    told: list[int] = []

    def progress(result: Replayed) -> bool:
        told.append(result.seen)
        return result.seen == 30

    found = Replay(reader, rules, progress).sealed(house.core, 30)
    assert (found.stopped, found.seen, found.total, told) == (True, 30, 34, list(range(1, 31)))


def test_nothing_of_the_mails_comes_out(house: Built, reader: Reader, rules: Rules) -> None:
    said = json.dumps(Replay(reader, rules).sealed(house.core, 30).as_json())
    for secret in ("lindelaan", "111222333", "@", "bijlage", "uitslag", "bouwplan"):
        assert secret not in said


def test_the_command_says_it_for_sealed_mail_and_for_samples(house: Built, tmp_path: Path) -> None:
    (tmp_path / "new.yaml").write_text(NEW)
    old = "version: 1\nrules: [{id: bsn, name: {en: B}, level: 1, when: {detector: bsn}}]\n"
    (house.folder / "rules.yaml").write_text(old)
    (tmp_path / "mails").mkdir()
    (tmp_path / "mails" / "a.eml").write_bytes(b"To: jan@post.example\r\n" + PLAN)
    (tmp_path / "mails" / "b.eml").write_bytes(b"To: jan@post.example\r\n\r\nafspraak\r\n")
    command = ["rules", "replay", "--config", str(house.folder / "zegel.yaml"), str(tmp_path / "new.yaml")]
    done = CliRunner().invoke(main, [*command, "--mails", str(tmp_path / "mails"), "--json", "--workers", "1"])
    assert json.loads(done.stdout)["changed"] == {"left -> refused": 1, "left -> level 1": 1}
    done = CliRunner().invoke(main, [*command, "--days", "100000", "--workers", "1"])
    assert done.exit_code == 0 and "refused instead of level 1, such as " in done.stdout and "only-jan" in done.stdout
    assert "Example" in CliRunner().invoke(main, ["rules", "replay", "--help"]).stdout
