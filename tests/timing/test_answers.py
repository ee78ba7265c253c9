"""What the time of an answer tells a guesser."""

from __future__ import annotations

import statistics
import time
from dataclasses import replace

from tests.e2e.post import Post
from tests.e2e.test_scanners import MakeRecipient, notified


def test_wrong_links_and_passwords_take_as_long_as_right_ones(post: Post, recipient: MakeRecipient) -> None:
    times: dict[str, list[float]] = {"unknown": [], "wrong": [], "right": []}
    for number in range(7):
        jan, link = notified(post, recipient, f"timed{number}")
        entry = jan.ask_password()
        password = jan.password()
        token = link.rpartition("/m/")[2]
        form = entry.form("/enter")
        for kind in times:
            given = password if kind == "right" else "aaaa-bbbb-cccc"
            action = form.action.replace(token, "A" * 43) if kind == "unknown" else form.action
            before = time.perf_counter()
            jan.visitor.submit(replace(form, action=action), password=given)
            times[kind].append(time.perf_counter() - before)
    medians = {kind: statistics.median(values) for kind, values in times.items()}
    assert max(medians.values()) < 1.6 * min(medians.values()), medians
    assert min(medians.values()) > 0.02, "no password was hashed"
