"""The sender's fields for numbers of phones: given, checked, and asked once more before they are taken."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from zegel.notices import number_problems as numbers
from zegel.recipients.phone_numbers import Wrong
from zegel.senders.kept_numbers import Typed
from zegel.senders.typed_numbers import Understood
from zegel.senders.views import Overview, RecipientState
from zegel_portal.http.visit import Sent
from zegel_portal.site.site import Site
from zegel_web.numbers import row_number

MOST_FIELDS, MOST_COUNTRIES = 5, 30
"""Fields for a number on one page; the next ones come when these are given. Each has a list of countries, so where many
are allowed there are fewer fields."""
_LONGEST = 100
"""Characters of a number that are looked at and shown again."""


def give(site: Site, visit: Sent) -> Any:
    """Goes on to the page that asks whether the numbers are right; once they are sure, takes them, and mails go.

    Wrong ones come back with what is wrong, and then none is taken.
    """
    typed = {id_: value[:_LONGEST] for id_, value in _by_recipient(visit.form, "number-").items()}
    regions = {id_: value[:2] for id_, value in _by_recipient(visit.form, "region-").items()}
    only = row_number(visit.form.get("only", ""))
    if not any(value.strip() for value in typed.values()):
        return _with_errors(site, visit, typed, regions, {}, only)
    read = site.sender.understood(visit.message, typed, regions)
    if visit.form.get("check") == "yes":
        return _checked(site, visit, read)
    wrong = {id_: _reason(site, visit, each) for id_, each in read.items() if isinstance(each, Wrong)}
    if wrong:
        return _with_errors(site, visit, typed, regions, wrong, only)
    if visit.form.get("sure") != "yes" and read:
        kept = site.sender.keep_typed(visit.message, visit.browser.cookie, Typed(typed, regions, only))
        return site.go(visit, f"/number/sure?t={kept}")
    given = site.sender.give(visit.message, typed, regions)
    addresses = {each.address: str(each.delivery_id) for each in overview_of(site, visit).recipients}
    gone = "-".join(addresses[address] for address in given.released if address in addresses)
    return site.go(visit, f"?s={'gone' if given.released else 'kept'}&d={gone}")


def sure(site: Site, visit: Sent) -> Any:
    """The numbers as they were typed and as they are understood, before they are taken."""
    typed = _kept(site, visit)
    read = site.sender.understood(visit.message, typed.numbers, typed.regions) if typed else {}
    right = {id_: each for id_, each in read.items() if not isinstance(each, Wrong)}
    if typed is None or not right:
        return site.go(visit)
    names = {each.region: each.name for each in site.sender.countries(visit.browser.language)}
    change = f"/number?t={visit.browser.query.get('t', '')}"
    only = typed.only or ""
    return site.page("number_sure", visit, numbers=right, typed=typed.numbers, only=only, names=names, change=change)


def _kept(site: Site, visit: Sent) -> Typed | None:
    """What the address says was typed, in this browser."""
    return site.sender.kept_typed(visit.message, visit.browser.cookie, visit.browser.query.get("t", ""))


def _checked(site: Site, visit: Sent, read: Mapping[int, Understood | Wrong]) -> Any:
    """What a script shows beside the field while it is typed in: "" or what is wrong, the same as after the press."""
    wrong = [_reason(site, visit, each) for each in read.values() if isinstance(each, Wrong)]
    shown = [each.shown for each in read.values() if not isinstance(each, Wrong)]
    said = json.dumps({"wrong": "".join(wrong[:1]), "shown": "".join(shown[:1])})
    return site.file(said.encode(), "application/json")


def _reason(site: Site, visit: Sent, why: Wrong) -> str:
    return numbers.reason(why, visit.browser.language, site.settings.phones.allowed)


def correct(site: Site, visit: Sent) -> Any:
    """The field for the number of one recipient; or the fields again, with what was typed."""
    if visit.browser.query.get("t"):
        typed = _kept(site, visit)
        if typed is None:
            return site.go(visit)
        return _with_errors(site, visit, typed.numbers, typed.regions, {}, typed.only)
    overview = overview_of(site, visit)
    chosen = chosen_of(overview, visit.browser.query)
    if chosen is None or "number" not in chosen.actions:
        return site.go(visit)
    return _number_page(site, visit, overview, [chosen], only=chosen.delivery_id)


def fields_for(
    site: Site,
    visit: Sent,
    missing: list[RecipientState],
    typed: Mapping[int, str] | None = None,
    regions: Mapping[int, str] | None = None,
    wrong: Mapping[int, str] | None = None,
) -> dict[str, Any]:
    """What the fields for numbers need, for the recipients in `missing`."""
    countries = site.sender.countries(visit.browser.language)
    most = max(1, min(MOST_FIELDS, MOST_COUNTRIES // len(countries)))
    return {
        "missing": missing[:most],
        "later": len(missing) - most,
        "countries": countries,
        "calls": site.settings.sms.calls,
        "typed": typed or {},
        "regions": regions or {},
        "wrong": wrong or {},
    }


def _number_page(
    site: Site, visit: Sent, overview: Overview, missing: list[RecipientState], status: int = 200, **more: Any
) -> Any:
    fields = fields_for(site, visit, missing, more.get("typed"), more.get("regions"), more.get("wrong"))
    extra = {name: more.get(name, "") for name in ("only", "empty")}
    return site.page("number", visit, status, overview=overview, **fields, **extra)


def _with_errors(
    site: Site,
    visit: Sent,
    typed: Mapping[int, str],
    regions: Mapping[int, str],
    wrong: Mapping[int, str],
    only: int | None,
) -> Any:
    """The fields again, with what was typed; what was wrong says what is wrong."""
    overview = overview_of(site, visit)
    missing = [each for each in overview.recipients if each.delivery_id in wrong or each.needs_number]
    if only is not None:
        missing = [each for each in overview.recipients if each.delivery_id == only]
    if not missing:
        return site.go(visit)
    more = {
        "typed": typed,
        "regions": regions,
        "wrong": wrong,
        "empty": not any(each.strip() for each in typed.values()),
        "only": only or "",
    }
    return _number_page(site, visit, overview, missing, 422 if wrong or more["empty"] else 200, **more)


def overview_of(site: Site, visit: Sent) -> Overview:
    return site.sender.overview(visit.message, visit.browser.language)


def chosen_of(overview: Overview, query: Mapping[str, str]) -> RecipientState | None:
    """The recipient that the address names, or None."""
    delivery = row_number(query.get("d", ""))
    return next((each for each in overview.recipients if each.delivery_id == delivery), None)


def _by_recipient(form: Mapping[str, str], prefix: str) -> dict[int, str]:
    """The fields of a form that are about a recipient, by the delivery's number."""
    found = {row_number(name.removeprefix(prefix)): value for name, value in form.items() if name.startswith(prefix)}
    return {id_: value for id_, value in found.items() if id_ is not None}
