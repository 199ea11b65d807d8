"""Bodies of the chat room's HTTP API."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from nexus.chat.attachment_schemas import AttachmentOut, LeftOutOut, QuestionScope
from nexus.chat.doubts import Doubt
from nexus.chat.web_schemas import WebCitationOut
from nexus.core.text.storable import NO_NUL

Question = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=8000, pattern=NO_NUL)]


Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=NO_NUL)]


FolderName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=NO_NUL)]


Comment = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000, pattern=NO_NUL)]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class QuestionIn(_In):
    question: Question
    conversation_id: UUID | None = Field(default=None, description="A new conversation when absent.")
    parent_id: UUID | None = Field(
        default=None, description="The message to continue from; the newest when absent. An older one makes a branch."
    )
    edited_id: UUID | None = Field(
        default=None, description="The question that this one replaces: it becomes its sibling, which makes a branch."
    )
    scope: QuestionScope = QuestionScope()
    agent_id: UUID | None = Field(default=None, description="Who answers in a new conversation, and goes on in it.")
    attachment_ids: list[UUID] = Field(
        default=[], max_length=20, description="Files of the conversation that are attached with this question."
    )
    wait_for_attachments: bool = Field(
        default=True, description="False answers at once, without the files that have not been read yet."
    )
    temporary: bool = Field(default=False, description="Of a new conversation: in no list, and gone after some hours.")


class ApprovalIn(_In):
    allow: bool


class RunOut(BaseModel):
    id: UUID
    conversation_id: UUID
    question_id: UUID
    answer_id: UUID | None
    state: Literal["queued", "running", "succeeded", "failed", "cancelled"]
    mode: Literal["answer", "research"] = Field(description="research: a report after many searches.")
    kind: Literal["extractive", "generated"]
    model: str
    failure_code: str | None
    failure: str | None
    input_tokens: int
    output_tokens: int
    usage_estimated: bool
    provider: str = Field(description="The kind of model provider that answered; empty for quotations.")
    region: str
    cached_tokens: int
    cost_usd: Decimal | None = Field(description="By the prices of that day; null where they are not known.")
    price_source: str
    prompt_version: int | None = Field(description="Of your tenant's prompt; 0 had none, null for quotations.")
    instructions_version: int | None = Field(description="Of the agent's instructions; null without one.")
    created_at: datetime
    started_at: datetime | None
    first_token_at: datetime | None
    finished_at: datetime | None


class CitationOut(BaseModel):
    """What marker `[number]` points at. With `available` false you may no longer read it, and nothing else is told."""

    number: int
    available: bool
    document_id: UUID | None = None
    document_name: str | None = None
    document_title: str | None = None
    knowledge_base_id: UUID | None = None
    knowledge_base_name: str | None = None
    version_id: UUID | None = None
    chunk_id: UUID | None = None
    page: int | None = None
    page_label: str | None = None
    start: int | None = Field(default=None, description="First character in the version's text.")
    end: int | None = None
    quote: str | None = None
    score: float | None = None
    modified_at: datetime | None = None
    source_url: str | None = None
    addresses: list[str] | None = Field(
        default=None, description="What stands in the passage: an answer may link there, and nowhere else."
    )
    superseded: bool | None = Field(default=None, description="A newer version of the document answers now.")
    version_number: int | None = None
    read_at: datetime | None = Field(default=None, description="When this version was read from its source.")
    version_removed: bool | None = Field(
        default=None, description="The version is no longer kept: the quotation stays, and cannot be opened."
    )


class FindingOut(BaseModel):
    """What was found of one sentence of an answer. `doubt` null means that its sources say it."""

    start: int = Field(description="First character in the message's text (code points).")
    end: int
    score: float = Field(description="0 to 1: how much of it stands in what it cites.")
    doubt: Doubt | None
    words: list[str] = Field(description="The numbers or names that are in question.")


class PromptTrialIn(_In):
    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=20_000, pattern=NO_NUL)]
    question: Question


class PromptTrialOut(BaseModel):
    """An answer that is kept nowhere."""

    text: str
    kind: Literal["extractive", "generated"]
    model: str
    citations: list[CitationOut]
    findings: list[FindingOut]
    support: float | None
    input_tokens: int
    output_tokens: int
    total_ms: int


class FeedbackIn(_In):
    rating: Literal["up", "down"]
    comment: Comment = ""


class FeedbackOut(BaseModel):
    rating: Literal["up", "down"]
    comment: str


class StepDocumentOut(BaseModel):
    id: UUID
    title: str


class StepPlaceOut(BaseModel):
    """Cells that a query has read."""

    document_id: UUID
    title: str
    sheet: str
    cells: str = Field(description="Their ranges, as B3:B120.")


class StepTableOut(BaseModel):
    """What a query over tables of sheets has found."""

    columns: list[str]
    rows: list[list[int | str | None]] = Field(
        description="The first of them. Decimals are strings, as exact as they are."
    )
    more: bool = Field(description="Whether there are further rows.")
    places: list[StepPlaceOut]


class StepOut(BaseModel):
    """One use of a tool on the way to an answer."""

    id: str
    name: str = Field(description="The tool's name; of an MCP server's tool with the server's name before it.")
    source: str = Field(description="The MCP server it is from; empty for our own.")
    arguments: dict[str, Any] = Field(description="What it was used with; empty with `withheld`.")
    withheld: bool = Field(description="Whether that may rest on documents which you may no longer read.")
    found: int | None = Field(description="Passages or documents; null where nothing is counted.")
    documents: list[StepDocumentOut] = Field(description="What was found, as far as you may read it now.")
    covered: list[int] | None = Field(
        default=None,
        description="Of a question about the whole: how many documents were looked at, of how many.",
    )
    table: StepTableOut | None = Field(default=None, description="Of a query over tables, while you may read them all.")
    failed: str | None
    refused: bool = Field(description="Whether you did not allow it.")
    approval: Literal["requested", "allowed", "denied", "expired"] | None
    ms: int | None = Field(description="null while it is being used.")
    part: int | None = Field(default=None, description="Of a research: the number of the part it was done for.")


class MessageOut(BaseModel):
    id: UUID
    parent_id: UUID | None
    role: Literal["user", "assistant"]
    text: str
    created_at: datetime
    run: RunOut | None = None
    open_run: RunOut | None = Field(
        default=None, description="Of a question: its newest run, when that has left no answer (yet)."
    )
    citations: list[CitationOut] = Field(default_factory=list[CitationOut])
    web_citations: list[WebCitationOut] = Field(
        default_factory=list[WebCitationOut], description="Pages of the public web; their numbers run with the others'."
    )
    support: float | None = Field(
        default=None, description="0 to 1: how much of the answer stands in what it cites; null where nobody looked."
    )
    findings: list[FindingOut] = Field(
        default_factory=list[FindingOut], description="Of each sentence; empty where the text is not shown as it was."
    )
    steps: list[StepOut] = Field(
        default_factory=list[StepOut], description="What the model's tools did before it answered."
    )
    attachments: list[AttachmentOut] = Field(
        default_factory=list[AttachmentOut], description="Of a question: the files attached with it."
    )
    left_out: list[LeftOutOut] = Field(
        default_factory=list[LeftOutOut], description="Of an answer: attached files that could not be read in time."
    )
    feedback: FeedbackOut | None = Field(default=None, description="What you think of this answer.")


class AnswerOut(BaseModel):
    """A finished run with what it said."""

    run: RunOut
    message: MessageOut | None


class FollowUpsOut(BaseModel):
    questions: list[str] = Field(description="At most three; none where answers are quotations.")


class ConversationOut(BaseModel):
    id: UUID
    title: str
    pinned: bool
    temporary: bool = Field(description="In no list and no search, and gone some hours after its last use.")
    folder_id: UUID | None
    agent_id: UUID | None = Field(description="Who answers in it.")
    agent_name: str | None = Field(default=None, description="null where you may not use that agent any more.")
    created_at: datetime
    updated_at: datetime


class ConversationDetail(ConversationOut):
    active_run_id: UUID | None = Field(description="An answer that is being given: follow it by its events.")


class ConversationPatch(_In):
    title: Title | None = None
    pinned: bool | None = None
    temporary: Literal[False] | None = Field(default=None, description="False keeps a temporary conversation.")
    folder_id: UUID | None = Field(default=None, description="Null takes it out of its folder; absent leaves it.")


class FolderIn(_In):
    name: FolderName


class FolderOut(BaseModel):
    id: UUID
    name: str
    created_at: datetime


class ShareIn(_In):
    message_id: UUID | None = Field(default=None, description="The last message to be seen; the newest when absent.")
    expires_at: AwareDatetime | None = Field(default=None, description="Absent: until you end it.")


class ShareOut(BaseModel):
    id: UUID
    conversation_id: UUID
    message_id: UUID
    title: str
    expires_at: datetime | None
    created_at: datetime


class SharedOut(BaseModel):
    """A conversation that a colleague shares."""

    title: str
    owner_name: str
    created_at: datetime


class SharedMessage(BaseModel):
    position: int
    role: Literal["user", "assistant"]
    text: str
    created_at: datetime
    withheld: bool = Field(description="The answer rests on what you may not read; `text` says so.")
    citations: list[CitationOut]
    web_citations: list[WebCitationOut] = Field(
        default_factory=list[WebCitationOut], description="Pages of the public web; their numbers run with the others'."
    )


class SnippetPart(BaseModel):
    text: str
    marked: bool = Field(description="Whether it is what was looked for.")


class FoundMessage(BaseModel):
    conversation_id: UUID
    conversation_title: str
    message_id: UUID
    role: Literal["user", "assistant"]
    created_at: datetime
    snippet: list[SnippetPart]


class RulesOut(BaseModel):
    """How long a tenant keeps conversations, and how many of each person."""

    most: int
    keep_days: int | None


class RulesIn(_In):
    most: Annotated[int, Field(ge=10, le=100_000)]
    keep_days: Annotated[int, Field(ge=1, le=36_500)] | None


class KeepingOut(BaseModel):
    """What will be cleaned up of your conversations, and why."""

    most: int
    keep_days: int | None
    count: int = Field(description="Your conversations, temporary ones apart.")
    temporary_hours: float = Field(description="How long a temporary chat is kept after its last use.")
    going: list[ConversationOut] = Field(description="The next to be deleted, oldest first; at most ten.")


class DayOut(BaseModel):
    day: date
    questions: int


class AgentUsageOut(BaseModel):
    """How much an agent was asked; never by whom, or what."""

    questions: int
    people: int = Field(description="How many have asked it.")
    up: int = Field(description="Answers that were found good.")
    down: int
    days: list[DayOut] = Field(description="The oldest first.")


class CapabilitiesOut(BaseModel):
    """What this installation can do."""

    language_model: str | None = Field(description="The model that answers; null means that answers are quotations.")
    max_upload_bytes: int
