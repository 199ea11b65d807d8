"""How well text in pictures is recognised: pages of known text in several languages and qualities, and the share of
characters that come out wrong, by each engine that is installed."""

import argparse
import asyncio
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import font_roboto
import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from rich.console import Console
from rich.table import Table

from nexus.core.settings import load_settings
from nexus.programs import build_recogniser
from nexus.providers.parsers.base import PageWords
from nexus.providers.parsers.local import LocalParser
from nexus.providers.parsers.recognised import read_words
from nexus.providers.parsers.recognition import Recogniser

LANGUAGES: dict[str, tuple[str, ...]] = {
    "English": (
        "The pump in hall {n} was serviced on the {d}th of March.",
        "Invoice number {n}-B is due within {d} days, less two percent.",
        "Every employee gets {d} days of leave after the trial period.",
        "The supplier confirmed a price of {n}.50 euros for each valve.",
    ),
    "German": (
        "Die Prüfung der Kessel in Halle {n} findet jährlich im März statt.",
        "Für die Abnahme ist Frau Öztürk zuständig, Straße {d}, größeres Büro.",
        "Rechnung Nr. {n} über {d}.400,50 € ist übermorgen fällig.",
        "Das Überdruckventil schließt bei {d} bar und öffnet erst später.",
    ),
    "French": (
        "La chaudière de l'atelier {n} a été contrôlée le {d} février.",
        "Le fournisseur a confirmé un délai de {d} jours à compter du reçu.",
        "Où sont les pièces détachées ? Elles arrivent dès Noël, n° {n}.",
        "Le gérant a signé le procès-verbal après vérification.",
    ),
    "Spanish": (
        "¿Dónde está la válvula {n}? El técnico la cambió el {d} de mañana.",
        "El año pasado se pagaron {n},50 € por cada reparación.",
        "La dirección aprobó la ampliación del almacén número {d}.",
        "Según el informe, la presión bajó más de lo esperado.",
    ),
    "Polish": (
        "Przegląd kotła numer {n} odbył się {d} września w hali głównej.",
        "Dostawca potwierdził cenę {n} złotych za każdą część.",
        "Księgowość prosi o zapłatę faktury w ciągu {d} dni.",
        "Żółte zawory są sprawdzane raz w miesiącu przez dział jakości.",
    ),
}
LINES = 28
_PAPER = (8.27, 11.69)
"""Inches of A4."""


def _scan(page: Image.Image, _: random.Random) -> Image.Image:
    return page


def _copy(page: Image.Image, chance: random.Random) -> Image.Image:
    """Of a copy: slanted, blurred, grey, with the grain of the glass."""
    turned = page.rotate(0.8, resample=Image.Resampling.BICUBIC, fillcolor=235).filter(ImageFilter.GaussianBlur(0.9))
    grain = np.random.default_rng(chance.randrange(1 << 30)).normal(0, 18, (turned.height, turned.width))
    return Image.fromarray(np.clip(np.asarray(turned) * 0.8 + 30 + grain, 0, 255).astype(np.uint8))


def _fax(page: Image.Image, _: random.Random) -> Image.Image:
    """Black or white, nothing between."""
    return page.point([0] * 150 + [255] * 106)


QUALITIES: dict[str, tuple[int, Callable[[Image.Image, random.Random], Image.Image]]] = {
    "scan, 200 dpi": (200, _scan),
    "copy, 150 dpi": (150, _copy),
    "fax, 100 dpi": (100, _fax),
}


@dataclass(frozen=True)
class Figure:
    engine: str
    language: str
    quality: str
    character_error_rate: float
    seconds: float


def page_of(language: str, dots: int, chance: random.Random) -> tuple[str, Image.Image]:
    """Its text, a line each, and the page as a scanner sees it."""
    texts = [
        LANGUAGES[language][number % 4].format(n=chance.randrange(100, 9999), d=chance.randrange(2, 29))
        for number in range(LINES)
    ]
    image = Image.new("L", (int(_PAPER[0] * dots), int(_PAPER[1] * dots)), 250)
    pen = ImageDraw.Draw(image)
    font = ImageFont.truetype(str(Path(font_roboto.__file__).parent / "files" / "Roboto-Regular.ttf"), 10.5 * dots / 72)
    for number, text in enumerate(texts):
        pen.text((0.9 * dots, (1.2 + 0.32 * number) * dots), text, font=font, fill=30)
    return "\n".join(texts), image


def distance(first: str, second: str) -> int:
    """Characters to put in, take out or exchange (Levenshtein)."""
    letters = np.array([ord(letter) for letter in second])
    places = np.arange(len(second) + 1)
    row = places.copy()
    for number, letter in enumerate(first, start=1):
        cheapest = np.minimum(row[1:] + 1, row[:-1] + (letters != ord(letter)))
        row = np.minimum.accumulate(np.concatenate(([number], cheapest)) - places) + places
    return int(row[-1])


async def measure(recogniser: Recogniser, pages: int) -> list[Figure]:
    parser = LocalParser()
    found: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder:
        for language in LANGUAGES:
            for quality, (dots, spoil) in QUALITIES.items():
                wrong, whole, seconds = 0, 0, list[float]()
                for number in range(pages):
                    chance = random.Random(f"{language} {quality} {number}")
                    truth, image = page_of(language, dots, chance)
                    path = Path(folder) / "page.png"
                    spoil(image, chance).save(path)
                    picture = parser.picture(path, path.name, 1)
                    began = time.perf_counter()
                    words = await recogniser.recognise(picture)
                    seconds.append(time.perf_counter() - began)
                    read = read_words(PageWords(1, words, picture.height / picture.width)).text
                    wrong += distance(" ".join(truth.split()), " ".join(read.replace(" | ", " ").split()))
                    whole += len(" ".join(truth.split()))
                rate = wrong / whole
                found.append(Figure(recogniser.name, language, quality, round(rate, 4), statistics.median(seconds)))
    return found


async def run(pages: int, engines: list[str]) -> list[Figure]:
    figures: list[Figure] = []
    for kind in engines:
        settings = load_settings(recognition={"kind": kind, "workers": 1}, _env_file=None)
        recogniser = build_recogniser(settings)
        if recogniser.name != kind or await recogniser.why_not():
            Console(stderr=True).print(f"{kind} is not installed")
            continue
        try:
            figures += await measure(recogniser, pages)
        finally:
            await recogniser.aclose()
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m evals.recognition", description=__doc__)
    parser.add_argument("--pages", type=int, default=2, help="of each language and quality")
    parser.add_argument("--engines", nargs="*", default=["tesseract", "rapidocr"])
    parser.add_argument("--json", type=Path)
    wanted = parser.parse_args()
    figures = asyncio.run(run(wanted.pages, wanted.engines))
    table = Table("engine", "language", *QUALITIES, "seconds a page")
    for engine, language in dict.fromkeys((each.engine, each.language) for each in figures):
        row = [each for each in figures if (each.engine, each.language) == (engine, language)]
        rates = [f"{each.character_error_rate:.2%}" for each in row]
        table.add_row(engine, language, *rates, f"{statistics.median(each.seconds for each in row):.1f}")
    Console(width=140).print(table)
    if wanted.json:
        wanted.json.write_text(json.dumps([asdict(each) for each in figures], indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
