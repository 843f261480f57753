//! Passwords and tokens that cannot be printed by mistake.

use std::fmt;

use secrecy::{
    ExposeSecret, SecretString,
    zeroize::{Zeroize as _, Zeroizing},
};
use serde_json::Value;

/// A password, token or application credential secret: `Debug` shows `[redacted]`, memory is wiped
/// when it is dropped, and it is no `Serialize`.
///
/// Settings, token files and the body of a login are wiped, too. What the libraries for HTTP, TLS and YAML keep in
/// their buffers is out of reach.
///
/// ```
/// let secret = murano_sdk::Secret::from("swordfish");
/// assert_eq!(format!("{secret:?}"), "[redacted]");
/// assert_eq!(secret.expose(), "swordfish");
/// ```
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// The text itself, for sending or storing it on purpose.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(SecretString::from(text))
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(SecretString::from(text))
    }
}

/// Text that has secrets somewhere in it, wiped when it is dropped.
pub(crate) type Passing<T> = Zeroizing<T>;

/// Wipes all texts of a document.
pub(crate) fn wipe(document: &mut Value) {
    match document {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(members) => members.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Wipes a text.
pub(crate) fn wipe_text(text: &mut String) {
    text.zeroize();
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_does_not_tell() {
        let secret = Secret::from("s3cret");
        assert_eq!(format!("{secret:?}"), "[redacted]");
        assert_eq!(secret.expose(), "s3cret");
    }

    #[test]
    fn nothing_is_left_of_a_document() {
        let mut document =
            serde_json::json!({ "auth": [{ "password": "s3cret" }, 1, null], "name": "ann" });
        wipe(&mut document);
        let bare = serde_json::json!({ "auth": [{ "password": "" }, 1, null], "name": "" });
        assert_eq!(document, bare);
    }
}
