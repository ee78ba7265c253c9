"""A real Kannel on free ports: bearerbox, smsbox, and at its other end the fake SMSC, which prints what phones get."""

from __future__ import annotations

import contextlib
import re
import shutil
import socket
import subprocess
import threading
import time
from pathlib import Path

from demo.place import free_ports
from demo.processes import ending_with_us

FAKE_SMSC = "/usr/lib/kannel/test/fakesmsc"
USER, PASSWORD = "zegel", "geheim van de kliniek"
_GOT = re.compile(r"Got message \d+: <(?:\S+ (\+\d+) text )?(.*)>$", re.MULTILINE)

CONFIG = """\
group = core
admin-port = {admin}
admin-password = {password}
admin-interface = "127.0.0.1"
smsbox-port = {box}
smsbox-interface = "127.0.0.1"
box-allow-ip = "127.0.0.1"
log-file = "{folder}/bearerbox.log"
dlr-storage = internal

group = smsc
smsc = fake
smsc-id = fake
port = {smsc}
connect-allow-ip = "127.0.0.1"

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {sendsms}
sendsms-interface = "127.0.0.1"
log-file = "{folder}/smsbox.log"

group = sendsms-user
username = {user}
password = "{password}"
"""


class Kannel:
    """The three processes, each of which can be ended and started."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        admin, box, smsc, self.port = free_ports(4)
        self._ports = {"bearerbox": box, "smsbox": self.port}
        self._smsc = smsc
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self.password_file = folder / "password"
        self.password_file.write_text(PASSWORD)
        self.password_file.chmod(0o600)
        values = {"admin": admin, "box": box, "smsc": smsc, "sendsms": self.port, "folder": folder}
        config = CONFIG.format(**values, user=USER, password=PASSWORD)
        (folder / "kannel.conf").write_text(config)

    def __enter__(self) -> Kannel:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Starts what does not run, and waits until it answers."""
        for name in ("bearerbox", "smsbox"):
            if name not in self._running:
                command = [shutil.which(name, path="/usr/sbin:/usr/bin") or name, str(self.folder / "kannel.conf")]
                self._running[name] = self._process(name, command)
                _wait_for(self._ports[name])
        if "fakesmsc" not in self._running:
            # In pieces of a line, so that what a phone gets can be seen at once; -m 0 sends nothing of its own.
            arguments = ["-H", "127.0.0.1", "-r", str(self._smsc), "-m", "0", "1 2 text x"]
            self._running["fakesmsc"] = self._process("fakesmsc", ["stdbuf", "-oL", "-eL", FAKE_SMSC, *arguments])

    def stop(self, *names: str) -> None:
        """Ends all of it, or the processes that are named."""
        for name in names or ("fakesmsc", "smsbox", "bearerbox"):
            process = self._running.pop(name, None)
            if process is not None:
                process.terminate()
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()

    def texts(self, number: str) -> list[str]:
        """The codes that a phone has got, oldest first: those of the last lines, `@host #code`."""
        output = (self.folder / "fakesmsc.out").read_text(encoding="utf-8", errors="replace")
        found, to = [], ""
        for phone, line in _GOT.findall(output):
            to = phone or to
            code = re.search(r"^@\S+ #(\d{6})$", line)
            if code and to == number:
                found.append(code[1])
        return found

    def _process(self, name: str, command: list[str]) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.out").open("ab") as output:
            return subprocess.Popen(
                ending_with_us(command), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
            )


def _wait_for(port: int, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise AssertionError(f"nothing listens on {port}")


class Between:
    """Stands between Zegel and smsbox, and does to the conversation what `mode` says.

    "pass": nothing. "garbage": answers nonsense itself. "garbled": passes the request on and garbles the answer.
    "slow": passes the request on, and the answer after `seconds`. "drop": passes the request on, and hangs up.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self.mode = "pass"
        self.seconds = 0.0
        self.requests = 0
        (self.port,) = free_ports(1)
        self._socket: socket.socket | None = None
        self.open()

    def open(self) -> None:
        """Listens, when it does not."""
        if self._socket is None:
            self._socket = socket.create_server(("127.0.0.1", self.port))
            threading.Thread(target=self._serve, args=(self._socket,), daemon=True).start()

    def close(self) -> None:
        """Refuses connections from now on."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()
            self._socket = None

    def _serve(self, listening: socket.socket) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(connection,), daemon=True).start()

    def _one(self, connection: socket.socket) -> None:
        mode = self.mode
        self.requests += 1
        with connection, contextlib.suppress(OSError):
            connection.settimeout(30)
            request = _request(connection)
            if mode == "garbage":
                connection.sendall(b"\x16\x03\x01 what? \x00\xff\r\n\r\n")
                return
            answer = self._kannel(request)
            if mode == "slow":
                time.sleep(self.seconds)
            if mode == "garbled":
                connection.sendall(b"HTTP/1.1 202 \xff\xfe\r\nContent-Length: 3\r\n\r\n\x00\x01\x02")
            elif mode != "drop":
                connection.sendall(answer)

    def _kannel(self, request: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", self._port), timeout=30) as kannel:
            kannel.sendall(request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
            answer = b""
            while data := kannel.recv(65536):
                answer += data
            return answer


def _request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536) or _hung_up()
    length = re.search(rb"(?i)content-length: *(\d+)", data)
    head = data.index(b"\r\n\r\n") + 4
    while len(data) - head < int(length[1] if length else 0):
        data += connection.recv(65536) or _hung_up()
    return data


def _hung_up() -> bytes:
    raise OSError("the other side hung up")
