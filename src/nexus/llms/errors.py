"""What can go wrong when language models are set up."""

from nexus.core.errors import ConflictError, InvalidError


class ChangedMeanwhileError(ConflictError):
    slug = "changed-meanwhile"
    title = "Somebody else has changed this"

    def __init__(self) -> None:
        super().__init__("Somebody else has changed this since you opened it. Look at it again, then change it.")


class NameTakenError(ConflictError):
    slug = "taken"

    def __init__(self) -> None:
        super().__init__("A model provider with this name exists already. Choose another name.")


class ProviderSettingsError(InvalidError):
    """The text says which value, and what to do."""

    slug = "model-provider"
