"""How citations of the public web are shown."""

from datetime import datetime

from pydantic import BaseModel, Field


class WebCitationOut(BaseModel):
    """What marker `[number]` points at where that is a page of the public web. No document is behind it."""

    number: int
    url: str = Field(description="Where it was found; the answer may link there.")
    title: str
    host: str
    quote: str
    retrieved_at: datetime = Field(description="When the page, or what a search tells of it, was read.")
