"""The draft of the taxonomy: themes with their phrases. Supervisors of the staff edit, who corrects labels may look."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, ForeignKey, Model, QuerySet
from django.forms import BaseInlineFormSet, ModelChoiceField, ModelForm
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from analysis import access, taxonomies
from analysis.admin import taxonomy_pages
from analysis.admin.base import Admin
from analysis.engines.embedded.phrases import fault_of_pattern
from analysis.engines.embedded.taxonomy import rule_maker
from analysis.models import Theme, ThemePhrase


class ForSupervisors:
    """Rows that belong to all teams: supervisors and superusers change them, analysts and permissions open them."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the model is listed."""
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever corrects labels, and whoever a superuser gave the permission."""
        seen: bool = super().has_view_permission(request, obj)  # type: ignore[misc]
        return access.CORRECT in access.scopes_of(request.user) or seen

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Supervisors."""
        return access.may_publish_themes(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Supervisors."""
        return access.may_publish_themes(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Supervisors."""
        return access.may_publish_themes(request.user)


class PhraseForm(ModelForm):  # type: ignore[type-arg]
    """A phrase that can match, or a sentence about what is wrong with it."""

    class Meta:
        model = ThemePhrase
        fields = ("theme", "pattern", "weight")
        widgets = {"pattern": forms.TextInput(attrs={"size": 80, "spellcheck": "false"})}

    def clean_pattern(self) -> str:
        """The phrase without blanks to spare."""
        pattern = " ".join(str(self.cleaned_data["pattern"]).split())
        if fault := fault_of_pattern(pattern, rule_maker()):
            raise ValidationError(taxonomies.in_words(fault), code=fault.kind)
        return pattern


class PhraseInline(ForSupervisors, admin.TabularInline):  # type: ignore[type-arg]
    """The phrases of a theme."""

    model = ThemePhrase
    form = PhraseForm
    extra = 3


class ThemeForm(ModelForm):  # type: ignore[type-arg]
    """A theme, or a sub-theme of a theme."""

    class Meta:
        model = Theme
        fields = ("parent", "code", "name_es", "name_en", "pain_point")

    def clean_parent(self) -> Theme | None:
        """There are two levels and no more."""
        parent: Theme | None = self.cleaned_data["parent"]
        is_there = not self.instance._state.adding
        if parent and is_there and (parent.pk == self.instance.pk or self.instance.sub_themes.exists()):
            raise ValidationError(_("This theme has sub-themes or is that very one: it cannot be a sub-theme."))
        return parent


@admin.register(Theme)
class ThemeAdmin(ForSupervisors, Admin):
    """Nothing that is changed here labels a comment before it is published."""

    form = ThemeForm
    inlines = (PhraseInline,)
    list_display = ("full_code", "name_es", "name_en", "phrase_count", "pain_point")
    list_select_related = ("parent",)
    list_per_page = 200
    ordering = ("pk",)
    search_fields = ("code", "name_es", "name_en", "phrases__pattern")
    search_help_text = _("A part of a code, a name or a phrase.")

    def get_urls(self) -> list[URLPattern]:
        """With the pages about the draft as a whole."""
        return [
            path("try/", self._page(taxonomy_pages.try_a_text), name="analysis_theme_try"),
            path("draft/", self._page(taxonomy_pages.begin_again), name="analysis_theme_draft"),
            *super().get_urls(),
        ]

    def _page(self, view: Any) -> Any:
        return self.admin_site.admin_view(view)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the number of phrases."""
        rows: QuerySet[Any] = super().get_queryset(request)
        counted: QuerySet[Any] = rows.annotate(phrases_of_its_own=Count("phrases"))
        return counted

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """The engine's own rules name the built-in themes: their codes stay."""
        return ("code", "parent") if obj is not None and taxonomies.is_built_in(obj) else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """All but the built-in themes."""
        may = super().has_delete_permission(request, obj)
        return may and not (isinstance(obj, Theme) and taxonomies.is_built_in(obj))

    @admin.display(description=_("code"))
    def full_code(self, theme: Theme) -> str:
        """A sub-theme's with its theme's."""
        return theme.full_code

    @admin.display(description=_("phrases"))
    def phrase_count(self, theme: Theme) -> int:
        """Its own, without those of its sub-themes."""
        return int(getattr(theme, "phrases_of_its_own", 0))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list says how the draft stands to what is published."""
        return super().changelist_view(request, (extra_context or {}) | taxonomy_pages.state_of_draft(request))

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **kwargs: Any) -> Any:  # type: ignore[override]
        """The form explains the language of phrases."""
        return super().render_change_form(request, context | {"language": taxonomies.PATTERN_LANGUAGE}, **kwargs)

    def save_formset(
        self, request: HttpRequest, form: Any, formset: BaseInlineFormSet[Any, Any, Any], change: bool
    ) -> None:
        """One line in the audit trail for all phrases that were changed together."""
        super().save_formset(request, form, formset, change)
        counts = {
            "added": len(formset.new_objects),
            "changed": len(formset.changed_objects),
            "deleted": len(formset.deleted_objects),
        }
        if any(counts.values()):
            access.record(request.user, "theme.phrases", form.instance, **counts)


@admin.register(ThemePhrase)
class ThemePhraseAdmin(ForSupervisors, Admin):
    """All phrases in one list, to find one whatever theme it speaks for."""

    form = PhraseForm
    list_display = ("pattern", "theme", "weight")
    list_select_related = ("theme__parent",)
    ordering = ("pk",)
    search_fields = ("pattern", "theme__code")
    search_help_text = _("A part of a phrase, or of the code of a theme.")

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField[Model] | None:
        """Themes with the theme they belong to."""
        kwargs["queryset"] = Theme.objects.select_related("parent")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the theme's whole code."""
        return super().get_queryset(request).select_related("theme__parent")

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **kwargs: Any) -> Any:  # type: ignore[override]
        """The form explains the language of phrases."""
        return super().render_change_form(request, context | {"language": taxonomies.PATTERN_LANGUAGE}, **kwargs)
