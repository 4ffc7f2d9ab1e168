"""`python -m bench_scoring`: measures the cases and prints one Markdown table."""

import argparse
import importlib
import os
import pkgutil
import sys
import tempfile
from pathlib import Path

from .harness import THREADS, Case, Context, markdown, measure


def cases() -> list[Case]:
    """Those of every module here that has any: its `CASES`, or itself."""
    found = []
    for entry in pkgutil.iter_modules([str(Path(__file__).parent)], f"{__package__}."):
        # Those two run when they are imported.
        if entry.name.endswith((".__main__", ".child")):
            continue
        module = importlib.import_module(entry.name)
        found += getattr(module, "CASES", [module] if hasattr(module, "NAME") else [])
    return found


def fraction(text: str) -> float:
    value = float(text)
    if not 0 < value <= 1:
        raise ValueError(text)
    return value


def count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise ValueError(text)
    return value


def say(text: str) -> None:
    print(f"==> {text}", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench scoring", allow_abbrev=False)
    parser.add_argument("--case", default="", metavar="NAME", help="only those whose name has this in it")
    parser.add_argument("--rounds", type=count, default=5, metavar="N", help="5 unless told")
    parser.add_argument("--scale", type=fraction, default=1.0, metavar="F", help="fraction of the rows, for quick tries")
    options = parser.parse_args()
    every = cases()
    chosen = [case for case in every if options.case in case.NAME]
    if not chosen:
        names = "".join(f"\n    {case.NAME}" for case in every)
        parser.error(f"No case has '{options.case}' in its name; there are:{names}")
    table = []
    for case in chosen:
        with tempfile.TemporaryDirectory(prefix="aim-bench-") as folder:
            ctx = Context(Path(os.environ["AIM_EXT"]), Path(folder), options.scale)
            table += measure(case, ctx, options.rounds, say)
    part = "" if options.scale == 1 else f" on {options.scale:g} of the rows"
    print(f"Medians of {options.rounds}{part}, {THREADS} threads:\n\n{markdown(table)}")


main()
