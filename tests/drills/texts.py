"""Comments for drills: each row its own text, save for some that repeat an earlier one."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Sequence


def texts(number: int, *words: str, repeats: float = 0.05, seed: int = 1) -> list[str]:
    """That many comments with these words in each, of which a share repeats an earlier one word for word."""
    chance = random.Random(seed)
    made: list[str] = []
    for index in range(number):
        if made and chance.random() < repeats:
            made.append(chance.choice(made))
        else:
            made.append(" ".join((f"comentario {index} de la serie {seed}", *words)))
    return made


def csv_of(comments: Sequence[str]) -> bytes:
    """A file as an analyst would upload it."""
    content = io.StringIO()
    rows = csv.writer(content)
    rows.writerow(["Comentario Final"])
    rows.writerows([text] for text in comments)
    return content.getvalue().encode()
