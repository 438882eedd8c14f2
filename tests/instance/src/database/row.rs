//! One stored row: all its values in one allocation of text and one of ends.
//!
//! A million incidents of 90 columns, most of them empty, must fit in memory: a `String` for every
//! value would cost 24 bytes before its first letter, an end costs four.

/// The values of a row, by column position. A column that came later than the row is empty.
#[derive(Clone, Debug)]
pub struct Row {
    text: Box<str>,
    ends: Box<[u32]>,
}

/// A row on its way, value after value.
#[derive(Debug, Default)]
pub struct RowBuilder {
    text: String,
    ends: Vec<u32>,
}

impl RowBuilder {
    /// Appends to the value that is being written.
    pub fn write(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Ends the value that is being written.
    pub fn end_value(&mut self) {
        self.ends
            .push(u32::try_from(self.text.len()).expect("a request body is far below 4 GiB"));
    }

    /// The row; the builder is empty again, and keeps its memory.
    pub fn take(&mut self) -> Row {
        let row = Row {
            text: self.text.as_str().into(),
            ends: self.ends.as_slice().into(),
        };
        self.text.clear();
        self.ends.clear();
        row
    }
}

impl Row {
    pub fn new<'a>(values: impl Iterator<Item = &'a str>) -> Self {
        let mut builder = RowBuilder::default();
        for value in values {
            builder.write(value);
            builder.end_value();
        }
        builder.take()
    }

    pub fn value(&self, position: usize) -> &str {
        let Some(&end) = self.ends.get(position) else {
            return "";
        };
        let start = match position.checked_sub(1) {
            Some(before) => self.ends[before],
            None => 0,
        };
        &self.text[start as usize..end as usize]
    }

    /// The same row with some values replaced; `columns` is how many the table has by now.
    pub fn with(&self, columns: usize, changes: &[(usize, String)]) -> Row {
        Row::new((0..columns).map(|position| {
            match changes
                .iter()
                .rev()
                .find(|(changed, _)| *changed == position)
            {
                Some((_, value)) => value,
                None => self.value(position),
            }
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_by_position() {
        let row = Row::new(["a", "", "ccc"].into_iter());
        let values: Vec<_> = (0..5).map(|position| row.value(position)).collect();
        assert_eq!(values, ["a", "", "ccc", "", ""]);
    }

    #[test]
    fn a_change_leaves_the_other_values_alone() {
        let row = Row::new(["a", "b"].into_iter()).with(4, &[(1, "x".into()), (3, "y".into())]);
        let values: Vec<_> = (0..4).map(|position| row.value(position)).collect();
        assert_eq!(values, ["a", "x", "", "y"]);
    }
}
