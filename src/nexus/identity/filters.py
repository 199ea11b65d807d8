"""What every way in asks of the rows."""

from sqlalchemy import ColumnElement

from nexus.identity.models import Tenant, User


def let_in() -> tuple[ColumnElement[bool], ...]:
    """Of users joined with their tenants, those who may come in at this moment."""
    return User.active.is_(True), Tenant.suspended_at.is_(None)
