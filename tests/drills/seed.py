"""What a drill needs in the database before it begins, done by the product's own verbs.

`python -m tests.drills.product tests/drills/seed.py account` prints the secrets of a new account, and
`... seed.py session FILE` the id of a new session.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import django


def account() -> str:
    """A team and a user who may do everything in it: an API token, and the cookie of a login, as JSON."""
    from django.conf import settings
    from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.auth.models import User
    from django.contrib.sessions.backends.db import SessionStore

    from analysis import access, tokens
    from analysis.models import Membership, Role, Team

    team = Team.objects.create(name="Drill")
    user = User.objects.create_superuser("drill", password="drill")
    Membership.objects.create(user=user, team=team, role=Role.SUPERVISOR)
    scopes = access.scopes_of(user)
    _row, secret = tokens.create_token(user=user, name="drill", scopes=scopes, granted=scopes)
    login = SessionStore()
    login[SESSION_KEY], login[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
    login["_auth_user_backend"] = "django.contrib.auth.backends.ModelBackend"
    login.save()
    return json.dumps({"token": secret, "cookie": f"{settings.SESSION_COOKIE_NAME}={login.session_key}"})


def session(file: str) -> str:
    """The id of a new session that imports the file and has it labelled by the scripted engine."""
    from analysis.intake.uploads import create_session
    from analysis.models import Team
    from analysis.processing.verbs import start_import
    from tests.drills.scripted import NAME

    path = Path(file)
    with path.open("rb") as upload:
        made = create_session(
            team=Team.objects.get(name="Drill"), user=None, name=path.stem, upload=upload,
            filename=path.name, engine=NAME,
        )  # fmt: skip
    start_import(session=made, actor=None)
    return str(made.pk)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fibercomments.settings")
    django.setup()
    verb, *arguments = sys.argv[1:]
    sys.stdout.write(session(*arguments) if verb == "session" else account())
