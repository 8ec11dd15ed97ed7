"""Words of the pages of data: polarity said in words, and why a cell was not saved."""

from services.portal.translations import N_

POLARITIES = {
    "higher": N_("Más alto es mejor"),
    "lower": N_("Más bajo es mejor"),
    "target_band": N_("Lo mejor es estar dentro de la banda"),
}
REFUSED = {
    "number": N_("No es un número claro. Escriba 1234.5, sin separador de miles; 1.234 podría ser mil o uno y pico."),
    "range": N_("Está fuera del rango de este indicador. El numerador y el denominador son positivos."),
    "disagrees": N_("El valor no coincide con el numerador y el denominador."),
    "not_a_ratio": N_("Este indicador se escribe como un solo valor, sin barra."),
    "missing": N_("Falta el numerador o el denominador: escriba 45/50."),
    "emptied": N_("Un valor cargado no se borra: escriba el correcto."),
    "overtaken": N_("Otra persona guardó otro valor mientras tanto. Si el suyo es el correcto, guárdelo otra vez."),
    "period": N_("Este indicador no se carga en este período."),
    "unknown": N_("Este indicador ya no está en el catálogo."),
    "doubled": N_("El mismo dato viene dos veces."),
}
FREQUENCY_WORDS = {"monthly": N_("Por mes"), "quarterly": N_("Por trimestre"), "annual": N_("Por año")}
ACTIONS = {
    "submit": N_("Envío"), "approve": N_("Aprobación"), "return": N_("Devolución"),
    "reopen": N_("Cambio: vuelve a borrador"),
}  # fmt: skip
STATUSES = {"draft": N_("Borrador"), "approved": N_("Aprobado"), "superseded": N_("Reemplazado")}
READ_AS = {
    "comma": N_("separado por comas"), "semicolon": N_("separado por punto y coma"),
    "tab": N_("separado por tabuladores"), "bar": N_("separado por barras"), "decimal comma": N_("con coma decimal"),
}  # fmt: skip
"""What a file was taken for, in words; what is not here is a name."""
