"""A batch of comments gets its verdicts; the ones that no engine can label are named, their neighbours unharmed."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from analysis.engines.base import EngineError, Item, Verdict
from analysis.routing.router import label_items

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Text:
    """A comment that waits for its labels."""

    comment_id: uuid.UUID
    text: str
    rating: float | None
    attempts: int


@dataclass(frozen=True, slots=True)
class Answer:
    """``verdicts`` and ``failures`` together name every comment of the batch, each once."""

    verdicts: dict[uuid.UUID, Verdict]
    failures: dict[uuid.UUID, str]


def label(texts: Sequence[Text], *, engine: str, version: str = "") -> Answer:
    """Label all; on an error halve the batch until the comment that causes it stands alone.

    ``version`` is the engine's that the caller files the answers under.
    An ``EngineError`` that is not permanent is the engine's trouble and not the comment's: it is raised.
    """
    items = [Item(str(text.comment_id), text.text) for text in texts]
    try:
        verdicts = label_items(items, engine=engine, version=version)
    except EngineError as error:
        if not error.permanent:
            raise
        return _halve(texts, engine, version, str(error))
    except Exception as error:  # noqa: BLE001 - whatever one comment does, its neighbours must be labelled
        return _halve(texts, engine, version, type(error).__name__)
    return Answer({text.comment_id: verdicts[str(text.comment_id)] for text in texts}, {})


def _halve(texts: Sequence[Text], engine: str, version: str, error: str) -> Answer:
    if len(texts) == 1:
        _log.warning("comment_set_aside", comment=str(texts[0].comment_id), error=error)
        return Answer({}, {texts[0].comment_id: error})
    middle = len(texts) // 2
    left = label(texts[:middle], engine=engine, version=version)
    right = label(texts[middle:], engine=engine, version=version)
    return Answer(left.verdicts | right.verdicts, left.failures | right.failures)
