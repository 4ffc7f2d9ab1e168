"""What `scripts/bench scoring` measures: aim_ext against what an expert would use without it.

* `harness`: opens engines, compares values, times contestants in turn, makes the table;
* `child`: a query in a process of its own, for its peak memory;
* every other module: one piece of work, as `harness.Case` describes it.
"""
