//! Finds what a target calls.

/// Gives the bytes to the target of this name.
///
/// # Panics
///
/// Where there is none, and where it finds something.
pub fn run(name: &str, data: &[u8]) {
    let targets = murano_sdk::fuzzing::TARGETS.iter();
    let targets = targets
        .chain(&murano_sandbox::fuzzing::TARGETS)
        .chain(&murano_program::fuzzing::TARGETS);
    let mut targets = targets.filter(|(known, _)| *known == name);
    let Some((_, read)) = targets.next() else {
        panic!("no crate has the target {name}");
    };
    read(data);
}
