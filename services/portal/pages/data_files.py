"""`/data/{community}/files`: a file of data is looked at, then applied; what is wrong is named row by row."""

from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from services.portal.pages.data_grid import asked_period, may_feed, must_be_code, refused_page
from services.portal.pages.data_words import READ_AS
from services.portal.pages.file_forms import pass_on
from services.portal.pages.parts import attempt
from services.portal.translations import N_
from services.portal.visits import MemberVisit, Visit, page_router
from shared.problems import Conflict, Invalid, NotAllowed, TooLarge

router = page_router()
BASE = "/data/{community}/files"
MOST_LINES = 20
NO_FILE = N_("Elija un archivo CSV o XLSX.")
NO_TABLE = N_(
    "El archivo no es un CSV ni un XLSX que se pueda leer: guárdelo de nuevo desde su planilla, sin contraseña."
)
TOO_LARGE = N_("El archivo es demasiado grande o se expande demasiado: guárdelo como CSV, o en partes.")


@router.post(BASE)
async def send_file(visit: MemberVisit, community: str) -> Response:
    """Take a file in and look at it; nothing changes yet."""
    code = must_be_code(community)
    if not may_feed(visit, code):
        raise NotAllowed("Only the community's data providers and coordinators, and the secretariat, send data.")
    fields: dict[str, str] = {}
    try:
        found = await pass_on(
            visit, fields, {"period"},
            lambda name, chunks, _: visit.indicators.send_file(chunks, name, preview=True),
        )  # fmt: skip
    except Invalid as problem:
        refused = NO_FILE if any(error.code in ("empty", "missing") for error in problem.errors) else NO_TABLE
    except TooLarge:
        refused = TOO_LARGE
    else:
        return visit.go(f"/data/{quote(code)}/files/{found.id}")
    last = asked_period(visit, fields.get("period"))
    return await refused_page(visit, code, last, refused, wrong={"archivo": refused})


@router.get(f"{BASE}/{{file}}")
async def show_file(visit: MemberVisit, community: str, file: str) -> Response:
    """How far a file has come, what it would change, and what is wrong with it."""
    return await file_page(visit, must_be_code(community), file)


async def file_page(
    visit: Visit, community: str, file: str, *, status: int = 200, refused: str | None = None
) -> Response:
    one = await visit.indicators.import_of(file)
    errors: list[dict[str, str]] = []
    warnings: list[dict[str, str]] = []
    is_over = one.state in ("done", "failed")
    if is_over and one.errors:
        errors = (await attempt(visit.indicators.import_lines(file, "errors", MOST_LINES))).value or []
    if is_over and one.warnings:
        warnings = (await attempt(visit.indicators.import_lines(file, "warnings", MOST_LINES))).value or []
    context: dict[str, Any] = {"errors": errors, "warnings": warnings, "is_over": is_over, "refused": refused}
    return visit.page(
        "data_file.html", status=status, section="desk", one=one, community=community, read_as=one.read_as.split(", "),
        ways=READ_AS,
        demo=visit.caller.demo or one.demo, **context,
    )  # fmt: skip


@router.post(f"{BASE}/{{file}}/apply")
async def apply_file(visit: MemberVisit, community: str, file: str) -> Response:
    """Apply a file that was looked at."""
    code = must_be_code(community)
    await visit.form()
    try:
        await visit.indicators.apply_import(file)
    except Conflict:
        return await file_page(
            visit, code, file, status=409, refused=N_("Este archivo ya se aplicó, o no se puede aplicar.")
        )
    return visit.go(f"/data/{quote(code)}/files/{quote(file)}")
