"""Plain data over a socket: what comes from a student's process is JSON, never a pickle."""

from __future__ import annotations

import base64
import math
import socket
import struct
import time
from typing import Any

import numpy as np
import torch

MOST = 256 << 20
"""Bytes of what goes to a student's process."""
MOST_BACK = 1 << 20
"""Bytes of an answer."""
DTYPES = {kind: np.dtype(kind) for kind in ("f8", "f4", "f2", "i8", "i4", "i2", "i1", "u8", "u4", "u2", "u1", "b1")}


def pack(value: Any) -> Any:
    """What JSON can hold of a value, in the student's process.

    Raises:
        TypeError: it is no plain data.
    """
    if value is None or type(value) in (bool, int, str):
        return value
    if type(value) is float:
        return {"float": value.hex()}
    if isinstance(value, torch.Tensor):
        return {"tensor": pack(value.detach().cpu().numpy())}
    if isinstance(value, np.ndarray | np.generic):
        kind = "array" if isinstance(value, np.ndarray) else "scalar"
        raw = np.ascontiguousarray(value).astype(value.dtype.newbyteorder("<"))
        return {kind: [value.dtype.str[1:], list(value.shape), base64.b64encode(raw.tobytes()).decode()]}
    if type(value) in (list, tuple):
        return {type(value).__name__: [pack(one) for one in value]}
    if type(value) is dict:
        return {"dict": [[pack(key), pack(one)] for key, one in value.items()]}
    raise TypeError(f"an answer is numbers, words, lists, dicts or arrays, not {type(value).__name__}")


def unpack(packed: Any) -> Any:
    """The value that somebody packed, built of nothing but plain data, every number of it finite.

    Raises:
        ValueError: it is not what `pack` makes, or holds a number that is not finite.
    """
    if packed is None or type(packed) in (bool, int, str):
        return packed
    ((kind, held),) = packed.items()
    if kind == "float":
        return _finite(float.fromhex(held))
    if kind == "tensor":
        return torch.from_numpy(np.array(unpack(held)))
    if kind in ("array", "scalar"):
        dtype, shape, raw = held
        array = np.frombuffer(base64.b64decode(raw), DTYPES[dtype].newbyteorder("<")).astype(DTYPES[dtype]).reshape(shape)
        return _finite(array if kind == "array" else array[()])
    if kind in ("list", "tuple"):
        return (list if kind == "list" else tuple)(unpack(one) for one in held)
    if kind == "dict":
        return {unpack(key): unpack(one) for key, one in held}
    raise ValueError("that is no answer")


def _finite(value: Any) -> Any:
    if not (math.isfinite(value) if isinstance(value, float) else np.isfinite(value).all()):
        raise ValueError("a number of the answer is not finite")
    return value


def send(stream: socket.socket, raw: bytes) -> None:
    """Send some bytes, and before them how many they are."""
    stream.sendall(struct.pack("!Q", len(raw)) + raw)


def receive(stream: socket.socket, seconds: float | None = None, most: int = MOST) -> bytes:
    """The bytes that somebody sent.

    Args:
        stream: where from.
        seconds: how long all of it may take.
        most: how many they may be.

    Raises:
        EOFError: the other side is gone.
        ValueError: they are too many.
        TimeoutError: they were not there in time.
    """
    end = None if seconds is None else time.monotonic() + seconds
    (length,) = struct.unpack("!Q", _take(stream, 8, end))
    if length > most:
        raise ValueError("the answer is too large")
    return _take(stream, length, end)


def _take(stream: socket.socket, length: int, end: float | None) -> bytes:
    taken = bytearray()
    while len(taken) < length:
        stream.settimeout(None if end is None else max(1e-3, end - time.monotonic()))
        part = stream.recv(min(1 << 20, length - len(taken)))
        if not part:
            raise EOFError("the process ended")
        taken += part
    return bytes(taken)
