"""One fit at a time uses a checkpoint. Each clone of a search has its own file."""

from __future__ import annotations

import pickle
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from checkpoint_samples import CODES, CutOffError, Raise, X, Y, assert_equal_fits, cut_off
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skorch.callbacks import Callback

from sklearn_abmtl import load_model, save_model
from sklearn_abmtl._training.checkpoint.lock import locked

IN_USE = r"checkpoint='.*fit\.checkpoint' is in use by another fit"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "fit.checkpoint"


class Wait(Callback):
    """Wait in the second epoch until a file is there, after another one was written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def on_epoch_end(self, net, **kwargs):
        if len(net.history) == 2:
            (self.folder / "waits").touch()
            while not (self.folder / "go").exists():
                time.sleep(0.01)


class Record(Callback):
    """Note the names of the files in a folder at the end of an epoch."""

    names: ClassVar[set[str]] = set()

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def on_epoch_end(self, net, **kwargs):
        self.names |= {path.name for path in self.folder.iterdir()}


def wait_for(path):
    while not path.exists():
        time.sleep(0.01)


@pytest.mark.usefixtures("forked_processes")
@pytest.mark.parametrize("n_procs", [1, 2])
def test_a_second_fit_is_refused_and_the_first_one_is_left_alone(n_procs, path, tmp_path):
    first = cut_off(checkpoint=path, callbacks=[Wait(tmp_path)])
    thread = threading.Thread(target=first.fit, args=(X, Y))
    thread.start()
    wait_for(tmp_path / "waits")
    second = cut_off(checkpoint=str(path), n_procs=n_procs)
    before = dict(vars(second))
    with pytest.raises(ValueError, match=IN_USE):
        second.fit(X, Y)
    assert vars(second) == before
    (tmp_path / "go").touch()
    thread.join()
    assert_equal_fits(first, cut_off().fit(X, Y), X)
    assert {file.name for file in tmp_path.iterdir()} == {"waits", "go"}
    assert_equal_fits(second.set_params(n_procs=1).fit(X, Y), first, X)


FIT = """
import sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
from checkpoint_samples import X, Y, cut_off
from test_checkpoint_locks import Wait
path = Path(sys.argv[1])
cut_off(checkpoint=path, callbacks=[Wait(path.parent)]).fit(X, Y)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system knows no SIGKILL")
def test_the_lock_of_a_killed_process_is_free(path, tmp_path):
    command = [sys.executable, "-c", FIT, str(path), *sys.path]
    with subprocess.Popen(command) as process:
        wait_for(tmp_path / "waits")
        with pytest.raises(ValueError, match=IN_USE):
            cut_off(checkpoint=path).fit(X, Y)
        process.kill()
    assert_equal_fits(cut_off(checkpoint=path).fit(X, Y), cut_off().fit(X, Y), X)
    assert [file.name for file in tmp_path.iterdir()] == ["waits"]


def test_a_lock_is_free_after_an_error(path):
    with pytest.raises(CutOffError):
        cut_off(checkpoint=path, callbacks=[Raise(CutOffError, 2)]).fit(X, Y)
    with locked(path) as is_held:
        assert is_held
        with locked(path) as is_held_again:
            assert not is_held_again
    assert path.exists()


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_fits_of_a_search_have_a_file_each(n_jobs, path, tmp_path):
    def search(**parameters):
        grid = {"lr": [0.01, 0.05], "max_epochs": [2, 3]}
        return GridSearchCV(cut_off(**parameters), grid, cv=2, n_jobs=n_jobs, error_score="raise")

    found, expected = search(checkpoint=path).fit(X, CODES), search().fit(X, CODES)
    scores = [each.cv_results_["mean_test_score"] for each in (found, expected)]
    np.testing.assert_array_equal(*scores)
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("wrapped", [False, True])
def test_clones_resume_from_their_own_files(wrapped, path, tmp_path):
    def classifier(**parameters):
        alone = cut_off(checkpoint=path, **parameters)
        return make_pipeline(StandardScaler(), alone) if wrapped else alone

    def score():
        return cross_validate(classifier(), X, CODES, cv=2, error_score="raise")["test_score"]

    for _ in range(2):  # the same two files again
        with pytest.raises(ValueError, match="All the 2 fits failed"):
            cross_validate(classifier(callbacks=[Raise(CutOffError, 2)]), X, CODES, cv=2)
        assert len([*tmp_path.iterdir()]) == 2
    assert all(file.name.startswith("fit.") for file in tmp_path.iterdir())
    assert not path.exists()
    found = score()
    assert not [*tmp_path.iterdir()]
    np.testing.assert_array_equal(found, score())


def test_a_clone_is_an_estimator_as_any_other_once_it_is_fitted(path, tmp_path):
    copied = pickle.loads(
        pickle.dumps(clone(cut_off(checkpoint=path, callbacks=[Record(tmp_path)])))
    )
    assert copied.checkpoint == path
    copied.fit(X, Y)
    assert path.name not in Record.names
    assert any(name.startswith("fit.") for name in Record.names)
    model = path.with_name("model.safetensors")
    save_model(copied.set_params(callbacks=None), model)
    assert_equal_fits(load_model(model), copied, X)
    assert vars(copied).keys() == vars(cut_off().fit(X, Y)).keys()


def test_a_checkpoint_that_is_set_on_a_clone_is_that_very_file(path, tmp_path):
    Record.names = set()
    copied = clone(cut_off()).set_params(checkpoint=path, callbacks=[Record(tmp_path)])
    copied.fit(X, Y)
    assert path.name in Record.names
