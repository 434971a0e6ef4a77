"""comments by link: said by whoever holds a one-purpose link, under the name they give, without an account"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    with op.batch_alter_table("comment", reflect_kwargs={"resolve_fks": False}) as batch:
        batch.alter_column("account_id", existing_type=sa.Integer(), nullable=True)
        batch.add_column(sa.Column("delegation_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("name", sa.String(length=60), nullable=False, server_default=""))
        batch.create_foreign_key("fk_comment_delegation_id", "delegation", ["delegation_id"], ["id"])
        batch.create_index("ix_comment_delegation_id", ["delegation_id"])
