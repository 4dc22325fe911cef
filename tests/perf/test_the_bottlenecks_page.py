"""The pages that say where time is lost, why, and that begin and end recording."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.test import Client
from silk.models import Request, SQLQuery

from perf.admin.bottlenecks import drawn, target_of
from perf.models import ProfiledRequest, ProfilingScope, ProfilingSession
from perf.profiling import live
from tests import factories
from tests.perf.analytics.measures import measure, show, usually
from tests.perf.sampling import profiling, sampled

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(client: Client) -> User:
    user = factories.make_user(None, superuser=True)
    client.force_login(user)
    return user


@pytest.fixture
def operator() -> Client:
    user = factories.make_user(None)
    user.is_staff = True
    user.save()
    user.groups.add(Group.objects.get(name="Operators"))
    browser = Client(headers={"accept-language": "en"})
    browser.cookies["django_language"] = "en"
    browser.force_login(user)
    return browser


def test_an_operator_reads_what_is_slow_and_what_to_do(operator: Client) -> None:
    usually("web.login.GET", 100)
    measure("web.login.GET", 400, calls=20)
    measure("web.login.GET", 200, calls=20, minutes=range(60, 120))
    show("machine.cpu", 0.95)
    response = operator.get("/perf/bottlenecks/?period=1h")
    html = response.content.decode()
    for words in (
        "GET login",
        "6 min",
        "+200 % against the period before",
        "1,200 calls",
        "400 ms each on average",
        "Usual: 100 ms",
        "Processor of the machine",
        "above 80 %",
        "100 %",
    ):
        assert words in html, words
    assert "bottlenecks/why" not in html


def test_without_measures_the_page_says_so(operator: Client) -> None:
    html = operator.get("/perf/bottlenecks/").content.decode()
    assert "No bottleneck" in html
    assert "Nothing was measured in this period" in html


def test_what_was_recorded_says_why_and_leads_to_silk(client: Client, root: User) -> None:
    usually("web.account.GET", 1)
    measure("web.account.GET", 400)
    with sampled(100):
        client.get("/account/")
    html = client.get("/perf/bottlenecks/").content.decode()
    assert "/perf/bottlenecks/why/?of=web.account.GET&amp;period=1h" in html
    html = client.get("/perf/bottlenecks/why/?of=web.account.GET&period=1h").content.decode()
    request = Request.objects.get()
    assert f"/silk/request/{request.pk}/sql/" in html
    statement = SQLQuery.objects.filter(query__contains="auth_user").first()
    assert statement is not None
    assert statement.query[:30] in html.replace("&quot;", '"')


def test_the_button_begins_a_session_that_is_written_down(client: Client, root: User) -> None:
    response = client.post("/perf/profiling/start/", {"scope": "view", "target": "account", "with_python": "1"})
    session = ProfilingSession.objects.get()
    assert response.headers["Location"] == f"/admin/perf/profilingsession/{session.pk}/change/"
    assert (session.scope, session.target, session.with_python) == (ProfilingScope.VIEW, "account", True)
    assert LogEntry.objects.get().user == root
    response = client.get(response.headers["Location"])
    assert response.headers["Refresh"] == "5"
    client.post(f"/perf/profiling/{session.pk}/stop/")
    session.refresh_from_db()
    assert not session.is_open()
    assert "Refresh" not in client.get(f"/admin/perf/profilingsession/{session.pk}/change/").headers
    live.forget()


def test_a_session_that_names_nothing_is_not_begun(client: Client, root: User) -> None:
    for fields in ({"scope": "view"}, {"scope": "nothing", "target": "x"}):
        response = client.post("/perf/profiling/start/", fields)
        assert response.headers["Location"] == "/admin/perf/profilingsession/add/"
    assert not ProfilingSession.objects.exists()


def test_a_session_is_begun_from_the_form_of_the_admin(client: Client, root: User) -> None:
    form = {"scope": "user", "target": "", "user": str(root.pk), "minutes": "3", "most": "50"}
    response = client.post("/admin/perf/profilingsession/add/", form)
    session = ProfilingSession.objects.get()
    assert response.headers["Location"] == f"/admin/perf/profilingsession/{session.pk}/change/"
    assert (session.user, session.most, session.started_by) == (root, 50, root)
    assert (session.ends_at - session.started_at).total_seconds() == 180
    assert LogEntry.objects.count() == 1
    assert client.post("/admin/perf/profilingsession/add/", form | {"user": ""}).status_code == 200
    assert ProfilingSession.objects.count() == 1
    live.forget()


def test_operators_look_at_sessions_and_not_at_what_they_recorded(operator: Client, client: Client) -> None:
    with profiling() as session:
        client.get("/login/")
    html = operator.get(f"/admin/perf/profilingsession/{session.pk}/change/").content.decode()
    assert "1 of at most 200" in html
    assert "/silk/" not in html
    assert operator.post("/perf/profiling/start/", {"scope": "all"}).status_code == 404
    assert operator.get("/admin/perf/profilingsession/add/").status_code == 403
    assert operator.get("/perf/bottlenecks/why/?of=web.login.GET").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_emptying_silk_takes_the_recordings_of_sessions_along(client: Client, root: User) -> None:
    with profiling():
        client.get("/login/")
    assert ProfiledRequest.objects.exists()
    client.post("/silk/cleardb/", {"clear_all": "on"})
    assert not Request.objects.exists()
    assert not ProfiledRequest.objects.exists()


def test_a_step_of_a_job_is_looked_for_in_the_recordings_of_the_job() -> None:
    assert target_of("analysis.engine") == target_of("job.drain")
    assert target_of("cache.get") is None


def test_a_course_is_drawn_with_gaps() -> None:
    spark = drawn([1.0, None, 2.0, 4.0], limit=2.0)
    assert spark.path == "M0.0 23.5h.1M80.0 16.0h.1L120.0 1.0h.1"
    assert spark.limit == "16.0"
