//! `/environments/{env}/model/`: the object model of an environment.

use serde_json::Value;

use super::{Cx, Params, Payload, Reply, Route, environments, sessions};
use crate::errors::{Failure, Result, detailed, fault, no_attribute};
use crate::json::{Fields as _, python_repr};
use crate::model::{digits, walk};
use crate::patch::Operation;
use crate::state::Table;

pub(super) const ROUTES: &[Route] = &[
    Route::get("/environments/{env}/model/{*path}", show),
    Route::patch("/environments/{env}/model/", change),
];

fn show(cx: &mut Cx<'_>, path: &Params) -> Result<Reply> {
    let row = environments::find(cx, path.get("env"))?;
    let model = sessions::model_for_reading(cx, row)?;
    walk(model, path.get("path")).map(Reply::Json)
}

fn change(cx: &mut Cx<'_>, path: &Params) -> Result<Reply> {
    let operations = match &cx.payload {
        Payload::Patch(_, operations) => operations.clone(),
        // Nobody has read the pointers of a patch that was sent as plain JSON.
        Payload::Json(Value::Array(items)) if !items.is_empty() => vec![Operation::default()],
        _ => Vec::new(),
    };
    environments::find(cx, path.get("env"))?;
    if operations.is_empty() {
        let text = "Request body is empty: please, provide environment object model patch";
        return Err(detailed(400, text));
    }
    let Some(id) = cx.session else {
        return Err(no_attribute(&Value::Null, "description"));
    };
    let session = cx
        .db
        .get(Table::Sessions, id)
        .ok_or_else(sessions::unknown_crashes)?;
    let mut model = session["model"].clone();
    for operation in &operations {
        apply(&mut model, operation)?;
    }
    cx.db
        .update(Table::Sessions, id, |row| row.set("model", model.clone()));
    Ok(model.into())
}

fn pointer(message: String) -> Failure {
    fault("JsonPointerException", message)
}

/// Carries out one operation.
fn apply(model: &mut Value, operation: &Operation) -> Result<()> {
    let Some((last, parents)) = operation.path.split_last() else {
        return Ok(());
    };
    let mut at = model;
    for segment in parents {
        at = step(at, segment)?;
    }
    let (op, value) = (operation.op.as_str(), &operation.value);
    match at {
        Value::Object(members) => {
            let known = members.contains_key(last);
            if op != "add" && !known {
                return Err(detailed(
                    404,
                    format!("can't {op} a non-existent object '{last}'"),
                ));
            }
            if op == "remove" {
                members.shift_remove(last);
            } else {
                members.insert(last.clone(), value.clone());
            }
            Ok(())
        }
        Value::Array(items) => apply_to_list(items, last, (op, value)),
        other => Err(not_indexable(other)),
    }
}

fn apply_to_list(items: &mut Vec<Value>, last: &str, (op, value): (&str, &Value)) -> Result<()> {
    if op == "add" && last == "-" {
        items.push(value.clone());
        return Ok(());
    }
    let wrong = || pointer(format!("'{last}' is not a valid sequence index"));
    let index = digits(last).ok_or_else(wrong)?;
    match op {
        "add" if index <= items.len() => items.insert(index, value.clone()),
        "add" => return Err(detailed(404, "can't insert outside of list")),
        "replace" if index < items.len() => items[index] = value.clone(),
        "replace" => return Err(detailed(404, "can't replace outside of list")),
        _ if index < items.len() => drop(items.remove(index)),
        _ => {
            return Err(detailed(
                404,
                format!("can't remove a non-existent object '{last}'"),
            ));
        }
    }
    Ok(())
}

fn step<'a>(at: &'a mut Value, segment: &str) -> Result<&'a mut Value> {
    let printed = python_repr(at);
    match at {
        Value::Object(members) => members
            .get_mut(segment)
            .ok_or_else(|| pointer(format!("member '{segment}' not found in {printed}"))),
        Value::Array(items) => {
            let wrong = || pointer(format!("'{segment}' is not a valid sequence index"));
            let index = digits(segment).ok_or_else(wrong)?;
            items
                .get_mut(index)
                .ok_or_else(|| pointer(format!("index '{index}' is out of bounds")))
        }
        other => Err(not_indexable(other)),
    }
}

fn not_indexable(value: &Value) -> Failure {
    let kind = crate::json::python_type(value);
    pointer(format!(
        "Document '<class '{kind}'>' does not support indexing, must be mapping/sequence or \
         support __getitem__"
    ))
}
