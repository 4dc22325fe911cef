"""The product's addresses and one more, whose page is slow because of one statement."""

from __future__ import annotations

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path

from fibercomments import urls

SECONDS = 0.25
STATEMENT = "SELECT pg_sleep($1), count(*) FROM auth_user"


def slow_page(_request: HttpRequest) -> HttpResponse:
    """Two statements, of which one takes nearly all the time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_date")
        cursor.execute("SELECT pg_sleep(%s), count(*) FROM auth_user", [SECONDS])
    return HttpResponse("done")


handler500 = urls.handler500
urlpatterns = [path("slow/", slow_page, name="slow-page"), *urls.urlpatterns]
