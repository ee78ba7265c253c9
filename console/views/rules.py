"""The rules: what each is called and did, changed in the browser, and their versions."""

from __future__ import annotations

from typing import Any, cast, get_args

from zegel.errors import ForPeople
from zegel.officers.rules import Change
from zegel.rules_history import ChangedMeanwhile, ProtectsLess, difference
from zegel.yamlfile import FileProblems
from zegel_console.cut_words import cuts_in_words
from zegel_console.rule_words import rule_in_words
from zegel_console.site import Site
from zegel_console.visit import Visit

_REASON = 300
_NEARLY_DAYS = 7
_DAYS = ("1", "7", "30")
"""The spans that may be replayed."""


def overview(site: Site, visit: Visit) -> Any:
    """Each rule in plain words, with what it did in a month."""
    try:
        rules = site.rules.rules()
    except FileProblems as problems:
        return site.page("rules", visit, rules=(), problems=problems.problems, notice="")
    return site.page(
        "rules",
        visit,
        rules=[rule_in_words(rule, visit.language) for rule in rules.rules],
        counts={line.rule: line for line in site.overview.month().rules},
        nearly=site.rules.nearly(rules),
        tests=rules.tests,
        people=rules.people,
        words=rules.activation_words,
        problems=(),
        notice=visit.query.get("s", ""),
    )


def near_misses(site: Site, visit: Visit) -> Any:
    """Counts which rules nearly fired in what was protected lately."""
    assert visit.who
    try:
        found = site.rules.look_for_near_misses(_NEARLY_DAYS, visit.who.person.address)
    except FileProblems:
        return site.go("/rules")
    return site.go("/rules" if found else "/rules?s=busy")


def edit(site: Site, visit: Visit) -> Any:
    """rules.yaml in a field."""
    try:
        now = site.rules.history.current()
    except FileProblems as problems:
        return _edit(site, visit, "", "", problems=problems.problems)
    return _edit(site, visit, now.text, now.digest)


def check(site: Site, visit: Visit) -> Any:
    """Looks at what was typed, or puts one of the common changes into it; nothing is saved."""
    text, before = _typed(visit)
    what = visit.form.get("change", "")
    try:
        if what in get_args(Change):
            rule, value = visit.form.get("rule", "").strip(), visit.form.get("value", "").strip()
            text = site.rules.changed(text, cast(Change, what), rule, value)
        less = site.rules.history.less(site.rules.history.check(text))
    except FileProblems as problems:
        return _edit(site, visit, text, before, 422, problems=problems.problems)
    except (ForPeople, ValueError) as error:
        return _edit(site, visit, text, before, 422, said=str(error) if isinstance(error, ForPeople) else "")
    return _edit(site, visit, text, before, good=True, less=less)


def save(site: Site, visit: Visit) -> Any:
    """Saves what was typed, for a reason. A common change that was chosen meanwhile is shown first."""
    assert visit.who
    if visit.form.get("change", ""):
        return check(site, visit)
    text, before = _typed(visit)
    why, less = visit.form.get("reason", "").strip()[:_REASON], visit.form.get("less", "") == "yes"
    if len(why) < 3:
        return _edit(site, visit, text, before, 422, no_reason=True, good=True)
    try:
        site.rules.history.save(text, before, visit.who.person.address, why, accept_less=less)
    except FileProblems as problems:
        return _edit(site, visit, text, before, 422, problems=problems.problems)
    except ProtectsLess as error:
        return _edit(site, visit, text, before, 422, less=error.less, good=True)
    except ChangedMeanwhile:
        return _edit(site, visit, text, before, 409, meanwhile=True)
    except ForPeople as error:
        return _edit(site, visit, text, before, 422, said=str(error))
    return site.go("/rules?s=saved")


def replay(site: Site, visit: Visit) -> Any:
    """What the typed rules would have done with the messages of some days; nothing is saved."""
    assert visit.who
    text, before = _typed(visit)
    typed = visit.form.get("days", "")
    days = int(typed) if typed in _DAYS else int(_DAYS[0])
    try:
        less = site.rules.history.less(site.rules.history.check(text))
        found = site.rules.replay(text, days, visit.who.person.address)
    except FileProblems as problems:
        return _edit(site, visit, text, before, 422, problems=problems.problems)
    return _edit(
        site, visit, text, before, 200 if found else 503, good=True, replayed=found, busy=found is None, less=less
    )


def history(site: Site, visit: Visit) -> Any:
    """The versions, the newest first."""
    return site.page("versions", visit, versions=site.rules.history.versions())


def version(site: Site, visit: Visit, number: int) -> Any:
    """One version, as the lines that would change if it came back."""
    return _version(site, visit, number)


def back(site: Site, visit: Visit, number: int) -> Any:
    """Brings an earlier version back, for a reason."""
    assert visit.who
    why, less = visit.form.get("reason", "").strip()[:_REASON], visit.form.get("less", "") == "yes"
    if len(why) < 3:
        return _version(site, visit, number, 422, no_reason=True)
    try:
        site.rules.history.go_back(
            number, visit.form.get("before", ""), visit.who.person.address, why, accept_less=less
        )
    except KeyError:
        return site.problem(visit, 404, "page")
    except FileProblems as problems:
        return _version(site, visit, number, 422, problems=problems.problems)
    except ProtectsLess as error:
        return _version(site, visit, number, 422, less=error.less)
    except ForPeople as error:
        return _version(site, visit, number, 409, said=str(error))
    return site.go("/rules?s=saved")


def _typed(visit: Visit) -> tuple[str, str]:
    return visit.form.get("text", "").replace("\r\n", "\n"), visit.form.get("before", "")


def _edit(site: Site, visit: Visit, text: str, before: str, status: int = 200, **shown: Any) -> Any:
    try:
        now = site.rules.history.current().text
    except FileProblems:
        now = text
    nothing = {"problems": (), "said": "", "good": False, "less": (), "meanwhile": False, "no_reason": False}
    nothing |= {"replayed": None, "busy": False, "days": int(days) if (days := visit.form.get("days")) in _DAYS else 1}
    changed = list(difference(now, text)) if text != now else []
    shown["less"] = cuts_in_words(shown.get("less", ()), visit.language)
    return site.page(
        "edit", visit, status, text=text, before=before, difference=changed, longest=_REASON,
        ids=_ids(site), why=visit.form.get("reason", "")[:_REASON], **{**nothing, **shown},
    )  # fmt: skip


def _ids(site: Site) -> list[str]:
    try:
        return [rule.id for rule in site.rules.rules().rules]
    except FileProblems:
        return []


def _version(site: Site, visit: Visit, number: int, status: int = 200, **shown: Any) -> Any:
    try:
        now, then = site.rules.history.current(), site.rules.history.text_of(number)
    except (KeyError, FileProblems):
        return site.problem(visit, 404, "page")
    found = next((each for each in site.rules.history.versions() if each.id == number), None)
    nothing = {"problems": (), "said": "", "less": (), "no_reason": False}
    lines = list(difference(now.text, then))
    shown["less"] = cuts_in_words(shown.get("less", ()), visit.language)
    return site.page(
        "version", visit, status, version=found, place=number, lines=lines, before=now.digest,
        longest=_REASON, why=visit.form.get("reason", "")[:_REASON], **{**nothing, **shown},
    )  # fmt: skip
