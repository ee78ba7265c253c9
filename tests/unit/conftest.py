"""Fixtures of the unit tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import peewee
import pytest

from tests.support import cast
from tests.support.cast import Built, build
from tests.support.cluster import DEFAULT_ENGINE, Cluster
from tests.support.hosts import Group
from tests.support.level2 import Level2, level2_in
from tests.support.query_plans import QueryPlans
from tests.unit.sms.sms_listener import Listen, Listener, Says
from zegel.message.reader import Reader
from zegel.settings.model import Limits
from zegel.unlock import passwords

COST = ("_MEMORY_KIB", "_PASSES", "_LANES")
RECOMMENDED = tuple(getattr(passwords, name) for name in COST)


def set_cost(*values: int) -> None:
    """What a password's hash takes from now on."""
    for name, value in zip(COST, values, strict=True):
        setattr(passwords, name, value)


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """The least that argon2 takes, because a thousand tests unlock something; `costly_passwords` are the real ones."""
    set_cost(8, 1, 1)
    yield
    set_cost(*RECOMMENDED)


@pytest.fixture
def costly_passwords(cheap_passwords: None) -> Iterator[None]:
    """Passwords cost what they cost in production."""
    set_cost(*RECOMMENDED)
    yield
    set_cost(8, 1, 1)


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    """Reads with one worker process; each file of tests has its own."""
    reading = Reader(Limits(), workers=1)
    reading.start()
    yield reading
    reading.close()


@pytest.fixture(scope="session")
def query_plans(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QueryPlans]:
    """Sees every statement that peewee runs."""
    plans = QueryPlans(tmp_path_factory.mktemp("plans"))
    execute: Any = peewee.Database.execute_sql

    def look_and_execute(self: Any, sql: str, *rest: Any, **more: Any) -> Any:
        plans.look_at(sql)
        return execute(self, sql, *rest, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(peewee.Database, "execute_sql", look_and_execute)
        yield plans


@pytest.fixture(autouse=True)
def no_scans(query_plans: QueryPlans) -> Iterator[None]:
    """Fails the test in which the product first walks a growing table without a reason in `ALLOWED`."""
    yield
    wrong, query_plans.wrong = query_plans.wrong, []
    assert wrong == []


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Cluster]:
    """A server of the tests' own, started when the first test asks for it."""
    with Cluster() as cluster:
        yield cluster


@pytest.fixture(autouse=True)
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of the database's engine; a parameter of tests that run on others than SQLite too (see ON_BOTH)."""
    name: str = getattr(request, "param", DEFAULT_ENGINE)
    if name == "postgresql":
        monkeypatch.setattr(cast, "elsewhere", request.getfixturevalue("postgresql").database_of)
    return name


@pytest.fixture
def built(tmp_path: Path, engine: str) -> Iterator[Built]:
    """The real core on disk, closed after the test."""
    made = build(tmp_path)
    yield made
    made.core.close()


@pytest.fixture
def group(tmp_path: Path, engine: str) -> Iterator[Group]:
    """The first of several hosts; the engine has to be PostgreSQL."""
    made = Group(tmp_path)
    made.first()
    yield made
    made.close()


@pytest.fixture
def level2(tmp_path: Path, engine: str) -> Iterator[Level2]:
    """The same with a gateway, and a courier that is driven by hand."""
    made = level2_in(tmp_path)
    yield made
    made.core.close()


@pytest.fixture
def listening() -> Iterator[Listen]:
    """Makes listeners that answer as they are told, and closes them after the test."""
    made: list[Listener] = []

    def listen(answer: Says) -> Listener:
        says = (lambda connection, _: connection.sendall(answer)) if isinstance(answer, bytes) else answer
        made.append(Listener(says))
        return made[-1]

    yield listen
    for each in made:
        each.close()
