"""The addresses of the pages."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter
from django.views.i18n import set_language

from analysis.web import (
    account,
    comment,
    comments,
    delete,
    discover,
    downloads,
    engine,
    health,
    home,
    import_check,
    import_columns,
    import_file,
    login,
    overview,
    preferences,
    progress,
    reanalyze,
    rejected,
    sample,
    status,
    versions,
    ways,
)


class ActionConverter(StringConverter):
    """What may be asked of a session."""

    regex = "pause|resume|cancel|retry"


register_converter(ActionConverter, "action")

urlpatterns = [
    path("healthz/live", health.live, name="health-live"),
    path("healthz/ready", health.ready, name="health-ready"),
    path("favicon.ico", preferences.favicon, name="favicon"),
    path("login/", login.Login.as_view(), name="login"),
    path("logout/", login.Logout.as_view(), name="logout"),
    path("preferences/language/", set_language, name="set-language"),
    path("preferences/theme/", preferences.set_theme, name="set-theme"),
    path("", home.home, name="home"),
    path("import/", import_file.import_file, name="import-file"),
    path("import/sample/", sample.load_sample, name="load-sample"),
    path("sessions/<uuid:session_id>/", overview.session_overview, name="session"),
    path("sessions/<uuid:session_id>/ways/", ways.session_ways, name="session-ways"),
    path("sessions/<uuid:session_id>/columns/", import_columns.import_columns, name="import-columns"),
    path("sessions/<uuid:session_id>/validation/", import_check.import_check, name="import-check"),
    path("sessions/<uuid:session_id>/start/", import_check.import_start, name="import-start"),
    path("sessions/<uuid:session_id>/again/", reanalyze.session_reanalyze, name="session-reanalyze"),
    path("sessions/<uuid:session_id>/progress/", progress.progress, name="progress"),
    path("sessions/<uuid:session_id>/do/<action:action>/", progress.session_action, name="session-action"),
    path("sessions/<uuid:session_id>/comments/", comments.comments, name="comments"),
    path("sessions/<uuid:session_id>/comments/<uuid:comment_id>/", comment.comment, name="comment"),
    path(
        "sessions/<uuid:session_id>/comments/<uuid:comment_id>/correct/",
        comment.comment_correct,
        name="comment-correct",
    ),
    path("sessions/<uuid:session_id>/discover/", discover.discover, name="discover"),
    path("sessions/<uuid:session_id>/discover/<slug:kind>/", discover.discover_find, name="discover-find"),
    path("sessions/<uuid:session_id>/rejected/", rejected.rejected, name="rejected"),
    path("sessions/<uuid:session_id>/rejected/rejected.xlsx", rejected.rejected_xlsx, name="rejected-xlsx"),
    path("sessions/<uuid:session_id>/rejected/import/", progress.import_mended, name="import-mended"),
    path("sessions/<uuid:session_id>/download.<slug:form>", downloads.download, name="download"),
    path("sessions/<uuid:session_id>/delete/", delete.session_delete, name="session-delete"),
    path("sessions/<uuid:session_id>/versions/", versions.versions, name="session-versions"),
    path("sessions/<uuid:session_id>/versions/show/", versions.version_show, name="version-show"),
    path("sessions/<uuid:session_id>/versions/analyze/", versions.version_analyze, name="version-analyze"),
    path("engine/", engine.engine, name="engine"),
    path("engine/train/", engine.engine_train, name="engine-train"),
    path("engine/back/", engine.engine_roll_back, name="engine-roll-back"),
    path("engine/<uuid:model_id>/", engine.engine_model, name="engine-model"),
    path("engine/<uuid:model_id>/activate/", engine.engine_activate, name="engine-activate"),
    path("account/", account.account, name="account"),
    path("account/tokens/", account.token_create, name="token-create"),
    path("account/tokens/<uuid:token_id>/revoke/", account.token_revoke, name="token-revoke"),
    path("status/", status.status, name="status"),
]
