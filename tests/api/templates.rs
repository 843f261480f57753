use murano_sdk::{
    ErrorKind,
    environments::EnvironmentStatus,
    model,
    templates::{Template, TemplateHandle, Visibility},
};
use serde_json::{Value, json};

use crate::{
    Outcome,
    cloud::{Cloud, greeter, name},
};

crate::promises![
    created_listed_read_changed_and_deleted,
    created_with_its_applications,
    names_are_unique_in_a_project,
    unusable_names_are_refused,
    found_by_name_and_by_id,
    lists_tell_public_from_private,
    private_ones_are_closed_to_others,
    public_ones_serve_everybody,
    only_public_ones_are_cloned,
    applications_are_added_read_and_removed,
    only_the_first_application_is_replaced_in_place,
    what_would_break_the_template_is_not_sent,
    unknown_ones_are_not_found,
    an_environment_is_made_of_one,
];

async fn template(cloud: &Cloud) -> murano_sdk::Result<TemplateHandle> {
    let made = cloud.member.templates().create(name("template")).await?;
    Ok(cloud.member.template(made.id))
}

fn id(application: &Value) -> &str {
    model::object_id(application).expect("an id")
}

fn names(applications: &[Value]) -> Vec<&str> {
    let name = |app: &'_ Value| model::object_name(app).map(str::to_owned);
    assert!(applications.iter().all(|app| name(app).is_some()));
    applications.iter().filter_map(model::object_name).collect()
}

fn has(listed: &[Template], template: &TemplateHandle) -> bool {
    listed.iter().any(|found| found.id == *template.id())
}

async fn created_listed_read_changed_and_deleted(cloud: Cloud) -> Outcome {
    let (first, second) = (name("first"), name("second"));
    let templates = cloud.member.templates();
    let made = templates.create(&first).description("a shop").await?;
    assert_eq!(
        (made.name.as_str(), made.description_text.as_str()),
        (first.as_str(), "a shop")
    );
    assert!(!made.is_public);
    assert_eq!(
        Some(&made.tenant_id),
        cloud.member.project_id().await?.as_ref()
    );
    let handle = cloud.member.template(&made.id);
    assert!(has(&templates.list(Visibility::All).await?, &handle));
    let shown = handle.get().await?;
    assert_eq!(shown.services.as_deref(), Some(&[][..]));
    assert!(
        shown
            .created
            .is_some_and(|time| time.unix_seconds().is_some())
    );

    let changed = handle.update(&second).description("two shops").await?;
    assert_eq!((changed.id, changed.name), (made.id, second.clone()));
    let shown = handle.get().await?;
    assert_eq!(
        (shown.name, shown.description_text),
        (second, "two shops".to_owned())
    );
    handle.delete().await?;
    let gone = handle.get().await.unwrap_err();
    assert_eq!(
        (gone.kind(), gone.status()),
        (ErrorKind::NotFound, Some(404))
    );
    assert!(!has(&templates.list(Visibility::All).await?, &handle));
    Ok(())
}

async fn created_with_its_applications(cloud: Cloud) -> Outcome {
    let apps = vec![greeter("one"), greeter("two")];
    let create = cloud.member.templates().create(name("full"));
    let made = create.services(apps.clone()).await?;
    assert_eq!(made.services.as_ref(), Some(&apps));
    let handle = cloud.member.template(made.id);
    assert_eq!(handle.get().await?.services, Some(apps.clone()));
    // Changing the template keeps them.
    handle.update(name("full")).public(false).await?;
    assert_eq!(handle.services().list().await?, apps);
    handle.delete().await?;
    Ok(())
}

async fn names_are_unique_in_a_project(cloud: Cloud) -> Outcome {
    let taken = name("taken");
    let templates = cloud.member.templates();
    let made = templates.create(&taken).await?;
    let error = templates.create(&taken).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::Conflict, Some(409))
    );
    assert_eq!(
        error.to_string(),
        "Env Template with specified name already exists"
    );
    // A change to a taken name is a crash on the server, and the same conflict here.
    let another = template(&cloud).await?;
    let error = another.update(&taken).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::Conflict, Some(500))
    );
    assert_eq!(error.to_string(), "the name is taken already");
    assert_eq!(error.fault(), Some("DBDuplicateEntry"));

    let free = cloud.other.templates().create(&taken).await?;
    cloud.other.template(free.id).delete().await?;
    another.delete().await?;
    cloud.member.template(made.id).delete().await?;
    Ok(())
}

async fn unusable_names_are_refused(cloud: Cloud) -> Outcome {
    let templates = cloud.member.templates();
    let error = templates.create("  ").await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::Rejected, Some(400))
    );
    assert_eq!(
        error.to_string(),
        "Please, specify a name of the environment template."
    );
    let error = templates.create("x".repeat(256)).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "Environment template name should be 255 characters maximum"
    );
    let handle = template(&cloud).await?;
    let error = handle.update("  ").await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::Rejected, Some(400))
    );
    assert_eq!(error.to_string(), "EnvTemplate body is incorrect");
    let error = handle.create_environment("").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected, "{error}");
    handle.delete().await?;
    Ok(())
}

async fn found_by_name_and_by_id(cloud: Cloud) -> Outcome {
    let called = name("called");
    let templates = cloud.member.templates();
    let own = templates.create(&called).await?;
    // A public one of the same name in another project does not stand in the way.
    let theirs = cloud.other.templates().create(&called).public(true).await?;
    for text in [called.as_str(), own.id.as_str()] {
        let found = templates.find(text).await?;
        assert_eq!((&found.id, found.services.is_some()), (&own.id, true));
    }
    assert_eq!(templates.find(theirs.id.as_str()).await?.id, theirs.id);
    cloud.member.template(own.id).delete().await?;
    assert_eq!(templates.find(&called).await?.id, theirs.id);
    cloud.other.template(theirs.id).delete().await?;
    Ok(())
}

async fn lists_tell_public_from_private(cloud: Cloud) -> Outcome {
    let templates = cloud.member.templates();
    let create = |public| templates.create(name("shown")).public(public);
    let public = cloud.member.template(create(true).await?.id);
    let private = cloud.member.template(create(false).await?.id);
    let list = templates.list(Visibility::All).await?;
    assert!(has(&list, &public) && has(&list, &private));
    let list = templates.list(Visibility::Public).await?;
    assert!(has(&list, &public) && !has(&list, &private));
    assert!(list.iter().all(|template| template.is_public));
    let list = templates.list(Visibility::Private).await?;
    assert!(!has(&list, &public) && has(&list, &private));
    let theirs = cloud.other.templates().list(Visibility::All).await?;
    assert!(has(&theirs, &public) && !has(&theirs, &private));
    public.delete().await?;
    private.delete().await?;
    Ok(())
}

async fn private_ones_are_closed_to_others(cloud: Cloud) -> Outcome {
    let handle = template(&cloud).await?;
    let stranger = cloud.other.template(handle.id());
    for error in [
        stranger.get().await.unwrap_err(),
        stranger.update(name("mine")).await.unwrap_err(),
        stranger.delete().await.unwrap_err(),
        stranger.clone_as(&name("mine"), false).await.unwrap_err(),
        stranger.create_environment(name("mine")).await.unwrap_err(),
        stranger.services().list().await.unwrap_err(),
        stranger.services().add(&greeter("one")).await.unwrap_err(),
    ] {
        assert_eq!(
            (error.kind(), error.status()),
            (ErrorKind::Forbidden, Some(403)),
            "{error}"
        );
    }
    // The administrator may see it, though not its applications.
    let admin = cloud.admin.template(handle.id());
    assert_eq!(admin.get().await?.id, *handle.id());
    let error = admin.services().list().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden);
    handle.delete().await?;
    Ok(())
}

async fn public_ones_serve_everybody(cloud: Cloud) -> Outcome {
    let app = greeter("one");
    let create = cloud.member.templates().create(name("public")).public(true);
    let made = create.services(vec![app.clone()]).await?;
    let theirs = cloud.other.template(&made.id);
    assert_eq!(theirs.get().await?.services, Some(vec![app.clone()]));

    let copied = name("copy");
    let copy = theirs.clone_as(&copied, false).await?;
    assert_eq!(
        (copy.name.as_str(), copy.is_public),
        (copied.as_str(), false)
    );
    assert_eq!(
        Some(&copy.tenant_id),
        cloud.other.project_id().await?.as_ref()
    );
    assert_eq!(copy.services, Some(vec![app.clone()]));
    let error = theirs.clone_as(&copied, false).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::Conflict, Some(409))
    );

    let born = theirs.create_environment(name("env")).await?;
    let env = cloud.other.environment(&born.environment_id);
    let session = env.session(&born.session_id).check().await?;
    assert_eq!(session.services().list().await?.len(), 1);
    env.delete().abandon(true).await?;
    // Its applications belong to its project alone.
    let error = theirs.services().add(&greeter("two")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden);
    // Whoever sees a public template may delete it.
    cloud.other.template(copy.id).delete().await?;
    theirs.delete().await?;
    Ok(())
}

async fn only_public_ones_are_cloned(cloud: Cloud) -> Outcome {
    let handle = template(&cloud).await?;
    let error = handle.clone_as(&name("copy"), false).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::Forbidden, Some(403))
    );
    let kept = handle.get().await?.name;
    handle.update(&kept).public(true).await?;
    let copy = handle.clone_as(&name("copy"), true).await?;
    assert!(copy.is_public);
    cloud.member.template(copy.id).delete().await?;
    handle.delete().await?;
    Ok(())
}

async fn applications_are_added_read_and_removed(cloud: Cloud) -> Outcome {
    let handle = template(&cloud).await?;
    let services = handle.services();
    assert_eq!(services.list().await?, [] as [Value; 0]);
    let apps = [greeter("one"), greeter("two"), greeter("three")];
    assert_eq!(services.add(&apps[0]).await?, apps[0]);
    services.add_many(&apps[1..]).await?;
    services.add_many(&[]).await?;
    assert_eq!(services.list().await?, apps);
    assert_eq!(services.get(id(&apps[1])).await?, apps[1]);
    let path = format!("{}/name", id(&apps[2]));
    assert_eq!(services.get(&path).await?, json!("three"));

    let left = services.remove(id(&apps[1])).await?;
    let left = left["services"].as_array().expect("what is left");
    assert_eq!(names(left), ["one", "three"]);
    assert_eq!(names(&services.list().await?), ["one", "three"]);
    handle.delete().await?;
    Ok(())
}

async fn only_the_first_application_is_replaced_in_place(cloud: Cloud) -> Outcome {
    let handle = template(&cloud).await?;
    let services = handle.services();
    let [one, two, mut new] = ["one", "two", "new"].map(greeter);
    services.add_many(&[one.clone(), two.clone()]).await?;
    // The server would replace the first one here, too.
    let error = services.put_first(id(&two), &new).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::State, None));
    assert_eq!(names(&services.list().await?), ["one", "two"]);
    services.put_first(id(&one), &new).await?;
    assert_eq!(names(&services.list().await?), ["new", "two"]);

    new["name"] = "newer".into();
    services.replace(id(&new), &new).await?;
    assert_eq!(names(&services.list().await?), ["two", "newer"]);
    let error = services.replace("nobody", &new).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(
        error.to_string(),
        "the template has no application \"nobody\""
    );
    handle.delete().await?;
    Ok(())
}

async fn what_would_break_the_template_is_not_sent(cloud: Cloud) -> Outcome {
    let handle = template(&cloud).await?;
    let services = handle.services();
    for bad in [json!({}), json!({ "?": { "id": "i" } }), json!("x")] {
        let errors = [
            services.add(&bad).await.unwrap_err(),
            services
                .add_many(&[greeter("one"), bad.clone()])
                .await
                .unwrap_err(),
            services.put_first("i", &bad).await.unwrap_err(),
            services.replace("i", &bad).await.unwrap_err(),
        ];
        let create = cloud.member.templates().create(name("bad"));
        let created = create.services(vec![bad]).await.unwrap_err();
        for error in errors.iter().chain([&created]) {
            assert_eq!(
                (error.kind(), error.status()),
                (ErrorKind::Invalid, None),
                "{error}"
            );
        }
    }
    assert_eq!(services.list().await?, [] as [Value; 0]);
    handle.delete().await?;
    Ok(())
}

async fn unknown_ones_are_not_found(cloud: Cloud) -> Outcome {
    for text in ["no-such-template", "0123456789abcdef0123456789abcdef"] {
        let error = cloud.member.templates().find(text).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert_eq!(error.to_string(), format!("template \"{text}\" not found"));
    }
    let nowhere = cloud.member.template("nope");
    for error in [
        nowhere.get().await.unwrap_err(),
        nowhere.update("x").await.unwrap_err(),
        nowhere.delete().await.unwrap_err(),
        nowhere.clone_as("x", false).await.unwrap_err(),
        nowhere.create_environment("x").await.unwrap_err(),
        nowhere.services().list().await.unwrap_err(),
        nowhere.services().add(&greeter("one")).await.unwrap_err(),
    ] {
        assert_eq!(
            (error.kind(), error.status()),
            (ErrorKind::NotFound, Some(404)),
            "{error}"
        );
        assert!(error.to_string().contains("nope"), "{error}");
    }
    let handle = template(&cloud).await?;
    let services = handle.services();
    services.add(&greeter("one")).await?;
    for error in [
        services.get("nobody").await.unwrap_err(),
        services.get("nobody/name").await.unwrap_err(),
        services.remove("nobody").await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    }
    handle.delete().await?;
    Ok(())
}

async fn an_environment_is_made_of_one(cloud: Cloud) -> Outcome {
    cloud.package("greeter").await?;
    let handle = template(&cloud).await?;
    let app = greeter("one");
    handle.services().add(&app).await?;
    let called = name("born");
    let born = handle
        .create_environment(&called)
        .region("RegionOne")
        .await?;
    let env = cloud.member.environment(&born.environment_id);
    let made = env.get().await?;
    assert_eq!(
        (made.name, made.status, made.services),
        (
            called.clone(),
            Some(EnvironmentStatus::Pending),
            Some(vec![])
        )
    );
    assert_eq!(env.model().path("region").await?, json!("RegionOne"));
    let error = handle.create_environment(&called).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::Conflict, Some(409))
    );

    // The applications are in the session, with the ids they have in the template.
    let session = env.session(&born.session_id).check().await?;
    assert_eq!(id(&session.services().list().await?[0]), id(&app));
    let running = session.deploy().await?;
    let wait = running.wait().interval(cloud.pace());
    wait.timeout(crate::cloud::MINUTE).await?;
    assert_eq!(id(&env.services().list().await?[0]), id(&app));
    cloud.clean(&env).await?;
    handle.delete().await?;
    Ok(())
}
