//! Names that become parts of URLs and paths.

/// What file systems take for one name.
const LONGEST: usize = 255;

/// Whether this is the URL of something that can be fetched.
pub(crate) fn is_url(text: &str) -> bool {
    ["http://", "https://"].iter().any(|scheme| {
        let found = text.get(..scheme.len());
        found.is_some_and(|found| found.eq_ignore_ascii_case(scheme)) && text.len() > scheme.len()
    })
}

/// Why a name must not become the name of a file, if it must not.
pub(crate) fn refuse(name: &str) -> Option<&'static str> {
    let bytes = name.as_bytes();
    if name.is_empty() {
        Some("is empty")
    } else if name.contains(char::is_control) {
        Some("has a control character")
    } else if name.contains(['/', '\\']) {
        Some("leads to another folder")
    } else if name.chars().all(|c| c == '.') {
        Some("names a folder")
    } else if bytes.len() > 1 && bytes[1] == b':' && bytes[0].is_ascii_alphabetic() {
        Some("leads to another drive")
    } else if name.len() > LONGEST {
        Some("is longer than 255 bytes")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_nowhere_else() {
        for name in [
            "", ".", "..", "../x", "/etc/x", "a/b", "a\\b", "C:x", "a\nb", "a\0b",
        ] {
            assert!(refuse(name).is_some(), "{name:?}");
        }
        for name in [
            "debian-12.qcow2",
            "Ubuntu 14.04 x64 (pre-installed)",
            ".x",
            "ü",
        ] {
            assert_eq!(refuse(name), None, "{name}");
        }
        assert!(refuse(&"x".repeat(256)).is_some());
    }

    #[test]
    fn urls() {
        assert!(is_url("http://x") && is_url("HTTPS://x"));
        for text in ["", "http://", "ftp://x", "x", "é", "file:///x"] {
            assert!(!is_url(text), "{text}");
        }
    }
}
