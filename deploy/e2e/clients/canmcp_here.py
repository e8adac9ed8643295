# canmcp as its command line has it, but for one thing: it refuses private addresses and asks DNS itself, and all names of the
# suite are in the hosts file and lead to this machine.
import socket
import sys

from canmcp.checks import network
from canmcp.cli import main


async def resolve(self, host, port=0, family=socket.AF_UNSPEC):
    found = socket.getaddrinfo(host, port, socket.AF_INET, socket.SOCK_STREAM)
    return [dict(hostname=host, host=a[0], port=port, family=f, proto=socket.IPPROTO_TCP, flags=0) for f, _, _, _, a in found]


network.PublicResolver.resolve = resolve
sys.exit(main(sys.argv[1:]))
