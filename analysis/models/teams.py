"""Who may see what: a team owns sessions; a member has one role in one team."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from analysis.models.base import PublicModel


class Role(models.TextChoices):
    """What a member may do; ``analysis.access`` says which scopes each one has."""

    VIEWER = "viewer", _("viewer")
    ANALYST = "analyst", _("analyst")
    SUPERVISOR = "supervisor", _("supervisor")
    OPERATOR = "operator", _("operator")
    INTEGRATOR = "integrator", _("integrator")


class Team(PublicModel):
    """The people who share sessions; nobody sees another team's rows."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    teaches = models.BooleanField(
        _("corrections teach the engine"),
        default=True,
        help_text=_("Whether its corrections may become training data."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A user's team and role."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="membership", verbose_name=_("user")
    )
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="members", verbose_name=_("team"))
    role = models.CharField(_("role"), max_length=12, choices=Role, default=Role.VIEWER)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")

    def __str__(self) -> str:
        return f"{self.user} · {self.team} · {self.get_role_display()}"
