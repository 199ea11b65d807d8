"""Filters as SQL conditions.

A negation goes down to the comparisons, so that an attribute that is absent is "not equal" on both databases, and
what Entra asks for every person (`userName eq`, `externalId eq`) stays a plain comparison that an index answers.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, false, func, not_, or_, select, true

from nexus.core.text.storable import is_storable
from nexus.identity.models import Group, GroupMember, User
from nexus.scim.attributes import ENTERPRISE_USER, USER, find
from nexus.scim.errors import InvalidFilterError
from nexus.scim.expressions import (
    ENTERPRISE,
    And,
    AttributePath,
    Compare,
    Expression,
    Literal,
    Not,
    Or,
    Present,
    Within,
    read_boolean,
)

Condition = ColumnElement[bool]
_Leaf = Callable[[AttributePath, str, Literal], Condition]
"""The condition for a path, an operator (`pr` too) and a value; NULL counts as false."""

_EXTENSION: Final = ENTERPRISE.lower()


def user_condition(expression: Expression) -> Condition:
    """Raises InvalidFilterError for what cannot be searched for."""
    return _compiled(expression, _user_leaf)


def group_condition(expression: Expression) -> Condition:
    """Raises InvalidFilterError for what cannot be searched for."""
    return _compiled(expression, _group_leaf)


def _compiled(expression: Expression, leaf: _Leaf, prefix: AttributePath = (), *, negated: bool = False) -> Condition:
    match expression:
        case Not(inner):
            return _compiled(inner, leaf, prefix, negated=not negated)
        case And(parts) | Or(parts):
            conditions = [_compiled(part, leaf, prefix, negated=negated) for part in parts]
            return and_(*conditions) if isinstance(expression, And) is not negated else or_(*conditions)
        case Within(path, inner):
            return _compiled(inner, leaf, path, negated=negated)
        case Present(path):
            condition = leaf((*prefix, *path), "pr", None)
        case Compare(path, "ne", value):
            condition, negated = leaf((*prefix, *path), "eq", value), not negated
        case Compare(path, "eq", None):
            condition, negated = leaf((*prefix, *path), "pr", None), not negated
        case Compare(path, operator, value):
            condition = leaf((*prefix, *path), operator, value)
    return not_(func.coalesce(condition, false())) if negated else condition


def _user_leaf(path: AttributePath, operator: str, value: Literal) -> Condition:
    match path:
        case ("id",):
            return _is_id(User.id, operator, value)
        case ("active",) if operator == "eq":
            return User.active.is_(_boolean(value))
        case ("active",):
            return _always(operator)
        case ("username",):
            return _kept_in_lower_case(User.user_name, operator, value)
        case ("externalid",):
            return _text(User.external_id, operator, value, exact=True)
        case ("emails",) | ("emails", "value"):
            return _kept_in_lower_case(User.email, operator, value)
        case ("emails", "type"):
            # The one address that Nexus uses is the one for work, whatever else the directory has.
            return true() if operator == "pr" or _lowered(value) == "work" else false()
        case ("emails", "primary"):
            return true() if operator == "pr" or _boolean(value) else false()
        case ("meta", "created"):
            return _moment(User.created_at, operator, value)
        case _:
            return _text(_in_directory(path), operator, value)


def _group_leaf(path: AttributePath, operator: str, value: Literal) -> Condition:
    match path:
        case ("id",):
            return _is_id(Group.id, operator, value)
        case ("displayname",):
            return _text(Group.name, operator, value)
        case ("externalid",):
            return _text(Group.external_id, operator, value, exact=True)
        case ("members",) | ("members", "value"):
            of_group = select(GroupMember.user_id).where(GroupMember.group_id == Group.id)
            if operator == "pr":
                return exists(of_group)
            return exists(of_group.where(_is_id(GroupMember.user_id, operator, value)))
        case ("meta", "created"):
            return _moment(Group.created_at, operator, value)
        case _:
            raise _unsearchable(path)


def _in_directory(path: AttributePath) -> ColumnElement[str]:
    """An attribute with one text, in the document that the directory sent."""
    attributes, keys = USER, list[str]()
    names = path
    if path[0] == _EXTENSION:
        attributes, keys, names = ENTERPRISE_USER, [ENTERPRISE], path[1:]
    if names == ("manager",):
        names = ("manager", "value")
    for name in names:
        attribute = find(attributes, name)
        if attribute is None or attribute.multi or attribute.kind == "boolean":
            raise _unsearchable(path)
        keys.append(attribute.name)
        attributes = attribute.parts
    if attributes or not names:
        raise _unsearchable(path)
    directory: Any = User.directory
    return directory[tuple(keys)].as_string()


def _unsearchable(path: AttributePath) -> InvalidFilterError:
    return InvalidFilterError(f"{'.'.join(path)} cannot be searched for.")


def _unordered(operator: str) -> InvalidFilterError:
    return InvalidFilterError(f"{operator} cannot be asked of this attribute.")


def _lowered(value: Literal) -> str:
    return value.lower() if isinstance(value, str) else ""


def _boolean(value: Literal) -> bool:
    if (boolean := read_boolean(value)) is None:
        raise InvalidFilterError("The value must be true or false.")
    return boolean


def _always(operator: str) -> Condition:
    if operator != "pr":
        raise _unordered(operator)
    return true()


def _is_id(column: Any, operator: str, value: Literal) -> Condition:
    if operator != "eq":
        return _always(operator)
    try:
        return column == UUID(str(value))
    except ValueError:
        return false()


def _kept_in_lower_case(column: Any, operator: str, value: Literal) -> Condition:
    return _text(column, operator, value.lower() if isinstance(value, str) else value, exact=True)


def _text(column: Any, operator: str, value: Literal, *, exact: bool = False) -> Condition:
    if operator == "pr":
        return and_(column.is_not(None), column != "")
    if not isinstance(value, str):
        raise InvalidFilterError("The value must be a text in quotation marks.")
    if operator == "eq":
        return column == value if exact else func.lower(column) == func.lower(value)
    match operator:
        case "co":
            return column.icontains(value, autoescape=True)
        case "sw":
            return column.istartswith(value, autoescape=True)
        case "ew":
            return column.iendswith(value, autoescape=True)
        case _:
            raise _unordered(operator)


def _moment(column: Any, operator: str, value: Literal) -> Condition:
    if operator == "pr":
        return true()
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        moment = None
    if moment is None or not is_storable(moment) or not 1900 < moment.year < 3000:
        raise InvalidFilterError("The value must be a moment such as 2026-01-31T12:00:00Z.")
    match operator:
        case "eq":
            return column == moment
        case "gt":
            return column > moment
        case "ge":
            return column >= moment
        case "lt":
            return column < moment
        case "le":
            return column <= moment
        case _:
            raise _unordered(operator)
