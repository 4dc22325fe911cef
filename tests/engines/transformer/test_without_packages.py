"""Where torch and transformers are not installed, everything else works, and the engine says what it lacks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from analysis.engines.embedded.engine import EmbeddedEngine
from analysis.engines.transformer import network
from analysis.engines.transformer.engine import TransformerEngine, is_available
from analysis.engines.transformer.folder import look_at
from analysis.engines.transformer.unavailable import TransformerUnavailable
from tests.engines.transformer.tiny import save_likeness

PACKAGES = ("torch", "transformers", "safetensors")
PLAIN = (
    "The engine transformer needs what requirements/transformers.txt lists: "
    "pip install -r requirements/transformers.txt"
)


def test_importing_the_engine_imports_none_of_the_packages() -> None:
    program = (
        "import sys; from analysis.engines.transformer import engine; engine.is_available(); "
        f"sys.exit(any(name in sys.modules for name in {PACKAGES!r}))"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=Path(network.__file__).parents[3])


@pytest.mark.parametrize("name", PACKAGES)
def test_the_engine_is_not_available_when_one_of_them_is_lacking(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    assert not is_available()


def test_making_the_engine_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, engine: EmbeddedEngine
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(TransformerUnavailable) as caught:
        TransformerEngine(save_likeness(tmp_path), engine)
    assert str(caught.value) == PLAIN


@pytest.mark.parametrize("error", [ImportError("no torch"), OSError("libtorch.so is not there")], ids=repr)
def test_packages_that_cannot_be_loaded_are_as_good_as_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: Exception
) -> None:
    def broken(name: str) -> None:
        raise error

    monkeypatch.setattr(network, "import_module", broken)
    with pytest.raises(TransformerUnavailable) as caught:
        network.Network(look_at(save_likeness(tmp_path)))
    assert str(caught.value) == PLAIN
