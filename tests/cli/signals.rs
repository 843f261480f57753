//! Ctrl-C, a closed pipe, a server in the foreground.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    process::{Child, Command, Stdio},
    time::Duration,
};

use murano_sandbox::Fault;

use crate::{cloud::Cloud, secrets};

fn interrupt(child: &Child) {
    let pid = child.id().to_string();
    let sent = Command::new("kill").args(["-INT", &pid]).status();
    assert!(sent.unwrap().success());
}

/// An environment with a session whose deployment takes an hour; gives the session's id.
fn slow_session(cloud: &Cloud) -> String {
    std::fs::write(
        cloud.folder().join("slow.json"),
        r#"{"?": {"type": "io.murano.Application"}, "sandbox": {"seconds": 3600}}"#,
    )
    .unwrap();
    cloud.run(&["env", "create", "shop"]);
    let session = cloud.run(&["session", "create", "shop", "-f", "value", "-c", "id"]);
    let session = session.trim().to_owned();
    cloud.run(&[
        "app",
        "add",
        "shop",
        "--model",
        "slow.json",
        "--no-check",
        "--session",
        &session,
    ]);
    session
}

#[test]
fn ctrl_c_ends_the_watching_and_tells_how_to_go_on() {
    let cloud = Cloud::start();
    let session = slow_session(&cloud);
    let mut child = cloud
        .murano(&["session", "deploy", "shop", &session, "--wait"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("is scheduled") {
        line.clear();
        assert!(stderr.read_line(&mut line).unwrap() > 0, "no report came");
    }
    interrupt(&child);
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap();
    secrets::check(rest.as_bytes(), "an interrupted deployment");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{rest}");
    assert_eq!(output.stdout, b"");
    assert!(rest.contains("the deployment goes on"), "{rest}");
    let id = cloud.run(&["deployment", "show", "shop", "-f", "value", "-c", "id"]);
    let again = format!("`murano deployment logs shop {} --follow`", id.trim());
    assert!(rest.contains(&again), "{rest}");
}

#[test]
fn ctrl_c_leaves_no_session_behind() {
    let slow = Fault::on("POST", "/v1/environments/*/services").delay(Duration::from_secs(5));
    let cloud = Cloud::with_faults(vec![slow]);
    cloud.run(&["env", "create", "shop"]);
    std::fs::write(
        cloud.folder().join("app.json"),
        r#"{"?": {"type": "io.murano.Application"}}"#,
    )
    .unwrap();
    let child = cloud
        .murano(&["app", "add", "shop", "--model", "app.json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let status = || cloud.run(&["env", "show", "shop", "-f", "value", "-c", "status"]);
    // The session is open, the application on its way.
    assert!((0..500).any(|_| status() == "pending\n"));
    interrupt(&child);
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    secrets::check(told.as_bytes(), "an interrupted edit");
    assert_eq!(output.status.code(), Some(130), "{told}");
    assert_eq!(output.stdout, b"");
    assert!(told.contains("interrupted"), "{told}");
    assert_eq!(status(), "ready\n");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let cloud = Cloud::start();
    for arguments in [
        &["package", "list"][..],
        &["--help"],
        &["package", "download", "io.murano", "-"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = cloud.murano(arguments).stdout(writer).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(
            (output.status.code(), stderr.as_str()),
            (Some(0), ""),
            "{arguments:?}"
        );
    }
}

#[test]
fn a_served_sandbox_is_a_cloud_until_ctrl_c() {
    let cloud = Cloud::start();
    let mut child = cloud
        .murano(&["sandbox", "serve", "--quiet"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut clouds = String::new();
    while !clouds.contains("sandbox-admin") || !clouds.ends_with("project_domain_id: default\n") {
        assert!(stdout.read_line(&mut clouds).unwrap() > 0, "{clouds}");
    }
    std::fs::write(cloud.folder().join("clouds.yaml"), clouds).unwrap();
    cloud.run(&["env", "create", "shop"]);
    assert_eq!(
        cloud.run(&["env", "list", "-f", "value", "-c", "name"]),
        "shop\n"
    );
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
