"""Settings of files that arrive part by part."""

from pathlib import Path

from pydantic import Field

from nexus.core.settings_security import Group


class UploadSettings(Group):
    """Uploads that can be resumed."""

    folder: Path | None = Field(
        default=None,
        description="Folder for the parts of unfinished uploads; empty means one in the data folder. Several API"
        " processes share it, so that any of them can go on with an upload.",
    )
    keep_hours: float = Field(
        default=24, gt=0, le=8760, description="How long an unfinished upload is kept after its last part."
    )
    open_per_user: int = Field(default=100, gt=0, description="Unfinished uploads one person may have.")
