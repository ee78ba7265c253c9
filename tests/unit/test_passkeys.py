"""Passkeys: who gets in with one, and everything that looks like one and is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from tests.unit.authenticator import UP, UV, Authenticator, data, text
from tests.unit.cast import ORIGINAL, OTHER, RECIPIENT, SENDER
from tests.unit.level2 import BROWSER, NUMBER, OTHER_BROWSER, OTHER_NUMBER, Level2
from zegel.access import Opened
from zegel.passkeys import (
    ASKED_MOST,
    CHALLENGE_SECONDS,
    PASSKEYS_MOST,
    REST_SECONDS,
    WRONG_MOST,
    Added,
    PasskeyRefused,
    Passkeys,
)
from zegel.settings import Portal
from zegel.vault.records import Delivery
from zegel.vault.seal import SealBroken

HOST = "safe.kliniek.example"


class Keys:
    """The passkeys of a portal with HTTPS, and shorthand for what tests do all the time."""

    def __init__(self, level2: Level2) -> None:
        self.level2 = level2
        self.passkeys = self.of("https://" + HOST)

    def of(self, url: str, **more: Any) -> Passkeys:
        """A portal at `url`: another process on the same database."""
        house = self.level2.house
        settings = house.settings.model_copy(update={"portal": Portal(url=url, **more)})
        return Passkeys(settings, house.vault, house.access, house.clock)

    def make(self, delivery: Delivery, made: Authenticator | None = None, browser: str = BROWSER) -> Authenticator:
        """A passkey that was made in a session for `delivery`."""
        made = made or Authenticator()
        assert kind(self.add(delivery, made, browser)) == "added"
        return made

    def add(self, delivery: Delivery, made: Authenticator, browser: str = BROWSER) -> Added | PasskeyRefused:
        options = self.passkeys.ask_new(delivery, browser)
        assert isinstance(options, str), options
        return self.passkeys.add(delivery, browser, made.make(options), "Chrome on Windows", "en")

    def ask(self, delivery: Delivery, browser: str = BROWSER) -> str:
        options = self.passkeys.ask(delivery, browser)
        assert isinstance(options, str), options
        return options

    def send(self, delivery: Delivery, answer: str, browser: str = BROWSER) -> str:
        """What comes of an answer: "opened", or why not."""
        return kind(self.passkeys.open(self.level2.link(delivery), answer, browser))

    def use(self, delivery: Delivery, key: Authenticator, **wrong: bytes) -> str:
        return self.send(delivery, key.use(self.ask(delivery), **wrong))


def kind(answer: Opened | Added | PasskeyRefused) -> str:
    return answer.kind if isinstance(answer, PasskeyRefused) else type(answer).__name__.lower()


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


# The way in.


def test_a_passkey_opens_the_next_message_of_the_same_recipient(keys: Keys, low: Delivery) -> None:
    key = keys.make(low)
    (later,) = keys.level2.seal(RECIPIENT.upper(), level=1)
    answer = keys.passkeys.open(keys.level2.link(later), key.use(keys.ask(later)), BROWSER)
    assert isinstance(answer, Opened) and answer.cookie != BROWSER
    access = keys.level2.house.access
    assert access.session(answer.cookie, later) and access.original(later) == ORIGINAL
    assert not access.session(BROWSER, later) and not access.session(answer.cookie, low)
    assert keys.level2.now(later).state == "opened"
    assert keys.level2.events()[-2:] == ["passkey used", "opened"]


def test_one_made_after_a_code_opens_both_levels(keys: Keys, low: Delivery, high: Delivery) -> None:
    key = keys.make(high)
    assert (keys.use(high, key), keys.use(low, key)) == ("opened", "opened")


def test_one_made_after_a_password_does_not_open_what_takes_a_code(keys: Keys, low: Delivery, high: Delivery) -> None:
    key = keys.make(low)
    assert not keys.passkeys.usable(high) and kind_of(keys.passkeys.ask(high, BROWSER)) == "closed"
    keys.make(high)  # another one, so that there is something to ask
    assert keys.use(high, key) == "level"
    assert keys.use(low, key) == "opened"


def kind_of(answer: str | PasskeyRefused) -> str:
    return answer.kind if isinstance(answer, PasskeyRefused) else "asked"


def test_a_second_process_takes_what_the_first_asked(keys: Keys, low: Delivery) -> None:
    options = keys.passkeys.ask_new(low, BROWSER)
    key, other = Authenticator(), keys.of("https://" + HOST)
    assert isinstance(options, str)
    assert kind(other.add(low, BROWSER, key.make(options), "x", "en")) == "added"
    answer = key.use(keys.ask(low))
    assert kind(other.open(keys.level2.link(low), answer, BROWSER)) == "opened"
    assert keys.send(low, answer) == "stale"


def test_what_was_asked_and_made_survives_a_restart(keys: Keys, low: Delivery) -> None:
    key = keys.make(low)
    answer = key.use(keys.ask(low))
    again = Keys(keys.level2.restart())
    try:
        assert again.send(low, answer) == "opened"
    finally:
        again.level2.house.close()


def test_it_asks_for_a_verified_user_and_names_no_passkey(keys: Keys, low: Delivery) -> None:
    key = keys.make(low)
    asked = key.asked
    assert asked["rp"] == {"name": "De Kliniek", "id": HOST} and asked["attestation"] == "none"
    assert asked["authenticatorSelection"]["userVerification"] == "required"
    assert asked["authenticatorSelection"]["residentKey"] == "required"
    assert [each["alg"] for each in asked["pubKeyCredParams"]] == [-7, -8, -257]
    key.use(keys.ask(low))
    assert key.asked["userVerification"] == "required" and "allowCredentials" not in key.asked
    assert len(data(key.asked["challenge"])) == 32


def test_a_passkey_is_not_made_twice_on_a_device_but_may_be_raised(keys: Keys, low: Delivery, high: Delivery) -> None:
    key = keys.make(low)
    options = keys.passkeys.ask_new(low, BROWSER)
    assert isinstance(options, str)
    assert [each["id"] for each in json.loads(options)["excludeCredentials"]] == [text(key.id)]
    options = keys.passkeys.ask_new(high, BROWSER)
    assert isinstance(options, str) and not json.loads(options).get("excludeCredentials")


# What is refused.

WRONG: dict[str, dict[str, Any]] = {
    "another origin": {"origin": "https://safe.kliniek.example.attacker.example"},
    "a subdomain": {"origin": "https://a.safe.kliniek.example"},
    "another port": {"origin": "https://safe.kliniek.example:444"},
    "no encryption": {"origin": "http://safe.kliniek.example"},
    "another RP ID": {"host": "kliniek.example"},
    "no user verification": {"flags": UP},
    "no presence": {"flags": UV},
    "a frame of another site": {"cross_origin": True},
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_answer_neither_makes_nor_opens(keys: Keys, low: Delivery, what: str) -> None:
    assert kind(keys.add(low, Authenticator(**WRONG[what]))) == "wrong"
    assert keys.passkeys.of(low) == ()
    key = keys.make(low)
    assert keys.use(low, replace(key, **{"host": "", **WRONG[what]})) == "wrong"
    assert keys.use(low, key) == "opened"


def test_an_algorithm_that_was_not_offered_is_not_taken(keys: Keys, low: Delivery) -> None:
    for algorithm in (-65535, -47, -999):
        assert kind(keys.add(low, Authenticator(algorithm=algorithm))) == "wrong"


def test_a_changed_signature_or_text_does_not_open(keys: Keys, low: Delivery) -> None:
    key = keys.make(low)
    answer = json.loads(key.use(keys.ask(low)))
    signature = bytearray(data(answer["response"]["signature"]))
    signature[-1] ^= 1
    answer["response"]["signature"] = text(bytes(signature))
    assert keys.send(low, json.dumps(answer)) == "wrong"
    assert keys.use(low, key, signature=b"") == "wrong"
    assert keys.use(low, key, authenticatorData=b"\0" * 37) == "wrong"
    assert keys.use(low, replace(key, key=Authenticator().key)) == "wrong"


def test_the_passkey_has_to_say_whose_it_is(keys: Keys, low: Delivery) -> None:
    key = keys.make(low)
    assert keys.use(low, key, userHandle=b"") == "wrong"
    assert keys.use(low, key, userHandle=b"somebody else") == "wrong"


def test_an_answer_opens_once(keys: Keys, low: Delivery) -> None:
    key = keys.make(low)
    answer = key.use(keys.ask(low))
    assert keys.send(low, answer) == "opened"
    assert keys.send(low, answer) == "stale"


def test_a_challenge_is_spent_by_a_wrong_answer_too(keys: Keys, low: Delivery) -> None:
    key = keys.make(low)
    options = keys.ask(low)
    assert keys.send(low, key.use(options, signature=b"wrong")) == "wrong"
    assert keys.send(low, key.use(options)) == "stale"


def test_a_challenge_is_of_one_browser_one_delivery_and_one_purpose(keys: Keys, low: Delivery) -> None:
    key = keys.make(low)
    assert keys.send(low, key.use(keys.ask(low)), OTHER_BROWSER) == "stale"
    (second,) = keys.level2.seal(RECIPIENT, level=1)
    assert keys.send(second, key.use(keys.ask(low))) == "stale"
    to_make = keys.passkeys.ask_new(low, BROWSER)
    assert isinstance(to_make, str)
    asked = json.loads(to_make)
    assert keys.send(low, key.use(json.dumps(asked | {"rpId": HOST}))) == "stale"
    assert keys.send(low, key.use(json.dumps({"challenge": text(bytes(32)), "rpId": HOST}))) == "stale"
    user = {"id": asked["user"]["id"]}
    to_use = json.loads(keys.ask(low)) | {"user": user, "rp": {"id": HOST}}
    assert kind(keys.passkeys.add(low, BROWSER, Authenticator().make(json.dumps(to_use)), "x", "en")) == "stale"


def test_a_challenge_lives_five_minutes(keys: Keys, low: Delivery) -> None:
    key = keys.make(low)
    early, late = key.use(keys.ask(low)), key.use(keys.ask(low))
    keys.level2.clock.pass_(CHALLENGE_SECONDS - 1)
    assert keys.send(low, early) == "opened"
    keys.level2.clock.pass_(1)
    assert keys.send(low, late) == "stale"


def test_the_passkey_of_another_recipient_does_not_open(keys: Keys, low: Delivery) -> None:
    keys.make(low)
    (hers,) = keys.level2.seal(OTHER, level=1)
    key = keys.make(hers)
    assert keys.use(low, key) == "unknown"
    assert keys.use(low, Authenticator(user=key.user)) == "unknown"
    assert keys.use(hers, key) == "opened"


def test_a_sign_count_that_goes_back_is_refused_and_noted(keys: Keys, low: Delivery) -> None:
    key = keys.make(low, Authenticator(count=5))
    copy = replace(key)
    assert [keys.use(low, key) for _ in range(3)] == ["opened"] * 3
    assert keys.use(low, copy) == "back"
    event = list(keys.level2.store.ledger.events())[-1]
    assert (event.kind, event.details["why"]) == ("wrong passkey", "back")
    assert keys.use(low, key) == "opened"


def test_a_passkey_that_counts_nothing_keeps_opening(keys: Keys, low: Delivery) -> None:
    key = keys.make(low)
    assert [keys.use(low, key) for _ in range(3)] == ["opened"] * 3


def test_a_removed_passkey_does_not_open(keys: Keys, low: Delivery) -> None:
    key = keys.make(low)
    answer = key.use(keys.ask(low))
    (shown,) = keys.passkeys.of(low)
    assert keys.passkeys.remove(low, shown.id) and not keys.passkeys.remove(low, shown.id)
    assert keys.send(low, answer) == "unknown"
    assert not keys.passkeys.usable(low) and keys.passkeys.of(low) == ()
    assert "passkey removed" in keys.level2.events()


def test_nobody_removes_or_renames_what_is_not_his(keys: Keys, low: Delivery) -> None:
    keys.make(low)
    (shown,) = keys.passkeys.of(low)
    (hers,) = keys.level2.seal(OTHER, level=1)
    assert not keys.passkeys.remove(hers, shown.id) and not keys.passkeys.rename(hers, shown.id, "mine now")
    assert keys.passkeys.of(low) == (shown,) and keys.passkeys.of(hers) == ()


def test_a_name_is_one_plain_line(keys: Keys, low: Delivery) -> None:
    key = keys.make(low)
    (shown,) = keys.passkeys.of(low)
    assert keys.passkeys.rename(low, shown.id, " My\r\nphone \u202e" + "x" * 100)
    assert keys.passkeys.of(low)[0].name == "My phone " + "x" * 51
    assert not keys.passkeys.rename(low, shown.id, " \u200e ")
    assert keys.use(low, key) == "opened"


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
    level2.store.write(lambda: level2.store.doors.end_all(low.id, level2.clock()))
    assert keys.send(low, answer) == "stale"


def test_wrong_passwords_do_not_shut_the_owner_out(keys: Keys, low: Delivery) -> None:
    key, access = keys.make(low), keys.level2.house.access
    for _ in range(10):
        access.unlock(keys.level2.link(low), "aaaa-bbbb-cccc", None)
    assert keys.level2.now(low).paused_until > keys.level2.clock()
    assert keys.use(low, key) == "opened"


def test_a_level_that_was_raised_makes_no_passkey_of_the_new_one(keys: Keys, low: Delivery) -> None:
    options = keys.passkeys.ask_new(low, BROWSER)
    assert isinstance(options, str)
    keys.level2.phonebook.give(RECIPIENT, NUMBER, SENDER)
    message = keys.level2.store.message(low.message_id)
    assert message and keys.level2.sender.raise_level(message, low.id)
    assert kind(keys.passkeys.add(low, BROWSER, Authenticator().make(options), "x", "en")) in ("closed", "stale")
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
    assert keys.level2.house.access.ask_password(low, "en").kind == "sent"
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
