"""``/themes``: the taxonomy that labels, to read."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analysis import access
from analysis.api.conditional import lasting, tagged
from analysis.api.views import ApiView
from analysis.engines.embedded.taxonomy import NO_PAIN, Theme
from analysis.routing.taxonomy import current


class NamesShape(serializers.Serializer[Any]):
    """What people call it."""

    es = serializers.CharField()
    en = serializers.CharField()


class SubThemeShape(serializers.Serializer[Any]):
    """A theme within a theme."""

    code = serializers.CharField(help_text="Begins with the code of its theme, such as `speed.slow`.")
    names = NamesShape()
    pain_point = serializers.CharField(
        allow_null=True, help_text="What results call it where a comment complains of it; null: it is no pain point."
    )


class TaxonomyThemeShape(SubThemeShape):
    """A theme with what is told apart within it."""

    code = serializers.CharField(help_text="As results, filters and corrections have it.")
    sub_themes = SubThemeShape(many=True)


class TaxonomyShape(serializers.Serializer[Any]):
    """The themes that comments are labelled with."""

    version = serializers.IntegerField(allow_null=True, help_text="null: the built-in taxonomy.")
    digest = serializers.CharField(help_text="Changes whenever themes, names or phrases do.")
    themes = TaxonomyThemeShape(many=True)


class Themes(ApiView):
    """The active taxonomy."""

    scopes = {"GET": access.READ}

    @extend_schema(operation_id="themes_list", summary="List the themes of the taxonomy", responses=TaxonomyShape)
    def get(self, request: Request) -> Response:
        """Codes, names and sub-themes. Results may also name themes that an earlier version had."""
        active = current()
        themes = [
            _theme(theme) | {"sub_themes": [_theme(sub) for sub in theme.sub_themes]}
            for theme in active.taxonomy.themes
        ]
        found = {"version": active.number or None, "digest": active.taxonomy.digest, "themes": themes}
        return lasting(tagged(request, found))


def _theme(theme: Theme) -> dict[str, Any]:
    pain_point = theme.pain_point or theme.code
    return {
        "code": theme.code,
        "names": {"es": theme.name_es, "en": theme.name_en},
        "pain_point": None if pain_point == NO_PAIN else pain_point,
    }
