//! Sessions that stand for a sign-in: a cookie, and the token that shows that whoever sends the cookie has
//! also seen a page.
//!
//! Any request that was let in makes its session one. Only the newest are remembered: a run of a
//! million requests without cookies leaves no more behind than another.

use std::collections::{HashMap, VecDeque};

use jiff::Timestamp;

use crate::{database::Identifiers, instance::Instance, shared::Shared};

#[derive(Debug)]
pub struct Logins(Shared<Known>);

#[derive(Debug)]
struct Known {
    by_session: HashMap<String, Login>,
    /// Sessions in the order they were made, some of which may have ended.
    order: VecDeque<String>,
    identifiers: Identifiers,
}

#[derive(Clone, Debug)]
pub struct Login {
    pub user_name: String,
    /// `g_ck` of the pages, `X-UserToken` of requests.
    pub token: String,
    last_used: Timestamp,
}

const MAX_LOGINS: usize = 10_000;

impl Logins {
    pub fn new(seed: u64) -> Self {
        Logins(Shared::new(Known {
            by_session: HashMap::new(),
            order: VecDeque::new(),
            identifiers: Identifiers::for_purpose(seed, "logins"),
        }))
    }

    /// The sign-in a session stands for, while it is used often enough.
    pub fn find(&self, session: &str, instance: &Instance) -> Option<Login> {
        let now = instance.clock.now();
        let timeout = instance.settings.read().session_timeout;
        let mut known = self.0.write();
        let login = known.by_session.get_mut(session)?;
        if now.duration_since(login.last_used).as_secs() > timeout {
            known.by_session.remove(session);
            return None;
        }
        login.last_used = now;
        Some(login.clone())
    }

    /// The session stands for the user from now on.
    pub fn begin(&self, session: &str, user_name: &str, now: Timestamp) {
        let mut known = self.0.write();
        if let Some(login) = known.by_session.get_mut(session)
            && login.user_name == user_name
        {
            login.last_used = now;
            return;
        }
        let token = format!(
            "{}{}",
            known.identifiers.sys_id(),
            known.identifiers.sys_id()
        );
        let login = Login {
            user_name: user_name.to_owned(),
            token,
            last_used: now,
        };
        known.order.push_back(session.to_owned());
        known.by_session.insert(session.to_owned(), login);
        while known.order.len() > MAX_LOGINS {
            if let Some(oldest) = known.order.pop_front() {
                known.by_session.remove(&oldest);
            }
        }
    }

    pub fn end(&self, session: &str) {
        self.0.write().by_session.remove(session);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_newest_sessions_are_remembered() {
        let logins = Logins::new(1);
        for number in 0..MAX_LOGINS + 5 {
            logins.begin(&number.to_string(), "joe", Timestamp::UNIX_EPOCH);
        }
        let known = logins.0.read();
        assert_eq!(known.by_session.len(), MAX_LOGINS);
        assert!(!known.by_session.contains_key("4") && known.by_session.contains_key("5"));
    }
}
