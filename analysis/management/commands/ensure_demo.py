"""``manage.py ensure_demo``: an account to try the product with, made once."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from analysis.models import Membership, Role, Team

USERNAME = "demo"


class Command(BaseCommand):
    """Makes a team and a superuser, and prints the password this one time."""

    help = "Make the demo account if there is no user yet, and print its password once (local use only)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Do nothing when somebody is there already."""
        if not settings.LOCAL:
            raise CommandError("The demo account is for local use; run: manage.py createsuperuser")
        if User.objects.exists():
            return
        password = secrets.token_urlsafe(9)
        with transaction.atomic():
            user = User.objects.create_superuser(USERNAME, password=password)
            team, _created = Team.objects.get_or_create(name="Demo")
            Membership.objects.create(user=user, team=team, role=Role.SUPERVISOR)
        self.stdout.write(f"Demo account (shown once):  user {USERNAME}   password {password}")
