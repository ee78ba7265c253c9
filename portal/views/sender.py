"""The sender's own pages about a message: who opened it, whose number is missing, and what can still be done.

A link leads to one message only, shows what its sender knows already and never its content. Link scanners press the
buttons of these pages too. So whatever cannot be undone, or lets somebody do more than before, asks for a tick, which
they do not set.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from zegel_portal.http.visit import Sent
from zegel_portal.site.pages import ago
from zegel_portal.site.site import Site
from zegel_portal.views.sender_numbers import chosen_of, fields_for, overview_of
from zegel_portal.views.sent_list import MOST_PEOPLE, group_of, listed, picked
from zegel_web.numbers import row_number

MOST_ALERTS = 3
"""Recipients whose trouble is told on top; the list has them all."""
MOST_MOMENTS, MOST_MOMENTS_OF_ALL = 12, 30
"""Moments of a recipient's history on one page; and of all together, for which a search for one address shows more."""
_A_DAY = 24 * 3600


def status(site: Site, visit: Sent) -> Any:
    """What needs doing first, then each recipient with what happened."""
    return _status(site, visit)


def confirm(what: str) -> Callable[[Site, Sent], Any]:
    """The page that asks whether to `what`: "recall" (one recipient or all of them) or "raise" the level of one."""

    return lambda site, visit: _confirm(site, visit, what, visit.browser.query)


def many(site: Site, visit: Sent) -> Any:
    """Does something for the recipients that are ticked, or for all that are listed."""
    meant = picked(overview_of(site, visit).recipients, visit.form)
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
    if not ticked(visit):
        return _confirm(site, visit, "recall", _asked_about(visit), 422)
    if _picks(visit.form):
        able = [each for each in picked(overview_of(site, visit).recipients, visit.form) if "recall" in each.actions]
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
    if not ticked(visit):
        return _confirm(site, visit, "raise", _asked_about(visit), 422)
    return _for_one(site, visit, lambda id_: "raised" if site.sender.raise_level(visit.message, id_) else "no raise")


def send_again(site: Site, visit: Sent) -> Any:
    """The notification once more."""
    return _for_one(site, visit, lambda id_: f"again {site.sender.send_again(visit.message, id_)}")


def unblock(site: Site, visit: Sent) -> Any:
    """Lets a recipient try again after too many wrong codes."""
    if not ticked(visit):
        return _status(site, visit, "unblock")
    return _for_one(site, visit, lambda id_: "unblocked" if site.sender.unblock(visit.message, id_) else "no unblock")


def resume(site: Site, visit: Sent) -> Any:
    """Lets a recipient go on who said that the message is not for them."""
    if not ticked(visit):
        return _status(site, visit, "resume")
    return _for_one(site, visit, lambda id_: "resumed" if site.sender.resume(visit.message, id_) else "no resume")


def extend(site: Site, visit: Sent) -> Any:
    """Keeps the message longer."""
    if not ticked(visit):
        over = site.sender.ended(visit.message)
        return ended(site, visit, "extend") if over else _status(site, visit, "extend")
    before = visit.message.expires_at
    return _done(site, visit, "extended" if site.sender.extend(visit.message) > before else "no extend")


def false_alarm(site: Site, visit: Sent) -> Any:
    """Tells those who keep the rules that this mail did not need protection."""
    if not ticked(visit):
        return _status(site, visit, "false-alarm")
    return _done(site, visit, "alarm" if site.sender.false_alarm(visit.message) else "no alarm")


def to_all(site: Site, visit: Sent) -> Any:
    """Lets the recipients reply to each other too, or to the sender only."""
    if not ticked(visit):
        return _status(site, visit, "to-all")
    allowed = visit.form.get("allow") == "yes"
    changed = site.replies.to_all.choose(visit.message, allowed)
    return _done(site, visit, ("to all" if allowed else "to me") if changed else "")


def ended(site: Site, visit: Sent, unticked: str = "") -> Any:
    """The message has expired: nobody can read it any more. Who asked for it, and what can still be done."""
    overview = overview_of(site, visit)
    return site.page(
        "sent_ended",
        visit,
        422 if unticked else 410,
        overview=overview,
        asking=[each for each in overview.recipients if each.asked_at][:MOST_PEOPLE],
        can_extend=site.sender.can_extend(visit.message),
        destroyed=site.access.destroyed(visit.message.id),
        unticked=unticked,
    )


def _confirm(site: Site, visit: Sent, what: str, fields: Mapping[str, str], status: int = 200) -> Any:
    overview = overview_of(site, visit)
    chosen = chosen_of(overview, fields)
    picks = _picks(fields) if what == "recall" else {}
    among = picked(overview.recipients, picks) if picks else overview.recipients
    possible = [each for each in among if what in each.actions]
    if not possible or (chosen is None and (what == "raise" or fields.get("d"))):
        return site.go(visit)
    if chosen is not None and chosen not in possible:
        return site.go(visit)
    shown = {"what": what, "overview": overview, "chosen": chosen, "possible": possible, "picks": picks}
    shown["calls"] = site.settings.sms.calls
    return site.page("confirm", visit, status, error=status == 422, **shown)


def _asked_about(visit: Sent) -> dict[str, str]:
    """What the form of such a page was about, as its address says it."""
    return {**visit.form, "d": visit.form.get("delivery", "")}


def _status(site: Site, visit: Sent, unticked: str = "") -> Any:
    """The page; `unticked` is the form that was sent without its tick."""
    overview = overview_of(site, visit)
    query = visit.browser.query
    everybody = overview.recipients
    shown = listed(everybody, query)
    told = {number for each in query.get("d", "").split("-") if (number := row_number(each)) is not None}
    return site.page(
        "sent",
        visit,
        422 if unticked else 200,
        overview=overview,
        notice=query.get("s", ""),
        told=[each for each in overview.recipients if each.delivery_id in told],
        shown=shown,
        moments_each=min(MOST_MOMENTS, MOST_MOMENTS_OF_ALL // max(1, len(shown.people))),
        group_of=group_of,
        locked=[each for each in everybody if each.locked][:MOST_ALERTS],
        stopped=[each for each in everybody if "resume" in each.actions][:MOST_ALERTS],
        unticked=unticked,
        for_whom=row_number(visit.form.get("delivery", "")),
        several=len(everybody) > 1,
        many=len(everybody) > MOST_PEOPLE,
        count=row_number(query.get("n", "")) or 0,
        to_all=site.replies.to_all.choice(visit.message),
        shared=visit.message.shared,
        longer=overview.extends_to - overview.expires_at > _A_DAY,
        recallable=sum("recall" in each.actions for each in overview.recipients),
        ago=lambda at: ago(site.clock() - at, visit.browser.language),
        **fields_for(site, visit, [each for each in overview.recipients if each.needs_number]),
    )


def ticked(visit: Sent) -> bool:
    """Whether a person set the tick of the form."""
    return visit.form.get("sure") == "yes"


def _for_one(site: Site, visit: Sent, act: Callable[[int], str]) -> Any:
    """Does something for the recipient that the form names, and says on the page what came of it."""
    delivery = row_number(visit.form.get("delivery", ""))
    return site.go(visit) if delivery is None else _done(site, visit, act(delivery))


def _done(site: Site, visit: Sent, notice: str) -> Any:
    delivery = row_number(visit.form.get("delivery", ""))
    return site.go(visit, f"?s={notice.replace(' ', '-')}" + (f"&d={delivery}" if delivery is not None else ""))


def _picks(fields: Mapping[str, str]) -> dict[str, str]:
    """The fields that say which of several recipients are meant, {} when they mean one or everybody."""
    if fields.get("all"):
        return {name: fields[name] for name in ("all", "show", "q") if fields.get(name)}
    return {name: "1" for name in fields if name.startswith("pick-") and row_number(name.removeprefix("pick-"))}
