"""SCIM 2.0 (RFC 7643, 7644): a directory such as Entra or Okta makes, changes and ends accounts and groups."""
