"""The overview: a month in figures, and where things stand now."""

from __future__ import annotations

from typing import Any

from zegel_console.plots import HEIGHT, WIDTH, columns
from zegel_console.site import Site
from zegel_console.visit import Visit


def home(site: Site, visit: Visit) -> Any:
    month, standing = site.overview.month(), site.overview.standing()
    days = [(day, day.of("sealed", "1"), day.of("sealed", "2")) for day in month.days]
    sealed = columns([(one, two) for _, one, two in days])
    most = max((line.messages for line in month.rules), default=0)
    return site.page(
        "home", visit, month=month, standing=standing, sealed=sealed, days=days, width=WIDTH, height=HEIGHT,
        most=most or 1, cap=site.settings.sms.daily_cap, by_sms=site.settings.sms.served > 1,
    )  # fmt: skip
