//! What classes of the libraries take that every catalog begins with. Their files are not here: the
//! properties are those that the service tells of them.

use std::{collections::HashMap, sync::LazyLock};

use serde_json::Value;

use crate::json::{Fields as _, Object};

/// Groups of classes, named behind `io.murano.`, that take the same properties; those of ancestors are among them.
const CLASSES: &str = include_str!("library.json");

static PROPERTIES: LazyLock<HashMap<String, Object>> = LazyLock::new(|| {
    // The file is checked by a test.
    let groups: Vec<Value> = serde_json::from_str(CLASSES).unwrap_or_default();
    let mut found = HashMap::new();
    for group in groups {
        let properties = group["properties"].as_object();
        for class in group.text("classes").split_whitespace() {
            let properties = properties.cloned().unwrap_or_default();
            found.insert(format!("io.murano.{class}"), properties);
        }
    }
    found
});

/// The schemas of the properties of a class, none of one that has no properties or is not known.
pub(crate) fn properties(class: &str) -> Object {
    PROPERTIES.get(class).cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heirs_have_what_their_ancestors_have() {
        let vm = properties("io.murano.resources.LinuxMuranoInstance");
        assert_eq!(vm, properties("io.murano.resources.Instance"));
        assert_eq!(vm["flavor"]["type"], "string");
        assert!(properties("io.murano.Application").is_empty());
        assert!(PROPERTIES.len() > 40);
    }
}
