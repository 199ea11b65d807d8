"""A sentence beside its sources: what they hold of it, and what they do not."""

import pytest

from nexus.retrieval.reading import Reading, Source
from nexus.retrieval.support import Support, compare

MANUAL = Source(
    "The gland nut of the Merlin pump is tightened with 48 newton metres. It was built in 1998 by Hollinvane Ltd in "
    "Leeds. Sales rose to 5 million in May 2021. The seal must not be greased. Two bolts of 7.50 mm hold the cover.",
    "Merlin manual\nMaintenance",
)
HANDBUCH = Source(
    "Die Gleitringdichtung wird alle 12.000 Betriebsstunden gewechselt. Der Deckel darf nicht gefettet werden. "
    "Zwei Schrauben mit 7,5 mm halten ihn. Die Prüfung findet am 05.03.2024 statt.",
    "Wartung der Merlin",
)


def beside(claim: str, source: Source = MANUAL) -> Support:
    return compare(Reading.of(claim, source.language), [source])


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("The gland nut takes 48 newton metres.", MANUAL),
        ("Sales were 5,000,000 by then.", MANUAL),
        ("Sales were 5 million on 2021-05.", MANUAL),
        ("It takes 2 bolts of 7.5 mm.", MANUAL),
        ("The Merlin's nut was made by Hollinvane.", MANUAL),
        ("Die Dichtung hält 12000 Stunden.", HANDBUCH),
        ("Die Dichtung hält 12.000 Stunden.", HANDBUCH),
        ("Es sind 2 Schrauben mit 7,5 mm.", HANDBUCH),
        ("Geprüft wird am 5. März 2024.", HANDBUCH),
    ],
)
def test_numbers_dates_and_names_in_another_dress_are_found(claim: str, source: Source) -> None:
    found = beside(claim, source)
    assert (found.missing_numbers, found.missing_names) == ((), ())


@pytest.mark.parametrize(
    ("claim", "number", "source"),
    [
        ("The gland nut takes 49 newton metres.", "49", MANUAL),
        ("It was built in 1989.", "1989", MANUAL),
        ("Sales rose to 5 billion.", "5", MANUAL),
        ("The bolts have 75 mm.", "75", MANUAL),
        ("Three bolts hold the cover.", "Three", MANUAL),
        ("Die Dichtung hält 1.200 Stunden.", "1.200", HANDBUCH),
    ],
)
def test_a_number_that_stands_nowhere_is_missing(claim: str, number: str, source: Source) -> None:
    missing = [token.text for token in beside(claim, source).missing_numbers]
    assert missing == [number]


def test_a_name_that_stands_nowhere_is_missing() -> None:
    assert [token.text for token in beside("It was built by Hollinvane in Sheffield.").missing_names] == ["Sheffield"]
    assert beside("It is an American pump.").missing_names[0].text == "American"


def test_relatives_and_initials_of_a_name_are_that_name() -> None:
    source = Source("The Division of Child Support Services acts in America. Normandy was settled in the north.")
    assert beside("The DCSS acts in American courts.", source).missing_names == ()
    assert beside("There were Normans.", source).missing_names == ()


def test_a_number_in_the_place_of_another_is_astray() -> None:
    source = Source("The embargo began on 7 February 1962. It was widened on 3 March 1963. Six laws keep it up.")
    assert beside("The embargo began on 7 February 1962.", source).astray == ()
    assert [token.text for token in beside("The embargo began on 3 February 1962.", source).astray] == ["3"]
    assert [token.text for token in beside("It was widened on 3 March 1962.", source).astray] == ["1962"]


@pytest.mark.parametrize(
    ("claim", "source", "turned"),
    [
        ("The seal must be greased.", MANUAL, True),
        ("The seal must not be greased.", MANUAL, False),
        ("The nut is not tightened with 48 newton metres.", MANUAL, True),
        ("Der Deckel darf gefettet werden.", HANDBUCH, True),
        ("Der Deckel darf nicht gefettet werden.", HANDBUCH, False),
        ("No, the seal must not be greased.", MANUAL, False),
    ],
)
def test_what_is_denied_on_one_side_alone(claim: str, source: Source, *, turned: bool) -> None:
    assert beside(claim, source).turned is turned


def test_the_best_window_covers_what_it_says() -> None:
    assert beside("The gland nut of the Merlin pump is tightened with 48 newton metres.").covered == 1.0
    assert beside("Sales rose.").window.startswith("Sales rose")
    assert beside("Cats sleep on warm roofs.").covered == 0.0
    assert compare(Reading.of("Anything at all."), []).covered == 0.0
    assert beside("").covered == 0.0


def test_a_name_of_the_title_is_in_its_place() -> None:
    source = Source(
        "Policy UK-HR-07. It applies to everybody with a British contract. The United Mills are another company.",
        "Annual leave: employees in the United Kingdom",
    )
    assert not compare(Reading.of("It is for employees in the United Kingdom."), [source]).astray


@pytest.mark.parametrize(
    ("claim", "astray"),
    [
        ("It runs on Amazon Bedrock.", []),
        ("It runs on Google Vertex.", []),
        ("It runs on Google Bedrock.", ["Google", "Bedrock"]),
        ("It was signed by Ada Byron.", ["Ada", "Byron"]),
        ("It was signed by Ada Whitlock.", []),
        ("It was signed by Whitlock, Ada.", []),
        ("Its head is Jonas Byron.", []),
        ("It was signed for the Merlin Byron.", []),
    ],
)
def test_names_that_stand_nowhere_together_are_astray(claim: str, astray: list[str]) -> None:
    source = Source(
        "It runs on Amazon Bedrock and Google Vertex. It was signed by Ada Whitlock. Byron, Jonas is its head.",
        "The Merlin contract",
    )
    assert [token.text for token in beside(claim, source).astray] == astray


@pytest.mark.parametrize(
    ("claim", "astray"),
    [
        ("The Civil War is the most studied episode in the history of the country.", []),
        ("The General War is the most studied episode in the history of the country.", ["General"]),
        ("The Civil War is the most studied episode in the history of the General.", []),
        ("The War is the most studied episode in the history of the country.", []),
    ],
)
def test_another_name_in_a_sentence_that_is_the_same_otherwise_is_astray(claim: str, astray: list[str]) -> None:
    source = Source(
        "General Lee went to war. Each General was in that war. The Civil War is the most studied and written about "
        "episode in the history of the country."
    )
    assert [token.text for token in beside(claim, source).astray] == astray
