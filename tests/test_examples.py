"""The examples run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[1] / "examples"


def test_two_digits_beats_the_forest_and_draws_its_picture(tmp_path):
    path = tmp_path / "demo.png"
    done = subprocess.run(
        [sys.executable, EXAMPLES / "plot_two_digits.py", path],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    ours, forest = (float(line.split()[3]) for line in done.stdout.splitlines()[1:3])
    assert ours > forest
    assert path.read_bytes().startswith(b"\x89PNG")
