"""The order that rows come in by themselves is that of an index, and needs no other table."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import models


@pytest.mark.parametrize("model", list(apps.get_app_config("analysis").get_models()), ids=lambda model: model.__name__)
def test_no_model_is_ordered_by_way_of_another_table(model: type[models.Model]) -> None:
    assert " JOIN " not in str(model._default_manager.all().query)
