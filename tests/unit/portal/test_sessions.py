"""Sessions with the real core behind the pages: planted, kept, shared, ended; with a password and with a code."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.support.cast import OTHER, RECIPIENT
from tests.support.level2 import Level2
from tests.unit.portal.portal_client import Answer, Client
from tests.unit.portal.test_level2 import People
from zegel.unlock.access import SESSION_IDLE, SESSION_MOST
from zegel.vault.tables.records import Delivery

PLANTED = "A" * 43
COOKIE = "zegel"

WayIn = Callable[[Client, Delivery], Answer]


@pytest.fixture
def people(level2: Level2) -> People:
    return People(level2)


def with_password(people: People) -> WayIn:
    def enter(jan: Client, delivery: Delivery) -> Answer:
        path, built = people.path(delivery), people.level2.built
        before = set(built.passwords_sent())
        jan.submit(path, f"{path}/password")
        (password,) = set(built.passwords_sent()) - before
        return jan.submit(f"{path}/enter", f"{path}/enter", password=password)

    return enter


def with_code(people: People) -> WayIn:
    def enter(jan: Client, delivery: Delivery) -> Answer:
        people.ask(jan, delivery)
        return people.enter(jan, delivery, people.level2.code())

    return enter


@pytest.fixture(params=[1, 2])
def way(request: pytest.FixtureRequest, people: People) -> tuple[Delivery, WayIn]:
    """A delivery of each level, and how one gets in."""
    if request.param == 1:
        (delivery,) = people.level2.built.seal(RECIPIENT)
        return delivery, with_password(people)
    return people.level2.known(RECIPIENT), with_code(people)


def reads(jan: Client, path: str) -> bool:
    return jan.get(f"{path}/message").status == 200


def test_a_cookie_that_was_planted_is_no_session_afterwards(people: People, way: tuple[Delivery, WayIn]) -> None:
    delivery, enter = way
    path, jan, thief = people.path(delivery), people.browser(), people.browser()
    jan.cookies[COOKIE] = thief.cookies[COOKIE] = PLANTED
    assert enter(jan, delivery).header("Location") == f"{path}/message"
    assert jan.cookies[COOKIE] != PLANTED
    assert reads(jan, path)
    assert not reads(thief, path)


def test_each_unlock_gives_another_cookie_and_ends_the_one_before(people: People, way: tuple[Delivery, WayIn]) -> None:
    delivery, enter = way
    path, jan = people.path(delivery), people.browser()
    seen = set()
    for _ in range(3):
        enter(jan, delivery)
        people.level2.clock.pass_(SESSION_IDLE + 61)
        seen.add(jan.cookies[COOKIE])
        assert not reads(jan, path)
    assert len(seen) == 3
    assert all(re.fullmatch(r"[\w-]{43}", each) for each in seen)
    enter(jan, delivery)
    for old in seen:
        copied = people.browser()
        copied.cookies[COOKIE] = old
        assert not reads(copied, path)


def test_two_people_with_one_link_have_sessions_of_their_own(people: People, way: tuple[Delivery, WayIn]) -> None:
    delivery, enter = way
    path, jan, eva, nobody = people.path(delivery), people.browser(), people.browser(), people.browser()
    enter(jan, delivery)
    assert not reads(eva, path)
    people.level2.clock.pass_(61)
    enter(eva, delivery)
    assert reads(jan, path) and reads(eva, path) and not reads(nobody, path)
    assert jan.submit(f"{path}/message", f"{path}/sign-out").status == 303
    assert not reads(jan, path)
    assert reads(eva, path)


def test_a_session_opens_nothing_of_anybody_else(people: People, way: tuple[Delivery, WayIn]) -> None:
    delivery, enter = way
    jan = people.browser()
    enter(jan, delivery)
    (others,) = people.level2.built.seal(OTHER)
    assert not reads(jan, people.path(others))
    # A link in a place that is not its own: nothing but this delivery's files, whatever number is asked.
    for number in (str(others.id), str(others.message_id), "0", "99"):
        assert jan.get(f"{people.path(delivery)}/file/{number}").status == 404
        assert jan.get(f"{people.path(delivery)}/reply/{number}").status == 404


def test_signing_out_ends_it_at_the_server_and_clears_the_browser(people: People, way: tuple[Delivery, WayIn]) -> None:
    delivery, enter = way
    path, jan = people.path(delivery), people.browser()
    enter(jan, delivery)
    kept = jan.cookies[COOKIE]
    answer = jan.submit(f"{path}/message", f"{path}/sign-out")
    assert answer.header("Clear-Site-Data") == '"cache", "storage"'
    assert jan.cookies[COOKIE] != kept
    for cookie in (kept, jan.cookies[COOKIE]):
        copied = people.browser()
        copied.cookies[COOKIE] = cookie
        assert not reads(copied, path)


def test_it_ends_when_nobody_reads_and_in_any_case_after_hours(people: People, way: tuple[Delivery, WayIn]) -> None:
    delivery, enter = way
    path, jan, clock = people.path(delivery), people.browser(), people.level2.clock
    enter(jan, delivery)
    clock.pass_(SESSION_IDLE - 1)
    assert reads(jan, path)
    clock.pass_(SESSION_IDLE + 1)
    assert not reads(jan, path)
    enter(jan, delivery)
    passed = 0
    while passed < SESSION_MOST:
        assert reads(jan, path)
        clock.pass_(SESSION_IDLE - 61)
        passed += SESSION_IDLE - 61
    assert not reads(jan, path)


@pytest.mark.parametrize("end", ["recall", "expire"])
def test_it_ends_with_the_message(people: People, way: tuple[Delivery, WayIn], end: str) -> None:
    delivery, enter = way
    path, jan = people.path(delivery), people.browser()
    enter(jan, delivery)
    if end == "recall":
        message = people.level2.core.vault.store.message(delivery.message_id)
        assert message is not None
        people.level2.core.sender.recall(message, delivery.id)
    else:
        people.level2.clock.pass_(31 * 86_400)
    assert jan.get(f"{path}/message").status == 410
    assert jan.get(f"{path}/file/1").status == 410


def test_there_is_one_secret_and_it_is_in_no_page_and_no_address(people: People, way: tuple[Delivery, WayIn]) -> None:
    delivery, enter = way
    path, jan = people.path(delivery), people.browser()
    answers = [jan.get(path), enter(jan, delivery), jan.get(f"{path}/message"), jan.get(f"{path}/zip")]
    for answer in answers:
        shown = answer.text + answer.header("Location")
        assert jan.cookies[COOKIE] not in shown
    database = (people.level2.built.folder / "zegel.db").read_bytes()
    wal = people.level2.built.folder / "zegel.db-wal"
    assert jan.cookies[COOKIE].encode() not in database + (wal.read_bytes() if wal.exists() else b"")
