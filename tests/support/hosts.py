"""Several hosts on one database of a server, each with a folder and a key ring of its own."""

from __future__ import annotations

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.support.cast import NOW, Built, build
from zegel.settings.model import load_settings
from zegel.vault.joining import join
from zegel.vault.keys import read_master_key
from zegel.vault.shared_days import SharedDays


class Group:
    """Hosts that share a database, each with a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.hosts: list[Built] = []

    def first(self) -> Built:
        (self.folder / "0").mkdir()
        self.hosts.append(build(self.folder / "0"))
        return self.hosts[0]

    def prepared(self) -> Path:
        """The folder of a further host: settings and keys of the first, and no key ring."""
        one, folder = self.folder / "0", self.folder / str(len(self.hosts))
        folder.mkdir()
        for name in ("zegel.yaml", "master.key", "sealing.key"):
            shutil.copy(one / name, folder / name)
        return folder

    def joins(self, folder: Path) -> tuple[int, set[str]]:
        """Asks for the keys, and gets them from the hosts that are there."""
        done = threading.Event()

        def answer() -> None:
            while not done.wait(0.05):
                shared(self.hosts[0]).answer(NOW)

        with ThreadPoolExecutor(1) as pool:
            answering = pool.submit(answer)
            try:
                return join_in(folder)
            finally:
                done.set()
                answering.result(60)

    def further(self) -> Built:
        folder = self.prepared()
        assert self.joins(folder)[1] == set()
        return self.opened(folder)

    def opened(self, folder: Path) -> Built:
        self.hosts.append(build(folder))
        return self.hosts[-1]

    def close(self) -> None:
        for each in self.hosts:
            each.core.close()


def shared(host: Built) -> SharedDays:
    found = host.core.vault.shared
    assert found is not None
    return found


def join_in(folder: Path, patience: float = 60.0) -> tuple[int, set[str]]:
    kept = load_settings(folder / "zegel.yaml").storage
    return join(kept.place, kept.keyring, read_master_key(kept.master_key), patience)
