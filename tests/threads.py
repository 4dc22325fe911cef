"""Work done by several threads at once, each of which gives its database connection back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection

T = TypeVar("T")


def at_once(number: int, work: Callable[[int], T]) -> list[T]:
    """What ``work`` returns for each of 0 to ``number`` - 1; all threads begin together."""
    begin = threading.Barrier(number)

    def one(place: int) -> T:
        begin.wait(timeout=30)
        try:
            return work(place)
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(one, range(number)))
