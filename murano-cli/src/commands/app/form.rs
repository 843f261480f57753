//! Applications by the form of their package: its questions asked on a terminal, or answered by a file.

use std::path::PathBuf;

use murano_sdk::{
    ErrorKind,
    model::{Application, add_missing_versions},
    ui::{Answers, Definition, Field, Form, Kind},
};
use serde_json::Value;

use super::model::ModelArgs;
use crate::{
    commands::package,
    cx::Cx,
    files,
    report::{Failure, hinted},
};

/// How the form of a package is answered.
#[derive(clap::Args)]
pub(super) struct FormArgs {
    /// Ask the questions of the package's form
    #[arg(short, long, conflicts_with_all = ["set", "model", "no_check"])]
    interactive: bool,
    /// Answers to the questions of the package's form, as YAML or JSON; - is standard input. What is left
    /// out has its default, or is asked for with --interactive
    #[arg(long, value_name = "FILE", conflicts_with_all = ["set", "model", "no_check"])]
    answers: Option<PathBuf>,
}

impl FormArgs {
    pub(super) fn is_wanted(&self) -> bool {
        self.interactive || self.answers.is_some()
    }
}

/// The object model that the form makes of the answers.
pub(super) async fn build(cx: &Cx, args: FormArgs, model: ModelArgs) -> anyhow::Result<Value> {
    let asks = cx.ui().can_ask() && !cx.ui().is_for_programs();
    if args.interactive && !asks {
        let text = "there is no terminal to ask the questions on: answer them with --answers FILE";
        return Err(Failure::Usage(text.to_owned()).into());
    }
    let (subject, name) = model.subject();
    let given = args.answers.as_deref();
    let given = given.map(|file| files::read(cx, file)).transpose()?;
    let (package, text) = package::definition(cx, &subject).await?;
    let definition = Definition::parse(&text)?;
    let wrong = |error: murano_sdk::Error| refused(error, &subject);
    let mut answers = match given {
        Some(bytes) => definition
            .read_answers(&String::from_utf8_lossy(&bytes))
            .map_err(wrong)?,
        None => definition.answers(),
    };
    let mut name = name;
    if args.interactive {
        let asking = Asking {
            cx,
            definition: &definition,
        };
        if name.is_none() && definition.wants_name() {
            let answer = asking.line("Name of the application", &package.name)?;
            name = Some(answer).filter(|answer| !answer.is_empty());
        }
        asking.forms(&mut answers)?;
    }
    let name = name.unwrap_or(package.name);
    let mut built = definition.build(&answers, Some(&name)).map_err(wrong)?;
    add_missing_versions(&mut built, ">=0");
    let has_package = built.pointer("/?/package").is_some();
    let mut app = Application::from_model(built)?;
    if !has_package {
        app = app.package(package.fully_qualified_name);
    }
    Ok(app.build())
}

/// Answers that are wrong or missing are a mistake of whoever wrote them.
fn refused(error: murano_sdk::Error, package: &str) -> anyhow::Error {
    if error.kind() != ErrorKind::Invalid {
        return error.into();
    }
    let hint =
        format!("`murano package form {package} --blank` prints a file of answers to fill in");
    hinted(Failure::Usage(error.to_string()), hint)
}

/// Somebody at a terminal.
struct Asking<'a> {
    cx: &'a Cx,
    definition: &'a Definition,
}

impl Asking<'_> {
    /// Asks what is not answered yet, form by form.
    fn forms(&self, answers: &mut Answers) -> anyhow::Result<()> {
        for form in self.definition.forms() {
            let open = |field: &&Field| answers.get(&form.name, &field.name).is_none();
            let open: Vec<&Field> = form.fields.iter().filter(open).collect();
            loop {
                for field in &open {
                    let answer = self.answer(form, field, answers)?;
                    answers.set(&form.name, &field.name, answer);
                }
                match self.definition.check_form(form, answers) {
                    Ok(()) => break,
                    // Asked again, what was answered is offered.
                    Err(error) if open.iter().any(|field| !field.hidden) => {
                        self.cx.ui().line(error);
                    }
                    Err(error) => return Err(Failure::Usage(error.to_string()).into()),
                }
            }
        }
        Ok(())
    }

    /// The answer to one question, asked until the field takes it.
    fn answer(&self, form: &Form, field: &Field, answers: &Answers) -> anyhow::Result<Value> {
        let default = match answers.get(&form.name, &field.name) {
            Some(before) => Some(before.clone()),
            None => self.definition.default_of(form, field, answers)?,
        };
        if field.hidden {
            return Ok(field.check(&default.unwrap_or_default())?);
        }
        self.explain(field);
        loop {
            let text = self.ask(field, default.as_ref())?;
            let answer = if text.is_empty() {
                default.clone().unwrap_or_default()
            } else {
                text.into()
            };
            match field.check(&answer) {
                Ok(answer) => return Ok(answer),
                Err(error) => self.cx.ui().line(error),
            }
        }
    }

    /// What there is to know before the question.
    fn explain(&self, field: &Field) {
        let ui = self.cx.ui();
        for text in [&field.description, &field.help].into_iter().flatten() {
            ui.line(text.trim());
        }
        for choice in &field.choices {
            ui.line(format!("  {}  {}", choice.value, choice.label));
        }
    }

    fn ask(&self, field: &Field, default: Option<&Value>) -> anyhow::Result<String> {
        let optional = if field.required { "" } else { ", optional" };
        if field.kind == Kind::Password {
            let question = format!("{}{optional}", field.title());
            let may_be_empty = !field.required || default.is_some();
            return Ok(self.cx.ui().ask_new_secret(&question, may_be_empty)?);
        }
        let shown = match default {
            Some(Value::Bool(flag)) => if *flag { "yes" } else { "no" }.to_owned(),
            Some(Value::String(text)) => text.clone(),
            Some(Value::Null) | None => String::new(),
            Some(other) => other.to_string(),
        };
        self.line(&format!("{}{optional}", field.title()), &shown)
    }

    /// A line of text, or what is offered in its place.
    fn line(&self, question: &str, offered: &str) -> anyhow::Result<String> {
        let question = match offered {
            "" => question.to_owned(),
            offered => format!("{question} [{offered}]"),
        };
        let Some(answer) = self.cx.ui().answer(&question)? else {
            let text = "the questions are not answered, nothing is changed";
            return Err(Failure::Interrupted(text.to_owned()).into());
        };
        Ok(answer)
    }
}
