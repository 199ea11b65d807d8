"""HTTP of exports: a conversation or one answer as a file."""

from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Query, Response

from nexus.access.principal import Principal
from nexus.chat import conversations, exporting, service
from nexus.chat.deps import Writer
from nexus.chat.exporting import MEDIA_TYPES, ExportFormat, Language
from nexus.chat.schemas import ConversationOut, MessageOut
from nexus.core.db import Database
from nexus.core.http.deps import Db
from nexus.identity.deps import CurrentPrincipal, SettingsInUse
from nexus.providers.documents.base import DocumentWriter

router = APIRouter(tags=["chat"])

_EXPORT: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            media_type: {"schema": {"type": "object"} if media_type == "application/json" else {"type": "string"}}
            for media_type, _ in MEDIA_TYPES.values()
        }
    }
}
Format = Annotated[ExportFormat, Query(alias="format")]
Language_ = Annotated[Language, Query(alias="language", description="Of the words around the text in DOCX and PDF.")]


@router.get("/conversations/{conversation_id}/export", responses=_EXPORT, response_class=Response)
async def export_conversation(
    db: Db,
    writer: Writer,
    settings: SettingsInUse,
    principal: CurrentPrincipal,
    conversation_id: UUID,
    form: Format = "markdown",
    language: Language_ = "en",
) -> Response:
    """The newest branch as Markdown, DOCX or PDF, or everything as JSON; sources as far as you may read them now."""
    async with db.read() as session:
        conversation = await service.get_conversation(session, principal, conversation_id)
        described = ConversationOut.model_validate(conversation, from_attributes=True)
        messages = await conversations.all_messages(session, principal, conversation)
    if form == "json":
        body: bytes | str = exporting.Export(conversation=described, messages=list(messages)).model_dump_json(indent=1)
    else:
        body = await _written(
            writer, described.title, exporting.newest_branch(messages), form, language, settings.public_url
        )
    await _record(db, principal, conversation_id, form)
    return _file(body, described.title, form)


@router.get("/messages/{message_id}/export", responses=_EXPORT, response_class=Response)
async def export_answer(
    db: Db,
    writer: Writer,
    settings: SettingsInUse,
    principal: CurrentPrincipal,
    message_id: UUID,
    form: Format = "markdown",
    language: Language_ = "en",
) -> Response:
    """One answer with its question, as far as you may read it now."""
    async with db.read() as session:
        conversation_id, messages = await conversations.answer_with_question(session, principal, message_id)
    title = next((message.text for message in messages if message.role == "user"), "Nexus")[:200]
    if form == "json":
        body: bytes | str = messages[-1].model_dump_json(indent=1)
    else:
        # The question is the title: once is enough.
        body = await _written(writer, title, messages[-1:], form, language, settings.public_url)
    await _record(db, principal, conversation_id, form)
    return _file(body, title, form)


async def _written(
    writer: DocumentWriter,
    title: str,
    messages: Sequence[MessageOut],
    form: ExportFormat,
    language: Language,
    origin: str,
) -> bytes | str:
    """Made while no database session is held. Raises DocumentError."""
    if form == "docx" or form == "pdf":
        return await writer.write(exporting.build_report(title, messages, language, origin), form)
    return exporting.render_markdown(title, messages)


async def _record(db: Database, principal: Principal, conversation_id: UUID, form: str) -> None:
    async with db.write() as session:
        conversation = await service.get_conversation(session, principal, conversation_id)
        conversations.record_export(session, principal, conversation, form)


def _file(body: bytes | str, title: str, form: ExportFormat) -> Response:
    media_type, ending = MEDIA_TYPES[form]
    name = quote(f"{title[:80]}.{ending}", safe="")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return Response(body, media_type=media_type, headers=headers)
