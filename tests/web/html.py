"""An answer as a person without JavaScript meets it: texts, links and forms."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from django.http import HttpResponse

_BLOCKS = {"td", "th", "dt", "dd", "li", "p", "div", "section", "header", "h1", "h2", "h3", "option", "label", "button"}
_VOID = {"meta", "link", "input", "br", "hr", "img", "path", "circle", "rect"}


@dataclass
class Element:
    """A tag with its attributes, its children and the text in it."""

    tag: str
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text inside, in order, white space folded."""
        return " ".join("".join(self.pieces).split())

    def all(self, tag: str = "", **attributes: str) -> list[Element]:
        """Elements inside with that tag and those attributes (``class_`` for a class among others)."""
        found = []
        for child in self.children:
            if child._matches(tag, attributes):
                found.append(child)
            found.extend(child.all(tag, **attributes))
        return found

    def one(self, tag: str = "", **attributes: str) -> Element:
        """The only such element."""
        found = self.all(tag, **attributes)
        assert len(found) == 1, f"{len(found)} of {tag} {attributes}"
        return found[0]

    def fields(self) -> dict[str, Any]:
        """What a form would send without anything being typed."""
        values: dict[str, Any] = {}
        for each in self.all("input"):
            kind, name = each.attributes.get("type", "text"), each.attributes.get("name")
            ticked = kind not in ("checkbox", "radio") or "checked" in each.attributes
            if name and ticked and kind != "file":
                values[name] = each.attributes.get("value", "")
        for each in self.all("select"):
            options = each.all("option")
            chosen = next((option for option in options if "selected" in option.attributes), options[0])
            values[each.attributes["name"]] = chosen.attributes.get("value", chosen.text)
        return values

    def _matches(self, tag: str, attributes: dict[str, str]) -> bool:
        if tag and self.tag != tag:
            return False
        for name, value in attributes.items():
            if name == "class_":
                if value not in self.attributes.get("class", "").split():
                    return False
            elif self.attributes.get(name.replace("_", "-")) != value:
                return False
        return True


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in _VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.handle_data(" ")
        for index in range(len(self.open) - 1, 0, -1):
            if self.open[index].tag == tag:
                del self.open[index:]
                return

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.pieces.append(data)


def read(response: Any) -> Element:
    """The document of an answer."""
    assert isinstance(response, HttpResponse)
    reader = _Reader()
    reader.feed(response.content.decode())
    return reader.root
