"""A file from which an interrupted training resumes, with the same result."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from os import PathLike
from pathlib import Path
from typing import Any

import torch
from skorch import NeuralNet
from skorch.callbacks import Callback
from torch import Tensor, nn
from torch.optim import Optimizer

from ..._files.tensors import Tensors, grouped, read_checked, to_bytes, write_whole
from ..._files.values import check_values, from_json, to_json
from ..._version import __version__
from ..arrays import by_number, load_moments, moments_of, to_arrays, to_tensors
from ..data.batches import DataSplit
from ..loop.callbacks import BEST_EPOCH, kept_epoch
from ..loop.history_rows import check_rows
from ..loop.net import MultiTaskNet, Resumed
from ..processes.ranks import current_ranks
from .lock import locked

HEADER = {"checkpoint_version", "fingerprint", "n_epochs", "history"}
CHECKPOINT_VERSION = 1
OF_A_RANK = {"network to begin with"}  # may differ, as the first process sends its network
GROUPS = ("network", "best", "weighting", "generators")


class Checkpoint(Callback):
    """After every epoch, write everything that the training needs to resume.

    It must be the last callback, so that the file includes changes by other callbacks.

    Parameters
    ----------
    path : Path
        A file in a folder that exists.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.held: ExitStack | None = None

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"held": None}

    def hold(self) -> None:
        """Lock the file until ``release``. Only the first of several processes calls this.

        Raises
        ------
        ValueError
            If another fit uses the file.
        """
        with ExitStack() as stack:
            if not stack.enter_context(locked(self.path)):
                raise ValueError(
                    f"checkpoint={str(self.path)!r} is in use by another fit, which is still "
                    "running. Use another file."
                )
            self.held = stack.pop_all()

    def release(self) -> None:
        """Unlock the file."""
        if self.held is not None:
            self.held.close()

    def remove(self) -> None:
        """Remove the file after the end of the training."""
        self.path.unlink(missing_ok=True)

    def begin(self, net: MultiTaskNet, split: DataSplit, fingerprint: Mapping[str, str]) -> None:
        """Restore the net from the file, if it exists.

        Parameters
        ----------
        net : MultiTaskNet
            A net whose training has not begun.
        split : DataSplit
            The rows of the training.
        fingerprint : dict of str to str
            Hashes of everything that the training depends on, by name.

        Raises
        ------
        ValueError
            If the file is not a checkpoint, or is the checkpoint of another training.
        """
        self.fingerprint_ = dict(fingerprint)
        self.n_earlier_ = len(net.history)
        if not self.path.exists():
            return
        with self._refused():
            header, groups = read_checkpoint(self.path)
            found = dict(header["fingerprint"])
        names = found.keys() | self.fingerprint_.keys()
        others = sorted(n for n in names if found.get(n) != self.fingerprint_.get(n))
        if others:
            raise ValueError(
                f"checkpoint={str(self.path)!r} is of a fit with another {', '.join(others)}. "
                "Use the values of that fit, or remove the file to start again."
            )
        with self._refused():
            restore(net, epochs_of(header, net, split), groups)

    def on_epoch_end(self, net: MultiTaskNet, **kwargs: Any) -> None:
        write_whole(self.path, to_bytes(self._header(net), tensors_of(net)))

    def _header(self, net: MultiTaskNet) -> dict[str, Any]:
        return {
            "checkpoint_version": CHECKPOINT_VERSION,
            "fingerprint": self.fingerprint_,
            "n_epochs": len(net.history) - self.n_earlier_,
            "history": to_json([dict(row) for row in net.history], "history"),
        }

    @contextmanager
    def _refused(self) -> Iterator[None]:
        try:
            yield
        except OSError:
            raise
        except Exception as error:  # a file from elsewhere may cause any error
            raise ValueError(
                f"checkpoint={str(self.path)!r} is not a checkpoint that fit wrote: {error}. Use "
                "another file, or remove this one to start again."
            ) from error


class CheckpointOfClone(Checkpoint):
    """The checkpoint of a clone. Its file name contains a hash of the fingerprint.

    Searches and cross-validation fit clones, several at the same time. Each clone has its own file.
    """

    def hold(self) -> None:
        """Do nothing: the file has no name before the data are read."""

    def begin(self, net: MultiTaskNet, split: DataSplit, fingerprint: Mapping[str, str]) -> None:
        common = {name: fingerprint[name] for name in fingerprint.keys() - OF_A_RANK}
        digest = hashlib.sha256(json.dumps(common, sort_keys=True).encode()).hexdigest()
        self.path = self.path.with_name(f"{self.path.stem}.{digest[:16]}{self.path.suffix}")
        if not net.ranks.rank:
            super().hold()
        super().begin(net, split, fingerprint)


def new_checkpoint(
    path: str | PathLike[str] | None, random_state: Any, *, is_clone: bool
) -> Checkpoint | None:
    """Return the callback that writes a checkpoint, or None if the path is None.

    Parameters
    ----------
    path : str, path or None
    random_state : object
        Parameter of the estimator.
    is_clone : bool
        Whether the estimator is a clone that was not fitted yet, as in searches.

    Raises
    ------
    ValueError
        If the path is not a file in an existing folder, or ``random_state`` is None.
    """
    if path is None:
        return None
    path = Path(path)
    is_other = path.exists() and not path.is_file()
    if is_other or not path.absolute().parent.is_dir():
        raise ValueError(f"checkpoint must be a file in a folder that exists; found {str(path)!r}.")
    if random_state is None:
        raise ValueError(
            "checkpoint needs a random_state, so that a resumed fit draws the same split and "
            "order; found random_state=None."
        )
    return CheckpointOfClone(path) if is_clone else Checkpoint(path)


@contextmanager
def held(checkpoint: Checkpoint | None) -> Iterator[None]:
    """Lock the checkpoint for other fits inside the block.

    Raises
    ------
    ValueError
        If another fit uses the file.
    """
    if checkpoint is None:
        yield
        return
    if not current_ranks().rank:
        checkpoint.hold()
    try:
        yield
    finally:
        checkpoint.release()


def read_checkpoint(path: Path) -> tuple[dict[str, Any], dict[str, Tensors]]:
    """Return the header of a checkpoint and its tensors by group."""
    header, tensors = read_checked(path)
    check_values(header)
    if not isinstance(header, dict) or header.keys() != HEADER:
        raise ValueError(f"its header has {sorted(header)!r:.100}")
    version, n_epochs = header["checkpoint_version"], header["n_epochs"]
    if type(version) is not int or version != CHECKPOINT_VERSION:
        raise ValueError(
            f"it has checkpoint version {version!r:.100}; version {__version__} of sklearn_abmtl "
            f"reads version {CHECKPOINT_VERSION}"
        )
    texts = header["fingerprint"]
    if not isinstance(texts, dict) or not all(isinstance(text, str) for text in texts.values()):
        raise ValueError(f"its fingerprint must be a dict of texts; found {texts!r:.100}")
    if type(n_epochs) is not int:
        raise ValueError(f"its n_epochs must be an integer; found {n_epochs!r:.100}")
    return header, grouped(tensors, GROUPS, r"optimizer\d")


def tensors_of(net: MultiTaskNet) -> Tensors:
    """Return all tensors from which a training resumes."""
    groups = {
        "network": to_arrays(net.module_.state_dict()),
        "best": to_arrays(best_parameters(net)),
        "weighting": to_arrays(own_tensors(net.criterion_.weighting)),
        "generators": to_arrays(generator_states(torch.device(net.device))),
    }
    for place, optimizer in enumerate(optimizers_of(net)):
        groups[f"optimizer{place}"] = {
            f"{number}.{name}": array
            for number, moments in moments_of(optimizer).items()
            for name, array in moments.items()
        }
    return {f"{group}.{name}": a for group, arrays in groups.items() for name, a in arrays.items()}


def epochs_of(header: Mapping[str, Any], net: MultiTaskNet, split: DataSplit) -> list[Any]:
    """Return the checked rows of the epochs that were done before."""
    rows = list(from_json(header["history"], {}))[len(net.history) :]
    if header["n_epochs"] != len(rows):
        raise ValueError(
            f"its n_epochs is {header['n_epochs']!r}, but its history has {len(rows)} epochs"
        )
    check_rows(rows, net, split)
    return rows


def restore(net: MultiTaskNet, epochs: list[Any], groups: Mapping[str, Tensors]) -> None:
    """Set the tensors and the history of a checkpoint in a net of the same training."""
    for arrays in (groups["best"] or groups["network"], groups["network"]):  # both must fit
        check_like(to_tensors(arrays), net.module_.state_dict())
        net.module_.load_state_dict(to_tensors(arrays))
    saved, weighting = to_tensors(groups["weighting"]), own_tensors(net.criterion_.weighting)
    check_like(saved, weighting)
    with torch.no_grad():
        for name, tensor in weighting.items():
            tensor.copy_(saved[name])
    of_optimizers = {f"optimizer{n}": each for n, each in enumerate(optimizers_of(net))}
    strangers = sorted(groups.keys() - {*GROUPS, *of_optimizers})
    if strangers:
        raise ValueError(f"it has tensors of {strangers[0]}, which this training does not have")
    for group, optimizer in of_optimizers.items():
        load_moments(optimizer, by_number(groups.get(group, {})))
    net.history.extend(epochs)
    set_generator_states(torch.device(net.device), to_tensors(groups["generators"]))
    best = to_tensors(groups["best"]) or copy.deepcopy(net.module_.state_dict())
    net.resumed = Resumed(len(epochs), best)


def check_like(tensors: Mapping[str, Tensor], own: Mapping[str, Tensor]) -> None:
    """Raise a ValueError unless tensors have the names, shapes and dtypes of others."""
    strangers = sorted(tensors.keys() ^ own.keys())
    if strangers:
        raise ValueError(f"tensors are missing or unknown: {strangers[:5]}")
    for name, tensor in own.items():
        found = tensors[name]
        if (found.shape, found.dtype) != (tensor.shape, tensor.dtype):
            raise ValueError(
                f"{name} must have the shape {tuple(tensor.shape)} and the dtype {tensor.dtype}; "
                f"found {tuple(found.shape)} and {found.dtype}"
            )


def best_parameters(net: NeuralNet) -> dict[str, Tensor]:
    """Return the parameters of the best epoch; empty if that is the last epoch."""
    if kept_epoch(net) == len(net.history):
        return {}
    return dict(net.callbacks_)[BEST_EPOCH].best_model_weights_


def own_tensors(module: nn.Module) -> dict[str, Tensor]:
    """Return the parameters and all buffers, even those that a state dict leaves out."""
    return dict(module.named_parameters()) | dict(module.named_buffers())


def optimizers_of(net: NeuralNet) -> list[Optimizer]:
    """Return the network's optimizer and those of the loss weighting."""
    return [net.optimizer_, *net.criterion_.weighting.optimizers()]


def generator_states(device: torch.device) -> dict[str, Tensor]:
    """Return the states of torch's global generators, which dropout and random shifts use."""
    states = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        states["cuda"] = torch.cuda.get_rng_state(device)
    return states


def set_generator_states(device: torch.device, states: Mapping[str, Tensor]) -> None:
    """Set the states of torch's global generators."""
    torch.set_rng_state(states["cpu"])
    if device.type == "cuda":
        torch.cuda.set_rng_state(states["cuda"], device)
