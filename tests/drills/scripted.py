"""An engine whose verdict is a function of the text alone, and which a text may ask for trouble.

Words of a text that it obeys: ``espera-8`` waits 8 ms; ``veneno-error`` raises, ``veneno-muerte`` kills the process,
``veneno-bucle`` never comes back, and ``veneno-cerrojo`` never comes back without letting another thread run.
Where DRILL_LEDGER names a file, each call adds a line with the number of its items to it, and each taste of a poison
a line with the text's mark to a file beside it.
"""

from __future__ import annotations

import hashlib
import os
import re
import signal
import time
from collections.abc import Callable, Sequence

from analysis.engines.base import Item, Sentiment, Verdict

NAME = "scripted"
VERSION = "scripted-1"
LEDGER = "DRILL_LEDGER"
_WAIT = re.compile(r"\bespera-(\d+)\b")
_POISON = re.compile(r"\bveneno-(\w+)")
_SENTIMENTS = tuple(Sentiment)


def mark(text: str) -> str:
    """What a text's verdict must carry: a digest, so that a verdict that went to another text is seen."""
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def verdict_of(text: str) -> Verdict:
    """The one right answer for a text; everything in it follows from its digest."""
    digest = mark(text)
    number = int(digest, 16)
    return Verdict(
        sentiment=_SENTIMENTS[number % 4].value,
        score=(number // 4 % 2001 - 1000) / 1000,
        confidence=(number // 8192 % 101) / 100,
        language="es",
        guarani_share=0.0,
        emotions=(),
        themes=(),
        urgency="p3",
        churn_risk="none",
        evidence=(),
        competitors=(),
        pain_points=(),
        reasons=(digest,),
        is_uninformative=False,
        is_company_reply=False,
    )


class ScriptedEngine:
    """Keeps to the protocol of ``analysis.engines.base``."""

    name = NAME
    version = VERSION

    def label(self, items: Sequence[Item]) -> dict[str, Verdict]:
        """Say beforehand how many are labelled, as a provider is paid for what it was sent."""
        _note(len(items))
        return {item.id: _answer(item.text) for item in items}


def _answer(text: str) -> Verdict:
    wait, poison = _WAIT.search(text), _POISON.search(text)
    if wait:
        time.sleep(int(wait[1]) / 1000)
    if poison:
        _note_poison(poison[1], text)
        _POISONS[poison[1]]()
    return verdict_of(text)


def _raise() -> None:
    raise ValueError("this text cannot be labelled")


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _loop() -> None:
    while True:
        pass


def _hold_the_lock() -> None:
    """Python's regular expressions let no other thread run, and this one takes thousands of years."""
    re.match(r"(a+)+$", "a" * 80 + "b")


_POISONS: dict[str, Callable[[], None]] = {
    "error": _raise,
    "muerte": _die,
    "bucle": _loop,
    "cerrojo": _hold_the_lock,
}


def _note(items: int) -> None:
    path = os.environ.get(LEDGER)
    if path:
        with open(path, "a") as ledger:
            ledger.write(f"{items}\n")


def _note_poison(kind: str, text: str) -> None:
    path = os.environ.get(LEDGER)
    if path:
        with open(f"{path}.{kind}", "a") as ledger:
            ledger.write(f"{mark(text)}\n")
