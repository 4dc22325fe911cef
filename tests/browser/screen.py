"""A page in Chromium that is watched: console, security policy, horizontal scrolling, accessibility."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page

AXE = (Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
NARROW = 600  # CSS pixels
WATCH = """
addEventListener("securitypolicyviolation", (event) => console.error(
  `policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""
BEYOND = """
() => [...document.body.querySelectorAll("*")]
  .filter((each) => each.getBoundingClientRect().right > innerWidth + 1 && !each.closest(".scroll, .tabs"))
  .slice(0, 5).map((each) => `${each.tagName}.${each.className}`)
"""
FINDINGS = """
async () => (await axe.run(document, { resultTypes: ["violations"] })).violations
  .filter((each) => ["serious", "critical"].includes(each.impact))
  .map((each) => `${each.id}: ${each.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`)
"""


class Screen:
    """``complaints`` collects what the browser says against a page; it has to stay empty."""

    def __init__(self, browser: Browser, base: str, width: int, scheme: str, *, javascript: bool = True) -> None:
        self.base, self.width, self.scheme = base, width, scheme
        self.complaints: list[str] = []
        self._context = browser.new_context(
            viewport={"width": width, "height": 844 if width < NARROW else 900},
            color_scheme="dark" if scheme == "dark" else "light",
            has_touch=width < NARROW,
            java_script_enabled=javascript,
            locale="es-PY",
            timezone_id="America/Asuncion",
        )
        self.page: Page = self._context.new_page()
        self.page.set_default_timeout(30_000)
        if javascript:
            self.page.add_init_script(WATCH)
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        self.page.on("response", lambda answer: self._answered(answer.status, answer.url))

    def close(self) -> None:
        """End the visit."""
        self._context.close()

    def open(self, address: str) -> None:
        """Go to an address of the product."""
        self.page.goto(self.base + address)

    def login(self, user: str, password: str) -> None:
        """Through the form."""
        self.open("/login/")
        self.page.fill("#id_username", user)
        self.page.fill("#id_password", password)
        self.page.click("main button[type=submit]")
        self.page.wait_for_url(f"{self.base}/")

    def load_sample(self) -> str:
        """In one click, until it is analysed; returns the path of the session."""
        self.page.click("form[action='/import/sample/'] button")
        self.page.wait_for_selector("#progress[data-state=completed]")
        return str(re.findall(r"/sessions/[0-9a-f-]+/", self.page.url)[0])

    def inspect(self, name: str) -> None:
        """Nothing beyond the edge, nothing that keeps people out; a picture goes to the folder SCREENSHOTS."""
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= self.width, f"{name} is {wide} wide: {self.page.evaluate(BEYOND)}"
        folder = os.environ.get("SCREENSHOTS")
        if folder:
            path = Path(folder) / f"{name}-{self.width}-{self.scheme}.png"
            self.page.screenshot(path=path, full_page=True)
        if (self.width < NARROW) != (self.scheme == "dark"):
            return  # each width and each scheme is searched once; it takes a second a page
        self.page.evaluate(AXE)
        assert self.page.evaluate(FINDINGS) == [], name

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text} {self._place(message.location)}")

    def _answered(self, status: int, address: str) -> None:
        if status >= 500:
            self.complaints.append(f"{status}: {address}")

    @staticmethod
    def _place(location: Any) -> str:
        return f"({location.get('url', '')}:{location.get('lineNumber', '')})"
