"""Made logits of held-out rows and their labels."""

from __future__ import annotations

import torch
from contracts import random_tensor

NO_LABEL = -1


def softmax(logits, tasks=slice(None)):
    return logits.softmax(dim=-1)


def dependent_rows(n_samples=400, n_tasks=3, n_classes=2, seed=0):
    """Return logits and codes; half of the time a label is that of the first task."""
    logits = random_tensor(n_samples, n_tasks, n_classes, seed=seed)
    generator = torch.Generator().manual_seed(seed)
    codes = torch.distributions.Categorical(logits=logits)
    drawn = torch.multinomial(codes.probs.flatten(0, 1), 1, generator=generator)
    drawn = drawn.reshape(n_samples, n_tasks)
    copies = torch.rand(n_samples, n_tasks, generator=generator) < 0.5
    return logits, torch.where(copies, drawn[:, :1], drawn)


def independent_rows(n_samples=400, scale=1.0, seed=0):
    logits = random_tensor(n_samples, 3, 4, seed=seed)
    generator = torch.Generator().manual_seed(seed + 1)
    drawn = torch.multinomial(logits.softmax(2).flatten(0, 1), 1, generator=generator)
    return logits * scale, drawn.reshape(n_samples, 3)


def mean_loss(probabilities, codes, where):
    own = probabilities.gather(2, codes.unsqueeze(2)).squeeze(2)
    return -own.log()[where].mean().item()


def half_known(codes, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.where(torch.rand(codes.shape, generator=generator) < 0.5, codes, NO_LABEL)
