"""A version of the model as YAML, written for people; `yaml_reading` reads it back the same."""

import re
from collections.abc import Mapping
from typing import Any

import yaml
from yaml.nodes import ScalarNode

from services.survey.tables import Model


def yaml_of(row: Model) -> bytes:
    """The version in the order in which a person reads it. `read_yaml` of it gives the same version."""
    head = {"version": row.version, "kind": row.kind, "status": row.status, "names": row.names}
    if row.based_on:
        head["based_on"] = row.based_on
    body = {
        **head, "scale": row.content["scale"], "bands": row.content["bands"],
        "coverage_threshold": row.content["coverage_threshold"],
        "pillars": [_pillar(pillar) for pillar in row.content["pillars"]],
    }  # fmt: skip
    told = yaml.dump(body, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120, default_flow_style=False)
    return told.encode()


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_text(self, data: str) -> ScalarNode:
        """Text in quotation marks wherever another reader of YAML might take it for something else."""
        style = None if re.fullmatch(r"[^\W\d_][\w .,()/áéíóúñü-]*[\w).]", data) and data.lower() not in WORDS else '"'
        return self.represent_scalar("tag:yaml.org,2002:str", data, style=style)


WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n", "si", "nan", "inf"}
_Dumper.add_representer(str, _Dumper.represent_text)


def _pillar(pillar: Mapping[str, Any]) -> dict[str, Any]:
    points = [{**_part(q), "measures": [_measure(m) for m in q["measures"]]} for q in pillar["points"]]
    return {**_part(pillar), "points": points}


def _part(part: Mapping[str, Any]) -> dict[str, Any]:
    told = {"code": part["code"], "names": part["names"], "weight": part["weight"]}
    return told | ({"confidence": part["confidence"]} if part["confidence"] else {})


def _measure(measure: Mapping[str, Any]) -> dict[str, Any]:
    told = _part(measure)
    if measure["guidance"]:
        told["guidance"] = measure["guidance"]
    if measure.get("levels"):
        told["levels"] = [{name: said for name, said in one.items() if said is not None} for one in measure["levels"]]
    return told
