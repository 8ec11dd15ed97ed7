"""Finding things by their words, whoever may see them, and nothing of what others may not."""

from collections.abc import Mapping

from sqlalchemy import delete

from deploy.local.composition import Platform
from services.workspace.search.indexing import index_what_is_missing
from services.workspace.tables import SearchEntry
from tests.people import Person, if_match, somebody
from tests.workspace.conftest import HERE, OTHER, ROOT, THERE, add_task, url_of
from tests.workspace.files import docx, pdf, send_file


async def found(by: Person, q: str, **more: str) -> list[str]:
    """Titles of what is found, and the total checked against them."""
    answer = await by.get(f"{ROOT}/search", params={"q": q, **more})
    assert answer.status_code == 200, (q, answer.text)
    told = answer.json()
    assert told["total"] == len(told["items"])
    return sorted(hit["title"] for hit in told["items"])


async def test_words_are_found_in_three_languages_with_or_without_accents(platform: Platform, member: Person):
    texts = {
        "Muelles": "La gestión de los muelles y las autoridades portuarias de América. El estado del antepuerto.",
        "Cais": "As exportações de camarões pelo cais do porto, segundo a Asociación e a janela única.",
        "Berths": "Vessels waiting at berths; the port authority publishes studies of dwell times.",
    }
    for title, text in texts.items():
        await send_file(member, pdf(text), f"{title}.pdf")
    await send_file(member, docx("El año de la señalización", "MX:ZLO"), "Señales.docx")
    await platform.run_jobs()
    for words, titles in {
        "gestion": ["Muelles"], "gestiones": ["Muelles"], "GESTIÓN muelle": ["Muelles"], "portuária": ["Muelles"],
        "autoridad portuaria": ["Muelles"], "exportação": ["Cais"], "exportacoes": ["Cais"], "exportacao": ["Cais"],
        "camarao": ["Cais"], "janela unica": ["Cais"], "vessel": ["Berths"], "study berth": ["Berths"],
        "Asociacio\u0301n": ["Cais"], "asociacion": ["Cais"], "ano": ["Señales"], "senalizacion": ["Señales"],
        "antepu": ["Muelles"], '"autoridades portuarias"': ["Muelles"], '"portuarias autoridades"': [],
        "muelles or berths": ["Berths", "Muelles"], "porto -studies": ["Cais"], "estado": ["Muelles"],
        "MX:ZLO": ["Señales"], "muelles exportaciones": [],
    }.items():  # fmt: skip
        assert await found(member, words, kind="document") == titles, words
    for nothing in ("de la", "'\":*", "\\", "＇", "ʼ", "🚢", "-muelles", "the of", " ", "()", "x" * 10_000, "<->", "!"):
        assert await found(member, nothing) == [], nothing
    for odd in ("a & | ! muelles", "muelles:*", "muelles'", "'muelles \\", "muelles 🚢", "muelles (", "((muelles))"):
        assert await found(member, odd) == ["Muelles"], odd
    hit = (await member.get(f"{ROOT}/search", params={"q": "gestion"})).json()["items"][0]
    assert "<mark>gestión</mark> de los muelles" in hit["snippet_html"]
    assert "<" not in hit["snippet"]
    assert hit["page"] == f"/committees/research-and-innovation/documents/{hit['id']}"
    portuguese = (await member.get(f"{ROOT}/search", params={"q": "exportacao"})).json()["items"][0]
    assert "<mark>exportações</mark>" in portuguese["snippet_html"]
    for wrong in ({"q": "a", "kind": "letters"}, {}, {"q": "a\x00"}, {"q": "muelles", "limit": "0"}):
        assert (await member.get(f"{ROOT}/search", params=wrong)).status_code == 422


async def test_tasks_comments_and_posts_are_found_as_they_are_now(
    member: Person, chair: Person, foreign_chair: Person, public: Person
):
    task = await add_task(chair, "Dragado del canal", description="Profundizar <b>hasta</b> quince metros")
    said = await member.post(url_of(task, "comments"), json={"text": "El practicaje pide boyas"})
    begun = await chair.post(f"{HERE}/discussions", json={"title": "Antepuertos", "text": "¿Cuántas hectáreas?"})
    talk = begun.json()["id"]
    spoken = await member.post(f"{ROOT}/discussions/{talk}/posts", json={"text": "Doce hectáreas de zarzuela"})
    kinds = {
        "canal": "task", "quince": "task", "boyas": "comment", "antepuerto": "post", "zarzuela": "post",
    }  # fmt: skip
    for word, kind in kinds.items():
        told = (await member.get(f"{ROOT}/search", params={"q": word})).json()
        assert [hit["kind"] for hit in told["items"]] == [kind], word
        assert (await foreign_chair.get(f"{ROOT}/search", params={"q": word})).json()["total"] == 0
        assert (await public.get(f"{ROOT}/search", params={"q": word})).json()["items"] == []
    marked = (await member.get(f"{ROOT}/search", params={"q": "quince"})).json()["items"][0]
    assert marked["snippet_html"] == "Profundizar hasta <mark>quince</mark> metros"
    url = f"{ROOT}/tasks/{task['id']}"
    changed = await chair.patch(url, json={"title": "Ampliar la dársena"}, headers=if_match(await chair.get(url)))
    assert await found(member, "canal") == []
    assert await found(member, "darsena") == ["Ampliar la dársena"]
    comment = said.headers["location"]
    await member.patch(comment, json={"text": "Pide balizas"}, headers=if_match(said))
    assert (await found(member, "boyas"), await found(member, "balizas")) == ([], ["Ampliar la dársena"])
    await member.delete(spoken.headers["location"], headers=if_match(spoken))
    assert await found(member, "zarzuela") == []
    await chair.delete(url, headers=if_match(changed))
    assert (await found(member, "darsena"), await found(member, "balizas")) == ([], [])


async def test_charters_and_work_plans_are_found_by_whoever_may_read_them(
    platform: Platform, everyone: Mapping[str, Person], foreign_chair: Person
):
    chair = everyone["chair"]
    people = {**everyone, "foreign_chair": foreign_chair}
    charter = f"{HERE}/charter"
    rules = "# Fines\n\nLa **comisión** estudia la gestión de los antepuertos.\n\nO comitê acompanha as exportações."
    first = await chair.put(charter, json={"text": rules + " Quórum de zarzuela."}, headers={"If-Match": "*"})
    await chair.put(charter, json={"text": rules + " Rules on berths."}, headers=if_match(first))
    item = {"year": 2027, "title": "Señalización del canal", "description": "Estudos de dragagem; **dwell** times."}
    added = await chair.post(f"{HERE}/work-plan", json=item)
    key = added.json()["id"]
    network = {"chair", "member", "observer", "coordinator", "respondent", "data_provider", "foreign_coordinator",
               "secretariat", "foreign_chair"}  # fmt: skip
    inside = {"chair", "member", "observer", "secretariat"}
    for kind, who, words in (
        ("charter", network, ("comision", "comisión", "gestiones", "antepuerto", "exportacao", "exportações", "berth")),
        ("plan_item", inside, ("senalizacion", "SEÑALIZACIÓN", "dragagem", "dwell time")),
    ):
        for words_asked in words:
            assert len(await found(chair, words_asked)) == 1, words_asked
        for role, person in people.items():
            told = (await person.get(f"{ROOT}/search", params={"q": words[0]})).json()
            seen = [hit["kind"] for hit in told["items"]]
            assert (seen, told["total"]) == (([kind], 1) if role in who else ([], 0)), (kind, role)
        assert await found(chair, words[0], kind="task,post") == await found(chair, words[0], committee=OTHER) == []
    assert await found(chair, "zarzuela") == [], "an earlier charter is not in force"
    database = platform.services["workspace"].state.database
    async with database.engine.begin() as connection:
        await connection.execute(delete(SearchEntry))
    assert await found(chair, "antepuerto") == []
    await index_what_is_missing(database)  # as it is done when a platform of before begins
    told = (await chair.get(f"{ROOT}/search", params={"q": "exportacao"}, headers={"accept-language": "en"})).json()
    hit = told["items"][0]
    assert hit["title"] == (await chair.get(HERE, headers={"accept-language": "en"})).json()["name"]
    assert "O comitê acompanha as <mark>exportações</mark>" in hit["snippet_html"] and "**" not in hit["snippet"]
    assert (hit["page"], hit["version"]) == ("/committees/research-and-innovation/charter", 2)
    shown = (await chair.get(f"{ROOT}/search", params={"q": "dwell"})).json()["items"][0]
    assert shown["page"] == f"/committees/research-and-innovation/plan?year=2027#actividad-{key}"
    assert (shown["id"], shown["year"], shown["snippet"]) == (key, 2027, "Estudos de dragagem; dwell times")
    secretariat = everyone["secretariat"]
    named = await secretariat.patch(HERE, json={"name": "Balizas"}, headers=if_match(await secretariat.get(HERE)))
    assert named.status_code == 200 and await found(chair, "balizas") == ["Balizas"], "found by the committee's name"
    url = f"{ROOT}/work-plan/{key}"
    changed = await chair.patch(url, json={"title": "Boyas"}, headers=if_match(await chair.get(url)))
    assert (await found(chair, "senalizacion"), await found(chair, "boya")) == ([], ["Boyas"])
    await chair.delete(url, headers=if_match(changed))
    assert await found(chair, "boya") == []


async def test_pages_of_hits_hold_each_once_and_only_what_is_visible(platform: Platform, member: Person):
    there = await somebody(platform, "away", ("member", f"committee:{OTHER}"))
    for number in range(12):
        by, to = (member, HERE) if number % 2 else (there, THERE)
        await send_file(by, f"Calado del muelle {number}".encode(), f"c{number}.txt", to=f"{to}/documents")
    await platform.run_jobs()
    seen: list[str] = []
    cursor: str | None = None
    while True:
        params = {"q": "calado", "limit": "4", **({"cursor": cursor} if cursor else {})}
        told = (await member.get(f"{ROOT}/search", params=params)).json()
        assert told["total"] == 6
        seen += [hit["title"] for hit in told["items"]]
        cursor = told["next"]
        if cursor is None:
            break
    assert sorted(seen) == sorted(f"c{number}" for number in range(1, 12, 2))
    assert await found(member, "calado", committee=OTHER) == []
