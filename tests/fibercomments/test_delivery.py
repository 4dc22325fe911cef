"""Each class of address answers with the headers that docs/delivery.md promises for it."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import brotli
import pytest
import pyzstd
from django.conf import settings as django_settings
from django.core.management import call_command
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings
from whitenoise.middleware import WhiteNoiseMiddleware

from analysis import access
from analysis.models import Role, Session, Team
from fibercomments.delivery.codings import CODINGS, accepted, compress
from fibercomments.delivery.compression import LEAST, CompressionMiddleware
from fibercomments.policy import origins, policy
from perf import metrics
from tests.api.contract import Api
from tests.factories import add_random_comments, make_session, make_team, make_user
from tests.perf.emptied import no_measures  # noqa: F401 -- a fixture that each test uses

Ask = Callable[..., Any]
ALL = "gzip, deflate, br, zstd"
OWN = {"Accept-Encoding": ALL, "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}
DECODE = {"zstd": pyzstd.decompress, "br": brotli.decompress, "gzip": gzip.decompress}
TABLE = re.search(
    r"\| class \|.*?\n\|[-|]+\n(.*?)\n\n", (Path(django_settings.BASE_DIR) / "docs/delivery.md").read_text(), re.DOTALL
)
assert TABLE is not None
PROMISED = {
    cells[0]: cells[1:] for line in TABLE[1].splitlines() if (cells := [c.strip() for c in line.split("|")[1:-1]])
}


@pytest.fixture
def team(db: None) -> Team:
    return make_team()


@pytest.fixture
def session(team: Team) -> Session:
    session = make_session(team)
    add_random_comments(session, 40, seed=7)
    return session


@pytest.fixture
def asks(team: Team, session: Session, static_files: Ask, settings: Settings) -> dict[str, Ask]:
    """How to ask for an answer of each class; keyword arguments are further headers."""
    settings.METRICS_TOKEN = "scraper"
    for number in range(30):
        metrics.count(f"delivery.{number}")
    metrics.flush()
    person = Client()
    person.force_login(make_user(team, Role.ANALYST))
    root = Client()
    root.force_login(make_user(team, superuser=True))
    program = Api(make_user(team, Role.OPERATOR, username="program"), scopes=(access.READ, access.OPERATE))
    exporter = Api(make_user(team, Role.ANALYST))

    def page(client: Client, address: str) -> Ask:
        return lambda **headers: client.get(address, headers=OWN | headers)

    def api(caller: Api, address: str) -> Ask:
        return lambda **headers: caller.client.get(
            f"/api/v1{address}", headers={"Accept-Encoding": ALL, **caller.headers, **headers}
        )

    return {
        "static file, name with a digest": lambda **headers: static_files("hashed", **headers),
        "static file, plain name": lambda **headers: static_files("plain", **headers),
        "page without login": page(Client(), "/login/"),
        "page of a person": page(person, f"/sessions/{session.pk}/"),
        "page of the admin": page(root, "/admin/"),
        "download": page(person, f"/sessions/{session.pk}/download.csv"),
        "API, list": api(program, f"/sessions/{session.pk}/comments"),
        "API, one thing": api(program, f"/comments/{session.comments.values_list('pk', flat=True)[0]}"),
        "API, numbers": api(program, "/stats/overview"),
        "API, what a release or a taxonomy holds": api(program, "/openapi.json"),
        "API, costs of days that are over": api(program, "/costs?day__gte=2020-01-01&day__lt=2020-02-01"),
        "API, file": api(exporter, f"/sessions/{session.pk}/export"),
        "API, refusal": api(program, "/stats/overview?colour=red"),
        "measures for Prometheus": lambda **headers: Client().get(
            "/metrics", headers={"Accept-Encoding": ALL, "Authorization": "Bearer scraper", **headers}
        ),
        "health": page(Client(), "/healthz/live"),
    }


@pytest.fixture
def static_files(settings: Settings, tmp_path: Path) -> Ask:
    """A style sheet, collected as for production, and one that somebody put there under its plain name."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "look.css").write_text(":root { color: black }\n" * 100)
    settings.STATICFILES_DIRS = [source]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATIC_ROOT = tmp_path / "collected"
    usual = settings.STORAGES
    settings.STORAGES = {
        **usual, "staticfiles": {"BACKEND": "fibercomments.staticfiles.StaticFilesStorage"}
    }  # fmt: skip
    call_command("collectstatic", interactive=False, verbosity=0)
    for copy in sorted(settings.STATIC_ROOT.glob("look.*.css*")):
        (settings.STATIC_ROOT / re.sub(r"\.[0-9a-f]{12}\.", ".", copy.name)).write_bytes(copy.read_bytes())
    [hashed] = settings.STATIC_ROOT.glob("look.*.css")
    names = {"hashed": hashed.name, "plain": "look.css"}
    server = WhiteNoiseMiddleware(lambda _request: HttpResponse(status=404))
    settings.STORAGES = usual  # pages name files that were not collected here

    def ask(name: str, **headers: str) -> Any:
        return server(RequestFactory().get(f"/static/{names[name]}", headers={"Accept-Encoding": ALL, **headers}))

    return ask


@pytest.mark.django_db
def test_every_class_answers_as_promised(asks: dict[str, Ask]) -> None:
    assert asks.keys() == PROMISED.keys()
    seen = {name: _headers(ask()) for name, ask in asks.items()}
    assert seen == {name: [*cells] for name, cells in PROMISED.items()}


@pytest.mark.django_db
def test_what_has_a_tag_is_not_sent_twice_in_whichever_coding(asks: dict[str, Ask]) -> None:
    tagged = [name for name, cells in PROMISED.items() if cells[1] == "yes" and name.startswith("API")]
    assert tagged
    for name in tagged:
        tags = set()
        for coding in ("zstd", "br", "gzip", "identity"):
            first = asks[name](**{"Accept-Encoding": coding})
            tags.add(first.headers["ETag"])
            again = asks[name](**{"Accept-Encoding": coding, "If-None-Match": first.headers["ETag"]})
            assert (again.status_code, again.content) == (304, b""), name
            assert again.headers["ETag"] == first.headers["ETag"]
            assert again.headers["Cache-Control"] == first.headers["Cache-Control"]
            assert asks[name](**{"If-None-Match": '"something-else"'}).status_code == 200
        assert len(tags) == 4, "a strong tag names bytes"


@pytest.mark.django_db
def test_each_strategy_can_be_switched_off(asks: dict[str, Ask], settings: Settings) -> None:
    settings.COMPRESSION = settings.CONDITIONAL_GET = settings.RESPONSE_CACHE = False
    for name in ("API, list", "API, numbers", "API, what a release or a taxonomy holds"):
        first = asks[name]()
        again = asks[name](**{"If-None-Match": first.headers.get("ETag", '"x"')})
        assert (again.status_code, again.headers["Cache-Control"]) == (200, "private, no-cache")
        assert "Content-Encoding" not in again.headers


@pytest.mark.django_db
def test_a_change_is_guarded_by_the_tag_of_a_compressed_answer(team: Team, session: Session) -> None:
    api = Api(make_user(team, Role.ANALYST))
    address = f"/sessions/{session.pk}"
    for coding in ("identity", "zstd"):
        tag = api.get(address).headers["ETag"].removesuffix('"') + (f'-{coding}"' if coding != "identity" else '"')
        assert api.patch(address, {"name": f"Renamed {coding}"}, headers={"If-Match": tag}).status == 200
        assert api.patch(address, {"name": "Again"}, headers={"If-Match": tag}).status == 412


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("headers", "query", "compressed"),
    [
        ({"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}, "", True),
        ({"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"}, "?sentiment=negative", True),
        ({"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"}, "", True),
        ({"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"}, "?q=guess", False),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, "", False),
        ({"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "navigate"}, "", False),
        ({}, "", False),
    ],
)
def test_the_length_of_a_persons_page_teaches_no_other_site(
    team: Team, session: Session, headers: dict[str, str], query: str, compressed: bool
) -> None:
    person = Client()
    person.force_login(make_user(team))
    for address in (f"/sessions/{session.pk}/", f"/api/v1/comments{query or '?page_size=40'}"):
        answer = person.get(f"{address.partition('?')[0]}{query}", headers={"Accept-Encoding": ALL, **headers})
        assert answer.status_code == 200
        assert ("Content-Encoding" in answer.headers) is compressed, address


def test_what_a_person_changes_is_never_compressed() -> None:
    request = RequestFactory().post("/", headers=OWN)
    request.COOKIES[django_settings.SESSION_COOKIE_NAME] = "x"
    answer = CompressionMiddleware(lambda _request: HttpResponse("x" * 9000))(request)
    assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize(
    ("answer", "compressed"),
    [
        (HttpResponse("x" * LEAST), True),
        (HttpResponse("x" * (LEAST - 1)), False),
        (HttpResponse("x" * 9000, content_type="image/png"), False),
        (HttpResponse("x" * 9000, content_type="application/problem+json"), True),
        (HttpResponse("x" * 9000, headers={"Content-Encoding": "br"}), False),
        (HttpResponse("x" * 9000, headers={"Cache-Control": "public, no-transform"}), False),
    ],
)
def test_only_long_texts_that_may_be_changed_are_compressed(answer: HttpResponse, compressed: bool) -> None:
    sent = CompressionMiddleware(lambda _request: answer)(
        RequestFactory().get("/", headers={"Accept-Encoding": "gzip"})
    )
    assert (sent.headers.get("Content-Encoding") == "gzip") is compressed


@pytest.mark.parametrize("coding", CODINGS)
def test_a_stream_is_compressed_as_it_goes(coding: str) -> None:
    taken = []

    def pieces() -> Iterator[bytes]:
        for number in range(2000):
            taken.append(number)
            yield f"{number};{number * 7919 % 1000003};comentario\n".encode()

    answer = CompressionMiddleware(lambda _request: StreamingHttpResponse(pieces(), content_type="text/csv"))(
        RequestFactory().get("/", headers={"Accept-Encoding": coding})
    )
    assert isinstance(answer, StreamingHttpResponse)
    assert taken == []
    body = b"".join(answer)
    assert answer.headers["Content-Encoding"] == coding
    lines = DECODE[coding](body).splitlines()
    assert (len(lines), lines[-1].split(b";")[0]) == (2000, b"1999")


@given(st.binary(max_size=5000), st.sampled_from(sorted(CODINGS)))
def test_what_arrives_is_what_was_sent(body: bytes, coding: str) -> None:
    assert DECODE[coding](compress(coding, body)) == body


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        (ALL, "zstd"),
        ("gzip, br", "br"),
        ("gzip", "gzip"),
        ("br;q=0.5, gzip;q=0.9", "gzip"),
        ("*", "zstd"),
        ("*;q=0.1, gzip", "gzip"),
        ("zstd;q=0, br;q=0, *", "gzip"),
        ("identity", None),
        ("gzip;q=0", None),
        ("", None),
        ("gzip;q=nonsense", None),
    ],
)
def test_the_caller_chooses_the_coding_and_we_among_equals(header: str, coding: str | None) -> None:
    assert accepted(header) == coding


class TestAnotherHostForStaticFiles:
    ADDRESS = "https://cdn.example/static/"

    @pytest.mark.parametrize(
        ("address", "found"),
        [("/static/", []), (ADDRESS, ["https://cdn.example"]), ("//cdn.example:8443/", ["https://cdn.example:8443"])],
    )
    def test_is_known_by_the_address(self, address: str, found: list[str]) -> None:
        assert origins(address) == found

    @pytest.mark.django_db
    def test_is_allowed_by_the_policy_of_a_page_and_used_by_it(self, client: Client, settings: Settings) -> None:
        settings.STATIC_URL = self.ADDRESS
        settings.CONTENT_SECURITY_POLICY = policy(origins(self.ADDRESS))
        answer = client.get("/login/")
        said = answer.headers["Content-Security-Policy"]
        for directive in ("script-src", "style-src", "font-src"):
            assert f"{directive} 'self' https://cdn.example;" in f"{said};"
        assert "connect-src 'self';" in f"{said};"
        fetched = re.findall(r'(?:src|href)="([^"]+\.(?:css|js|svg|woff2))"', answer.content.decode())
        assert fetched
        assert all(address.startswith(self.ADDRESS) for address in fetched)

    def test_may_hand_the_files_to_our_pages(self, static_files: Ask, settings: Settings) -> None:
        assert "Access-Control-Allow-Origin" not in static_files("hashed").headers
        settings.STATIC_URL = self.ADDRESS
        settings.STATIC_ORIGINS = origins(self.ADDRESS)
        settings.WHITENOISE_ALLOW_ALL_ORIGINS = True
        server = WhiteNoiseMiddleware(lambda _request: HttpResponse(status=404))
        [name] = [each.name for each in settings.STATIC_ROOT.glob("look.*.css")]
        answer = server(RequestFactory().get(f"/static/{name}"))
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


def _headers(answer: Any) -> list[str]:
    """Cache-Control, tag, coding, Vary and embedding, as the table writes them."""
    if answer.streaming:
        b"".join(answer)
    return [
        _sorted(answer.headers["Cache-Control"]),
        "yes" if "ETag" in answer.headers else "no",
        answer.headers.get("Content-Encoding", "no"),
        _sorted(answer.headers.get("Vary", "")),
        answer.headers["Cross-Origin-Resource-Policy"],
    ]


def _sorted(header: str) -> str:
    return ", ".join(sorted(part.strip() for part in header.split(",") if part.strip()))
