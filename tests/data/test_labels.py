"""Labels are compared by their value, whatever type, unit or container holds them."""

from __future__ import annotations

import pickle
import re
from datetime import date, datetime, time, timedelta, timezone
from enum import IntEnum, StrEnum
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from samples import quick
from sklearn.exceptions import DataConversionWarning

from sklearn_abmtl import SingleTask, calibrate, load_model, save_model
from sklearn_abmtl._data.label_encoder import TaskLabelEncoder
from sklearn_abmtl._data.labels import common_type, label_key, object_array, union
from sklearn_abmtl._data.task_columns import read_task_columns
from sklearn_abmtl.inspection import TaskConfusionDisplay
from sklearn_abmtl.metrics import (
    mean_task_scorer,
    multitask_classification_report,
    task_accuracy_scores,
    task_balanced_accuracy_scores,
    task_f1_scores,
    task_log_losses,
)
from sklearn_abmtl.model_selection import MultiTaskStratifiedKFold, cross_val_predict, mask_labels

DAYS = [date(2020, 1, 1), date(2020, 1, 2), date(2020, 1, 3)]
STAMPS = pd.to_datetime(DAYS)
NUMBERS = np.arange(30) % 3
BERLIN = ZoneInfo("Europe/Berlin")

# labels of three classes, which are sorted as they stand
CLASSES = {
    "datetime64[ns]": pd.Series(STAMPS.astype("datetime64[ns]")),
    "datetime64[s]": pd.Series(STAMPS.astype("datetime64[s]")),
    "date": pd.Series(DAYS, dtype=object),
    "datetime": pd.Series([datetime(2020, 1, day) for day in (1, 2, 3)], dtype=object),
    "Timestamp with a zone": pd.Series(STAMPS.tz_localize("Europe/Berlin")),
    "datetime with zones": pd.Series(
        [
            datetime(2020, 1, 1, tzinfo=BERLIN),
            datetime(2020, 1, 2, tzinfo=timezone(timedelta(hours=2))),
            datetime(2020, 1, 3, tzinfo=BERLIN),
        ],
        dtype=object,
    ),
    "timedelta64": pd.Series(STAMPS - STAMPS[0]),
    "timedelta": pd.Series([timedelta(day) for day in (1, 2, 3)], dtype=object),
    "time": pd.Series([time(1), time(2), time(3)], dtype=object),
    "Period": pd.Series(pd.PeriodIndex(STAMPS, freq="D")),
    "Interval": pd.Series(pd.interval_range(8, 11)),  # as text, 10 is before 8
    "Interval of dates": pd.Series(pd.interval_range(STAMPS[0], periods=3)),
    "categories of Interval": pd.Series(pd.cut([0, 1, 2], [-1, 0, 1, 2])),
    "categories of dates": pd.Series(STAMPS).astype("category"),
    "dates of pyarrow": pd.Series(DAYS, dtype=pd.ArrowDtype(pa.date32())),
    "uint64": pd.Series([5, 2**63, 2**63 + 1], dtype="uint64"),
    "UInt64": pd.Series(np.array([5, 2**63, 2**63 + 1], dtype=np.uint64)).astype("UInt64"),
    "numbers above 2**53": pd.Series([5.0, 2**53, 2**53 + 1], dtype=object),
}


def labels(kind):
    """Return a column of dates and the like beside one of text."""
    column = CLASSES[kind].take(NUMBERS).reset_index(drop=True)
    return pd.DataFrame({"a": column, "b": np.array(["u", "v", "w"])[NUMBERS]})


@cache
def fitted(kind):
    X = np.eye(3)[NUMBERS]
    classifier = quick(max_epochs=30, lr=0.02, early_stopping=True, validation_fraction=0.3)
    return classifier.fit(X, labels(kind)), X


def encoded(y):
    columns = read_task_columns(y)
    return TaskLabelEncoder().fit(columns), columns


@pytest.mark.parametrize("kind", CLASSES)
def test_labels_come_back_as_cells_of_y(kind):
    y = labels(kind)
    encoder, columns = encoded(y)
    codes = encoder.transform(columns)
    np.testing.assert_array_equal(codes[:, 0], NUMBERS)
    back = encoder.inverse_transform(codes)[:, 0].tolist()
    assert back == y["a"].tolist()
    assert list(map(type, back[:3])) == list(map(type, y["a"].tolist()[:3])) or "above" in kind


@pytest.mark.parametrize("kind", CLASSES)
def test_missing_labels_of_every_kind(kind):
    y = labels(kind)
    first = y["a"].iloc[0]
    y["a"] = y["a"].astype(object)
    y.loc[[3, 4], "a"] = None
    assert (~read_task_columns(y).known[0]).nonzero()[0].tolist() == [3, 4]
    known = read_task_columns(labels(kind), missing_label=first).known[0]
    np.testing.assert_array_equal(known, NUMBERS > 0)


@pytest.mark.parametrize("kind", CLASSES)
def test_scores_count_labels_of_every_kind(kind):
    y, wrong = labels(kind), np.arange(30) < 6
    predicted = y.copy()
    predicted.loc[wrong, "a"] = CLASSES[kind].take((NUMBERS[wrong] + 1) % 3).to_numpy()
    codes, answers = NUMBERS, np.where(wrong, (NUMBERS + 1) % 3, NUMBERS)
    expected = [0.8, 1.0]
    np.testing.assert_allclose(task_accuracy_scores(y, predicted), expected)
    np.testing.assert_allclose(task_balanced_accuracy_scores(y, predicted), expected)
    f1 = task_f1_scores(y, predicted, average="macro")
    np.testing.assert_allclose(f1, [task_f1_scores(codes, answers, average="macro")[0], 1])
    report = multitask_classification_report(y, predicted, output="dict")
    assert [str(label) for label in CLASSES[kind].tolist()][1] in report["a"] or "64" in kind
    sure = np.where(np.eye(3)[NUMBERS] > 0, 0.8, 0.1)
    losses = task_log_losses(y["a"], sure, CLASSES[kind])
    np.testing.assert_allclose(losses, -np.log(0.8))


@pytest.mark.filterwarnings("ignore:given changes no prediction")  # of the other task
@pytest.mark.parametrize("kind", CLASSES)
def test_a_classifier_of_labels_of_every_kind(kind, tmp_path):
    y, (classifier, X) = labels(kind), fitted(kind)
    expected = y["a"].tolist()
    assert classifier.score(X, y) == 1
    assert classifier.predict(X)[:, 0].tolist() == expected
    assert classifier.predict(X, given=y[["a"]])[:, 0].tolist() == expected
    assert classifier.predict_joint(X, given=y[["a"]])[:, 0].tolist() == expected
    assert classifier.task("a").score(X, y["a"]) == 1
    assert mean_task_scorer("f1_macro")(classifier, X, y) == 1
    assert mean_task_scorer("roc_auc_ovr")(classifier, X, y) == 1
    assert calibrate(classifier, X, y, method="sigmoid").score(X, y) == 1
    assert pickle.loads(pickle.dumps(classifier)).predict(X)[:, 0].tolist() == expected
    save_model(classifier, tmp_path)
    loaded = load_model(tmp_path)
    assert loaded.predict(X)[:, 0].tolist() == expected
    assert list(map(repr, loaded.classes_[0])) == list(map(repr, classifier.classes_[0]))
    display = TaskConfusionDisplay.from_estimator(classifier, X, y)
    np.testing.assert_array_equal(display.confusion_matrices[0], 10 * np.eye(3))


@pytest.mark.parametrize("kind", CLASSES)
def test_tools_take_labels_of_every_kind(kind):
    X, y = np.eye(3)[NUMBERS], labels(kind)
    for train, test in MultiTaskStratifiedKFold(2).split(X, y):
        assert np.bincount(NUMBERS[test]).tolist() == [5, 5, 5]
        assert len(train) == 15
    answers = cross_val_predict(quick(max_epochs=1), X, y, cv=2, method="predict_proba")
    assert [p.shape for p in answers] == [(30, 3), (30, 3)]
    weights = {"a": {CLASSES[kind].tolist()[0]: 2.0}}
    quick(max_epochs=1, class_weight=weights).fit(X, y)
    classes = {"b": ["u", "v", "w"], "a": CLASSES[kind]}
    pieces = quick().partial_fit(X[:4], y[:4], classes=classes)
    assert pieces.partial_fit(X[4:], y[4:], classes=classes).n_classes_ == [3, 3]
    single = SingleTask(quick(max_epochs=1)).fit(X, y["a"], aux_y=y[["b"]])
    assert single.classes_.tolist() == classifier_classes(y["a"])
    masked = mask_labels(y["a"].astype(object).where(NUMBERS > 0, None))
    np.testing.assert_array_equal(masked.mask, NUMBERS == 0)


def classifier_classes(column):
    return encoded(column)[0].classes_[0].tolist()


@pytest.mark.filterwarnings("ignore:given changes no prediction")  # of the other task
@pytest.mark.parametrize("scored", ["datetime64[s]", "date", "datetime", "categories of dates"])
def test_dates_are_equal_in_every_unit_and_type(scored):
    classifier, X = fitted("datetime64[ns]")
    assert classifier.score(X, labels(scored)) == 1
    assert mean_task_scorer("neg_log_loss")(classifier, X, labels(scored)) > -0.7
    assert (task_f1_scores(labels(scored), classifier.predict(X), average="macro") == 1).all()
    given = labels(scored)[["a"]]
    assert (
        classifier.predict(X, given=given)[:, 0].tolist()
        == labels("date")["a"].map(pd.Timestamp).tolist()
    )
    frame = pl.DataFrame({"a": given["a"].map(pd.Timestamp).dt.date.tolist(), "b": ["u"] * 30})
    assert task_accuracy_scores(frame, classifier.predict(X))[0] == 1


def test_tasks_of_two_units_keep_their_years():
    y = pd.DataFrame(
        {
            "ns": np.array(["2020-01-01", "2021-01-01"], "datetime64[ns]"),
            "s": np.array(["2020-01-01", "2021-01-01"], "datetime64[s]"),
        }
    )
    encoder, columns = encoded(y)
    back = encoder.inverse_transform(encoder.transform(columns))
    assert back.dtype == "datetime64[ns]"
    np.testing.assert_array_equal(back, y.to_numpy())
    far = y.assign(s=np.array(["2020-01-01", "9999-01-01"], "datetime64[s]"))  # more than ns hold
    encoder, columns = encoded(far)
    back = encoder.inverse_transform(encoder.transform(columns))
    assert back.dtype == object
    assert back.tolist() == far.to_numpy(dtype=object).tolist()


def test_nanoseconds_are_not_rounded():
    times = np.array([1, 2], dtype="datetime64[ns]")
    for column in (pl.Series("a", times), pd.Series(times), times, pd.Series(times).astype(object)):
        assert len(encoded(column)[0].classes_[0]) == 2
    zoned = pl.DataFrame({"a": times}).select(pl.col("a").dt.replace_time_zone("UTC"))
    with pytest.raises(ValueError, match="Column 'a' has nanoseconds and a time zone"):
        read_task_columns(zoned)


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([2**53 + 1, 2**53, 5.0], "int64"),
        ([2**63 + 1, 5], "uint64"),
        ([1, 2.0], "float64"),
        ([2**63, -1], "object"),
        ([2**64, 1], "object"),
        ([2**53 + 1, 0.5], "object"),
        ([np.datetime64("2020", "Y"), np.datetime64(5, "ns")], "datetime64[ns]"),
        ([np.datetime64("9999", "Y"), np.datetime64(5, "ns")], "object"),
        ([np.timedelta64(1, "D"), np.timedelta64(5, "s")], "timedelta64[s]"),
    ],
)
def test_a_common_type_changes_no_label(values, dtype):
    common = common_type(object_array(values))
    assert common.dtype == dtype
    assert common.astype(object).tolist() == values or common.dtype.kind in "mM"


class Size(IntEnum):
    SMALL = 1
    LARGE = 2


class Color(StrEnum):
    RED = "red"


@pytest.mark.parametrize(
    "equal",
    [
        (1, 1.0, True, np.uint8(1), np.float32(1), Size.SMALL),
        ("red", np.str_("red"), Color.RED),
        (date(2020, 1, 1), np.datetime64("2020"), pd.Timestamp("2020"), datetime(2020, 1, 1)),
        (pd.Timestamp("2020-01-01 01:00", tz=BERLIN), pd.Timestamp("2020", tz="UTC")),
        (timedelta(1), np.timedelta64(24, "h"), pd.Timedelta("1D")),
        (pd.Interval(0, 1), pd.Interval(0.0, 1.0)),
    ],
)
def test_equal_labels_have_one_key(equal):
    assert len(set(map(label_key, equal))) == 1


@pytest.mark.parametrize(
    "other",
    [
        (1, "1", b"1"),
        (2**53, 2**53 + 1, float(2**54)),
        (np.uint64(2**63), np.int64(-(2**63))),
        (pd.Timestamp("2020"), pd.Timestamp("2020", tz="UTC"), pd.Period("2020", "Y")),
        (pd.Period("2020", "D"), pd.Period("2020", "M")),
        (pd.Interval(0, 1), pd.Interval(0, 1, closed="left"), pd.Interval(0, 2)),
        (np.timedelta64(1, "M"), np.timedelta64(30, "D")),
    ],
)
def test_other_labels_have_other_keys(other):
    assert len(set(map(label_key, other))) == len(other)


def test_integers_above_2_to_the_53_are_not_merged():
    signed, unsigned = np.array([2**53, 2**53 + 1]), np.array([2**53 + 1, 2**53 + 1], np.uint64)
    assert union(signed, unsigned).tolist() == [2**53, 2**53 + 1]
    sure = np.array([[1.0, 0.0], [0.0, 1.0]])
    assert task_log_losses(unsigned, sure, signed)[0] > 10
    assert task_accuracy_scores(unsigned, signed)[0] == 0.5
    assert task_balanced_accuracy_scores(unsigned, signed)[0] == 0.5
    assert task_f1_scores(unsigned, signed, average="weighted")[0] == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("column", "missing_label", "n_missing"),
    [
        (np.array([255, 1], np.uint8), -1, 0),
        (np.array([-1, 1]), -1.0, 1),
        (np.array([np.nan, 1.0]), np.nan, 1),
        (pd.array([pd.NA, 1], "Int64"), pd.NA, 1),
        (np.array([2**53 + 1, 2**53]), float(2**53), 1),
        (np.array(["2020", "2021"], "datetime64[Y]"), date(2020, 1, 1), 1),
        (np.array(["2020", "NaT"], "datetime64[ns]"), pd.Timestamp("2020"), 2),
        (np.array([date(2020, 1, 1), "?"], dtype=object), "?", 1),
    ],
)
def test_a_missing_label_is_compared_exactly(column, missing_label, n_missing):
    known = read_task_columns(pd.DataFrame({"a": column}), missing_label).known[0]
    assert (~known).sum() == n_missing


@pytest.mark.parametrize(
    ("column", "missing_label", "found"),
    [
        (np.array([-1, 0]), "-1", [-1]),
        (np.array([-1.0, 0.0]), "-1", [-1.0]),
        (np.array(["-1", "a"], dtype=object), -1, ["-1"]),
        (np.array(["1", "2"]), 1, ["1"]),
        (pd.array(["-1", "-1.0"], "string"), -1.0, ["-1", "-1.0"]),
        (pd.array([99, 1], "Int64"), "99.0", [99]),
        (np.array(["1900-01-01", "2020-01-01"], "datetime64[D]"), "1900-01-01", ["1900-01-01"]),
        (np.array(["a", np.nan]), None, ["nan"]),
        (np.array(["a", np.nan]), np.nan, ["nan"]),
    ],
)
def test_a_label_that_looks_missing_and_is_of_another_type_is_a_class_with_a_warning(
    column, missing_label, found
):
    y = column if isinstance(column, np.ndarray) else pd.Series(column)
    with pytest.warns(UserWarning, match=re.escape(f"{found}}}. ")) as caught:
        known = read_task_columns(y, missing_label).known[0]
    assert len(caught) == 1
    assert known.all()


@pytest.mark.parametrize(
    ("column", "missing_label"),
    [
        (["a", "nan"], None),
        (np.array(["a", "None"]), None),
        (np.array(["a", "nan"]), "nan"),
        (np.array([0, 1]), "-1"),
        (np.array([0, 1]), "?"),
        (np.array(["a", "b"]), -1),
    ],
)
def test_other_labels_are_no_reason_for_a_warning(column, missing_label):
    read_task_columns(column, missing_label)  # warnings are errors


def test_long_doubles_come_back_as_float64_where_it_holds_them():
    columns = read_task_columns(np.array([1, 0, 1], dtype=np.longdouble))
    encoder = TaskLabelEncoder().fit(columns)
    assert encoder.classes_[0].dtype == np.float64
    assert encoder.transform(columns)[:, 0].tolist() == [1, 0, 1]


@pytest.mark.skipif(np.finfo(np.longdouble).nmant <= 52, reason="long doubles are float64 here")
def test_long_doubles_that_float64_rounds_are_refused():
    labels = np.array([2**60 + 1, 2**60], dtype=np.longdouble)
    with pytest.raises(ValueError, match=r"task 'y' has labels of \w+ that float64 rounds"):
        TaskLabelEncoder().fit(read_task_columns(labels))


def test_labels_of_two_kinds_are_not_compared():
    dates, zoned = pd.Series(STAMPS), pd.Series(STAMPS.tz_localize("UTC"))
    for other in (zoned, pd.Series(["a", "b", "c"]), pd.Series([1, 2, 3])):
        with pytest.raises(ValueError, match="must have labels of one kind; found dates and"):
            task_accuracy_scores(dates, other)
        with pytest.raises(ValueError, match="must be of one kind; found dates, as"):
            task_f1_scores(dates, other, average="macro")


def test_names_of_two_types_are_kept():
    y = pd.DataFrame(np.zeros((2, 2), dtype=int), columns=[1, "a"])
    assert read_task_columns(y).names == ["1", "a"]
    assert read_task_columns(y.set_axis([2019, 2020], axis=1)).names == ["2019", "2020"]
    assert read_task_columns(y.set_axis([0, 1], axis=1)).names == ["task_0", "task_1"]
    with pytest.raises(
        ValueError, match=r"a different name, as text, for each task; found \[1, '1'\]"
    ):
        read_task_columns(y.set_axis([1, "1"], axis=1))


@pytest.mark.parametrize(
    ("y", "advice"),
    [
        ({"a": [1, 2], "b": [1, 2]}, r"type dict\. It has columns, not rows"),
        ([{"a": 1}, {"a": 2}], r"It holds dicts: pass pandas\.DataFrame\(y\)"),
        ([pd.Series([1, 2]), pd.Series([1, 2])], r"as with pandas\.concat\(y, axis=1\)"),
        ({1, 2}, r"type set\. Pass a list, in the order of the rows"),
        ((label for label in (1, 2)), r"type generator\. Pass a list"),
        ({"a": 1}.values(), r"type dict_values\. Pass a list"),
        (pl.LazyFrame({"a": [1, 2]}), r"Use y\.collect\(\)"),
        (np.zeros(2, dtype=[("a", int)]), r"structured array with the fields \('a',\)"),
    ],
)
def test_what_holds_no_rows_is_refused_with_advice(y, advice):
    with pytest.raises(ValueError, match=advice):
        read_task_columns(y)


def test_one_row_per_task_is_refused_with_advice():
    X, y = np.eye(3)[NUMBERS], np.stack([NUMBERS, NUMBERS])
    with pytest.raises(ValueError, match=r"one row per sample, 30; found the shape \(2, 30\)"):
        quick().fit(X, y)


def test_a_single_column_is_one_task_everywhere():
    X, y = np.eye(3)[NUMBERS], NUMBERS[:, np.newaxis]
    classifier = quick(max_epochs=20, lr=0.02, early_stopping=True, validation_fraction=0.3)
    with pytest.warns(DataConversionWarning, match="A column-vector y was passed"):
        classifier.fit(X, y)
    for given in (y, NUMBERS, pd.DataFrame(y), pd.DataFrame({"digit": NUMBERS})):
        np.testing.assert_array_equal(classifier.predict(X, given=given), NUMBERS)
        assert calibrate(classifier, X, given, method="sigmoid").predict(X).shape == (30,)
        assert classifier.score(X, given) == 1
