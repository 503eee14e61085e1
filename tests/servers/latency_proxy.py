"""Delays FTP control connections, for tests and measurements with a round trip.

    latency_proxy.py DELAY_MS LISTEN_HOST:PORT=SERVER_HOST:PORT ...

Each direction is delayed by DELAY_MS. Listen on the server's own address with another port: then
the address that the server announces for data connections stays right, and data is not delayed.
(The kernels that tests run on have no netem.)
"""

import asyncio
import socket
import sys


async def pump(reader, writer, delay):
    """Copies one direction, every piece `delay` seconds late."""
    queue = asyncio.Queue()
    loop = asyncio.get_running_loop()

    async def deliver():
        while True:
            due, piece = await queue.get()
            await asyncio.sleep(max(0, due - loop.time()))
            if not piece:
                writer.close()
                return
            writer.write(piece)
            try:
                await writer.drain()
            except OSError:
                return

    delivery = asyncio.create_task(deliver())
    piece = b"-"
    while piece:
        try:
            piece = await reader.read(65536)
        except OSError:
            piece = b""
        queue.put_nowait((loop.time() + delay, piece))
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
