"""The version of the package, also read where it is built."""

__version__ = "0.1.0"
