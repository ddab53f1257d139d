"""Every benchmark runs in a small setting, in which its measurements have no meaning."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
HELPERS = Path(__file__).parent / "helpers"
SPEED_ROWS = ["predict_one_row", "fit_images", "fit_yeast", "captured_step", "kernels", "kurin"]
FEW_TURNS = ["--repeats", "1", "--share", "0.01"]
SETTINGS = {  # DATA is the folder of made sets
    "ablations": ["--seeds", "1", "--max-epochs", "1", "--n-train", "100", "--n-test", "40"],
    "calibration": ["--data", "DATA"],
    "endurance": ["--share", "0.01"],
    "growth": ["--only", "rows", "classes", "--largest", "1000", "--rows", "1100"],
    "kills": ["--kills", "1"],
    "learning": [
        *("--data", "DATA", "--sets", "yeast", "census", "--seeds", "1"),
        *("--only", "ABMTLClassifier", "MLPClassifier"),
    ],
    "members": ["--n-members", "2", "--batch-sizes", "16", "--seconds", "0.001"],
    "real_data": ["--data", "DATA", "--set", "census", "--max-epochs", "1", "--peers"],
    "scaling": ["--rows", "1100000", "--repeats", "1"],  # fewer are read as a whole
    "speed": ["--data", "DATA", *FEW_TURNS, "--only", *SPEED_ROWS],
    "splitters": ["--seeds", "1"],
    "threads": ["--repeats", "1", "--only", "table, width 32"],
}
TESTED_BELOW = {"corruptions", "report"}
# they take minutes, or wrk; what they call has tests
NOT_RUN = {"export", "pipelines_onnx", "processes", "searches", "serving", "serving_attacks"}
REPORTS = {
    "growth": "exponent",
    "learning": "Mean ranks",
    "scaling": "rows a second",
    "speed": "| at most |",
    "threads": "two / one",
}


def write_set(folder, name, X, n_classes, **contents):
    codes = np.arange(len(X))[:, np.newaxis] % n_classes
    tasks = [f"task_{task}" for task in range(len(n_classes))]
    rows = np.arange(len(X))
    n_train = 3 * len(X) // 4
    told = {"train": rows[:n_train], "test": rows[n_train:], "tasks": tasks, "categorical": []}
    np.savez(folder / f"{name}.npz", X=X, Y=codes, **(told | contents))


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A folder of small sets of the names and kinds that the benchmarks read."""
    folder = tmp_path_factory.mktemp("sets")
    generator = np.random.default_rng(0)
    pairs, digits = (
        generator.integers(256, size=(200, side, side), dtype=np.uint8) for side in (36, 28)
    )
    write_set(folder, "multi_mnist", pairs, (10, 10), kind="image")
    write_set(folder, "mnist_single", digits, (10, 2), kind="image", tasks=["digit", "odd"])
    genes = generator.normal(size=(200, 6))
    write_set(folder, "yeast", genes, (2, 2, 2), kind="tabular")
    table = np.stack([np.arange(200) % 3, generator.normal(size=200)], axis=1)
    table[::7, 1] = np.nan
    write_set(folder, "census", table, (2, 3), kind="tabular", categorical=[0])
    return folder


@pytest.fixture
def run(monkeypatch):
    """Run a benchmark in this process, which has imported the libraries already."""
    monkeypatch.syspath_prepend(BENCHMARKS)

    def run_main(name, *arguments):
        monkeypatch.setattr(sys, "argv", [name, *map(str, arguments)])
        importlib.import_module(name).main()

    return run_main


def test_every_benchmark_is_run():
    scripts = {path.stem for path in BENCHMARKS.glob("[!_]*.py")}
    assert scripts == SETTINGS.keys() | TESTED_BELOW | NOT_RUN


@pytest.mark.parametrize("name", SETTINGS)
def test_benchmark_writes_its_results(name, run, data, tmp_path, capsys):
    out = tmp_path / "results.json"
    setting = [data if argument == "DATA" else argument for argument in SETTINGS[name]]
    run(name, *setting, "--out", out)
    assert json.loads(out.read_text())["rows"]
    if name in REPORTS:
        capsys.readouterr()
        run(name, "--report", "--out", out)
        assert REPORTS[name] in capsys.readouterr().out


@pytest.mark.filterwarnings("ignore")  # TabNet's own: of SciPy, of its device
def test_speed_compares_with_tabnet_where_it_is_installed(run, data, tmp_path, capsys):
    run("speed", "--data", data, *FEW_TURNS, "--only", "fit_census", "--out", tmp_path / "out.json")
    assert capsys.readouterr().out.startswith("fit_census  ")


def test_growth_draws_its_results(run, tmp_path):
    out, picture = tmp_path / "growth.json", tmp_path / "growth.png"
    rows = [{"grows": "rows", "rows": n, "epoch_seconds": n / 1e5} for n in (100, 1000)]
    out.write_text(json.dumps({"rows": rows}))
    run("growth", "--plot", picture, "--out", out)
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_fits_of_processes_are_run_and_reported(run, tmp_path, capsys):
    found = tmp_path / "fit.json"
    run("_processes_fit", found, "digits as a table", 1)
    assert len(json.loads(found.read_text())["valid_loss"]) == 12
    run("processes", "--report")
    assert "| times as fast |" in capsys.readouterr().out


def test_report_is_of_real_data(run, data, tmp_path, capsys):
    out = tmp_path / "results.json"
    run("real_data", "--data", data, "--set", "yeast", "--max-epochs", 1, "--out", out)
    run("report", out)
    assert "| yeast | ABMTLClassifier" in capsys.readouterr().out


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="memory is read by Linux")
def test_corruptions_are_refused(tmp_path):
    # in a process of its own, for whose whole life it listens to Python's audit events
    out = tmp_path / "results.json"
    subprocess.run(
        [sys.executable, BENCHMARKS / "corruptions.py", "--files", "2", "--out", out],
        check=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (BENCHMARKS.parent, HELPERS)))},
        cwd=BENCHMARKS.parent,
    )
    rows = json.loads(out.read_text())["rows"]
    assert [row["executed"] for row in rows if "corrupted" in row["what"]] == [0, 0]
