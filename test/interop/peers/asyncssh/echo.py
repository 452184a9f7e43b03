"""An asyncssh client or server that sends back what it gets.

usage: echo.py client|server KEY=VALUE...    (lists with commas)

The server listens on a port of 127.0.0.1 that it tells: {event: "listening", port}. The client reads a line "PORT TYPE
BASE64" for each call, where the last two are the only host key it accepts, and tells {event: "ended", error} afterwards.
"""
import asyncio
import sys

from common import asyncssh, log

role, *pairs = sys.argv[1:]
settings = dict(pair.split("=", 1) for pair in pairs)
names = {key: settings[key].split(",") for key in ("kex", "hostKey", "cipher", "mac")}
options = {
    "kex_algs": names["kex"],
    "encryption_algs": names["cipher"],
    "mac_algs": names["mac"],
    "config": None,
    "encoding": None,
}


async def call(line):
    port, key = line.split(None, 1)
    async with asyncssh.connect(
        "127.0.0.1",
        int(port),
        username=settings["user"],
        client_keys=[settings["userKey"]],
        known_hosts=([asyncssh.import_public_key(key)], [], []),
        server_host_key_algs=names["hostKey"],
        agent_path=None,
        **{name: value for name, value in options.items() if name != "encoding"},
    ) as connection:
        writer, reader, _ = await connection.open_session(subsystem="echo", encoding=None)
        await echo(reader, writer)


async def echo(reader, writer):
    while data := await reader.read(16384):
        writer.write(data)
        await writer.drain()
    writer.write_eof()


class Door(asyncssh.SSHServer):
    def begin_auth(self, username):
        self.known = username == settings["user"]
        return True

    def public_key_auth_supported(self):
        return True

    def validate_public_key(self, username, key):
        return self.known and key == asyncssh.read_public_key(settings["userKey"] + ".pub")


async def serve(process):
    await echo(process.stdin, process.stdout)
    process.exit(0)


async def client():
    while line := await asyncio.to_thread(sys.stdin.readline):
        try:
            await call(line)
            log(event="ended", error=None)
        except Exception as error:
            log(event="ended", error=f"{type(error).__name__}: {error}")


async def server():
    listener = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_factory=Door,
        server_host_keys=settings["hostKeys"].split(","),
        signature_algs=names["hostKey"] + ["ssh-ed25519"],
        process_factory=serve,
        line_editor=False,
        **options,
    )
    log(event="listening", port=listener.sockets[0].getsockname()[1])
    await listener.wait_closed()


asyncio.run(client() if role == "client" else server())
