"""What to write instead of asking row by row: read from the shape of the statement and the models of its table."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.apps import apps
from django.db import models

from perf.advisor.statements import shape, verb

_BY_ONE = re.compile(r'FROM "(?P<table>[^"]+)" .*?WHERE \(?"(?P=table)"\."(?P<column>[^"]+)" (?:= \?|IN \(\?\))')
_MANY_AT_ONCE = {"INSERT": "bulk_create", "UPDATE": "bulk_update", "DELETE": "filter"}
_MOST_NAMES = 4


@dataclass(frozen=True, slots=True)
class Hint:
    """``way``: select_related, prefetch_related, in_bulk, bulk_create, bulk_update or filter, with its ``names``."""

    way: str
    names: tuple[str, ...] = ()
    table: str = ""

    @property
    def code(self) -> str:
        """As one writes it behind a queryset."""
        names = ", ".join(f'"{name}"' for name in self.names)
        return f".{self.way}({names or '…'})"


def instead_of_repeating(statement: str) -> Hint:
    """How to ask once for all."""
    if verb(statement) in _MANY_AT_ONCE:
        return Hint(_MANY_AT_ONCE[verb(statement)])
    found = _BY_ONE.search(shape(statement))
    if not found:
        return Hint("in_bulk")
    return _related(found["table"], found["column"]) or Hint("in_bulk", table=found["table"])


def _related(table: str, column: str) -> Hint | None:
    for model in apps.get_models():
        if model._meta.db_table == table:
            if model._meta.pk.column == column:
                return Hint("select_related", _pointing_at(model), table)
            return _back(model, column)
    return None


def _pointing_at(model: type[models.Model]) -> tuple[str, ...]:
    """The names of the relations that lead to a model, the commonest first."""
    names = [
        relation.field.name
        for relation in model._meta.related_objects
        if isinstance(relation.field, models.ForeignKey) and not relation.related_model._meta.proxy
    ]
    return tuple(sorted(dict.fromkeys(names), key=lambda name: (-names.count(name), name))[:_MOST_NAMES])


def _back(model: type[models.Model], column: str) -> Hint | None:
    """The way from the other side of a foreign key of this model."""
    for each in model._meta.concrete_fields:
        if isinstance(each, models.ForeignKey) and each.column == column:
            name = each.remote_field.get_accessor_name()
            return Hint("prefetch_related", (name,) if name else (), model._meta.db_table)
    return None
