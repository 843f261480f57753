use std::error::Error as _;

use super::*;
use crate::archive::sample::{Desk, PNG};
use crate::archive::{self, Severity};

const SHOP: &str = "Namespaces: {=: com.example.shop, std: io.murano}\nName: Shop\n\
    Extends: std:Application\n";
const TILL: &str = "Namespaces: {=: com.example.shop}\nName: Till\n---\nName: Drawer\n";
const FORM: &str = "Version: 2.4\nApplication: {?: {type: com.example.shop.Shop}}\n\
    Forms: [{a: {fields: [{name: b, type: string}]}}]\n";
const TEMPLATE: &str = "heat_template_version: 2013-05-23\ndescription: \"Two: lines\\n\"\n\
    parameters: {size: {type: number}}\nresources: {}\n";

/// A folder with everything that a package may be made from, and the archive to be.
fn desk() -> Desk {
    let desk = Desk::new();
    let files: &[(&str, &[u8])] = &[
        ("classes/Shop.yaml", SHOP.as_bytes()),
        ("classes/sub/Till.yaml", TILL.as_bytes()),
        ("resources/scripts/run.sh", b"echo"),
        ("form.yaml", FORM.as_bytes()),
        ("us.png", PNG),
        ("my-heat_template.yaml", TEMPLATE.as_bytes()),
    ];
    desk.folder("", files);
    desk
}

fn from_classes(desk: &Desk) -> NewPackage {
    let mut new = NewPackage::from_classes(desk.path("classes"));
    new.ui = Some(desk.path("form.yaml"));
    new.output = Some(desk.path("out.zip"));
    new
}

fn from_template(desk: &Desk) -> NewPackage {
    let mut new = NewPackage::from_template(desk.path("my-heat_template.yaml"));
    new.output = Some(desk.path("out.zip"));
    new
}

fn manifest(package: &PackageFile) -> String {
    let bytes = package.read(check::MANIFEST, 10_000).unwrap();
    String::from_utf8(bytes.unwrap()).unwrap()
}

/// What is said, without the place, and that nothing was written.
fn refused(desk: &Desk, new: &NewPackage) -> (String, Option<CreateFault>) {
    let before = std::fs::read_dir(desk.path("")).unwrap().count();
    let error = new.create().unwrap_err();
    assert_eq!(
        std::fs::read_dir(desk.path("")).unwrap().count(),
        before,
        "{error}"
    );
    let fault = error.source().and_then(|source| source.downcast_ref());
    let text = error.to_string();
    let place = format!("{}/", desk.path("").display());
    (text.replace(&place.replace("//", "/"), ""), fault.cloned())
}

#[test]
fn classes_tell_what_the_package_is_called() {
    let desk = desk();
    let package = from_classes(&desk).create().unwrap();
    assert_eq!(
        manifest(&package),
        "Classes:\n  com.example.shop.Drawer: sub/Till.yaml\n  com.example.shop.Shop: Shop.yaml\n  \
         com.example.shop.Till: sub/Till.yaml\n\
         Description: Description for the application is not provided\nFormat: MuranoPL/1.0\n\
         FullName: com.example.shop.Shop\nName: Shop\nType: Application\n"
    );
    assert_eq!(
        package.entries(),
        [
            "Classes/Shop.yaml",
            "Classes/sub/Till.yaml",
            "UI/ui.yaml",
            "logo.png",
            "manifest.yaml"
        ]
    );
    assert_eq!(package.path(), desk.path("out.zip"));
    assert_eq!(archive::check(desk.path("out.zip")).unwrap(), []);
}

#[test]
fn what_is_given_replaces_what_is_found() {
    let desk = desk();
    let mut new = from_classes(&desk);
    new.full_name = Some("a.b.C".to_owned());
    new.name = Some("1.0".to_owned());
    new.author = Some("No: one".to_owned());
    new.description = Some("A\nb".to_owned());
    new.tags = Some(vec!["yes".to_owned(), "x".to_owned()]);
    new.kind = Some(PackageType::Library);
    new.version = Some("1.10".to_owned());
    new.require = vec![
        ("io.murano".to_owned(), None),
        ("a.other".to_owned(), Some(">=1.0".to_owned())),
    ];
    new.resources = Some(desk.path("resources"));
    new.logo = Some(desk.path("us.png"));
    let package = new.create().unwrap();
    let read = package.manifest();
    assert_eq!(
        (&*read.full_name, &*read.name, &*read.version),
        ("a.b.C", "1.0", "1.10.0")
    );
    assert_eq!(read.author.as_deref(), Some("No: one"));
    assert_eq!(read.description.as_deref(), Some("A\nb"));
    assert_eq!(
        (read.kind, &read.tags),
        (
            PackageType::Library,
            &vec!["yes".to_owned(), "x".to_owned()]
        )
    );
    let require = [
        ("a.other".to_owned(), Some(">=1.0".to_owned())),
        ("io.murano".to_owned(), None),
    ];
    let mut found = read.require.clone();
    found.sort();
    assert_eq!(found, require);
    assert_eq!(package.read("logo.png", 1000).unwrap().unwrap(), PNG);
    let script = package.read("Resources/scripts/run.sh", 1000).unwrap();
    assert_eq!(script.unwrap(), b"echo");
    // An empty text says nothing.
    new.name = Some(String::new());
    new.description = Some(String::new());
    let read = new.create().unwrap();
    assert_eq!(read.manifest().name, "Shop");
    assert!(
        read.manifest()
            .description
            .as_deref()
            .unwrap()
            .contains("not provided")
    );
}

#[test]
fn a_template_is_a_package() {
    let desk = desk();
    let package = from_template(&desk).create().unwrap();
    assert_eq!(
        manifest(&package),
        "Description: \"Two: lines\\n\"\nFormat: Heat.HOT/1.0\n\
         FullName: io.murano.apps.generated.MyHeatTemplate\nName: my-heat_template\n\
         Tags:\n- Heat-generated\nType: Application\n"
    );
    assert_eq!(
        package.entries(),
        ["logo.png", "manifest.yaml", "template.yaml"]
    );
    let template = package.read("template.yaml", 1000).unwrap().unwrap();
    assert_eq!(template, TEMPLATE.as_bytes());
    assert_eq!(archive::check(package.path()).unwrap(), []);

    let mut new = from_template(&desk);
    new.source = PackageSource::Template(desk.file("x.yaml", b"resources: {}\ndescription:\n"));
    new.tags = Some(Vec::new());
    let package = new.create().unwrap();
    assert_eq!(
        package.manifest().description.as_deref(),
        Some("Heat-defined application for a template \"x.yaml\"")
    );
    assert!(!manifest(&package).contains("Tags"));
}

#[test]
fn the_same_files_make_the_same_bytes() {
    let desk = desk();
    let bytes = || std::fs::read(from_classes(&desk).create().unwrap().path()).unwrap();
    let one = bytes();
    let file = std::fs::File::options()
        .write(true)
        .open(desk.path("form.yaml"))
        .unwrap();
    file.set_modified(std::time::SystemTime::UNIX_EPOCH)
        .unwrap();
    assert_eq!(bytes(), one);
}

#[test]
fn an_archive_may_be_in_the_folder_of_classes() {
    let desk = desk();
    desk.file("classes/older.zip", b"PK");
    let mut new = from_classes(&desk);
    new.output = Some(desk.path("classes/out"));
    new.create().unwrap();
    let again = new.create().unwrap();
    assert_eq!(
        again.entries()[..2],
        ["Classes/Shop.yaml", "Classes/sub/Till.yaml"]
    );
    // A slash at the end changes nothing.
    new.source = PackageSource::Classes(desk.path("classes/"));
    assert_eq!(new.create().unwrap().manifest(), again.manifest());
}

#[test]
fn a_class_needs_no_namespaces() {
    let desk = Desk::new();
    desk.folder("classes", &[("a.yaml", b"Name: Foo\n")]);
    let mut new = NewPackage::from_classes(desk.path("classes"));
    new.kind = Some(PackageType::Library);
    new.full_name = Some("com.example.Tools".to_owned());
    new.output = Some(desk.path("out.zip"));
    let package = new.create().unwrap();
    assert_eq!(package.manifest().classes["Foo"], "a.yaml");
    // A library is called by the last word of its full name.
    assert_eq!(package.manifest().name, "Tools");
    assert_eq!(archive::check(package.path()).unwrap(), []);
}

#[test]
fn one_of_several_applications_may_give_its_name() {
    let desk = desk();
    let other = SHOP.replace("Name: Shop", "Name: Market");
    desk.file("classes/Market.yaml", other.as_bytes());
    let mut new = from_classes(&desk);
    assert_eq!(
        refused(&desk, &new).1,
        Some(CreateFault::SeveralApplications)
    );
    new.full_name = Some("com.example.shop.Market".to_owned());
    assert_eq!(new.create().unwrap().manifest().name, "Market");
    new.full_name = Some("com.example.Both".to_owned());
    assert_eq!(new.create().unwrap().manifest().name, "Both");
}

#[test]
fn fields_that_cannot_be_right_are_refused() {
    let desk = desk();
    let with = |change: fn(&mut NewPackage, &Desk)| {
        let mut new = from_classes(&desk);
        change(&mut new, &desk);
        refused(&desk, &new)
    };
    for (change, text, fault) in [
        (
            (|new, _| new.full_name = Some("a b".to_owned())) as fn(&mut NewPackage, &Desk),
            "classes: manifest.yaml: FullName is \"a b\", it may hold letters, digits, \"_\" and single dots between them",
            None,
        ),
        (
            |new, _| new.version = Some("new".to_owned()),
            "the version \"new\" must begin with a number such as 1.0.0",
            None,
        ),
        (
            |new, _| new.require = vec![("io.x".to_owned(), Some("new".to_owned()))],
            "the version \"new\" that is required of io.x: it must be such as 1.0, \">=1.0\" or \">=1.0,<2\"",
            None,
        ),
        (
            |new, desk| new.output = Some(desk.path("resources/../form.yaml")),
            "the package would replace form.yaml, which it is made from: name another output",
            None,
        ),
        (
            |new, _| new.ui = None,
            "classes: an application of classes needs a form for the dashboard: name its file",
            Some(CreateFault::NoForm),
        ),
        (
            |new, desk| new.ui = Some(desk.path("none")),
            "none: there is no such file",
            Some(CreateFault::FormNotFile),
        ),
        (
            |new, desk| new.resources = Some(desk.path("form.yaml")),
            "form.yaml: this is no folder",
            Some(CreateFault::NoResources),
        ),
        (
            |new, desk| new.logo = Some(desk.path("none")),
            "none: there is no such file",
            Some(CreateFault::NoLogo),
        ),
        (
            |new, desk| new.logo = Some(desk.path("form.yaml")),
            "classes: logo.png is not a PNG, JPEG or GIF image by its content",
            None,
        ),
        (
            |new, desk| new.source = PackageSource::Classes(desk.path("form.yaml")),
            "form.yaml: this is no folder",
            Some(CreateFault::NoFolder),
        ),
        (
            |new, desk| new.source = PackageSource::Classes(desk.path("classes/sub")),
            "classes/sub: no class extends io.murano.Application: say the type and the full name of the package",
            Some(CreateFault::NoType),
        ),
        (
            |new, desk| {
                new.source = PackageSource::Classes(desk.path("classes/sub"));
                new.kind = Some(PackageType::Library);
            },
            "classes/sub: no class extends io.murano.Application: say the full name of the package",
            Some(CreateFault::NoFullName),
        ),
        (
            |new, desk| new.source = PackageSource::Template(desk.path("none")),
            "none: there is no such file",
            Some(CreateFault::NoTemplate),
        ),
        (
            |new, desk| new.source = PackageSource::Template(desk.path("us.png")),
            "us.png: it is not text in UTF-8",
            Some(CreateFault::TemplateNotYaml),
        ),
    ] {
        let (mut found, found_fault) = with(change);
        found = found.replace("resources/../", "");
        assert_eq!((&*found, found_fault), (text, fault));
    }
}

#[test]
fn files_that_are_no_classes_are_refused() {
    use CreateFault::{ClassMisnamed, ClassRepeated, ClassUnnamed, NoClasses};
    let not_yaml = CreateFault::ClassNotYaml("x.yaml".into());
    for (text, said, fault) in [
        (
            "Name: [",
            "this is no file of classes: line",
            not_yaml.clone(),
        ),
        (
            "Name: !x y",
            "this is no file of classes: line 1",
            not_yaml.clone(),
        ),
        ("- Name: x", "a class must be a mapping", not_yaml.clone()),
        ("\u{1}", "this is no file of classes", not_yaml.clone()),
        ("", "a class has no Name: give it one", ClassUnnamed),
        ("Namespaces: {=: a}", "a class has no Name", ClassUnnamed),
        ("Name:", "a class has no Name", ClassUnnamed),
        (
            "Name: x\n---\nMethods: {}",
            "a class has no Name",
            ClassUnnamed,
        ),
        (
            "Name: [x]",
            "Name: it is a list, write a text",
            ClassMisnamed,
        ),
        (
            "Name: a:b:c",
            "Name: \"a:b:c\" is no name of a class",
            ClassMisnamed,
        ),
        (
            "Name: std:X",
            "Name: \"std:X\" has a prefix that is not in Namespaces",
            ClassMisnamed,
        ),
        (
            SHOP,
            "\"com.example.shop.Shop\" is in Shop.yaml as well",
            ClassRepeated,
        ),
    ] {
        let desk = desk();
        desk.file("classes/a.yaml", b"Name: a");
        desk.file("classes/x.yaml", text.as_bytes());
        let (found, mut found_fault) = refused(&desk, &from_classes(&desk));
        if let Some(CreateFault::ClassNotYaml(file)) = &mut found_fault {
            assert_eq!(*file, desk.path("classes/x.yaml"));
            *file = "x.yaml".into();
        }
        assert!(found.starts_with("classes/x.yaml: "), "{text:?}: {found}");
        assert!(found.contains(said), "{text:?}: {found}");
        assert_eq!(found_fault, Some(fault), "{text:?}");
    }
    let desk = Desk::new();
    desk.folder("classes", &[(".git/config", b"")]);
    let (found, fault) = refused(&desk, &from_classes(&desk));
    assert_eq!(
        (&*found, fault),
        ("classes: the folder holds no classes", Some(NoClasses))
    );
}

#[test]
fn files_that_are_no_templates_are_refused() {
    for (text, said) in [
        ("", "a Heat template must be a mapping, this is empty"),
        ("x", "a Heat template must be a mapping, this is \"x\""),
        ("a: [", "this is no Heat template: line"),
        ("a: 1\n---\nb: 1", "a second document begins"),
    ] {
        let desk = desk();
        let mut new = from_template(&desk);
        new.source = PackageSource::Template(desk.file("x.yaml", text.as_bytes()));
        let (found, fault) = refused(&desk, &new);
        assert!(
            found.starts_with("x.yaml: ") && found.contains(said),
            "{found}"
        );
        assert_eq!(fault, Some(CreateFault::TemplateNotYaml));
    }
    // What the server would fail on is told by the look at the archive.
    let desk = desk();
    let mut new = from_template(&desk);
    new.source = PackageSource::Template(desk.file("x.yaml", b"parameters: {a: {}}"));
    let (found, _) = refused(&desk, &new);
    assert_eq!(
        found,
        "x.yaml: template.yaml: the parameter \"a\" has no type"
    );
    new.source = PackageSource::Template(desk.file("-.yaml", b"resources: {}"));
    assert_eq!(refused(&desk, &new).1, Some(CreateFault::NoFullName));
}

#[test]
fn an_older_archive_stays_where_nothing_comes_in_its_place() {
    let desk = desk();
    desk.file("out.zip", b"older");
    let mut new = from_classes(&desk);
    new.full_name = Some("..".to_owned());
    assert!(new.create().is_err());
    assert_eq!(std::fs::read(desk.path("out.zip")).unwrap(), b"older");
    new.full_name = None;
    new.create().unwrap();
    assert!(PackageFile::open(desk.path("out.zip")).is_ok());
}

#[cfg(unix)]
#[test]
fn special_files_are_refused() {
    use std::os::unix::fs::symlink;
    let desk = desk();
    symlink("/etc/passwd", desk.path("classes/secret.yaml")).unwrap();
    symlink("..", desk.path("classes/loop")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(desk.path("classes/socket")).unwrap();
    let (found, _) = refused(&desk, &from_classes(&desk));
    assert_eq!(
        found,
        "classes: \"loop\" is a symbolic link, put the file itself there; \"secret.yaml\" is a symbolic \
         link, put the file itself there; \"socket\" is no regular file"
    );
    let mut new = from_template(&desk);
    new.source = PackageSource::Template("/dev/zero".into());
    assert_eq!(refused(&desk, &new).1, Some(CreateFault::NoTemplate));
    new = from_template(&desk);
    new.logo = Some("/dev/zero".into());
    assert_eq!(refused(&desk, &new).1, Some(CreateFault::NoLogo));
}

#[test]
fn our_own_logo_is_one() {
    let desk = desk();
    let package = from_template(&desk).create().unwrap();
    let logo = package.read("logo.png", 10_000).unwrap().unwrap();
    assert!(logo.starts_with(b"\x89PNG\r\n\x1a\n") && logo.len() < 2000);
    let findings = archive::check(package.path()).unwrap();
    assert!(
        findings
            .iter()
            .all(|finding| finding.severity != Severity::Error)
    );
}
