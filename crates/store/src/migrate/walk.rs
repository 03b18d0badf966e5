//! Two tables walked side by side in the order of their keys: what differs shows as it is met.

use std::{cmp::Ordering, collections::VecDeque};

use super::{
    MigrateError, PORTION,
    side::{Row, Side},
    table::Table,
};

/// What is found at one key.
pub(super) enum Found {
    /// The same row on both sides.
    Same,
    /// A row that only the source has.
    Missing(Row),
    /// The source's row; the target has another of this key.
    Changed(Row),
    /// The key of a row that only the target has.
    Extra(Row),
}

/// A walk through one table.
pub(super) struct Walk<'w> {
    table: &'w Table,
    source: Cursor<'w>,
    target: Cursor<'w>,
}

impl<'w> Walk<'w> {
    pub fn through(table: &'w Table, source: &'w Side, target: &'w Side) -> Self {
        Walk { table, source: Cursor::at_start(source, table), target: Cursor::at_start(target, table) }
    }

    /// What is at the next key of either side.
    pub async fn next(&mut self) -> Result<Option<Found>, MigrateError> {
        self.source.fill().await?;
        self.target.fill().await?;
        let key = self.table.key;
        let order = match (self.source.key(), self.target.key()) {
            (None, None) => return Ok(None),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(here), Some(there)) => here.cmp(there),
        };
        Ok(match order {
            Ordering::Less => self.source.take().map(Found::Missing),
            Ordering::Greater => self.target.take().map(|mut row| {
                row.truncate(key);
                Found::Extra(row)
            }),
            Ordering::Equal => {
                let (here, there) = (self.source.take(), self.target.take());
                here.map(|row| if Some(&row) == there.as_ref() { Found::Same } else { Found::Changed(row) })
            }
        })
    }
}

/// A place in a table, which is read on from there as needed.
struct Cursor<'c> {
    side: &'c Side,
    table: &'c Table,
    rows: VecDeque<Row>,
    last: Option<Row>,
    is_over: bool,
}

impl<'c> Cursor<'c> {
    fn at_start(side: &'c Side, table: &'c Table) -> Self {
        Cursor { side, table, rows: VecDeque::new(), last: None, is_over: false }
    }

    async fn fill(&mut self) -> Result<(), MigrateError> {
        if self.rows.is_empty() && !self.is_over {
            self.rows = self.side.page(self.table, self.last.as_deref(), PORTION).await?.into();
            self.is_over = self.rows.len() < PORTION;
            self.last = self.rows.back().and_then(|row| row.get(..self.table.key)).map(<[_]>::to_vec);
        }
        Ok(())
    }

    /// The key of the row that comes next.
    fn key(&self) -> Option<&[crate::value::Value]> {
        self.rows.front().and_then(|row| row.get(..self.table.key))
    }

    fn take(&mut self) -> Option<Row> {
        self.rows.pop_front()
    }
}
