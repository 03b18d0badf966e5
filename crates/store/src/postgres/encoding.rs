//! Values to PostgreSQL's types and back: BIGINT, TEXT and BYTEA.

use std::error::Error;

use bytes::BytesMut;
use tokio_postgres::{
    Column, Row,
    types::{IsNull, ToSql, Type, to_sql_checked},
};

use crate::{
    error::StoreError,
    statement::Statement,
    value::{Columns, Value},
};

/// The values with the types they are sent as. What NULL is, the database finds out.
pub(crate) fn typed(values: &[Value]) -> Vec<(&(dyn ToSql + Sync), Type)> {
    let with_type = |value: &Value| match value {
        Value::Null => Type::UNKNOWN,
        Value::Integer(_) => Type::INT8,
        Value::Text(_) => Type::TEXT,
        Value::Bytes(_) => Type::BYTEA,
    };
    values.iter().map(|value| (value as &(dyn ToSql + Sync), with_type(value))).collect()
}

/// One parameter's values as an array. Of nothing but NULL, the database would not find out what it is: it is sent as one of bytes, as
/// every id is.
pub(crate) fn array(values: Vec<&Value>) -> (Vec<&Value>, Type) {
    let kind = values.iter().find_map(|value| match value {
        Value::Null => None,
        Value::Integer(_) => Some(Type::INT8_ARRAY),
        Value::Text(_) => Some(Type::TEXT_ARRAY),
        Value::Bytes(_) => Some(Type::BYTEA_ARRAY),
    });
    (values, kind.unwrap_or(Type::BYTEA_ARRAY))
}

/// Parameters that have their type already.
pub(crate) fn sent<T: ToSql + Sync>(parameters: &[(T, Type)]) -> Vec<(&(dyn ToSql + Sync), Type)> {
    parameters.iter().map(|(value, kind)| (value as &(dyn ToSql + Sync), kind.clone())).collect()
}

impl ToSql for Value {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Value::Null => Ok(IsNull::Yes),
            Value::Integer(value) => value.to_sql(kind, out),
            Value::Text(text) => text.to_sql(kind, out),
            Value::Bytes(bytes) => bytes.to_sql(kind, out),
        }
    }

    // Each is sent with the type that [`typed`] gives it.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// A row that `statement` has found, from the column `first` on.
pub(super) fn columns(statement: &Statement, row: &Row, first: usize) -> Result<Columns, StoreError> {
    let value = |(place, column): (usize, &Column)| {
        let read = match *column.type_() {
            Type::INT8 => row.try_get::<_, Option<i64>>(place).map(Value::from),
            Type::TEXT => row.try_get::<_, Option<String>>(place).map(Value::from),
            Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(place).map(Value::from),
            _ => return Err(StoreError::Corrupt { table: statement.table, column: place }),
        };
        read.map_err(|_| StoreError::Corrupt { table: statement.table, column: place })
    };
    let values = row.columns().iter().enumerate().skip(first).map(value).collect::<Result<Vec<_>, _>>()?;
    Ok(Columns::new(statement.table, values))
}
