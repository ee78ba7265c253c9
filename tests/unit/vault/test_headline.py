"""The headline on disk: what every version wrote still reads."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zegel.vault.headline import Headline, from_dict, from_json

_words = st.lists(st.text(max_size=20), max_size=3).map(tuple)
HEADLINES = st.builds(
    Headline,
    name=st.text(max_size=50),
    subject=st.text(max_size=50),
    reason=st.dictionaries(st.sampled_from(["nl", "en"]), st.text(max_size=20)),
    sample=st.text(max_size=20),
    hide_subject=st.booleans(),
    hide_names=st.booleans(),
    removed_words=_words,
    withheld_parts=_words,
)


@given(HEADLINES)
def test_what_is_stored_comes_back(headline: Headline) -> None:
    assert from_json(headline.to_json()) == headline


@pytest.mark.parametrize(
    "stored",
    [
        {"name": "Anna", "subject": "uitslag"},
        {"name": "Anna", "subject": "uitslag", "hide_subject": False},
        {"name": "Anna", "subject": "uitslag", "reason": {"nl": "BSN"}, "sample": "1••", "hide_subject": False,
         "hide_names": False, "removed_words": [], "withheld_parts": []},
        {"name": "Anna", "subject": "uitslag", "from_a_newer_version": 1},
    ],
    ids=["version 1", "a reply", "version 2", "a newer one"],
)  # fmt: skip
def test_older_and_newer_versions_read(stored: dict[str, object]) -> None:
    headline = from_json(json.dumps(stored).encode())
    assert (headline.name, headline.subject, headline.told_subject) == ("Anna", "uitslag", "uitslag")
    assert headline.written is None, "the language is looked for in the original"


def test_what_version_1_kept_with_the_notification_counts() -> None:
    old = from_dict({"name": "Anna", "subject": "BSN"})
    told = old.updated({"hide_subject": True, "removed_words": ["[veilig]"], "withheld_parts": ["2"]})
    assert (told.name, told.told_subject, told.removed_words, told.withheld_parts) == (
        "Anna",
        "",
        ("[veilig]",),
        ("2",),
    )
