"""How long a recipient waits for a 25 MB message, over real HTTP, against a page that does nothing."""

from __future__ import annotations

import contextlib
import http.client
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import urlencode, urlsplit

from bench import mails
from bench.figures import Figure, Invalid, against, limited, median
from bench.parts import Parts
from demo.milter_client import MilterClient
from demo.place import free_ports
from demo.processes import Service
from zegel.core import Core, open_core
from zegel.settings.model import load_settings

SIZE: Final = 25 * mails.MEGABYTE
GROUP: Final = "a message of 25 MB in the portal"
MOST: Final = 1.5
_REQUESTS: Final = 5
"""Requests a round."""


class Browser:
    """What a browser does, as far as it takes time here: one connection, one cookie jar."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("localhost", port, timeout=60)
        self._cookies: dict[str, str] = {}

    def get(self, path: str) -> bytes:
        """Raises Invalid unless the answer is a page."""
        status, content = self._request("GET", path)
        if status != 200:
            raise Invalid(f"the portal answered {status}")
        return content

    def post(self, path: str, form: dict[str, str]) -> None:
        """Raises Invalid unless the answer leads on."""
        status, _ = self._request("POST", path, urlencode(form))
        if status not in (302, 303):
            raise Invalid(f"the portal answered {status} to a form")

    def close(self) -> None:
        self._connection.close()

    def _request(self, method: str, path: str, form: str = "") -> tuple[int, bytes]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        if form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self._connection.request(method, path, form or None, headers)
        answer = self._connection.getresponse()
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        return answer.status, answer.read()


def measure(parts: Parts, rounds: int, said: Callable[[str], None]) -> Iterator[Figure]:
    """The baseline and each thing that a recipient does, in turn."""
    said("sealing 25 MB")
    file = mails.mail_with_text_file(SIZE, mails.SECRET)
    seal(parts, file)
    with contextlib.ExitStack() as open_:
        idle_port = free_ports(1)[0]
        idle = Service(
            "idle page",
            [sys.executable, "-m", "bench.idle_page", str(idle_port)],
            log=parts.folder / "idle.log",
            pid_file=parts.folder / "idle.pid",
            answers=lambda: _answers(idle_port),
        )
        open_.callback(idle.stop)
        idle.start()
        nothing, browser = Browser(idle_port), Browser(parts.stack.ports.portal)
        open_.callback(nothing.close)
        open_.callback(browser.close)
        said("unlocking it")
        place = _unlock(parts, browser)
        _check(browser, place)
        tried: dict[str, Callable[[], object]] = {
            "idle Bottle page": lambda: nothing.get("/"),
            "the page": lambda: browser.get(f"{place}/message"),
            "the page and the body in it": lambda: (browser.get(f"{place}/message"), browser.get(f"{place}/body")),
            "download of its file": lambda: browser.get(f"{place}/file/1"),
        }
        seconds: dict[str, list[float]] = {name: [] for name in tried}
        for number in range(rounds):
            said(f"round {number + 1} of {rounds}: opening and downloading")
            for name, work in tried.items():
                seconds[name].append(_median_seconds(work))
    nothing_at_all, *others = (median(GROUP, name, found, "s") for name, found in seconds.items())
    yield nothing_at_all
    for figure in others:
        most = MOST if "body" in figure.name else None
        yield limited(against(figure, nothing_at_all), most=most)


def seal(parts: Parts, mail: bytes) -> None:
    """Offers a mail as Postfix does. Raises Invalid unless it is sealed."""
    before = parts.sealed()
    with MilterClient(parts.stack.socket, seconds=120) as client:
        client.connect()
        client.helo()
        answer = client.offer(mails.crlf(mail), f"<{mails.SENDER}>".encode(), [f"<{mails.RECIPIENT}>".encode()])
    if not (answer.kind == "discard" or answer.deleted) or parts.sealed() == before:
        raise Invalid(f"the message was not sealed but answered with {answer.kind}")
    parts.wait_for_courier()


def _unlock(parts: Parts, browser: Browser) -> str:
    """The path of the newest message, after its password was asked for and entered."""
    courier = parts.stack.services["courier"]
    courier.stop()  # else the password would be gone from the outbox
    core = open_core(load_settings(parts.stack.config))
    try:
        delivery = core.vault.store.delivery(parts.newest_delivery())
        if delivery is None:
            raise Invalid("there is no delivery to open")
        place = urlsplit(core.access.link(delivery.id, delivery.generation)).path
        browser.post(f"{place}/password", {"csrf": _csrf(browser.get(place))})
        page = browser.get(f"{place}/enter")
        browser.post(f"{place}/enter", {"csrf": _csrf(page), "password": _password(core)})
    finally:
        core.close()
        courier.start()
    return place


def _password(core: Core) -> str:
    items = [item for item in core.vault.store.outbox.list(["due"]) if item.kind == "password"]
    if len(items) != 1:
        raise Invalid(f"{len(items)} passwords are in the outbox")
    item = items[0]
    return str(core.vault.payload(item.id, item.message_id, item.payload, core.clock())["password"])


def _check(browser: Browser, place: str) -> None:
    """That what is measured is the message."""
    page = browser.get(f"{place}/message")
    if b"export.txt" not in page:
        raise Invalid("the page does not show the message")
    if mails.SECRET.encode() not in browser.get(f"{place}/body"):
        raise Invalid("the body does not show the message")
    if browser.get(f"{place}/file/1") != mails.large_text(SIZE):
        raise Invalid("the file that is downloaded is not the one that was sent")


def _csrf(page: bytes) -> str:
    found = re.search(rb'name="csrf" value="([^"]+)"', page)
    if not found:
        raise Invalid("a page has no form")
    return found[1].decode()


def _median_seconds(work: Callable[[], object]) -> float:
    found = []
    for _ in range(_REQUESTS):
        begin = time.perf_counter()
        work()
        found.append(time.perf_counter() - begin)
    return statistics.median(found)


def _answers(port: int) -> bool:
    try:
        Browser(port).get("/")
    except (OSError, http.client.HTTPException):
        return False
    return True
