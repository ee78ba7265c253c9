"""Office files as pages: drawn behind walls by LibreOffice, bounded in time, and done without it."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

import zegel_portal.convert.converter
from tests.support.fakes.access import FakeAccess
from tests.unit.portal.office_walls import leaks
from tests.unit.portal.portal_client import M, client_for, reader_of
from tests.unit.portal.reading_samples import (
    flat,
    office_file,
    with_file,
)
from zegel_portal.convert.converter import Converter, Undrawable, find_office


@pytest.mark.slow
@pytest.mark.parametrize("ending", [".docx", ".pptx", ".odt", ".doc", ".ppt", ".rtf", ".ods"])
def test_office_files_are_shown_as_pages(ending: str) -> None:
    data = office_file(ending)
    jan = reader_of(with_file(f"stuk{ending}", data))
    if not Converter().shows(ending):  # LibreOffice without what a spreadsheet needs
        assert f"{M}/preview/1" not in jan.get(f"{M}/message").text
        assert "cannot be shown here" in jan.get(f"{M}/preview/1").text
        return
    page = jan.get(f"{M}/preview/1").text
    assert f'src="{M}/page/1/1"' in page
    picture = jan.get(f"{M}/page/1/1")
    assert picture.header("Content-Type") == "image/png"
    with Image.open(io.BytesIO(picture.body)) as drawn:
        assert 990 < drawn.width < 1010
        darkest = min(drawn.convert("L").tobytes())
    assert darkest < 100, "there is something on the page"


def test_without_libreoffice_there_is_no_preview_and_nothing_breaks() -> None:
    access = FakeAccess(raw=with_file("brief.docx", office_file(".docx")))
    jan = client_for(access, converter=Converter(office=""))
    jan.unlock()
    assert "/preview/1" not in jan.get(f"{M}/message").text
    assert "cannot be shown here" in jan.get(f"{M}/preview/1").text
    assert jan.get(f"{M}/page/1/1").status == 404


@pytest.mark.slow
def test_a_document_gets_no_file_of_this_machine_and_no_network() -> None:
    """The same link is followed without walls, so this fails when the walls are gone."""
    assert leaks(walled=False), "the document does ask for the file"
    assert not leaks(walled=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    "data",
    [b"", b"PK\3\4 broken", b"{\\rtf1" + b"{" * 200_000, flat("text", "<text:p>x</text:p>" * 200_000)],
    ids=["empty", "broken", "deep", "long"],
)
def test_a_broken_or_endless_document_is_given_up(data: bytes) -> None:
    converter = Converter()
    with contextlib.suppress(Undrawable):
        assert converter.pages(converter.document(data, ".docx")).total <= 20
    assert converter.pages(converter.document(office_file(".odt"), ".odt")).total == 1, "the next one is shown"


@pytest.mark.slow
def test_office_files_are_shown_where_no_memory_may_be_written_and_run(tmp_path: Path) -> None:
    """As under MemoryDenyWriteExecute, which our unit has."""
    worker = Path(zegel_portal.convert.converter.__file__).with_name("office_worker.py")
    begin = "import ctypes, runpy, sys; assert not ctypes.CDLL(None).prctl(65, 1, 0, 0, 0); sys.argv = sys.argv[1:]; "
    command = [sys.executable, "-c", f"{begin}runpy.run_path(sys.argv[0], run_name='__main__')", str(worker)]
    done = subprocess.run(
        [*command, find_office(), str(tmp_path), ".odt"], input=office_file(".odt"), capture_output=True, timeout=60
    )
    assert Converter().pages(done.stdout).total == 1, done.stderr


@pytest.mark.slow
def test_a_document_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zegel_portal.convert.converter._OFFICE_SECONDS", 0.2)
    with pytest.raises(Undrawable):
        Converter().document(office_file(".odt"), ".odt")
