"""A portal that publishes addresses, and somebody outside who writes to one of them."""

from __future__ import annotations

import re
from pathlib import Path

from tests.support.cast import build
from tests.support.level2 import Level2
from tests.unit.conversations.reply_form import HOST, File, csrf_of, post
from tests.unit.portal.portal_client import Answer, Client
from zegel_portal.app import create_app

HEART, DESK = "cardio@kliniek.example", "balie@kliniek.example"
EVA = "eva@elders.example"
SETTINGS = f"""\
write:
  addresses:
    - {{address: {HEART}, name: Cardiologie, text: Vragen over uw hart., category: Poliklinieken}}
    - {{address: {DESK}, name: Receptie}}
"""


class House(Level2):
    """A house with published addresses, and browsers at it."""

    @classmethod
    def in_(cls, folder: Path, more: str = "") -> House:
        return cls(build(folder, SETTINGS + more))

    def browser(self, network: str = "192.0.2.1") -> Visitor:
        return Visitor(self, network)

    def password(self, to: str = EVA) -> str:
        """In the newest mail to somebody."""
        self.run()
        found = re.search(r"\b([a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4})\b", self.text(to))
        assert found
        return found[1]


class Visitor:
    """One browser."""

    def __init__(self, house: House, network: str) -> None:
        self.house = house
        self.client = Client(create_app(house.core), host=HOST)
        self.network = network

    def get(self, path: str) -> Answer:
        return self.client.get(path, HTTP_X_REAL_IP=self.network)

    def ask(self, address: str = EVA, to: str = HEART, **more: str) -> Answer:
        """Asks for a password on the page of `to`."""
        csrf = csrf_of(self.get(f"/write?to={HEART}"))
        fields = {"csrf": csrf, "to": to, "address": address}
        return self.client.post("/write", fields, HTTP_X_REAL_IP=self.network, **more)

    def type(self, password: str) -> Answer:
        page = self.get("/write/password")
        return self.client.post("/write/password", {"csrf": csrf_of(page), "password": password})

    def prove(self, address: str = EVA, to: str = HEART) -> str:
        """Shows that an address is theirs; the link that they write from."""
        assert self.ask(address, to).header("Location") == "/write/password?s=sent"
        where = self.type(self.house.password(address)).header("Location")
        found = re.fullmatch(r"(/m/[A-Za-z0-9_-]{43})/reply\?s=proved", where)
        assert found, where
        return found[1]

    def write(
        self, link: str, text: str, *files: File, subject: str = "", more: tuple[tuple[str, str], ...] = ()
    ) -> Answer:
        csrf = csrf_of(self.get(f"{link}/reply"))
        return post(self.client, f"{link}/reply", [("csrf", csrf), ("subject", subject), ("text", text), *more], files)
