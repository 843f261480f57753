//! Names of classes: prefixes, and what they stand for.

use std::collections::BTreeMap;

use crate::archive::finding::Finding;
use crate::archive::manifest::{describe, quote};
use crate::yaml::{Body, Entry};

/// Prefixes of one document, `=` being that of plain names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::archive) struct Namespaces(BTreeMap<String, String>);

impl Namespaces {
    /// Reads the value of `Namespaces`, with what is wrong with it.
    pub(in crate::archive) fn read(file: &str, entry: &Entry) -> (Self, Vec<Finding>) {
        let mut spaces = BTreeMap::new();
        let mut findings = Vec::new();
        let value = &entry.value;
        if !matches!(value.body, Body::Mapping(_)) && !value.is_null() {
            let found = describe(value);
            let text = format!("Namespaces is {found}, it must be a mapping of prefixes to names");
            findings.push(Finding::flaw(file, Some(entry.at), text));
        }
        for Entry { key, at, value, .. } in value.entries() {
            if key != "=" && !is_word(key) {
                let key = quote(key);
                let text =
                    format!("the prefix {key} must be \"=\" or of letters, digits and \"_\"");
                findings.push(Finding::flaw(file, Some(*at), text));
            }
            let space = value.text().unwrap_or_default();
            let is_scalar = matches!(value.body, Body::Scalar { .. });
            if !is_scalar || !space.is_empty() && !space.split('.').all(is_word) {
                let found = describe(value);
                let text = format!("the namespace {found} must be words with dots between them");
                findings.push(Finding::flaw(file, Some(value.at), text));
            }
            spaces.insert(key.clone(), space.to_owned());
        }
        (Self(spaces), findings)
    }

    /// The full name of a class, or why there is none.
    pub(in crate::archive) fn resolve(&self, name: &str) -> Result<String, String> {
        let quoted = quote(name);
        let invalid = || format!("{quoted} is no name of a class, write such as std:Application");
        let (prefix, local) = match name.split_once(':') {
            Some((prefix, _)) if !prefix.is_empty() && !is_word(prefix) => return Err(invalid()),
            Some(("", local)) => ("=", local),
            Some((prefix, local)) => (prefix, local),
            None if name.contains('.') => ("", name),
            None => ("=", name),
        };
        if !local.split('.').all(is_word) {
            return Err(invalid());
        }
        match self.0.get(prefix) {
            _ if prefix.is_empty() => Ok(local.to_owned()),
            Some(space) if !space.is_empty() => Ok(format!("{space}.{local}")),
            Some(_) => Ok(local.to_owned()),
            None if prefix == "=" => Ok(local.to_owned()),
            None => Err(format!(
                "{quoted} has a prefix that is not in Namespaces: add {} there",
                quote(prefix)
            )),
        }
    }
}

/// A letter or `_`, then letters, digits and `_`; the first one of ASCII.
pub(in crate::archive) fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Documents, Tags};

    fn read(text: &str) -> (Namespaces, Vec<Finding>) {
        let documents = Documents::load(text, Tags::Yaql).unwrap();
        Namespaces::read("c", documents.nodes[0].entry("Namespaces").unwrap())
    }

    #[test]
    fn names_resolve_as_in_the_engine() {
        let (spaces, findings) = read("Namespaces: {=: io.shop, std: io.murano, none: }");
        assert_eq!(findings, []);
        for (name, full) in [
            ("Till", "io.shop.Till"),
            (":Till", "io.shop.Till"),
            ("std:Object", "io.murano.Object"),
            ("std:resources.Network", "io.murano.resources.Network"),
            ("none:Till", "Till"),
            ("io.other.Till", "io.other.Till"),
        ] {
            assert_eq!(spaces.resolve(name).as_deref(), Ok(full), "{name}");
        }
        assert_eq!(Namespaces::default().resolve("Till").as_deref(), Ok("Till"));
        for name in [
            "", "a b", "std:", "a:b:c", "1st", "std:a..b", "=:Till", "$.x()",
        ] {
            assert!(spaces.resolve(name).is_err(), "{name}");
        }
        assert!(
            spaces
                .resolve("res:Net")
                .unwrap_err()
                .contains("add \"res\" there")
        );
    }

    #[test]
    fn odd_namespaces_are_told() {
        for (text, part) in [
            ("Namespaces: [a]", "must be a mapping"),
            ("Namespaces: {a-b: c}", "the prefix \"a-b\""),
            ("Namespaces: {a: c-d}", "the namespace \"c-d\""),
            ("Namespaces: {a: [c]}", "the namespace a list"),
            ("Namespaces: {a: 5}", "the namespace 5"),
        ] {
            let (_, findings) = read(text);
            assert_eq!(findings.len(), 1, "{text}: {findings:?}");
            assert!(findings[0].text.contains(part), "{text}: {findings:?}");
        }
        assert_eq!(read("Namespaces:").1, []);
    }
}
