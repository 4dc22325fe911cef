"""``/problems``: what each code of a problem means; where ``type`` points."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from analysis.api.conditional import lasting, tagged
from analysis.api.problems import KINDS
from analysis.api.shapes.problems import ProblemKindsShape
from analysis.api.views import ApiView


class ProblemKinds(ApiView):
    """The codes of problems; for everybody, since strangers get problems too."""

    permission_classes = [AllowAny]
    throttle_classes = []
    authentication_classes = []

    @extend_schema(operation_id="problems_list", summary="Explain the problems", responses=ProblemKindsShape)
    def get(self, request: Request) -> Response:
        """Every code with its status and title."""
        kinds = [{"code": code, "status": kind.status, "title": str(kind.title)} for code, kind in KINDS.items()]
        return lasting(tagged(request, {"problems": kinds}))
