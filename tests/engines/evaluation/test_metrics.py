"""Every measure against a value computed by hand."""

from __future__ import annotations

from math import isnan

import pytest

from analysis.engines.evaluation import metrics
from analysis.engines.evaluation.metrics import Bin, Counts

# positive: 2 found, 1 missed, 1 invented; negative: 1, 1, 1; neutral: 0, 1, 1
PAIRS = [
    ("positive", "positive"),
    ("positive", "positive"),
    ("positive", "negative"),
    ("negative", "negative"),
    ("negative", "neutral"),
    ("neutral", "positive"),
]
# speed: found, missed; price: found, invented
CODES = [({"speed", "price"}, {"speed", "price"}), ({"speed"}, {"price"}), (set(), set())]


def test_accuracy_is_the_share_of_equal_pairs() -> None:
    assert metrics.accuracy(PAIRS) == pytest.approx(3 / 6)


def test_polarity_accuracy_leaves_out_pairs_with_a_side_that_is_not_polar() -> None:
    assert metrics.polarity_accuracy(PAIRS) == pytest.approx(3 / 4)


def test_counts_of_classes_are_found_missed_and_invented() -> None:
    assert metrics.by_class(PAIRS) == {
        "negative": Counts(1, 1, 1),
        "neutral": Counts(0, 1, 1),
        "positive": Counts(2, 1, 1),
    }


def test_precision_recall_and_f1_of_one_class() -> None:
    counts = Counts(found=3, missed=3, invented=1)
    assert (counts.support, counts.precision, counts.recall) == (6, 0.75, 0.5)
    assert counts.f1 == pytest.approx(0.6)


def test_a_class_that_only_the_reader_uses_has_no_precision_and_an_f1_of_zero() -> None:
    counts = Counts(found=0, missed=2, invented=0)
    assert isnan(counts.precision)
    assert (counts.recall, counts.f1) == (0, 0)


def test_macro_f1_is_the_mean_of_the_classes() -> None:
    assert metrics.macro_f1(metrics.by_class(PAIRS)) == pytest.approx((2 / 3 + 1 / 2 + 0) / 3)


def test_an_invented_class_costs_macro_f1() -> None:
    assert metrics.macro_f1(metrics.by_class([("negative", "negative"), ("negative", "mixed")])) == pytest.approx(1 / 3)


def test_codes_are_counted_each_by_itself() -> None:
    assert metrics.by_code(CODES) == {"price": Counts(1, 0, 1), "speed": Counts(1, 1, 0)}


def test_micro_f1_pools_the_decisions() -> None:
    assert metrics.micro_f1(metrics.by_code(CODES)) == pytest.approx(4 / 6)


def test_confusion_counts_reader_and_engine_in_this_order() -> None:
    confusion = metrics.confusion(PAIRS)
    assert confusion["positive", "positive"] == 2
    assert confusion["negative", "neutral"] == 1
    assert confusion["neutral", "negative"] == 0


def test_recall_of_one_class_looks_at_what_the_reader_says() -> None:
    assert metrics.recall_of("p0", [("p0", "p0"), ("p0", "p1"), ("p0", "p0"), ("p3", "p0")]) == pytest.approx(2 / 3)


def test_calibration_error_weighs_the_gap_of_each_bin() -> None:
    decisions = [(0.95, True), (0.95, False), (0.55, True), (0.65, False)]
    # gaps .45 (two decisions), .45 and .65 (one each)
    assert metrics.calibration_error(decisions) == pytest.approx((2 * 0.45 + 0.45 + 0.65) / 4)


def test_full_confidence_falls_into_the_last_bin_and_a_boundary_into_the_upper_one() -> None:
    bins = metrics.calibration_bins([(1.0, True), (0.5, False)], bins=2)
    assert bins[0].decisions == 0
    assert bins[1] == Bin(2, 0.75, 0.5)


def test_perfect_calibration_has_no_error() -> None:
    assert metrics.calibration_error([(0.5, True), (0.5, False), (1.0, True)]) == 0


def test_nothing_to_measure_is_no_number() -> None:
    assert isnan(metrics.accuracy([]))
    assert isnan(metrics.macro_f1({}))
    assert isnan(metrics.micro_f1({}))
    assert isnan(metrics.recall_of("p0", [("p3", "p3")]))
    assert isnan(metrics.calibration_error([]))
