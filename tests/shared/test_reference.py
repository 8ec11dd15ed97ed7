"""Reference files are told wrong with file, line and reason."""

from pathlib import Path

import pytest
from pydantic import BaseModel

from shared.reference import ReferenceTrouble, load_yaml


class Row(BaseModel):
    code: str
    size: int


class Rows(BaseModel):
    rows: list[Row]


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (b"rows:\n- code: a\n  size: many\n", 3, "integer"),
        (b"rows:\n- code: a\n", 2, "size"),
        (b"rows:\n- code: a\n  code: b\n  size: 1\n", 3, "twice"),
        (b"rows:\n- code: \xff\n", 2, "UTF-8"),
        (b"rows: [\n", 2, ""),
    ],
)
def test_trouble_names_its_place(tmp_path: Path, content: bytes, line: int, reason: str):
    path = tmp_path / "rows.yaml"
    path.write_bytes(content)
    with pytest.raises(ReferenceTrouble) as trouble:
        load_yaml(path, Rows)
    assert str(trouble.value).startswith(f"{path}, line {line}: ")
    assert reason in str(trouble.value)


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(ReferenceTrouble, match=r"nothing\.yaml: No such file"):
        load_yaml(tmp_path / "nothing.yaml", Rows)
