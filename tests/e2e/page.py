"""A browser without a screen: pages, forms and cookies, nothing else. It knows no URL of the portal by heart."""

from __future__ import annotations

import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.client import HTTPMessage, HTTPResponse
from http.cookiejar import CookieJar
from typing import IO


@dataclass
class Form:
    """One form of a page."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)


@dataclass
class Page:
    """An answer of the portal; `content` is complete whatever the status."""

    url: str
    status: int
    headers: HTTPMessage
    content: bytes
    forms: list[Form] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    frames: list[str] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    """The text inside each element that has an id."""

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", errors="replace")

    def form(self, action_end: str) -> Form:
        """The form that goes to an address with this end."""
        for form in self.forms:
            if urllib.parse.urlsplit(form.action).path.endswith(action_end):
                return form
        raise AssertionError(f"{self.url} ({self.status}) has no form to …{action_end}, but {self.forms}")

    def link(self, part: str) -> str:
        """The first link whose address holds `part`."""
        for link in self.links:
            if part in link:
                return link
        raise AssertionError(f"{self.url} ({self.status}) has no link with {part}, but {self.links}")

    def links_with(self, part: str) -> list[str]:
        """The links whose address holds `part`, each once, in the page's order."""
        return list(dict.fromkeys(link for link in self.links if part in link))


_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)


class _Reader(HTMLParser):
    """Takes from the HTML what a person can use."""

    def __init__(self, page: Page) -> None:
        super().__init__(convert_charrefs=True)
        self.page = page
        self.form: Form | None = None
        self.open: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        where = urllib.parse.urljoin
        if tag == "form":
            self.form = Form(where(self.page.url, given.get("action", "")), given.get("method", "get").lower())
            self.page.forms.append(self.form)
        elif tag in ("input", "button", "textarea", "select") and self.form and "name" in given:
            self.form.fields[given["name"]] = given.get("value", "")
        elif tag == "a" and "href" in given:
            self.page.links.append(where(self.page.url, given["href"]))
        elif tag == "iframe" and "src" in given:
            self.page.frames.append(where(self.page.url, given["src"]))
        if tag not in _VOID:
            self.open.append((tag, given.get("id", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = None
        while self.open:
            if self.open.pop()[0] == tag:
                break

    def handle_data(self, data: str) -> None:
        for _, name in self.open:
            if name:
                self.page.texts[name] = self.page.texts.get(name, "") + data


class _Anyhow(urllib.request.HTTPErrorProcessor):
    """4xx and 5xx are pages too; redirects are followed as always."""

    def http_response(self, request: urllib.request.Request, response: HTTPResponse) -> HTTPResponse:
        if 300 <= response.status < 400:
            followed: HTTPResponse = super().http_response(request, response)
            return followed
        return response


class Visitor:
    """One browser with its cookies."""

    def __init__(self, language: str = "en") -> None:
        self.cookies = CookieJar()
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self.cookies), _Anyhow()
        )
        self._opener.addheaders = [("Accept-Language", language), ("User-Agent", "Zegel-tests")]

    def get(self, url: str) -> Page:
        """GET, with redirects followed."""
        return self.ask(urllib.request.Request(url))

    def submit(self, form: Form, **values: str) -> Page:
        """Press the button of `form` with `values` typed in."""
        query = urllib.parse.urlencode(form.fields | values)
        if form.method == "get":
            return self.get(f"{form.action}?{query}")
        return self.ask(urllib.request.Request(form.action, data=query.encode()))

    def ask(self, request: urllib.request.Request) -> Page:
        """Any other request, with the cookies of this browser."""
        response: IO[bytes]
        with self._opener.open(request, timeout=30) as response:
            page = Page(response.url, response.status, response.headers, response.read())  # type: ignore[attr-defined]
        if page.headers.get_content_type() == "text/html":
            _Reader(page).feed(page.text)
        return page
