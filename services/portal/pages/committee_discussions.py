"""`/committees/{slug}/discussions`: what a committee talks about."""

import asyncio
from collections.abc import Sequence

from markupsafe import Markup
from starlette.responses import Response

from services.portal.pages.parts import attempt, slug_or_nothing
from services.portal.pages.reading import error_list, wrong_fields
from services.portal.pages.tasks import id_of
from services.portal.translations import N_
from services.portal.visits import MemberVisit, Visit, page_router
from shared.problems import Conflict, Invalid, NotFound, StaleVersion

router = page_router()
WORKING = ("chair", "member", "secretariat")
CHANGED = N_("Cambió mientras usted lo leía. Esto es lo que vale ahora.")
CLOSED = N_("La conversación está cerrada.")
SAID = {"title": N_("Escriba un título, de hasta 300 caracteres."), "text": N_("Escriba qué quiere decir.")}


@router.get("/committees/{slug}/discussions")
async def show_discussions(visit: MemberVisit, slug: str) -> Response:
    """All of them, the last one spoken in first."""
    return await discussions_page(visit, slug_or_nothing(slug))


async def discussions_page(
    visit: Visit, slug: str, *, errors: Sequence[dict[str, str]] = (), fields: dict[str, str] | None = None,
    status: int = 200,
) -> Response:  # fmt: skip
    committee, found = await asyncio.gather(visit.workspace.committee(slug), visit.workspace.discussions(slug))
    return visit.page(
        "committee_discussions.html", status=status, section="desk", committee=committee, discussions=found,
        works=committee.your_role in WORKING, errors=list(errors), fields=fields or {},
        base=f"/committees/{slug}/discussions", demo=visit.caller.demo or any(one.demo for one in found),
    )  # fmt: skip


@router.post("/committees/{slug}/discussions")
async def begin_discussion(visit: MemberVisit, slug: str) -> Response:
    """Begin one."""
    slug, fields = slug_or_nothing(slug), await visit.form()
    wanted = {"title": fields.get("title", "").strip(), "text": fields.get("text", "").strip()}
    try:
        made = await visit.workspace.begin_discussion(wanted, slug=slug)
    except Invalid as problem:
        wrong = error_list((name, SAID[name]) for name in sorted(wrong_fields(problem)) if name in SAID)
        return await discussions_page(visit, slug, errors=wrong, fields=fields, status=422)
    return visit.go(f"/committees/{slug}/discussions/{made.id}")


@router.get("/committees/{slug}/discussions/{discussion}")
async def show_discussion(visit: MemberVisit, slug: str, discussion: str) -> Response:
    """What was said; it is read then."""
    return await discussion_page(visit, slug_or_nothing(slug), id_of(discussion))


async def discussion_page(
    visit: Visit, slug: str, key: str, *, errors: Sequence[dict[str, str]] = (), text: str = "",
    refused: str | None = None, status: int = 200,
) -> Response:  # fmt: skip
    (found, etag), posts = await asyncio.gather(visit.workspace.discussion(key), visit.workspace.posts(key))
    if found.committee != slug:
        raise NotFound
    committee = await visit.workspace.committee(slug)
    if found.unread:
        await attempt(visit.workspace.mark_discussion_read(key))
    quotes = visit.request.query_params.get("quote", "")
    quoted = next((one for one in posts if str(one.id) == quotes and not one.removed), None)
    return visit.page(
        "committee_discussion.html", status=status, section="desk", committee=committee, discussion=found, etag=etag,
        posts=posts, html={one.id: Markup(one.text_html) for one in posts},  # noqa: S704  made and cleaned by the workspace
        quoted=quoted, errors=list(errors), text=text, refused=refused, first_unread=_first_unread(posts, found.unread),
        base=f"/committees/{slug}/discussions/{key}", demo=visit.caller.demo or found.demo,
    )  # fmt: skip


@router.post("/committees/{slug}/discussions/{discussion}")
async def speak(visit: MemberVisit, slug: str, discussion: str) -> Response:
    """Say something, perhaps in answer to a post."""
    slug, key, fields = slug_or_nothing(slug), id_of(discussion), await visit.form()
    text = fields.get("text", "").strip()
    try:
        said = await visit.workspace.speak(key, text, quotes=fields.get("quotes") or None)
    except Invalid:
        wrong = error_list([("text", SAID["text"])])
        return await discussion_page(visit, slug, key, errors=wrong, text=text, status=422)
    except Conflict:
        return await discussion_page(visit, slug, key, text=text, refused=CLOSED, status=409)
    return visit.go(f"/committees/{slug}/discussions/{key}#p-{said.id}")


@router.post("/committees/{slug}/discussions/{discussion}/close")
async def close_discussion(visit: MemberVisit, slug: str, discussion: str) -> Response:
    """Close it, or open it again."""
    slug, key, fields = slug_or_nothing(slug), id_of(discussion), await visit.form()
    try:
        await visit.workspace.close_discussion(
            key, closed=fields.get("closed") == "1", etag=fields.get("etag", "") or '"0"'
        )
    except StaleVersion:
        return await discussion_page(visit, slug, key, refused=CHANGED, status=412)
    return visit.go(f"/committees/{slug}/discussions/{key}")


@router.get("/committees/{slug}/discussions/{discussion}/posts/{post}")
async def show_post(visit: MemberVisit, slug: str, discussion: str, post: str) -> Response:
    """One's own post to be corrected, and how anybody's was worded before."""
    return await post_page(visit, slug_or_nothing(slug), id_of(discussion), id_of(post))


async def post_page(
    visit: Visit, slug: str, key: str, post: str, *, errors: Sequence[dict[str, str]] = (), text: str | None = None,
    refused: str | None = None, status: int = 200,
) -> Response:  # fmt: skip
    (found, _), (said, etag), revisions = await asyncio.gather(
        visit.workspace.discussion(key), visit.workspace.post(key, post), visit.workspace.revisions(key, post)
    )
    if found.committee != slug:
        raise NotFound
    committee = await visit.workspace.committee(slug)
    return visit.page(
        "committee_post.html", status=status, section="desk", committee=committee, discussion=found, post=said,
        etag=etag, revisions=revisions, errors=list(errors), refused=refused,
        text=said.text if text is None else text, body=Markup(said.text_html),  # noqa: S704  made and cleaned by the workspace
        earlier={one.n: Markup(one.text_html) for one in revisions},  # noqa: S704  the same
        base=f"/committees/{slug}/discussions/{key}", demo=visit.caller.demo or found.demo,
    )  # fmt: skip


@router.post("/committees/{slug}/discussions/{discussion}/posts/{post}")
async def change_post(visit: MemberVisit, slug: str, discussion: str, post: str) -> Response:
    """Word it better, or take it back."""
    slug, key, one, fields = slug_or_nothing(slug), id_of(discussion), id_of(post), await visit.form()
    etag, text = fields.get("etag", "") or '"0"', fields.get("text", "").strip()
    try:
        if fields.get("act") == "remove":
            await visit.workspace.remove_post(key, one, etag=etag)
        else:
            await visit.workspace.change_post(key, one, text, etag=etag)
    except Invalid:
        wrong = error_list([("text", SAID["text"])])
        return await post_page(visit, slug, key, one, errors=wrong, text=text, status=422)
    except (StaleVersion, Conflict) as problem:
        return await post_page(visit, slug, key, one, text=text, refused=CHANGED, status=problem.status)
    return visit.go(f"/committees/{slug}/discussions/{key}#p-{one}")


@router.post("/committees/{slug}/discussions/{discussion}/remove")
async def remove_discussion(visit: MemberVisit, slug: str, discussion: str) -> Response:
    """Remove it with all that was said."""
    slug, key, fields = slug_or_nothing(slug), id_of(discussion), await visit.form()
    try:
        await visit.workspace.remove_discussion(key, etag=fields.get("etag", "") or '"0"')
    except StaleVersion:
        return await discussion_page(visit, slug, key, refused=CHANGED, status=412)
    return visit.go(f"/committees/{slug}/discussions")


def _first_unread(posts: Sequence[object], unread: int) -> int | None:
    """Where the reader left off, as far as the newest posts are those of others."""
    return len(posts) - unread if 0 < unread < len(posts) else None
