"""What the two roles share: events on standard output, algorithms, and a count of key exchanges."""
import json
import logging
import warnings

# Debian's cryptography warns about old ciphers when asyncssh merely lists them.
warnings.filterwarnings("ignore")
import asyncssh  # noqa: E402


def log(**event):
    print(json.dumps(event), flush=True)


def algorithms(request):
    names = {
        "kex": "kex_algs",
        "encryption": "encryption_algs",
        "mac": "mac_algs",
        "compression": "compression_algs",
        "rekeyBytes": "rekey_bytes",
    }
    return {names[key]: value for key, value in request.get("algorithms", {}).items() if key in names}


def negotiated(connection):
    names = ("send_cipher", "send_mac", "recv_cipher", "recv_mac", "client_version", "server_version", "username")
    return {name: connection.get_extra_info(name) for name in names}


class KeyExchanges(logging.Handler):
    """asyncssh tells of a finished key exchange in its log only."""

    def __init__(self):
        super().__init__()
        self.count = 0
        asyncssh.logger.logger.addHandler(self)
        asyncssh.set_log_level("DEBUG")

    def emit(self, record):
        self.count += "Completed key exchange" in record.getMessage()
