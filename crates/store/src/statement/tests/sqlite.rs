//! The trials on SQLite: each on a database of its own, in memory.

use rusqlite::{Connection, params_from_iter, types::ValueRef};

use super::*;

pub fn run(statement: &'static Statement, values: &[Value]) -> Done {
    let connection = database();
    let before = cells(&connection);
    let (mut rows, mut touched) = (Vec::new(), 0);
    if is_question(statement) {
        rows = found(&connection, statement.sqlite(), values).iter().map(|row| row.join(", ")).collect();
    } else {
        touched = u64::try_from(connection.execute(statement.sqlite(), params_from_iter(values)).unwrap()).unwrap();
    }
    Done { before, after: cells(&connection), found: rows, touched }
}

pub fn database() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    for step in migrations::STEPS {
        connection.execute_batch(&migrations::for_sqlite(step)).unwrap();
    }
    connection.execute_batch(ROWS).unwrap();
    connection.execute_batch(devices::ROWS).unwrap();
    connection
}

fn shown(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "null".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => format!("real {number}"),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        ValueRef::Blob(bytes) => bytes.iter().map(|byte| format!("x{byte:02x}")).collect(),
    }
}

pub fn found(connection: &Connection, sql: &str, values: &[Value]) -> Vec<Vec<String>> {
    let mut prepared = connection.prepare(sql).unwrap();
    let width = prepared.column_count();
    let rows = prepared.query_map(params_from_iter(values), |row| (0..width).map(|column| row.get_ref(column).map(shown)).collect());
    rows.unwrap().collect::<Result<_, _>>().unwrap()
}

fn cells(connection: &Connection) -> Cells {
    let mut cells = Cells::new();
    for table in TABLES {
        let columns = found(connection, "SELECT name FROM pragma_table_info($1)", &[table.into()]);
        for row in found(connection, &format!("SELECT * FROM {table}"), &[]) {
            for (name, cell) in columns.iter().zip(&row) {
                cells.insert(format!("{table}[{}].{}", row[0], name[0]), cell.clone());
            }
        }
    }
    cells
}
