"""In what rules protect much less, in the language of the reader."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from zegel.i18n.catalogues import translations
from zegel.policy.language.strength import Cut

FOLDER = Path(__file__).parent


def cuts_in_words(cuts: Iterable[Cut], language: str) -> list[str]:
    """A sentence each."""
    _ = translations(FOLDER, language).gettext
    templates = (
        _("has %(after)s rules and had %(before)s"),
        _("has %(after)s rules that protect (level 1 or 2) and had %(before)s"),
        _("has %(after)s rules of level 2 and had %(before)s"),
        _("has %(after)s entries under always_protect and had %(before)s"),
        _("has %(after)s activation words and had %(before)s"),
        _("has %(after)s words in %(name)s and had %(before)s"),
        _("has %(after)s passwords for locked files and had %(before)s"),
        _("has %(after)s entries under minimum_level and had %(before)s"),
        _("does not read the text in pictures any more"),
        _("delivers directly what %(rules)s kept in the portal"),
        _("lets everything to %(names)s leave as it is"),
        _("delivers directly to %(names)s what waited in the portal"),
        _("lets everything from %(names)s pass rule %(rule)s"),
        _("lets everything from %(count)s people pass rule %(rule)s"),
        _("lets everything to %(names)s pass rule %(rule)s"),
        _("lets pass what %(gone)s of %(all)s rules protected"),
        _("protects less than before what %(gone)s of %(all)s rules protected"),
        _("lets pass about %(share)s percent of the messages that were protected in the last days"),
        _("protects less than before about %(share)s percent of the messages that were protected in the last days"),
    )
    assert templates  # where the catalogues find them
    return [_(cut.template) % cut.parts for cut in cuts]
