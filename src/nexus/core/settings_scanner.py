"""Settings of looking for viruses."""

from pydantic import Field

from nexus.core.settings_security import Group


class ScannerSettings(Group):
    """A virus scanner; without one, files are read as they come, in confined processes."""

    clamd: str = Field(
        default="",
        pattern=r"^(unix:/.+|tcp://[^/\s]+:\d{1,5})?$",
        description="ClamAV's daemon: `unix:/run/clamav/clamd.ctl` or `tcp://host:3310`; empty scans nothing.",
    )
    timeout_seconds: float = Field(
        default=120, gt=0, description="Time the scanner may take to answer, to take a piece of a file, or to judge it."
    )
    wait_minutes: float = Field(
        default=60, ge=0, description="So long files wait for a scanner that is away; then they fail."
    )

    @property
    def is_on(self) -> bool:
        return bool(self.clamd)
