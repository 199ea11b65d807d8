"""What this room's routes ask for."""

from typing import Annotated

from fastapi import Depends

from nexus.core.http.deps import provided
from nexus.research.researcher import Researcher

Research = Annotated[Researcher, Depends(provided(Researcher))]
