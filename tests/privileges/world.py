"""Two teams with what they own, and the callers of the table: seven of one team, a stranger of the other."""

from __future__ import annotations

import copy
import uuid
from http.cookies import SimpleCookie
from typing import Any

import django_rq
from django.apps import apps
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.http.response import HttpResponseBase
from django.test import Client
from django.utils import timezone
from rq import Worker

from analysis import access, tokens
from analysis.corrections import correct_comment
from analysis.models import (
    Budget,
    EngineModel,
    LanguageModel,
    NodePool,
    ProviderCall,
    ProviderNode,
    Role,
    Spending,
    StoredFile,
    TaxonomyVersion,
    Theme,
    ThemePhrase,
    Usage,
)
from perf.models import AlertRule
from tests.factories import add_random_comments, make_session, make_team, make_user, reject_rows
from tests.privileges.routes import Route

MISSING = "01990f3e-7b1c-7c4a-9d2e-0123456789ab"


class World:
    """Everything that an address may name belongs to the home team, and to its analyst where it is somebody's own."""

    def __init__(self) -> None:
        self.team = make_team("Home")
        users = {role.value: make_user(self.team, role) for role in Role}
        users["superuser"] = make_user(self.team, Role.SUPERVISOR, username="superuser", superuser=True)
        users["stranger"] = make_user(make_team("Elsewhere"), Role.SUPERVISOR, username="stranger")
        self.users: dict[str, User] = users
        analyst = users["analyst"]
        file = StoredFile.objects.create(
            team=self.team, original_name="a.csv", stored_name="none", size=1, sha256="0" * 64, created_by=analyst
        )
        self.session = make_session(self.team, file=file)
        self.comment = add_random_comments(self.session, 12, seed=3)[0]
        correct_comment(comment=self.comment, values={"urgency": "p0"}, actor=analyst)
        reject_rows(self.session, [{"row_number": 13}])
        theme = Theme.objects.create(code="delivery", name_es="Entrega", name_en="Delivery")
        ThemePhrase.objects.create(theme=theme, pattern="demora*")
        TaxonomyVersion.objects.create(number=1, snapshot={}, digest="0" * 12, published_by=users["supervisor"])
        self.token, _secret = tokens.create_token(
            user=analyst, name="t", scopes=[access.READ], granted=access.scopes_of(analyst)
        )
        self.model = EngineModel.objects.create(
            name="embedded", digest="00000000", version="0-0-00000000", state="failed"
        )
        self._call_a_provider()
        AlertRule.objects.create(name="n", kind="gauge", limit=1)
        self.cookies = {"anonymous": SimpleCookie(), **{role: _cookies(user) for role, user in users.items()}}
        #: What stands for a parameter of an address, by its name.
        self.values: dict[str, Any] = {
            "session_id": self.session.pk,
            "profiling_id": uuid.UUID(MISSING),
            "comment_id": self.comment.pk,
            "token_id": self.token.pk,
            "model_id": self.model.pk,
            "app_label": "auth",
            "content_type_id": ContentType.objects.get_for_model(User).pk,
            "id": analyst.pk,
            "action": "cancel",
            "form": "csv",
            "kind": "topics",
            "operation": "nothing.was.called.so",
            "panel_key": "latency",
            "url": "nowhere",
            "token": "nobody",
            "queue_index": 0,
            "scheduler_index": 0,
            "connection_index": 0,
            "scheduler_name": "none",
            "cron_job_name": "none",
            "job_id": "none",
            "result_id": "none",
            "key": _idle_worker(),
            "request_id": uuid.UUID(MISSING),
            "sql_id": 1,
            "profile_id": 1,
        }

    def _call_a_provider(self) -> None:
        """A node with a call that the session paid for."""
        today, model = timezone.localdate(), LanguageModel.objects.create(name="m")
        pool = NodePool.objects.create(engine="llm", model=model)
        node = ProviderNode.objects.create(name="n", pool=pool, base_url="https://node.example/v1", is_enabled=False)
        Budget.objects.create(scope="day", most=1)
        Spending.objects.create(scope="session", key=str(self.session.pk), committed=1)
        Usage.objects.create(day=today, engine="llm", session=self.session, texts=1, provided=1)
        ProviderCall.objects.create(
            node=node, engine="llm", session=self.session, items=1, reserved=1, cost=1, day=today, state="settled"
        )

    def path(self, route: Route) -> str:
        """The address with a row of the home team in each place; KeyError for a parameter that is not known here."""
        path = route.template
        for name in route.parameters:
            value = self._admin_object(route) if name == "object_id" else self.values[name]
            path = path.replace(f"<{name}>", str(value), 1)
        return path

    def ask(self, role: str, method: str, path: str) -> str:
        """The cell of the table: a status, or "login". Whatever the request changed is taken back."""
        client = Client(raise_request_exception=False)
        client.cookies = copy.deepcopy(self.cookies[role])
        with transaction.atomic():
            response = client.generic(method, path)
            transaction.set_rollback(True)
        return _cell(response)

    def _admin_object(self, route: Route) -> object:
        """The newest row of the model that a page of the admin is about."""
        for model in apps.get_models():
            if f"/{model._meta.app_label}/{model._meta.model_name}/" in route.template:
                row = model._default_manager.order_by("pk").last()
                return row.pk if row else MISSING
        return self.users["analyst"].pk


def _idle_worker() -> str:
    """A worker that the queue's pages can show."""
    queue = django_rq.get_queue("default")
    worker = Worker([queue], name=f"idle-{uuid.uuid4().hex}", connection=queue.connection)
    worker.register_birth()  # type: ignore[no-untyped-call]
    return str(worker.key)


def _cookies(user: User) -> SimpleCookie:
    client = Client()
    client.force_login(user)
    return client.cookies


def _cell(response: HttpResponseBase) -> str:
    if response.streaming:
        list(response)
    if response.status_code in (301, 302) and "/login" in response.headers["Location"]:
        return "login"
    return str(response.status_code)
