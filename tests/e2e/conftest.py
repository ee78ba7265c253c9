"""Fixtures of the end-to-end tests: one real stack for all of them, and the people around it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from demo.private_postfix import PrivatePostfix
from demo.stack import Ports, Stack
from tests.e2e.drill import Drill
from tests.e2e.post import Post
from tests.e2e.recipient import Recipient

SIGNER = "inet:localhost:8891"
MakePage = Callable[..., Page]


@contextmanager
def folder_for_postfix() -> Iterator[Path]:
    """A fresh folder that Postfix can reach; pytest's own are closed to others, and their paths long."""
    folder = Path(tempfile.mkdtemp(prefix="zegel-", dir="/tmp"))
    try:
        yield folder
    finally:
        PrivatePostfix(folder / "postfix", 0, folder / "mail.log", mail=folder).remove()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def tmp_folder() -> Iterator[Path]:
    """A folder for a stack of one test's own."""
    with folder_for_postfix() as folder:
        yield folder


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """Postfix, milter, courier and portal, for real, on free ports."""
    with folder_for_postfix() as folder, Stack(folder, Ports.free()) as started:
        yield started


@pytest.fixture(scope="session")
def post(stack: Stack) -> Post:
    """The way in and the mailboxes."""
    return Post(stack)


@pytest.fixture
def recipient(post: Post) -> Callable[..., Recipient]:
    """Makes an outsider with an address that nobody had before."""

    def make(name: str = "jan", language: str = "en") -> Recipient:
        return Recipient(post, post.somebody(name), language)

    return make


@pytest.fixture
def browse(browser: Browser) -> Iterator[MakePage]:
    """Somebody with a browser of his own."""
    made: list[BrowserContext] = []

    def make(script: bool = True, width: int = 1280) -> Page:
        context = browser.new_context(
            locale="en-GB", java_script_enabled=script, viewport={"width": width, "height": 700}
        )
        made.append(context)
        return context.new_page()

    yield make
    for context in made:
        context.close()


@pytest.fixture
def person(browser: Browser) -> Iterator[MakePage]:
    """Somebody with a browser of his own."""
    made: list[BrowserContext] = []

    def make(language: str = "nl-NL", script: bool = True) -> Page:
        context = browser.new_context(locale=language, java_script_enabled=script)
        made.append(context)
        return context.new_page()

    yield make
    for context in made:
        context.close()


@pytest.fixture
def debian(tmp_path: Path) -> Path:
    folder = tmp_path / "etc"
    folder.mkdir()
    shutil.copy("/usr/share/postfix/master.cf.dist", folder / "master.cf")
    folder.joinpath("main.cf").write_text(
        "# by hand\n"
        "compatibility_level = 3.6\n"
        f"queue_directory = {tmp_path}/queue\n"
        f"data_directory = {tmp_path}/data\n"
        f"smtpd_milters =\n  {SIGNER}\n"
        "non_smtpd_milters = $smtpd_milters\n"
        "milter_default_action = accept\n"
    )
    return folder


@pytest.fixture(scope="session")
def whole() -> Iterator[Drill]:
    """A stack that the drills break and mend, apart from the one that others share."""
    with folder_for_postfix() as folder, Stack(folder, Ports.free()) as stack:
        yield Drill(stack)


@pytest.fixture
def drill(whole: Drill) -> Iterator[Drill]:
    """In order before and after each drill: mail goes, the link opens, and check ends with 0."""
    yield whole
    sample, answer = whole.sends()
    assert answer == 250 and whole.arrives(sample) and whole.sees() == 200
    assert whole.check() == (0, "")
