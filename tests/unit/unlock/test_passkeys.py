"""Passkeys: who gets in with one, and everything that looks like one and is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.support.cast import ORIGINAL, OTHER, RECIPIENT
from tests.support.level2 import BROWSER, OTHER_BROWSER, Level2
from tests.unit.unlock.authenticator import UP, UV, Authenticator, data, text
from tests.unit.unlock.passkey_owner import HOST, Keys, kind, kind_of
from zegel.unlock.passkeys import CHALLENGE_SECONDS
from zegel.unlock.way import Opened
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


# The way in.


def test_a_passkey_opens_the_next_message_of_the_same_recipient(keys: Keys, low: Delivery) -> None:
    key = keys.make(low)
    (later,) = keys.level2.seal(RECIPIENT.upper(), level=1)
    answer = keys.passkeys.open(keys.level2.link(later), key.use(keys.ask(later)), BROWSER)
    assert isinstance(answer, Opened) and answer.cookie != BROWSER
    access = keys.level2.core.access
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
        again.level2.core.close()


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
    event = list(keys.level2.store.audit_log.events())[-1]
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
