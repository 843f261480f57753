//! Promises about documents and object models that need no service.

use std::collections::HashMap;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

mod schema;

use super::{
    Application, Document, Kind, Variables, diff, export, export::Exporter, merge::merge, patch,
    server,
};
use crate::{error::ErrorKind, model::object_id};

const NAMES: [&str; 4] = ["front", "back", "a/b", "~"];

/// What a property can have; references say which of the names they mean.
fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0..3_i64).prop_map(Value::from),
        prop_oneof!["[ab]{0,2}", Just("${A}".to_owned()), Just("$${".to_owned())]
            .prop_map(Value::from),
        (0..NAMES.len()).prop_map(|at| json!({ "$ref": at })),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let members = prop::collection::btree_map("[p-r]|[$][$]x|name", inner.clone(), 0..3);
        let class = prop_oneof![Just(None), Just(Some("Part")), Just(Some("Other"))];
        prop_oneof![
            prop::collection::vec(inner, 0..3).prop_map(Value::from),
            (members, class).prop_map(|(members, class)| {
                let class = class.map(|class| ("$class".to_owned(), class.into()));
                members.into_iter().chain(class).collect()
            }),
        ]
    })
}

/// References by number become references to an application that is there, or nothing.
fn with_references(value: Value, names: &[&str]) -> Value {
    match value {
        Value::Object(members) => {
            if let Some(at) = members.get("$ref").and_then(Value::as_u64) {
                let name = names.get(usize::try_from(at).unwrap());
                let target = name.map(|name| super::notation::segment(name));
                return target.map_or(Value::Null, |target| super::notation::reference(&target));
            }
            let member = |(key, value)| (key, with_references(value, names));
            members.into_iter().map(member).collect()
        }
        Value::Array(items) => items
            .into_iter()
            .map(|item| with_references(item, names))
            .collect(),
        other => other,
    }
}

fn documents() -> impl Strategy<Value = Document> {
    let properties = prop::collection::btree_map("[p-r]|[$][$]x|name", values(), 0..4);
    let class = prop_oneof![4 => Just("Class"), 1 => Just("Second")];
    let application = (
        class,
        prop_oneof![Just(None), Just(Some(">=0"))],
        properties,
    );
    prop::collection::btree_map(0..NAMES.len(), application, 0..4).prop_map(|applications| {
        let names: Vec<&str> = applications.keys().map(|at| NAMES[*at]).collect();
        let applications = applications
            .into_iter()
            .map(|(at, (class, version, properties))| {
                let property = |(key, value)| (key, with_references(value, &names));
                Application {
                    name: NAMES[at].to_owned(),
                    class: class.to_owned(),
                    version: version.map(str::to_owned),
                    package: None,
                    properties: properties.into_iter().map(property).collect(),
                }
            });
        Document {
            applications: applications.collect(),
            ..of_name("shop")
        }
    })
}

fn of_name(name: &str) -> Document {
    Document {
        kind: Kind::Environment,
        name: name.to_owned(),
        description: None,
        region: None,
        public: None,
        networks: None,
        packages: Vec::new(),
        applications: Vec::new(),
    }
}

fn exported(services: &[Value]) -> Document {
    let model = json!({ "services": services });
    let names = export::names(services.iter(), &HashMap::new());
    Exporter::new(&model, names, true).document(Kind::Environment, "shop", &model)
}

/// What the engine makes of a model: whole types, members of its own, properties nobody set.
fn deployed(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Map<String, Value> = members
                .iter()
                .map(|(key, value)| {
                    (
                        key.clone(),
                        if key == "?" {
                            value.clone()
                        } else {
                            deployed(value)
                        },
                    )
                })
                .collect();
            if let Some(Value::Object(system)) = members.get_mut("?") {
                let class = system["type"]
                    .as_str()
                    .unwrap()
                    .split('/')
                    .next()
                    .unwrap()
                    .to_owned();
                system.insert("type".to_owned(), format!("{class}/0.3.0@P").into());
                system.remove("classVersion");
                system.insert("_actions".to_owned(), json!({}));
                members.insert("generated".to_owned(), json!([1]));
                members.insert("left".to_owned(), Value::Null);
            }
            Value::Object(members)
        }
        Value::Array(items) => items.iter().map(deployed).collect(),
        Value::Number(number) => number.to_string().into(),
        other => other.clone(),
    }
}

fn all_deployed(services: &[Value]) -> Vec<Value> {
    services.iter().map(deployed).collect()
}

proptest! {
    #[test]
    fn what_is_applied_differs_no_more(first in documents(), second in documents(), prune: bool) {
        let before = all_deployed(&merge(&first, &[], true).unwrap().services);
        let Ok(merged) = merge(&second, &before, prune) else {
            // Something that stays refers to what would go.
            return Ok(());
        };
        let after = merged.services;
        // The difference leads from one to the other.
        let mut value = json!(before);
        patch(&mut value, &diff(&json!(before), &json!(after))).unwrap();
        prop_assert_eq!(&value, &json!(after));
        // Once is enough, before and after the engine has had it.
        prop_assert_eq!(&merge(&second, &after, prune).unwrap().services, &after);
        let run = all_deployed(&after);
        prop_assert_eq!(&merge(&second, &run, prune).unwrap().services, &run);
        // Each application is there under its name, and those that stay have kept their ids.
        let names = export::names(after.iter(), &HashMap::new());
        let id = |services: &[Value], name: &str| {
            let of_name = services.iter().find(|app| app["?"]["name"] == name);
            of_name.and_then(object_id).map(str::to_owned)
        };
        for app in &second.applications {
            let now = id(&after, &app.name).unwrap();
            prop_assert_eq!(&names[&now], &app.name);
            let had = first.applications.iter().any(|old| old.name == app.name && old.class == app.class);
            if had {
                prop_assert_eq!(Some(now), id(&before, &app.name));
            }
        }
        let stays = |app: &&Application| second.applications.iter().all(|other| other.name != app.name);
        let others = first.applications.iter().filter(stays).filter(|_| !prune).count();
        prop_assert_eq!(after.len(), second.applications.len() + others);
    }

    #[test]
    fn what_is_exported_differs_in_nothing(document in documents()) {
        let services = merge(&document, &[], true).unwrap().services;
        for services in [all_deployed(&services), services] {
            let exported = exported(&services);
            prop_assert_eq!(&merge(&exported, &services, true).unwrap().services, &services);
            // As a file, too.
            let again = Document::parse(&exported.to_yaml(), &Variables::new()).unwrap();
            prop_assert_eq!(&again, std::slice::from_ref(&exported));
            schema::check(&exported.to_value()).map_err(TestCaseError::fail)?;
            let json = exported.to_value().to_string();
            prop_assert_eq!(Document::parse(&json, &Variables::new()).unwrap(), [exported]);
        }
    }
}

fn parse(text: &str) -> Document {
    Document::parse(text, &Variables::new()).unwrap().remove(0)
}

fn refusal(text: &str) -> String {
    let error = Document::parse(text, &Variables::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    error.to_string()
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    let app = |text: &str| {
        refusal(&format!(
            "name: shop\napplications:\n  till:\n    class: A\n{text}"
        ))
    };
    for (told, line) in [
        (refusal("name: shop\n\nreggion: x"), 3),
        (refusal("name: shop\nname: desk"), 2),
        (refusal("kind: plan\nname: shop"), 1),
        (refusal("kind: template\nname: shop\nregion: x"), 3),
        (refusal("region: x"), 1),
        (refusal("name: shop\n---\nname: ' '"), 3),
        (refusal("name: shop\n---\nname: shop"), 3),
        (refusal("- shop"), 1),
        (refusal("name: ${NOWHERE}"), 1),
        (refusal("name: shop\npackages:\n  no name:"), 3),
        (refusal("name: shop\npackages:\n  io.example.A: '>>1'"), 3),
        (
            refusal("name: shop\npackages:\n  io.example.A:\n    folder: x"),
            4,
        ),
        (refusal("name: shop\napplications:\n  till: {}"), 3),
        (refusal("name: shop\nnetworks: {flat: true}"), 2),
        (
            refusal("name: shop\nnetworks:\n  network: a\n  environment: {$class: A}"),
            3,
        ),
        (app("    colour: red"), 5),
        (app("    version: latest"), 5),
        (app("    properties:\n      '?': {id: 1}"), 6),
        (app("    properties:\n      a: {$reff: till}"), 6),
        (app("    properties:\n      a: 1\n      b: {$ref: desk}"), 7),
        (
            app("    properties:\n      a: {b: 1}\n      c: {$ref: till/a}"),
            7,
        ),
        (
            app("    properties:\n      a: [{$class: B, $vesrion: 1}]"),
            6,
        ),
        (app("    properties:\n      a: {$class: B/1.0.0@B}"), 6),
    ] {
        assert!(
            told.starts_with(&format!("line {line}: "))
                || told.starts_with(&format!("line {line}, ")),
            "{told}"
        );
    }
    assert_eq!(refusal("# nothing"), "there is no document in it");
    assert_eq!(
        app("    properties:\n      a: ${NO}"),
        "line 6: variable NO has no value"
    );
}

#[test]
fn variables_without_quotes_can_be_numbers() {
    let text = "name: shop\napplications:\n  a:\n    class: A\n    version: ${V}\n    properties:\n      \
                port: ${PORT}\n      text: \"${PORT}\"\n      zero: ${ZERO}\n      list: ${LIST}\n";
    let variables = Variables::new()
        .set("PORT", "80")
        .set("ZERO", "0123")
        .set("V", 1.5);
    let document = Document::parse(text, &variables.set("LIST", json!(["x"]))).unwrap();
    let app = &document[0].applications[0];
    assert_eq!(app.version.as_deref(), Some("1.5"));
    let expected = json!({"port": 80, "text": "80", "zero": "0123", "list": ["x"]});
    assert_eq!(Value::Object(app.properties.clone()), expected);
}

#[test]
fn objects_in_lists_are_known_by_name_then_by_what_they_have() {
    let text = |parts: &str| {
        parse(&format!(
            "{{name: s, applications: {{a: {{class: A, properties: {{l: [{parts}]}}}}}}}}"
        ))
    };
    let first = text("{$class: P, name: x}, {$class: P, name: y}, {$class: P, n: 1}");
    let before = merge(&first, &[], true).unwrap().services;
    let ids = |services: &[Value]| -> Vec<String> {
        let parts = services[0]["l"].as_array().unwrap().iter();
        parts
            .map(|part| object_id(part).unwrap().to_owned())
            .collect()
    };
    let second = text("{$class: P, n: 1}, {$class: P, name: y, n: 2}, {$class: Q, name: x}");
    let after = merge(&second, &before, true).unwrap().services;
    let (old, new) = (ids(&before), ids(&after));
    assert_eq!((&new[0], &new[1]), (&old[2], &old[1]));
    assert!(
        !old.contains(&new[2]),
        "an object of another class is another object"
    );
}

#[test]
fn applications_without_an_id_stay_where_they_are_and_get_one() {
    let there = [
        json!({ "?": { "type": "A", "name": "a" } }),
        json!({ "?": { "id": "1", "type": "B", "name": "b" }, "a": null }),
    ];
    let text =
        "{name: s, applications: {a: {class: A}, b: {class: B, properties: {a: {$ref: a}}}}}";
    let document = parse(text);
    let merged = merge(&document, &there, false).unwrap().services;
    let id = object_id(&merged[0]).unwrap();
    assert_eq!(merged.len(), 2);
    assert_eq!(merged[1]["a"], id, "the reference is to nothing");
    assert_eq!(merge(&document, &merged, false).unwrap().services, merged);
    // Nobody refers to it.
    let document = parse("{name: s, applications: {a: {class: A}, b: {class: B}}}");
    assert_eq!(merge(&document, &there, false).unwrap().services, there);
}

#[test]
fn applications_that_others_made_are_found_by_class_and_name() {
    let app = |id: &str, class: &str, name: &str| json!({ "?": { "id": id, "type": class }, "name": name, "port": 1 });
    let there = [
        app("1", "A", "till"),
        app("2", "B", "till"),
        app("3", "A", "twin"),
        app("4", "A", "twin"),
    ];
    let apply = |text: &str| {
        merge(
            &parse(&format!("{{name: s, applications: {{{text}}}}}")),
            &there,
            false,
        )
    };
    let ids = |text: &str| -> Vec<String> {
        let services = apply(text).unwrap().services;
        services
            .iter()
            .map(|app| object_id(app).unwrap().to_owned())
            .collect()
    };
    assert_eq!(ids("till: {class: A}"), ["1", "2", "3", "4"]);
    assert_eq!(
        ids("twin: {class: A}").len(),
        5,
        "which one is meant cannot be known"
    );
    assert_eq!(
        ids("'3': {class: A}").len(),
        4,
        "an id is as good as a name"
    );
    let named = apply("till: {class: B, properties: {port: 2}}")
        .unwrap()
        .services;
    assert_eq!(named[1]["?"]["name"], "till");
    assert!(named[0]["?"].get("name").is_none());
    assert!(apply("till: {class: A}, '1': {class: A}").is_err());
    let twins = [
        json!({"?": {"id": "1", "type": "A", "name": "x"}}),
        json!({"?": {"id": "2", "type": "A", "name": "x"}}),
    ];
    let error = merge(
        &parse("{name: s, applications: {x: {class: A}}}"),
        &twins,
        false,
    )
    .err()
    .unwrap();
    assert_eq!(
        (error.kind(), error.candidates().len()),
        (ErrorKind::Ambiguous, 2)
    );
    // And still an export of them differs in nothing.
    for services in [&there[..], &twins] {
        assert_eq!(
            merge(&exported(services), services, true).unwrap().services,
            services
        );
    }
}

#[test]
fn what_others_refer_to_is_not_removed() {
    let there = [
        json!({"?": {"id": "1", "type": "A", "name": "a"}, "peer": "2"}),
        json!({"?": {"id": "2", "type": "A", "name": "b"}}),
    ];
    let only_a = parse("{name: s, applications: {a: {class: A}}}");
    let error = merge(&only_a, &there, true).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(
        error.to_string(),
        "\"b\" or a part of it would be removed, but \"a\" refers to it"
    );
    let without = parse("{name: s, applications: {a: {class: A, properties: {peer: null}}}}");
    assert_eq!(merge(&without, &there, true).unwrap().services.len(), 1);
}

#[test]
fn a_version_that_fits_stays_and_another_one_is_asked_for() {
    let there = [json!({"?": {"id": "1", "type": "A/1.2.0@P", "name": "a"}})];
    let of = |version: &str| {
        let text = format!("{{name: s, applications: {{a: {{class: A, version: '{version}'}}}}}}");
        merge(&parse(&text), &there, false).unwrap().services
    };
    assert_eq!(of(">=1.0"), there);
    let system = &of(">=1.3")[0]["?"];
    assert_eq!(
        (&system["type"], &system["classVersion"]),
        (&json!("A"), &json!(">=1.3"))
    );
    assert_eq!(
        (&system["id"], &system["package"]),
        (&json!("1"), &json!("P"))
    );
}

#[test]
fn the_services_of_a_model_may_be_missing() {
    for model in [json!({}), json!({ "services": null }), Value::Null] {
        assert!(server::services(&model).is_empty());
    }
}
