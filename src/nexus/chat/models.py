"""Conversations, their messages, and the runs that answer."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, String, Text, UniqueConstraint, false
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from nexus.core.clock import now
from nexus.core.db import Base
from nexus.core.ids import new_id

NANO: Final = 10**9

STOPS: Final = "runs-to-stop"
"""The topic of commits that ask for the end of runs (`Database.subscribe`)."""


class ConversationFolder(Base):
    """Where a person keeps conversations together."""

    __tablename__ = "conversation_folder"
    __table_args__ = (UniqueConstraint("user_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenant.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(default=now)


class Conversation(Base):
    __tablename__ = "conversation"
    __table_args__ = (Index(None, "user_id", "pinned", "updated_at"), Index(None, "deleted_at"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenant.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String(200))
    pinned: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)
    deleted_at: Mapped[datetime | None]
    temporary: Mapped[bool] = mapped_column(default=False, server_default=false())
    """In no list and no search, and deleted for good when it has been left alone for some hours."""
    folder_id: Mapped[UUID | None] = mapped_column(ForeignKey("conversation_folder.id"), index=True)
    agent_id: Mapped[UUID | None]
    """Who answers in it; agents are marked as deleted, and stay."""


class Message(Base):
    """`role`: user or assistant. `parent_id` makes branches: an edited question is a sibling."""

    __tablename__ = "message"
    __table_args__ = (Index(None, "conversation_id", "created_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), index=True)
    role: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    attachments: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    """Of a question: ids of the documents that were attached with it."""
    created_at: Mapped[datetime] = mapped_column(default=now)


class Run(Base):
    """One attempt to answer one question. `state`: queued, running, succeeded, failed, cancelled."""

    __tablename__ = "run"
    __table_args__ = (Index(None, "state", "lease_until"), Index(None, "agent_id", "created_at"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenant.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), index=True)
    question_id: Mapped[UUID] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), index=True)
    answer_id: Mapped[UUID | None] = mapped_column(ForeignKey("message.id", ondelete="SET NULL"), index=True)
    state: Mapped[str] = mapped_column(String(16), default="queued")
    mode: Mapped[str] = mapped_column(String(16), default="answer", server_default="answer")
    """answer, or research: a report after many searches."""
    scope: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Knowledge bases and filters asked for; empty means everything readable."""
    kind: Mapped[str] = mapped_column(String(16), default="extractive")
    """extractive (quotations) or generated."""
    model: Mapped[str] = mapped_column(String(200), default="")
    failure_code: Mapped[str | None] = mapped_column(String(32))
    failure: Mapped[str | None] = mapped_column(Text)
    input_tokens: Mapped[int] = mapped_column(default=0)
    output_tokens: Mapped[int] = mapped_column(default=0)
    usage_estimated: Mapped[bool] = mapped_column(default=False)
    provider: Mapped[str] = mapped_column(String(32), default="", server_default="")
    """The kind of model provider that answered, and its region, as it was called then."""
    region: Mapped[str] = mapped_column(String(100), default="", server_default="")
    cached_tokens: Mapped[int] = mapped_column(default=0, server_default="0")
    """Of the input tokens, those that the provider charges less for."""
    cost_nanousd: Mapped[int | None] = mapped_column(BigInteger)
    """Billionths of a US dollar, by the prices of that day; None where nobody knows them."""
    price_source: Mapped[str] = mapped_column(String(40), default="", server_default="")
    aside_calls: Mapped[int] = mapped_column(default=0, server_default="0")
    """Calls of a model beside the answer: its title, the question put anew, further questions."""
    aside_input_tokens: Mapped[int] = mapped_column(default=0, server_default="0")
    aside_output_tokens: Mapped[int] = mapped_column(default=0, server_default="0")
    aside_cost_nanousd: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    """Of those whose price is known; the others are counted in `aside_unpriced`."""
    aside_unpriced: Mapped[int] = mapped_column(default=0, server_default="0")
    prompt_version: Mapped[int | None]
    """Of the tenant's prompt; 0 where it had none, null for quotations."""
    agent_id: Mapped[UUID | None]
    instructions_version: Mapped[int | None]
    """Of the agent's instructions; null without an agent, and for quotations."""
    rules_version: Mapped[int | None]
    """Of what always holds (`prompts.VERSION`)."""
    findings: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    """Of each sentence of the answer, whether it stands in what it cites (`checking.Finding`)."""
    support: Mapped[float | None]
    """0 to 1: how much of the answer does."""
    steps: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    """What the model's tools did, in order (`steps.fold_step`)."""
    rests_on: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    """Ids of documents whose words the answer takes up without citing them."""
    follow_ups: Mapped[list[str] | None]
    """Questions that one might ask next, once somebody wanted them."""
    read_documents: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    """The documents whose passages a language model was given, cited or not; None where that was not kept."""
    left_out: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    """Of the conversation's attached files, those that could not be read in time: id, state and why."""
    answer_now: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whoever asked does not wait for attached files any longer."""
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    lease_until: Mapped[datetime | None]
    """While queued or running: when another process may declare it dead."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None]
    first_token_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    @property
    def cost_usd(self) -> Decimal | None:
        return None if self.cost_nanousd is None else Decimal(self.cost_nanousd) / NANO


class RunEvent(Base):
    """Numbered from 1 in each run; the answer is the fold of them."""

    __tablename__ = "run_event"

    run_id: Mapped[UUID] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(32))
    data: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=now)


class Citation(Base):
    """What marker `[number]` of an answer points at: a span of one version of a document."""

    __tablename__ = "citation"
    __table_args__ = (UniqueConstraint("message_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    message_id: Mapped[UUID] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"))
    number: Mapped[int]
    document_id: Mapped[UUID] = mapped_column(index=True)
    version_id: Mapped[UUID]
    chunk_id: Mapped[UUID]
    page: Mapped[int]
    page_label: Mapped[str] = mapped_column(String(200), default="")
    start: Mapped[int]
    end: Mapped[int]
    quote: Mapped[str] = mapped_column(Text)
    score: Mapped[float]


class WebCitation(Base):
    """What marker `[number]` of an answer points at where that is a page of the public web: nobody's document, so
    nobody's right to read it ends."""

    __tablename__ = "web_citation"

    message_id: Mapped[UUID] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    url: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    quote: Mapped[str] = mapped_column(Text)
    retrieved_at: Mapped[datetime]


class Feedback(Base):
    """What a person thinks of an answer. `rating`: up or down. `state`: pending, reviewed, resolved."""

    __tablename__ = "feedback"
    __table_args__ = (
        UniqueConstraint("message_id", "user_id"),
        Index(None, "tenant_id", "updated_at"),
        Index(None, "tenant_id", "state", "updated_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenant.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    message_id: Mapped[UUID] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"))
    rating: Mapped[str] = mapped_column(String(8))
    comment: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(16), default="pending", server_default="pending")
    note: Mapped[str] = mapped_column(Text, default="", server_default="")
    """What the reviewers tell each other about it."""
    reviewer_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    reviewed_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)


class Share(Base):
    """Lets colleagues read one branch of a conversation, from its first question down to `message_id`."""

    __tablename__ = "conversation_share"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenant.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), index=True)
    message_id: Mapped[UUID] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    """As it was when the share was made."""
    expires_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)


class MessageEntry(Base):
    """What a message is found by. `words`: its owner's mark and the folded words, in the form of the database's
    own full-text index; on SQLite triggers keep that index (`message_entry_words`) in step."""

    __tablename__ = "message_entry"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    """Ascends with time: the order of results."""
    message_id: Mapped[UUID] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), unique=True)
    words: Mapped[str] = mapped_column(Text().with_variant(TSVECTOR, "postgresql"))


class ConversationRules(Base):
    """How long a tenant keeps conversations, and how many of a person."""

    __tablename__ = "conversation_rules"

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenant.id"), primary_key=True)
    most: Mapped[int]
    keep_days: Mapped[int | None]
    """After the last use; None keeps them for good."""
