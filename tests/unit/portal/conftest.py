"""The sender's own link, opened."""

from __future__ import annotations

import pytest

from tests.support.fakes.access import FakeAccess
from tests.support.fakes.codes import FakeCodes
from tests.support.fakes.sender import FakeSender
from tests.unit.portal.portal_client import Client, client_for


@pytest.fixture
def sender() -> FakeSender:
    return FakeSender()


@pytest.fixture
def anna(sender: FakeSender) -> Client:
    access = FakeAccess()
    return client_for(access, codes=FakeCodes(access), sender=sender)
