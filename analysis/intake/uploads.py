"""A file arrives: it is kept under a random name, and a session begins."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.base import File
from django.db import transaction

from analysis import access
from analysis.engines.registry import DEFAULT_ENGINE
from analysis.intake.errors import IntakeError
from analysis.intake.parse import inspect
from analysis.intake.terms import USUAL_TERMS, SessionTerms, check_engine
from analysis.intake.types import Inspection, ReadOptions
from analysis.models import Origin, Priority, Session, StoredFile, Team
from perf.metrics import track

_BLOCK = 1024 * 1024
Upload = BinaryIO | File  # type: ignore[type-arg]


@dataclass(frozen=True, slots=True)
class Stored:
    """A file as it lies in ``MEDIA_ROOT``."""

    name: str
    size: int
    sha256: str


def create_session(
    *,
    team: Team,
    user: User | None,
    name: str,
    origin: str = Origin.PAGE,
    upload: Upload,
    filename: str,
    engine: str = DEFAULT_ENGINE,
    priority: str = Priority.DEFAULT,
    terms: SessionTerms = USUAL_TERMS,
    options: ReadOptions | None = None,
) -> Session:
    """Keep the file and open a session for it; raises ``IntakeError`` for an empty or too large file."""
    check_engine(engine, sends_abroad=terms.sends_abroad)
    file = store_file(team=team, user=user, upload=upload, filename=filename)
    with transaction.atomic():
        file.save(force_insert=True)
        session = Session.objects.create(
            team=team, name=name[:200], origin=origin, file=file, engine=engine, priority=priority,
            read_options=options_to_dict(options or ReadOptions()), created_by=user, **terms.as_fields(),
        )  # fmt: skip
        access.record(user, "session.create", session, origin=str(origin), sha256=file.sha256, **terms.as_detail())
    return session


def create_empty_session(
    *,
    team: Team,
    user: User | None,
    name: str,
    origin: str = Origin.API,
    engine: str = DEFAULT_ENGINE,
    priority: str = Priority.DEFAULT,
    terms: SessionTerms = USUAL_TERMS,
) -> Session:
    """Open a session whose comments follow by ``store.add_comments``."""
    check_engine(engine, sends_abroad=terms.sends_abroad)
    with transaction.atomic():
        session = Session.objects.create(
            team=team,
            name=name[:200],
            origin=origin,
            engine=engine,
            priority=priority,
            created_by=user,
            **terms.as_fields(),
        )
        access.record(user, "session.create", session, origin=str(origin), **terms.as_detail())
    return session


@track("intake.inspect")
def inspect_session(*, session: Session, options: ReadOptions | None = None) -> Inspection:
    """Look into the session's file with the given (or its own) options; raises ``IntakeError``."""
    if session.file is None:
        raise IntakeError("file_missing")
    return inspect(session.file.path, session.file.original_name, options or read_options(session))


def same_file_before(*, session: Session) -> Session | None:
    """The team's latest earlier session with the very same file, or None."""
    if session.file is None:
        return None
    twins = Session.objects.filter(team=session.team_id, file__sha256=session.file.sha256, file__team=session.team_id)
    return twins.exclude(pk=session.pk).order_by("-created_at").first()


def read_options(session: Session) -> ReadOptions:
    """The options a session's file is read with."""
    return options_from_dict(session.read_options)


def options_from_dict(values: dict[str, object]) -> ReadOptions:
    """Options from their JSON form; raises ``IntakeError`` for a name that is none of them."""
    unknown = values.keys() - ReadOptions.__dataclass_fields__.keys()
    if unknown:
        raise IntakeError("bad_option", {"option": ", ".join(sorted(unknown))})
    return ReadOptions(**values)  # type: ignore[arg-type]


def options_to_dict(options: ReadOptions) -> dict[str, object]:
    """The JSON form of options, without what is to be detected."""
    return {name: value for name, value in asdict(options).items() if value is not None}


@track("intake.upload")
def store_file(*, team: Team, user: User | None, upload: Upload, filename: str) -> StoredFile:
    """Write an upload to disk and return its unsaved row; raises ``IntakeError`` when empty or too large."""
    stored = _write(upload)
    return StoredFile(
        team=team,
        created_by=user,
        original_name=Path(filename).name[-255:] or "file",
        stored_name=stored.name,
        size=stored.size,
        sha256=stored.sha256,
    )


def _write(upload: Upload) -> Stored:
    """The bytes are on disk, under their final name, before any row speaks of them."""
    folder = Path(settings.MEDIA_ROOT)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = secrets.token_hex(16)
    partial = folder / f"{name}.part"
    digest, size = hashlib.sha256(), 0
    try:
        with partial.open("xb") as target:
            for block in _blocks(upload):
                size += len(block)
                if size > settings.UPLOAD_MAX_BYTES:
                    raise IntakeError("file_too_large", {"limit": str(settings.UPLOAD_MAX_BYTES // 1_000_000)})
                digest.update(block)
                target.write(block)
            target.flush()
            os.fsync(target.fileno())
        if not size:
            raise IntakeError("empty_file")
        partial.rename(folder / name)
    finally:
        partial.unlink(missing_ok=True)
    return Stored(name, size, digest.hexdigest())


def _blocks(upload: Upload) -> Iterator[bytes]:
    while block := upload.read(_BLOCK):
        yield block
