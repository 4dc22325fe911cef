"""Sessions made from a few lines of csv, and the engine's place taken where a test needs a misbehaving one."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import pytest

from analysis.engines import registry
from analysis.engines.base import Engine, Item, Verdict
from analysis.intake.uploads import create_session
from analysis.models import Chunk, Session, Team
from analysis.processing.drain import drain


@pytest.fixture
def team(db: None) -> Team:
    return Team.objects.create(name="Analysts")


@pytest.fixture
def make_session(team: Team) -> Callable[..., Session]:
    """A session whose file holds the given comments (with ratings, if given), not yet started."""

    def make(texts: Sequence[str], ratings: Sequence[int] | None = None) -> Session:
        lines = ["Nota,Comentario Final"]
        for index, text in enumerate(texts):
            lines.append(f'{ratings[index] if ratings else ""},"{text}"')
        content = io.BytesIO("\n".join(lines).encode())
        return create_session(team=team, user=None, name="sample", upload=content, filename="comments.csv")

    return make


@pytest.fixture
def finish() -> Callable[[Session], Session]:
    """Drain a session in this process until nothing can be claimed any more."""

    def run(session: Session) -> Session:
        for _ in range(50):
            # A test does not wait for a chunk's back-off.
            Chunk.objects.filter(session=session).update(not_before=None)
            drain(session.pk, "tester", seconds=30)
            session.refresh_from_db()
            if session.is_final or session.state == "paused":
                break
        return session

    return run


class Scripted:
    """An engine that does as a test says, text by text; the rest is the embedded one's work."""

    name = "embedded"

    def __init__(self, inner: Engine, act: Callable[[str], None]) -> None:
        self._inner, self._act = inner, act
        self.version = inner.version
        self.seen: list[str] = []

    def label(self, items: Sequence[Item]) -> dict[str, Verdict]:
        for item in items:
            self._act(item.text)
            self.seen.append(item.text)
        return self._inner.label(items)


@pytest.fixture
def script_engine(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[str], None]], Scripted]:
    """Put a callback in front of the engine: it sees every text, and may raise."""

    def install(act: Callable[[str], None]) -> Scripted:
        scripted = Scripted(registry.get_engine("embedded"), act)
        monkeypatch.setattr("analysis.routing.router.engine_for", lambda name, version="": scripted)
        return scripted

    return install
