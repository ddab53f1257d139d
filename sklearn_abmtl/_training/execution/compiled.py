"""Compiled code and CUDA graphs for networks in training."""

from __future__ import annotations

import types
from typing import Any

import torch
from torch import Tensor, nn

from ..._data.warn_caller import warn_caller
from ...nn import NetworkOutput
from .precision import Forward

OPTIONS: dict[Any, dict[str, Any]] = {  # of torch's compiler
    True: {"fallback_random": True},  # the same dropout as without compiling
    "graph": {"fallback_random": True, "triton.cudagraphs": True},
}


class CompiledForward:
    """Runs a network as compiled code in training mode, and normally otherwise.

    The network is compiled once per batch size; :class:`Batches` has at most two sizes. If torch
    cannot compile the network, which shows at the first batch, a warning is issued and the network
    runs normally.

    Parameters
    ----------
    run : function
        Returns the output of a network for the features of a batch.
    options : dict
        Options of torch's compiler.
    """

    def __init__(self, run: Forward, options: dict[str, Any]) -> None:
        self.run = run
        self.options = options
        # of a copy: torch keeps a few compiled versions per code object, until it is freed
        function: Any = run
        own = types.FunctionType(function.__code__.replace(), function.__globals__)
        self._compiled: Forward = torch.compile(own, dynamic=False, options=options)

    def __reduce__(self) -> tuple[Any, ...]:
        return CompiledForward, (self.run, self.options)

    def __call__(self, network: nn.Module, features: Tensor) -> NetworkOutput:
        if not network.training:
            return self.run(network, features)
        try:
            return self._compiled(network, features)
        except RuntimeError as error:
            if lacks_memory(error):
                raise
            reason = str(error).strip().partition("\n")[0]
            warn_caller(
                f"torch cannot compile this network here ({type(error).__name__}: {reason}); the "
                "training continues without compile."
            )
            self._compiled = self.run
        return self.run(network, features)


def lacks_memory(error: BaseException | None) -> bool:
    """Return whether memory ran out, which torch may report as the cause of another error."""
    while error is not None:
        is_of_cpu = isinstance(error, RuntimeError) and "DefaultCPUAllocator" in str(error)
        if is_of_cpu or isinstance(error, torch.OutOfMemoryError | MemoryError):
            return True
        error = error.__cause__ or error.__context__
    return False


def with_compiler(run: Forward, compile: bool | str, device: torch.device) -> Forward:
    """Return the function that runs the network in training, compiled if ``compile`` is set.

    Parameters
    ----------
    run : function
        Returns the output of a network for the features of a batch.
    compile : {False, True, 'graph'}
    device : device
    """
    if not compile:
        return run
    if compile == "graph" and device.type != "cuda":
        warn_caller(
            f"compile='graph' needs CUDA; on the device {device} the training continues without "
            "compile."
        )
        return run
    return CompiledForward(run, OPTIONS[compile])
