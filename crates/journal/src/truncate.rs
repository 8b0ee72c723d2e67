//! Cutting a journal back, as a replica does with records that its leader never confirmed.

use crate::block::{self, BlockHeader, HEADER_BYTES};
use crate::error::JournalError;
use crate::group::Group;
use crate::journal::Log;
use crate::segment::{self, Found, SegmentReader, UNFINISHED};
use crate::snapshot;
use crate::storage::{Storage, StorageFile};

/// The place of a record in its segment.
struct Place {
    /// Where its block begins, in bytes.
    offset: u64,
    /// The records of the block up to the last kept, in a block of their own; empty when the cut
    /// falls between blocks.
    kept: Vec<u8>,
}

impl<S: Storage> Log<S> {
    /// Forgets every record after `sequence`, which is durable.
    pub(crate) fn truncate_after(&mut self, sequence: u64) -> Result<(), JournalError> {
        self.guarded(|log| {
            log.open = None;
            snapshot::remove_after(&log.storage, sequence)?;
            let last = log.remove_segments_after(sequence)?;
            if let Some(first) = last {
                let place = find(&log.storage, first, sequence)?;
                let offset = log.cut(first, &place)?;
                log.open_segment(first, offset)?;
            }
            log.reset(sequence);
            Ok(())
        })
    }

    /// Removes whole segments, the last one first, so that a crash leaves no hole. Returns the
    /// first sequence of the segment in which the journal now ends.
    fn remove_segments_after(&self, sequence: u64) -> Result<Option<u64>, JournalError> {
        let mut firsts = segment::list(&self.storage)?;
        while let [_, .., last] = firsts[..]
            && last > sequence
        {
            let name = segment::name(last);
            self.storage
                .remove(&name)
                .map_err(JournalError::storage("remove", &name))?;
            self.storage
                .sync_directory()
                .map_err(JournalError::storage("sync the directory of", &name))?;
            firsts.pop();
        }
        Ok(firsts.pop())
    }

    /// Cuts the segment at `place`; returns its new end. Where a block loses only some of its
    /// records the segment is replaced as a whole, because a crash while rewriting the block in
    /// place could take the records that stay.
    fn cut(&self, first: u64, place: &Place) -> Result<u64, JournalError> {
        let name = segment::name(first);
        let file = self
            .storage
            .open(&name)
            .map_err(JournalError::storage("open", &name))?;
        if place.kept.is_empty() {
            file.truncate(place.offset)
                .map_err(JournalError::storage("cut", &name))?;
            file.sync().map_err(JournalError::storage("sync", &name))?;
            return Ok(place.offset);
        }
        let mut bytes = vec![0; place.offset as usize];
        file.read_at(0, &mut bytes)
            .map_err(JournalError::storage("read", &name))?;
        bytes.extend_from_slice(&place.kept);
        let unfinished = format!("{name}{UNFINISHED}");
        let copy = self
            .storage
            .create(&unfinished)
            .map_err(JournalError::storage("create", &unfinished))?;
        copy.write_at(0, &bytes)
            .map_err(JournalError::storage("write", &unfinished))?;
        copy.sync()
            .map_err(JournalError::storage("sync", &unfinished))?;
        self.storage
            .rename(&unfinished, &name)
            .map_err(JournalError::storage("rename", &unfinished))?;
        self.storage
            .sync_directory()
            .map_err(JournalError::storage("sync the directory of", &name))?;
        Ok(bytes.len() as u64)
    }
}

/// Finds where the record after `sequence` stands, or would stand.
fn find<S: Storage>(storage: &S, first: u64, sequence: u64) -> Result<Place, JournalError> {
    let mut reader = SegmentReader::open(storage, first)?;
    let mut expected = first;
    loop {
        let offset = reader.offset();
        match reader.next(expected)? {
            Found::Block(header) if header.next_sequence() <= sequence + 1 => {
                expected = header.next_sequence();
            }
            Found::Block(header) => {
                let kept = shorten(reader.block(&header), &header, sequence)?;
                return Ok(Place { offset, kept });
            }
            Found::End => {
                let kept = Vec::new();
                return Ok(Place { offset, kept });
            }
            Found::Torn { flaw, .. } => return Err(reader.corrupt(expected, flaw)),
        }
    }
}

/// The block with its records up to `sequence` only; empty when it has none of them.
fn shorten(block: &[u8], header: &BlockHeader, sequence: u64) -> Result<Vec<u8>, JournalError> {
    let mut group = Group::new(header.first_sequence, u16::MAX);
    let mut records = &block[HEADER_BYTES..];
    for kept in header.first_sequence..=sequence {
        // The block was checked, so it has its records.
        if let Some(payload) = block::split_record(&mut records) {
            group.append(kept, |bytes| bytes.extend_from_slice(payload))?;
        }
    }
    let mut bytes = group.take(Vec::new());
    crate::group::stamp(
        &mut bytes,
        header.first_sequence,
        header.durable,
        header.committed,
    );
    Ok(bytes)
}
