//! Keys that a reader asks for: those that say where rows are, and those at which a unit is divided.

use super::super::keys::Keys;
use super::super::plan::Scouted;
use super::super::walk::MIDDLE_ROWS;
use super::{Reader, Stop, counted, next_rows};
use crate::request::Request;

impl<T: Send + 'static> Reader<T> {
    /// Reads keys, until there is enough for everybody to do.
    pub(super) fn scout(&mut self) -> Result<(), Stop> {
        self.repeated(Reader::scout_page)
    }

    fn scout_page(&mut self) -> Result<(), Stop> {
        let page = self
            .shared()
            .lock()
            .plan
            .scout(self.keys.now, &self.source)?;
        let Some((mut page, request)) = page else {
            return Ok(());
        };
        match self.scout_rows(&mut page, &request) {
            Ok(()) => {
                self.keys.went_well();
                self.shared().with(|state| {
                    let hidden = state.plan.scout_ended(&page);
                    self.shared().counts.add_hidden(hidden);
                });
                Ok(())
            }
            Err(stop) => {
                self.shared().with(|state| state.plan.scout_broke(&page));
                Err(self.broke(stop, |reader| &mut reader.keys))
            }
        }
    }

    fn scout_rows(&mut self, page: &mut Scouted, request: &Request) -> Result<(), Stop> {
        let mut stream = self.open(request)?;
        if let Some(total) = counted(&stream) {
            let count = self.shared().lock().plan.scout_counted(page, total);
            self.shared().take_in(count);
        }
        stream.expect_at_most(self.keys.now);
        while let Some(rows) = next_rows(&mut stream)? {
            let look = rows.look();
            let is_doubtful = self
                .shared()
                .lock()
                .plan
                .scout_is_doubtful(page, &rows, look);
            if is_doubtful {
                self.hold_to_keys(&mut stream)?;
            }
            if matches!(page, Scouted::Walk(_)) && !look.are_sorted {
                return Err(self.not_sorted(&mut stream));
            }
            let keys: Vec<_> = (0..rows.count()).filter_map(|row| rows.key(row)).collect();
            self.came += rows.count() as u64;
            self.shared()
                .with(|state| state.plan.scout_came(page, keys))?;
        }
        Ok(())
    }

    /// The keys that a request asks for.
    pub(super) fn keys(&self, request: &Request) -> Result<Vec<String>, Stop> {
        let mut stream = self.open(request)?;
        stream.expect_at_most(MIDDLE_ROWS);
        let mut keys = Vec::new();
        while let Some(rows) = next_rows(&mut stream)? {
            keys.extend((0..rows.count()).filter_map(|row| rows.key(row)));
        }
        Ok(keys)
    }
}
