"""What waits to be sent, for administrators: kinds, moments and answers of servers, and no address."""

from __future__ import annotations

import re
from typing import Any

from zegel_console.site import Site
from zegel_console.visit import Visit
from zegel_web.numbers import row_number

MOST = 200
_PERSON = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^\s<>@]+)@[^\s<>@]+|https?://\S+|(?:\+|\(?\b0)\d[\d ().-]{6,}\d|\b\d{9,}')
"""An address, a link or a telephone number, which the answer of a server may repeat."""


def outbox(site: Site, visit: Visit) -> Any:
    """What is stuck, and what was tried in vain, the oldest first."""
    found = site.outbox.waiting(MOST)
    shown = [(each, nobody_in(each.error)) for each in found]
    return site.page(
        "outbox", visit, shown=shown, standing=site.overview.standing(), notice=visit.query.get("s", ""), most=MOST
    )


def nobody_in(answer: str) -> str:
    """What a server answered, without whom it is about.

    >>> nobody_in('550 5.1.1 <"jan jansen"@post.example>: unknown'), nobody_in("no +31 6 1234-5678 here, 5.7.1")
    ('550 5.1.1 <…>: unknown', 'no … here, 5.7.1')
    """
    return _PERSON.sub("…", answer)


def retry(site: Site, visit: Visit) -> Any:
    """Has an item sent again now."""
    assert visit.who
    item = row_number(visit.form.get("item", ""))
    done = item is not None and site.outbox.retry(item, visit.who.person.address)
    return site.go(f"/outbox?s={'again' if done else 'gone'}")
