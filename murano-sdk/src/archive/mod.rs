//! Package files on this computer: checked before they are sent, packed from a folder, and made.
//!
//! Murano takes packages as zip archives with a `manifest.yaml` at the root. What is wrong with an
//! archive the server tells late, vaguely (a bare "400 Bad Request") or as a failure of its own, so
//! [`PackageFile::open`] looks first and says what to change.
//!
//! ```
//! use murano_sdk::archive::PackageFile;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # std::fs::create_dir(folder.path().join("Classes"))?;
//! # std::fs::write(folder.path().join("Classes/Shop.yaml"), "Name: Shop\n")?;
//! std::fs::write(
//!     folder.path().join("manifest.yaml"),
//!     "FullName: io.example.Shop\nType: Library\nVersion: 1.2\n\
//!      Classes: {io.example.Shop: Shop.yaml}\n",
//! )?;
//! let shop = PackageFile::open(folder.path())?;
//! assert_eq!(shop.manifest().full_name, "io.example.Shop");
//! assert_eq!(shop.manifest().version, "1.2.0");
//! assert_eq!(shop.entries(), ["Classes/Shop.yaml", "manifest.yaml"]);
//! shop.write_to(folder.path().join("shop.zip"))?;
//! # Ok(()) }
//! ```
//!
//! [`NewPackage`] writes the manifest, too: it makes a package out of a folder of classes or out of a
//! Heat template.
//!
//! [`check()`] looks at the rest as well, at classes, forms and lists of images, and gives a
//! [`Finding`] with its place for each thing a packager should know.
//!
//! Everything here works on files with blocking calls and uses no network. In async code call it from
//! a thread that may block (`tokio::task::spawn_blocking`).

mod check;
mod create;
mod directory;
mod finding;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod hot;
mod images;
mod lint;
mod manifest;
mod names;
mod open;
mod pack;
pub(crate) mod requirement;
#[cfg(test)]
mod sample;
pub(crate) mod version;
mod words;
mod zipped;

pub use create::{CreateFault, NewPackage, PackageSource};
pub use finding::{Finding, Severity};
pub use images::{ImageHash, RequiredImage};
pub use lint::check;
pub use manifest::{Manifest, PackageType};
pub(crate) use manifest::{is_full_name, quote};
pub use open::PackageFile;
pub(crate) use pack::write_text;
