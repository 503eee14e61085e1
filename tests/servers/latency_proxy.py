"""Delays FTP control connections, for tests and benchmarks with a round-trip time.

    latency_proxy.py DELAY_MS LISTEN_HOST:PORT=SERVER_HOST:PORT ...

Each direction is delayed by DELAY_MS. Listen on the server's own address with another port, so that
the address that the server announces for data connections stays valid; data is not delayed.
(netem is not available in the kernels that the tests run on.)
"""

import asyncio
import socket
import sys


async def pump(reader, writer, delay):
    """Copies one direction, delaying every chunk by `delay` seconds."""
    queue = asyncio.Queue()
    loop = asyncio.get_running_loop()

    async def deliver():
        while True:
            due, chunk = await queue.get()
            await asyncio.sleep(max(0, due - loop.time()))
            if not chunk:
                writer.close()
                return
            writer.write(chunk)
            try:
                await writer.drain()
            except OSError:
                return

    delivery = asyncio.create_task(deliver())
    chunk = b"-"
    while chunk:
        try:
            chunk = await reader.read(65536)
        except OSError:
            chunk = b""
        queue.put_nowait((loop.time() + delay, chunk))
    await delivery


def no_delay(writer):
    writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


async def listen(listen_host, listen_port, host, port, delay):
    async def serve(reader, writer):
        try:
            far_reader, far_writer = await asyncio.open_connection(host, port)
        except OSError:
            writer.close()
            return
        no_delay(writer)
        no_delay(far_writer)
        await asyncio.gather(pump(reader, far_writer, delay), pump(far_reader, writer, delay))

    await asyncio.start_server(serve, listen_host, listen_port)


async def main():
    delay = float(sys.argv[1]) / 1000
    for pair in sys.argv[2:]:
        near, far = (end.rsplit(":", 1) for end in pair.split("="))
        await listen(near[0], int(near[1]), far[0], int(far[1]), delay)
    print("ready", flush=True)
    await asyncio.Event().wait()


if len(sys.argv) < 3:
    sys.exit(__doc__)
asyncio.run(main())
