"""Compares members joined by ``torch.vmap`` with members computed one after the other.

    python benchmarks/members.py
    python benchmarks/members.py --n-members 5 --batch-sizes 16 32 --out members.json

Both ways have equal parameters. In the joined way, a parameter of all members is one tensor, and
one call computes all members. The networks are those of ``ABMTLClassifier`` for 20 numbers and
tasks of 3 classes. A training step is forward pass, loss, backward pass and fused AdamW. Times are
CPU time on one thread: medians of blocks of calls in which the two ways take turns. A cell of the
tables is the time of one after the other, divided by the time of joined members. Above 1, joining
is faster.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from itertools import product
from statistics import median
from typing import Any, NamedTuple

import numpy as np
import torch
from _report import new_parser, write_report
from torch import Tensor
from torch.func import functional_call, stack_module_state

from sklearn_abmtl import ABMTLClassifier
from sklearn_abmtl.losses import MultiTaskLoss
from sklearn_abmtl.nn import FeatureTokenEncoder, MemberNetworks, MLPEncoder

N_FEATURES, N_CLASSES = 20, 3
WIDTHS, N_TASKS = (64, 256), (3, 14)
ENCODERS: dict[str, Callable[[int], Any]] = {
    "mlp": lambda width: MLPEncoder(width=width),
    "feature_token": lambda width: FeatureTokenEncoder(d_shared=width),
}
BLOCK_SECONDS = 0.03

Call = Callable[[], Any]
Compute = Callable[[Tensor], tuple[Tensor, Tensor]]  # features to logits of members and branches


class Case(NamedTuple):
    """Networks and batches that are measured."""

    encoder: str
    width: int
    n_tasks: int
    n_members: int
    batch_size: int


class Way(NamedTuple):
    """How the members are computed, and what is trained then."""

    compute: Compute
    parameters: list[Tensor]


def one_after_the_other(members: MemberNetworks) -> Way:
    def compute(features: Tensor) -> tuple[Tensor, Tensor]:
        output = members(features)
        return output.member_logits, output.branch_logits

    return Way(compute, list(members.parameters()))


def joined(members: MemberNetworks) -> Way:
    first = copy.deepcopy(members.networks[0])
    stacked, _ = stack_module_state(list(members.networks))  # each (n_members, *shape)

    def compute_one(parameters: dict[str, Tensor], features: Tensor) -> tuple[Tensor, Tensor]:
        output = functional_call(first, parameters, (features,))
        return output.task_logits, output.branch_logits[0]

    compute_all = torch.vmap(compute_one, in_dims=(0, None), randomness="different")
    return Way(lambda features: compute_all(stacked, features), list(stacked.values()))


WAYS: dict[str, Callable[[MemberNetworks], Way]] = {"loop": one_after_the_other, "joined": joined}


def training_step(way: Way, loss: MultiTaskLoss, features: Tensor, codes: Tensor) -> Call:
    optimizer = torch.optim.AdamW(way.parameters, fused=True)
    label_weights = torch.ones(codes.shape)

    def step() -> None:
        optimizer.zero_grad()
        member_logits, branch_logits = way.compute(features)
        loss(member_logits, branch_logits, codes, label_weights).total.backward()
        optimizer.step()

    return step


def prediction(way: Way, features: Tensor) -> Call:
    def predict() -> Tensor:
        with torch.inference_mode():
            return way.compute(features)[0].mean(0)

    return predict


def cpu_seconds(call: Call, n_calls: int) -> float:
    begin = time.process_time()
    for _ in range(n_calls):
        call()
    return (time.process_time() - begin) / n_calls


def milliseconds(kind: str, calls: list[Call], seconds: float) -> dict[str, float]:
    """Return the median CPU time of each way's call."""
    for call in calls:
        call()  # the first is slower
    n_calls = max(1, round(BLOCK_SECONDS / cpu_seconds(calls[0], 3)))
    end = time.process_time() + seconds
    blocks = []
    while time.process_time() < end:
        blocks.append([cpu_seconds(call, n_calls) for call in calls])
    medians = [1000 * median(times) for times in zip(*blocks, strict=True)]
    return {f"{kind}_{way}": round(value, 3) for way, value in zip(WAYS, medians, strict=True)}


def measure(case: Case, seconds: float) -> dict[str, Any]:
    """Return the milliseconds of a training step and of a prediction, both ways."""
    generator = np.random.default_rng(0)
    X = generator.normal(size=(case.batch_size, N_FEATURES)).astype(np.float32)
    y = generator.integers(N_CLASSES, size=(case.batch_size, case.n_tasks))
    classifier = ABMTLClassifier(
        encoder=ENCODERS[case.encoder](case.width),
        n_members=case.n_members,
        max_epochs=1,
        device="cpu",
        random_state=0,
    ).fit(X, y)
    members, loss = classifier.net_.module_, classifier.net_.criterion_
    features, codes = torch.from_numpy(X), torch.from_numpy(y)
    ways = [way(members.eval()) for way in WAYS.values()]
    torch.testing.assert_close(*(way.compute(features)[0] for way in ways))
    predictions = [prediction(way, features) for way in ways]
    row = case._asdict() | milliseconds("prediction", predictions, seconds)
    loss.train()
    ways = [way(members.train()) for way in WAYS.values()]
    steps = [training_step(way, loss, features, codes) for way in ways]
    return row | milliseconds("training", steps, seconds)


def print_table(rows: list[dict[str, Any]], kind: str) -> None:
    """Print a line for each network, and in each cell the batch sizes in their order."""
    counts = list(dict.fromkeys(row["n_members"] for row in rows))
    print(f"\n| {kind} | " + " | ".join(f"{n} members" for n in counts) + " |")
    print("|---|" + "---|" * len(counts))
    cells: dict[str, dict[int, list[str]]] = {}
    for row in rows:
        network = f"{row['encoder']}, width {row['width']}, {row['n_tasks']} tasks"
        ratio = row[f"{kind}_loop"] / row[f"{kind}_joined"]
        of_network = cells.setdefault(network, {n: [] for n in counts})
        of_network[row["n_members"]].append(f"{ratio:.2f}")
    for network, by_count in cells.items():
        print(f"| {network} | " + " | ".join(map(", ".join, by_count.values())) + " |")


def main() -> None:
    parser = new_parser(__doc__)
    parser.add_argument("--n-members", type=int, nargs="+", default=[2, 5, 10])
    parser.add_argument("--batch-sizes", type=int, nargs="+", default=[16, 48, 128])
    parser.add_argument("--seconds", type=float, default=0.5, help="CPU time of each measurement")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    cases = product(ENCODERS, WIDTHS, N_TASKS, arguments.n_members, arguments.batch_sizes)
    rows = [measure(Case(*case), arguments.seconds) for case in cases]
    for kind in ("training", "prediction"):
        print_table(rows, kind)
    if arguments.out:
        write_report(arguments.out, rows, n_features=N_FEATURES, n_classes=N_CLASSES)


if __name__ == "__main__":
    main()
