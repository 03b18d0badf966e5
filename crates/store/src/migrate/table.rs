//! The tables that are copied, read from the schema itself so that none can be forgotten, and the statements on them.

use rusqlite::Connection;

use crate::migrations;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Integer,
    Text,
    Bytes,
}

/// One column.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub name: String,
    pub kind: Kind,
}

/// One table: its columns, those of the primary key first and in its order.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub name: String,
    pub(super) columns: Vec<Column>,
    /// How many of them are the key.
    pub(super) key: usize,
}

/// Which words a database wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
}

/// All tables that are copied.
#[derive(Clone, Debug)]
pub(crate) struct Tables {
    /// By which one store is told from another. It is copied first.
    pub keys: Table,
    /// Those in between.
    others: Vec<Table>,
    /// Whose one row says that a store is whole. It is copied last.
    pub store: Table,
}

/// What is not copied: it ends by itself, and nobody holds it in the new place.
const LEFT_OUT: &str = "leases";

impl Tables {
    /// Reads them from the schema.
    pub fn read() -> rusqlite::Result<Self> {
        let scratch = Connection::open_in_memory()?;
        for step in migrations::STEPS {
            scratch.execute_batch(&migrations::for_sqlite(step))?;
        }
        let others = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('keys', 'store', ?1) ORDER BY rowid";
        let mut prepared = scratch.prepare(others)?;
        let others =
            prepared.query_map([LEFT_OUT], |row| row.get(0))?.map(|name| Table::read(&scratch, name?)).collect::<Result<_, _>>()?;
        Ok(Tables { keys: Table::read(&scratch, "keys".to_owned())?, others, store: Table::read(&scratch, "store".to_owned())? })
    }

    /// All but the last.
    pub fn but_store(&self) -> impl Iterator<Item = &Table> {
        std::iter::once(&self.keys).chain(&self.others)
    }
}

impl Table {
    fn read(scratch: &Connection, name: String) -> rusqlite::Result<Self> {
        let mut prepared = scratch.prepare("SELECT name, type, pk FROM pragma_table_info(?1) ORDER BY pk = 0, pk, cid")?;
        let columns = prepared.query_map([&name], |row| {
            let kind = match row.get::<_, String>(1)?.as_str() {
                "BIGINT" => Kind::Integer,
                "BYTEA" => Kind::Bytes,
                _ => Kind::Text,
            };
            Ok((Column { name: row.get(0)?, kind }, row.get::<_, i64>(2)? > 0))
        })?;
        let columns = columns.collect::<rusqlite::Result<Vec<_>>>()?;
        let key = columns.iter().filter(|(_, is_key)| *is_key).count();
        Ok(Table { name, columns: columns.into_iter().map(|(column, _)| column).collect(), key })
    }

    pub(super) fn key_columns(&self) -> &[Column] {
        self.columns.get(..self.key).unwrap_or_default()
    }

    /// At most `$1` rows in the order of their keys; those after the key `$2`, `$3`, … if `is_after`. PostgreSQL takes a text there as
    /// its bytes.
    pub(super) fn page(&self, dialect: Dialect, is_after: bool) -> String {
        let order = list(self.key_columns().iter().map(|column| match (dialect, column.kind) {
            // As bytes, whatever order the database has for people.
            (Dialect::Postgres, Kind::Text) => format!("CONVERT_TO({}, 'UTF8')", column.name),
            _ => column.name.clone(),
        }));
        let after = list((0..self.key).map(|place| parameter(dialect, place + 2)));
        let filter = if is_after { format!(" WHERE ({order}) > ({after})") } else { String::new() };
        format!("SELECT {} FROM {}{filter} ORDER BY {order} LIMIT {}", self.names(), self.name, parameter(dialect, 1))
    }

    /// How many rows there are.
    pub(super) fn count(&self) -> String {
        format!("SELECT COUNT(*) FROM {}", self.name)
    }

    /// Puts rows, in the place of those with the same key. SQLite takes one row, a parameter for each column; PostgreSQL any
    /// number of them, an array for each column.
    pub(super) fn put(&self, dialect: Dialect) -> String {
        let values = match dialect {
            Dialect::Sqlite => format!("VALUES ({})", list((1..=self.columns.len()).map(|place| parameter(dialect, place)))),
            Dialect::Postgres => format!("SELECT * FROM {}", unnested(&self.columns)),
        };
        let rest = self.columns.get(self.key..).unwrap_or_default();
        let replaced = list(rest.iter().map(|column| format!("{0} = excluded.{0}", column.name)));
        let action = if rest.is_empty() { "NOTHING".to_owned() } else { format!("UPDATE SET {replaced}") };
        format!("INSERT INTO {} ({}) {values} ON CONFLICT ({}) DO {action}", self.name, self.names(), names(self.key_columns()))
    }

    /// Removes the row with a key, or for PostgreSQL those with any of the keys.
    pub(super) fn remove(&self, dialect: Dialect) -> String {
        let key = names(self.key_columns());
        match dialect {
            Dialect::Sqlite => {
                let values = list((1..=self.key).map(|place| parameter(dialect, place)));
                format!("DELETE FROM {} WHERE ({key}) = ({values})", self.name)
            }
            Dialect::Postgres => format!("DELETE FROM {} WHERE ({key}) IN (SELECT * FROM {})", self.name, unnested(self.key_columns())),
        }
    }

    /// All that is said to PostgreSQL about it.
    #[cfg(test)]
    pub fn said_to_postgres(&self) -> [String; 5] {
        let own = Dialect::Postgres;
        [self.page(own, false), self.page(own, true), self.count(), self.put(own), self.remove(own)]
    }

    fn names(&self) -> String {
        names(&self.columns)
    }
}

fn names(columns: &[Column]) -> String {
    list(columns.iter().map(|column| column.name.clone()))
}

/// Rows out of an array for each column, `$1` and on.
fn unnested(columns: &[Column]) -> String {
    let arrays = columns.iter().enumerate().map(|(place, column)| {
        let kind = match column.kind {
            Kind::Integer => "BIGINT",
            Kind::Text => "TEXT",
            Kind::Bytes => "BYTEA",
        };
        format!("CAST(${} AS {kind}[])", place + 1)
    });
    format!("UNNEST({}) AS sent", list(arrays))
}

fn parameter(dialect: Dialect, place: usize) -> String {
    match dialect {
        Dialect::Sqlite => format!("?{place}"),
        Dialect::Postgres => format!("${place}"),
    }
}

fn list(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn every_table_but_leases_is_copied_with_all_its_columns() {
        let tables = Tables::read().unwrap();
        let created = migrations::STEPS.iter().flat_map(|step| step.split("CREATE TABLE ").skip(1));
        let mut created: Vec<&str> = created.map(|rest| rest.split_whitespace().next().unwrap()).filter(|name| *name != "leases").collect();
        let mut copied: Vec<&str> = tables.but_store().chain([&tables.store]).map(|table| table.name.as_str()).collect();
        created.sort_unstable();
        copied.sort_unstable();
        assert_eq!(copied, created);
        let consents = tables.others.iter().find(|table| table.name == "consents").unwrap();
        assert_eq!((consents.columns.len(), consents.key), (7, 2));
        assert_eq!(
            consents.page(Dialect::Postgres, true),
            "SELECT user_id, client, epoch, scope, audience, granted_at, expires_at FROM consents \
             WHERE (user_id, CONVERT_TO(client, 'UTF8')) > ($2, $3) ORDER BY user_id, CONVERT_TO(client, 'UTF8') LIMIT $1"
        );
        assert_eq!(consents.remove(Dialect::Sqlite), "DELETE FROM consents WHERE (user_id, client) = (?1, ?2)");
    }
}
