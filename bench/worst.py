"""What whoever has one link can do to a portal: each kind of worst, in a process of its own.

Usage: python -m bench.worst KIND PORT PATH COOKIE. Goes on until it is killed. It takes little of the processor itself,
as if it came from another machine.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import re
import socket
import struct
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

_CHANCE = random.Random(20)
_LONG: Final = b"x" * 1_500_000
_FORM = "Content-Type: application/x-www-form-urlencoded\r\n"


@dataclass(frozen=True)
class Link:
    """The hostile link, and a browser that has unlocked it."""

    port: int
    path: str
    cookie: str

    def head(self, method: str, path: str, more: str = "", cookie: str | None = None) -> bytes:
        """The head of a request."""
        cookies = f"Cookie: zegel={self.cookie if cookie is None else cookie}\r\n"
        return f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n{cookies}{more}\r\n".encode()

    async def ask(self, request: bytes, read: int = 1 << 40, pause: float = 0.0) -> bytes:
        """Sends a request on a connection of its own, and reads up to `read` bytes of what comes back."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 16)
        kept = b""
        with contextlib.suppress(ConnectionError):
            writer.write(request)
            while read > 0 and (piece := await reader.read(min(read, 1 << 16))):
                read -= len(piece)
                kept = (kept + piece)[:200_000]
                if pause:
                    await asyncio.sleep(pause)
        writer.close()
        return kept

    def get(self, path: str, more: str = "", cookie: str | None = None) -> bytes:
        return self.head("GET", self.path + path, f"Connection: close\r\n{more}", cookie)

    def post(self, path: str, form: dict[str, str], cookie: str | None = None) -> bytes:
        body = urlencode(form).encode()
        more = f"Connection: close\r\n{_FORM}Content-Length: {len(body)}\r\n"
        return self.head("POST", self.path + path, more, cookie) + body

    def post_files(self, path: str, form: dict[str, str], files: list[bytes]) -> bytes:
        fields = [f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in form.items()]
        parts = [field.encode() for field in fields] + [
            b'Content-Disposition: form-data; name="files"; filename="a.bin"\r\n\r\n' + data + b"\r\n" for data in files
        ]
        body = b"".join(b"--edge\r\n" + part for part in parts) + b"--edge--\r\n"
        more = (
            f"Connection: close\r\nContent-Type: multipart/form-data; boundary=edge\r\nContent-Length: {len(body)}\r\n"
        )
        return self.head("POST", self.path + path, more) + body

    async def proof(self, path: str, cookie: str | None = None) -> dict[str, str]:
        """What makes a form of this page count."""
        found = re.search(rb'name="csrf" value="([^"]+)"', await self.ask(self.get(path, cookie=cookie)))
        return {"csrf": found[1].decode()} if found else {"csrf": ""}

    async def stranger(self) -> str:
        """The cookie of a browser that was let in by nobody."""
        found = re.search(rb"zegel=([\w-]+)", await self.ask(self.get("", cookie="")))
        return found[1].decode() if found else ""


Kind = Callable[[Link], Awaitable[None]]


def again(count: int, once: Callable[[Link, int], Awaitable[object]]) -> Kind:
    """`count` clients that do the same without end."""

    async def attack(link: Link) -> None:
        async def client(number: int) -> None:
            while True:
                with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                    await once(link, number)
                await asyncio.sleep(0)

        await asyncio.gather(*(client(number) for number in range(count)))

    return attack


def gets(count: int, *paths: str, more: str = "") -> Kind:
    """`count` clients that ask for these in turn and read all."""
    return again(count, lambda link, number: link.ask(link.get(_CHANCE.choice(paths), more)))


def unread(count: int, path: str) -> Kind:
    """`count` clients that ask for something large and read a little now and then."""
    return again(count, lambda link, number: link.ask(link.get(path), pause=2.0))


async def _drip(link: Link, begin: bytes, piece: bytes = b"x") -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", link.port)
    with contextlib.suppress(ConnectionError):
        writer.write(begin)
        while True:
            await asyncio.sleep(1)
            writer.write(piece)
            await writer.drain()


def _slow_post(link: Link, number: int) -> Awaitable[None]:
    more = "Content-Length: 20000000\r\nContent-Type: multipart/form-data; boundary=edge\r\n"
    return _drip(link, link.head("POST", f"{link.path}/reply", more), b"x" * 4_500)


async def _small_chunks(link: Link, number: int) -> None:
    head = link.head("POST", f"{link.path}/draft", f"Transfer-Encoding: chunked\r\n{_FORM}")
    await link.ask(head + b"1\r\nx\r\n" * 60_000 + b"0\r\n\r\n")


async def _reply(link: Link, number: int) -> None:
    await link.ask(link.post_files("/reply", {**await link.proof("/reply"), "text": "dag"}, [_LONG]))


async def _many_parts(link: Link, number: int) -> None:
    await link.ask(link.post_files("/reply", {**await link.proof("/reply"), "text": "dag"}, [b"x"] * 15_000))


def posts(count: int, page: str, path: str, form: dict[str, str]) -> Kind:
    """`count` browsers that send a form again and again."""

    async def attack(link: Link) -> None:
        proof = await link.proof(page)
        await again(count, lambda link, number: link.ask(link.post(path, {**proof, **form})))(link)

    return attack


def guesses(count: int, path: str, form: dict[str, str]) -> Kind:
    """`count` browsers that were not let in and send a form again and again."""

    async def attack(link: Link) -> None:
        cookie = await link.stranger()
        proof = await link.proof("", cookie)
        await again(count, lambda link, number: link.ask(link.post(path, {**proof, **form}, cookie)))(link)

    return attack


def _made_up(link: Link, number: int) -> Awaitable[bytes]:
    token = "".join(_CHANCE.choices("abcdefghijklmnop", k=43))
    other = Link(link.port, f"/m/{token}", link.cookie)
    return other.ask(other.post("/enter", {"csrf": "x", "password": "abcd-efgh-jkmn"}))


def _pipelined(link: Link, number: int) -> Awaitable[bytes]:
    return link.ask(link.head("GET", f"{link.path}/message") * 200 + link.get("/message"))


async def _hangs_up(link: Link, number: int) -> None:
    """Breaks off with a reset, as soon as the answer begins."""
    reader, writer = await asyncio.open_connection("127.0.0.1", link.port)
    writer.write(link.get(_CHANCE.choice(("/original.eml", "/everything.zip", "/file/6"))))
    await reader.read(1000)
    raw: socket.socket = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.close()


async def _only_connects(link: Link, number: int) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", link.port)
    writer.close()


def _other_methods(link: Link, number: int) -> Awaitable[bytes]:
    method = _CHANCE.choice(("HEAD", "OPTIONS", "PUT", "DELETE", "TRACE", "PROPFIND"))
    path = _CHANCE.choice(("/message", "/everything.zip", "/original.eml", ""))
    return link.ask(link.head(method, link.path + path, "Connection: close\r\n"))


_NUMBERS = (f"/page/2/{2**64}", f"/reply/{2**63}", f"/reply/1/file/{2**63}", "/page/2/" + "9" * 1000, f"/file/{2**70}")

KINDS: dict[str, Kind] = {
    "10 ZIPs that nobody reads": unread(10, "/everything.zip"),
    "10 ZIPs, again and again": gets(10, "/everything.zip"),
    "100 slow readers of a picture": unread(100, "/image/1"),
    "pictures, again and again": gets(20, "/image/1", "/image/7"),
    "slow readers of the whole mail": unread(60, "/original.eml"),
    "replies that come slowly": again(40, _slow_post),
    "heads that come slowly": again(200, lambda link, _: _drip(link, link.head("GET", link.path)[:-2] + b"X-Slow: ")),
    "the message, 50 at a time": gets(50, "/message", "/body"),
    "pages to print, mails in mails": gets(20, "/print", "/mail/5", "/mail/5.1", "/body"),
    "parts of files": gets(30, "/file/6", more="Range: bytes=0-1,5-6,100-20000000\r\n"),
    "single bytes of files": gets(30, "/file/6", more="Range: bytes=17000000-17000000\r\n"),
    "pages of a PDF": gets(20, *(f"/page/2/{number}" for number in range(1, 21))),
    "pages of an office document": gets(10, "/preview/3", "/page/3/1", "/page/4/1", "/preview/4"),
    "previews of everything": gets(20, *(f"/preview/{number}" for number in range(1, 8))),
    "pages with a search": gets(20, "/conversation?q=" + "a" * 3000, "/you?" + "&".join(f"x{n}=1" for n in range(500))),
    "large cookies": gets(50, "/message", more="X-More: " + "x" * 12_000 + "\r\n"),
    "numbers without end": gets(30, *_NUMBERS),
    "replies with files": again(8, _reply),
    "replies of many parts": again(8, _many_parts),
    "bodies of small pieces": again(8, _small_chunks),
    "drafts": posts(20, "/reply", "/draft", {"text": "x" * 50_000}),
    "asking for passwords": guesses(20, "/password", {}),
    "wrong passwords": guesses(20, "/enter", {"password": "abcd-efgh-jkmn"}),
    "passwords at links that do not exist": again(20, _made_up),
    "new browsers without end": again(50, lambda link, _: link.ask(link.get("", cookie=""))),
    "passkeys": posts(20, "/passkeys", "/passkeys/ask", {}),
    "other methods": again(40, _other_methods),
    "200 requests at once on a line": again(10, _pipelined),
    "downloads that break off": again(20, _hangs_up),
    "connections without a word": again(20, _only_connects),
}
"""By what is done. The files are those of `bench/hostile_link.py`."""


def main(kind: str, port: int, path: str, cookie: str) -> None:
    """Does it until it is killed."""
    os.nice(19)
    asyncio.run(_forever(KINDS[kind], Link(port, path, cookie)))


async def _forever(kind: Kind, link: Link) -> None:
    await kind(link)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4])
