"""NETCONF server over asyncssh's SSH server, on connections that it accepts or, as a Call Home device, dials.

Standard input holds one JSON object: {dial, port, user, hostKeys, authorizedKey, password, algorithms, versions,
dataBytes}. Standard output gets a line for each event: listening, connected, hello, rpc, closed, failed.
"""
import asyncio
import itertools
import json
import sys

from common import KeyExchanges, algorithms, asyncssh, log, negotiated
from netconf import Responder

request = json.load(sys.stdin)
exchanges = KeyExchanges()
session_ids = itertools.count(1)


class Door(asyncssh.SSHServer):
    def begin_auth(self, username):
        # An unknown user is asked like a known one, and fails.
        self.known = username == request["user"]
        return True

    def public_key_auth_supported(self):
        return "authorizedKey" in request

    def validate_public_key(self, username, key):
        return self.known and key == asyncssh.import_public_key(request["authorizedKey"])

    def password_auth_supported(self):
        return "password" in request

    def validate_password(self, username, password):
        return self.known and password == request["password"]

    def auth_completed(self):
        pass

    def connection_lost(self, error):
        log(event="closed", error=None if error is None else f"{type(error).__name__}: {error}", keyExchanges=exchanges.count)


async def serve(process):
    log(event="connected", subsystem=process.subsystem, **negotiated(process))
    if process.subsystem != "netconf":
        process.exit(1)
        return
    responder = Responder(request["versions"], request["dataBytes"])
    try:
        process.stdout.write(responder.greeting(next(session_ids)))
        while not responder.closed and (data := await process.stdin.read(65536)):
            for answer in responder.receive(data, log):
                process.stdout.write(answer)
                await process.stdout.drain()
        process.exit(0)
    except Exception as error:
        log(event="failed", error=f"{type(error).__name__}: {error}")
        process.exit(1)


async def main():
    options = {
        "server_factory": Door,
        "server_host_keys": request["hostKeys"],
        "process_factory": serve,
        "encoding": None,
        "line_editor": False,
        "config": None,
        **algorithms(request),
    }
    if "hostKeyAlgorithms" in request.get("algorithms", {}):
        options["signature_algs"] = request["algorithms"]["hostKeyAlgorithms"]
    if request["dial"]:
        try:
            connection = await asyncssh.connect_reverse("127.0.0.1", request["port"], **options)
            await connection.wait_closed()
        except (OSError, asyncssh.Error) as error:
            log(event="failed", error=f"{type(error).__name__}: {error}")
        return
    listener = await asyncssh.listen("127.0.0.1", request["port"], **options)
    log(event="listening", port=listener.sockets[0].getsockname()[1])
    await listener.wait_closed()


asyncio.run(main())
