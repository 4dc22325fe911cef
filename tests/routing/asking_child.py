"""Asks for the labels of one text in many threads, once it is told to begin; prints by which ways they came."""

from __future__ import annotations

import json
import sys
from collections import Counter

import django


def main(text: str, threads: int) -> None:
    from analysis.routing import lines, router
    from analysis.routing.remote import Terms
    from tests.threads import at_once

    router.label_texts({"a": text}, engine="embedded")  # all that takes its time is loaded
    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()

    def ask(_place: int) -> Counter[str]:
        ways: Counter[str] = Counter()
        for some in router.label_stream({"a": text}, engine="llm", terms=Terms(may_leave=True)):
            ways.update(some.ways)
        return ways

    total = sum(at_once(threads, ask), Counter[str]())
    lines.end()
    print(json.dumps(total), flush=True)  # noqa: T201


if __name__ == "__main__":
    django.setup()
    main(sys.argv[1], int(sys.argv[2]))
