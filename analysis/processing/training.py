"""A training asked for on a page: the row is the job, a worker claims it, a child process does the work.

The child has memory and time of its own, and yields to everything else on the machine; the worker only watches it and
prolongs the lease. A worker that is told to stop, or that dies, leaves the row to the next one.
"""

from __future__ import annotations

import secrets
import subprocess
import sys
import uuid
from datetime import timedelta
from functools import partial

import structlog
from django.conf import settings
from django.contrib.auth.models import User
from django.db import Error, IntegrityError, connection, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_noop as _

from analysis import access
from analysis.engine_models import ModelError
from analysis.engines.registry import DEFAULT_ENGINE
from analysis.learning.lessons import FEWEST, corrected_comments
from analysis.models import EngineModel, ModelState
from analysis.processing.hints import send_training_hint, trainings_hinted
from analysis.processing.pulse import pulse

MOST_ATTEMPTS = 3
_GIVE_UP_SECONDS = 5
_log = structlog.get_logger(__name__)


def request_training(*, actor: User | None, name: str = DEFAULT_ENGINE) -> EngineModel:
    """Have a candidate trained in the background; raises ``ModelError`` for too few corrections or a second one."""
    found = corrected_comments().count()
    if found < FEWEST:
        raise ModelError(
            "too_few",
            _("Only %(found)s comments were corrected; at least %(needed)s are needed to learn from."),
            found=str(found), needed=str(FEWEST),
        )  # fmt: skip
    try:
        with transaction.atomic():
            seed = secrets.randbelow(2**31)
            row = EngineModel.objects.create(name=name, state=ModelState.TRAINING, seed=seed, created_by=actor)
            access.record(actor, "engine.request_training", row, corrected=found)
            transaction.on_commit(partial(send_training_hint, row.pk))
    except IntegrityError:
        raise ModelError("training_already", _("A training is on its way already: wait for its end.")) from None
    return row


def train(row_id: uuid.UUID) -> None:
    """Claim the training and see it through; nothing happens when somebody else has it or it has ended."""
    token = uuid.uuid4()
    if not _claim(row_id, token):
        return
    command = [*child_command(), "--row", str(row_id), "--token", str(token)]
    with subprocess.Popen(command, cwd=settings.BASE_DIR) as child:  # noqa: S603 - our own program, two ids
        ended = _watch(child, row_id, token)
    _log.info("training_ended", model=str(row_id), code=child.returncode)
    if not ended or child.returncode:
        _release(row_id, token, counted=ended)


def child_command() -> list[str]:
    """What does the work."""
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), "train_engine", "--with-corrections"]


def sweep_trainings() -> int:
    """Give up trainings that killed their worker too often, and hint again those that nobody has in hand."""
    waiting = _free(EngineModel.objects.filter(state=ModelState.TRAINING))
    _give_up(waiting.filter(attempts__gte=MOST_ATTEMPTS))
    rows = list(waiting.values_list("pk", flat=True))
    if not rows:
        return 0
    hinted = trainings_hinted()
    return sum(send_training_hint(row) for row in rows if str(row) not in hinted)


def _give_up(rows: QuerySet[EngineModel]) -> None:
    """Name the failure, of rows that nobody holds: the sweep waits for no lock."""
    reason = "The process that trained ended without a word, three times: see the log of the workers."
    with transaction.atomic():
        free = list(rows.select_for_update(skip_locked=True).values_list("pk", flat=True))
        EngineModel.objects.filter(pk__in=free).update(state=ModelState.FAILED, failure=reason, lease_token=None)


def _claim(row_id: uuid.UUID, token: uuid.UUID) -> bool:
    row = EngineModel.objects.filter(pk=row_id, state=ModelState.TRAINING, attempts__lt=MOST_ATTEMPTS)
    claimed = _free(row).update(lease_token=token, lease_until=_next_end(), attempts=F("attempts") + 1)
    return bool(claimed)


def _free(rows: QuerySet[EngineModel]) -> QuerySet[EngineModel]:
    return rows.filter(Q(lease_until=None) | Q(lease_until__lt=Now()))


def _watch(child: subprocess.Popen[bytes], row_id: uuid.UUID, token: uuid.UUID) -> bool:
    """Wait for the child, prolonging the lease; False when it was stopped because the worker is to leave."""
    while True:
        try:
            child.wait(settings.HEARTBEAT_SECONDS)
        except subprocess.TimeoutExpired:
            pulse.progress()
            _renew(row_id, token)
            if pulse.stopping:
                _end(child)
                return False
        else:
            return True


def _end(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(_GIVE_UP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()


def _renew(row_id: uuid.UUID, token: uuid.UUID) -> None:
    """A database that is away is asked again at the next beat; the child goes on meanwhile."""
    try:
        _mine(row_id, token).update(lease_until=_next_end())
    except Error as error:
        _log.warning("training_not_renewed", error=type(error).__name__)
        connection.close()


def _release(row_id: uuid.UUID, token: uuid.UUID, *, counted: bool) -> None:
    attempts = F("attempts") if counted else F("attempts") - 1
    _mine(row_id, token).update(lease_token=None, lease_until=None, attempts=attempts)


def _mine(row_id: uuid.UUID, token: uuid.UUID) -> QuerySet[EngineModel]:
    return EngineModel.objects.filter(pk=row_id, lease_token=token, state=ModelState.TRAINING)


def _next_end() -> Now:
    return Now() + timedelta(seconds=settings.LEASE_SECONDS)  # type: ignore[return-value]
