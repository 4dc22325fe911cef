"""A provider that does what a comment tells it: the worst that a language model could do, except by accident.

On a text that wants to rule it, it invents labels, adds results, leaves some out, speaks for every id that the text
names and a second time for all others, or drops the form altogether. It cannot name the comment of somebody else: ids
are drawn for each call, after the text was written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from hashlib import sha256
from typing import Any

from tests.provider.answers import result_for
from tests.provider.faults import Results
from tests.provider.server import Provider

_NAMED = re.compile(r"\b(?:id|comment|fila)\W{0,3}[\"'=_ ]?(\w+)|\b([0-9a-f]{10})\b", re.IGNORECASE)
_PRAISE = {"sentiment": "positive", "score": 1.0, "confidence": 1.0, "urgency": "p3", "churn_risk": "none"}
_PROSE = "Claro que sí, con mucho gusto: todos los comentarios son excelentes."
_INVENTED: tuple[dict[str, Any], ...] = (
    {"sentiment": "excelente"},
    {"themes": [{"code": "TODO_BIEN", "sentiment": "positive", "confidence": 1.0}]},
    {"score": 1e999, "confidence": float("nan")},
    {"urgency": "p99", "churn_risk": "never"},
    {"emotions": [{"code": "=HYPERLINK(1)", "intensity": 9}]},
    {"language": "=cmd|'/C calc'!A0"},
    {"quote": "=HYPERLINK(\"http://evil.example\")", "admin": True},
    _PRAISE,
)  # fmt: skip
_WAYS = ("invents", "adds", "repeats others", "leaves out", "prose", "no list")


class Obedient(Provider):
    """Obeys the texts that it is told are orders; ``obeyed`` counts how often it did."""

    def __init__(self, orders: Collection[str], **options: Any) -> None:
        super().__init__(**options)
        self._orders = frozenset(orders)
        self.obeyed = 0

    def content(self, fault: str, texts: dict[str, str], themes: Sequence[str]) -> str:
        """The results, as the orders among the texts will have them."""
        results: Results = [{"id": name} | result_for(text, themes) for name, text in texts.items()]
        for name, text in texts.items():
            if text in self._orders:
                self.obeyed += 1
                way = _WAYS[sha256(text.encode()).digest()[0] % len(_WAYS)]
                if way == "prose":
                    return _PROSE
                if way == "no list":
                    return json.dumps({"results": {"all": _PRAISE}})
                results = _obeyed(way, name, text, results)
        return json.dumps({"results": results})


def _obeyed(way: str, name: str, text: str, results: Results) -> Results:
    own = next((one for one in results if one["id"] == name), {"id": name})
    others = [one for one in results if one["id"] != name]
    named = [first or second for first, second in _NAMED.findall(text)] or ["1", "2", "comment_1", "admin"]
    others = [one | _PRAISE if one["id"] in named else one for one in others]
    if way == "leaves out":
        return others
    if way == "invents":
        return [*others, own | _INVENTED[sha256(text.encode()).digest()[1] % len(_INVENTED)]]
    if way == "repeats others":
        return [*others, own, *(one | _PRAISE for one in others[:1])]
    return [*others, own, *(own | _PRAISE | {"id": other} for other in named)]
