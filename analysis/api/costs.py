"""``/costs`` and ``/sessions/{id}/costs``: what engines of the network cost, and what was spared."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analysis import access
from analysis.api.conditional import lasting
from analysis.api.problems import Fault, Problem
from analysis.api.shapes import costs as shapes
from analysis.api.views import ApiView, session_for
from analysis.insights.cost_rules import Spend, Ways, savings_of
from analysis.insights.costs import MOST_DAYS, USUAL_DAYS, Period, SessionCosts, budgets, costs, session_costs


class CostsQuery(serializers.Serializer[Any]):
    """The period, in days of the product's time zone; 366 at most, the last 30 without any."""

    day__gte = serializers.DateField(required=False, help_text="The first day.")
    day__lt = serializers.DateField(required=False, help_text="The day after the last; without it, tomorrow.")


class Costs(ApiView):
    """The costs of the installation."""

    scopes = {"GET": access.OPERATE}
    queries = {"GET": CostsQuery}

    @extend_schema(operation_id="costs_read", summary="Read the costs", responses=shapes.CostsShape)
    def get(self, request: Request) -> Response:
        """Calls, tokens and money by day, engine, node and session; budgets; what was spared. Of all teams together."""
        period = _period(self.query.get("day__gte"), self.query.get("day__lt"))
        answer = Response(shapes.costs_shape(costs(period), budgets()))
        return lasting(answer) if period.until <= timezone.localdate() else answer


class SessionCostsDetail(ApiView):
    """The costs of a session."""

    scopes = {"GET": access.READ}

    @extend_schema(operation_id="sessions_costs", summary="Read a session's costs", responses=shapes.SessionCostsShape)
    def get(self, request: Request, session_id: str) -> Response:
        """Which way its texts found their labels, what that cost and what was spared, over all its analyses."""
        session = session_for(request, session_id)
        told = session_costs(session) or SessionCosts(Ways(), Spend(), savings_of({}, {}, {}))
        return Response(shapes.session_costs_shape(session.pk, told))


def _period(since: date | None, until: date | None) -> Period:
    until = until or Period.last().until
    since = since or until - timedelta(days=USUAL_DAYS)
    if not 0 < (until - since).days <= MOST_DAYS:
        detail = _("From one day to %(most)d; the first comes before the last.") % {"most": MOST_DAYS}
        raise Problem("invalid", detail, faults=[Fault("invalid", detail, parameter="day__gte")])
    return Period(since, until)
