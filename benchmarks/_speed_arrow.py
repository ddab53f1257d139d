"""Print megabytes: the peak of a process's own memory while it fits a Parquet file.

python benchmarks/_speed_arrow.py FILE write GIGABYTES
python benchmarks/_speed_arrow.py FILE fit

``datasets`` (4.2 or newer) copies the file once to Arrow files, and maps these into memory. Pages
of mapped files are not counted, because the system reclaims them when memory is short. Without
``pre_buffer=False`` the whole Parquet file would be in memory during the copy.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread

import datasets
import numpy as np
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet
import torch
from _memory import memory_megabytes
from _speed_memmap import BLOCK, N_FEATURES, labels_path, new_classifier, read_arguments
from torch.utils.data import Dataset

ROW_GROUP = 128  # rows of 64 kB that are read from Parquet at a time


class Rows(Dataset):
    """Rows of a table, as docs/data_sources.md has them."""

    def __init__(self, table: datasets.Dataset) -> None:
        self.table = table.with_format("numpy")

    def __len__(self) -> int:
        return len(self.table)

    def __getitem__(self, number: int) -> np.ndarray:
        return self.__getitems__([number])[0]

    def __getitems__(self, numbers: list[int]) -> np.ndarray:
        return self.table[numbers]["x"]


def write(path: Path, gigabytes: float) -> None:
    """Write rows of normal numbers and the labels of three tasks, each the sign of a number."""
    n_blocks = max(1, round(gigabytes * 2**30 / (4 * N_FEATURES * BLOCK)))
    generator = np.random.default_rng(0)
    schema = pa.schema([("x", pa.list_(pa.float32(), N_FEATURES))])
    labels = []
    with pyarrow.parquet.ParquetWriter(path, schema) as file:
        for _ in range(n_blocks):
            block = generator.standard_normal((BLOCK, N_FEATURES), np.float32)
            numbers = pa.FixedSizeListArray.from_arrays(block.ravel(), N_FEATURES)
            file.write_table(pa.table([numbers], schema), row_group_size=ROW_GROUP)
            labels.append(block[:, :3] > 0)
    np.save(labels_path(path), np.concatenate(labels))


def fit(path: Path) -> None:
    """Train for an epoch and predict all rows."""
    torch.set_num_threads(1)
    datasets.disable_progress_bars()
    with TemporaryDirectory(dir=path.parent) as cache:
        options = pyarrow.dataset.ParquetFragmentScanOptions(pre_buffer=False)
        table = datasets.Dataset.from_parquet(
            str(path), cache_dir=cache, fragment_scan_options=options
        )
        rows = Rows(table)
        new_classifier().fit(rows, np.load(labels_path(path))).predict_proba(rows)


def watch(ended: Event, seen: list[float]) -> None:
    """Measure repeatedly, because the system has no peak of memory without mapped files."""
    while not ended.wait(0.01):
        seen.append(memory_megabytes("RssAnon"))


def main() -> None:
    arguments = read_arguments()
    if arguments.command == "write":
        write(arguments.path, arguments.gigabytes)
        return
    ended, seen = Event(), [memory_megabytes("RssAnon")]
    watching = Thread(target=watch, args=(ended, seen))
    watching.start()
    try:
        fit(arguments.path)
    finally:
        ended.set()
        watching.join()
    print(max(seen))


if __name__ == "__main__":
    main()
