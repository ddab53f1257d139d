"""Files of tensors with a header, written as a whole and checked before they are read."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO
from uuid import uuid4

import safetensors.numpy
from numpy.typing import NDArray
from safetensors import SafetensorError

Tensors = dict[str, NDArray[Any]]

HEADER_KEY = "sklearn_abmtl"
MAX_HEADER = 2**23  # bytes of JSON, which take several times as much memory
MAX_VALUES = 2**19  # in the JSON: an empty dict takes 3 bytes there, and 72 bytes in Python
MAX_TENSORS = 2**15
MAX_DIGITS = 20  # per integer, with its sign
UNFINISHED_SECONDS = 3600.0
DIGEST = re.compile(rb'"sha256":"([0-9a-f]{64})"')  # quotes in text of the header are escaped
BLANK = "0" * 64  # takes the place of the digest while it is computed


def read_path(path: Any) -> Path:
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"path must be a str or a path; found {path!r}.")
    if not os.fspath(path):  # pathlib would read it as the current folder
        raise ValueError("path must name a file or a folder; found ''.")
    return Path(path)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file; if the process is killed, either the old or the new file is left.

    The data is written to a hidden file in the same folder, which is then renamed. A killed process
    may leave the hidden file behind; a later save removes it.

    Raises
    ------
    ValueError
        If the path exists and is not a file.
    FileNotFoundError
        If its folder does not exist.
    """
    write_all({path: data})


def write_all(files: Mapping[Path, bytes]) -> None:
    """Write files as ``write_whole`` does; all are written before the first is renamed."""
    for path in files:
        _check_is_file(path)
    hidden = {path: path.with_name(_hidden_name(path, uuid4().hex)) for path in files}
    try:
        for path, data in files.items():
            _write_synced(hidden[path], data, _mode_of(path))
        for path, new in hidden.items():
            os.replace(new, path)
    except BaseException:
        for left in hidden.values():
            with suppress(FileNotFoundError):
                left.unlink()
        raise
    for path in files:
        _sync_folder(path.parent)
        remove_unfinished(path)


def _check_is_file(path: Path) -> None:
    if not path.parent.is_dir():
        raise FileNotFoundError(f"path must be in a folder that exists; found {str(path)!r}.")
    if path.exists() and not path.is_file():
        raise ValueError(f"path must be a file, if it exists; found {str(path)!r}.")


def _mode_of(path: Path) -> int | None:
    """Return the permissions of a file; None if it does not exist."""
    return stat.S_IMODE(path.stat().st_mode) & 0o777 if path.exists() else None


def _write_synced(path: Path, data: bytes, mode: int | None) -> None:
    """Write a new file and sync it to the disk; its permissions are never wider than ``mode``."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with open(os.open(path, flags, 0o666 if mode is None else mode & 0o600), "wb") as file:
        if mode is not None:
            os.chmod(path, mode)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def remove_unfinished(path: Path) -> None:
    """Remove hidden files that killed processes left, an hour after they were last written."""
    name = re.compile(re.escape(_hidden_name(path, "0")).replace("0", "[0-9a-f]{32}", 1))
    with suppress(OSError):
        now = path.stat().st_mtime  # by the clock of the disk, which may belong to another machine
        for file in os.scandir(path.parent):
            if name.fullmatch(file.name) and file.is_file(follow_symlinks=False):
                _remove_older(Path(file.path), now - UNFINISHED_SECONDS)


def _remove_older(path: Path, oldest: float) -> None:
    with suppress(OSError):  # another process removes it, or another user owns it
        if path.stat().st_mtime < oldest:
            path.unlink()


def _hidden_name(path: Path, unique: str) -> str:
    return f".{path.name}.{unique}.tmp"


def _sync_folder(folder: Path) -> None:
    """Sync the new name of a file to the disk, on systems where folders can be opened."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def to_bytes(header: dict[str, Any], tensors: Tensors) -> bytes:
    """Return the safetensors file of a header and tensors, with a digest of all its bytes.

    Raises
    ------
    ValueError
        If the header is too long.
    """
    text = json.dumps(header, allow_nan=False)
    data = safetensors.numpy.save(tensors, {HEADER_KEY: text, "sha256": BLANK})
    length = int.from_bytes(data[:8], "little")
    n_values = max(_count_values(text), _count_values(data[8 : 8 + length].decode()))
    if length > MAX_HEADER or n_values > MAX_VALUES or len(tensors) > MAX_TENSORS:
        raise ValueError(
            f"save_model writes at most {MAX_HEADER} bytes and {MAX_VALUES} values of parameters, "
            f"labels, categories and history, and {MAX_TENSORS} tensors; found {length} bytes, "
            f"{n_values} values and {len(tensors)} tensors. Use joblib."
        )
    digest = hashlib.sha256(data).hexdigest().encode()
    return data.replace(b'"sha256":"' + BLANK.encode(), b'"sha256":"' + digest, 1)


def read_checked(path: Path) -> tuple[dict[str, Any], Tensors]:
    """Return header and tensors of a file, after checking its digest.

    The tensors are read only if the size of the file agrees with the header.

    Raises
    ------
    ValueError
        If ``save_model`` did not write the file, or a byte of it is missing or different.
    """
    with _open_file(path) as file:
        size = os.fstat(file.fileno()).st_size
        length = int.from_bytes(file.read(8), "little")
        if length > MAX_HEADER or 8 + length > size:
            raise ValueError("its length or its first bytes are not those of such a file")
        text = file.read(length)
        digest = DIGEST.search(text)
        if digest is None:
            raise ValueError("it has no digest")
        metadata, n_bytes = _read_outline(text)
        if 8 + length + n_bytes != size:
            raise ValueError(f"it was cut or added to: its tensors take {n_bytes} of {size} bytes")
        file.seek(0)
        data = file.read(size)
    if _digest_of(data, *(8 + place for place in digest.span(1))) != digest[1].decode():
        raise ValueError("it was altered or cut: its sha256 differs from the one written in it")
    try:
        tensors = safetensors.numpy.load(data)
        return _parse(metadata[HEADER_KEY]), tensors
    except (SafetensorError, KeyError, TypeError) as error:
        raise ValueError(f"its tensors or its header cannot be read: {error!r}") from error


def _digest_of(data: bytes, start: int, stop: int) -> str:
    """Return the digest of a file; the digest written in it, between two places, is left blank."""
    view = memoryview(data)
    digest = hashlib.sha256(view[:start])
    digest.update(BLANK.encode())
    digest.update(view[stop:])
    return digest.hexdigest()


def _open_file(path: Path) -> BinaryIO:
    """Open a file for reading; anything else is refused at once, also a pipe.

    Raises
    ------
    ValueError
        If it is a folder, a pipe, a socket or a device.
    """
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise ValueError("it is not a file, but a folder, a pipe, a socket or a device")
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
    file = open(os.open(path, flags), "rb")  # noqa: SIM115 (the caller closes it)
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):  # replaced since the check above
        file.close()
        raise ValueError("it is not a file")
    return file


def _read_outline(text: bytes) -> tuple[dict[str, Any], int]:
    """Return the metadata of a safetensors header, and the number of bytes of its tensors."""
    outline = _parse(text.decode())
    try:
        metadata = outline.pop("__metadata__")
        ends = [tensor["data_offsets"][1] for tensor in outline.values()]
    except (AttributeError, KeyError, IndexError, TypeError) as error:
        raise ValueError(f"its header is not one of safetensors: {error!r}") from error
    if len(ends) > MAX_TENSORS or not all(type(end) is int for end in ends):
        raise ValueError(f"it has {len(ends)} tensors, or offsets that are not integers")
    return metadata, max(ends, default=0)


def _parse(text: str) -> Any:
    """Return the values of JSON; too many values, which would take much memory, are refused."""
    n_values = _count_values(text)
    if n_values > MAX_VALUES:
        raise ValueError(f"its header has {n_values} values; at most {MAX_VALUES} are allowed")
    return json.loads(text, parse_int=_read_integer, parse_constant=_refuse_constant)


def _count_values(text: str) -> int:
    """Return an upper bound of the number of values in JSON: each follows one of these signs."""
    return 1 + sum(map(text.count, "[{,:"))


def _read_integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"its header has an integer of {len(digits)} digits")
    return int(digits)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"its header has {name}, which is not JSON")


def grouped(
    tensors: Tensors, names: Collection[str], more_names: str = r"\b\B"
) -> dict[str, Tensors]:
    """Return tensors by the name of their group, which is what stands before the first dot.

    Parameters
    ----------
    tensors : dict of ndarray
    names : collection of str
        Groups that come back even if they are empty.
    more_names : str
        A regular expression of further groups.

    Raises
    ------
    ValueError
        If a tensor belongs to no group.
    """
    groups: dict[str, Tensors] = {name: {} for name in names}
    for name, array in tensors.items():
        group, _, rest = name.partition(".")
        if group not in names and not re.fullmatch(more_names, group):
            raise ValueError(f"it has a tensor that belongs to nothing, {name!r:.100}")
        groups.setdefault(group, {})[rest] = array
    return groups
