"""What is kept of a customer's reference: an opaque code as it is, anything that says who it is as a pseudonym.

A pseudonym is a keyed hash: equal references stay equal within one key, and without the key nothing leads back.
Without a key such a reference is dropped to the token [id].
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise

_PSEUDONYM = re.compile(r"c_[0-9a-f]{20}")
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_SHORT_NUMBER = re.compile(r"\d{1,5}")
_CODE = re.compile(r"(?=.*[A-Za-z])(?=.*\d)[A-Za-z0-9]+(?:[-_/.][A-Za-z0-9]+){0,4}")
_TELLING = re.compile(r"(?:ci|ruc|dni|cel|tel|ced|doc)[^a-z]", re.IGNORECASE)
_SIGNS = re.compile(r"[\s.\-()/]")


def keeps_as_code(value: str) -> bool:
    """Whether a reference tells nobody who the customer is: a short number, a code such as CLI-000123, a UUID."""
    if _PSEUDONYM.fullmatch(value) or _UUID.fullmatch(value) or _SHORT_NUMBER.fullmatch(value):
        return True
    return bool(_CODE.fullmatch(value)) and not _TELLING.match(value) and len(value) <= 40


@lru_cache(maxsize=8192)
def customer_ref(value: str, key: bytes, counter: bool = False) -> tuple[str, bool]:
    """Return (what is stored of the reference `value`, whether it was masked).

    `counter` says that the column only counts its rows: then numbers stay, however long.
    """
    if not value or keeps_as_code(value) or (counter and value.isdigit()):
        return value, False
    if not key:
        return "[id]", True
    same = _SIGNS.sub("", value).casefold() if any(map(str.isdigit, value)) else value.casefold()
    return "c_" + blake2b(same.encode(), key=key[:64], digest_size=10).hexdigest(), True


def is_counter(values: Sequence[str]) -> bool:
    """Whether a column only counts its rows: 1, 2, 3 ... from anywhere, with small gaps."""
    if len(values) < 3 or not all(value.isdigit() and len(value) <= 9 for value in values):
        return False
    numbers = [int(value) for value in values]
    return all(1 <= later - earlier <= 3 for earlier, later in pairwise(numbers))
