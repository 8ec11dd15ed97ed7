"""Observations in the words of SDMX 3.0: concepts, code lists, the data structure, and the dataflow that uses it.

Written by hand: the libraries that write SDMX weigh more than these few objects. A test reads them with one.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from shared.fields import utc

if TYPE_CHECKING:
    from services.indicators.exports.writers import Contents

AGENCY, VERSION = "PORTSNET", "1.0.0"
STRUCTURE, DATAFLOW, CONCEPTS = "DSD_OBSERVATIONS", "OBSERVATIONS", "CS_OBSERVATIONS"
DATAFLOW_ID = f"{AGENCY}:{DATAFLOW}({VERSION})"
MEDIA_TYPE = "application/vnd.sdmx.structure+json; version=2.0.0"
STATUSES = ("approved", "draft")
FREQUENCIES = {"A": "Annual", "M": "Monthly", "Q": "Quarterly"}
_LIBRARY = "urn:sdmx:org.sdmx.infomodel"

DIMENSIONS: dict[str, dict[str, str]] = {
    "FREQ": {"es": "Frecuencia", "en": "Frequency", "pt": "Frequência", "fr": "Fréquence"},
    "INDICATOR": {"es": "Indicador", "en": "Indicator", "pt": "Indicador", "fr": "Indicateur"},
    "COMMUNITY": {
        "es": "Comunidad portuaria", "en": "Port community", "pt": "Comunidade portuária",
        "fr": "Communauté portuaire",
    },
    "TIME_PERIOD": {"es": "Periodo", "en": "Time period", "pt": "Período", "fr": "Période"},
}  # fmt: skip
MEASURES = {"OBS_VALUE": {"es": "Valor", "en": "Observed value", "pt": "Valor", "fr": "Valeur"}}
ATTRIBUTES: dict[str, dict[str, str]] = {
    "OBS_STATUS": {
        "es": "Estado de la observación", "en": "Observation status", "pt": "Situação da observação",
        "fr": "Statut de l'observation",
    },
    "NUMERATOR": {"es": "Numerador", "en": "Numerator", "pt": "Numerador", "fr": "Numérateur"},
    "DENOMINATOR": {"es": "Denominador", "en": "Denominator", "pt": "Denominador", "fr": "Dénominateur"},
    "UNITS": {
        "es": "Unidades detrás del valor", "en": "Units behind the value", "pt": "Unidades por trás do valor",
        "fr": "Unités derrière la valeur",
    },
    "COMMENT_OBS": {"es": "Nota", "en": "Note", "pt": "Nota", "fr": "Note"},
    "REVISION": {"es": "Revisión", "en": "Revision", "pt": "Revisão", "fr": "Révision"},
    "RECORDED_AT": {"es": "Registrado", "en": "Recorded at", "pt": "Registrado em", "fr": "Enregistré le"},
    "DEMO": {
        "es": "Dato de demostración", "en": "Demonstration data", "pt": "Dado de demonstração",
        "fr": "Donnée de démonstration",
    },
}  # fmt: skip
COMPONENTS = (*DIMENSIONS, *MEASURES, *ATTRIBUTES)
CODED = {
    "FREQ": "CL_FREQ", "INDICATOR": "CL_INDICATOR", "COMMUNITY": "CL_COMMUNITY", "OBS_STATUS": "CL_OBS_STATUS",
}  # fmt: skip
TYPES = {
    "TIME_PERIOD": "ObservationalTimePeriod", "OBS_VALUE": "Double", "NUMERATOR": "Double", "DENOMINATOR": "Double",
    "UNITS": "Long", "COMMENT_OBS": "String", "REVISION": "Integer", "RECORDED_AT": "DateTime", "DEMO": "Boolean",
}  # fmt: skip
STATUS_NAMES = {
    "approved": {"es": "Aprobado", "en": "Approved", "pt": "Aprovado", "fr": "Approuvé"},
    "draft": {"es": "Borrador", "en": "Draft", "pt": "Rascunho", "fr": "Brouillon"},
}


def frequency_of(period: str) -> str:
    """`A`, `Q` or `M`, as the text of a period shows."""
    return "A" if len(period) == 4 else "Q" if period[5] == "Q" else "M"


def values_of(row: Sequence[Any]) -> tuple[Any, ...]:
    """A row of an export in the order of COMPONENTS."""
    indicator, community, period, value, numerator, denominator, n, note, status, revision, recorded_at, demo = row
    return (
        frequency_of(period), indicator, community, period, value, status, numerator, denominator, n, note, revision,
        recorded_at, demo,
    )  # fmt: skip


def urn(kind: str, name: str, item: str = "") -> str:
    """The name of an object of this agency; of an item of it with `item`."""
    return f"{_LIBRARY}.{kind}={AGENCY}:{name}({VERSION}){f'.{item}' if item else ''}"


def links() -> list[dict[str, str]]:
    return [
        {"urn": urn("datastructure.Dataflow", DATAFLOW), "rel": "dataflow"},
        {"urn": urn("datastructure.DataStructure", STRUCTURE), "rel": "datastructure"},
    ]


def head_of_message(contents: "Contents", frequencies: Sequence[str]) -> dict[str, Any]:
    """What an SDMX-JSON data message says before its data sets; `data` comes last and holds the structure."""
    names = contents.names or {}
    codes = {"FREQ": frequencies, "INDICATOR": contents.indicators, "COMMUNITY": contents.communities}
    dimensions: list[dict[str, Any]] = [
        {
            "id": name, **_named(DIMENSIONS[name]), "keyPosition": place,
            "values": [{"id": code, "name": names.get(code) or FREQUENCIES.get(code, code)} for code in values],
        }
        for place, (name, values) in enumerate(codes.items())
    ]  # fmt: skip
    periods = [{"id": period, "name": period} for period in contents.periods]
    time = {"id": "TIME_PERIOD", **_named(DIMENSIONS["TIME_PERIOD"]), "keyPosition": 3, "values": periods}
    measure = {"id": "OBS_VALUE", **_named(MEASURES["OBS_VALUE"]), "format": {"dataType": "Double"}}
    found = {
        "name": "Observations of the port communities",
        "links": links(),
        "dataSets": [0],
        "dimensions": {"dataSet": [], "series": dimensions, "observation": [time]},
        "measures": {"observation": [measure]},
        "attributes": {"dataSet": [], "series": [], "observation": [_attribute(name) for name in ATTRIBUTES]},
    }
    return {"meta": meta("observations", contents.prepared), "data": {"structures": [found]}}


def _attribute(name: str) -> dict[str, Any]:
    found: dict[str, Any] = {"id": name, **_named(ATTRIBUTES[name]), "relationship": {"observation": {}}}
    if name == "OBS_STATUS":
        return found | {"values": [{"id": status, **_named(STATUS_NAMES[status])} for status in STATUSES]}
    return found | {"format": {"dataType": TYPES[name]}}


def meta(name: str, prepared: datetime | None = None) -> dict[str, Any]:
    schema = "https://json.sdmx.org/2.0.0/sdmx-json-data-schema.json"
    return {
        "schema": schema, "id": name, "prepared": utc(prepared or datetime.now(UTC)), "test": False,
        "contentLanguages": ["en", "es", "pt", "fr"],
        "sender": {"id": AGENCY, "name": "Network of Digital and Collaborative Ports"},
    }  # fmt: skip


def structures(
    indicators: Mapping[str, Mapping[str, str]], communities: Mapping[str, Mapping[str, str]], prepared: datetime
) -> dict[str, Any]:
    """The structure message, SDMX-JSON 2.0: code lists, concepts, the data structure and its dataflow.

    `indicators`, `communities`: names by language, by code.
    """
    frequencies = {code: {"en": name} for code, name in FREQUENCIES.items()}
    lists = [
        _list("CL_FREQ", "Frequencies", frequencies),
        _list("CL_INDICATOR", "Indicators of the interfaces of ports", indicators),
        _list("CL_COMMUNITY", "Port communities of the Network", communities),
        _list("CL_OBS_STATUS", "How far an observation has come", STATUS_NAMES),
    ]
    every = {**DIMENSIONS, **MEASURES, **ATTRIBUTES}
    concepts = _maintained(CONCEPTS, "Concepts of observations") | {
        "concepts": [{"id": name, **_named(names)} for name, names in every.items()]
    }
    flow = _maintained(DATAFLOW, "Observations of the port communities") | {
        "structure": urn("datastructure.DataStructure", STRUCTURE)
    }
    message = meta("structure", prepared)
    message["schema"] = message["schema"].replace("data-schema", "structure-schema")
    found = {"codelists": lists, "conceptSchemes": [concepts], "dataStructures": [_structure()], "dataflows": [flow]}
    return {"meta": message, "data": found}


def _structure() -> dict[str, Any]:
    plain = [name for name in DIMENSIONS if name != "TIME_PERIOD"]
    dimensions = {
        "id": "DimensionDescriptor",
        "dimensions": [_component(name) | {"position": place} for place, name in enumerate(plain)],
        "timeDimension": _component("TIME_PERIOD"),
    }
    attributes = [
        _component(name) | {"attributeRelationship": {"observation": {}}, "usage": "optional"} for name in ATTRIBUTES
    ]
    measures = [_component("OBS_VALUE") | {"usage": "mandatory"}]
    return _maintained(STRUCTURE, "Structure of observations") | {
        "dataStructureComponents": {
            "dimensionList": dimensions,
            "measureList": {"id": "MeasureDescriptor", "measures": measures},
            "attributeList": {"id": "AttributeDescriptor", "attributes": attributes},
        }
    }


def _component(name: str) -> dict[str, Any]:
    if name in CODED:
        represented: dict[str, Any] = {"enumeration": urn("codelist.Codelist", CODED[name])}
    else:
        represented = {"format": {"dataType": TYPES[name]}}
    return {
        "id": name, "conceptIdentity": urn("conceptscheme.Concept", CONCEPTS, name),
        "localRepresentation": represented,
    }  # fmt: skip


def _list(name: str, title: str, codes: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    return _maintained(name, title) | {"codes": [{"id": code, **_named(names)} for code, names in codes.items()]}


def _maintained(name: str, title: str) -> dict[str, Any]:
    return {"id": name, "agencyID": AGENCY, "version": VERSION, "name": title, "names": {"en": title}}


def _named(names: Mapping[str, str]) -> dict[str, Any]:
    return {"name": names.get("en") or next(iter(names.values())), "names": dict(names)}
