"""Which model labels: the active one, or the very one that a run was begun with.

The model is the third part of an engine's version. A process asks the database every ``ENGINE_SEEN_SECONDS`` which
model is active, and keeps the engines it has made: activating one is seen everywhere within seconds, without restarts.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from analysis.engines.base import Engine, EngineError
from analysis.engines.registry import get_engine, make_engine
from analysis.models import USABLE_STATES, EngineModel, ModelState
from analysis.routing.weights import DamagedModel, folder_of

_MODEL_PART = 2
_MOST_KEPT = 3
_kept: OrderedDict[tuple[str, str], Engine] = OrderedDict()
_seen: dict[str, tuple[float, str]] = {}
_lock = threading.Lock()


def model_part(version: str) -> str:
    """The part of an engine's version that names its model; "" where it has none."""
    parts = version.split("-")
    return parts[_MODEL_PART] if len(parts) > _MODEL_PART else ""


def engine_for(name: str, version: str = "") -> Engine:
    """The engine of that version; the active one when none is named, or when nobody has that one any more.

    Raises ``ValueError`` for an unknown name and ``EngineError`` for a model whose bytes are damaged.
    """
    built_in = get_engine(name)
    if version == built_in.version:
        return built_in
    wanted = model_part(version)
    if not wanted or not is_known(name, version):
        wanted = active_digest(name)
    if wanted in ("", model_part(built_in.version)):
        return built_in
    return _engine(name, wanted)


def is_known(name: str, version: str) -> bool:
    """Whether the model that the version names can label here."""
    built_in, digest = get_engine(name).version, model_part(version)
    if version == built_in or (digest and digest == model_part(built_in)) or (name, digest) in _kept:
        return True
    return bool(digest) and _usable(name, digest).exists()


def active_digest(name: str) -> str:
    """The digest of the active model, "" for the one that the engine came with; a few seconds old at most."""
    at, digest = _seen.get(name, (0.0, ""))
    if not at or time.monotonic() - at >= settings.ENGINE_SEEN_SECONDS:
        active = EngineModel.objects.filter(name=name, state=ModelState.ACTIVE)
        digest = active.values_list("digest", flat=True).first() or ""
        _seen[name] = (time.monotonic(), digest)
    return digest


def look_again() -> None:
    """Have this process see what was activated, now and when the transaction has committed."""
    _seen.clear()
    transaction.on_commit(_seen.clear)


def load(model: EngineModel) -> Engine:
    """A new engine of this model; raises ``DamagedModel`` for bytes that are not, or cannot be, its own."""
    try:
        engine = make_engine(model.name, folder_of(model))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DamagedModel(f"Model {model.digest} cannot be read: {type(error).__name__}: {error}") from error
    if model.digest and model_part(engine.version) != model.digest:
        raise DamagedModel(f"The weights of model {model.digest} call themselves {model_part(engine.version)}.")
    return engine


def _engine(name: str, digest: str) -> Engine:
    key = (name, digest)
    with _lock:
        if key not in _kept:
            _kept[key] = _loaded(name, digest)
            if len(_kept) > _MOST_KEPT:
                _kept.popitem(last=False)
        _kept.move_to_end(key)
        return _kept[key]


def _loaded(name: str, digest: str) -> Engine:
    try:
        return load(_usable(name, digest).get())
    except DamagedModel as error:
        raise EngineError(str(error), permanent=False) from error


def _usable(name: str, digest: str) -> QuerySet[EngineModel]:
    return EngineModel.objects.filter(name=name, digest=digest, state__in=USABLE_STATES)
