"""Trust with the real parts and a real browser: a phrase, a remembered device, and a recipient who speaks up."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from demo.maildir import Letter
from demo.stack import Options, Ports, Stack
from tests.e2e.conftest import folder_for_postfix
from tests.e2e.level2_scenes import Office, give, link_of
from tests.e2e.post import BSN, Post, plain
from tests.e2e.recipient import PASSWORD, is_notification, is_password_mail, link_in
from tests.e2e.test_scanners import press_everything

DEVICE_LINK = re.compile(r"https?://[^\s/<>\"]+/d/[A-Za-z0-9_-]{43}")
PHRASE = "blauwe fiets"
SECRET = f"Uw BSN is {BSN}. Tot donderdag."

MakePage = Callable[..., Page]


@pytest.fixture(scope="module")
def post() -> Iterator[Post]:
    """A stack of our own, where devices can be remembered and SMS become files."""
    options = Options(
        settings={
            "portal": {"remember_days": 30},
            "organisation": {"website": "www.kliniek.example"},
            "sms": {"gateway": "folder", "folder": "sms"},
        }
    )
    with folder_for_postfix() as folder, Stack(folder, Ports.free(), options) as started:
        yield Post(started)


@pytest.fixture
def person(browser: Browser) -> Iterator[MakePage]:
    """Somebody with a browser of his own."""
    made: list[BrowserContext] = []

    def make(script: bool = True) -> Page:
        context = browser.new_context(locale="nl-NL", java_script_enabled=script)
        made.append(context)
        return context.new_page()

    yield make
    for context in made:
        context.close()


def write(post: Post, office: Office, to: str, subject: str = "Uitslag") -> str:
    """A message at level 1; its link."""
    before = {letter.key for letter in post.letters(to)}
    post.send(plain(subject, SECRET, to=to, sender=office.address), to, office.address)
    return link_in(post.wait_for_mail(to, lambda letter: is_notification(letter) and letter.key not in before))


def newest_password(post: Post, address: str) -> Letter:
    return post.wait_for_mail(address, is_password_mail)


def unlock(post: Post, page: Page, link: str, address: str, remember: bool = False) -> None:
    """From the link to the message, by a password."""
    page.goto(link)
    press(page, "/password")
    found = PASSWORD.search(newest_password(post, address).body("plain"))
    assert found
    page.locator("#password").fill(found[0])
    if remember:
        page.locator("input[name=remember]").check()
    press(page, "/enter")
    page.wait_for_url("**/message")


def press(page: Page, end: str, sure: bool = False) -> None:
    if sure:
        page.locator(f'main form[action$="{end}"] input[name=sure]').first.check()
    page.locator(f'main form[action$="{end}"] button[type=submit]').first.click()
    page.wait_for_load_state()


def reads(page: Page) -> None:
    """The message is open."""
    expect(page.frame_locator("iframe.body").locator("body")).to_contain_text(BSN)


def test_a_phrase_and_a_remembered_device_from_the_first_mail_to_the_last(post: Post, person: MakePage) -> None:
    office, jan, page = Office(post), post.somebody("jan"), person()
    unlock(post, page, write(post, office, jan), jan, remember=True)
    page.locator(".menu summary").click()
    page.get_by_role("link", name="Uw instellingen").click()
    page.locator("#phrase").fill(PHRASE)
    press(page, "/you/phrase")
    expect(page.locator("[role=status]")).to_contain_text("Uw herkenningszin is bewaard.")
    expect(page.locator(".people li")).to_contain_text("(dit apparaat)")

    told = post.wait_for_mail(jan, lambda letter: bool(DEVICE_LINK.search(letter.body("plain"))))
    assert "Chrome op Linux" in told.body("plain")

    second = write(post, office, jan, "Vervolg")
    notified = post.wait_for_mail(jan, lambda letter: is_notification(letter) and second in letter.body("plain"))
    for kind in ("plain", "html"):
        assert PHRASE in notified.body(kind)
    page.goto(second)
    expect(page.locator("main")).to_contain_text("Dit apparaat is onthouden.")
    assert PHRASE not in page.content(), "whoever has the link could copy it"
    press(page, "/remembered")
    reads(page)

    elsewhere = person()
    elsewhere.goto(second)
    expect(elsewhere.locator('main form[action$="/password"] button')).to_be_visible()
    found = DEVICE_LINK.search(told.body("plain"))
    assert found
    elsewhere.goto(found[0])
    elsewhere.locator("input[name=sure]").check()
    elsewhere.locator("main form button").click()
    expect(elsewhere.locator("h1")).to_have_text("Het apparaat is verwijderd")
    page.reload()
    expect(page.locator("h1")).to_contain_text("heeft u een beveiligd bericht gestuurd")
    expect(page.locator('main form[action$="/password"] button')).to_be_visible()


def test_without_a_script_a_device_is_remembered_too(post: Post, person: MakePage) -> None:
    office, jan, page = Office(post), post.somebody("jan"), person(script=False)
    unlock(post, page, write(post, office, jan), jan, remember=True)
    page.goto(write(post, office, jan, "Vervolg"))
    press(page, "/remembered")
    reads(page)
    page.locator(".menu summary").click()
    page.get_by_role("link", name="Uw instellingen").click()
    press(page, "/you/everywhere")
    expect(page.locator("[role=status]")).to_contain_text("U bent overal uitgelogd")
    page.reload()
    expect(page.locator('main form[action$="/password"] button')).to_be_visible()


def test_who_got_a_mail_that_is_not_for_him_says_so_and_the_sender_decides(post: Post, person: MakePage) -> None:
    office, jan, page, anna = Office(post), post.somebody("jan"), person(), person()
    link = write(post, office, jan)
    page.goto(link)
    page.get_by_role("link", name="Dit bericht is niet voor mij").click()
    page.locator(".choice input").check()
    press(page, "/not-mine")
    expect(page.locator("h1")).to_have_text("De afzender weet ervan")
    page.goto(f"{link}/enter")
    expect(page.locator("h1")).to_have_text("De afzender weet ervan")

    anna.goto(office.page())
    expect(anna.locator("main")).to_contain_text(f"{jan} zegt: dit bericht is niet voor mij")
    press(anna, "/resume", sure=True)
    expect(anna.locator("[role=status]")).to_contain_text("De ontvanger kan het bericht weer openen.")
    unlock(post, page, link, jan)
    reads(page)


def test_a_password_that_nobody_asked_for_is_ended_by_the_link_in_its_mail(post: Post, person: MakePage) -> None:
    office, jan, thief, page = Office(post), post.somebody("jan"), person(), person()
    link = write(post, office, jan)
    thief.goto(link)
    press(thief, "/password")
    mail = newest_password(post, jan).body("plain")
    page.goto(f"{link}/not-asked")
    assert page.url in mail, "the mail leads there"
    expect(page.locator("h1")).to_have_text("Hebt u geen wachtwoord aangevraagd?")
    page.locator("input[name=sure]").check()
    press(page, "/not-asked")
    expect(page.locator("[role=status]")).to_contain_text("werken niet meer")
    found = PASSWORD.search(mail)
    assert found
    thief.locator("#password").fill(found[0])
    press(thief, "/enter")
    expect(thief.locator("#error")).to_contain_text("Dit wachtwoord werkt niet meer")


def test_a_withdrawn_message_is_asked_for_with_one_click(post: Post, person: MakePage) -> None:
    office, jan, page, anna = Office(post), post.somebody("jan"), person(), person()
    post.send(plain("[zeer veilig] Uitslag", SECRET, to=jan, sender=office.address), jan, office.address)
    senders_page = office.page()
    give(anna, senders_page, "+31612345971")
    link = link_of(post, jan)
    anna.goto(f"{senders_page}/recall")
    press(anna, "/recall", sure=True)
    page.goto(link)
    press(page, "/ask-sender")
    expect(page.locator("[role=status]")).to_contain_text("dat u dit bericht nog wilt lezen")
    expect(page.locator("main form")).to_have_count(0)
    asked = post.wait_for_mail(office.address, lambda letter: "vraagt om het bericht" in flat(letter))
    assert jan in asked.body("plain")
    anna.goto(senders_page)
    expect(anna.locator(".people")).to_contain_text("Vraagt om het bericht.")


def test_link_scanners_stop_nothing_end_nothing_and_tell_nobody(post: Post, person: MakePage, browser: Browser) -> None:
    """Every link and every button of every page behind each link in each mail, in one visit after the other."""
    office, jan, page = Office(post), post.somebody("jan"), person()
    link = write(post, office, jan)
    unlock(post, page, link, jan, remember=True)
    told = post.wait_for_mail(jan, lambda letter: bool(DEVICE_LINK.search(letter.body("plain"))))
    device = DEVICE_LINK.search(told.body("plain"))
    assert device
    later = write(post, office, jan, "Vervolg")
    held = post.somebody("eva")
    post.send(plain("[zeer veilig] Uitslag", SECRET, to=held, sender=office.address), held, office.address)
    senders_page = office.page()
    before = len(post.letters(office.address))
    seen: set[str] = set()
    for address in (later, f"{later}/not-asked", f"{later}/not-mine", device[0], senders_page):
        context = browser.new_context()
        seen |= press_everything(context.new_page(), address)
        context.close()
    for end in ("/not-mine", "/not-asked", "/recall", "/agree", device[0].rpartition("/")[2]):
        assert any(each.split("?")[0].endswith(end) for each in seen), f"the scanner did not get to {end}"
    post.settle()
    assert len(post.letters(office.address)) == before, "the sender heard of something"
    assert post.letters(held) == [], "no code was agreed on, so nothing has gone"
    anna = person()
    anna.goto(senders_page)
    expect(anna.locator("main")).to_contain_text("We hebben een telefoonnummer nodig")
    found = PASSWORD.search(newest_password(post, jan).body("plain"))
    assert found
    stranger = person()
    stranger.goto(f"{later}/enter")
    stranger.locator("#password").fill(found[0])
    press(stranger, "/enter")
    reads(stranger)
    page.goto(later)
    press(page, "/remembered")
    reads(page)


def test_scanners_of_a_withdrawn_message_ask_the_sender_once_at_most(
    post: Post, person: MakePage, browser: Browser
) -> None:
    office, jan, anna = Office(post), post.somebody("jan"), person()
    post.send(plain("[zeer veilig] Uitslag", SECRET, to=jan, sender=office.address), jan, office.address)
    senders_page = office.page()
    give(anna, senders_page, "+31612345972")
    link = link_of(post, jan)
    anna.goto(f"{senders_page}/recall")
    press(anna, "/recall", sure=True)
    for _ in range(3):
        context = browser.new_context()
        press_everything(context.new_page(), link)
        context.close()
    post.settle()
    assert len([letter for letter in post.letters(office.address) if "vraagt om het bericht" in flat(letter)]) == 1


def flat(letter: Letter) -> str:
    return " ".join(letter.body("plain").split())
