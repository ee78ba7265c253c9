"""How often each rule fired, hour by hour, written with the audit log's events: what a report reads."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import peewee

from zegel.vault.tables.prepared import upsert
from zegel.vault.tables.rule_count_schema import RuleCount as Table
from zegel.vault.tables.schema import Delivery, Event
from zegel.vault.tables.tallies import Tallies, TallyName

Outcome = Literal["sealed", "observed", "false alarm", "refused"]
"""The events in which rules fired."""
BLIND_SPOT: Literal["blind spot"] = "blind spot"
"""The outcome of a count that is of no rule: `rule` says then what was not looked into, "encrypted application/zip"."""
HOUR = 3600
_TALLIED: dict[str, TallyName] = {
    "sealed": "sealed rule",
    "observed": "observed rule",
    "false alarm": "false alarm rule",
    "refused": "refused rule",
}
_ADD = (
    "INSERT INTO rule_count (hour, rule, outcome, level, messages, recipients) VALUES {rows}"
    " ON CONFLICT (hour, rule, outcome, level) DO UPDATE SET"
    " messages = rule_count.messages + excluded.messages, recipients = rule_count.recipients + excluded.recipients"
)


@dataclass(frozen=True, slots=True)
class RuleCount:
    """What one rule did over a time: `messages` at `level`, which went to `recipients`."""

    rule: str
    outcome: Outcome | Literal["blind spot"]
    level: int
    messages: int
    recipients: int


class RuleCounts:
    """The queries of the counts. `add` is to be called inside a transaction."""

    def __init__(self, database: Any) -> None:
        self._database = database
        self._tallies = Tallies(database)

    def add(self, kind: str, at: float, details: dict[str, Any]) -> None:
        """Counts an event, and the rules that fired if it is such a one."""
        tallied: list[tuple[TallyName, str]] = [("event", kind)]
        if kind == "sealed":
            tallied.append(("sealed", str(details.get("level", 0))))
        if kind in _TALLIED:
            tallied += self._count(kind, at, details, int(details.get("recipients", 0)))
        self._tallies.add_all(tallied)

    def note_blind_spots(self, spots: Sequence[str], at: float) -> None:
        """Counts a message with things in it that could not be looked into. Inside a transaction."""
        self._count(BLIND_SPOT, at, {"rules": spots}, 0)
        self._tallies.add("unreadable", *sorted({spot.partition(" ")[0] for spot in spots}))

    def since(self, moment: float) -> Iterator[RuleCount]:
        """The counts from the hour of `moment` on, summed."""
        sums = (peewee.fn.SUM(Table.messages), peewee.fn.SUM(Table.recipients))
        key = (Table.rule, Table.outcome, Table.level)
        query = Table.select(*key, *sums).where(Table.hour >= int(moment // HOUR)).group_by(*key)
        return (RuleCount(*row) for row in query.tuples().execute(self._database))

    def messages_since(self, moment: float) -> dict[str, int]:
        """How many messages each rule protected or refused from the hour of `moment` on."""
        found: dict[str, int] = {}
        for count in self.since(moment):
            if count.outcome in ("sealed", "refused"):
                found[count.rule] = found.get(count.rule, 0) + count.messages
        return found

    def _count(self, kind: str, at: float, details: dict[str, Any], recipients: int) -> list[tuple[TallyName, str]]:
        """Counts the rules of one event; returns what is to be tallied of them."""
        rules, level = tuple(dict.fromkeys(details.get("rules", ()))), int(details.get("level", 0))
        upsert(self._database, _ADD, [(int(at // HOUR), rule, kind, level, 1, recipients) for rule in rules])
        name = _TALLIED.get(kind)
        return [(name, f"{rule} {level}" if kind == "sealed" else rule) for rule in rules] if name else []


def count_rules(database: Any) -> None:
    """Counts what the audit log has from before there were counts; for the migration."""
    counts = RuleCounts(database)
    sizes = Delivery.select(Delivery.message, peewee.fn.COUNT(Delivery.id)).group_by(Delivery.message)
    of = dict(sizes.tuples().execute(database))
    query = Event.select(Event.kind, Event.at, Event.details, Event.message).where(Event.kind.in_(get_args(Outcome)))
    for kind, at, details, message in list(query.tuples().execute(database)):
        counts.add(kind, at, {"recipients": of.get(message, 0)} | json.loads(details))
