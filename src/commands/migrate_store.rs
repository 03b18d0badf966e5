//! `keyward migrate-store`.

use std::path::absolute;

use keyward_store::{
    Place,
    migrate::{Copied, migrate},
};

use super::Failure;
use crate::{
    listing,
    progress::Shown,
    runtime::runtime,
    store_argument::{place, setting},
    terminal::{remark, say},
};

/// Copy a store into another database, of the same kind or the other; no server may be running on either.
///
/// FROM and TO are written like `[store] url`: sqlite:PATH, or postgres://USER@HOST:PORT/DATABASE. One with a password is the only line of a file and
/// named as @FILE, since everybody on this machine can read arguments. Relative paths start at the current folder.
///
/// TO has to be empty. When this is broken off, run it again: it goes on where it ended. At the end every cell of both is compared. FROM stays as it is. Whatever
/// is valid stays valid: give the servers the new URL, and the same root key.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example: keyward migrate-store sqlite:/var/lib/keyward/keyward.db @/etc/keyward/store.url")]
pub struct MigrateStore {
    /// The store to copy
    #[arg(value_name = "FROM")]
    from: String,
    /// The empty database to copy it into
    #[arg(value_name = "TO")]
    to: String,
}

impl MigrateStore {
    /// Does it.
    pub fn run(self) -> Result<(), Failure> {
        let (from, to) = (place(&self.from)?, place(&self.to)?);
        if from.is_shared() {
            remark(format_args!("Stop every server on {from} first: what it wrote after this would be missing."));
        }
        let shown = Shown::new();
        let copied = runtime()?.block_on(migrate(&from, &to, |progress| shown.show(progress)))?;
        drop(shown);
        let counts = |Copied { table, rows, written }: &Copied| [table.clone(), rows.to_string(), written.to_string()];
        say(listing::rows(["TABLE", "ROWS", "WRITTEN"], copied.iter().map(counts)).trim_fmt());
        say(format_args!("\nCopied {from} to {to}, and compared every cell: they are the same."));
        let line = match &to {
            Place::Sqlite(path) => setting(&format!("sqlite:{}", absolute(path).unwrap_or_else(|_| path.clone()).display())),
            Place::Postgres(_) => setting(&self.to),
        };
        say(format_args!(
            "Write this under [store] of every server, and leave its root key:\n  {line}\n{from} is as it was: serve it no more."
        ));
        Ok(())
    }
}
