"""A running Zegel that is broken and mended, for the drills, with the people around it."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from click.testing import CliRunner

from demo.private_postfix import as_root
from demo.processes import StartError
from demo.stack import Stack
from tests.e2e.load import Sample, delivered, offer
from tests.e2e.post import Post, plain
from tests.e2e.postfix_tools import cooled
from tests.e2e.recipient import Recipient, link_in
from zegel.cli.main import main

ALL = ("milter", "courier", "portal")


@dataclass
class Drill:
    """A running Zegel that is broken and mended, and the people around it."""

    stack: Stack
    number: int = 0

    def __post_init__(self) -> None:
        self.post = Post(self.stack)
        self.early = Recipient(self.post, self.post.somebody())
        self.post.send(plain("uitslag", "BSN 111222333"), self.early.address)
        self.link = link_in(self.early.notification(30))

    def sends(self) -> tuple[Sample, int]:
        """A sender offers a sensitive mail; what SMTP answers."""
        self.number += 1
        sample = Sample(self.number, sensitive=True)
        return sample, offer(self.stack.ports.smtp, sample)

    def arrives(self, sample: Sample) -> bool:
        """Whether its notification comes, and nothing of the original."""
        came = eventually(lambda: delivered(self.stack.mail, sample) == 1)
        mails = list((self.stack.mail / sample.recipient / "new").glob("*"))
        return came and not any(b"111222333" in mail.read_bytes() for mail in mails)

    def sees(self) -> int:
        """What the recipient of an earlier mail gets at their link: a status, 0 when nobody answers."""
        try:
            with urllib.request.urlopen(self.link, timeout=20) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def zegel(self, *words: str) -> str:
        done = CliRunner().invoke(main, [*words, "--config", str(self.stack.config)])
        assert done.exit_code == 0, done.output
        return done.output

    def check(self) -> tuple[int, str]:
        """The exit status of `zegel check`, and what it says is wrong."""
        words = ["check", "--json", "--config", str(self.stack.config), "--postfix", str(self.stack.postfix.config)]
        done = CliRunner().invoke(main, words)
        assert isinstance(done.exception, SystemExit | None), done.exception
        said = json.loads(done.stdout)
        wrong = [f"{each['name']}: {each['text']}" for each in said["findings"] if each["state"] not in ("ok", "note")]
        assert not any("could not be looked at" in line for line in wrong), wrong
        return said["status"], "\n".join(wrong)

    def postconf(self, *words: str) -> None:
        """Change the configuration of Postfix, which reads it at its next reload."""
        folder = cooled(self.stack.postfix.config)
        subprocess.run(as_root(["/usr/sbin/postconf", "-c", str(folder), *words]), check=True)
        cooled(folder)

    def log(self, name: str) -> str:
        return (self.stack.log / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    def refuses_to_start(self, name: str) -> str:
        with pytest.raises(StartError) as refused:
            self.stack.restart(name)
        assert "Traceback" not in str(refused.value)
        return str(refused.value)

    def stop(self, how: str = "stop") -> None:
        for name in ALL:
            getattr(self.stack.services[name], how)()

    def start(self) -> None:
        for name in ALL:
            self.stack.restart(name)

    @contextmanager
    def stopped(self, how: str = "stop") -> Iterator[None]:
        """All three down in here, and up again behind it."""
        self.stop(how)
        yield
        self.start()


def eventually(happens: Callable[[], bool], seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if happens():
            return True
        time.sleep(0.1)
    return False
