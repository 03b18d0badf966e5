//! A PostgreSQL database that is copied from or into.

use std::slice;

use deadpool_postgres::Object;
use keyward_rules::model::time::Timestamp;
use tokio_postgres::{Error, types::Type};

use super::Row;
use crate::{
    error::OpenError,
    migrate::{
        MigrateError,
        table::{Column, Dialect, Kind, Table},
    },
    postgres::{self, Address, described, sent, typed},
    statement,
    value::Value,
};

/// A connection.
pub(crate) struct Postgres {
    name: String,
    connection: Object,
}

impl Postgres {
    /// The database at `address`, its schema brought up to date.
    pub async fn open(address: &Address) -> Result<Self, MigrateError> {
        let opened = postgres::Postgres::open(address).await?;
        let connection = opened.connection().await.map_err(OpenError::Store)?;
        Ok(Postgres { name: address.to_string(), connection })
    }

    /// The same, if no node has said lately that it works on it. It cannot be locked: one that starts later is not noticed here.
    pub async fn left_alone(address: &Address) -> Result<Self, MigrateError> {
        let own = Self::open(address).await?;
        let held = "SELECT COUNT(*) FROM leases WHERE expires_at > CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)";
        let found = own.connection.query_typed_one(held, &[]).await.and_then(|row| row.try_get::<_, i64>(0));
        match found.map_err(|error| own.failed(&error))? {
            0 => Ok(own),
            _ => Err(MigrateError::Served(own.name)),
        }
    }

    /// The same, read from now on as it is at this moment, whatever is written meanwhile.
    pub async fn snapshot(address: &Address) -> Result<Self, MigrateError> {
        let own = Self::open(address).await?;
        let begun = own.connection.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await;
        begun.map_err(|error| own.failed(&error))?;
        Ok(own)
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// The store's epoch; 0 if it has none.
    pub async fn epoch(&self) -> Result<i64, MigrateError> {
        let found = self.connection.query_typed(statement::STANDING.postgres(), &[]).await;
        let read = found.and_then(|rows| rows.first().map_or(Ok(0), |row| row.try_get(0)));
        read.map_err(|error| self.failed(&error))
    }

    /// Writes into the store that it was put back, if `ends` with an end to every authorization; returns how many were live.
    pub async fn mark(&self, epoch: i64, ends: bool, now: Timestamp) -> Result<i64, MigrateError> {
        let (epoch, now) = (Value::from(epoch), Value::from(now.0));
        let write = async || -> Result<i64, Error> {
            self.connection.batch_execute("BEGIN").await?;
            let live = self.connection.query_typed_one(statement::LIVE_AUTHORIZATIONS.postgres(), &typed(slice::from_ref(&now))).await?;
            if ends {
                self.connection.execute_typed(statement::REVOKE_EVERYTHING.postgres(), &typed(slice::from_ref(&now))).await?;
            }
            self.connection.execute_typed(statement::RECOVERED.postgres(), &typed(&[epoch, now])).await?;
            self.connection.batch_execute("COMMIT").await?;
            live.try_get(0)
        };
        write().await.map_err(|error| self.failed(&error))
    }

    pub async fn page(&self, table: &Table, after: Option<&[Value]>, most: usize) -> Result<Vec<Row>, MigrateError> {
        let mut parameters = vec![Value::from(i64::try_from(most).unwrap_or(i64::MAX))];
        parameters.extend(after.unwrap_or_default().iter().map(key_cell));
        let found = self.connection.query_typed(&table.page(Dialect::Postgres, after.is_some()), &typed(&parameters)).await;
        let read = found.and_then(|rows| rows.iter().map(|row| cells(&table.columns, row)).collect());
        read.map_err(|error| self.failed(&error))
    }

    pub async fn count(&self, table: &Table) -> Result<u64, MigrateError> {
        let counted = self.connection.query_typed_one(&table.count(), &[]).await.and_then(|row| row.try_get::<_, i64>(0));
        counted.map(i64::unsigned_abs).map_err(|error| self.failed(&error))
    }

    /// One statement is a transaction by itself.
    pub async fn put(&self, table: &Table, rows: &[Row]) -> Result<(), MigrateError> {
        let parameters = arrays(&table.columns, rows);
        let done = self.connection.execute_typed(&table.put(Dialect::Postgres), &sent(&parameters)).await;
        done.map(drop).map_err(|error| self.failed(&error))
    }

    pub async fn remove(&self, table: &Table, keys: &[Row]) -> Result<(), MigrateError> {
        let parameters = arrays(table.key_columns(), keys);
        let done = self.connection.execute_typed(&table.remove(Dialect::Postgres), &sent(&parameters)).await;
        done.map(drop).map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &Error) -> MigrateError {
        MigrateError::Failed { database: self.name.clone(), cause: described(error) }
    }
}

/// A cell of a key to go on from; a text as its bytes.
fn key_cell(value: &Value) -> Value {
    match value {
        Value::Text(text) => Value::Bytes(text.clone().into_bytes()),
        other => other.clone(),
    }
}

/// The rows as an array for each column.
fn arrays(columns: &[Column], rows: &[Row]) -> Vec<(Vec<Value>, Type)> {
    let array = |(place, column): (usize, &Column)| {
        let cells = rows.iter().map(|row| row.get(place).cloned().unwrap_or(Value::Null)).collect();
        let kind = match column.kind {
            Kind::Integer => Type::INT8_ARRAY,
            Kind::Text => Type::TEXT_ARRAY,
            Kind::Bytes => Type::BYTEA_ARRAY,
        };
        (cells, kind)
    };
    columns.iter().enumerate().map(array).collect()
}

fn cells(columns: &[Column], row: &tokio_postgres::Row) -> Result<Row, Error> {
    let cell = |(place, column): (usize, &Column)| match column.kind {
        Kind::Integer => row.try_get::<_, Option<i64>>(place).map(Value::from),
        Kind::Text => row.try_get::<_, Option<String>>(place).map(Value::from),
        Kind::Bytes => row.try_get::<_, Option<Vec<u8>>>(place).map(Value::from),
    };
    columns.iter().enumerate().map(cell).collect()
}
