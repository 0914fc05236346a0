"""The answers of a student, asked for in a process that runs the student's code."""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import shutil
import signal
import socket
import tempfile
from collections.abc import Callable
from typing import Any, NoReturn

import cloudpickle

from sdinterp.course import wire
from sdinterp.course.student import Task

PATIENCE = 2
"""How often a student's code may take too long before it is not asked again."""


class Lost(Exception):
    """Why a point is lost."""


class Asked:
    """A student's process, begun anew where it died on the way.

    Args:
        orders: to the process that forks students'.
        cells: the student's code.
        seconds: how long a cell or a call may take.
    """

    stream: socket.socket

    def __init__(self, orders: socket.socket, cells: list[str], seconds: float):
        self.orders, self.seconds = orders, seconds
        self.folder = tempfile.mkdtemp()
        os.chmod(self.folder, 0o777)
        self.task = Task(cells, self.folder, seconds)
        self.process = self.late = 0
        self.dead: str | None = "not begun"
        self.hopeless = False
        self.troubles = ""

    def renew(self) -> None:
        """Begin a process, unless there is one that lives, or one died before it was asked anything."""
        if self.dead is None or self.hopeless:
            return
        self.stream, theirs = socket.socketpair()
        socket.send_fds(self.orders, [b"!"], [theirs.fileno()])
        wire.send(self.orders, pickle.dumps(self.task))
        theirs.close()
        self.process, self.dead = json.loads(wire.receive(self.orders)), None
        self.late = 0
        try:
            said = json.loads(self._receive(4 * self.seconds))
            self.troubles = f"; before that, {str(said[0])[:200]}" if isinstance(said, list) and said else ""
        except (Lost, ValueError, RecursionError):
            self.stop("what it sent is no answer")
            self.hopeless = True

    def value(self, name: str) -> Any:
        """A value that the student's code made."""
        return self._ask(name, None)

    def function(self, name: str) -> Callable:
        """A function of the student's, as one that asks the process."""
        return lambda *arguments: self._ask(name, arguments)

    def close(self) -> None:
        """End the process, and remove what it wrote."""
        self.stop("over")
        shutil.rmtree(self.folder, ignore_errors=True)

    def stop(self, why: str) -> None:
        """End the process."""
        if self.dead is None:
            self.dead = why
            if self.process > 0:  # -1 where none could be begun
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.process, signal.SIGKILL)
            self.stream.close()

    def _ask(self, name: str, arguments: tuple | None) -> Any:
        if self.dead is not None:
            raise Lost(self.dead)
        try:
            self.stream.settimeout(self.seconds)
            wire.send(self.stream, cloudpickle.dumps((name, arguments)))
        except OSError:
            self._die("the process ended")
        raw = self._receive(self.seconds + 2)
        try:
            answer = json.loads(raw)
            if "error" in answer:
                why = str(answer["error"])[:300]
                self.late += why.startswith("it took longer")
                if self.late == PATIENCE:
                    self.stop(why)
                raise Lost(why + self.troubles)
            return wire.unpack(answer["answer"])
        except Lost:
            raise
        except Exception as error:
            raise Lost(f"the answer is no plain data ({error})") from None

    def _receive(self, seconds: float) -> bytes:
        try:
            return wire.receive(self.stream, seconds, wire.MOST_BACK)
        except TimeoutError:
            self._die(f"it took longer than {self.seconds:g} seconds")
        except (EOFError, OSError, ValueError) as error:
            self._die(str(error))

    def _die(self, why: str) -> NoReturn:
        self.stop(why)
        raise Lost(why)
