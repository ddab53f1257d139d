"""Files that ``save_model`` did not write as they are: all refused, and nothing in them is run."""

from __future__ import annotations

import json
import os
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hostile_files import (
    CASE,
    CORRUPTIONS,
    HEADERS,
    HOSTILE_HEADERS,
    HOSTILE_TENSORS,
    other_files,
    parts_of,
    sealed,
    with_header,
    with_header_value,
    with_tensors,
)
from saved_samples import fitted

from sklearn_abmtl import load_model, save_model

REFUSED = r"is not a file that save_model wrote: "


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("saved") / "classifier.safetensors"
    save_model(fitted("categories and missing numbers"), path)
    return path.read_bytes()


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("corrupt", CORRUPTIONS)
def test_corrupted_files_are_refused(corrupt, seed, saved, tmp_path):
    path = tmp_path / "corrupted.safetensors"
    path.write_bytes(corrupt(saved, np.random.default_rng(seed)))
    with pytest.raises(ValueError, match=REFUSED):
        load_model(path)


@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_every_kind_of_byte_counts(place, saved, tmp_path):
    header = int.from_bytes(saved[:8], "little")
    places = {"first": range(16), "middle": range(header, header + 24), "last": range(-16, 0)}
    for number in places[place]:
        changed = bytearray(saved)
        changed[number] ^= 1
        (tmp_path / "a.safetensors").write_bytes(changed)
        with pytest.raises(ValueError, match=REFUSED):
            load_model(tmp_path / "a.safetensors")


@pytest.mark.parametrize("name", other_files())
def test_other_files_are_refused_and_not_run(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("other.safetensors").write_bytes(other_files()[name])
    with pytest.raises(ValueError, match=REFUSED):
        load_model("other.safetensors")
    assert os.listdir() == ["other.safetensors"]


@pytest.mark.parametrize("name", HOSTILE_HEADERS)
def test_hostile_headers_are_refused(name, tmp_path):
    place, value, text = HOSTILE_HEADERS[name]
    path = tmp_path / "hostile.safetensors"
    save_model(fitted(CASE), path)
    path.write_bytes(with_header_value(path.read_bytes(), place, value))
    tracemalloc.start()
    with pytest.raises(ValueError, match=REFUSED) as caught:
        load_model(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert text in str(caught.value)
    assert peak < 10 * path.stat().st_size + 2**26


@pytest.mark.parametrize("name", HEADERS)
def test_headers_that_are_none_are_refused(name, tmp_path):
    path = tmp_path / "hostile.safetensors"
    path.write_bytes(with_header(HEADERS[name]))
    with pytest.raises(ValueError, match=REFUSED):
        load_model(path)


@pytest.mark.parametrize("name", HOSTILE_TENSORS)
def test_hostile_tensors_are_refused(name, tmp_path):
    change, text = HOSTILE_TENSORS[name]
    path = tmp_path / "hostile.safetensors"
    save_model(fitted(CASE), path)
    path.write_bytes(with_tensors(path.read_bytes(), change))
    with pytest.raises(ValueError, match=REFUSED) as caught:
        load_model(path)
    assert text in str(caught.value)


def test_a_file_that_is_sealed_again_as_it_was_is_loaded(tmp_path):
    path = tmp_path / "a.safetensors"
    save_model(fitted(CASE), path)
    header, tensors = parts_of(path.read_bytes())
    path.write_bytes(sealed({"sklearn_abmtl": json.dumps(header)}, tensors))
    assert load_model(path).task_names_ == fitted(CASE).task_names_
