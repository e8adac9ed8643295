# FastMCP as MCP servers that somebody else wrote: the first signs people in by itself, the second leaves it to an issuer.
import asyncio
import sys

from fastmcp import FastMCP
from fastmcp.server.auth import RemoteAuthProvider
from fastmcp.server.auth.providers.in_memory import InMemoryOAuthProvider
from fastmcp.server.auth.providers.jwt import JWTVerifier
from mcp.server.auth.settings import ClientRegistrationOptions
from pydantic import AnyHttpUrl

first, second, issuer = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]


def itself(here):
    registration = ClientRegistrationOptions(enabled=True, valid_scopes=["notes"], default_scopes=["notes"])
    return InMemoryOAuthProvider(base_url=here, required_scopes=["notes"], client_registration_options=registration)


def remote(here):
    verifier = JWTVerifier(jwks_uri=f"{issuer}/keys", issuer=issuer, audience=f"{here}/mcp", required_scopes=["coda:read"])
    return RemoteAuthProvider(token_verifier=verifier, authorization_servers=[AnyHttpUrl(issuer)], base_url=here)


async def serve(auth, port):
    server = FastMCP("notes", auth=auth(f"http://127.0.0.1:{port}"))

    @server.tool(annotations={"readOnlyHint": True})
    def list_notes() -> str:
        "Lists the notes."
        return "There are no notes."

    await server.run_async(transport="http", host="127.0.0.1", port=port, show_banner=False)


async def both():
    await asyncio.gather(serve(itself, first), serve(remote, second))


asyncio.run(both())
