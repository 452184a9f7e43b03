"""One NETCONF session with ncclient, as SSH client that dials or as Call Home manager that listens.

Standard input holds one JSON object: {listen, port, user, key, password, hostKey, device, script: [{do, …}]}.
Standard output gets one: {connected, sessionId, base, capabilities, steps: [{do, ok, …}]} or {connected: false, error}.
A step that fails is a result like any other, so that the test can expect it.
"""
import base64
import hashlib
import json
import sys

from lxml import etree
from ncclient import manager
from ncclient.operations import RPCError
from ncclient.transport.session import NetconfBase

request = json.load(sys.stdin)
text = lambda data: etree.tostring(data, encoding="unicode")

STEPS = {
    "get": lambda m, s: {"data": text(m.get(filter=subtree(s)).data)},
    "get-config": lambda m, s: {"data": text(m.get_config(source=s.get("source", "running"), filter=subtree(s)).data)},
    "edit-config": lambda m, s: done(m.edit_config(config=s["config"], target=target(s))),
    "copy-config": lambda m, s: done(m.copy_config(source=s["source"], target=s["target"])),
    "delete-config": lambda m, s: done(m.delete_config(target=s["target"])),
    "lock": lambda m, s: done(m.lock(target(s))),
    "unlock": lambda m, s: done(m.unlock(target(s))),
    "validate": lambda m, s: done(m.validate(s.get("source", "candidate"))),
    "commit": lambda m, s: done(m.commit(confirmed=s.get("confirmed", False), timeout=s.get("timeout"))),
    "discard-changes": lambda m, s: done(m.discard_changes()),
    "create-subscription": lambda m, s: done(m.create_subscription(stream_name=s.get("stream"))),
    "take-notification": lambda m, s: notification(m.take_notification(timeout=s.get("seconds", 5))),
    "rpc": lambda m, s: {"data": m.dispatch(etree.fromstring(s["xml"])).xml},
    "close-session": lambda m, s: done(m.close_session()),
}


def subtree(step):
    return ("subtree", step["filter"]) if "filter" in step else None


def target(step):
    return step.get("target", "candidate")


def done(reply):
    # ncclient raises for an rpc-error, and takes anything else for success: look for the <ok/> itself.
    return {"okElement": reply is not None and "ok/>" in reply.xml}


def notification(taken):
    if taken is None:
        raise TimeoutError("no notification came")
    return {"data": taken.notification_xml}


def run(m, step):
    try:
        return {"do": step["do"], "ok": True, **STEPS[step["do"]](m, step)}
    except RPCError as error:
        names = ("type", "severity", "tag", "path", "message", "app_tag")
        return {"do": step["do"], "ok": False, "rpcError": {name: getattr(error, name, None) for name in names}}
    except Exception as error:
        return {"do": step["do"], "ok": False, "error": f"{type(error).__name__}: {error}"}


def host_key(expected):
    """The options that accept this key only."""
    blob = base64.b64decode(expected)
    if not blob.startswith(b"\0\0\0\7ssh-rsa"):
        return {"hostkey_b64": expected}
    # With hostkey_b64 it would ask for "ssh-rsa" alone, the SHA-1 signature that no modern server makes.
    fingerprint = ":".join(f"{byte:02x}" for byte in hashlib.md5(blob).digest())
    return {"unknown_host_cb": lambda _host, offered: offered == fingerprint}


def connect():
    options = {
        "host": "127.0.0.1",
        "port": request["port"],
        "username": request["user"],
        "key_filename": request.get("key"),
        "password": request.get("password"),
        **host_key(request["hostKey"]),
        "allow_agent": False,
        "look_for_keys": False,
        "timeout": 10,
        "device_params": {"name": request.get("device", "default")},
    }
    return manager.call_home(**options) if request.get("listen") else manager.connect(**options)


def main():
    try:
        m = connect()
    except Exception as error:
        return {"connected": False, "error": f"{type(error).__name__}: {error}"}
    base = m._session._base  # Only here does ncclient tell which framing it chose.
    result = {
        "connected": True,
        "sessionId": m.session_id,
        "base": "1.1" if base == NetconfBase.BASE_11 else "1.0",
        "capabilities": list(m.server_capabilities),
        "steps": [run(m, step) for step in request["script"]],
    }
    if m.connected:
        m.close_session()
    return result


print(json.dumps(main()))
