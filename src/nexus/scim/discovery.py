"""What a client may ask about the service itself (RFC 7643, sections 5 to 7). Pure."""

from typing import Any, Final

from nexus.scim.attributes import SCHEMAS, Attribute, Document
from nexus.scim.errors import ScimError
from nexus.scim.expressions import CORE_GROUP, CORE_USER, ENTERPRISE

MAX_RESULTS: Final = 200
_NAMES: Final = {CORE_USER: "User", ENTERPRISE: "EnterpriseUser", CORE_GROUP: "Group"}


class NotThereError(ScimError):
    status = 404


def service_provider_config(base: str) -> Document:
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": {"supported": True},
        "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": True, "maxResults": MAX_RESULTS},
        "changePassword": {"supported": False},
        "sort": {"supported": False},
        "etag": {"supported": True},
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "Bearer token",
                "description": "A token that an administrator of the tenant has made.",
                "specUri": "https://www.rfc-editor.org/info/rfc6750",
                "primary": True,
            }
        ],
        "meta": {"resourceType": "ServiceProviderConfig", "location": f"{base}/ServiceProviderConfig"},
    }


def resource_types(base: str) -> list[Document]:
    extension = [{"schema": ENTERPRISE, "required": False}]
    return [_resource_type("User", CORE_USER, base, extension), _resource_type("Group", CORE_GROUP, base, [])]


def _resource_type(name: str, schema: str, base: str, extensions: list[Document]) -> Document:
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
        "id": name,
        "name": name,
        "endpoint": f"/{name}s",
        "schema": schema,
        "schemaExtensions": extensions,
        "meta": {"resourceType": "ResourceType", "location": f"{base}/ResourceTypes/{name}"},
    }


def schemas(base: str) -> list[Document]:
    return [
        {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
            "id": schema,
            "name": _NAMES[schema],
            "attributes": [_described(attribute) for attribute in attributes],
            "meta": {"resourceType": "Schema", "location": f"{base}/Schemas/{schema}"},
        }
        for schema, attributes in SCHEMAS.items()
    ]


def _described(attribute: Attribute) -> Document:
    described: dict[str, Any] = {
        "name": attribute.name,
        "type": attribute.kind,
        "multiValued": attribute.multi,
        "description": attribute.description,
        "required": attribute.required,
        "caseExact": attribute.case_exact,
        "mutability": attribute.mutability,
        "returned": "default",
        "uniqueness": attribute.uniqueness,
    }
    if attribute.kind == "reference":
        described["referenceTypes"] = ["User"] if attribute.name == "$ref" else ["external"]
    if attribute.parts:
        described["subAttributes"] = [_described(part) for part in attribute.parts]
    return described


def one_of(resources: list[Document], wanted: str) -> Document:
    """Raises NotThereError."""
    for each in resources:
        if each["id"].lower() == wanted.lower():
            return each
    raise NotThereError("There is nothing at this address.")
