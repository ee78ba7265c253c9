"""Writing first: the whole way by WSGI with the real core, and what everybody is told who has no right to anything."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.support.cast import SENDER, build
from tests.support.fakes.access import FakeAccess
from tests.unit.conversations.reply_form import csrf_of, post
from tests.unit.conversations.writing_first import DESK, EVA, HEART, House
from tests.unit.portal.portal_client import client_for

HALF_A_DAY = 12 * 3600


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House.in_(tmp_path)
    yield made
    made.core.close()


def test_it_is_off_until_an_address_is_published() -> None:
    jan = client_for(FakeAccess())
    for path in ("/write", f"/write?to={HEART}", "/write/password"):
        assert jan.get(path).status == 404
        assert jan.post(path, {"address": EVA, "to": HEART}).status == 404
    assert "/write" not in jan.get("/").text


def test_the_list_says_what_is_published_and_the_form_whom_it_is_for(house: House) -> None:
    eva = house.browser()
    page = eva.get("/write")
    assert page.text.index("Receptie") < page.text.index("Poliklinieken") < page.text.index("Cardiologie")
    assert f'href="/write?to={HEART}"' in page.text.replace("%40", "@") and "Vragen over uw hart." in page.text
    assert 'href="/write"' in eva.get("/").text
    form = eva.get(f"/write?to={HEART.upper()}")
    assert "Cardiologie" in form.text and 'name="address"' in form.text and "Receptie" not in form.text
    for link in re.findall(r'href="(\?[^"]*lang=[a-z]+)"', form.text):
        assert "Cardiologie" in eva.get(f"/write{link.replace('&amp;', '&')}").text, "another language, the same page"


@pytest.mark.parametrize(
    "to",
    ["x", SENDER, "anna", "cardio", "cardio@kliniek.example.", "<script>alert(1)</script>",
     "cardio@kliniek.example\r\nx: y", "%00", "cardio@kliniek.example,anna@kliniek.example", "a" * 5000,
     f'"cardio"@kliniek.example,{SENDER}'],
)  # fmt: skip
def test_what_is_not_published_gets_the_list_and_is_not_repeated(house: House, to: str) -> None:
    eva = house.browser()
    expected = eva.get("/write?to=nobody")
    assert expected.status == 200 and "Cardiologie" in expected.text and "Receptie" in expected.text
    answer = house.browser().client.get("/write", QUERY_STRING=f"to={quote(to)}")
    if answer.text.count("Receptie"):
        plain = [re.sub(r'value="[^"]*"', "", each.text) for each in (expected, answer)]
        assert plain[0] == plain[1]
    else:  # another way to write the published address
        assert "Cardiologie" in answer.text and to.lower().startswith("cardio@kliniek.example")
    assert SENDER not in answer.text and "script>alert" not in answer.text
    assert eva.ask(to=to).status in (200, 303)
    house.run()
    assert [to for _, to, _ in house.postfix.mails if to != EVA] == []


def test_the_whole_way_to_a_sealed_answer(house: House) -> None:
    eva = house.browser()
    link = eva.prove()
    form = eva.get(f"{link}/reply")
    assert "Cardiologie" in form.text and EVA in form.text and 'name="subject"' in form.text
    assert eva.get(link).header("Location").endswith("/message")
    assert eva.get(f"{link}/message").header("Location") == f"{link}/reply"
    file = ("foto.png", "image/png", b"\x89PNG\r\n\x1a\nabc")
    sent = eva.write(link, "Mijn hart bonst.", file, subject="Vraag over mijn hart")
    assert sent.header("Location") == f"{link}/conversation?s=sent"
    house.run()
    (letter,) = house.letters(HEART)
    assert letter["Subject"] == "Vraag over mijn hart"
    assert letter["From"] == f'"{EVA} (via De Kliniek)" <no-reply@kliniek.example>'
    assert letter["Reply-To"] == EVA and letter["To"] == f"Cardiologie <{HEART}>"
    assert letter["In-Reply-To"] is None and letter["References"] is None
    body = letter.get_body(("plain",))
    assert body is not None and "Mijn hart bonst." in body.get_content() and "de naam niet" in body.get_content()
    assert [part.get_filename() for part in letter.iter_attachments()] == ["foto.png"]
    page = eva.get(f"{link}/conversation?s=sent")
    assert "Mijn hart bonst." in page.text and "foto.png" in page.text and page.text.count('class="own"') == 1
    assert 'class="theirs"' not in page.text, "nobody wrote to her yet"
    assert eva.get(f"{link}/message").header("Location") == f"{link}/conversation"
    assert 'name="subject"' not in page.text
    eva.write(link, "En nog iets.")
    house.run()
    second = house.letters(HEART)[1]
    assert second["Subject"] == "Re: Vraag over mijn hart" and second["In-Reply-To"] == letter["Message-ID"]


def test_a_message_without_a_subject_says_who_wrote(house: House) -> None:
    eva = house.browser()
    eva.write(eva.prove(), "Hallo")
    house.run()
    assert EVA in house.letters(HEART)[0]["Subject"]


def test_the_button_of_the_docs_has_no_script_and_leads_to_the_form(house: House) -> None:
    docs = Path(__file__).parents[3] / "docs" / "operations.md"
    (button,) = re.findall(r"```html\n(<a .*?/write\?.*?)```", docs.read_text(encoding="utf-8"), re.DOTALL)
    assert "script" not in button and "src" not in button and not re.search(r"\bon\w+=", button)
    (where,) = re.findall(r'href="https://safe\.clinic\.example(/write\?to=[^"]+)"', button)
    page = house.browser().get(where.replace("cardiology@clinic.example", HEART))
    assert page.status == 200 and 'name="address"' in page.text


def test_before_the_proof_nothing_of_a_message_is_kept(house: House) -> None:
    eva = house.browser()
    csrf = csrf_of(eva.get(f"/write?to={HEART}"))
    fields = {"csrf": csrf, "to": HEART, "address": EVA, "text": "olifantenpaadje", "subject": "olifantenpaadje"}
    eva.client.post("/write", fields)
    house.run()
    for file in house.built.folder.iterdir():
        assert file.is_dir() or b"olifantenpaadje" not in file.read_bytes()
    assert not house.store.any_readable(0) and "address proved" not in house.events()


def test_a_forged_form_does_nothing(house: House) -> None:
    eva = house.browser()
    form = {"to": HEART, "address": EVA}
    assert eva.client.post("/write", form).status == 403, "a browser that was never here"
    csrf = csrf_of(eva.get(f"/write?to={HEART}"))
    assert eva.client.post("/write", form).status == 403
    assert eva.client.post("/write", {**form, "csrf": csrf}, HTTP_SEC_FETCH_SITE="cross-site").status == 403
    assert house.browser().client.post("/write", {**form, "csrf": csrf}).status == 403, "of another browser"
    eva.ask()
    password = house.password()
    assert eva.client.post("/write/password", {"password": password}).status == 403
    link = eva.prove("eva2@elders.example")
    assert eva.client.post(f"{link}/reply", {"csrf": csrf, "text": "x"}).status == 403, "that of /write is of /write"
    house.run()
    assert house.letters(HEART) == []


def test_only_the_browser_that_proved_the_address_writes(house: House) -> None:
    eva, mallory = house.browser(), house.browser("198.51.100.1")
    link = eva.prove()
    assert mallory.get(f"{link}/reply").header("Location") == f"{link}?s=again&to=reply"
    assert "Cardiologie" in mallory.get(link).text
    for path in ("/not-mine", "/ask-sender"):
        mallory.client.post(f"{link}{path}", {"csrf": csrf_of(mallory.get(link)), "why": "person", "sure": "yes"})
    house.run()
    assert house.letters(HEART) == [], "with the link alone nobody has the addressee written to"
    assert eva.write(link, "Hallo").status == 303


def test_who_did_not_ask_ends_what_was_opened_and_reads_no_word_about_a_sender(house: House) -> None:
    eva = house.browser()
    link = eva.prove()
    eva.write(link, "Hallo")
    house.clock.pass_(3600)
    other = house.browser("198.51.100.1")
    other.client.post(f"{link}/password", {"csrf": csrf_of(other.get(link))})
    house.run()
    assert "your messages to Cardiologie" in house.text(EVA)
    other.client.post(f"{link}/not-asked", {"csrf": csrf_of(other.get(f"{link}/not-asked")), "sure": "yes"})
    page = other.get(f"{link}/not-asked?s=done")
    assert "do not work any more" in page.text and "sender" not in page.text and "You wrote to Cardiologie" in page.text
    assert eva.get(f"{link}/reply").status == 303, "the session of before has ended"
    house.run()
    assert len(house.letters(HEART)) == 1


def test_an_ended_page_asks_nobody_and_leads_to_a_new_message(house: House) -> None:
    eva = house.browser()
    link = eva.prove()
    house.clock.pass_(31 * 24 * 3600)
    house.upkeep()
    page = eva.get(link)
    assert page.status == 410 and 'href="/write"' in page.text and "ask-sender" not in page.text
    eva.client.post(f"{link}/ask-sender", {"csrf": csrf_of(eva.get(f"/write?to={HEART}"))})
    house.run()
    assert house.letters(HEART) == []


def test_it_can_be_addressed_to_nobody_else(house: House) -> None:
    eva = house.browser()
    link = eva.prove()
    for more in ((("to-1", SENDER),), (("to-1", "x@post.example"),), (("to-1", DESK),)):
        assert eva.write(link, "spam", more=more).status == 422
    hidden = (("to", SENDER), ("address", SENDER), ("bcc", SENDER), ("from", SENDER), ("name", "Anna de Boer"))
    assert eva.write(link, "Hallo", subject="x\r\nBcc: anna@kliniek.example", more=hidden).status == 303
    house.run()
    assert {to for _, to, _ in house.postfix.mails} == {EVA, HEART}
    (letter,) = house.letters(HEART)
    assert (
        letter["Bcc"] is None
        and letter["Subject"] == "x Bcc: anna@kliniek.example"
        and "Anna de Boer" not in str(letter)
    )


def test_too_many_and_too_large_files_are_refused_with_all_that_was_typed(house: House) -> None:
    eva = house.browser()
    link = eva.prove()
    many = [(f"{n}.txt", "text/plain", b"x") for n in range(21)]
    large = [("a.bin", "application/octet-stream", bytes(26_500_000))]
    for files, status in ((many, 422), (large, 413)):
        page = eva.write(link, "mijn tekst", *files, subject="mijn vraag")
        assert page.status == status and "mijn tekst" in page.text and 'value="mijn vraag"' in page.text
    assert eva.write(link, "  ").status == 422
    assert eva.write(link, "", subject="alleen een onderwerp").status == 422
    assert eva.write(link, "x" * 100_001).status == 422
    house.run()
    assert house.letters(HEART) == []


def test_a_draft_with_its_subject_is_kept_for_the_browser(house: House) -> None:
    eva = house.browser()
    link = eva.prove()
    csrf = csrf_of(eva.get(f"{link}/reply"))
    eva.client.post(f"{link}/draft", {"csrf": csrf, "text": "half af", "subject": "mijn vraag"})
    page = eva.get(f"{link}/reply")
    assert "half af" in page.text and 'value="mijn vraag"' in page.text
    house.clock.pass_(5 * 3600)
    fields = [("csrf", csrf), ("subject", "mijn vraag"), ("text", "bijna af")]
    assert post(eva.client, f"{link}/reply", fields).header("Location") == f"{link}?s=draft&to=reply"
    landing = eva.get(f"{link}?s=draft&to=reply")
    eva.client.post(f"{link}/password?to=reply", {"csrf": csrf_of(landing)})
    typed = {"csrf": csrf_of(eva.get(f"{link}/enter?to=reply")), "password": house.password()}
    assert eva.client.post(f"{link}/enter?to=reply", typed).header("Location") == f"{link}/reply"
    page = eva.get(f"{link}/reply")
    assert "bijna af" in page.text and 'value="mijn vraag"' in page.text


def test_what_is_taken_off_the_list_can_be_written_to_no_more(house: House, tmp_path: Path) -> None:
    jan = house.browser("198.51.100.1")
    link = jan.prove("jan@elders.example")
    form = csrf_of(jan.get(f"{link}/reply"))
    eva = house.browser()
    eva.ask()
    password = house.password()
    page = eva.get("/write/password")
    house.core.close()
    text = (tmp_path / "zegel.yaml").read_text()
    (tmp_path / "zegel.yaml").write_text(text.replace(HEART, "longen@kliniek.example"))
    later = House.in_(tmp_path)
    again = later.browser()
    again.client.cookies = eva.client.cookies
    answer = again.client.post("/write/password", {"csrf": csrf_of(page), "password": password})
    assert answer.header("Location") == "/write?s=over"
    again.client.cookies = jan.client.cookies
    assert "You cannot reply here" in again.get(f"{link}/reply").text
    assert post(again.client, f"{link}/reply", [("csrf", form), ("text", "Hallo")]).status == 422
    later.run()
    assert later.letters(HEART) == []
    later.core.close()


def test_the_longest_list_weighs_less_than_45_kb(tmp_path: Path) -> None:
    names = ("Polikliniek voor " + "zeldzame aandoeningen " * 5)[:80]
    every = ", ".join(
        f"{{address: a{n}@kliniek.example, name: {names!r}, text: {'x' * 300}, category: Afdeling {n % 10}}}"
        for n in range(100)
    )
    house = House(build(tmp_path, f"write: {{addresses: [{every}]}}\n"))
    eva = house.browser()
    page = eva.client.get("/write")
    assets = re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text)
    packed = [eva.client.get(path, HTTP_ACCEPT_ENCODING="gzip") for path in assets]
    assert len(page.body) + sum(len(each.body) for each in packed) < 45_000
    assert page.text.count("/write?to=") == 100 and "xxx" not in page.text
    assert "x" * 300 in eva.client.get("/write?to=a99@kliniek.example").text
    house.core.close()
