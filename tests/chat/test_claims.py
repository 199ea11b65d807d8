"""Which sentences of an answer state something, and what stands behind each."""

import pytest

from nexus.chat.claims import claims_of

ANSWER = """**The nut** takes 48 newton metres. [1] It was built in 1998 [2]. So it is said.

## In short

| Part | Torque |
|---|---:|
| Nut | 48 [1] |

Do this:

1. First, turn the pump off.
2. Then open the cover [3].

```python
nut = 48  # newton metres, as it is said
```
Is that all of it? Yes."""


def test_sentences_are_told_apart_with_what_they_cite() -> None:
    claims = claims_of(ANSWER)
    assert [(claim.text, claim.cited) for claim in claims] == [
        ("The nut takes 48 newton metres.", (1,)),
        ("It was built in 1998.", (2,)),
        ("So it is said.", (2,)),
        ("Nut 48", (1,)),
        ("First, turn the pump off.", (3,)),
        ("Then open the cover.", (3,)),
    ]
    assert ANSWER[claims[0].start : claims[0].end] == "**The nut** takes 48 newton metres. [1]"
    assert ANSWER[claims[5].start : claims[5].end] == "2. Then open the cover [3]."


@pytest.mark.parametrize(
    "text", ["", "# Only a heading", "Is it so?", "These are:", "```\nx = 48\n", "---", "Yes.", "\n\n"]
)
def test_what_states_nothing_is_no_claim(text: str) -> None:
    assert claims_of(text) == []


def test_spans_are_slices_in_order_whatever_the_text() -> None:
    for text in (
        ANSWER,
        ANSWER * 3,
        "A b c [1]" * 50,
        "[1] [2] x y z. [3]\n[4]\n\n[5] a b c",
        "~~~\na b c\n```\nd e f",
    ):
        last = 0
        for claim in claims_of(text):
            assert last <= claim.start < claim.end <= len(text)
            assert text[claim.start : claim.end].strip() == text[claim.start : claim.end]
            last = claim.end
