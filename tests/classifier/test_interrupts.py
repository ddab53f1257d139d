"""Ctrl-C leaves fit, or keeps the learned network if that is set, except in a search."""

from __future__ import annotations

import multiprocessing
import signal
import warnings
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest
from checkpoint_samples import CODES, STOPS, Raise, X, assert_equal_fits, cut_off
from samples import quick
from sklearn.base import clone
from sklearn.ensemble import BaggingClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 (the import turns it on)
from sklearn.feature_selection import SelectFromModel
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    RandomizedSearchCV,
    cross_val_predict,
    cross_val_score,
    cross_validate,
    learning_curve,
    validation_curve,
)
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skorch.callbacks import Callback, EarlyStopping

from sklearn_abmtl import SingleTask, model_selection
from sklearn_abmtl._training.loop.interrupts import is_fitted_repeatedly
from sklearn_abmtl.metrics import mean_task_scorer

CONSTANT = {"lr_schedule": None, "reconstruction_weight": 0}


@pytest.fixture(autouse=True)
def _default_handler():
    """Programs that a shell starts in the background ignore the signal."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class Press(Callback):
    """Presses Ctrl-C in a training batch of the epoch after ``n_epochs``."""

    def __init__(self, n_epochs):
        self.n_epochs = n_epochs

    def on_batch_end(self, net, training=False, **kwargs):
        if training and len(net.history) > self.n_epochs:
            signal.raise_signal(signal.SIGINT)


class PressAtEnd(Press):
    """Presses Ctrl-C after a full epoch, where callbacks may ask for the end of the training."""

    def on_batch_end(self, net, training=False, **kwargs):
        """Do nothing."""

    def on_epoch_end(self, net, **kwargs):
        if len(net.history) == self.n_epochs:
            signal.raise_signal(signal.SIGINT)


class PressInValidation(Press):
    def on_batch_end(self, net, training=False, **kwargs):
        super().on_batch_end(net, training=not training)


def interrupted(n_epochs, *, press=Press, on_interrupt="keep_best", **parameters):
    return cut_off(callbacks=[press(n_epochs)], on_interrupt=on_interrupt, **parameters)


PRESSES = [Press, PressAtEnd, PressInValidation]


@pytest.mark.parametrize("press", PRESSES)
@pytest.mark.parametrize("parameters", [{}, {"warm_start": True}, {"verbose": 1}])
def test_an_interrupt_leaves_fit_and_the_estimator_as_it_was(press, parameters):
    parameters = parameters | {"early_stopping": True}
    classifier = interrupted(2, press=press, on_interrupt="raise", **parameters)
    fitted = clone(classifier).set_params(callbacks=None).fit(X, CODES)
    expected = fitted.predict_proba(X)[0]
    fitted.set_params(callbacks=[press(8 if fitted.warm_start else 2)])
    for each in (classifier, fitted):
        before = dict(vars(each))
        with pytest.raises(KeyboardInterrupt):
            each.fit(X, CODES)
        assert vars(each) == before
    np.testing.assert_array_equal(fitted.predict_proba(X)[0], expected)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize("error", [SystemExit, GeneratorExit, RuntimeError])
def test_any_other_error_leaves_the_estimator_as_it_was(error):
    classifier = cut_off(on_interrupt="keep_best", warm_start=True).fit(X, CODES)
    expected = classifier.predict_proba(X)[0]
    classifier.set_params(callbacks=[Raise(error, 8)])
    before = dict(vars(classifier))
    with pytest.raises(error):
        classifier.fit(X, CODES)
    assert vars(classifier) == before
    assert len(classifier.history_) == 6
    np.testing.assert_array_equal(classifier.predict_proba(X)[0], expected)


def test_the_error_is_an_interrupt_while_importances_or_task_weights_are_learned(monkeypatch):
    classifier = cut_off(early_stopping=True)
    before = dict(vars(classifier))
    with monkeypatch.context() as patched:
        patched.setattr(
            "sklearn_abmtl._training.afterwards.task_weights.learn_task_matrix", press_control_c
        )
        with pytest.raises(KeyboardInterrupt):
            classifier.fit(X, CODES)
        assert vars(classifier) == before
        classifier.set_params(on_interrupt="keep_best")
        with pytest.warns(UserWarning, match=r"of epoch \d, without task weights\."):
            classifier.fit(X, CODES)
    assert not classifier.task_weights_.any()
    assert classifier.predict(X).shape == CODES.shape


def stratified(n_folds=2):
    return model_selection.MultiTaskStratifiedKFold(n_folds)


SCORER = mean_task_scorer("neg_log_loss")
GRID = {"lr": [0.002, 0.01]}
SEVERAL_FITS = {
    "GridSearchCV": lambda c: GridSearchCV(c, GRID, scoring=SCORER, cv=2).fit(X, CODES),
    "a search over a Pipeline": lambda c: GridSearchCV(
        make_pipeline(StandardScaler(), c), {"abmtlclassifier__lr": [0.01]}, scoring=SCORER, cv=2
    ).fit(X, CODES),
    "HalvingGridSearchCV": lambda c: HalvingGridSearchCV(
        SingleTask(c), {"estimator__lr": [0.002, 0.01]}, scoring="accuracy", cv=2, min_resources=30
    ).fit(X, CODES[:, 0]),
    "RandomizedSearchCV": lambda c: RandomizedSearchCV(
        c, GRID, n_iter=2, scoring=SCORER, cv=stratified(), random_state=0
    ).fit(X, CODES),
    "cross_validate": lambda c: cross_validate(c, X, CODES, scoring=SCORER, cv=2),
    "cross_val_score": lambda c: cross_val_score(c, X, CODES, scoring=SCORER, cv=2),
    "cross_val_predict": lambda c: cross_val_predict(c, X, CODES, cv=2),
    "cross_val_predict of tasks": lambda c: model_selection.cross_val_predict(c, X, CODES, cv=2),
    "learning_curve": lambda c: learning_curve(c, X, CODES, scoring=SCORER, cv=2),
    "validation_curve": lambda c: validation_curve(
        c, X, CODES, param_name="lr", param_range=[0.01], scoring=SCORER, cv=2
    ),
    "MultiOutputClassifier": lambda c: MultiOutputClassifier(c).fit(X, CODES),
    "ClassifierChain": lambda c: ClassifierChain(c).fit(X, CODES),
    "BaggingClassifier": lambda c: BaggingClassifier(c, n_estimators=2).fit(X, CODES[:, 0]),
    "SelectFromModel": lambda c: SelectFromModel(c).fit(X, CODES),
}


@pytest.mark.parametrize("name", SEVERAL_FITS)
@pytest.mark.parametrize("press", [Press, PressAtEnd])
def test_where_fits_follow_each_other_an_interrupt_is_never_kept(name, press):
    with pytest.raises(KeyboardInterrupt):
        SEVERAL_FITS[name](interrupted(2, press=press))


@pytest.mark.parametrize(
    "around", [lambda c: c, lambda c: make_pipeline(StandardScaler(), c), SingleTask]
)
def test_a_single_fit_is_kept_also_in_a_pipeline(around):
    with pytest.warns(UserWarning, match=r"the network is that of epoch 2\."):
        around(interrupted(2)).fit(X, CODES[:, 0])


def test_workers_and_other_threads_are_called_repeatedly():
    assert not is_fitted_repeatedly()
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(is_fitted_repeatedly).result()
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply_async(is_fitted_repeatedly).get(timeout=120)


def test_in_a_thread_a_callback_still_ends_the_training():
    fit = partial(cut_off(callbacks=[Raise(KeyboardInterrupt, 2)]).fit, X, CODES)
    with ThreadPoolExecutor(1) as pool:
        assert len(pool.submit(fit).result().history_) == 2


def test_a_callback_that_asks_for_the_end_in_a_batch_is_no_interrupt():
    """The epoch that it falls into is left out."""
    classifier = cut_off(callbacks=[Raise(KeyboardInterrupt, 2)], **CONSTANT).fit(X, CODES)
    expected = cut_off(**CONSTANT).set_params(max_epochs=2).fit(X, CODES)
    assert_equal_fits(classifier, expected, X)


@pytest.mark.parametrize("parameters", [{}, {"n_members": 2}, {"loss_weights": "famo"}])
@pytest.mark.parametrize("n_epochs", [1, 4])
def test_the_last_full_epoch_is_kept(n_epochs, parameters):
    parameters = parameters | CONSTANT
    with pytest.warns(
        UserWarning, match=f"interrupted; the network is that of epoch {n_epochs}\\."
    ):
        found = interrupted(n_epochs, **parameters).fit(X, CODES)
    expected = cut_off(**parameters).set_params(max_epochs=n_epochs).fit(X, CODES)
    assert len(found.history_) == n_epochs
    for probabilities, of_expected in zip(
        found.predict_proba(X), expected.predict_proba(X), strict=True
    ):
        np.testing.assert_array_equal(probabilities, of_expected)


@pytest.mark.parametrize("n_epochs", range(1, 6))
def test_with_early_stopping_the_best_epoch_is_kept(n_epochs):
    parameters = STOPS | {"n_iter_no_change": 99, "lr_schedule": None, "lr": 0.1}
    losses = [row["valid_loss"] for row in cut_off(**parameters).fit(X, CODES).history_]
    best = 1 + int(np.argmin(losses[:n_epochs]))
    with pytest.warns(UserWarning, match=f"the network is that of epoch {best}\\."):
        found = interrupted(n_epochs, **parameters).fit(X, CODES)
    parameters["max_epochs"] = n_epochs
    assert_equal_fits(found, cut_off(**parameters).fit(X, CODES), X)


@pytest.mark.filterwarnings("ignore:given changes no")  # (its labels depend on X alone)
def test_known_labels_still_improve_other_tasks():
    with pytest.warns(UserWarning, match="interrupted"):
        classifier = interrupted(2, early_stopping=True).fit(X, CODES)
    given = np.where([True, False, False], CODES.astype(object), None)
    assert (classifier.predict(X, given=given)[:, 0] == CODES[:, 0]).all()


@pytest.mark.parametrize("n_batches", [3 * 2 + 1, 3 * 6 + 1, 3 * 6 + 2 * 6 + 1])
def test_folds_are_left_out_after_an_interrupt(n_batches):
    classifier = cut_off(
        aggregator__cv=2, callbacks=[AfterBatches(n_batches)], on_interrupt="keep_best"
    )
    AfterBatches.n_left = n_batches
    with pytest.warns(UserWarning, match=r"of epoch \d, without task weights\."):
        classifier.fit(X, CODES)
    assert len(classifier.history_) == min(6, n_batches // 3)
    assert not classifier.task_weights_.any()


class AfterBatches(Callback):
    """Interrupts after so many training batches of all nets together."""

    n_left = 0

    def __init__(self, n_batches):
        self.n_batches = n_batches

    def on_batch_end(self, net, training=False, **kwargs):
        AfterBatches.n_left -= training
        if not AfterBatches.n_left:
            signal.raise_signal(signal.SIGINT)


def test_an_interrupt_after_a_full_epoch_keeps_that_epoch():
    with pytest.warns(UserWarning, match=r"interrupted; the network is that of epoch 2\."):
        classifier = interrupted(2, press=PressAtEnd, **CONSTANT).fit(X, CODES)
    assert_equal_fits(classifier, cut_off(max_epochs=2, **CONSTANT).fit(X, CODES), X)


def test_a_handler_of_the_caller_is_called():
    """It may ignore the signal."""
    pressed = []
    signal.signal(signal.SIGINT, lambda number, frame: pressed.append(number))
    classifier = interrupted(5, on_interrupt="raise").fit(X, CODES)
    assert set(pressed) == {signal.SIGINT}
    assert len(classifier.history_) == 6


class NeedsEpoch(Callback):
    """Reads the last epoch at the end, as callbacks of skorch do."""

    def on_train_end(self, net, **kwargs):
        net.history[-1, "epoch"]


@pytest.mark.parametrize("on_interrupt", ["raise", "keep_best"])
@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("others", [[], [NeedsEpoch()]])
def test_before_the_first_epoch_is_full_the_estimator_stays_as_it_was(
    on_interrupt, early_stopping, others
):
    classifier = cut_off(early_stopping=early_stopping, on_interrupt=on_interrupt)
    classifier.set_params(callbacks=[Press(0), *others])
    before = dict(vars(classifier))
    with pytest.raises(KeyboardInterrupt):
        classifier.fit(X, CODES)
    assert vars(classifier) == before
    with pytest.raises(KeyboardInterrupt):
        GridSearchCV(classifier, GRID, scoring=SCORER, cv=2).fit(X, CODES)


@pytest.mark.parametrize("n_epochs", [6, 8])
def test_warm_starts_keep_what_they_went_on_from(n_epochs):
    classifier = cut_off(warm_start=True, on_interrupt="keep_best").fit(X, CODES)
    before = dict(vars(classifier))
    classifier.set_params(callbacks=[Press(n_epochs)])
    if n_epochs == 6:
        with pytest.raises(KeyboardInterrupt):
            classifier.fit(X, CODES)
        assert classifier.net_ is before["net_"]
    else:
        with pytest.warns(UserWarning, match=r"the network is that of epoch 8\."):
            classifier.fit(X, CODES)
    assert len(classifier.history_) == n_epochs


@pytest.mark.parametrize("on_interrupt", ["raise", "keep_best"])
def test_an_interrupted_pass_of_partial_fit_is_none(on_interrupt):
    classifier = cut_off(on_interrupt=on_interrupt).fit(X, CODES)
    expected = classifier.predict_proba(X)[0]
    classifier.set_params(callbacks=[Press(0)])
    with pytest.raises(KeyboardInterrupt):
        classifier.partial_fit(X, CODES)
    np.testing.assert_array_equal(classifier.predict_proba(X)[0], expected)
    assert len(classifier.history_) == 6


def test_what_is_kept_is_trained_on():
    with pytest.warns(UserWarning, match="interrupted"):
        classifier = interrupted(2, warm_start=True).fit(X, CODES)
    classifier.set_params(callbacks=None).fit(X, CODES)
    assert len(classifier.history_) == 8
    assert len(classifier.partial_fit(X, CODES).history_) == 9


def test_a_callback_that_ends_the_training_is_no_interrupt():
    stop = EarlyStopping("train_loss", patience=1, threshold=10.0, threshold_mode="abs")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        classifier = cut_off(callbacks=[stop]).fit(X, CODES)
    assert len(classifier.history_) == 2


@pytest.mark.parametrize("press", [Press, PressAtEnd])
@pytest.mark.parametrize("on_interrupt", ["raise", "keep_best"])
def test_the_checkpoint_stays_and_the_next_fit_resumes(on_interrupt, press, tmp_path):
    path = tmp_path / "fit.checkpoint"
    expected = {
        "raise": partial(pytest.raises, KeyboardInterrupt),
        "keep_best": partial(pytest.warns, UserWarning, match="interrupted"),
    }
    with expected[on_interrupt]():
        interrupted(2, press=press, checkpoint=path, on_interrupt=on_interrupt).fit(X, CODES)
    assert path.exists()
    assert_equal_fits(cut_off(checkpoint=path).fit(X, CODES), cut_off().fit(X, CODES), X)


def test_an_interrupt_while_the_checkpoint_is_written_is_one(tmp_path, monkeypatch):
    path = tmp_path / "fit.checkpoint"
    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", press_control_c)
        with pytest.warns(UserWarning, match=r"the network is that of epoch 1\."):
            cut_off(checkpoint=path, on_interrupt="keep_best").fit(X, CODES)
    assert not list(tmp_path.iterdir())
    assert_equal_fits(cut_off(checkpoint=path).fit(X, CODES), cut_off().fit(X, CODES), X)


def press_control_c(*arguments):
    signal.raise_signal(signal.SIGINT)


def test_a_search_with_processes_ends_too():
    search = GridSearchCV(interrupted(2), GRID, scoring=SCORER, cv=2, n_jobs=2)
    with pytest.raises(KeyboardInterrupt):
        search.fit(X, CODES)
    assert not hasattr(search, "cv_results_")


def test_a_callback_ends_the_fits_of_a_search_and_not_the_search():
    search = GridSearchCV(
        quick(max_epochs=9, callbacks=[Raise(KeyboardInterrupt, 2)]), GRID, scoring=SCORER, cv=2
    ).fit(X, CODES)
    assert len(search.best_estimator_.history_) == 2
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
