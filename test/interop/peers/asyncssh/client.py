"""NETCONF client over asyncssh's SSH client, on a connection that it dialled or, as a Call Home manager, accepted.

Standard input holds one JSON object: {listen, port, user, key, password, hostKey, algorithms, versions, operations}.
Standard output gets one result as a line: {event: "result", connected, base, sessionId, capabilities, replies, …}.
"""
import asyncio
import json
import sys

from common import KeyExchanges, algorithms, asyncssh, log, negotiated
from netconf import BASE, Framer, common_version, hello, read_hello

request = json.load(sys.stdin)
exchanges = KeyExchanges()


async def session(connection):
    writer, reader, _ = await connection.open_session(subsystem="netconf", encoding=None)
    framer = Framer()

    async def receive():
        while (message := framer.next()) is None:
            data = await reader.read(65536)
            if not data:
                raise EOFError("the server closed the channel")
            framer.feed(data)
        return message

    versions = request["versions"]
    writer.write(framer.encode(hello(versions)))
    capabilities, session_id = read_hello(await receive())
    base = common_version(versions, capabilities)
    framer.chunked = base == "1.1"
    replies = []
    for index, operation in enumerate([*request["operations"], "<close-session/>"]):
        writer.write(framer.encode(f'<rpc message-id="{index + 1}" xmlns="{BASE}">{operation}</rpc>'))
        # What comes before the reply, an event perhaps, is told as well.
        while True:
            replies.append(await receive())
            if f'message-id="{index + 1}"' in replies[-1]:
                break
    # Events may follow the last reply; then the server closes, for we asked it to.
    framer.feed(await reader.read())
    while (message := framer.next()) is not None:
        replies.append(message)
    return {"base": base, "sessionId": session_id, "capabilities": capabilities, "replies": replies}


async def run(connection):
    result = {**await session(connection), **negotiated(connection), "keyExchanges": exchanges.count}
    connection.close()
    await connection.wait_closed()
    return {"connected": True, **result}


async def main():
    keys = [asyncssh.import_public_key(request["hostKey"])]
    options = {
        "username": request["user"],
        "client_keys": [request["key"]] if "key" in request else None,
        "password": request.get("password"),
        # The same key whatever the address: ([trusted keys], [trusted CA keys], [revoked keys]).
        "known_hosts": (keys, [], []),
        "config": None,
        "agent_path": None,
        **algorithms(request),
    }
    if "hostKeyAlgorithms" in request.get("algorithms", {}):
        options["server_host_key_algs"] = request["algorithms"]["hostKeyAlgorithms"]
    if not request["listen"]:
        return await run(await asyncssh.connect("127.0.0.1", request["port"], **options))
    outcome = asyncio.get_running_loop().create_future()

    async def accepted(connection):
        try:
            outcome.set_result(await run(connection))
        except Exception as error:
            outcome.set_exception(error)

    def failed(_connection, error):
        if not outcome.done():
            outcome.set_exception(error or ConnectionError("the connection was lost"))

    listener = await asyncssh.listen_reverse(
        "127.0.0.1", request["port"], acceptor=accepted, error_handler=failed, **options
    )
    log(event="listening", port=listener.sockets[0].getsockname()[1])
    return await outcome


try:
    result = asyncio.run(asyncio.wait_for(main(), 45))
except Exception as error:
    result = {"connected": False, "error": f"{type(error).__name__}: {error}"}
log(event="result", **result)
