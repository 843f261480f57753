//! Walking through object models by path.

use serde_json::Value;

use crate::errors::{Result, fault, generic};

/// The value at a path. Null stands for an element that an array does not have.
///
/// # Errors
///
/// 404 for a member that an object does not have, or below null; a fault for an index that is too large.
pub(crate) fn walk(root: &Value, path: &str) -> Result<Value> {
    let mut at = root;
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        at = match at {
            Value::Object(members) => members.get(segment).ok_or_else(|| generic(404))?,
            Value::Array(items) => element(items, segment)?,
            Value::Null => return Err(generic(404)),
            // The rest of a path behind a scalar is not looked at.
            _ => return Ok(at.clone()),
        };
    }
    Ok(at.clone())
}

fn element<'a>(items: &'a [Value], segment: &str) -> Result<&'a Value> {
    for item in items {
        // The service asks every element for its id and gives up at one that cannot have any.
        if !item.is_object() {
            return Err(generic(404));
        }
        if object_id(item) == Some(segment) {
            return Ok(item);
        }
    }
    match digits(segment) {
        Some(index) => items
            .get(index)
            .ok_or_else(|| fault("IndexError", "list index out of range")),
        None => Ok(&Value::Null),
    }
}

/// Where the first object with this id is.
pub(crate) fn position(items: &[Value], id: &str) -> Option<usize> {
    items.iter().position(|item| object_id(item) == Some(id))
}

/// The id of an object of a model.
pub(crate) fn object_id(object: &Value) -> Option<&str> {
    object.get("?")?.get("id")?.as_str()
}

/// A segment that is an index because it consists of digits.
pub(crate) fn digits(segment: &str) -> Option<usize> {
    let all = !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_digit());
    all.then(|| segment.parse().unwrap_or(usize::MAX))
}

/// Ids of an object and of every object within it.
pub(crate) fn nested_ids(object: &Value) -> Vec<String> {
    let mut ids: Vec<String> = object_id(object).map(str::to_owned).into_iter().collect();
    match object {
        Value::Object(members) => {
            ids.extend(
                members
                    .iter()
                    .filter(|(key, _)| *key != "?")
                    .flat_map(|(_, v)| nested_ids(v)),
            );
        }
        Value::Array(items) => ids.extend(items.iter().flat_map(nested_ids)),
        _ => {}
    }
    ids
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn arrays_are_searched_by_id_before_they_are_indexed() {
        let root = json!([{"?": {"id": "1"}, "n": "by id"}, {"?": {"id": "b"}, "n": {"x": 5}}]);
        assert_eq!(walk(&root, "1/n").unwrap(), json!("by id"));
        assert_eq!(walk(&root, "0/n").unwrap(), json!("by id"));
        assert_eq!(walk(&root, "b/n/x/further/on").unwrap(), json!(5));
        assert_eq!(walk(&json!({"l": [1, 2]}), "l/0"), Err(generic(404)));
        assert_eq!(walk(&root, "nope").unwrap(), Value::Null);
        assert_eq!(walk(&root, "nope/n"), Err(generic(404)));
        assert_eq!(walk(&root, "b/nope"), Err(generic(404)));
        assert_eq!(
            walk(&root, "9"),
            Err(fault("IndexError", "list index out of range"))
        );
        assert_eq!(walk(&root, "b/?/id").unwrap(), json!("b"));
    }

    #[test]
    fn ids_are_found_at_any_depth() {
        let object =
            json!({"?": {"id": "a"}, "list": [{"?": {"id": "b"}}], "x": {"y": {"?": {"id": "c"}}}});
        assert_eq!(nested_ids(&object), ["a", "b", "c"]);
    }
}
