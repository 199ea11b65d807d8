"""What this room's routes ask for."""

from typing import Annotated

from fastapi import Depends

from nexus.agents.service import Looker
from nexus.core.http.deps import provided

LookerInUse = Annotated[Looker, Depends(provided(Looker))]
