"""What a drill needs in the database before it begins, done by the product's own verbs.

python -m tests.drills.product tests/drills/seed.py account
python -m tests.drills.product tests/drills/seed.py session FILE [FIELD=VALUE ...]
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import django


def account() -> str:
    """A team and a user who may do everything in it."""
    from django.contrib.auth.models import User

    from analysis.models import Membership, Role, Team

    team = Team.objects.create(name="Drill")
    user = User.objects.create_superuser("drill", password="drill")
    Membership.objects.create(user=user, team=team, role=Role.SUPERVISOR)
    return str(user.pk)


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
