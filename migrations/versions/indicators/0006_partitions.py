"""Observations, their revisions and their roll-ups are kept by year. Nothing is copied but years of many rows."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES = ("observations", "revisions", "roll_ups")
COVERED = ("observations", "roll_ups")
COVERING = "indicator_code_period_community_code"
MANY = 10_000

MAKE_ONE = """
CREATE FUNCTION indicators.make_partition(whole text, year integer) RETURNS void LANGUAGE plpgsql
SET search_path = indicators, pg_temp AS $$
DECLARE
    part text := format('%s_%s', whole, year);
BEGIN
    EXECUTE format('LOCK TABLE %I IN SHARE ROW EXCLUSIVE MODE', whole || '_other');
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)', part, whole);
    EXECUTE format(
        'WITH moved AS (DELETE FROM %I WHERE period >= %L AND period < %L RETURNING *) '
        'INSERT INTO %I SELECT * FROM moved',
        whole || '_other', year::text, (year + 1)::text, part
    );
    EXECUTE format(
        'ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', whole, part, year::text, (year + 1)::text
    );
END
$$
"""
"""The year leaves the table that holds the rest: whoever writes to that waits meanwhile, whoever reads does not."""

LACKING = """
CREATE FUNCTION indicators.lacking_partitions(many bigint)
RETURNS TABLE (whole text, year integer) LANGUAGE plpgsql STABLE SET search_path = indicators, pg_temp AS $$
DECLARE
    present integer := extract(year FROM now() AT TIME ZONE 'UTC');
BEGIN
    FOREACH whole IN ARRAY ARRAY['observations', 'revisions', 'roll_ups'] LOOP
        FOR year IN EXECUTE format(
            'SELECT y FROM generate_series($1 - 1, $1 + 1) y UNION '
            'SELECT left(period, 4)::integer FROM %I GROUP BY 1 HAVING count(*) >= $2 ORDER BY 1', whole || '_other'
        ) USING present, many LOOP
            CONTINUE WHEN to_regclass(format('indicators.%I', format('%s_%s', whole, year))) IS NOT NULL;
            RETURN NEXT;
        END LOOP;
    END LOOP;
END
$$
"""

MAKE_ALL = """
CREATE FUNCTION indicators.make_partitions(many bigint) RETURNS text[] LANGUAGE plpgsql SECURITY DEFINER
SET search_path = indicators, pg_temp AS $$
DECLARE
    lacking record;
    made text[] := '{}';
BEGIN
    PERFORM pg_advisory_xact_lock(7701930002);
    FOR lacking IN SELECT * FROM lacking_partitions(many) LOOP
        PERFORM make_partition(lacking.whole, lacking.year);
        made := made || format('%s_%s', lacking.whole, lacking.year);
    END LOOP;
    RETURN made;
END
$$
"""
"""As whoever owns the tables, so that the service may have partitions made and nothing else."""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '10min'")
    for table in TABLES:
        _set_aside(table)
    _create_observations()
    _create_revisions()
    _create_roll_ups()
    for table in TABLES:
        op.execute(f"ALTER TABLE indicators.{table} ATTACH PARTITION indicators.{table}_other DEFAULT")
    for function in (MAKE_ONE, LACKING, MAKE_ALL):
        op.execute(function)
    op.execute("REVOKE EXECUTE ON FUNCTION indicators.make_partition(text, integer) FROM PUBLIC")
    lacking = op.get_bind().execute(
        sa.text("SELECT whole, year FROM indicators.lacking_partitions(:many)"), {"many": MANY}
    )
    for whole, year in lacking.all():  # one statement each, so that each has its ten minutes
        op.get_bind().execute(
            sa.text("SELECT indicators.make_partition(:whole, :year)"), {"whole": whole, "year": year}
        )


def _set_aside(table: str) -> None:
    """What is there becomes the partition of everything that has none of its own, as it is."""
    op.execute(f"ALTER TABLE indicators.{table} RENAME TO {table}_other")
    op.execute(f"ALTER TABLE indicators.{table}_other RENAME CONSTRAINT pk_{table} TO pk_{table}_other")
    if table in COVERED:
        op.execute(f"ALTER INDEX indicators.uq_{table}_{COVERING} RENAME TO uq_{table}_other_{COVERING}")


def _create_observations() -> None:
    op.create_table(
        "observations",
        sa.Column("community_code", sa.Text(), nullable=False),
        sa.Column("indicator_code", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(collation="C"), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("numerator", sa.Double(), nullable=True),
        sa.Column("denominator", sa.Double(), nullable=True),
        sa.Column("n", sa.BigInteger(), nullable=True),
        sa.Column("approved_revision", sa.Integer(), nullable=True),
        sa.Column("latest_revision", sa.Integer(), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint(
            "(value IS NULL) = (approved_revision IS NULL)", name=op.f("ck_observations_approved_value")
        ),
        sa.CheckConstraint("approved_revision <= latest_revision", name=op.f("ck_observations_approved_before_latest")),
        sa.PrimaryKeyConstraint("community_code", "indicator_code", "period", name=op.f("pk_observations")),
        schema="indicators",
        postgresql_partition_by="RANGE (period)",
    )
    _create_covering_index("observations")


def _create_revisions() -> None:
    op.create_table(
        "revisions",
        sa.Column("community_code", sa.Text(), nullable=False),
        sa.Column("indicator_code", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(collation="C"), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("numerator", sa.Double(), nullable=True),
        sa.Column("denominator", sa.Double(), nullable=True),
        sa.Column("n", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("indicator_version", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("recorded_by_name", sa.Text(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by_name", sa.Text(), nullable=True),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("n > 0", name=op.f("ck_revisions_units")),
        sa.CheckConstraint("revision > 0", name=op.f("ck_revisions_number")),
        sa.PrimaryKeyConstraint("community_code", "indicator_code", "period", "revision", name=op.f("pk_revisions")),
        schema="indicators",
        postgresql_partition_by="RANGE (period)",
    )


def _create_roll_ups() -> None:
    op.create_table(
        "roll_ups",
        sa.Column("community_code", sa.Text(), nullable=False),
        sa.Column("indicator_code", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(collation="C"), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("numerator", sa.Double(), nullable=True),
        sa.Column("denominator", sa.Double(), nullable=True),
        sa.Column("n", sa.BigInteger(), nullable=True),
        sa.Column("periods", sa.Integer(), nullable=False),
        sa.Column("plain_mean", sa.Boolean(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("community_code", "indicator_code", "period", name=op.f("pk_roll_ups")),
        schema="indicators",
        postgresql_partition_by="RANGE (period)",
    )
    _create_covering_index("roll_ups")


def _create_covering_index(table: str) -> None:
    op.create_index(
        f"uq_{table}_{COVERING}", table, ["indicator_code", "period", "community_code"], unique=True,
        schema="indicators", postgresql_include=["value", "demo"],
    )  # fmt: skip
