"""What is wrong with a file, in the words of whoever sent it. The rules speak English, as the API does; a list of
errors is read by people, so its lines are said again in their language."""

import re
from functools import lru_cache

# English, Spanish, Portuguese, French; what stands in braces is carried over.
_PHRASES = """
is the same indicator, community and period as row {row}|es el mismo indicador, comunidad y período que la fila {row}|é o mesmo indicador, comunidade e período da linha {row}|est le même indicateur, communauté et période que la ligne {row}
stands in a column that has no name: the row has more cells than the header|está en una columna sin nombre: la fila tiene más celdas que el encabezado|está em uma coluna sem nome: a linha tem mais células que o cabeçalho|se trouve dans une colonne sans nom : la ligne a plus de cellules que l’en-tête
stands in a column that has no name|está en una columna sin nombre|está em uma coluna sem nome|se trouve dans une colonne sans nom
is an error of the spreadsheet ({text})|es un error de la planilla ({text})|é um erro da planilha ({text})|est une erreur du tableur ({text})
is a formula without a result: open the file in a spreadsheet and save it|es una fórmula sin resultado: abra el archivo en una planilla y guárdelo|é uma fórmula sem resultado: abra o arquivo em uma planilha e salve-o|est une formule sans résultat : ouvrez le fichier dans un tableur et enregistrez-le
is TRUE or FALSE|es VERDADERO o FALSO|é VERDADEIRO ou FALSO|est VRAI ou FAUX
is a date|es una fecha|é uma data|est une date
is part of the merged area {area}: write each figure in its own cell|es parte de las celdas combinadas {area}: escriba cada cifra en su propia celda|faz parte das células mescladas {area}: escreva cada valor na sua própria célula|fait partie des cellules fusionnées {area} : écrivez chaque chiffre dans sa propre cellule
{code} is no indicator of the catalogue|{code} no es un indicador del catálogo|{code} não é um indicador do catálogo|{code} n’est pas un indicateur du catalogue
{code} is no community of the Network|{code} no es una comunidad de la Red|{code} não é uma comunidade da Rede|{code} n’est pas une communauté du Réseau
is not a community that you record data for|no es una comunidad cuyos datos cargue usted|não é uma comunidade cujos dados você informa|n’est pas une communauté dont vous saisissez les données
contains a character that cannot be stored ({character})|contiene un carácter que no se puede guardar ({character})|contém um caractere que não se pode guardar ({character})|contient un caractère qui ne peut être conservé ({character})
has more than {count} characters|tiene más de {count} caracteres|tem mais de {count} caracteres|a plus de {count} caractères
must be a whole number above 0|debe ser un número entero mayor que 0|deve ser um número inteiro maior que 0|doit être un nombre entier supérieur à 0
could be thousands or decimals: write it without a mark between thousands, or with another decimal|podría ser miles o decimales: escríbalo sin separador de miles, o con un decimal más|poderia ser milhar ou decimal: escreva-o sem separador de milhar, ou com mais uma decimal|pourrait être des milliers ou des décimales : écrivez-le sans séparateur de milliers, ou avec une décimale de plus
has a point, where the other figures of the file have a comma before their decimals|tiene punto, y las demás cifras del archivo llevan coma decimal|tem ponto, e os demais valores do arquivo têm vírgula decimal|a un point, alors que les autres chiffres du fichier ont une virgule décimale
has a comma, where the other figures of the file have a point before their decimals|tiene coma, y las demás cifras del archivo llevan punto decimal|tem vírgula, e os demais valores do arquivo têm ponto decimal|a une virgule, alors que les autres chiffres du fichier ont un point décimal
has a comma: in a file with commas between columns, decimals follow a point|tiene coma: en un archivo con columnas separadas por comas, los decimales van con punto|tem vírgula: em um arquivo com colunas separadas por vírgulas, os decimais vão com ponto|a une virgule : dans un fichier aux colonnes séparées par des virgules, les décimales suivent un point
must be written without marks between thousands|se escribe sin separador de miles|escreve-se sem separador de milhar|s’écrit sans séparateur de milliers
is not a number that can be stored|no es un número que se pueda guardar|não é um número que se possa guardar|n’est pas un nombre qui puisse être conservé
is not a number; leave the row out where there is no figure|no es un número; donde no haya dato, quite la fila|não é um número; onde não houver dado, retire a linha|n’est pas un nombre ; là où il n’y a pas de donnée, retirez la ligne
must lie between -1e15 and 1e15|debe estar entre -1e15 y 1e15|deve estar entre -1e15 e 1e15|doit être compris entre -1e15 et 1e15
is too small to be told from 0|es demasiado pequeño para distinguirlo de 0|é pequeno demais para distinguir de 0|est trop petit pour être distingué de 0
is not what numerator and denominator give ({value})|no es lo que dan el numerador y el denominador ({value})|não é o que dão o numerador e o denominador ({value})|n’est pas ce que donnent le numérateur et le dénominateur ({value})
is required, or numerator and denominator|hace falta, o bien numerador y denominador|é necessário, ou numerador e denominador|est requis, ou bien numérateur et dénominateur
gives {value}|da {value}|dá {value}|donne {value}
{code} lies within {low} to {high} {unit}|{code} va de {low} a {high} {unit}|{code} vai de {low} a {high} {unit}|{code} va de {low} à {high} {unit}
{code} is a {statistic}: it is given as a value alone|{code} se da como un solo valor, sin numerador ni denominador|{code} é dado como um só valor, sem numerador nem denominador|{code} se donne comme une seule valeur, sans numérateur ni dénominateur
goes with the other of the two|va junto con el otro de los dos|vai junto com o outro dos dois|va avec l’autre des deux
must be greater than 0|debe ser mayor que 0|deve ser maior que 0|doit être supérieur à 0
must not be negative|no debe ser negativo|não deve ser negativo|ne doit pas être négatif
must not exceed the denominator: the indicator is a share|no debe superar al denominador: el indicador es una proporción|não deve superar o denominador: o indicador é uma proporção|ne doit pas dépasser le dénominateur : l’indicateur est une part
must be a period as {forms}|debe ser un período como {forms}|deve ser um período como {forms}|doit être une période comme {forms}
for {code} as {form}|para {code}, como {form}|para {code}, como {form}|pour {code}, comme {form}
{code} is {frequency}: its periods are written {form}|{code} se mide con otra frecuencia: sus períodos se escriben {form}|{code} é medido com outra frequência: seus períodos se escrevem {form}|{code} est mesuré à une autre fréquence : ses périodes s’écrivent {form}
longer periods are computed from them|los períodos más largos se calculan de ellos|os períodos mais longos são calculados a partir deles|les périodes plus longues en sont calculées
write {period} as text|escriba {period} como texto|escreva {period} como texto|écrivez {period} comme texte
a day is no period|un día no es un período|um dia não é um período|un jour n’est pas une période
this looks like the number behind a date: write the period as text|parece el número de una fecha: escriba el período como texto|parece o número de uma data: escreva o período como texto|cela ressemble au nombre d’une date : écrivez la période comme texte
the file is empty|el archivo está vacío|o arquivo está vazio|le fichier est vide
the file has more than {count} rows|el archivo tiene más de {count} filas|o arquivo tem mais de {count} linhas|le fichier a plus de {count} lignes
send it in parts|envíelo en partes|envie-o em partes|envoyez-le en plusieurs parties
the column {name} occurs twice (columns {first} and {second})|la columna {name} está dos veces (columnas {first} y {second})|a coluna {name} aparece duas vezes (colunas {first} e {second})|la colonne {name} apparaît deux fois (colonnes {first} et {second})
{name} is no known column|{name} no es una columna conocida|{name} não é uma coluna conhecida|{name} n’est pas une colonne connue
known: {names}|conocidas: {names}|conhecidas: {names}|connues : {names}
the column {name} is missing: the first row holds the names {names}, with the same separator as the other rows|falta la columna {name}: la primera fila lleva los nombres {names}, con el mismo separador que las demás filas|falta a coluna {name}: a primeira linha traz os nomes {names}, com o mesmo separador das demais linhas|il manque la colonne {name} : la première ligne porte les noms {names}, avec le même séparateur que les autres lignes
the first row has: {names}|la primera fila tiene: {names}|a primeira linha tem: {names}|la première ligne a : {names}
the file is no text in UTF-8, Windows-1252 or UTF-16 with its mark|el archivo no es texto en UTF-8, Windows-1252 ni UTF-16 con su marca|o arquivo não é texto em UTF-8, Windows-1252 nem UTF-16 com a sua marca|le fichier n’est pas du texte en UTF-8, Windows-1252 ou UTF-16 avec sa marque
save it as “CSV UTF-8”|guárdelo como «CSV UTF-8»|salve-o como «CSV UTF-8»|enregistrez-le en « CSV UTF-8 »
columns are separated by {mark}|las columnas están separadas por {mark}|as colunas estão separadas por {mark}|les colonnes sont séparées par {mark}
use a comma, a semicolon or a tab|use coma, punto y coma o tabulador|use vírgula, ponto e vírgula ou tabulação|utilisez une virgule, un point-virgule ou une tabulation
the file is in UTF-32|el archivo está en UTF-32|o arquivo está em UTF-32|le fichier est en UTF-32
the file is neither UTF-8 nor Windows-1252|el archivo no es UTF-8 ni Windows-1252|o arquivo não é UTF-8 nem Windows-1252|le fichier n’est ni UTF-8 ni Windows-1252
a quotation mark is out of place, or a cell is far too long ({error})|una comilla está fuera de lugar, o una celda es demasiado larga ({error})|uma aspa está fora do lugar, ou uma célula é longa demais ({error})|un guillemet n’est pas à sa place, ou une cellule est bien trop longue ({error})
a character is not {encoding}|un carácter no es {encoding}|um caractere não é {encoding}|un caractère n’est pas en {encoding}
the workbook is damaged ({error})|el libro está dañado ({error})|a pasta de trabalho está danificada ({error})|le classeur est endommagé ({error})
the workbook is damaged: its XML cannot be read|el libro está dañado: no se puede leer su XML|a pasta de trabalho está danificada: não se pode ler o seu XML|le classeur est endommagé : son XML est illisible
the workbook is damaged: a cell stands outside the sheet|el libro está dañado: una celda está fuera de la hoja|a pasta de trabalho está danificada: uma célula está fora da planilha|le classeur est endommagé : une cellule est hors de la feuille
the workbook unpacks to more than is read|el libro se expande a más de lo que se lee|a pasta de trabalho se expande além do que se lê|le classeur se décompresse au-delà de ce qui est lu
save it as CSV|guárdelo como CSV|salve-o como CSV|enregistrez-le en CSV
the workbook declares a document type, which no spreadsheet writes|el libro declara un tipo de documento, cosa que ninguna planilla hace|a pasta de trabalho declara um tipo de documento, o que nenhuma planilha faz|le classeur déclare un type de document, ce qu’aucun tableur ne fait
the sheet has too many merged cells|la hoja tiene demasiadas celdas combinadas|a planilha tem células mescladas demais|la feuille a trop de cellules fusionnées
the workbook has no sheet|el libro no tiene ninguna hoja|a pasta de trabalho não tem nenhuma planilha|le classeur n’a aucune feuille
the workbook has too many different texts|el libro tiene demasiados textos distintos|a pasta de trabalho tem textos diferentes demais|le classeur a trop de textes différents
The list is cut: {count} more errors are not listed|La lista está cortada: hay {count} errores más que no figuran|A lista está cortada: há mais {count} erros que não constam|La liste est coupée : {count} autres erreurs n’y figurent pas
The list is cut: there are more warnings|La lista está cortada: hay más avisos|A lista está cortada: há mais avisos|La liste est coupée : il y a d’autres avertissements
Some rows are wrong, so nothing was applied|Hay filas con errores, así que no se aplicó nada|Há linhas com erros, por isso nada foi aplicado|Des lignes sont fausses, rien n’a donc été appliqué
the file of errors names them.|el archivo de errores las nombra.|o arquivo de erros as nomeia.|le fichier d’erreurs les nomme.
the file needs more memory or time than an import may have: send it as CSV, in smaller parts|el archivo necesita más memoria o tiempo del que se permite: envíelo como CSV, en partes más chicas|o arquivo precisa de mais memória ou tempo do que se permite: envie-o como CSV, em partes menores|le fichier demande plus de mémoire ou de temps que permis : envoyez-le en CSV, en parties plus petites
the file is no longer in the store: send it again|el archivo ya no está guardado: envíelo otra vez|o arquivo já não está guardado: envie-o de novo|le fichier n’est plus conservé : envoyez-le de nouveau
there is real data of these communities and periods|hay datos verdaderos de estas comunidades y períodos|há dados verdadeiros destas comunidades e períodos|il y a des données réelles de ces communautés et périodes
the demonstration leaves it alone|la demostración no los toca|a demonstração não os toca|la démonstration n’y touche pas
is far from the series' own history (median {middle} of {count} values): check it, or add a note|está lejos de su propia serie (mediana {middle} de {count} valores): revíselo, o agregue una nota|está longe da própria série (mediana {middle} de {count} valores): verifique-o, ou acrescente uma nota|est loin de sa propre série (médiane {middle} de {count} valeurs) : vérifiez-la, ou ajoutez une note
1 period is missing between {first} and {second}|falta 1 período entre {first} y {second}|falta 1 período entre {first} e {second}|il manque 1 période entre {first} et {second}
{count} periods are missing between {first} and {second}|faltan {count} períodos entre {first} y {second}|faltam {count} períodos entre {first} e {second}|il manque {count} périodes entre {first} et {second}
"""  # noqa: E501 -- one phrase a line, in all its languages
COLUMNS = {"es": 1, "pt": 2, "fr": 3}


TO_AND_OR = {"es": ("a", "o"), "pt": ("a", "ou"), "fr": ("à", "ou")}
FOREIGN = ("code", "text", "name", "character", "error")
"""What may hold a semicolon, because it comes from the file; after anything else the next part of a reason begins."""


def _any(match: re.Match[str]) -> str:
    return f"(?P<{match[1]}>{'.' if match[1] in FOREIGN else '[^;]'}+?)"


@lru_cache(maxsize=4)
def _table(language: str) -> list[tuple[re.Pattern[str], str]]:
    found: list[tuple[re.Pattern[str], str]] = []
    for line in _PHRASES.strip().splitlines():
        texts = line.split("|")
        pattern = re.sub(r"\\{(\w+)\\}", _any, re.escape(texts[0]))
        found.append((re.compile(pattern, re.DOTALL), texts[COLUMNS[language]]))
    return found


@lru_cache(maxsize=4096)
def said_in(language: str, text: str) -> str:
    """A reason in a language; what has no translation stays English. Its parts may be said one by one."""
    if language not in COLUMNS:
        return text
    parts = text.split("; ")
    told = [_said(language, part) for part in parts]
    if None not in told:
        return "; ".join(part for part in told if part is not None)
    whole = _said(language, text)
    if whole is not None:
        return whole
    return "; ".join(said or part for said, part in zip(told, parts, strict=True))


def _said(language: str, text: str) -> str | None:
    for pattern, told in _table(language):
        match = pattern.fullmatch(text)
        if match is not None:
            return _filled(told, match.groupdict(), language)
    return None


def _filled(told: str, values: dict[str, str], language: str) -> str:
    if "forms" in values:
        to, either = TO_AND_OR[language]
        values = values | {"forms": values["forms"].replace(" to ", f" {to} ").replace(" or ", f" {either} ")}
    return re.sub(r"{(\w+)}", lambda match: values[match[1]], told)
