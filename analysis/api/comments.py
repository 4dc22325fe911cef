"""``/comments`` and ``/sessions/{id}/comments``: lists by the shared filter, one comment, corrections."""

from __future__ import annotations

from typing import Any

from django.db.models import F
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from analysis import access
from analysis.api.conditional import not_modified, require_match, tag_of, tagged
from analysis.api.errors import not_found
from analysis.api.filters import CommentQuery, read_filter
from analysis.api.pagination import DEFAULT_SIZE, envelope
from analysis.api.shapes import comments as shapes
from analysis.api.strict import read_body
from analysis.api.views import ApiView, session_for, user_of
from analysis.corrections import correct_comment
from analysis.insights.comments import comments_for, labelled
from analysis.insights.filters import CommentFilter
from analysis.insights.paging import page_of, parse_ordering
from analysis.models import Comment


class Comments(ApiView):
    """Comments of all the team's sessions."""

    scopes = {"GET": access.READ}
    queries = {"GET": CommentQuery}

    @extend_schema(operation_id="comments_list", summary="List comments", responses=shapes.CommentPageShape)
    def get(self, request: Request) -> Response:
        """Those that pass all filters; a session's in row order, else newest first."""
        return Response(comment_page(request, self.query))

    def read_query(self, request: Request) -> dict[str, Any]:
        """The shared filter reads its own parameters, as strictly as pages and exports do."""
        return read_filter(request)


class CommentDetail(ApiView):
    """One comment."""

    scopes = {"GET": access.READ, "PATCH": access.CORRECT}
    answers = {"PATCH": (412,)}

    @extend_schema(operation_id="comments_read", summary="Read a comment", responses=shapes.CommentDetailShape)
    def get(self, request: Request, comment_id: str) -> Response:
        """With the evidence for each label, every engine's result and all corrections."""
        return tagged(request, _detail(_comment(request, comment_id)))

    @extend_schema(
        operation_id="comments_correct",
        summary="Correct a comment",
        request=shapes.CorrectionInput,
        responses=shapes.CommentDetailShape,
    )
    def patch(self, request: Request, comment_id: str) -> Response:
        """Decide labels, or take decisions back with null. `If-Match` protects somebody else's decision."""
        comment = _comment(request, comment_id)
        values = read_body(shapes.CorrectionInput, request.data)
        correct_comment(
            comment=comment,
            values=values,
            actor=user_of(request),
            check=lambda: require_match(request, tag_of(_detail(comment))),
        )
        return tagged(request, _detail(comment))


def comment_page(request: Request, query: dict[str, Any]) -> dict[str, Any]:
    """A page of the comments that pass the filter, by one query."""
    chosen: CommentFilter = query["filter"]
    ordering = parse_ordering(query.get("ordering"), chosen)
    rows = comments_for(chosen, sessions=access.visible_sessions(request.user))
    size = query.get("page_size", DEFAULT_SIZE)
    page = page_of(rows, ordering=ordering, cursor=query.get("cursor"), size=size, columns=shapes.COLUMNS)
    results = [shapes.comment_shape(row) for row in page.comments]
    return envelope(request, results, next_cursor=page.next, previous_cursor=page.previous)


def session_comments(request: Request, session_id: str, query: dict[str, Any]) -> Response:
    """The same for one session, with a tag that holds until its revision changes."""
    session = session_for(request, session_id)
    tag = tag_of("comments", session.pk, session.revision, session.state, request.get_full_path())
    if session.is_final and (unchanged := not_modified(request, tag)):
        return unchanged
    query["filter"] = query["filter"].where(session=session.pk)
    headers = {"ETag": tag} if session.is_final else {}
    return Response(comment_page(request, query), headers=headers)


def _comment(request: Request, comment_id: str) -> Comment:
    try:
        return access.get_comment(request.user, comment_id)
    except Comment.DoesNotExist as error:
        raise not_found() from error


def _detail(comment: Comment) -> dict[str, Any]:
    row = labelled(Comment.objects.filter(pk=comment.pk)).values_list("pk", *shapes.COLUMNS, named=True).get()
    corrections = comment.corrections.order_by("-created_at", "-id").values(
        "id", "field", "old_value", "new_value", "engine_version", "created_at", author=F("created_by__username")
    )
    return {
        **shapes.comment_shape(row),
        "repeats": comment.duplicates.count(),
        "results": [
            {**shapes.result_shape(result), "evidence": result.evidence, "is_current": result.is_current}
            for result in comment.results.order_by("-is_current", "-created_at")
        ],
        "corrections": [
            {**{name: value for name, value in one.items() if name != "author"}, "created_by": one["author"]}
            for one in corrections
        ],
    }
