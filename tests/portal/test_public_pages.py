"""The public pages, read through the front door: whole, in both languages, honest about what is missing."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from deploy.local.composition import Platform
from services.portal.pages.indicator_benchmarks import last_period
from services.portal.pages.problems import EXPLANATIONS
from shared.problems import KINDS
from tests.people import Person, if_match
from tests.portal.reading import SPANISH_ALONE, complaints, read

PAGE = {"accept": "text/html"}
SURVEY = "/api/v1/survey"
PAGES = (
    "/",
    "/communities",
    "/communities?country=MX&phase=I&sort=stage",
    "/communities?q=nada-que-exista",
    "/communities/mx-manzanillo",
    "/communities/cl-biobio",
    "/model",
    "/benchmarks",
    "/benchmarks?world=1&community=pe-callao&sort=-score",
    "/benchmarks?country=PE&network=1&sort=port",
    "/benchmarks/indicators",
    "/benchmarks/indicators?indicator=VPA-01&community=pe-callao",
    "/benchmarks/indicators?indicator=VPA-01&period=nunca",
    "/results",
    "/results/mx-manzanillo",
    "/login?next=/desk",
    "/login?error=credentials&username=ana",
    "/password/forgot",
    "/password/forgot?sent=1",
    "/password/reset",
    "/password/reset?token=0123456789abcdef",
    "/problems",
    "/problems/conflict",
)


async def opened(reader: Person, path: str, *, language: str = "es", status: int = 200) -> str:
    """A page as a browser gets it, with what must hold of every page checked."""
    answer = await reader.get(path, headers={**PAGE, "accept-language": language})
    assert answer.status_code == status, (path, answer.status_code, answer.text[:300])
    assert answer.headers["content-type"].startswith("text/html")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert answer.headers["content-language"] == language
    assert read(answer.text).all("html")[0].attributes["lang"] == language
    outside = [one for one in complaints(answer.text, whole=True) if not _is_a_known_way_out(one)]
    assert outside == [], path
    return answer.text


def _is_a_known_way_out(complaint: str) -> bool:
    """Links to a licence and to a community's own website may leave the portal."""
    return complaint.startswith("href=https://") and complaint.endswith("leaves the portal")


def said(markup: str) -> str:
    """The words of the page, white space aside."""
    main = read(markup).all("main")[0].text
    return " ".join(main.split())


def links(markup: str) -> list[str]:
    return [link.attributes["href"] for link in read(markup).all("a") if "href" in link.attributes]


async def agreed_result(
    platform: Platform, secretariat: Person, *communities: str, year: int = 2026, until: str = "publish"
) -> None:
    """Results with every measure agreed at a level of its own, taken to the step `until`."""
    model = (await secretariat.get(f"{SURVEY}/models")).json()["items"][0]
    measures = [m["code"] for pillar in model["pillars"] for point in pillar["points"] for m in point["measures"]]
    wanted = {
        "year": year, "model_version": model["version"], "opens_on": f"{year}-01-01", "closes_on": "2099-12-31",
        "communities": list(communities),
    }  # fmt: skip
    assert (await secretariat.post(f"{SURVEY}/campaigns", json=wanted)).status_code == 201
    assert (await secretariat.post(f"{SURVEY}/campaigns/{year}/open")).status_code == 200
    for community in communities:
        home = f"{SURVEY}/campaigns/{year}/assessments/{community}"
        for number, measure in enumerate(measures):
            tag = if_match(await secretariat.get(home))
            told = await secretariat.put(f"{home}/agreed/{measure}", json={"level": number % 5}, headers=tag)
            assert told.status_code == 200, told.text
        for step in ("submit", "accept", "publish"):
            told = await secretariat.post(f"{home}/{step}", headers=if_match(await secretariat.get(home)))
            assert told.status_code == 200, told.text
            if step == until:
                break
    await platform.run_jobs()


@asynccontextmanager
async def statements() -> AsyncIterator[list[str]]:
    """The SELECT statements that run meanwhile."""
    seen: list[str] = []

    def note(_: object, __: object, statement: str, *rest: object) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_is_whole_in_every_language(public: Person, path: str) -> None:
    status = 404 if path == "/password/reset" else 200
    markups = {lang: await opened(public, path, language=lang, status=status) for lang in ("es", "en", "pt", "fr")}
    headings = {lang: read(markup).all("h1")[0].text.strip() for lang, markup in markups.items()}
    assert all(headings.values())
    if "/communities/" not in path:
        assert headings["es"] != headings["en"], path


async def test_what_the_public_does_not_find_is_a_page_that_says_so(public: Person) -> None:
    for path in (
        "/communities/nada",
        "/communities/Nada%3Flimit=1",
        "/model/9.9",
        "/results/nada",
        "/problems/nothing-of-the-kind",
        "/invitations/0123456789abcdef",
    ):
        page = await opened(public, path, status=404)
        assert "/" in links(page)


async def test_the_home_page_says_what_the_network_is_and_where(public: Person, secretariat: Person) -> None:
    page = await opened(public, "/")
    words = said(page)
    assert "34" in words and "SELA" in words and "Políticas Públicas Portuarias" in words
    assert {"/model#P1.1", "/communities/mx-manzanillo", "/benchmarks", "/results"} <= set(links(page))
    assert "/desk" not in links(page)
    assert "/desk" in links(await opened(secretariat, "/"))


async def test_filters_narrow_list_table_and_files_alike(public: Person) -> None:
    page = await opened(public, "/communities?country=MX&phase=I")
    table = page[page.index('id="comunidades"') :]
    assert "Manzanillo" in table and "Veracruz" in table and "Cartagena" not in table
    files = [link for link in links(page) if link.startswith("/api/v1/registry/communities?")]
    assert len(files) == 2
    for file in files:
        answer = await public.get(file)
        assert answer.status_code == 200
        assert "Manzanillo" in answer.text and "Cartagena" not in answer.text
    chosen = [option for option in read(page).all("option") if "selected" in option.attributes]
    assert [option.attributes["value"] for option in chosen] == ["MX", "I"]


async def test_a_filter_that_nothing_meets_says_so_and_offers_a_way_back(public: Person) -> None:
    page = await opened(public, "/communities?q=nada-que-exista")
    assert "Ninguna comunidad cumple esos filtros" in said(page)
    assert "/communities" in links(page)


async def test_what_is_no_choice_is_left_aside(public: Person) -> None:
    page = await opened(public, "/communities?country=%3Cb%3E&phase=IX&stage=&sort=nonsense")
    assert "34" in said(page)


async def test_a_card_tells_what_is_known_and_what_it_rests_on(public: Person) -> None:
    words = said(await opened(public, "/communities/mx-manzanillo"))
    assert "MXZLO" in words and "World Port Index" in words and "19° 03′ N" in words
    assert "262" in words and "CPPI 2025" in words
    assert "todavía no publicó un resultado" in words


async def test_a_candidate_country_is_hatched_not_dotted_at_sea(public: Person) -> None:
    candidates = (await public.get("/api/v1/registry/communities?kind=country")).json()["items"]
    assert candidates
    page = await opened(public, f"/communities/{candidates[0]['code']}")
    assert "País candidato, rayado: su puerto está por definir" in said(page)
    assert 'class="candidate"' in page and "place-dot" not in page
    everywhere = await opened(public, "/communities?kind=country")
    assert everywhere.count('class="candidate-ground"') == len({one["country"] for one in candidates})


async def test_inferred_ports_say_so(public: Person) -> None:
    everything = (await public.get("/api/v1/registry/communities?limit=200")).json()["items"]
    inferred = next(one for one in everything if any(port["inferred"] for port in one["ports"]))
    assert "inferido" in said(await opened(public, f"/communities/{inferred['code']}"))


async def test_people_are_named_to_the_network_only(public: Person, secretariat: Person) -> None:
    made = await secretariat.post(
        "/api/v1/registry/organizations", json={"name": "Aduana de Prueba", "country": "MX", "kind": "customs"}
    )
    posted = {"organization": made.json()["id"], "person": "Rosa Secreta", "post": "Jefatura"}
    told = await secretariat.post("/api/v1/registry/communities/mx-manzanillo/members", json=posted)
    assert told.status_code == 201
    outside = said(await opened(public, "/communities/mx-manzanillo"))
    assert "Aduana de Prueba" in outside and "Jefatura" in outside and "Rosa Secreta" not in outside
    assert "Rosa Secreta" in said(await opened(secretariat, "/communities/mx-manzanillo"))


async def test_the_model_says_what_is_the_programmes_and_what_a_reconstruction(public: Person) -> None:
    page = await opened(public, "/model")
    words = said(page)
    assert "La estructura es del Programa" in words and "Tema confirmado" in words and "Propuesto" in words
    assert {"P1.1", "P4.3", "M1.1.a"} <= set(read(page).ids())
    files = [link for link in links(page) if link.startswith(f"{SURVEY}/models/")]
    assert len(files) == 3
    for file in files:
        assert (await public.get(file)).status_code == 200
    version = (await public.get(f"{SURVEY}/models")).json()["items"][0]["version"]
    assert version in await opened(public, f"/model/{version}")


async def test_reference_series_mark_the_networks_ports_and_can_be_sorted(public: Person) -> None:
    page = await opened(public, "/benchmarks?community=pe-callao&sort=-score")
    assert "comunidad elegida" in said(page)
    assert "/communities/pe-callao" in links(page)
    assert "World Bank" in said(page) and "CC BY" in said(page)
    table = page[page.index('id="puertos"') :]
    assert table.index("Posorja") < table.index("Callao") < table.index("Acajutla")
    assert 'aria-sort="descending"' in table
    rising = await opened(public, "/benchmarks?sort=score")
    assert rising.index("Acajutla", rising.index('id="puertos"')) < rising.rindex("Posorja")
    with_world = await opened(public, "/benchmarks?world=1")
    assert "Singapore" in with_world and "Singapore" not in page
    for file in [link for link in links(page) if "/reference-series/" in link]:
        assert (await public.get(file)).status_code == 200


async def test_a_comparison_of_too_few_is_said_in_words(public: Person) -> None:
    page = await opened(public, "/benchmarks/indicators?indicator=VPA-01&period=2026-10")
    words = said(page)
    assert "Son muy pocas para mostrar la comparación" in words and "n < 5" in words
    assert "Menos es mejor." in words
    request = next(link for link in links(page) if "format=csv" in link)
    assert (await public.get(request)).status_code == 200


async def test_a_question_that_cannot_be_put_is_told_by_field(public: Person) -> None:
    page = await opened(public, "/benchmarks/indicators?indicator=VPA-01&period=nunca")
    assert "#period" in links(page)
    described = next(e for e in read(page).all("input") if e.attributes.get("name") == "period").attributes
    assert described["aria-invalid"] == "true" and "period-error" in described["aria-describedby"]


def test_the_period_offered_is_the_last_whole_one() -> None:
    from datetime import date

    assert last_period("monthly", date(2026, 1, 5)) == "2025-12"
    assert last_period("quarterly", date(2026, 5, 1)) == "2026-Q1"
    assert last_period("quarterly", date(2026, 2, 1)) == "2025-Q4"
    assert last_period("annual", date(2026, 5, 1)) == "2025"


@pytest.mark.slow
async def test_a_published_result_is_shown_with_everything_it_rests_on(
    platform: Platform, public: Person, secretariat: Person
) -> None:
    await agreed_result(platform, secretariat, "mx-manzanillo")
    listed = await opened(public, "/results?year=2026")
    assert "Manzanillo" in said(listed) and "P4.3" in said(listed)
    page = await opened(public, "/results/mx-manzanillo?year=2026")
    words = said(page)
    told = (await public.get(f"{SURVEY}/results/mx-manzanillo?year=2026")).json()
    assert told["answers_hash"] in words and told["model_version"] in words and told["rule_version"] in words
    assert "acuerdo del taller" in words and "Cómo se calculó" in words
    for file in [link for link in links(page) if link.startswith(f"{SURVEY}/results/")]:
        assert (await public.get(file)).status_code == 200
    assert "Resultado" in said(await opened(public, "/communities/mx-manzanillo"))
    await opened(public, "/results/mx-manzanillo?year=2026", language="en")
    assert "no publicó un resultado de ese año" in said(await opened(public, "/results/mx-manzanillo?year=2020"))
    assert "Ningún resultado publicado" in said(await opened(public, "/results?year=2026&country=CL"))


@pytest.mark.slow
async def test_members_see_their_result_before_it_is_public(
    platform: Platform, public: Person, secretariat: Person, coordinator: Person
) -> None:
    await agreed_result(platform, secretariat, "mx-manzanillo", until="submit")
    assert "todavía no publicó un resultado" in said(await opened(public, "/results/mx-manzanillo"))
    assert "Todavía no es público" in said(await opened(coordinator, "/results/mx-manzanillo"))
    assert "Manzanillo" in said(await opened(coordinator, "/results"))
    assert "Todavía no hay resultados publicados" in said(await opened(public, "/results"))


@pytest.mark.slow
async def test_a_comparison_shows_quartiles_and_the_own_place(
    platform: Platform, public: Person, secretariat: Person
) -> None:
    communities = ("mx-manzanillo", "mx-veracruz", "pe-callao", "co-cartagena", "uy-montevideo")
    rows = [
        {"indicator": "VPA-01", "community": community, "period": "2026-10", "value": 10 + 2 * place, "n": 30}
        for place, community in enumerate(communities)
    ]
    rows += [one | {"indicator": "GAT-01", "period": "2026-08"} for one in rows]
    assert (await secretariat.post("/api/v1/indicators/observations", json=rows)).status_code == 201
    for community, period in itertools.product(communities, ("2026-10", "2026-08")):
        home = f"/api/v1/indicators/submissions/{community}/{period}"
        assert (await secretariat.post(f"{home}/submit")).status_code == 200
        assert (await secretariat.post(f"{home}/approve")).status_code == 200
    unasked = await opened(public, "/benchmarks/indicators?indicator=GAT-01")
    assert "agosto de 2026" in said(unasked) and "n = 5 comunidades" in said(unasked)
    assert 'value="2026-08"' in unasked, "the period that is shown stands in the form"
    path = "/benchmarks/indicators?indicator=VPA-01&period=2026-10&community=pe-callao"
    assert "no tiene un valor aprobado que usted pueda ver" in said(await opened(public, path))
    words = said(await opened(secretariat, path))
    assert "n = 5 comunidades" in words and "octubre de 2026" in words
    assert "Mediana 14.0 h" in words and "Valor de la comunidad 14.0 h" in words and "50.0" in words
    page = await opened(secretariat, path)
    pictures = [one.attributes["src"] for one in read(page).all("img") if "chart.svg" in one.attributes.get("src", "")]
    assert len(pictures) == 2 and "La misma evolución en cifras" in said(page) and "Los mismos puestos" in said(page)
    maps = [one.attributes["src"] for one in read(page).all("img") if "map.svg" in one.attributes.get("src", "")]
    assert (
        len(maps) == 1
        and "Los mismos valores en cifras" in said(page)
        and "El más alto" in said(page).replace("el más", "El más")
    )
    assert "En el mapa" not in said(await opened(public, path))
    for picture in [*pictures, *maps]:
        assert (await secretariat.get(picture)).headers["content-type"] == "image/svg+xml"


@pytest.mark.slow
async def test_lists_ask_no_more_of_the_database_when_they_grow(
    platform: Platform, public: Person, secretariat: Person
) -> None:
    async def asked(path: str) -> int:
        await opened(public, path)
        async with statements() as seen:
            await opened(public, path)
        assert seen
        return len(seen)

    few = [await asked(path) for path in ("/communities?country=UY", "/benchmarks?country=UY")]
    many = [await asked(path) for path in ("/communities?phase=I", "/benchmarks?country=MX")]
    assert few == many
    await agreed_result(platform, secretariat, "uy-montevideo")
    one = await asked("/results?year=2026")
    await agreed_result(platform, secretariat, "pe-callao", "mx-veracruz", year=2027)
    assert await asked("/results?year=2027") == one


@pytest.mark.parametrize("kind", sorted(KINDS))
async def test_every_type_of_problem_has_its_page(public: Person, kind: str) -> None:
    page = await opened(public, f"/problems/{kind}")
    assert f"/problems/{kind}" in page and str(KINDS[kind].status) in said(page)


def test_every_type_of_problem_is_explained() -> None:
    assert EXPLANATIONS.keys() == KINDS.keys()


async def test_ids_of_texts_never_reach_the_reader_of_another_language(public: Person) -> None:
    for language in ("en", "pt", "fr"):
        for path in ("/", "/communities", "/model", "/benchmarks", "/results", "/login", "/problems/invalid"):
            words = said(await opened(public, path, language=language))
            assert SPANISH_ALONE.findall(words) == [], (language, path)
