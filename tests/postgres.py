"""A real PostgreSQL for a test process, whose databases are emptied and used again.

Making and dropping a database a test cost 60 to 90 ms of a core and 12 MB; emptying one costs a tenth, and thousands
of tests want one.
"""

import itertools
import os

import psycopg
from psycopg import sql

from audit.db.engine import Database
from audit.db.migrate import migrate

_SHAPE = """
SELECT (SELECT string_agg(relname, ',' ORDER BY relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace)
    || (SELECT string_agg(tgname, ',' ORDER BY tgname) FROM pg_trigger WHERE NOT tgisinternal)
"""
_END_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_TABLES = """
SELECT relname FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0 ORDER BY relname
"""
_ANEW = (
    "SELECT setval(format('%I.%I', schemaname, sequencename), 1, false) FROM pg_sequences WHERE last_value IS NOT NULL"
)


class PostgresServer:
    """The server at `uri` with a migrated template; `take` gives the address of an empty database, `put_back` takes it
    again."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._names = itertools.count()
        self._free: list[str] = []
        self._connections: dict[str, psycopg.Connection] = {}  # kept: a new one reads the whole catalogue again
        self._admin = psycopg.connect(uri, autocommit=True)
        self._admin.execute("CREATE DATABASE template_rounds")
        template = Database(self._address("template_rounds"))
        migrate(template)
        template.close()
        with psycopg.connect(self._of("template_rounds"), autocommit=True) as connection:
            self._shape = _shape(connection)
            self._kept = _keep(connection)

    def take(self) -> str:
        """The address of a database as `migrate` leaves it."""
        if not self._free:
            name = f"t{os.getpid()}_{next(self._names)}"
            self._admin.execute(f"CREATE DATABASE {name} TEMPLATE template_rounds STRATEGY FILE_COPY")
            self._connections[name] = psycopg.connect(self._of(name), autocommit=True)
            self._free.append(name)
        return self._address(self._free.pop())

    def put_back(self, address: str) -> None:
        """Empty a database for the next test; one with another schema than the template's is dropped."""
        name = address.partition("?")[0].rpartition("/")[2]
        connection = self._connections[name]
        connection.execute(_END_OTHERS)
        if _shape(connection) == self._shape:
            self._empty(connection)
            self._free.append(name)
        else:
            self._connections.pop(name).close()
            self._admin.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _empty(self, connection: psycopg.Connection) -> None:
        """Make a used database like the template.

        As a replica no trigger asks: neither foreign keys nor the history that refuses to be deleted. The vacuum gives
        the files back: rows that are read without an order come as they were written, as in a new database.
        """
        used = [name for (name,) in connection.execute(_TABLES).fetchall()]
        steps = [sql.SQL("SET session_replication_role = replica")]
        steps += [sql.SQL("DELETE FROM {}").format(_table(name)) for name in used]
        connection.execute(sql.SQL("; ").join([*steps, sql.SQL(_ANEW)]))
        tables = sql.SQL(", ").join(map(_table, used))
        connection.execute(sql.SQL("VACUUM (TRUNCATE, INDEX_CLEANUP ON) {}").format(tables))
        for name in self._kept:
            connection.execute(
                sql.SQL("INSERT INTO {} SELECT * FROM {}").format(_table(name), sql.Identifier("pristine", name))
            )

    def bare(self) -> str:
        """The address of a database without a table."""
        name = f"t{os.getpid()}_{next(self._names)}"
        self._admin.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        return self._address(name)

    def close(self) -> None:
        """Give the connections back."""
        for connection in (self._admin, *self._connections.values()):
            connection.close()

    def _of(self, name: str) -> str:
        return self._uri.replace("/postgres?", f"/{name}?")

    def _address(self, name: str) -> str:
        return self._of(name).replace("postgresql://", "postgresql+psycopg://")


def _shape(connection: psycopg.Connection) -> str:
    row = connection.execute(_SHAPE).fetchone()
    assert row
    return str(row[0])


def _keep(connection: psycopg.Connection) -> set[str]:
    """Keep the rows that migrations wrote in a schema of their own; returns the names of their tables."""
    connection.execute("CREATE SCHEMA pristine")
    found = {name for (name,) in connection.execute(_TABLES).fetchall()}
    for name in found:
        connection.execute(
            sql.SQL("CREATE TABLE {} AS TABLE {}").format(sql.Identifier("pristine", name), _table(name))
        )
    return found


def _table(name: str) -> sql.Identifier:
    return sql.Identifier("public", name)
