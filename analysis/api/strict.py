"""Serializers that take what is described and nothing else: unknown names and wrong types are refused.

The framework's own ones ignore unknown fields and read "5" as 5 and 5 as "5"; a caller who misspells a field would
never know.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

import orjson
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from analysis.api.problems import Fault, Problem, did_you_mean, pointer


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields that are not its own, with a hint."""

    def to_internal_value(self, data: Any) -> Any:
        """Unknown names first; they are most often misspelt known ones."""
        if isinstance(data, Mapping):
            known = [name for name, field in self.fields.items() if not field.read_only]
            unknown = [str(name) for name in data if name not in known]
            if unknown:
                raise serializers.ValidationError({_escaped(name): [_unknown_field(name, known)] for name in unknown})
        return super().to_internal_value(data)


class Text(serializers.CharField):
    """A JSON string; numbers and booleans are not turned into one."""

    default_error_messages = {"invalid": gettext_lazy("This must be a string.")}

    def to_internal_value(self, data: Any) -> str:
        """The string, stripped of white space at its ends."""
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class Flag(serializers.BooleanField):
    """A JSON true or false."""

    default_error_messages = {"invalid": gettext_lazy("This must be true or false.")}

    def to_internal_value(self, data: Any) -> bool:
        """The value itself."""
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Whole(serializers.IntegerField):
    """A JSON integer."""

    def to_internal_value(self, data: Any) -> int:
        """The number itself; true is none."""
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class Number(serializers.FloatField):
    """A JSON number."""

    def to_internal_value(self, data: Any) -> float:
        """The number itself; true is none."""
        if not isinstance(data, int | float) or isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class Money(serializers.DecimalField):
    """US dollars as a JSON string, so that nothing is rounded on the way."""

    default_error_messages = {"invalid": gettext_lazy('This must be a string with an amount, such as "2.50".')}

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=12, decimal_places=6, min_value=Decimal(0), **options)

    def to_internal_value(self, data: Any) -> Decimal:
        """The amount; a number is none."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Code(serializers.ChoiceField):
    """One of some strings, with a hint when it is none of them."""

    def to_internal_value(self, data: Any) -> str:
        """The string itself."""
        if not isinstance(data, str) or data not in self.choices:
            hint = did_you_mean(str(data)[:60], map(str, self.choices)) if isinstance(data, str) else ""
            message = _("“%(value)s” is not one of the values. %(hint)s") % {"value": str(data)[:60], "hint": hint}
            raise serializers.ValidationError(message.strip(), code="invalid_choice")
        return data


@extend_schema_field({"type": "string", "contentMediaType": "application/json"})
class JsonText(serializers.Field[Any, Any, Any, Any]):
    """JSON inside a form field, read with another serializer."""

    def __init__(self, serializer: type[StrictSerializer], **kwargs: Any) -> None:
        self.serializer = serializer
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> Any:
        """The values that the JSON object holds."""
        try:
            value = orjson.loads(str(data))
        except orjson.JSONDecodeError as error:
            raise serializers.ValidationError(
                _("Not JSON: %(problem)s") % {"problem": error.msg}, code="bad_json"
            ) from error
        inner = self.serializer(data=value)
        inner.is_valid(raise_exception=True)
        return inner.validated_data

    def to_representation(self, value: Any) -> Any:
        """Never sent."""
        return value


def read_body(serializer: type[StrictSerializer], data: Any) -> dict[str, Any]:
    """The body's values; raises a validation error for anything that the serializer does not describe."""
    if hasattr(data, "lists"):
        data = _form(data)
    if not isinstance(data, Mapping):
        raise serializers.ValidationError({"non_field_errors": [_("This must be a JSON object.")]}, code="invalid")
    return dict(_reader(serializer).run_validation(data))


@cache
def _reader(serializer: type[StrictSerializer]) -> StrictSerializer:
    """The one that reads all bodies of its kind: it keeps nothing of them, and each new one would copy its fields."""
    return serializer()


def read_query(serializer: type[serializers.Serializer[Any]] | None, params: Any) -> dict[str, Any]:
    """The query parameters' values; raises a problem that names each wrong parameter."""
    known = list(serializer().fields) if serializer else []
    faults = [_unknown_parameter(name, known) for name in params if name not in known]
    if faults:
        raise Problem("unknown_parameter", faults[0].detail if len(faults) == 1 else "", faults=faults)
    if serializer is None:
        return {}
    faults = [_given_twice(name) for name in params if len(params.getlist(name)) > 1]
    read = serializer(data={name: params[name] for name in params})
    if not faults and read.is_valid():
        return dict(read.validated_data)
    faults += [
        Fault(str(error.code), str(error), parameter=name)
        for name, errors in ({} if faults else read.errors).items()
        for error in errors
    ]
    raise Problem("invalid", faults[0].detail if len(faults) == 1 else "", faults=faults)


def _form(data: Any) -> dict[str, Any]:
    """The fields of a form; one that comes twice is as unclear as an unknown one."""
    twice = {
        name: [ErrorDetail(_("Given twice."), code="given_twice")] for name, values in data.lists() if len(values) > 1
    }
    if twice:
        raise serializers.ValidationError(twice)
    return {name: data[name] for name in data}


def _unknown_field(name: str, known: Sequence[str]) -> ErrorDetail:
    message = _("There is no field “%(name)s” here. %(hint)s")
    return ErrorDetail(message % {"name": name[:60], "hint": did_you_mean(name[:60], known)}, code="unknown_field")


def _unknown_parameter(name: str, known: Sequence[str]) -> Fault:
    detail = _("There is no parameter “%(name)s” here.") % {"name": name[:60]}
    return Fault("unknown_parameter", detail, parameter=name[:60], hint=did_you_mean(name[:60], known))


def _given_twice(name: str) -> Fault:
    return Fault("given_twice", _("Given twice."), parameter=name)


def _escaped(name: str) -> str:
    return pointer(name).removeprefix("/")
