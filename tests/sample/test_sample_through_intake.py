"""Intake takes the sample as it is: every row, the right columns, repeats and personal data recognised."""

from __future__ import annotations

from collections import Counter

import pytest

from analysis.intake.parse import read_rows
from analysis.intake.types import Batch, ReadOptions
from analysis.sample import SAMPLE_FILE
from analysis.sample.build import read_source


@pytest.fixture(scope="module")
def batches() -> list[Batch]:
    return list(read_rows(SAMPLE_FILE, SAMPLE_FILE.name, ReadOptions()))


def test_no_row_is_refused_and_the_rest_is_what_the_source_says(batches: list[Batch]) -> None:
    assert [row for batch in batches for row in batch.bad] == []
    groups = {"Promotor": "promoter", "Pasivo": "passive", "Detractor": "detractor"}
    taken = [(row.nps_group, row.rating) for batch in batches for row in batch.good]
    assert taken == [(groups[row.nps], row.rating) for row in read_source()]


def test_its_846_rows_have_484_fingerprints(batches: list[Batch]) -> None:
    assert len({row.fingerprint for batch in batches for row in batch.good}) == 484


def test_personal_data_is_masked_in_six_rows_and_nowhere_else(batches: list[Batch]) -> None:
    found: Counter[str] = Counter()
    masked = [row for batch in batches for row in batch.good if row.pii]
    for row in masked:
        found.update(row.pii)
    assert len(masked) == 6
    assert found == {"phone": 4, "email": 2, "id": 1}
    assert not any("@example.com" in row.text or "9.999.999" in row.text for row in masked)
