//! One connection, and how statements are sent on it.
//!
//! Without names, the database reads and plans a statement each time it is sent: the next one may go to another session of the database,
//! if a pooler is in between. With names, each connection has a statement prepared the first time, and only its values are sent later;
//! the database goes on with one plan once it finds that none made for the values is better.

use deadpool_postgres::Object;
use tokio_postgres::{
    Error, Row, Statement as Prepared,
    types::{ToSql, Type},
};

/// A parameter and the type it is sent as.
pub(super) type Parameter<'v> = (&'v (dyn ToSql + Sync), Type);

/// A connection of the pool, until it is dropped.
pub(super) struct Connection {
    object: Object,
    has_names: bool,
}

/// A statement that can be sent without asking the database anything before.
pub(super) enum Ready<'s> {
    Text(&'s str),
    Prepared(Prepared),
}

impl Connection {
    pub(super) fn new(object: Object, has_names: bool) -> Self {
        Connection { object, has_names }
    }

    pub(super) fn has_names(&self) -> bool {
        self.has_names
    }

    /// The connection as the pool lent it.
    pub(super) fn into_object(self) -> Object {
        self.object
    }

    /// Prepares a statement, if statements have names here.
    pub(super) async fn ready<'s>(&self, sql: &'s str, parameters: &[Parameter<'_>]) -> Result<Ready<'s>, Error> {
        if !self.has_names {
            return Ok(Ready::Text(sql));
        }
        let types: Vec<Type> = parameters.iter().map(|(_, kind)| kind.clone()).collect();
        self.object.prepare_typed_cached(sql, &types).await.map(Ready::Prepared)
    }

    /// Finds rows.
    pub(super) async fn query(&self, sql: &str, parameters: &[Parameter<'_>]) -> Result<Vec<Row>, Error> {
        match self.ready(sql, parameters).await? {
            Ready::Text(sql) => self.object.query_typed(sql, parameters).await,
            Ready::Prepared(prepared) => self.object.query(&prepared, &values(parameters)).await,
        }
    }

    /// Finds one row.
    pub(super) async fn query_one(&self, sql: &str) -> Result<Row, Error> {
        self.object.query_typed_one(sql, &[]).await
    }

    /// Returns how many rows it touched.
    pub(super) async fn execute(&self, sql: &str, parameters: &[Parameter<'_>]) -> Result<u64, Error> {
        self.execute_ready(&self.ready(sql, parameters).await?, parameters).await
    }

    /// The same, sent as soon as it is polled.
    pub(super) async fn execute_ready(&self, statement: &Ready<'_>, parameters: &[Parameter<'_>]) -> Result<u64, Error> {
        match statement {
            Ready::Text(sql) => self.object.execute_typed(sql, parameters).await,
            Ready::Prepared(prepared) => self.object.execute(prepared, &values(parameters)).await,
        }
    }

    /// Says `sql`, which has no parameters and finds nothing.
    pub(super) async fn say(&self, sql: &str) -> Result<(), Error> {
        self.object.batch_execute(sql).await
    }
}

fn values<'v>(parameters: &[Parameter<'v>]) -> Vec<&'v (dyn ToSql + Sync)> {
    parameters.iter().map(|(value, _)| *value).collect()
}
