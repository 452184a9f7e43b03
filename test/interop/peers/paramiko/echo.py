"""A paramiko client or server that sends back what it gets.

usage: echo.py client|server KEY=VALUE...    (lists with commas)

The server listens on a port of 127.0.0.1 that it tells: {event: "listening", port}. The client reads a line "PORT TYPE
BASE64" for each call, where the last two are the only host key it accepts, and tells {event: "ended", error} afterwards.
"""
import base64
import json
import socket
import sys
import threading
import warnings

# Debian's cryptography warns about old ciphers when paramiko merely lists them.
warnings.filterwarnings("ignore")
import paramiko  # noqa: E402

role, *pairs = sys.argv[1:]
settings = dict(pair.split("=", 1) for pair in pairs)
kinds = {"ssh-rsa": paramiko.RSAKey, "ssh-ed25519": paramiko.Ed25519Key}


def log(**event):
    print(json.dumps(event), flush=True)


def load(file):
    kind = open(file + ".pub").read().split()[0]
    return kinds.get(kind, paramiko.ECDSAKey).from_private_key_file(file)


def transport(connection):
    made = paramiko.Transport(connection)
    # The setters of SecurityOptions refuse a list only when it holds a name that paramiko does not know.
    options = made.get_security_options()
    options.kex = settings["kex"].split(",")
    options.ciphers = settings["cipher"].split(",")
    options.digests = settings["mac"].split(",")
    options.key_types = settings["hostKey"].split(",")
    if "rekeyBytes" in settings:
        made.packetizer.REKEY_BYTES = int(settings["rekeyBytes"])
    return made


def echo(channel):
    while data := channel.recv(16384):
        channel.sendall(data)
    channel.shutdown_write()


def call(line):
    port, kind, blob = line.split()
    connection = transport(socket.create_connection(("127.0.0.1", int(port))))
    try:
        # Without an expected key: for RSA that would ask for "ssh-rsa" alone.
        connection.start_client(timeout=10)
        offered = connection.get_remote_server_key()
        if offered.asbytes() != base64.b64decode(blob):
            raise ValueError(f"another host key: {offered.get_name()}")
        connection.auth_publickey(settings["user"], load(settings["userKey"]))
        channel = connection.open_session(timeout=10)
        channel.invoke_subsystem("echo")
        echo(channel)
        channel.close()
    finally:
        connection.close()


class Door(paramiko.ServerInterface):
    def get_allowed_auths(self, username):
        return "publickey"

    def check_auth_publickey(self, username, key):
        right = username == settings["user"] and key == load(settings["userKey"])
        return paramiko.AUTH_SUCCESSFUL if right else paramiko.AUTH_FAILED

    def check_channel_request(self, kind, channel_id):
        return paramiko.OPEN_SUCCEEDED

    def check_channel_subsystem_request(self, channel, name):
        threading.Thread(target=serve_channel, args=(channel,), daemon=True).start()
        return name == "echo"


def serve_channel(channel):
    echo(channel)
    channel.send_exit_status(0)
    channel.close()


def client():
    for line in sys.stdin:
        try:
            call(line)
            log(event="ended", error=None)
        except Exception as error:
            log(event="ended", error=f"{type(error).__name__}: {error}")


def server():
    # For group exchange (RFC 4419 §3): a file of Debian's openssh-server.
    paramiko.Transport.load_server_moduli("/etc/ssh/moduli")
    listener = socket.create_server(("127.0.0.1", 0))
    log(event="listening", port=listener.getsockname()[1])
    while True:
        connection = transport(listener.accept()[0])
        for file in settings["hostKeys"].split(","):
            connection.add_server_key(load(file))
        try:
            connection.start_server(server=Door())
        except Exception as error:
            log(event="failed", error=f"{type(error).__name__}: {error}")


client() if role == "client" else server()
