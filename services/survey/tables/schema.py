"""What all tables of the survey schema share."""

from sqlalchemy import ForeignKeyConstraint

from shared.database import Schema

SCHEMA = Schema("survey")
Base = SCHEMA.base()


def of_an_assessment() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["year", "community_code"], ["survey.assessments.year", "survey.assessments.community_code"]
    )
