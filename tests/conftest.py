"""What tests of every kind share: a real browser, their order, and Hypothesis's profile."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from demo import place
from tests.schedule import ByFile, arrange

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

PATIENCE = 120_000
"""Milliseconds that a page gets: on a busy machine an office file takes long to become one."""

expect.set_options(timeout=PATIENCE)

# Whether a busy machine takes long says nothing about the code.
settings.register_profile("tests", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tests")


if worker := os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw"):
    place.PORTS = place.PORTS[int(worker) :: int(os.environ["PYTEST_XDIST_WORKER_COUNT"])]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Side by side, tests run in an order of their own."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("slow")
    if "PYTEST_XDIST_WORKER" in os.environ:
        arrange(items)


@pytest.hookimpl(tryfirst=True)
def pytest_collection() -> None:
    """Collecting ten thousand tests makes no garbage; looking for it took two fifths of the time."""
    gc.disable()


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What was collected stays to the end, so no search for garbage has to walk it again."""
    gc.collect()
    gc.freeze()
    gc.enable()


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByFile:
    """Each file's tests go to one process."""
    return ByFile(config, log)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium of the distribution; each test opens a context of its own in it."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        open_context = started.new_context

        def patient(**options: Any) -> BrowserContext:
            context = open_context(**options)
            context.set_default_timeout(PATIENCE)
            return context

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(started, "new_context", patient)
            yield started
        started.close()


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    """The core closes its process's files to others for good (`open_core`); the next test starts as the first did."""
    yield
    os.umask(_UMASK)
