"""Sign-in at an identity provider: OpenID Connect, Microsoft Entra ID among them."""
