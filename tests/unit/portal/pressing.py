"""A link scanner that follows every link and presses every button, and leaves each form as it found it."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from tests.unit.portal.portal_client import Answer, Client

_MOST = 400
"""Pages and presses; more would be a circle that has no end."""


@dataclass
class Found:
    """One form, with what it sends for each of its buttons."""

    method: str
    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[list[tuple[str, str]]] = field(default_factory=list)
    ticks: int = 0
    """Boxes that have to be ticked, and are not."""


class _Parser(HTMLParser):
    def __init__(self, at: str) -> None:
        super().__init__()
        self.at = at
        self.links: list[str] = []
        self.loose: list[tuple[str, str, dict[str, str]]] = []
        self.forms: list[Found] = []
        self.named: dict[str, Found] = {}
        self._form: Found | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in has:
            self.links.append(urljoin(self.at, has["href"]))
        elif tag == "form":
            self._form = Found(has.get("method", "get").upper(), urljoin(self.at, has.get("action", "")))
            self.forms.append(self._form)
            self.named[has.get("id", "")] = self._form
        elif tag == "select":
            self._select = has.get("name", "")
        elif tag == "option" and self._form and self._select and "selected" in has:
            self._form.fields.append((self._select, has.get("value", "")))
        elif tag in ("input", "button"):
            self.loose.append((tag, has.get("form", ""), has)) if "form" in has else self._put(tag, has, self._form)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""

    def close(self) -> None:
        super().close()
        for tag, form, has in self.loose:
            self._put(tag, has, self.named.get(form))

    def _put(self, tag: str, has: dict[str, str], form: Found | None) -> None:
        kind = has.get("type", "submit" if tag == "button" else "text")
        named = [(has["name"], has.get("value", "on" if kind == "checkbox" else ""))] if has.get("name") else []
        if form is None:
            return
        if kind == "submit":
            form.buttons.append(named)
        elif kind in ("checkbox", "radio"):
            form.fields += named if "checked" in has else []
            form.ticks += "required" in has and "checked" not in has
        elif kind not in ("button", "file"):
            form.fields += named


def forms_of(answer: Answer, at: str) -> tuple[list[str], list[Found]]:
    """The addresses that a page links to, and its forms."""
    parser = _Parser(at)
    if answer.header("Content-Type").startswith("text/html"):
        parser.feed(answer.text)
        parser.close()
    return parser.links, parser.forms


def press_everything(browser: Client, *starts: str) -> set[str]:
    """Goes through all that can be reached from `starts`; what was asked for and pressed, as "POST /path"."""
    seen: set[str] = set()
    todo = [("GET", start, "") for start in starts]
    while todo:
        method, address, body = todo.pop()
        parts = urlsplit(address)
        if parts.netloc or parts.scheme or "lang=" in parts.query or f"{method} {address} {body}" in seen:
            continue  # somewhere else, or the same page in another language
        seen.add(f"{method} {address} {body}")
        assert len(seen) < _MOST, "no end of pages"
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        answer = browser.post(path, dict(parse_qsl(body))) if method == "POST" else browser.get(path)
        assert answer.status < 500, f"{method} {path} gave {answer.status}"
        if answer.header("Location"):
            todo.append(("GET", urljoin(address, answer.header("Location")), ""))
        links, forms = forms_of(answer, parts.path)
        todo += [("GET", link, "") for link in links]
        for form in forms:
            for button in form.buttons or [[]]:
                sent = urlencode([*form.fields, *button])
                if form.method == "POST":
                    todo.append(("POST", form.action, sent))
                else:
                    todo.append(("GET", f"{form.action.partition('#')[0].partition('?')[0]}?{sent}", ""))
    return {" ".join(each.split("?")[0].split(" ")[:2]) for each in seen}
