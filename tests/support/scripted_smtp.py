"""A mail server for tests that says what it is told to say."""

from __future__ import annotations

import socket
import threading


class Scripted:
    """A mail server that answers as its `script` says, by command; None hangs up. "." is the end of a mail."""

    def __init__(self) -> None:
        self.script: dict[str, str | None] = {}
        self.offers = ["8BITMIME", "PIPELINING"]
        self.heard: list[bytes] = []
        self.mails: list[bytes] = []
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rwb") as stream:

            def say(text: str) -> None:
                stream.write(f"{text}\r\n".encode())
                stream.flush()

            say("220 here")
            for line in stream:
                self.heard.append(line.strip())
                word = line.split()[0].decode().upper()
                if word == "EHLO":
                    say("\r\n".join(["250-here", *(f"250-{each}" for each in self.offers), "250 HELP"]))
                    continue
                usual = {"QUIT": "221 bye", "DATA": "354 go on"}.get(word, "250 2.1.0 yes")
                answer = self.script.get(word, usual)
                if answer is None:
                    return
                say(answer)
                if word == "QUIT" or answer.startswith("421"):
                    return
                if answer.startswith("354"):
                    content = b""
                    while (more := stream.readline()) not in (b".\r\n", b""):
                        content += more
                    if not more:
                        return  # hung up before its end: no mail
                    self.mails.append(content)
                    say(self.script.get(".", "250 2.0.0 Ok: queued as 4bXyZ12q3Rz") or "")

    def close(self) -> None:
        self._listener.close()
