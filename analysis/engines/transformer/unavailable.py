"""Why the engine cannot label here, said so that whoever runs the product can mend it."""

from __future__ import annotations

from pathlib import Path

SETTING = "TRANSFORMER_DIR"
NEEDS = (
    "The engine transformer needs what requirements/transformers.txt lists: "
    "pip install -r requirements/transformers.txt"
)


class TransformerUnavailable(ValueError):
    """Packages are missing, or the folder holds no model that can be used; the message says what to do."""


def unusable(folder: Path, why: str) -> TransformerUnavailable:
    """Return the exception for a folder; `why` goes on after its name."""
    wanted = "a folder with a model for sentiment: config.json, the files of its tokenizer, and model.safetensors"
    return TransformerUnavailable(f"{folder} {why}. Set {SETTING} to {wanted}.")
