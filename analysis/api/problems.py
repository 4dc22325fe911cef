"""Problems as the API tells them (RFC 9457): one table of codes, and the exception that carries one.

``type`` points to ``/api/v1/problems#CODE``, where each code is explained; ``code`` is what programs should
compare; ``title`` is translated and the same for every problem of a code; ``detail`` speaks of the one case.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import APIException

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Kind:
    """The HTTP status and the title of every problem with one code."""

    status: int
    title: Text


KINDS: Mapping[str, Kind] = {
    "invalid": Kind(400, gettext_lazy("The request is not valid.")),
    "unknown_parameter": Kind(400, gettext_lazy("The address has a parameter that does not exist here.")),
    "unknown_field": Kind(400, gettext_lazy("The body has a field that does not exist here.")),
    "bad_json": Kind(400, gettext_lazy("The body is not valid JSON.")),
    "bad_request": Kind(400, gettext_lazy("The request cannot be read.")),
    "bad_cursor": Kind(400, gettext_lazy("The cursor does not belong to this list.")),
    "too_many_texts": Kind(400, gettext_lazy("There are more texts than are answered at once.")),
    "too_many_comments": Kind(400, gettext_lazy("There are more comments than are taken at once.")),
    "no_team": Kind(403, gettext_lazy("You belong to no team.")),
    "not_authenticated": Kind(401, gettext_lazy("Say who you are.")),
    "token_unknown": Kind(401, gettext_lazy("The token is not valid.")),
    "token_expired": Kind(401, gettext_lazy("The token has expired.")),
    "token_revoked": Kind(401, gettext_lazy("The token was revoked.")),
    "forbidden": Kind(403, gettext_lazy("You may not do this.")),
    "scope_missing": Kind(403, gettext_lazy("A right is missing for this.")),
    "not_found": Kind(404, gettext_lazy("There is no such thing here.")),
    "method_not_allowed": Kind(405, gettext_lazy("This address does not take that method.")),
    "not_acceptable": Kind(406, gettext_lazy("The answer cannot be given in the format asked for.")),
    "budget_used_up": Kind(503, gettext_lazy("The budget for engines that cost money is used up.")),
    "engine_not_set_up": Kind(409, gettext_lazy("Nobody answers for this engine.")),
    "consent_missing": Kind(409, gettext_lazy("The texts may not be sent to this engine.")),
    "state_conflict": Kind(409, gettext_lazy("The session is in a state that does not allow this.")),
    "key_in_flight": Kind(409, gettext_lazy("The first request with this Idempotency-Key is still being answered.")),
    "length_required": Kind(411, gettext_lazy("Say how long the body is.")),
    "changed_meanwhile": Kind(412, gettext_lazy("It was changed meanwhile.")),
    "too_large": Kind(413, gettext_lazy("The body is too large.")),
    "unsupported_media_type": Kind(415, gettext_lazy("The body has a content type that is not taken here.")),
    "file_rejected": Kind(422, gettext_lazy("The file cannot be taken.")),
    "key_reused": Kind(422, gettext_lazy("The Idempotency-Key was used for another request.")),
    "too_many_requests": Kind(429, gettext_lazy("Too many requests.")),
    "server_error": Kind(500, gettext_lazy("Something went wrong on our side.")),
    "unavailable": Kind(503, gettext_lazy("The service cannot answer just now.")),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: where (pointer, parameter or header), what, and what to do about it."""

    code: str
    detail: str
    pointer: str | None = None
    parameter: str | None = None
    header: str | None = None
    hint: str | None = None

    def as_dict(self) -> dict[str, str]:
        """Without what is not said."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in values.items() if value is not None}


class Problem(APIException):
    """An answer that says no; ``code`` is one of ``KINDS``."""

    def __init__(
        self,
        code: str,
        detail: Text = "",
        *,
        faults: Iterable[Fault] = (),
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        self.kind = KINDS[code]
        self.status_code = self.kind.status
        self.faults = tuple(faults)
        self.headers = dict(headers or {})
        self.members = members
        super().__init__(str(detail) or str(self.kind.title), code)
        self.code = code

    def as_dict(self, *, instance: str, trace_id: str) -> dict[str, Any]:
        """The members of the problem document."""
        return {
            "type": f"/api/v1/problems#{self.code}",
            "title": str(self.kind.title),
            "status": self.status_code,
            "detail": str(self.detail),
            "instance": instance,
            "code": self.code,
            "trace_id": trace_id,
            **self.members,
            "errors": [fault.as_dict() for fault in self.faults],
        }


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint that names the nearest known name, or all of them when none is near."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if near:
        return _("Did you mean “%(name)s”?") % {"name": near[0]}
    if not names:
        return _("Nothing is expected here.")
    return _("Known here: %(names)s.") % {"names": ", ".join(names)}


def pointer(*parts: str | int) -> str:
    """A JSON pointer (RFC 6901) to a place in the body."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)
