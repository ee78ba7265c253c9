"""The phone book and the counts of SMS in the console: masked until asked for with a passkey, and each look noted."""

from __future__ import annotations

import csv
import html
import io
import re
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.support.cast import OTHER, RECIPIENT, SENDER
from tests.unit.console.console_client import ADMINISTRATOR, OFFICER, SETTINGS, Browser, Office, office
from tests.unit.portal.portal_client import Answer
from zegel import number_files
from zegel.officers import phones
from zegel.recipients import phonebook
from zegel.vault.tables.records import Delivery

NUMBER, MASKED = "+31612345954", "+3******954"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, SETTINGS + "sms: {gateway: folder, folder: sms}\n") as made:
        yield made


@pytest.fixture
def officer(house: Office) -> Browser:
    return house.signed_in(strong=True)


def stored(house: Office) -> dict[str, str]:
    return {each.address: each.number for each in house.built.core.phonebook.entries()}


def listed(text: str) -> list[str]:
    return [html.unescape(re.sub("<.*?>", "", each)) for each in re.findall(r'<h3 class="who"[^>]*>(.*?)</h3>', text)]


def upload(browser: Browser, content: bytes, name: str = "numbers.csv") -> Answer:
    """Sends a file with the form of the page."""
    parts = b"".join(
        b'--x\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n' % each
        for each in (
            (b"csrf", b"", browser.form("/phones").encode()),
            (b"file", b'; filename="%s"' % name.encode(), content),
        )
    )
    return browser.call("POST", "/phones/import", parts + b"--x--\r\n", CONTENT_TYPE="multipart/form-data; boundary=x")


def test_a_number_is_given_shown_and_removed(house: Office, officer: Browser) -> None:
    [waits] = house.built.seal(RECIPIENT, level=2)
    fields = {"address": "JAN@post.example ", "number": "06 12 34 59 54"}
    assert officer.send("/phones", "/phones/give", **fields).header("Location") == "/phones?s=released"
    assert stored(house) == {RECIPIENT: NUMBER}
    found = house.built.core.vault.store.delivery(waits.id)
    assert found and found.state == "notified"
    page = officer.get("/phones").text
    assert listed(page) == [RECIPIENT] and MASKED in page and NUMBER not in page and "345954" not in page
    assert OFFICER in page
    shown = officer.send("/phones", "/phones/show", address=RECIPIENT)
    assert shown.status == 200 and NUMBER in shown.text
    assert ("number shown", OFFICER) in house.events()
    assert officer.send("/phones", "/phones/show", address=OTHER).header("Location") == "/phones?s=gone"
    assert officer.send("/phones", "/phones/forget", address=RECIPIENT).header("Location") == "/phones?s=forgotten"
    assert officer.send("/phones", "/phones/forget", address=RECIPIENT).header("Location") == "/phones?s=gone"
    assert stored(house) == {}
    by = {kind: actor for kind, actor in house.events() if kind.startswith("number")}
    assert by == dict.fromkeys(("number given", "number shown", "number forgotten"), OFFICER)


@pytest.mark.parametrize(
    ("address", "number", "said"),
    [
        ("jan", "0612345954", "not an e-mail address"),
        ("", "", "not an e-mail address"),
        ("<b>@post.example", "0612345954", "not an e-mail address"),
        ("a@b@c.example, d@e.example", "0612345954", "not an e-mail address"),
        ("x" * 500 + "@post.example", "0612345954", "not an e-mail address"),
        (RECIPIENT, "", "Type a number"),
        (RECIPIENT, "020 1234567", "not a mobile number"),
        (RECIPIENT, "+1 202 555 0123", "United States"),
        (RECIPIENT, "0900 1234", ""),
        (RECIPIENT, "06 12 34 59", "too short"),
        (RECIPIENT, "0612345954 / 0687654321", "several numbers"),
        (RECIPIENT, '"><script>alert(1)</script>', "digits only"),
    ],
    ids=range(12),
)
def test_what_is_wrong_is_said_at_the_field(
    house: Office, officer: Browser, address: str, number: str, said: str
) -> None:
    answer = officer.send("/phones", "/phones/give", address=address, number=number)
    assert answer.status == 422 and said in answer.text and 'aria-invalid="true"' in answer.text
    assert "<script>" not in answer.text and "<b>" not in answer.text
    assert stored(house) == {}


@pytest.mark.parametrize(
    "typed", ["06-12345954", "0031612345954", "+31 (0)6 1234 5954", "tel. 06 12345954", "０６１２３４５９５４"]
)
def test_a_number_is_taken_as_people_write_it(house: Office, officer: Browser, typed: str) -> None:
    assert officer.send("/phones", "/phones/give", address=RECIPIENT, number=typed).status == 303
    assert stored(house) == {RECIPIENT: NUMBER}


def test_whatever_the_phone_book_tells_takes_an_officer_and_a_passkey(house: Office) -> None:
    house.built.core.phonebook.give(RECIPIENT, NUMBER, SENDER)
    weak, administrator = house.signed_in(), house.signed_in(ADMINISTRATOR, strong=True)
    assert listed(weak.get("/phones").text) == [RECIPIENT]
    for path in ("give", "show", "forget", "export", "import"):
        fields = {"address": RECIPIENT, "number": "0687654321"}
        assert "Nothing was changed" in weak.send("/passkeys", f"/phones/{path}", **fields).text
        refused = administrator.send("/passkeys", f"/phones/{path}", **fields)
        assert refused.status == 403 and RECIPIENT not in refused.text
    assert administrator.get("/phones").status == 403
    assert stored(house) == {RECIPIENT: NUMBER}
    assert not {"number shown", "phone book exported"} & {kind for kind, _ in house.events()}


def test_a_search_finds_parts_and_goes_on(house: Office, officer: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = [(f"p{number}.of.the.ward@post.example", f"+3161234{number:04}") for number in range(45)]
    house.built.core.phonebook.give_many([*numbers, ("eva@zörg.example", NUMBER)], SENDER)
    for wanted, expected in (
        ("EVA@", ["eva@xn--zrg-sna.example"]),
        ("eva@zörg.example", ["eva@xn--zrg-sna.example"]),
        ("P7.OF.the.ward@POST.example", ["p7.of.the.ward@post.example"]),
        ("%", []),
        ("_", []),
        ("<script>", []),
    ):
        page = officer.call("GET", f"/phones?address={wanted.replace('%', '%25')}").text
        assert listed(page) == expected and "<script>" not in page.replace("<script src", ""), wanted
    seen: list[str] = []
    page = officer.get("/phones").text
    while True:
        seen += listed(page)
        onward = re.search(r'href="(/phones\?[^"]*after=[^"]+)"', page)
        if not onward:
            break
        page = officer.get(html.unescape(onward[1])).text
    assert sorted(seen) == sorted(stored(house))
    for after in ("zz", "f" * 4000, "0" * 128, "%00"):
        assert officer.get(f"/phones?after={after}").status == 200
    monkeypatch.setattr(phones, "LOOKED_MOST", 10)
    monkeypatch.setattr(phones, "PIECE", 10)
    assert "Look further" in officer.get("/phones?address=nobody").text
    looks = [actor for kind, actor in house.events() if kind == "phone book searched"]
    assert set(looks) == {OFFICER}


def test_a_full_page_of_long_addresses_stays_small(house: Office, officer: Browser) -> None:
    long = [(f"{number:03}" + "x&" * 120 + "@" + "long-label." * 6 + "example", NUMBER) for number in range(30)]
    house.built.core.phonebook.give_many(long, SENDER)
    assert len(officer.get("/phones").body) < 60_000


def test_a_file_is_stored_whole_or_not_at_all(house: Office, officer: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    house.built.seal(RECIPIENT, level=2)
    bad = (
        b"address,number\njan@post.example,0612345954\n<b>jan,0612345954\neva@elders.example,020 1234567\n"
        b"JAN@post.example,0687654321\nx@y.example\n"
    )
    answer = upload(officer, bad)
    assert answer.status == 422 and stored(house) == {} and "<b>" not in answer.text
    for line in ("3", "4", "5", "6"):
        assert f"<strong>Line {line}</strong>" in answer.text
    for content, said in (
        (b"", "Choose a file"),
        (b"\xff\xfea\x00", "not in UTF-8"),
        (b"name;phone\na;b\n", "has to name the columns"),
        (b"address,number\n" + b"a" * 200_000 + b",06\n", "no CSV"),
    ):
        answer = upload(officer, content)
        assert answer.status == 422 and said in answer.text, said
    good = "\ufeffNumber;Address;Remark\r\n'+31612345954;Jan@post.example;x\r\n0470 12 34 56;eva@elders.be;\r\n"
    answer = upload(officer, good.encode())
    assert answer.status == 200 and "Numbers stored: 2. Messages sent that waited for them: 1." in answer.text
    assert stored(house) == {RECIPIENT: NUMBER, "eva@elders.be": "+32470123456"}


def test_a_file_of_a_hundred_thousand_lines_is_refused_at_once(house: Office, officer: Browser) -> None:
    lines = "".join(f"p{number}@post.example,06{number:08}\n" for number in range(100_000))
    answer = upload(officer, b"address,number\n" + lines.encode())
    assert answer.status == 422 and f"more than {phones.IMPORTED_MOST:,} lines" in answer.text
    assert stored(house) == {} and len(answer.body) < 60_000
    assert officer.call("POST", "/phones/import", b"", CONTENT_LENGTH="8000001").status == 413
    answer = upload(officer, b"address,number\n" + b"nobody,0\n" * 4_000)
    assert answer.status == 422 and "And 3,950 more" in answer.text and len(answer.body) < 60_000


def test_mail_does_not_wait_for_a_file(house: Office, officer: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """An import of many numbers takes transactions of its own, so that others come in between."""
    monkeypatch.setattr(phonebook, "_AT_ONCE", 2)
    sizes: list[int] = []
    give_all = house.built.core.phonebook.give_all

    def counted(_: object, numbers: list[tuple[str, str]], by: str) -> list[Delivery]:
        sizes.append(len(numbers))
        return give_all(numbers, by)

    monkeypatch.setattr(phonebook.Phonebook, "give_all", counted)
    upload(officer, b"address,number\n" + b"".join(b"p%d@post.example,06%08d\n" % (n, 12345950 + n) for n in range(5)))
    assert sizes == [2, 2, 1] and len(stored(house)) == 5


def test_two_officers_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One file is read at a time, and the second officer is told; of two who change one number the last counts."""
    inside, go_on, read = threading.Event(), threading.Event(), number_files.read_numbers

    def slow(*args: Any) -> Any:
        inside.set()
        go_on.wait(60)
        return read(*args)

    monkeypatch.setattr(phones, "read_numbers", slow)
    with office(tmp_path, SETTINGS.replace("[Fg@", "[eva@kliniek.example, Fg@")) as house:
        one, other = house.signed_in(strong=True), house.signed_in("eva@kliniek.example", strong=True)
        statuses: list[int] = []
        content = b"address,number\njan@post.example,0612345954\n"
        first = threading.Thread(target=lambda: statuses.append(upload(one, content).status))
        first.start()
        assert inside.wait(60)
        second = upload(other, content)
        go_on.set()
        first.join(60)
        assert (statuses, second.status) == ([200], 503) and "Another file is read" in second.text
        for browser, number in ((one, "0612345955"), (other, "0612345956")):
            assert browser.send("/phones", "/phones/give", address=RECIPIENT, number=number).status == 303
        assert stored(house) == {RECIPIENT: "+31612345956"}
        assert one.send("/phones", "/phones/forget", address=RECIPIENT).header("Location") == "/phones?s=forgotten"
        assert other.send("/phones", "/phones/forget", address=RECIPIENT).header("Location") == "/phones?s=gone"


def test_the_book_is_exported_without_formulas_and_can_be_imported(house: Office, officer: Browser) -> None:
    hostile = "=cmd|'/c-calc'!a0@post.example"
    house.built.core.phonebook.give_many([(RECIPIENT, NUMBER), (hostile, "+31612345955")], "@evil+=1@kliniek.example")
    answer = officer.send("/phones", "/phones/export")
    assert answer.header("Content-Disposition") == 'attachment; filename="phone-book.csv"'
    rows = list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"), newline="")))
    assert rows[0] == list(phones.COLUMNS) and len(rows) == 3
    assert not any(cell[:1] in "=+-@\t\r" for row in rows for cell in row if cell)
    assert ("phone book exported", OFFICER) in house.events()
    before = stored(house)
    for address in before:
        officer.send("/phones", "/phones/forget", address=address)
    assert stored(house) == {} and upload(officer, answer.body).status == 200 and stored(house) == before


def test_the_counts_of_sms_tell_nobody_and_are_for_both(house: Office) -> None:
    [delivery] = house.built.seal(RECIPIENT, level=2)
    store, clock = house.built.core.vault.store, house.built.clock
    for kind in ("code sent", "code sent", "code delivered", "code failed"):
        store.write(partial(store.audit_log.record, kind, "zegel", clock(), about=delivery))
    for address in (OFFICER, ADMINISTRATOR):
        page = house.signed_in(address).get("/sms")
        assert page.status == 200 and "post.example" not in page.text
        first = re.findall(r'<tr><th scope="row">[^<]+</th>(.*?)</tr>', page.text)[0]
        assert re.findall(r"<td>(\d+)</td>", first) == ["2", "1", "1"]


def test_without_sms_the_page_says_so(tmp_path: Path) -> None:
    with office(tmp_path, SETTINGS) as house:
        assert "SMS is not set up" in house.signed_in().get("/sms").text
