"""Remembered devices on the pages: the box, the cookie, the way in without a password, and the way out."""

from __future__ import annotations

import pytest

from tests.support.fakes.access import FakeAccess
from tests.support.fakes.codes import CODE, FakeCodes, at_level_2, progress
from tests.support.fakes.trust import DEVICE_LINK, PHONE, FakeTrust
from tests.unit.portal.portal_client import Client, M, client_for
from tests.unit.portal.test_code import visible

D = f"/d/{DEVICE_LINK}"
DEVICE = "__Host-zegel-device"
MONTH = 30 * 86_400.0


@pytest.fixture
def trust() -> FakeTrust:
    return FakeTrust(FakeAccess())


@pytest.fixture
def jan(trust: FakeTrust) -> Client:
    return client_for(trust.devices.access, trust=trust)


@pytest.fixture
def reader(jan: Client) -> Client:
    """One who has opened the message."""
    assert jan.unlock().status == 303
    return jan


def test_the_box_is_there_only_when_the_organisation_wants_it_and_is_not_ticked(jan: Client, trust: FakeTrust) -> None:
    assert 'name="remember"' not in jan.get(f"{M}/enter").text
    jan.submit(f"{M}/enter", f"{M}/enter", password="abcd-efgh-jk23", remember="yes")
    assert trust.devices.calls == [], "nor does a made-up form switch it on"
    trust.devices.seconds = MONTH
    other = Client(jan.app)
    page = other.get(f"{M}/enter").text
    assert "Remember this device for 30 days" in visible(page)
    assert "checked" not in page
    other.unlock()
    assert trust.devices.calls == [] and DEVICE not in other.cookies


def test_a_ticked_box_is_remembered_in_a_cookie_of_its_own(jan: Client, trust: FakeTrust) -> None:
    trust.devices.seconds = MONTH
    answer = jan.submit(
        f"{M}/enter", f"{M}/enter", password="abcd-efgh-jk23", remember="yes",
    )  # fmt: skip
    assert answer.header("Location") == f"{M}/message"
    assert trust.devices.calls == ["remember   en"]
    (cookie,) = [each for each in answer.all("Set-Cookie") if each.startswith(DEVICE)]
    for wanted in ("HttpOnly", "Secure", "SameSite=lax", "Path=/", f"Max-Age={int(MONTH)}"):
        assert wanted.lower() in cookie.lower()
    assert "domain" not in cookie.lower()


def test_a_code_can_be_remembered_too_with_the_kind_of_browser() -> None:
    access = at_level_2()
    trust = FakeTrust(access)
    trust.devices.seconds = MONTH
    eva = client_for(access, codes=FakeCodes(access, now=progress("sent")), trust=trust)
    eva.get(f"{M}/enter")
    page = eva.get(f"{M}/enter").text
    assert 'name="remember"' in page
    csrf = page.partition('name="csrf" value="')[2].partition('"')[0]
    agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit Version/17.0 Mobile Safari/604.1"
    eva.post(f"{M}/enter", {"csrf": csrf, "code": CODE, "remember": "yes"}, HTTP_USER_AGENT=agent)
    assert trust.devices.calls == ["remember Safari iPhone en"]


def test_a_wrong_password_remembers_nothing(jan: Client, trust: FakeTrust) -> None:
    trust.devices.seconds = MONTH
    jan.submit(f"{M}/enter", f"{M}/enter", password="fout", remember="yes")
    assert trust.devices.calls == [] and DEVICE not in jan.cookies


def test_a_remembered_browser_opens_with_one_press_and_gets_new_cookies(jan: Client, trust: FakeTrust) -> None:
    trust.devices.seconds = MONTH
    jan.cookies[DEVICE] = trust.devices.good
    page = jan.get(M)
    assert "This device is remembered." in visible(page.text) and "/password" not in page.text
    before = dict(jan.cookies)
    answer = jan.submit(M, f"{M}/remembered")
    assert answer.header("Location") == f"{M}/message"
    assert jan.cookies[DEVICE] != before[DEVICE] and jan.cookies["__Host-zegel"] != before["__Host-zegel"]
    assert jan.get(f"{M}/message").status == 200


def test_another_browser_is_sent_to_the_beginning(jan: Client, trust: FakeTrust) -> None:
    jan.cookies[DEVICE] = "x" * 43
    assert "This device is remembered." not in visible(jan.get(M).text)
    assert jan.submit(M, f"{M}/remembered").header("Location") == M
    assert jan.get(f"{M}/message").status == 303


def test_signing_out_asks_whether_the_device_stays_remembered(reader: Client, trust: FakeTrust) -> None:
    trust.devices.seconds = MONTH
    reader.cookies[DEVICE] = trust.devices.good
    answer = reader.submit(f"{M}/message", f"{M}/sign-out")
    assert trust.devices.calls == [] and not any(each.startswith(DEVICE) for each in answer.all("Set-Cookie"))
    page = reader.get(answer.header("Location")).text
    assert "Keep this device remembered?" in visible(page) and page.count("<h1") == 1
    assert f'action="{M}/remembered' not in page, "what is asked comes first"
    answer = reader.submit(f"{M}?s=out", f"{M}/forget")
    assert trust.devices.calls == ["forget"]
    (cookie,) = [each for each in answer.all("Set-Cookie") if each.startswith(DEVICE)]
    assert "max-age=0" in cookie.lower()
    told = reader.get(answer.header("Location")).text
    assert "This device is not remembered any more." in visible(told)


def test_signing_out_asks_nothing_where_no_device_is_remembered(reader: Client) -> None:
    answer = reader.submit(f"{M}/message", f"{M}/sign-out")
    page = visible(reader.get(answer.header("Location")).text)
    assert "You are signed out." in page and "remembered" not in page


def test_the_link_in_the_mail_shows_the_device_and_removes_it_after_a_tick(jan: Client, trust: FakeTrust) -> None:
    assert jan.get(D).status == 404
    trust.devices.all = [PHONE]
    assert "Firefox on Android" in visible(jan.get(D).text)
    assert jan.submit(D, D).status == 422
    assert jan.post(D, {"sure": "yes"}).status == 403
    assert trust.devices.calls == []
    answer = jan.submit(D, D, sure="yes")
    assert trust.devices.calls == ["disown"]
    page = jan.get(answer.header("Location"))
    assert page.status == 200 and "The device is removed" in visible(page.text)


@pytest.mark.parametrize("token", ["x", "a" * 500, "..", "é", "<script>"])
def test_a_device_link_that_nobody_was_given_gets_the_same_page(jan: Client, trust: FakeTrust, token: str) -> None:
    trust.devices.all = [PHONE]
    assert jan.get(f"/d/{token.encode().decode('latin1')}").status in (400, 404)
