//! The commands that speak to a server, each with what makes it different. A command that is neither here nor in
//! [`SILENT`] fails the test.

/// Commands that speak to nobody, or are a server themselves.
pub(super) const SILENT: [&str; 9] = [
    "auth status",
    "completion",
    "config show",
    "man",
    "package check",
    "package create",
    "sandbox demo",
    "sandbox reset",
    "sandbox serve",
];

/// What a command does that most do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trait {
    /// It changes what is there.
    Changes,
    /// The same, and it is part of the main job: many places are tried.
    Main,
    /// Done twice it does its work twice: whoever does not know what became of the first looks first.
    Twice,
    /// It prints what has come, or was done, before it fails.
    Streams,
    /// No two runs print the same.
    Varies,
    /// What it prints is what went wrong.
    Tells,
    /// It prints a token.
    Token,
    /// It fails as python-muranoclient did.
    Old,
    /// It ends with this code when all is well.
    Ends(i32),
}

use Trait::{Changes, Ends, Main, Old, Streams, Tells, Token, Twice, Varies};

/// A command line, split at each blank. In it `{name}` stands for what a line `name=…` has printed, `PACKAGES` for the
/// packages of the tests, `REPO` for a repository behind the bad wire, and `ADMIN` for the administrator.
pub(super) struct Job {
    pub(super) line: &'static str,
    /// Lines that prepare it, over a sound wire.
    pub(super) before: &'static [&'static str],
    pub(super) traits: &'static [Trait],
}

impl Job {
    pub(super) fn is(&self, wanted: Trait) -> bool {
        self.traits.contains(&wanted)
    }

    /// Its exit code when all is well.
    pub(super) fn code(&self) -> i32 {
        let code = |it: &Trait| match it {
            Ends(code) => Some(*code),
            _ => None,
        };
        self.traits.iter().find_map(code).unwrap_or(0)
    }

    pub(super) fn changes(&self) -> bool {
        self.is(Changes) || self.is(Main) || self.is(Twice)
    }

    pub(super) fn is_about_repository(&self) -> bool {
        self.line.contains("REPO")
    }
}

/// What every job finds: packages, an environment with an application that was deployed twice and an action that was
/// called, a template, a category, an instance, a maintenance session and what instances stand.
pub(super) const WORLD: [&str; 12] = [
    "package save com.example.Till --repo-url repository --path site --quiet",
    "bundle save tills --repo-url repository --path site --quiet",
    "package import PACKAGES/greeter --quiet",
    "apply -f shop.yaml --set SIZE=1 --wait --quiet",
    "apply -f shop.yaml --set SIZE=2 --wait --quiet",
    "task=action call shop again --no-wait -f value -c task_id --quiet",
    "template create fair --app app.json --quiet",
    "category create Toys --quiet ADMIN",
    "instance create db --image efe0a06f-ca95-4808-b41e-9f55b9c5eb98 --flavor bm.small \
     --network c1940655-8b8e-4370-b8f9-03ba1daeca31 --property role=db --wait --quiet",
    "maintenance=maintenance create --at +2h --host compute-1 -f value -c session_id --quiet ADMIN",
    "maintenance instance-set 3f2c --name web-1 --quiet",
    "maintenance group-set g1 --name web --quiet",
];

/// Files that the lines name.
pub(super) const FILES: [(&str, &str); 9] = [
    (
        "shop.yaml",
        "name: shop\napplications:\n  hello:\n    class: com.example.Greeter\n    properties: {size: \"${SIZE}\"}\n",
    ),
    ("app.json", APP),
    (
        "apps.json",
        r#"[{"?": {"type": "com.example.Greeter", "name": "new"}}]"#,
    ),
    (
        "edit.json",
        r#"[{"op": "replace", "path": "/0/size", "value": 7}]"#,
    ),
    (
        "patch.json",
        r#"[{"op": "replace", "path": "/name", "value": "depot"}]"#,
    ),
    ("env.json", r#"{"name": "depot"}"#),
    (
        "fair.yaml",
        "kind: template\nname: market\n---\nname: market\napplications:\n  hello: {class: com.example.Greeter}\n",
    ),
    (
        "repository/apps/com.example.Till/manifest.yaml",
        "FullName: com.example.Till\nType: Library\nVersion: 1.5\n",
    ),
    (
        "repository/bundles/tills.bundle",
        r#"{"Packages": [{"Name": "com.example.Till"}]}"#,
    ),
];

const APP: &str =
    r#"{"?": {"type": "com.example.Greeter", "classVersion": ">=0", "name": "other"}}"#;

const SHOP: &str = "shop=env show shop -f value -c id";
const SESSION: &str = "session=session create shop -f value -c id";
const ADD: &str = "app add shop com.example.Greeter --name Ann --session {session} --quiet";

const fn job(line: &'static str, traits: &'static [Trait]) -> Job {
    prepared(line, &[], traits)
}

const fn prepared(
    line: &'static str,
    before: &'static [&'static str],
    traits: &'static [Trait],
) -> Job {
    Job {
        line,
        before,
        traits,
    }
}

/// The longest ones first, so that none is left over at the end.
pub(super) const JOBS: &[Job] = &[
    job("env list -f json --no-cache", &[Main]),
    job("env create depot", &[Main]),
    prepared(
        "package import PACKAGES/greeter --exists-action skip",
        &["package delete com.example.Greeter --quiet"],
        &[Main],
    ),
    job("package download com.example.Greeter greeter.zip", &[Main]),
    job("session create shop", &[Main]),
    prepared(
        "app add shop com.example.Greeter --name Ann --session {session}",
        &[SESSION],
        &[Main],
    ),
    prepared(
        "session deploy shop {session} --wait",
        &[SESSION, ADD],
        &[Main],
    ),
    job("env delete shop --wait", &[Main]),
    job("apply -f fair.yaml --wait", &[Main, Streams]),
    job("env rename shop store", &[Changes]),
    prepared(
        "env deploy shop --session {session} --wait",
        &[SESSION, ADD],
        &[Changes],
    ),
    job("env deploy shop --wait --quiet", &[Twice]),
    // Ids are not looked up first.
    prepared(
        "env deploy {shop} --session {session}",
        &[SHOP, SESSION, ADD],
        &[Changes],
    ),
    prepared("env delete {shop}", &[SHOP], &[Changes]),
    job("env rollback shop --wait", &[Twice]),
    job("env model-edit shop patch.json", &[Twice]),
    prepared("session delete shop {session}", &[SESSION], &[Changes]),
    job("app add shop com.example.Greeter --name Ann", &[Twice]),
    prepared(
        "app edit shop edit.json --session {session}",
        &[SESSION],
        &[Changes],
    ),
    prepared(
        "app replace shop apps.json --session {session}",
        &[SESSION],
        &[Changes],
    ),
    prepared(
        "app delete shop hello --session {session}",
        &[SESSION],
        &[Changes],
    ),
    job("action call shop again", &[Twice]),
    job(
        "action call-static com.example.Greeter greeting --arg name=Ann",
        &[Twice],
    ),
    job("template create market --app app.json", &[Changes]),
    job("template update fair --description better", &[Changes]),
    job("template delete fair", &[Changes]),
    prepared(
        "template clone fair copy",
        &["template update fair --public --quiet"],
        &[Changes],
    ),
    job("template create-env fair market", &[Changes]),
    job("template add-app fair app.json", &[Changes]),
    job("template edit-app fair other app.json", &[Changes]),
    job("template del-app fair other", &[Changes]),
    job(
        "package import PACKAGES/greeter --exists-action update",
        &[Changes],
    ),
    job(
        "package update com.example.Greeter --name New --add-tag polite",
        &[Changes],
    ),
    job("package delete com.example.Greeter", &[Changes]),
    job("bundle import tills --repo-url REPO", &[Changes]),
    job(
        "package import com.example.Till --repo-url REPO",
        &[Changes],
    ),
    job("category create Games ADMIN", &[Changes]),
    job("category delete Toys ADMIN", &[Changes]),
    job(
        "maintenance create --at +2h --host compute-2 ADMIN",
        &[Twice],
    ),
    job(
        "maintenance update {maintenance} --state START_MAINTENANCE ADMIN",
        &[Changes],
    ),
    job("maintenance delete {maintenance} ADMIN", &[Changes]),
    job("maintenance reply {maintenance} --ack", &[Changes]),
    job("maintenance instance-set 3f2c --name web-2", &[Changes]),
    job("maintenance instance-unset 3f2c", &[Changes]),
    job("maintenance group-set g1 --name new", &[Changes]),
    job("maintenance group-unset g1", &[Changes]),
    job(
        "instance create web --image efe0a06f-ca95-4808-b41e-9f55b9c5eb98 --flavor bm.small \
         --network c1940655-8b8e-4370-b8f9-03ba1daeca31 --wait",
        &[Twice],
    ),
    job("instance update db --property role=spare", &[Changes]),
    job("instance delete db --wait", &[Changes]),
    job("instance power off db --wait", &[Changes]),
    job("instance lock db", &[Changes]),
    prepared(
        "instance unlock db",
        &["instance lock db --quiet"],
        &[Changes],
    ),
    job("instance rebuild db --wait", &[Changes]),
    job("api POST /environments --data env.json", &[Twice, Streams]),
    job("login", &[]),
    job("logout", &[]),
    // Under the old names.
    job("environment-delete shop", &[Changes, Old, Streams]),
    job("package-import PACKAGES/peer", &[Changes, Old]),
    job(
        "static-action-call com.example.Greeter greeting --arguments name=Bob",
        &[Twice, Old],
    ),
    // What changes nothing.
    job("env show shop", &[]),
    job("env status shop", &[]),
    job("env wait shop", &[]),
    job(
        "env watch shop --duration 500ms --interval 100ms",
        &[Streams, Varies],
    ),
    job("env model-show shop", &[]),
    prepared("session show shop {session}", &[SESSION], &[]),
    job("app list shop", &[]),
    job("app show shop hello", &[]),
    job("deployment list shop", &[]),
    job("deployment show shop", &[]),
    job("deployment logs shop", &[]),
    job("deployment logs shop --follow", &[Streams]),
    job("action list shop", &[]),
    job("action result shop {task}", &[]),
    job("diff -f shop.yaml --set SIZE=3", &[Ends(8)]),
    job("export shop", &[]),
    job("template list", &[]),
    job("template show fair", &[]),
    job("template apps fair", &[]),
    job("package list --owned", &[]),
    job("package show com.example.Greeter", &[]),
    job(
        "package save com.example.Till --repo-url REPO --path saved",
        &[],
    ),
    job("bundle save tills --repo-url REPO --path saved", &[]),
    job("package deps com.example.Till --repo-url REPO", &[]),
    job("package ui com.example.Greeter", &[]),
    job("package form com.example.Greeter", &[]),
    job("package logo com.example.Greeter logo.png", &[]),
    job("category list", &[]),
    job("category show Web", &[]),
    job("schema show com.example.Greeter", &[]),
    job("stats env shop", &[Varies]),
    job("stats instance shop hello", &[Varies]),
    job("stats requests", &[Varies]),
    job("maintenance list ADMIN", &[]),
    job("maintenance show {maintenance} ADMIN", &[]),
    job("maintenance detail {maintenance} ADMIN", &[]),
    job("maintenance project-show {maintenance}", &[]),
    job("maintenance instance-show 3f2c", &[]),
    job("maintenance group-show g1", &[]),
    job("instance list", &[]),
    job("instance show db", &[]),
    job("instance states db", &[]),
    job("instance flavors", &[]),
    job("instance zones", &[]),
    job("api GET /environments", &[Streams]),
    job("auth token --no-cache", &[Token, Varies]),
    job("doctor", &[Tells, Varies]),
];
