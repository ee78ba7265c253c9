"""A house whose console has a provider, and that provider."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.console.console_client import Office, office
from tests.unit.console.provider_server import (
    SECRET,
    At,
    FakeProvider,
    fake_provider,
    sign_on_settings,
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Office, FakeProvider]]:
    folder, at = tmp_path_factory.mktemp("console"), At()
    secret = folder / "sign-on.secret"
    secret.write_text(SECRET + "\n")
    secret.chmod(0o640)
    with fake_provider(at) as provider, office(folder, sign_on_settings(provider.issuer)) as house:
        at.house = house
        yield house, provider


@pytest.fixture
def house(made: tuple[Office, FakeProvider]) -> Office:
    made[0].built.clock.pass_(2 * 3600)  # limits are over, and what was learnt of the provider
    return made[0]


@pytest.fixture
def provider(made: tuple[Office, FakeProvider]) -> FakeProvider:
    known = made[1]
    known.begin_anew()
    return known
