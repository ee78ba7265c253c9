"""Colours that can be read: the tokens among each other, and what is made of an organisation's own colour."""

from __future__ import annotations

import colorsys
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.fakes.access import FakeAccess
from tests.unit.notices.notice_cast import BRAND, bodies, message, read
from tests.unit.portal.portal_client import client_for, settings_for
from zegel.theme.contrast import ENOUGH, contrast, darker, lighter
from zegel.theme.palette import GOOD, Palette, look

colours = st.integers(0, 0xFFFFFF).map("#{:06x}".format)
PALETTES = [look("#0b5a83").light, look("#0b5a83").dark]


def hls(colour: str) -> tuple[float, float, float]:
    """Hue, lightness and saturation."""
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return colorsys.rgb_to_hls(red, green, blue)


@pytest.mark.parametrize("palette", PALETTES, ids=["light", "dark"])
def test_every_text_can_be_read_on_every_background(palette: Palette) -> None:
    for text in (palette.text, palette.soft, palette.accent_text):
        assert all(contrast(text, behind) >= ENOUGH for behind in palette.backgrounds), text
    told = ((palette.good, palette.good_back), (palette.bad, palette.bad_back), (palette.warn, palette.warn_back))
    for text, own in told:
        assert all(contrast(text, behind) >= ENOUGH for behind in (own, palette.card))
    assert contrast(palette.field, palette.card) >= 3


def test_white_can_be_read_on_the_green_button() -> None:
    assert contrast(GOOD, "#ffffff") >= ENOUGH


@given(colours)
def test_any_colour_has_a_darker_one_that_white_can_be_read_on(colour: str) -> None:
    nearest = darker(colour, "#ffffff")
    assert contrast(nearest, "#ffffff") >= ENOUGH
    assert nearest == colour or contrast(nearest, "#ffffff") < ENOUGH + 0.35


@given(colours)
def test_links_and_focus_can_be_seen_by_day_and_by_night(colour: str) -> None:
    made = look(darker(colour, "#ffffff"))
    for palette in (made.light, made.dark):
        assert all(contrast(palette.accent_text, behind) >= ENOUGH for behind in palette.backgrounds)


@given(colours)
def test_the_hue_stays_where_there_is_one(colour: str) -> None:
    for other in (darker(colour, "#ffffff"), lighter(colour, "#000000")):
        (before, _, rich), (after, lightness, still_rich) = hls(colour), hls(other)
        if min(rich, still_rich) > 0.3 and 0.2 < lightness < 0.8:
            apart = abs(before - after)
            assert min(apart, 1 - apart) < 0.02


@pytest.mark.parametrize("colour", ["#7a1f3d", "#000000"])
def test_pages_and_mails_have_the_same_colours(colour: str) -> None:
    made = look(colour)
    client = client_for(FakeAccess(), settings_for(colour=colour))
    path = re.findall(r'href="([^"]*brand\.css[^"]*)"', client.get("/").text)[0]
    sheet, html = client.get(path).text, bodies(read(message(brand=replace(BRAND, colour=colour))))[1]
    for palette in (made.light, made.dark):
        for wanted in (palette.page, palette.card, palette.text, palette.soft, palette.line, palette.accent_text):
            assert wanted in sheet and wanted in html, wanted
    known = re.findall(r"#[0-9a-f]{6}", made.style_sheet())
    assert set(re.findall(r"#[0-9a-f]{6}\b", html)) <= {*known, "#ffffff"}
