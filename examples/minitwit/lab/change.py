#!/usr/bin/env python3
"""Parts B, C and D of the lab: what a student changes in Flask's MiniTwit so that it uses a MySQL database.

Usage: change.py FOLDER, the one that holds minitwit.py and schema.sql.
"""

import re
import sys
from pathlib import Path

# Part B: the library, the connection, and cursors where SQLite's connection did their work. Part C: nothing is known but by the environment.
PROGRAM = [
    ("from sqlite3 import dbapi2 as sqlite3\n", "import mysql.connector\nfrom os import environ\n"),
    (
        "sqlite3.connect(app.config['DATABASE'])",
        "mysql.connector.connect(\n            host=environ['DB_HOST'], user=environ['DB_USER'],\n"
        "            password=environ['DB_PASSWD'], database=environ['DB_NAME'])",
    ),
    ("        top.sqlite_db.row_factory = sqlite3.Row\n", ""),
    (
        "        db.cursor().executescript(f.read())\n",
        "        for statement in f.read().split(';'):\n            if statement.strip():\n                db.cursor().execute(statement)\n",
    ),
    ("    cur = get_db().execute(query, args)\n", "    cur = get_db().cursor(dictionary=True)\n    cur.execute(query, args)\n"),
    ("    return rv[0] if rv else None\n", "    return rv['user_id'] if rv else None\n"),
    ("db.execute(", "db.cursor(dictionary=True).execute("),
]


def change(file, edit):
    before = file.read_text()
    after = edit(before)
    if before == after:
        sys.exit(f"{file} is not as the lab expects it")
    file.write_text(after)


def program(text):
    for old, new in PROGRAM:
        if old not in text:
            sys.exit(f"minitwit.py lacks {old!r}")
        text = text.replace(old, new)
    # Part D: %s is a parameter, not ?. A question mark in the address of a picture stays.
    return re.sub(r"\?(?!d=)", "%s", text)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    change(folder / "minitwit.py", program)
    change(folder / "schema.sql", lambda text: text.replace("autoincrement", "auto_increment"))
