//! Forms and fields as a program that asks needs them.

use crate::ui::check::Rule;
use crate::yaql::Value;

/// A step of the questions.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Form {
    /// Name by which expressions refer to it.
    pub name: String,
    /// Questions in the order they are asked, hidden ones among them.
    pub fields: Vec<Field>,
    /// What must hold of all answers together.
    pub(super) rules: Vec<Rule>,
}

/// A question.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Field {
    /// Name by which expressions refer to it.
    pub name: String,
    /// What sort of answer it takes.
    pub kind: Kind,
    /// What to call it before people.
    pub label: Option<String>,
    /// A short hint at what to answer.
    pub help: Option<String>,
    /// What the answer is for.
    pub description: Option<String>,
    /// Whether it needs an answer other than an empty one.
    pub required: bool,
    /// Whether it is not asked: it has its default.
    pub hidden: bool,
    /// The answers to choose from; none where any may be given.
    pub choices: Vec<Choice>,
    /// Least number of characters.
    pub min_length: Option<usize>,
    /// Greatest number of characters.
    pub max_length: Option<usize>,
    /// Least number.
    pub min_value: Option<i64>,
    /// Greatest number.
    pub max_value: Option<i64>,
    pub(super) initial: Option<Value>,
    pub(super) rules: Vec<Rule>,
    /// The definition's words for mistakes, by the dashboard's names for them.
    pub(super) messages: Vec<(String, String)>,
}

/// One of the answers to choose from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Choice {
    /// The answer.
    pub value: String,
    /// What to show for it.
    pub label: String,
}

/// What sort of answer a field takes.
///
/// Those that name a thing in the cloud take any text, for the service knows what there is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A line of text (`string`).
    String,
    /// Several lines of text (`text`).
    Text,
    /// A text that is not shown (`password`).
    Password,
    /// A whole number (`integer`).
    Integer,
    /// Yes or no (`boolean`, `floatingip`).
    Boolean,
    /// One of the field's choices (`choice`).
    Choice,
    /// An IPv4 address (`clusterip`).
    ClusterIp,
    /// Names of databases (`databaselist`): a list, or a text with commas.
    DatabaseList,
    /// A flavor (`flavor`).
    Flavor,
    /// A key pair (`keypair`).
    KeyPair,
    /// An image that is prepared for Murano (`image`).
    Image {
        /// What the image must be of, such as `linux` or `windows.2012`.
        of_type: Option<String>,
    },
    /// An availability zone (`azone`).
    AvailabilityZone,
    /// A network (`network`): the id of one, a list or text `NETWORK,SUBNET`, or nothing for the
    /// network of the environment.
    Network,
    /// A security group (`securitygroup`).
    SecurityGroup,
    /// A volume or snapshot (`volume`).
    Volume,
    /// A DNS zone (`zone`).
    DnsZone,
    /// The id of an application of the environment, of one of these classes.
    Application {
        /// Fully qualified names; subclasses will do.
        classes: Vec<String>,
    },
}

impl Kind {
    /// The kind of a single word of a definition, `None` for a word that is none.
    pub(super) fn named(word: &str) -> Option<Self> {
        Some(match word {
            "string" => Self::String,
            "text" => Self::Text,
            "password" => Self::Password,
            "integer" => Self::Integer,
            "boolean" | "floatingip" => Self::Boolean,
            "choice" => Self::Choice,
            "clusterip" => Self::ClusterIp,
            "databaselist" => Self::DatabaseList,
            "flavor" => Self::Flavor,
            "keypair" => Self::KeyPair,
            "image" => Self::Image { of_type: None },
            "azone" => Self::AvailabilityZone,
            "network" => Self::Network,
            "securitygroup" => Self::SecurityGroup,
            "volume" => Self::Volume,
            "zone" => Self::DnsZone,
            "domain" => Self::Application {
                classes: vec!["io.murano.windows.ActiveDirectory".to_owned()],
            },
            // Every other word is taken for a class, and the name of a class has a point.
            _ if word.contains('.') => Self::Application {
                classes: vec![word.to_owned()],
            },
            _ => return None,
        })
    }

    /// Whether an answer is the text that stands there, whatever it would mean in YAML.
    pub(super) fn is_text(&self) -> bool {
        !matches!(
            self,
            Self::Integer | Self::Boolean | Self::DatabaseList | Self::Network
        )
    }
}

impl Field {
    /// What to call the field before people: its label, else its name.
    ///
    /// ```
    /// # use murano_sdk::ui::Definition;
    /// let text = "Version: 2\nApplication: {'?': {type: a.B}}\nForms:\n- f:\n    fields:\n    - {name: port, type: integer}\n";
    /// assert_eq!(Definition::parse(text)?.forms()[0].fields[0].title(), "port");
    /// # Ok::<(), murano_sdk::Error>(())
    /// ```
    pub fn title(&self) -> &str {
        self.label.as_deref().unwrap_or(&self.name)
    }
}
