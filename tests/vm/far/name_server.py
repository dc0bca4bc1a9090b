"""The name server of the internet. Argument: a file with for how many seconds after the first question it is silent.

Every name has one address, that of the peer. It answers at each address of the internet; its unit is told when it
listens.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from pathlib import Path

ADDRESS = bytes((198, 51, 100, 1))
A = b"\0\1\0\1"  # type and class
ANSWER = b"\xc0\x0c" + A + b"\0\0\0\x3c\0\4" + ADDRESS
EDNS = b"\0\0\x29\4\xd0\0\0\0\0\0\0"
PACKET_INFO = 50  # IPV6_PKTINFO: the address to which a question came, from which its answer must come
RECEIVE_PACKET_INFO = 49


def answered(question: bytes) -> bytes:
    """Give the answer to a question."""
    end = question.index(b"\0", 12) + 5
    known = question[end - 4 : end] == A
    extended = question[10:12] != b"\0\0"
    header = b"\x81\x80\0\1" + bytes((0, known, 0, 0, 0, extended))
    return question[:2] + header + question[12:end] + ANSWER * known + EDNS * extended


def main() -> None:
    """Answer for ever."""
    silence = float(Path(sys.argv[1]).read_text("ascii"))
    port = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    port.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    port.setsockopt(socket.IPPROTO_IPV6, RECEIVE_PACKET_INFO, 1)
    port.bind(("::", 53))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.sendto(b"READY=1", os.environ["NOTIFY_SOCKET"])
    first: float | None = None
    while True:
        question, ((_, _, info),), _, asker = port.recvmsg(4096, 128)
        first = first or time.monotonic()
        if time.monotonic() - first >= silence:
            here = info[:16] + bytes(4)
            port.sendmsg([answered(question)], [(socket.IPPROTO_IPV6, PACKET_INFO, here)], 0, asker)


if __name__ == "__main__":
    main()
