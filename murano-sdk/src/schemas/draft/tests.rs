use super::*;

const SHOP: &str = "com.example.Shop";
const VM: &str = "io.murano.resources.LinuxMuranoInstance";

/// A draft of a shop with these settings, and the schemas of its classes.
fn shop(settings: &[(&str, &str)]) -> Draft {
    let schemas = [
        (
            SHOP,
            json!({
                "name": { "type": "string", "formIndex": 2 },
                "port": { "type": "integer", "default": 80, "minimum": 1, "exclusiveMinimum": false,
                    "maximum": 65535, "exclusiveMaximum": false },
                "kind": { "type": ["string", "null"], "enum": ["small", "large"] },
                "open": { "type": "boolean", "default": true },
                "hours": { "type": "array", "items": { "type": "integer" } },
                "instance": { "type": "muranoObject", "muranoType": "io.murano.resources.Instance",
                    "formIndex": 1 },
                "till": { "type": ["muranoObject", "null"], "muranoType": "com.example.Till" },
                "servers": { "type": "array", "items": { "type": "muranoObject", "muranoType": VM } },
                "template": { "type": ["muranoObject", "null"], "muranoType": VM,
                    "excludedProperties": ["name"] },
                "limits": { "type": "object", "additionalProperties": false,
                    "default": { "high": 2, "low": 1 },
                    "properties": { "low": { "type": "integer" }, "high": { "type": "integer" } } },
                "labels": { "type": "object", "properties": {},
                    "additionalProperties": { "type": "string" } },
                "any": {},
            }),
        ),
        (
            VM,
            json!({ "name": { "type": "string" }, "flavor": { "type": "string" },
                "image": { "type": ["string", "null"], "default": null } }),
        ),
        (
            "com.example.Till",
            json!({ "drawers": { "type": "integer", "default": 1 } }),
        ),
    ];
    let mut draft = Draft::new(json!({ "?": { "id": "shop", "type": SHOP } }));
    for (class, properties) in schemas {
        let class = ClassName::of(&json!({ "?": { "type": class } })).unwrap();
        let schema = serde_json::from_value(json!({ "properties": properties }));
        draft.learn(class, schema.unwrap());
    }
    for (path, text) in settings {
        draft.set(*path, *text);
    }
    draft
}

fn problems(settings: &[(&str, &str)]) -> Vec<String> {
    let review = shop(settings).review();
    review.problems.iter().map(ToString::to_string).collect()
}

fn missing(settings: &[(&str, &str)]) -> Vec<String> {
    let review = shop(settings).review();
    let paths = review.missing.into_iter().map(|missing| missing.path);
    paths.collect()
}

#[test]
fn texts_are_read_by_the_types_of_the_properties() {
    let review = shop(&[
        ("name", "80"),
        ("port", "8080"),
        ("open", "False"),
        ("hours", "[8, 20]"),
        ("kind", "null"),
        ("labels.a.b", "1"),
        ("any", "{\"x\": 1}"),
        ("instance", "4f1e"),
    ])
    .review();
    assert_eq!(review.problems[0].path, "labels.a.b");
    assert_eq!(review.problems.len(), 1, "{review:?}");
    assert!(review.missing.is_empty());
    let model = &review.model;
    assert_eq!(model["name"], "80");
    assert_eq!(model["port"], 8080);
    assert_eq!(model["open"], false);
    assert_eq!(model["hours"], json!([8, 20]));
    assert_eq!(model["kind"], Value::Null);
    assert_eq!(model["any"]["x"], 1);
    assert_eq!(model["instance"], "4f1e");
}

#[test]
fn what_no_schema_allows_is_told_in_one_line() {
    for (path, text, told) in [
        ("port", "http", "`port` takes an integer, not \"http\""),
        ("port", "0", "`port` takes at least 1, not 0"),
        ("port", "65536", "`port` takes at most 65535, not 65536"),
        (
            "kind",
            "huge",
            "`kind` takes one of \"small\", \"large\", not \"huge\"",
        ),
        ("open", "yes", "`open` takes a boolean, not \"yes\""),
        ("hours", "8", "`hours` takes an array, not 8"),
        (
            "hours.0",
            "noon",
            "`hours.0` takes an integer, not \"noon\"",
        ),
        (
            "hours.x",
            "1",
            "`hours` is a list, whose elements have numbers: `x` is none",
        ),
        (
            "nmae",
            "x",
            "com.example.Shop has no property `nmae`: did you mean `name`?",
        ),
        (
            "name.first",
            "x",
            "`name.first` goes through `name`, which is no object",
        ),
        (
            "limits.hihg",
            "1",
            "`limits` has no property `hihg`: did you mean `high`?",
        ),
        (
            "limits.colour",
            "1",
            "`limits` has no property `colour`: it has low, high",
        ),
        (
            "till.drawer",
            "1",
            "`till`, of class com.example.Till, has no property `drawer`: did you mean `drawers`?",
        ),
        (
            "till",
            "[]",
            "`till` takes an object of class com.example.Till or null, not []",
        ),
        ("a..b", "1", "`a..b` has an empty property name"),
        (
            "?.id",
            "1",
            "`?.id` is no property: what `?` has is set by options",
        ),
    ] {
        assert_eq!(problems(&[(path, text)]), [told], "{path}={text}");
    }
    let long = "x".repeat(100);
    assert!(problems(&[("port", &long)])[0].ends_with("x…"));
}

#[test]
fn objects_on_the_way_are_made_by_the_class_that_is_meant() {
    let model = shop(&[("till.drawers", "2"), ("servers.0.flavor", "m1")]).review();
    assert_eq!(model.problems, []);
    let till = &model.model["till"];
    assert_eq!(
        (&till["?"]["type"], &till["drawers"]),
        (&json!("com.example.Till"), &json!(2))
    );
    assert_eq!(till["?"]["classVersion"], ">=0");
    assert!(till["?"]["id"].is_string());
    assert_eq!(model.model["servers"][0]["?"]["type"], VM);
    // One part of a default is changed, the other is kept.
    let limits = shop(&[("limits.high", "5")]).review().model;
    assert_eq!(limits["limits"], json!({ "low": 1, "high": 5 }));
}

#[test]
fn an_abstract_class_is_not_guessed_at() {
    let flavor = ("instance.flavor", "7");
    let review = shop(&[flavor, ("name", "x")]).review();
    assert_eq!(review.missing[0].path, "instance");
    assert_eq!(review.missing[0].classes[0], VM);
    // Whatever their order, the class comes first.
    let review = shop(&[flavor, ("instance", VM), ("name", "x")]).review();
    assert_eq!(review.missing[0].path, "instance.name");
    assert_eq!(review.model["instance"]["flavor"], "7");
    let none = missing(&[
        flavor,
        ("instance", VM),
        ("instance.name", "a"),
        ("name", "x"),
    ]);
    assert_eq!(none, [""; 0]);
}

#[test]
fn all_that_is_missing_is_told_in_the_order_of_the_form() {
    assert_eq!(missing(&[]), ["instance", "name"]);
    let of_nested = missing(&[("template", VM), ("servers", "[{}]"), ("instance", "id")]);
    assert_eq!(
        of_nested,
        [
            "template.flavor",
            "servers.0.flavor",
            "servers.0.name",
            "name"
        ]
    );
    let mut draft = shop(&[("instance", "id"), ("name", "x")]);
    draft.model["limits"] = json!({ "low": 1 });
    assert_eq!(draft.review().missing[0].path, "limits.high");
}

#[test]
fn objects_of_a_given_model_are_looked_at_too() {
    let mut draft = shop(&[("name", "x")]);
    draft.model["instance"] =
        json!({ "?": { "id": "i", "type": VM }, "flavor": 1.5, "image": 7, "x": 2 });
    let review = draft.review();
    let told: Vec<String> = review.problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "`instance.flavor` takes a string, not 1.5".to_owned(),
            format!("`instance`, of class {VM}, has no property `x`: it has flavor, image, name"),
        ]
    );
    assert_eq!(review.missing[0].path, "instance.name");
}

#[test]
fn a_class_without_a_schema_is_taken_as_it_is() {
    let mut draft = Draft::new(json!({ "?": { "id": "a", "type": "a.B" } }));
    draft.set("port", "80");
    draft.set("a.b", "x");
    assert_eq!(draft.review().wanted.len(), 1);
    let class = draft.review().wanted.remove(0);
    draft.learn(class, None);
    let review = draft.review();
    assert!(review.is_complete());
    assert_eq!(review.unchecked, ["a.B"]);
    assert_eq!(
        (&review.model["port"], &review.model["a"]["b"]),
        (&json!(80), &json!("x"))
    );
    // One schema is asked for after the other: that of a nested class when it is named.
    let mut draft = shop(&[]);
    draft.set("instance", "com.example.Vm");
    assert_eq!(draft.review().wanted[0].name, "com.example.Vm");
}

#[test]
fn answers_are_checked_one_by_one() {
    let review = shop(&[]).review();
    let instance = &review.missing[0];
    assert!(instance.check(VM).is_ok() && instance.check("4f1e").is_ok());
    let property = Property(json!({ "type": "integer", "minimum": 1 }));
    let size = Missing {
        path: "size".to_owned(),
        property,
        ..instance.clone()
    };
    let error = size.check("big").unwrap_err();
    assert_eq!(error.to_string(), "`size` takes an integer, not \"big\"");
    assert!(size.check("0").is_err() && size.check("1").is_ok());
}
