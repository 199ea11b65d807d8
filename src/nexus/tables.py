"""Imports every table, so that Alembic and the tests see one whole schema."""

from nexus.access import models as access
from nexus.admin import models as admin
from nexus.agents import models as agents
from nexus.audit import models as audit
from nexus.chat import models as chat
from nexus.core.db import Base
from nexus.core.jobs import models as jobs
from nexus.identity import models as identity
from nexus.knowledge import models as knowledge
from nexus.llms import models as llms
from nexus.research import models as research
from nexus.retrieval import models as retrieval
from nexus.scim import models as scim

ROOMS = (jobs, access, audit, identity, llms, scim, knowledge, retrieval, agents, chat, research, admin)
metadata = Base.metadata
