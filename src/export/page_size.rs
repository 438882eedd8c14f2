//! How many rows a page has: half after one that broke off, and more again after those that went well.

/// How many rows are asked for at a time.
#[derive(Clone, Copy, Debug)]
pub(super) struct PageSize {
    pub(super) now: u64,
    most: u64,
    good: u32,
}

impl PageSize {
    pub(super) fn new(most: u64) -> PageSize {
        PageSize {
            now: most,
            most,
            good: 0,
        }
    }

    /// Asks for half from now on; whether that is fewer.
    pub(super) fn broke(&mut self) -> bool {
        let before = self.now;
        self.now = (before / 2).max(1);
        self.good = 0;
        self.now < before
    }

    /// Asks for twice as many, after the second page in a row.
    pub(super) fn went_well(&mut self) {
        self.good += 1;
        if self.good == 2 {
            self.now = (self.now * 2).min(self.most);
            self.good = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_halved_down_to_one_row_and_grows_back() {
        let mut size = PageSize::new(10);
        let halved: Vec<u64> = (0..5)
            .map(|_| {
                size.broke();
                size.now
            })
            .collect();
        assert_eq!(halved, [5, 2, 1, 1, 1]);
        assert!(!size.broke());
        let grown: Vec<u64> = (0..8)
            .map(|_| {
                size.went_well();
                size.now
            })
            .collect();
        assert_eq!(grown, [1, 2, 2, 4, 4, 8, 8, 10]);
    }
}
