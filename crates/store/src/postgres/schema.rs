//! The schema of a PostgreSQL database, brought up to date by whichever node comes first.
//!
//! Each step is a transaction of its own that holds the one row of `schema_version` meanwhile: nodes that start at once wait for
//! each other there, and then find nothing left to do. A step only adds, so that a node of the version before goes on beside it.

use deadpool_postgres::Object;
use tokio_postgres::{Error, error::SqlState};

use super::{
    Address,
    connections::{Failed, described, failed},
};
use crate::{error::OpenError, migrations};

/// How often it is tried when nodes are in each other's way.
const ATTEMPTS: usize = 20;

/// Takes the steps that are missing.
///
/// # Errors
/// The schema is newer than this program, or the database refuses a step.
pub(super) async fn bring_up_to_date(connection: &mut Object, address: &Address) -> Result<(), OpenError> {
    let refused = |error: &Error| {
        let cause = format!("{}; see that the user in store.url may make and change tables there, and start again", described(error));
        OpenError::Unreachable { database: address.to_string(), cause }
    };
    let mut last = None;
    for _ in 0..ATTEMPTS {
        match steps(connection).await {
            Ok(version) if version > migrations::newest() => {
                let (database, found, known) = (address.to_string(), version, migrations::newest());
                return Err(OpenError::NewerSchema { database, found, known });
            }
            Ok(_) => return Ok(()),
            Err(error) if matches!(failed(&error), Failed::Serialization) || is_made_by_another(&error) => last = Some(error),
            Err(error) => return Err(refused(&error)),
        }
    }
    let cause = match last.as_ref().and_then(Error::as_db_error).filter(|said| said.code() == &SqlState::DUPLICATE_TABLE) {
        Some(said) => format!("{}, and is not Keyward's; name a database in store.url that no other program has tables in", said.message()),
        None => "other nodes are changing its schema again and again; start this one later".to_owned(),
    };
    Err(OpenError::Unreachable { database: address.to_string(), cause })
}

async fn steps(connection: &mut Object) -> Result<i64, Error> {
    connection
        .batch_execute(
            "CREATE TABLE IF NOT EXISTS schema_version (id BIGINT NOT NULL PRIMARY KEY, version BIGINT NOT NULL);
             INSERT INTO schema_version (id, version) VALUES (1, 0) ON CONFLICT DO NOTHING",
        )
        .await?;
    loop {
        let transaction = connection.transaction().await?;
        let found = transaction.query_typed_one("SELECT version FROM schema_version WHERE id = 1 FOR UPDATE", &[]).await?;
        let taken: i64 = found.try_get(0)?;
        let Some(step) = usize::try_from(taken).ok().and_then(|taken| migrations::STEPS.get(taken)) else {
            transaction.rollback().await?;
            return Ok(taken);
        };
        transaction.batch_execute(step).await?;
        transaction.batch_execute("UPDATE schema_version SET version = version + 1 WHERE id = 1").await?;
        transaction.commit().await?;
    }
}

/// Two nodes that make a table at once get in each other's way, even where both would not mind if it were there.
fn is_made_by_another(error: &Error) -> bool {
    error.code().is_some_and(|code| [SqlState::UNIQUE_VIOLATION, SqlState::DUPLICATE_TABLE, SqlState::DUPLICATE_OBJECT].contains(code))
}
