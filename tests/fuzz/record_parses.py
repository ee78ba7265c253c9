"""Records how a real Postfix reads random envelope addresses: `python -m tests.fuzz.record_parses FILE [COUNT [SEED]]`.

For each argument, as sender and as recipient, FILE (JSON lines, gzip) has whether Postfix took it, what its macro said,
where Postfix would have delivered to, and whether deleting the recipient by what was written worked. The machine's own
Postfix is asked, in a folder of its own.
"""

from __future__ import annotations

import gzip
import json
import random
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from demo.place import free_ports
from demo.private_postfix import PrivatePostfix
from tests.fuzz.envelope_arguments import argument

_DELIVERED = re.compile(r": ([0-9A-Za-z]+): to=<(.*?)>, (?:orig_to=<.*?>, )?relay=")
_MILTER = Path(__file__).with_name("macro_recorder.py")
PLAIN = {"mydestination": ""}
LOCAL = {"mydestination": "kliniek.example, mail.kliniek.example, localhost", "append_dot_mydomain": "yes"}
"""The two ways to know one's own domains: the second takes `user%other@here` apart and completes names."""
_ALWAYS = {
    "default_transport": "discard:", "virtual_transport": "discard:", "local_transport": "discard:",
    "relay_transport": "discard:", "smtpd_error_sleep_time": "0", "smtpd_soft_error_limit": "1000000",
    "smtpd_hard_error_limit": "1000000", "smtpd_junk_command_limit": "1000000",
    "virtual_mailbox_domains": "", "virtual_mailbox_maps": "",
    "smtpd_relay_restrictions": "permit_mynetworks, reject",
}  # fmt: skip


class Smtp:
    """One connection, which sends whole conversations at once (RFC 2920)."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._file = self._socket.makefile("rb")
        self._reply()
        self.ask([b"EHLO client.kliniek.example"])

    def ask(self, lines: Sequence[bytes]) -> list[int]:
        """The reply codes to `lines`."""
        self._socket.sendall(b"".join(line + b"\r\n" for line in lines))
        return [self._reply() for _ in lines]

    def send(self, sender: bytes, recipient: bytes, subject: str, *, utf8: bool) -> tuple[int, int]:
        """Hands a mail over; the codes of MAIL and RCPT, the second that of the end when the mail was sent."""
        mail = b"MAIL FROM:" + sender + (b" SMTPUTF8" if utf8 else b"")
        first, second = self.ask([mail, b"RCPT TO:" + recipient])
        if (first, second) != (250, 250) or self.ask([b"DATA"]) != [354]:
            self.ask([b"RSET"])
            return first, second
        return first, self.ask([b"Subject: " + subject.encode() + b"\r\n\r\ntext\r\n."])[0]

    def _reply(self) -> int:
        while line := self._file.readline():
            if line[3:4] != b"-":
                return int(line[:3])
        raise ConnectionError("Postfix hung up")


def record(arguments: Sequence[bytes], overrides: dict[str, str]) -> Iterator[dict[str, Any]]:
    """What Postfix makes of each of `arguments`."""
    with tempfile.TemporaryDirectory(prefix="zegel-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (port,) = free_ports(1)
        notes, sock = folder / "notes", folder / "sock"
        notes.touch()
        options = _ALWAYS | overrides | {"smtpd_milters": f"unix:{sock}", "milter_default_action": "tempfail"}
        postfix = PrivatePostfix(folder / "postfix", port, folder / "mail.log", mail=folder / "mail", overrides=options)
        milter = subprocess.Popen([sys.executable, str(_MILTER), str(sock), str(notes)])
        try:
            while not sock.exists():
                time.sleep(0.05)
            sock.chmod(0o666)
            postfix.start()
            codes = [_offer(Smtp(port), each) for each in _parts(arguments, 200)]
            while not postfix.queue_empty():
                time.sleep(0.2)
            time.sleep(1)
            log = postfix.log.read_text(encoding="utf-8", errors="surrogateescape")
            yield from _rows(arguments, [c for part in codes for c in part], log, notes.read_text().splitlines())
        finally:
            milter.terminate()
            milter.wait()
            postfix.remove()


def _parts(arguments: Sequence[bytes], size: int) -> Iterator[Sequence[bytes]]:
    return (arguments[start : start + size] for start in range(0, len(arguments), size))


def _offer(smtp: Smtp, arguments: Sequence[bytes]) -> list[tuple[int, int]]:
    """The codes of each argument as sender and as recipient."""
    found = []
    for each in arguments:
        utf8 = not each.isascii()
        sender, _ = smtp.send(each, b"<keep@post.example>", "sender", utf8=utf8)
        _, recipient = smtp.send(b"<anna@kliniek.example>", each, "keep", utf8=utf8)
        if recipient == 250:
            smtp.send(b"<anna@kliniek.example>", each, "delete", utf8=utf8)
        found.append((sender, recipient))
    smtp.ask([b"QUIT"])
    return found


def _rows(
    arguments: Sequence[bytes], codes: Sequence[tuple[int, int]], log: str, notes: Sequence[str]
) -> Iterator[dict[str, Any]]:
    delivered = dict(_DELIVERED.findall(log))
    said: dict[tuple[str, str], dict[str, Any]] = {}
    for note in map(json.loads, notes):
        of = note["from"] if note["subject"] == "sender" else note["to"][0]
        said[note["subject"], of[0]] = {"macro": of[1], "id": note["id"]}
    for each, (sender, recipient) in zip(arguments, codes, strict=True):
        key = each.decode("latin-1")
        row: dict[str, Any] = {"argument": key, "sender": None, "recipient": None}
        if sender == 250 and ("sender", key) in said:
            row["sender"] = said["sender", key]["macro"]
        if recipient == 250 and ("keep", key) in said:
            kept, deleted = said["keep", key], said.get(("delete", key))
            row["recipient"] = kept["macro"]
            row["goes to"] = delivered.get(kept["id"])
            row["deleted"] = deleted is not None and deleted["id"] not in delivered
        yield row


def main() -> None:
    target, count, seed = sys.argv[1], *(int(each) for each in (*sys.argv[2:], "3000", "1")[:2])
    version = subprocess.run(["/usr/sbin/postconf", "-dh", "mail_version"], capture_output=True, text=True, check=True)
    rng = random.Random(seed)
    arguments = list(dict.fromkeys(argument(rng) for _ in range(count)))
    with gzip.open(target, "wt", encoding="utf-8") as file:
        for name, overrides in (("plain", PLAIN), ("local", LOCAL)):
            for row in record(arguments, overrides):
                file.write(json.dumps({"postfix": version.stdout.strip(), "config": name} | row) + "\n")


if __name__ == "__main__":
    main()
