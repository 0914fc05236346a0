"""A student's own data: inputs that come from a name or a number, and what a function makes of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np


def seed_of(exercise: str, student: str) -> int:
    """The seed of a student's own data for an exercise, from a name or a number; blanks and capitals do not matter.

    >>> seed_of("plan_cost", "Ada") == seed_of("plan_cost", " ada ") != seed_of("plan_cost", "Grace")
    True
    """
    return int.from_bytes(hashlib.sha256(f"{exercise} {''.join(student.split()).lower()}".encode()).digest()[:8], "big")


def own_numbers(exercise: str, student: str, function: Callable, inputs: Callable, table: Callable) -> list[float]:
    """What a function makes of a student's own data: one number for each call.

    Args:
        exercise: its name.
        student: a name or a number.
        function: the answer to the exercise.
        inputs: from a random generator to the arguments of each call.
        table: from a result to an array of numbers.
    """
    calls = inputs(np.random.default_rng(seed_of(exercise, student)))
    tables = [np.ravel(table(function(*arguments))) for arguments in calls]
    return [round(float(np.cos(1 + np.arange(len(one))) @ one), 6) for one in tables]


def own_line(exercise: str, student: str, function: Callable, inputs: Callable, table: Callable) -> str:
    """The line for a student to copy: their numbers; or what is to do first."""
    if not student.strip():
        return "To do: write your name or number at the top of the notebook."

    def called(*arguments: Any) -> Any:
        result = function(*arguments)
        if result is None:
            raise LookupError
        return result

    try:
        return f"own_{exercise} = {own_numbers(exercise, student, called, inputs, table)}"
    except LookupError:
        return f"To do: write my_{exercise} first."
