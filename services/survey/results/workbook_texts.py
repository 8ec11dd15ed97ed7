"""The words of the workbook in the four languages."""

_ROWS: dict[str, tuple[str, str, str, str]] = {
    # what: Spanish, English, Portuguese, French
    "sheet_result": ("Resultado", "Result", "Resultado", "Résultat"),
    "sheet_pillars": ("Pilares", "Pillars", "Pilares", "Piliers"),
    "sheet_points": ("Puntos", "Points", "Pontos", "Points"),
    "sheet_measures": ("Medidas", "Measures", "Medidas", "Mesures"),
    "sheet_answers": ("Respuestas", "Answers", "Respostas", "Réponses"),
    "sheet_model": ("Modelo", "Model", "Modelo", "Modèle"),
    "what": ("Qué", "What", "O quê", "Quoi"),
    "value": ("Valor", "Value", "Valor", "Valeur"),
    "name": ("Nombre", "Name", "Nome", "Nom"),
    "measure": ("Medida", "Measure", "Medida", "Mesure"),
    "point": ("Punto", "Point", "Ponto", "Point"),
    "pillar": ("Pilar", "Pillar", "Pilar", "Pilier"),
    "group": ("Grupo de actores", "Stakeholder group", "Grupo de atores", "Groupe d’acteurs"),
    "median": ("Mediana", "Median", "Mediana", "Médiane"),
    "level_given": ("Grado dado", "Level given", "Grau dado", "Degré donné"),
    "not_applicable": ("No aplica", "Not applicable", "Não se aplica", "Sans objet"),
    "unknown": ("No sabe", "Unknown", "Não sabe", "Ne sait pas"),
    "weight": ("Peso", "Weight", "Peso", "Poids"),
    "applies": ("Aplica", "Applies", "Aplica-se", "S’applique"),
    "answered": ("Respondida", "Answered", "Respondida", "Répondue"),
    "score": ("Puntaje", "Score", "Pontuação", "Note"),
    "source": ("Viene de", "From", "Vem de", "Provient de"),
    "agreed": ("acuerdo del taller", "agreed in the workshop", "acordo da oficina", "accord de l’atelier"),
    "groups": ("grupos", "groups", "grupos", "groupes"),
    "respondents": ("Respuestas", "Respondents", "Respostas", "Réponses"),
    "applicable_weight": ("Peso que aplica", "Applicable weight", "Peso aplicável", "Poids applicable"),
    "answered_weight": ("Peso respondido", "Answered weight", "Peso respondido", "Poids répondu"),
    "coverage": ("Cobertura", "Coverage", "Cobertura", "Couverture"),
    "level": ("Nivel", "Level", "Nível", "Niveau"),
    "counts": ("Cuenta", "Counts", "Conta", "Compte"),
    "missing": ("Falta", "Missing", "Falta", "Manque"),
    "top": (
        "Grado más alto de la escala", "Highest level of the scale",
        "Grau mais alto da escala", "Degré le plus haut de l’échelle",
    ),
    "threshold": ("Cobertura exigida", "Coverage threshold", "Cobertura exigida", "Couverture exigée"),
    "band": (
        "Desde qué puntaje: nivel", "Score it begins at: level",
        "A partir de que pontuação: nível", "À partir de quelle note : niveau",
    ),
    "overall": ("Total, de 0 a 100", "Overall, 0 to 100", "Total, de 0 a 100", "Total, de 0 à 100"),
    "community": ("Comunidad", "Community", "Comunidade", "Communauté"),
    "year": ("Año", "Year", "Ano", "Année"),
    "revision": ("Edición", "Edition", "Edição", "Édition"),
    "model_version": ("Versión del modelo", "Model version", "Versão do modelo", "Version du modèle"),
    "rule_version": ("Versión de la regla", "Rule version", "Versão da regra", "Version de la règle"),
    "computed_at": ("Calculado (UTC)", "Computed (UTC)", "Calculado (UTC)", "Calculé (UTC)"),
    "answers_hash": (
        "Huella de las respuestas (SHA-256)", "Hash of the answers (SHA-256)",
        "Impressão digital das respostas (SHA-256)", "Empreinte des réponses (SHA-256)",
    ),
    "note": ("Cómo leerlo", "How to read it", "Como ler", "Comment lire"),
    "how": (
        "Cada puntaje es una fórmula: cambie un grado o un peso y el libro vuelve a calcular.",
        "Every score is a formula: change a level or a weight and the workbook computes again.",
        "Cada pontuação é uma fórmula: mude um grau ou um peso e a pasta recalcula.",
        "Chaque note est une formule : changez un degré ou un poids et le classeur recalcule.",
    ),
    "demo_word": ("demo", "demo", "demo", "démo"),
    "demo": (
        "DEMO: datos inventados", "DEMO: made-up data", "DEMO: dados inventados", "DEMO : données inventées",
    ),
}  # fmt: skip
TEXTS: dict[str, dict[str, str]] = {
    language: {name: row[place] for name, row in _ROWS.items()}
    for place, language in enumerate(("es", "en", "pt", "fr"))
}
