//! The list of calls a sandbox has answered.

use std::sync::{Mutex, PoisonError};

/// One answered call, as [`Sandbox::log`](crate::Sandbox::log) lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call {
    /// Method in capitals, such as `GET`.
    pub method: String,
    /// Path and query as sent, such as `/v1/environments?all_tenants=true`.
    pub path: String,
    /// Status of the answer.
    pub status: u16,
    /// Value of `X-Openstack-Request-Id` in the answer.
    pub request_id: String,
    /// Name of the user whose token came with the call, when it was valid.
    pub user: Option<String>,
    /// What a reader of the log should know: a fault that was ordered, or a path the service does not have.
    pub note: Option<String>,
}

/// Calls in the order in which they were answered.
#[derive(Debug, Default)]
pub(crate) struct Log(Mutex<Vec<Call>>);

impl Log {
    pub(crate) fn add(&self, call: Call) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(call);
    }

    pub(crate) fn all(&self) -> Vec<Call> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn clear(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}
