"""The SMS: one segment, the alphabet of SMS, nothing private, and a last line that phones understand."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from zegel.i18n.gsm7 import SEGMENT, foreign, septets
from zegel.i18n.languages import LANGUAGES, ByLanguage
from zegel.i18n.sms_text import sms_text, wording_problem
from zegel.i18n.spoken_code import spoken_text
from zegel.settings.sms import CodeText, Sms, Voice, filled
from zegel.sms.reports import meaning, read

HOST = "safe.clinic.example"


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_shipped_text_is_one_segment_for_hosts_of_any_usual_length(language: str) -> None:
    sentence = Sms().text.in_(language)
    for host in (HOST, "beveiligd.universitair-medisch-centrum-voorbeeldstad.example.org"):
        assert wording_problem(sentence, host) is None
        length = septets(sms_text(sentence, "123456", host))
        assert length is not None and length <= SEGMENT


def test_the_last_line_binds_the_code_to_the_portal() -> None:
    assert sms_text("Code {code}", "012345", HOST).split("\n")[-1] == f"@{HOST} #012345"


def test_signs_outside_the_alphabet_are_counted_out_and_some_count_double() -> None:
    assert septets("") == 0
    assert septets("abc€{}") == 3 + 2 * 3
    assert foreign("Ça va ✓✓ŝ") == "✓ŝ"
    assert septets("✓") is None


@given(st.text(max_size=300))
def test_any_sentence_is_accepted_only_when_it_fits(sentence: str) -> None:
    if wording_problem(sentence, HOST) is None:
        length = septets(sms_text(sentence, "123456", HOST))
        assert length is not None and length <= SEGMENT
        assert sms_text(sentence, "123456", HOST).count("123456") >= 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_shipped_sms_is_good_in_every_language_with_a_long_host(language: str) -> None:
    sentence = Sms().text.in_(language)
    assert wording_problem(sentence, "veilige-berichten.medischcentrum-noordoost.example") is None
    assert CodeText(nl="Kliniek: {code}").in_("fr") == CodeText().fr


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("Uw code is {code}", "twice"),
        ("{code} {code} " + "a" * 500, "room for 500"),
        ('<Say voice="x">{code} {code}</Say>', "markup"),
        ("{code} & {code}", "markup"),
        ("{code} {code} {number}", "markup"),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_cannot_be_said_is_refused(language: str, said: str, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        Voice.model_validate({"url": "https://voice.example/", "text": {language: said}})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", ["000000", "123456", "789012"])
def test_a_code_is_said_in_words_twice_in_each_language(language: str, code: str) -> None:
    said = spoken_text(Voice().text.in_(language), code, language)
    assert not re.search(r"[0-9{}]", said)
    words = re.findall(r"\b(\w+)\.", spoken_text("{code}", code, language))
    assert len(words) == 6 and len(set(words)) == len(set(code)) and said.count(". ".join(words) + ".") == 2


def test_a_language_without_a_text_gets_the_english_one_or_the_one_that_there_is() -> None:
    assert ByLanguage(nl="a", en="b").in_("fr") == "b"
    assert ByLanguage(nl="a").in_("de") == "a" and ByLanguage(nl="a", de="c").in_("de") == "c"


@given(st.dictionaries(st.text("abc_", min_size=1), st.text(max_size=20)), st.text(max_size=100))
def test_filling_never_fills_what_was_filled_in(values: dict[str, str], template: str) -> None:
    once = filled(template, dict.fromkeys(values, "{number}"))
    assert once.count("{number}") >= template.count("{number}") or "number" in values


# Delivery reports.


@pytest.mark.parametrize(
    ("query", "kind", "body", "expected"),
    [
        ("reference=abc&status=delivered", "", b"", ("abc", "delivered")),
        ("status=kannel-1", "", b"", ("", "kannel-1")),
        ("", "application/x-www-form-urlencoded", b"MessageStatus=failed&MessageSid=1", ("", "failed")),
        ("", "application/json; charset=utf-8", b'{"reference": "abc", "status": "delivered"}', ("abc", "delivered")),
        ("REFERENCE=abc&STATUS=DELIVRD", "", b"", ("abc", "DELIVRD")),
        ("reference=q", "application/json", b'{"reference": "b", "status": "failed"}', ("q", "failed")),
        ("", "application/json", b"[1, 2]", ("", "")),
        ("", "application/json", b'{"status": {"deep": 1}}', ("", "")),
        ("", "application/json", b"{" * 5000, ("", "")),
        ("", "application/x-www-form-urlencoded", b"\xff\xfe&" * 200, ("", "")),
        ("", "text/plain", b"status=delivered", ("", "")),
        ("&".join(f"a{n}=1" for n in range(500)), "", b"", ("", "")),
    ],
)
def test_reports_are_read_as_gateways_write_them(query: str, kind: str, body: bytes, expected: tuple[str, str]) -> None:
    assert read(query, kind, body) == expected


@given(st.text(max_size=200), st.sampled_from(["application/json", "application/x-www-form-urlencoded"]), st.binary())
def test_no_report_raises(query: str, kind: str, body: bytes) -> None:
    reference, status = read(query, kind, body)
    assert len(reference) <= 200 and meaning(status) in ("delivered", "failed", "")


@pytest.mark.parametrize(
    ("status", "expected"),
    [("kannel-1", "delivered"), ("kannel-2", "failed"), ("kannel-16", "failed"), ("kannel-34", "failed"),
     ("kannel-4", ""), ("kannel-8", ""), ("kannel-", ""), ("kannel-99999", ""), ("1", ""), ("Delivered ", "delivered"),
     ("UNDELIV", "failed"), ("delivery_failed", "failed"), ("queued", "")],
)  # fmt: skip
def test_what_a_status_means(status: str, expected: str) -> None:
    assert meaning(status) == expected
