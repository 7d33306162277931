//! Which nodes index what the runtime writes for queries: the nodes of the Merkle Mountain Range and of the outbox,
//! without which there are no proofs. What a node did not index while it imported a block, it does not have later.

use sc_service::{Configuration, PruningMode, Role};

/// Let a node index that needs it, also where nobody has asked for it with `--enable-offchain-indexing`.
pub fn enable(config: &mut Configuration) {
    config.offchain_worker.indexing_enabled |= is_needed(&config.role, config.state_pruning.as_ref());
}

/// Validators, so that a network has its proofs without anybody's thinking of it, and archives, which are asked for what is old.
fn is_needed(role: &Role, states: Option<&PruningMode>) -> bool {
    role.is_authority() || matches!(states, Some(PruningMode::ArchiveAll | PruningMode::ArchiveCanonical))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn validators_and_archives_index_and_others_need_not() {
        let pruned = PruningMode::blocks_pruning(256);
        assert!(is_needed(&Role::Authority, None));
        assert!(is_needed(&Role::Authority, Some(&pruned)));
        assert!(is_needed(&Role::Full, Some(&PruningMode::ArchiveAll)));
        assert!(is_needed(&Role::Full, Some(&PruningMode::ArchiveCanonical)));
        assert!(!is_needed(&Role::Full, Some(&pruned)));
        assert!(!is_needed(&Role::Full, None));
    }
}
