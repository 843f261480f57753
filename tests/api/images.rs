//! Images of the cloud's Glance. A real Murano without one shows that the catalog is asked.

use futures_util::stream;
use murano_sdk::{
    Client, Error, ErrorKind, Result,
    archive::{ImageHash, RequiredImage},
    images::{Image, ImageOutcome, ImageSource, ImageStatus, Visibility},
};
use serde_json::json;

use crate::{
    Outcome,
    cloud::{Cloud, MINUTE, name},
};

crate::promises![
    made_filled_read_marked_listed_and_deleted,
    pages_give_everything_once,
    what_a_package_asks_for_is_brought_once,
    one_that_is_there_is_marked_for_the_forms,
    others_images_are_not_marked,
    wrong_data_leaves_no_record,
    a_cut_upload_leaves_no_record,
    an_interrupted_upload_leaves_no_record,
    too_large_a_one_leaves_no_record,
    published_by_administrators_alone,
    records_are_filled_once,
    unknown_ones_are_not_found,
];

/// More than the services of these tests take, which is 8 MiB.
const TOO_LARGE: usize = (8 << 20) + 1;

/// Whether there is a Glance; every sandbox has one.
async fn has_images(cloud: &Cloud) -> Outcome<bool> {
    match cloud
        .member
        .images()
        .list()
        .page_size(1)
        .pager()
        .next()
        .await
    {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NoService && cloud.sandbox.is_none() => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn wanted(stem: &str) -> RequiredImage {
    RequiredImage::new(name(stem), "raw", "bare")
}

fn bytes(text: &'static str) -> ImageSource {
    let length = text.len() as u64;
    let halves = text.as_bytes().chunks(2).map(|half| Ok(half.to_vec()));
    ImageSource::stream(stream::iter(halves), Some(length))
}

/// All records of a name, whatever state they are in.
async fn records(client: &Client, name: &str) -> Result<Vec<Image>> {
    client.images().list().name(name).await
}

/// An active image.
async fn filled(client: &Client, name: &str) -> Result<Image> {
    let create = client.images().create(name).disk_format("raw");
    let record = create.container_format("bare").await?;
    client.image(&record.id).upload(bytes("abc")).await?;
    client.image(&record.id).get().await
}

async fn made_filled_read_marked_listed_and_deleted(cloud: Cloud) -> Outcome {
    if !has_images(&cloud).await? {
        return Ok(());
    }
    // A colon is an operator in a filter, and a slash is none of a path.
    let name = name("glance:a/b");
    let create = cloud.member.images().create(&name).disk_format("raw");
    let create = create
        .container_format("bare")
        .property("os_distro", "none");
    let record = create.visibility(&Visibility::Private).await?;
    assert_eq!(
        (&record.name, &record.status),
        (&name, &ImageStatus::Queued)
    );
    assert_eq!(
        (record.size, record.visibility),
        (None, Some(Visibility::Private))
    );
    assert_eq!(record.owner, cloud.member.project_id().await?);
    assert_eq!(record.extra["os_distro"], "none");

    let image = cloud.member.image(&record.id);
    image.upload(bytes("abc")).await?;
    let active = image.get().await?;
    assert_eq!(
        (&active.status, active.size),
        (&ImageStatus::Active, Some(3))
    );
    assert_eq!(
        active.checksum.as_deref(),
        Some("900150983cd24fb0d6963f7d28e17f72")
    );
    assert_eq!(active.os_hash_algo.as_deref(), Some("sha512"));
    let digest = active.os_hash_value.as_deref().unwrap_or_default();
    assert!(
        digest.starts_with("ddaf35a193617aba") && digest.len() == 128,
        "{digest}"
    );
    assert!(active.created_at.is_some() && active.updated_at.is_some());

    assert_eq!(active.murano_info(), None);
    let marked = image
        .set_property("murano_image_info", r#"{"type": "linux"}"#)
        .await?;
    assert_eq!(marked.murano_info(), Some(json!({"type": "linux"})));
    // A name with characters that a JSON Pointer escapes.
    let changed = image.set_property("a~b", "c").await?;
    assert_eq!(changed.extra["a~b"], "c");

    let found = records(&cloud.member, &name).await?;
    assert_eq!(found, [changed]);
    let list = || cloud.member.images().list().name(&name);
    assert_eq!(
        list()
            .status(&ImageStatus::Active)
            .visibility(&Visibility::Private)
            .await?
            .len(),
        1
    );
    assert!(list().status(&ImageStatus::Queued).await?.is_empty());
    assert!(list().disk_format("qcow2").await?.is_empty());
    assert!(list().container_format("ovf").await?.is_empty());
    image.delete().await?;
    assert_eq!(image.get().await.unwrap_err().kind(), ErrorKind::NotFound);
    Ok(())
}

async fn pages_give_everything_once(cloud: Cloud) -> Outcome {
    if !has_images(&cloud).await? {
        return Ok(());
    }
    let name = name("glance-page");
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(cloud.member.images().create(&name).await?.id);
    }
    let mut found = Vec::new();
    let mut pager = cloud
        .member
        .images()
        .list()
        .name(&name)
        .page_size(2)
        .pager();
    while let Some(image) = pager.next().await? {
        found.push(image.id);
    }
    for id in &ids {
        cloud.member.image(id).delete().await?;
    }
    found.sort();
    ids.sort();
    assert_eq!(found, ids);
    Ok(())
}

async fn what_a_package_asks_for_is_brought_once(cloud: Cloud) -> Outcome {
    if !has_images(&cloud).await? {
        return Ok(());
    }
    let mut wanted = wanted("glance-once");
    wanted.meta = Some(json!({"title": "Once", "type": "linux"}));
    for hash in [
        "900150983cd24fb0d6963f7d28e17f72",
        "A9993E364706816ABA3E25717850C26C9CD0D89D",
    ] {
        wanted.hash = ImageHash::parse(hash);
        let ensure = cloud.member.images().ensure(&wanted);
        let ensure = ensure.interval(cloud.pace()).timeout(MINUTE);
        let added = ensure.from_source(|| async { Ok(bytes("abc")) }).await?;
        assert_eq!(
            (added.outcome, added.is_right),
            (ImageOutcome::Added, Some(true))
        );
        assert_eq!(
            (&added.image.status, added.image.size),
            (&ImageStatus::Active, Some(3))
        );
        assert_eq!(added.image.murano_info(), wanted.meta);

        let ensure = cloud.member.images().ensure(&wanted);
        let again = ensure
            .from_source(|| async { panic!("it is not fetched again") })
            .await?;
        assert_eq!(
            (again.outcome, &again.image.id),
            (ImageOutcome::Present, &added.image.id)
        );
        // The service has no SHA-1 of its own to compare with.
        let is_md5 = hash.len() == 32;
        assert_eq!(again.is_right, is_md5.then_some(true));
        cloud.member.image(&added.image.id).delete().await?;
    }
    Ok(())
}

async fn one_that_is_there_is_marked_for_the_forms(cloud: Cloud) -> Outcome {
    if !has_images(&cloud).await? {
        return Ok(());
    }
    let mut wanted = wanted("glance-mark");
    wanted.hash = ImageHash::parse("d41d8cd98f00b204e9800998ecf8427e");
    let queued = cloud
        .member
        .images()
        .create(&wanted.name)
        .disk_format("raw");
    let queued = queued.container_format("bare").await?;
    let there = filled(&cloud.member, &wanted.name).await?;
    let ensure = || cloud.member.images().ensure(&wanted).from_file("nowhere");
    let present = ensure().await?;
    assert_eq!(
        (present.outcome, present.is_right),
        (ImageOutcome::Present, Some(false))
    );
    wanted.meta = Some(json!({"title": "Marked"}));
    let ensure = || cloud.member.images().ensure(&wanted).from_file("nowhere");
    let marked = ensure().await?;
    assert_eq!(
        (marked.outcome, &marked.image.id),
        (ImageOutcome::Marked, &there.id)
    );
    assert_eq!(marked.image.murano_info(), wanted.meta);
    assert_eq!(ensure().await?.outcome, ImageOutcome::Present);
    for id in [there.id, queued.id] {
        cloud.member.image(id).delete().await?;
    }
    Ok(())
}

async fn others_images_are_not_marked(cloud: Cloud) -> Outcome {
    if !has_images(&cloud).await? {
        return Ok(());
    }
    let mut wanted = wanted("glance-others");
    let images = cloud.admin.images();
    let ensure = images.ensure(&wanted).public(true).interval(cloud.pace());
    let public = ensure.from_source(|| async { Ok(bytes("abc")) }).await?;
    assert_eq!(public.image.visibility, Some(Visibility::Public));
    wanted.meta = Some(json!({"title": "Others"}));
    let ensure = || cloud.member.images().ensure(&wanted).from_file("nowhere");
    let unmarked = ensure().await?;
    assert_eq!(
        (unmarked.outcome, &unmarked.image.id),
        (ImageOutcome::Unmarked, &public.image.id)
    );
    // Of two the own one is taken.
    let own = filled(&cloud.member, &wanted.name).await?;
    let marked = ensure().await?;
    assert_eq!(
        (marked.outcome, &marked.image.id),
        (ImageOutcome::Marked, &own.id)
    );
    cloud.member.image(&own.id).delete().await?;
    let other = cloud.member.image(&public.image.id).delete().await;
    assert_eq!(other.unwrap_err().kind(), ErrorKind::Forbidden);
    cloud.admin.image(&public.image.id).delete().await?;
    Ok(())
}

async fn wrong_data_leaves_no_record(cloud: Cloud) -> Outcome {
    if !has_images(&cloud).await? {
        return Ok(());
    }
    let mut wanted = wanted("glance-wrong");
    wanted.hash = ImageHash::parse("d41d8cd98f00b204e9800998ecf8427e");
    let ensure = cloud.member.images().ensure(&wanted);
    let error = ensure
        .from_source(|| async { Ok(bytes("abc")) })
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Archive);
    let text = error.to_string();
    assert!(
        text.contains("its md5 is 900150983cd24fb0d6963f7d28e17f72, not d41d8cd9"),
        "{text}"
    );
    assert!(records(&cloud.member, &wanted.name).await?.is_empty());
    Ok(())
}

async fn a_cut_upload_leaves_no_record(cloud: Cloud) -> Outcome {
    if !has_images(&cloud).await? {
        return Ok(());
    }
    let wanted = wanted("glance-cut");
    for (length, part) in [
        (Some(6), "ended after 5 of 6 bytes"),
        (Some(4), "longer than the 4 bytes"),
    ] {
        let pieces = stream::iter(["ab", "cd", "e"].map(|piece| Ok(piece.as_bytes().to_vec())));
        let ensure = cloud.member.images().ensure(&wanted);
        let error = ensure
            .from_source(|| async { Ok(ImageSource::stream(pieces, length)) })
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io);
        assert!(error.to_string().contains(part), "{error}");
        assert!(records(&cloud.member, &wanted.name).await?.is_empty());
    }
    // The download ends with an error of its own, here one that the SDK makes.
    let error = cloud.member.environment("").get().await.unwrap_err();
    let pieces = stream::iter([
        Ok(vec![0; 1 << 20]),
        Ok(vec![0; 1 << 20]),
        Err::<_, Error>(error),
    ]);
    let ensure = cloud.member.images().ensure(&wanted);
    let error = ensure
        .from_source(|| async { Ok(ImageSource::stream(pieces, None)) })
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(records(&cloud.member, &wanted.name).await?.is_empty());
    // Nothing is made for what cannot be fetched at all.
    let ensure = cloud.member.images().ensure(&wanted);
    assert_eq!(
        ensure.from_file("nowhere").await.unwrap_err().kind(),
        ErrorKind::Io
    );
    assert!(records(&cloud.member, &wanted.name).await?.is_empty());
    Ok(())
}

async fn an_interrupted_upload_leaves_no_record(cloud: Cloud) -> Outcome {
    if !has_images(&cloud).await? {
        return Ok(());
    }
    let wanted = wanted("glance-stop");
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let mut stop = Some(stop);
    // Begins, tells that it is time to stop, and goes on for ever.
    let endless = stream::unfold(0_u32, move |piece| {
        let stop = if piece == 3 { stop.take() } else { None };
        async move {
            if piece > 3 {
                std::future::pending::<()>().await;
            }
            drop(stop);
            Some((Ok(vec![0; 1 << 16]), piece + 1))
        }
    });
    let ensure = cloud.member.images().ensure(&wanted);
    let ensure = ensure.interrupt(async move { drop(stopped.await) });
    let source = ImageSource::stream(endless, Some(1 << 30));
    let ended = tokio::time::timeout(MINUTE, ensure.from_source(|| async { Ok(source) }));
    assert_eq!(ended.await?.unwrap_err().kind(), ErrorKind::Interrupted);
    assert!(records(&cloud.member, &wanted.name).await?.is_empty());
    Ok(())
}

async fn too_large_a_one_leaves_no_record(cloud: Cloud) -> Outcome {
    if !has_images(&cloud).await? {
        return Ok(());
    }
    let wanted = wanted("glance-large");
    for length in [Some(TOO_LARGE as u64), None] {
        let pieces = stream::iter([Ok(vec![0; TOO_LARGE - 1]), Ok(vec![0])]);
        let ensure = cloud.member.images().ensure(&wanted);
        let error = ensure
            .from_source(|| async { Ok(ImageSource::stream(pieces, length)) })
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.status()),
            (ErrorKind::Rejected, Some(413)),
            "{error}"
        );
        assert!(error.to_string().contains("too large"), "{error}");
        assert!(records(&cloud.member, &wanted.name).await?.is_empty());
    }
    Ok(())
}

async fn published_by_administrators_alone(cloud: Cloud) -> Outcome {
    if !has_images(&cloud).await? {
        return Ok(());
    }
    let wanted = wanted("glance-public");
    let ensure = cloud.member.images().ensure(&wanted).public(true);
    let error = ensure
        .from_source(|| async { Ok(bytes("abc")) })
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::Forbidden, Some(403))
    );
    assert!(
        error.to_string().starts_with("the image cannot be public"),
        "{error}"
    );
    assert!(records(&cloud.member, &wanted.name).await?.is_empty());
    Ok(())
}

async fn records_are_filled_once(cloud: Cloud) -> Outcome {
    if !has_images(&cloud).await? {
        return Ok(());
    }
    let name = name("glance-once");
    let image = filled(&cloud.member, &name).await?;
    let handle = cloud.member.image(&image.id);
    assert_eq!(
        handle.upload(bytes("abc")).await.unwrap_err().kind(),
        ErrorKind::Conflict
    );
    handle.delete().await?;
    // Neither format is one of the service's.
    let create = cloud.member.images().create(&name);
    let error = create.disk_format("floppy").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected);
    assert!(
        error.to_string().contains("'floppy' is not one of"),
        "{error}"
    );
    assert!(records(&cloud.member, &name).await?.is_empty());
    Ok(())
}

async fn unknown_ones_are_not_found(cloud: Cloud) -> Outcome {
    if !has_images(&cloud).await? {
        return Ok(());
    }
    let image = filled(&cloud.member, &name("glance-own")).await?;
    for handle in [
        cloud.other.image(&image.id),
        cloud.member.image("no/such image"),
    ] {
        assert_eq!(handle.get().await.unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(
            handle.set_property("a", "b").await.unwrap_err().kind(),
            ErrorKind::NotFound
        );
        assert_eq!(
            handle.delete().await.unwrap_err().kind(),
            ErrorKind::NotFound
        );
    }
    cloud.member.image(&image.id).delete().await?;
    Ok(())
}
