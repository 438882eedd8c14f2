//! Pages that were answered before, for benchmarks of clients.
//!
//! With `prebuilt_pages` on, the same list request by the same caller gets the bytes it got before,
//! compressed already, until something is written. Then a benchmark on the same machine measures the
//! client, and not how fast rows are rendered here.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use crate::{answer::Answer, request::Request};

#[derive(Debug, Default)]
pub struct PrebuiltPages(Mutex<HashMap<String, Arc<Answer>>>);

/// A walk through a million rows has a thousand pages.
const MAX_PAGES: usize = 4_096;

impl PrebuiltPages {
    pub fn find(&self, key: &str) -> Option<Arc<Answer>> {
        self.pages().get(key).cloned()
    }

    pub fn keep(&self, key: String, answer: &Answer) {
        let mut pages = self.pages();
        if pages.len() < MAX_PAGES {
            pages.insert(key, Arc::new(answer.clone()));
        }
    }

    pub fn forget(&self) {
        self.pages().clear();
    }

    fn pages(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Answer>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What makes two list requests the same; `None` for other requests.
pub fn key(request: &Request) -> Option<String> {
    if request.method != "GET" || !request.path.contains("/table/") {
        return None;
    }
    let header = |name: &str| request.header(name).unwrap_or_default();
    let has_session = request.cookie("JSESSIONID").is_some();
    Some(format!(
        "{}\n{}\n{has_session}\n{}{}?{}",
        header("authorization"),
        header("accept-encoding"),
        request.base_url,
        request.path,
        request.query
    ))
}
