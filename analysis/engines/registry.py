"""The engines there are, by name; one instance of each in a process, made on first use."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from analysis.engines.base import Engine

DEFAULT_ENGINE = "embedded"


def _embedded() -> Engine:
    from analysis.engines.embedded.engine import EmbeddedEngine

    return EmbeddedEngine()


_MAKERS: dict[str, Callable[[], Engine]] = {DEFAULT_ENGINE: _embedded}


def register(name: str, maker: Callable[[], Engine]) -> None:
    """Add an engine of one's own, before anything asks for one; raise ValueError for a name that is taken."""
    if name in _MAKERS:
        raise ValueError(f"There is an engine {name!r} already")
    _MAKERS[name] = maker


def engine_names() -> tuple[str, ...]:
    """Return the names `get_engine` knows, the default first."""
    return tuple(_MAKERS)


def get_engine(name: str = DEFAULT_ENGINE) -> Engine:
    """Return the engine called `name`; raise ValueError with the names there are when there is none."""
    return _made(name)


@cache
def _made(name: str) -> Engine:
    try:
        maker = _MAKERS[name]
    except KeyError:
        raise ValueError(f"Unknown engine {name!r}; there is: {', '.join(engine_names())}") from None
    return maker()
