"""The console as a process of its own, and what an officer looks up in it and takes along."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, FilePayload, expect

from demo.place import free_ports
from tests.e2e.console_scenes import a_month_of_traffic, looked_at, page_with_passkeys, sign_in
from tests.e2e.test_smuggling import FORM, REFUSED, SECOND, fields, statuses
from tests.unit.console.console_client import OFFICER
from tests.unit.console.console_process import Served
from zegel.cli.checks import processes
from zegel.officers.passkeys import OfficerPasskeys
from zegel.officers.sign_in import SignIn
from zegel.vault.audit_export import check, public_key

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with a_month_of_traffic(tmp_path_factory.mktemp("console")) as served:
        yield served


def test_a_request_that_can_be_read_in_two_ways_is_refused(console: Served) -> None:
    host = console.url.removeprefix("http://").encode()
    for name, request in REFUSED.items():
        answer = console.raw(request.replace(b"HOST", host) + SECOND)
        assert [*statuses(answer), 0][0] in (400, 431, 501) and len(statuses(answer)) == 1, name
        assert b"Content-Security-Policy: default-src 'none'" in answer and b"\r\nServer:" not in answer, name
    large = fields(b"POST /sign-in HTTP/1.1", b"Host: " + host, FORM, b"Content-Length: 200000") + b"x" * 200_000
    assert statuses(console.raw(large + fields(b"GET /health HTTP/1.1", b"Host: x", b"Connection: close")))[0] == 413


def test_zegel_check_knows_the_process(console: Served) -> None:
    settings = console.built.core.settings.console
    assert [state for state, _ in processes.console(settings)] == ["ok"]
    elsewhere = settings.model_copy(update={"port": free_ports(1)[0]})
    [(state, said)] = processes.console(elsewhere)
    assert state == "warning" and "start zegel-console" in said
    assert list(processes.console(elsewhere.model_copy(update={"officers": (), "administrators": ()}))) == []


def test_what_an_officer_looks_up_and_takes_along(browser: Browser, console: Served) -> None:
    """By keyboard where a mouse is of no use: the phone book, a person, the audit log."""
    core = console.built.core
    passkeys = OfficerPasskeys(core.settings, core.vault, SignIn(core.settings, core.vault, core.clock), core.clock)
    passkeys.forget(OFFICER, "administrator")
    console.built.clock.now = time.time()
    page = page_with_passkeys(browser)
    sign_in(page, console, OFFICER)
    page.get_by_role("link", name="Phone book").press("Enter")
    page.get_by_role("link", name="Show your passkey to do something").press("Enter")
    page.get_by_role("link", name="Make a passkey").press("Enter")
    page.get_by_role("button", name="Make a passkey").press("Enter")
    expect(page.get_by_role("status").get_by_text("Your passkey is ready")).to_be_visible()
    page.get_by_role("link", name="Phone book").press("Enter")
    page.get_by_label("Address of the recipient").fill("Eva@elders.example")
    page.get_by_label("Telephone number").fill("06 12 34 59 54")
    page.get_by_label("Telephone number").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("The number is stored")
    expect(page.locator(".people")).to_contain_text("+3******954")
    looked_at(page, "phone-book")
    page.get_by_role("button", name="Show").press("Enter")
    expect(page.locator(".people")).to_contain_text("+31612345954")
    lines = [b"address,number", *(b"p%d@post.example,06%08d" % (n, 12340000 + n) for n in range(40)), b"nobody,06"]
    file: FilePayload = {"name": "numbers.csv", "mimeType": "text/csv", "buffer": b"\n".join(lines)}
    page.get_by_label("A CSV file").set_input_files(file)
    page.get_by_role("button", name="Store all").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Line 42: This is not an e-mail address.")
    looked_at(page, "phone-book-wrong")
    page.get_by_label("A CSV file").set_input_files({**file, "buffer": b"\n".join(lines[:-1])})
    page.get_by_role("button", name="Store all").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Numbers stored: 40.")
    page.get_by_role("link", name="People").press("Enter")
    looked_at(page, "people")
    page.get_by_label("Their whole address").fill("EVA@elders.example")
    page.get_by_label("Their whole address").press("Enter")
    expect(page.get_by_role("heading", level=2).first).to_have_text("eva@elders.example")
    with page.expect_download() as download:
        page.get_by_role("button", name="JSON").press("Enter")
    assert json.loads(download.value.path().read_bytes())["phone"]["number"] == "+31612345954"
    page.get_by_label("Why?").fill("They asked by letter")
    page.get_by_label("That is meant").press("Space")
    looked_at(page, "person")
    page.get_by_role("button", name="Erase this person").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("What need not stay about EVA@elders.example is erased")
    looked_at(page, "person-erased")
    page.get_by_role("link", name="SMS", exact=True).press("Enter")
    looked_at(page, "sms")
    page.get_by_role("link", name="Audit log").press("Enter")
    page.get_by_role("button", name="Check all of it").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("nothing was changed or removed")
    looked_at(page, "audit-checked")
    page.get_by_role("link", name="Back to the events").press("Enter")
    page.get_by_label("Event").select_option("person erased")
    page.get_by_role("button", name="Search").press("Enter")
    expect(page.locator(".events")).to_contain_text("reason: They asked by letter")
    looked_at(page, "audit")
    with page.expect_download() as download:
        page.get_by_role("button", name="JSON").press("Enter")
    assert check(download.value.path().read_bytes(), public_key(core.vault)).statement["by"] == OFFICER
    page.context.close()


def test_the_log_tells_nothing_of_anybody(console: Served) -> None:
    assert "@" not in console.log.read_text()
