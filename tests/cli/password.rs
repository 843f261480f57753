//! `murano login` on a terminal, which `script` gives the program.
#![cfg(target_os = "linux")]

use std::{
    io::{Read as _, Write as _},
    process::{Child, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::{Duration, Instant},
};

use crate::{cloud::Cloud, secrets};

/// A program on a terminal.
struct Terminal {
    child: Child,
    pieces: Receiver<Vec<u8>>,
    shown: String,
}

impl Terminal {
    fn start(cloud: &Cloud, line: &str) -> Self {
        let mut script = cloud.program("script");
        script.args(&["-qec", line, "/dev/null"]);
        let piped = script.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = piped.spawn().unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let (sender, pieces) = channel();
        thread::spawn(move || {
            let mut piece = [0; 512];
            while let Ok(count @ 1..) = stdout.read(&mut piece) {
                sender.send(piece[..count].to_vec()).unwrap();
            }
        });
        Self {
            child,
            pieces,
            shown: String::new(),
        }
    }

    /// Types a line until the terminal shows a text: what is typed before a question for a secret is
    /// thrown away by it.
    fn answer(&mut self, question: &str, line: &str, until: &str) {
        let started = Instant::now();
        while !self.shown.contains(until) {
            assert!(
                started.elapsed() < Duration::from_secs(60),
                "{}",
                self.shown
            );
            match self.pieces.recv_timeout(Duration::from_millis(300)) {
                Ok(piece) => self.shown += &String::from_utf8_lossy(&piece),
                Err(RecvTimeoutError::Timeout) if self.shown.contains(question) => {
                    let stdin = self.child.stdin.as_mut().unwrap();
                    stdin.write_all(format!("{line}\n").as_bytes()).unwrap();
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => panic!("{}", self.shown),
            }
        }
    }

    /// What was shown until the end, which must be a good one.
    fn finish(mut self) -> String {
        self.shown += &self
            .pieces
            .iter()
            .map(|piece| String::from_utf8_lossy(&piece).into_owned())
            .collect::<String>();
        secrets::check(self.shown.as_bytes(), "a program on a terminal");
        assert!(self.child.wait().unwrap().success(), "{}", self.shown);
        self.shown
    }
}

#[test]
fn user_project_and_password_are_asked_for_and_the_password_is_not_shown() {
    let cloud = Cloud::start();
    let path = cloud.folder().join("clouds.yaml");
    let clouds = std::fs::read_to_string(&path).unwrap();
    let bare: Vec<&str> = clouds
        .lines()
        .filter(|line| {
            !["password:", "username:", "project_name:"]
                .iter()
                .any(|key| line.contains(key))
        })
        .collect();
    std::fs::write(&path, bare.join("\n")).unwrap();

    let mut terminal = Terminal::start(&cloud, "murano login");
    terminal.answer("user name: ", "alt", "project: ");
    terminal.answer("project: ", "alt", "password of user alt ");
    terminal.answer(
        "password of user alt ",
        "hush-alt",
        "the secret is not kept",
    );
    let shown = terminal.finish();
    let after = shown.split("password of user alt ").nth(1).unwrap();
    let (prompt, result) = after.split_once('\n').unwrap();
    assert!(!prompt.contains(secrets::MARK), "{shown}");
    assert!(result.contains("| user       | alt"), "{shown}");

    // The user is remembered for this Keystone, the project is not: it would be a guess.
    let listed = cloud.run(&["env", "list", "-f", "value", "--os-project-name", "alt"]);
    assert_eq!(listed, "");
    let told = cloud.run(&[
        "config", "show", "-f", "value", "-c", "name", "-c", "source",
    ]);
    assert!(told.contains("username murano login\n"), "{told}");
    cloud.run(&["logout", "--os-project-name", "alt"]);
    let told = cloud.run(&["config", "show", "-f", "value", "-c", "name"]);
    assert!(!told.contains("username"), "{told}");
}
