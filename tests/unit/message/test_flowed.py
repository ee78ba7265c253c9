"""Text of format=flowed, as RFC 3676 has it and as programs write it."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zegel.message.mime.flowed import unflowed
from zegel.message.mime.view import view
from zegel_portal.mail.body import body_of


def flow(paragraph: str, depth: int, width: int, delsp: bool) -> list[str]:
    """How a program sends a paragraph: space-stuffed, folded before `width`."""
    marks = ">" * depth + (" " if depth else "")
    lines, rest = [], paragraph
    while len(rest) > width:
        at = rest.rfind(" ", 1, width)
        if delsp or at < 1:
            if not delsp:
                break
            lines.append(rest[:width] + " ")
            rest = rest[width:]
        else:
            lines.append(rest[: at + 1])
            rest = rest[at + 1 :]
    stuffed = [f" {line}" if not depth and line[:1] in (" ", ">") else line for line in (*lines, rest)]
    return [marks + line for line in stuffed]


WORDS = st.text("abcé>-", min_size=1, max_size=12)
PARAGRAPHS = st.lists(WORDS, min_size=1, max_size=40).map(" ".join).filter(lambda text: not text.startswith("--"))


@given(st.lists(st.tuples(st.integers(0, 3), PARAGRAPHS), min_size=1, max_size=6), st.booleans())
def test_what_a_program_flows_comes_back(sent: list[tuple[int, str]], delsp: bool) -> None:
    wire = "\n".join(line for depth, text in sent for line in flow(text, depth, 30, delsp))
    back = unflowed(wire, {"delsp": "yes"} if delsp else {}).split("\n")
    wanted = [f"{'>' * depth} {text}" if depth else f" {text}" if text[:1] == ">" else text for depth, text in sent]
    assert back == wanted


@pytest.mark.parametrize(
    ("wire", "parameters", "shown"),
    [
        ("een \ntwee", {}, "een twee"),
        ("een \n> twee", {}, "een \n> twee"),  # another quotation ends the paragraph
        ("> een \n>> twee", {}, "> een\n>> twee"),
        ("Groet,\n-- \nAnna", {}, "Groet,\n-- \nAnna"),
        ("zacht \n-- \nAnna", {}, "zacht \n-- \nAnna"),
        (" >geen citaat", {}, " >geen citaat"),
        (" From hier", {}, "From hier"),
        ("", {}, ""),
        ("https://a.example/een-heel- \nlang-adres", {"delsp": "YES"}, "https://a.example/een-heel-lang-adres"),
    ],
)
def test_the_cases_of_the_rfc(wire: str, parameters: dict[str, str], shown: str) -> None:
    assert unflowed(wire, parameters) == shown


def mail(text: str, parameters: str) -> bytes:
    return f"Subject: x\r\nContent-Type: text/plain; charset=utf-8; {parameters}\r\n\r\n{text}".encode()


@pytest.mark.parametrize("parameters", ["format=flowed; delsp=yes", 'Format="Flowed"; DelSp="Yes"'])
def test_a_wrapped_link_is_one_link_on_the_page(parameters: str) -> None:
    link = "https://www.kliniek.example/een/heel/lang/pad/" + "x" * 100
    wire = " \r\n".join(textwrap.wrap(link, 40))
    raw = mail(f"Zie {wire}\r\n> oud \r\n> citaat\r\n", parameters)
    own, quoted = body_of(raw, view(raw)).blocks
    assert [each.href for each in own.pieces if each.href] == [link]
    assert quoted.depth == 1 and "".join(each.text for each in quoted.pieces) == "oudcitaat"


def test_text_that_is_not_flowed_keeps_its_lines() -> None:
    assert view(mail("een \r\ntwee", "format=fixed")).text == "een \ntwee"
