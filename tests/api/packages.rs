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
    let error = cloud.member.package("nope").delete().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
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
    assert_eq!(
        stranger.delete().await.unwrap_err().kind(),
        ErrorKind::Forbidden
    );
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
