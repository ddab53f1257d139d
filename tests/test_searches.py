"""A search over worker processes finds what it finds on one machine, and outlives a worker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager

import joblib
import numpy as np
import pytest
from code_blocks import code_block
from samples import quick, table
from search_scores import DEADLY, DIES_AT, LOG, logged_score
from sklearn.model_selection import GridSearchCV

from sklearn_abmtl.model_selection import MultiTaskStratifiedKFold

pytest.importorskip("distributed", reason="needs dask and distributed")
if not hasattr(joblib, "parallel_config"):
    pytest.skip("joblib.parallel_config came with joblib 1.3", allow_module_level=True)

X, Y = table(300)  # folds whose row numbers Dask moves as data of their own, from 1 kB on
SETTINGS = {
    "X": X,
    "y": Y,
    "classifier": quick(),
    "grid": {"lr": [0.001, 0.01], "encoder__width": [4, 16]},
    "scorer": logged_score,
}
N_FITS = 4 * 3


@contextmanager
def command(*words, **environment):
    """Run one of Dask's command lines until the end of the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "dask", *words],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))} | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for(path):
    while not path.exists():
        time.sleep(0.05)


def assert_equal_searches(found, expected):
    for key in ("mean_test_score", "std_test_score", "params"):
        np.testing.assert_array_equal(found.cv_results_[key], expected.cv_results_[key])
    np.testing.assert_array_equal(found.predict(X), expected.predict(X))


@pytest.mark.usefixtures("no_joblib_processes")
def test_two_workers_find_what_one_machine_finds_also_if_one_is_killed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    log = tmp_path / "scores.log"
    monkeypatch.setenv(LOG, str(log))
    grid, folds = SETTINGS["grid"], MultiTaskStratifiedKFold(3)
    with joblib.parallel_config("loky", n_jobs=2, inner_max_num_threads=1):
        expected = GridSearchCV(quick(), grid, scoring=logged_score, cv=folds).fit(X, Y)
    worker = ["worker", "--scheduler-file", "scheduler.json", "--nthreads", "1"]
    worker += ["--nworkers", "1", "--no-nanny", "--no-dashboard", "--worker-port", "0"]
    with ExitStack() as commands:
        commands.enter_context(
            command(
                "scheduler", "--scheduler-file", "scheduler.json", "--port", "0", "--no-dashboard"
            )
        )
        wait_for(tmp_path / "scheduler.json")
        commands.enter_context(command(*worker))
        mortal = commands.enter_context(command(*worker, **{DIES_AT: "2"}))
        for exit_code, n_again in [(None, 0), (-signal.SIGKILL, 2)]:
            log.unlink()
            if exit_code is not None:
                log.with_name(DEADLY).touch()
            names = dict(SETTINGS)
            exec(code_block("searches.md", 'parallel_config("dask"'), names)
            names["client"].close()
            assert mortal.poll() == exit_code
            assert N_FITS <= len(log.read_text().split()) <= N_FITS + n_again
            assert_equal_searches(names["search"], expected)


@pytest.mark.usefixtures("no_joblib_processes")
def test_ray_finds_what_loky_finds():
    ray = pytest.importorskip("ray", reason="needs ray")
    folds = MultiTaskStratifiedKFold(3)
    names, expected = (
        SETTINGS | {"search": GridSearchCV(quick(), SETTINGS["grid"], cv=folds)} for _ in range(2)
    )
    exec(code_block("searches.md", "register_ray"), names)
    ray.shutdown()
    with joblib.parallel_config("loky", n_jobs=2, inner_max_num_threads=1):
        expected["search"].fit(X, Y)
    found, scores = (each["search"].cv_results_["mean_test_score"] for each in (names, expected))
    np.testing.assert_array_equal(found, scores)
