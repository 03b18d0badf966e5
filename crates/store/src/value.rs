//! Values as the databases share them: text, 64 bit integers, bytes, and nothing.

use crate::{error::StoreError, row::FromRow};

/// A parameter of a statement, or a column of a row. Text is ordered by its bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// SQL NULL.
    Null,
    /// BIGINT.
    Integer(i64),
    /// TEXT.
    Text(String),
    /// BYTEA, BLOB.
    Bytes(Vec<u8>),
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Value::Integer(value)
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Value::Integer(value.into())
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Value::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Value::Text(value)
    }
}

impl From<&[u8]> for Value {
    fn from(value: &[u8]) -> Self {
        Value::Bytes(value.to_vec())
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Value::Bytes(value)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

/// The columns of one row, read from left to right.
#[derive(Debug)]
pub struct Columns {
    table: &'static str,
    values: std::vec::IntoIter<Value>,
    read: usize,
}

impl Columns {
    pub(crate) fn new(table: &'static str, values: Vec<Value>) -> Self {
        Columns { table, values: values.into_iter(), read: 0 }
    }

    pub(crate) fn corrupt(&self) -> StoreError {
        StoreError::Corrupt { table: self.table, column: self.read.saturating_sub(1) }
    }

    fn next(&mut self) -> Value {
        self.read += 1;
        self.values.next().unwrap_or(Value::Null)
    }

    pub(crate) fn integer(&mut self) -> Result<i64, StoreError> {
        self.optional_integer()?.ok_or_else(|| self.corrupt())
    }

    pub(crate) fn optional_integer(&mut self) -> Result<Option<i64>, StoreError> {
        match self.next() {
            Value::Null => Ok(None),
            Value::Integer(value) => Ok(Some(value)),
            _ => Err(self.corrupt()),
        }
    }

    pub(crate) fn number(&mut self) -> Result<u32, StoreError> {
        u32::try_from(self.integer()?).map_err(|_| self.corrupt())
    }

    pub(crate) fn text(&mut self) -> Result<String, StoreError> {
        match self.next() {
            Value::Text(value) => Ok(value),
            _ => Err(self.corrupt()),
        }
    }

    pub(crate) fn bytes(&mut self) -> Result<Vec<u8>, StoreError> {
        self.optional_bytes()?.ok_or_else(|| self.corrupt())
    }

    pub(crate) fn optional_bytes(&mut self) -> Result<Option<Vec<u8>>, StoreError> {
        match self.next() {
            Value::Null => Ok(None),
            Value::Bytes(value) => Ok(Some(value)),
            _ => Err(self.corrupt()),
        }
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], StoreError> {
        self.bytes()?.try_into().map_err(|_| self.corrupt())
    }

    pub(crate) fn optional_array<const N: usize>(&mut self) -> Result<Option<[u8; N]>, StoreError> {
        self.optional_bytes()?.map(|bytes| bytes.try_into().map_err(|_| self.corrupt())).transpose()
    }

    pub(crate) fn optional_text(&mut self) -> Result<Option<String>, StoreError> {
        match self.next() {
            Value::Null => Ok(None),
            Value::Text(value) => Ok(Some(value)),
            _ => Err(self.corrupt()),
        }
    }

    /// A thing of another table, of which `width` columns were joined: none of them is there if the first is not.
    pub(crate) fn joined<T: FromRow>(&mut self) -> Result<Option<T>, StoreError> {
        if !matches!(self.values.as_slice().first(), None | Some(Value::Null)) {
            return T::from_row(self).map(Some);
        }
        (0..T::WIDTH).for_each(|_| drop(self.next()));
        Ok(None)
    }

    /// Text that must read as `T`.
    pub(crate) fn parsed<T, E>(&mut self, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<T, StoreError> {
        let text = self.text()?;
        parse(&text).map_err(|_| self.corrupt())
    }
}
