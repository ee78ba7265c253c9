"""Random envelopes through a real Postfix with all of Zegel behind it: nobody outside holds the original."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from tests.e2e.conftest import folder_for_postfix
from tests.e2e.post import Post
from tests.fuzz.hostile_envelopes import HostileStack, Offer, hand_over, violations
from tests.fuzz.length import REAL_ENVELOPES, SEED

pytestmark = pytest.mark.slow
AT_ONCE = 250
PATIENCE = 300.0


def test_nobody_outside_holds_an_original_and_everybody_accepted_has_something(tmp_path: Path) -> None:
    rng = random.Random(f"envelopes {SEED}")
    taken = 0
    with folder_for_postfix() as folder, HostileStack(folder, tmp_path / "rules.yaml") as stack:
        post = Post(stack)
        for start in range(0, REAL_ENVELOPES, AT_ONCE):
            offers = [Offer.random(number, rng) for number in range(start, min(start + AT_ONCE, REAL_ENVELOPES))]
            hand_over(stack, offers, rng)
            post.settle(PATIENCE)
            taken += sum(offer.taken for offer in offers)
            wrong = violations(stack.mail, offers)
            assert not wrong, "\n".join([f"seed {SEED}", *wrong])
            for mailbox in stack.mail.iterdir():
                shutil.rmtree(mailbox)
    assert taken > REAL_ENVELOPES // 5
