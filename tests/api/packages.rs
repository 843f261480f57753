use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use murano_sdk::{ErrorKind, Result, archive::PackageFile, packages::PackageKind};

use crate::{
    Outcome,
    cloud::{Cloud, name, package_folder},
};

crate::promises![
    uploaded_read_found_downloaded_and_deleted,
    the_same_one_twice_is_a_conflict,
    every_filter_finds_it,
    pages_give_everything_once,
    downloads_are_complete_or_not_there,
    unknown_ones_are_not_found,
    rights_are_told_from_faults,
    too_large_ones_are_refused,
    unusable_folders_are_not_sent,
    changed_operation_by_operation,
    changes_of_tags_and_categories_are_checked,
    published_by_administrators_alone,
    form_and_logos_come_as_they_were_packed,
    the_form_of_a_heat_template_is_made_by_the_server,
];

/// A package of this test alone, as a zip archive in a folder that is removed with it.
struct Made {
    fqn: String,
    file: PackageFile,
    _folder: tempfile::TempDir,
}

fn made(tag: &str, filler: usize) -> Result<Made> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let class = name("T").replace('-', "");
    let fqn = format!("com.example.tests.{class}");
    let manifest = format!(
        "Format: MuranoPL/1.0\nType: Application\nFullName: {fqn}\nName: {class}\n\
         Description: made by a test\nAuthor: tests\nTags: [{tag}]\nClasses:\n  {fqn}: Main.yaml\n"
    );
    let source = format!("Name: {fqn}\nExtends: io.murano.Application\n");
    let write = |path: &str, bytes: &[u8]| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, bytes).expect("a file");
    };
    write("manifest.yaml", manifest.as_bytes());
    write("Classes/Main.yaml", source.as_bytes());
    // Not compressible, so that the archive is as large as it says.
    let noise: Vec<u8> = std::iter::repeat_with(|| fastrand::u8(..))
        .take(filler)
        .collect();
    write("Resources/noise.bin", &noise);
    Ok(Made {
        fqn,
        file: PackageFile::open(folder.path())?,
        _folder: folder,
    })
}

async fn uploaded_read_found_downloaded_and_deleted(cloud: Cloud) -> Outcome {
    let made = made("alpha", 100_000)?;
    let packages = cloud.member.packages();
    let sent = Arc::new(AtomicU64::new(0));
    let counter = sent.clone();
    let package = packages
        .upload(&made.file)
        .categories(["Web", "Web"])
        .tags(["beta"])
        .progress(move |progress| counter.store(progress.done, Ordering::Relaxed))
        .await?;
    assert_eq!(sent.load(Ordering::Relaxed), made.file.size());
    assert_eq!(
        (&package.fully_qualified_name, &package.kind),
        (&made.fqn, &PackageKind::Application)
    );
    assert_eq!(package.class_definitions, [made.fqn.as_str()]);
    let mut tags = package.tags.clone();
    tags.sort();
    assert_eq!(
        (tags, package.categories.clone()),
        (vec!["alpha".into(), "beta".into()], vec!["Web".into()])
    );
    assert!(package.enabled && !package.is_public);

    assert_eq!(packages.get(&package.id).await?, package);
    for text in [package.id.as_str(), &made.fqn, &package.name] {
        assert_eq!(packages.find(text).await?.id, package.id);
    }
    let mut fetched = Vec::new();
    let handle = cloud.member.package(&package.id);
    let size = handle.download().to_writer(&mut fetched).await?;
    assert_eq!(size, made.file.size());
    assert!(
        fetched == std::fs::read(made.file.path())?,
        "the archive came back changed"
    );
    handle.delete().await?;
    assert_eq!(handle.get().await.unwrap_err().kind(), ErrorKind::NotFound);
    Ok(())
}

async fn the_same_one_twice_is_a_conflict(cloud: Cloud) -> Outcome {
    let made = made("twice", 10)?;
    let package = cloud.member.packages().upload(&made.file).await?;
    let error = cloud
        .member
        .packages()
        .upload(&made.file)
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::Conflict, Some(409)),
        "{error}"
    );
    // Another project may have a package of the same name.
    let theirs = cloud.other.packages().upload(&made.file).await?;
    cloud.other.package(&theirs.id).delete().await?;
    cloud.member.package(&package.id).delete().await?;
    Ok(())
}

async fn every_filter_finds_it(cloud: Cloud) -> Outcome {
    let tag = name("tag");
    let made = made(&tag, 10)?;
    let packages = cloud.member.packages();
    let package = packages
        .upload(&made.file)
        .categories(["Databases"])
        .enabled(false)
        .await?;
    let list = || packages.list().include_disabled(true);
    for (what, list) in [
        ("fqn", list().fqn(&made.fqn)),
        ("name", list().name(&package.name)),
        ("class", list().class_name(&made.fqn)),
        (
            "id",
            list()
                .id(&package.id)
                .id("0123456789abcdef0123456789abcdef"),
        ),
        ("tag", list().tag(&tag)),
        ("category", list().category("Databases").tag(&tag)),
        ("search", list().search(&tag)),
        ("owned", list().owned(true).tag(&tag)),
        ("catalog", list().catalog(true).tag(&tag)),
        ("kind", list().kind(&PackageKind::Application).tag(&tag)),
        ("order", list().order_by("fqn").descending(true).tag(&tag)),
    ] {
        let found: Vec<_> = list.await?.into_iter().map(|package| package.id).collect();
        assert_eq!(found, std::slice::from_ref(&package.id), "{what}");
    }
    assert_eq!(list().kind(&PackageKind::Library).tag(&tag).await?, []);
    assert_eq!(
        packages.list().tag(&tag).await?,
        [],
        "disabled ones are not listed unasked"
    );
    cloud.member.package(&package.id).delete().await?;
    Ok(())
}

async fn pages_give_everything_once(cloud: Cloud) -> Outcome {
    let tag = name("page");
    let mut ids = Vec::new();
    for _ in 0..4 {
        ids.push(
            cloud
                .member
                .packages()
                .upload(&made(&tag, 10)?.file)
                .await?
                .id,
        );
    }
    for size in [1, 2, 3, 100] {
        let mut pager = cloud
            .member
            .packages()
            .list()
            .tag(&tag)
            .page_size(size)
            .pager();
        let mut seen = Vec::new();
        while let Some(package) = pager.next().await? {
            seen.push(package.id);
        }
        seen.sort();
        ids.sort();
        assert_eq!(seen, ids, "pages of {size}");
    }
    let first = cloud.member.packages().list().tag(&tag).await?.remove(0);
    let rest = cloud
        .member
        .packages()
        .list()
        .tag(&tag)
        .marker(&first.id)
        .await?;
    assert_eq!(rest.len(), 3);
    let error = cloud
        .member
        .packages()
        .list()
        .page_size(0)
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "Limit param must be positive");
    for id in ids {
        cloud.member.package(id).delete().await?;
    }
    Ok(())
}

async fn downloads_are_complete_or_not_there(cloud: Cloud) -> Outcome {
    let made = made("file", 1000)?;
    let package = cloud.member.packages().upload(&made.file).await?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("shop.zip");
    let size = cloud
        .member
        .package(&package.id)
        .download()
        .to_file(&path)
        .await?;
    assert_eq!(
        (size, std::fs::metadata(&path)?.len()),
        (made.file.size(), made.file.size())
    );
    std::fs::write(&path, "precious")?;
    let error = cloud
        .member
        .package("nope")
        .download()
        .to_file(&path)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(error.to_string(), "Package id 'nope' not found");
    assert_eq!(std::fs::read(&path)?, b"precious");
    assert_eq!(
        std::fs::read_dir(folder.path())?.count(),
        1,
        "a temporary file was left behind"
    );
    cloud.member.package(&package.id).delete().await?;
    Ok(())
}

async fn unknown_ones_are_not_found(cloud: Cloud) -> Outcome {
    for text in ["com.example.Nowhere", "0123456789abcdef0123456789abcdef"] {
        let error = cloud.member.packages().find(text).await.unwrap_err();
        assert_eq!(error.to_string(), format!("package \"{text}\" not found"));
    }
    let nowhere = cloud.member.package("nope");
    for error in [
        nowhere.get().await.unwrap_err(),
        nowhere.delete().await.unwrap_err(),
        nowhere.update().description("x").await.unwrap_err(),
        nowhere.ui().await.unwrap_err(),
        nowhere.logo().await.unwrap_err(),
        nowhere.supplier_logo().await.unwrap_err(),
    ] {
        assert_eq!(
            (error.kind(), error.status()),
            (ErrorKind::NotFound, Some(404))
        );
        assert_eq!(error.to_string(), "Package id 'nope' not found");
    }
    Ok(())
}

async fn rights_are_told_from_faults(cloud: Cloud) -> Outcome {
    let made = made("rights", 10)?;
    let packages = cloud.member.packages();
    let error = packages.upload(&made.file).public(true).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden);
    let error = packages
        .upload(&made.file)
        .categories(["No Such"])
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "Category 'No Such' doesn't exist");
    let package = packages.upload(&made.file).await?;
    let stranger = cloud.other.package(&package.id);
    assert_eq!(
        stranger.get().await.unwrap_err().kind(),
        ErrorKind::Forbidden
    );
    for error in [
        stranger.delete().await.unwrap_err(),
        stranger.update().description("mine").await.unwrap_err(),
        stranger.ui().await.unwrap_err(),
        stranger.logo().await.unwrap_err(),
        stranger
            .download()
            .to_writer(&mut Vec::new())
            .await
            .unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Forbidden, "{error}");
    }
    assert_eq!(cloud.admin.package(&package.id).get().await?.id, package.id);
    cloud.member.package(&package.id).delete().await?;
    Ok(())
}

async fn too_large_ones_are_refused(cloud: Cloud) -> Outcome {
    let made = made("large", 6 << 20)?;
    let error = cloud
        .member
        .packages()
        .upload(&made.file)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "Uploading file is too large. The limit is 5 Mb"
    );
    assert_eq!(cloud.member.packages().list().fqn(&made.fqn).await?, []);
    Ok(())
}

async fn unusable_folders_are_not_sent(cloud: Cloud) -> Outcome {
    if let Some(sandbox) = &cloud.sandbox {
        sandbox.clear_log();
    }
    for folder in std::fs::read_dir(package_folder("bad"))? {
        let folder = folder?.path();
        if folder.ends_with("format-unknown") {
            // A plugin of the server may read it, so only the server can tell.
            continue;
        }
        let error = PackageFile::open(&folder).unwrap_err();
        assert_eq!(
            error.kind(),
            ErrorKind::Archive,
            "{}: {error}",
            folder.display()
        );
        assert_eq!(error.to_string().lines().count(), 1);
    }
    if let Some(sandbox) = &cloud.sandbox {
        assert!(sandbox.log().is_empty());
    }
    let odd = PackageFile::open(package_folder("bad/format-unknown"))?;
    let error = cloud.member.packages().upload(&odd).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::Rejected, Some(400))
    );
    assert!(
        error.to_string().contains("Unsupported format Helm/3.0"),
        "{error}"
    );
    Ok(())
}

fn sorted(mut items: Vec<String>) -> Vec<String> {
    items.sort();
    items
}

async fn changed_operation_by_operation(cloud: Cloud) -> Outcome {
    // A tag that no package has yet makes a server with SQLite fail: another package has them all.
    let [one, two, three] = ["one", "two", "three"].map(name);
    let helper = made(&format!("{one}, {two}, {three}"), 10)?;
    let helper = cloud.member.packages().upload(&helper.file).await?;
    let made = made(&one, 10)?;
    let upload = cloud.member.packages().upload(&made.file);
    let package = upload.categories(["Web"]).await?;
    let handle = cloud.member.package(&package.id);

    let update = handle.update().name("Shop \u{1F6D2}").description("sells");
    let changed = update.enabled(false).await?;
    assert_eq!(
        (changed.name.as_str(), changed.description.as_str()),
        ("Shop \u{1F6D2}", "sells")
    );
    assert!(!changed.enabled);
    assert_eq!(handle.get().await?, changed);
    assert!(handle.update().enabled(true).await?.enabled);

    let changed = handle.update().add_tags([&two, &three, &two]).await?;
    assert_eq!(
        sorted(changed.tags),
        sorted(vec![one.clone(), two.clone(), three.clone()])
    );
    let changed = handle.update().remove_tags([&one, &two]).await?;
    assert_eq!(changed.tags, std::slice::from_ref(&three));
    let changed = handle.update().tags([&one]).await?;
    assert_eq!(changed.tags, [one]);
    assert_eq!(
        handle.update().tags([] as [&str; 0]).await?.tags,
        [] as [&str; 0]
    );

    let changed = handle.update().add_categories(["Databases", "SAP"]).await?;
    assert_eq!(sorted(changed.categories), ["Databases", "SAP", "Web"]);
    let update = handle.update().remove_categories(["SAP"]).name("Shop");
    let changed = update.await?;
    assert_eq!(
        (sorted(changed.categories), changed.name.as_str()),
        (vec!["Databases".to_owned(), "Web".to_owned()], "Shop")
    );
    let changed = handle.update().categories(["Big Data"]).await?;
    assert_eq!(changed.categories, ["Big Data"]);
    // Nothing to change is no error.
    assert_eq!(handle.update().await?.id, package.id);
    handle.delete().await?;
    cloud.member.package(helper.id).delete().await?;
    Ok(())
}

async fn changes_of_tags_and_categories_are_checked(cloud: Cloud) -> Outcome {
    let tag = name("tag");
    let made = made(&tag, 10)?;
    let upload = cloud.member.packages().upload(&made.file);
    let package = upload.categories(["Web"]).await?;
    let handle = cloud.member.package(&package.id);
    let update = || handle.update();
    for (what, update, kind, status) in [
        (
            "a tag it has",
            update().add_tags([&tag]),
            ErrorKind::Server,
            500,
        ),
        (
            "a category it is in",
            update().add_categories(["Web"]),
            ErrorKind::Server,
            500,
        ),
        (
            "a tag it has not",
            update().remove_tags(["nope"]),
            ErrorKind::NotFound,
            404,
        ),
        (
            "no category",
            update().categories(["No Such"]),
            ErrorKind::Rejected,
            400,
        ),
        (
            "a long name",
            update().name("x".repeat(81)),
            ErrorKind::Rejected,
            400,
        ),
    ] {
        let error = update.await.unwrap_err();
        assert_eq!(
            (error.kind(), error.status()),
            (kind, Some(status)),
            "{what}: {error}"
        );
        assert_eq!(error.to_string().lines().count(), 1, "{error}");
    }
    // Several changes are made together or not at all.
    let both = update().description("half").categories(["No Such"]);
    assert_eq!(both.await.unwrap_err().kind(), ErrorKind::Rejected);
    assert_eq!(handle.get().await?.description, package.description);
    handle.delete().await?;
    Ok(())
}

async fn published_by_administrators_alone(cloud: Cloud) -> Outcome {
    let made = made("public", 10)?;
    let package = cloud.member.packages().upload(&made.file).await?;
    let [own, theirs, admin] =
        [&cloud.member, &cloud.other, &cloud.admin].map(|client| client.package(&package.id));
    let error = own.update().public(true).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden, "{error}");
    assert!(admin.update().public(true).await?.is_public);

    // Everybody reads a public package, and only its owner changes it.
    assert_eq!(theirs.get().await?.id, package.id);
    assert_eq!(cloud.other.packages().find(&made.fqn).await?.id, package.id);
    let mut archive = Vec::new();
    theirs.download().to_writer(&mut archive).await?;
    assert_eq!(archive, std::fs::read(made.file.path())?);
    for error in [
        theirs.update().description("mine").await.unwrap_err(),
        theirs.delete().await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Forbidden, "{error}");
        assert!(error.to_string().contains("not owned by"), "{error}");
    }
    // A second public package of the same name is one too many.
    let copy = cloud.other.packages().upload(&made.file).await?;
    let publish = cloud.admin.package(&copy.id).update().public(true);
    let error = publish.await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::Conflict, Some(409)),
        "{error}"
    );
    cloud.other.package(&copy.id).delete().await?;
    assert!(!own.update().public(false).await?.is_public);
    assert_eq!(theirs.get().await.unwrap_err().kind(), ErrorKind::Forbidden);
    own.delete().await?;
    Ok(())
}

async fn form_and_logos_come_as_they_were_packed(cloud: Cloud) -> Outcome {
    let package = cloud.package("greeter").await?;
    let handle = cloud.member.package(&package.id);
    let file = |path: &str| std::fs::read(package_folder("greeter").join(path));
    assert_eq!(handle.ui().await?.into_bytes(), file("UI/ui.yaml")?);
    assert_eq!(handle.logo().await?, Some(file("logo.png")?));
    assert_eq!(handle.supplier_logo().await?, Some(file("supplier.png")?));
    // Who has none says so.
    let made = made("plain", 10)?;
    let package = cloud.member.packages().upload(&made.file).await?;
    let plain = cloud.member.package(&package.id);
    assert_eq!(plain.ui().await?, "");
    assert_eq!(plain.logo().await?, None);
    assert_eq!(plain.supplier_logo().await?, None);
    plain.delete().await?;
    Ok(())
}

async fn the_form_of_a_heat_template_is_made_by_the_server(cloud: Cloud) -> Outcome {
    let package = cloud.package("hot").await?;
    // Labelled as HTML, which it is not.
    let ui = cloud.member.package(&package.id).ui().await?;
    assert!(ui.contains("com.example.Stack"), "{ui}");
    assert!(
        ui.contains("Forms") && ui.contains("templateParameters"),
        "{ui}"
    );
    Ok(())
}
