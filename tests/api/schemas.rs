use murano_sdk::{ErrorKind, model::Application, schemas::Draft};
use serde_json::json;

use crate::{Outcome, cloud::Cloud};

crate::promises![
    a_class_tells_its_properties,
    builders_are_asked_for_by_name,
    versions_and_packages_can_be_named,
    classes_of_the_core_library_are_known,
    all_kinds_of_properties_are_told,
    drafts_are_completed_by_the_schemas,
    unknown_ones_are_not_found,
];

const CLASS: &str = "com.example.Greeter";

async fn a_class_tells_its_properties(cloud: Cloud) -> Outcome {
    cloud.package("greeter").await?;
    let schemas = cloud.member.schema(CLASS).await?;
    assert_eq!(schemas.keys().collect::<Vec<_>>(), ["", "crowd"]);
    let class = &schemas[""];
    assert_eq!(class.title.as_deref(), Some("Greeter"));
    assert_eq!(class.extra["formSections"]["greeting"]["title"], "Greeting");
    let names: Vec<_> = class.properties.keys().collect();
    assert_eq!(names, ["greeted", "name", "size"]);
    let (name, size) = (&class.properties["name"], &class.properties["size"]);
    assert_eq!(
        (name.types(), size.types()),
        (vec!["string"], vec!["integer"])
    );
    assert_eq!(name.title(), Some("Whom to greet"));
    assert_eq!(size.help(), Some("Each greeting is a report of its own"));
    assert_eq!(size.default_value(), Some(&json!(1)));
    assert!(!name.is_required() && !size.is_required());
    Ok(())
}

async fn builders_are_asked_for_by_name(cloud: Cloud) -> Outcome {
    cloud.package("greeter").await?;
    let names = |methods: &[&str]| {
        let request = cloud.member.schema(CLASS).methods(methods.to_vec());
        async {
            request
                .await
                .map(|schemas| schemas.into_keys().collect::<Vec<_>>())
        }
    };
    assert_eq!(names(&["crowd"]).await?, ["crowd"]);
    assert_eq!(names(&["crowd", "", "crowd"]).await?, ["", "crowd"]);
    assert_eq!(names(&[""]).await?, [""]);
    // No builder, or no method at all.
    assert_eq!(names(&["echo", "nope"]).await?, [] as [&str; 0]);
    let crowd = cloud.member.schema(CLASS).methods(["crowd"]).await?;
    assert_eq!(
        crowd["crowd"].properties["people"].default_value(),
        Some(&json!(10))
    );
    let error = names(&["a,b"]).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Invalid, None));
    Ok(())
}

async fn versions_and_packages_can_be_named(cloud: Cloud) -> Outcome {
    cloud.package("versioned").await?;
    let schema = || cloud.member.schema("com.example.Versioned");
    let found = schema()
        .version(">=1.0")
        .package("com.example.Versioned")
        .await?;
    assert!(found[""].properties.contains_key("name"));
    let error = schema().version("fresh").await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::Rejected, Some(400)),
        "{error}"
    );
    let error = schema().package("com.example.Nowhere").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    Ok(())
}

async fn classes_of_the_core_library_are_known(cloud: Cloud) -> Outcome {
    let schemas = cloud.member.schema("io.murano.Environment").await?;
    let properties = &schemas[""].properties;
    assert!(properties.contains_key("applications"), "{schemas:?}");
    let instance = "io.murano.resources.LinuxMuranoInstance";
    let schemas = cloud.member.schema(instance).await?;
    let properties = &schemas[""].properties;
    let required: Vec<_> = properties
        .iter()
        .filter(|(_, property)| property.is_required())
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(required, ["flavor", "name"]);
    assert_eq!(properties["image"].types(), ["string", "null"]);
    Ok(())
}

async fn all_kinds_of_properties_are_told(cloud: Cloud) -> Outcome {
    cloud.package("stand").await?;
    let schemas = cloud.member.schema("com.example.Stand").await?;
    let properties = &schemas[""].properties;
    for (name, schema) in [
        (
            "owner",
            json!({ "type": "string", "title": "Who sells", "formSection": null, "formIndex": 6 }),
        ),
        (
            "goods",
            json!({ "type": "string", "enum": ["fruit", "books"], "formSection": null, "formIndex": 9 }),
        ),
        (
            "port",
            json!({ "type": "integer", "minimum": 0, "exclusiveMinimum": true, "maximum": 65535,
            "exclusiveMaximum": false, "default": 8080 }),
        ),
        (
            "code",
            json!({ "type": "string", "pattern": "^[A-Z]{2}[0-9]+$", "default": "AA1" }),
        ),
        ("label", json!({ "type": "string", "default": "$.owner" })),
        (
            "hours",
            json!({ "type": "array", "items": { "type": "integer" } }),
        ),
        (
            "limits",
            json!({ "type": "object", "properties": { "visitors": { "type": "integer" },
            "noise": { "type": ["integer", "null"] } }, "additionalProperties": false,
            "default": { "visitors": 10, "noise": 3 } }),
        ),
        (
            "prices",
            json!({ "type": "object", "properties": {}, "additionalProperties": { "type": "integer" } }),
        ),
        (
            "till",
            json!({ "type": ["muranoObject", "null"], "muranoType": "com.example.Till", "owned": true }),
        ),
        (
            "neighbour",
            json!({ "type": ["muranoObject", "null"], "muranoType": "com.example.Stand",
            "owned": false, "default": null }),
        ),
        (
            "spare",
            json!({ "type": ["muranoObject", "null"], "muranoType": "io.murano.resources.Instance",
            "owned": true, "excludedProperties": ["name"] }),
        ),
        (
            "instance",
            json!({ "type": "muranoObject", "muranoType": "io.murano.resources.Instance" }),
        ),
    ] {
        assert_eq!(properties[name].0, schema, "{name}");
    }
    Ok(())
}

async fn drafts_are_completed_by_the_schemas(cloud: Cloud) -> Outcome {
    cloud.package("stand").await?;
    let mut draft = Draft::new(Application::new("com.example.Stand").version(">=0").build());
    for (path, text) in [
        ("owner", "Ann"),
        ("goods", "fruit"),
        ("till.drawers", "2"),
        ("instance", "io.murano.resources.LinuxMuranoInstance"),
        ("instance.name", "7"),
    ] {
        draft.set(path, text);
    }
    let review = draft.complete(&cloud.member).await?;
    assert_eq!((review.problems, review.unchecked), (vec![], vec![]));
    let missing: Vec<_> = review
        .missing
        .iter()
        .map(|missing| &*missing.path)
        .collect();
    assert_eq!(missing, ["instance.flavor"]);
    draft.set("instance.flavor", "m1.small");
    let review = draft.complete(&cloud.member).await?;
    assert!(review.is_complete(), "{review:?}");
    assert_eq!(review.model["instance"]["name"], "7");

    // The engine agrees.
    let env = cloud.environment().await?;
    cloud.deploy(&env, &review.model).await?;
    let stand = env.services().list().await?.remove(0);
    assert_eq!(stand["label"], "Ann");
    assert_eq!(stand["till"]["drawers"], 2);
    Ok(())
}

async fn unknown_ones_are_not_found(cloud: Cloud) -> Outcome {
    let error = cloud
        .member
        .schema("com.example.Nowhere")
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::NotFound, Some(404))
    );
    assert_eq!(
        error.to_string(),
        "Package for class \"com.example.Nowhere\" is not found"
    );
    Ok(())
}
