//! What goes wrong on demand.
//!
//! A fault waits for requests that fit its path and method, lets the first `after` of them pass and
//! then strikes `count` times. Of several that fit, the oldest strikes. What a fault does to the
//! request is decided in `mischief`; here is only which one it is.

use serde::{Deserialize, Serialize};

use super::fault::{Drawn, Fault, Place};
use crate::database::Identifiers;

/// A fault as it was asked for, and what became of it.
#[derive(Clone, Debug, Serialize)]
pub struct ArmedFault {
    pub id: u64,
    #[serde(flatten)]
    pub order: FaultOrder,
    /// Requests that fitted, struck or not.
    pub seen: u64,
    /// How often it struck.
    pub hits: u64,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FaultOrder {
    /// The beginning of the path; any path without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// So many fitting requests pass first.
    #[serde(default)]
    pub after: u64,
    /// How often it strikes; 0 is for ever.
    #[serde(default = "once")]
    pub count: u64,
    /// It strikes items of batches, and not requests that come by themselves.
    #[serde(default, skip_serializing_if = "is_off")]
    pub batch_items: bool,
    /// So many of a hundred fitting requests are struck, drawn from the seed.
    #[serde(default = "always", skip_serializing_if = "is_always")]
    pub percent: u8,
    pub fault: Fault,
}

fn once() -> u64 {
    1
}

fn always() -> u8 {
    100
}

fn is_off(switch: &bool) -> bool {
    !switch
}

fn is_always(percent: &u8) -> bool {
    *percent == always()
}

/// The faults that wait.
#[derive(Debug)]
pub struct Faults {
    armed: Vec<ArmedFault>,
    last_id: u64,
    draws: Identifiers,
}

impl Faults {
    pub fn new(seed: u64) -> Self {
        Faults {
            armed: Vec::new(),
            last_id: 0,
            draws: Identifiers::for_purpose(seed, "faults"),
        }
    }

    pub fn arm(&mut self, order: FaultOrder) -> u64 {
        self.last_id += 1;
        self.armed.push(ArmedFault {
            id: self.last_id,
            order,
            seen: 0,
            hits: 0,
        });
        self.last_id
    }

    pub fn armed(&self) -> &[ArmedFault] {
        &self.armed
    }

    pub fn disarm_all(&mut self) {
        self.armed.clear();
    }

    /// `false` if there is no such fault.
    pub fn disarm(&mut self, id: u64) -> bool {
        let before = self.armed.len();
        self.armed.retain(|fault| fault.id != id);
        self.armed.len() < before
    }

    /// The fault that strikes this request, or this item of a batch.
    pub fn strike(&mut self, method: &str, path: &str, is_item: bool) -> Option<Struck> {
        for armed in &mut self.armed {
            let order = &armed.order;
            let fits = order.batch_items == is_item
                && order
                    .path
                    .as_ref()
                    .is_none_or(|prefix| path.starts_with(prefix.as_str()))
                && order
                    .method
                    .as_ref()
                    .is_none_or(|wanted| wanted.eq_ignore_ascii_case(method));
            if !fits {
                continue;
            }
            armed.seen += 1;
            let is_due = armed.seen > order.after && (order.count == 0 || armed.hits < order.count);
            if is_due && self.draws.below(100) < usize::from(order.percent) {
                let (fault, earlier) = (order.fault.clone(), armed.hits);
                armed.hits += 1;
                let draw = match fault.is_drawn() {
                    true => u64::from_le_bytes(self.draws.bytes()),
                    false => 0,
                };
                return Some(Struck {
                    fault,
                    earlier,
                    draw,
                });
            }
        }
        None
    }
}

/// A fault as it strikes.
#[derive(Clone, Debug, PartialEq)]
pub struct Struck {
    pub fault: Fault,
    /// How often it struck before.
    earlier: u64,
    draw: u64,
}

impl Struck {
    /// The byte, in an answer whose body has so many.
    pub fn place(&self, at: Place, step: u64, body_bytes: u64) -> u64 {
        match at {
            Place::At(at) => at.saturating_add(step.saturating_mul(self.earlier)),
            Place::Word(Drawn::Seed) => self.draw % body_bytes.max(1),
        }
    }
}

impl FaultOrder {
    /// The reason why it can never strike.
    pub fn contradiction(&self) -> Option<&'static str> {
        match (self.batch_items, &self.fault) {
            (true, fault) if !fault.fits_an_item() => {
                Some("an item of a batch has no connection: this kind cannot strike it")
            }
            (false, Fault::Unserviced) => Some("unserviced is for batch_items"),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn armed(order: &str) -> Faults {
        let mut faults = Faults::new(1);
        faults.arm(serde_json::from_str(order).unwrap());
        faults
    }

    #[test]
    fn a_fault_waits_strikes_and_is_spent() {
        let mut faults = armed(
            r#"{"path":"/api/now/table","method":"GET","after":1,"count":2,"fault":{"kind":"outage"}}"#,
        );
        let struck: Vec<bool> = (0..5)
            .map(|_| {
                faults
                    .strike("GET", "/api/now/table/incident", false)
                    .is_some()
            })
            .collect();
        assert_eq!(struck, [false, true, true, false, false]);
        assert_eq!(
            faults.strike("POST", "/api/now/table/incident", false),
            None
        );
        assert_eq!(faults.strike("GET", "/oauth_token.do", false), None);
        assert_eq!((faults.armed()[0].seen, faults.armed()[0].hits), (5, 2));
    }

    #[test]
    fn a_share_of_requests_is_struck_and_the_same_ones_each_time() {
        let struck = || -> Vec<bool> {
            let mut faults = armed(r#"{"count":0,"percent":30,"fault":{"kind":"outage"}}"#);
            (0..1_000)
                .map(|_| faults.strike("GET", "/x", false).is_some())
                .collect()
        };
        let share = struck().into_iter().filter(|struck| *struck).count();
        assert!((250..350).contains(&share), "{share}");
        assert_eq!(struck(), struck());
    }

    #[test]
    fn a_count_of_zero_is_for_ever() {
        let mut faults = armed(r#"{"count":0,"fault":{"kind":"delay","ms":5}}"#);
        let fault = |struck: Struck| struck.fault;
        assert!((0..50).all(|_| {
            faults.strike("GET", "/x", false).map(fault) == Some(Fault::Delay { ms: 5 })
        }));
    }

    #[test]
    fn an_unknown_kind_or_member_is_refused() {
        for order in [
            r#"{"fault":{"kind":"earthquake"}}"#,
            r#"{"fault":{"kind":"outage"},"pth":"/"}"#,
            r#"{"fault":{"kind":"cut"}}"#,
        ] {
            assert!(
                serde_json::from_str::<FaultOrder>(order).is_err(),
                "{order}"
            );
        }
    }

    #[test]
    fn a_place_moves_by_its_step_or_is_drawn_from_the_seed() {
        let places = |order: &str| -> Vec<u64> {
            let mut faults = armed(order);
            (0..4)
                .map(|_| {
                    let struck = faults.strike("GET", "/x", false).unwrap();
                    match struck.fault {
                        Fault::Cut { at, step, .. } => struck.place(at, step, 1_000),
                        _ => panic!("{struck:?}"),
                    }
                })
                .collect()
        };
        let stepped = r#"{"count":0,"fault":{"kind":"cut","at":5,"step":2}}"#;
        assert_eq!(places(stepped), [5, 7, 9, 11]);
        let drawn = r#"{"count":0,"fault":{"kind":"cut","at":"seed"}}"#;
        let first = places(drawn);
        assert!(first.iter().all(|place| *place < 1_000) && first[0] != first[1]);
        assert_eq!(first, places(drawn));
    }

    #[test]
    fn what_cannot_strike_is_said() {
        for (order, fits) in [
            (
                r#"{"batch_items":true,"fault":{"kind":"unserviced"}}"#,
                true,
            ),
            (
                r#"{"batch_items":true,"fault":{"kind":"reset_before"}}"#,
                false,
            ),
            (
                r#"{"batch_items":true,"fault":{"kind":"cut","at":1}}"#,
                true,
            ),
            (r#"{"fault":{"kind":"unserviced"}}"#, false),
            (r#"{"fault":{"kind":"stall"}}"#, true),
        ] {
            let order: FaultOrder = serde_json::from_str(order).unwrap();
            assert_eq!(order.contradiction().is_none(), fits, "{order:?}");
        }
    }
}
