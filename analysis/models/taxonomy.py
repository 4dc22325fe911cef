"""The taxonomy of themes: the draft that people edit, and the snapshots they published."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from analysis.models.base import PublicModel

_CODE = RegexValidator(r"\A[a-z][a-z0-9_]{0,39}\Z", _("A small letter first, then small letters, digits and “_”."))
_PAIN_POINT = RegexValidator(
    r"\A(-|[a-z][a-z0-9_]{0,39}(\.[a-z][a-z0-9_]{0,39})*)\Z",
    _("Nothing, “-” for none, or a code such as speed.slow."),
)


class Theme(PublicModel):
    """A theme of the draft, or with a parent a sub-theme of it; ids are in the order in which they are shown."""

    parent = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="sub_themes",
        verbose_name=_("sub-theme of"),
        limit_choices_to={"parent": None},
        db_index=False,
    )
    code = models.CharField(_("code"), max_length=40, validators=[_CODE])
    name_es = models.CharField(_("Spanish name"), max_length=80)
    name_en = models.CharField(_("English name"), max_length=80)
    pain_point = models.CharField(
        _("pain point"),
        max_length=81,
        blank=True,
        validators=[_PAIN_POINT],
        help_text=_(
            "What it is called where a comment complains of it. Empty: its own code; “-”: it is no pain point."
        ),
    )

    class Meta:
        db_table = "themes"
        verbose_name = _("theme")
        verbose_name_plural = _("themes")
        ordering = ("id",)
        constraints = [
            # Both find a theme by its code; the second one also finds the sub-themes of a theme.
            models.UniqueConstraint(fields=["code"], name="theme_once", condition=Q(parent=None)),
            models.UniqueConstraint(fields=["parent", "code"], name="sub_theme_once_a_theme"),
        ]

    def __str__(self) -> str:
        return self.full_code

    @property
    def full_code(self) -> str:
        """The code that results hold: a sub-theme's begins with its theme's."""
        return f"{self.parent.code}.{self.code}" if self.parent else self.code


class ThemePhrase(PublicModel):
    """A word pattern of the draft that speaks for its theme; of equal ones the older (smaller id) wins."""

    theme = models.ForeignKey(Theme, on_delete=models.CASCADE, related_name="phrases", verbose_name=_("theme"))
    pattern = models.CharField(_("phrase"), max_length=500)
    weight = models.FloatField(
        _("weight"),
        default=1.0,
        validators=[MinValueValidator(0.05), MaxValueValidator(3)],
        help_text=_("A theme holds when its phrases add up to 1."),
    )

    class Meta:
        db_table = "theme_phrases"
        verbose_name = _("phrase")
        verbose_name_plural = _("phrases")
        ordering = ("id",)

    def __str__(self) -> str:
        return self.pattern


class TaxonomyVersion(PublicModel):
    """What was published, whole and for good: ``snapshot`` is ``Taxonomy.to_plain``. With none active the built-in
    taxonomy labels."""

    number = models.PositiveIntegerField(_("version"), unique=True)
    snapshot = models.JSONField(_("snapshot"))
    digest = models.CharField(_("digest"), max_length=12)
    note = models.CharField(_("note"), max_length=300, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("published by"),
    )
    published_at = models.DateTimeField(_("published"), default=timezone.now)
    is_active = models.BooleanField(_("active"), default=False)

    class Meta:
        db_table = "taxonomy_versions"
        verbose_name = _("version of the taxonomy")
        verbose_name_plural = _("versions of the taxonomy")
        ordering = ("-number",)
        constraints = [
            # At most one labels; also finds it.
            models.UniqueConstraint(fields=["is_active"], name="taxonomy_active_once", condition=Q(is_active=True)),
        ]
        indexes = [
            # The version that a run was begun with.
            models.Index(fields=["digest"], name="idx_taxonomy_digest"),
        ]

    def __str__(self) -> str:
        return f"{self.number}"
