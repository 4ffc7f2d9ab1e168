"""Opens engines, compares values, times contestants in turn, makes the rows of the table."""

import gc
import json
import math
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import duckdb

THREADS = 2

HEADINGS = ["work", "against", "ours s", "theirs s", "ratio", "goal", "met"]


class Context:
    """What a case is given. A case may keep what it prepared as further attributes."""

    def __init__(self, extension: Path, folder: Path, scale: float) -> None:
        self.extension = extension
        self.folder = folder
        """Empty at first, and the case's own."""
        self.scale = scale
        self.threads = THREADS

    def rows(self, full: int) -> int:
        """How many rows to take of the `full` number that the figures are about."""
        return max(10, round(full * self.scale))

    def connect(self, memory_limit: str | None = None) -> duckdb.DuckDBPyConnection:
        """A DuckDB in memory that has loaded aim_ext."""
        return connect(self.extension, memory_limit)

    def in_child(self, sql: str, database: Path, memory_limit: str) -> "Measured":
        """Runs a query on a database file, in a process of its own.

        Its time is the query's alone, infinite where it needs more than `memory_limit`; its peak is the
        whole process's.
        """
        request = {
            "extension": str(self.extension),
            "memory_limit": memory_limit,
            "database": str(database),
            "sql": sql,
        }
        done = subprocess.run(
            [sys.executable, "-m", f"{__package__}.child"],
            input=json.dumps(request),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"The query's process ended with {done.returncode}: {done.stderr.strip()}")
        return Measured(**json.loads(done.stdout))


@dataclass
class Measured:
    """What a contestant may return where the call itself is not what is to be timed."""

    seconds: float
    peak_mib: float | None = None
    rows: list | None = None


class Case(Protocol):
    """A piece of work, a module or an object of these names."""

    NAME: str
    """The work, as the table calls it."""
    GOAL: dict[str, float]
    """How many times as fast as each peer we want to be."""

    def prepare(self, ctx: Context) -> None:
        """Makes the input, which is not timed."""

    def contestants(self, ctx: Context) -> dict[str, Callable[[], object]]:
        """What is timed: "aim_ext" first, then each peer. Every call does the whole work once."""

    def check(self, ctx: Context) -> None:
        """Raises AssertionError when the values of the contestants differ."""


def connect(extension: Path | str, memory_limit: str | None) -> duckdb.DuckDBPyConnection:
    config = {"allow_unsigned_extensions": "true", "threads": THREADS}
    if memory_limit:
        config["memory_limit"] = memory_limit
    connection = duckdb.connect(config=config)
    connection.execute("load '{}'".format(str(extension).replace("'", "''")))
    return connection


def agree(what: str, ours: object, theirs: object, relative: float = 1e-9) -> None:
    """Raises AssertionError unless both are equal, numbers up to rounding."""
    if isinstance(ours, (tuple, list)) and isinstance(theirs, (tuple, list)):
        same = len(ours) == len(theirs)
        for at, pair in enumerate(zip(ours, theirs)):
            agree(f"{what}, value {at + 1}", *pair, relative)
    elif isinstance(ours, float) and isinstance(theirs, (int, float)):
        same = math.isclose(ours, theirs, rel_tol=relative) or ours != ours and theirs != theirs
    else:
        same = ours == theirs
    if not same:
        raise AssertionError(f"{what}: {ours!r} is not {theirs!r}")


def measure(case: Case, ctx: Context, rounds: int, say: Callable[[str], None]) -> list[list[str]]:
    """The rows of the table for one case: medians of rounds in which contestants take turns."""
    say(f"{case.NAME}: preparing")
    case.prepare(ctx)
    say(f"{case.NAME}: comparing values")
    case.check(ctx)
    contestants = case.contestants(ctx)
    ours, *peers = contestants
    if ours != "aim_ext" or set(peers) != set(case.GOAL):
        raise ValueError(f"{case.NAME} has contestants {[*contestants]} and goals {[*case.GOAL]}")
    runs: dict[str, list[Measured]] = {name: [] for name in contestants}
    for round_ in range(rounds):
        # Nobody always follows the same neighbour.
        order = [*contestants]
        order = order[round_ % len(order) :] + order[: round_ % len(order)]
        for name in order:
            runs[name].append(timed(contestants[name]))
        seconds = ", ".join(f"{name} {runs[name][-1].seconds:.3f}" for name in contestants)
        say(f"{case.NAME}: round {round_ + 1} of {rounds}: {seconds}")
    our_seconds = median_seconds(runs[ours])
    table = []
    for peer in peers:
        their_seconds = median_seconds(runs[peer])
        goal = case.GOAL[peer]
        met = "yes" if their_seconds >= goal * our_seconds < math.inf else "no"
        ratio = "" if math.inf in (our_seconds, their_seconds) else f"{their_seconds / our_seconds:.1f} ×"
        figures = [cell(runs[ours]), cell(runs[peer]), ratio, f"≥ {goal:g} ×", met]
        table.append([case.NAME, peer, *figures])
    return table


def timed(contestant: Callable[[], object]) -> Measured:
    gc.collect()
    start = time.perf_counter()
    outcome = contestant()
    seconds = time.perf_counter() - start
    return outcome if isinstance(outcome, Measured) else Measured(seconds)


def median_seconds(runs: list[Measured]) -> float:
    return statistics.median(run.seconds for run in runs)


def cell(runs: list[Measured]) -> str:
    """The median time and, where it was measured, the highest memory."""
    seconds = median_seconds(runs)
    if seconds == math.inf:
        return "out of memory"
    text = f"{seconds:.3f}"
    peaks = [run.peak_mib for run in runs if run.peak_mib is not None]
    return f"{text} ({max(peaks):,.0f} MiB)" if peaks else text


def markdown(rows: list[list[str]]) -> str:
    lines = [HEADINGS, ["---"] * 2 + ["---:"] * 4 + ["---"], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
