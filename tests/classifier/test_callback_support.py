"""scikit-learn's callbacks are called at every epoch, also inside searches and Pipelines."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from samples import frame, quick, table
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skorch.callbacks import EarlyStopping

from sklearn_abmtl import MLPEncoder
from sklearn_abmtl.metrics import mean_task_scorer

callback = pytest.importorskip("sklearn.callback", reason="callbacks came with scikit-learn 1.9")


class Recorder:
    """Records its calls, and requests the end after ``stop_after`` epochs."""

    def __init__(self, stop_after=None):
        self.stop_after = stop_after
        self.heard, self.scores, self.estimators, self.metadata = [], [], [], []

    def setup(self, estimator, context):
        self.heard.append("setup")

    def teardown(self, estimator, context):
        self.heard.append("teardown")

    def on_fit_task_begin(self, estimator, context):
        self.heard.append(f"{context.task_name} begins")

    def on_fit_task_end(self, estimator, context, *, X, y, metadata, fitted_estimator):
        self.heard.append(f"{context.task_name} ends")
        if context.task_name == "epoch":
            self.scores.append(fitted_estimator.score(X, y))
            self.estimators.append(fitted_estimator)
            self.metadata.append(metadata)
        return len(self.scores) == self.stop_after


def labels():
    X, codes = table()
    return X, frame(codes)


def monitor():
    # a dict, since scikit-learn 1.9 takes only scorers of its own without
    return callback.ScoringMonitor(scoring={"accuracy": mean_task_scorer("accuracy")})


def epochs(monitor):
    return [row for row in monitor.get_logs().data if row["task_name"] == "epoch"]


def test_every_epoch_is_reported_between_the_beginning_and_the_end_of_fit():
    X, y = labels()
    recorder = Recorder()
    quick(max_epochs=2).set_callbacks(recorder).fit(X, y)
    epoch = ["epoch begins", "epoch ends"]
    assert recorder.heard == ["setup", "fit begins", *epoch, *epoch, "fit ends", "teardown"]


@pytest.mark.parametrize("parameters", [{}, {"early_stopping": True, "n_iter_no_change": 3}])
def test_callbacks_change_nothing(parameters):
    X, y = labels()
    watched = quick(max_epochs=12, **parameters).set_callbacks(Recorder()).fit(X, y)
    alone = quick(max_epochs=12, **parameters).fit(X, y)
    for found, expected in zip(watched.predict_proba(X), alone.predict_proba(X), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_the_copy_of_an_epoch_stays_as_it_was_then_and_pickles():
    X, y = labels()
    recorder = Recorder()
    classifier = quick(max_epochs=4, lr_schedule=None).set_callbacks(recorder).fit(X, y)
    assert [copy.score(X, y) for copy in recorder.estimators] == recorder.scores
    assert [len(copy.history_) for copy in recorder.estimators] == [1, 2, 3, 4]
    assert not hasattr(recorder.estimators[0], "feature_importances_")
    for epoch, copy in enumerate(recorder.estimators, 1):
        expected = quick(max_epochs=epoch, lr_schedule=None).fit(X, y)
        np.testing.assert_array_equal(copy.predict(X), expected.predict(X))
    net = pickle.loads(pickle.dumps(recorder.estimators[-1].net_))
    assert net.callbacks_ == []
    assert recorder.scores[-1] == classifier.score(X, y)


def test_a_callback_that_returns_true_ends_the_training():
    X, y = labels()
    recorder = Recorder(stop_after=2)
    classifier = quick(max_epochs=9).set_callbacks(recorder).fit(X, y)
    assert len(classifier.history_) == 2
    assert recorder.heard[-2:] == ["fit ends", "teardown"]


def test_the_best_epoch_comes_back_when_a_callback_ends_the_training():
    X, y = labels()
    parameters = {"max_epochs": 12, "lr": 0.05, "early_stopping": True, "lr_schedule": None}
    parameters |= {"weight_decay": 0.3, "encoder": MLPEncoder(width=16, dropout=0.1)}
    losses = [row["valid_loss"] for row in quick(**parameters).fit(X, y).history_]
    best = int(np.argmin(losses))
    assert best + 2 < len(losses)
    for stop_after in (best + 1, best + 2):
        recorder = Recorder(stop_after=stop_after)
        classifier = quick(**parameters).set_callbacks(recorder).fit(X, y)
        assert len(classifier.history_) == stop_after
        expected = recorder.estimators[best].predict_proba(X)
        for found, of_best in zip(classifier.predict_proba(X), expected, strict=True):
            np.testing.assert_array_equal(found, of_best)


def test_the_last_epoch_before_an_early_stop_is_reported():
    X, y = labels()
    recorder = Recorder()
    stop = EarlyStopping("train_loss", patience=1, threshold=10.0, threshold_mode="abs")
    classifier = quick(callbacks=[stop]).set_callbacks(recorder).fit(X, y)
    assert len(classifier.history_) == len(recorder.scores) < 3


def test_weights_are_passed_to_callbacks():
    X, y = labels()
    weights = np.linspace(1, 2, len(X))
    recorder = Recorder()
    quick(max_epochs=1).set_callbacks(recorder).fit(X, y, weights)
    assert recorder.metadata[0]["sample_weight"] is weights
    recorder = Recorder()
    quick(max_epochs=1).set_callbacks(recorder).fit(X, y)
    assert recorder.metadata == [None]


def test_a_failed_fit_tears_down_and_leaves_the_estimator_as_it_was():
    X, y = labels()
    recorder = Recorder()
    classifier = quick(loss_weights=[-1, 1, 1]).set_callbacks(recorder)
    before = dict(vars(classifier))
    with pytest.raises(ValueError, match="loss_weights"):
        classifier.fit(X, y)
    assert recorder.heard == ["setup", "fit begins", "teardown"]
    assert vars(classifier) == before


def test_the_scoring_monitor_has_a_row_per_epoch_also_in_a_search_over_a_pipeline():
    X, y = labels()
    scores = monitor()
    quick().set_callbacks(scores).fit(X, y)
    assert len(epochs(scores)) == 3
    scores = monitor()
    pipe = make_pipeline(StandardScaler(), quick().set_callbacks(scores))
    GridSearchCV(pipe, {"abmtlclassifier__lr": [1e-3, 1e-2]}, cv=KFold(2)).fit(X, y)
    rows = epochs(scores)
    assert len(rows) == 3 * (2 * 2 + 1)
    assert all(0 <= row["accuracy"] <= 1 for row in rows)


def test_a_progress_bar_reaches_the_epochs_through_a_search(capsys):
    pytest.importorskip("rich", reason="ProgressBar draws with rich")
    X, y = labels()
    search = GridSearchCV(
        make_pipeline(StandardScaler(), quick()), {"abmtlclassifier__lr": [1e-3]}, cv=KFold(2)
    )
    bar = callback.ProgressBar(max_propagation_depth=None)
    search.set_callbacks(bar).fit(X, y)
    printed = capsys.readouterr().out
    assert "GridSearchCV" in printed
    assert "ABMTLClassifier - fit" in printed


def test_estimators_with_callbacks_clone_and_pickle():
    X, y = labels()
    classifier = quick().set_callbacks(monitor()).fit(X, y)
    copied = pickle.loads(pickle.dumps(classifier))
    np.testing.assert_array_equal(copied.predict(X), classifier.predict(X))
    again = clone(classifier).fit(X, y)
    np.testing.assert_array_equal(again.predict(X), classifier.predict(X))


def test_without_callbacks_training_has_none_of_them():
    X, y = labels()
    names = [name for name, _ in quick().fit(X, y).net_.callbacks_]
    assert not {"abmtl_epoch_report", "abmtl_stop_on_request"} & set(names)
    watched = quick().set_callbacks(Recorder()).fit(X, y)
    assert {"abmtl_epoch_report", "abmtl_stop_on_request"} < {n for n, _ in watched.net_.callbacks_}
