"""Runs one query of a request on stdin, and prints what it took: JSON in, JSON out."""

import json
import math
import sys
import time

import duckdb

from .harness import connect


def peak_mib() -> float:
    """The most memory this process ever held."""
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    raise RuntimeError("/proc/self/status has no VmHWM")


request = json.load(sys.stdin)
connection = connect(request["extension"], request["memory_limit"])
connection.execute("attach '{}' as input (read_only)".format(request["database"].replace("'", "''")))
connection.execute("use input")
# What does not fit goes beside the input, which is deleted in the end.
connection.execute("set temp_directory = '{}.tmp'".format(request["database"].replace("'", "''")))
start = time.perf_counter()
try:
    rows = connection.execute(request["sql"]).fetchall()
    seconds = time.perf_counter() - start
except duckdb.OutOfMemoryException:
    rows, seconds = None, math.inf
print(json.dumps({"seconds": seconds, "peak_mib": peak_mib(), "rows": rows}))
