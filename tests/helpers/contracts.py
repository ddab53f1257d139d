"""Contracts of all parts. Modules and inputs are in float64, so that rounding hides nothing."""

from __future__ import annotations

import copy
import pickle
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from sklearn.base import clone
from torch import Tensor, nn
from torch.testing import assert_close

Build = Callable[[], nn.Module]
Inputs = tuple[Tensor, ...]

BATCHES = (1, 5)
NO_GRADIENT = 1e-12  # gradients in float64 that are 0 but for rounding


def seeded(build: Build, seed: int = 0) -> nn.Module:
    """Build a module in float64 and evaluation mode, the global generator left as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build().double().eval()


def random_tensor(*shape: int, seed: int = 0) -> Tensor:
    """Return normal numbers in float64."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def open_gamma(module: nn.Module) -> nn.Module:
    """Make the contexts count: gamma is initially 0, which hides the attention."""
    for name, parameter in module.named_parameters():
        if name.endswith("gamma"):
            parameter.data = 0.5 + 0.1 * random_tensor(*parameter.shape, seed=7)
    return module


def tensors(output: Any) -> Iterator[Tensor]:
    """Yield the tensors of an output, which may be nested tuples with None."""
    if isinstance(output, Tensor):
        yield output
    elif output is not None:
        for part in output:
            yield from tensors(part)


def shapes(output: Any) -> list[tuple[int, ...]]:
    """Return the shapes of an output's tensors."""
    return [tuple(tensor.shape) for tensor in tensors(output)]


def assert_same_output(module: nn.Module, other: nn.Module, inputs: Inputs) -> None:
    """Two modules give exactly the same."""
    with torch.no_grad():
        pairs = zip(tensors(module(*inputs)), tensors(other(*inputs)), strict=True)
    for found, expected in pairs:
        assert_close(found, expected, rtol=0, atol=0)


def assert_gradients_reach_parameters(
    module: nn.Module, output: Any, without_effect: Sequence[str] = ()
) -> None:
    """Every parameter has a gradient, and not 0 unless its name matches ``without_effect``."""
    module.zero_grad()
    loss = torch.zeros((), requires_grad=True)  # a module may have no parameter at all
    for seed, tensor in enumerate(tensors(output)):
        loss = loss + (tensor * random_tensor(*tensor.shape, seed=seed)).sum()
    loss.backward()
    for name, parameter in module.named_parameters():
        assert parameter.grad is not None, f"{name} is not connected to the output"
        assert parameter.grad.isfinite().all(), f"{name} has a gradient that is not finite"
        if not any(re.search(pattern, name) for pattern in without_effect):
            assert parameter.grad.abs().max() > NO_GRADIENT, f"{name} gets no gradient"


def assert_samples_are_independent(module: nn.Module, inputs: Inputs) -> None:
    """In evaluation mode, a sample's output is the same alone and in a batch."""
    module.eval()
    with torch.no_grad():
        together = list(tensors(module(*inputs)))
        for row in range(len(inputs[0])):
            alone = tensors(module(*(tensor[row : row + 1] for tensor in inputs)))
            for found, batch in zip(alone, together, strict=True):
                assert_close(found, batch[row : row + 1], rtol=1e-9, atol=1e-12)


def assert_permuting_tasks_permutes_output(
    module: nn.Module, inputs: Inputs, order: list[int], *, inputs_have_tasks: bool
) -> None:
    """Tasks have no order: parameters permuted along their axes of tasks permute the output.

    The number of tasks must be no other width of the module. Outputs, and inputs where they have
    tasks, are (batch, n_tasks, ...).
    """
    permuted = copy.deepcopy(module)
    for parameter in permuted.parameters():
        for axis, size in enumerate(parameter.shape):
            if size == len(order):
                parameter.data = parameter.data.index_select(axis, torch.tensor(order))
    permuted_inputs = tuple(x[:, order] for x in inputs) if inputs_have_tasks else inputs
    with torch.no_grad():
        pairs = zip(tensors(module(*inputs)), tensors(permuted(*permuted_inputs)), strict=True)
    for expected, found in pairs:
        assert_close(found, expected[:, order], rtol=1e-9, atol=1e-12)


def assert_attention_weights_sum_to_1(attention_weights: Tensor) -> None:
    """Each head of each task spreads one unit of attention over the tokens."""
    assert (attention_weights >= 0).all()
    assert_close(attention_weights.sum(-1), torch.ones_like(attention_weights[..., 0]))


def assert_dtype_is_kept(build: Build, inputs: Inputs) -> None:
    """float32 in, float32 out; float64 in, float64 out; nearly the same numbers."""
    double, single = seeded(build), seeded(build).float()
    with torch.no_grad():
        expected = list(tensors(double(*inputs)))
        found = list(tensors(single(*(tensor.float() for tensor in inputs))))
    assert {tensor.dtype for tensor in expected} == {torch.float64}
    assert {tensor.dtype for tensor in found} == {torch.float32}
    for a, b in zip(found, expected, strict=True):
        assert_close(a.double(), b, rtol=1e-4, atol=1e-4)


def assert_equal_seeds_give_equal_parameters(build: Build) -> None:
    """The seed decides every parameter; another seed gives others where any are random."""
    first, second, other = seeded(build), seeded(build), seeded(build, seed=1)
    for name, parameter in first.named_parameters():
        assert torch.equal(parameter, second.get_parameter(name)), name
        is_random = parameter.unique().numel() > 1
        assert torch.equal(parameter, other.get_parameter(name)) != is_random, name


def assert_state_dict_round_trips(build: Build, inputs: Inputs) -> None:
    """A state dict holds all that a module has learned."""
    source, target = open_gamma(seeded(build)), seeded(build, seed=1)
    target.load_state_dict(source.state_dict())
    assert_same_output(target, source, inputs)


def assert_module_copies(module: nn.Module, inputs: Inputs) -> None:
    """Deep copies and pickles give the same and share no parameter."""
    for copied in (copy.deepcopy(module), pickle.loads(pickle.dumps(module))):
        assert_same_output(copied, module, inputs)
        own = {parameter.data_ptr() for parameter in module.parameters()}
        assert own.isdisjoint(parameter.data_ptr() for parameter in copied.parameters())


def assert_spec_copies(spec: Any) -> None:
    """scikit-learn's clone, deep copies and pickles are equal and not the same."""
    for copied in (clone(spec), copy.deepcopy(spec), pickle.loads(pickle.dumps(spec))):
        assert type(copied) is type(spec)
        assert copied is not spec
        assert copied.get_params() == spec.get_params()
