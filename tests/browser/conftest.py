"""The product as `make run` starts it, and screens to look at it: wide and narrow, light and dark."""

from __future__ import annotations

import re
import signal
import socket
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.screen import Screen
from tests.fibercomments.machine import fresh_home, spawn

MOST_UPLOAD = 1_000_000  # bytes
expect.set_options(timeout=20_000)  # milliseconds: a machine that runs other tests meanwhile answers late


@dataclass(frozen=True)
class Product:
    """Where the pages are, and who may open them all."""

    url: str
    user: str
    password: str


@pytest.fixture(scope="session")
def product(browser: Browser) -> Iterator[Product]:
    """Real gunicorn, worker, sweeper, PostgreSQL and Valkey, in a directory of their own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    with fresh_home() as home:
        process = spawn(
            home, "-m", "fibercomments.supervisor", PORT=port, WORKERS="1", UPLOAD_MAX_BYTES=str(MOST_UPLOAD)
        )
        assert process.stdout
        said = ""
        try:
            while "Ready after" not in said:
                line = process.stdout.readline()
                assert line, f"it ended, and said:\n{said}"
                said += line
            user, password = re.findall(r"user (\S+)\s+password (\S+)", said)[0]
            yield Product(f"http://127.0.0.1:{port}", user, password)
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)


SCREENS = [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")]


@pytest.fixture(params=SCREENS, ids=[f"{width}-{scheme}" for width, scheme in SCREENS])
def screen(request: pytest.FixtureRequest, browser: Browser, product: Product) -> Iterator[Screen]:
    """A screen of each kind, that complains of anything the browser complains of."""
    width, scheme = request.param
    yield from _screen(browser, product, width, scheme)


@pytest.fixture
def desktop(browser: Browser, product: Product) -> Iterator[Screen]:
    """One wide, light screen, for what does not depend on it."""
    yield from _screen(browser, product, 1280, "light")


def _screen(browser: Browser, product: Product, width: int, scheme: str) -> Iterator[Screen]:
    shown = Screen(browser, product.url, width, scheme)
    yield shown
    shown.close()
    assert shown.complaints == []
