"""Pages of the admin speak the language of the reader, also where they name another row."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import models

from tests import factories
from tests.admin.conftest import Open


def relations() -> list[models.Field[object, object]]:
    found = [field for model in apps.get_app_config("analysis").get_models() for field in model._meta.concrete_fields]
    return [field for field in found if field.is_relation]


@pytest.mark.parametrize("field", relations(), ids=str)
def test_a_relation_is_named_in_words_that_are_translated(field: models.Field[object, object]) -> None:
    assert not isinstance(field.verbose_name, str)


def test_a_session_is_shown_in_spanish_and_in_english(superuser: User, as_user: Open) -> None:
    session = factories.make_session()
    client = as_user(superuser)
    address = f"/admin/analysis/session/{session.pk}/change/"
    spanish = client.get(address).content.decode()
    assert "Equipo:" in spanish
    assert "Creada por:" in spanish
    client.cookies["django_language"] = "en"
    english = client.get(address).content.decode()
    assert "Team:" in english
    assert "Created by:" in english
