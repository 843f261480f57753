//! What only happens on a terminal, which `script` gives the program.
#![cfg(target_os = "linux")]

use std::process::Output;

use crate::cloud::Cloud;

/// Runs a command line on a terminal.
fn on_terminal(cloud: &Cloud, line: &str, editor: &str) -> Output {
    let mut script = cloud.program("script");
    script
        .args(["-qec", line, "/dev/null"])
        .env("EDITOR", editor);
    script.output().unwrap()
}

#[test]
fn a_patch_is_written_in_the_editor() {
    let cloud = Cloud::start();
    cloud.run(&["env", "create", "shop"]);
    let edit = "murano env model-edit shop";
    let edited = on_terminal(&cloud, edit, "sed -i -e s/shop/store/");
    let text = String::from_utf8_lossy(&edited.stdout);
    assert!(edited.status.success(), "{text}");
    assert!(text.contains(r#""name": "store""#), "{text}");

    let left = on_terminal(&cloud, edit, "true");
    let text = String::from_utf8_lossy(&left.stdout);
    assert_eq!(left.status.code(), Some(1), "{text}");
    assert!(text.contains("nothing is changed"), "{text}");

    let none = on_terminal(&cloud, edit, "");
    let text = String::from_utf8_lossy(&none.stdout);
    assert_eq!(none.status.code(), Some(2), "{text}");
    assert!(text.contains("set EDITOR"), "{text}");
}

#[test]
fn bytes_are_kept_from_the_terminal() {
    let cloud = Cloud::start();
    for line in [
        "murano package logo io.murano -",
        "murano action call shop print --save -",
    ] {
        let output = on_terminal(&cloud, line, "");
        let text = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(text.contains("is of no use"), "{text}");
    }
}
