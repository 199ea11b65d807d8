"""The report as people read it."""

from collections.abc import Sequence

from rich.table import Table

from nexus.retrieval.evaluation.scoring import Following, Scores, SetReport, Share, mean_scores


def render(reports: Sequence[SetReport]) -> Table:
    """A row a set: nDCG and recall of words alone, meaning alone and both; then abstaining and quoting."""
    table = Table(title="Search quality", caption="nDCG@10 / R@10", caption_justify="left")
    table.add_column("set")
    for heading in ("questions", "keyword", "dense", "hybrid", "abstains rightly", "wrongly", "quotes the answer"):
        table.add_column(heading, justify="right")
    for report in reports:
        table.add_row(
            report.name,
            f"{report.queries:,}",
            _scores(report.keyword),
            _scores(report.dense),
            _scores(report.hybrid),
            _share(report.abstained),
            _share(report.wrongly_abstained),
            _share(report.answered),
        )
    if len(reports) > 1:
        table.add_section()
        legs = [[report.keyword for report in reports], [report.dense for report in reports]]
        legs.append([report.hybrid for report in reports])
        table.add_row("mean of the sets", "", *(_scores(mean_scores(leg)) for leg in legs), "", "", "")
    return table


def render_following(reports: Sequence[SetReport]) -> Table | None:
    """A row a set of conversations, by what was searched for; None when there is none."""
    rows = [(report.name, report.following) for report in reports if report.following]
    if not rows:
        return None
    table = Table(title="Questions that follow others", caption="nDCG@10 / R@10", caption_justify="left")
    table.add_column("set")
    for heading in ("questions", "last question", "last three", "ours", "rewritten by hand"):
        table.add_column(heading, justify="right")
    for name, found in rows:
        table.add_row(name, f"{found.questions:,}", *_followed(found))
    return table


def _followed(found: Following) -> list[str]:
    rewritten = _scores(found.rewritten) if found.rewritten else "-"
    return [_scores(found.last), _scores(found.last_three), _scores(found.ours), rewritten]


def _scores(scores: Scores) -> str:
    return f"{scores.ndcg:.3f} / {scores.recall_10:.3f}"


def _share(share: Share) -> str:
    return "-" if share.value is None else f"{share.value:.1%}"
