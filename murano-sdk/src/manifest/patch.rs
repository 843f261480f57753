//! The difference of two JSON documents as a JSON Patch (RFC 6902), and a patch carried out.

use serde_json::{Map, Value};

use super::notation::segment;
use crate::{
    error::{Error, Result},
    model::{PatchOp, object_id},
};

/// The operations that make `before` into `after`; none where they are the same. Objects of an object
/// model in a list are known by their ids.
///
/// ```
/// use murano_sdk::manifest::{diff, patch};
/// use serde_json::json;
///
/// let (before, after) = (json!({"a": [1, 2], "b": {}}), json!({"a": [1], "c/d": null}));
/// let mut value = before.clone();
/// patch(&mut value, &diff(&before, &after))?;
/// assert_eq!(value, after);
/// assert!(diff(&after, &after).is_empty());
/// # Ok::<(), murano_sdk::Error>(())
/// ```
pub fn diff(before: &Value, after: &Value) -> Vec<PatchOp> {
    let mut operations = Vec::new();
    compare(before, after, "", &mut operations);
    operations
}

fn compare(before: &Value, after: &Value, path: &str, out: &mut Vec<PatchOp>) {
    match (before, after) {
        _ if before == after => {}
        (Value::Object(before), Value::Object(after)) => compare_members(before, after, path, out),
        (Value::Array(before), Value::Array(after)) => compare_items(before, after, path, out),
        _ => out.push(PatchOp::Replace {
            path: path.to_owned(),
            value: after.clone(),
        }),
    }
}

fn compare_members(
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    path: &str,
    out: &mut Vec<PatchOp>,
) {
    let below = |key: &str| format!("{path}/{}", segment(key));
    for key in before.keys().filter(|key| !after.contains_key(*key)) {
        out.push(PatchOp::Remove { path: below(key) });
    }
    for (key, value) in after {
        match before.get(key) {
            Some(old) => compare(old, value, &below(key), out),
            None => out.push(PatchOp::Add {
                path: below(key),
                value: value.clone(),
            }),
        }
    }
}

/// What is gone is removed from the end on, then each place is filled in turn.
fn compare_items(before: &[Value], after: &[Value], path: &str, out: &mut Vec<PatchOp>) {
    let identity = |value: &Value| object_id(value).map(str::to_owned);
    let has_ids = |items: &[Value]| items.iter().all(|item| object_id(item).is_some());
    let mut now: Vec<&Value> = before.iter().collect();
    if has_ids(before) && has_ids(after) {
        let stays = |item: &Value| after.iter().any(|other| identity(other) == identity(item));
        for index in (0..now.len()).rev().filter(|index| !stays(&before[*index])) {
            out.push(PatchOp::Remove {
                path: format!("{path}/{index}"),
            });
            now.remove(index);
        }
        for (index, item) in after.iter().enumerate() {
            let place = format!("{path}/{index}");
            if now
                .get(index)
                .is_some_and(|old| identity(old) == identity(item))
            {
                compare(now[index], item, &place, out);
                continue;
            }
            // One that comes later is taken from there.
            if let Some(later) = (index..now.len()).find(|at| identity(now[*at]) == identity(item))
            {
                out.push(PatchOp::Remove {
                    path: format!("{path}/{later}"),
                });
                now.remove(later);
            }
            out.push(PatchOp::Add {
                path: place,
                value: item.clone(),
            });
            now.insert(index.min(now.len()), item);
        }
    } else {
        for (index, item) in after.iter().enumerate().take(now.len()) {
            compare(now[index], item, &format!("{path}/{index}"), out);
        }
        for (index, item) in after.iter().enumerate().skip(now.len()) {
            out.push(PatchOp::Add {
                path: format!("{path}/{index}"),
                value: item.clone(),
            });
        }
    }
    for index in (after.len()..now.len()).rev() {
        out.push(PatchOp::Remove {
            path: format!("{path}/{index}"),
        });
    }
}

/// Carries out the operations, one after the other.
///
/// # Errors
///
/// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) where a place is not there. What came before it is
/// carried out then.
pub fn patch(value: &mut Value, operations: &[PatchOp]) -> Result<()> {
    operations.iter().try_for_each(|operation| {
        let (path, new) = match operation {
            PatchOp::Add { path, value } | PatchOp::Replace { path, value } => (path, Some(value)),
            PatchOp::Remove { path } => (path, None),
        };
        let is_add = matches!(operation, PatchOp::Add { .. });
        step(value, path, new, is_add)
            .ok_or_else(|| Error::invalid(format!("there is no place `{path}` in the document")))
    })
}

fn step(root: &mut Value, path: &str, new: Option<&Value>, is_add: bool) -> Option<()> {
    let Some((parent, last)) = path.rsplit_once('/') else {
        *root = new?.clone();
        return Some(());
    };
    let last = last.replace("~1", "/").replace("~0", "~");
    match root.pointer_mut(parent)? {
        Value::Object(members) => {
            let old = match new {
                Some(new) => members.insert(last, new.clone()),
                None => members.remove(&last),
            };
            (is_add || old.is_some()).then_some(())
        }
        Value::Array(items) => {
            let index = match last.as_str() {
                "-" if is_add => items.len(),
                digits => digits.parse().ok()?,
            };
            match new {
                Some(new) if is_add && index <= items.len() => items.insert(index, new.clone()),
                Some(new) => *items.get_mut(index).filter(|_| !is_add)? = new.clone(),
                None if index < items.len() => drop(items.remove(index)),
                None => return None,
            }
            Some(())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// Any JSON, with objects of an object model among it.
    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (0..4_i64).prop_map(Value::from),
            "[a-c~/$]{0,2}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            let keys = "[a-c~/]{0,2}";
            let members = prop::collection::btree_map(keys, inner.clone(), 0..4);
            let object = (
                0..5_u8,
                prop::collection::btree_map(keys, inner.clone(), 0..3),
            );
            prop_oneof![
                prop::collection::vec(inner, 0..5).prop_map(Value::from),
                members.prop_map(|members| members.into_iter().collect()),
                prop::collection::vec(object, 0..5).prop_map(|objects| {
                    let object =
                        |(id, members): (u8, std::collections::BTreeMap<String, Value>)| {
                            let mut object: Value = members.into_iter().collect();
                            object["?"] = json!({ "id": id.to_string() });
                            object
                        };
                    objects.into_iter().map(object).collect()
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_difference_carried_out_is_the_other((before, after) in (values(), values())) {
            let operations = diff(&before, &after);
            let mut value = before.clone();
            patch(&mut value, &operations).unwrap();
            prop_assert_eq!(&value, &after);
            prop_assert!(diff(&before, &before).is_empty());
            // Others read a patch in the same way.
            let told = serde_json::to_value(&operations).unwrap();
            let told: json_patch::Patch = serde_json::from_value(told).unwrap();
            let mut value = before;
            json_patch::patch(&mut value, &told).unwrap();
            prop_assert_eq!(value, after);
        }
    }

    #[test]
    fn objects_are_known_by_their_ids() {
        let app = |id: &str, port: u16| json!({ "?": { "id": id }, "port": port });
        let operations = diff(
            &json!([app("a", 1), app("b", 1)]),
            &json!([app("b", 2), app("c", 1)]),
        );
        let told = serde_json::to_value(operations).unwrap();
        assert_eq!(
            told,
            json!([
                { "op": "remove", "path": "/0" },
                { "op": "replace", "path": "/0/port", "value": 2 },
                { "op": "add", "path": "/1", "value": app("c", 1) },
            ])
        );
    }
}
