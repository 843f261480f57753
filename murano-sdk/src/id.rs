//! Identifiers as types of their own, so that a session id does not fit where an environment id is wanted.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The text as the server writes it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl From<&$name> for $name {
            fn from(id: &$name) -> Self {
                id.clone()
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    )*};
}

ids! {
    /// Identifies an environment.
    EnvironmentId
    /// Identifies a configuration session of an environment.
    SessionId
    /// Identifies a deployment; for an action it is also the task id.
    DeploymentId
    /// Identifies a package of the catalog (not its fully qualified name).
    PackageId
    /// Identifies a category of the catalog.
    CategoryId
    /// Identifies an environment template.
    TemplateId
    /// Identifies an image of Glance.
    ImageId
    /// Identifies a maintenance session.
    MaintenanceId
    /// Identifies a bare-metal instance.
    InstanceId
    /// Identifies a project (tenant) of Keystone.
    ProjectId
}

/// A fresh identifier in the form the server uses itself: 32 lower-case hexadecimal digits.
///
/// Never all digits: the server takes such a text for an index into a list.
///
/// ```
/// use murano_sdk::{EnvironmentId, fresh_id};
/// let id = EnvironmentId::from(fresh_id());
/// assert_eq!(id.as_str().len(), 32);
/// ```
pub fn fresh_id() -> String {
    loop {
        let id = uuid::Uuid::new_v4().simple().to_string();
        if id.bytes().any(|byte| byte.is_ascii_alphabetic()) {
            return id;
        }
    }
}

/// Whether `text` has the form of the ids the server makes.
pub(crate) fn looks_like_id(text: &str) -> bool {
    text.len() == 32
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// Whether `text` is a UUID as the services beside Murano write it, with dashes.
pub(crate) fn is_uuid(text: &str) -> bool {
    text.len() == 36 && uuid::Uuid::try_parse(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fresh_ids_look_like_the_servers() {
        let (one, two) = (fresh_id(), fresh_id());
        assert!(looks_like_id(&one));
        assert_ne!(one, two);
        assert!(!looks_like_id("shop"));
        assert!(!looks_like_id(&one.to_uppercase()));
    }

    #[test]
    fn ids_are_plain_strings_on_the_wire() {
        let id = EnvironmentId::from("e1");
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"e1\"");
        assert_eq!(serde_json::from_str::<EnvironmentId>("\"e1\"").unwrap(), id);
    }
}
