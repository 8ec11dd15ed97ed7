"""Communities and their ports, organisations, members, activities, agreements."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '10min'")
    op.create_table(
        "agreements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("titles", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("duration_months", sa.Integer(), nullable=True),
        sa.Column("document", sa.Text(), nullable=True),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "kind IN ('memorandum_of_understanding', 'technical_cooperation', 'charter', 'other')",
            name=op.f("ck_agreements_kind"),
        ),
        sa.CheckConstraint("expires_on IS NULL OR duration_months IS NULL", name=op.f("ck_agreements_one_end")),
        sa.CheckConstraint(
            "expires_on IS NULL OR expires_on >= opened_on", name=op.f("ck_agreements_opened_before_expires")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreements")),
        schema="registry",
    )
    op.create_index(
        op.f("ix_agreements_opened_on_id"), "agreements", ["opened_on", "id"], unique=False, schema="registry"
    )
    op.create_table(
        "communities",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("names", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=True),
        sa.Column("stage", sa.Text(), server_default="candidate", nullable=False),
        sa.Column("stage_since", sa.Date(), nullable=True),
        sa.Column("website", sa.Text(), nullable=True),
        sa.Column(
            "descriptions", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("contacts", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("languages", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("size_class", sa.Text(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('port', 'country')", name=op.f("ck_communities_kind")),
        sa.CheckConstraint(
            "stage IN ('candidate', 'conceptualization', 'mobilization', 'strategic_planning', 'constituted', "
            "'consolidated', 'dormant')",
            name=op.f("ck_communities_stage"),
        ),
        sa.CheckConstraint("(lat IS NULL) = (lon IS NULL)", name=op.f("ck_communities_whole_location")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_communities")),
        schema="registry",
    )
    op.create_index(op.f("ix_communities_country"), "communities", ["country"], unique=False, schema="registry")
    op.create_table(
        "countries",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("names", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_countries")),
        schema="registry",
    )
    op.create_table(
        "organizations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("website", sa.Text(), nullable=True),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "kind IN ('port_authority', 'maritime_authority', 'customs', 'sps', 'health', 'police', 'ministry', "
            "'municipality', 'terminal_operator', 'stevedore', 'nautical_services', 'shipping_line', "
            "'shipping_agent', 'freight_forwarder', 'customs_broker', 'trucker', 'rail_operator', 'empty_depot', "
            "'bonded_warehouse', 'exporter', 'importer', 'chamber', 'university', 'consultant', 'it_provider', "
            "'labour', 'multilateral')",
            name=op.f("ck_organizations_kind"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organizations")),
        schema="registry",
    )
    op.create_index(op.f("ix_organizations_country"), "organizations", ["country"], unique=False, schema="registry")
    op.create_index(
        op.f("ix_organizations_search_id"), "organizations", ["search", "id"], unique=False, schema="registry"
    )
    op.create_index(
        "uq_organizations_name_key_country", "organizations", ["name_key", "country"], unique=True, schema="registry"
    )
    op.create_table(
        "activities",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("community_code", sa.Text(), nullable=True),
        sa.Column("titles", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("participants", sa.Integer(), nullable=True),
        sa.Column("funding_source", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("documents", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "kind IN ('diagnosis_workshop', 'support_group', 'training_workshop', 'technical_visit', "
            "'strategic_plan', 'regional_meeting')",
            name=op.f("ck_activities_kind"),
        ),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_activities_starts_before_ends")),
        sa.CheckConstraint("participants >= 0", name=op.f("ck_activities_participants")),
        sa.ForeignKeyConstraint(
            ["community_code"], ["registry.communities.code"], name=op.f("fk_activities_community_code_communities")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activities")),
        schema="registry",
    )
    op.create_index(
        op.f("ix_activities_community_code"), "activities", ["community_code"], unique=False, schema="registry"
    )
    op.create_index(
        op.f("ix_activities_starts_on_id"), "activities", ["starts_on", "id"], unique=False, schema="registry"
    )
    op.create_table(
        "memberships",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("community_code", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("post", sa.Text(), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("focal_point", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "to_on IS NULL OR from_on IS NULL OR to_on >= from_on", name=op.f("ck_memberships_from_before_to")
        ),
        sa.ForeignKeyConstraint(
            ["community_code"], ["registry.communities.code"], name=op.f("fk_memberships_community_code_communities")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["registry.organizations.id"],
            name=op.f("fk_memberships_organization_id_organizations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
        schema="registry",
    )
    op.create_index(
        op.f("ix_memberships_community_code_id"),
        "memberships",
        ["community_code", "id"],
        unique=False,
        schema="registry",
    )
    op.create_index(
        op.f("ix_memberships_organization_id"), "memberships", ["organization_id"], unique=False, schema="registry"
    )
    op.create_table(
        "ports",
        sa.Column("community_code", sa.Text(), nullable=False),
        sa.Column("unlocode", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("inferred", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.CheckConstraint("role IN ('primary', 'secondary')", name=op.f("ck_ports_role")),
        sa.ForeignKeyConstraint(
            ["community_code"], ["registry.communities.code"], name=op.f("fk_ports_community_code_communities")
        ),
        sa.PrimaryKeyConstraint("community_code", "unlocode", name=op.f("pk_ports")),
        schema="registry",
    )
    op.create_index(
        "uq_ports_primary",
        "ports",
        ["community_code"],
        unique=True,
        schema="registry",
        postgresql_where=sa.text("role = 'primary'"),
    )
    op.create_table(
        "signatures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("signatory", sa.Text(), nullable=False),
        sa.Column("post", sa.Text(), nullable=True),
        sa.Column("community_code", sa.Text(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "community_code IS NOT NULL OR organization_id IS NOT NULL", name=op.f("ck_signatures_for_somebody")
        ),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["registry.agreements.id"], name=op.f("fk_signatures_agreement_id_agreements")
        ),
        sa.ForeignKeyConstraint(
            ["community_code"], ["registry.communities.code"], name=op.f("fk_signatures_community_code_communities")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["registry.organizations.id"], name=op.f("fk_signatures_organization_id_organizations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signatures")),
        schema="registry",
    )
    op.create_index(
        op.f("ix_signatures_agreement_id_signed_on_id"),
        "signatures",
        ["agreement_id", "signed_on", "id"],
        unique=False,
        schema="registry",
    )
    op.create_index(
        op.f("ix_signatures_community_code"), "signatures", ["community_code"], unique=False, schema="registry"
    )
    op.create_index(
        op.f("ix_signatures_organization_id"), "signatures", ["organization_id"], unique=False, schema="registry"
    )
    op.create_table(
        "stage_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("community_code", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_code"], ["registry.communities.code"], name=op.f("fk_stage_changes_community_code_communities")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage_changes")),
        schema="registry",
    )
    op.create_index(
        op.f("ix_stage_changes_community_code_recorded_at"),
        "stage_changes",
        ["community_code", "recorded_at"],
        unique=False,
        schema="registry",
    )
