"""A process that may compute and little else: no network, no other processes, few files, limited memory."""

from __future__ import annotations

import ctypes
import os
import resource
import sys
from collections.abc import Sequence
from pathlib import Path

MEMORY = 3 << 30
"""Bytes that a student's process may take beside what it has at its start."""
NOBODY = 65534
_OWN = 0x00020000 | 0x08000000 | 0x20000000 | 0x40000000  # mounts, messages, processes and network of its own
_USER = 0x10000000
_PRIVATE, _BIND = 1 << 18 | 1 << 14, 1 << 12 | 1 << 14  # and all mounts below
_READ_ONLY, _QUIET = 1, 2 | 4 | 8  # no set-uid, devices or programs


def set_apart() -> bool:
    """Give this process, and those it forks, a network, mounts and process numbers of their own; whether the system has such."""
    uid, gid = os.getuid(), os.getgid()
    libc = _libc()
    if not hasattr(libc, "unshare") or libc.unshare(_OWN | (_USER if uid else 0)) != 0:
        return False
    if uid:
        for name, line in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
            Path(f"/proc/self/{name}").write_text(line)
    return True


def can_be_apart(folder: str, hidden: Sequence[str]) -> bool:
    """Whether the system lets a process be set apart and confined: tried on one."""
    child = os.fork()
    if child == 0:
        try:
            if not set_apart():
                os._exit(1)
            if grandchild := os.fork():
                os._exit(os.waitstatus_to_exitcode(os.waitpid(grandchild, 0)[1]))
            confine(folder, hidden)
            os._exit(0)
        except OSError:
            os._exit(1)
    return os.waitpid(child, 0)[1] == 0


def confine(folder: str, hidden: Sequence[str] | None) -> None:
    """Take from this process what a student's code needs not.

    Args:
        folder: where it may write 64 MiB.
        hidden: folders that it must not see; None where it was not set apart before, by `set_apart` and a fork.
    """
    libc, limits = _libc(), _limits()
    if hidden is not None:
        libc.mount(None, b"/", None, _PRIVATE, None)
        _empty(os.path.realpath(os.path.expanduser("~")), [sys.base_prefix, sys.prefix, *sys.path, folder])
        for place in [*hidden, "/proc"]:
            if os.path.isdir(place):  # which one within another is no longer
                _check(libc.mount(b"none", os.fsencode(place), b"tmpfs", _QUIET | _READ_ONLY, b"size=0,mode=0"), place)
        read_only = (ctypes.c_uint64 * 4)(_READ_ONLY, 0, 0, 0)
        _check(libc.syscall(442, -100, b"/", 0x8000, read_only, 32), "/")  # mount_setattr, for all below
        _check(libc.mount(b"none", os.fsencode(folder), b"tmpfs", _QUIET, b"size=64m,mode=0777"), folder)
    os.environ["TOKENIZERS_PARALLELISM"] = "false"  # the tokenizer would begin threads, which are refused below
    os.chdir(folder)
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    if hasattr(libc, "prctl"):
        libc.prctl(38, 1, 0, 0, 0)  # no new privileges
        libc.capset(ctypes.byref((ctypes.c_uint32 * 2)(0x20080522, 0)), ctypes.byref((ctypes.c_uint32 * 6)()))
    for name, most in limits.items():
        resource.setrlimit(name, (most, most))


def spare_memory() -> None:
    """Let no check of this process take so much memory for an answer that the system ends it."""
    if most := _limits().get(resource.RLIMIT_AS):
        resource.setrlimit(resource.RLIMIT_AS, (most, resource.RLIM_INFINITY))


def _empty(place: str, kept: Sequence[str]) -> None:
    """Cover a folder, if there is such, with an empty one in which only some of the folders within it are left."""
    if place == "/" or not os.path.isdir(place):
        return
    within = [path for path in map(os.path.realpath, kept) if path.startswith(f"{place}/") and os.path.isdir(path)]
    handles = {path: os.open(path, os.O_PATH) for path in within}
    _check(_libc().mount(b"none", os.fsencode(place), b"tmpfs", _QUIET, b"size=1m,mode=0755"), place)
    for path, handle in handles.items():
        os.makedirs(path, exist_ok=True)
        _check(_libc().mount(f"/proc/self/fd/{handle}".encode(), os.fsencode(path), None, _BIND, None), path)
        os.close(handle)


def _limits() -> dict[int, int]:
    """No more processes, small files, few of them open at a time, and memory beside what is taken already."""
    limits = {resource.RLIMIT_NPROC: 0, resource.RLIMIT_FSIZE: 16 << 20, resource.RLIMIT_NOFILE: 64, resource.RLIMIT_CORE: 0}
    taken = Path("/proc/self/statm")
    if taken.exists():
        limits[resource.RLIMIT_AS] = int(taken.read_text().split()[0]) * resource.getpagesize() + MEMORY
    return limits


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _check(result: int, place: str) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), place)
