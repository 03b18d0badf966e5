//! The requests that end many objects at once, as long as one that is made meanwhile may be ended by them.

use super::concern::Reach;
use crate::journal::OperationId;

/// Such a request.
#[derive(Debug, Clone, Copy)]
pub struct End {
    /// Its number.
    pub operation: OperationId,
    /// What it ends.
    pub reach: Reach,
    unknown: bool,
    /// The latest request that had been sent when it was over.
    closed: Option<OperationId>,
}

impl End {
    /// Whether it can take effect no more.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed.is_some()
    }
}

/// Those that matter.
#[derive(Debug, Default)]
pub struct Ends(Vec<End>);

impl Ends {
    /// One is about to be sent.
    pub fn begin(&mut self, operation: OperationId, reach: Reach) {
        self.0.push(End { operation, reach, unknown: false, closed: None });
    }

    /// It was acknowledged when `latest` had been sent.
    pub fn close(&mut self, operation: OperationId, latest: OperationId) {
        if let Some(end) = self.0.iter_mut().find(|end| end.operation == operation) {
            end.closed = Some(latest);
        }
    }

    /// Nobody knows what became of it.
    pub fn unknown(&mut self, operation: OperationId) {
        if let Some(end) = self.0.iter_mut().find(|end| end.operation == operation) {
            end.unknown = true;
        }
    }

    /// It was not carried out.
    pub fn void(&mut self, operation: OperationId) {
        self.0.retain(|end| end.operation != operation);
    }

    /// Those up to `up_to` that are unknown can take effect no more.
    pub fn settle(&mut self, up_to: OperationId, latest: OperationId) {
        for end in self.0.iter_mut().filter(|end| end.unknown && end.operation <= up_to) {
            end.closed.get_or_insert(latest);
        }
    }

    /// Drops those that were over before `oldest` was sent, the oldest request that is not.
    pub fn prune(&mut self, oldest: OperationId) {
        self.0.retain(|end| end.closed.is_none_or(|closed| closed >= oldest));
    }

    /// Those that can still take effect.
    pub fn under_way(&self) -> impl Iterator<Item = End> {
        self.0.iter().copied().filter(|end| !end.is_closed())
    }

    /// Those that could take effect after `operation` was sent.
    pub fn since(&self, operation: OperationId) -> impl Iterator<Item = End> {
        self.0.iter().copied().filter(move |end| end.closed.is_none_or(|closed| closed >= operation))
    }
}
