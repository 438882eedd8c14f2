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
pub struct PrebuiltPages(Mutex<Pages>);

#[derive(Debug, Default)]
struct Pages {
    by_request: HashMap<String, Arc<Answer>>,
    /// How often they were forgotten.
    age: u64,
}

/// A walk through a million rows has a thousand pages.
const MAX_PAGES: usize = 4_096;

impl PrebuiltPages {
    pub fn find(&self, key: &str) -> Option<Arc<Answer>> {
        self.pages().by_request.get(key).cloned()
    }

    /// What `keep` is told of a page that is begun now.
    pub fn age(&self) -> u64 {
        self.pages().age
    }

    /// A page that was begun before something was written is not kept.
    pub fn keep(&self, key: String, begun: u64, answer: &Answer) {
        let mut pages = self.pages();
        if pages.by_request.len() < MAX_PAGES && pages.age == begun {
            pages.by_request.insert(key, Arc::new(answer.clone()));
        }
    }

    pub fn forget(&self) {
        let mut pages = self.pages();
        pages.by_request.clear();
        pages.age += 1;
    }

    fn pages(&self) -> std::sync::MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What makes two list requests the same; `None` for other requests, and for those whose caller is known by
/// another header than `Authorization`.
pub fn key(request: &Request) -> Option<String> {
    if request.method != "GET" || !request.path.contains("/table/") {
        return None;
    }
    let header = |name: &str| request.header(name).unwrap_or_default();
    let has_session = request.cookie("JSESSIONID").is_some();
    Some(format!(
        "{}\n{}\n{}\n{has_session}\n{}{}?{}",
        request.header("authorization")?,
        header("accept"),
        header("accept-encoding"),
        request.base_url,
        request.path,
        request.query
    ))
}
