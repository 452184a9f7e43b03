"""ProxyCommand for `ssh -o ProxyUseFdpass=yes`: accepts one TCP connection and hands it to ssh.

usage: accept-and-pass.py PORT
"""
import socket
import sys

with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
    connection, _ = listener.accept()
# ssh gives the command one end of a socket pair as standard output, and takes the descriptor from there.
with socket.socket(fileno=1) as to_ssh:
    socket.send_fds(to_ssh, [b"\0"], [connection.fileno()])
