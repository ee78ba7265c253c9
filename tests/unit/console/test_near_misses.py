"""What a rule nearly found in the messages that are protected already, counted when an officer asks."""

from __future__ import annotations

from pathlib import Path

from tests.unit.console.console_client import OFFICER, SETTINGS, office
from tests.unit.console.test_rules import RULES, path_of


def test_near_misses_are_counted_in_what_was_protected(tmp_path: Path) -> None:
    strict = RULES.replace("{detector: bsn}", "{all: [{detector: bsn}, {words: [zeldzaam]}]}")
    (tmp_path / "rules.yaml").write_text(strict)
    with office(tmp_path, SETTINGS) as house:
        [one] = house.built.seal("nearly@post.example")
        officer, weak = house.signed_in(strong=True), house.signed_in()
        assert '<a href="/rules#rule-bsn">Citizen service number</a>' in officer.get(f"/messages/{one.message_id}").text
        assert "Nearly:" not in officer.get("/rules").text
        assert weak.send("/rules", "/rules/nearly").status == 403
        assert officer.send("/rules", "/rules/nearly").header("Location") == "/rules"
        page = officer.get("/rules").text
        assert "Nearly: 1." in page and "Nearly: 0." in page and "uitslag" not in page
        assert ("messages replayed", OFFICER) in house.events()
        with house.app.config["zegel.rules"]._replaying:
            assert officer.send("/rules", "/rules/nearly").header("Location") == "/rules?s=busy"
        path_of(house).write_text(strict + "# another")
        assert "Nearly:" not in officer.get("/rules").text, "these rules were not asked"
