"""The sender's own pages about a message: who opened it, whose number is missing, and what can still be done.

A link leads to one message only, shows what its sender knows already and never its content.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from zegel.notices import number_problems as numbers
from zegel.recipients.phone_numbers import Wrong
from zegel.senders.kept_numbers import Typed
from zegel.senders.typed_numbers import Understood
from zegel.senders.views import Overview, RecipientState
from zegel_portal.http.visit import Sent
from zegel_portal.site.pages import ago
from zegel_portal.site.site import Site
from zegel_portal.views.sent_list import MOST_PEOPLE, group_of, listed, picked
from zegel_web.numbers import row_number

MOST_FIELDS = 10
"""Fields for a number on one page; the next ones come when these are given."""
MOST_ALERTS = 5
"""Recipients whose trouble is told on top; the list has them all."""
_A_DAY = 24 * 3600
_LONGEST = 100
"""Characters of a number that are looked at and shown again."""


def status(site: Site, visit: Sent) -> Any:
    """What needs doing first, then each recipient with what happened."""
    return _status(site, visit)


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
    addresses = {each.address: str(each.delivery_id) for each in _overview(site, visit).recipients}
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
    overview = _overview(site, visit)
    chosen = _chosen(overview, visit.browser.query)
    if chosen is None or "number" not in chosen.actions:
        return site.go(visit)
    return _number_page(site, visit, overview, [chosen], only=chosen.delivery_id)


def confirm(what: str) -> Callable[[Site, Sent], Any]:
    """The page that asks whether to `what`: "recall" (one recipient or all of them) or "raise" the level of one."""

    def show(site: Site, visit: Sent) -> Any:
        overview = _overview(site, visit)
        chosen = _chosen(overview, visit.browser.query)
        picks = _picks(visit.browser.query) if what == "recall" else {}
        among = picked(overview.recipients, picks) if picks else overview.recipients
        possible = [each for each in among if what in each.actions]
        if not possible or (chosen is None and (what == "raise" or visit.browser.query.get("d"))):
            return site.go(visit)
        if chosen is not None and chosen not in possible:
            return site.go(visit)
        return site.page("confirm", visit, what=what, overview=overview, chosen=chosen, possible=possible, picks=picks)

    return show


def many(site: Site, visit: Sent) -> Any:
    """Does something for the recipients that are ticked, or for all that are listed."""
    meant = picked(_overview(site, visit).recipients, visit.form)
    what = visit.form.get("do", "")
    if what == "again":
        able = [each for each in meant if "again" in each.actions]
        sent = [each for each in able if site.sender.send_again(visit.message, each.delivery_id) == "sent"]
        return site.go(visit, f"?s={'again-many' if sent else 'again-none' if meant else 'none-picked'}&n={len(sent)}")
    if what == "recall" and meant:
        names = {name: visit.form[name] for name in ("all", "show", "q") if visit.form.get(name)}
        names = names if names.get("all") else {f"pick-{each.delivery_id}": "1" for each in meant}
        return site.go(visit, f"/recall?{urlencode(names)}")
    return site.go(visit, "" if meant else "?s=none-picked")


def recall(site: Site, visit: Sent) -> Any:
    """Withdraws the message from one recipient, from those that are picked, or from all."""
    if _picks(visit.form):
        able = [each for each in picked(_overview(site, visit).recipients, visit.form) if "recall" in each.actions]
        count = sum(site.sender.recall(visit.message, each.delivery_id) for each in able)
        return site.go(visit, f"?s={'recalled-many' if count else 'no-recall'}&n={count}")
    given = visit.form.get("delivery", "")
    delivery = row_number(given)
    if given and delivery is None:
        return site.go(visit)
    count = site.sender.recall(visit.message, delivery)
    return _done(site, visit, ("recalled" if delivery is not None else "recalled all") if count else "no recall")


def raise_level(site: Site, visit: Sent) -> Any:
    """From now on a code by SMS is needed; the old link ends."""
    return _for_one(site, visit, lambda id_: "raised" if site.sender.raise_level(visit.message, id_) else "no raise")


def send_again(site: Site, visit: Sent) -> Any:
    """The notification once more."""
    return _for_one(site, visit, lambda id_: f"again {site.sender.send_again(visit.message, id_)}")


def unblock(site: Site, visit: Sent) -> Any:
    """Lets a recipient try again after too many wrong codes."""
    return _for_one(site, visit, lambda id_: "unblocked" if site.sender.unblock(visit.message, id_) else "no unblock")


def resume(site: Site, visit: Sent) -> Any:
    """Lets a recipient go on who said that the message is not for them."""
    return _for_one(site, visit, lambda id_: "resumed" if site.sender.resume(visit.message, id_) else "no resume")


def extend(site: Site, visit: Sent) -> Any:
    """Keeps the message longer."""
    before = visit.message.expires_at
    return _done(site, visit, "extended" if site.sender.extend(visit.message) > before else "no extend")


def false_alarm(site: Site, visit: Sent) -> Any:
    """Tells those who keep the rules that this mail did not need protection."""
    return _done(site, visit, "alarm" if site.sender.false_alarm(visit.message) else "no alarm")


def ended(site: Site, visit: Sent) -> Any:
    """The message has expired: nobody can read it any more. Who asked for it, and what can still be done."""
    overview = _overview(site, visit)
    return site.page(
        "sent_ended",
        visit,
        410,
        overview=overview,
        asking=[each for each in overview.recipients if each.asked_at][:MOST_PEOPLE],
        can_extend=site.sender.can_extend(visit.message),
    )


def _status(site: Site, visit: Sent) -> Any:
    overview = _overview(site, visit)
    query = visit.browser.query
    everybody = overview.recipients
    shown = listed(everybody, query)
    told = {number for each in query.get("d", "").split("-") if (number := row_number(each)) is not None}
    return site.page(
        "sent",
        visit,
        overview=overview,
        notice=query.get("s", ""),
        told=[each for each in overview.recipients if each.delivery_id in told],
        shown=shown,
        group_of=group_of,
        locked=[each for each in everybody if each.locked][:MOST_ALERTS],
        stopped=[each for each in everybody if "resume" in each.actions][:MOST_ALERTS],
        several=len(everybody) > 1,
        many=len(everybody) > MOST_PEOPLE,
        count=row_number(query.get("n", "")) or 0,
        longer=overview.extends_to - overview.expires_at > _A_DAY,
        recallable=sum("recall" in each.actions for each in overview.recipients),
        ago=lambda at: ago(site.clock() - at, visit.browser.language),
        **_fields(site, visit, [each for each in overview.recipients if each.needs_number]),
    )


def _fields(
    site: Site,
    visit: Sent,
    missing: list[RecipientState],
    typed: Mapping[int, str] | None = None,
    regions: Mapping[int, str] | None = None,
    wrong: Mapping[int, str] | None = None,
) -> dict[str, Any]:
    """What the fields for numbers need, for the recipients in `missing`."""
    return {
        "missing": missing[:MOST_FIELDS],
        "later": len(missing) - MOST_FIELDS,
        "countries": site.sender.countries(visit.browser.language),
        "typed": typed or {},
        "regions": regions or {},
        "wrong": wrong or {},
    }


def _number_page(
    site: Site, visit: Sent, overview: Overview, missing: list[RecipientState], status: int = 200, **more: Any
) -> Any:
    fields = _fields(site, visit, missing, more.get("typed"), more.get("regions"), more.get("wrong"))
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
    overview = _overview(site, visit)
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


def _for_one(site: Site, visit: Sent, act: Callable[[int], str]) -> Any:
    """Does something for the recipient that the form names, and says on the page what came of it."""
    delivery = row_number(visit.form.get("delivery", ""))
    return site.go(visit) if delivery is None else _done(site, visit, act(delivery))


def _done(site: Site, visit: Sent, notice: str) -> Any:
    delivery = row_number(visit.form.get("delivery", ""))
    return site.go(visit, f"?s={notice.replace(' ', '-')}" + (f"&d={delivery}" if delivery is not None else ""))


def _overview(site: Site, visit: Sent) -> Overview:
    return site.sender.overview(visit.message, visit.browser.language)


def _chosen(overview: Overview, query: Mapping[str, str]) -> RecipientState | None:
    """The recipient that the address names, or None."""
    delivery = row_number(query.get("d", ""))
    return next((each for each in overview.recipients if each.delivery_id == delivery), None)


def _picks(fields: Mapping[str, str]) -> dict[str, str]:
    """The fields that say which of several recipients are meant, {} when they mean one or everybody."""
    if fields.get("all"):
        return {name: fields[name] for name in ("all", "show", "q") if fields.get(name)}
    return {name: "1" for name in fields if name.startswith("pick-") and row_number(name.removeprefix("pick-"))}


def _by_recipient(form: Mapping[str, str], prefix: str) -> dict[int, str]:
    """The fields of a form that are about a recipient, by the delivery's number."""
    found = {row_number(name.removeprefix(prefix)): value for name, value in form.items() if name.startswith(prefix)}
    return {id_: value for id_, value in found.items() if id_ is not None}
