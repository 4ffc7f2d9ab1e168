"""Runs SQL in DuckDB's Python package with the extension loaded: one JSON line in, one out."""

import json
import sys

import duckdb

connection = duckdb.connect(config={"allow_unsigned_extensions": "true"})
connection.execute("load '{}'".format(sys.argv[1].replace("'", "''")))
for line in sys.stdin:
    try:
        connection.execute(json.loads(line)["sql"])
        reply = {"rows": connection.fetchall() if connection.description else []}
    except duckdb.Error as error:
        reply = {"error": str(error)}
    print(json.dumps(reply), flush=True)
