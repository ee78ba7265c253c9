"""Previews of tables, archives, photos of phones and what pages say; broken and hostile ones are files like others."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime

import openpyxl
import pillow_heif
import pytest
from PIL import Image

from tests.unit.portal.portal_client import M, reader_of
from tests.unit.portal.reading_samples import with_file
from tests.unit.portal.test_code import visible
from tests.unit.portal.test_files import a_pdf, mail
from zegel_portal.convert.list_worker import MOST_COLUMNS, MOST_MEMBERS, MOST_ROWS
from zegel_portal.files.file_types import type_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def workbook(*sheets: tuple[str, list[list[object]]]) -> bytes:
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for name, rows in sheets:
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def archive(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, content in members.items():
            made.writestr(name, content)
    return out.getvalue()


def preview(name: str, data: bytes, kind: str = "application/octet-stream") -> str:
    answer = reader_of(with_file(name, data, kind)).get(f"{M}/preview/1")
    assert answer.status == 200
    return answer.text


def cells(page: str) -> list[list[str]]:
    rows = re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)
    return [re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL) for row in rows]


def test_a_workbook_is_shown_as_tables() -> None:
    data = workbook(
        ("Uitslagen", [["Datum", "Waarde", None], [datetime(2026, 5, 12), 8.9, True], [None, 3, "a<b"]]),
        ("Leeg", []),
    )
    page = preview("Uitslagen.xlsx", data)
    assert cells(page) == [["Datum", "Waarde", ""], ["2026-05-12", "8.9", "True"], ["", "3", "a&lt;b"]]
    assert "Uitslagen" in visible(page)
    assert "This table is empty." in visible(page)
    assert f'href="{M}/preview/1"' in reader_of(with_file("Uitslagen.xlsx", data)).get(f"{M}/message").text


def test_a_hidden_sheet_stays_hidden_and_a_formula_shows_no_formula() -> None:
    made = openpyxl.load_workbook(io.BytesIO(workbook(("Open", [["=1+1"]]), ("Geheim", [["verborgen"]]))))
    made["Geheim"].sheet_state = "hidden"
    out = io.BytesIO()
    made.save(out)
    page = preview("a.xlsx", out.getvalue())
    assert "verborgen" not in page
    assert "=1+1" not in page


def test_what_is_too_large_for_a_page_is_shown_in_part() -> None:
    page = preview("a.xlsx", workbook(("x", [[f"{row} {n}" for n in range(50)] for row in range(500)])))
    shown = cells(page)
    assert (len(shown), len(shown[0])) == (MOST_ROWS, MOST_COLUMNS)
    assert "This is the beginning." in visible(page)


@pytest.mark.parametrize(
    "text",
    ["naam;waarde\nJan;1,5\n", 'naam,waarde\nJan,"1,5"\n', "naam\twaarde\r\nJan\t1,5\r\n"],
    ids=["semicolon", "comma", "tab"],
)
@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_csv_file_is_a_table_whatever_parts_its_cells(text: str, charset: str) -> None:
    page = preview("cijfers.csv", text.replace("Jan", "René").encode(charset), "text/csv")
    assert cells(page) == [["naam", "waarde"], ["René", "1,5"]]


def test_a_zip_file_is_listed_and_not_unpacked() -> None:
    page = preview("alles.zip", archive({"map/Uitslag.pdf": b"x" * 48_000, "notitie.txt": b"", "map/": b""}))
    text = visible(page).replace("\xa0", " ")
    assert "2 files" in text
    assert "map/Uitslag.pdf 48 kB" in text
    assert "PDF" in text


def test_names_in_a_zip_file_are_shown_harmlessly() -> None:
    page = preview("a.zip", archive({"<b>x</b>.txt": b"", "../../etc/passwd": b"", "in\u202efdp.exe": b""}))
    assert "&lt;b&gt;x&lt;/b&gt;.txt" in page
    assert "\u202e" not in page


def test_a_zip_file_of_very_many_files_is_listed_in_part() -> None:
    page = preview("a.zip", archive({f"{n}.txt": b"" for n in range(MOST_MEMBERS + 5)}))
    assert page.count('class="name"') == MOST_MEMBERS
    assert "This is the beginning." in visible(page)


def test_a_photo_of_an_iphone_is_drawn() -> None:
    photo = Image.radial_gradient("L").resize((300, 200)).convert("RGB")
    out = io.BytesIO()
    pillow_heif.from_pillow(photo).save(out, quality=50)
    jan = reader_of(with_file("IMG_0001.HEIC", out.getvalue()))
    page = jan.get(f"{M}/preview/1").text
    assert f'src="{M}/image/1"' in page
    with Image.open(io.BytesIO(jan.get(f"{M}/image/1").body)) as drawn:
        assert drawn.format == "JPEG"
        assert drawn.size == (300, 200)
    assert type_of("image/jpeg", "foto.jpg", out.getvalue()[:64]) == "image/heic", "whatever it is called"


def test_a_page_has_its_words_below_it_and_sizes_to_choose() -> None:
    jan = reader_of(mail(("Uitslag.pdf", "application/pdf", a_pdf(3))))
    page = jan.get(f"{M}/preview/1").text
    for number in (1, 2, 3):
        assert f"Text of page {number}" in visible(page)
        assert f'href="#page-{number}"' in page
        assert f'id="page-{number}"' in page
    assert 'class="shown z100"' in page
    assert 'class="shown z200"' in jan.get(f"{M}/preview/1?zoom=200").text
    for other in ("0", "x", "-5", "1000000"):
        assert 'class="shown z100"' in jan.get(f"{M}/preview/1?zoom={other}").text


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.xlsx", b""), ("a.xlsx", b"PK\3\4 broken"), ("a.xlsx", archive({"x": b"y"})),
        ("a.xlsx", archive({"[Content_Types].xml": b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>"})),
        ("a.zip", b"PK\3\4"), ("a.zip", b"x" * 1000), ("a.heic", b"\0\0\0\x18ftypheic" + b"\xff" * 500),
        ("a.csv", b"\0" * 1000),
    ],
    ids=["empty", "broken", "no workbook", "entities", "cut", "no zip", "no photo", "zeros"],
)  # fmt: skip
def test_what_is_broken_says_so_and_can_be_downloaded(name: str, data: bytes) -> None:
    jan = reader_of(with_file(name, data))
    assert "cannot be shown here" in visible(jan.get(f"{M}/preview/1").text)
    assert jan.get(f"{M}/file/1").body == data


def test_a_bomb_of_cells_is_given_up() -> None:
    """A sheet of 200 MB that is packed into a few hundred kB."""
    row = b"<row>" + b"<c t='inlineStr'><is><t>" + b"a" * 1000 + b"</t></is></c>" * 50 + b"</row>"
    made = openpyxl.load_workbook(io.BytesIO(workbook(("x", [["y"]]))))
    out = io.BytesIO()
    made.save(out)
    bomb = io.BytesIO()
    with zipfile.ZipFile(out) as source, zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as target:
        for member in source.namelist():
            content = source.read(member)
            if member.endswith("sheet1.xml"):
                head, _, rest = content.partition(b"<sheetData>")
                content = head + b"<sheetData>" + row * 4_000 + rest
            target.writestr(member, content)
    page = preview("a.xlsx", bomb.getvalue())
    assert len(page) < 1_000_000
