use std::{ops::RangeInclusive, path::PathBuf};

use murano_sdk::instances::{CreateInstance, Goal, Instance, Network};

use super::{WaitArgs, pair, wait};
use crate::{cx::Cx, files, find, manual::examples, output::RecordArgs};

/// Create a bare-metal instance
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano instance create web-1 --image efe0a06f-ca95-4808-b41e-9f55b9c5eb98 --flavor bm.small \\",
    "  --network c1940655-8b8e-4370-b8f9-03ba1daeca31 --wait",
    "murano instance create db-9 --image efe0a06f-ca95-4808-b41e-9f55b9c5eb98 --flavor bm.large \\",
    "  --network net-id=c1940655-8b8e-4370-b8f9-03ba1daeca31 --property role=db",
))]
pub(crate) struct Args {
    /// Name; several instances may have it
    name: String,
    /// Name or id of the image on its disk
    #[arg(long)]
    image: String,
    /// Name or id of the kind of machine, as the service's flavors or types call it
    #[arg(long, alias = "type")]
    flavor: String,
    /// Id of a network, or `net-id=ID,port-type=TYPE`, or `port-id=ID` for a port that is there;
    /// repeatable
    #[arg(
        long = "network",
        value_name = "NETWORK",
        alias = "nic",
        required = true,
        value_parser = network
    )]
    networks: Vec<Network>,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Where it shall stand
    #[arg(long, value_name = "ZONE")]
    availability_zone: Option<String>,
    /// Set a property; repeatable
    #[arg(
        long = "property",
        value_name = "NAME=VALUE",
        alias = "extra",
        value_parser = pair
    )]
    properties: Vec<(String, String)>,
    #[command(flatten)]
    later: Later,
    #[command(flatten)]
    wait: WaitArgs,
    #[command(flatten)]
    output: RecordArgs,
}

/// What the first services could not do.
#[derive(clap::Args)]
struct Later {
    /// Key pair whose owner may log in
    #[arg(long, value_name = "NAME")]
    key_name: Option<String>,
    /// File with what the instance is told at its first start
    #[arg(long, value_name = "FILE")]
    user_data: Option<PathBuf>,
    /// Write a file of this computer onto the disk; repeatable
    #[arg(long = "file", value_name = "PATH=FILE", value_parser = pair)]
    files: Vec<(String, String)>,
    /// Make at least this many
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    min: Option<u32>,
    /// Make at most this many
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    max: Option<u32>,
    /// A wish for the place, such as `group=ID`; repeatable
    #[arg(long = "hint", value_name = "NAME=VALUE", value_parser = pair)]
    hints: Vec<(String, String)>,
}

impl Later {
    /// How many to make, where it was said.
    fn count(&self) -> Option<RangeInclusive<u32>> {
        let least = self.min.or(self.max.map(|_| 1))?;
        Some(least..=self.max.unwrap_or(least))
    }

    fn apply(self, mut create: CreateInstance, cx: &Cx) -> anyhow::Result<CreateInstance> {
        if let Some(count) = self.count() {
            create = create.count(count);
        }
        if let Some(name) = self.key_name {
            create = create.key_name(name);
        }
        if let Some(file) = &self.user_data {
            create = create.user_data(files::read(cx, file)?);
        }
        for (path, file) in self.files {
            create = create.file(path, files::read(cx, file.as_ref())?);
        }
        for (name, value) in self.hints {
            create = create.hint(name, value);
        }
        Ok(create)
    }
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    args.output.check::<Instance>()?;
    let client = cx.client()?;
    let image = find::image(cx, &args.image).await?;
    let flavor = find::flavor(cx, &args.flavor).await?;
    let mut networks = args.networks.into_iter();
    let Some(first) = networks.next() else {
        // The parser wants one.
        return Ok(());
    };
    let instances = client.instances();
    let mut create = instances.create(&args.name, image, flavor.uuid, first);
    for network in networks {
        create = create.network(network);
    }
    if let Some(text) = args.description {
        create = create.description(text);
    }
    if let Some(zone) = args.availability_zone {
        create = create.availability_zone(zone);
    }
    for (name, value) in args.properties {
        create = create.property(name, value);
    }
    let mut made = args.later.apply(create, cx)?.await?;
    if args.wait.wait {
        let instance = client.instance(&made.uuid);
        let place = (made.uuid.as_str(), &instance);
        let active = wait(cx, place, Goal::Active, args.wait.timeout).await?;
        made = active.unwrap_or(made);
    }
    cx.print_record(&made, &args.output)
}

/// Reads a network as it is written in an option.
fn network(text: &str) -> Result<Network, String> {
    if !text.contains('=') {
        return Ok(Network::new(text));
    }
    let (mut made, mut kind) = (None, None);
    for part in text.split(',') {
        match part.split_once('=') {
            Some(("net-id", id)) if made.is_none() => made = Some(Network::new(id)),
            Some(("port-id", id)) if made.is_none() => made = Some(Network::port(id)),
            Some(("port-type", text)) if kind.is_none() => kind = Some(text),
            _ => return Err(format!("`{part}` is not understood, or too much")),
        }
    }
    let made = made.ok_or("net-id or port-id is missing")?;
    Ok(match kind {
        Some(kind) => made.port_type(kind),
        None => made,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_written_in_three_ways() {
        assert_eq!(network("n"), Ok(Network::new("n")));
        assert_eq!(
            network("net-id=n,port-type=10GE"),
            Ok(Network::new("n").port_type("10GE"))
        );
        assert_eq!(network("port-id=p"), Ok(Network::port("p")));
        for wrong in ["port-type=x", "net-id=a,port-id=b", "lan=x"] {
            assert!(network(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn one_number_is_enough_to_make_many() {
        let count = |min, max| {
            let later = Later {
                key_name: None,
                user_data: None,
                files: Vec::new(),
                min,
                max,
                hints: Vec::new(),
            };
            later.count()
        };
        assert_eq!(count(None, None), None);
        assert_eq!(count(Some(2), None), Some(2..=2));
        assert_eq!(count(None, Some(3)), Some(1..=3));
    }
}
