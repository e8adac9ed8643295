"""The Python SDK's client: signs in by its own OAuth code, lists the tools, reads, and writes.

python.py URL CALLS [CLIENT_ID ISSUER]

CALLS is the two calls as JSON, each with its name and arguments.

Each authorization request is a line "authorize URL" on standard output, and the address that the person comes back to is read from
standard input. The last line is a JSON object with what was seen.
"""

import asyncio
import json
import sys
from urllib.parse import parse_qs, urlsplit

import httpx2
from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientInformationFull, OAuthClientMetadata

REDIRECT = "http://127.0.0.1:33213/callback"


class Storage:
    def __init__(self, client):
        self.tokens, self.client = None, client

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client):
        self.client = client


async def main(url, calls, client_id=None, issuer=None):
    asked = []

    async def redirect(address):
        asked.append(parse_qs(urlsplit(address).query)["scope"][0])
        print("authorize", address, flush=True)

    async def callback():
        line = await asyncio.to_thread(sys.stdin.readline)
        query = parse_qs(urlsplit(line.strip()).query)
        return AuthorizationCodeResult(**{name: query[name][0] for name in ("code", "state", "iss") if name in query})

    registered = {"redirect_uris": [REDIRECT], "token_endpoint_auth_method": "none"}
    known = OAuthClientInformationFull(client_id=client_id, issuer=issuer, **registered) if client_id else None
    metadata = OAuthClientMetadata(client_name="end-to-end suite", grant_types=["authorization_code", "refresh_token"], response_types=["code"], **registered)
    signing_in = OAuthClientProvider(url, metadata, Storage(known), redirect, callback)
    async with httpx2.AsyncClient(auth=signing_in, timeout=30) as http, Client(streamable_http_client(url, http_client=http)) as client:
        tools = await client.list_tools()
        read, write = [await client.call_tool(call["name"], call["arguments"]) for call in json.loads(calls)]
        seen = {name: value.model_dump(mode="json", by_alias=True, exclude_none=True) for name, value in (("read", read), ("write", write))}
        seen["tools"] = [t.model_dump(mode="json", by_alias=True, exclude_none=True) for t in tools.tools]
        print(json.dumps({**seen, "asked": asked, "revision": client.protocol_version}))


asyncio.run(main(*sys.argv[1:]))
