"""Teams, users, sessions, comments and results for tests, a call each.

``add_comment`` makes one comment as a test words it, ``add_random_comments`` some hundreds of varied ones from a
seed, and ``add_many_comments`` hundreds of thousands in seconds, made by PostgreSQL itself.
"""

from __future__ import annotations

import hashlib
import itertools
import random
import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, Q

from analysis.engines.base import EMOTIONS, THEMES, ChurnRisk, Language, Urgency
from analysis.models import (
    AnalysisResult,
    Comment,
    CommentStatus,
    Membership,
    NpsGroup,
    RejectedRow,
    Role,
    Sentiment,
    Session,
    SessionState,
    Team,
)
from analysis.text.normalise import fold
from tests.many_comments import ENGINE, ENGINE_VERSION, insert_many

PASSWORD = "a long enough passphrase"
START = datetime(2026, 3, 2, 12, tzinfo=UTC)
TEXTS = (
    "Excelente servicio, muy rápido y estable",
    "Muy lento, se corta todos los días",
    "Caro",
    "La atención del técnico fue muy buena",
    "Ndaikatúi aiporu internet, ivaieterei",
    "Che internet oĩ porã, iporãiterei",
    "Hace 3 días que no tengo internet y nadie contesta",
    "Me cobran de más en la factura",
    "Todo bien",
    ".",
    "Si no mejora me cambio a Tigo",
    "Nunca se cae, ni un corte en el año",
    "Ko servicio naiporãi, siempre se cae hína",
    "No llega la fibra a mi barrio",
    "Buen precio pero la señal es inestable",
    "Ninguna",
)
_counter = itertools.count(1)

Values = Mapping[str, Any]


def make_team(name: str | None = None) -> Team:
    """A team by itself."""
    return Team.objects.create(name=name or f"Team {next(_counter)}")


def make_user(
    team: Team | None, role: Role = Role.ANALYST, *, username: str | None = None, superuser: bool = False
) -> User:
    """A user who can log in with ``PASSWORD``; without a team, one who must see nothing."""
    user: User = User.objects.create_user(
        username or f"{role.value}{next(_counter)}", password=PASSWORD, is_superuser=superuser, is_staff=superuser
    )
    if team is not None:
        Membership.objects.create(user=user, team=team, role=role)
    return user


def make_users(team: Team) -> dict[Role, User]:
    """A user of each role in one team."""
    return {role: make_user(team, role) for role in Role}


def make_session(team: Team | None = None, *, state: SessionState = SessionState.COMPLETED, **values: Any) -> Session:
    """A session without comments, in a team of its own unless one is given."""
    values.setdefault("name", f"Session {next(_counter)}")
    values.setdefault("engine_version", ENGINE_VERSION)
    return Session.objects.create(team=team or make_team(), state=state, **values)


def add_comment(session: Session, text: str = "Todo bien", *, result: Values | None = None, **values: Any) -> Comment:
    """One comment; with ``result`` (values of an ``AnalysisResult``, may be empty) also what the engine said of it."""
    return add_comments(session, [{"text": text, "result": result, **values}])[0]


def add_comments(session: Session, rows: Iterable[Values]) -> list[Comment]:
    """Comments and their results in bulk; each row holds values of ``Comment`` and, under "result", of its result.

    Equal texts (folded) become repeats of the first one unless a row says what it is a ``duplicate_of``. A comment
    with a result is ``done``. The session's counts are brought up to date.
    """
    last = session.comments.order_by("-row_number").values_list("row_number", flat=True).first() or 0
    firsts = dict(session.comments.filter(duplicate_of=None).values_list("fingerprint", "id"))
    comments, results = [], []
    for number, row in enumerate(rows, start=last + 1):
        values = dict(row)
        result = values.pop("result", None)
        comment = _comment(session, number, values, has_result=result is not None)
        if "duplicate_of" not in values and "duplicate_of_id" not in values:
            first = firsts.setdefault(comment.fingerprint, comment.pk)
            comment.duplicate_of_id = first if first != comment.pk else None
        comments.append(comment)
        if result is not None:
            results.append(make_result(comment, **result))
    Comment.objects.bulk_create(comments, batch_size=2000)
    AnalysisResult.objects.bulk_create(results, batch_size=2000)
    count_rows(session)
    return comments


def make_result(comment: Comment, **values: Any) -> AnalysisResult:
    """A result that is not saved yet, for ``save`` or ``bulk_create``."""
    values.setdefault("sentiment", Sentiment.NEUTRAL.value)
    values.setdefault("sentiment_score", 0.0)
    defaults: dict[str, Any] = {
        "engine": ENGINE,
        "engine_version": ENGINE_VERSION,
        "text_sentiment": values["sentiment"],
        "text_score": values["sentiment_score"],
        "confidence": 0.9,
        "language": Language.ES.value,
        "guarani_share": 0.0,
        "urgency": Urgency.P3.value,
        "churn_risk": ChurnRisk.NONE.value,
        "details": {"competitors": [], "pain_points": [], "reasons": []},
        "created_at": START,
    }
    return AnalysisResult(comment=comment, session_id=comment.session_id, **(defaults | values))


def reject_rows(session: Session, rows: Iterable[Values]) -> list[RejectedRow]:
    """Rejected rows in bulk; each row holds values of ``RejectedRow``, at least "row_number"."""
    rejected = [
        RejectedRow(**{"session": session, "line": row["row_number"] + 1, "reason": "empty_text", **row})
        for row in rows
    ]
    RejectedRow.objects.bulk_create(rejected)
    count_rows(session)
    return rejected


def count_rows(session: Session) -> None:
    """Set the session's counts to what is in the tables."""
    counts = session.comments.aggregate(firsts=Count("pk", filter=Q(duplicate_of=None)), stored=Count("pk"))
    session.comment_count = counts["firsts"]
    session.duplicate_count = counts["stored"] - counts["firsts"]
    session.rejected_count = session.rejected_rows.count()
    session.rows_total = counts["stored"] + session.rejected_count
    session.revision += 1
    session.save()


def add_random_comments(session: Session, count: int, seed: int = 0) -> list[Comment]:
    """Comments of every kind: each language, label and state, repeats, gaps, corrections, with and without dates."""
    rng = random.Random(seed)
    return add_comments(session, (random_row(rng) for _ in range(count)))


def random_row(rng: random.Random) -> dict[str, Any]:
    """Values for ``add_comments`` that are as varied as the real ones, and less tidy."""
    status = rng.choices([CommentStatus.DONE, CommentStatus.PENDING, CommentStatus.FAILED], [8, 1, 1])[0]
    rating = rng.choice([None, *range(11), 2.5, 7.5])
    row: dict[str, Any] = {
        "text": f"{rng.choice(TEXTS)} {rng.choice(['', '', rng.randrange(1000)])}".strip(),
        "rating": rating,
        "nps_group": nps_group(rating),
        "region": rng.choice(["", "Asunción", "Encarnación", "San Lorenzo"]),
        "service": rng.choice(["", "100 Mb", "300 Mb"]),
        "channel": rng.choice(["", "App", "Web"]),
        "created_at": START + timedelta(hours=rng.randrange(24 * 40)),
        "has_date": rng.random() < 0.8,
        "status": status,
        "result": random_result(rng) if status == CommentStatus.DONE or rng.random() < 0.2 else None,
    }
    return row | _random_correction(rng) if rng.random() < 0.15 else row


def random_result(rng: random.Random) -> dict[str, Any]:
    """Values of an ``AnalysisResult``."""
    sentiment = rng.choice([choice.value for choice in Sentiment])
    return {
        "sentiment": sentiment,
        "sentiment_score": round(rng.uniform(-1, 1), 4),
        "confidence": round(rng.random(), 4),
        "language": rng.choice([choice.value for choice in Language]),
        "urgency": rng.choice([choice.value for choice in Urgency]),
        "churn_risk": rng.choice([choice.value for choice in ChurnRisk]),
        "themes": random_themes(rng),
        "emotions": random_emotions(rng),
        "details": {
            "competitors": rng.sample(["tigo", "claro", "copaco", "vox"], rng.choice([0, 0, 0, 1, 2])),
            "pain_points": [],
            "reasons": [],
        },
        "is_uninformative": rng.random() < 0.2,
        "is_company_reply": rng.random() < 0.05,
        "is_fallback": rng.random() < 0.1,
        "rating_mismatch": rng.random() < 0.1,
    }


def random_themes(rng: random.Random) -> list[dict[str, Any]]:
    """Theme labels as they are stored: none to three codes, each with a sentiment of its own."""
    sentiments = [choice.value for choice in Sentiment]
    codes = rng.sample(THEMES, rng.choice([0, 1, 1, 2, 3]))
    return [{"code": code, "sentiment": rng.choice(sentiments), "confidence": round(rng.random(), 2)} for code in codes]


def random_emotions(rng: random.Random) -> list[dict[str, Any]]:
    """Emotion labels as they are stored: none to three codes with an intensity."""
    codes = rng.sample(EMOTIONS, rng.choice([0, 1, 1, 2, 3]))
    return [{"code": code, "intensity": round(rng.random(), 2)} for code in codes]


def nps_group(rating: float | None) -> str | None:
    """9-10 promoter, 7-8 passive, else detractor."""
    if rating is None:
        return None
    if rating >= 9:
        return NpsGroup.PROMOTER.value
    return (NpsGroup.PASSIVE if rating >= 7 else NpsGroup.DETRACTOR).value


def add_many_comments(session: Session, count: int, *, repeats: int = 3, analyze: bool = True) -> None:
    """Hundreds of thousands of comments with results, made inside PostgreSQL (about 15,000 a second), then ANALYZE.

    One in ``repeats`` repeats the comment before it. The session must have no comments yet. Values are spread evenly
    and are the same at each run.
    """
    insert_many(session, count, repeats=repeats, texts=TEXTS, start=START, analyze=analyze)
    count_rows(session)


def _random_correction(rng: random.Random) -> dict[str, Any]:
    values = {
        "human_sentiment": rng.choice([choice.value for choice in Sentiment]),
        "human_themes": random_themes(rng),
        "human_emotions": random_emotions(rng),
        "human_urgency": rng.choice([choice.value for choice in Urgency]),
        "human_churn_risk": rng.choice([choice.value for choice in ChurnRisk]),
    }
    chosen = rng.sample(sorted(values), rng.randint(1, len(values)))
    return {name: values[name] for name in chosen} | {"corrected_at": START}


def _comment(session: Session, number: int, values: Values, *, has_result: bool) -> Comment:
    text = values.get("text", "Todo bien")
    defaults: dict[str, Any] = {
        "row_number": number,
        "fingerprint": fingerprint(text),
        "created_at": START,
        "status": CommentStatus.DONE if has_result else CommentStatus.PENDING,
    }
    return Comment(session=session, **(defaults | dict(values)))


def fingerprint(text: str) -> uuid.UUID:
    """Equal for texts that differ in case, accents and spaces only; the product's own one knows more."""
    return uuid.UUID(hashlib.md5(" ".join(fold(text).split()).encode(), usedforsecurity=False).hexdigest())
