"""``save_model`` and ``load_model``: what comes back, what is refused when saving, folders."""

from __future__ import annotations

import builtins
import json
import pickle
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from samples import frame, quick, table
from saved_samples import CASES, assert_same_answers, fitted
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
from skorch.callbacks import EpochTimer

from sklearn_abmtl import (
    BackboneEncoder,
    MLPEncoder,
    SingleTask,
    TaskRepresentation,
    TaskView,
    load_model,
    save_model,
)
from sklearn_abmtl.losses import TorchJD

X, CODES = table(60)


@pytest.mark.parametrize("name", CASES)
def test_files_give_the_same_and_use_no_pickle(name, tmp_path, monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("code of a file may run")

    classifier, path = fitted(name), tmp_path / "classifier.safetensors"
    generator = torch.get_rng_state()
    with monkeypatch.context() as patched:
        for module in (pickle, torch):
            patched.setattr(module, "load", refuse)
        for function in ("eval", "exec"):
            patched.setattr(builtins, function, refuse)
        patched.setattr(pickle, "loads", refuse)
        save_model(classifier, path)
        loaded = load_model(path)
    assert torch.equal(torch.get_rng_state(), generator)
    assert_same_answers(loaded, classifier, CASES[name][1])
    assert loaded.get_params().keys() == classifier.get_params().keys()
    assert vars(loaded).keys() == vars(classifier).keys()


@pytest.mark.parametrize("name", ["moments", "categories and missing numbers", "weighting famo"])
def test_what_is_loaded_trains_further_like_the_original(name, tmp_path):
    _, case_X, y = CASES[name]
    save_model(fitted(name), tmp_path / "a.safetensors")
    loaded, other = (load_model(str(tmp_path / "a.safetensors")) for _ in range(2))
    original = pickle.loads(pickle.dumps(fitted(name)))
    for classifier in (loaded, original):
        classifier.partial_fit(case_X, y).set_params(warm_start=True).fit(case_X, y)
    assert_same_answers(loaded, original, case_X)
    assert_same_answers(other, fitted(name), case_X)


def test_files_of_version_0_1_0_are_read():
    data = Path(__file__).with_name("data") / "version_0_1_0"
    loaded = load_model(data.with_suffix(".safetensors"))
    rows = pd.DataFrame(X, columns=list("abcde"))
    rows = rows.assign(kind=np.array(["x", "y", None], dtype=object)[CODES[:, 0]])
    rows.loc[::7, "a"] = np.nan
    expected = np.load(data.with_suffix(".npy"))
    probabilities = np.concatenate(loaded.predict_proba(rows[:5]), axis=1)
    np.testing.assert_allclose(probabilities, expected, rtol=1e-5)
    loaded.partial_fit(rows, frame(CODES))  # with the moments of the file


def test_files_are_as_large_as_the_weights(tmp_path):
    classifier, path = quick(encoder="mlp").fit(X, CODES), tmp_path / "classifier.safetensors"
    save_model(classifier, path)
    n_bytes = sum(
        t.numel() * t.element_size() for t in classifier.net_.module_.state_dict().values()
    )
    assert path.stat().st_size < 1.05 * n_bytes


class Tied(torch.nn.Module):
    """Two names of one parameter."""

    def __init__(self):
        super().__init__()
        self.one, self.two = torch.nn.Linear(5, 5), torch.nn.Linear(5, 5)
        self.two.weight = self.one.weight

    def forward(self, features):
        return self.two(self.one(features).tanh())


def tied_module():
    return Tied()


def test_tied_parameters_stay_tied(tmp_path):
    classifier = quick(encoder=BackboneEncoder(tied_module)).fit(X, CODES)
    path = tmp_path / "tied.safetensors"
    save_model(classifier, path)
    for loaded in (
        load_model(path, custom_parts=[tied_module]),
        pickle.loads(pickle.dumps(classifier)),
    ):
        assert_same_answers(loaded, classifier, X)
        backbone = loaded.net_.module_.trunk.encoder.backbone[-1]
        assert backbone.one.weight is backbone.two.weight


def test_loading_reads_no_other_file(tmp_path, monkeypatch):
    """Not even weights that the encoder of a hostile file names for the network itself."""
    module = torch.nn.Linear(5, 4)
    torch.save(module.state_dict(), tmp_path / "weights.pt")
    encoder = BackboneEncoder(linear_module, weights=str(tmp_path / "weights.pt"))
    classifier = quick(encoder=encoder).fit(X, CODES)
    classifier.set_params(encoder__weights=None)
    monkeypatch.setattr(BackboneEncoder, "blank", lambda spec: spec)
    save_model(classifier, tmp_path / "a.safetensors")
    monkeypatch.undo()
    monkeypatch.setattr(torch, "load", None)
    loaded = load_model(tmp_path / "a.safetensors", custom_parts=[linear_module])
    assert_same_answers(loaded, classifier, X)


def linear_module():
    return torch.nn.Linear(5, 4)


@dataclass(kw_only=True)
class OwnEncoder(MLPEncoder):
    """A part of the caller's own, with an option."""

    note: str = ""


def test_custom_parts_are_those_that_are_passed(tmp_path):
    classifier = quick(encoder=OwnEncoder(width=8, note="mine")).fit(X, CODES)
    path = tmp_path / "own.safetensors"
    save_model(classifier, path)
    for passed in ([], [MLPEncoder], [tied_module]):
        with pytest.raises(ValueError, match=r"custom part 'OwnEncoder'; pass its class"):
            load_model(path, custom_parts=passed)
    loaded = load_model(path, custom_parts=[OwnEncoder])
    assert loaded.encoder == classifier.encoder
    assert_same_answers(loaded, classifier, X)


REFUSED = {
    "callbacks": (lambda c: c.set_params(callbacks=[EpochTimer()]), "write callbacks="),
    "random_state": (
        lambda c: c.set_params(random_state=np.random.RandomState(0)),
        "write random_state=RandomState",
    ),
    "a module": (
        lambda c: c.set_params(encoder=BackboneEncoder(torch.nn.Linear(5, 4))),
        r"write encoder\['options'\]\['module'\]=Linear",
    ),
    "a lambda": (
        lambda c: c.set_params(encoder=BackboneEncoder(lambda: torch.nn.Linear(5, 4))),
        "it has no name",
    ),
    "weights from a path": (
        lambda c: c.set_params(encoder=BackboneEncoder("vgg19", weights="/tmp/weights.pt")),
        "encoder has weights='/tmp/weights.pt'",
    ),
    "an aggregator": (
        lambda c: c.set_params(loss_weights=TorchJD(aggregator=sum)),
        r"write loss_weights\['options'\]\['aggregator'\]=<built-in",
    ),
    "missing_label": (lambda c: c.set_params(missing_label=b"?"), "write missing_label=b'?'"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_parameters_that_cannot_be_written_are_named(name, tmp_path):
    change, text = REFUSED[name]
    classifier = change(quick().fit(X, CODES))
    with pytest.raises(ValueError, match=text):
        save_model(classifier, tmp_path / "classifier.safetensors")
    assert list(tmp_path.iterdir()) == []


def test_parameters_that_json_lacks_are_written(tmp_path):
    classifier = quick(device=torch.device("cpu"), missing_label=float("nan")).fit(X, CODES)
    save_model(classifier, tmp_path / "classifier.safetensors")
    loaded = load_model(tmp_path / "classifier.safetensors")
    assert loaded.device == "cpu"
    assert np.isnan(loaded.missing_label)


def test_other_estimators_are_refused(tmp_path):
    with pytest.raises(ValueError, match="writes a fitted ABMTLClassifier; found RandomForest"):
        save_model(RandomForestClassifier(), tmp_path / "forest.safetensors")
    with pytest.raises(NotFittedError):
        save_model(quick(), tmp_path / "classifier.safetensors")


@pytest.mark.parametrize("name", ["model.joblib", "model.safetensors.gz"])
def test_other_suffixes_are_refused(name, tmp_path):
    with pytest.raises(ValueError, match=r"path must end in .safetensors, or have no suffix"):
        save_model(fitted("defaults"), tmp_path / name)


def test_missing_files_and_folders(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_model(tmp_path / "nothing.safetensors")
    with pytest.raises(FileNotFoundError):
        load_model(tmp_path)
    with pytest.raises(FileNotFoundError):
        save_model(fitted("defaults"), tmp_path / "nowhere" / "a.safetensors")
    with pytest.raises(ValueError, match="path must be a file or a folder"):
        load_model("/dev/null")


@pytest.mark.parametrize("name", ["frames of labels", "task matrix"])
def test_folders_hold_the_model_its_header_and_a_card(name, tmp_path):
    classifier = fitted(name)
    save_model(classifier, tmp_path / "hub" / "model")
    folder = tmp_path / "hub" / "model"
    assert sorted(p.name for p in folder.iterdir()) == [
        "README.md",
        "config.json",
        "model.safetensors",
    ]
    assert_same_answers(load_model(folder), classifier, CASES[name][1])
    config = json.loads((folder / "config.json").read_text())
    assert config["parameters"]["max_epochs"] == classifier.max_epochs
    card = (folder / "README.md").read_text()
    prefix = "valid" if name == "task matrix" else "train"
    best = min(classifier.history_, key=lambda row: row[f"{prefix}_loss"])
    for task in classifier.task_names_:
        assert f"| {task} |" in card
        assert f"{best[f'{prefix}_accuracy_{task}']:.4f}" in card
    assert "| batch_size | `20` |" in card


def test_cards_show_numbers_of_searches_as_numbers(tmp_path):
    classifier = quick(lr=np.float64(0.002), max_epochs=np.int64(1)).fit(X, CODES)
    save_model(classifier, tmp_path / "model")
    card = (tmp_path / "model" / "README.md").read_text()
    assert "| lr | `0.002` |" in card
    assert "| max_epochs | `1` |" in card


def test_cards_are_read_by_the_hub_and_hold_any_label(tmp_path):
    hub = pytest.importorskip("huggingface_hub.repocard", reason="huggingface_hub is missing")
    labels = np.array(["a|b", "---\nlicense: x", "<script>"], dtype=object)[CODES[:, 0]]
    save_model(quick().fit(X, labels), tmp_path / "model")
    card = hub.ModelCard.load(tmp_path / "model" / "README.md")
    assert card.data.library_name == "sklearn-abmtl"
    assert card.data.license is None
    assert "--- license: x, &lt;script&gt;, a\\|b" in card.text


def pickled_by_version_0_1_0(module, name):
    """Return a pickle that refers to a class as version 0.1.0 did."""
    return f"c{module}\n{name}\n.".encode()


@pytest.mark.parametrize("wrapper", [SingleTask, TaskRepresentation, TaskView])
def test_pickles_of_version_0_1_0_find_the_wrappers(wrapper):
    name = wrapper.__module__.rpartition(".")[2]
    pickled = pickled_by_version_0_1_0(f"sklearn_abmtl._{name}", wrapper.__name__)
    assert pickle.loads(pickled) is wrapper


def test_a_pickle_of_version_0_1_0_with_a_calibrated_classifier_is_refused_with_advice():
    pickled = pickled_by_version_0_1_0(
        "sklearn_abmtl._calibration", "CalibratedMultiTaskClassifier"
    )
    with pytest.raises(ImportError, match="save the classifier inside by save_model, load that"):
        pickle.loads(pickled)
