"""Asks a database, as an application would: over TLS, by its name. On the host, and shipped as it is into instances."""

import json
import ssl
import sys


def connect(engine, host, port, user, password, database, ca=None, timeout=5, check=True):
    """A connection, or the driver's own error. Without a `ca` the machine's own authorities are trusted. `check`: the name too."""
    tls = ssl.create_default_context(cafile=ca)
    tls.check_hostname = check
    if engine == "postgres":
        from pg8000 import dbapi

        made = dbapi.connect(host=host, port=port, user=user, password=password, database=database, ssl_context=tls, timeout=timeout)
        made.autocommit = True
        return made
    import pymysql

    return pymysql.connect(
        host=host, port=port, user=user, password=password, database=database, ssl=tls,
        connect_timeout=timeout, read_timeout=timeout, write_timeout=timeout, autocommit=True,
    )


def ask(connection, statement, *values):
    """Rows, as lists."""
    cursor = connection.cursor()
    cursor.execute(statement, values)
    return [list(row) for row in cursor.fetchall()] if cursor.description else []


if __name__ == "__main__":
    told = json.load(sys.stdin)
    with_connection = connect(**told["where"])
    print(json.dumps([ask(with_connection, statement) for statement in told["statements"]]))
