"""What a start needs before the first page can be shown: tables, static files, somebody who may log in.

Run by the supervisor as `python -m fibercomments.prepare`, in a process of its own.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command, get_commands
from environs import EnvError


def main() -> None:
    """Migrate, collect what changed, make the demo account."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fibercomments.settings")
    try:
        django.setup()
    except EnvError as error:
        sys.exit(f"The settings are not complete. {error}")
    call_command("migrate", interactive=False, verbosity=0)
    collect_static()
    if settings.LOCAL and "ensure_demo" in get_commands():
        call_command("ensure_demo")


def collect_static() -> bool:
    """Collect and compress the static files, unless none changed since the last time. Returns whether it did."""
    root = Path(settings.STATIC_ROOT)
    stamp = root.parent / f"{root.name}.stamp"
    now = _fingerprint()
    if root.is_dir() and stamp.exists() and stamp.read_text() == now:
        return False
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(now)
    return True


def _fingerprint() -> str:
    """Digest of the name, size and time of every static file."""
    from django.contrib.staticfiles.finders import get_finders

    digest = hashlib.sha256(f"{sys.version} {django.__version__} {settings.STORAGES}".encode())
    for finder in get_finders():
        for name, storage in sorted(finder.list([]), key=lambda entry: entry[0]):
            facts = Path(storage.path(name)).stat()
            digest.update(f"{name} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()


if __name__ == "__main__":
    main()
