"""A process that is killed while it saves leaves the old file or the new one, whole."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from samples import quick, table
from saved_samples import fitted

from sklearn_abmtl import load_model, save_model
from sklearn_abmtl._files import write_whole

X, CODES = table(60)
SAVE_FOR_EVER = """
import sys
from sklearn_abmtl import load_model, save_model
one, two = (load_model(path) for path in sys.argv[1:3])
print("ready", flush=True)
while True:
    save_model(one, sys.argv[3])
    save_model(two, sys.argv[3])
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system knows no SIGKILL")
def test_a_killed_save_leaves_a_whole_file(tmp_path):
    paths = [tmp_path / f"{name}.safetensors" for name in ("one", "two", "target")]
    answers = []
    for seed, path in enumerate(paths[:2]):
        classifier = quick(max_epochs=1, random_state=seed).fit(X, CODES)
        save_model(classifier, path)
        answers.append(classifier.predict_proba(X)[0])
    save_model(load_model(paths[0]), paths[2])
    generator = np.random.default_rng(0)
    for _ in range(3):
        command = [sys.executable, "-c", SAVE_FOR_EVER, *map(str, paths)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            process.stdout.readline()
            time.sleep(generator.uniform(0, 0.2))
            process.kill()
        assert process.returncode == -signal.SIGKILL
        found = load_model(paths[2]).predict_proba(X)[0]
        assert any(np.array_equal(found, expected) for expected in answers)


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_save_that_fails_leaves_the_old_file_and_no_other(step, tmp_path, monkeypatch):
    path = tmp_path / "classifier.safetensors"
    save_model(fitted("one task"), path)
    before = path.read_bytes()

    def fail(*args):
        raise OSError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(os, step, fail)
        with pytest.raises(OSError, match="the disk is full"):
            save_model(fitted("defaults"), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_the_new_file_has_the_rights_of_any_other(tmp_path):
    (tmp_path / "other").write_bytes(b"")
    write_whole(tmp_path / "file", b"content")
    assert (tmp_path / "file").read_bytes() == b"content"
    assert (tmp_path / "file").stat().st_mode == (tmp_path / "other").stat().st_mode
