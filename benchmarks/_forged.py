"""Models with every node of the header replaced or removed, and the results of using them."""

from __future__ import annotations

import multiprocessing
import random
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from _memory import memory_megabytes
from forged_headers import CHECKPOINT, USES, VALUES, Place, all_forgeries, forged, saved_kind
from hostile_files import parts_of

MEGABYTES, SECONDS = 256, 5
USED = "loaded and used"
CHUNK = 200  # files for a worker at a time


def measure_one(content: bytes, path: Path, use: Callable[..., str]) -> tuple[str, float, float]:
    """Return the result of a file, the megabytes above 3 times its length, and CPU seconds."""
    path.write_bytes(content)
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins here
    before, began = memory_megabytes("VmRSS"), time.process_time()
    outcome = use(path, with_export=False)
    taken = time.process_time() - began
    grown = memory_megabytes("VmHWM") - before
    return outcome, grown - 3 * len(content) / 2**20, taken


def measure_chunk(job: tuple[str, bytes, int]) -> dict[str, Any]:
    """Use some of the files of one kind, and return the results by number."""
    kind, data, start = job
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    parts = parts_of(data)
    counts: Counter[str] = Counter()
    peak, slowest, used = (0.0, ""), (0.0, ""), []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "forged.safetensors")
        for place, name in all_forgeries(data)[start : start + CHUNK]:
            what = f"{name} at {list(place)}"
            outcome, grown, taken = measure_one(forged(*parts, place, name), path, USES[kind])
            peak, slowest = max(peak, (grown, what)), max(slowest, (taken, what))
            if outcome == USED:
                used.append((place, name))
            if is_failure(outcome):
                print(kind, what, outcome, flush=True)
            counts[outcome.partition(":")[0]] += 1
    return {"counts": counts, "peak": peak, "slowest": slowest, "used": used}


def export_one(kind: str, data: bytes, place: Place, name: str) -> str:
    """Use a file, and export the loaded classifier; return the result."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "forged.safetensors")
        path.write_bytes(forged(*parts_of(data), place, name))
        return USES[kind](path, with_export=True)


def is_failure(outcome: str) -> bool:
    return outcome != USED and not outcome.startswith(("refused", "loaded, then a ValueError"))


def measure(part: int, n_parts: int, n_exports: int, n_workers: int) -> list[dict[str, Any]]:
    table = []
    with tempfile.TemporaryDirectory() as folder:
        saved = {kind: saved_kind(kind, Path(folder, "model.safetensors")) for kind in USES}
    with multiprocessing.get_context("fork").Pool(n_workers) as pool:
        for kind, data in saved.items():
            starts = range(0, len(all_forgeries(data)), CHUNK)[part - 1 :: n_parts]
            jobs = [(kind, data, start) for start in starts]
            results = pool.map(measure_chunk, jobs, chunksize=1)
            counts = sum((result["counts"] for result in results), Counter[str]())
            peak, slowest = (max(r[name] for r in results) for name in ("peak", "slowest"))
            used = [forgery for result in results for forgery in result["used"]]
            n_drawn = 0 if kind == CHECKPOINT else min(n_exports, len(used))
            drawn = random.Random(0).sample(used, n_drawn)
            exports = Counter(export_one(kind, data, *forgery) for forgery in drawn)
            row = {
                "kind": kind,
                "nodes": len(all_forgeries(data)) // len(VALUES),
                "files": sum(counts.values()),
                **dict(sorted(counts.items())),
                "exports": dict(exports),
                "failures": sum(n for o, n in (counts + exports).items() if is_failure(o)),
                "peak_megabytes_beyond_3_files": round(peak[0], 1),
                "peak_of": peak[1],
                "longest_cpu_seconds": round(slowest[0], 2),
                "longest_of": slowest[1],
                "within_limits": peak[0] <= MEGABYTES and slowest[0] <= SECONDS,
            }
            print(row, flush=True)
            table.append(row)
    return table
