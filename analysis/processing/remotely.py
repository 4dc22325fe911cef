"""A batch of comments gets its labels over the network; what comes back is written as it comes."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence

from analysis.engines.base import Verdict
from analysis.models import OnOutage, Session
from analysis.processing.claim import Lease, may_go_on
from analysis.processing.label import Text
from analysis.processing.pulse import pulse
from analysis.processing.write import Labelled, Source, write
from analysis.routing import lines, router
from analysis.routing.ledger import payer_of
from analysis.routing.remote import Terms

#: How long a worker that was told to stop waits for the calls that are on their way.
_LAST_SECONDS = 10.0
_LOOK_SECONDS = 1.0


def label_remotely(
    lease: Lease, session: Session, texts: Sequence[Text], local: Mapping[uuid.UUID, Verdict], source: Source
) -> dict[str, str]:
    """Label and write; returns the reasons of those that have no labels, by comment id.

    ``local`` are the embedded engine's verdicts. Stops early, with no reason told, when somebody paused or cancelled.
    """
    wanted = {str(text.comment_id): text for text in texts if text.comment_id in local}
    terms = Terms(
        payer_of(session), may_leave=session.sends_abroad, may_fall_back=session.on_outage == OnOutage.FALLBACK
    )
    left: dict[str, str] = {}
    looked = time.monotonic()
    leave_at = float("inf")
    for some in router.label_remotely(
        {name: text.text for name, text in wanted.items()},
        {name: local[text.comment_id] for name, text in wanted.items()},
        engine=source.engine, version=source.version, terms=terms,
    ):  # fmt: skip
        pulse.progress()
        if some.verdicts:
            rows = [
                Labelled(wanted[name].comment_id, wanted[name].rating, verdict, some.fallbacks.get(name, ""))
                for name, verdict in some.verdicts.items()
            ]
            write(lease, rows, {}, source, ways=some.ways)
        left |= some.left
        now = time.monotonic()
        if pulse.stopping and leave_at > now + _LAST_SECONDS:
            lines.stop()
            leave_at = now + _LAST_SECONDS
        if now > leave_at:
            break
        if now - looked > _LOOK_SECONDS:
            looked = now
            if not may_go_on(lease.session_id):
                break
    return left
