"""Runs SQL in DuckDB's Python package: one JSON line in, one out.

{"open": true} starts over, with an empty database that has loaded the extension; {"sql": …} runs a
statement there. The extension's files are in the folder given, below the name of their platform.
"""

import json
import pathlib
import sys

import duckdb


def opened():
    connection = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    (platform,) = connection.execute("pragma platform").fetchone()
    file = pathlib.Path(sys.argv[1]) / platform / "aim_ext.duckdb_extension"
    connection.execute("load '{}'".format(str(file).replace("'", "''")))
    return connection, platform


for line in sys.stdin:
    request = json.loads(line)
    try:
        if "open" in request:
            connection, platform = opened()
            reply = {"platform": platform, "version": duckdb.__version__}
        else:
            connection.execute(request["sql"])
            reply = {"rows": connection.fetchall() if connection.description else []}
    except duckdb.Error as error:
        reply = {"error": str(error)}
    print(json.dumps(reply), flush=True)
