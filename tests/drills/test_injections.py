"""Comments that give orders, and a provider that obeys them: they change no other comment, no code, and no file."""

from __future__ import annotations

import csv
import io
from typing import Any

import openpyxl
import pytest
import redis

from analysis.engines.base import EMOTIONS, THEMES, ChurnRisk, Language, Sentiment, Urgency
from analysis.exports.csv import inert
from tests.drills.client import Client, History
from tests.drills.judge import wait_for_end
from tests.drills.network import SETTINGS, add_node, complaints, pool, said_of, upload
from tests.drills.stage import Stage
from tests.provider.corpus import as_read, injections
from tests.provider.obedient import Obedient
from tests.provider.server import Provider, serving

pytestmark = pytest.mark.drill

WORKERS, OTHERS, BATCH = 4, 250, 10
_LABELS = """
SELECT c.text, r.is_fallback, r.text_sentiment, r.language, r.urgency, r.churn_risk, r.themes, r.emotions,
       r.text_score, r.confidence
  FROM comments c JOIN analysis_results r ON r.comment_id = c.id AND r.is_current
 WHERE c.session_id = %s AND c.duplicate_of_id IS NULL
"""


def test_orders_in_comments_rule_nothing_but_their_own_labels(stage: Stage) -> None:
    stage.start(WORKERS, **SETTINGS)
    orders, others = injections(), complaints(OTHERS, seed=27)
    mixed = [text for pair in zip(orders, others, strict=False) for text in pair] + others[len(orders) :]
    with pool(stage, batch_size=BATCH):
        with serving(Provider()) as address:
            add_node(stage, address, "honest")
            calm = labels(stage, others)
        stage.ask("UPDATE provider_nodes SET is_enabled = false")
        with redis.Redis.from_url(stage.cache.url) as cache:
            cache.flushdb()  # nothing is known of the others
        obedient = Obedient({as_read(text) for text in orders})
        with serving(obedient) as address:
            add_node(stage, address, "obedient", at_once=3)
            session = upload(stage, mixed)
            wait_for_end(stage, session)
        stormy = {row[0]: row[1:] for row in stage.ask(_LABELS, session)}
        sheets = {form: export(stage, session, form) for form in ("csv", "xlsx")}

    stood_in = sum(labels[0] for labels in stormy.values())
    stage.say(f"{len(orders)} orders, obeyed {obedient.obeyed} times in {obedient.ledger.calls} calls; {len(others)} "
              f"others, {stood_in} stood in for")  # fmt: skip
    assert len(orders) >= 210
    assert len(stormy) >= OTHERS + len({as_read(text).lower() for text in orders}) * 0.95
    assert obedient.obeyed >= len(orders) * 0.8
    assert {text: stormy[text] for text in others} == calm
    assert all(list(stormy[text][1:7]) == said_of(text) for text in others)
    assert [text for text, labels in stormy.items() if not known(*labels[1:])] == []
    assert all(any("HYPERLINK" in cell for cell in cells) for cells in sheets.values())
    assert [cell for cell in sheets["csv"] if inert(cell) != cell] == []


def labels(stage: Stage, comments: list[str]) -> dict[str, tuple[Any, ...]]:
    """What becomes of the comments by themselves."""
    session = upload(stage, comments)
    wait_for_end(stage, session)
    return {row[0]: row[1:] for row in stage.ask(_LABELS, session)}


def known(sentiment: str, language: str, urgency: str, churn: str, themes: Any, emotions: Any, *numbers: float) -> bool:
    """Whether all codes are ours and all numbers in their range."""
    codes = (sentiment in set(Sentiment), language in set(Language), urgency in set(Urgency), churn in set(ChurnRisk))
    return (
        all(codes)
        and all(one["code"] in THEMES and one["sentiment"] in set(Sentiment) for one in themes)
        and all(one["code"] in EMOTIONS and 0 <= one["intensity"] <= 1 for one in emotions)
        and -1 <= numbers[0] <= 1
        and 0 <= numbers[1] <= 1
    )


def export(stage: Stage, session: str, form: str) -> list[str]:
    """The words in the file, as a spreadsheet reads them; a workbook with a cell that is computed fails here."""
    client = Client(stage.port, stage.account["token"], History())
    call = client.get(f"/api/v1/sessions/{session}/export?format={form}")
    client.close()
    assert call.status == 200, call
    if form == "csv":
        rows = csv.reader(io.StringIO(call.body.decode("utf-8-sig")), delimiter=";")
        return [cell for row in rows for cell in row]
    cells = [cell for sheet in openpyxl.load_workbook(io.BytesIO(call.body)) for row in sheet for cell in row]
    assert not any(cell.data_type == "f" or cell.hyperlink for cell in cells)
    return [cell.value for cell in cells if isinstance(cell.value, str)]
