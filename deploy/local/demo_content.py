# ruff: noqa: E501 -- prose
"""What the demonstration makes up: everything here is invented, save the names of the communities."""

from dataclasses import dataclass

COMMUNITIES = (
    "mx-manzanillo", "mx-veracruz", "co-buenaventura", "co-cartagena", "pe-callao", "cl-san-antonio", "cl-valparaiso",
    "pa-balboa", "pa-colon", "cr-limon-moin", "ec-guayaquil", "uy-montevideo",
)  # fmt: skip
"""Taken as far as the directory has them; other ports fill up."""

GROUPS = ("port_authority", "customs", "terminal_operator", "shipping", "road_carrier", "cargo_owner", "university")
FIRST_NAMES = (
    "Adriana", "Beatriz", "Camilo", "Daniela", "Esteban", "Fernanda", "Gonzalo", "Helena", "Iván", "Julieta", "Karina",
    "Leandro", "Mariela", "Nicolás", "Olga", "Patricio", "Quetzal", "Rosario", "Santiago", "Tamara",
)  # fmt: skip
LAST_NAMES = (
    "Aguirre", "Bermúdez", "Cárdenas", "Duarte", "Echeverría", "Figueroa", "Guevara", "Hinojosa", "Ibáñez", "Jaramillo",
    "Larraín", "Montenegro", "Navarro", "Olivares", "Paredes", "Quiroga", "Restrepo", "Solano", "Tejada", "Urrutia",
)  # fmt: skip

PRESENT = (("Marina Ficticia", "customs"), ("Bruno Inventado", "terminal_operator"), ("Celia Ejemplo", "road_carrier"))
"""Who was in the workshops: nobody."""
TASKS_OF_GAPS = ("Redactar y firmar el acta", "Acordar el turno de noche con las terminales")
COMMENTS = (
    "Se acordó en el taller de marzo; falta publicar el acta.",
    "Funciona en horario diurno; de noche todavía no.",
    "Hay un piloto con dos terminales.",
    "El convenio venció y está en renovación.",
    "Se mide desde este año, con informe trimestral.",
)

ORGANIZATIONS = (
    ("port_authority", "Autoridad Portuaria de {name}"),
    ("customs", "Aduana de {name}"),
    ("terminal_operator", "Terminal Internacional {name}"),
    ("trucker", "Asociación de Transportistas de {name}"),
    ("exporter", "Exportadores Unidos de {name}"),
    ("university", "Universidad del Litoral de {name}"),
)

INDICATORS = (
    # code, typical value, spread between communities, drift over the year, lowest, highest
    ("VPA-01", 14.0, 9.0, -0.15, 0.5, 600.0),
    ("VPA-03", 38.0, 14.0, -0.2, 2.0, 700.0),
    ("VPA-04", 68.0, 15.0, 0.4, 5.0, 99.0),
    ("VTB-01", 58.0, 12.0, 0.2, 5.0, 99.0),
    ("GAT-01", 55.0, 25.0, -0.5, 5.0, 600.0),
    ("CUS-02", 12.0, 6.0, -0.1, 0.5, 95.0),
)


@dataclass(frozen=True)
class DemoTask:
    committee: str
    title: str
    description: str
    state: str
    due_in: int | None
    priority: str
    labels: tuple[str, ...]
    checklist: tuple[tuple[str, bool], ...] = ()
    comments: tuple[str, ...] = ()


TASKS = (
    DemoTask(
        "port-governance-and-competitiveness", "Guía para constituir una comunidad portuaria",
        "Reunir los estatutos de las comunidades ya constituidas y proponer **un modelo** de acta.\n\n- acta\n- reglamento\n- presupuesto mínimo",
        "doing", 12, "high", ("gobernanza",), (("Pedir los estatutos", True), ("Comparar", True), ("Redactar", False)),
        ("Ya llegaron cuatro estatutos; falta el de la fase II.",),
    ),
    DemoTask(
        "port-governance-and-competitiveness", "Definir estándares de servicio en puerta",
        "Tiempo de ciclo del camión y cumplimiento de citas: qué prometer y cómo medirlo.", "todo", 30, "normal",
        ("estándares", "puerta"), (), (),
    ),
    DemoTask(
        "port-governance-and-competitiveness", "Revisar los resultados de la encuesta", "Leer los resultados por punto y "
        "elegir tres brechas comunes.", "review", -3, "normal", ("encuesta",), (), ("¿Lo vemos el jueves?",),
    ),
    DemoTask(
        "research-and-innovation", "Red de universidades: mapa de capacidades", "Qué investiga cada grupo de apoyo y qué "
        "puede ofrecer a las demás comunidades.", "doing", 20, "normal", ("universidades",),
        (("Formulario", True), ("Envío", False)), (),
    ),
    DemoTask(
        "research-and-innovation", "Taller de trazabilidad de contenedores", "Dos días, con visita técnica.", "todo", 45,
        "normal", ("formación",), (), (),
    ),
    DemoTask(
        "research-and-innovation", "Informe del piloto de citas", "Resumen de cuatro páginas.", "done", None, "low",
        ("puerta",), (), ("Publicado y enviado.",),
    ),
    DemoTask(
        "public-policies-on-ports", "Comparar planes logísticos nacionales", "Capítulo portuario de cada plan y plazos.",
        "todo", 25, "normal", ("políticas",), (), (),
    ),
    DemoTask(
        "public-policies-on-ports", "Nota sobre interoperabilidad VUP-VUCE", "Dos páginas para ministerios.", "doing", 6,
        "high", ("VUCE",), (("Borrador", True), ("Revisión jurídica", False)), ("Falta el anexo de estándares.",),
    ),
    DemoTask(
        "transitional-advisory-directory", "Agenda del próximo encuentro regional", "Propuesta de temas y sede.", "todo",
        15, "normal", ("encuentro",), (), (),
    ),
)  # fmt: skip
