//! Blocks that were handed over and come back once nobody has them any more, to be filled again: fresh memory for
//! each piece would cost a tenth of the time, and what one thread gets and another gives back piles up in between.

use std::mem;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::PIECE;
use crate::record::row::Block;
use crate::runtime::fork::{ProcessId, process_id};

/// The free blocks of one scanner, or of several that share them.
#[derive(Clone)]
pub(crate) struct Spares(Arc<Free>);

struct Free {
    blocks: Mutex<Vec<Block>>,
    pid: ProcessId,
}

/// A block of rows, until nobody has it any more.
pub(in crate::record) struct LentBlock {
    block: Block,
    /// Where it goes then.
    spares: Option<Spares>,
}

/// How many are kept: an export of eight connections has about as many at once. What is made anew instead, when others
/// lie in between, leaves holes.
const MOST: usize = 40;

impl Spares {
    pub(super) fn take(&self) -> Block {
        self.lock().pop().unwrap_or_default()
    }

    fn put(&self, mut block: Block) {
        block.clear();
        let mut free = self.lock();
        if free.len() < MOST {
            free.push(block);
        }
    }

    /// Whether somebody may take what is put. A forked child has nobody who does, and may have inherited the lock.
    fn are_wanted(&self) -> bool {
        Arc::strong_count(&self.0) > 1 && self.0.pid == process_id()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Block>> {
        self.0.blocks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Spares {
    fn default() -> Spares {
        Spares(Arc::new(Free {
            blocks: Mutex::default(),
            pid: process_id(),
        }))
    }
}

impl LentBlock {
    pub(super) fn new(block: Block, spares: Option<Spares>) -> LentBlock {
        LentBlock { block, spares }
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
        // A row that is large for once is not paid for until the end.
        if let Some(spares) = &self.spares
            && self.block.bytes.capacity() <= 4 * PIECE
            && spares.are_wanted()
        {
            spares.put(mem::take(&mut self.block));
        }
    }
}
