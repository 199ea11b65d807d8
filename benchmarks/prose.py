"""Made-up business prose, the same for the same seed: sentences with the words, numbers and tables of real reports."""

import random
from collections.abc import Iterator

TOPICS = (
    "revenue", "gross margin", "operating expense", "inventory", "supply chain", "warranty", "pricing", "hiring",
    "parental leave", "travel expense", "data centre", "incident response", "on-call rota", "security review",
    "customer support", "onboarding", "training budget", "quality audit", "maintenance", "shipping", "tax rate",
    "currency hedging", "lease liability", "research", "roadmap", "service level", "backup", "procurement",
    "contract renewal", "recruiting", "office safety", "energy use", "recycling", "marketing campaign", "partner sales",
    "bearing wear", "seal failure", "pump efficiency", "calibration", "firmware update",
)  # fmt: skip
_SUBJECTS = (
    "the committee", "our finance team", "the regional manager", "each department", "the supplier", "the works council",
    "the audit", "engineering", "the product owner", "a new employee", "the board", "the customer", "the plant",
    "the external adviser", "the support desk", "the steering group", "people operations", "the responsible buyer",
)  # fmt: skip
_VERBS = (
    "reviews", "approves", "reports", "reduces", "increases", "plans", "documents", "escalates", "measures", "delays",
    "compares", "forecasts", "publishes", "restates", "negotiates", "tests", "monitors", "replaces", "verifies",
)  # fmt: skip
_OBJECTS = (
    "the quarterly figures", "the open purchase orders", "every deviation above the threshold", "the agreed targets",
    "the cost per unit", "the remaining obligations", "the affected batches", "the written request", "the schedule",
    "the list of exceptions", "the root cause", "the expected benefit", "the residual risk", "the approval form",
    "the calibrated instruments", "the signed protocol", "the comparable period", "the deferred amounts",
)  # fmt: skip
_WHEN = (
    "before the end of the quarter", "within five working days", "after the second warning", "once a year",
    "as soon as the invoice has been booked", "during the first ninety days", "at the latest in October",
    "whenever two of the three limits are exceeded", "without further notice", "under the revised policy",
    "in line with the accounting standard", "except in Germany and the Netherlands", "together with the works manager",
)  # fmt: skip
_WHY = (
    "because the former procedure led to avoidable delays", "so that nobody has to guess what was decided",
    "which lowers the working capital by a noticeable amount", "although volumes were slightly below the plan",
    "as the comparison with the prior year shows", "since exchange rates moved against us",
    "and the result is kept for at least seven years", "while the backlog continued to grow",
)  # fmt: skip
_REGIONS = ("Americas", "Europe", "Greater China", "Japan", "Rest of Asia", "Nordics", "Iberia", "Benelux", "DACH")


class Writer:
    """Writes about topics; every sentence comes from one random source."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def sentence(self, topic: str) -> str:
        pick = self.random.choice
        amount = f"{self.random.uniform(0.5, 990):.1f}"
        figure = pick((f"{amount} million", f"{amount} %", f"{self.random.randint(2, 900)} cases", f"EUR {amount}"))
        form = self.random.random()
        if form < 0.4:
            return f"For {topic}, {pick(_SUBJECTS)} {pick(_VERBS)} {pick(_OBJECTS)} {pick(_WHEN)}, {pick(_WHY)}."
        if form < 0.7:
            return (
                f"{_opening(pick(_SUBJECTS))} {pick(_VERBS)} {pick(_OBJECTS)} of {topic}, which came to {figure} in "
                f"fiscal {self.random.randint(2019, 2026)} after {self.random.uniform(0.5, 990):.1f}, {pick(_WHY)}."
            )
        return (
            f"{_opening(pick(_WHEN))}, {pick(_SUBJECTS)} {pick(_VERBS)} {pick(_OBJECTS)} and {pick(_VERBS)} "
            f"{pick(_OBJECTS)} if {topic} exceeds {figure}."
        )

    def question(self, topic: str) -> str:
        """One that sentences about the topic answer; one of a million."""
        pick = self.random.choice
        way = pick(
            ("When does", "Why does", "Under which policy does", "Since when does", "Where does", "How often does")
        )
        return f"{way} {pick(_SUBJECTS)} {pick(_VERBS).removesuffix('s')} {pick(_OBJECTS)} of {topic}?"

    def paragraph(self, topic: str) -> str:
        return " ".join(self.sentence(topic) for _ in range(self.random.randint(3, 6)))

    def table(self, rows: int) -> list[list[str]]:
        """A header row and `rows` of a name and five numbers."""
        year = self.random.randint(2020, 2026)
        table = [["in thousands", *(f"Q{quarter} {year}" for quarter in range(1, 5)), "Total"]]
        for _ in range(rows):
            quarters = [self.random.randint(900, 99_000) for _ in range(4)]
            name = f"{self.random.choice(_REGIONS)}, {self.random.choice(TOPICS)}"
            table.append([name, *(f"{amount:,}" for amount in quarters), f"{sum(quarters):,}"])
        return table

    def sections(self, count: int) -> Iterator[tuple[str, list[str]]]:
        """Heading and paragraphs."""
        for number in range(1, count + 1):
            topic = self.random.choice(TOPICS)
            heading = (
                f"{number} {topic.capitalize()} {self.random.choice(('in detail', 'policy', 'outlook', 'results'))}"
            )
            yield heading, [self.paragraph(topic) for _ in range(self.random.randint(2, 4))]


def _opening(words: str) -> str:
    return words[0].upper() + words[1:]
