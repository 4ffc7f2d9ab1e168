"""Runs the emulators of BigQuery and Cloud Storage on free ports: prints their addresses, serves until the input
ends. The first argument is the folder of the second."""

import asyncio
import sys
import warnings

# Whatever the emulators print is no address.
address, sys.stdout = sys.stdout, sys.stderr

from bqemulator.config import LogLevel, Settings  # noqa: E402
from bqemulator.server import EmulatorServer  # noqa: E402
from gcp_storage_emulator.server import create_server  # noqa: E402


async def serve(folder: str) -> None:
    # The format extensions would be downloaded.
    settings = Settings(
        rest_port=0, grpc_port=0, log_level=LogLevel.ERROR, enable_format_extensions=False
    )
    bigquery = EmulatorServer(settings)
    storage = create_server("127.0.0.1", 0, in_memory=False, data_dir=folder)
    await bigquery.start()
    storage.start()
    try:
        port = storage._api._httpd.server_address[1]
        print(bigquery.rest_url, f"http://127.0.0.1:{port}", sep="\n", file=address, flush=True)
        await asyncio.to_thread(sys.stdin.read)
    finally:
        storage.stop()
        await bigquery.stop()


warnings.simplefilter("ignore")
asyncio.run(serve(sys.argv[1]))
