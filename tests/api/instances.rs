//! Mogan, on the sandbox alone, in each of its three shapes.

use std::time::Duration;

use murano_sandbox::{Fault, MoganEra, Sandbox};
use murano_sdk::{
    Client, ErrorKind, Result,
    instances::{
        Era, Goal, Instance, InstanceHandle, InstanceStatus, Network, PowerAction, PowerState,
    },
    model::PatchOp,
};

use crate::{
    Outcome,
    cloud::{Cloud, MINUTE},
    promises,
};

promises![
    made_listed_read_changed_and_deleted,
    power_goes_off_and_on_in_every_era,
    locked_ones_stay_as_they_are,
    rebuilt_ones_run_again,
    connections_are_told_in_every_era,
    what_creations_need_is_listed,
    what_a_service_is_too_old_for_is_told,
    projects_are_kept_apart,
    several_are_made_at_once,
    unknown_parts_are_not_found,
    one_that_fails_ends_the_wait,
    values_with_odd_names_are_changed,
    restarts_are_not_repeated,
    a_cloud_without_it_is_told,
];

const IMAGE: &str = "efe0a06f-ca95-4808-b41e-9f55b9c5eb98";
const LAN: &str = "c1940655-8b8e-4370-b8f9-03ba1daeca31";
const NOBODY: &str = "11111111-2222-3333-4444-555555555555";
const ERAS: [(MoganEra, Era); 3] = [
    (MoganEra::Nimble, Era::Nimble),
    (MoganEra::Instances, Era::Instances),
    (MoganEra::Servers, Era::Servers),
];
const PACE: Duration = Duration::from_millis(20);

/// A fresh instance of the member, which is being built.
async fn made(client: &Client, name: &str) -> Result<InstanceHandle> {
    let instances = client.instances();
    let flavor = instances.find_flavor("bm.small").await?;
    let create = instances.create(name, IMAGE, flavor.uuid, Network::new(LAN));
    Ok(client.instance(create.property("role", "db").await?.uuid))
}

async fn reached(instance: &InstanceHandle, goal: Goal) -> Result<Option<Instance>> {
    instance.wait(goal).interval(PACE).timeout(MINUTE).await
}

/// A fresh instance that runs.
async fn running(client: &Client, name: &str) -> Result<InstanceHandle> {
    let instance = made(client, name).await?;
    reached(&instance, Goal::Active).await?;
    Ok(instance)
}

async fn made_listed_read_changed_and_deleted(cloud: Cloud) -> Outcome {
    for (imitated, era) in ERAS {
        let cloud = cloud.with_mogan(imitated).await?;
        let instances = cloud.member.instances();
        assert_eq!(instances.era().await?, era);
        assert_eq!(instances.list().await?, []);
        let db = made(&cloud.member, "db").await?;
        let building = db.get().await?;
        assert_eq!(building.status, Some(InstanceStatus::Building));
        assert!(building.power_state.is_none() && building.ip_addresses().is_empty());
        let active = reached(&db, Goal::Active).await?.expect("an instance");
        assert!(active.power_state.as_ref().is_some_and(PowerState::is_on));
        assert!(active.launched_at.is_some() && active.ip_addresses().len() == 1);

        let listed = instances.list().await?;
        assert_eq!((listed.len(), listed[0].name.as_str()), (1, "db"));
        assert_eq!(listed[0].flavor(), None);
        let listed = instances.list().fields(["flavor_uuid", "extra"]).await?;
        assert_eq!(listed[0].flavor(), active.flavor());
        assert_eq!(listed[0].properties(), active.properties());
        assert_eq!(instances.list_details().await?, [active]);
        let part = db.get().fields(["name"]).await?;
        assert_eq!((part.name.as_str(), part.status), ("db", None));

        let update = db
            .update()
            .name("db-2")
            .description("orders")
            .property("tier", "gold");
        let changed = update.remove_property("role").await?;
        assert_eq!(changed.description.as_deref(), Some("orders"));
        assert_eq!(changed.properties().unwrap().len(), 1);
        db.update().description("").await?;
        assert_eq!(instances.find("db-2").get().await?.description, None);
        let path = "/status".to_owned();
        let refused = db
            .update()
            .operation(PatchOp::Remove { path })
            .await
            .unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Rejected);
        assert!(refused.request_id().is_some(), "{refused}");

        db.delete().await?;
        // Once more is no mistake.
        db.delete().await?;
        assert_eq!(reached(&db, Goal::Deleted).await?, None);
        let gone = db.get().await.unwrap_err();
        assert_eq!(gone.kind(), ErrorKind::NotFound);
        assert!(gone.to_string().contains(db.id().as_str()), "{gone}");
    }
    Ok(())
}

async fn power_goes_off_and_on_in_every_era(cloud: Cloud) -> Outcome {
    for (imitated, era) in ERAS {
        let cloud = cloud.with_mogan(imitated).await?;
        let db = made(&cloud.member, "db").await?;
        let early = db.power(PowerAction::Off).await.unwrap_err();
        assert_eq!(early.kind(), ErrorKind::State, "{early}");
        reached(&db, Goal::Idle).await?;
        for action in [PowerAction::Off, PowerAction::On, PowerAction::Reboot] {
            db.power(action).await?;
            let states = db.states().await?;
            match era {
                Era::Nimble => assert!(states.target_power_state.is_some()),
                _ => assert!(!states.status.unwrap().is_stable()),
            }
            let busy = db.power(PowerAction::Reboot).await.unwrap_err();
            assert_eq!(busy.kind(), ErrorKind::State, "{busy}");
            reached(&db, action.goal()).await?;
            let power = db.states().await?.power_state.unwrap();
            assert_eq!(power.is_off(), action == PowerAction::Off);
        }
        if era > Era::Nimble {
            db.power(PowerAction::SoftOff).await?;
            let stopped = reached(&db, Goal::Off).await?.unwrap();
            assert_eq!(stopped.status, Some(InstanceStatus::Stopped));
        }
    }
    Ok(())
}

async fn locked_ones_stay_as_they_are(cloud: Cloud) -> Outcome {
    for (imitated, _) in &ERAS[1..] {
        let cloud = cloud.with_mogan(*imitated).await?;
        let db = running(&cloud.member, "db").await?;
        db.lock().await?;
        assert_eq!(db.states().await?.locked, Some(true));
        for refused in [
            db.power(PowerAction::Off).await,
            db.rebuild().await,
            db.delete().await,
        ] {
            let error = refused.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::State, "{error}");
        }
        db.unlock().await?;
        cloud.admin.instance(db.id()).lock().await?;
        let refused = db.unlock().await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Forbidden);
        cloud.admin.instance(db.id()).unlock().await?;
        db.power(PowerAction::Off).await?;
    }
    Ok(())
}

async fn rebuilt_ones_run_again(cloud: Cloud) -> Outcome {
    let other = "9145be5b-38d0-4a05-8dd6-837a8ec15281";
    for (imitated, era) in &ERAS[1..] {
        let cloud = cloud.with_mogan(*imitated).await?;
        let db = running(&cloud.member, "db").await?;
        let image = if *era == Era::Servers {
            db.rebuild().image(other).preserve_ephemeral(true).await?;
            other
        } else {
            db.rebuild().await?;
            IMAGE
        };
        assert_eq!(db.get().await?.status, Some(InstanceStatus::Rebuilding));
        let again = reached(&db, Goal::Active).await?.unwrap();
        assert_eq!(again.image_uuid.as_deref(), Some(image));
    }
    Ok(())
}

async fn connections_are_told_in_every_era(cloud: Cloud) -> Outcome {
    for (imitated, _) in ERAS {
        let cloud = cloud.with_mogan(imitated).await?;
        let db = running(&cloud.member, "db").await?;
        let nics = db.networks().await?;
        assert_eq!(nics[0].network_id.as_deref(), Some(LAN));
        let instance = db.get().await?;
        assert_eq!(
            instance.ip_addresses(),
            [nics[0].fixed_ips[0].ip_address.as_str()]
        );
    }
    Ok(())
}

async fn what_creations_need_is_listed(cloud: Cloud) -> Outcome {
    for (imitated, _) in ERAS {
        let instances = cloud.with_mogan(imitated).await?.member.instances();
        let flavors = instances.flavors().await?;
        assert_eq!(flavors.len(), 2);
        let large = instances.find_flavor("bm.large").await?;
        assert_eq!(instances.find_flavor(&large.uuid).await?, large);
        let unknown = instances.find_flavor("m1.tiny").await.unwrap_err();
        assert_eq!(unknown.kind(), ErrorKind::NotFound);
        assert_eq!(instances.availability_zones().await?, ["az1", "az2"]);
    }
    Ok(())
}

async fn what_a_service_is_too_old_for_is_told(cloud: Cloud) -> Outcome {
    let db = made(&cloud.member, "db").await?;
    let before = cloud.sandbox.as_ref().unwrap().log().len();
    for refused in [
        db.power(PowerAction::SoftOff).await,
        db.lock().await,
        db.unlock().await,
        db.rebuild().await,
    ] {
        let error = refused.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(
            error.to_string().contains("is Nimble, which cannot"),
            "{error}"
        );
    }
    // Nothing was sent.
    assert_eq!(cloud.sandbox.unwrap().log().len(), before);
    Ok(())
}

async fn projects_are_kept_apart(cloud: Cloud) -> Outcome {
    let db = made(&cloud.member, "db").await?;
    assert_eq!(cloud.other.instances().list().await?, []);
    // Without the rights the word for everybody's counts for nothing.
    assert_eq!(cloud.other.instances().list().all_projects(true).await?, []);
    assert_eq!(cloud.admin.instances().list().await?, []);
    let all = cloud.admin.instances().list().all_projects(true).await?;
    assert_eq!(&all[0].uuid, db.id());
    let others = cloud.other.instance(db.id()).get().await.unwrap_err();
    assert_eq!(others.kind(), ErrorKind::Forbidden);
    Ok(())
}

async fn several_are_made_at_once(cloud: Cloud) -> Outcome {
    let cloud = cloud.with_mogan(MoganEra::Servers).await?;
    let instances = cloud.member.instances();
    let flavor = instances.find_flavor("bm.small").await?.uuid;
    let create = instances.create("web", IMAGE, flavor, Network::new(LAN));
    let first = create.count(2..=3).hint("group", NOBODY).await?;
    let names: Vec<String> = instances
        .list()
        .await?
        .into_iter()
        .map(|it| it.name)
        .collect();
    assert_eq!(names, ["web-1", "web-2", "web-3"]);
    assert_eq!(instances.find("web-1").await?.id(), &first.uuid);
    let twin = made(&cloud.member, "web-1").await?;
    let several = instances.find("web-1").await.unwrap_err();
    assert_eq!(
        (several.kind(), several.candidates().len()),
        (ErrorKind::Ambiguous, 2)
    );
    assert_eq!(instances.find(twin.id().as_str()).await?.id(), twin.id());
    Ok(())
}

async fn unknown_parts_are_not_found(cloud: Cloud) -> Outcome {
    for (imitated, _) in ERAS {
        let instances = cloud.with_mogan(imitated).await?.member.instances();
        let known = instances.find_flavor("bm.small").await?.uuid;
        let no_image = "00000000-0000-0000-0000-000000000000";
        for (image, flavor) in [(no_image, known.as_str()), (IMAGE, NOBODY)] {
            let create = instances.create("db", image, flavor, Network::new(LAN));
            let error = create.await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
        }
        let create = instances.create("db", IMAGE, "bm.small", Network::new(LAN));
        assert_eq!(create.await.unwrap_err().kind(), ErrorKind::Invalid);
        let error = instances.get(NOBODY).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }
    Ok(())
}

async fn one_that_fails_ends_the_wait(cloud: Cloud) -> Outcome {
    for (imitated, era) in ERAS {
        let cloud = cloud.with_mogan(imitated).await?;
        let instances = cloud.member.instances();
        let flavor = instances.find_flavor("bm.small").await?.uuid;
        let create = instances.create("db", IMAGE, flavor, Network::new(LAN));
        let made = create.property("sandbox", "fail").await?;
        let db = cloud.member.instance(made.uuid);
        let error = reached(&db, Goal::Active).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::DeploymentFailed);
        let tells_why = error.to_string().contains("No valid node was found");
        assert_eq!(tells_why, era == Era::Servers, "{error}");
        if era == Era::Nimble {
            let error = db.states().await.unwrap_err();
            assert!(error.to_string().contains("is error"), "{error}");
        }
        db.delete().await?;
        assert_eq!(reached(&db, Goal::Deleted).await?, None);
    }
    Ok(())
}

async fn values_with_odd_names_are_changed(cloud: Cloud) -> Outcome {
    let db = made(&cloud.member, "db").await?;
    let changed = db.update().property("My Key", "x").remove_property("role");
    let changed = changed.await?;
    let properties = changed.properties().unwrap();
    assert_eq!((properties.len(), &properties["My Key"]), (1, &"x".into()));
    let missing = db.update().remove_property("nothing").await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::Rejected);
    Ok(())
}

async fn restarts_are_not_repeated(cloud: Cloud) -> Outcome {
    let sandbox = cloud.sandbox.clone().unwrap();
    let db = running(&cloud.member, "db").await?;
    let place = "/baremetal_compute/v1/instances/*/states/power";
    sandbox.order(Fault::on("PUT", place).answer(503, "busy"));
    let error = db.power(PowerAction::Reboot).await.unwrap_err();
    assert_eq!((error.status(), error.attempts()), (Some(503), 1));
    // What only reads is.
    sandbox.order(Fault::on("GET", "/baremetal_compute/*").answer(503, "busy"));
    assert_eq!(cloud.member.instances().list().await?.len(), 1);
    Ok(())
}

async fn a_cloud_without_it_is_told(cloud: Cloud) -> Outcome {
    let none = cloud.member_with(&[("baremetal_compute_region_name", "elsewhere")]);
    let error = none.instances().list().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoService);
    assert!(error.to_string().contains("baremetal_compute"), "{error}");
    // Its own URL counts, and Murano's does not.
    let sandbox: &Sandbox = cloud.sandbox.as_ref().unwrap();
    let url = format!("{}/baremetal_compute", sandbox.endpoint());
    let own = [
        ("endpoint_override", "http://127.0.0.1:1"),
        ("baremetal_compute_endpoint_override", &url),
    ];
    assert_eq!(cloud.member_with(&own).instances().list().await?, []);
    // Murano is no Mogan.
    let wrong = [("baremetal_compute_endpoint_override", sandbox.endpoint())];
    let wrong = wrong.each_ref().map(|(key, url)| (*key, url.as_str()));
    let error = cloud
        .member_with(&wrong)
        .instances()
        .era()
        .await
        .unwrap_err();
    assert_ne!(error.kind(), ErrorKind::NoService, "{error}");
    Ok(())
}
