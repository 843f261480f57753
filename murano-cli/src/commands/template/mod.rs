//! `murano template`: environments to be, with their applications.

mod add_app;
mod apps;
mod clone;
mod create;
mod create_env;
mod del_app;
mod delete;
mod edit_app;
mod list;
mod show;
mod update;

use std::path::Path;

use murano_sdk::{
    model::{add_missing_ids, fill_placeholders},
    templates::{CreatedEnvironment, Template, TemplateHandle, TemplateServices},
};
use serde_json::{Value, json};

use crate::{
    cx::Cx,
    files, find,
    output::columns,
    report::{Failure, NOT_FOUND, exit_code, hinted},
};

#[derive(clap::Subcommand)]
pub(crate) enum Verb {
    List(list::Args),
    Show(show::Args),
    Create(create::Args),
    Update(update::Args),
    Delete(delete::Args),
    Clone(clone::Args),
    CreateEnv(create_env::Args),
    Apps(apps::Args),
    #[command(mut_arg("kind", add_app::first_argument))]
    AddApp(add_app::Args),
    EditApp(edit_app::Args),
    DelApp(del_app::Args),
}

pub(crate) async fn run(verb: Verb, cx: &Cx) -> anyhow::Result<()> {
    match verb {
        Verb::List(args) => list::run(args, cx).await,
        Verb::Show(args) => show::run(args, cx).await,
        Verb::Create(args) => create::run(args, cx).await,
        Verb::Update(args) => update::run(args, cx).await,
        Verb::Delete(args) => delete::run(args, cx).await,
        Verb::Clone(args) => clone::run(args, cx).await,
        Verb::CreateEnv(args) => create_env::run(args, cx).await,
        Verb::Apps(args) => apps::run(args, cx).await,
        Verb::AddApp(args) => add_app::run(args, cx).await,
        Verb::EditApp(args) => edit_app::run(args, cx).await,
        Verb::DelApp(args) => del_app::run(args, cx).await,
    }
}

columns!(Template: Template {
    id               "ID"          brief => |t| t.id.as_str().into(),
    name             "Name"        brief => |t| t.name.as_str().into(),
    created          "Created"     brief => |t| json!(t.created),
    updated          "Updated"     brief => |t| json!(t.updated),
    is_public        "Is public"   brief => |t| t.is_public.into(),
    description_text "Description" full  => |t| t.description_text.as_str().into(),
    services         "Services"    full  => |t| json!(t.services),
    tenant_id        "Project"     full  => |t| t.tenant_id.as_str().into(),
    version          "Version"     full  => |t| t.version.into(),
});

columns!(CreatedEnvironment {
    environment_id "Environment" brief => |c| c.environment_id.as_str().into(),
    session_id     "Session"     brief => |c| c.session_id.as_str().into(),
});

/// The template, found by this text, is about to be changed. The service lets everybody change the public templates
/// of everybody, so one of another project has to be meant: named by its id.
async fn to_change(cx: &Cx, text: &str, template: Template) -> anyhow::Result<Template> {
    let own = cx.client()?.project_id().await?;
    if own.is_none_or(|own| own == template.tenant_id) || template.id.as_str() == text {
        return Ok(template);
    }
    let project = &template.tenant_id;
    let message = format!("template \"{text}\" is public and belongs to project {project}");
    let hint = format!(
        "give its id, {}, to change the template of another project",
        template.id
    );
    Err(hinted(Failure::State(message), hint))
}

/// The applications of a template, and the way to their parts.
async fn services(cx: &Cx, template: &str) -> anyhow::Result<(TemplateServices, Vec<Value>)> {
    let list = async |template: TemplateHandle| {
        let services = template.services();
        let apps = services.list().await?;
        Ok((services, apps))
    };
    find::in_template(cx, template, list).await
}

/// The application of this id, name or class in a template, which `name` is how the user calls.
fn find_app<'a>(name: &str, apps: &'a [Value], text: &str) -> anyhow::Result<&'a Value> {
    find::application(apps, text).map_err(|error| match exit_code(&error) {
        NOT_FOUND => hinted(
            error,
            format!("`murano template apps {name}` shows the applications of the template"),
        ),
        _ => error,
    })
}

/// Reads one application or a list of them. Ids are added where they are missing.
fn read_apps(cx: &Cx, file: &Path) -> anyhow::Result<Vec<Value>> {
    let mut apps = files::read_json(cx, file)?;
    fill_placeholders(&mut apps);
    add_missing_ids(&mut apps);
    Ok(match apps {
        Value::Array(apps) => apps,
        app => vec![app],
    })
}
