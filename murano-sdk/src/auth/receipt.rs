//! Logins of several factors: what Keystone says when the first one was right.

use serde_json::Value;

use super::identity::Identity;
use crate::{
    error::{Error, ErrorKind},
    secret::Secret,
    transport::Answer,
};

/// The header that carries a receipt, both ways.
pub(super) const HEADER: &str = "Openstack-Auth-Receipt";

/// Keystone's word that the first of several factors was right.
pub(super) struct Receipt {
    pub(super) id: Secret,
    /// The combinations of methods of which one is enough.
    rules: Vec<Vec<String>>,
    done: Vec<String>,
}

impl Receipt {
    pub(super) fn of(answer: &Answer, body: &[u8]) -> Option<Self> {
        let id = answer.header(HEADER).filter(|_| answer.status == 401)?;
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let rules = serde_json::from_value(body["required_auth_methods"].clone());
        let done = serde_json::from_value(body["receipt"]["methods"].clone());
        Some(Self {
            id: id.into(),
            rules: rules.unwrap_or_default(),
            done: done.unwrap_or_default(),
        })
    }

    /// The login that goes on where a passcode is all that is missing.
    pub(super) fn next_factor(&self, identity: &Identity) -> Option<Identity> {
        let enough = |rule: &Vec<String>| {
            let mut rest = rule.iter().filter(|method| !self.done.contains(method));
            rest.next().is_some_and(|method| method == "totp") && rest.next().is_none()
        };
        match identity {
            Identity::Password {
                user,
                passcode: None,
                ..
            } if self.rules.iter().any(enough) => Some(Identity::Totp {
                user: user.clone(),
                passcode: None,
            }),
            _ => None,
        }
    }

    pub(super) fn unknown_factor(&self, url: &str) -> Error {
        let rules: Vec<String> = self.rules.iter().map(|rule| rule.join(" and ")).collect();
        let text = format!(
            "Keystone at {url} wants other methods of login than were given: {}",
            rules.join(", or ")
        );
        Error::new(ErrorKind::Unauthorized, text).with_status(401)
    }
}

/// What is said where Keystone wants a second factor that nobody has.
pub(super) fn no_passcode() -> Error {
    let text = "Keystone wants a one-time passcode too: set OS_PASSCODE for this login";
    Error::new(ErrorKind::Unauthorized, text).with_status(401)
}
