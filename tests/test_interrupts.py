"""Ctrl-C keeps what was learned, with a warning; before that it leaves the estimator as it was."""

from __future__ import annotations

import signal
import warnings

import numpy as np
import pytest
from checkpoint_samples import CODES, STOPS, Raise, X, assert_equal_fits, cut_off
from samples import quick
from sklearn.model_selection import GridSearchCV
from skorch.callbacks import Callback, EarlyStopping

CONSTANT = {"lr_schedule": None, "reconstruction_weight": 0}


@pytest.fixture(autouse=True)
def _default_handler():
    """Programs that a shell starts in the background ignore the signal."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def interrupted(n_epochs, **parameters):
    return cut_off(callbacks=[Raise(KeyboardInterrupt, n_epochs)], **parameters)


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
def test_known_labels_still_speak_for_other_tasks():
    with pytest.warns(UserWarning, match="interrupted"):
        classifier = interrupted(2, early_stopping=True).fit(X, CODES)
    given = np.where([True, False, False], CODES.astype(object), None)
    assert (classifier.predict(X, given=given)[:, 0] == CODES[:, 0]).all()


@pytest.mark.parametrize("n_batches", [3 * 2 + 1, 3 * 6 + 1, 3 * 6 + 2 * 6 + 1])
def test_folds_are_left_out_after_an_interrupt(n_batches):
    classifier = cut_off(aggregator__cv=2, callbacks=[AfterBatches(n_batches)])
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
            raise KeyboardInterrupt


class PressControlC(Callback):
    """Sends the signal that a terminal sends."""

    def on_batch_begin(self, net, training=False, **kwargs):
        if len(net.history) == 3:
            signal.raise_signal(signal.SIGINT)


def test_a_signal_is_an_interrupt():
    with pytest.warns(UserWarning, match=r"interrupted; the network is that of epoch 2\."):
        classifier = cut_off(callbacks=[PressControlC()]).fit(X, CODES)
    assert len(classifier.history_) == 2


def test_before_the_first_epoch_is_full_the_estimator_stays_as_it_was():
    classifier = interrupted(0)
    before = dict(vars(classifier))
    with pytest.raises(KeyboardInterrupt):
        classifier.fit(X, CODES)
    assert vars(classifier) == before


@pytest.mark.parametrize("n_epochs", [6, 8])
def test_warm_starts_keep_what_they_went_on_from(n_epochs):
    classifier = cut_off(warm_start=True).fit(X, CODES)
    before = dict(vars(classifier))
    classifier.set_params(callbacks=[Raise(KeyboardInterrupt, n_epochs)])
    if n_epochs == 6:
        with pytest.raises(KeyboardInterrupt):
            classifier.fit(X, CODES)
        assert classifier.net_ is before["net_"]
    else:
        with pytest.warns(UserWarning, match=r"the network is that of epoch 8\."):
            classifier.fit(X, CODES)
    assert len(classifier.history_) == n_epochs


def test_an_interrupted_pass_of_partial_fit_is_none():
    classifier = cut_off().fit(X, CODES)
    expected = classifier.predict_proba(X)[0]
    classifier.set_params(callbacks=[Raise(KeyboardInterrupt, 0)])
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


def test_the_checkpoint_stays_and_the_next_fit_goes_on(tmp_path):
    path = tmp_path / "fit.checkpoint"
    with pytest.warns(UserWarning, match="interrupted"):
        interrupted(2, checkpoint=path).fit(X, CODES)
    assert_equal_fits(cut_off(checkpoint=path).fit(X, CODES), cut_off().fit(X, CODES), X)


def test_an_interrupt_while_the_checkpoint_is_written_is_one(tmp_path, monkeypatch):
    path = tmp_path / "fit.checkpoint"
    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", press_control_c)
        with pytest.warns(UserWarning, match=r"the network is that of epoch 1\."):
            cut_off(checkpoint=path).fit(X, CODES)
    assert not list(tmp_path.iterdir())
    assert_equal_fits(cut_off(checkpoint=path).fit(X, CODES), cut_off().fit(X, CODES), X)


def press_control_c(descriptor):
    signal.raise_signal(signal.SIGINT)


def test_a_second_interrupt_ends_a_search():
    """The first ends the fit at hand; one before the next fit's first epoch is full ends all."""
    AfterBatches.n_left = 4
    search = GridSearchCV(quick(callbacks=[AgainAndAgain(4)]), {"lr": [0.001, 0.002]}, cv=2)
    with pytest.warns(UserWarning, match="interrupted"), pytest.raises(KeyboardInterrupt):
        search.fit(X, CODES)


class AgainAndAgain(AfterBatches):
    """Interrupts in every batch from one on."""

    def on_batch_end(self, net, training=False, **kwargs):
        AfterBatches.n_left -= training
        if AfterBatches.n_left <= 0:
            raise KeyboardInterrupt
