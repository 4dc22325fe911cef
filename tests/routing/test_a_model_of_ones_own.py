"""The optional engine "transformer" is offered everywhere, and says plainly what it lacks where it cannot be used."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django import Settings

from analysis.engines.transformer.engine import TransformerEngine, is_available
from analysis.intake.errors import IntakeError
from analysis.intake.terms import check_engine
from analysis.routing import router
from analysis.routing.remote import NOT_INSTALLED, Unusable
from tests.engines.transformer.tiny import save_likeness

pytestmark = pytest.mark.django_db
Made = Callable[[], None]


@pytest.fixture(autouse=True)
def _anew() -> None:
    router._transformer.cache_clear()


def test_without_a_folder_it_says_which_setting_to_set(settings: Settings) -> None:
    settings.TRANSFORMER_DIR = ""
    with pytest.raises(Unusable, match="TRANSFORMER_DIR") as caught:
        router.engine_version("transformer")
    assert caught.value.reason == NOT_INSTALLED
    with pytest.raises(IntakeError, match="TRANSFORMER_DIR"):
        check_engine("transformer", sends_abroad=False)


@pytest.mark.skipif(is_available(), reason="torch is installed here")
def test_without_torch_it_says_what_to_install(settings: Settings, tmp_path: Path) -> None:
    settings.TRANSFORMER_DIR = str(save_likeness(tmp_path))
    with pytest.raises(IntakeError, match=r"requirements/transformers\.txt"):
        check_engine("transformer", sends_abroad=False)


def test_its_version_holds_that_of_the_engine_that_reads_along(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analysis.engines.transformer.engine.is_available", lambda: True)
    settings.TRANSFORMER_DIR = str(save_likeness(tmp_path))
    version = router.engine_version("transformer")
    assert router.local_part(version) == router.engine_version("embedded")
    assert router.is_known("transformer", version)
    assert not router.is_known("transformer", version + "0")
    assert isinstance(router.engine_called("transformer"), TransformerEngine)
