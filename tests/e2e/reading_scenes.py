"""Scenes of reading: what mails bring besides a text."""

from __future__ import annotations

from collections.abc import Callable

from tests.e2e.world import M, Scene, World, open_at_1, set_
from tests.unit.portal import reading_samples as samples
from tests.unit.portal.test_files import PNG, mail
from tests.unit.portal.test_previews import archive, workbook


def of(raw: bytes) -> Callable[[World], None]:
    """The message is this mail."""
    return set_("access", "raw", raw)


def office(world: World) -> None:
    """A message with documents, saved by LibreOffice when the scene is opened."""
    world.access.raw = mail(
        ("Brief.docx", "application/octet-stream", samples.office_file(".docx")),
        ("Afspraken.xlsx", "application/octet-stream", samples.office_file(".xlsx")),
        body="Zie de documenten.",
    )


def tables(world: World) -> None:
    """A message with a workbook, a CSV file and a ZIP file."""
    rows: list[list[object]] = [["Datum", "Bepaling", "Waarde", "Grenzen", "Oordeel", "Laboratorium"]]
    rows += [[f"{n} mei 2026", "Hemoglobine", f"8,{n % 10}", "8,5 – 11,0", "goed", "Lab West"] for n in range(1, 29)]
    text = "".join(";".join(map(str, row)) + "\n" for row in rows)
    packed = archive({"Uitslag 12 mei.pdf": b"x" * 48_000, "Beelden/Hart.png": b"x" * 900})
    world.access.raw = mail(
        ("Uitslagen.xlsx", "application/octet-stream", workbook(("Bloed", rows), ("Afspraken", []))),
        ("Uitslagen.csv", "text/csv", text.encode()),
        ("Alles.zip", "application/zip", packed),
        body="Zie de tabellen.",
    )


def scene(name: str, so: Callable[[World], None], then: str = "") -> Scene:
    return Scene(name, f"{M}/enter", so=so, then=open_at_1(then))


INVITES = samples.a_mail("Deze afspraak is nieuw", "Zie de afspraak.\n")
INVITES.add_attachment(
    b"BEGIN:VCALENDAR\nMETHOD:PUBLISH\nBEGIN:VEVENT\nSUMMARY:Vakantie van de praktijk\nDTSTART;VALUE=DATE:20261224\n"
    b"DTEND;VALUE=DATE:20270102\nEND:VEVENT\nEND:VCALENDAR\n",
    maintype="text",
    subtype="calendar",
    filename="vakantie.ics",
)
READING: tuple[Scene, ...] = (
    scene("invite", of(samples.invitation())),
    scene("invite-cancelled", of(samples.invitation("CANCEL"))),
    scene("invite-days", of(INVITES.as_bytes())),
    scene("mail-in-mail", of(samples.nested(2))),
    scene("nested-mail", of(samples.nested(2)), "/mail/1"),
    scene("nested-deeper", of(samples.nested(2)), "/mail/1.1"),
    scene("outlook-mail", of(samples.with_file("brief.msg", samples.MSG)), "/mail/1"),
    scene("winmail", of(samples.with_file("winmail.dat", samples.WINMAIL, text=""))),
    scene("signed", of(samples.signed())),
    scene("office-files", office),
    scene("preview-office", office, "/preview/1"),
    scene("preview-table", tables, "/preview/1"),
    scene("preview-csv", tables, "/preview/2"),
    scene("preview-archive", tables, "/preview/3"),
    scene("preview-larger", office, "/preview/1?zoom=150"),
    scene("right-to-left", of(mail(body="x", html=samples.ARABIC))),
    scene("wide-table", of(mail(body="x", html=samples.TABLE))),
    scene("long", of(mail(("Foto.png", "image/png", PNG), html=samples.LONG))),
)
PAPER = scene("print", of(mail(("Foto.png", "image/png", PNG), html=samples.TABLE)), "/print")
"""Not among the pages: in its sandbox no script runs, not even that of a test."""
