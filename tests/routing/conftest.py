"""The pupil among the engines, and folders of weights of each test's own."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from pytest_django import Settings

from analysis import engine_models
from analysis.engines.evaluation.paired import differences
from analysis.routing import releases
from tests import pupil


@pytest.fixture(autouse=True)
def _class(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.ENGINES_DIR = tmp_path / "engines"
    monkeypatch.setattr(engine_models, "differences", partial(differences, resamples=60))
    with pupil.in_class():
        yield
    releases._kept.clear()
    releases._seen.clear()
