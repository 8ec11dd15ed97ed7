#!/usr/bin/env python3
# ruff: noqa: T201 -- a program that prints is what it is
"""Compute a published result again from its export, with nothing but Python, and compare.

    curl -o result.json 'https://…/api/v1/survey/results/mx-manzanillo/basis?year=2026'
    python recompute_score.py result.json

It reads the JSON of `/results/{community}/basis` or the CSV of `/results/{community}?format=csv`. Every score is
printed with what was published. Where the export holds what the groups said (for the coordinator and the secretariat),
the community's answers are computed from it, too, and its SHA-256 is compared with the published `answers_hash`.

Ends with 0 when everything agrees, 1 when something differs, 2 when the file cannot be read.
The rules: docs/formulas.md.
"""

import csv
import hashlib
import io
import json
import sys
from math import fsum, isclose
from pathlib import Path
from statistics import median

ALMOST = 1 - 1e-12  # weights such as 0.1 are no exact doubles


def read(text):
    """The export as one form: totals, pillars with points with measures, the scale, and what was said (or None)."""
    if text.lstrip().startswith("{"):
        return json.loads(text)
    return from_csv(list(csv.DictReader(io.StringIO(text))))


def from_csv(rows):
    def number(cell):
        return float(cell) if cell else None

    first = rows[0]
    found = {
        "community": first["community"],
        "year": int(first["year"]),
        "top": int(first["top"]),
        "coverage_threshold": float(first["coverage_threshold"]),
        "model_version": first["model_version"],
        "rule_version": first["rule_version"],
        "answers_hash": first["answers_hash"],
        "pillars": [],
        "basis": None,
        "demo": first["demo"] == "true",
    }
    for row in rows:
        part = {"code": row["code"], "score": number(row["score"]), "weight": number(row["weight"])}
        if row["element"] == "overall":
            found["overall"] = part["score"]
        elif row["element"] == "pillar":
            found["pillars"].append(part | {"points": []})
        elif row["element"] == "point":
            found["pillars"][-1]["points"].append(part | {"measures": [], "coverage": number(row["coverage"])})
        else:
            measure = part | {"value": number(row["value"]), "applicable": row["applicable"] == "true"}
            found["pillars"][-1]["points"][-1]["measures"].append(measure)
    return found


def mean(pairs):
    """Σ weight · score / Σ weight, never outside the scores; None without any pair."""
    if not pairs:
        return None
    found = fsum(weight * score for weight, score in pairs) / fsum(weight for weight, _ in pairs)
    return min(max(found, min(score for _, score in pairs)), max(score for _, score in pairs))


def mean_unless_missing(pairs):
    return None if any(score is None for _, score in pairs) else mean(pairs)


def answer_of(said):
    """The community's answer to a measure from what was agreed and said: (value, whether the measure applies)."""
    agreed = said["agreed"]
    if agreed and agreed["level"] is not None:
        return float(agreed["level"]), True
    if agreed and agreed["flag"] == "not_applicable":
        return None, False
    groups = said["groups"].values()
    medians = [float(median(group["levels"])) for group in groups if group["levels"]]
    waived = sum(1 for group in groups if not group["levels"] and group["not_applicable"])
    if 2 * waived > len(medians) + waived:
        return None, False
    return (fsum(medians) / len(medians) if medians else None), True


def recompute(found):
    """Every score again, as (what, computed, published) from the measures up."""
    said = found["basis"]["measures"] if found.get("basis") else {}
    pillars = []
    for pillar in found["pillars"]:
        points = []
        for point in pillar["points"]:
            applicable = answered = 0.0
            pairs = []
            for measure in point["measures"]:
                value, applies = measure["value"], measure["applicable"]
                if measure["code"] in said:
                    value, applies = answer_of(said[measure["code"]])
                    yield f"{measure['code']} answer", value, measure["value"]
                score = None if value is None else 100 * value / found["top"]
                yield measure["code"], score, measure["score"]
                applicable = fsum([applicable, measure["weight"] if applies else 0])
                if score is not None:
                    answered = fsum([answered, measure["weight"]])
                    pairs.append((measure["weight"], score))
            enough = applicable > 0 and answered >= found["coverage_threshold"] * applicable * ALMOST
            score = mean(pairs) if enough else None
            yield point["code"], score, point["score"]
            if applicable > 0:
                points.append((point["weight"], score))
        score = mean_unless_missing(points)
        yield pillar["code"], score, pillar["score"]
        if points:
            pillars.append((pillar["weight"], score))
    yield "overall", mean_unless_missing(pillars), found["overall"]


def agrees(computed, published):
    if computed is None or published is None:
        return computed is published
    return isclose(computed, published, rel_tol=1e-12, abs_tol=1e-12)


def hash_of(basis):
    """SHA-256 of the canonical JSON: sorted names, no spaces, UTF-8."""
    text = json.dumps(basis, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def main(arguments):
    if len(arguments) != 1:
        print(__doc__)
        return 2
    try:
        found = read(Path(arguments[0]).read_text(encoding="utf-8-sig"))
        rows = list(recompute(found))
    except (OSError, ValueError, KeyError, IndexError, TypeError, ArithmeticError) as error:
        print(f"This is no export that can be computed again: {error!r}")
        return 2
    if found.get("demo"):
        print("DEMO: made-up data")
    print(f"{found['community']} {found['year']}, model {found['model_version']}, rules {found['rule_version']}")
    differences = 0
    for what, computed, published in rows:
        is_same = agrees(computed, published)
        differences += not is_same
        print(f"{what:16} {computed!r:22} {'=' if is_same else f'DIFFERS from the published {published!r}'}")
    if found.get("basis"):
        own = hash_of(found["basis"])
        is_same = own == found["answers_hash"]
        differences += not is_same
        print(f"answers_hash     {own} {'=' if is_same else 'DIFFERS from ' + found['answers_hash']}")
    else:
        print(f"answers_hash     {found['answers_hash']} (what the groups said is not in this export)")
    print("Everything agrees." if not differences else f"{differences} of these differ.")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
