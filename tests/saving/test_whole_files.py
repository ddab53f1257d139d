"""A process that is killed while it saves leaves the old file or the new one, whole."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import time
import tracemalloc

import numpy as np
import pytest
from hostile_files import sealed
from samples import quick, table
from saved_samples import fitted

from sklearn_abmtl import load_model, save_model
from sklearn_abmtl._files.tensors import (
    MAX_TENSORS,
    MAX_VALUES,
    read_checked,
    to_bytes,
    write_whole,
)

X, CODES = table(60)
SAVE_FOR_EVER = """
import os, sys
from sklearn_abmtl import load_model, save_model
one, two = (load_model(path) for path in sys.argv[1:3])
for line in sys.stdin:  # a process is forked for each, since its imports take seconds
    child = os.fork()
    while not child:
        save_model(one, sys.argv[3])
        save_model(two, sys.argv[3])
    print(child, flush=True)
    _, status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status), flush=True)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_killed_save_leaves_a_whole_file(tmp_path):
    paths = [tmp_path / f"{name}.safetensors" for name in ("one", "two", "target")]
    answers = []
    for seed, path in enumerate(paths[:2]):
        classifier = quick(max_epochs=1, random_state=seed).fit(X, CODES)
        save_model(classifier, path)
        answers.append(classifier.predict_proba(X)[0])
    save_model(load_model(paths[0]), paths[2])
    generator = np.random.default_rng(0)
    command = [sys.executable, "-c", SAVE_FOR_EVER, *map(str, paths)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, text=True, **pipes) as process:
        for _ in range(5):
            print("save", file=process.stdin, flush=True)
            child = int(process.stdout.readline())
            time.sleep(generator.uniform(0, 0.2))
            os.kill(child, signal.SIGKILL)
            assert int(process.stdout.readline()) == -signal.SIGKILL
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


@pytest.mark.skipif(os.name == "nt", reason="this system has no modes")
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o400])
def test_a_file_that_is_saved_over_keeps_who_may_read_it(mode, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"")
    path.chmod(mode)
    write_whole(path, b"content")
    assert stat.S_IMODE(path.stat().st_mode) == mode
    assert path.read_bytes() == b"content"


@pytest.fixture(params=["pipe", "socket", "folder", "device"])
def no_file(request, tmp_path):
    path = tmp_path / "a.safetensors"
    with socket.socket(getattr(socket, "AF_UNIX", socket.AF_INET)) as server:
        if request.param == "folder":
            path.mkdir()
        elif not hasattr(os, "mkfifo"):
            pytest.skip("this system has no such things among its files")
        elif request.param == "device":
            path.symlink_to("/dev/zero")
        elif request.param == "pipe":
            os.mkfifo(path)
        else:
            server.bind(str(path))
        yield path


def test_what_is_no_file_is_refused_without_waiting_for_it(no_file):
    with pytest.raises(
        ValueError, match=r"path must be a file|not a file that save_model|is not a file"
    ):
        read_checked(no_file)
    with pytest.raises(ValueError, match="path must be a file"):
        write_whole(no_file, b"")
    if not no_file.is_dir():
        with pytest.raises(ValueError, match="path must be a file or a folder"):
            load_model(no_file)
        with pytest.raises(ValueError, match="path must be a file, if it exists"):
            save_model(fitted("one task"), no_file)
    classifier = quick(checkpoint=no_file, random_state=0)
    with pytest.raises(ValueError, match="checkpoint must be a file in a folder that exists"):
        classifier.fit(X, CODES)
    assert not hasattr(classifier, "net_")


def with_hole(data: bytes) -> dict[str, bytes]:
    """Return what stands at the beginning of a file of 3 GB."""
    length = int.from_bytes(data[:8], "little")
    return {
        "nothing": b"",
        "a model": data,
        "a header of its own": data[: 8 + length],
        "a length": (2**23).to_bytes(8, "little"),
    }


@pytest.mark.parametrize("name", with_hole(bytes(8)))
def test_a_file_with_a_hole_is_refused_before_it_is_read(name, tmp_path):
    path = tmp_path / "a.safetensors"
    save_model(fitted("one task"), path)
    path.write_bytes(with_hole(path.read_bytes())[name])
    os.truncate(path, 3 * 2**30)
    tracemalloc.start()
    with pytest.raises(ValueError, match="is not a file that save_model wrote"):
        load_model(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**26


def test_files_of_too_many_values_or_tensors_are_neither_written_nor_read(tmp_path):
    path = tmp_path / "a.safetensors"
    with pytest.raises(ValueError, match=f"at most .* {MAX_VALUES} values of parameters"):
        to_bytes({"a": [0] * MAX_VALUES}, {})
    number = np.zeros((), dtype=np.float32)
    tensors = {str(k): number for k in range(MAX_TENSORS + 1)}
    with pytest.raises(ValueError, match=f"{MAX_TENSORS} tensors; found .* {len(tensors)} tensors"):
        to_bytes({}, tensors)
    path.write_bytes(sealed({"sklearn_abmtl": "[" + "[]," * MAX_VALUES + "0]"}, {}))
    with pytest.raises(ValueError, match=f"at most {MAX_VALUES}"):
        read_checked(path)
    path.write_bytes(sealed({"sklearn_abmtl": "{}"}, tensors))
    with pytest.raises(ValueError, match=f"it has {len(tensors)} tensors"):
        read_checked(path)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("9" * 21, "integer of 21 digits"),
        ("NaN", "NaN, which is not JSON"),
        ("[-Infinity]", "-Inf"),
    ],
)
def test_json_that_save_model_does_not_write_is_refused(text, error, tmp_path):
    path = tmp_path / "a.safetensors"
    path.write_bytes(sealed({"sklearn_abmtl": text}, {}))
    with pytest.raises(ValueError, match=error):
        read_checked(path)
