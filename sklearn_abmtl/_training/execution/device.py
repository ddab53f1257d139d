"""The device that a network is on."""

from __future__ import annotations

import os

import torch

from ..._data.warn_caller import warn_caller
from ..processes.ranks import is_in_group


def find_device(device: str | torch.device) -> torch.device:
    """Return the device; 'auto' is CUDA if there is a CUDA device, else the CPU.

    Raises
    ------
    ValueError
        If there is no such device, or torch cannot use it here.
    """
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        found = own_device(torch.device(device))
    except RuntimeError as error:
        raise ValueError(
            f"device must be 'auto' or a device of torch; found {device!r}."
        ) from error
    if found.type == "cuda" and not torch.cuda.is_available():
        raise ValueError(f"device={device!r} needs CUDA, and torch finds no CUDA device.")
    try:
        torch.zeros(1, device=found).item()
    except (AssertionError, RuntimeError) as error:  # the type depends on the backend
        raise ValueError(f"device={device!r} cannot be used here: {error}") from error
    return found


def find_saved_device(device: str | torch.device) -> torch.device:
    """Return the device for a loaded net. If it is not available, warn and return the CPU."""
    try:
        return find_device(device)
    except ValueError as error:
        warn_caller(f"The network is loaded onto the CPU: {error}")
        return torch.device("cpu")


def device_of_rank(device: str | torch.device) -> torch.device:
    """Return the device of this process; for CUDA without a number, that of its local rank."""
    found = find_device(device)
    if found.type == "cuda" and found.index is None:
        return find_device(torch.device("cuda", int(os.environ["LOCAL_RANK"])))
    return found


def own_device(device: torch.device) -> torch.device:
    """Return the device; in a group, CUDA without a number is that of the local rank."""
    if device.type == "cuda" and device.index is None and is_in_group():
        return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
    return device
