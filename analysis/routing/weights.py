"""Weights of a model as files: written once on each machine from the row that holds them, and never trusted unread.

Engines map the file into memory, so that all processes of a machine share one copy of it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from django.conf import settings

from analysis.models import EngineModel

WEIGHTS_FILE, MANIFEST_FILE = "weights.npy", "MANIFEST.json"


class DamagedModel(Exception):
    """The bytes of a model are not the ones that were stored."""


def checksum(weights: bytes, manifest: bytes) -> str:
    """What both files of a model hash to together."""
    return hashlib.sha256(hashlib.sha256(weights).digest() + hashlib.sha256(manifest).digest()).hexdigest()


def read_folder(folder: Path) -> tuple[bytes, bytes]:
    """The two files of a model; raises ``OSError`` where one is missing."""
    return (folder / WEIGHTS_FILE).read_bytes(), (folder / MANIFEST_FILE).read_bytes()


def folder_of(model: EngineModel) -> Path:
    """The folder that holds the model on this machine, made if it is not there; raises ``DamagedModel``."""
    place = settings.ENGINES_DIR / f"{model.name}-{model.sha256[:32]}"
    if not _is_whole(place, model.sha256):
        _write(place, *checked_bytes(model))
    return place


def checked_bytes(model: EngineModel) -> tuple[bytes, bytes]:
    """Weights and manifest as they stand in the row; raises ``DamagedModel`` when they are not what was stored."""
    weights, manifest = bytes(model.weights or b""), model.manifest_text.encode()
    if not weights or checksum(weights, manifest) != model.sha256:
        message = f"The stored bytes of model {model.digest} are damaged: train it again, or restore the database."
        raise DamagedModel(message)
    return weights, manifest


def _is_whole(place: Path, sha256: str) -> bool:
    try:
        return checksum(*read_folder(place)) == sha256
    except OSError:
        return False


def _write(place: Path, weights: bytes, manifest: bytes) -> None:
    """Aside first, then in one move: nobody ever sees half a model. Whoever mapped an older file keeps it."""
    place.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))
    try:
        (aside / WEIGHTS_FILE).write_bytes(weights)
        (aside / MANIFEST_FILE).write_bytes(manifest)
        aside.chmod(0o755)
        if place.exists():
            os.rename(place, aside / "damaged")
        os.rename(aside, place)
    except OSError:
        if not _is_whole(place, checksum(weights, manifest)):  # else another process was faster
            raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)
        shutil.rmtree(place / "damaged", ignore_errors=True)
