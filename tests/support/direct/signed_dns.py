"""Signed and unsigned zones below `test`, served by nsd and validated by unbound: the real parts, on loopback.

`signed.test` validates, `bogus.test` is signed by a key that nobody trusts, `plain.test` is not signed, and for
`dead.test` nobody answers. The clinic's own domain, `kliniek.example`, is not signed either.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from demo.processes import ending_with_us

ZONES = ("signed.test", "bogus.test", "plain.test", "kliniek.example")
DEAD = "127.0.0.9"
_SECONDS = 15.0


class SignedDns:
    """Both servers; to be started in a network of its own (namespace.py)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._records: dict[str, list[str]] = {zone: [] for zone in ZONES}
        self._keys: dict[str, str] = {}
        self._running: list[subprocess.Popen[bytes]] = []
        self._serial = 1
        self._sink: socket.socket | None = None

    def add(self, *records: str) -> None:
        """Records, each as `name. TYPE data`."""
        for record in records:
            name = record.split()[0].rstrip(".")
            zone = next(each for each in ZONES if name == each or name.endswith(f".{each}"))
            self._records[zone].append(record)

    def remove(self, beginning: str) -> None:
        """Takes out the records that begin so."""
        for records in self._records.values():
            records[:] = [each for each in records if not each.startswith(beginning)]

    def start(self) -> None:
        for zone in ("signed.test", "bogus.test"):
            self._keys[zone] = self._new_key(zone)
        anchors = [f"{self._keys['signed.test']}.ds", f"{self._new_key('bogus.test')}.ds"]
        for zone in ZONES:
            self._write(zone)
        self._sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sink.bind((DEAD, 5301))
        self._start_nsd()
        self.start_resolver(anchors)
        self._anchors = anchors

    def start_resolver(self, anchors: Sequence[str] | None = None) -> None:
        """Starts unbound, the first time or after `stop_resolver`."""
        self._start_unbound(anchors or self._anchors)
        self._wait("127.0.0.1", 53)

    def stop_resolver(self) -> None:
        """Ends unbound; nobody answers on its port then."""
        self._end(self._running.pop())

    def stop(self) -> None:
        while self._running:
            self._end(self._running.pop())
        if self._sink is not None:
            self._sink.close()

    def publish(self) -> None:
        """Makes changed records count: signed anew, and forgotten by the resolver."""
        self._serial += 1
        for zone in ZONES:
            self._write(zone)
        self._end(self._running.pop(0))
        self._start_nsd(first=True)
        self.flush()

    def flush(self) -> None:
        """Has the resolver forget all."""
        for zone in ZONES:
            command = ["unbound-control", "-c", str(self._folder / "unbound.conf"), "flush_zone", zone]
            subprocess.run(command, check=True, capture_output=True)

    def _new_key(self, zone: str) -> str:
        command = ["ldns-keygen", "-a", "ECDSAP256SHA256", "-k", zone]
        done = subprocess.run(command, cwd=self._folder, check=True, capture_output=True, text=True)
        return str(self._folder / done.stdout.strip())

    def _write(self, zone: str) -> None:
        file = self._folder / zone
        soa = f"@ IN SOA ns.{zone}. root.{zone}. {self._serial} 3600 600 86400 5\n@ IN NS ns.{zone}.\nns A 127.0.0.1\n"
        file.write_text(f"$ORIGIN {zone}.\n$TTL 300\n{soa}" + "".join(f"{each}\n" for each in self._records[zone]))
        if zone in self._keys:
            command = ["ldns-signzone", "-n", str(file), self._keys[zone]]
            subprocess.run(command, cwd=self._folder, check=True, capture_output=True)
        else:
            shutil.copy(file, f"{file}.signed")

    def _start_nsd(self, *, first: bool = False) -> None:
        folder = self._folder
        lines = [
            "server:", "  ip-address: 127.0.0.1@5301", '  username: ""', '  chroot: ""', "  server-count: 1",
            f'  pidfile: "{folder}/nsd.pid"', f'  xfrdfile: "{folder}/xfrd.state"', f'  zonelistfile: "{folder}/zones"',
            f'  zonesdir: "{folder}"', f'  xfrdir: "{folder}"', f'  logfile: "{folder}/nsd.log"', '  database: ""',
            "remote-control:", "  control-enable: no",
        ]  # fmt: skip
        for zone in ZONES:
            lines += ["zone:", f"  name: {zone}", f"  zonefile: {zone}.signed"]
        (folder / "nsd.conf").write_text("\n".join(lines) + "\n")
        self._start(["nsd", "-d", "-c", str(folder / "nsd.conf")], first=first)
        self._wait("127.0.0.1", 5301)

    def _start_unbound(self, anchors: Sequence[str]) -> None:
        folder = self._folder
        lines = [
            "server:", "  interface: 127.0.0.1", "  port: 53", "  do-not-query-localhost: no", '  username: ""',
            '  chroot: ""', f'  directory: "{folder}"', '  pidfile: ""', "  use-syslog: no",
            f'  logfile: "{folder}/unbound.log"', "  val-log-level: 1", '  local-zone: "test." nodefault',
            '  module-config: "validator iterator"', "  cache-max-negative-ttl: 5", '  domain-insecure: "plain.test"',
            '  domain-insecure: "dead.test"', '  domain-insecure: "kliniek.example"',
            "  num-threads: 1", "  do-ip6: no",
            *(f'  trust-anchor-file: "{anchor}"' for anchor in anchors),
            "remote-control:", "  control-enable: yes", f'  control-interface: "{folder}/unbound.sock"',
            "  control-use-cert: no",
        ]  # fmt: skip
        for zone in ZONES:
            lines += ["stub-zone:", f"  name: {zone}", "  stub-addr: 127.0.0.1@5301"]
        lines += ["stub-zone:", "  name: dead.test", f"  stub-addr: {DEAD}@5301"]
        (folder / "unbound.conf").write_text("\n".join(lines) + "\n")
        self._start(["unbound", "-d", "-c", str(folder / "unbound.conf")])

    def _start(self, command: list[str], *, first: bool = False) -> None:
        with (self._folder / f"{command[0]}.out").open("ab") as out:
            started = subprocess.Popen(ending_with_us(command), stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        self._running.insert(0 if first else len(self._running), started)

    @staticmethod
    def _end(process: subprocess.Popen[bytes]) -> None:
        process.terminate()
        process.wait()

    def _wait(self, host: str, port: int) -> None:
        deadline = time.monotonic() + _SECONDS
        while time.monotonic() < deadline:
            try:
                socket.create_connection((host, port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)
        said = "\n".join(file.read_text(errors="replace")[-2000:] for file in self._folder.glob("*.[lo][ou][gt]"))
        raise TimeoutError(f"nobody answers on port {port}:\n{said}")
