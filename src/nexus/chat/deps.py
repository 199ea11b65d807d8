"""What this room's routes ask for."""

from typing import Annotated

from fastapi import Depends

from nexus.chat.events import EventLog
from nexus.chat.runs import RunEngine
from nexus.core.http.deps import provided
from nexus.providers.documents.base import DocumentWriter

Engine = Annotated[RunEngine, Depends(provided(RunEngine))]
Log = Annotated[EventLog, Depends(provided(EventLog))]
Writer = Annotated[DocumentWriter, Depends(provided(DocumentWriter))]
