"""Embeddings of categories."""

from __future__ import annotations

import torch

from sklearn_abmtl.nn.input_layers.category_embeddings import CategoryEmbeddings

CODES = torch.tensor([[1, 0], [2, 4], [3, 1], [1, 2]])


def train(module: CategoryEmbeddings, codes: torch.Tensor) -> None:
    optimizer = torch.optim.AdamW(module.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        module(codes).sin().sum().backward()
        optimizer.step()


def test_widths_follow_the_number_of_codes():
    module = CategoryEmbeddings([2, 10, 100, 100_000])
    assert module.widths == [2, 6, 21, 600]


def test_embeddings_start_from_zero():
    assert not CategoryEmbeddings([4, 5])(CODES).any()


def test_a_code_without_rows_keeps_its_zeros():
    module = CategoryEmbeddings([4, 5])
    train(module, CODES)
    assert module(CODES).all()
    n_first = module.widths[0]
    columns = module(torch.tensor([[0, 3]]))
    assert not columns.any()
    assert module(torch.tensor([[3, 3]]))[:, :n_first].all()


def test_features_do_not_share_embeddings():
    module = CategoryEmbeddings([4, 4])
    train(module, CODES[:1])
    assert not module(torch.tensor([[0, 1]])).any()
