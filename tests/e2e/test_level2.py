"""Level 2 under force: a thousand presses by a script, and a courier that is killed again and again."""

from __future__ import annotations

import random
import re
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from demo.stack import Options, Ports, Stack
from tests.e2e.conftest import folder_for_postfix
from tests.e2e.page import Visitor
from tests.e2e.post import Post, plain
from tests.e2e.recipient import is_notification, link_in

CAP, PEOPLE, PRESSES = 25, 30, 1000
ALARM = "beheer@kliniek.example"
SECRET = "De uitslag van mevrouw De Vries is goed."


@pytest.fixture
def post(request: pytest.FixtureRequest) -> Iterator[Post]:
    """A stack of its own; its daily cap is what the test is parametrized with."""
    cap = getattr(request, "param", 1000)
    sms = {"gateway": "folder", "folder": "sms", "daily_cap": cap, "alarm": ALARM}
    with folder_for_postfix() as folder, Stack(folder, Ports.free(), Options(settings={"sms": sms})) as stack:
        yield Post(stack)


def numbers(post: Post, addresses: list[str]) -> dict[str, str]:
    """Gives each address a phone of its own, by the administrator's command."""
    book = {address: f"+3161234{place:04}" for place, address in enumerate(addresses)}
    file = post.stack.data / "numbers.csv"
    file.write_text("address,number\n" + "".join(f"{address},{number}\n" for address, number in book.items()))
    command = [str(Path(sys.executable).parent / "zegel"), "phone", "import", "--config", str(post.stack.config)]
    done = subprocess.run([*command, str(file)], check=True, capture_output=True, text=True)
    assert done.stdout.startswith(f"{len(book)} numbers imported")
    return book


def links(post: Post, addresses: list[str]) -> dict[str, str]:
    """Sends each address a message of level 2, and takes the link of its notification."""
    for address in addresses:
        post.send(plain("[zeer veilig] Uitslag", SECRET, to=address), address)
    return {address: link_in(post.wait_for_mail(address, is_notification, 20)) for address in addresses}


def files(post: Post) -> Counter[str]:
    """How many SMS each phone has."""
    return Counter(file.parent.name for file in post.stack.data.joinpath("sms").glob("*/*.txt"))


def code(post: Post, number: str) -> str:
    newest = max(post.stack.data.joinpath("sms", number).glob("*.txt"))
    return str(re.findall(r"#(\d{6})$", newest.read_text())[0])


@pytest.mark.parametrize("post", [CAP], indirect=True, ids=["capped"])
def test_a_thousand_presses_send_no_more_than_the_limits_say_and_the_alarm_comes(post: Post) -> None:
    addresses = [post.somebody() for _ in range(PEOPLE)]
    numbers(post, addresses)
    there = list(links(post, addresses).values())
    statuses: Counter[int] = Counter()
    lock = threading.Lock()

    def press(seed: int) -> None:
        chance, visitor = random.Random(seed), Visitor()
        for _ in range(PRESSES // 4):
            if chance.random() < 0.3:
                visitor = Visitor()  # a browser that nobody has seen before
            form = next(
                form
                for form in visitor.get(chance.choice(there) + chance.choice(["", "/enter"])).forms
                if form.action.endswith("/code")
            )
            page = visitor.submit(form)
            with lock:
                statuses[page.status] += 1

    threads = [threading.Thread(target=press, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(statuses.values()) == PRESSES and set(statuses) == {200}
    time.sleep(3)
    sent = files(post)
    assert sum(sent.values()) == CAP
    assert max(sent.values()) <= 3, "three in ten minutes for one phone"
    post.settle()
    subjects = {letter.header("Subject") for letter in post.letters(ALARM)}
    assert subjects == {f"Codes: {CAP * 8 // 10} van {CAP} gebruikt", f"Codes: {CAP} van {CAP} gebruikt"}


def test_a_courier_killed_again_and_again_loses_no_code_and_doubles_none(post: Post) -> None:
    addresses = [post.somebody("eva", "elders.example") for _ in range(PEOPLE)]
    book, there = numbers(post, addresses), links(post, addresses)
    visitors = {address: Visitor() for address in addresses}
    chance = random.Random(20261122)
    done = threading.Event()

    def kill() -> None:
        while not done.is_set():
            post.stack.kill("courier")
            post.stack.restart("courier")
            done.wait(chance.uniform(0.05, 0.4))

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        for address in addresses:
            visitors[address].submit(visitors[address].get(there[address]).form("/code"))
            time.sleep(chance.uniform(0, 0.3))
    finally:
        done.set()
        killer.join()
    deadline = time.monotonic() + 30
    while _states(post) & {"asked", "handing"} and time.monotonic() < deadline:
        time.sleep(0.2)
    assert max(files(post).values()) == 1, "none twice"
    unsure = [address for address in addresses if not files(post)[book[address]]]
    for address in unsure:
        assert "not sure that your SMS has left" in visitors[address].get(f"{there[address]}/enter").text
    if unsure:
        time.sleep(31)
        for address in unsure:
            visitors[address].submit(visitors[address].get(f"{there[address]}/enter").form("/code"))
        time.sleep(3)
    for address in addresses:
        form = visitors[address].get(f"{there[address]}/enter").form("/enter")
        assert visitors[address].submit(form, code=code(post, book[address])).url.endswith("/message")


def _states(post: Post) -> set[str]:
    with closing(sqlite3.connect(post.stack.data / "zegel.db")) as database:
        return {state for (state,) in database.execute("SELECT state FROM sms")}
