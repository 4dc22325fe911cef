"""Comments that try to rule whoever labels them, as an analyst's file and the product's intake have them."""

from __future__ import annotations

import csv
from pathlib import Path

from analysis.intake.cleaning import clean_text
from analysis.text.pii import mask_pii

FILE = Path(__file__).with_name("injections.tsv")


def injections() -> list[str]:
    """The texts as they were written, in Spanish, Guarani and Jopara, and English."""
    with FILE.open(encoding="utf-8", newline="") as lines:
        return [row["text"] for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)]


def as_read(text: str) -> str:
    """The text as a provider hears it."""
    return mask_pii(clean_text(text))[0]
