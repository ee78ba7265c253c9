"""The inbox page of the demo: every mailbox and phone, as the people themselves would see them."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass
from datetime import datetime
from email.utils import getaddresses
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import bottle
import jinja2
import waitress

from demo.maildir import Letter, Maildirs
from demo.samples import CAST

HERE: Final = Path(__file__).parent
OWN_DOMAIN: Final = "@kliniek.example"

PAGE_POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
    "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
MAIL_POLICY: Final = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
)
"""A mail's own HTML: it may have a style and links, nothing else."""


@dataclass(frozen=True)
class Box:
    """A mailbox or a phone in the list."""

    address: str
    name: str
    place: str
    count: int
    newest: float
    href: str


def person(header: str) -> str:
    """The name in an address header, else a name made of the address.

    >>> person('"Anna de Wit, huisarts" <anna.dewit@kliniek.example>')
    'Anna de Wit, huisarts'
    >>> person("jan.jansen@post.example")
    'Jan Jansen'
    """
    name, address = next(iter(getaddresses([header])), ("", ""))
    return name or address.partition("@")[0].replace(".", " ").replace("_", " ").title() or header


def when(moment: datetime) -> str:
    """Short, as mail programs write it."""
    return f"{moment:%H:%M}" if moment.date() == datetime.now().date() else f"{moment.day} {moment:%b %H:%M}"


class Inbox:
    """The page on 127.0.0.1:`port`, served by a thread while the `with` block runs."""

    def __init__(self, mail: Path, phones: Path, port: int) -> None:
        self.maildirs = Maildirs(mail)
        self.phones = phones
        self.url = f"http://127.0.0.1:{port}"
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals.update(person=person, when=when)
        self._server = waitress.create_server(self._application(), host="127.0.0.1", port=port, threads=4)
        self._thread = threading.Thread(target=self._serve, name="inbox", daemon=True)

    def __enter__(self) -> Inbox:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):  # waitress has no way to end its loop but to close its socket
            self._server.run()

    # What is shown.

    def boxes(self) -> list[Box]:
        """All mailboxes; who got mail last stands first."""
        found = []
        for address in self.maildirs.addresses():
            letters = self.maildirs.letters(address)
            if letters:
                name = self._name(address, letters)
                place = "De Kliniek" if address.endswith(OWN_DOMAIN) else "outside"
                href = f"/mail/{quote(address, safe='@')}"
                found.append(Box(address, name, place, len(letters), letters[0].arrived, href))
        return sorted(found, key=lambda box: box.newest, reverse=True)

    def phone_boxes(self) -> list[Box]:
        """All phones that got a text message."""
        if not self.phones.is_dir():
            return []
        found = []
        for phone in self.phones.iterdir():
            texts = self._texts(phone.name)
            if texts:
                found.append(
                    Box(phone.name, phone.name, "phone", len(texts), texts[0][0], f"/phone/{quote(phone.name)}")
                )
        return sorted(found, key=lambda box: box.newest, reverse=True)

    @staticmethod
    def _name(address: str, letters: list[Letter]) -> str:
        """What the cast or the newest mail that names this address calls it."""
        if address in CAST:
            return CAST[address]
        for letter in letters:
            for field in ("To", "Cc"):
                for name, given in getaddresses([letter.header(field)]):
                    if name and given.lower() == address:
                        return name
        return person(address)

    def _texts(self, number: str) -> list[tuple[float, str]]:
        files = self.phones.joinpath(number).glob("*.txt") if "/" not in number and number != ".." else []
        texts = [(path.stat().st_mtime, path.read_text(encoding="utf-8", errors="replace")) for path in files]
        return sorted(texts, reverse=True)

    def _page(self, template: str, **values: Any) -> str:
        bottle.response.set_header("Content-Security-Policy", PAGE_POLICY)
        boxes, phones = self.boxes(), self.phone_boxes()
        return self._templates.get_template(template).render(boxes=boxes, phones=phones, **values)

    def _letter(self, address: str, key: str) -> Letter:
        letter = self.maildirs.letter(address, key)
        if letter is None:
            raise bottle.HTTPError(404, "No such mail. It may have been deleted.")
        return letter

    # Routes.

    def _application(self) -> bottle.Bottle:
        application = bottle.Bottle()
        application.route("/", callback=self._home)
        application.route("/mail/<address>", callback=self._mailbox)
        application.route("/mail/<address>/<key>", callback=self._mail)
        application.route("/mail/<address>/<key>/html", callback=self._html)
        application.route("/mail/<address>/<key>/source", callback=self._source)
        application.route("/mail/<address>/<key>/file/<number:int>", callback=self._file)
        application.route("/phone/<number>", callback=self._phone)
        application.route("/static/<name>", callback=_static)
        application.add_hook("after_request", _no_sniffing)
        return application

    def _home(self) -> str:
        return self._page("home.html", here="")

    def _mailbox(self, address: str) -> str:
        letters = self.maildirs.letters(address)
        return self._page("mailbox.html", here=address, name=self._name(address, letters), letters=letters)

    def _mail(self, address: str, key: str) -> str:
        letter = self._letter(address, key)
        shown = bottle.request.query.get("as") or ("html" if letter.body("html") else "text")
        letters = self.maildirs.letters(address)
        name = self._name(address, letters)
        return self._page("mail.html", here=address, name=name, letter=letter, shown=shown)

    def _html(self, address: str, key: str) -> str:
        bottle.response.set_header("Content-Security-Policy", MAIL_POLICY)
        body = self._letter(address, key).html()
        return f'<base target="_blank"><meta name="referrer" content="no-referrer">{body}'

    def _source(self, address: str, key: str) -> bytes:
        bottle.response.content_type = "text/plain; charset=utf-8"
        return self._letter(address, key).raw

    def _file(self, address: str, key: str, number: int) -> bytes:
        files = self._letter(address, key).attachments()
        if not 0 <= number < len(files):
            raise bottle.HTTPError(404, "No such file.")
        name, _, content = files[number]
        bottle.response.content_type = "application/octet-stream"
        bottle.response.set_header("Content-Disposition", f"attachment; filename*=UTF-8''{quote(name, safe='')}")
        return content

    def _phone(self, number: str) -> str:
        texts = [(when(datetime.fromtimestamp(at)), text) for at, text in reversed(self._texts(number))]
        return self._page("phone.html", here=number, number=number, texts=texts)


def _static(name: str) -> bottle.HTTPResponse:
    return bottle.static_file(name, root=str(HERE / "static"))


def _no_sniffing() -> None:
    bottle.response.set_header("X-Content-Type-Options", "nosniff")
    bottle.response.set_header("Referrer-Policy", "no-referrer")
    bottle.response.set_header("Cache-Control", "no-store")
