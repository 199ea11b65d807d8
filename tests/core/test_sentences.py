"""Sentences of many languages, and the promise that nothing is lost between them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus.core.text.sentences import sentence_spans


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


# Each case is written as its sentences; they are joined, cut again and must come back as they were.
ONE_SPACE = {
    "titles": ["Dr. Smith met Mrs. J. R. R. Tolkien and Prof. Lee.", "They spoke."],
    "acronyms": ["The U.S. Government acts.", "He lives in the U.S.", "The law differs there."],
    "companies": ["Apple Inc. Chairman Tim spoke for Foo Ltd.", "The shares fell.", "So did Bar Corp.", "They knew."],
    "decimals": ["It grew by 3.5 percent to $1.25.", "Version 2.0.1 is out.", "It was 2020.", "Revenue doubled."],
    "latin": ["Use fruit, e.g. Apples or pears, i.e. Pyrus.", "See Smith et al. Nature, vol. 5, pp. 3–9.", "Done."],
    "numbers": ["See Fig. 3 and No. 5 in Sec. IV.", "I said no.", "Then I left."],
    "times": ["It opens at 9 a.m.", "Doors close at 5 p.m. sharp.", "Be there."],
    "units": ["The call took 30 ms.", "Queries were faster."],
    "addresses": ["See https://a.example.com/x?y=1.2.", "Mail me@b.example.org!", "Why?"],
    "ellipsis": ["Wait... what is it?", "I thought so…", "Well."],
    "quotes": ["“Really?” he asked.", "She said “Go.”", "(It was late.)", "‘Yes!’", "He went."],
    "notes": ["Sales rose.[12]", "Costs fell.¹", "Nothing else changed.[3, 4]", "The end."],
    "marks": ["What?!", "No!!!", "Yahoo! was a company."],
    "enumerator": ["3.1. Scope of the work.", "It ends."],
    "german": [
        "Er kam am 3. Oktober, z. B. nach Ulm.",
        "Im 19. Jahrhundert lebte Hr. Maier.",
        "Siehe Nr. 5 bzw. Abb. 3.",
    ],
    "french": ["M. Dupont et Mme. Petit sont là.", "Où est-il ?", "« Ici ! »", "Voir p. 12."],
    "spanish": ["El Sr. Pérez y la Dra. Gil llegaron.", "¿Qué pasa?", "¡Nada!", "Véase núm. 5."],
    "italian": ["Il dott. Rossi abita qui.", "Perché?", "Non lo so."],
    "dutch": ["Dit is bijv. Een test van dhr. Jansen.", "Dat is het."],
    "russian": ["Он приехал в 2020 г. в Москву, т.е. домой.", "См. рис. 3.", "Проф. Иванов тоже."],
    "polish": ["To jest np. Kraków.", "Co to?", "Nic."],
    "greek": ["Πού είναι το σπίτι;", "Είναι εδώ."],
    "turkish": ["Bu nedir?", "Bu bir kitaptır."],
    "hindi": ["यह पहला वाक्य है।", "डॉ. शर्मा आए।", "ए. पी. जे. अब्दुल कलाम आए।", "क्या यह ठीक है?", "हाँ।"],
    "arabic": ["ما هذا؟", "هذا كتاب.", "ذهب د. أحمد إلى البيت.", "شكرا!"],
    "urdu": ["یہ ایک کتاب ہے۔", "کیا یہ ٹھیک ہے؟"],
    "hebrew": ["מה זה?", "זה ספר.", "תודה!"],
    "armenian": ["Սա գիրք է։", "Այո։"],
    "korean": ["이것은 책입니다.", "정말요?", "네!"],
    "vietnamese": ["Đây là sách.", "Thật không?"],
}
NO_SPACE = {
    "chinese": ["这是第一句。", "这是3.5元！", "他说：“好的。”", "真的吗？！", "是。"],
    "japanese": ["「そうだ。」と彼は言った。", "次の文です！", "本当？", "はい。"],
    "fullwidth": ["値は３．５です。", "以上。"],
    "burmese": ["ဒါ စာအုပ် ဖြစ်တယ်။", "ဟုတ်တယ်။"],
}


@pytest.mark.parametrize("name", ONE_SPACE)
def test_sentences_with_spaces_between(name: str) -> None:
    assert split(" ".join(ONE_SPACE[name])) == ONE_SPACE[name]


@pytest.mark.parametrize("name", NO_SPACE)
def test_sentences_without_spaces_between(name: str) -> None:
    assert split("".join(NO_SPACE[name])) == NO_SPACE[name]


def test_text_without_capitals_still_has_sentences() -> None:
    first = "the company had a gross loss of approximately $20 million, e.g. in 2017, which expires through 2020."
    second = "a deferred tax asset of u.s. origin has been established."
    assert split(f"{first} {second}") == [first, second]


def test_a_wrapped_line_goes_on_and_a_short_one_ends() -> None:
    wrapped = (
        "This is a line of text that has been wrapped by a\nprogram at fifty columns, and it is for Dr.\nSmith today"
    )
    assert split(f"{wrapped}. Next sentence.") == [f"{wrapped}.", "Next sentence."]
    assert split("Shopping for the week\nMilk\nBread") == ["Shopping for the week", "Milk", "Bread"]


def test_items_rows_headings_and_fields_are_their_own() -> None:
    lines = ["## Steps", "- one item. ", "- two", "1. First", "(b) second", "• third", "| a | b. C |", "| c | d |"]
    assert split("\n".join(lines)) == ["## Steps", "- one item.", *lines[2:]]
    fields = ["From: somebody with a rather long name <a@example.com>", "Subject: something that is also quite long"]
    assert split("\n".join(fields)) == fields


def test_blank_lines_end_sentences() -> None:
    assert split("A title without stop\n\nand its text\n \nmore") == ["A title without stop", "and its text", "more"]


def test_thai_is_cut_at_spaces_between_long_phrases() -> None:
    first = "ประเทศไทยมีประชากรประมาณหกสิบหกล้านคน"
    second = "กรุงเทพมหานครเป็นเมืองหลวงและเมืองที่ใหญ่ที่สุดของประเทศ มีคนมาก"
    assert split(f"{first} {second}") == [first, second]


@pytest.mark.parametrize(
    "text", ["", " ", "\n\n", "...", "?", ". . .", "1.", "A.", '"', "\t|\n", "a" * 10_000, "." * 10_000]
)
def test_odd_texts(text: str) -> None:
    assert "".join(split(text)).replace(" ", "") == "".join(text.split())


ODD = st.text(st.sampled_from(list("aB3 .!?\n\"')(]-|:;,。！」と।؟ไท é…A\u0301\U0001f600")), max_size=120)


@given(st.one_of(ODD, st.text(max_size=200)))
def test_spans_are_ordered_trimmed_and_lose_nothing(text: str) -> None:
    position = 0
    for start, end in sentence_spans(text):
        assert position <= start < end
        assert not text[position:start].strip()
        assert text[start:end] == text[start:end].strip()
        position = end
    assert not text[position:].strip()
