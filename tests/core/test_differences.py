"""What is different between two texts is told completely, in order, and without noise."""

import random

from nexus.core.text.differences import LONGEST_SHOWN, find_differences


def told(former: str, current: str) -> list[str]:
    """Each difference as `-removed` and `+added`."""
    signs = {"same": "", "removed": "-", "added": "+"}
    found = find_differences(former, current, 0, 100)
    assert found.count == len(found.shown)
    return ["|".join(signs[each.kind] + each.text.strip() for each in one.words) for one in found.shown]


def test_a_changed_word_is_told_in_its_line() -> None:
    former = "# Leave\n\nEverybody has 23 days of annual leave.\nAsk your manager."
    current = "# Leave\n\nEverybody has 25 days of annual leave.\nAsk your manager.\nIn writing."
    assert told(former, current) == ["Everybody has|-23|+25|days of annual leave.", "+In writing."]


def test_line_breaks_and_blank_lines_are_no_difference() -> None:
    assert told("One two\nthree.\n\n\nFour.", "One two three.\nFour.\n") == []
    assert told("", "") == told("Same.", "Same.") == []


def test_lines_with_little_in_common_are_not_woven_together() -> None:
    assert told("Pumps are oiled weekly.", "Kantine geschlossen!") == ["-Pumps are oiled weekly.|+Kantine geschlossen!"]


def test_words_of_scripts_without_spaces_are_letters() -> None:
    assert told("年間休暇は二十日です。", "年間休暇は三十日です。") == ["年間休暇は|-二|+三|十日です。"]


def test_a_chapter_that_moved_leaves_the_rest_together() -> None:
    chapters = [f"Chapter {n} begins.\n" + "\n".join(f"Line {n}.{m} of it." for m in range(120)) for n in range(5)]
    moved = [chapters[3], *chapters[:3], chapters[4]]
    found = find_differences("\n".join(chapters), "\n".join(moved), 0, 100)
    assert found.count == 2
    assert {each.former_end - each.former_start or each.end - each.start for each in found.shown} == {len(chapters[3])}


def test_some_are_told_and_all_are_counted() -> None:
    former = "\n".join(f"Pump {n} runs.\nIts seal {n} is new." for n in range(50))
    current = former.replace("is new", "is old")
    found = find_differences(former, current, 48, 20)
    assert (found.count, len(found.shown)) == (50, 2)
    assert former[found.shown[0].former_start : found.shown[0].former_end] == "Its seal 48 is new."
    assert current[found.shown[0].start : found.shown[0].end] == "Its seal 48 is old."


def test_a_long_difference_is_cut() -> None:
    [one] = find_differences("x", "word " * LONGEST_SHOWN, 0, 1).shown
    assert one.is_cut
    assert one.end == 5 * LONGEST_SHOWN
    assert max(len(each.text) for each in one.words) == LONGEST_SHOWN


def test_what_is_told_turns_the_one_text_into_the_other() -> None:
    chance = random.Random(7)
    for size in [30] * 150 + [600] * 4:
        former, current = ("\n".join(chance.choices("abcdefgh \t", k=size)) for _ in range(2))
        made, at = list[str](), 0
        for one in find_differences(former, current, 0, 10**6).shown:
            made += [former[at : one.former_start], current[one.start : one.end]]
            at = one.former_end
            whole = one.is_cut or [
                "".join(each.text for each in one.words if each.kind != kind).split() for kind in ("added", "removed")
            ]
            assert whole is True or whole == [
                former[one.former_start : one.former_end].split(),
                current[one.start : one.end].split(),
            ]
        made.append(former[at:])
        assert "\n".join(made).split() == current.split()
