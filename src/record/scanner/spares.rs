//! Blocks that were handed over, to be used again once nobody else has them: fresh memory for each piece would
//! cost a tenth of the time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::PIECE;
use crate::record::row::Block;

/// The blocks of one scanner, or of several that share what is free.
#[derive(Clone, Default)]
pub(crate) struct Spares(Arc<Mutex<Vec<Arc<Block>>>>);

/// How many are remembered: those of an export that wait for its caller, and some that are being filled. A
/// consumer that keeps more than this at a time keeps them for long.
const MOST: usize = 24;

impl Spares {
    pub(super) fn put(&self, block: &Arc<Block>) {
        // A row that is large for once is not paid for until the end.
        if block.bytes.capacity() > 4 * PIECE {
            return;
        }
        let mut blocks = self.lock();
        if blocks.len() == MOST {
            blocks.remove(0);
        }
        blocks.push(Arc::clone(block));
    }

    pub(super) fn take(&self) -> Block {
        let mut blocks = self.lock();
        let free = blocks
            .iter()
            .position(|block| Arc::strong_count(block) == 1);
        let free = free.and_then(|index| Arc::into_inner(blocks.remove(index)));
        drop(blocks);
        let mut block = free.unwrap_or_default();
        block.clear();
        block
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Block>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
