"""HTTP of searching: ranked passages with scores and reasons."""

from fastapi import APIRouter

from nexus.identity.deps import CurrentPrincipal
from nexus.knowledge.models import DocumentVersion
from nexus.retrieval.deps import Search
from nexus.retrieval.schemas import HitOut, ScoreOut, SearchIn, SearchOut
from nexus.retrieval.searches import Hit, to_request

router = APIRouter(tags=["search"])


@router.post("/search")
async def search(retriever: Search, principal: CurrentPrincipal, wanted: SearchIn) -> SearchOut:
    """Ranked passages from what you may read."""
    result = await retriever.search(principal, to_request(wanted.query, wanted.scope, wanted.limit))
    return SearchOut(
        hits=[render_hit(hit) for hit in result.hits],
        searched=result.searched,
        knowledge_bases=result.knowledge_bases,
        confident=result.confident,
        milliseconds=round(result.milliseconds, 1),
    )


def render_hit(hit: Hit) -> HitOut:
    passage, ranked = hit.passage, hit.ranked
    chunk, document = passage.chunk, passage.document
    return HitOut(
        document_id=document.id,
        document_name=document.name,
        document_title=document.title,
        knowledge_base_id=passage.knowledge_base.id,
        knowledge_base_name=passage.knowledge_base.name,
        version_id=passage.version.id,
        chunk_id=chunk.id,
        media_type=document.media_type,
        modified_at=document.modified_at,
        source_url=document.source_url,
        page=chunk.page,
        page_end=chunk.page_end,
        page_label=_label(passage.version, chunk.page),
        heading_path=chunk.heading_path,
        start=chunk.start,
        end=chunk.end,
        text=chunk.text,
        score=round(hit.score, 4),
        parts=ScoreOut(
            meaning=round(ranked.meaning, 4),
            words=round(ranked.words, 4),
            closeness=round(ranked.closeness, 4),
            cosine=ranked.candidate.dense,
            bm25=ranked.candidate.keyword,
        ),
        matched=list(ranked.matched),
        reasons=_reasons(hit),
    )


def _label(version: DocumentVersion, page: int) -> str:
    return next((label for number, _, _, label in version.pages if number == page), "")


def _reasons(hit: Hit) -> list[str]:
    ranked = hit.ranked
    reasons: list[str] = []
    if ranked.candidate.dense is not None:
        reasons.append(f"meaning {ranked.meaning:+.2f} (cosine {ranked.candidate.dense:.2f})")
    if ranked.candidate.keyword:
        words = ", ".join(ranked.matched)
        reasons.append(
            f"words {ranked.words:+.2f} (BM25 {ranked.candidate.keyword:.1f}{': ' + words if words else ''})"
        )
    if hit.reranked is not None:
        reasons.insert(0, f"reranker {hit.reranked:.3f}")
    if ranked.closeness:
        reasons.append(f"words together {ranked.closeness:+.2f}")
    return reasons
