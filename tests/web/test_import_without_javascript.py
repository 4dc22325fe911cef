"""The whole import by links and forms alone, and what is said when a file is not right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from analysis.models import Session, Team
from analysis.sample import SAMPLE_FILE
from tests.factories import make_session
from tests.web.html import Element, read

Finish = Callable[[Session], Session]
ROWS = (
    "ID Cliente;Fecha;NPS;Nota;Comentario Final;Ciudad;Observador",
    "101;03/04/2026;;9;Muy buen servicio;Asunción;Ana",
    "102;04/04/2026;;3;Se corta siempre, mi cel es 0981 123 456;Luque;Ana",
    "103;05/04/2026;;once;Caro;Luque;Ana",
    "104;31/02/2026;;8;Todo bien;Asunción;Beto",
    "105;06/04/2026;;;;Lambaré;Beto",
    "106;07/04/2026;;10;Iporãiterei;Itauguá;Beto",
    "107;08/04/2026;;7;Muy buen servicio;Capiatá;Ana",
)


def upload(client: Client, content: bytes, filename: str = "comentarios.csv", **more: str) -> Any:
    return client.post(reverse("import-file"), {"file": SimpleUploadedFile(filename, content), **more})


def begin(client: Client, rows: tuple[str, ...] = ROWS, name: str = "comentarios.csv") -> Session:
    """Step 1: the session that a file begins."""
    answer = upload(client, "\n".join(rows).encode(), name)
    session = Session.objects.latest("created_at")
    assert answer.headers["Location"] == reverse("import-columns", args=[session.pk])
    return session


def columns_page(client: Client, session: Session, query: str = "") -> Element:
    return read(client.get(reverse("import-columns", args=[session.pk]) + query))


def send(client: Client, page: Element, session: Session, **changes: str) -> Any:
    """Step 2: send the form of the columns as it is, but for the changes."""
    form = page.one("form", method="post", action=reverse("import-columns", args=[session.pk]))
    return client.post(form.attributes["action"], form.fields() | changes)


def test_the_sample_walks_the_whole_way(client: Client, finish: Finish) -> None:
    upload(client, SAMPLE_FILE.read_bytes(), SAMPLE_FILE.name, name="Noviembre")
    session = Session.objects.get(name="Noviembre")
    page = columns_page(client, session)
    assert page.one("select", name="field_comment").all("option", selected="")[0].text == "Comentario Final"
    assert page.one("select", name="field_rating").all("option", selected="")[0].text == "Nota"

    answer = send(client, page, session)
    check = read(client.get(answer.headers["Location"]))
    assert "No se encontró ningún problema. Las 846 filas se pueden importar." in check.text

    start = read(client.get(reverse("import-start", args=[session.pk])))
    assert "846" in start.one("dl", class_="facts").text
    form = start.one("main").one("form", method="post")
    answer = client.post(reverse("import-start", args=[session.pk]), form.fields())
    assert answer.headers["Location"] == reverse("progress", args=[session.pk])

    finish(session)
    progress = read(client.get(answer.headers["Location"]))
    assert progress.one(id="invariant").text == "846 filas = 484 comentarios + 362 duplicados plegados + 0 rechazadas"
    overview = read(client.get(reverse("session", args=[session.pk])))
    assert "−11,6" in overview.one("dl", class_="figures").text


def test_what_was_detected_is_shown_with_values_and_kinds(client: Client, team: Team) -> None:
    page = columns_page(client, begin(client))
    chosen = {
        select.attributes["name"]: next(
            (option.text for option in select.all("option") if "selected" in option.attributes), ""
        )
        for select in page.one("table", class_="mapping").all("select")
    }
    assert chosen == {
        "field_comment": "Comentario Final", "field_rating": "Nota", "field_nps": "NPS", "field_date": "Fecha",
        "field_customer": "ID Cliente", "field_region": "Ciudad", "field_service": "", "field_channel": "",
    }  # fmt: skip
    assert "[phone]" in page.text
    assert "0981" not in page.text
    assert "1 columna no se importa." in page.text
    assert "Observador texto Ana · Beto ignorada" in page.text


def test_problems_are_named_by_column_and_row_before_anything_is_stored(client: Client) -> None:
    session = begin(client)
    check = read(client.get(send(client, columns_page(client, session), session).headers["Location"]))
    assert "3 de 7 filas no se pueden importar como están." in check.text
    assert "La nota no es un número dentro de su escala. 1 línea 4: once" in check.text
    assert "La fecha no se puede leer. 1 línea 5: 31/02/2026" in check.text
    assert "Falta el texto del comentario. 1 línea 6" in check.text
    assert "números de teléfono: 1" in check.text
    session.refresh_from_db()
    assert (session.state, session.rows_total) == ("uploaded", 0)


def test_rejected_rows_are_mended_and_come_in_once(client: Client, finish: Finish, tmp_path: Path) -> None:
    import openpyxl

    session = begin(client)
    send(client, columns_page(client, session), session)
    client.post(reverse("import-start", args=[session.pk]))
    finish(session)
    assert (session.comment_count, session.duplicate_count, session.rejected_count) == (3, 1, 3)
    assert "Se corta" not in read(client.get(reverse("rejected", args=[session.pk]))).text

    answer = client.get(reverse("rejected-xlsx", args=[session.pk]))
    path = tmp_path / "rejected.xlsx"
    path.write_bytes(b"".join(answer.streaming_content))  # type: ignore[attr-defined]
    book = openpyxl.load_workbook(path)
    sheet = book.active
    assert sheet is not None
    for row in sheet.iter_rows():
        for cell in row:
            if cell.value == "once":
                cell.value = "2"
            if cell.value == "31/02/2026":
                cell.value = "28/02/2026"
    book.save(path)
    for _ in range(2):
        mended = {"file": SimpleUploadedFile("rejected.xlsx", path.read_bytes())}
        answer = client.post(reverse("import-mended", args=[session.pk]), mended)
        assert answer.headers["Location"] == reverse("progress", args=[session.pk])
        finish(session)
        assert (session.comment_count, session.duplicate_count, session.rejected_count) == (5, 1, 1)
        assert session.rows_total == 7


def test_a_file_that_is_no_list_of_rejected_rows_is_refused_with_what_to_do(client: Client, finish: Finish) -> None:
    session = begin(client)
    send(client, columns_page(client, session), session)
    client.post(reverse("import-start", args=[session.pk]))
    finish(session)
    file = {"file": SimpleUploadedFile("otra.csv", b"Comentario\nCaro\n")}
    page = read(client.post(reverse("import-mended", args=[session.pk]), file, follow=True))
    assert "no es la lista de filas rechazadas" in page.one("div", class_="notes").text


def test_a_mapping_is_remembered_for_the_same_columns(client: Client, finish: Finish) -> None:
    first = begin(client)
    page = columns_page(client, first)
    send(client, page, first, field_region="", field_channel="Ciudad")
    client.post(reverse("import-start", args=[first.pk]))
    finish(first)

    again = columns_page(client, begin(client, (*ROWS, "108;09/04/2026;;5;Otro texto;Luque;Ana")))
    assert "como su equipo las puso la última vez" in again.text
    assert again.one("select", name="field_channel").all("option", selected="")[0].text == "Ciudad"
    assert again.one("select", name="field_region").all("option", selected="") == []

    other = columns_page(client, begin(client, ("Comentario,Ciudad", "Caro,Luque")))
    assert "como su equipo las puso" not in other.text


def test_another_team_remembers_nothing_of_it(client: Client, stranger: Client, finish: Finish) -> None:
    first = begin(client)
    send(client, columns_page(client, first), first)
    client.post(reverse("import-start", args=[first.pk]))
    finish(first)
    page = columns_page(stranger, begin(stranger))
    assert "como su equipo las puso" not in page.text
    assert "ya se importó antes" not in page.text


def test_the_same_file_is_noticed(client: Client) -> None:
    first = begin(client)
    page = columns_page(client, begin(client, name="copia.csv"))
    assert "Este mismo archivo ya se importó antes." in page.text
    assert page.all("a", href=reverse("session", args=[first.pk]))


def test_the_reading_is_in_the_address_and_goes_on_with_the_form(client: Client) -> None:
    session = begin(client, ("Informe de abril,", "Comentario,Nota", "Caro,3", "Lento,2"))
    page = columns_page(client, session, "?header_row=2&delimiter=%2C&encoding=cp1252")
    form = page.one("form", method="post", action=reverse("import-columns", args=[session.pk]))
    assert form.fields()["header_row"] == "2"
    assert form.fields()["encoding"] == "cp1252"
    send(client, page, session)
    session.refresh_from_db()
    assert session.read_options["header_row"] == 2
    check = read(client.get(reverse("import-check", args=[session.pk])))
    assert "Las 2 filas se pueden importar." in check.text


def test_without_a_column_of_comments_one_is_asked_for(client: Client) -> None:
    session = begin(client)
    answer = send(client, columns_page(client, session), session, field_comment="")
    assert answer.status_code == 422
    page = read(answer)
    assert "Indique la columna que contiene los comentarios." in page.one("div", role="alert").text
    assert len(page.all("select", name="field_comment")) == 1


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("vacio.csv", b"", "El archivo está vacío."),
        ("foto.xlsx", b"\x89PNG\r\n\x1a\n" + b"\x00" * 200, "Importe xlsx, xls, csv"),
        ("libro.xlsx", SAMPLE_FILE.read_bytes()[:9000], "dañado o incompleto"),
        ("datos.json", b'{"data": [', "El JSON no es válido"),
    ],
)
def test_a_file_that_cannot_be_read_is_answered_with_what_to_do(
    name: str, content: bytes, words: str, client: Client
) -> None:
    answer = upload(client, content, name)
    if answer.status_code == 302:
        answer = client.get(answer.headers["Location"])
    assert answer.status_code == 422
    assert words in read(answer).one("div", role="alert").text


def test_too_large_a_file_is_refused_by_name(client: Client, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 2_000_000
    answer = upload(client, b"Comentario\n" + b"x" * 2_000_000)
    assert answer.status_code == 422
    assert "El archivo tiene más de 2 MB." in read(answer).one("div", role="alert").text
    assert not Session.objects.exists()


def test_no_file_at_all_is_said(client: Client) -> None:
    answer = client.post(reverse("import-file"), {"name": "nada"})
    assert answer.status_code == 422
    assert "No se eligió ningún archivo." in read(answer).one("div", role="alert").text


@pytest.mark.parametrize("step", ["import-columns", "import-check", "import-start"])
def test_a_session_that_has_begun_is_shown_at_work(step: str, client: Client, team: Team) -> None:
    session = make_session(team)
    answer = client.get(reverse(step, args=[session.pk]))
    assert answer.headers["Location"] == reverse("progress", args=[session.pk])


def test_the_sample_loads_in_one_click(client: Client, finish: Finish) -> None:
    home = read(client.get(reverse("home")))
    form = home.one("form", action=reverse("load-sample"))
    answer = client.post(form.attributes["action"], form.fields())
    session = Session.objects.get(origin="sample")
    assert answer.headers["Location"] == reverse("progress", args=[session.pk])
    assert finish(session).rows_total == 846
