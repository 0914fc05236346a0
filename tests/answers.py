"""Answers to the book's Implement exercises that somebody might write: right ones, and wrong ones that a check has to refuse."""

import itertools
import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from scipy.optimize import linear_sum_assignment

from sdinterp import perceptual_distance, random_coupling, wasserstein_distance


class Tried(NamedTuple):
    """Answers to an exercise: right ones beside the book's own, and wrong ones that somebody might write."""

    page: str
    name: str
    right: list[Callable]
    wrong: list[Callable]
    given: Callable[[], dict[str, Any]] = dict  # what stands for the page's pictures, so that none is made


def counted(table):
    """The distinct rows by a dictionary, in the order in which they come."""
    counts: dict[tuple, int] = {}
    for row in table:
        counts[tuple(row)] = counts.get(tuple(row), 0) + 1
    return np.array(list(counts)), np.array(list(counts.values())) / len(table)


def costs(a, b, power=1.0):
    """The table of distances, to a power."""
    return np.linalg.norm(a[:, None] - b[None], axis=2) ** power


def midpoint_by_loop(a, b, plan):
    """A dot for every pair, also for those without mass."""
    pairs = list(itertools.product(range(len(a)), range(len(b))))
    return np.array([(a[i] + b[j]) / 2 for i, j in pairs]), np.array([plan[i, j] for i, j in pairs])


def steps_of(path, times):
    """How far the clouds of a path move from one time to the next."""
    return np.array([wasserstein_distance(path(s), path(t)) for s, t in itertools.pairwise(times)])


def even_steps(path, times):
    """Whether all steps are the share of the whole that their times are."""
    whole = wasserstein_distance(path(times[0]), path(times[-1]))
    return bool(np.allclose(steps_of(path, times), np.diff(times) * whole, atol=1e-6))


def straight_from_the_start(path, times):
    """Whether the path gets away from its start as it should; how it gets on from there is not looked at."""
    whole = wasserstein_distance(path(0), path(1))
    return all(close(wasserstein_distance(path(0), path(t)), t * whole) for t in times)


def close(x, y):
    """Whether two distances are equal but for rounding."""
    return bool(abs(x - y) < 1e-6)


def partners(plan, places):
    """The mean of every row's partners."""
    return plan @ places / plan.sum(1, keepdims=True)


def logits(q, k):
    """The products of queries and keys, scaled."""
    return q @ k.T / q.shape[1] ** 0.5


def drawn_strips():
    """Two strips that no model made: pictures of noise on a bow from one to another, in even steps and in uneven ones."""
    a, b, c = torch.rand(3, 1, 3, 64, 64, generator=torch.Generator().manual_seed(0)) * 2 - 1
    strips = {}
    for power in (1, 2):
        t = (torch.linspace(0, 1, 9) ** power)[:, None, None, None]
        frames = (1 - t) ** 2 * a + 2 * t * (1 - t) * b + t**2 * c
        squares = perceptual_distance(frames[:-1], frames[1:])
        ends = perceptual_distance(frames[:1], frames[-1:]).item()
        strips[f"power {power}"] = SimpleNamespace(frames=frames, squared_distances=squares, ends=ends)
    return {"strips": strips}


def steps_between(frames):
    """The perceptual lengths of a strip's steps."""
    return perceptual_distance(frames[:-1], frames[1:]).sqrt()


def whole_of(frames):
    """The perceptual distance of a strip's ends."""
    return perceptual_distance(frames[:1], frames[-1:]).sqrt()


def shifted_mean(a, b, p):
    """The mean over the n cyclic shifts, in which every row meets every row once."""
    return float(np.mean([float((a - b.roll(k, 0)).norm(dim=1).pow(p).mean()) for k in range(len(a))]))


def listed_mean(a, b, p):
    """The mean over all permutations, by a list of them."""
    orders = np.array(list(itertools.permutations(range(len(a)))))
    return (torch.cdist(a, b) ** p).numpy()[np.arange(len(a)), orders].mean()


def last_frames(steps, frames):
    """For each equal share of the length the last frame that is not beyond it."""
    walked = np.concatenate([[0], np.cumsum(steps)])
    return [max(np.flatnonzero(walked <= share + 1e-6)) for share in np.linspace(0, walked[-1], frames)]


def nearest_frames(walked, frames):
    """The frames nearest to equal shares of what was walked."""
    return np.array([np.abs(walked - goal).argmin() for goal in np.linspace(0, walked[-1], frames)])


def arc(x, y, t):
    """Rows turned towards the part of y that is at a right angle to x."""
    side = y - (x * y).sum(1, keepdim=True) / x.square().sum(1, keepdim=True) * x
    angle = torch.atan2(side.norm(dim=1), (x * y).sum(1) / x.norm(dim=1))[:, None]
    return (t * angle).cos() * x + (t * angle).sin() * F.normalize(side, dim=1) * x.norm(dim=1, keepdim=True)


def slerp_unguarded(x, y, t):
    """The formula of the arc, which is 0 / 0 where rows are parallel."""
    angle = F.cosine_similarity(x, y, dim=1).clamp(-1, 1).acos()[:, None]
    return (((1 - t) * angle).sin() * x + (t * angle).sin() * y) / angle.sin()


def holm_by_steps(p):
    """Holm's correction one p after the other."""
    corrected, highest = np.empty(len(p)), 0.0
    for k, place in enumerate(np.argsort(p, kind="stable")):
        highest = max(highest, (len(p) - k) * p[place])
        corrected[place] = min(highest, 1.0)
    return corrected


def evaluated(strips, frames, steps, guidance):
    """How often the denoiser is evaluated for a pair, one picture after the other."""
    pictures = {(strip, frame) for strip in range(strips) for frame in range(1, frames - 1)} | {(0, 0), (0, frames - 1)}
    return len(pictures) * steps if guidance == 1 else len(pictures) * (2 * steps - 1) + 1


def joint_answer_by_sums(q, text, picture, w):
    """What queries hear, sum by sum."""
    pulls = (q @ text.T).exp() * w, (q @ picture.T).exp()
    return (pulls[0] @ text + pulls[1] @ picture) / (pulls[0].sum(1) + pulls[1].sum(1))[:, None]


TRIED = [
    Tried(
        "two-readings",
        "measure",
        right=[counted],
        wrong=[
            lambda table: table,
            lambda table: np.unique(table, axis=0, return_counts=True),
            lambda table: (np.unique(table, axis=0), np.full(len(np.unique(table, axis=0)), 1 / len(np.unique(table, axis=0)))),
            lambda table: (counted(table)[0], np.unique(table, axis=0, return_counts=True)[1] / len(table)),
            lambda table: (table, np.full(len(table), 1 / len(table))),
        ],
    ),
    Tried(
        "coupling-cost",
        "plan_cost",
        right=[
            lambda a, b, plan, p: np.array(
                sum(plan[i, j] * math.dist(a[i], b[j]) ** p for i in range(len(a)) for j in range(len(b)))
            ),
            lambda a, b, plan, p: np.einsum("ij,ij", plan, costs(a, b, p)),
        ],
        wrong=[
            lambda a, b, plan, p: (plan * costs(a, b)).sum(),
            lambda a, b, plan, p: (plan * costs(a, b, 2)).sum(),
            lambda a, b, plan, p: (plan * costs(a, b, p)).sum() ** (1 / p),
            lambda a, b, plan, p: (plan * costs(a, b)).sum() ** p,
            lambda a, b, plan, p: costs(a, b, p).sum(),
            lambda a, b, plan, p: (plan[:, :, None] * np.abs(a[:, None] - b[None]) ** p).sum(),
            lambda a, b, plan, p: costs(a, b, p),
            lambda a, b, plan, p: (plan * costs(a, b, p)).mean(),
        ],
    ),
    Tried(
        "half-way",
        "midpoint",
        right=[midpoint_by_loop],
        wrong=[
            lambda a, b, plan: (a.mean(0) + b.mean(0)) / 2,
            lambda a, b, plan: (midpoint_by_loop(a, b, plan)[0], np.full(plan.size, 1 / plan.size)),
            lambda a, b, plan: ((a + plan @ b / plan.sum(1, keepdims=True)) / 2, plan.sum(1)),
            lambda a, b, plan: ((a + b[plan.argmax(1)]) / 2, plan.sum(1)),
            lambda a, b, plan: (np.vstack([a, b]), np.concatenate([plan.sum(1), plan.sum(0)]) / 2),
        ],
    ),
    Tried(
        "shortest-path",
        "geodesic",
        right=[even_steps],
        wrong=[
            lambda path, times: bool(np.ptp(steps_of(path, times)) < 1e-6),
            lambda path, times: close(path.length, wasserstein_distance(path(0), path(1))),
            lambda path, times: close(steps_of(path, times).sum(), wasserstein_distance(path(0), path(1))),
            lambda path, times: close(steps_of(path, times)[0] / times[1], wasserstein_distance(path(0), path(1))),
            lambda path, times: even_steps(path, [0, 0.5, 1]),
            straight_from_the_start,
            lambda path, times: True,
        ],
    ),
    Tried(
        "finding-it",
        "lower_bound",
        right=[lambda cost, f: np.mean([f[i] + min(cost[:, i] - f) for i in range(len(f))])],
        wrong=[
            lambda cost, f: f.mean() + (cost - f[:, None]).mean(0).mean(),
            lambda cost, f: f.mean() + (cost - f[:, None]).min(),
            lambda cost, f: f.mean() + (cost - f[:, None]).min(1).mean(),
            lambda cost, f: cost[linear_sum_assignment(cost)].mean(),
            lambda cost, f: (cost - f[:, None]).min(0),
            lambda cost, f: f.mean() + cost.min(0).mean() - f.max(),
        ],
    ),
    Tried(
        "entropic-bias",
        "step",
        right=[lambda x, y, plan_of: x + partners(plan_of(x, y), y) - partners(plan_of(x, x), x)],
        wrong=[
            lambda x, y, plan_of: partners(plan_of(x, y), y),
            lambda x, y, plan_of: x + partners(plan_of(x, x), x) - partners(plan_of(x, y), y),
            lambda x, y, plan_of: x + plan_of(x, y) @ y - plan_of(x, x) @ x,
            lambda x, y, plan_of: x + partners(plan_of(x, y), y) - partners(plan_of(y, y), y).mean(0),
            lambda x, y, plan_of: y + partners(plan_of(y, x), x) - partners(plan_of(y, y), y),
        ],
    ),
    Tried(
        "what-a-prompt-becomes",
        "noise_from_v",
        right=[lambda x, v, a: (x - a.sqrt() * (a.sqrt() * x - (1 - a).sqrt() * v)) / (1 - a).sqrt()],
        wrong=[
            lambda x, v, a: a.sqrt() * x - (1 - a).sqrt() * v,
            lambda x, v, a: (1 - a) * x + a * v,
            lambda x, v, a: a.sqrt() * v - (1 - a).sqrt() * x,
            lambda x, v, a: a.sqrt() * x + (1 - a).sqrt() * v,
            lambda x, v, a: ((1 - a).sqrt() * x + a.sqrt() * v)[0],
        ],
    ),
    Tried(
        "order-of-rows",
        "weighted_attention",
        right=[
            lambda q, k, v, w: logits(q, k).softmax(-1).mul(w) @ v / (logits(q, k).softmax(-1) @ w)[:, None],
            lambda q, k, v, w: torch.stack([(row + w.log()).softmax(0) @ v for row in logits(q, k)]),
        ],
        wrong=[
            lambda q, k, v, w: (logits(q, k).softmax(-1) * w) @ v,
            lambda q, k, v, w: (logits(q, k) + w / w.sum()).softmax(-1) @ v,
            lambda q, k, v, w: (q @ k.T + w.log()).softmax(-1) @ v,
            lambda q, k, v, w: (logits(q, k) * w / w.sum()).softmax(-1) @ v,
            lambda q, k, v, w: logits(q, k).softmax(-1) @ v,
            lambda q, k, v, w: (logits(q, k).exp() * w) @ v / (logits(q, k).exp() @ w)[:, None],
            lambda q, k, v, w: (logits(q, k) + (w + 1e-2 * w.sum()).log()).softmax(-1) @ v,
        ],
    ),
    Tried(
        "clouds-of-prompts",
        "ratio",
        right=[
            lambda points: np.cov(points.double().numpy().T).trace() ** 2 / (np.cov(points.double().numpy().T) ** 2).sum(),
            lambda points: (s := torch.linalg.svdvals((points - points.mean(0)).double()) ** 2).sum() ** 2 / (s**2).sum(),
        ],
        wrong=[
            lambda points: (points.T @ points).trace() ** 2 / (points.T @ points @ points.T @ points).trace(),
            lambda points: (s := torch.linalg.svdvals((points - points.mean(0)).double())).sum() ** 2 / (s**2).sum(),
            lambda points: torch.linalg.matrix_rank(points - points.mean(0), tol=1e-3),
            lambda points: points.T.cov().trace() / (points.T.cov() @ points.T.cov()).trace(),
            lambda points: points.T.cov().trace() ** 2 / points.T.cov().diagonal().square().sum(),
            lambda points: points.T.cov(),
        ],
    ),
    Tried(
        "who-meets-whom",
        "mean_cost",
        right=[shifted_mean, lambda a, b, p: float(np.mean([[math.dist(x, y) ** p for y in b.tolist()] for x in a.tolist()]))],
        wrong=[
            lambda a, b, p: (a - b).norm(dim=1).pow(p).mean(),
            lambda a, b, p: (torch.cdist(a, b) ** p).sum() / len(a),
            lambda a, b, p: torch.cdist(a, b).mean() ** p,
            lambda a, b, p: np.mean([random_coupling(a, b, seed=seed).cost(p) for seed in range(10)]),
            lambda a, b, p: torch.cdist(a, b) ** p,
            listed_mean,
        ],
    ),
    Tried(
        "three-roads",
        "straightness_of",
        right=[lambda frames: float(steps_between(frames).double().sum() / whole_of(frames))],
        wrong=[
            lambda frames: perceptual_distance(frames[:-1], frames[1:]).sum(),
            lambda frames: perceptual_distance(frames[:-1], frames[1:]).sum() / perceptual_distance(frames[:1], frames[-1:]).item(),
            lambda frames: steps_between(frames).sum(),
            lambda frames: (steps_between(frames).sum() / whole_of(frames)) ** 2,
            lambda frames: whole_of(frames) / steps_between(frames).sum(),
            lambda frames: steps_between(frames) / whole_of(frames),
            lambda frames: steps_between(frames).sum() / whole_of(frames[:-1]),
        ],
        given=drawn_strips,
    ),
    Tried(
        "how-smooth",
        "retimed",
        right=[last_frames],
        wrong=[
            lambda steps, frames: np.linspace(0, len(steps), frames).astype(int),
            lambda steps, frames: nearest_frames(np.concatenate([[0], np.cumsum(np.square(steps))]), frames),
            lambda steps, frames: nearest_frames(np.concatenate([[0], np.cumsum(np.sqrt(steps))]), frames),
            lambda steps, frames: np.linspace(0, sum(steps), frames),
            lambda steps, frames: np.sort(np.argsort(steps)[-frames:]),
            lambda steps, frames: nearest_frames(np.cumsum(steps), frames),
        ],
        given=drawn_strips,
    ),
    Tried(
        "why-it-matters",
        "slerp",
        right=[arc],
        wrong=[
            torch.lerp,
            slerp_unguarded,
            lambda x, y, t: arc(x.flatten()[None], y.flatten()[None], t).reshape(x.shape),
            lambda x, y, t: F.normalize(torch.lerp(x, y, t), dim=1) * x.norm(dim=1, keepdim=True),
        ],
    ),
    Tried(
        "todays-models",
        "joint_answer",
        right=[joint_answer_by_sums],
        wrong=[
            lambda q, text, picture, w: joint_answer_by_sums(q, text, picture, w / w.sum()),
            lambda q, text, picture, w: joint_answer_by_sums(q, text, picture, torch.ones_like(w)),
            lambda q, text, picture, w: (q @ text.T + w.log()).softmax(-1) @ text,
            lambda q, text, picture, w: joint_answer_by_sums(q, w[:, None] * text, picture, torch.ones_like(w)),
            lambda q, text, picture, w: joint_answer_by_sums(q, text, picture, w)[:1],
        ],
    ),
    Tried(
        "is-it-real",
        "holm",
        right=[holm_by_steps],
        wrong=[
            lambda p: p,
            lambda p: np.minimum(p * len(p), 1),
            lambda p: np.sort(p) * np.arange(len(p), 0, -1),
            lambda p: np.minimum(p * (len(p) - np.argsort(np.argsort(p))), 1),
            lambda p: np.minimum(np.maximum.accumulate(np.sort(p) * np.arange(len(p), 0, -1)), 1),
        ],
    ),
    Tried(
        "on-a-gpu",
        "evaluations",
        right=[
            lambda pairs, strips, frames, steps, guidance: sum(evaluated(strips, frames, steps, guidance) for _ in range(pairs)),
            lambda pairs, strips, frames, steps, guidance: float(pairs * evaluated(strips, frames, steps, guidance)),
        ],
        wrong=[
            lambda pairs, strips, frames, steps, guidance: pairs * strips * frames * steps * (1 + (guidance != 1)),
            lambda pairs, strips, frames, steps, guidance: pairs * (strips * (frames - 2) + 2) * steps * (1 + (guidance != 1)),
            lambda pairs, strips, frames, steps, guidance: pairs * evaluated(strips, frames, steps, 4),
            lambda pairs, strips, frames, steps, guidance: pairs * strips * (frames - 2) * steps * (1 + (guidance != 1)),
            lambda pairs, strips, frames, steps, guidance: evaluated(strips, frames, steps, guidance),
            lambda pairs, strips, frames, steps, guidance: evaluated(strips, pairs * frames, steps, guidance),
        ],
        given=lambda: {"counted_evaluations": lambda frames, couplings, guidance: evaluated(len(couplings), frames, 2, guidance)},
    ),
]
