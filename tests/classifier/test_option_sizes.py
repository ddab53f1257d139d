"""Options that need more memory than there is are refused before anything is allocated."""

from __future__ import annotations

import resource
from dataclasses import replace

import numpy as np
import pytest
import torch

from sklearn_abmtl import ABMTLClassifier, BackboneEncoder
from sklearn_abmtl._training import batch_memory, memory

RNG = np.random.default_rng(0)
TABLE = RNG.normal(size=(60, 5))
SEQUENCES = RNG.normal(size=(60, 12, 3))
IMAGES = RNG.normal(size=(60, 1, 16, 16))
Y = RNG.integers(0, 3, size=(60, 3))
MOST_BYTES = 200e6  # that a refusal may take

OF_THE_ESTIMATOR = [
    ({"n_members": 10**5}, r"'n_members' .* \[1, 1024\]\. Got 100000"),
    ({"n_bins": 10**6}, r"'n_bins' .* \[1, 1024\] .* Got 1000000"),
    ({"n_procs": 10**5}, r"'n_procs' .* \[1, 1024\]\. Got 100000"),
    ({"n_workers": 10**4}, r"'n_workers' .* \[0, 1024\]\. Got 10000"),
    ({"n_workers": 1000}, r"n_workers=1000 makes 1001 processes, which take at least 100 GB"),
]
OF_PARTS = [
    (TABLE, {"encoder__n_layers": 10**6}, "MLPEncoder: n_layers must be at most 1000"),
    (SEQUENCES, {"encoder__n_layers": 10**6}, "RecurrentEncoder: n_layers must be at most 1000"),
    (IMAGES, {"encoder__n_layers": 10**6}, "VGGEncoder: n_layers must be at most 1000"),
    (IMAGES, {"encoder__n_layers": (2, 10**6)}, r"VGGEncoder: n_layers must be at most 1000"),
    (IMAGES, {"encoder__n_stages": 10**6}, "VGGEncoder: n_stages must be at most 32"),
    (TABLE, {"encoder__width": 10**7}, "MLPEncoder: width=10000000 makes a network of 1.0e"),
    (TABLE, {"encoder__width": np.int64(10**7)}, "MLPEncoder: width=10000000 makes"),
    (TABLE, {"encoder__width": 10**30}, "width=10{30} makes a network of over 2.3e"),
    (SEQUENCES, {"encoder__width": 10**7}, "RecurrentEncoder: width=10000000 makes"),
    (IMAGES, {"encoder__width": 10**7}, "VGGEncoder: width=10000000 makes"),
    (IMAGES, {"encoder__d_shared": 10**9}, "VGGEncoder: d_shared=1000000000 makes"),
    (IMAGES, {"decoder__width": 10**7}, "BiLSTMDecoder: width=10000000 makes"),
    (SEQUENCES, {"decoder__width": 10**7}, "ConvDecoder: width=10000000 makes"),
    (TABLE, {"attention": "task_query", "attention__d_model": 10**8}, "d_model=100000000 makes"),
    (TABLE, {"attention": "mmoe", "attention__n_experts": 10**9}, "n_experts=1000000000 makes"),
    (TABLE, {"attention": "cross_stitch", "attention__n_layers": 10**6}, "must be at most 1000"),
    (TABLE, {"attention": "task_query", "attention__n_heads": 10**8}, "n_heads must divide"),
    (TABLE, {"task_classifier__d_hidden": 10**9}, "TaskClassifier: d_hidden=1000000000 makes"),
    (TABLE, {"encoder__width": 10**7, "sharing": "soft"}, "MLPEncoder: width=10000000 makes"),
    (TABLE, {"encoder__width": 2048, "encoder__n_layers": 900, "n_members": 900}, "n_members=900"),
]


@pytest.fixture(autouse=True)
def machine(monkeypatch):
    monkeypatch.setattr(memory, "machine_memory", lambda: 16e9)


def quick(**options):
    return ABMTLClassifier(**{"max_epochs": 1, "random_state": 0} | options)


def most_memory():
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def refused(classifier, method, features, pattern):
    before = dict(vars(classifier))
    passed = {"classes": [[0, 1, 2]] * 3} if method == "partial_fit" else {}
    at_first = most_memory()
    with pytest.raises(ValueError, match=pattern):
        getattr(classifier, method)(features, Y, **passed)
    assert most_memory() - at_first < MOST_BYTES
    assert vars(classifier) == before


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
@pytest.mark.parametrize(("options", "pattern"), OF_THE_ESTIMATOR)
def test_counts_of_the_estimator_are_bounded(method, options, pattern):
    refused(quick(**options), method, TABLE, pattern)


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
@pytest.mark.parametrize(("features", "options", "pattern"), OF_PARTS)
def test_sizes_of_parts_are_bounded(method, features, options, pattern):
    nested = {name: value for name, value in options.items() if "__" in name}
    plain = {name: value for name, value in options.items() if "__" not in name}
    refused(quick(**plain).set_params(**nested), method, features, pattern)


def test_processes_are_counted_before_any_starts():
    text = r"n_procs=1000 makes 1000 processes, which take at least 100 GB; this machine has 16 GB"
    refused(quick(n_procs=1000), "fit", TABLE, text)


def test_folds_are_counted_before_training(monkeypatch):
    def no_training(*args, **kwargs):
        raise AssertionError

    monkeypatch.setattr("sklearn_abmtl._training.trainer.Trainer.run", no_training)
    classifier = quick().set_params(aggregator__cv=10**6)
    refused(classifier, "fit", TABLE, "aggregator__cv=1000000 needs at least 1000000 training rows")


def test_what_stands_behind_a_backbone_is_counted():
    encoder = BackboneEncoder(torch.nn.Conv2d(1, 4, 4), d_shared=10**9)
    refused(quick(encoder=encoder), "fit", IMAGES, "BackboneEncoder: d_shared=1000000000 makes")


def test_a_machine_of_little_memory_counts_what_it_trains(monkeypatch):
    monkeypatch.setattr(memory, "machine_memory", lambda: 1e6)
    monkeypatch.setattr("sklearn_abmtl._classifier.estimator.check_processes", lambda *_: None)
    refused(quick(n_bins=1000), "fit", TABLE, r"this machine has 0\.001 GB\. Lower")


@pytest.mark.parametrize("features", [TABLE, SEQUENCES, IMAGES])
@pytest.mark.parametrize("options", [{}, {"sharing": "soft"}, {"n_members": 3}, {"n_bins": 48}])
def test_sizes_are_those_of_the_networks_and_below_the_quick_bound(features, options):
    net = quick(**options).fit(features, Y).net_
    size = memory.size_of(net.plan)
    tensors = [*net.module_.parameters(), *net.module_.buffers()]
    learned = {id(tensor): tensor.numel() for tensor in net.module_.parameters()}
    assert abs(size.n_parameters - sum(learned.values())) <= 0.2 * sum(learned.values()) + 600
    assert size.n_bytes >= 4 * sum(tensor.nbytes for tensor in tensors[: len(learned)])
    assert size.n_bytes <= memory.most_bytes(net.plan)


def test_ordinary_networks_are_not_counted(monkeypatch):
    monkeypatch.setattr(memory, "size_of", None)
    monkeypatch.setattr(batch_memory, "bytes_of_a_row", None)
    for features in (TABLE, SEQUENCES, IMAGES):
        plan = quick().fit(features, Y).net_.plan
        memory.check_network(replace(plan, n_members=3), torch.device("cpu"))


def kept_of_a_row(classifier, features, n_rows=20):
    """Return the bytes that a step of a trained network keeps of each row."""
    network = classifier.net_.module_.train()
    own = {parameter.untyped_storage().data_ptr() for parameter in network.parameters()}
    kept = {}

    def keep(tensor):
        storage = tensor.untyped_storage()
        kept[storage.data_ptr()] = (tensor, storage.nbytes())
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        output = network(torch.from_numpy(features[:n_rows].astype(np.float32)))
    assert output.task_logits.requires_grad
    return sum(n for place, (_, n) in kept.items() if place not in own) / n_rows


@pytest.mark.parametrize(
    ("features", "options"),
    [
        (TABLE, {}),
        (TABLE, {"encoder": "feature_token"}),
        (TABLE, {"n_bins": 48, "sharing": "soft"}),
        (SEQUENCES, {}),
        (IMAGES, {}),
        (IMAGES, {"n_members": 2}),
        (IMAGES, {"attention": "mtan", "max_shift": 1}),
    ],
)
def test_what_a_step_keeps_is_counted(features, options):
    classifier = quick(**options).fit(features, Y)
    plan = classifier.net_.plan
    counted = batch_memory.bytes_of_a_row(plan)
    assert 0.6 < counted / kept_of_a_row(classifier, features) < 1.02  # LSTMs on meta keep less
    assert counted <= batch_memory._most_bytes_of_a_row(plan)


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_batches_are_counted_before_training(method, monkeypatch):
    monkeypatch.setattr(batch_memory, "device_memory", lambda device: 3e6)
    text = (
        r"batch_size=60 makes batches of 60 rows, which take at least 0\.0\d+ GB to train on; this"
    )
    refused(quick(batch_size=60), method, IMAGES, text)
    refused(
        quick(batch_size=10**9), method, IMAGES, "batch_size=1000000000 makes batches of 60 rows"
    )
    halved = quick(batch_size=25, precision="bfloat16")
    assert len(halved.fit(IMAGES, Y).history_) == 1
    further = quick(batch_size=8, warm_start=True).fit(IMAGES, Y).set_params(batch_size=60)
    refused(further, method, IMAGES, "batch_size=60 makes batches of 60 rows")


def test_counting_a_batch_draws_nothing(monkeypatch):
    options = {"batch_size": 8, "max_shift": 1}
    expected = quick(**options).fit(IMAGES, Y).predict_proba(IMAGES)
    monkeypatch.setattr(batch_memory, "device_memory", lambda device: 3e6)
    for found, of_task in zip(
        quick(**options).fit(IMAGES, Y).predict_proba(IMAGES), expected, strict=True
    ):
        np.testing.assert_array_equal(found, of_task)


def test_batches_of_parts_that_do_not_run_on_meta_are_not_counted():
    class Looks(torch.nn.Conv2d):
        def forward(self, features):
            assert float(features.sum()) < 1e9
            return super().forward(features)

    fitted = quick(encoder=BackboneEncoder(Looks(1, 4, 4))).fit(IMAGES, Y)
    assert batch_memory.bytes_of_a_row(fitted.net_.plan) == 0
