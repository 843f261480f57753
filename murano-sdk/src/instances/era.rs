//! The three shapes the service had under one version number.

use std::fmt;

use serde_json::Value;

use crate::{
    auth::service::BAREMETAL,
    client::Client,
    error::{Error, ErrorKind, Result},
    request::Request,
};

/// Which Mogan it is. All of them call themselves `v1`; the document at the root of that version tells
/// them apart. Later ones are greater.
///
/// ```
/// use murano_sdk::instances::Era;
/// assert!(Era::Nimble < Era::Servers);
/// assert_eq!(Era::Nimble.to_string(), "Nimble");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Era {
    /// Of 2016, when it was called Nimble: instances have types, no locks and no rebuilding.
    Nimble,
    /// Of the beginning of 2017: instances have flavors, can be locked and rebuilt.
    Instances,
    /// From April 2017 to the end: instances are called servers.
    Servers,
}

impl fmt::Display for Era {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Nimble => "Nimble",
            Self::Instances => "Mogan with instances",
            Self::Servers => "Mogan with servers",
        })
    }
}

impl Era {
    /// Asks once per client.
    pub(super) async fn of(client: &Client) -> Result<Self> {
        let read = || async {
            let root: Value = client.json(Request::get(&[]).to(&BAREMETAL)).await?;
            Self::read(&root).ok_or_else(|| {
                let text = "the endpoint is not that of a Mogan: its root names neither instances nor servers";
                Error::new(ErrorKind::Decode, text)
            })
        };
        client.baremetal_era().get_or_try_init(read).await.copied()
    }

    /// Told by the names of the collections at the root.
    fn read(root: &Value) -> Option<Self> {
        let has = |name: &str| root.get(name).is_some();
        match (has("servers"), has("instances")) {
            (true, _) => Some(Self::Servers),
            (false, true) if has("flavors") => Some(Self::Instances),
            (false, true) => Some(Self::Nimble),
            (false, false) => None,
        }
    }

    /// Fails in eras before `least`; `what` completes "cannot …".
    pub(super) fn needs(self, least: Self, what: &str) -> Result<()> {
        if self >= least {
            return Ok(());
        }
        let text = format!(
            "the bare-metal service of this cloud is {self}, which cannot {what} ({least} can)"
        );
        Err(Error::new(ErrorKind::Unsupported, text))
    }

    fn collection(self) -> &'static str {
        match self {
            Self::Nimble | Self::Instances => "instances",
            Self::Servers => "servers",
        }
    }

    pub(super) fn flavors(self) -> &'static str {
        match self {
            Self::Nimble => "types",
            Self::Instances | Self::Servers => "flavors",
        }
    }

    pub(super) fn flavor_key(self) -> &'static str {
        match self {
            Self::Nimble | Self::Instances => "instance_type_uuid",
            Self::Servers => "flavor_uuid",
        }
    }

    pub(super) fn properties_key(self) -> &'static str {
        match self {
            Self::Nimble | Self::Instances => "extra",
            Self::Servers => "metadata",
        }
    }

    /// The name of a member in this era, given that of any era.
    pub(super) fn member(self, name: &str) -> &str {
        match name {
            "instance_type_uuid" | "flavor_uuid" => self.flavor_key(),
            "extra" | "metadata" => self.properties_key(),
            "network_info" | "addresses" => match self {
                Self::Nimble | Self::Instances => "network_info",
                Self::Servers => "addresses",
            },
            other => other,
        }
    }

    /// A request below the collection of instances.
    pub(super) fn request(self, make: fn(&[&str]) -> Request, rest: &[&str]) -> Request {
        let mut path = vec![self.collection()];
        path.extend(rest);
        make(&path).to(&BAREMETAL)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_came_later_is_named_with_who_has_it() {
        assert!(Era::Servers.needs(Era::Instances, "lock").is_ok());
        let error = Era::Nimble.needs(Era::Instances, "lock").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert_eq!(
            error.to_string(),
            "the bare-metal service of this cloud is Nimble, which cannot lock (Mogan with instances can)"
        );
    }

    #[test]
    fn members_have_the_names_of_the_era() {
        assert_eq!(Era::Servers.member("extra"), "metadata");
        assert_eq!(Era::Nimble.member("flavor_uuid"), "instance_type_uuid");
        assert_eq!(Era::Nimble.member("addresses"), "network_info");
        assert_eq!(Era::Servers.member("status"), "status");
    }

    #[test]
    fn a_root_of_something_else_is_no_era() {
        assert_eq!(Era::read(&json!({ "versions": [] })), None);
        assert_eq!(Era::read(&Value::Null), None);
    }
}
