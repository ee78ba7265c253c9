"""Everything known about one address, and its erasure. The address is in no address line: it comes by a form."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from zegel.officers.messages import REASON_LENGTH
from zegel.officers.persons import as_csv, as_json
from zegel.person_data import LONGEST, is_address
from zegel.recipients.phone_numbers import masked
from zegel_console.site import Site
from zegel_console.visit import Visit

SHOWN_MOST = 20
"""Messages that a page lists; the file has all."""


def ask(site: Site, visit: Visit) -> Any:
    return _page(site, visit)


def known(site: Site, visit: Visit) -> Any:
    """What is known of an address, in short."""
    return _known(site, visit)


def file(site: Site, visit: Visit) -> Any:
    """All of it as a file, for the person who asked."""
    assert visit.who
    address, form = _typed(visit), visit.form.get("form", "")
    if not is_address(address) or form not in ("csv", "json"):
        return _page(site, visit, 422, error="address")
    found = site.persons.known(address, visit.who.person.address)
    if found is None:
        return _page(site, visit, 503, error="busy")
    if form == "csv":
        return site.file(as_csv(found), "person.csv", "text/csv; charset=utf-8")
    return site.file(as_json(found), "person.json", "application/json")


def erase(site: Site, visit: Visit) -> Any:
    """Removes what need not stay, and says what stays and why."""
    assert visit.who
    address, reason = _typed(visit), visit.form.get("reason", "").strip()[:REASON_LENGTH]
    if not is_address(address):
        return _page(site, visit, 422, error="address")
    if len(reason) < 3 or "@" in reason or visit.form.get("sure") != "yes":
        error = "reason" if len(reason) < 3 else "named" if "@" in reason else "sure"
        return _known(site, visit, 422, error=error, reason=reason)
    erased = site.persons.erase(address, visit.who.person.address, reason)
    if erased is None:
        return _page(site, visit, 503, error="busy")
    return _page(site, visit, erased=erased)


def _known(site: Site, visit: Visit, status: int = 200, *, error: str = "", reason: str = "") -> Any:
    assert visit.who
    address = _typed(visit)
    if not is_address(address):
        return _page(site, visit, 422, error="address")
    found = site.persons.known(address, visit.who.person.address)
    if found is None:
        return _page(site, visit, 503, error="busy")
    return _page(site, visit, status, found=found, error=error, reason=reason)


def _typed(visit: Visit) -> str:
    return visit.form.get("address", "").strip()[: LONGEST + 1]


def _seconds(written: str) -> float:
    return datetime.fromisoformat(written).timestamp()


def _page(site: Site, visit: Visit, status: int = 200, **shown: Any) -> Any:
    nothing: dict[str, Any] = {"found": None, "erased": None, "error": "", "reason": ""}
    return site.page("people", visit, status, typed=_typed(visit), masked=masked, most=SHOWN_MOST,
                     seconds=_seconds, longest=REASON_LENGTH, **nothing | shown)  # fmt: skip
