"""The made-up month of the demo: there once, and nothing but counts."""

from __future__ import annotations

import time
from pathlib import Path

from demo.month import make_up
from tests.support.cast import build
from zegel.officers.overview import Overview


def test_the_demo_has_a_month_of_figures_and_no_messages(tmp_path: Path) -> None:
    built = build(tmp_path)
    config = tmp_path / "zegel.yaml"
    assert make_up(config) and not make_up(config)
    month = Overview(built.core.settings, built.core.vault, time.time).month()
    assert month.of("sealed") > 200 and month.unopened > 0
    assert month.of("opened") <= month.of("recipients")
    assert month.of("sealed") == sum(line.messages for line in month.rules)
    assert month.blind_spots
    assert not built.core.vault.store.any_readable(0)
    built.core.close()
