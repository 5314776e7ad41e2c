//! A row of the tables, and which of them a tick concerns.

/// How many rows a table has.
const ROWS: u64 = 1_000;

/// One row.
pub(crate) struct Row {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) value: u64,
}

impl Row {
    /// Row number `id` with its first value and `more`.
    pub(crate) fn new(id: u64, more: u64) -> Self {
        Self {
            id,
            name: format!("row {id}"),
            value: id * 7 + more,
        }
    }

    /// The rows as a view starts with them.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        (1..=ROWS).map(|id| Self::new(id, 0))
    }
}

/// The number of the row that the tick number `tick`, counted from 0, concerns.
pub(crate) const fn row_of_tick(tick: u64) -> u64 {
    tick.wrapping_mul(37) % ROWS + 1
}
