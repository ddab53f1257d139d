"""Reads files that are corrupted or made to do harm, and counts the results.

    export PYTHONPATH=tests/helpers
    python benchmarks/corruptions.py
    python benchmarks/corruptions.py --out benchmarks/results/corruptions.json
    python benchmarks/corruptions.py --headers --part 1 --parts 4
    python benchmarks/corruptions.py --headers --out \\
        benchmarks/results/forged_headers.json

A saved model and a checkpoint are corrupted at random places: a bit is flipped, the file is cut
off, bytes are inserted or swapped, or bytes are changed that no parser reads. Other files are made
by hand with a correct digest, as in the tests. Two numbers are counted: the files that are refused
with their own error, and the files that execute code. Code is detected by Python's audit hooks, and
by files that it leaves behind. A pickle that executes code shows that this detection works. Memory
is the growth of the process at its peak (Linux).

With ``--headers``, models of four kinds and a checkpoint are saved. Each node of their JSON headers
is removed, or replaced by each of about 45 values, and the digest is computed again, as anyone can
do. Each model is loaded and used with ``repr``, ``_repr_html_``, ``predict``, ``clone`` and
``save_model``, and a few, drawn by a seed, with ``export_onnx``. From each checkpoint ``fit``
resumes, and the result predicts. Any error other than a ValueError is a failure. A file may take 3
times its length plus 256 MB, and 5 s.
"""

from __future__ import annotations

import gc
import os
import pickle
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from _forged import measure as forge_headers
from _memory import memory_megabytes
from _report import new_parser, write_report
from checkpoint_samples import X, Y, cut_off, leave_checkpoint
from hostile_checkpoints import STOPS, hostile_checkpoints
from hostile_files import CASE, CORRUPTIONS, Writer, hostile_models
from saved_samples import fitted

from sklearn_abmtl import load_model, save_model

EXECUTED = ("os.exec", "os.posix_spawn", "os.system", "pickle.find_class", "socket", "subprocess")
ERRORS = ("is no file that save_model wrote: ", "is no checkpoint as fit writes it: ")
PATH = Path("file.safetensors")

Read = Callable[[Path], Any]


class Watch:
    """Counts calls that no file should cause, inside its ``with`` block."""

    def __init__(self) -> None:
        self.is_on, self.n_events = False, 0
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: Any) -> None:
        self.n_events += self.is_on and event.startswith(EXECUTED)

    def __enter__(self) -> Watch:
        self.is_on, self.n_events = True, 0
        return self

    def __exit__(self, *error: Any) -> None:
        self.is_on = False


def read_one(data: bytes, read: Read, watch: Watch) -> tuple[bool, bool]:
    """Return whether a file is refused, and whether it executes anything."""
    PATH.write_bytes(data)
    is_refused = False
    with watch:
        try:
            read(PATH)
        except ValueError as error:
            is_refused = any(text in str(error) for text in ERRORS)
    left = [name for name in os.listdir() if name != PATH.name]
    for name in left:
        os.remove(name)
    return is_refused, bool(watch.n_events or left)


def read_all(what: str, files: Iterable[bytes], read: Read, watch: Watch) -> dict[str, Any]:
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins here
    before = memory_megabytes("VmRSS")
    results = [read_one(data, read, watch) for data in files]
    refused, executed = zip(*results, strict=True)
    row = {
        "what": what,
        "files": len(results),
        "refused": sum(refused),
        "executed": sum(executed),
        "peak_megabytes": round(memory_megabytes("VmHWM") - before, 1),
    }
    print(row, flush=True)
    return row


def corrupted(data: bytes, n_files: int) -> Iterable[bytes]:
    for seed in range(n_files):
        yield CORRUPTIONS[seed % len(CORRUPTIONS)](data, np.random.default_rng(seed))


def resume(path: Path) -> None:
    cut_off(checkpoint=path, **STOPS).fit(X, Y)


def measure(n_files: int) -> list[dict[str, Any]]:
    watch = Watch()
    save_model(fitted(CASE), PATH)
    model = PATH.read_bytes()
    PATH.unlink()
    leave_checkpoint(PATH, **STOPS)
    checkpoint = PATH.read_bytes()
    kinds = [
        ("saved model", model, load_model, hostile_models(model)),
        ("checkpoint", checkpoint, resume, hostile_checkpoints(checkpoint)),
    ]
    rows = [
        read_all(
            "pickle loaded as one",
            [pickle.dumps(Writer())],
            lambda path: pickle.loads(path.read_bytes()),
            watch,
        )
    ]
    for name, data, read, by_hand in kinds:
        read_one(data, read, watch)  # modules imported here are not counted as memory of a file
        for what, files in {
            f"{name}, whole": [data],
            f"{name}, corrupted": corrupted(data, n_files),
            f"{name}, made by hand": by_hand.values(),
        }.items():
            row = read_all(what, files, read, watch)
            rows.append({**row, "whole_file_bytes": len(data)})
    return rows


def main() -> None:
    parser = new_parser(__doc__)
    parser.add_argument("--files", type=int, default=200, help="corrupted files of each kind")
    parser.add_argument("--headers", action="store_true", help="forge the headers of models")
    parser.add_argument("--part", type=int, default=1, help="which of the parts, from 1")
    parser.add_argument("--parts", type=int, default=1, help="number of parts of the headers")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="processes")
    parser.add_argument("--exports", type=int, default=3, help="exported of each kind")
    arguments = parser.parse_args()
    out = arguments.out and arguments.out.absolute()
    if arguments.headers:
        options = (arguments.part, arguments.parts, arguments.exports, arguments.workers)
        rows = forge_headers(*options)
        if out:
            write_report(out, rows)
        return
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        rows = measure(arguments.files)
        os.chdir("/")
    if out:
        write_report(out, rows)


if __name__ == "__main__":
    main()
