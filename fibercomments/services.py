"""The database and Redis that the product talks to.

`ensure()` leaves `DATABASE_URL` and `REDIS_URL` in the environment. What the environment names already is used
as it is; for the rest a private server is started in `.local/` from the programs that pip installed, or those on
PATH. All processes of a checkout share these servers, and the last one to leave stops them. A process that is
killed leaves them running, for the next one to find.

Called from the command line it serves drills and curious people:

    python -m fibercomments.services start|stop|restart [postgres|valkey]
    python -m fibercomments.services status|env|erase
"""

from __future__ import annotations

import argparse
import atexit
import os
import secrets
import shlex
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from fibercomments.servers import ServiceError
from fibercomments.servers.locks import SharedLock, exclusive
from fibercomments.servers.places import Places

if TYPE_CHECKING:
    from fibercomments.servers.postgres import Postgres
    from fibercomments.servers.valkey import Valkey

    Server = Postgres | Valkey

NAMES = ("postgres", "valkey")
VARIABLES = {"postgres": "DATABASE_URL", "valkey": "REDIS_URL"}

_users: SharedLock | None = None


def missing() -> list[str]:
    """The services that the environment does not name. In production all must be named, and the settings say so."""
    if os.environ.get("ENVIRONMENT") == "production":
        return []
    return [name for name in NAMES if not os.environ.get(VARIABLES[name])]


def ensure() -> None:
    """Make `DATABASE_URL`, `REDIS_URL` and `SECRET_KEY` name something that works, as long as this process lives.

    Raises:
        ServiceError: a server that is needed cannot be found or started.
    """
    global _users
    wanted = missing()
    if wanted:
        places = Places.of_environment()
        with _mutex(places):
            if _users is None:
                _users = SharedLock(places.local / "services.users")
                atexit.register(leave)
            _users.take()
            for name in wanted:
                _start(name, places)
    describe()


def describe() -> None:
    """Fill the environment as `ensure()` does, but start nothing: for commands that only look at the code."""
    places = Places.of_environment()
    for name in missing():
        os.environ[VARIABLES[name]] = _server(name, places).url
    if os.environ.get("ENVIRONMENT") != "production" and not os.environ.get("SECRET_KEY"):
        os.environ["SECRET_KEY"] = _secret_key(places)


def leave(*, now: bool = False) -> None:
    """Stop using the servers; stop them when nobody else does, and with `now` brutally. Runs at exit by itself."""
    if _users is None or not _users.is_held:
        return
    places = Places.of_environment()
    with _mutex(places):
        _users.drop()
        if not _users.is_used() and not _marker(places, "kept").exists():
            for name in NAMES:
                _server(name, places).stop(now=now)


def start(*names: str, unless_stopped: bool = False) -> None:
    """Start private servers, whatever the environment names; all of them when none is named.

    Args:
        names: "postgres", "valkey".
        unless_stopped: leave alone what `stop()` stopped; used to revive what died by itself.
    """
    places = Places.of_environment()
    with _mutex(places):
        for name in names or NAMES:
            if not (unless_stopped and _marker(places, f"{name}.stopped").exists()):
                _start(name, places)


def stop(*names: str, now: bool = False) -> None:
    """Stop private servers under whoever uses them, until `start()` or the next newcomer; with `now`, brutally."""
    places = Places.of_environment()
    with _mutex(places):
        for name in names or NAMES:
            _marker(places, f"{name}.stopped").touch()
            _server(name, places).stop(now=now)


def restart(*names: str, now: bool = False) -> None:
    """Stop and start private servers under whoever uses them."""
    stop(*names, now=now)
    start(*names)


def is_running(name: str) -> bool:
    """Whether the process of a private server exists; cheap."""
    return _server(name, Places.of_environment()).is_running()


def died(name: str) -> bool:
    """Whether a private server does not run although nobody stopped it by hand."""
    return not is_running(name) and not _marker(Places.of_environment(), f"{name}.stopped").exists()


def pid(name: str) -> int | None:
    """Process id of a private server."""
    return _server(name, Places.of_environment()).pid


def _start(name: str, places: Places) -> None:
    server = _server(name, places)
    try:
        server.start()
    except OSError as error:
        raise ServiceError(f"{server.name} cannot be started: {error}") from error
    _marker(places, f"{name}.stopped").unlink(missing_ok=True)


def _server(name: str, places: Places) -> Server:
    """The server by this name. Its module is loaded here, because production never needs it."""
    if name == "postgres":
        from fibercomments.servers.postgres import Postgres

        return Postgres(places)
    from fibercomments.servers.valkey import Valkey

    return Valkey(places)


def _marker(places: Places, name: str) -> Path:
    return places.local / f"services.{name}"


@contextmanager
def _mutex(places: Places) -> Iterator[None]:
    """Hold the right to start and stop the servers of a checkout."""
    places.make()
    with exclusive(places.local / "services.mutex"):
        yield


def _secret_key(places: Places) -> str:
    """The key of this checkout, made when there is none. Never used in production."""
    path = places.local / "secret_key"
    with _mutex(places):
        if not path.exists():
            fresh = path.with_suffix(".new")
            fresh.touch(mode=0o600)
            fresh.write_text(secrets.token_urlsafe(50))
            fresh.rename(path)
        return path.read_text()


def _erase() -> None:
    """Remove the private servers with all their data.

    Raises:
        ServiceError: somebody uses them.
    """
    places = Places.of_environment()
    with _mutex(places):
        if SharedLock(places.local / "services.users").is_used():
            raise ServiceError("The servers are in use; stop what uses them first.")
        for name in NAMES:
            _server(name, places).stop()
        for folder in (places.postgres, places.valkey, places.shared):
            shutil.rmtree(folder, ignore_errors=True)
        _marker(places, "kept").unlink(missing_ok=True)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def _report() -> None:
    for name in NAMES:
        server = _server(name, Places.of_environment())
        state = f"process {server.pid}" if server.is_running() else "not running"
        _say(f"{server.name:<11} {state:<16} {server.url}  log: {server.log}")


def _command(arguments: argparse.Namespace) -> None:
    kept = _marker(Places.of_environment(), "kept")
    match arguments.verb:
        case "start":
            start(*arguments.names, unless_stopped=arguments.unless_stopped)
            if not arguments.unless_stopped:
                kept.touch()
        case "stop":
            kept.unlink(missing_ok=True)
            stop(*arguments.names, now=arguments.now)
        case "restart":
            restart(*arguments.names, now=arguments.now)
        case "env":
            describe()
            for variable in (*VARIABLES.values(), "SECRET_KEY"):
                _say(f"export {variable}={shlex.quote(os.environ[variable])}")
        case "erase":
            _erase()
    if arguments.verb not in {"env", "erase"}:
        _report()


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; see the head of this module. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m fibercomments.services", description="The private servers.")
    parser.add_argument("verb", choices=["start", "stop", "restart", "status", "env", "erase"])
    parser.add_argument("names", nargs="*", metavar="postgres|valkey", help="which; both when none is named")
    parser.add_argument("--now", action="store_true", help="without a goodbye, as if power failed")
    parser.add_argument("--unless-stopped", action="store_true", help="leave alone what `stop` stopped")
    arguments = parser.parse_intermixed_args(argv)
    unknown = set(arguments.names) - set(NAMES)
    if unknown:
        parser.error(f"there is no server {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    try:
        _command(arguments)
    except ServiceError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
