"""Runs the BigQuery emulator on a free port: prints its address, serves until the input ends."""

import asyncio
import sys
import warnings

# Whatever the emulator prints is no address.
address, sys.stdout = sys.stdout, sys.stderr

from bqemulator.config import LogLevel, Settings  # noqa: E402
from bqemulator.server import EmulatorServer  # noqa: E402


async def serve() -> None:
    # The format extensions would be downloaded.
    settings = Settings(
        rest_port=0, grpc_port=0, log_level=LogLevel.ERROR, enable_format_extensions=False
    )
    server = EmulatorServer(settings)
    await server.start()
    try:
        print(server.rest_url, file=address, flush=True)
        await asyncio.to_thread(sys.stdin.read)
    finally:
        await server.stop()


warnings.simplefilter("ignore")
asyncio.run(serve())
