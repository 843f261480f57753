//! Imports into a sandbox in which things go wrong.

#![expect(
    clippy::unwrap_used,
    reason = "the settings for tests do not reach functions beside the tests"
)]

use std::{
    fmt::Write as _,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use murano_sandbox::{Fault, Sandbox};
use murano_sdk::{
    Client, ErrorKind,
    archive::PackageFile,
    images::ImageSource,
    import::{Action, Event, Imported, OnConflict, Outcome, Plan},
    packages::Package,
    repository::Repository,
};

const UPLOADS: &str = "/v1/catalog/packages";

struct Desk {
    sandbox: Sandbox,
    murano: Client,
    folder: tempfile::TempDir,
}

impl Desk {
    async fn new() -> Self {
        let sandbox = Sandbox::start().await.unwrap();
        let murano = client(&sandbox, "demo", "demo");
        let folder = tempfile::tempdir().unwrap();
        Self {
            sandbox,
            murano,
            folder,
        }
    }

    fn admin(&self) -> Client {
        client(&self.sandbox, "admin", "secret")
    }

    /// A library such as `a.B 1.0`, with what it requires and a class for each further word.
    fn package(&self, name: &str, require: &str) -> PackageFile {
        let mut words = name.split(' ');
        let (full, version) = (words.next().unwrap(), words.next().unwrap_or("0"));
        let folder = self.folder.path().join(name);
        std::fs::create_dir_all(folder.join("Classes")).unwrap();
        let mut text = format!(
            "FullName: {full}\nType: Library\nVersion: '{version}'\nTags: [own]\nRequire: {{{require}}}\nClasses:\n"
        );
        for class in words.chain([full]) {
            writeln!(text, "  {class}: {class}.yaml").unwrap();
            let file = folder.join("Classes").join(format!("{class}.yaml"));
            std::fs::write(file, format!("Name: {class}\n")).unwrap();
        }
        std::fs::write(folder.join("manifest.yaml"), text).unwrap();
        PackageFile::open(folder).unwrap()
    }

    /// A repository of these packages.
    fn repository(&self, files: &[&PackageFile]) -> Repository {
        let folder = self.folder.path().join("repository");
        std::fs::create_dir_all(folder.join("apps")).unwrap();
        for file in files {
            let manifest = file.manifest();
            let name = format!("{}.{}.zip", manifest.full_name, manifest.version);
            file.write_to(folder.join("apps").join(name)).unwrap();
        }
        self.murano.repository(folder.to_str().unwrap()).unwrap()
    }

    async fn own(&self) -> Vec<Package> {
        let list = self.murano.packages().list().owned(true).order_by("fqn");
        list.include_disabled(true).await.unwrap()
    }

    /// The version of a package in the catalog.
    async fn version(&self, package: &Package) -> String {
        let path = self.folder.path().join("fetched.zip");
        let download = self.murano.package(&package.id).download();
        download.to_file(&path).await.unwrap();
        PackageFile::open(path).unwrap().manifest().version.clone()
    }
}

fn client(sandbox: &Sandbox, user: &str, password: &str) -> Client {
    let builder = Client::builder().auth_url(sandbox.auth_url());
    let builder = builder.password(user, password).project(user);
    builder.build().unwrap()
}

fn outcomes(imported: &Imported) -> Vec<String> {
    let line = |result: &murano_sdk::import::StepResult| {
        format!("{} {}", result.outcome.as_str(), result.step.name)
    };
    imported.results.iter().map(line).collect()
}

/// What went wrong with the only package that did not work.
fn error(imported: &Imported) -> String {
    let errors: Vec<_> = imported.errors().collect();
    assert_eq!(errors.len(), 1, "{errors:?}");
    let text = errors[0].1.to_string();
    assert_eq!(text.lines().count(), 1, "{text}");
    text
}

#[tokio::test]
async fn what_is_required_is_fetched_and_comes_first() {
    let desk = Desk::new().await;
    let shop = desk.package("a.M 1", "a.A: , a.B: '>=1', io.murano: ");
    let (a, b) = (
        desk.package("a.A", "a.C: "),
        desk.package("a.B 1.5", "a.C: 0"),
    );
    let (b0, c) = (desk.package("a.B 0.5", ""), desk.package("a.C 0.1", ""));
    let repository = desk.repository(&[&a, &b, &b0, &c]);
    let plan = || {
        Plan::of([shop.clone()])
            .catalog(&desk.murano)
            .repository(&repository)
    };
    let imported = plan()
        .await
        .unwrap()
        .import(&desk.murano)
        .categories(["Web"])
        .await;
    assert_eq!(
        outcomes(&imported),
        [
            "uploaded a.C",
            "uploaded a.A",
            "uploaded a.B",
            "installed io.murano",
            "uploaded a.M"
        ]
    );
    assert!(imported.is_complete());
    let categories = |package: &&Package| (package.categories.clone(), package.is_public);
    let found: Vec<_> = imported.packages().iter().map(categories).collect();
    assert_eq!(found[0], (vec![], false));
    assert_eq!(found[3], (vec!["Web".to_owned()], false));
    assert_eq!(desk.version(imported.packages()[2]).await, "1.5.0");
    // What is there is not fetched again.
    let other = desk.package("a.N", "a.B: '>=1,<2', a.C: ");
    let plan = Plan::of([other]).catalog(&desk.murano).await.unwrap();
    let steps: Vec<_> = plan
        .steps
        .iter()
        .map(|step| (step.action, step.version.as_deref()))
        .collect();
    assert_eq!(
        steps,
        [
            (Action::Installed, Some("1.5.0")),
            (Action::Installed, None),
            (Action::Upload, Some("0.0.0"))
        ]
    );
    // Unless it is another version.
    let other = desk.package("a.N 2", "a.B: '>=2'");
    let refused = Plan::of([other])
        .catalog(&desk.murano)
        .repository(&repository)
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NotFound);
    let text = refused.to_string();
    assert!(
        text.starts_with(
            "package a.B >=2 is required by a.N, but the catalog has 1.5.0 only, and "
        ),
        "{text}"
    );
}

#[tokio::test]
async fn nothing_is_uploaded_where_something_is_missing() {
    let desk = Desk::new().await;
    let (a, b) = (
        desk.package("a.A", "a.X: "),
        desk.package("a.B", "a.X: , a.A: "),
    );
    let plan = || Plan::of([a.clone(), b.clone()]).catalog(&desk.murano);
    let refused = plan().await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "package a.X is required by a.A, a.B, but it is not in the catalog, and no repository is named"
    );
    assert!(desk.own().await.is_empty());
    let imported = plan()
        .skip_missing(true)
        .await
        .unwrap()
        .import(&desk.murano)
        .await;
    assert_eq!(
        outcomes(&imported),
        ["missing a.X", "uploaded a.A", "uploaded a.B"]
    );
}

#[tokio::test]
async fn packages_that_require_each_other_are_imported() {
    let desk = Desk::new().await;
    let (a, b) = (desk.package("a.A", "a.B: "), desk.package("a.B", "a.A: "));
    let plan = Plan::of([a])
        .repository(&desk.repository(&[&b]))
        .await
        .unwrap();
    assert_eq!(plan.cycles, [["a.A", "a.B"]]);
    let imported = plan.import(&desk.murano).await;
    assert_eq!(outcomes(&imported), ["uploaded a.B", "uploaded a.A"]);
}

#[tokio::test]
async fn conflicts_are_decided_for_each_package() {
    let desk = Desk::new().await;
    let (a, b) = (desk.package("a.A", "a.B: '>=2'"), desk.package("a.B 1", ""));
    let c = desk.package("a.C", "");
    let plan = Plan::of([a.clone(), b.clone()])
        .requirements(false)
        .await
        .unwrap();
    assert!(plan.import(&desk.murano).await.is_complete());
    let b2 = desk.package("a.B 2", "");
    let repository = desk.repository(&[&b2]);
    let plan = || {
        let plan = Plan::of([a.clone(), c.clone()]).catalog(&desk.murano);
        plan.repository(&repository).foresee(true)
    };
    let foreseen = plan().await.unwrap();
    let actions: Vec<_> = foreseen.steps.iter().map(|step| step.action).collect();
    assert_eq!(
        actions,
        [Action::Conflict, Action::Conflict, Action::Upload]
    );

    // What requires what has failed is left out; the rest is not.
    let imported = foreseen.import(&desk.murano).await;
    assert_eq!(
        outcomes(&imported),
        ["failed a.B", "not tried a.A", "uploaded a.C"]
    );
    assert!(!imported.is_complete());
    assert_eq!(
        imported.errors().next().unwrap().1.kind(),
        ErrorKind::Conflict
    );

    let import = plan().await.unwrap().import(&desk.murano);
    let imported = import.on_conflict(OnConflict::Abort).await;
    assert_eq!(
        outcomes(&imported),
        ["not tried a.B", "not tried a.A", "not tried a.C"]
    );
    assert!(imported.aborted);

    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = asked.clone();
    let import = plan().await.unwrap().import(&desk.murano);
    let import = import
        .on_dependency_conflict(OnConflict::Update)
        .ask(move |step, _| {
            seen.lock().unwrap().push(step.name.clone());
            OnConflict::Skip
        });
    let imported = import.await;
    assert_eq!(
        outcomes(&imported),
        ["replaced a.B", "skipped a.A", "skipped a.C"]
    );
    assert_eq!(*asked.lock().unwrap(), ["a.A", "a.C"]);
    assert_eq!(desk.version(&desk.own().await[1]).await, "2.0.0");
}

/// A package that was changed after its upload, and another version of it.
async fn changed(desk: &Desk) -> (Package, PackageFile) {
    let old = desk.package("a.B 1", "");
    let upload = desk
        .murano
        .packages()
        .upload(&old)
        .categories(["Web", "SAP"])
        .tags(["more"]);
    let old = upload.enabled(false).await.unwrap();
    let update = desk
        .murano
        .package(&old.id)
        .update()
        .name("Bee")
        .description("hums");
    let old = update.remove_tags(["own"]).await.unwrap();
    (old, desk.package("a.B 2 a.Other", ""))
}

async fn update(desk: &Desk, new: &PackageFile) -> Imported {
    let plan = Plan::of([new.clone()]).requirements(false).await.unwrap();
    plan.import(&desk.murano)
        .on_conflict(OnConflict::Update)
        .await
}

fn sorted(mut words: Vec<String>) -> Vec<String> {
    words.sort();
    words
}

#[tokio::test]
async fn a_new_version_stands_where_the_old_one_stood() {
    let desk = Desk::new().await;
    let (old, new) = changed(&desk).await;
    let imported = update(&desk, &new).await;
    assert_eq!(outcomes(&imported), ["replaced a.B"]);
    let found = desk.own().await;
    assert_eq!(found.len(), 1);
    assert_ne!(found[0].id, old.id);
    assert!(!found[0].enabled);
    assert_eq!(sorted(found[0].categories.clone()), ["SAP", "Web"]);
    assert_eq!(desk.version(&found[0]).await, "2.0.0");
}

#[tokio::test]
async fn a_refused_version_leaves_the_old_one() {
    let desk = Desk::new().await;
    let (old, new) = changed(&desk).await;
    // Another package has one of the classes.
    let other = desk.package("a.Other", "");
    desk.murano.packages().upload(&other).await.unwrap();
    let imported = update(&desk, &new).await;
    let text = error(&imported);
    assert!(
        text.contains("its class a.Other is in the package a.Other ("),
        "{text}"
    );
    assert_eq!(desk.own().await[0], old);
    // The category is unknown.
    let new = desk.package("a.B 3", "");
    let plan = Plan::of([new]).requirements(false).await.unwrap();
    let import = plan.import(&desk.murano).on_conflict(OnConflict::Update);
    let imported = import.categories(["No Such"]).await;
    assert_eq!(error(&imported), "Category 'No Such' doesn't exist");
    assert_eq!(desk.own().await[0], old);
    // The archive cannot be fetched.
    let broken = Fault::on("GET", "/v1/catalog/packages/*/download")
        .times(9)
        .answer(500, "x");
    desk.sandbox.order(broken);
    let new = desk.package("a.B 4", "");
    assert_eq!(outcomes(&update(&desk, &new).await), ["failed a.B"]);
    assert_eq!(desk.own().await[0], old);
}

#[tokio::test]
async fn the_old_one_is_put_back_as_it_was() {
    let desk = Desk::new().await;
    let (old, new) = changed(&desk).await;
    // The first upload meets the old package, the second one comes after it is gone.
    let fails = Fault::on("POST", UPLOADS).nth(2).answer(500, "disk full");
    desk.sandbox.order(fails);
    let imported = update(&desk, &new).await;
    let text = error(&imported);
    assert!(
        text.ends_with("the package that was there is put back"),
        "{text}"
    );
    let found = desk.own().await;
    assert_eq!(found.len(), 1);
    let (mut found, mut old) = (found[0].clone(), old);
    assert_ne!(found.id, old.id);
    for package in [&mut found, &mut old] {
        package.categories.sort();
        package.tags.sort();
    }
    let facts = |it: &Package| {
        (
            (
                it.name.clone(),
                it.description.clone(),
                it.enabled,
                it.is_public,
            ),
            (it.categories.clone(), it.tags.clone()),
        )
    };
    assert_eq!(facts(&found), facts(&old));
    assert_eq!(desk.version(&found).await, "1.0.0");
}

#[tokio::test]
async fn the_old_one_that_came_back_unheard_is_not_the_new_one() {
    let desk = Desk::new().await;
    let (_, new) = changed(&desk).await;
    let fails = Fault::on("POST", UPLOADS).nth(2).answer(500, "disk full");
    desk.sandbox.order(fails);
    // It is put back, but nobody says so.
    desk.sandbox
        .order(Fault::on("POST", UPLOADS).nth(3).cut(10));
    let imported = update(&desk, &new).await;
    let text = error(&imported);
    assert!(
        text.ends_with("the package that was there is put back"),
        "{text}"
    );
    let found = desk.own().await;
    assert_eq!((found.len(), found[0].name.as_str()), (1, "Bee"));
    assert_eq!(desk.version(&found[0]).await, "1.0.0");
}

#[tokio::test]
async fn an_archive_that_cannot_be_put_back_is_kept() {
    let desk = Desk::new().await;
    let (_, new) = changed(&desk).await;
    let fails = Fault::on("POST", UPLOADS)
        .nth(2)
        .times(2)
        .answer(500, "disk full");
    desk.sandbox.order(fails);
    let kept: Arc<Mutex<Vec<PathBuf>>> = Arc::default();
    let seen = kept.clone();
    let plan = Plan::of([new]).requirements(false).await.unwrap();
    let import = plan.import(&desk.murano).on_conflict(OnConflict::Update);
    let imported = import
        .observe(move |event| {
            if let Event::Kept { path, .. } = event {
                seen.lock().unwrap().push(path.to_owned());
            }
        })
        .await;
    let text = error(&imported);
    let kept = kept.lock().unwrap();
    let file = PackageFile::open(&kept[0]).unwrap();
    assert_eq!(file.manifest().version, "1.0.0");
    assert!(
        text.contains(&format!("its archive is kept as {}", kept[0].display())),
        "{text}"
    );
    std::fs::remove_file(&kept[0]).unwrap();
}

#[tokio::test]
async fn a_lost_answer_is_no_lost_package() {
    let desk = Desk::new().await;
    let (_, new) = changed(&desk).await;
    // The new one arrives, the answer does not.
    desk.sandbox
        .order(Fault::on("POST", UPLOADS).nth(2).cut(10));
    let imported = update(&desk, &new).await;
    assert_eq!(outcomes(&imported), ["replaced a.B"]);
    assert_eq!(desk.version(&desk.own().await[0]).await, "2.0.0");
}

#[tokio::test]
async fn what_is_public_stays_public() {
    let desk = Desk::new().await;
    let old = desk.package("a.B 1", "");
    let old = desk.murano.packages().upload(&old).await.unwrap();
    let publish = desk.admin().package(&old.id).update().public(true);
    publish.await.unwrap();
    // The owner may not publish it again: it is left alone.
    let new = desk.package("a.B 2", "");
    let imported = update(&desk, &new).await;
    assert_eq!(
        imported.errors().next().unwrap().1.kind(),
        ErrorKind::Forbidden
    );
    assert_eq!(desk.own().await[0].id, old.id);
    // To make it private is allowed.
    let plan = Plan::of([new]).requirements(false).await.unwrap();
    let import = plan.import(&desk.murano).on_conflict(OnConflict::Update);
    let imported = import.public(false).await;
    assert!(matches!(&imported.results[0].outcome, Outcome::Replaced(it) if !it.is_public));
    // An administrator's stays public without a word.
    let admin = desk.admin();
    let own = desk.package("a.C 1", "");
    admin.packages().upload(&own).public(true).await.unwrap();
    let plan = Plan::of([desk.package("a.C 2", "")])
        .requirements(false)
        .await
        .unwrap();
    let imported = plan.import(&admin).on_conflict(OnConflict::Update).await;
    assert!(matches!(&imported.results[0].outcome, Outcome::Replaced(it) if it.is_public));
}

#[tokio::test]
async fn what_belongs_to_others_is_left_to_them() {
    let desk = Desk::new().await;
    let own = desk.package("a.C 1", "");
    desk.admin()
        .packages()
        .upload(&own)
        .public(true)
        .await
        .unwrap();
    // A second public one is in the way of the first, which nobody else may replace.
    let plan = || Plan::of([own.clone()]).requirements(false);
    let publish = plan().await.unwrap().import(&desk.murano).public(true);
    let refused = publish.on_conflict(OnConflict::Update).await;
    assert_eq!(
        refused.errors().next().unwrap().1.kind(),
        ErrorKind::Forbidden
    );
    // A private package of the same name is no conflict.
    assert_eq!(outcomes(&update(&desk, &own).await), ["uploaded a.C"]);
    let user = &desk.murano;
    assert_eq!(
        user.packages()
            .list()
            .fqn("a.C")
            .owned(true)
            .await
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn an_import_ends_between_two_packages() {
    let desk = Desk::new().await;
    let (a, b) = (desk.package("a.A", ""), desk.package("a.B", "a.A: "));
    let stop = Arc::new(AtomicBool::new(false));
    let told = stop.clone();
    let plan = Plan::of([a, b]).await.unwrap();
    let import = plan
        .import(&desk.murano)
        .stop_when(&stop)
        .observe(move |event| {
            if matches!(event, Event::Uploaded { .. }) {
                told.store(true, Ordering::SeqCst);
            }
        });
    let imported = import.await;
    assert_eq!(outcomes(&imported), ["uploaded a.A", "not tried a.B"]);
    assert!(!imported.aborted && !imported.is_complete());
}

/// What is told of an import of these packages: `+` when one is on its way, `=` when it is there.
async fn seen(desk: &Desk, files: &[PackageFile], at_once: usize) -> (Imported, String) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let seen = told.clone();
    let plan = Plan::of(files.to_vec()).await.unwrap();
    let import = plan.import(&desk.murano).on_conflict(OnConflict::Update);
    let import = import.at_once(at_once).observe(move |event| {
        let (sign, step) = match event {
            Event::Uploading { step } => ('+', step),
            Event::Uploaded { step, .. } => ('=', step),
            _ => return,
        };
        seen.lock().unwrap().push(format!("{sign}{}", step.name));
    });
    let imported = import.await;
    let told = told.lock().unwrap().join(" ");
    (imported, told)
}

#[tokio::test]
async fn what_needs_not_wait_is_uploaded_at_the_same_time() {
    let desk = Desk::new().await;
    let files = [
        desk.package("a.A", ""),
        desk.package("a.B", ""),
        desk.package("a.C", ""),
        desk.package("a.D", "a.B: , a.C: "),
    ];
    let (imported, told) = seen(&desk, &files, 2).await;
    assert!(told.starts_with("+a.A +a.B ="), "{told}");
    let at = |word| told.find(word).unwrap();
    assert!(at("+a.D") > at("=a.B") && at("+a.D") > at("=a.C"), "{told}");
    let mut most = 0;
    let mut running = 0_i32;
    for word in told.split(' ') {
        running += if word.starts_with('+') { 1 } else { -1 };
        most = most.max(running);
    }
    assert_eq!(most, 2, "{told}");
    let names = ["a.A", "a.B", "a.C", "a.D"];
    assert_eq!(
        outcomes(&imported),
        names.map(|name| format!("uploaded {name}"))
    );
    let packages = imported.packages().into_iter();
    assert!(
        packages
            .map(|package| &*package.fully_qualified_name)
            .eq(names)
    );
}

#[tokio::test]
async fn conflicts_end_as_they_do_one_by_one() {
    for at_once in [1, 4] {
        let desk = Desk::new().await;
        let old = [desk.package("a.A 1 a.X", ""), desk.package("a.C 1", "")];
        let (imported, _) = seen(&desk, &old, at_once).await;
        assert!(imported.is_complete());
        // The class moves from the first to the second, which has to wait until it is free.
        let new = [
            desk.package("a.A 2", ""),
            desk.package("a.B 1 a.X", ""),
            desk.package("a.C 2", ""),
            desk.package("a.D 1", ""),
        ];
        let (imported, told) = seen(&desk, &new, at_once).await;
        let expected = [
            "replaced a.A",
            "uploaded a.B",
            "replaced a.C",
            "uploaded a.D",
        ];
        assert_eq!(outcomes(&imported), expected, "{told}");
        let place = |word: &str| told.find(word).unwrap();
        assert!(
            place("=a.A") < place("=a.B") && place("=a.A") < place("=a.C"),
            "{told}"
        );
    }
}

#[tokio::test]
async fn an_image_is_brought_once() {
    let desk = Desk::new().await;
    let list = "Images:\n- {Name: disk, DiskFormat: raw, ContainerFormat: bare}\n";
    let files = ["a.A", "a.B"].map(|name| {
        desk.package(name, "");
        let folder = desk.folder.path().join(name);
        std::fs::write(folder.join("images.lst"), list).unwrap();
        PackageFile::open(folder).unwrap()
    });
    let repository = desk.repository(&[]);
    let images = desk.folder.path().join("repository/images");
    std::fs::create_dir(&images).unwrap();
    std::fs::write(images.join("disk"), "a disk\n").unwrap();
    let import = Plan::of(files).await.unwrap().import(&desk.murano);
    let imported = import.images(&[repository]).await;
    assert!(imported.is_complete());
    let asking: Vec<_> = imported
        .images
        .iter()
        .map(|image| &*image.package)
        .collect();
    assert_eq!(asking, ["a.A", "a.B"]);
    assert_eq!(desk.murano.images().list().await.unwrap().len(), 1);
}

#[tokio::test]
async fn images_are_brought_before_the_package() {
    let desk = Desk::new().await;
    desk.package("a.Inn", "");
    let folder = desk.folder.path().join("a.Inn");
    let entry =
        |name: &str| format!("- {{Name: {name}, DiskFormat: raw, ContainerFormat: bare}}\n");
    let list = format!(
        "Images:\n{}{}{}",
        entry("there"),
        entry("missing"),
        entry("nowhere")
    );
    std::fs::write(folder.join("images.lst"), list).unwrap();
    let inn = PackageFile::open(&folder).unwrap();
    let repository = desk.repository(&[]);
    let images = desk.folder.path().join("repository/images");
    std::fs::create_dir(&images).unwrap();
    std::fs::write(images.join("missing"), "a disk\n").unwrap();

    let murano = &desk.murano;
    let there = murano.images().create("there").disk_format("raw");
    let there = there.container_format("bare").await.unwrap();
    let data = ImageSource::file(images.join("missing")).await.unwrap();
    murano.image(&there.id).upload(data).await.unwrap();
    let plan = || Plan::of([inn.clone()]);
    let import = plan().await.unwrap().import(murano);
    let imported = import.images(std::slice::from_ref(&repository)).await;
    let told: Vec<_> = imported
        .images
        .iter()
        .map(|image| (image.image.as_deref().unwrap(), image.outcome.is_ok()))
        .collect();
    assert_eq!(
        told,
        [("there", true), ("missing", true), ("nowhere", false)]
    );
    // The package is there all the same, but not all is well.
    assert_eq!(outcomes(&imported), ["uploaded a.Inn"]);
    assert!(!imported.is_complete());
    let error = imported.images[2].outcome.as_ref().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    let names = murano.images().list().await.unwrap();
    let mut names: Vec<_> = names.into_iter().map(|image| image.name).collect();
    names.sort();
    assert_eq!(names, ["missing", "there"]);

    // Without an image service there are no images to miss.
    let poor = Client::builder().auth_url(desk.sandbox.auth_url());
    let poor = poor.set("image_region_name", "nowhere");
    let poor = poor.password("demo", "demo").project("demo");
    let poor = poor.build().unwrap();
    let import = plan().await.unwrap().import(&poor);
    let import = import.on_conflict(OnConflict::Skip);
    let imported = import.images(&[repository]).await;
    let missing = imported.images[0].outcome.as_ref().unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NoService);
    assert!(imported.is_complete());
}

#[tokio::test]
async fn hostile_lists_of_images_write_nothing() {
    let desk = Desk::new().await;
    desk.package("a.Inn", "");
    let folder = desk.folder.path().join("a.Inn");
    let outside = desk.folder.path().join("outside");
    std::fs::write(&outside, "secret").unwrap();
    for (list, part) in [
        (
            "Images: [{Name: ../../outside, DiskFormat: raw, ContainerFormat: bare}]",
            "leads to another folder",
        ),
        (
            "Images: [{Name: /etc/passwd, DiskFormat: raw, ContainerFormat: bare}]",
            "leads to another folder",
        ),
        (
            "Images: [{Name: x, Url: ../../outside, DiskFormat: raw, ContainerFormat: bare}]",
            "leads to another folder",
        ),
        (
            "Images: [{Name: x, Url: 'file:///etc/passwd', DiskFormat: raw, ContainerFormat: bare}]",
            "leads to another folder",
        ),
        ("Images: {a: &a [*a]}", "images.lst"),
        ("Images: [", "images.lst"),
    ] {
        std::fs::write(folder.join("images.lst"), list).unwrap();
        let inn = PackageFile::open(&folder).unwrap();
        let plan = Plan::of([inn]).await.unwrap();
        let site = desk.folder.path().join("site");
        let repository = desk.repository(&[]);
        let saved = plan.save(&site).images(&[repository]).await.unwrap();
        let errors: Vec<_> = saved
            .iter()
            .filter_map(|file| file.outcome.as_ref().err())
            .collect();
        assert_eq!(errors.len(), 1, "{list}: {errors:?}");
        let text = errors[0].to_string();
        assert!(
            text.contains(part) && text.lines().count() == 1,
            "{list}: {text}"
        );
        assert_eq!(std::fs::read(&outside).unwrap(), b"secret");
        let images = std::fs::read_dir(site.join("images"));
        assert!(images.is_err() || images.unwrap().next().is_none());
    }
}
