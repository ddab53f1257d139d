"""Random numbers of torch, without a change of the caller's generators."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Any

import numpy as np
import torch
from torch.overrides import TorchFunctionMode

from .torch_state import default_dtype, own_torch_state

BIT_GENERATORS = {
    generator.__name__: generator
    for generator in (
        np.random.MT19937,
        np.random.PCG64,
        np.random.PCG64DXSM,
        np.random.Philox,
        np.random.SFC64,
    )
}


class Lock:
    """A lock, since the generators belong to the process and not to a thread."""

    one_at_a_time = RLock()


def _renew_lock() -> None:
    Lock.one_at_a_time = RLock()


if hasattr(os, "register_at_fork"):  # else a child could wait for a thread of its parent
    os.register_at_fork(after_in_child=_renew_lock)

DRAWING = frozenset(  # functions of torch that take a generator
    [
        "bernoulli_",
        "kaiming_normal_",
        "kaiming_uniform_",
        "normal",
        "normal_",
        "rand",
        "randint",
        "randn",
        "random_",
        "randperm",
        "trunc_normal_",
        "uniform_",
    ]
)


@contextmanager
def reproducible_torch(seed: int, device: torch.device) -> Iterator[None]:
    """Seed torch's global generators inside the block and restore them after it.

    Other settings of the caller in torch have no effect inside the block. A thread waits while
    another one is in such a block. On a GPU, convolutions use reproducible algorithms inside the
    block.
    """
    devices = [device] if device.type == "cuda" else []
    with (
        Lock.one_at_a_time,
        own_torch_state(),
        default_dtype(torch.float32),
        torch.random.fork_rng(devices=devices),
        torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True),
    ):
        seed_generators(seed, device)
        yield


class PrivateDraws(TorchFunctionMode):
    """Lets a thread draw from its own generator inside the block.

    Torch's global generator is not used, so other threads need not wait and draw the same numbers.
    """

    def __init__(self) -> None:
        super().__init__()
        self.generator = torch.Generator("cpu").manual_seed(0)

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = dict(kwargs or {})
        if getattr(func, "__name__", "") in DRAWING and kwargs.get("generator") is None:
            kwargs["generator"] = self.generator
        return func(*args, **kwargs)


def seed_generators(seed: int, device: torch.device) -> None:
    """Seed torch's global generators of the CPU and of the device."""
    torch.random.default_generator.manual_seed(seed)
    if device.type == "cuda":
        with torch.cuda.device(device):
            torch.cuda.manual_seed(seed)


def random_state_to_json(random_state: np.random.RandomState) -> str:
    """Return the state of a RandomState as text."""
    return json.dumps(random_state.get_state(legacy=False), default=np.ndarray.tolist)


def random_state_from_json(text: str) -> np.random.RandomState:
    """Return the RandomState from the text of ``random_state_to_json``.

    Raises
    ------
    ValueError
        If its bit generator is not one of NumPy's.
    """
    state = json.loads(text, object_hook=_with_arrays)
    name = state["bit_generator"]
    if name not in BIT_GENERATORS:
        raise ValueError(
            "random_state must have one of the bit generators "
            f"{[*BIT_GENERATORS]} if several processes train together; found {name!r}."
        )
    random_state = np.random.RandomState(BIT_GENERATORS[name]())
    random_state.set_state(state)
    return random_state


def _with_arrays(state: dict[str, Any]) -> dict[str, Any]:
    return {k: np.array(v, np.uint64) if isinstance(v, list) else v for k, v in state.items()}
