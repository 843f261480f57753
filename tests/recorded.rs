//! What a real Murano answered (`tests/data/recorded`) goes through the SDK's types and comes out
//! whole: no member, no value and no unknown word is lost.

#![expect(
    clippy::unwrap_used,
    reason = "the settings for tests do not reach functions beside the tests"
)]

#[path = "recorded/mogan.rs"]
mod mogan;

use std::{collections::BTreeSet, path::PathBuf};

use murano_sdk::{
    actions,
    categories::Category,
    deployments::{Deployment, Report},
    environments::{Environment, LastStatus},
    packages::Package,
    schemas::Schemas,
    sessions::SessionInfo,
    statistics::{AggregatedStatistics, InstanceStatistics, RequestStatistics},
    templates::{CreatedEnvironment, Template},
};
use proptest::prelude::*;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

/// An answer with success: the file it is from, its route, and its body.
struct Answer {
    file: String,
    route: String,
    body: Value,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn answers() -> Vec<Answer> {
    let mut answers = Vec::new();
    for entry in std::fs::read_dir(root().join("tests/data/recorded")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        let recorded = std::fs::read_to_string(path).unwrap();
        let recorded: Value = serde_json::from_str(&recorded).unwrap();
        let status = recorded["response"]["status"].as_u64().unwrap();
        assert_eq!(file.starts_with("error-"), status >= 400, "{file}");
        if let (200, Some(route)) = (status, recorded["route"].as_str()) {
            answers.push(Answer {
                file,
                route: route.to_owned(),
                body: recorded["response"]["body"].clone(),
            });
        }
    }
    assert!(answers.len() > 100, "only {} answers", answers.len());
    answers
}

/// Decodes and encodes.
type Through = fn(&Value) -> serde_json::Result<Value>;

fn through<T: DeserializeOwned + Serialize>(body: &Value) -> serde_json::Result<Value> {
    // From text, as it comes: a decoder of values takes owned texts alone.
    let decoded: T = serde_json::from_str(&body.to_string())?;
    serde_json::to_value(decoded)
}

/// What the SDK makes of the answers of a route.
enum Kind {
    /// One object.
    One(Through),
    /// An object with a list of them under this name.
    List(&'static str, Through),
    /// A list of them.
    Bare(Through),
    /// An object by ids under this name.
    Under(&'static str, Through),
    /// JSON without a shape, a file, or nothing.
    Free,
}

fn kind(route: &str) -> Kind {
    match route {
        "GET /environments" => Kind::List("environments", through::<Environment>),
        "POST /environments" | "GET /environments/{e}" | "PUT /environments/{e}" => {
            Kind::One(through::<Environment>)
        }
        "GET /environments/{e}/lastStatus" => Kind::Under("lastStatuses", through::<LastStatus>),
        "POST /environments/{e}/configure" | "GET /environments/{e}/sessions/{s}" => {
            Kind::One(through::<SessionInfo>)
        }
        "GET /deployments" | "GET /environments/{e}/deployments" => {
            Kind::List("deployments", through::<Deployment>)
        }
        "GET /environments/{e}/deployments/{d}" => Kind::List("reports", through::<Report>),
        "GET /schemas/{class}" | "GET /schemas/{class}/{methods}" => Kind::One(through::<Schemas>),
        "GET /templates" => Kind::List("templates", through::<Template>),
        "POST /templates"
        | "GET /templates/{t}"
        | "PUT /templates/{t}"
        | "POST /templates/{t}/clone" => Kind::One(through::<Template>),
        "POST /templates/{t}/create-environment" => Kind::One(through::<CreatedEnvironment>),
        "GET /catalog/packages" => Kind::List("packages", through::<Package>),
        "POST /catalog/packages" | "GET /catalog/packages/{p}" | "PATCH /catalog/packages/{p}" => {
            Kind::One(through::<Package>)
        }
        "GET /catalog/categories" => Kind::List("categories", through::<Category>),
        "POST /catalog/categories" | "GET /catalog/categories/{c}" => {
            Kind::One(through::<Category>)
        }
        "GET /environments/{e}/instance-statistics/raw"
        | "GET /environments/{e}/instance-statistics/raw/{i}" => {
            Kind::Bare(through::<InstanceStatistics>)
        }
        "GET /environments/{e}/instance-statistics/aggregated" => {
            Kind::Bare(through::<AggregatedStatistics>)
        }
        "GET /stats" => Kind::Bare(through::<RequestStatistics>),
        _ => Kind::Free,
    }
}

/// The objects of an answer that have a type, with the way through it.
fn typed(answer: &Answer) -> Vec<(Through, Value)> {
    let list = |value: &Value| value.as_array().unwrap().clone();
    match kind(&answer.route) {
        Kind::One(through) => vec![(through, answer.body.clone())],
        Kind::Under(name, through) => vec![(through, answer.body[name].clone())],
        Kind::List(name, through) => {
            let items = list(&answer.body[name]).into_iter();
            items.map(|item| (through, item)).collect()
        }
        Kind::Bare(through) => {
            let items = list(&answer.body).into_iter();
            items.map(|item| (through, item)).collect()
        }
        Kind::Free => Vec::new(),
    }
}

/// Where `after` lost something of `before`. A member that was not there may come out as nothing.
fn lost(before: &Value, after: &Value, place: &str) -> Option<String> {
    match (before, after) {
        (Value::Object(old), Value::Object(new)) => {
            let kept = old.iter().find_map(|(name, value)| {
                let there = new.get(name).unwrap_or(&Value::Null);
                lost(value, there, &format!("{place}/{name}"))
            });
            let nothing = [json!(null), json!(""), json!(0), json!(false), json!([])];
            kept.or_else(|| {
                let mut made = new.iter().filter(|(name, _)| !old.contains_key(*name));
                let (name, value) = made.find(|(_, value)| !nothing.contains(value))?;
                Some(format!("{place}/{name} is {value} out of nowhere"))
            })
        }
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            let mut pairs = old.iter().zip(new).enumerate();
            pairs.find_map(|(at, (old, new))| lost(old, new, &format!("{place}/{at}")))
        }
        _ if before == after => None,
        _ => Some(format!("{place} was {before} and is {after}")),
    }
}

#[test]
fn every_answer_comes_out_as_it_went_in() {
    let mut objects = 0;
    for answer in answers() {
        for (through, before) in typed(&answer) {
            objects += 1;
            let after = through(&before);
            let after = after.unwrap_or_else(|error| panic!("{}: {error}", answer.file));
            assert_eq!(lost(&before, &after, ""), None, "{}", answer.file);
            // Once through, it is the same for ever.
            assert_eq!(through(&after).unwrap(), after, "{}", answer.file);
        }
    }
    assert!(objects > 70, "only {objects} objects");
}

/// The routes of the table of coverage all have an answer here.
#[test]
fn every_route_was_recorded() {
    let table = std::fs::read_to_string(root().join("docs/api-coverage.md")).unwrap();
    let mut routes = BTreeSet::new();
    for line in table.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        if let [_, number, method, path, ..] = cells.as_slice()
            && number.parse::<u32>().is_ok()
        {
            routes.insert(format!("{method} {}", path.trim_matches('`')));
        }
    }
    assert_eq!(routes.len(), 57);
    let recorded: BTreeSet<String> = answers().into_iter().map(|answer| answer.route).collect();
    assert_eq!(recorded, routes);
}

#[test]
fn actions_are_read_out_of_recorded_models() {
    let all = answers();
    let model = all
        .iter()
        .find(|answer| answer.file == "environment-model-deployed.json");
    let found = actions::in_model(&model.unwrap().body);
    let names: Vec<&str> = found.iter().map(|action| action.name.as_str()).collect();
    assert!(
        names.contains(&"deploy") && names.contains(&"echo"),
        "{names:?}"
    );
    let echo = found.iter().find(|action| action.name == "echo").unwrap();
    assert_eq!(echo.id, format!("{}_echo", echo.object_id));
    let again: actions::Action =
        serde_json::from_value(serde_json::to_value(echo).unwrap()).unwrap();
    assert_eq!(&again, echo);
}

/// Any JSON that a server could think of.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Members no version of the API has had.
fn unknown_members() -> impl Strategy<Value = Map<String, Value>> {
    prop::collection::btree_map("new [a-zA-Z_?ж]{0,6}", anything(), 1..4)
        .prop_map(|members| members.into_iter().collect())
}

/// Adds members to an object, and to the typed ones inside it.
fn extend(object: &mut Value, members: &Map<String, Value>) {
    let Value::Object(object) = object else {
        return;
    };
    object.extend(members.clone());
    if let Some(action) = object.get_mut("action") {
        extend(action, members);
    }
    if let Some(Value::Array(packages)) = object.get_mut("packages") {
        for package in packages {
            extend(package, members);
        }
    }
}

/// Members that hold one of a known set of words.
const STATES: [&str; 3] = ["status", "state", "level"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_unknown_survives(members in unknown_members(), word in "[ -~ж]{1,12}") {
        for answer in answers() {
            for (through, mut before) in typed(&answer) {
                if answer.route.ends_with("/lastStatus") || answer.route.contains("/schemas/") {
                    for (_, one) in before.as_object_mut().unwrap() {
                        extend(one, &members);
                    }
                } else {
                    extend(&mut before, &members);
                }
                for (name, value) in before.as_object_mut().unwrap() {
                    let is_kind = name == "type" && value.is_string() && answer.route.contains("/packages");
                    if (is_kind || STATES.contains(&name.as_str())) && value.is_string() {
                        *value = word.as_str().into();
                    }
                }
                let after = through(&before).map_err(|error| {
                    TestCaseError::fail(format!("{}: {error}", answer.file))
                })?;
                prop_assert_eq!(lost(&before, &after, ""), None, "{}", answer.file);
            }
        }
    }
}

#[test]
fn losses_are_seen() {
    let before = json!({ "a": [{ "b": 1.0 }], "c": null });
    for (after, expected) in [
        (json!({ "a": [{ "b": 1.0 }], "d": null }), None),
        (json!({ "a": [{ "b": 1 }] }), Some("/a/0/b")),
        (json!({ "a": [{}] }), Some("/a/0/b")),
        (json!({ "a": [] }), Some("/a was")),
        (json!({ "a": [{ "b": 1.0, "e": "x" }] }), Some("/a/0/e")),
    ] {
        let found = lost(&before, &after, "");
        assert_eq!(found.is_some(), expected.is_some(), "{after}");
        assert!(
            found
                .unwrap_or_default()
                .starts_with(expected.unwrap_or(""))
        );
    }
}
