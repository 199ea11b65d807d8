"""Encodings, Markdown, CSV, JSON, HTML and mail in the shapes that people send them."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nexus.core.text.normalise import normalise
from nexus.providers.parsers.base import ParsedDocument, ParseError
from nexus.providers.parsers.encodings import decode
from nexus.providers.parsers.limits import ParseLimits
from nexus.providers.parsers.local import LocalParser
from nexus.providers.parsers.tables import begins_with_header


def parse(folder: Path, name: str, content: str | bytes, limits: ParseLimits | None = None) -> ParsedDocument:
    path = folder / "upload"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return LocalParser(limits).parse(path, name)


def blocks(document: ParsedDocument) -> list[tuple[str, str]]:
    return [(block.kind, document.text[block.start : block.end]) for block in document.blocks]


@pytest.mark.parametrize(
    ("text", "encoding", "found"),
    [
        ("Grüße", "utf-8", "utf-8"),
        ("Grüße", "utf-8-sig", "utf-8"),
        ("Grüße", "utf-16", "utf-16"),
        ("Grüße an alle", "utf-16-le", "utf-16-le"),
        ("Grüße an alle", "utf-16-be", "utf-16-be"),
        ("Grüße", "utf-32", "utf-32"),
        ("Größe: 3 € – „Zitat“", "cp1252", "cp1252"),
        ("これは日本語の文章です。ひらがなとカタカナ。", "shift_jis", "shift_jis"),
        ("这是一个中文文件，内容很长。", "gb18030", "gb18030"),
    ],
)
def test_encodings(text: str, encoding: str, found: str) -> None:
    assert decode(text.encode(encoding)) == (text, found)


def test_a_declared_encoding_helps_but_does_not_overrule() -> None:
    assert decode("Привет".encode("cp1251"), "windows-1251") == ("Привет", "cp1251")
    assert decode("Привет".encode(), "windows-1251") == ("Привет", "utf-8")
    assert decode("Größe".encode("cp1252"), "no-such-thing") == ("Größe", "cp1252")


def test_a_few_broken_bytes_do_not_make_another_encoding() -> None:
    text, encoding = decode("Grüße aus Köln über Łódź".encode() * 9 + b"\xff")
    assert encoding == "utf-8"
    assert text.startswith("Grüße aus Köln")


def test_markdown_blocks(tmp_path: Path) -> None:
    source = """Intro line
goes on.
# One `code` and *stars* #

- item

  more of the item
- next
1. first

> quoted
> text

    indented code

~~~
# no heading
~~~

***
Title
=====

a | b
--|--
1 | 2
after the table
"""
    document = parse(tmp_path, "x.md", source)
    assert document.text == source
    assert document.title == "One code and stars"
    assert blocks(document) == [
        ("paragraph", "Intro line\ngoes on."),
        ("heading", "# One `code` and *stars* #"),
        ("list", "- item\n\n  more of the item\n- next\n1. first"),
        ("paragraph", "> quoted\n> text"),
        ("code", "    indented code"),
        ("code", "~~~\n# no heading\n~~~"),
        ("heading", "Title\n====="),
        ("table", "a | b\n--|--\n1 | 2"),
        ("paragraph", "after the table"),
    ]


def test_front_matter_becomes_properties(tmp_path: Path) -> None:
    document = parse(tmp_path, "x.md", '---\ntitle: "The Title"\ntags: [a, b]\n---\n\nText.\n')
    assert document.title == "The Title"
    assert document.text == "\nText.\n"
    assert document.properties["tags"] == "[a, b]"
    assert document.properties["first_line"] == "5"


def test_a_rule_at_the_top_is_not_front_matter(tmp_path: Path) -> None:
    assert "Not a property" in parse(tmp_path, "x.md", "---\nNot a property at all\n---\ntext").text


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_csv_separators(tmp_path: Path, separator: str) -> None:
    rows = [["id", "name", "note"], ["1", "Ada", "x"], ["2", "Bob", "y"]]
    document = parse(tmp_path, "x.csv", "\n".join(separator.join(row) for row in rows))
    [block] = document.blocks
    assert [document.text[start:end] for start, end in block.rows] == ["id | name | note", "1 | Ada | x", "2 | Bob | y"]
    assert block.header == block.rows[0]


def test_csv_with_quotes_titles_and_gaps(tmp_path: Path) -> None:
    document = parse(tmp_path, "x.csv", 'Sales 2026\n\nCity,Sum\n"Bern, Old\nTown","1,5"\nBasel,2\n\nTotal,3\n')
    assert blocks(document) == [
        ("paragraph", "Sales 2026"),
        ("table", "City | Sum\nBern, Old Town | 1,5\nBasel | 2"),
        ("table", "Total | 3"),
    ]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([["Name", "Age"], ["Ada", "36"]], True),
        ([["Region", "2024", "2025"], ["Asia", "1", "2"]], True),
        ([["1", "2"], ["3", "4"]], False),
        ([["", "Q1", "Q2"], ["Asia", "1", "2"]], True),
        ([["x", "x"], ["1", "2"]], False),
        ([["Only row", "here"]], False),
        ([["2024-01-01", "12.5"], ["2024-01-02", "13"]], False),
    ],
)
def test_header_rows(rows: list[list[str]], expected: bool) -> None:
    assert begins_with_header(rows) is expected


def test_json_keeps_digits_and_structure(tmp_path: Path) -> None:
    document = parse(
        tmp_path, "x.json", '{"a": 1.10, "b": {"c": [1, 2], "d": {"e": {"f": true}}}, "g": [{"h": 1e400}]}'
    )
    assert blocks(document) == [
        ("paragraph", "a: 1.10"),
        ("heading", "b"),
        ("paragraph", "c: 1, 2"),
        ("heading", "d"),
        ("heading", "e"),
        ("paragraph", "f: true"),
        ("heading", "g"),
        ("paragraph", "h: 1e400"),
    ]


@pytest.mark.parametrize("content", ['"just a string"', "[1, 2, 3]", '[["a", 1], ["b", 2]]', '{"x": null, "y": 1}'])
def test_odd_json(tmp_path: Path, content: str) -> None:
    assert parse(tmp_path, "x.json", content).blocks


def test_json_lines_under_the_name_of_json(tmp_path: Path) -> None:
    assert parse(tmp_path, "x.json", '{"a": 1}\n{"a": 2}\n').media_type == "application/x-ndjson"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<p>a<b>b</b> c</p><p>d", [("paragraph", "ab c"), ("paragraph", "d")]),
        ("<div>one<div>two</div>three</div>", [("paragraph", "one"), ("paragraph", "two"), ("paragraph", "three")]),
        ("<table><tr><td><h2>T</h2><p>x</td></tr></table>", [("heading", "T"), ("paragraph", "x")]),
        ("<ol><li>a<li>b<ul><li>c</ul></ol>", [("list", "1. a\n2. b\n  • c")]),
        ("<dl><dt>k<dd>v</dl>", [("list", "k\n  v")]),
        ("<p>&eacute;&amp;&#8364;&nbsp;x</p>", [("paragraph", "é&€ x")]),
        ("<p>x<script>bad()</script><p hidden>h</p><p aria-hidden=true>h</p>", [("paragraph", "x")]),
        ("<p>a<!-- c --><?pi x?>b</p>", [("paragraph", "ab")]),
        ("<body><nav>only navigation</nav></body>", [("paragraph", "only navigation")]),
        ("<article><header><h1>T</h1></header><p>x</article>", [("heading", "T"), ("paragraph", "x")]),
        ("<p>un<wbr>broken<br>line", [("paragraph", "unbroken\nline")]),
    ],
)
def test_html(tmp_path: Path, source: str, expected: list[tuple[str, str]]) -> None:
    assert blocks(parse(tmp_path, "x.html", source)) == expected


def test_html_in_a_declared_encoding(tmp_path: Path) -> None:
    page = '<html><head><meta charset="windows-1251"><title>Т</title></head><body><p>Привет</p></body></html>'
    document = parse(tmp_path, "page", page.encode("cp1251"))
    assert document.media_type == "text/html"
    assert (document.title, document.text) == ("Т", "Привет")


def test_mail_without_plain_text_is_read_from_its_html(tmp_path: Path) -> None:
    mail = "From: a@example.com\nSubject: Hi\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n<p>Grüße</p>"
    document = parse(tmp_path, "message", mail)
    assert document.media_type == "message/rfc822"
    assert blocks(document)[-1] == ("paragraph", "Grüße")


def test_input_beyond_the_limit_is_not_opened(tmp_path: Path) -> None:
    with pytest.raises(ParseError) as caught:
        parse(tmp_path, "x.txt", "x" * 100, ParseLimits(input_bytes=99))
    assert caught.value.code == "too-large"


PIECES = (
    *(
        "# ",
        "\n",
        "- ",
        "|",
        "---",
        "```",
        "~~~",
        "> ",
        "    ",
        "1. ",
        "===",
        "text",
        " ",
        "*",
        "\t",
        "é",
        "[x](y)",
        "\\",
    ),
    *(
        "<p>",
        "</p>",
        "<ul>",
        "<li>",
        "<table>",
        "<tr>",
        "<td>",
        "</table>",
        "<b>",
        "<!--",
        "-->",
        "<br>",
        "&amp;",
        "<h1>",
    ),
    *(
        "{",
        "}",
        "[",
        "]",
        '"a"',
        ":",
        ",",
        "1",
        "null",
        ";",
        '"',
        "From: x",
        "Subject: y",
        "\r\n",
        "\x00",
        "\u0301",
        "\f",
    ),
)
MARKUP = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)
FAULTS = (AttributeError, IndexError, KeyError, TypeError, AssertionError)
"""What a mistake of ours raises: it must not pass as damage to the file."""


@pytest.mark.parametrize("name", ["x.md", "x.txt", "x.html", "x.csv", "x.eml", "x.json", "x.jsonl"])
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=MARKUP)
def test_any_text_becomes_exact_blocks_or_a_named_failure(tmp_path: Path, name: str, content: str) -> None:
    try:
        document = parse(tmp_path, name, content)
    except ParseError as error:
        if isinstance(error.__cause__, FAULTS):
            raise error.__cause__ from None
        return
    assert normalise(document.text) == document.text
    position = 0
    for block in document.blocks:
        assert position <= block.start < block.end
        assert not document.text[position : block.start].strip("-*_ \t\n")  # rules are no blocks
        position = block.end
    assert not document.text[position:].strip("-*_ \t\n")
