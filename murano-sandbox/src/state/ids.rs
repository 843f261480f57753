//! Ids: random, or the same in every run.

use uuid::Uuid;

/// A source of ids: random, or the same row of ids for the same seed.
#[derive(Debug)]
pub(crate) struct Ids(Option<u64>);

impl Ids {
    pub(crate) fn new(seed: Option<u64>) -> Self {
        Self(seed)
    }

    /// What [`new`](Self::new) needs to go on from here.
    pub(crate) fn state(&self) -> Option<u64> {
        self.0
    }

    /// Another source, that is seeded when this one is.
    pub(crate) fn other(&self) -> Self {
        Self(self.0.map(|state| !state))
    }

    pub(crate) fn next(&mut self) -> Uuid {
        let Some(state) = &mut self.0 else {
            return Uuid::new_v4();
        };
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&mix(state).to_be_bytes());
        bytes[8..].copy_from_slice(&mix(state).to_be_bytes());
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }
}

/// One step of the generator known as splitmix64.
fn mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_ids() {
        let (mut one, mut two) = (Ids::new(Some(7)), Ids::new(Some(7)));
        assert_eq!(one.next(), two.next());
        assert_ne!(one.next(), one.next());
    }

    #[test]
    fn a_seeded_source_goes_on_where_it_was() {
        let mut one = Ids::new(Some(7));
        one.next();
        let mut two = Ids::new(one.state());
        assert_eq!(one.next(), two.next());
        assert_ne!(one.other().next(), one.next());
    }
}
