"""The API's document and its page."""

import re
from html.parser import HTMLParser
from typing import Any

import schemathesis

from tests.people import Person


async def test_the_merged_document_is_valid_and_whole(public: Person):
    answer = await public.get("/api/openapi.json")
    document = answer.json()
    assert document["openapi"].startswith("3.1")
    assert "x-missing" not in document
    for path in (
        "/auth/login", "/oauth/token", "/api/v1/identity/users", "/api/v1/registry/communities",
        "/.well-known/oauth-authorization-server",
    ):  # fmt: skip
        assert path in document["paths"]
    assert not [path for path in document["paths"] if path.startswith("/internal")]
    schema = schemathesis.openapi.from_dict(document)
    operations = [operation.ok() for operation in schema.get_all_operations()]
    assert len(operations) >= 30
    names = set(document["components"]["schemas"])
    used = set(re.findall(r'"#/components/schemas/([^"]+)"', answer.text))
    assert used <= names
    assert "#/$defs" not in answer.text
    schemas = document["components"]["schemas"]
    for path, field in (  # two parts have a list of versions each: what is listed differs
        ("/api/v1/indicators/catalogue/{code}/versions", "definition"),
        ("/api/v1/workspace/documents/{document_id}/versions", "file_name"),
    ):
        said = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
        one = schemas[said.rpartition("/")[2]]["properties"]["items"]["items"]["$ref"]
        assert field in schemas[one.rpartition("/")[2]]["properties"], (path, said, one)


async def test_every_operation_is_described(public: Person):
    document = (await public.get("/api/openapi.json")).json()
    for path, item in document["paths"].items():
        if path.startswith(("/auth", "/oauth", "/api/v1/identity", "/.well-known")):
            for method, operation in item.items():
                assert operation.get("description"), (method, path)


class Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, Any]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, Any]]:
        return [attributes for name, attributes in self.seen if name == tag]


async def test_the_page_lists_every_operation_and_has_nothing_from_elsewhere(public: Person):
    answer = await public.get("/api/docs", headers={"Accept": "text/html"})
    assert answer.headers["content-type"].startswith("text/html")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    page = Page(answer.text)
    assert len(page.all("h1")) == 1
    assert page.all("html")[0]["lang"] == "en"
    for _, attributes in page.seen:
        for name in ("src", "href"):
            assert not attributes.get(name, "/").startswith(("http:", "https:", "//"))
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
    ids = [attributes["id"] for _, attributes in page.seen if "id" in attributes]
    assert len(ids) == len(set(ids))
    labels = {label["for"] for label in page.all("label")}
    assert labels == {field["id"] for field in page.all("input") + page.all("textarea")}
    document = (await public.get("/api/openapi.json")).json()
    expected = sum(len(item.keys() & {"get", "post", "put", "patch", "delete"}) for item in document["paths"].values())
    assert len(page.all("form")) == expected
    for asset in (*page.all("script"), *page.all("link")):
        address = asset.get("src") or asset["href"]
        if address.startswith("/api/docs/"):
            got = await public.get(address)
            assert got.status_code == 200
            assert got.headers["content-type"].startswith(("text/javascript", "text/css"))
    assert (await public.get("/api/docs/other.js")).status_code == 404
