//! How the service says no: JSON in a string in JSON, or plain text in it.

use serde_json::json;

use super::MoganEra;
use crate::json::python_json;

/// What a 404 of the routing says.
pub(super) const NO_RESOURCE: &str = "The resource could not be found.\n\n   ";

/// A call that is refused.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: u16,
    /// Value of the only member of the body.
    pub(super) message: String,
    /// Whether the routing refused it, before the service itself saw it.
    pub(super) is_of_routing: bool,
}

pub(super) type Result<T> = std::result::Result<T, Refusal>;

fn fault(status: u16, code: &str, text: &str) -> Refusal {
    let document = json!({ "debuginfo": null, "faultcode": code, "faultstring": text });
    Refusal {
        status,
        message: python_json(&document),
        is_of_routing: false,
    }
}

/// What the caller did wrong.
pub(super) fn client(status: u16, text: impl AsRef<str>) -> Refusal {
    fault(status, "Client", text.as_ref())
}

/// What went wrong in the service.
pub(super) fn server(text: impl AsRef<str>) -> Refusal {
    fault(500, "Server", text.as_ref())
}

/// A refusal of the routing, which is plain text.
pub(super) fn routing(status: u16, title: &str, text: &str) -> Refusal {
    Refusal {
        status,
        message: format!("{title}\n\n{text}"),
        is_of_routing: true,
    }
}

pub(super) fn no_method(method: &str) -> Refusal {
    let text = format!("The method {method} is not allowed for this resource. \n\n ");
    routing(405, "405 Method Not Allowed", &text)
}

pub(super) fn no_route() -> Refusal {
    routing(404, "404 Not Found", NO_RESOURCE)
}

/// A body that breaks its schema; what the service adds about the schema is left short.
pub(super) fn schema(text: impl AsRef<str>) -> Refusal {
    let text = format!(
        "Invalid create body: {}\n\nFailed validating in schema:\n    {{'type': 'object'}}",
        text.as_ref()
    );
    client(400, text)
}

/// An instance that is not there.
pub(super) fn no_instance(era: MoganEra, id: &str) -> Refusal {
    match era {
        MoganEra::Nimble => client(404, "Resource could not be found."),
        era => client(404, format!("{} {id} could not be found.", era.noun())),
    }
}

pub(super) fn denied(era: MoganEra, rule: &str) -> Refusal {
    let text = format!(
        "Access was denied to the following resource: {}:{rule}",
        era.policy()
    );
    client(403, text)
}
