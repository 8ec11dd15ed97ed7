"""JSON is read as it was meant, or refused where it is wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.problems import Invalid, Malformed
from shared.strict_json import read


@pytest.mark.parametrize(
    "body",
    [b"NaN", b'{"a": Infinity}', b"[1,]", b"{'a': 1}", b"\xef\xbb\xbf{}", b"\xff", b"", b'{"a": 1} x', b"[" * 100_000],
)
def test_what_is_not_json_is_malformed(body: bytes):
    with pytest.raises(Malformed):
        read(body)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b'{"a": 1, "a": 2}', "/a"),
        (b'{"x": [{"b": 1, "b": 1}]}', "/x/0/b"),
        (b'{"n": "a\\u0000b"}', "/n"),
        (b'{"n": "\\ud800"}', "/n"),
        (b'{"n": "\\u000b"}', "/n"),
        (b'{"n": "\\ufffe"}', "/n"),
        (b'{"v": 1e999}', "/v"),
        (b'{"v": -1e999}', "/v"),
        (b'{"v": 1e-400}', "/v"),
        (b'{"v": ' + b"9" * 5000 + b"}", "/v"),
        (b'{"a/b": {"~": "\\u0000"}}', "/a~1b/~0"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_its_pointer(body: bytes, pointer: str):
    with pytest.raises(Invalid) as refusal:
        read(body)
    assert [error.pointer for error in refusal.value.errors] == [pointer]


def test_minus_zero_is_zero_and_accents_are_composed():
    assert str(read(b'{"v": -0.0}')["v"]) == "0.0"
    assert read('{"n": "Asociacio\u0301n"}'.encode())["n"] == "Asociación"


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**60), 2**60)
        | st.text(st.characters(codec="utf-8", categories=["L", "N", "P"])),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", max_size=4), inner, max_size=4),
        max_leaves=12,
    )
)
def test_everything_else_is_read_as_python_reads_it(value: object):
    import json
    import unicodedata

    def composed(item: object) -> object:
        if isinstance(item, str):
            return unicodedata.normalize("NFC", item)
        if isinstance(item, list):
            return [composed(one) for one in item]
        if isinstance(item, dict):
            return {key: composed(one) for key, one in item.items()}
        return item

    assert read(json.dumps(value).encode()) == composed(value)
