"""An interrupted fit resumes from its checkpoint with the same result, or refuses the file."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path

import checkpoint_samples
import numpy as np
import pytest
import torch
from checkpoint_samples import (
    CASES,
    IMAGES,
    STOPS,
    CutOffError,
    Raise,
    X,
    Y,
    assert_equal_fits,
    cut_off,
    leave_checkpoint,
)
from skorch.callbacks import Callback

from sklearn_abmtl import BackboneEncoder, load_model, save_model
from sklearn_abmtl._files.tensors import write_whole


@pytest.fixture
def path(tmp_path):
    return tmp_path / "fit.checkpoint"


@pytest.mark.parametrize("name", CASES)
def test_a_fit_that_was_cut_off_ends_as_one_that_was_not(name, path):
    parameters, rows = CASES[name]
    leave_checkpoint(path, rows=rows, **parameters)
    resumed = cut_off(checkpoint=path, **parameters).fit(rows, Y)
    assert_equal_fits(resumed, cut_off(**parameters).fit(rows, Y), rows)
    assert not path.exists()


@pytest.mark.parametrize("lr_schedule", ["one_cycle", None])
@pytest.mark.parametrize("n_epochs", range(1, 6))
def test_early_stopping_and_schedules_resume(n_epochs, lr_schedule, path):
    parameters = STOPS | {"lr_schedule": lr_schedule, "max_epochs": 12}
    expected = cut_off(**parameters).fit(X, Y)
    n_epochs = min(n_epochs, len(expected.history_) - 1)
    leave_checkpoint(path, n_epochs, **parameters)
    assert_equal_fits(cut_off(checkpoint=path, **parameters).fit(X, Y), expected, X)


def test_a_fit_may_be_cut_off_again_and_again(path):
    for n_epochs in (1, 2, 4):
        leave_checkpoint(path, n_epochs, **STOPS)
    assert_equal_fits(cut_off(checkpoint=path, **STOPS).fit(X, Y), cut_off(**STOPS).fit(X, Y), X)


def test_what_follows_the_last_epoch_is_done_again(path, monkeypatch):
    def fail(*args):
        raise CutOffError

    parameters = {"early_stopping": True}
    with monkeypatch.context() as patched:
        patched.setattr("sklearn_abmtl._training.afterwards.task_weights.learn_task_matrix", fail)
        with pytest.raises(CutOffError):
            cut_off(checkpoint=path, **parameters).fit(X, Y)
    watch = Watch()
    resumed = cut_off(checkpoint=path, callbacks=[watch], **parameters).fit(X, Y)
    assert dict(resumed.net_.callbacks_)["Watch"].n_batches_ == 0
    assert_equal_fits(resumed, cut_off(**parameters).fit(X, Y), X)


class Watch(Callback):
    """Counts training batches."""

    def initialize(self):
        self.n_batches_ = 0
        return self

    def on_batch_end(self, net, training=False, **kwargs):
        self.n_batches_ += training


def test_epochs_that_were_done_are_not_trained_again(path):
    leave_checkpoint(path, 4)
    resumed = cut_off(checkpoint=path, callbacks=[Watch()]).fit(X, Y)
    assert dict(resumed.net_.callbacks_)["Watch"].n_batches_ == 2 * 3


def test_a_second_fit_starts_again(path):
    classifier = cut_off(checkpoint=str(path)).fit(X, Y)
    assert not path.exists()
    assert_equal_fits(classifier.fit(X, Y), cut_off().fit(X, Y), X)


def test_a_checkpoint_changes_no_training(path):
    state = torch.get_rng_state()
    assert_equal_fits(cut_off(checkpoint=path).fit(X, Y), cut_off().fit(X, Y), X)
    assert torch.equal(torch.get_rng_state(), state)


def test_warm_starts_resume_after_the_previous_fit(path):
    expected = cut_off(warm_start=True).fit(X, Y)
    before = pickle.dumps(expected)
    expected.fit(X, Y)
    classifier = pickle.loads(before).set_params(checkpoint=path, callbacks=[Raise(CutOffError, 8)])
    with pytest.raises(CutOffError):
        classifier.fit(X, Y)
    resumed = pickle.loads(before).set_params(checkpoint=path).fit(X, Y)
    assert_equal_fits(resumed, expected, X)
    with pytest.raises(CutOffError):
        classifier.fit(X, Y)
    with pytest.raises(ValueError, match="another network to begin with"):
        cut_off(warm_start=True, checkpoint=path).fit(X, Y)


def test_partial_fit_writes_none(path):
    classes = [np.unique(Y[name]) for name in Y]
    cut_off(checkpoint=path).partial_fit(X, Y, classes)
    assert not path.exists()


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"lr": 0.003}, "lr"),
        ({"max_epochs": 7}, "max_epochs"),
        ({"encoder__width": 8}, "encoder"),
        ({"random_state": 1}, r"seed \(random_state\)"),
        ({"dtype": "float64"}, "dtype"),
        ({"early_stopping": True}, "early_stopping"),
    ],
)
def test_other_parameters_are_refused_by_name(changed, named, path):
    leave_checkpoint(path)
    before = path.read_bytes()
    classifier = cut_off(checkpoint=path, **changed)
    state = dict(vars(classifier))
    with pytest.raises(ValueError, match=rf"is of a fit with another .*\b{named}.*remove the file"):
        classifier.fit(X, Y)
    assert vars(classifier) == state
    assert path.read_bytes() == before


def test_parameters_that_change_no_step_may_be_others(path):
    leave_checkpoint(path)
    resumed = cut_off(checkpoint=path, verbose=1, callbacks=[]).fit(X, Y)
    assert_equal_fits(resumed, cut_off().fit(X, Y), X)


def other_label():
    y = Y.copy()
    y.loc[0, "size"] = 30 - y.loc[0, "size"]
    return y


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"X": X + [[0, 0, 0, 0, 1e-3]] * (np.arange(60) == 7)[:, None], "y": Y}, "X"),
        ({"X": X, "y": other_label()}, "y"),
        ({"X": X, "y": Y.rename(columns={"size": "height"})}, "y"),
        ({"X": X, "y": Y, "sample_weight": np.arange(1, 61)}, "sample_weight"),
        ({"X": X, "y": Y, "X_val": X[:9], "y_val": Y[:9]}, "set of validation rows"),
    ],
)
def test_other_data_are_refused_by_name(arguments, named, path):
    leave_checkpoint(path)
    with pytest.raises(ValueError, match=rf"is of a fit with another .*\b{named}\b"):
        cut_off(checkpoint=path).fit(**arguments)


def test_another_version_is_refused(path, monkeypatch):
    leave_checkpoint(path)
    monkeypatch.setattr("sklearn_abmtl._training.checkpoint.fingerprint.__version__", "9.9")
    with pytest.raises(ValueError, match="another version of sklearn_abmtl"):
        cut_off(checkpoint=path).fit(X, Y)


def test_files_that_are_no_checkpoint_are_refused_and_stay(path):
    leave_checkpoint(path)
    whole = path.read_bytes()
    save_model(cut_off(max_epochs=1).fit(X, Y), path.with_name("model.safetensors"))
    generator = np.random.default_rng(0)
    flipped = bytearray(whole)
    flipped[generator.integers(len(whole))] ^= 1
    model = path.with_name("model.safetensors").read_bytes()
    for data in (b"", b"a,b\n1,2\n", whole[: len(whole) // 2], bytes(flipped), model):
        path.write_bytes(data)
        with pytest.raises(ValueError, match=r"is not a checkpoint that fit wrote: .*Use another"):
            cut_off(checkpoint=path).fit(X, Y)
        assert path.read_bytes() == data


def test_what_killed_processes_left_behind_is_removed_an_hour_later(tmp_path, monkeypatch):
    names = ["fit[1].checkpoint", "fit[1].checkpoint.b", "fit1.checkpoint"]
    leave_unfinished(tmp_path, names, monkeypatch)
    for file in tmp_path.iterdir():
        os.utime(file, (time.time() - 4000,) * 2)
    leave_unfinished(tmp_path, names[:1], monkeypatch)  # another process may still write that
    others = [".fit[1].checkpoint.tmp", f".fit[1].checkpoint.{'g' * 32}.tmp", "fit[1].checkpoint.x"]
    for name in others:
        (tmp_path / name).write_bytes(b"")
        os.utime(tmp_path / name, (0, 0))
    cut_off(checkpoint=tmp_path / names[0]).fit(X, Y)
    left = sorted(file.name for file in tmp_path.iterdir() if file.name not in others)
    assert sorted(name.rsplit(".", 2)[0] for name in left) == sorted(f".{name}" for name in names)
    assert all((tmp_path / name).exists() for name in others)


def leave_unfinished(folder, names, monkeypatch):
    before = set(folder.iterdir())
    with monkeypatch.context() as patched:
        patched.setattr("pathlib.Path.unlink", lambda *args, **kwargs: None)  # as if killed
        patched.setattr("os.replace", press_power_button)
        for name in names:
            with pytest.raises(CutOffError):
                write_whole(folder / name, b"")
    assert len({*folder.iterdir()} - before) == len(names)


def press_power_button(*args):
    raise CutOffError


def test_a_checkpoint_is_no_model(path):
    leave_checkpoint(path)
    with pytest.raises(ValueError, match="is not a file that save_model wrote"):
        load_model(path)


def test_what_cannot_be_a_checkpoint_is_refused_before_the_training(tmp_path):
    for place in (tmp_path, tmp_path / "missing" / "file"):
        with pytest.raises(ValueError, match="checkpoint must be a file in a folder that exists"):
            cut_off(checkpoint=place, callbacks=[Raise(CutOffError, 0)]).fit(X, Y)
    with pytest.raises(ValueError, match="checkpoint needs a random_state"):
        cut_off(checkpoint=tmp_path / "file", random_state=None).fit(X, Y)
    with pytest.raises(ValueError, match="The 'checkpoint' parameter of ABMTLClassifier must be"):
        cut_off(checkpoint=1).fit(X, Y)


def test_models_are_saved_without_the_path(path):
    classifier = cut_off(max_epochs=1, checkpoint=path).fit(X, Y)
    folder = path.with_name("model")
    save_model(classifier, folder)
    assert load_model(folder).checkpoint is None
    assert not any(b"fit.checkpoint" in file.read_bytes() for file in folder.iterdir())
    assert pickle.loads(pickle.dumps(classifier)).checkpoint == path


def test_parts_that_cannot_be_pickled_are_distinguished(path):
    parameters = {"encoder": BackboneEncoder(lambda: torch.nn.Linear(5, 4))}
    leave_checkpoint(path, **parameters)
    resumed = cut_off(checkpoint=path, **parameters).fit(X, Y)
    assert_equal_fits(resumed, cut_off(**parameters).fit(X, Y), X)
    leave_checkpoint(path, **parameters)
    parameters = {"encoder": BackboneEncoder(lambda: torch.nn.Linear(5, 6))}
    with pytest.raises(ValueError, match="another encoder, network to begin with"):
        cut_off(checkpoint=path, **parameters).fit(X, Y)


FIT = """
import sys
sys.path.insert(0, sys.argv[1])
from checkpoint_samples import CASES, IMAGES, STOPS, Y, cut_off
print("ready", flush=True)
parameters = CASES["images"][0] | STOPS | {"max_epochs": 30, "n_iter_no_change": 30}
cut_off(checkpoint=sys.argv[2], **parameters).fit(IMAGES, Y)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system knows no SIGKILL")
def test_a_killed_process_is_gone_on_with(path):
    parameters = CASES["images"][0] | STOPS | {"max_epochs": 30, "n_iter_no_change": 30}
    generator = np.random.default_rng(0)
    command = [sys.executable, "-c", FIT, str(Path(checkpoint_samples.__file__).parent), str(path)]
    for _ in range(2):
        before = path.stat().st_mtime_ns if path.exists() else 0
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            process.stdout.readline()
            while not path.exists() or path.stat().st_mtime_ns == before:
                assert process.poll() is None
                time.sleep(0.01)
            time.sleep(generator.uniform(0, 0.1))
            process.kill()
        assert process.returncode == -signal.SIGKILL
    resumed = cut_off(checkpoint=path, **parameters).fit(IMAGES, Y)
    assert_equal_fits(resumed, cut_off(**parameters).fit(IMAGES, Y), IMAGES)
