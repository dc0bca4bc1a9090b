"""Notes after how many seconds the first packet comes out of the tunnel at its far end. Argument: the file for them.

The seconds are those since the boot. Its unit is told when it listens.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from pathlib import Path

EVERY_PROTOCOL = 3


def main() -> None:
    """Wait for the packet."""
    port = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(EVERY_PROTOCOL))
    port.bind(("peer", EVERY_PROTOCOL))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.sendto(b"READY=1", os.environ["NOTIFY_SOCKET"])
    while port.recvfrom(1)[1][2] == socket.PACKET_OUTGOING:
        pass
    Path(sys.argv[1]).write_text(f"{time.clock_gettime(time.CLOCK_BOOTTIME):.1f}\n", "ascii")


if __name__ == "__main__":
    main()
