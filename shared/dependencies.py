"""What routes ask for besides a caller: the service's database, its peers, its files."""

from typing import Annotated

from fastapi import Depends, Request

from shared.database import Database
from shared.objects import Objects
from shared.peers import Peers


async def database_of(request: Request) -> Database:
    found: Database = request.app.state.database
    return found


async def peers_of(request: Request) -> Peers:
    found: Peers = request.app.state.peers
    return found


async def objects_of(request: Request) -> Objects:
    found: Objects = request.app.state.objects
    return found


Db = Annotated[Database, Depends(database_of)]
PeersOf = Annotated[Peers, Depends(peers_of)]
ObjectsOf = Annotated[Objects, Depends(objects_of)]
