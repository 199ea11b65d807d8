"""The report as people read it."""

from collections.abc import Sequence

from rich.table import Table

from nexus.retrieval.evaluation.scoring import Scores, SetReport, Share, mean_scores


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


def _scores(scores: Scores) -> str:
    return f"{scores.ndcg:.3f} / {scores.recall_10:.3f}"


def _share(share: Share) -> str:
    return "-" if share.value is None else f"{share.value:.1%}"
