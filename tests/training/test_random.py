"""Random numbers of torch that leave the caller's as they were."""

from __future__ import annotations

import pytest
import torch

from sklearn_abmtl._training import reproducible_torch

CPU = torch.device("cpu")


def numbers_inside(seed, device=CPU):
    with reproducible_torch(seed, device):
        return torch.rand(3), torch.rand(3, device=device).cpu()


def test_the_global_generator_stays_as_it_was():
    before = torch.get_rng_state()
    numbers_inside(0)
    assert torch.equal(torch.get_rng_state(), before)


def test_the_global_generator_stays_as_it_was_after_an_error():
    def fail():
        torch.rand(3)
        raise KeyError("inside")

    before = torch.get_rng_state()
    with pytest.raises(KeyError, match="inside"), reproducible_torch(0, CPU):
        fail()
    assert torch.equal(torch.get_rng_state(), before)


def test_the_seed_alone_decides_the_numbers():
    first = numbers_inside(5)
    torch.rand(7)
    second, other = numbers_inside(5), numbers_inside(6)
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
    assert not torch.equal(first[0], other[0])


@pytest.mark.gpu
def test_the_generator_of_the_gpu_is_isolated_too():
    device = torch.device("cuda")
    before = torch.cuda.get_rng_state()
    first, second = numbers_inside(5, device), numbers_inside(5, device)
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
    assert torch.equal(torch.cuda.get_rng_state(), before)
