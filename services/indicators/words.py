"""The vocabulary of indicators: interfaces, polarities, frequencies, rules of aggregation, levels of visibility."""

from typing import Literal, get_args

Interface = Literal[
    "vessel_port", "vessel_terminal", "terminal_yard", "customs_inspection", "gate_truck", "rail", "empty_depot",
    "hinterland", "documentary_psw", "governance_service", "environment_safety",
]  # fmt: skip
Polarity = Literal["higher", "lower", "target_band"]
Frequency = Literal["monthly", "quarterly", "annual"]
Statistic = Literal["median", "p90", "ratio", "share", "count"]
Aggregation = Literal["ratio", "weighted_mean", "sum", "last"]
Basis = Literal["confirmed", "adapted", "proposed"]
Level = Literal["public", "network", "aggregate"]
"""Who sees a community's own value: everybody, the Network, or its own people and the secretariat only."""
State = Literal["draft", "submitted", "approved"]
Action = Literal["submit", "approve", "return", "reopen"]

ImportState = Literal["queued", "running", "done", "failed"]

LEVELS: tuple[str, ...] = get_args(Level)
STATES: tuple[str, ...] = get_args(State)
ACTIONS: tuple[str, ...] = get_args(Action)
IMPORT_STATES: tuple[str, ...] = get_args(ImportState)
INTERFACES: tuple[str, ...] = get_args(Interface)

POLARITY_NAMES: dict[str, dict[str, str]] = {
    "higher": {
        "es": "Más alto es mejor", "en": "Higher is better", "pt": "Mais alto é melhor", "fr": "Plus haut est mieux",
    },
    "lower": {
        "es": "Más bajo es mejor", "en": "Lower is better", "pt": "Mais baixo é melhor", "fr": "Plus bas est mieux",
    },
    "target_band": {
        "es": "Lo mejor es estar dentro de la banda", "en": "Best is inside the band",
        "pt": "O melhor é estar dentro da faixa", "fr": "Le mieux est d’être dans la bande",
    },
}  # fmt: skip

INTERFACE_NAMES: dict[str, dict[str, str]] = {
    "vessel_port": {
        "es": "Buque y aguas del puerto", "en": "Vessel and port waters",
        "pt": "Navio e águas do porto", "fr": "Navire et eaux du port",
    },
    "vessel_terminal": {
        "es": "Buque y terminal", "en": "Vessel and terminal", "pt": "Navio e terminal", "fr": "Navire et terminal",
    },
    "terminal_yard": {
        "es": "Patio de la terminal", "en": "Terminal yard", "pt": "Pátio do terminal", "fr": "Parc du terminal",
    },
    "customs_inspection": {
        "es": "Aduana e inspección", "en": "Customs and inspection",
        "pt": "Alfândega e inspeção", "fr": "Douane et inspection",
    },
    "gate_truck": {
        "es": "Puerta y camión", "en": "Gate and truck", "pt": "Portão e caminhão", "fr": "Entrée et camion",
    },
    "rail": {"es": "Ferrocarril", "en": "Rail", "pt": "Ferrovia", "fr": "Rail"},
    "empty_depot": {
        "es": "Depósito de contenedores vacíos", "en": "Empty container depot",
        "pt": "Depósito de contêineres vazios", "fr": "Dépôt de conteneurs vides",
    },
    "hinterland": {
        "es": "Hinterland y puerto seco", "en": "Hinterland and dry port",
        "pt": "Hinterlândia e porto seco", "fr": "Hinterland et port sec",
    },
    "documentary_psw": {
        "es": "Documentos y ventanilla única", "en": "Documents and single window",
        "pt": "Documentos e janela única", "fr": "Documents et guichet unique",
    },
    "governance_service": {
        "es": "Gobernanza y nivel de servicio", "en": "Governance and service level",
        "pt": "Governança e nível de serviço", "fr": "Gouvernance et niveau de service",
    },
    "environment_safety": {
        "es": "Ambiente y seguridad", "en": "Environment and safety",
        "pt": "Ambiente e segurança", "fr": "Environnement et sécurité",
    },
}  # fmt: skip
