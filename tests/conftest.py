"""What tests of every kind share: a real browser."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

_UMASK = os.umask(0o022)
os.umask(_UMASK)
CHROMIUM = "/usr/bin/chromium"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
"""Chromium as root, without a screen, and without calling home."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium of the distribution; each test opens a context of its own in it."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield started
        started.close()


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    """The core closes its process's files to others for good (`open_core`); the next test starts as the first did."""
    yield
    os.umask(_UMASK)
