"""Several hosts on one database of a server: each has a key ring of its own, and all of them open everything."""

from __future__ import annotations

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.cast import NOW, ORIGINAL, RECIPIENT, Built, build
from tests.support.cluster import Cluster
from tests.support.hosts import Group, join_in, shared
from zegel.crypto import SealBroken, new_key
from zegel.pairs import unseal_box
from zegel.settings.model import load_settings
from zegel.vault.joining import CannotJoin
from zegel.vault.keyring import day_of
from zegel.vault.keys import read_master_key, write_master_key
from zegel.vault.opening import Mismatch, open_vault
from zegel.vault.ring_of_host import RingOfHost
from zegel.vault.shared_days import KeyElsewhere
from zegel_courier.days_ahead import make_days_ahead
from zegel_courier.hosts import Signs
from zegel_courier.upkeep import upkeep

pytestmark = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
DAY = 86_400


def test_what_one_host_seals_another_opens(group: Group) -> None:
    one = group.hosts[0]
    (early,) = one.seal(RECIPIENT)
    two = group.further()
    assert two.core.access.original(early) == ORIGINAL
    (late,) = one.seal(RECIPIENT, days=90)
    (back,) = two.seal(RECIPIENT, days=91)
    assert two.core.access.original(late) == ORIGINAL
    assert one.core.access.original(back) == ORIGINAL


def test_a_day_that_two_hosts_make_at_once_has_one_key(group: Group) -> None:
    hosts = [group.hosts[0], group.further(), group.further()]
    days = [day_of(NOW + (200 + number) * DAY) for number in range(12)]
    barrier = threading.Barrier(3)

    def make(host: Built) -> None:
        barrier.wait()
        for day in days:
            for _ in range(50):
                try:
                    host.core.vault.make_ready(day)
                    break
                except KeyElsewhere:
                    continue

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(make, hosts))
    for day in days:
        assert len({host.core.vault.existing_day_key(day, NOW) for host in hosts}) == 1
    assert len({frozenset(host.core.vault.keyring.days()) for host in hosts}) == 1


def test_a_host_that_dies_right_after_it_made_a_key_has_handed_it_on(group: Group) -> None:
    one, two = group.hosts[0], group.further()
    (delivery,) = one.seal(RECIPIENT, days=123)
    (group.folder / "0" / "keyring.db").unlink()
    assert two.core.access.original(delivery) == ORIGINAL


def test_a_candidate_that_was_not_chosen_gives_way(group: Group) -> None:
    """A host died after it had put a key into its ring, and before the database knew of it; another was faster."""
    one, two = group.hosts[0], group.further()
    day = day_of(NOW + 50 * DAY)
    lost = RingOfHost(two.core.vault.keyring).candidate(day)
    (delivery,) = one.seal(RECIPIENT, days=50)
    two.core.close()
    again = group.opened(two.folder)
    assert again.core.access.original(delivery) == ORIGINAL
    assert again.core.vault.existing_day_key(day, NOW) != lost


def test_a_key_that_has_not_come_is_no_key_that_is_gone(group: Group) -> None:
    """What is to be sent waits for it, as while the database is away; nothing is set aside, nobody hears "over"."""
    one, two = group.hosts[0], group.further()
    (delivery,) = one.seal(RECIPIENT, days=40)
    two.core.vault.store.write(lambda: two.core.vault.store.hosts.taken(shared(two).host, [day_of(NOW + 40 * DAY)]))
    with pytest.raises(KeyElsewhere):
        two.core.access.original(delivery)
    Signs(two.core, "run").give()
    assert shared(one).answer(NOW) == 1
    assert two.core.access.original(delivery) == ORIGINAL


def test_the_database_opens_nothing_once_keys_were_taken(group: Group) -> None:
    """Nor with the master key: what stood there is sealed for a pair that is overwritten then."""
    one, two = group.hosts[0], group.further()
    one.seal(RECIPIENT, days=77)
    store, day, host = one.core.vault.store, day_of(NOW + 77 * DAY), shared(two).host
    sealed = store.hosts.handed(host)[day]
    before = RingOfHost(two.core.vault.keyring).secrets()
    assert any(opens(secret, sealed, day, host) for secret in before)
    assert shared(two).take() == 1
    assert store.hosts.handed(host) == {}
    after = RingOfHost(two.core.vault.keyring).secrets()
    assert after and not any(opens(secret, sealed, day, host) for secret in after)
    files = b"".join(path.read_bytes() for path in two.folder.glob("keyring.db*"))
    ring = two.core.vault.keyring
    assert not any(ring.seal(secret, "pair") in files or secret in files for secret in before)


def opens(secret: bytes, sealed: bytes, day: str, host: str) -> bool:
    try:
        unseal_box(secret, sealed, "handed key", day, host)
    except SealBroken:
        return False
    return True


def test_who_only_writes_the_database_is_handed_no_key(group: Group) -> None:
    one, two = group.hosts[0], group.further()
    store = one.core.vault.store
    mine = store.hosts.get(shared(two).host)
    assert mine is not None
    store.write(lambda: store.hosts.add("00" * 8, "stranger", new_key() + mine.public[32:]))
    one.seal(RECIPIENT, days=66)
    shared(one).answer(NOW)
    assert store.hosts.handed("00" * 8) == {}


def test_each_host_destroys_the_keys_of_days_that_are_over(group: Group) -> None:
    one, two = group.hosts[0], group.further()
    one.seal(RECIPIENT, days=3)
    shared(two).take()
    for host in (one, two):
        host.clock.pass_(5 * DAY)
        upkeep(host.core)
        assert day_of(NOW + 3 * DAY) not in host.core.vault.keyring.days()
    assert one.core.vault.store.audit_log.first_broken() is None
    assert not one.core.vault.store.hosts.handed(shared(two).host)


def test_a_ring_from_an_old_copy_is_brought_up_to_date(group: Group) -> None:
    one, two = group.hosts[0], group.further()
    ring, copy = two.folder / "keyring.db", group.folder / "copy"
    shutil.copy(ring, copy)
    (delivery,) = one.seal(RECIPIENT, days=55)
    shared(two).take()
    make_days_ahead(one.core)
    shared(two).take()
    two.core.close()
    shutil.copy(copy, ring)
    with pytest.raises(Mismatch, match="start zegel-courier on another host"):
        build(two.folder)
    assert group.joins(two.folder)[1] == set()
    assert group.opened(two.folder).core.access.original(delivery) == ORIGINAL


def test_a_further_host_without_a_ring_is_told_to_join(group: Group) -> None:
    with pytest.raises(Mismatch, match="zegel host join"):
        build(group.prepared())


def test_a_wrong_master_key_does_not_join(group: Group) -> None:
    folder = group.prepared()
    (folder / "master.key").unlink()
    write_master_key(folder / "master.key")
    with pytest.raises(CannotJoin, match="not that of the other hosts"):
        join_in(folder)
    assert not (folder / "keyring.db").exists()


def test_while_nobody_answers_a_join_is_not_complete_and_can_go_on(group: Group) -> None:
    group.hosts[0].seal(RECIPIENT)
    folder = group.prepared()
    assert join_in(folder, patience=0) == (0, {day_of(NOW + 30 * DAY)})
    with pytest.raises(Mismatch, match="lacks the keys of 1 days"):
        build(folder)
    assert group.joins(folder) == (1, set())


def test_two_hosts_cannot_both_be_the_first(group: Group, postgresql: Cluster) -> None:
    """Both made a ring while the database was empty: the one that the database does not know is refused."""
    one = group.hosts[0]
    folder = group.prepared()
    shutil.copy(one.folder / "master.key", folder / "master.key")
    kept = load_settings(folder / "zegel.yaml").storage
    stranger = group.folder / "stranger"
    stranger.mkdir()
    shutil.copy(group.folder / "0" / "master.key", stranger / "master.key")
    made = open_vault(postgresql.database_of(stranger), kept.keyring, read_master_key(kept.master_key), NOW)
    made.close()
    with pytest.raises(Mismatch, match="is the key ring of another database"):
        build(folder)
