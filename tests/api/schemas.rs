use murano_sdk::ErrorKind;
use serde_json::json;

use crate::{Outcome, cloud::Cloud};

crate::promises![
    a_class_tells_its_properties,
    builders_are_asked_for_by_name,
    versions_and_packages_can_be_named,
    classes_of_the_core_library_are_known,
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
    // The sandbox knows the classes of the core library by name alone.
    let known = cloud.sandbox.is_some() || properties.contains_key("applications");
    assert!(known, "{schemas:?}");
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
