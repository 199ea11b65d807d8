"""What administrators send and see about provisioning. SCIM's own bodies are `attributes` and `mapping`."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from nexus.identity.schemas import Name

Days = Annotated[int, Field(ge=1, le=730, description="Days until it expires.")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ScimTokenCreate(_Body):
    name: Name
    expires_in_days: Days = 365


class ScimTokenRotate(_Body):
    expires_in_days: Days = 365


class ScimTokenView(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    created_at: datetime
    rotated_at: datetime | None
    expires_at: datetime
    last_used_at: datetime | None = Field(description="To the minute.")


class ScimTokenCreated(BaseModel):
    scim_token: ScimTokenView
    token: str = Field(description="Shown this once: paste it into the directory.")


class ScimSettingsView(BaseModel):
    url: str = Field(description="The address to give to the directory.")
    take_over_accounts: bool
    new_departments_region_id: UUID | None


class ScimSettingsChange(_Body):
    take_over_accounts: bool | None = Field(
        default=None,
        description="Whether an account that has the address of a person whom the directory creates becomes the "
        "directory's. Never that of a super admin.",
    )
    new_departments_region_id: UUID | None = Field(
        default=None,
        description="The region in which departments are created that the directory names and nobody has made; "
        "null creates none.",
    )
