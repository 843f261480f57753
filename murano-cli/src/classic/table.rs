//! The old commands one by one.

use super::{
    Old,
    grammar::Given,
    layout::{
        Cell::{Folded, Joined, Json, Raw},
        Prints,
    },
};
use crate::find::Kind;

/// Nothing particular.
const PLAIN: Old = Old {
    name: "",
    usage: "",
    line: None,
    adds: &[],
    title: None,
    prints: Prints::Nothing,
    done: None,
    missing: None,
    all_missing: None,
    then: None,
    with: None,
    refuses: None,
};

const ENVIRONMENTS: Prints = Prints::Rows(&[
    ("ID", "id"),
    ("Name", "name"),
    ("Status", "status"),
    ("Created", "created"),
    ("Updated", "updated"),
]);

const ENVIRONMENT: Prints = Prints::Properties(&[
    ("acquired_by", Raw),
    ("created", Folded),
    ("description_text", Raw),
    ("id", Folded),
    ("name", Folded),
    ("services", Json),
    ("status", Raw),
    ("tenant_id", Folded),
    ("updated", Raw),
    ("version", Raw),
]);

const TEMPLATES: Prints = Prints::Rows(&[
    ("ID", "id"),
    ("Name", "name"),
    ("Created", "created"),
    ("Updated", "updated"),
    ("Is public", "is_public"),
]);

const CATEGORIES: Prints = Prints::Rows(&[("ID", "id"), ("Name", "name")]);

/// The API has no version of a package, so that the last column was always blank.
const PACKAGES: Prints = Prints::Rows(&[
    ("ID", "id"),
    ("Name", "name"),
    ("FQN", "fully_qualified_name"),
    ("Author", "author"),
    ("Active", "enabled"),
    ("Is Public", "is_public"),
    ("Type", "type"),
    ("Version", "/version"),
]);

const PACKAGE: Prints = Prints::Properties(&[
    ("categories", Joined),
    ("class_definitions", Joined),
    ("description", Folded),
    ("enabled", Raw),
    ("fully_qualified_name", Raw),
    ("id", Raw),
    ("is_public", Raw),
    ("name", Raw),
    ("owner_id", Raw),
    ("tags", Joined),
    ("type", Raw),
]);

/// The text for an environment, in commands that took its name.
const ENVIRONMENT_MISSING: Option<(Kind, &str)> =
    Some((Kind::Environment, "Environment {} not found"));
/// The versions that were meant where none is given.
const OLDEST: &[&str] = &["--class-version==0"];

/// All old commands but `help` and `bash-completion`.
pub(super) const COMMANDS: &[Old] = &[
    Old {
        name: "environment-list",
        usage: "[--all-tenants] [--tenant <TENANT_ID>]",
        prints: ENVIRONMENTS,
        ..PLAIN
    },
    Old {
        name: "environment-create",
        usage: "[--join-net-id <NET_ID>] [--join-subnet-id <SUBNET_ID>] [--region <REGION_NAME>] <ENVIRONMENT_NAME>",
        prints: ENVIRONMENTS,
        ..PLAIN
    },
    Old {
        name: "environment-rename",
        usage: "<NAME or ID> <ENVIRONMENT_NAME>",
        prints: ENVIRONMENTS,
        missing: ENVIRONMENT_MISSING,
        ..PLAIN
    },
    Old {
        name: "environment-show",
        usage: "[--session-id <SESSION_ID>] [--only-apps] <NAME or ID>",
        prints: ENVIRONMENT,
        missing: ENVIRONMENT_MISSING,
        with: Some(("--only-apps", &ONLY_APPS)),
        ..PLAIN
    },
    Old {
        name: "environment-delete",
        usage: "[--abandon] <NAME or ID> [<NAME or ID>...]",
        missing: Some((
            Kind::Environment,
            "Failed to delete '{}'; environment not found",
        )),
        all_missing: Some("Unable to find and delete any of the specified environments."),
        then: Some(("environment-list", false)),
        ..PLAIN
    },
    Old {
        name: "environment-session-create",
        usage: "<ID>",
        title: Some("Created new session:"),
        prints: Prints::Properties(&[("id", Raw)]),
        ..PLAIN
    },
    Old {
        name: "environment-deploy",
        usage: "--session-id <SESSION> <ID>",
        prints: ENVIRONMENT,
        ..PLAIN
    },
    Old {
        name: "environment-apps-edit",
        usage: "--session-id <SESSION_ID> <ID> [<FILE>]",
        ..PLAIN
    },
    Old {
        name: "environment-model-show",
        usage: "[--path <PATH>] [--session-id <SESSION_ID>] <ID>",
        prints: Prints::Document,
        ..PLAIN
    },
    Old {
        name: "environment-model-edit",
        usage: "--session-id <SESSION_ID> <ID> [<FILE>]",
        prints: Prints::Document,
        ..PLAIN
    },
    Old {
        name: "environment-action-call",
        usage: "--action-id <ACTION> [--arguments <KEY=VALUE>...] <ID>",
        adds: &["--no-wait"],
        refuses: Some(no_pair),
        prints: Prints::Sentence("Created task, id: {}", "task_id"),
        ..PLAIN
    },
    Old {
        name: "environment-action-get-result",
        usage: "--task-id <TASK> <ID>",
        prints: Prints::Sentence("Task id result: {}", ""),
        ..PLAIN
    },
    Old {
        name: "app-show",
        usage: "[-p|--path <PATH>] <ID>",
        line: Some(["app", "list"]),
        prints: Prints::Rows(&[("Id", "id"), ("Name", "name"), ("Type", "/?/type")]),
        with: Some(("--path", &APP_PART)),
        ..PLAIN
    },
    Old {
        name: "deployment-list",
        usage: "[--all-environments] [<ID>]",
        prints: Prints::Rows(&[
            ("ID", "id"),
            ("State", "state"),
            ("Created", "created"),
            ("Updated", "updated"),
            ("Finished", "finished"),
        ]),
        missing: ENVIRONMENT_MISSING,
        refuses: Some(one_environment_or_all),
        ..PLAIN
    },
    Old {
        name: "env-template-list",
        prints: TEMPLATES,
        ..PLAIN
    },
    Old {
        name: "env-template-create",
        usage: "[--is-public] <ENV_TEMPLATE_NAME>",
        prints: TEMPLATES,
        ..PLAIN
    },
    ENV_TEMPLATE_SHOW,
    Old {
        name: "env-template-update",
        usage: "<ID> <ENV_TEMPLATE_NAME>",
        prints: TEMPLATES,
        ..PLAIN
    },
    Old {
        name: "env-template-delete",
        usage: "<ID> [<ID>...]",
        missing: Some((
            Kind::Template,
            "Failed to delete '{}'; environment template not found",
        )),
        then: Some(("env-template-list", false)),
        ..PLAIN
    },
    Old {
        name: "env-template-add-app",
        usage: "<ENV_TEMPLATE_ID> <FILE>",
        then: Some(("env-template-show", true)),
        ..PLAIN
    },
    Old {
        name: "env-template-del-app",
        usage: "<ENV_TEMPLATE_ID> <ENV_TEMPLATE_APP_ID>",
        then: Some(("env-template-show", true)),
        ..PLAIN
    },
    Old {
        name: "env-template-create-env",
        usage: "[--region <REGION_NAME>] <ID> <ENV_NAME>",
        prints: Prints::Properties(&[("environment_id", Folded), ("session_id", Folded)]),
        ..PLAIN
    },
    Old {
        name: "env-template-clone",
        usage: "<ID> <ENV_TEMPLATE_NAME>",
        prints: Prints::Sent(&[
            ("created", Folded),
            ("description_text", Folded),
            ("id", Folded),
            ("is_public", Folded),
            ("name", Folded),
            ("services", Json),
            ("tenant_id", Folded),
            ("updated", Folded),
            ("version", Folded),
        ]),
        ..PLAIN
    },
    Old {
        name: "category-list",
        prints: CATEGORIES,
        ..PLAIN
    },
    Old {
        name: "category-create",
        usage: "<CATEGORY_NAME>",
        prints: CATEGORIES,
        ..PLAIN
    },
    Old {
        name: "category-show",
        usage: "<ID>",
        prints: Prints::Properties(&[("id", Folded), ("name", Folded), ("packages", Joined)]),
        ..PLAIN
    },
    Old {
        name: "category-delete",
        usage: "<ID> [<ID>...]",
        missing: Some((Kind::Category, "Failed to delete '{}'; category not found")),
        all_missing: Some("Unable to find and delete any of the specified categories."),
        then: Some(("category-list", false)),
        ..PLAIN
    },
    Old {
        name: "package-list",
        usage: "[--limit <LIMIT>] [--marker <MARKER>] [--include-disabled] [--owned] [--search <SEARCH_KEYS>] \
                [--name <PACKAGE_NAME>] [--fqn <PACKAGE_FULLY_QUALIFIED_NAME>] [--type <PACKAGE_TYPE>] \
                [--category <PACKAGE_CATEGORY>] [--class_name <PACKAGE_CLASS_NAME>] [--tag <PACKAGE_TAG>]",
        prints: PACKAGES,
        refuses: Some(negative_limit),
        ..PLAIN
    },
    Old {
        name: "package-show",
        usage: "<ID>",
        prints: PACKAGE,
        ..PLAIN
    },
    Old {
        name: "package-update",
        usage: "[--is-public <BOOL>] [--enabled <BOOL>] [--name <NAME>] [--description <DESCRIPTION>] \
                [--tags <TAG>...] <ID>",
        prints: PACKAGE,
        missing: Some((
            Kind::Package,
            "404 Not Found: Package id '{}' not found (HTTP 404)",
        )),
        ..PLAIN
    },
    Old {
        name: "package-delete",
        usage: "<ID> [<ID>...]",
        done: Some("Deleted package '{}'"),
        missing: Some((Kind::Package, "Failed to delete '{}'; package not found")),
        all_missing: Some("Unable to find and delete any of the specified packages."),
        then: Some(("package-list", false)),
        ..PLAIN
    },
    Old {
        name: "package-download",
        usage: "<ID> [<FILE>]",
        done: Some("Package downloaded to {}"),
        ..PLAIN
    },
    Old {
        name: "package-create",
        usage: "[-t|--template <HEAT_TEMPLATE>] [-c|--classes-dir <CLASSES_DIRECTORY>] \
                [-r|--resources-dir <RESOURCES_DIRECTORY>] [-n|--name <DISPLAY_NAME>] [-f|--full-name <FULL_NAME>] \
                [-a|--author <AUTHOR>] [--tags <TAG>...] [-d|--description <DESCRIPTION>] \
                [-o|--output <PACKAGE_NAME>] [-u|--ui <UI_DEFINITION>] [--type <TYPE>] [-l|--logo <LOGO>]",
        ..PLAIN
    },
    Old {
        name: "package-import",
        usage: "[-c|--categories <CATEGORY>...] [--is-public] [--package-version <PACKAGE_VERSION>] \
                [--exists-action {a,s,u}] [--dep-exists-action {a,s,u}] <FILE> [<FILE>...]",
        prints: PACKAGES,
        ..PLAIN
    },
    Old {
        name: "package-save",
        usage: "[-p|--path <PATH>] [--package-version <PACKAGE_VERSION>] [--no-images] <PACKAGE> [<PACKAGE>...]",
        ..PLAIN
    },
    Old {
        name: "bundle-save",
        usage: "[-p|--path <PATH>] [--no-images] <BUNDLE>",
        ..PLAIN
    },
    Old {
        name: "bundle-import",
        usage: "[--is-public] [--exists-action {a,s,u}] <FILE> [<FILE>...]",
        prints: PACKAGES,
        ..PLAIN
    },
    Old {
        name: "static-action-call",
        usage: "[--arguments <KEY=VALUE>...] [--package-name <PACKAGE>] [--class-version <CLASS_VERSION>] \
                <CLASS> <METHOD>",
        adds: OLDEST,
        refuses: Some(no_pair),
        prints: Prints::Sentence("Waiting for result...\nStatic action result: {}", ""),
        ..PLAIN
    },
    Old {
        name: "class-schema",
        usage: "[--package-name <PACKAGE_NAME>] [--class-version <CLASS_VERSION>] <CLASS> [<METHOD>...]",
        adds: OLDEST,
        prints: Prints::Document,
        ..PLAIN
    },
];

const ONLY_APPS: Old = Old {
    name: "environment-show",
    prints: Prints::Document,
    missing: ENVIRONMENT_MISSING,
    ..PLAIN
};

const APP_PART: Old = Old {
    name: "app-show",
    prints: Prints::Members,
    ..PLAIN
};

const ENV_TEMPLATE_SHOW: Old = Old {
    name: "env-template-show",
    usage: "<ID>",
    prints: Prints::Properties(&[
        ("created", Folded),
        ("description_text", Raw),
        ("id", Folded),
        ("is_public", Raw),
        ("name", Folded),
        ("services", Json),
        ("tenant_id", Folded),
        ("updated", Raw),
        ("version", Raw),
    ]),
    ..PLAIN
};

fn one_environment_or_all(given: &Given) -> Option<String> {
    let text = match (given.arguments.is_empty(), given.has("--all-environments")) {
        (false, true) => "Environment ID and all-environments flag cannot both be set.",
        (true, false) => "Either environment ID or all-environments flag must be set.",
        _ => return None,
    };
    Some(text.to_owned())
}

fn no_pair(given: &Given) -> Option<String> {
    let mut texts = given
        .values("--arguments")?
        .iter()
        .map(|text| text.to_string_lossy());
    let text = texts.find(|text| !text.contains('='))?;
    Some(format!(
        "Argument should be in form of KEY=VALUE. Found: {text}"
    ))
}

fn negative_limit(given: &Given) -> Option<String> {
    let limit: i64 = given.value("--limit")?.to_str()?.parse().ok()?;
    (limit < 0).then(|| "--limit parameter must be non-negative".to_owned())
}
