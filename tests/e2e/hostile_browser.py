"""A browser that shows hostile mail, and everything around it that would notice when one of them did something."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import waitress
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page

from demo.place import free_ports
from tests.conftest import CHROMIUM, QUIET
from tests.support.fakes.access import NOW, TOKEN, FakeAccess
from tests.support.fakes.replies import FakeConversations
from tests.unit.portal.portal_client import M, client_for, settings_for
from zegel.conversations.conversations import Entry
from zegel_web.responses import PAGE_POLICY

COOKIE = "S" * 43
"""The cookie of a browser that has unlocked the message."""

LOOK = """(whole) => {
  const frame = document.querySelector("iframe.body, .mail");
  frame.style.setProperty("height", "300px", "important");
  frame.style.setProperty("overflow", "hidden", "important");
  const known = {};  // the names of properties by their number, which is the same unless an element has some of its own
  const seen = [...document.querySelectorAll("*")].filter((each) => !each.closest(".mail *, style")).map((each) => {
    const style = getComputedStyle(each), box = each.getBoundingClientRect();
    const names = known[style.length] ??= [...style];
    const own = each === frame ? [] : each.getAttributeNames().map((name) => [name, each.getAttribute(name)]);
    return [each.tagName, own, [box.x, box.y, box.width, box.height], each === frame ? style.position :
      names.map((name) => style.getPropertyValue(name)).join(";")];
  });
  const covered = [...document.querySelectorAll("a, button, summary, h1, h2, label, input")].filter((each) => {
    const box = each.getBoundingClientRect();
    if (!each.checkVisibility() || each.matches(".skip, .unseen, [type=hidden], .mail *")) return false;
    const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    return !(top && (each.contains(top) || top.contains(each)));
  }).map((each) => each.outerHTML.slice(0, 100));
  const all = JSON.stringify({ seen, covered, title: document.title, name: window.name, place: location.href,
    frames: window.length, names: Object.getOwnPropertyNames(window).length,
    own: Object.getOwnPropertyNames(document).length, focus: document.activeElement.tagName,
    scroll: [scrollX, scrollY] });
  if (whole) return all;
  let one = 0, other = 7;
  for (let n = 0; n < all.length; n++) {
    one = Math.imul(one ^ all.charCodeAt(n), 2654435761);
    other = Math.imul(other ^ all.charCodeAt(n), 1597334677);
  }
  return `${all.length} ${one} ${other}`;
}"""
"""What the portal's own page looks like: each element with its attributes, place and style, and what covers it.

As JSON, or as a number of it, because for each case it would be half a megabyte.
"""

ACTIVE = """() => [...document.querySelectorAll("*")].flatMap((each) => [
  ...each.getAttributeNames().filter((name) => /^on|^(srcdoc|formaction|ping|action|background|poster)$/.test(name)),
  ...(each.href && !/^(https?|mailto|tel):/.test(each.href) ? [each.href] : []),
  ...(each.src && !/^data:image\\/(png|jpeg|gif|webp);/.test(each.src) ? [each.src] : []),
  ...(each.namespaceURI === "http://www.w3.org/1999/xhtml" ? [] : [each.tagName]),
  ...(each.shadowRoot ? ["shadow"] : []),
  ...(/^(script|iframe|object|embed|form|input|button|base|link|svg|math|template|dialog)$/i.test(each.tagName)
    ? [each.tagName] : []),
  ...(/fixed|sticky|absolute/.test(getComputedStyle(each).position) ? [getComputedStyle(each).position] : []),
])"""
"""What this browser's own parser made of the body that could act."""


@dataclass
class Watched:
    """What happened since the last page was opened."""

    requests: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)
    """Dialogs, errors of scripts, new pages, downloads."""


class Theatre:
    """A portal whose one message is exchanged, and one browser page that looks at it again and again."""

    def __init__(self, browser: Browser, port: int, net_log: Path) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.access = FakeAccess()
        self.access.open_in.add(COOKIE)
        self.now = Watched()
        self.raw: list[bytes] = []
        """What frames get instead of the body that was made harmless, by their number; its headers stay."""
        told = Entry("message", self.access.delivered.id, NOW, "Anna", False, "x", 1, "opened", TOKEN)
        conversations = FakeConversations(told=(told,))
        self._app = client_for(self.access, settings_for(self.url), conversations=conversations).app
        self._net_log = net_log
        self._server = waitress.create_server(self._answer, host="127.0.0.1", port=port, threads=4)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        # A browser of its own, so that its network log tells of this test alone; no name is ever found.
        options = [f"--log-net-log={net_log}", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
        self._browser = browser.browser_type.launch(executable_path=CHROMIUM, args=[*QUIET, *options])
        self.context = self._browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 2400})
        self.context.add_cookies([{"name": "zegel", "value": COOKIE, "url": self.url}])
        self._watch(self.context)
        self.page = self.context.new_page()

    def _answer(self, environ: Any, start: Any) -> Any:
        path, number = environ["PATH_INFO"], environ["QUERY_STRING"]
        if path == "/frames":
            start("200 OK", [("Content-Type", "text/html; charset=utf-8"), ("Content-Security-Policy", PAGE_POLICY)])
            return [self._frames().encode()]
        if not (number.isdigit() and path.endswith("/body")):
            return self._app(environ, start)

        def started(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            return start(status, [each for each in headers if each[0].lower() != "content-length"], *more)

        for _ in self._app(environ, started):
            pass
        return [self.raw[int(number)]]

    def _frames(self) -> str:
        """A page with many frames like the one of the message page."""
        page = client_for(self.access, settings_for(self.url))
        page.host, page.cookies = self.url.partition("//")[2], {"zegel": COOKIE}
        found = re.search(r'<iframe[^>]*class="body[^>]*>', page.get(f"{M}/message").text)
        assert found
        frames = (found[0].replace('/body"', f'/body?{number}"') + "</iframe>" for number in range(len(self.raw)))
        return f"<!doctype html><title>frames</title><h1>frames</h1>{''.join(frames)}"

    def show_raw(self, mails: list[bytes]) -> Watched:
        """Opens a page that frames each of these as they are, and gives what happened."""
        self.raw, self.now = mails, Watched()
        self.page.goto(f"{self.url}/frames", wait_until="load")
        self.page.wait_for_timeout(200)
        return self.now

    def show(self, raw: bytes, page: str = "message") -> Watched:
        """Opens a page of a message, waits until its frame is there, and gives what happened."""
        # Another one each time: what the portal knows of a message it keeps.
        self.access.delivered = replace(self.access.delivered, message_id=self.access.delivered.message_id + 1)
        self.access.raw = raw
        self.now = Watched()
        self.page.goto(f"{self.url}{M}/{page}", wait_until="load")
        return self.now

    def look(self, whole: bool = False) -> str:
        """The portal's own page, as JSON when it is to be read."""
        return str(self.page.evaluate(LOOK, whole))

    @property
    def body(self) -> Any:
        """The frame with the mail."""
        return next(frame for frame in self.page.frames if "/body" in frame.url)

    def close(self) -> None:
        self._browser.close()
        self._server.close()
        self._thread.join(5)

    def network(self) -> set[tuple[str, str]]:
        """All that the browser's network stack ever heard of: the kind of event and a text; after `close`."""
        log = json.loads(self._net_log.read_text(encoding="utf-8", errors="replace"))
        kinds = {number: kind for kind, number in log["constants"]["logEventTypes"].items()}
        return {
            (kinds[event["type"]], value)
            for event in log["events"]
            for value in (event.get("params") or {}).values()
            if isinstance(value, str)
        }

    def _watch(self, context: BrowserContext) -> None:
        context.on("request", lambda request: self.now.requests.append(request.url))
        context.on("console", self._said)
        context.on("weberror", lambda error: self.now.other.append(str(error.error)))
        context.on("page", self._new)

    def _said(self, message: ConsoleMessage) -> None:
        if "Permissions-Policy header: Unrecognized feature" not in message.text:  # each system knows others
            self.now.console.append(message.text)

    def _new(self, page: Page) -> None:
        def asked(dialog: Dialog) -> None:
            self.now.other.append(dialog.message)
            dialog.dismiss()

        self.now.other.append(f"a page: {page.url}")
        page.on("dialog", asked)
        page.on("download", lambda download: self.now.other.append(download.url))


@contextmanager
def theatre(browser: Browser, folder: Path) -> Iterator[Theatre]:
    """Opened on a free port."""
    made = Theatre(browser, free_ports(1)[0], folder / "net.json")
    made.now = Watched()
    try:
        yield made
    finally:
        made.close()
