"""The addresses of the REST API."""

from django.urls import include, path, re_path

from analysis.api import (
    analyze,
    comments,
    costs,
    discoveries,
    docs,
    engines,
    exports,
    jobs,
    load,
    nodes,
    performance,
    problem_kinds,
    rejected,
    session_comments,
    session_versions,
    session_work,
    sessions,
    stats,
    themes,
    usage,
)
from analysis.api import api_tokens as tokens
from analysis.api.views import unknown_address

_v1 = [
    path("sessions", sessions.Sessions.as_view(), name="sessions"),
    path("sessions/<str:session_id>", sessions.SessionDetail.as_view(), name="session"),
    path("sessions/<str:session_id>/start", session_work.SessionStart.as_view(), name="session-start"),
    path("sessions/<str:session_id>/mapping", session_work.SessionMapping.as_view(), name="session-mapping"),
    path("sessions/<str:session_id>/mended", session_work.SessionMended.as_view(), name="session-mended"),
    path("sessions/<str:session_id>/reanalyze", session_work.SessionReanalyze.as_view(), name="session-reanalyze"),
    path("sessions/<str:session_id>/versions", session_versions.SessionVersions.as_view(), name="session-versions"),
    path("sessions/<str:session_id>/comments", session_comments.SessionComments.as_view(), name="session-comments"),
    path("sessions/<str:session_id>/discoveries", discoveries.SessionDiscoveries.as_view(), name="session-discoveries"),
    path("sessions/<str:session_id>/rejected", rejected.RejectedRows.as_view(), name="session-rejected"),
    path(
        "sessions/<str:session_id>/rejected.xlsx", exports.SessionRejectedXlsx.as_view(), name="session-rejected-xlsx"
    ),
    path("sessions/<str:session_id>/export", exports.SessionExport.as_view(), name="session-export"),
    path("sessions/<str:session_id>/costs", costs.SessionCostsDetail.as_view(), name="session-costs"),
    path("jobs/<str:session_id>", jobs.JobDetail.as_view(), name="job"),
    path("jobs/<str:session_id>/cancel", jobs.JobCancel.as_view(), name="job-cancel"),
    path("jobs/<str:session_id>/pause", jobs.JobPause.as_view(), name="job-pause"),
    path("jobs/<str:session_id>/resume", jobs.JobResume.as_view(), name="job-resume"),
    path("jobs/<str:session_id>/retry", jobs.JobRetry.as_view(), name="job-retry"),
    path("analyze", analyze.Analyze.as_view(), name="analyze"),
    path("comments", comments.Comments.as_view(), name="comments"),
    path("comments/<str:comment_id>", comments.CommentDetail.as_view(), name="comment"),
    path("stats/overview", stats.StatsOverview.as_view(), name="stats-overview"),
    path("engines", engines.Engines.as_view(), name="engines"),
    path("load", load.Load.as_view(), name="load"),
    path("costs", costs.Costs.as_view(), name="costs"),
    path("nodes", nodes.Nodes.as_view(), name="nodes"),
    path("cache", nodes.Cache.as_view(), name="cache"),
    path("perf/overview", performance.PerfNow.as_view(), name="perf-overview"),
    path("perf/operations", performance.PerfOperations.as_view(), name="perf-operations"),
    path("perf/operations/<str:operation>", performance.PerfOperation.as_view(), name="perf-operation"),
    path("perf/gauges", performance.PerfGauges.as_view(), name="perf-gauges"),
    path("perf/benchmarks", performance.PerfBenchmarks.as_view(), name="perf-benchmarks"),
    path("perf/tunables", performance.PerfTunables.as_view(), name="perf-tunables"),
    path("themes", themes.Themes.as_view(), name="themes"),
    path("tokens", tokens.Tokens.as_view(), name="tokens"),
    path("tokens/<str:token_id>", tokens.TokenDetail.as_view(), name="token"),
    path("usage", usage.Usage.as_view(), name="usage"),
    path("problems", problem_kinds.ProblemKinds.as_view(), name="problems"),
    path("openapi.json", docs.OpenApiJson.as_view(), name="openapi-json"),
    path("openapi.yaml", docs.OpenApiYaml.as_view(), name="openapi-yaml"),
    path("docs", docs.explore, name="docs"),
]

app_name = "api"
urlpatterns = [
    path("v1/", include(_v1)),
    re_path(r"^.*$", unknown_address, name="unknown"),
]
