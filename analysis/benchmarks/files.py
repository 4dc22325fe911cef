"""Comment files of any length that read like the bundled sample: about half of the texts are said only once."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from pathlib import Path

from analysis.sample.build import COLUMNS, SampleRow, read_source

_PLACES = (
    "Lambaré", "San Lorenzo", "Luque", "Capiatá", "Ñemby", "Fernando de la Mora", "Mariano Roque Alonso", "Limpio",
    "Villa Elisa", "Itauguá", "Encarnación", "Ciudad del Este", "Villa Morra", "Sajonia", "Trinidad", "Barrio Obrero",
)  # fmt: skip
_DETAILS = (
    "en {place} desde hace {number} días",
    "pago {number} mil por mes",
    "con el plan de {number} megas",
    "llamé {number} veces",
    "a las {number} horas en {place}",
    "desde la semana {number}",
    "somos {number} en casa",
)
#: One row in so many holds a telephone number, which intake has to mask.
_PHONE_EVERY = 100


def lifelike_rows(count: int, seed: int = 20_260_301) -> Iterator[tuple[str, int, str]]:
    """``count`` rows (NPS, Nota, Comentario Final); the same for the same seed."""
    rng = random.Random(seed)  # noqa: S311 -- repeatable, not secret
    sample = read_source()
    for number in range(count):
        row = rng.choice(sample)
        text = row.comment if rng.random() < 0.5 else _variation(row, rng)
        if number % _PHONE_EVERY == 0:
            text += f" 0981 {rng.randrange(100, 1000)} {rng.randrange(100, 1000)}"
        yield row.nps, row.rating, text


def distinct_texts(count: int, seed: int = 20_261_127) -> dict[str, int]:
    """So many distinct lifelike texts, three in ten with a slip of the pen, and how often each came up on the way."""
    rng = random.Random(seed)  # noqa: S311 -- repeatable, not secret
    found: dict[str, int] = {}
    for _nps, _rating, text in lifelike_rows(10 * count):
        written = _slipped(text, rng) if rng.random() < 0.3 else text
        if written in found or len(found) < count:
            found[written] = found.get(written, 0) + 1
        if len(found) == count:
            break
    return found


def write_csv(path: Path, count: int) -> None:
    """A file as the customer sends it: UTF-8, commas, a header line."""
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(COLUMNS)
        writer.writerows(lifelike_rows(count))


def _variation(row: SampleRow, rng: random.Random) -> str:
    detail = rng.choice(_DETAILS).format(place=rng.choice(_PLACES), number=rng.randrange(2, 1000))
    return f"{row.comment.rstrip('.')}, {detail}"


def _slipped(text: str, rng: random.Random) -> str:
    """A letter twice, or one too few."""
    place = rng.randrange(len(text))
    return text[: place + 1] + text[place:] if rng.random() < 0.5 else text[:place] + text[place + 1 :]
