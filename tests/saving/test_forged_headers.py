"""A seeded sample of forged headers: refused, or used without another error than a ValueError."""

from __future__ import annotations

import random
import tracemalloc

import pytest
from forged_headers import USES, VALUES, all_forgeries, forged, places, saved_kind
from hostile_files import parts_of

N_FILES = 50  # of each kind; benchmarks/corruptions.py --headers takes all
EXPECTED = ("refused", "loaded and used", "loaded, then a ValueError of ")


@pytest.mark.filterwarnings("ignore")  # what is forged may warn
@pytest.mark.parametrize("kind", USES)
def test_forged_headers_are_refused_or_harmless(kind, tmp_path):
    data = saved_kind(kind, tmp_path / "model.safetensors")
    header, tensors = parts_of(data)
    drawn = random.Random(0).sample(all_forgeries(data), N_FILES)
    for place, name in drawn:
        content = forged(header, tensors, place, name)
        (tmp_path / "forged.safetensors").write_bytes(content)
        tracemalloc.start()
        outcome = USES[kind](tmp_path / "forged.safetensors", with_export=False)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert outcome.startswith(EXPECTED), (place, name, outcome)
        assert peak < 3 * len(content) + 2**28, (place, name)


def test_forgeries_reach_every_node(tmp_path):
    header, _ = parts_of(saved_kind("table of categories and bins", tmp_path / "a.safetensors"))
    found = set(places(header))
    assert {("schema_version",), ("net", "plan", "specs", "encoder", "options", "d_model")} <= found
    assert len(VALUES) > 30
