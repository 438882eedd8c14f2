//! Blocks that were handed over and come back once nobody has them any more, to be filled again: fresh memory for
//! each piece would cost a tenth of the time, and what one thread gets and another gives back piles up in between.

use std::mem;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::PIECE;
use crate::record::row::Block;

/// The free blocks of one scanner, or of several that share them.
#[derive(Clone, Default)]
pub(crate) struct Spares(Arc<Mutex<Vec<Block>>>);

/// A block of rows, until nobody has it any more.
pub(in crate::record) struct LentBlock {
    block: Block,
    spares: Spares,
}

/// How many are kept. An export has no more than this, but for a consumer that keeps many at a time, and does that
/// rarely.
const MOST: usize = 24;

impl Spares {
    pub(super) fn take(&self) -> Block {
        self.lock().pop().unwrap_or_default()
    }

    pub(super) fn lend(&self, block: Block) -> Arc<LentBlock> {
        let spares = self.clone();
        Arc::new(LentBlock { block, spares })
    }

    fn put(&self, mut block: Block) {
        block.clear();
        let mut free = self.lock();
        if free.len() < MOST {
            free.push(block);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Block>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Deref for LentBlock {
    type Target = Block;

    fn deref(&self) -> &Block {
        &self.block
    }
}

impl Drop for LentBlock {
    fn drop(&mut self) {
        let is_wanted = Arc::strong_count(&self.spares.0) > 1;
        // A row that is large for once is not paid for until the end.
        if is_wanted && self.block.bytes.capacity() <= 4 * PIECE {
            self.spares.put(mem::take(&mut self.block));
        }
    }
}
