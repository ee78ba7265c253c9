"""Fixtures of the end-to-end tests: one real stack for all of them, and the people around it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from demo.private_postfix import PrivatePostfix
from demo.stack import Ports, Stack
from tests.e2e.post import Post
from tests.e2e.recipient import Recipient


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
