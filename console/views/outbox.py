"""What waits to be sent, for administrators: kinds, moments and answers of servers, and no address."""

from __future__ import annotations

import re
from typing import Any

from zegel_console.site import Site
from zegel_console.visit import Visit
from zegel_web.numbers import row_number

MOST = 200
_ADDRESS = re.compile(r"[^\s<>@]+@[^\s<>@]+")


def outbox(site: Site, visit: Visit) -> Any:
    """What is stuck, and what was tried in vain, the oldest first."""
    found = site.outbox.waiting(MOST)
    shown = [(each, _ADDRESS.sub("…@…", each.error)) for each in found]
    return site.page(
        "outbox", visit, shown=shown, standing=site.overview.standing(), notice=visit.query.get("s", ""), most=MOST
    )


def retry(site: Site, visit: Visit) -> Any:
    """Has an item sent again now."""
    assert visit.who
    item = row_number(visit.form.get("item", ""))
    done = item is not None and site.outbox.retry(item, visit.who.person.address)
    return site.go(f"/outbox?s={'again' if done else 'gone'}")
