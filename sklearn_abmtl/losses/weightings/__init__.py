"""Loss weightings: they combine the losses of the tasks into one number."""

from ._base import LossWeighting
from .dwa import DWA
from .famo import FAMO
from .fixed import FixedWeights
from .geometric import GeometricMean
from .mgda import MGDA
from .pcgrad import PCGrad
from .random import RandomWeights
from .torchjd import TorchJD
from .uncertainty import Uncertainty
from .upgrad import UPGrad

LOSS_WEIGHTINGS = {
    "equal": FixedWeights,
    "uncertainty": Uncertainty,
    "dwa": DWA,
    "famo": FAMO,
    "geometric": GeometricMean,
    "random": RandomWeights,
    "upgrad": UPGrad,
    "pcgrad": PCGrad,
    "mgda": MGDA,
}

__all__ = [
    "DWA",
    "FAMO",
    "LOSS_WEIGHTINGS",
    "MGDA",
    "FixedWeights",
    "GeometricMean",
    "LossWeighting",
    "PCGrad",
    "RandomWeights",
    "TorchJD",
    "UPGrad",
    "Uncertainty",
]
