"""An installation is upgraded while it serves, and goes back by itself when the new version does not get well."""

from __future__ import annotations

import http.client
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings

from fibercomments.servers.binaries import find_postgres
from tests.deploy.test_nginx import free_port

PROJECT = Path(settings.BASE_DIR)
NOT_COPIED = shutil.ignore_patterns(".git", ".venv", ".local", "__pycache__", ".*_cache", ".hypothesis", "tests")
needs_tools = pytest.mark.skipif(
    shutil.which("git") is None or shutil.which("curl") is None, reason="git and curl are wanted"
)


class Installation:
    """A copy of the code with a history of its own, on the test's database, with a running web server."""

    def __init__(self, place: Path) -> None:
        self.code, self.state, self.port = place / "code", place / "state", free_port()
        self.backups = place / "backups"
        shutil.copytree(PROJECT, self.code, ignore=NOT_COPIED)
        (self.code / ".venv").symlink_to((PROJECT / ".venv").resolve())
        self.state.mkdir()
        self.git("init", "--quiet")
        self.first = self.commit("first")
        self.settings = {
            "DATABASE_URL": urlsplit(os.environ["DATABASE_URL"])
            ._replace(path=f"/{settings.DATABASES['default']['NAME']}")
            .geturl(),
            "REDIS_URL": os.environ["REDIS_URL"],
            "SECRET_KEY": "opens-nothing-but-this-test-of-an-upgrade",
            "STATE_DIR": str(self.state),
            "PORT": str(self.port),
            "SECURE_SSL_REDIRECT": "0",
            "LOG_LEVEL": "WARNING",
        }
        (place / "environment").write_text("".join(f"{name}='{value}'\n" for name, value in self.settings.items()))
        self.environment = {
            "PATH": f"{find_postgres().path}:{os.environ['PATH']}",
            "HOME": str(place),
            "FIBER_ENVIRONMENT": str(place / "environment"),
            "FIBER_BACKUPS": str(self.backups),
            "FIBER_USER": "",
            "FIBER_INSTALL": "true",
            "FIBER_HEALTH_SECONDS": "60",
        }
        self.web: subprocess.Popen[bytes] | None = None

    def git(self, *arguments: str) -> str:
        who = ("-c", "user.name=test", "-c", "user.email=test@comments.example", "-c", "commit.gpgsign=false")
        done = subprocess.run(["git", *who, *arguments], cwd=self.code, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def commit(self, subject: str) -> str:
        self.git("add", "--all", ".")
        self.git("commit", "--quiet", "--message", subject)
        return self.git("rev-parse", "HEAD")

    def branch_with(self, name: str, file: str, text: str) -> str:
        """A commit on top of the first whose file has that text at its end; the first is checked out again."""
        self.git("checkout", "--quiet", "-b", name)
        path = self.code / file
        path.write_text(path.read_text() + text)
        made = self.commit(name)
        self.git("checkout", "--quiet", self.first)
        return made

    def serve(self) -> None:
        subprocess.run(["deploy/prepare"], cwd=self.code, env=self.environment, check=True)
        command = [sys.executable, "-m", "gunicorn", "--config", "fibercomments/gunicorn.conf.py"]
        kept = {"PATH": os.environ["PATH"], "WEB_CONCURRENCY": "1", "FIBER_PROCESS": "web"}
        self.web = subprocess.Popen(command, cwd=self.code, env=kept | self.settings)
        self.environment["FIBER_RELOAD"] = f"kill -HUP {self.web.pid}"
        deadline = time.monotonic() + 60
        while self.status("/healthz/ready") != 200:
            assert time.monotonic() < deadline
            time.sleep(0.1)

    def status(self, path: str) -> int:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)) as connection:
            try:
                connection.request("GET", path)
                return connection.getresponse().status
            except OSError:
                return 0

    def upgrade(self, wanted: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["deploy/upgrade", wanted], cwd=self.code, env=self.environment, capture_output=True, text=True, check=False
        )


@pytest.fixture
def installation(tmp_path: Path, transactional_db: None) -> Iterator[Installation]:
    made = Installation(tmp_path)
    yield made
    if made.web:
        made.web.terminate()
        made.web.wait(20)


@needs_tools
@pytest.mark.timeout(600)  # it starts the product four times
def test_a_good_version_is_taken_up_and_a_bad_one_given_up_while_pages_are_served(installation: Installation) -> None:
    good = installation.branch_with(
        "good", "analysis/web/urls.py", "urlpatterns += [path('new/', urlpatterns[0].callback)]\n"
    )
    bad = installation.branch_with(
        "bad", "fibercomments/urls.py", "raise RuntimeError('this version does not start')\n"
    )
    installation.serve()
    assert installation.status("/new/") == 404

    done = installation.upgrade("good")
    assert done.returncode == 0, done.stderr
    assert installation.git("rev-parse", "HEAD") == good
    assert installation.status("/new/") != 404
    assert len(list(installation.backups.glob("*/database.dump"))) == 1
    assert (installation.state / "static").is_dir()

    done = installation.upgrade("bad")
    assert done.returncode == 1
    assert "the old version runs again" in done.stderr
    assert installation.git("rev-parse", "HEAD") == good != bad
    assert installation.status("/healthz/ready") == 200


@needs_tools
def test_nothing_is_done_for_a_version_that_is_not_there_or_over_changes_made_by_hand(
    installation: Installation,
) -> None:
    done = installation.upgrade("v99")
    assert done.returncode == 1
    assert "there is no version v99" in done.stderr
    (installation.code / "manage.py").write_text("changed")
    done = installation.upgrade(installation.first)
    assert done.returncode == 1
    assert "changed by hand" in done.stderr
    assert not installation.backups.exists()
