"""``/tokens``: the caller's own tokens."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analysis import access, tokens
from analysis.api import pagination
from analysis.api.errors import not_found
from analysis.api.idempotency import idempotent
from analysis.api.permissions import granted
from analysis.api.strict import Code, StrictSerializer, Text, read_body
from analysis.api.views import ApiView, user_of
from analysis.models import ApiToken

FIELDS = ("id", "name", "prefix", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at")


class TokenShape(serializers.Serializer[Any]):
    """A token; the token itself is not kept."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    prefix = serializers.CharField(help_text="How the token begins, to tell one from another.")
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=access.SCOPES))
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True, help_text="To the minute.")
    revoked_at = serializers.DateTimeField(allow_null=True)


class NewTokenShape(TokenShape):
    """A new token with its secret."""

    token = serializers.CharField(
        allow_null=True, help_text="Shown this once; null when an Idempotency-Key is replayed."
    )


class TokenPageShape(serializers.Serializer[Any]):
    """A page of tokens."""

    results = TokenShape(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class TokenInput(StrictSerializer):
    """What a new token may do, and until when."""

    name = Text(max_length=80)
    scopes = serializers.ListField(child=Code(choices=access.SCOPES), allow_empty=False, max_length=len(access.SCOPES))
    expires_at = serializers.DateTimeField(required=False, allow_null=True)

    def validate_expires_at(self, value: datetime | None) -> datetime | None:
        """A token that is born expired is a mistake."""
        if value is not None and value <= timezone.now():
            raise serializers.ValidationError(_("This is in the past."))
        return value


class Tokens(ApiView):
    """The caller's own tokens."""

    scopes = {"GET": access.TOKENS, "POST": access.TOKENS}
    queries = {"GET": pagination.PageQuery}

    @extend_schema(operation_id="tokens_list", summary="List my tokens", responses=TokenPageShape)
    def get(self, request: Request) -> Response:
        """Newest first; revoked and expired ones too."""
        page = pagination.page(
            request,
            access.visible_tokens(request.user),
            ordering="-created_at",
            query=self.query,
            fields=FIELDS,
            shape=token_shape,
        )
        return Response(page)

    @extend_schema(
        operation_id="tokens_create", summary="Create a token", request=TokenInput, responses={201: NewTokenShape}
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """The secret is in this answer and nowhere else. A token can have no scope that its creator has not."""
        values = read_body(TokenInput, request.data)
        token, secret = tokens.create_token(
            user=user_of(request),
            name=values["name"],
            scopes=values["scopes"],
            granted=granted(request),
            expires_at=values.get("expires_at"),
        )
        shape = token_shape({name: getattr(token, name) for name in FIELDS}) | {"token": secret}
        return Response(shape, status=201, headers={"Location": f"/api/v1/tokens/{token.pk}"})

    @staticmethod
    def without_secret(data: Mapping[str, Any]) -> dict[str, Any]:
        """What a replay may show."""
        return {**data, "token": None}


class TokenDetail(ApiView):
    """One of the caller's tokens."""

    scopes = {"GET": access.TOKENS, "DELETE": access.TOKENS}

    @extend_schema(operation_id="tokens_read", summary="Read a token", responses=TokenShape)
    def get(self, request: Request, token_id: str) -> Response:
        """Scopes, expiry and last use."""
        token = _token(request, token_id)
        return Response(token_shape({name: getattr(token, name) for name in FIELDS}))

    @extend_schema(operation_id="tokens_revoke", summary="Revoke a token", responses={204: None})
    def delete(self, request: Request, token_id: str) -> Response:
        """It opens nothing from now on; it stays in the list."""
        tokens.revoke_token(token=_token(request, token_id), actor=user_of(request))
        return Response(status=204)


def token_shape(values: Mapping[str, Any]) -> dict[str, Any]:
    """``TokenShape`` from the values of ``FIELDS``."""
    return {name: values[name] for name in FIELDS}


def _token(request: Request, token_id: str) -> ApiToken:
    try:
        return access.get_token(request.user, token_id)
    except ApiToken.DoesNotExist as error:
        raise not_found() from error
