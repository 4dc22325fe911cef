"""What JavaScript adds, what works without it, and what the keyboard reaches."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, expect

from tests.browser.conftest import MOST_UPLOAD, Product
from tests.browser.screen import Screen

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

ROWS = "Fecha;Nota;Comentario Final;Ciudad\n03/04/2026;9;Muy bueno;Luque\n04/04/2026;once;Muy caro;Capiatá\n"


@pytest.fixture
def analyst(desktop: Screen, product: Product) -> Screen:
    """Somebody who is logged in."""
    desktop.login(product.user, product.password)
    return desktop


def test_an_import_with_its_comforts(screen: Screen, product: Product, tmp_path: Path) -> None:
    page = screen.page
    screen.login(product.user, product.password)
    screen.open("/import/")
    large: FilePayload = {"name": "grande.csv", "mimeType": "text/csv", "buffer": b"x" * (MOST_UPLOAD + 1)}
    page.set_input_files("#file", large)
    expect(page.locator("[data-drop-error]")).to_contain_text("supera 1,0")
    small = tmp_path / f"abril-{screen.width}-{screen.scheme}.csv"
    small.write_text(ROWS, encoding="utf-8")
    page.set_input_files("#file", small)
    expect(page.locator("[data-drop-label]")).to_have_text(small.name)
    expect(page.locator("[data-drop-error]")).to_be_hidden()
    page.click("main form button[type=submit]")
    page.wait_for_url("**/columns/")
    screen.inspect("columns")
    page.select_option("#f_channel", "Ciudad")
    expect(page.locator("tr[data-mapping]:has(#f_channel) [data-samples-of]")).to_contain_text("Luque · Capiatá")
    page.select_option("#f_channel", "")
    page.click("text=Revisar las filas")
    page.wait_for_url("**/validation/")
    screen.inspect("validation")
    expect(page.locator("main")).to_contain_text("1 de 2 filas no se puede importar como está.")
    page.click("text=Continuar")
    page.wait_for_url("**/start/")
    screen.inspect("start")
    page.click("text=Importar y analizar")
    page.wait_for_selector("#progress[data-state=completed]")
    page.click("nav.tabs >> text=Filas rechazadas")
    page.wait_for_url("**/rejected/")
    screen.inspect("rejected-rows")
    with page.expect_download() as download:
        page.click("text=Descargar rejected.xlsx")
    assert download.value.suggested_filename.endswith("-rejected.xlsx")


def test_a_correction_in_the_drawer_reaches_the_list_behind_it(analyst: Screen) -> None:
    page = analyst.page
    analyst.load_sample()
    page.click("nav.tabs >> text=Comentarios")
    page.click(".comment-row .said a >> nth=0")
    page.click("dialog summary:has-text('Corregir las etiquetas')")
    page.select_option("#c-urgency", "p0")
    page.click("text=Guardar la corrección")
    expect(page.locator("dialog .note.good")).to_have_text("La corrección quedó guardada.")
    expect(page.locator(".comment-row >> nth=0")).to_contain_text("P0 · emergencia")
    page.click("dialog >> text=Cerrar")
    expect(page.locator(".comment-row >> nth=0")).to_contain_text("corregido")


def test_back_leads_to_the_list_as_it_was(analyst: Screen) -> None:
    page = analyst.page
    analyst.load_sample()
    page.click("nav.tabs >> text=Comentarios")
    page.fill("#q", "excelente")
    page.wait_for_url(re.compile("q=excelente"))
    found = page.inner_text("#total")
    assert found != "846"
    page.go_back()
    expect(page.locator("#total")).to_have_text("846")
    page.go_forward()
    expect(page.locator("#total")).to_have_text(found)


def test_the_keyboard_is_enough(analyst: Screen) -> None:
    page = analyst.page
    analyst.open(f"{analyst.load_sample()}comments/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.locator("details.group summary >> nth=0").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator(".chip")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator("details.group[open]")).to_have_count(0)
    page.locator(".comment-row .said a >> nth=0").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open] blockquote")
    assert page.evaluate("document.activeElement.closest('dialog') !== null")
    page.keyboard.press("Escape")
    expect(page.locator(".comment-row .said a >> nth=0")).to_be_focused()


def test_long_words_break_inside_their_place(browser: Browser, product: Product) -> None:
    narrow = Screen(browser, product.url, 390, "light")
    page = narrow.page
    narrow.login(product.user, product.password)
    narrow.open("/import/")
    word = "largo" * 30
    rows = f"{word};Comentario Final;Nota\nx{word};{word}{word};9\ny{word};{word};{word}\n"
    page.set_input_files("#file", {"name": f"{word}.csv", "mimeType": "text/csv", "buffer": rows.encode()})
    page.click("main form button[type=submit]")
    for step, button in (
        ("columns", "Revisar las filas"),
        ("validation", "Continuar"),
        ("start", "Importar y analizar"),
    ):
        page.wait_for_url(f"**/{step}/")
        narrow.inspect(f"long-{step}")
        page.click(f"text={button}")
    page.wait_for_selector("#progress[data-state=completed]")
    path = re.findall(r"/sessions/[0-9a-f-]+/", page.url)[0]
    for part in ("progress/", "rejected/", "comments/", "", "delete/"):
        narrow.open(path + part)
        narrow.inspect(f"long-{part.strip('/')}")
    narrow.open("/")
    narrow.inspect("long-home")
    narrow.open(f"{path}comments/")
    page.click(".comment-row .said a >> nth=0")
    page.wait_for_selector("dialog[open] blockquote")
    assert page.evaluate("document.getElementById('drawer').scrollWidth") <= 390
    assert narrow.complaints == []
    narrow.close()


def test_the_menu_of_a_narrow_screen_leads_everywhere(browser: Browser, product: Product) -> None:
    narrow = Screen(browser, product.url, 390, "light")
    page = narrow.page
    narrow.login(product.user, product.password)
    expect(page.locator("header.top nav")).to_be_hidden()
    page.click("header.top summary")
    narrow.inspect("menu")
    page.click("header.top nav >> text=Importar")
    page.wait_for_url("**/import/")
    page.click("header.top summary")
    page.click("text=Cerrar sesión")
    page.wait_for_url("**/login/")
    assert narrow.complaints == []
    narrow.close()


def test_light_and_dark_are_switched_by_hand_and_kept(analyst: Screen) -> None:
    page = analyst.page
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    page.click("footer >> text=Oscura")
    dark = page.evaluate(paper)
    assert dark != light
    analyst.open("/import/")
    assert page.evaluate(paper) == dark
    page.click("footer >> text=Automática")
    assert page.evaluate(paper) == light


def test_every_page_can_be_read_in_english(analyst: Screen) -> None:
    page = analyst.page
    page.click("footer >> text=English")
    path = analyst.load_sample()
    for address in ("/", "/import/", path, f"{path}comments/", f"{path}progress/"):
        analyst.open(address)
        assert page.get_attribute("html", "lang") == "en"
        assert "Log out" in page.inner_text("header.top")
    expect(page.locator("#invariant")).to_contain_text("846 rows")


def test_without_javascript_the_work_is_watched_and_read(browser: Browser, product: Product) -> None:
    screen = Screen(browser, product.url, 390, "light", javascript=False)
    page = screen.page
    screen.login(product.user, product.password)
    screen.load_sample()
    page.click("text=Ver los resultados")
    expect(page.locator(".plot >> nth=0")).to_be_hidden()
    page.click("#panel-sentiment summary")
    page.click("#panel-sentiment td a >> nth=0")
    listed = page.inner_text("#total")
    page.click(".comment-row .said a >> nth=0")
    expect(page.locator("h2 >> nth=0")).to_contain_text("Comentario de la fila")
    page.click("text=Volver a la lista")
    expect(page.locator("#total")).to_have_text(listed)
    assert screen.complaints == []
    screen.close()
