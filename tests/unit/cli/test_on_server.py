"""The commands on a database of a PostgreSQL server: check, backup, restore, and moves to it and back."""

from __future__ import annotations

import contextlib
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import cast
from tests.support.cast import OTHER, RECIPIENT, Built
from tests.support.cluster import Cluster
from tests.unit.cli.home_in_use import another_key, readable, start, zegel
from zegel.cli.checks import storage as checks
from zegel.vault.engines.place import engine_of
from zegel.vault.keys import read_master_key, wrap_key
from zegel.vault.marks import LOST, MOVED
from zegel.vault.migrations import VERSION
from zegel.vault.tables import mark_schema, schema

on_server = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "home"


def on(home: Path, cluster: Cluster, sql: str) -> list[tuple[Any, ...]]:
    """Runs a statement in the database of a home."""
    name = cluster.database_of(home).url.partition("@/")[2].partition("?")[0]
    with contextlib.closing(cluster.connected(name)) as connection:
        cursor = connection.execute(sql)
        return cursor.fetchall() if cursor.description else []


def findings(built: Built) -> list[tuple[str, str]]:
    kept = built.core.settings.storage
    wrap = wrap_key(read_master_key(built.folder / "master.key"))
    found = [*checks.database(kept, None, everything=False), *checks.database(kept, None, everything=True)]
    found += [*checks.keyring(kept, None, wrap), *checks.outbox(kept.place, built.clock())]
    return [*found, *checks.audit(kept.place, built.clock()), *checks.date(kept.place)]


@on_server
def test_check_says_what_is_wrong_on_the_server(home: Path, postgresql: Cluster) -> None:
    built = start(home)
    built.seal(RECIPIENT)
    said = findings(built)
    fsync = "fsync is off on the server: a power failure loses mail or the database; set it to on"
    assert said[:2] == [("critical", fsync)] * 2, "the tests' server has no time for it"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("zegel.vault.server_inspection._SETTINGS", ("full_page_writes",))
        assert [state for state, _ in findings(built)] == ["ok"] * 5, "database twice, key ring, outbox, date"
        on(home, postgresql, "ALTER TABLE event RENAME COLUMN kind TO sort; UPDATE schema_version SET version = 3")
        assert "has version 3" in dict(findings(built))["critical"]
        on(
            home,
            postgresql,
            f"ALTER TABLE event RENAME COLUMN sort TO kind; UPDATE schema_version SET version = {VERSION}",
        )
        on(home, postgresql, "ALTER TABLE outbox RENAME TO away")
        (state, text), *_ = findings(built)
        assert state == "critical" and "does not answer" in text
        on(home, postgresql, "ALTER TABLE away RENAME TO outbox")
    another_key(home)
    assert any("the master key is not the one" in text for _, text in findings(built))
    built.core.close()
    lines = zegel(home, "upgrade-check").output
    assert "ok      database: version" in lines


@on_server
def test_a_server_that_is_away_is_named_and_its_password_is_not(home: Path, postgresql: Cluster) -> None:
    built = start(home)
    built.core.close()
    settings = home / "zegel.yaml"
    text = settings.read_text(encoding="utf-8").replace(str(postgresql.folder), str(home))
    settings.write_text(text.replace("storage: {", "storage: {database_password: secret, "), encoding="utf-8")
    (home / "secret").write_text("geheim\n", encoding="utf-8")
    (home / "secret").chmod(0o600)
    for words in (["check"], ["outbox", "list"], ["report"], ["phone", "list"], ["backup", str(home / "b")]):
        done = zegel(home, *words)
        assert done.exit_code != 0 and "geheim" not in done.output, words
        assert f"{home}/.s.PGSQL.5432" in done.output + str(done.exception or ""), (words, done.output)


@on_server
def test_a_backup_can_be_restored_and_what_was_there_stays_in_a_schema(
    home: Path, tmp_path: Path, postgresql: Cluster
) -> None:
    built = start(home)
    (kept,) = built.seal(RECIPIENT, days=10)
    done = zegel(home, "backup", str(tmp_path / "backup"))
    assert done.exit_code == 0 and "with 1 messages" in done.output
    files = {str(path.relative_to(tmp_path / "backup")) for path in (tmp_path / "backup").rglob("*") if path.is_file()}
    assert files == {"data/zegel.db", "data/backup.json", "data/files/zegel.yaml", "keyring/keyring.db"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "backup").rglob("*")} == {0o600, 0o700}
    (gone,) = built.seal(OTHER, days=20)
    in_use = zegel(home, "restore", str(tmp_path / "backup"), "--yes")
    assert in_use.exit_code == 1 and "Zegel runs" in in_use.output
    built.core.close()
    done = zegel(home, "restore", str(tmp_path / "backup"), "--yes")
    assert done.exit_code == 0 and "until you drop that" in done.output, done.output
    again = start(home)
    store = again.core.vault.store
    assert readable(again, kept) and store.delivery(gone.id) is None
    assert store.marks.get(LOST) == "" and "restored" in [event.kind for event in store.audit_log.events()]
    assert store.audit_log.first_broken() is None
    (aside,) = home.glob("before-restore-*")
    assert on(home, postgresql, f'SELECT COUNT(*) FROM "{aside.name}".message') == [(2,)]
    again.seal(OTHER, days=20)
    again.core.close()


@on_server
def test_a_restore_that_cannot_be_leaves_the_server_as_it_was(home: Path, tmp_path: Path, postgresql: Cluster) -> None:
    built = start(home)
    built.seal(RECIPIENT)
    assert zegel(home, "backup", str(tmp_path / "backup")).exit_code == 0
    built.seal(RECIPIENT)
    built.core.close()
    another_key(home)
    files = {path.name for path in home.iterdir()}
    done = zegel(home, "restore", str(tmp_path / "backup"), "--yes")
    assert done.exit_code == 1 and "nothing is changed" in done.output
    assert on(home, postgresql, "SELECT COUNT(*) FROM message") == [(2,)]
    assert on(home, postgresql, "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'before%'") == []
    assert {path.name for path in home.iterdir()} == files


def test_a_move_to_a_server_and_back_is_whole(home: Path, tmp_path: Path, postgresql: Cluster) -> None:
    built, deliveries = start(home), []
    for number in range(40):
        deliveries += built.seal(RECIPIENT, raw=cast.ORIGINAL + bytes([number]) * number * 50_000, days=1 + number % 9)
    built.add(*(built.sealed(f"p{number}@elders.example") for number in range(2_000)))
    head = built.core.vault.store.audit_log.head()
    address = postgresql.database_of(tmp_path)
    there, here = address.url, f"sqlite:{home / 'zegel.db'}"
    built.core.close()
    done = zegel(home, "migrate", here, there)
    assert done.exit_code == 0 and "moved in" in done.output and "2040 messages" in done.output, done.output
    with pytest.raises(Exception, match="was moved to"):
        start(home)
    settings = home / "zegel.yaml"
    on_file = settings.read_text(encoding="utf-8")
    settings.write_text(on_file.replace("database: zegel.db", f'database: "{there}"'), encoding="utf-8")
    again = start(home)
    store = again.core.vault.store
    assert all(again.core.access.original(each).startswith(cast.ORIGINAL) for each in deliveries)
    assert head is not None and store.audit_log.hash_of(head.id) == head.hash and store.marks.get(LOST) == ""
    again.seal(OTHER)
    assert store.audit_log.first_broken() is None
    running = zegel(home, "migrate", there, here)
    assert running.exit_code == 1 and "stop Zegel first" in running.output
    again.core.close()
    once_more = zegel(home, "migrate", here, there)
    assert once_more.exit_code == 1 and "data of its own" in once_more.output, "what came since would be lost"
    assert zegel(home, "migrate", there, here).exit_code == 0
    settings.write_text(on_file, encoding="utf-8")
    back = start(home)
    assert back.core.vault.store.audit_log.first_broken() is None
    assert all(back.core.access.original(each).startswith(cast.ORIGINAL) for each in deliveries)
    back.core.close()


def test_a_move_that_is_cut_off_changes_nothing_and_can_be_run_again(
    home: Path, tmp_path: Path, postgresql: Cluster
) -> None:
    built = start(home)
    (delivery,) = built.seal(RECIPIENT)
    built.core.close()
    there, here = postgresql.database_of(tmp_path).url, str(home / "zegel.db")
    for place in ("zegel.vault.table_copy.Sum.add", "zegel.vault.moving._verified", "zegel.vault.moving._begin"):
        with pytest.MonkeyPatch.context() as patch:

            def end(*_: object, **__: object) -> None:
                raise KeyboardInterrupt

            patch.setattr(place, end)
            assert zegel(home, "migrate", here, there).exit_code != 0
        if not place.endswith("_begin"):
            again = start(home)
            assert readable(again, delivery)
            again.core.close()
    settings = home / "zegel.yaml"
    on_file = settings.read_text(encoding="utf-8")
    settings.write_text(on_file.replace("database: zegel.db", f'database: "{there}"'), encoding="utf-8")
    with pytest.raises(Exception, match="not finished"):
        start(home)
    assert zegel(home, "migrate", here, there).exit_code == 0
    again = start(home)
    assert readable(again, delivery) and again.core.vault.store.marks.get(MOVED) == ""
    again.core.close()


def test_rows_that_are_read_back_wrong_undo_the_copy(home: Path, tmp_path: Path, postgresql: Cluster) -> None:
    built = start(home)
    built.seal(RECIPIENT)
    built.core.close()
    address = postgresql.database_of(tmp_path)
    engine = engine_of(address)
    database: Any = engine.database
    database.execute_sql(
        "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN NEW.headline = '\\x00' || NEW.headline; RETURN NEW; END $$"
    )
    database.execute_sql("CREATE TRIGGER spoil BEFORE INSERT ON message FOR EACH ROW EXECUTE FUNCTION spoil()")
    engine.close()
    done = zegel(home, "migrate", str(home / "zegel.db"), address.url)
    assert done.exit_code == 1 and "copy of the table message" in done.output
    assert not schema.Message.select().exists(engine.database) and not mark_schema.Mark.select().exists(engine.database)
    engine.close()
