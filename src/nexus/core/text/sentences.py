"""Where sentences begin and end, in any script, as exact spans of the text.

The rules look at what surrounds a stop, never at a model: they are the same on every machine, cost about as much as
reading the text, and a mistake can be repaired with one word in a table below. Two ideas carry most of the weight:

* A line break ends a sentence unless the line was *wrapped*: the next line's first word would not have fitted into the
  width of its paragraph. Text from PDF and mail is wrapped, rows, verses and list items are not.
* A full stop after a short word is decided by three things: is the word a known abbreviation, can that abbreviation
  close a sentence, and does the next word look like the beginning of one.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

Span = tuple[int, int]

_STOPS = ".!?…‼⁇⁈⁉;。！？｡．।॥؟۔։።፧។៕။"
_SCRIPT_STOPS = frozenset("。！？｡।॥؟۔։።፧។៕။")
"""Stops of scripts where they mean nothing else and no space needs to follow."""
_CLOSERS = "\"'”’»›)\\]}」』】）〉》〕＂＇*_"
_STOP = re.compile(rf"[{_STOPS}]+(?:\[\d[\d,;–\- ]*\]|[¹²³⁰⁴-⁹†‡]|[{_CLOSERS}]|[ \u00a0\u202f]»(?=\s|$))*")
_LEAD_IN = re.compile(r"[\s\"'“”„‘’‚«»‹›(\[{¿¡*_–—-]*")
"""What may stand between a stop and the first word of the next sentence."""
_OPENERS = "\"'“„‘‚«‹([{¿¡*_–—-"
_WORD = re.compile(r"\w+")

_ROW_OR_ITEM = re.compile(
    r"""[ \t]*(?:
        [-*+•‣◦▪▸●○■□·–][ \t] | \(?(?:\d{1,3}|[A-Za-z])[.)][ \t]  # list items
        | \#{1,6}[ \t] | =+$ | -{3,}                              # headings and rules
        | \| | >                                                  # table rows, quotations
        | [^\s:]{1,24}(?:[ ][^\s:]{1,24}){0,2}:[ \t]               # Key: value
    )""",
    re.VERBOSE,
)
"""The beginning of a line that never continues the one before."""
_ENUMERATOR = re.compile(r"\(?(?:\d{1,3}(?:\.\d{1,3})*|[a-z]|[ivxlc]{1,6})", re.IGNORECASE)
_ROMAN = re.compile(r"[ivxlcIVXLC]+")

_WRAP_WIDTHS = range(30, 201)
"""Widths in characters of paragraphs that may be wrapped; in wider ones a line is a paragraph of its own."""
_ABBREVIATION_LENGTH = 16
"""Longest word before a full stop that can be an abbreviation, in characters."""
_UNCASED_LENGTH = 80
"""A paragraph at least this long without a capital is written without capitals: a small letter may begin a sentence."""
_THAI_SENTENCE = 30
"""Thai puts spaces between phrases too: shorter stretches are not sentences."""
_THAI = re.compile(r"[\u0e01-\u0e2e]")
_THAI_GAP = re.compile(r"(?<=[\u0e01-\u0e2e\u0e30-\u0e45\u0e47-\u0e4e])[ \t]+(?=[\u0e01-\u0e2e\u0e40-\u0e44])")
_GREEK = re.compile(r"[\u0370-\u03ff\u1f00-\u1fff]")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TITLES = _words("""
    ms rev hon gen col maj cmdr lt sgt cpl sen rep gov pres st mt ft fr ing mag sr
""")
"""Capitalised before a name; as ordinary words (`30 ms.`) they close a sentence like any other."""
_NEVER_LAST = _words("""
    mr mrs mx dr prof capt supt messrs mme mlle mgr hr frl dipl sra srta dra ud uds excmo dhr mevr
    sig dott dott.ssa avv geom spett egr ecc.mo г-н г-жа им ул проф акад ul inż płk
    vs v cf viz approx esp incl excl resp al dept univ e.g i.e eg ie
    ca bzw evtl ggf ggfs vgl inkl exkl sog bspw zzgl abzgl z.b d.h u.a o.ä i.d.r z.t u.u s.o s.u i.a
    p.ej ej aprox av avda c.-à-d p.ex env bijv d.w.z o.a т.е см ср напр тыс млн млрд np tzn m.in tzv např
    डॉ श्री प्रो د أ
""")
"""Abbreviations that always wait for something."""
_BEFORE_A_NUMBER = _words("""
    no nos nr nrs núm num nº n.º fig figs tab eq eqs sec secs ch chap vol vols art arts p pp pg pag pág págs para
    paras app ref refs ver v lot cl abs abb kap bd s ss ff z str § rz anm par cap pos c
    стр рис табл гл ст № п rys poz jan feb mar apr jun jul aug sep sept oct nov dec
""")
"""Abbreviations only where a number (or a Roman one) follows; otherwise ordinary words."""
_PERHAPS_LAST = _words("""
    inc ltd co corp bros llc plc gmbh jr sr esq est assn mfg blvd ave rd hwy ph.d s.p.a mio mrd bros govt intl natl
""")
"""Abbreviations that may close a sentence, like those of single letters (`U.S.`): the next word decides."""
_STARTERS = _words("""
    the a an this that these those there it its he she they we you i his her their our my in on at for from with by
    as if when while after before since although though because however but and or so yet moreover furthermore
    therefore thus meanwhile today yesterday what who why how where which according during under over once only
    not no all some many most each every both several
    der die das ein eine er sie es wir ich ihr dieser diese dieses im am bei nach vor seit wenn aber und oder doch
    auch dann le la les un une il elle ils elles nous vous ce cette ces dans en pour avec sur par mais et ou donc
    el los las una uno este esta estos estas ella ellos nosotros por para con según pero y además
    o os um uma ele ela eles elas nós não na em lo gli questo questa nel nella per ma de het een hij zij wij dit op
    в на и но он она они мы это как по для из
""")
"""Words that more often begin a sentence than a name. Short, because a name after an abbreviation is the usual case."""
_MONTHS = _words("""
    januar jänner februar märz april mai juni juli august september oktober november dezember
    januari februari maart mei augustus tammikuuta maj juni
""")
_BEFORE_AN_ORDINAL = _words(
    "der das dem den des im vom zum zur beim ab seit bis jeder jedem jeden ihr sein unser dieser diesem"
)
"""German words after which `19.` counts and does not stop."""


def sentence_spans(text: str) -> list[Span]:
    """The sentences of `text` as half-open spans, in order, without white space at their ends.

    Everything between two spans is white space, so nothing is lost; headings, list items and table rows are spans of
    their own; a bullet belongs to its item.
    """
    spans: list[Span] = []
    thai = _THAI.search(text) is not None
    for start, end, uncased in _segments(text):
        begin = start
        for stop in _STOP.finditer(text, start, end):
            if stop.end() < end and _is_end(text, stop, start, end, uncased=uncased):
                begin = _add(spans, text, begin, stop.end(), thai=thai)
        _add(spans, text, begin, end, thai=thai)
    return spans


def _add(spans: list[Span], text: str, start: int, end: int, *, thai: bool) -> int:
    """Append `[start, end)` trimmed, if anything is left of it; returns `end`."""
    piece = text[start:end]
    stripped = piece.strip()
    if stripped:
        start += len(piece) - len(piece.lstrip())
        last = start + len(stripped)
        if thai:
            for gap in _THAI_GAP.finditer(text, start, last):
                if gap.start() - start >= _THAI_SENTENCE <= last - gap.end():
                    spans.append((start, gap.start()))
                    start = gap.end()
        spans.append((start, last))
    return end


def _segments(text: str) -> Iterator[tuple[int, int, bool]]:
    """Stretches that no sentence leaves, and whether they are written without capitals."""
    paragraph: list[str] = []
    start = position = 0
    for line in text.split("\n"):
        if line and not line.isspace():
            if not paragraph:
                start = position
            paragraph.append(line)
        elif paragraph:
            yield from _split_paragraph(paragraph, start)
            paragraph = []
        position += len(line) + 1
    if paragraph:
        yield from _split_paragraph(paragraph, start)


def _split_paragraph(lines: list[str], start: int) -> Iterator[tuple[int, int, bool]]:
    """Cut a run of lines where a line break is more than a wrap."""
    whole = lines[0] if len(lines) == 1 else "\n".join(lines)
    uncased = len(whole) >= _UNCASED_LENGTH and whole.islower()
    if len(lines) == 1:
        yield start, start + len(whole), uncased
        return
    width = max(map(len, lines))
    begin = position = start
    for line, following in pairwise(lines):
        position += len(line)
        if not _is_wrapped(line, following, width):
            yield begin, position, uncased
            begin = position + 1
        position += 1
    yield begin, start + len(whole), uncased


def _is_wrapped(line: str, following: str, width: int) -> bool:
    """True where `following` continues the sentence of `line` in a paragraph `width` characters wide."""
    if width not in _WRAP_WIDTHS or _ROW_OR_ITEM.match(following) or " | " in line or "\t" in line or line[0] in "|#":
        return False
    word = following.split(None, 1)[0]
    # Proportional type: lines of one width differ by some characters. A small letter goes on, unless in a short list.
    needed = len(line.rstrip()) + 1 + len(word)
    return needed > (0.5 if word[0].islower() else 0.85) * width


def _is_end(text: str, stop: re.Match[str], start: int, end: int, *, uncased: bool) -> bool:
    """True where the stop that lies inside the segment `[start, end)` ends a sentence."""
    at, after = stop.span()
    mark = text[at]
    following = text[after]
    stops = stop.group()
    if not _SCRIPT_STOPS.isdisjoint(stops):
        # 「そうだ。」と言った: the quotation goes on with a particle.
        return not (stops[-1] in "」』）”" and "\u3041" <= following <= "\u3096")
    if mark == "．":
        return not following.isdigit()
    if not following.isspace():
        return False
    lead = _LEAD_IN.match(text, after, end)
    beginning = lead.end() if lead else after
    if beginning == end:
        return True
    first = text[beginning]
    if mark == ";":
        return first.isupper() and at > start and _GREEK.match(text[at - 1]) is not None
    if first.islower() and not uncased:
        return False
    if "!" in stops or "?" in stops or stops.startswith(("..", "…", "‼", "⁇", "⁈", "⁉")):
        return True
    return _is_full_stop(text, at, beginning, start)


def _is_full_stop(text: str, at: int, beginning: int, start: int) -> bool:
    """True where the single `.` at `at` is no abbreviation's; the next word begins at `beginning`."""
    low = max(start, at - _ABBREVIATION_LENGTH - 1)
    before = max(text.rfind(" ", low, at), text.rfind("\n", low, at)) + 1
    if before == 0 or before < low:
        if low > start:
            return True
        before = start
    word = text[before:at].lstrip(_OPENERS)
    if not word:
        return True
    first_of_segment = not text[start:before].strip()
    if first_of_segment and _ENUMERATOR.fullmatch(word):
        return False
    folded = word.casefold()
    next_match = _WORD.match(text, beginning)
    next_word = next_match.group() if next_match else ""
    if word.isdigit():
        return not _is_ordinal(text[low:before].split(), word, next_word)
    if folded in _NEVER_LAST or (folded in _TITLES and (word[0].isupper() or next_word[:1].islower())):
        return False
    if folded in _BEFORE_A_NUMBER and (next_word[:1].isdigit() or (_ROMAN.fullmatch(next_word) and next_word != "I")):
        return False
    if len(word) == 1 and word.isalpha():
        return word != word.swapcase() and next_word.casefold() in _STARTERS
    if len(word) == 2 and word[0].lower() == word[0].upper() and text[start:before].rstrip().endswith("."):
        return False  # ए. पी. जे. अब्दुल: a chain of initials in a script without capitals
    if folded in _PERHAPS_LAST or _is_dotted(folded):
        return next_word.casefold() in _STARTERS
    return True


def _is_ordinal(before: list[str], number: str, next_word: str) -> bool:
    """`am 3. Oktober`, `im 19. Jahrhundert`."""
    if len(number) > 2:
        return False
    return next_word.casefold() in _MONTHS or (bool(before) and before[-1].casefold() in _BEFORE_AN_ORDINAL)


def _is_dotted(word: str) -> bool:
    """`u.s`, `n.a.t.o`: letters with stops between them. `a.m` and `p.m` close a sentence as often as not."""
    parts = word.split(".")
    return len(parts) > 1 and word not in {"a.m", "p.m"} and all(len(part) == 1 and part.isalpha() for part in parts)
