"""Where each room is mounted."""

from django.contrib import admin
from django.urls import include, path
from django_rq import urls as queue_pages
from silk import urls as silk_pages

from fibercomments import checks  # noqa: F401 - registers the system checks
from fibercomments.guards import INLINE, INLINE_AND_EVAL, superusers_only
from perf.prometheus.page import scrape

handler500 = "analysis.web.middleware.server_error"
urlpatterns = [
    path("", include("analysis.web.urls")),
    path("api/", include("analysis.api.urls")),
    path("perf/", include("perf.urls")),
    path("metrics", scrape, name="metrics"),
    # Any member of the staff could empty the queues on these pages.
    path(
        "admin/rq/",
        include((superusers_only(queue_pages.urlpatterns, script_src=INLINE, style_src=INLINE), "django_rq")),
    ),
    path("admin/operations/", include("analysis.admin.urls")),
    path("admin/", admin.site.urls),
    path(
        "silk/",
        include((superusers_only(silk_pages.urlpatterns, script_src=INLINE_AND_EVAL, style_src=INLINE), "silk")),
    ),
]
