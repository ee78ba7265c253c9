"""Names that somebody outside chose, and that would stand before an address of ours."""

from __future__ import annotations

import pytest

from zegel.mail.display_names import passes_for_ours

PEOPLE = [
    ("anna@kliniek.example", "Dr. Anna de Boer"),
    ("p.smit@kliniek.example", "Smit, P. (Cardiologie)"),
    ("balie@kliniek.example", "Balie"),
    ("nobody@kliniek.example", ""),
]
DOMAINS = ("kliniek.example", "xn--mnster-3ya.example", "zorg-noord.example")

ADDRESSES = [
    "directeur@kliniek.example", "directeur＠kliniek．example", "directeur﹫kliniek.example",
    "directeur @ kliniek . example", '"directeur@kliniek.example" Jan', "directeur(at)kliniek.example",
    "directeur [AT] bank (dot) nl", "ceo@bank.example", "bank.nl", "www.bank nl", "https://bank",
]  # fmt: skip
DOMAIN = [
    "kliniek.example", "KLINIEK.EXAMPLE", "k l i n i e k . e x a m p l e", "kliniek\u200b.example",
    "kli\u00adniek.example", "kliniek\u3164.example", "kliniek\u00b7example", "kliniek dot example",
    "kliniek punt example", "kl\u0456niek.example", "\u043a\u043b\u0438niek.example", "kIiniek.example",
    "k1iniek.examp1e", "\U0001d424\U0001d425\U0001d422\U0001d427\U0001d422\U0001d41e\U0001d424.example",
    "\u1d0b\u029f\u026a\u0274\u026a\u1d07\u1d0b.example", "ｋｌｉｎｉｅｋ.ｅｘａｍｐｌｅ", "k\u0301liniek.example",
    "Jan van kliniek-example", "münster.example", "Munster example", "zorgnoord.example", "zorg - noord . example",
]  # fmt: skip
COLLEAGUES = [
    "Anna de Boer", "anna  DE boer", "Boer, Anna de", "de Boer (Anna)", "Anna Boer", "AnnadeBoer", "Anna_de_Boer",
    "A\u200bnna de Boer", "\u0410nna de Boer", "Ànna de Bóer", "Anna de B0er", "Prof. Anna de Boer, PhD",
    "P. Smit", "Smit P", "P.Smit", "Balie", "BALIE", "Bаlie",
]  # fmt: skip
HOUSE = ["De Kliniek Noord", "Directie De Kliniek Noord", "deklinieknoord", "De Kl\u0456niek Noord"]
THEIRS = [
    "", "Jan Jansen", "J.P. de Vries", "Dr. Eva van den Berg-Smit", "Иван Петров", "Γιώργος Παπαδόπουλος", "王小明",
    "Anna Jansen", "Jan Boer", "Balie Jansen", "M. de Wit", "Jansen (huisarts)", "Fysio Centrum Noord B.V.",
    "José María Ñíguez", "E.M. Forster", "Müller & Söhne GmbH", "O'Brien", "محمد علي", "Anne-Marie d'Hondt",
]  # fmt: skip


@pytest.mark.parametrize("name", [*ADDRESSES, *DOMAIN, *COLLEAGUES, *HOUSE], ids=ascii)
def test_a_name_that_reads_as_one_of_ours_is_recognised(name: str) -> None:
    assert passes_for_ours(name, DOMAINS, "De Kliniek Noord", PEOPLE)


@pytest.mark.parametrize("name", THEIRS, ids=ascii)
def test_a_name_of_their_own_is_theirs(name: str) -> None:
    assert not passes_for_ours(name, DOMAINS, "De Kliniek Noord", PEOPLE)
