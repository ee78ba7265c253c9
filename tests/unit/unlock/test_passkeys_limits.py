"""Passkeys: doors that stay closed, limits, what the database tells, and nonsense."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from tests.support.cast import OTHER, RECIPIENT, SENDER
from tests.support.level2 import BROWSER, NUMBER, OTHER_BROWSER, OTHER_NUMBER, Level2
from tests.unit.unlock.authenticator import Authenticator, data
from tests.unit.unlock.passkey_owner import HOST, Keys, kind, kind_of
from zegel.crypto import SealBroken
from zegel.unlock.passkeys import ASKED_MOST, PASSKEYS_MOST, REST_SECONDS, WRONG_MOST
from zegel.vault.tables.records import Delivery


@pytest.fixture
def keys(level2: Level2) -> Iterator[Keys]:
    yield Keys(level2)


@pytest.fixture
def low(level2: Level2) -> Delivery:
    """A message for the recipient that takes a password."""
    return level2.seal(RECIPIENT, level=1)[0]


@pytest.fixture
def high(level2: Level2) -> Delivery:
    """A message for the recipient that takes a code."""
    return level2.known(RECIPIENT)


# Closed doors.


def test_what_has_ended_is_locked_or_stopped_stays_closed(keys: Keys, high: Delivery) -> None:
    key, level2 = keys.make(high), keys.level2
    answer = key.use(keys.ask(high))
    level2.store.write(lambda: level2.store.deliveries.lock(high.id, level2.clock()))
    assert keys.send(high, answer) == "closed" and not keys.passkeys.usable(level2.now(high))
    level2.store.write(lambda: level2.store.deliveries.unlock(high.id))
    assert keys.use(high, key) == "opened"
    level2.store.write(lambda: level2.store.deliveries.stop(high.id, "person", level2.clock()))
    assert not keys.passkeys.usable(level2.now(high))
    assert kind_of(keys.passkeys.ask(level2.now(high), BROWSER)) == "closed"
    level2.store.write(lambda: level2.store.deliveries.resume(high.id))
    answer = key.use(keys.ask(high))
    level2.store.write(lambda: level2.store.deliveries.recall(high.id))
    assert keys.send(high, answer) == "ended"


def test_what_ends_passwords_and_codes_ends_what_was_asked(keys: Keys, low: Delivery) -> None:
    key, level2 = keys.make(low), keys.level2
    answer = key.use(keys.ask(low))
    level2.store.write(lambda: level2.store.challenges.end_all(low.id, level2.clock()))
    assert keys.send(low, answer) == "stale"


def test_asking_for_a_passkey_sends_nothing_that_could_be_objected_to(keys: Keys, low: Delivery) -> None:
    keys.make(low)
    keys.ask(low)
    assert not keys.level2.core.trust.feedback.not_asked(low)
    keys.level2.core.passwords.ask(low, "", "en")
    assert keys.level2.core.trust.feedback.not_asked(low)


def test_wrong_passwords_do_not_shut_the_owner_out(keys: Keys, low: Delivery) -> None:
    key, passwords = keys.make(low), keys.level2.core.passwords
    for _ in range(10):
        passwords.enter(keys.level2.link(low), "aaaa-bbbb-cccc", None)
    assert keys.level2.now(low).paused_until > keys.level2.clock()
    assert keys.use(low, key) == "opened"


def test_a_level_that_was_raised_makes_no_passkey_of_the_new_one(keys: Keys, low: Delivery) -> None:
    options = keys.passkeys.ask_new(low, BROWSER)
    assert isinstance(options, str)
    deliveries = keys.level2.store.deliveries
    keys.level2.store.write(lambda: deliveries.raise_level(low.id, "sms", RECIPIENT, b"another link", 0))
    assert kind(keys.passkeys.add(low, BROWSER, Authenticator().make(options), "x", "en")) == "closed"
    assert keys.passkeys.of(low) == ()


def test_another_number_ends_the_passkeys_that_a_code_made(keys: Keys, low: Delivery, high: Delivery) -> None:
    by_password, by_code = keys.make(low), keys.make(high)
    keys.level2.phonebook.give(RECIPIENT, NUMBER, SENDER)
    assert len(keys.passkeys.of(low)) == 2  # the same number again changes nothing
    keys.level2.phonebook.give(RECIPIENT, OTHER_NUMBER, SENDER)
    assert [each.level for each in keys.passkeys.of(low)] == [1]
    assert not keys.passkeys.usable(high)
    assert (keys.use(low, by_code), keys.use(low, by_password)) == ("unknown", "opened")


def test_a_forgotten_number_ends_them_too(keys: Keys, high: Delivery) -> None:
    keys.make(high)
    assert keys.level2.phonebook.forget(RECIPIENT, "administrator")
    assert keys.passkeys.of(high) == ()


# Limits.


def test_ten_passkeys_and_no_more(keys: Keys, low: Delivery) -> None:
    options = [keys.passkeys.ask_new(low, BROWSER) for _ in range(2)]
    for _ in range(PASSKEYS_MOST):
        keys.make(low)
    assert kind_of(keys.passkeys.ask_new(low, BROWSER)) == "many"
    assert isinstance(options[0], str)
    assert kind(keys.passkeys.add(low, BROWSER, Authenticator().make(options[0]), "x", "en")) == "many"
    assert len(keys.passkeys.of(low)) == PASSKEYS_MOST


def test_a_passkey_belongs_to_one_address_only(keys: Keys, low: Delivery) -> None:
    key = keys.make(low)
    (hers,) = keys.level2.seal(OTHER, level=1)
    assert kind(keys.add(hers, replace(key))) == "there"
    assert keys.passkeys.of(hers) == () and keys.use(low, key) == "opened"


def test_asking_is_limited_and_a_restart_forgives_nothing(keys: Keys, low: Delivery) -> None:
    keys.make(low)
    for _ in range(ASKED_MOST):
        keys.ask(low)
    assert kind_of(keys.of("https://" + HOST).ask(low, OTHER_BROWSER)) == "often"
    keys.level2.clock.pass_(10 * 60)
    assert kind_of(keys.passkeys.ask(low, BROWSER)) == "asked"


def test_ten_wrong_answers_rest_passkeys_for_a_while_and_nothing_else(keys: Keys, low: Delivery) -> None:
    key = keys.make(low)
    last = keys.ask(low)
    for _ in range(WRONG_MOST):
        assert keys.use(low, key, signature=b"wrong") == "wrong"
    assert kind_of(keys.passkeys.ask(low, BROWSER)) == "often"
    assert keys.send(low, key.use(last)) == "often"
    assert keys.level2.core.passwords.ask(low, "", "en").kind == "sent"
    keys.level2.clock.pass_(REST_SECONDS)
    assert keys.use(low, key) == "opened"


def test_a_passkey_that_nobody_uses_goes_after_a_year(keys: Keys, low: Delivery) -> None:
    keys.make(low)
    keys.level2.clock.pass_(364 * 86_400)
    keys.level2.upkeep()
    (later,) = keys.level2.seal(RECIPIENT, level=1)
    assert keys.passkeys.usable(later)
    keys.level2.clock.pass_(2 * 86_400)
    keys.level2.upkeep()
    assert not keys.passkeys.usable(later)


# Nothing to read, nothing to move.


def test_the_database_tells_nothing_of_the_address_or_the_passkey(keys: Keys, low: Delivery) -> None:
    key = keys.make(low)
    options = keys.ask(low)
    database: Any = keys.level2.store.database
    columns = "id, hex(owner), hex(key_hash), level, hex(sealed), sign_count, created_at, used_at"
    (row,) = database.execute_sql(f"SELECT {columns} FROM passkey").fetchall()
    asked = database.execute_sql("SELECT hex(hash), hex(browser), hex(nonce) FROM challenge").fetchall()
    written = repr((row, asked)).lower()
    hidden = [RECIPIENT, "jan", "chrome", BROWSER]
    for raw in (*(each.encode() for each in hidden), key.id, key.user, data(json.loads(options)["challenge"])):
        assert raw.hex() not in written
    for word in hidden:
        assert word not in written


@pytest.mark.parametrize("column", ["owner", "level"])
def test_a_row_that_was_given_another_owner_or_level_does_not_open(
    keys: Keys, low: Delivery, high: Delivery, column: str
) -> None:
    key = keys.make(low)
    other = keys.make(high) if column == "level" else keys.make(keys.level2.seal(OTHER, level=1)[0])
    source = f"SELECT {column} FROM passkey WHERE key_hash <> ?"
    mine = sha256(key.id).digest()
    change = f"UPDATE passkey SET {column} = ({source}) WHERE key_hash = ?"
    store, database = keys.level2.store, _untyped(keys.level2.store.database)
    store.write(lambda: database.execute_sql(change, (mine, mine)))
    target = high if column == "level" else keys.level2.seal(OTHER, level=1)[0]
    answer = key.use(keys.ask(target), userHandle=other.user)
    with pytest.raises(SealBroken):
        keys.send(target, answer)


def _untyped(database: Any) -> Any:
    """peewee's raw SQL has no types."""
    return database


# Where there are none.


@pytest.mark.parametrize(
    ("url", "offered"),
    [
        ("https://safe.kliniek.example", True),
        ("https://safe.kliniek.example:8443/mail", True),
        ("https://veilig.ziekenhüs.example", True),
        ("http://localhost:8080", True),
        ("http://127.0.0.1:8080", False),
        ("https://192.0.2.7", False),
        ("http://[::1]:8080", False),
    ],
)
def test_they_are_offered_where_browsers_know_them(keys: Keys, low: Delivery, url: str, offered: bool) -> None:
    passkeys = keys.of(url)
    assert passkeys.offered is offered
    assert keys.of(url, passkeys=False).offered is False
    assert kind_of(passkeys.ask_new(low, BROWSER)) == ("asked" if offered else "closed")


def test_the_origin_is_the_address_without_its_path(keys: Keys, low: Delivery) -> None:
    passkeys = keys.of("https://Safe.Kliniek.example:8443/mail")
    options = passkeys.ask_new(low, BROWSER)
    made = Authenticator(origin="https://safe.kliniek.example:8443")
    assert isinstance(options, str)
    assert kind(passkeys.add(low, BROWSER, made.make(options), "x", "en")) == "added"


def test_a_passkey_of_before_does_nothing_when_they_are_switched_off(keys: Keys, low: Delivery) -> None:
    key = keys.make(low)
    answer = key.use(keys.ask(low))
    off = keys.of("https://" + HOST, passkeys=False)
    assert not off.usable(low) and kind_of(off.ask(low, BROWSER)) == "closed"
    assert kind(off.open(keys.level2.link(low), answer, BROWSER)) == "closed"


# Nonsense.

NONSENSE = (
    "", "null", "[]", "{}", "1", "\ud800", '{"id": "a"}', "[" * 50_000, '{"response": ' * 5000,
    '{"id": 1, "rawId": 1, "response": {"clientDataJSON": 1, "attestationObject": 1, "authenticatorData": 1, '
    '"signature": 1, "userHandle": 1}}',
    '{"id": "a", "rawId": 9999999999, "response": {"clientDataJSON": "e30", "attestationObject": "oA", '
    '"authenticatorData": "oA", "signature": "oA", "userHandle": "oA"}}',
    '{"id": "YQ", "rawId": "YQ", "response": {"clientDataJSON": "e30", "attestationObject": "m____w", '
    '"authenticatorData": "AA", "signature": "!", "userHandle": "="}}',
)  # fmt: skip


@pytest.mark.parametrize("answer", NONSENSE)
def test_nonsense_is_wrong_and_costs_nothing(keys: Keys, low: Delivery, answer: str) -> None:
    keys.make(low)
    assert keys.send(low, answer) == "wrong"
    assert kind(keys.passkeys.add(low, BROWSER, answer, "x", "en")) == "wrong"


def test_a_number_where_text_belongs_is_not_read(keys: Keys, low: Delivery) -> None:
    """The library would make as many bytes of it."""
    key = keys.make(low)
    answer = json.loads(key.use(keys.ask(low)))
    assert keys.send(low, json.dumps(answer | {"id": 32, "rawId": 32})) == "wrong"
    assert keys.send(low, json.dumps(answer | {"response": answer["response"] | {"signature": 72}})) == "wrong"
    assert keys.send(low, json.dumps(answer)) == "opened"


def test_every_cut_of_a_right_answer_is_refused(keys: Keys, low: Delivery) -> None:
    key = keys.make(low)
    right = json.loads(key.use(keys.ask(low)))
    for name, value in right["response"].items():
        for cut in {0, 1, len(value) // 2, len(value) - 2}:
            answer = right | {"response": right["response"] | {name: value[:cut]}}
            assert keys.send(low, json.dumps(answer)) in ("wrong", "stale", "often")


def test_an_unknown_link_learns_nothing(keys: Keys, low: Delivery) -> None:
    key = keys.make(low)
    answer = key.use(keys.ask(low))
    assert kind(keys.passkeys.open("x" * 43, answer, BROWSER)) == "ended"
    assert keys.send(low, answer) == "opened"
