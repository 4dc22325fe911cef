"""What goes wrong at the provider, drawn by a seed: the same seed and calls meet the same faults."""

from __future__ import annotations

import json
import random
import threading
from dataclasses import dataclass, fields
from typing import Any

Results = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Faults:
    """Shares of calls, 0 to 1, that meet each fault; what is left is answered well."""

    timeout: float = 0.0
    rate_limited: float = 0.0
    server_error: float = 0.0
    malformed: float = 0.0
    missing: float = 0.0
    extra: float = 0.0
    repeated: float = 0.0

    @staticmethod
    def parse(text: str) -> Faults:
        """From ``timeout=.1,rate_limited=.1``; raises ``ValueError`` for a name that is none."""
        known = {field.name for field in fields(Faults)}
        pairs = dict(part.split("=", 1) for part in text.split(",") if part)
        if pairs.keys() - known:
            raise ValueError(f"Unknown faults: {', '.join(sorted(pairs.keys() - known))}; there are {sorted(known)}")
        return Faults(**{name: float(share) for name, share in pairs.items()})


class Dice:
    """Draws a fault for each call; safe to use from several threads."""

    def __init__(self, faults: Faults, seed: int) -> None:
        self._faults = [(field.name, getattr(faults, field.name)) for field in fields(Faults)]
        self._random = random.Random(seed)
        self._lock = threading.Lock()

    def fault(self) -> str:
        """The name of a fault, "" for none."""
        with self._lock:
            drawn = self._random.random()
        for name, share in self._faults:
            drawn -= share
            if drawn < 0:
                return name
        return ""

    def spoilt(self, fault: str, results: Results) -> str:
        """The content of an answer with this fault in it."""
        with self._lock:
            self._random.shuffle(results)
            chosen = self._random.choice(results) if results else {}
        if fault == "malformed":
            return json.dumps({"results": results})[:-7]
        if fault == "missing":
            results = [one for one in results if one is not chosen]
        elif fault == "repeated":
            results = [*results, chosen]
        elif fault == "extra":
            results = [*results, chosen | {"id": "invented"}]
        return json.dumps({"results": results})
