"""Backbones: torchvision's models without their heads, the caller's modules, state dicts."""

from __future__ import annotations

import copy
import os
import pickle
from collections import OrderedDict
from collections.abc import Collection
from importlib import import_module
from itertools import takewhile
from typing import Any

import torch
from torch import nn

HEADS = ("avgpool", "classifier", "fc")  # where the feature map of torchvision's models ends


def new_backbone(module: Any, weights: Any) -> nn.Module:
    """Return a new module for features: a model by name, a copy, or the result of a function.

    Raises
    ------
    ValueError
        If there is no such model, or the weights do not fit the module.
    """
    if isinstance(module, str):
        return _torchvision_features(module, weights)
    made = module if isinstance(module, nn.Module) or not callable(module) else module()
    if not isinstance(made, nn.Module):
        raise ValueError(
            "BackboneEncoder: module must be the name of a torchvision model, a torch module or "
            f"a function without arguments that makes one; found {module!r}."
        )
    backbone = copy.deepcopy(made)
    if weights is not None:
        if not _is_file(weights):
            raise ValueError(
                "BackboneEncoder: weights of a module must be None or the path of a file; "
                f"found {weights!r}."
            )
        _load_state(backbone, weights)
    return backbone


def _torchvision_features(name: str, weights: Any) -> nn.Module:
    """Return the layers before the head of a classifier, with the keys of its state dict."""
    models = _import_torchvision_models(name)
    if name not in models.list_models(module=models):
        raise ValueError(
            "BackboneEncoder: module must be one of "
            f"torchvision.models.list_models(module=torchvision.models); found {name!r}."
        )
    from_file = _is_file(weights)
    model = _new_model(models, name, None if from_file else weights)
    children = takewhile(lambda child: child[0] not in HEADS, model.named_children())
    features = nn.Sequential(OrderedDict(children))
    if from_file:
        _load_state(features, weights, left_out=HEADS)
    return features


def _import_torchvision_models(name: str) -> Any:
    try:
        return import_module("torchvision.models")
    except (ImportError, RuntimeError) as error:  # for operators of another build of torch
        raise ImportError(
            f"BackboneEncoder: {name!r} is a model of torchvision, which cannot be imported "
            f"({error}). Install it with `pip install sklearn-abmtl[vision]`, from the index that "
            "torch came from."
        ) from error


def _new_model(models: Any, name: str, weights: Any) -> nn.Module:
    if weights is None:
        return models.get_model(name, weights=None)
    known = models.get_model_weights(name).__members__
    if weights not in known:
        raise ValueError(
            f"BackboneEncoder: weights of {name!r} must be None, the path of a file, or one of "
            f"{sorted(known)}; found {weights!r}."
        )
    try:
        return models.get_model(name, weights=weights)
    except OSError as error:
        raise OSError(
            f"BackboneEncoder: the weights {weights!r} of {name!r} could not be downloaded "
            f"({error}). Download {known[weights].url} on another machine, and pass the path "
            "of the file as weights."
        ) from error


def _is_file(weights: Any) -> bool:
    return isinstance(weights, str | os.PathLike) and os.path.isfile(weights)


def _load_state(module: nn.Module, path: Any, left_out: Collection[str] = ()) -> None:
    """Load a state dict, without the keys of the children left out; code in the file never runs."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        kept = {key: value for key, value in state.items() if key.split(".")[0] not in left_out}
    except (pickle.UnpicklingError, AttributeError) as error:
        raise ValueError(
            "BackboneEncoder: weights must be a file that torch.save(module.state_dict(), path) "
            f"wrote; {os.fspath(path)!r} holds something else: {error}"
        ) from error
    try:
        module.load_state_dict(kept)
    except RuntimeError as error:
        raise ValueError(
            f"BackboneEncoder: weights in {os.fspath(path)!r} are not those of the module: {error}"
        ) from error
