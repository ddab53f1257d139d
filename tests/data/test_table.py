"""Tables with categories and missing numbers, in any container."""

from __future__ import annotations

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import torch
from samples import quick
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sklearn_abmtl import ABMTLClassifier, FeatureTokenEncoder
from sklearn_abmtl._data.categories import CategoryCodes

COLORS = np.array(["blue", "green", "red", None], dtype=object)


def mixed(n_samples: int = 120, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Return numbers and categories of strings, integers and truth values, and two tasks."""
    generator = np.random.default_rng(seed)
    colors = generator.integers(0, 4, n_samples)
    years = generator.integers(0, 3, n_samples)
    X = pd.DataFrame(
        {
            "weight": generator.normal(size=n_samples),
            "color": pd.Series(COLORS[colors], dtype=object),
            "sold": generator.random(n_samples) > 0.5,
            "year": 2000 + years,
        }
    )
    return X, np.stack([colors, (years + X["sold"]) % 2], axis=1)


X, Y = mixed()
NAMED = ["color", "year"]
AS_CATEGORIES = X.astype(dict.fromkeys(NAMED, "category"))
CONTAINERS = {
    "pandas": X,
    "pandas category": AS_CATEGORIES,
    "pandas strings": X.astype({"color": "string"}),
    "pandas pyarrow strings": X.astype({"color": "string[pyarrow]"}),
    "polars": pl.from_pandas(X),
    "polars categorical": pl.from_pandas(X).with_columns(pl.col("color").cast(pl.Categorical)),
    "pyarrow": pa.Table.from_pandas(X),
    "objects": X.to_numpy(),
    "lists": X.to_numpy().tolist(),
}


def exact(**parameters):
    return quick(max_epochs=30, categorical_features=[1, 3], **parameters)


@pytest.mark.parametrize("container", CONTAINERS)
def test_categories_in_every_container(container):
    classifier = exact().fit(X.to_numpy(), Y)
    assert classifier.is_categorical_.tolist() == [False, True, False, True]
    expected = classifier.predict_proba(X.to_numpy())
    contained = CONTAINERS[container]
    found = exact().fit(contained, Y).predict_proba(contained)
    for p, q in zip(found, expected, strict=True):
        np.testing.assert_allclose(p, q, rtol=1e-6)


@pytest.mark.parametrize("chosen", [NAMED, np.array(NAMED), [1, 3], [False, True, False, True]])
def test_categories_by_name_position_and_mask(chosen):
    classifier = quick(categorical_features=chosen).fit(X, Y)
    assert classifier.is_categorical_.tolist() == [False, True, False, True]
    assert classifier.feature_names_in_.tolist() == list(X.columns)


@pytest.mark.parametrize(
    "frame",
    [
        AS_CATEGORIES,
        pl.from_pandas(AS_CATEGORIES.astype({"year": str})).with_columns(
            pl.col("color").cast(pl.Enum(["red", "green", "blue"])),
            pl.col("year").cast(pl.Categorical),
        ),
        pa.Table.from_pandas(AS_CATEGORIES),
    ],
)
def test_categories_by_the_types_of_a_frame(frame):
    classifier = quick().fit(frame, Y)
    assert classifier.is_categorical_.tolist() == [False, True, False, True]


@pytest.mark.parametrize("chosen", [None, "from_dtype", [], [False] * 3])
def test_numbers_alone_are_scaled_as_ever(chosen):
    numbers = X.drop(columns="color")
    classifier = quick(categorical_features=chosen).fit(numbers, Y)
    assert classifier.is_categorical_ is None
    expected = quick().fit(numbers.to_numpy(dtype=float), Y)
    np.testing.assert_array_equal(
        classifier.predict_proba(numbers)[0],
        expected.predict_proba(numbers.to_numpy(dtype=float))[0],
    )


def test_categories_are_learned_from():
    classifier = exact(lr=0.02).fit(X, Y)
    assert classifier.score(X, Y) > 0.95


def test_missing_categories_are_categories():
    classifier = exact(lr=0.02).fit(X, Y)
    rows = X[X["color"].isna()]
    assert (classifier.predict(rows)[:, 0] == 3).all()


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, pd.NaT])
@pytest.mark.parametrize("is_in_fit", [True, False])
def test_a_missing_category_has_the_code_1_whether_fit_saw_one_or_not(missing, is_in_fit):
    table = X.assign(color=X["color"].where(X["color"].notna(), missing))
    rows = table if is_in_fit else table[X["color"].notna()]
    reader = exact().fit(rows, Y[rows.index])._feature_reader
    assert reader.codes.categories[0].tolist() == ["blue", "green", "red"]
    assert reader.n_codes == [0, 5, 0, 5]
    expected = X["color"].map({"blue": 2, "green": 3, "red": 4}).fillna(1)
    np.testing.assert_array_equal(reader.read(table)[:, 1], expected)


def test_a_missing_category_of_the_first_version_keeps_its_code():
    codes = CategoryCodes([np.array(["blue", None], dtype=object)])
    column = np.array(["blue", None, "red"], dtype=object)
    assert codes.transform([column], ["color"])[:, 0].tolist() == [2, 3, 0]


def test_unseen_categories_are_as_one():
    classifier = exact().fit(X, Y)
    known = X[1:2]  # a row that fit has seen, so that nothing is said of the others
    probabilities = [
        classifier.predict_proba(pd.concat([known, X.assign(color=color)]))[0][1:]
        for color in ("pink", "", "black")
    ]
    np.testing.assert_array_equal(probabilities[0], probabilities[1])
    np.testing.assert_array_equal(probabilities[0], probabilities[2])


def test_missing_categories_are_unseen_where_training_had_none():
    known = X["color"].notna()
    classifier = exact().fit(X[known], Y[known])
    missing = classifier.predict_proba(X.assign(color=None))[0]
    with pytest.warns(UserWarning, match="no category of fit in column 'color'"):
        unseen = classifier.predict_proba(X.assign(color="pink"))[0]
    np.testing.assert_array_equal(missing, unseen)


@pytest.mark.parametrize(
    ("column", "values", "text"),
    [
        ("year", X["year"].astype(str), r"'year': found '200\d' \(str\).*; fit saw 2000 \(int\)"),
        ("color", [True, False] * 60, r"'color': found True \(bool\), False \(bool\); fit saw 'bl"),
        (
            "color",
            X["color"].str.upper(),
            r"'color': found '[A-Z]+' .*fit saw 'blue' \(str\)",
        ),
    ],
)
def test_categories_of_which_fit_saw_none_are_warned_of(column, values, text):
    classifier = exact().fit(X, Y)
    with pytest.warns(UserWarning, match=text) as caught:
        classifier.predict(X.assign(**{column: values}))
    assert [warning.filename for warning in caught] == [__file__]


def test_later_pieces_may_have_other_categories():
    classifier = quick(categorical_features=NAMED)
    known = (X["color"] != "red") & X["color"].notna()
    classes = [[0, 1, 2, 3], [0, 1]]
    classifier.partial_fit(X[known], Y[known], classes=classes).partial_fit(X, Y)
    assert classifier._feature_reader.codes.categories[0].tolist() == ["blue", "green"]


def test_saving_and_cloning(tmp_path):
    classifier = exact().fit(X, Y)
    joblib.dump(classifier, tmp_path / "classifier.joblib")
    loaded = joblib.load(tmp_path / "classifier.joblib")
    np.testing.assert_array_equal(loaded.predict_proba(X)[0], classifier.predict_proba(X)[0])
    again = clone(classifier).fit(X, Y)
    np.testing.assert_array_equal(again.predict_proba(X)[0], classifier.predict_proba(X)[0])


def test_attention_lies_on_the_features_of_X():
    with_missing = X.assign(weight=X["weight"].mask(X.index % 3 == 0))
    classifier = exact(handle_missing="indicator", encoder=FeatureTokenEncoder(d_model=4))
    weights = classifier.fit(with_missing, Y).task_attention(with_missing)
    assert weights.shape == (120, 2, 4)
    np.testing.assert_allclose(weights.sum(2), 1, rtol=1e-5)


def test_tasks_attend_to_the_features_that_determine_them():
    table = np.random.default_rng(0).normal(size=(400, 6))
    y = (table[:, [4, 1]] > 0).astype(int)
    weights = quick(encoder="feature_token", max_epochs=20).fit(table, y).task_attention(table)
    assert weights.mean(0).argmax(1).tolist() == [4, 1]
    assert (weights.mean(0).max(1) > 2 / 6).all()


def test_all_weights_are_equal_where_all_features_are_one_token():
    weights = exact().fit(X, Y).task_attention(X)
    np.testing.assert_allclose(weights, np.full((120, 2, 4), 0.25), rtol=1e-5)


def test_a_decoder_reconstructs_the_columns_but_not_the_categories():
    classifier = exact(decoder="mlp").fit(X, Y)
    with pytest.raises(ValueError, match=r"features \[1, 3\] are categories"):
        classifier.reconstruct(X)


def test_a_decoder_reconstructs_missing_numbers():
    table = X[["weight", "year"]].mask(X.index.to_numpy()[:, None] % 4 == [0, 1])
    classifier = quick(decoder="mlp", handle_missing="indicator").fit(table, Y)
    reconstructed = classifier.reconstruct(table)
    assert reconstructed.shape == table.shape
    assert np.isfinite(reconstructed).all()


def test_missing_numbers_are_distinguished_from_means():
    generator = np.random.default_rng(0)
    table = generator.normal(size=(200, 2))
    y = generator.integers(0, 2, 200)
    table[y == 1, 1] = np.nan
    classifier = quick(handle_missing="indicator", max_epochs=20).fit(table, y)
    assert classifier.score(table, y) > 0.95


def test_a_number_that_is_missing_in_prediction_alone_is_the_mean():
    table = X[["weight", "year"]].to_numpy(dtype=float)
    classifier = quick(handle_missing="indicator", dtype="float64").fit(table, Y)
    missing, mean = table.copy(), table.copy()
    missing[:, 0], mean[:, 0] = np.nan, table[:, 0].mean()
    np.testing.assert_allclose(
        classifier.predict_proba(missing)[0], classifier.predict_proba(mean)[0], rtol=1e-9
    )


def test_a_network_that_was_fitted_without_missing_numbers_refuses_them_later():
    table = X[["weight", "year"]].to_numpy(dtype=float)
    classifier = quick(n_bins=1).fit(table, Y).set_params(handle_missing="indicator")
    assert classifier.predict(table).shape == Y.shape
    with pytest.raises(ValueError, match="The network was not trained with NaN"):
        classifier.predict(np.where(table > 0, table, np.nan))


def test_a_feature_of_nothing_but_missing_numbers():
    table = X[["weight", "year"]].assign(weight=np.nan)
    probabilities = quick(handle_missing="indicator").fit(table, Y).predict_proba(table)
    assert np.isfinite(probabilities[0]).all()


def test_bins_learn_a_curve_that_a_line_cannot():
    generator = np.random.default_rng(0)
    table = generator.uniform(size=(400, 1))
    y = (table[:, 0] * 12 % 2 > 1).astype(int)
    scores = [
        quick(n_bins=n_bins, max_epochs=20, lr=0.01).fit(table, y).score(table, y)
        for n_bins in (1, 24)
    ]
    assert scores[1] > scores[0] + 0.1


@pytest.mark.parametrize(("n_samples", "n_bins"), [(4999, 1), (5000, 48)])
def test_large_tables_have_bins(n_samples, n_bins):
    table, y = mixed(n_samples)
    table = table[["weight", "year"]]
    once = {"max_epochs": 1, "batch_size": 1000, "early_stopping": False}
    automatic, fixed = (quick(n_bins=n, **once).fit(table, y) for n in ("auto", n_bins))
    np.testing.assert_array_equal(automatic.predict_proba(table)[0], fixed.predict_proba(table)[0])


def test_bins_leave_attention_and_reconstruction_on_the_features():
    table = X[["weight", "year"]]
    encoder = FeatureTokenEncoder(d_model=4)
    classifier = quick(n_bins=4, encoder=encoder, decoder="mlp").fit(table, Y)
    assert classifier.task_attention(table).shape == (120, 2, 2)
    assert classifier.reconstruct(table).shape == table.shape


def test_infinity_is_refused():
    table = X[["weight", "year"]].assign(weight=np.inf)
    with pytest.raises(ValueError, match=r"Input X contains infinity .* in 1 of 2 columns, \['wei"):
        quick(handle_missing="indicator").fit(table, Y)
    with pytest.raises(ValueError, match=r"Input X contains infinity .* in 1 of 4 columns, \['wei"):
        exact().fit(X.assign(weight=np.inf), Y)


def test_missing_numbers_beside_categories_are_an_error_unless_asked_for():
    table = X.assign(weight=X["weight"].mask(X.index < 5))
    with pytest.raises(ValueError, match=r"Input X contains NaN in 1 of 4 columns, \['weight'\]"):
        exact().fit(table, Y)
    exact(handle_missing="indicator").fit(table, Y)


@pytest.mark.parametrize("container", [pd.DataFrame, pl.from_pandas, pa.Table.from_pandas])
def test_columns_with_missing_numbers_are_named(container):
    names = list("abcdefg")
    full = pd.DataFrame(np.random.default_rng(0).normal(size=(120, 7)), columns=names)
    table = container(full.mask(np.arange(840).reshape(120, 7) < 35))
    with pytest.raises(
        ValueError, match=r"NaN in 7 of 7 columns, the first \['a', .*'e'\], first in row 0\. Set"
    ):
        quick().fit(table, Y)
    with pytest.raises(
        ValueError, match=r"'e'\], first in row 0\. The network was not trained .* as in the X"
    ):
        quick().fit(full, Y).predict(table)


def test_nan_in_samples_of_more_axes_is_refused():
    rows = np.random.default_rng(0).normal(size=(120, 6))
    rows[0, 3] = np.nan
    for shape, options in [((120, 6), {"input_shape": (1, 2, 3)}), ((120, 2, 3), {})]:
        with pytest.raises(ValueError, match=r"NaN.*Images and sequences .*; fill them before"):
            quick(**options).fit(rows.reshape(shape), Y)


@pytest.mark.parametrize("container", ["pandas", "pandas strings", "polars", "pyarrow"])
@pytest.mark.parametrize("chosen", [None, "from_dtype", ["year"]])
def test_columns_of_text_are_named(container, chosen):
    with pytest.raises(ValueError, match=r"categorical_features does not name.*\['color'\].*type"):
        quick(categorical_features=chosen).fit(CONTAINERS[container], Y)


def test_columns_that_became_text_are_named():
    with pytest.raises(ValueError, match=r"that had numbers in fit.*\['weight'\].*pd\.to_numeric"):
        exact().fit(X, Y).predict(X.assign(weight="heavy"))


@pytest.mark.parametrize(
    "chosen", [["size"], [4], [-1], [True, False], [1.5], "color", np.array([[0]]), [[0, 1]]]
)
def test_features_that_X_does_not_have(chosen):
    with pytest.raises(ValueError, match="categorical_features"):
        quick(categorical_features=chosen).fit(X, Y)


def test_names_need_a_frame():
    with pytest.raises(ValueError, match=r"which has 4, named \[\]; found \['color', 'year'\]"):
        quick(categorical_features=NAMED).fit(X.to_numpy(), Y)


def test_a_pipeline_passes_names_if_its_output_is_set_to_pandas():
    scaled = ColumnTransformer([("scale", StandardScaler(), ["weight"])], remainder="passthrough")
    pipeline = make_pipeline(scaled, quick(categorical_features=NAMED))
    with pytest.raises(ValueError, match=r"set_output\(transform='pandas'\)"):
        pipeline.fit(X, Y)
    with pytest.raises(ValueError, match="verbose_feature_names_out=False"):
        pipeline.set_output(transform="pandas").fit(X, Y)
    scaled.set_params(verbose_feature_names_out=False)
    assert pipeline.fit(X, Y)[-1].is_categorical_.sum() == 2


def test_categories_that_do_not_sort():
    with pytest.raises(TypeError, match="uniformly strings or numbers"):
        exact().fit(X.assign(year=[1, "a"] * 60), Y)


@pytest.mark.parametrize(
    "parameters", [{"categorical_features": [0]}, {"handle_missing": "indicator"}]
)
def test_categories_and_indicators_are_for_tables(parameters):
    images = np.random.default_rng(0).integers(0, 3, size=(120, 20))
    with pytest.raises(ValueError, match=r"need a table; found samples of shape \(1, 4, 5\)"):
        ABMTLClassifier(input_shape=(1, 4, 5), **parameters).fit(images, Y)


def test_features_are_matched_by_name():
    classifier = exact().fit(X, Y)
    with pytest.raises(ValueError, match="feature names should match"):
        classifier.predict(X.rename(columns={"weight": "mass"}))
    with pytest.raises(ValueError, match="feature names should match"):
        classifier.predict(X[["color", "weight", "sold", "year"]])


def test_categories_ride_through_a_pipeline():
    pipeline = make_pipeline(FunctionTransformer(), quick(categorical_features=NAMED))
    assert pipeline.fit(X, Y).predict(X).shape == (120, 2)


@pytest.mark.parametrize("has_missing", [True, False])
@pytest.mark.parametrize("values", [["a", "b"], [3, 1], [True, False], [None, None]])
def test_the_code_of_a_missing_category_is_1(values, has_missing):
    """As docs/export.md says of the files that others read."""
    cells = np.array(values, dtype=object)[np.arange(60) % 2]
    cells[::5] = None if has_missing else cells[1]
    y = np.arange(60) % 5 // 4
    rows = pd.DataFrame({"category": pd.Categorical(cells), "number": np.arange(60.0)})
    classifier = quick(lr=0.05).fit(rows, y)
    known = [value for value in dict.fromkeys(cells) if value is not None]
    asked = pd.DataFrame({"category": pd.Categorical([None, *known]), "number": 0.0})
    categories = classifier._feature_reader.codes.categories[0].tolist()
    codes = torch.tensor([1.0, *(2.0 + categories.index(value) for value in known)])
    network = classifier.net_.module_
    output = network(torch.stack([codes, torch.zeros(len(codes))], dim=1))
    probabilities = output.task_logits[:, 0].softmax(1).detach().numpy()
    np.testing.assert_allclose(classifier.predict_proba(asked), probabilities, atol=1e-6)
