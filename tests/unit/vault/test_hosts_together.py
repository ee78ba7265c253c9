"""What several hosts do beside each other: claims, upkeep, what check says of them, and what has to wait for all."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.support.cast import NOW, ORIGINAL, RECIPIENT, build
from tests.support.hosts import Group, shared
from zegel.cli.checks import hosts as checks
from zegel.cli.main import main
from zegel.crypto import new_key
from zegel.vault.engines.looking import looking
from zegel.vault.keys import read_master_key
from zegel.vault.lost_keys import OtherHosts, give_up_lost_keys
from zegel.vault.opening import Mismatch
from zegel.vault.rotation import CannotRotate, rotate
from zegel_courier.hosts import Owner, Signs
from zegel_courier.upkeep import upkeep

pytestmark = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
DAY = 86_400


def test_claims_of_a_crashed_courier_come_back_to_its_host_alone(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = group.hosts[0], group.further()
    first, other = Owner(one.core), Owner(two.core)
    assert first.name != other.name, "one machine, one name, two hosts"
    again = Owner(one.core)
    assert again.before == [first.name] and again.name != first.name
    third = Owner(one.core)
    assert third.before == [first.name, again.name], "the second was killed before it gave anything back"
    third.released()
    assert Owner(one.core).before == [third.name]
    monkeypatch.setattr("zegel_courier.hosts._BOOT", group.folder / "none")
    assert Owner(one.core).before == [], "after a start of the machine the lease ends it"


def test_a_copied_machine_is_told(group: Group, caplog: pytest.LogCaptureFixture) -> None:
    one = group.hosts[0]
    original, copy = Signs(one.core, "one"), Signs(one.core, "two")
    original.give()
    assert not caplog.records
    copy.give()
    original.give()
    assert "one of the two machines is a copy" in caplog.text


def test_upkeep_of_two_hosts_at_once_does_everything_once(group: Group) -> None:
    one, two = group.hosts[0], group.further()
    deliveries = [one.seal(f"p{number}@post.example", days=2)[0] for number in range(10)]
    held = one.seal("eva@elders.example", days=2, level=2)
    for host in (one, two):
        host.clock.pass_(4 * DAY)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda host: upkeep(host.core), (one, two)))
    store = one.core.vault.store
    kinds = Counter(event.kind for event in store.audit_log.events())
    assert kinds["expired"] == 11 and kinds["hold ended"] == 1, (kinds, len(deliveries), len(held))
    assert len([item for item in store.outbox.list(["due"]) if item.kind == "hold-bounce"]) == 1
    assert store.audit_log.first_broken() is None


def test_check_says_which_hosts_live_and_whose_clock_is_off(group: Group) -> None:
    one, two = group.hosts[0], group.further()
    kept, store = one.core.settings.storage, one.core.vault.store

    def said() -> list[tuple[str, str]]:
        return list(checks.hosts(kept.place, kept.keyring))

    def set_(**values: object) -> None:
        store.write(lambda: store.hosts.change(shared(two).host, **values))

    now = store.engine.clock()
    assert [state for state, _ in said()] == ["warning"] and "gave no sign yet: start it" in said()[0][1]
    set_(seen=now - 20, wants=False)
    assert [state for state, _ in said()] == ["ok"] and "2 hosts; seen: " in said()[0][1]
    set_(ahead=-40.0, version="0.0.9", wants=True)
    texts = " / ".join(text for _, text in said())
    assert "is 40 s behind that of the database" in texts and "has Zegel 0.0.9" in texts and "lacks day keys" in texts
    set_(seen=now - 3600)
    assert "gave no sign for 60 minutes" in said()[0][1]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("zegel.cli.checks.hosts.time.time", lambda: now + 90)
        assert "the clock of this host is 90 s ahead of" in said()[0][1] or "89 s" in said()[0][1]
    assert checks.sign_of_this_host(kept.place, kept.keyring) is None, "it has given none yet"
    Signs(one.core, "run").give()
    assert checks.sign_of_this_host(kept.place, kept.keyring) is not None


def test_check_leaves_a_missing_ring_and_older_tables_to_its_other_looks(group: Group) -> None:
    one = group.hosts[0]
    kept = one.core.settings.storage
    assert list(checks.hosts(kept.place, one.folder / "none.db")) == []
    with looking(kept.place) as look:
        look.execute("ALTER TABLE host RENAME TO away")
        assert list(checks.hosts(kept.place, kept.keyring)) == []
        look.execute("ALTER TABLE away RENAME TO host")


def test_keys_are_not_given_up_while_another_host_may_have_them(group: Group) -> None:
    one, two = group.hosts[0], group.further()
    kept = two.core.settings.storage
    master = read_master_key(kept.master_key)
    with pytest.raises(OtherHosts, match="zegel host forget"):
        give_up_lost_keys(kept.place, kept.keyring, master, NOW)
    one.core.vault.store.write(lambda: one.core.vault.store.hosts.forget(shared(one).host))
    assert give_up_lost_keys(kept.place, kept.keyring, master, NOW) == ([], 0)


def test_the_master_key_does_not_change_under_another_host(group: Group) -> None:
    one, two = group.hosts[0], group.further()
    (delivery,) = one.seal(RECIPIENT)
    kept, new = one.core.settings.storage, new_key()
    master = read_master_key(kept.master_key)
    store = one.core.vault.store
    store.write(lambda: store.hosts.change(shared(two).host, seen=store.engine.clock()))
    with pytest.raises(CannotRotate, match="on all other hosts"):
        rotate(kept.place, kept.keyring, master, new, lambda: None, 0)
    store.write(lambda: store.hosts.change(shared(two).host, seen=0))
    two.core.close()
    rotate(kept.place, kept.keyring, master, new, lambda: None, 0)
    for each in (one, two):
        (each.folder / "master.key").chmod(0o600)
        (each.folder / "master.key").write_text(new.hex())
    with pytest.raises(Mismatch, match="the master key is not the one that"):
        build(two.folder)
    (two.folder / "keyring.db").unlink()
    one.core.close()
    group.hosts[0] = build(one.folder)
    assert group.joins(two.folder)[1] == set()
    assert group.opened(two.folder).core.access.original(delivery) == ORIGINAL


def test_the_commands_of_hosts(group: Group) -> None:
    one, two = group.hosts[0], group.further()
    Signs(one.core, "run").give()

    def zegel(folder: Path, *words: str) -> Result:
        return CliRunner().invoke(main, [*words, "--config", str(folder / "zegel.yaml")])

    joined = zegel(two.folder, "host", "join")
    assert joined.exit_code == 0 and "zegel.target can start" in joined.output
    listed = zegel(one.folder, "host", "list").output.splitlines()
    ids = {shared(one).host, shared(two).host}
    assert len(listed) == 2 and {line.split()[0] for line in listed} == ids
    assert ["this host" in line for line in listed].count(True) == 1
    assert zegel(one.folder, "host", "forget", "--yes", shared(one).host).exit_code == 1, "that is where one is"
    assert zegel(one.folder, "host", "forget", "--yes", "unknown").exit_code == 1
    assert zegel(one.folder, "host", "forget", "--yes", shared(two).host).exit_code == 0
    assert [event.kind for event in one.core.vault.store.audit_log.events()][-1] == "host forgotten"
    assert zegel(one.folder, "host", "list").output.count("\n") == 1
    (group.folder / "alone").mkdir()
    alone = build_alone(group.folder / "alone")
    assert "need a database of a PostgreSQL server" in zegel(alone, "host", "join").output
    assert zegel(alone, "host", "list").output == "this is the only host\n"


def build_alone(folder: Path) -> Path:
    """A house on SQLite."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.support.cast.elsewhere", lambda folder: None)
        build(folder).core.close()
    return folder
