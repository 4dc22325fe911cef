"""``/sessions/{id}/discoveries``: what many say in almost the same words, and topics that no theme names."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analysis import access
from analysis.api.conditional import tagged
from analysis.api.filters import SessionFilterQuery, read_filter
from analysis.api.idempotency import idempotent
from analysis.api.shapes.discoveries import DiscoveriesShape, DiscoveryShape, discovery_shapes
from analysis.api.strict import Code, StrictSerializer, read_body
from analysis.api.views import ApiView, session_for, user_of
from analysis.models import DiscoveryKind
from analysis.processing.discoveries import ask, kept

_ASK_AGAIN_SECONDS = "2"
_MOST_GROUPS = 1000


class DiscoveryInput(StrictSerializer):
    """What to look for."""

    kind = Code(choices=DiscoveryKind.values)


class DiscoveriesQuery(serializers.Serializer[Any]):
    """Which of them, and how much of each."""

    kind = serializers.ChoiceField(choices=DiscoveryKind.values, required=False)
    top = serializers.IntegerField(
        default=10, min_value=0, max_value=_MOST_GROUPS, help_text="So many groups of each, the largest first."
    )


class SessionDiscoveries(ApiView):
    """What was found in a session's comments."""

    scopes = {"GET": access.READ, "POST": access.WRITE}
    queries = {"GET": DiscoveriesQuery, "POST": SessionFilterQuery}
    answers = {"POST": (409,)}

    @extend_schema(operation_id="sessions_discoveries_list", summary="List discoveries", responses=DiscoveriesShape)
    def get(self, request: Request, session_id: str) -> Response:
        """Those that are kept, the newest first; `Retry-After` while one is being made."""
        session = session_for(request, session_id)
        found = kept(session)
        if "kind" in self.query:
            found = found.filter(kind=self.query["kind"])
        made = list(found)
        response = tagged(request, {"results": discovery_shapes(made, session, top=self.query["top"])})
        if not all(each.is_final for each in made):
            response["Retry-After"] = _ASK_AGAIN_SECONDS
        return response

    @extend_schema(
        operation_id="sessions_discoveries_ask",
        summary="Look for groups or topics",
        request=DiscoveryInput,
        responses={202: DiscoveryShape},
    )
    @idempotent
    def post(self, request: Request, session_id: str) -> Response:
        """In the comments that pass the filter in the address, all by default. A worker does it; `Location` is the
        list to watch. Asked twice about the same outcome it is made once. Groups count each comment once, repeats
        included: `n` = `grouped` + `rest`.
        """
        session = session_for(request, session_id)
        kind = read_body(DiscoveryInput, request.data)["kind"]
        discovery = ask(session=session, kind=kind, chosen=self.query["filter"], actor=user_of(request))
        headers = {"Location": f"/api/v1/sessions/{session.pk}/discoveries", "Retry-After": _ASK_AGAIN_SECONDS}
        (shape,) = discovery_shapes([discovery], session, top=0)
        return Response(shape, status=202, headers=headers)

    def read_query(self, request: Request) -> dict[str, Any]:
        """Asking takes the shared filter's parameters; reading its own."""
        if request.method == "POST":
            return read_filter(request, besides=(), session_is_given=True)
        return super().read_query(request)
