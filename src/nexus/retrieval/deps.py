"""What this room's routes ask for."""

from typing import Annotated

from fastapi import Depends

from nexus.core.http.deps import provided
from nexus.retrieval.service import Retriever

Search = Annotated[Retriever, Depends(provided(Retriever))]
