"""A workbook to fill in: the indicators and periods of one community, with what may stand in each cell."""

import asyncio
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import Query, Request
from sqlalchemy import select
from starlette.responses import Response

from services.indicators import access, facts
from services.indicators.catalogue import indicators
from services.indicators.parameters import PERIOD_HELP, PeriodQuery, period_of_query
from services.indicators.periods import FORMS, Period, last_complete
from services.indicators.tables import Indicator, Observation, Revision
from shared.callers import Member
from shared.database import Database, ReadSession
from shared.dependencies import Db, PeersOf
from shared.formats import MEDIA_TYPES, file_answer
from shared.languages import pick
from shared.problems import documented
from shared.routing import house_router

router = house_router("/api/v1/indicators", tags=["indicators"])
COLUMNS = (
    "indicator", "indicator_name", "unit", "valid_range", "community", "period", "last_year", "value", "numerator",
    "denominator", "n", "note",
)  # fmt: skip
WIDTHS = (11, 52, 14, 18, 18, 10, 12, 12, 12, 12, 8, 40)
SPARE_ROWS = 50
SHEETS = {
    "es": ("Datos", "Ayuda", "Catálogo"), "en": ("Data", "Help", "Catalogue"), "pt": ("Dados", "Ajuda", "Catálogo"),
    "fr": ("Données", "Aide", "Catalogue"),
}  # fmt: skip
WRONG_VALUE = {
    "es": "Escriba un número dentro del rango del indicador.", "en": "Enter a number within the indicator's range.",
    "pt": "Digite um número dentro da faixa do indicador.",
    "fr": "Saisissez un nombre dans la plage de l’indicateur.",
}  # fmt: skip
WRONG_CHOICE = {
    "es": "Elija uno de la lista.", "en": "Choose one from the list.", "pt": "Escolha um da lista.",
    "fr": "Choisissez dans la liste.",
}  # fmt: skip
HELP: dict[str, Sequence[str]] = {
    "es": (
        "Llene las columnas blancas de la hoja «Datos» y cargue este archivo en la página de datos de su comunidad.",
        "Escriba el valor, o bien el numerador y el denominador: el valor sale de ellos.",
        "Deje vacías las filas sin dato: no se cargan. No escriba «n. d.» ni guiones.",
        "n: cuántas unidades hay detrás del valor (buques, camiones, trámites). Es opcional.",
        "note: explique lo que se sale de lo habitual, por ejemplo una huelga o un temporal. Es opcional.",
        "last_year: el valor del mismo período del año anterior, para comparar.",
        "No cambie los nombres de la primera fila.",
    ),
    "en": (
        "Fill in the white columns of the sheet “Data” and upload this same file on your community's data page.",
        "Enter the value, or the numerator and the denominator: the value follows from them.",
        "Leave rows without a figure empty: they are not uploaded. Do not write “n/a” or dashes.",
        "n: how many units stand behind the value (vessels, trucks, declarations). Optional.",
        "note: explain what is out of the ordinary, such as a strike or a storm. Optional.",
        "last_year: the value of the same period a year before, to compare with.",
        "Do not change the names in the first row.",
    ),
    "pt": (
        "Preencha as colunas brancas da planilha «Dados» e envie este mesmo arquivo na página de dados da comunidade.",
        "Digite o valor, ou o numerador e o denominador: o valor decorre deles.",
        "Deixe vazias as linhas sem dado: elas não são enviadas. Não escreva «n. d.» nem traços.",
        "n: quantas unidades há por trás do valor (navios, caminhões, despachos). Opcional.",
        "note: explique o que foge do habitual, como uma greve ou um temporal. Opcional.",
        "last_year: o valor do mesmo período do ano anterior, para comparar.",
        "Não mude os nomes da primeira linha.",
    ),
    "fr": (
        "Remplissez les colonnes blanches de la feuille « Données » et envoyez ce même fichier depuis la page de "
        "données de votre communauté.",
        "Saisissez la valeur, ou bien le numérateur et le dénominateur : la valeur en découle.",
        "Laissez vides les lignes sans donnée : elles ne sont pas envoyées. N’écrivez ni « n. d. » ni tiret.",
        "n : combien d’unités sont derrière la valeur (navires, camions, déclarations). Facultatif.",
        "note : expliquez ce qui sort de l’ordinaire, comme une grève ou une tempête. Facultatif.",
        "last_year : la valeur de la même période un an plus tôt, pour comparer.",
        "Ne changez pas les noms de la première ligne.",
    ),
}  # fmt: skip


class Exact(float):
    """A number that the workbook keeps to the last bit, so that sending it back unchanged changes nothing."""

    def __format__(self, spec: str) -> str:
        return float.__repr__(self)


@dataclass(frozen=True)
class Line:
    """One row to fill in, with the revision that is there now and the value of a year before."""

    indicator: Indicator
    period: str
    now: Revision | None
    last_year: float | None


@router.get(
    "/templates/{community}.xlsx", response_class=Response,
    responses={
        200: {"description": "A workbook to fill in.", "content": {MEDIA_TYPES["xlsx"]: {}}},
        **documented(401, 403, 404, 422),
    },
)  # fmt: skip
async def read_template(
    request: Request,
    community: str,
    caller: Member,
    db: Db,
    peers: PeersOf,
    period: Annotated[
        PeriodQuery | None,
        Query(description=f"{PERIOD_HELP} A year has its months and quarters too; by default the last month."),
    ] = None,
) -> Response:
    """A workbook for the community's data of a period: a row for each indicator, with its unit and range, what is there
    now and the value of a year before. Filled in, it is sent to `POST /imports`; rows left empty are passed over."""
    await facts.community_of_path(db, peers, community)
    access.must_be_of(caller, community)
    wanted = period_of_query(period, "period")
    if wanted is None:
        wanted = last_complete("monthly", datetime.now(request.app.state.settings.zone).date())
    language: str = request.state.language
    catalogue, lines = await lines_of(db, community, wanted)
    content = await asyncio.to_thread(workbook, catalogue, lines, community, language)
    return file_answer(request, content, format="xlsx", name=f"{community}-{wanted}")


async def lines_of(db: Database, community: str, wanted: Period) -> tuple[Mapping[str, Indicator], list[Line]]:
    """The indicators that are observed within a period, by period and in the order of the catalogue."""
    async with db.reading(snapshot=True) as reading:
        catalogue = await indicators(reading)
        places = [
            (row, part) for row in catalogue.values()
            for part in wanted.parts(row.frequency)  # type: ignore[arg-type]  # the column holds these words only
        ]  # fmt: skip
        before = {part: Period(part.frequency, part.first_month - 12) for _, part in places}
        known = await _newest(reading, community, {str(one) for pair in before.items() for one in pair})
    lines = [
        Line(row, str(part), known.get((row.code, str(part))), _value(known.get((row.code, str(before[part])))))
        for row, part in places
    ]
    return catalogue, sorted(lines, key=lambda line: (line.period, line.indicator.position))


def _value(row: Revision | None) -> float | None:
    return None if row is None else row.value


async def _newest(db: ReadSession, community: str, periods: set[str]) -> dict[tuple[str, str], Revision]:
    rows = await db.scalars(
        select(Revision)
        .join(
            Observation,
            (Observation.community_code == Revision.community_code)
            & (Observation.indicator_code == Revision.indicator_code)
            & (Observation.period == Revision.period)
            & (Observation.latest_revision == Revision.revision),
        )
        .where(Revision.community_code == community, Revision.period.in_(sorted(periods)))
    )
    return {(row.indicator_code, row.period): row for row in rows}


def workbook(
    catalogue: Mapping[str, Indicator], lines: Sequence[Line], community: str, language: str
) -> bytes:  # fmt: skip
    """The first sheet to fill in, the second to explain it, the third with the whole catalogue for the lists."""
    import xlsxwriter  # noqa: PLC0415 -- 0.1 s that only files pay

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    names = SHEETS[language]
    with xlsxwriter.Workbook(out, options) as book:
        given = book.add_format({"bg_color": "#f3f6f7", "font_color": "#51636f", "text_wrap": True, "valign": "top"})
        open_cell = book.add_format({"border": 1, "border_color": "#7a8c97", "valign": "top"})
        bold = book.add_format({"bold": True, "bottom": 1})
        data = book.add_worksheet(names[0])
        _explain(book.add_worksheet(names[1]), bold, language)
        _list(book.add_worksheet(names[2]), bold, catalogue, language)
        data.freeze_panes(1, 2)
        for column, name in enumerate(COLUMNS):
            data.write_string(0, column, name, bold)
            data.set_column(column, column, WIDTHS[column])
        for number, line in enumerate(lines, start=1):
            _write(data, number, line, community, language, given, open_cell)
        for number in range(len(lines) + 1, len(lines) + SPARE_ROWS + 1):
            data.write_string(number, 4, community, given)
        periods = sorted({line.period for line in lines})
        _restrict_spare_rows(data, len(lines), len(catalogue), periods, names[2], language)
    return out.getvalue()


def _write(sheet: Any, number: int, line: Line, community: str, language: str, given: Any, open_cell: Any) -> None:
    row, now = line.indicator, line.now
    told = (
        row.code,
        pick(row.names, language),
        row.unit,
        f"{row.valid_low:g} – {row.valid_high:g}",
        community,
        line.period,
    )
    for column, text in enumerate(told):
        sheet.write_string(number, column, text, given)
    if line.last_year is None:
        sheet.write_blank(number, 6, None, given)
    else:
        sheet.write_number(number, 6, Exact(line.last_year), given)
    is_ratio = now is not None and now.numerator is not None
    cells = (
        None if now is None or is_ratio else now.value, now and now.numerator, now and now.denominator, now and now.n,
        now and now.note,
    )  # fmt: skip
    for column, value in enumerate(cells, start=7):
        if value is None:
            sheet.write_blank(number, column, None, open_cell)
        elif isinstance(value, str):
            sheet.write_string(number, column, value, open_cell)
        else:
            sheet.write_number(number, column, Exact(value) if isinstance(value, float) else value, open_cell)
    wrong = {"error_title": row.code, "error_message": WRONG_VALUE[language]}
    limits = {"validate": "decimal", "criteria": "between", "minimum": row.valid_low, "maximum": row.valid_high}
    sheet.data_validation(number, 7, number, 7, limits | wrong)
    if row.factor is None:
        nothing = {"validate": "length", "criteria": "==", "value": 0, "error_message": WRONG_VALUE[language]}
        sheet.data_validation(number, 8, number, 9, nothing)
    else:
        sheet.data_validation(number, 8, number, 9, {"validate": "decimal", "criteria": ">=", "value": 0} | wrong)
    sheet.data_validation(number, 10, number, 10, {"validate": "integer", "criteria": ">", "value": 0} | wrong)


def _restrict_spare_rows(
    sheet: Any, lines: int, indicators: int, periods: Sequence[str], catalogue_sheet: str, language: str
) -> None:  # fmt: skip
    """Rows below, for whoever wants to add one: indicator and period from lists."""
    first, last = lines + 1, lines + SPARE_ROWS
    wrong = {"error_message": WRONG_CHOICE[language]}
    source = f"='{catalogue_sheet}'!$A$2:$A${indicators + 1}"
    sheet.data_validation(first, 0, last, 0, {"validate": "list", "source": source} | wrong)
    if periods and len(",".join(periods)) < 255:
        sheet.data_validation(first, 5, last, 5, {"validate": "list", "source": list(periods)} | wrong)


def _explain(sheet: Any, bold: Any, language: str) -> None:
    sheet.set_column(0, 0, 110)
    for number, text in enumerate(HELP[language]):
        sheet.write_string(number, 0, text, bold if not number else None)


def _list(sheet: Any, bold: Any, catalogue: Mapping[str, Indicator], language: str) -> None:
    for column, (name, width) in enumerate((("indicator", 11), ("indicator_name", 60), ("unit", 14), ("period", 12))):
        sheet.write_string(0, column, name, bold)
        sheet.set_column(column, column, width)
    for number, row in enumerate(catalogue.values(), start=1):
        form = FORMS[row.frequency]  # type: ignore[index]  # the column holds these words only
        for column, text in enumerate((row.code, pick(row.names, language), row.unit, form)):
            sheet.write_string(number, column, text)
