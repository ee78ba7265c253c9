"""A policy with every detector."""

from __future__ import annotations

import pytest

from tests.unit.policy.policy_mail import policy, rule
from zegel.policy.detectors import DETECTORS
from zegel.policy.language.load import Rules


@pytest.fixture(scope="module")
def finder(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    """Rules that observe: one per detector and confidence."""
    text = "rules:\n"
    for name in DETECTORS:
        for confidence in ("valid", "context"):
            when = f"{{detector: {name}, confidence: {confidence}}}"
            text += rule(when, level=0, name=f"{name}-{confidence}")
    return policy(tmp_path_factory.mktemp("policy"), text)
