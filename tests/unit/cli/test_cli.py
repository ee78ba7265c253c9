"""The commands: stable output, clear refusals, nothing left behind."""

from __future__ import annotations

import json
import mailbox
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from tests.support.cast import NOW, RECIPIENT, Built
from zegel.cli.main import main
from zegel.vault.tables.records import OutboxItem

ROOT = Path(__file__).parents[3]
RULES = ROOT / "rules.yaml"
SECRET = b"From: a@kliniek.example\r\nSubject: s\r\n\r\nUw BSN is 111222333.\r\n"
CLEAN = b"From: a@kliniek.example\r\nSubject: s\r\n\r\nTot morgen.\r\n"


def zegel(*words: object, answer: str = "") -> Result:
    return CliRunner().invoke(main, [str(word) for word in words], input=answer)


def test_a_new_key_is_made_once(tmp_path: Path) -> None:
    file = tmp_path / "master.key"
    assert zegel("key", "new", file).exit_code == 0
    kept = file.read_bytes()
    assert zegel("key", "new", file).exit_code == 1
    assert file.read_bytes() == kept
    assert zegel("key", "new", tmp_path / "no" / "folder").exit_code == 1


def test_rules_check_says_all_is_well_or_where_it_is_not(tmp_path: Path) -> None:
    assert zegel("rules", "check", RULES).exit_code == 0
    bad = tmp_path / "rules.yaml"
    bad.write_text("version: 1\nrules:\n  - id: x\n    levle: 1\n  - id: x\n    level: 9\n", encoding="utf-8")
    done = zegel("rules", "check", bad)
    assert done.exit_code == 1
    lines = done.output.splitlines()
    assert len(lines) > 2 and all(line.startswith(f"{bad}:") for line in lines)
    assert any(line.startswith(f"{bad}:4:5: unknown key 'levle'; did you mean 'level'?") for line in lines)


def test_explain_gives_a_json_line_a_mail_from_files_maildirs_and_mboxes(tmp_path: Path) -> None:
    (tmp_path / "one.eml").write_bytes(SECRET)
    maildir = mailbox.Maildir(tmp_path / "Maildir")
    maildir.add(CLEAN)
    box = mailbox.mbox(tmp_path / "box")
    box.add(SECRET)
    box.add(CLEAN)
    box.close()
    where = [tmp_path / "one.eml", tmp_path / "Maildir", tmp_path / "box"]
    done = zegel("rules", "explain", "--rules", RULES, "--json", *where)
    assert done.exit_code == 0, done.output
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["level"] for answer in answers] == [1, 0, 1, 0]
    assert set(answers[0]) >= {"file", "level", "scope", "matches", "unreadable"}
    (match,) = answers[0]["matches"]
    assert set(match) >= {"rule", "detector", "where", "part", "sample", "count"}
    assert (match["detector"], match["where"], match["count"]) == ("bsn", "body", 1)
    assert "111222333" not in done.output


def test_explain_for_people_names_rule_sample_and_place(tmp_path: Path) -> None:
    (tmp_path / "one.eml").write_bytes(SECRET)
    done = zegel("rules", "explain", "--rules", RULES, tmp_path / "one.eml")
    assert "is protected with a password" in done.output
    assert "111••••33" in done.output and "in body" in done.output and "111222333" not in done.output


def test_text_shows_what_is_read_and_from_where(tmp_path: Path) -> None:
    (tmp_path / "one.eml").write_bytes(SECRET)
    (tmp_path / "list.csv").write_bytes(b"naam;BSN\r\njan;111222333\r\n")
    done = zegel("rules", "text", tmp_path / "one.eml", tmp_path / "list.csv")
    assert done.exit_code == 0, done.output
    assert f"=== {tmp_path}/one.eml body 1\nUw BSN is 111222333." in done.output
    assert f"=== {tmp_path}/list.csv attachments" in done.output


def items(built: Built) -> list[OutboxItem]:
    return list(built.core.vault.store.outbox.list(["due", "claimed", "stuck", "done"]))


def test_the_outbox_can_be_seen_retried_and_dropped(built: Built) -> None:
    built.seal(RECIPIENT)
    config = ["--config", built.folder / "zegel.yaml"]
    (item,) = items(built)
    store = built.core.vault.store
    store.write(lambda: store.outbox.stick(item.id, "ValueError at x.py:1"))
    listed = zegel("outbox", "list", *config)
    headings, row, count = listed.output.splitlines()
    assert headings.split() == ["item", "state", "kind", "tries", "age", "queue", "id", "recipient", "last", "answer"]
    assert row.split()[:4] == [str(item.id), "stuck", "notification", "0"] and RECIPIENT in row and "ValueError" in row
    assert count == "1 items" and zegel("outbox", "list", "--help").output.count("Example: zegel outbox list") == 1
    shown = zegel("outbox", "show", *config, item.id)
    assert RECIPIENT in shown.output and "ValueError at x.py:1" in shown.output and "111222333" not in shown.output
    assert zegel("outbox", "retry", *config, item.id).exit_code == 0
    assert items(built)[0].state == "due"
    assert zegel("outbox", "drop", *config, item.id, answer="n\n").exit_code == 1
    assert len(items(built)) == 1
    assert zegel("outbox", "drop", *config, item.id, answer="y\n").exit_code == 0
    assert items(built) == []
    assert "dropped" in [event.kind for event in store.audit_log.events()]
    assert zegel("outbox", "show", *config, 12345).exit_code == 1
    assert NOW


def test_check_says_what_is_wrong_and_what_to_do(built: Built) -> None:
    done = zegel("check", "--config", built.folder / "zegel.yaml")
    assert done.exit_code == 2
    assert "ok      settings and master key" in done.output
    assert "ok      database" in done.output
    assert "WRONG   rules: " in done.output and "rules.yaml" in done.output
    assert "WRONG   milter: nothing answers" in done.output
    assert "Traceback" not in done.output


@pytest.mark.parametrize("command", ["check", "outbox list", "outbox show 1"])
def test_broken_settings_are_refused_by_every_command_at_their_line(tmp_path: Path, command: str) -> None:
    file = tmp_path / "zegel.yaml"
    file.write_text("organisation: {nmae: x}\n", encoding="utf-8")
    done = zegel(*command.split(), "--config", file)
    assert done.exit_code == 78
    assert not done.output or f"{file}:1:" in done.output


def commands(group: click.Group, before: str = "zegel") -> list[str]:
    found = []
    for name, command in group.commands.items():
        path = f"{before} {name}"
        found += commands(command, path) if isinstance(command, click.Group) else [path]
    return found


def test_every_command_is_documented() -> None:
    documents = "\n".join(path.read_text(encoding="utf-8") for path in [*ROOT.glob("docs/*.md"), ROOT / "README.md"])
    assert [command for command in commands(main) if command not in documents] == []
