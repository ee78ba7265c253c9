"""The phone book, for officers: whose telephone number is known, and what they change in it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from zegel.number_files import Problem
from zegel.officers.phones import IMPORTED_MOST, Given
from zegel.recipients.phone_numbers import masked
from zegel.recipients.phonebook import Entry
from zegel_console.site import Site
from zegel_console.visit import Visit

_LONGEST = 320
_PROBLEMS_MOST = 50
"""Wrong lines of a file that a page names."""


def book(site: Site, visit: Visit) -> Any:
    """All numbers, or those that are looked for, masked."""
    return _page(site, visit)


def show(site: Site, visit: Visit) -> Any:
    """One number in full."""
    assert visit.who
    entry = site.phones.show(_typed(visit, "address"), visit.who.person.address)
    return _page(site, visit, shown=entry) if entry else site.go("/phones?s=gone")


def give(site: Site, visit: Visit) -> Any:
    """Stores a number."""
    assert visit.who
    address, number = _typed(visit, "address"), _typed(visit, "number")
    given = site.phones.give(address, number, visit.who.person.address, visit.language)
    if isinstance(given, Problem):
        return _page(site, visit, 422, wrong=given, address=address, number_typed=number)
    return site.go("/phones?s=released" if given.released else "/phones?s=given")


def forget(site: Site, visit: Visit) -> Any:
    """Removes a number."""
    assert visit.who
    done = site.phones.forget(_typed(visit, "address"), visit.who.person.address)
    return site.go(f"/phones?s={'forgotten' if done else 'gone'}")


def import_(site: Site, visit: Visit) -> Any:
    """Stores the numbers of a file, or names each line that is wrong."""
    assert visit.who
    if not visit.posted.whole:
        return _page(site, visit, 413, problems=[Problem(0, "many")])
    if not visit.posted.file.strip():
        return _page(site, visit, 422, no_file=True)
    done = site.phones.import_(visit.posted.file, visit.who.person.address, visit.language)
    if done is None:
        return _page(site, visit, 503, busy=True)
    if isinstance(done, Given):
        return _page(site, visit, imported=done)
    return _page(site, visit, 422, problems=done[:_PROBLEMS_MOST], more=max(0, len(done) - _PROBLEMS_MOST))


def export(site: Site, visit: Visit) -> Any:
    """The whole book as a file."""
    assert visit.who
    return site.file(site.phones.export(visit.who.person.address), "phone-book.csv", "text/csv; charset=utf-8")


def sms(site: Site, visit: Visit) -> Any:
    """What became of the SMS of a month, in counts; for administrators too."""
    month, standing = site.overview.month(), site.overview.standing()
    names = ("sms", "sms delivered", "sms failed")
    days = [(day, [day.of(name) for name in names]) for day in reversed(month.days)]
    return site.page("sms", visit, days=days, totals=[month.of(name) for name in names], standing=standing,
                     cap=site.settings.sms.daily_cap, by_sms=site.settings.sms.served > 1,
                     calls=site.settings.sms.calls)  # fmt: skip


def _typed(visit: Visit, name: str) -> str:
    return visit.form.get(name, "").strip()[:_LONGEST]


def _page(site: Site, visit: Visit, status: int = 200, *, shown: Entry | None = None, **more: Any) -> Any:
    assert visit.who
    wanted = visit.query.get("address", "").strip()[:_LONGEST]
    found = None
    if visit.method == "GET":
        found = site.phones.find(wanted, visit.who.person.address, visit.query.get("after", ""))
    onward = urlencode({"address": wanted, "after": found.further} if found and found.further else {})
    nothing: dict[str, Any] = {
        "wrong": None, "address": "", "number_typed": "", "problems": (), "more": 0, "no_file": False, "busy": False,
        "imported": None,
    }  # fmt: skip
    return site.page(
        "phones", visit, status, found=found, shown=shown, wanted=wanted, onward=onward, masked=masked,
        notice=visit.query.get("s", ""), most=IMPORTED_MOST, **nothing | more,
    )  # fmt: skip
