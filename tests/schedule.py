"""Which tests go together to one of the processes that run tests side by side, and which go first.

A file's tests stay together, because they share what the file starts; those that use the shared stack stay
together too, so that it is started once. The longest go first: what waits at the end keeps everybody waiting.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pytest
from xdist.scheduler import LoadGroupScheduling

SHARED_STACK: Final = "shared-stack"
LONGEST: Final = (
    "tests/e2e/test_pages.py",
    "tests/e2e/test_hostile_html.py",
    "tests/e2e/test_crashes.py",
    "tests/e2e/test_direct_changes.py",
    "tests/e2e/test_demo.py",
    "tests/e2e/test_failures.py",
    "tests/e2e/test_postfix_script.py",
    "tests/e2e/test_scanners.py",
    "tests/e2e/test_kannel.py",
    "tests/e2e/test_direct.py",
    "tests/e2e/test_level2.py",
    "tests/e2e/test_answer_circle.py",
    "tests/e2e/test_console_walk.py",
    "tests/e2e/test_killed_milter.py",
    "tests/e2e/test_postfix_script_undo.py",
    "tests/e2e/test_languages.py",
    "tests/e2e/test_level2_pages.py",
    "tests/e2e/test_reading.py",
    "tests/e2e",
    "tests/unit/portal/test_office_pages.py",
    "tests/unit/portal/test_reading.py",
    "tests/unit/sms/test_limits.py",
    "tests/unit/intake/test_offered_again.py",
    "tests/unit/policy/test_quality.py",
    "tests/unit/notices/test_senders.py",
    "tests/fuzz",
)
"""Files and folders by the time that they take, longest first."""


class ByFile(LoadGroupScheduling):  # type: ignore[misc]
    """Tests marked `xdist_group` go by their group, all others by their file."""

    def _split_scope(self, nodeid: str) -> str:
        scope = str(super()._split_scope(nodeid))
        return scope.partition("::")[0] if scope == nodeid else scope


def arrange(items: list[pytest.Item]) -> None:
    """Order the tests, and mark those of the shared stack."""
    for item in items:
        own = hasattr(getattr(item, "module", None), "stack")  # the file has one of its own
        if "stack" in getattr(item, "fixturenames", ()) and not own:
            item.add_marker(pytest.mark.xdist_group(SHARED_STACK))
    items.sort(key=lambda item: rank(item.nodeid, item.get_closest_marker("xdist_group") is not None))


def rank(nodeid: str, shared: bool, longest: Sequence[str] = LONGEST) -> int:
    """The place of a test in the order; the shared stack's group comes first."""
    if shared:
        return -1
    return next((place for place, prefix in enumerate(longest) if nodeid.startswith(prefix)), len(longest))
