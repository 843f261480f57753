//! Rows of the route table, and how a path is compared with one.

use super::{Cx, Reply};
use crate::errors::Result;

/// What a route expects in the body.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Need {
    /// A body is an error, even an empty object.
    Nothing,
    /// A missing body is an error.
    Body,
    /// The controller decides.
    Maybe,
    /// Two parts of a form, one of them an archive.
    Upload,
}

/// What a route answers with when all is well.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Sends {
    Json,
    Text,
    Bytes,
}

type Controller = fn(&mut Cx<'_>, &Params) -> Result<Reply>;

/// One row of the route table.
pub(crate) struct Route {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) need: Need,
    pub(super) sends: Sends,
    pub(super) run: Controller,
}

impl Route {
    const fn new(method: &'static str, path: &'static str, need: Need, run: Controller) -> Self {
        Self {
            method,
            path,
            need,
            sends: Sends::Json,
            run,
        }
    }

    /// A route that reads.
    pub(crate) const fn get(path: &'static str, run: Controller) -> Self {
        Self::new("GET", path, Need::Nothing, run)
    }

    /// A route that removes.
    pub(crate) const fn delete(path: &'static str, run: Controller) -> Self {
        Self::new("DELETE", path, Need::Nothing, run)
    }

    /// A route that makes or does something with a body.
    pub(crate) const fn post(path: &'static str, run: Controller) -> Self {
        Self::new("POST", path, Need::Body, run)
    }

    /// A route that replaces something.
    pub(crate) const fn put(path: &'static str, run: Controller) -> Self {
        Self::new("PUT", path, Need::Body, run)
    }

    /// A route that changes something; the controller says what is wrong with the body.
    pub(crate) const fn patch(path: &'static str, run: Controller) -> Self {
        Self::new("PATCH", path, Need::Maybe, run)
    }

    /// Changes what the body must be.
    pub(crate) const fn needs(mut self, need: Need) -> Self {
        self.need = need;
        self
    }

    /// Changes what comes back.
    pub(crate) const fn sends(mut self, sends: Sends) -> Self {
        self.sends = sends;
        self
    }
}

/// The named parts of a path.
#[derive(Debug, Default)]
pub(crate) struct Params(Vec<(&'static str, String)>);

impl Params {
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0
            .iter()
            .find(|(key, _)| *key == name)
            .map_or("", |(_, value)| value.as_str())
    }
}

/// Compares a pattern such as `/environments/{env}/services/{*path}` with the segments of a path.
pub(super) fn fit(pattern: &'static str, path: &[&str]) -> Option<Params> {
    let mut params = Params::default();
    let mut rest = path.iter();
    for wanted in pattern.split('/').skip(1) {
        let given = rest.next()?;
        let name = wanted
            .strip_prefix('{')
            .and_then(|wanted| wanted.strip_suffix('}'));
        match name.map(|name| (name, name.strip_prefix('*'))) {
            Some((_, Some(name))) => {
                let tail: Vec<&str> = std::iter::once(*given).chain(rest.copied()).collect();
                params.0.push((name, tail.join("/")));
                return Some(params);
            }
            Some((name, None)) if !given.is_empty() => {
                params.0.push((name, (*given).to_owned()));
            }
            None if wanted == *given => {}
            _ => return None,
        }
    }
    rest.next().is_none().then_some(params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_name_parts_and_tails() {
        let pattern = "/environments/{env}/services/{*path}";
        let fits = |path: &str| fit(pattern, &path.split('/').collect::<Vec<_>>());
        let params = fits("environments/e/services/a/b").unwrap();
        assert_eq!((params.get("env"), params.get("path")), ("e", "a/b"));
        assert_eq!(fits("environments/e/services/").unwrap().get("path"), "");
        assert!(fits("environments/e/services").is_none());
        assert!(fits("environments//services/a").is_none());
        assert!(fit("/templates", &["templates", ""]).is_none());
    }
}
