//! What only happens on a terminal, which `script` gives the program.
#![cfg(target_os = "linux")]

use std::{
    io::{Read as _, Write as _},
    process::{Output, Stdio},
};

use crate::{cloud::Cloud, secrets};

/// Runs a command line on a terminal.
fn on_terminal(cloud: &Cloud, line: &str, editor: &str) -> Output {
    let mut script = cloud.program("script");
    script
        .args(&["-qec", line, "/dev/null"])
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

/// Runs a command line on a terminal, and types this when it asks.
fn answered(cloud: &Cloud, line: &str, answer: &[u8]) -> (Option<i32>, String) {
    typed(cloud, line, " [y/N] ", &[answer])
}

/// Runs a command line on a terminal, and types these one by one when it asks with questions that end so.
fn typed(cloud: &Cloud, line: &str, question: &str, answers: &[&[u8]]) -> (Option<i32>, String) {
    let mut script = cloud.program("script");
    script.args(&["-qec", line, "/dev/null"]);
    let mut child = script
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut stdin, mut stdout) = (child.stdin.take(), child.stdout.take().unwrap());
    let (mut shown, mut piece) = (Vec::new(), [0; 512]);
    let mut answers = answers.iter().peekable();
    while let Ok(count @ 1..) = stdout.read(&mut piece) {
        shown.extend_from_slice(&piece[..count]);
        if shown.ends_with(question.as_bytes())
            && let Some(answer) = answers.next()
        {
            stdin.as_mut().unwrap().write_all(answer).unwrap();
            stdin.take_if(|_| answers.peek().is_none());
        }
    }
    secrets::check(&shown, line);
    let code = child.wait().unwrap().code();
    (code, String::from_utf8(shown).unwrap())
}

#[test]
fn environments_are_deleted_when_the_answer_is_yes() {
    let cloud = Cloud::start();
    let model = r#"{"?": {"type": "io.murano.Application"}}"#;
    std::fs::write(cloud.folder().join("app.json"), model).unwrap();
    for env in ["shop", "depot", "old", "quiet"] {
        cloud.run(&["env", "create", env]);
    }
    let session = cloud.run(&["session", "create", "shop", "-f", "value", "-c", "id"]);
    let session = session.trim();
    for _ in 0..2 {
        cloud.run(&[
            "app",
            "add",
            "shop",
            "--model",
            "app.json",
            "--session",
            session,
        ]);
    }
    cloud.run(&["session", "deploy", "shop", session, "--wait"]);
    let names = || cloud.run(&["env", "list", "-f", "value", "-c", "name"]);
    let question = "delete environment \"shop\" and its 2 applications? [y/N] ";
    // A line, the end of the input, Ctrl-C.
    for (answer, code) in [("n\n", 1), ("\n", 1), ("\x04", 1), ("\x03", 130)] {
        let (ended, shown) = answered(&cloud, "murano env delete shop", answer.as_bytes());
        assert!(shown.starts_with(question), "{shown}");
        assert_eq!(ended, Some(code), "{answer:?}: {shown}");
        assert_eq!(shown.contains("nothing was done"), code == 1, "{shown}");
    }
    let both = "murano env delete --abandon shop depot";
    let (ended, shown) = answered(&cloud, both, b"no\n");
    let question = "forget environments \"shop\" and its 2 applications, \"depot\"? [y/N] ";
    assert!(shown.starts_with(question) && ended == Some(1), "{shown}");
    assert_eq!(names(), "shop\ndepot\nold\nquiet\n");

    let (ended, shown) = answered(&cloud, "murano env delete shop --wait", b"y\n");
    assert_eq!(ended, Some(0), "{shown}");
    assert!(shown.contains("environment \"shop\" is deleted"), "{shown}");
    for line in [
        "murano env delete depot --yes --wait",
        "murano env delete -y --wait quiet",
        // The old client never asked.
        "murano environment-delete old --abandon",
    ] {
        let output = on_terminal(&cloud, line, "");
        let shown = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && !shown.contains("[y/N]"),
            "{shown}"
        );
    }
    assert_eq!(names(), "");
}

#[test]
fn every_deletion_asks_before_anything_is_sent() {
    // Nobody answers there.
    let cloud = Cloud::none();
    for (line, question) in [
        ("package delete a b", "delete packages \"a\", \"b\"?"),
        ("category delete a", "delete category \"a\"?"),
        ("template delete a", "delete template \"a\"?"),
        ("template del-app market a", "remove application \"a\"?"),
        ("instance rebuild a", "erase instance \"a\"?"),
        ("app delete shop a b", "remove applications \"a\", \"b\"?"),
        ("session delete shop a", "discard session \"a\"?"),
        ("instance delete a", "delete instance \"a\"?"),
        ("maintenance delete a", "delete maintenance session \"a\"?"),
    ] {
        let url = "--os-cloud= --murano-url http://127.0.0.1:1 --os-no-client-auth --os-token none";
        let (code, shown) = answered(&cloud, &format!("murano {url} {line}"), b"n\n");
        assert!(shown.starts_with(question), "{line}: {shown}");
        assert_eq!(code, Some(1), "{line}: {shown}");
        assert!(
            shown.contains("error: the answer was no: nothing was done"),
            "{shown}"
        );
    }
}

#[test]
fn states_have_colours_on_a_terminal_alone() {
    let cloud = Cloud::start();
    cloud.run(&["env", "create", "shop"]);
    let green = "\x1b[38;5;10m";
    for (line, has_colour) in [
        ("murano env list", true),
        ("murano env show shop", true),
        ("murano env list | cat", false),
        ("murano env list -f value", false),
        ("murano env list -f json", false),
        ("murano env list --quiet", false),
        ("NO_COLOR=1 murano env list", false),
        ("CLICOLOR=0 murano env list", false),
        ("TERM=dumb murano env list", false),
        ("CLICOLOR=0 CLICOLOR_FORCE=1 murano env list", true),
        ("CLICOLOR_FORCE=1 murano env list | cat", true),
        ("CLICOLOR_FORCE=1 murano env list -f csv", false),
        ("CLICOLOR_FORCE=0 murano env list | cat", false),
        ("CLICOLOR_FORCE=1 murano environment-list", false),
    ] {
        let output = on_terminal(&cloud, line, "");
        let shown = String::from_utf8_lossy(&output.stdout);
        assert!(shown.contains("ready"), "{line}: {shown}");
        assert_eq!(shown.contains('\x1b'), has_colour, "{line}: {shown}");
        assert_eq!(shown.contains(green), has_colour, "{line}: {shown}");
    }
}

#[test]
fn tables_fit_the_terminal_unless_told_otherwise() {
    let cloud = Cloud::start();
    cloud.run(&[
        "env",
        "create",
        "shop",
        "--description",
        &"what is sold ".repeat(30),
    ]);
    let widest = |line: &str| {
        let output = on_terminal(&cloud, &format!("stty cols 90; {line}"), "");
        let shown = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(shown.contains("| name "), "{line}: {shown}");
        let widths = shown.lines().map(|line| line.trim_end().chars().count());
        widths.max().unwrap()
    };
    let show = "NO_COLOR=1 murano env show shop";
    assert!((70..=90).contains(&widest(show)));
    assert!(widest(&format!("{show} --max-width 0")) > 300);
    assert!((40..=60).contains(&widest(&format!("{show} --max-width 60"))));
    assert!(widest(&format!("{show} | cat")) > 300);
    assert!((40..=60).contains(&widest(&format!("{show} --max-width 60 | cat"))));
    assert!((70..=90).contains(&widest(&format!("{show} --fit-width | cat"))));
    assert!((70..=90).contains(&widest(&format!("CLIFF_FIT_WIDTH=1 {show} | cat"))));
}

#[test]
fn what_an_application_lacks_is_asked_for() {
    let cloud = Cloud::start();
    let stand = crate::transcript::folder().join("../data/packages/stand");
    cloud.run(&["package", "import", stand.to_str().unwrap()]);
    cloud.run(&["env", "create", "shop"]);
    let add = "murano app add shop Stand --set port=80 -f yaml";
    // The class is asked for, then what its object needs. A wrong answer and an empty one are asked again.
    let answers = [
        "Ann\n",
        "shoes\n",
        "\n",
        "fruit\n",
        "io.murano.resources.LinuxMuranoInstance\n",
        "m1.small\n",
        "7\n",
    ];
    let (code, shown) = typed(&cloud, add, "): ", &answers.map(str::as_bytes));
    assert_eq!(code, Some(0), "{shown}");
    for told in [
        "owner (a string: Who sells): ",
        "`goods` takes one of \"fruit\", \"books\", not \"shoes\"",
        "instance (an object of class io.murano.resources.Instance, such as ",
        "instance.name (a string): ",
        "  name: \"7\"",
        "is open: deploy it with",
    ] {
        assert!(shown.contains(told), "{told}: {shown}");
    }
    assert_eq!(shown.matches("goods (").count(), 3, "{shown}");

    // Nobody answers any longer.
    let (code, shown) = typed(&cloud, add, "): ", &[b"Ann\n", b"\x04"]);
    assert_eq!(code, Some(130), "{shown}");
    assert!(shown.contains("nothing is changed"), "{shown}");
    // With -f json nothing asks.
    let (code, shown) = typed(&cloud, "murano app add shop Stand -f json", "): ", &[]);
    assert_eq!(code, Some(2), "{shown}");
}

#[test]
fn the_form_of_a_package_is_asked_question_by_question() {
    let cloud = Cloud::start();
    let stand = crate::transcript::folder().join("../data/packages/stand");
    cloud.run(&["package", "import", stand.to_str().unwrap()]);
    cloud.run(&["env", "create", "shop"]);
    let some = "{stand: {open: false}, till: {password: Till-12}}";
    std::fs::write(cloud.folder().join("some.yaml"), some).unwrap();
    let add = "murano app add shop Stand --interactive --answers some.yaml -f yaml";
    // The name, the form `stand` with a wrong answer, the form `till` with another, the server.
    let answers = [
        "corner\n", "ann\n", "Ann\n", "books\n", "\n", "9\n", "3\n", "\n", "\n",
    ];
    let (code, shown) = typed(&cloud, add, ": ", &answers.map(str::as_bytes));
    assert_eq!(code, Some(0), "{shown}");
    for told in [
        "Name of the application [Stand]: ",
        "Stands in the reports of the deployment",
        "A name begins with a capital letter, small ones follow",
        "  books  Books",
        "What is sold [fruit]: ",
        "A till has four drawers at most",
        "Image of the server, optional: ",
        "  name: corner",
        "owner: Ann",
        "goods: books",
        "port: 8080",
        "open: false",
        "  name: stand-1",
        "is open: deploy it with",
    ] {
        assert!(shown.contains(told), "{told}: {shown}");
    }
    // What the file answers is not asked.
    assert!(
        !shown.contains("Opens at once") && !shown.contains("Password"),
        "{shown}"
    );

    let (code, shown) = typed(&cloud, "murano app add shop Stand -i", ": ", &[b"\x04"]);
    assert_eq!(code, Some(130), "{shown}");
}
