"""The floor of `python -m evals.tables`, held without a server: generated sheets, and no figure of them wrong."""

from pathlib import Path

from evals.sheet_questions import make_questions
from evals.sheets import FileMade, make_files
from evals.tables import same

from nexus.agents.table_query import LoadedTable, run_query
from nexus.agents.table_values import text_values
from nexus.chat.calculating import called
from nexus.chat.figures import ColumnWords, TableWords, fold, read_figure, readings, select
from nexus.ingestion.sheet_tables import SheetTableRead, read_tables
from nexus.providers.parsers.limits import ParseLimits
from nexus.providers.parsers.sheets import of_delimited, of_workbook

SEED = 11


def words_of(table: SheetTableRead, file: FileMade) -> TableWords:
    columns = [ColumnWords(c.name, c.kind, called(c.header, c.name.replace("_", " "))) for c in table.columns]
    values = text_values([[c.name, c.header, c.kind] for c in table.columns], table.content, fold)
    assert values is not None
    names = called(table.sheet, table.title, table.name.replace("_", " "))
    return TableWords(columns, names, called(file.name, Path(file.name).stem), values)


def test_no_figure_of_generated_sheets_is_wrong(tmp_path: Path) -> None:
    files = make_files(28, SEED)
    assert [each.name for each in files] == [each.name for each in make_files(28, SEED)]
    found: list[tuple[FileMade, SheetTableRead, TableWords]] = []
    for file in files:
        path = tmp_path / file.name
        path.write_bytes(file.content)
        sheets = (of_workbook if path.suffix == ".xlsx" else of_delimited)(path, ParseLimits())
        tables = [(file, table) for sheet in sheets for table in read_tables(sheet, path.stem)]
        assert len(tables) == len(file.sheets), file.name
        found += [(file, table, words_of(table, file)) for file, table in tables]
    answered = 0
    for question in make_questions(files, SEED):
        figure = read_figure(question.text)
        meant = [(table, one) for _, table, words in found for one in (readings(figure, words) if figure else ())]
        if question.kind != "plain" or figure is None:
            assert len(meant) != 1, question.text
            continue
        [(table, reading)] = meant
        loaded = LoadedTable(table.name, tuple((c.name, c.kind) for c in table.columns), table.content)
        rows = run_query([loaded], select(figure, reading, table.name)).rows
        value = {str(row[0]): row[-1] for row in rows} if isinstance(question.answer, dict) else rows[0][-1]
        assert same(question.answer, value), question.text
        answered += 1
    assert answered > 100
