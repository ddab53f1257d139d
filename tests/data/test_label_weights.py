"""The weights of labels in the loss."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.utils.class_weight import compute_class_weight

from sklearn_abmtl._data.label_weights import (
    MIN_LABEL_RATE,
    LabelWeighting,
    check_sample_weight,
    class_shares,
    class_weight_table,
)

N_CLASSES = [3, 2]
CLASSES = [np.array(["blue", "green", "red"]), np.array([10, 20])]
NAMES = ["color", "size"]
PLAIN = LabelWeighting(np.ones((2, 3)), np.ones(2))


def random_codes(n_samples=40, missing=0.3):
    generator = np.random.default_rng(0)
    codes = np.stack([generator.integers(k, size=n_samples) for k in N_CLASSES], axis=1)
    return np.where(generator.random(codes.shape) < missing, -1, codes)


def random_weights(n_samples=40):
    return np.random.default_rng(1).uniform(0.5, 2, size=(n_samples, 2))


def shares_of(codes):
    return class_shares(codes, np.ones(codes.shape), max_classes=3)


def test_no_sample_weight_is_1_everywhere():
    np.testing.assert_array_equal(check_sample_weight(None, 4, ["a", "b"]), np.ones((4, 2)))
    np.testing.assert_array_equal(check_sample_weight(3, 4, ["a", "b"]), np.full((4, 2), 3.0))


def test_a_weight_per_row_counts_for_every_task():
    found = check_sample_weight([1, 2, 0], 3, ["a", "b"])
    np.testing.assert_array_equal(found, [[1, 1], [2, 2], [0, 0]])


def test_a_weight_a_label_is_kept():
    weights = random_weights(4)
    np.testing.assert_array_equal(check_sample_weight(weights, 4, ["a", "b"]), weights)


@pytest.mark.parametrize(
    ("sample_weight", "text"),
    [
        ([1, 2], r"must have the shape \(3,\) or \(3, 2\); found \(2,\)"),
        (np.ones((3, 1)), r"must have the shape \(3,\) or \(3, 2\); found \(3, 1\)"),
        (np.ones((3, 2, 1)), r"found \(3, 2, 1\)"),
        ([1, -1, 1], "sample_weight must be finite and not negative"),
        ([1, np.nan, 1], "sample_weight must be finite and not negative"),
        ([1, np.inf, 1], "sample_weight must be finite and not negative"),
        ([0, 0, 0], "sample_weight is zero for all rows"),
        (0, "sample_weight is zero for all rows"),
        ({"b": [1, 2, 3], "a": [1, 1, 1]}, r"dict. .* pass pandas.DataFrame\(sample_weight\)"),
        ([pd.Series([1, 2, 3]), pd.Series([1, 1, 1])], r"pandas.concat\(sample_weight, axis=1\)"),
        (pl.LazyFrame({"b": [1, 2, 3], "a": [1, 1, 1]}), r"Use sample_weight.collect\(\)"),
        (np.ma.array([1, 2, 3], mask=[0, 1, 0]), r"masked array, .* use sample_weight.filled\(0\)"),
    ],
)
def test_sample_weights_that_make_no_sense_are_refused(sample_weight, text):
    with pytest.raises(ValueError, match=text):
        check_sample_weight(sample_weight, 3, ["a", "b"])


def test_without_weights_every_label_counts_1_over_the_label_rate():
    codes = random_codes()
    found = PLAIN.label_weights(codes, np.ones(codes.shape))
    for task in range(2):
        known = codes[:, task] >= 0
        np.testing.assert_allclose(found[known, task], 1 / known.mean())
        np.testing.assert_array_equal(found[~known, task], 0)


def test_each_task_has_a_mean_weight_of_1_over_all_rows():
    codes = random_codes()
    np.testing.assert_allclose(PLAIN.label_weights(codes, random_weights()).mean(axis=0), 1)


@pytest.mark.parametrize("min_rate", [0.0, MIN_LABEL_RATE])
def test_only_ratios_of_sample_weights_count(min_rate):
    codes, weights = random_codes(), random_weights()
    found = PLAIN.label_weights(codes, weights * [5, 0.001], min_rate)
    np.testing.assert_allclose(found, PLAIN.label_weights(codes, weights, min_rate))


@pytest.mark.parametrize("class_weight", [None, "balanced"])
def test_a_weight_of_2_equals_a_row_twice(class_weight):
    codes = random_codes()
    is_double = np.arange(len(codes)) % 3 == 0
    weights = np.where(is_double, 2.0, 1.0)[:, np.newaxis] * np.ones(2)
    rows = np.repeat(np.arange(len(codes)), np.where(is_double, 2, 1))

    def shares_and_row_costs(codes, weights):
        shares = class_shares(codes, weights, max_classes=3)
        table = class_weight_table([class_weight] * 2, CLASSES, NAMES, shares)
        found = LabelWeighting(table, np.ones(2)).label_weights(codes, weights, MIN_LABEL_RATE)
        return shares, found / len(codes)  # what a row adds to the mean over rows

    shares, weighted = shares_and_row_costs(codes, weights)
    repeated_shares, repeated = shares_and_row_costs(codes[rows], np.ones((len(rows), 2)))
    np.testing.assert_allclose(repeated_shares, shares)
    summed = np.stack([np.bincount(rows, column) for column in repeated.T], axis=1)
    np.testing.assert_allclose(summed, weighted)


def test_a_weight_of_0_equals_a_row_left_out():
    codes = random_codes()
    weights = np.ones(codes.shape)
    weights[::4] = 0
    kept = weights[:, 0] > 0
    masked = PLAIN.label_weights(np.where(weights > 0, codes, -1), weights) / len(codes)
    left_out = PLAIN.label_weights(codes[kept], weights[kept]) / kept.sum()
    np.testing.assert_allclose(masked[kept], left_out)
    assert not masked[~kept].any()


@pytest.mark.parametrize(("n_labels", "rate"), [(1, 0.05), (4, 0.05), (5, 0.05), (6, 0.06)])
def test_label_rates_are_at_least_the_floor(n_labels, rate):
    codes = np.zeros((100, 1), dtype=np.int64)
    codes[n_labels:] = -1
    weighting = LabelWeighting(np.ones((1, 2)), np.ones(1))
    floored = weighting.label_weights(codes, np.ones((100, 1)), MIN_LABEL_RATE)
    np.testing.assert_allclose(floored[:n_labels], 1 / rate)
    exact = weighting.label_weights(codes, np.ones((100, 1)))
    np.testing.assert_allclose(exact[:n_labels], 100 / n_labels)


@pytest.mark.parametrize("min_rate", [0.0, MIN_LABEL_RATE])
def test_a_task_without_a_label_gets_zeros(min_rate):
    codes = random_codes()
    codes[:, 1] = -1
    found = PLAIN.label_weights(codes, np.ones(codes.shape), min_rate)
    assert found[:, 0].any()
    assert not found[:, 1].any()
    assert shares_of(codes)[1].tolist() == [0, 0, 0]


def test_class_and_constant_losses_scale_labels():
    codes = np.array([[0, 1], [2, 0], [1, -1]])
    weighting = LabelWeighting(np.array([[1.0, 2, 3], [4, 5, 1]]), np.array([1.0, 0.5]))
    found = weighting.label_weights(codes, np.ones(codes.shape))
    np.testing.assert_allclose(found, [[1, 5 * 1.5 * 2], [3, 4 * 1.5 * 2], [2, 0]])


def test_class_shares_are_those_of_the_known_labels():
    codes = np.array([[0, 1], [2, 1], [2, -1], [-1, 0]])
    found = shares_of(codes)
    np.testing.assert_allclose(found, [[1 / 3, 0, 2 / 3], [1 / 3, 2 / 3, 0]])
    weights = np.array([[1.0, 1], [3, 1], [0, 7], [5, 2]])
    found = class_shares(codes, weights, max_classes=3)
    np.testing.assert_allclose(found, [[1 / 4, 0, 3 / 4], [1 / 2, 1 / 2, 0]])


@pytest.mark.parametrize(
    "class_weight",
    [
        [None, None],
        ["balanced", "balanced"],
        ["balanced", None],
        [{"blue": 3.0, "green": 0, "red": 0.5}, {10: 2, 20: 7}],
        [{"red": 4}, {}],
    ],
)
def test_class_weights_are_those_of_scikit_learn(class_weight):
    codes = random_codes()
    table = class_weight_table(class_weight, CLASSES, NAMES, shares_of(codes))
    for task, (entry, classes) in enumerate(zip(class_weight, CLASSES, strict=True)):
        labels = classes[codes[codes[:, task] >= 0, task]]
        expected = compute_class_weight(entry, classes=classes, y=labels)
        np.testing.assert_allclose(table[task, : len(classes)], expected)


def test_balanced_leaves_out_classes_that_do_not_occur():
    codes = np.array([[0, 0], [0, 1], [2, 1]])
    table = class_weight_table(["balanced", None], CLASSES, NAMES, shares_of(codes))
    np.testing.assert_allclose(table[0], [1 / 2, 0, 1])


@pytest.mark.parametrize(
    ("class_weight", "text"),
    [
        (
            ["even", None],
            "task 'color' must be None, 'balanced' or a dict of labels; found 'even'",
        ),
        ([None, 2.0], "class_weight of task 'size' must be None, 'balanced' or a dict"),
        ([None, {30: 1}], r"task 'size' names labels .* \[30\]; the classes are \[10, 20\]"),
        ([{"red": -1}, None], "class_weight of task 'color' must hold numbers >= 0"),
        ([{"red": np.nan}, None], "class_weight of task 'color' must hold numbers >= 0"),
        ([{"red": np.inf}, None], "class_weight of task 'color' must hold numbers >= 0"),
        ([{"red": "2"}, None], "class_weight of task 'color' must hold numbers >= 0"),
        ([None, {10: 0, 20: 0}], "class_weight of task 'size' is zero for every class"),
    ],
)
def test_class_weights_that_make_no_sense_are_refused(class_weight, text):
    with pytest.raises(ValueError, match=text):
        class_weight_table(class_weight, CLASSES, NAMES, shares_of(random_codes()))
