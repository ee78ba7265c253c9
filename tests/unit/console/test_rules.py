"""Rules in the console: shown, tried, changed, brought back; two officers at once, files too large or wrong."""

from __future__ import annotations

import html
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.unit.console.console_client import OFFICER, SETTINGS, Browser, Office, office
from zegel.yamlfile import MOST_BYTES

RULES = """\
# zegel-rules begin
version: 1
rules:
  - id: bsn  # ours
    name: {nl: Burgerservicenummer, en: Citizen service number}
    level: 1
    when: {detector: bsn}
  - id: project
    name: {nl: Project, en: Project}
    level: 0
    when: {words: [kornoelje]}
# zegel-rules end
"""
MAIL = "From: anna@kliniek.example\r\nSubject: x\r\n\r\nBSN 111222333 van Jan\r\n"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("rules")
    (folder / "rules.yaml").write_text(RULES)
    with office(folder, SETTINGS) as made:
        yield made


@pytest.fixture(autouse=True)
def fresh(house: Office) -> None:
    if path_of(house).read_text() != RULES:
        path_of(house).write_text(RULES)


@pytest.fixture(scope="module")
def officer(house: Office) -> Browser:
    return house.signed_in(strong=True)


def path_of(house: Office) -> Path:
    return house.built.folder / "rules.yaml"


def before(officer: Browser) -> str:
    found = re.search(r'name="before" value="([0-9a-f]{64})"', officer.get("/rules/edit").text)
    assert found
    return found[1]


def send(officer: Browser, action: str, text: str, **fields: str) -> str:
    answer = officer.send("/rules/edit", action, text=text, **{"before": before(officer)} | fields)
    return f"{answer.status} {answer.header('Location')} {html.unescape(answer.text)}"


def upload(officer: Browser, content: bytes, **fields: str) -> str:
    parts = [f'--x\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n' for key, value in fields.items()]
    head = f'--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n{officer.form("/try")}\r\n' + "".join(parts)
    file = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.eml"\r\n\r\n' + content + b"\r\n--x--\r\n"
    answer = officer.call("POST", "/try", head.encode() + file, CONTENT_TYPE="multipart/form-data; boundary=x")
    return f"{answer.status} {html.unescape(answer.text)}"


def test_each_rule_is_shown_by_its_name(officer: Browser) -> None:
    page = officer.get("/rules").text
    assert "Citizen service number" in page and "Is protected with a password." in page
    assert "On trial: it is only counted." in page


def test_a_common_change_that_is_chosen_is_shown_before_anything_is_saved(house: Office, officer: Browser) -> None:
    """Enter in one of its fields presses the button that saves."""
    chosen = {"change": "word", "rule": "project", "value": "meidoorn", "reason": "A new project"}
    said = send(officer, "/rules/save", RULES.replace("level: 0", "level: 1"), **chosen)
    assert said.startswith("200") and "meidoorn" in said and 'value="A new project"' in said
    assert path_of(house).read_text() == RULES


def test_the_shipped_rules_make_a_small_page(house: Office, officer: Browser) -> None:
    path_of(house).write_text("version: 1\ninclude: shipped\ntrusted_domains: [insurer.example]\n")
    for language in ("en", "nl", "de", "fr"):
        page = officer.get(f"/rules?lang={language}")
        assert page.status == 200 and len(page.text.encode()) < 60_000, (language, len(page.text.encode()))
        assert page.text.count("<details>") == len(house.app.config["zegel.rules"].rules().rules)
        assert "insurer.example" in page.text and "[veilig]" in page.text
    officer.get("/rules?lang=en")


def test_a_mail_is_tried_and_kept_nowhere(house: Office, officer: Browser) -> None:
    files = sorted(house.built.folder.rglob("*"))
    said = upload(officer, MAIL.encode(), recipient="jan@post.example")
    assert said.startswith("200") and "It would be protected with a password" in said
    assert "1 × a citizen service number (BSN); in the text" in said and 'href="/rules#rule-bsn">Citizen' in said
    assert "111••••33" in said and "111222333" not in said
    assert "The numbers" in said and "in front of it" in said
    assert "It would leave as it is" in upload(officer, b"Subject: x\r\n\r\nDag Jan\r\n")
    pasted = officer.send("/try", "/try", text="Subject: x\n\nBSN 111222333 en kornoelje").text
    assert "It would be protected with a password" in pasted and "Rules on trial" in pasted
    assert officer.send("/try", "/try", text="  ").status == 422
    assert [kind for kind, who in house.events() if who == OFFICER].count("mail tried") == 3
    assert sorted(house.built.folder.rglob("*")) == files
    assert "111222333" not in (house.built.folder / "zegel.db").read_bytes().decode("latin-1")


@pytest.mark.parametrize(
    "content", [b"\0" * 300, b"\xff\xfe--x", b"Content-Type: multipart/mixed; boundary=y\r\n\r\n--y"]
)
def test_odd_mails_are_tried_too(officer: Browser, content: bytes) -> None:
    assert upload(officer, content).startswith("200")


def test_what_is_typed_is_checked_and_saved_with_its_reason(house: Office, officer: Browser) -> None:
    new = RULES.replace("level: 0", "level: 1")
    said = send(officer, "/rules/check", new)
    assert said.startswith("200") and "+    level: 1" in said and "their own tests pass" in said
    assert path_of(house).read_text() == RULES
    assert send(officer, "/rules/save", new).startswith("422")
    assert send(officer, "/rules/save", new, reason="The project began").startswith("303 /rules?s=saved")
    assert path_of(house).read_text() == new
    page = officer.get("/rules/history").text
    assert "The project began" in page and OFFICER in page
    versions = re.findall(r"/rules/history/(\d+)", page)
    shown = officer.get(f"/rules/history/{versions[1]}").text
    assert "-    level: 1" in shown
    digest = re.search(r'name="before" value="([0-9a-f]{64})"', shown)
    assert digest
    fields = {"before": digest[1], "reason": "It ended", "less": "yes"}
    back = officer.send("/rules/edit", f"/rules/history/{versions[1]}", **fields)
    assert back.header("Location") == "/rules?s=saved", back.text
    assert path_of(house).read_text() == RULES
    assert officer.get("/rules/history/999999").status == 404


def test_a_word_is_added_by_the_form_and_comments_stay(house: Office, officer: Browser) -> None:
    said = send(officer, "/rules/check", RULES, change="word", rule="project", value="meidoorn")
    assert said.startswith("200") and "meidoorn" in said and "# ours" in said
    for change, rule, value in (
        ("word", "nothing", "x"), ("level", "bsn", "seven"), ("level", "bsn", "9"), ("domain", "", "not a domain"),
        ("sender", "bsn", "a b"), ("word", "project", "a\nb: c"),
    ):  # fmt: skip
        answer = send(officer, "/rules/check", RULES, change=change, rule=rule, value=value)
        assert answer.startswith("422"), (change, value)
    assert path_of(house).read_text() == RULES


def test_mistakes_are_told_at_their_line_and_nothing_is_saved(house: Office, officer: Browser) -> None:
    said = send(officer, "/rules/save", RULES.replace("level: 1", "level: high"), reason="because")
    assert said.startswith("422") and "6:" in said
    for text in ("", "- [", "version: 1\nrules: []", "a: &a [*a]", "<script>alert(1)</script>", "\x00"):
        answer = send(officer, "/rules/save", text, reason="because")
        assert answer.startswith("422"), text
        assert "<script>alert" not in officer.send("/rules/edit", "/rules/check", text=text, before="").text
    assert path_of(house).read_text() == RULES


OUTSIDE = [
    "lists: {x: {file: secret.txt}}\n", "lists: {x: {file: ./sub/../secret.txt}}\n", "include: secret.txt\n",
    "include: [shipped, secret.txt]\n", "lists: {x: {file: /etc/passwd}}\n", "include: /etc/passwd\n",
    "lists: {x: {file: /etc/there-is-none}}\n", "include: /etc/there-is-none\n", "lists: {x: {file: /dev/zero}}\n",
]  # fmt: skip


@pytest.mark.parametrize("more", OUTSIDE, ids=range(len(OUTSIDE)))
def test_no_file_is_read_that_somebody_names_in_the_browser(house: Office, officer: Browser, more: str) -> None:
    """The process may read the keys, and a mistake is shown with the line that it is in."""
    (house.built.folder / "secret.txt").write_text("root:*:0:0:*:sesame\nkey: opensesame\n")
    for action in ("/rules/check", "/rules/save", "/rules/replay"):
        said = send(officer, action, RULES + more, reason="To see what is in it", less="yes", days="1")
        assert said.startswith("422") and "not named in the file yet" in said, said
        assert "sesame" not in said and "no such file" not in said and "there is no file" not in said
    assert path_of(house).read_text() == RULES


def test_files_that_are_named_already_may_be_named_on(house: Office, officer: Browser) -> None:
    (house.built.folder / "words.txt").write_text("kaneel\n")
    named = RULES.replace("rules:", "lists: {x: {file: words.txt}}\nrules:", 1)
    assert send(officer, "/rules/check", named).startswith("422")
    path_of(house).write_text(named)
    changed = named.replace("[kornoelje]", "x")
    assert send(officer, "/rules/check", changed).startswith("200")
    assert send(officer, "/rules/save", changed, reason="They are words").startswith("303")
    path_of(house).write_text(RULES)
    [first, *_] = [each for each in house.app.config["zegel.rules"].history.versions() if each.why == "They are words"]
    place = f"/rules/history/{first.id}"
    back = officer.send("/rules/edit", place, before=before(officer), reason="It was better")
    assert back.header("Location") == "/rules?s=saved", "what was in the file may come back"


def test_two_officers_do_not_overwrite_each_other(house: Office, officer: Browser) -> None:
    seen = before(officer)
    path_of(house).write_text(RULES + "# by hand\n")
    new = RULES.replace("kornoelje", "meidoorn")
    assert send(officer, "/rules/save", new, before=seen, reason="because").startswith("409")
    assert path_of(house).read_text() == RULES + "# by hand\n"


def test_of_two_officers_who_save_at_once_one_is_told(house: Office, officer: Browser) -> None:
    seen, start = before(officer), threading.Barrier(2)
    csrf = officer.form("/rules/edit")
    texts = [RULES.replace("kornoelje", word) for word in ("meidoorn", "sleedoorn")]

    def save(text: str) -> int:
        start.wait(60)
        fields = {"csrf": csrf, "text": text, "before": seen, "reason": "because"}
        return Browser(house.app, cookies=dict(officer.cookies)).post("/rules/save", fields).status

    versions = house.built.core.vault.store.rules_versions
    known = len(list(versions.newest_first()))
    with ThreadPoolExecutor(2) as pool:
        statuses = list(pool.map(save, texts))
    assert sorted(statuses) == [303, 409]
    assert path_of(house).read_text() == texts[statuses.index(303)]
    kept = [each.digest for each in versions.newest_first()]
    assert len(kept) - known in (1, 2), "what was there before is kept too, when it was not"


def test_a_file_of_ten_megabytes_on_disk_stops_no_page(house: Office, officer: Browser) -> None:
    """Somebody's editor, or a disk that went wrong: it can be seen, and what is there is overwritten by nobody."""
    seen = before(officer)
    large = RULES + "# x\n" * 2_500_000
    path_of(house).write_text(large)
    for page in ("/", "/rules", "/rules/edit", "/rules/history", "/messages", "/try"):
        answer = officer.get(page)
        assert answer.status in (200, 422) and len(answer.body) < 60_000, page
    assert "bytes are too many" in officer.get("/rules/edit").text
    fields = {"text": RULES, "before": seen, "reason": "because", "days": "1"}
    assert officer.send("/rules/edit", "/rules/save", **fields).status in (409, 422)
    assert officer.send("/rules/edit", "/rules/replay", **fields).status in (200, 422)
    assert path_of(house).read_text() == large


def test_a_file_that_is_too_large_is_refused(house: Office, officer: Browser) -> None:
    large = RULES + "#" * MOST_BYTES
    assert send(officer, "/rules/check", large).startswith("422")
    assert officer.call("POST", "/rules/save", b"", CONTENT_LENGTH="10000000").status == 413
    assert path_of(house).read_text() == RULES


@pytest.mark.parametrize(
    ("change", "rule", "value", "told"),
    [
        ("sender", "bsn", "kliniek.example", "lets everything from kliniek.example pass rule bsn"),
        ("recipient", "bsn", "gmail.com", "lets everything to gmail.com pass rule bsn"),
        ("domain", "", "gmail.com", "lets everything to gmail.com leave as it is"),
        ("level", "bsn", "0", "has 0 rules that protect"),
    ],
)
def test_a_common_change_that_lets_most_mail_pass_takes_a_tick(
    house: Office, officer: Browser, change: str, rule: str, value: str, told: str
) -> None:
    looked = officer.send("/rules/edit", "/rules/check", text=RULES, before="", change=change, rule=rule, value=value)
    assert looked.status == 200 and told in looked.text and 'name="less"' in looked.text, "before anything is saved"
    found = re.search(r"<textarea[^>]*>\n(.*)</textarea>", looked.text, re.DOTALL)
    assert found
    text = html.unescape(found[1])
    said = send(officer, "/rules/save", text, reason="because")
    assert said.startswith("422") and told in said
    assert path_of(house).read_text() == RULES
    assert send(officer, "/rules/save", text, reason="because", less="yes").startswith("303")
    assert path_of(house).read_text() == text
    back = send(officer, "/rules/save", RULES, reason="It was wrong")
    assert back.startswith("303"), back


def test_weaker_rules_take_a_word(house: Office, officer: Browser) -> None:
    weak = house.signed_in()
    assert weak.send("/rules/edit", "/rules/save", text=RULES, before="x", reason="because").status == 403
    path_of(house).write_text("broken: [")
    assert officer.get("/rules").status == 200
    assert officer.get("/rules/edit").status == 200


def test_the_rules_are_replayed_on_what_was_sealed_before_they_are_saved(house: Office, officer: Browser) -> None:
    for number in range(3):
        house.built.seal(f"p{number}@post.example")
    new = RULES.replace("level: 1", "level: 0")
    said = send(officer, "/rules/replay", new, days="7")
    assert said.startswith("200") and "Looked at 3 of 3" in said, said
    assert re.search(r"with a password</th><td>left as it is</td><td>3</td>", said)
    assert "post.example" not in said and "uitslag" not in said
    assert ("messages replayed", OFFICER) in house.events()
    weak = house.signed_in()
    assert weak.send("/rules/edit", "/rules/replay", text=new, before="x", days="7").status == 403
    assert send(officer, "/rules/replay", "- [", days="7").startswith("422")
    assert send(officer, "/rules/replay", new, days="9" * 400).startswith("200")
    rules = officer.app.config["zegel.rules"]
    with rules._replaying:
        assert send(officer, "/rules/replay", new, days="7").startswith("503")
    assert path_of(house).read_text() == RULES
