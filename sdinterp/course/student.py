"""The process in which a student's code runs. It comes from one that saw what the student sees: the setup of the chapter."""

from __future__ import annotations

import json
import os
import pickle
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from sdinterp.course import wire
from sdinterp.course.confined import can_be_apart, confine, set_apart


class Task(NamedTuple):
    """What a student's process is to run."""

    cells: list[str]
    folder: str
    seconds: float


def fork_students(orders: socket.socket, space: dict[str, Any], hidden: list[str]) -> None:
    """Fork a process for every task that comes, until no more come.

    Args:
        orders: tasks come from here, each with the socket that its process is to answer by; the process's number goes back.
        space: what the chapter's setup made.
        hidden: folders that no student's code must see.
    """
    devices = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(devices, stream)
    _close_all_but(orders.fileno())
    with tempfile.TemporaryDirectory() as folder:
        apart = can_be_apart(folder, hidden)
    wire.send(orders, json.dumps(apart).encode())
    while True:
        note, streams, *_ = socket.recv_fds(orders, 1, 1)
        if not note:
            return
        task: Task = pickle.loads(wire.receive(orders))
        child = os.fork()
        if child == 0:
            _begin(orders, socket.socket(fileno=streams[0]), space, task, hidden if apart else None)
        os.close(streams[0])
        os.waitpid(child, 0)


def _begin(orders: socket.socket, stream: socket.socket, space: dict[str, Any], task: Task, hidden: list[str] | None) -> None:
    """In the child: step apart, fork the process of the student, tell its number, and go."""
    try:
        if hidden is not None:
            set_apart()
        child = os.fork()
    except OSError:
        child = -1
    if child:
        wire.send(orders, json.dumps(child).encode())
        os._exit(0)
    try:
        orders.close()
        confine(task.folder, hidden)
        _serve(stream, space, task)
    finally:
        os._exit(0)


def _serve(stream: socket.socket, space: dict[str, Any], task: Task) -> None:
    """Run the cells; tell what went wrong in each; then call what is asked for, and answer with plain data."""
    troubles = []
    for source in task.cells:
        try:
            with at_most(task.seconds):
                exec(compile(source, "<answer>", "exec"), space)
        except BaseException as error:
            troubles.append(said(error))
    wire.send(stream, json.dumps(troubles).encode())
    while True:
        name, arguments = pickle.loads(wire.receive(stream))
        try:
            with at_most(task.seconds):
                if name not in space:
                    raise LookupError(f"there is no {name}")
                value = space[name] if arguments is None else space[name](*arguments)
                answer = {"answer": wire.pack(value)}
        except BaseException as error:
            answer = {"error": said(error)}
        wire.send(stream, json.dumps(answer).encode())


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Stops what runs too long. Code that will not be stopped is ended from outside."""

    def stop(*_: object) -> None:
        raise TimeoutError(f"it took longer than {seconds:g} seconds")

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def said(error: BaseException) -> str:
    """An error in one line."""
    text = " ".join(str(error).split())[:200]
    return text if type(error) in (TimeoutError, LookupError) and text else f"{type(error).__name__}: {text}".rstrip(": ")


def _close_all_but(kept: int) -> None:
    os.closerange(3, kept)
    os.closerange(kept + 1, os.sysconf("SC_OPEN_MAX") if sys.platform != "linux" else 1 << 16)
