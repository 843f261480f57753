//! What the file of one login holds.

use std::{
    fs::{self, File},
    io::Read as _,
    num::NonZeroU32,
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{digest, pbkdf2};
use serde::{Deserialize, Serialize, Serializer};

use super::CachedLogin;
use crate::{
    auth::{
        keystone::{Listed, Token, TokenInfo, now},
        service::OfEach,
    },
    id::ProjectId,
    secret::{Passing, Secret},
    time::Timestamp,
};

/// Files of another version are not looked into.
const VERSION: u32 = 1;
/// How exactly the use of a file is noted.
const NOTED: Duration = Duration::from_secs(24 * 3600);
/// A clock that is set back by more than this says nothing about the age of a token.
const SET_BACK: u64 = 60;
/// Larger files are none of ours.
const LARGEST: u64 = 4 << 20;
/// Rounds of the proof of a secret: about a millisecond.
const ROUNDS: NonZeroU32 = NonZeroU32::MIN.saturating_add(4095);

/// What a file holds. No `Debug`: there may be the token in it.
#[derive(Serialize, Deserialize)]
pub(super) struct Record {
    version: u32,
    account: String,
    pub(super) cloud: Option<String>,
    /// Seconds since 1970 by the clock of this machine.
    obtained: u64,
    use_until: u64,
    expires_at: Option<Timestamp>,
    user: Option<String>,
    project: Option<String>,
    project_id: Option<ProjectId>,
    roles: Vec<String>,
    catalog: Vec<Listed>,
    /// Absent where the vault has it.
    pub(super) token: Option<Kept>,
    /// What only who knows token and secret can compute.
    proof: Option<String>,
}

impl Record {
    /// What is kept of a token; nothing of one whose end is not known.
    pub(super) fn new(account: String, token: &Token, secret: Option<&Secret>) -> Option<Self> {
        let (text, life) = (token.info.token.as_ref()?, token.use_for?);
        let (info, obtained) = (token.info.clone(), seconds(token.obtained.1));
        Some(Self {
            version: VERSION,
            account,
            cloud: None,
            obtained,
            use_until: obtained.saturating_add(life.as_secs()),
            expires_at: info.expires_at,
            user: info.user,
            project: info.project,
            project_id: info.project_id,
            roles: info.roles,
            catalog: token.catalog.clone(),
            token: None,
            proof: secret.map(|secret| URL_SAFE_NO_PAD.encode(proof(text, secret))),
        })
    }

    /// The content of a file that others could not read or change, and that can be understood.
    pub(super) fn read(path: &Path) -> Option<Self> {
        let file = File::open(path).ok()?;
        // A text that grows leaves copies behind.
        let size = file.metadata().ok()?.len().min(LARGEST);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            if file.metadata().ok()?.permissions().mode() & 0o077 != 0 {
                tracing::debug!(path = %path.display(), "others can read this file, it is not used");
                return None;
            }
        }
        let mut text = Passing::new(Vec::with_capacity(usize::try_from(size).ok()? + 1));
        file.take(LARGEST).read_to_end(&mut text).ok()?;
        let record: Self = serde_json::from_slice(&text).ok()?;
        (record.version == VERSION).then_some(record)
    }

    /// How long the token will be used from now on.
    pub(super) fn usable_for(&self) -> Duration {
        let now = seconds(SystemTime::now());
        if now.saturating_add(SET_BACK) < self.obtained {
            return Duration::ZERO;
        }
        Duration::from_secs(self.use_until.saturating_sub(now))
    }

    /// Whether the login was made with this secret.
    pub(super) fn is_proved(&self, token: &Secret, secret: &Secret) -> bool {
        let Some(known) = &self.proof else {
            return false;
        };
        let known = URL_SAFE_NO_PAD.decode(known).unwrap_or_default();
        let salt = token.expose().as_bytes();
        let secret = secret.expose().as_bytes();
        pbkdf2::verify(pbkdf2::PBKDF2_HMAC_SHA256, ROUNDS, salt, secret, &known).is_ok()
    }

    pub(super) fn token(self, token: Secret, left: Duration) -> Token {
        Token {
            info: TokenInfo {
                token: Some(token),
                expires_at: self.expires_at,
                user: self.user,
                project: self.project,
                project_id: self.project_id,
                roles: self.roles,
                is_cached: true,
            },
            use_for: Some(left),
            obtained: now(),
            catalog: self.catalog,
            bases: OfEach::default(),
        }
    }

    pub(super) fn describe(self, path: PathBuf) -> CachedLogin {
        CachedLogin {
            usable_for: self.usable_for(),
            cloud: self.cloud,
            account: self.account,
            user: self.user,
            project: self.project,
            expires_at: self.expires_at,
            in_vault: self.token.is_none(),
            path,
        }
    }
}

/// A token that is written on purpose: the file is its owner's alone.
#[derive(Deserialize)]
#[serde(from = "String")]
pub(super) struct Kept(pub(super) Secret);

impl From<String> for Kept {
    fn from(text: String) -> Self {
        Self(Secret::from(text))
    }
}

impl Serialize for Kept {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.0.expose())
    }
}

/// The name of a login's file: nobody can tell the login from it.
pub(in crate::auth) fn key(login: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, login.as_bytes()))
}

/// Salted with the token, so that a file whose token is elsewhere is of no use to who tries passwords.
fn proof(token: &Secret, secret: &Secret) -> [u8; 32] {
    let mut proof = [0; 32];
    let salt = token.expose().as_bytes();
    let secret = secret.expose().as_bytes();
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, ROUNDS, salt, secret, &mut proof);
    proof
}

/// Notes that a file has been used, so that it is not removed as an old one.
pub(super) fn note_use(path: &Path) {
    let now = SystemTime::now();
    let noted = fs::metadata(path).and_then(|file| file.modified());
    let is_long_ago = |time: SystemTime| now.duration_since(time).is_ok_and(|age| age > NOTED);
    if noted.is_ok_and(is_long_ago) {
        // Where it cannot be noted the file is removed early, which costs a login.
        let file = File::options().append(true).open(path);
        let _ = file.and_then(|file| file.set_modified(now));
    }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::OpenOptionsExt as _;

    use super::*;

    proptest::proptest! {
        /// Whatever is in the file, it is a record that can be used or none.
        #[test]
        fn no_file_makes_it_panic(bytes: Vec<u8>, obtained: u64, use_until: u64, proof in "[ -~]{0,20}") {
            let folder = tempfile::tempdir().unwrap();
            let known = serde_json::json!({
                "version": VERSION, "account": "demo", "obtained": obtained, "use_until": use_until, "roles": [],
                "catalog": [], "expires_at": proof, "proof": proof,
            });
            let known = known.to_string();
            for (name, content) in [("a", bytes.as_slice()), ("b", known.as_bytes())] {
                let path = folder.path().join(name);
                let mut options = File::options();
                let mut file = options.write(true).create_new(true).mode(0o600).open(&path).unwrap();
                std::io::Write::write_all(&mut file, content).unwrap();
                let record = Record::read(&path);
                proptest::prop_assert!(record.is_some() || name == "a");
                if let Some(record) = record {
                    let left = record.usable_for();
                    let _ = record.is_proved(&Secret::from("t"), &Secret::from("s"));
                    let _ = record.token(Secret::from("t"), left);
                }
            }
        }
    }
}
