"""What this room's routes ask for."""

from typing import Annotated

from fastapi import Depends

from nexus.access.principal import Permission, Principal
from nexus.agents.connecting import Connector
from nexus.agents.service import Looker
from nexus.agents.toolbox import Toolbox
from nexus.core.http.deps import provided
from nexus.identity.deps import require_permission

LookerInUse = Annotated[Looker, Depends(provided(Looker))]
ConnectorInUse = Annotated[Connector, Depends(provided(Connector))]
Manager = Annotated[Principal, require_permission(Permission.TOOLS_MANAGE)]
ToolboxInUse = Annotated[Toolbox, Depends(provided(Toolbox))]
